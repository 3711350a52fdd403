/* show_attr.c
 * Fields, subtrees and expert items of attributes, and their share of the Info column.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/show.h"

#include "plugin/track/password.h"
#include "plugin/wire/fingerprint.h"
#include "plugin/show/attr_fields.h"
#include "plugin/show/stun_alias.h"
#include "plugin/show/text.h"

static int stun_attribute, stun_attr_comprehension, stun_attr_assignment, stun_value, stun_attr_unknown,
    stun_fingerprint_bad;

void msturn_link_stun_attributes(void)
{
    stun_attribute = msturn_stun_field("stun.attribute");
    stun_attr_comprehension = msturn_stun_field("stun.att.type.comprehension");
    stun_attr_assignment = msturn_stun_field("stun.att.type.assignment");
    stun_value = msturn_stun_field("stun.value");
    stun_attr_unknown = msturn_stun_field("stun.unknown_attribute");
    stun_fingerprint_bad = msturn_stun_field("stun.att.crc32.bad");
}

/* ---- values as text ---- */

static void append_endpoint(wmem_strbuf_t *text, const struct msturn_value *value)
{
    char endpoint[MSTURN_ENDPOINT_TEXT];

    msturn_write_endpoint(endpoint, value->ipv6 ? 6 : 4, value->address, value->number);
    msturn_append(text, endpoint);
}

static const char *value_endpoint_text(wmem_allocator_t *scope, const struct msturn_value *value)
{
    char endpoint[MSTURN_ENDPOINT_TEXT];

    msturn_write_endpoint(endpoint, value->ipv6 ? 6 : 4, value->address, value->number);
    return wmem_strdup(scope, endpoint);
}

/* Text as it can be shown. Microsoft's clients fill a text with NULs inside its length ([MS-ICE2]
 * 2.2.2): those at the end are not shown, others are. */
static const char *printable(wmem_allocator_t *scope, struct msturn_bytes message, const struct msturn_value *value)
{
    const uint8_t *bytes = message.data + value->offset;
    uint32_t length = value->length;

    while (length > 0 && bytes[length - 1] == 0)
        length--;
    return compat_format_text(scope, bytes, length);
}

static void append_number(wmem_strbuf_t *text, const struct msturn_attr *attr, const struct msturn_part *part,
                          uint32_t number)
{
    const char *name = attr->names ? msturn_name_of(attr->names, number) : NULL;
    char digits[MSTURN_DECIMAL_TEXT];

    if (attr->summary == MSTURN_SUMMARY_BARE && name) {
        msturn_append(text, name);
        return;
    }
    if (!name && part->kind == MSTURN_KIND_HEX) {
        wmem_strbuf_append_printf(text, "0x%0*x", part->width * 2, number);
        return;
    }
    msturn_write_decimal(digits, number);
    msturn_append(text, digits);
    if (name) {
        msturn_append(text, " (");
        msturn_append(text, name);
        wmem_strbuf_append_c(text, ')');
    }
}

/* ---- Info column ---- */

/* Most summaries are shorter. They are made for every message, and without a tree they were most of the cost. */
enum { SUMMARY_LENGTH = 256 };

static void append_value(wmem_strbuf_t *text, wmem_allocator_t *scope, const struct msturn_attr *attr,
                         struct msturn_bytes message, const struct msturn_value *value)
{
    unsigned count;
    const struct msturn_part *part = &msturn_attr_parts(attr, &count)[0];

    switch (part->kind) {
    case MSTURN_KIND_ENDPOINT:
        append_endpoint(text, value);
        break;
    case MSTURN_KIND_TEXT:
        msturn_append(text, printable(scope, message, value));
        break;
    default:
        append_number(text, attr, part, value->number);
        break;
    }
}

static void append_summary(wmem_strbuf_t *text, wmem_allocator_t *scope, const struct msturn_attr *attr,
                           struct msturn_bytes message, const struct msturn_span *span)
{
    const bool word_alone = attr->summary == MSTURN_SUMMARY_WORD;
    struct msturn_value value;

    if (!word_alone && !msturn_attr_own_value(attr, message, span, &value))
        return;
    msturn_append(text, attr->lead);
    if (!word_alone)
        append_value(text, scope, attr, message, &value);
}

struct reason_context {
    wmem_strbuf_t *text;
    wmem_allocator_t *scope;
    struct msturn_bytes message;
    const struct msturn_part *parts;
};

static void append_reason(void *user, const struct msturn_value *value)
{
    const struct reason_context *context = user;

    if (context->parts[value->part].kind != MSTURN_KIND_TEXT)
        return;
    wmem_strbuf_append_c(context->text, ' ');
    msturn_append(context->text, printable(context->scope, context->message, value));
}

/* What the server says itself of the error. */
static void append_reason_phrase(wmem_strbuf_t *text, wmem_allocator_t *scope, const struct msturn_attr *attr,
                                 struct msturn_bytes message, const struct msturn_span *span)
{
    unsigned count;
    struct reason_context context = { text, scope, message, msturn_attr_parts(attr, &count) };

    msturn_attr_decode(attr, message, span, append_reason, &context);
}

/* Has it a reason phrase? */
static bool is_error_code(const struct msturn_attr *attr)
{
    return attr->names == msturn_error_names;
}

const char *msturn_message_summary(packet_info *pinfo, const struct msturn_message *message, const char *remark)
{
    const struct msturn_header *header = &message->header;
    wmem_strbuf_t *text = compat_strbuf_new(pinfo->pool, SUMMARY_LENGTH);
    struct msturn_attributes attributes = msturn_attributes_of(message);
    const struct msturn_attribute *attribute;

    msturn_append_message_name(text, header);
    while ((attribute = msturn_attributes_next(&attributes))) {
        const struct msturn_span *span = &attribute->span;
        const struct msturn_attr *attr = attribute->row;
        if (!attr)
            continue;
        if (attr->summary != MSTURN_SUMMARY_NONE)
            append_summary(text, pinfo->pool, attr, message->bytes, span);
        if (is_error_code(attr))
            append_reason_phrase(text, pinfo->pool, attr, message->bytes, span);
        if (msturn_is_nomination(header, span))
            wmem_strbuf_append_printf(text, " nomination: %u", msturn_get32(span->value.data));
    }
    if (*remark != '\0')
        msturn_append(text, remark);
    return wmem_strbuf_get_str(text);
}

const char *msturn_summary_of(packet_info *pinfo, struct msturn_bytes bytes)
{
    struct msturn_message message;

    return msturn_read_message(bytes, bytes.reported, &message) ? msturn_message_summary(pinfo, &message, "") : "";
}

/* ---- tree ---- */

/* What the values of one attribute are added with. */
struct attr_context {
    struct msturn_view view; /* of the message; its tree is the subtree once there is one */
    struct msturn_bytes message;
    const struct msturn_span *span;
    const struct msturn_attr *attr;
    const struct msturn_part *parts;
    proto_item *top; /* the attribute's item */
};

static uint32_t span_captured(const struct msturn_span *span, struct msturn_bytes message)
{
    const uint32_t end = span->value_offset + span->length + span->padding;

    return (end < message.captured ? end : message.captured) - span->offset;
}

/* The items that every attribute has, into the subtree of its own item. */
static void open_subtree(struct attr_context *context, proto_item *top)
{
    const struct msturn_span *span = context->span;
    const char *name = context->attr ? context->attr->name : "Unknown";
    struct msturn_view *view = &context->view;
    const int start = view->base + (int)span->offset;

    context->top = top;
    view->tree = proto_item_add_subtree(top, ett_msturn_attr);
    msturn_add_stun(view->tree, field_attr_type.stun_hf, view->tvb, start, 2, span->type);
    proto_tree_add_uint_format_value(view->tree, field_attr_type.hf, view->tvb, start, 2, span->type, "0x%04x (%s)",
                                     span->type, name);
    if (context->attr) {
        msturn_add_stun(view->tree, stun_attribute, view->tvb, start, 2, span->type);
        msturn_add_stun(view->tree, stun_attr_comprehension, view->tvb, start, 2, span->type);
        msturn_add_stun(view->tree, stun_attr_assignment, view->tvb, start, 2, span->type);
    } else {
        msturn_add_stun(view->tree, stun_attr_unknown, view->tvb, start, 2, 0);
    }
    msturn_add_number(view, &field_attr_length, span->offset + 2, 2, span->length);
}

/* Where the item of a value is: the attribute's own item covers all of it, header and padding too. */
static void place_value(const struct attr_context *context, const struct msturn_value *value, int *start, int *length)
{
    const bool own = value->part == 0;

    *start = context->view.base + (int)(own ? context->span->offset : value->offset);
    *length = (int)(own ? span_captured(context->span, context->message) : value->length);
}

static proto_item *add_address(const struct attr_context *context, const struct msturn_field *field,
                               const struct msturn_value *value, bool ipv6)
{
    const struct msturn_view *view = &context->view;
    const int start = view->base + (int)value->offset;
    const int length = (int)value->length;

    msturn_add_stun_address(view->tree, field->stun_hf, view->tvb, start, length, value->address);
    if (ipv6) {
        ws_in6_addr host;
        memcpy(&host, value->address, sizeof host);
        return proto_tree_add_ipv6(view->tree, field->hf, view->tvb, start, length, &host);
    }
    ws_in4_addr host;
    memcpy(&host, value->address, sizeof host);
    return proto_tree_add_ipv4(view->tree, field->hf, view->tvb, start, length, host);
}

/* The item of a value, by its kind. */
static proto_item *add_by_kind(const struct attr_context *context, const struct msturn_field *field,
                               const struct msturn_value *value)
{
    const struct msturn_view *view = &context->view;
    wmem_allocator_t *scope = view->pinfo->pool;
    int start, length;

    place_value(context, value, &start, &length);
    switch (context->parts[value->part].kind) {
    case MSTURN_KIND_BIT:
        return proto_tree_add_boolean(view->tree, field->hf, view->tvb, start, length, value->number);
    case MSTURN_KIND_NUMBER:
    case MSTURN_KIND_HEX:
    case MSTURN_KIND_TYPE:
        return proto_tree_add_uint(view->tree, field->hf, view->tvb, start, length, value->number);
    case MSTURN_KIND_TEXT:
        return proto_tree_add_string(view->tree, field->hf, view->tvb, start, length,
                                     printable(scope, context->message, value));
    case MSTURN_KIND_ENDPOINT:
        return proto_tree_add_string(view->tree, field->hf, view->tvb, start, length,
                                     value_endpoint_text(scope, value));
    case MSTURN_KIND_BYTES:
    case MSTURN_KIND_RESERVED:
        return proto_tree_add_bytes_with_length(view->tree, field->hf, view->tvb, start, length,
                                                context->message.data + value->offset, (int)value->length);
    default:
        return proto_tree_add_item(view->tree, field->hf, view->tvb, start, length, ENC_NA);
    }
}

static proto_item *add_value(const struct attr_context *context, const struct msturn_value *value)
{
    const enum msturn_kind kind = context->parts[value->part].kind;
    const struct msturn_field *field =
        kind == MSTURN_KIND_RESERVED ? &field_attr_reserved : msturn_attr_field(context->attr, value->part);
    const struct msturn_view *view = &context->view;

    if (kind == MSTURN_KIND_IPV4 || kind == MSTURN_KIND_IPV6)
        return add_address(context, field, value, kind == MSTURN_KIND_IPV6);
    if (kind != MSTURN_KIND_FLAG && field->stun_hf != stun_value)
        msturn_add_stun(view->tree, field->stun_hf, view->tvb, view->base + (int)value->offset, (int)value->length,
                        kind == MSTURN_KIND_BYTES ? value->length : value->number);
    return add_by_kind(context, field, value);
}

/* The attribute's item when it has no value of its own to show: unknown, or too short for one. */
static void add_bare_attribute(struct attr_context *context)
{
    const struct msturn_view *view = &context->view;
    const struct msturn_span *span = context->span;
    const int start = view->base + (int)span->offset;
    const int length = (int)span_captured(span, context->message);
    proto_item *top;

    if (context->attr) {
        top = proto_tree_add_none_format(view->tree, field_attr_undecoded.hf, view->tvb, start, length, "%s",
                                         context->attr->name);
    } else {
        top = proto_tree_add_uint(view->tree, field_attr_unknown.hf, view->tvb, start, length, span->type);
    }
    open_subtree(context, top);
    if (span->value.captured > 0)
        msturn_add_bytes(&context->view, &field_attr_value, span->value_offset, span->value.captured);
}

static void show_value(void *user, const struct msturn_value *value)
{
    struct attr_context *context = user;

    if (value->part != 0 && !context->top)
        add_bare_attribute(context);
    proto_item *item = add_value(context, value);
    if (value->part == 0)
        open_subtree(context, item);
    else if (value->computed)
        proto_item_set_generated(item);
    else if (is_error_code(context->attr) && context->parts[value->part].kind == MSTURN_KIND_TEXT)
        proto_item_append_text(context->top, ": %s", printable(context->view.pinfo->pool, context->message, value));
}

/* RFC 8489 section 14.7: CRC-32 of everything before the attribute; by a faulty table too, which [MS-ICE2]
 * 3.1.4.8.2 has each check sent twice for. */
static void check_fingerprint(const struct attr_context *context, uint32_t fingerprint, uint32_t digest)
{
    const struct msturn_span *span = context->span;
    const struct msturn_view *view = &context->view;
    const uint32_t standard = digest ^ MSTURN_FINGERPRINT_XOR;
    const int start = view->base + (int)span->value_offset;

    if (span->length != 4 || (!view->tree && fingerprint == standard))
        return;
    const enum msturn_fingerprint_table table =
        msturn_fingerprint_table_of(fingerprint, standard, context->message.data, span->offset);
    const bool good = table != MSTURN_FINGERPRINT_NEITHER;

    if (table == MSTURN_FINGERPRINT_FAULTY)
        proto_item_append_text(context->top, " [correct by Microsoft's faulty CRC table]");
    else if (good)
        proto_item_append_text(context->top, " [correct]");
    else
        proto_item_append_text(context->top, " [should be 0x%08x]", standard);
    proto_tree_add_checksum(view->tree, view->tvb, (unsigned)start, field_fingerprint_crc32.hf,
                            field_fingerprint_status.hf, NULL, view->pinfo, good ? fingerprint : standard,
                            ENC_BIG_ENDIAN, PROTO_CHECKSUM_VERIFY);
    msturn_add_stun(view->tree, field_fingerprint_status.stun_hf, view->tvb, start, 0,
                    good ? PROTO_CHECKSUM_E_GOOD : PROTO_CHECKSUM_E_BAD);
    proto_item_set_generated(msturn_add_number(view, &field_fingerprint_table, span->value_offset, 0, table));
    if (!good) {
        msturn_raise(view->pinfo, context->top, MSTURN_FINDING_FINGERPRINT);
        msturn_add_stun(view->tree, stun_fingerprint_bad, view->tvb, start, 4, 0);
    }
}

/* RFC 8489 sections 14.5 and 14.6, where passwords are known. */
static void show_integrity(const struct attr_context *context, const struct msturn_message *message,
                           const struct msturn_message_facts *facts)
{
    static const struct {
        const char *words;
        uint32_t checksum;
    } shown[] = {
        [MSTURN_INTEGRITY_UNVERIFIED] = { "unverified", PROTO_CHECKSUM_E_UNVERIFIED },
        [MSTURN_INTEGRITY_GOOD] = { "correct", PROTO_CHECKSUM_E_GOOD },
        [MSTURN_INTEGRITY_WRONG_SIDE] = { "incorrect: it fits the password of the other end", PROTO_CHECKSUM_E_BAD },
        [MSTURN_INTEGRITY_BAD] = { "incorrect", PROTO_CHECKSUM_E_BAD },
    };
    const struct msturn_span *span = context->span;
    const bool sha256 = span->type == MSTURN_ATTR_MESSAGE_INTEGRITY_SHA256;
    const uint8_t status = facts->integrity[sha256];

    if (!context->view.tree || status == MSTURN_INTEGRITY_NONE ||
        (!sha256 && span->type != MSTURN_ATTR_MESSAGE_INTEGRITY) ||
        msturn_message_find(message, span->type)->offset != span->offset)
        return;
    proto_item_append_text(context->top, " [%s]", shown[status].words);
    proto_item_set_generated(
        msturn_add_number(&context->view, &field_integrity_status, span->value_offset, 0, shown[status].checksum));
}

/* RFC 8489 section 14.4, where the user is in a table of passwords. */
static void show_hashed_user(const struct attr_context *context, const struct msturn_message *message)
{
    const char *user = msturn_user_of_hash(context->span->value, message->decoded.realm);

    if (!user)
        return;
    proto_item_append_text(context->top, " [%s]", user);
    proto_item_set_generated(proto_tree_add_string(context->view.tree, field_userhash_user.hf, context->view.tvb,
                                                   context->view.base + (int)context->span->value_offset, 0, user));
}

/* The registered name of the number is another one: both are shown. */
static void show_nomination(const struct attr_context *context)
{
    const struct msturn_span *span = context->span;
    const uint32_t number = msturn_get32(span->value.data);

    if (!context->view.tree)
        return;
    proto_item_append_text(context->top, ", here NOMINATION: %u", number);
    msturn_add_number(&context->view, &field_nomination, span->value_offset, 4, number);
}

static void show_padding(const struct attr_context *context)
{
    const struct msturn_span *span = context->span;
    const uint32_t offset = span->value_offset + span->length;

    if (span->padding == 0 || span->state != MSTURN_SPAN_WHOLE)
        return;
    proto_item *item = msturn_add_bytes(&context->view, &field_attr_padding, offset, span->padding);
    for (uint32_t i = 0; i < span->padding; i++) {
        if (context->message.data[offset + i] != 0) {
            msturn_raise(context->view.pinfo, item, MSTURN_FINDING_PADDING_NOT_ZERO);
            break;
        }
    }
}

static void flag_length(const struct attr_context *context)
{
    packet_info *pinfo = context->view.pinfo;

    msturn_raise_text(pinfo, context->top, MSTURN_FINDING_ATTRIBUTE_LENGTH,
                      wmem_strdup_printf(pinfo->pool, "Wrong length for %s: %u", context->attr->name,
                                         context->span->length));
}

/* RFC 8489 section 14.1: the family says how long an address is. */
static void flag_family(const struct attr_context *context)
{
    const struct msturn_attr *attr = context->attr;
    const struct msturn_span *span = context->span;
    uint8_t family;

    if (!msturn_attr_family(attr, span, &family))
        return;
    /* Attributes that are no addresses name a family only. */
    if (msturn_family_length(family) == 0)
        msturn_raise(context->view.pinfo, context->top, MSTURN_FINDING_FAMILY_UNKNOWN);
    else if (msturn_attr_is_address(attr) && msturn_attr_length_fits(attr, span->length) &&
             span->length != msturn_family_length(family))
        flag_length(context);
}

/* `reason`: why the message is not whole, if so. */
static void flag_attribute(const struct attr_context *context, enum msturn_finding reason)
{
    packet_info *pinfo = context->view.pinfo;
    const struct msturn_span *span = context->span;
    const bool required = msturn_attr_is_mandatory(span->type);
    const char *name = context->attr ? context->attr->name : "Unknown attribute";

    if (!context->attr)
        msturn_raise(pinfo, context->top,
                     required ? MSTURN_FINDING_ATTRIBUTE_UNKNOWN_REQUIRED : MSTURN_FINDING_ATTRIBUTE_UNKNOWN_OPTIONAL);
    else if (!msturn_attr_length_fits(context->attr, span->length))
        flag_length(context);
    if (context->attr)
        flag_family(context);
    if (span->state == MSTURN_SPAN_OVERRUN)
        msturn_raise_text(pinfo, context->top, MSTURN_FINDING_ATTRIBUTE_OVERRUN,
                          wmem_strdup_printf(pinfo->pool,
                                             "%s goes past the end of the message: length %u, %u bytes left", name,
                                             span->length, span->value.reported));
    else if (span->state == MSTURN_SPAN_CUT && reason != MSTURN_FINDING_NOT_REASSEMBLED)
        msturn_raise(pinfo, context->top, MSTURN_FINDING_CUT);
}

static void show_values(struct attr_context *context)
{
    const struct msturn_view view = context->view;
    const struct msturn_span *span = context->span;
    unsigned count;

    if (!view.tree)
        return;
    if (context->attr) {
        context->parts = msturn_attr_parts(context->attr, &count);
        msturn_attr_decode(context->attr, context->message, span, show_value, context);
    }
    if (!context->top)
        add_bare_attribute(context);
    /* Of some attributes the built-in dissector shows the bytes only. */
    if (span->value.captured > 0 && context->attr && msturn_attr_field(context->attr, 0)->stun_hf == stun_value)
        msturn_add_stun(context->view.tree, stun_value, view.tvb, view.base + (int)span->value_offset,
                        (int)span->value.captured, 0);
}

static void show_truncated(const struct msturn_view *view, const struct msturn_span *span)
{
    proto_item *item = msturn_add_bytes(view, &field_attr_value, span->offset, span->value.captured);

    msturn_raise(view->pinfo, item, MSTURN_FINDING_ATTRIBUTE_TRUNCATED);
}

void msturn_show_attributes(const struct msturn_view *view, const struct msturn_message *message,
                            const struct msturn_message_facts *facts, uint32_t digest, enum msturn_finding reason)
{
    const struct msturn_bytes bytes = message->bytes;
    struct msturn_attributes attributes = msturn_attributes_of(message);
    const struct msturn_attribute *attribute;
    struct msturn_view inner = *view;

    if (bytes.captured <= MSTURN_HEADER_LENGTH)
        return;
    proto_item *all =
        msturn_add_bytes(view, &field_attributes, MSTURN_HEADER_LENGTH, bytes.captured - MSTURN_HEADER_LENGTH);
    inner.tree = proto_item_add_subtree(all, ett_msturn_attributes);
    if (message->rest.wrong_padding)
        msturn_raise(view->pinfo, all, MSTURN_FINDING_PADDING_WRONG);
    while ((attribute = msturn_attributes_next(&attributes))) {
        const struct msturn_span *span = &attribute->span;
        struct attr_context context = { .view = inner, .message = bytes, .span = span, .attr = attribute->row };
        if (span->state == MSTURN_SPAN_TRUNCATED) {
            show_truncated(&inner, span);
            continue;
        }
        show_values(&context);
        /* RFC 8489 section 14: of an attribute that is there twice, the first counts. */
        if (span->offset == message->decoded.fingerprint_offset)
            check_fingerprint(&context, message->decoded.fingerprint, digest);
        if (facts)
            show_integrity(&context, message, facts);
        if (inner.tree && span->type == MSTURN_ATTR_USERHASH && message->header.dialect == MSTURN_DIALECT_RFC)
            show_hashed_user(&context, message);
        if (context.attr && msturn_is_nomination(&message->header, span))
            show_nomination(&context);
        show_padding(&context);
        flag_attribute(&context, reason);
    }
}
