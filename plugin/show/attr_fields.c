/* attr_fields.c
 * The fields of the attributes, made from the attribute table.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/attr_fields.h"

#include "plugin/host/protocol.h"
#include "plugin/show/stun_alias.h"
#include "plugin/show/value_strings.h"

/* By row of a table, then by part. */
static struct msturn_field **attr_fields, **ms_attr_fields;

/* Beyond the table's end for a row of another table. */
static size_t row_in(const struct msturn_attr *table, const struct msturn_attr *attr)
{
    return ((uintptr_t)attr - (uintptr_t)table) / sizeof *attr;
}

struct msturn_field *msturn_attr_field(const struct msturn_attr *attr, unsigned part)
{
    const size_t ms_row = row_in(msturn_ms_attrs, attr);

    if (ms_row < msturn_ms_attr_count)
        return &ms_attr_fields[ms_row][part];
    return &attr_fields[row_in(msturn_attrs, attr)][part];
}

static enum ftenum unsigned_type(unsigned width)
{
    return width == 1 ? FT_UINT8 : width == 2 ? FT_UINT16 : FT_UINT32;
}

/* Type and display of a field of this kind. */
static void describe_kind(const struct msturn_part *part, header_field_info *info)
{
    info->display = BASE_NONE;
    switch (part->kind) {
    case MSTURN_KIND_FLAG:
        info->type = FT_NONE;
        break;
    case MSTURN_KIND_NUMBER:
        info->type = unsigned_type(part->width);
        info->display = BASE_DEC;
        break;
    case MSTURN_KIND_HEX:
    case MSTURN_KIND_TYPE:
        info->type = unsigned_type(part->width);
        info->display = BASE_HEX;
        break;
    case MSTURN_KIND_BIT:
        info->type = FT_BOOLEAN;
        info->display = part->width * 8;
        info->strings = TFS(&tfs_set_notset);
        break;
    case MSTURN_KIND_TEXT:
    case MSTURN_KIND_ENDPOINT:
        info->type = FT_STRING;
        break;
    case MSTURN_KIND_IPV4:
        info->type = FT_IPv4;
        break;
    case MSTURN_KIND_IPV6:
        info->type = FT_IPv6;
        break;
    case MSTURN_KIND_BYTES:
    case MSTURN_KIND_RESERVED:
        info->type = FT_BYTES;
        break;
    }
}

/* A number with a unit, which has no names. */
static void add_unit(enum msturn_value_unit unit, header_field_info *info)
{
    static const unit_name_string kbit_per_second = { " kbit/s", NULL };

    if (unit == MSTURN_UNIT_NONE)
        return;
    info->display |= BASE_UNIT_STRING;
    info->strings = UNS(unit == MSTURN_UNIT_SECONDS ? &units_second_seconds : &kbit_per_second);
}

static void describe_part(const struct msturn_attr *attr, const struct msturn_part *part, hf_register_info *hf)
{
    const struct msturn_name *names = part->suffix || !attr->names ? part->names : attr->names;
    wmem_allocator_t *scope = wmem_epan_scope();

    hf->hfinfo = (header_field_info){
        .name = part->suffix ? wmem_strdup_printf(scope, "%s %s", attr->name, part->name) : attr->name,
        .abbrev = part->suffix ? wmem_strdup_printf(scope, "msturn.%s.%s", attr->abbrev, part->suffix)
                               : wmem_strdup_printf(scope, "msturn.%s", attr->abbrev),
        .bitmask = part->mask,
        .blurb = wmem_strdup_printf(scope, "%s (%s)", part->suffix ? part->meaning : attr->meaning, attr->reference),
    };
    HFILL_INIT(*hf);
    describe_kind(part, &hf->hfinfo);
    if (names)
        hf->hfinfo.strings = VALS(msturn_value_strings(names));
    else if (part->kind == MSTURN_KIND_TYPE)
        hf->hfinfo.strings = VALS(msturn_attr_type_strings());
    add_unit(part->unit, &hf->hfinfo);
}

static struct msturn_field *register_attr(const struct msturn_attr *attr)
{
    wmem_allocator_t *scope = wmem_epan_scope();
    unsigned count, registered = 0;
    const struct msturn_part *parts = msturn_attr_parts(attr, &count);
    hf_register_info *hf = wmem_alloc0_array(scope, hf_register_info, count);
    struct msturn_field *fields = wmem_alloc0_array(scope, struct msturn_field, count);

    for (unsigned part = 0; part < count; part++) {
        fields[part].hf = -1;
        if (parts[part].kind == MSTURN_KIND_RESERVED)
            continue; /* all of them are msturn.attr.reserved */
        hf[registered].p_id = &fields[part].hf;
        describe_part(attr, &parts[part], &hf[registered]);
        registered++;
    }
    proto_register_field_array(proto_msturn, hf, (int)registered);
    return fields;
}

/* The fields of an attribute that both dialects have, under different numbers perhaps. */
static struct msturn_field *fields_by_abbrev(const char *abbrev)
{
    for (unsigned row = 0; row < msturn_attr_count; row++) {
        if (strcmp(msturn_attrs[row].abbrev, abbrev) == 0)
            return attr_fields[row];
    }
    return NULL;
}

void msturn_register_attr_fields(void)
{
    attr_fields = wmem_alloc_array(wmem_epan_scope(), struct msturn_field *, msturn_attr_count);
    for (unsigned row = 0; row < msturn_attr_count; row++)
        attr_fields[row] = register_attr(&msturn_attrs[row]);
    ms_attr_fields = wmem_alloc_array(wmem_epan_scope(), struct msturn_field *, msturn_ms_attr_count);
    for (unsigned row = 0; row < msturn_ms_attr_count; row++) {
        struct msturn_field *fields = fields_by_abbrev(msturn_ms_attrs[row].abbrev);
        ms_attr_fields[row] = fields ? fields : register_attr(&msturn_ms_attrs[row]);
    }
}

static void link_attr(const struct msturn_attr *attr)
{
    unsigned count;
    const struct msturn_part *parts = msturn_attr_parts(attr, &count);

    for (unsigned part = 0; part < count; part++)
        msturn_attr_field(attr, part)->stun_hf = msturn_stun_field(part == 0 ? attr->stun : parts[part].stun);
}

void msturn_link_stun_attr_fields(void)
{
    for (unsigned row = 0; row < msturn_attr_count; row++)
        link_attr(&msturn_attrs[row]);
    for (unsigned row = 0; row < msturn_ms_attr_count; row++)
        link_attr(&msturn_ms_attrs[row]);
}
