/* show.c
 * Fields, subtrees, columns and expert items of messages and of their framing.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/show.h"

#include "plugin/show/stun_alias.h"
#include "plugin/show/text.h"

enum { CHANNEL_MAX = 0x4FFF }; /* RFC 8656 section 12 */

/* Protocol of the built-in STUN dissector and its fields that msturn has no equal of. */
static int stun_protocol, stun_type_class, stun_type_method, stun_type_assignment;

void msturn_link_stun_header(void)
{
    stun_protocol = proto_get_id_by_filter_name("stun");
    stun_type_class = msturn_stun_field("stun.type.class");
    stun_type_method = msturn_stun_field("stun.type.method");
    stun_type_assignment = msturn_stun_field("stun.type.method-assignment");
}

proto_item *msturn_add_number(const struct msturn_view *view, const struct msturn_field *field, uint32_t offset,
                              uint32_t length, uint32_t number)
{
    if (!view->tree)
        return NULL;
    const int start = view->base + (int)offset;
    const bool is_boolean = proto_registrar_get_nth(field->hf)->type == FT_BOOLEAN;

    msturn_add_stun(view->tree, field->stun_hf, view->tvb, start, (int)length, number);
    return is_boolean ? proto_tree_add_boolean(view->tree, field->hf, view->tvb, start, (int)length, number)
                      : proto_tree_add_uint(view->tree, field->hf, view->tvb, start, (int)length, number);
}

proto_item *msturn_add_bytes(const struct msturn_view *view, const struct msturn_field *field, uint32_t offset,
                             uint32_t length)
{
    if (!view->tree)
        return NULL;
    const int start = view->base + (int)offset;

    msturn_add_stun(view->tree, field->stun_hf, view->tvb, start, (int)length, length);
    return proto_tree_add_item(view->tree, field->hf, view->tvb, start, (int)length, ENC_NA);
}

void msturn_append_message_name(wmem_strbuf_t *text, const struct msturn_header *header)
{
    const bool ms_turn = header->dialect == MSTURN_DIALECT_MS_TURN;
    const struct msturn_method *method = header->method_row;

    if (!method && ms_turn) {
        wmem_strbuf_append_printf(text, "Unknown type 0x%04x", header->type);
        return;
    }
    if (method)
        msturn_append(text, ms_turn ? method->ms_name : method->name);
    else
        wmem_strbuf_append_printf(text, "Unknown method 0x%03x", header->method);
    wmem_strbuf_append_c(text, ' ');
    msturn_append(text, msturn_name_of(ms_turn ? msturn_ms_class_names : msturn_class_names, header->msg_class));
}

static const char *message_name(wmem_allocator_t *scope, const struct msturn_header *header)
{
    wmem_strbuf_t *text = wmem_strbuf_new(scope, NULL);

    msturn_append_message_name(text, header);
    return wmem_strbuf_get_str(text);
}

/* The generated items that link request and response. */
static void show_transaction(const struct msturn_view *view, const struct msturn_header *header,
                             const struct msturn_transaction *transaction, enum msturn_repeat repeat)
{
    uint32_t first_frame = 0;

    switch (header->msg_class) {
    case MSTURN_CLASS_REQUEST:
        first_frame = transaction->request.frame;
        if (transaction->exchange->response.frame != 0)
            proto_item_set_generated(
                msturn_add_number(view, &field_response_in, 0, 0, transaction->exchange->response.frame));
        break;
    case MSTURN_CLASS_INDICATION:
        first_frame = transaction->request.frame;
        break;
    case MSTURN_CLASS_SUCCESS:
    case MSTURN_CLASS_ERROR:
        first_frame = transaction->exchange->response.frame;
        if (transaction->request.frame != 0) {
            nstime_t time;
            proto_item_set_generated(msturn_add_number(view, &field_response_to, 0, 0, transaction->request.frame));
            const nstime_t asked = msturn_nstime(transaction->request.time);
            nstime_delta(&time, &view->pinfo->abs_ts, &asked);
            msturn_add_stun_time(view->tree, field_time.stun_hf, view->tvb, view->base, 0, &time);
            proto_item_set_generated(proto_tree_add_time(view->tree, field_time.hf, view->tvb, view->base, 0, &time));
        }
        break;
    }
    if (repeat == MSTURN_REPEAT_DUPLICATE)
        proto_item_set_generated(msturn_add_number(view, &field_duplicate_of, 0, 0, first_frame));
    else if (repeat == MSTURN_REPEAT_CRC_DUPLICATE)
        proto_item_set_generated(msturn_add_number(view, &field_crc_duplicate_of, 0, 0, first_frame));
}

enum { METHOD_BITS = 0x3FFF & ~MSTURN_TYPE_CLASS_BITS, BITS_TEXT_LENGTH = 16 + 3 + 1 };

/* The bits of the mask as they are in the type, the others as dots: ".... ...1 ...0 ....". */
static const char *bits_text(char text[BITS_TEXT_LENGTH], uint16_t type, uint16_t mask)
{
    char *at = text;

    for (int bit = 15; bit >= 0; bit--) {
        if (!(mask >> bit & 1))
            *at++ = '.';
        else
            *at++ = type >> bit & 1 ? '1' : '0';
        if (bit > 0 && bit % 4 == 0)
            *at++ = ' ';
    }
    *at = '\0';
    return text;
}

/* Class or method, with its bits in the type: they are not next to each other, so no bit mask of the field will do. */
static proto_item *add_type_part(const struct msturn_view *view, const struct msturn_field *field, uint16_t type,
                                 uint16_t mask, uint16_t number, const char *name)
{
    char bits[BITS_TEXT_LENGTH];
    const char *title = proto_registrar_get_nth(field->hf)->name;
    const char *form = field == &field_method ? "%s = %s: %s (0x%03x)" : "%s = %s: %s (%u)";

    return proto_tree_add_uint_format(view->tree, field->hf, view->tvb, view->base, 2, number, form,
                                      bits_text(bits, type, mask), title, name ? name : "Unknown", number);
}

/* The bits of [MS-TURN]'s types are not those of a method: it is the equal one. */
static proto_item *show_method(const struct msturn_view *view, const struct msturn_header *header)
{
    const struct msturn_method *method = header->method_row;

    if (header->dialect != MSTURN_DIALECT_MS_TURN)
        return add_type_part(view, &field_method, header->type, METHOD_BITS, header->method,
                             method ? method->name : NULL);
    if (method)
        proto_item_set_generated(msturn_add_number(view, &field_method, 0, 2, method->number));
    return NULL;
}

/* The type with its two parts. Returns the method's item. */
static proto_item *show_type(const struct msturn_view *view, const struct msturn_header *header, const char *name)
{
    const int base = view->base;

    msturn_add_stun(view->tree, field_type.stun_hf, view->tvb, base, 2, header->type);
    proto_item *type = proto_tree_add_uint_format_value(view->tree, field_type.hf, view->tvb, base, 2, header->type,
                                                        "%s (0x%04x)", name, header->type);
    const struct msturn_view inner = { view->tvb, view->pinfo, proto_item_add_subtree(type, ett_msturn_type), base };

    if (header->dialect != MSTURN_DIALECT_MS_TURN)
        add_type_part(&inner, &field_class, header->type, MSTURN_TYPE_CLASS_BITS, (uint16_t)header->msg_class,
                      msturn_name_of(msturn_class_names, header->msg_class));
    else
        msturn_add_number(&inner, &field_class, 0, 2, header->msg_class);
    msturn_add_stun(inner.tree, stun_type_class, view->tvb, base, 2, header->type);
    msturn_add_stun(inner.tree, stun_type_method, view->tvb, base, 2, header->type);
    msturn_add_stun(inner.tree, stun_type_assignment, view->tvb, base, 2, header->type);
    return show_method(&inner, header);
}

/* RFC 8489 section 5: cookie and 96 bits; RFC 3489 and [MS-TURN] 2.2.1: 128 bits. */
static void show_transaction_id(const struct msturn_view *view, const struct msturn_message *message)
{
    if (message->header.dialect == MSTURN_DIALECT_RFC) {
        msturn_add_number(view, &field_cookie, 4, 4, msturn_get32(message->bytes.data + 4));
        msturn_add_bytes(view, &field_transaction_id, 8, MSTURN_TRANSACTION_ID_LENGTH);
    } else {
        msturn_add_bytes(view, &field_transaction_id, 4, 4 + MSTURN_TRANSACTION_ID_LENGTH);
    }
}

struct msturn_view msturn_show_header(const struct msturn_view *view, const struct msturn_message *message,
                                      const struct msturn_message_facts *facts, enum msturn_finding reason)
{
    const struct msturn_header *header = &message->header;
    const int shown = (int)message->bytes.captured;
    struct msturn_view inner = *view;
    proto_item *top = NULL, *method = NULL, *length = NULL;

    if (view->tree) {
        const char *name = message_name(view->pinfo->pool, header);
        msturn_add_stun(view->tree, stun_protocol, view->tvb, view->base, shown, 0);
        top = proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base, shown,
                                             "MS-TURN and TURN over TCP: %s", name);
        inner.tree = proto_item_add_subtree(top, ett_msturn);
        if (facts)
            show_transaction(&inner, header, facts->transaction, facts->repeat);
        method = show_type(&inner, header, name);
        length = msturn_add_number(&inner, &field_length, 2, 2, header->length);
        show_transaction_id(&inner, message);
        if (header->length > 0)
            proto_item_set_generated(
                msturn_add_number(&inner, &field_dialect, MSTURN_HEADER_LENGTH, 0, header->dialect));
    }
    msturn_raise(view->pinfo, top, reason);
    if (header->dialect != MSTURN_DIALECT_MS_TURN && !header->method_row)
        msturn_raise(view->pinfo, method, MSTURN_FINDING_METHOD_UNKNOWN);
    if (header->dialect == MSTURN_DIALECT_RFC && header->length % 4 != 0)
        msturn_raise(view->pinfo, length, MSTURN_FINDING_LENGTH_NOT_MULTIPLE);
    return inner;
}

proto_tree *msturn_show_frame(const struct msturn_view *view, struct msturn_bytes packet, enum msturn_finding reason)
{
    const enum msturn_payload kind = msturn_payload_kind(packet);
    const uint32_t length = MSTURN_FRAME_HEADER_LENGTH + packet.captured;
    const uint32_t said = tvb_get_ntohs(view->tvb, view->base);
    struct msturn_view inner = *view;

    proto_item *top = proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base, (int)length,
                                                     "RFC 4571 frame, %u bytes", packet.reported);
    inner.tree = proto_item_add_subtree(top, ett_msturn_frame);
    msturn_raise(view->pinfo, top, reason);
    proto_item *frame_length = msturn_add_number(&inner, &field_rfc4571_length, 0, MSTURN_FRAME_HEADER_LENGTH, said);
    proto_item_set_generated(msturn_add_number(&inner, &field_payload_kind, MSTURN_FRAME_HEADER_LENGTH, 0, kind));
    if (kind == MSTURN_PAYLOAD_STUN && said != MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(packet.data + 2))
        msturn_raise(view->pinfo, frame_length, MSTURN_FINDING_FRAME_LENGTH);
    return inner.tree;
}

proto_tree *msturn_show_channel(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_finding reason)
{
    const uint16_t channel = msturn_get16(bytes.data);
    const uint32_t data_length = msturn_get16(bytes.data + 2);
    const uint32_t data_end = MSTURN_CHANNEL_HEADER_LENGTH + data_length;
    const struct msturn_bytes data = msturn_bytes_slice(bytes, MSTURN_CHANNEL_HEADER_LENGTH, data_length);
    const struct msturn_bytes padding = msturn_bytes_slice(bytes, data_end, UINT32_MAX);
    const int shown = (int)bytes.captured;
    struct msturn_view inner = *view;

    proto_item *top =
        proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base, shown,
                                       "TURN ChannelData, channel 0x%04x, %u bytes", channel, data_length);
    inner.tree = proto_item_add_subtree(top, ett_msturn_channel);
    msturn_raise(view->pinfo, top, reason);
    msturn_add_stun(inner.tree, stun_protocol, view->tvb, view->base, shown, 0);
    proto_item *number = msturn_add_number(&inner, &field_channel, 0, 2, channel);
    if (channel > CHANNEL_MAX)
        msturn_raise(view->pinfo, number, MSTURN_FINDING_CHANNEL_RESERVED);
    msturn_add_number(&inner, &field_channel_length, 2, 2, data_length);
    proto_item_set_generated(
        msturn_add_number(&inner, &field_payload_kind, MSTURN_CHANNEL_HEADER_LENGTH, 0, msturn_payload_kind(data)));
    if (data.captured > 0)
        msturn_add_bytes(&inner, &field_channel_data, MSTURN_CHANNEL_HEADER_LENGTH, data.captured);
    if (padding.captured > 0)
        msturn_add_bytes(&inner, &field_channel_padding, data_end, padding.captured);
    return inner.tree;
}

/* Whom a header of the PROXY protocol names as client: the line of version 1, which is text, or the address of version 2. */
static const char *proxied_client(const struct msturn_view *view, struct msturn_bytes bytes,
                                  enum msturn_preamble preamble)
{
    enum { ADDRESSES = MSTURN_PROXY_V2_HEADER_LENGTH, OVER_IPV4 = 1, OVER_IPV6 = 2, END_OF_LINE = 2 };
    struct msturn_endpoint client = { 0 };

    if (preamble == MSTURN_PREAMBLE_PROXY_V1)
        return compat_format_text(view->pinfo->pool, bytes.data, bytes.captured - END_OF_LINE);
    if (preamble != MSTURN_PREAMBLE_PROXY_V2)
        return NULL;
    const unsigned family = bytes.data[ADDRESSES - 3] >> 4;
    const uint32_t size = family == OVER_IPV4 ? 4 : 16;
    if ((family != OVER_IPV4 && family != OVER_IPV6) || bytes.captured < ADDRESSES + 2 * size + 4)
        return NULL;
    client.family = family == OVER_IPV4 ? 4 : 6;
    memcpy(client.address, bytes.data + ADDRESSES, size);
    client.port = msturn_get16(bytes.data + ADDRESSES + (size_t)2 * size);
    return msturn_endpoint_text(view->pinfo->pool, &client);
}

void msturn_show_preamble(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_preamble preamble,
                          enum msturn_finding reason)
{
    const char *client = proxied_client(view, bytes, preamble);
    struct msturn_view inner = *view;

    proto_item *top = proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base,
                                                     (int)bytes.captured, "Before the first message, %u bytes%s%s",
                                                     bytes.reported, client ? ": " : "", client ? client : "");
    inner.tree = proto_item_add_subtree(top, ett_msturn);
    msturn_raise(view->pinfo, top, reason);
    proto_item *kind = msturn_add_number(&inner, &field_preamble, 0, bytes.captured, preamble);
    proto_item_set_generated(kind);
}

proto_tree *msturn_show_opaque(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_finding reason)
{
    struct msturn_view inner = *view;

    proto_item *top =
        proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base, (int)bytes.captured,
                                       "Not framed as a message, %u bytes", bytes.reported);
    inner.tree = proto_item_add_subtree(top, ett_msturn);
    msturn_raise(view->pinfo, top, reason);
    msturn_add_bytes(&inner, &field_opaque, 0, bytes.captured);
    return inner.tree;
}
