/* attrs.c
 * The attribute table, one row an attribute.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/attrs.h"

#include <stddef.h>
#include <string.h>

/* ---- columns of the table ---- */

/* Length of the value: least, most, step. */
#define ANY_LENGTH 0, 65535, 1
#define EXACTLY(n) n, n, 1
#define ADDRESS_LENGTH 8, 20, 12 /* RFC 8489 section 14.1: 8 for IPv4, 20 for IPv6 */

/* [MS-TURN] 2.2.2.21: Teams' clients send 4 bytes, everybody else 24. */
#define SEQUENCE_NUMBER_LENGTH 4, 24, 20

/* What the Info column shows of it. */
#define NO_SUMMARY MSTURN_SUMMARY_NONE, NULL
#define SUMMARY_VALUE(word) MSTURN_SUMMARY_VALUE, " " word ": "
#define SUMMARY_BARE MSTURN_SUMMARY_BARE, " "
#define SUMMARY_WORD(word) MSTURN_SUMMARY_WORD, " " word

/* What becomes of it in struct msturn_decoded. */
/* clang-format off */
#define NOT_KEPT { MSTURN_DECODED_NONE, 0, 0 }
/* clang-format on */
/* clang-format off */
#define KEEP_FLAG(flag) { MSTURN_DECODED_FLAG, flag, 0 }
/* clang-format on */
/* clang-format off */
#define KEEP(form, flag, member) { MSTURN_DECODED_##form, flag, offsetof(struct msturn_decoded, member) }
/* clang-format on */

const struct msturn_attr msturn_attrs[] = {
#define RFC_ATTRIBUTE(number, symbol, ...) { symbol, __VA_ARGS__ },
#define MS_ATTRIBUTE(...)
#include "plugin/message/attrs_table.inc"
};

const struct msturn_attr msturn_ms_attrs[] = {
#define RFC_ATTRIBUTE(...)
#define MS_ATTRIBUTE(number, symbol, ...) { symbol, __VA_ARGS__ },
#include "plugin/message/attrs_table.inc"
};

const unsigned msturn_attr_count = sizeof msturn_attrs / sizeof msturn_attrs[0];
const unsigned msturn_ms_attr_count = sizeof msturn_ms_attrs / sizeof msturn_ms_attrs[0];

/* ---- rows ---- */

/* Row numbers, counted from 1, by type: for each first byte of a type that any row has one page for all second bytes. */
enum { PAGES = 8, PAGE = 256 };

struct row_index {
    uint8_t page_of[PAGE]; /* counted from 1; 0: no row has this first byte */
    uint8_t rows[PAGES][PAGE];
    unsigned pages;
};

static void fill_index(struct row_index *index, const struct msturn_attr *attrs, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t *page = &index->page_of[attrs[i].type >> 8];
        if (*page == 0)
            *page = (uint8_t)++index->pages;
        index->rows[*page - 1][attrs[i].type & 0xFF] = (uint8_t)(i + 1);
    }
}

static const struct msturn_attr *find_row(struct row_index *index, const struct msturn_attr *attrs, unsigned count,
                                          uint16_t type)
{
    if (index->pages == 0)
        fill_index(index, attrs, count);
    const uint8_t page = index->page_of[type >> 8];
    const uint8_t row = page != 0 ? index->rows[page - 1][type & 0xFF] : 0;

    return row != 0 ? &attrs[row - 1] : NULL;
}

bool msturn_attr_is_mandatory(uint16_t type)
{
    return type <= 0x7FFF;
}

const struct msturn_attr *msturn_attr_find(uint16_t type)
{
    static struct row_index index;

    return find_row(&index, msturn_attrs, msturn_attr_count, type);
}

const struct msturn_attr *msturn_attr_lookup(enum msturn_dialect dialect, uint16_t type)
{
    static struct row_index ms_index;

    if (dialect == MSTURN_DIALECT_MS_TURN && msturn_attr_is_mandatory(type))
        return find_row(&ms_index, msturn_ms_attrs, msturn_ms_attr_count, type);
    return msturn_attr_find(type);
}

const struct msturn_part *msturn_attr_parts(const struct msturn_attr *attr, unsigned *count)
{
    return msturn_shape_parts(attr->shape, count);
}

bool msturn_attr_is_address(const struct msturn_attr *attr)
{
    unsigned count;

    return msturn_attr_parts(attr, &count)[0].kind == MSTURN_KIND_ENDPOINT;
}

bool msturn_attr_family(const struct msturn_attr *attr, const struct msturn_span *span, uint8_t *family)
{
    const bool address = msturn_attr_is_address(attr);
    const uint32_t offset = address ? 1 : 0;

    if ((!address && attr->names != msturn_family_names) || span->value.captured <= offset)
        return false;
    *family = span->value.data[offset];
    return true;
}

bool msturn_attr_length_fits(const struct msturn_attr *attr, uint32_t length)
{
    return length >= attr->length_min && length <= attr->length_max &&
           (length - attr->length_min) % attr->length_multiple == 0;
}

/* ---- values ---- */

void msturn_attr_decode(const struct msturn_attr *attr, struct msturn_bytes message, const struct msturn_span *span,
                        msturn_value_fn found, void *context)
{
    msturn_shape_decode(attr->shape, message, span, found, context);
}

bool msturn_attr_own_value(const struct msturn_attr *attr, struct msturn_bytes message, const struct msturn_span *span,
                           struct msturn_value *value)
{
    return msturn_shape_own_value(attr->shape, message, span, value);
}

bool msturn_read_endpoint(struct msturn_bytes message, enum msturn_dialect dialect, const struct msturn_span *span,
                          struct msturn_endpoint *endpoint)
{
    const struct msturn_attr *attr = msturn_attr_lookup(dialect, span->type);
    struct msturn_value value;

    if (!attr || !msturn_attr_own_value(attr, message, span, &value))
        return false;
    *endpoint = (struct msturn_endpoint){ .family = value.ipv6 ? 6 : 4, .port = (uint16_t)value.number };
    memcpy(endpoint->address, value.address, value.ipv6 ? 16 : 4);
    return true;
}
