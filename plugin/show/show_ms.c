/* show_ms.c
 * Fields and subtrees of Microsoft's framing: pseudo-TLS, frames, multiplexed TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/ms_wire.h"
#include "plugin/show/show.h"

/* A field of a pseudo-TLS record, [MS-TURN] 2.1.1. */
struct record_field {
    const struct msturn_field *field;
    uint32_t offset;
    uint32_t length;
};

/* What both hellos begin with. */
static const struct record_field hello_fields[] = {
    { &field_tls_content_type, 0, 1 },
    { &field_tls_version, 1, 2 },
    { &field_tls_length, 3, 2 },
    { &field_tls_handshake_type, 5, 1 },
    { &field_tls_handshake_length, 6, 3 },
    { &field_tls_handshake_version, 9, 2 },
    { &field_tls_time, 11, 4 },
    { &field_tls_random, 15, 28 },
    { &field_tls_session_id_length, 43, 1 },
    { NULL, 0, 0 },
};

static const struct record_field client_hello_fields[] = {
    { &field_tls_cipher_suites_length, 44, 2 },
    { &field_tls_cipher_suite, 46, 2 },
    { &field_tls_compression_methods_length, 48, 1 },
    { &field_tls_compression_method, 49, 1 },
    { NULL, 0, 0 },
};

static const struct record_field server_hello_fields[] = {
    { &field_tls_session_id, 44, 32 },
    { &field_tls_cipher_suite, 76, 2 },
    { &field_tls_compression_method, 78, 1 },
    { NULL, 0, 0 },
};

/* ServerHelloDone, after the above. */
static const struct record_field hello_done_fields[] = {
    { &field_tls_handshake_type, 79, 1 },
    { &field_tls_handshake_length, 80, 3 },
    { NULL, 0, 0 },
};

/* The same in a record of its own. */
/* clang-format off */
static const struct record_field hello_done_record_fields[] = {
    { &field_tls_content_type, 79, 1 },
    { &field_tls_version, 80, 2 },
    { &field_tls_length, 82, 2 },
    { &field_tls_handshake_type, 84, 1 },
    { &field_tls_handshake_length, 85, 3 },
    { NULL, 0, 0 },
};
/* clang-format on */

/* It need not be a time: as sent, too. */
static void add_time_stamp(const struct msturn_view *view, uint32_t offset, uint32_t number)
{
    const nstime_t time = NSTIME_INIT_SECS_NSECS((time_t)number, 0);

    proto_item_append_text(proto_tree_add_time(view->tree, field_tls_time.hf, view->tvb, view->base + (int)offset, 4,
                                               &time),
                           " (0x%08x)", number);
}

static void show_record(const struct msturn_view *view, struct msturn_bytes bytes, const struct record_field *row)
{
    for (; row->field; row++) {
        if (row->offset + row->length > bytes.captured)
            return;
        if (row->field == &field_tls_time)
            add_time_stamp(view, row->offset, msturn_get32(bytes.data + row->offset));
        else if (row->length <= 4)
            msturn_add_number(view, row->field, row->offset, row->length,
                              msturn_get_number(bytes.data + row->offset, row->length));
        else
            msturn_add_bytes(view, row->field, row->offset, row->length);
    }
}

void msturn_show_pseudo_tls(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_finding reason)
{
    const bool client = bytes.reported == MSTURN_CLIENT_HELLO_LENGTH;
    struct msturn_view inner = *view;

    proto_item *top = proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base,
                                                     (int)bytes.captured, "MS-TURN pseudo-TLS: %s",
                                                     client ? "Client Hello" : "Server Hello, Server Hello Done");
    msturn_raise(view->pinfo, top, reason);
    inner.tree = proto_item_add_subtree(top, ett_msturn_frame);
    if (!inner.tree)
        return;
    show_record(&inner, bytes, hello_fields);
    show_record(&inner, bytes, client ? client_hello_fields : server_hello_fields);
    if (bytes.reported == MSTURN_SERVER_HELLO_LENGTH)
        show_record(&inner, bytes, hello_done_fields);
    else if (!client)
        show_record(&inner, bytes, hello_done_record_fields);
}

/* Is the content of a control frame as long as the message in it? True also when that cannot be told. */
static bool is_length_of_message(struct msturn_bytes content)
{
    if (msturn_may_be_multiplexed(content) && content.captured >= 2)
        return true;
    if (content.reported < MSTURN_HEADER_LENGTH)
        return false;
    return content.captured < 4 || content.reported == MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(content.data + 2);
}

proto_tree *msturn_show_ms_frame(const struct msturn_view *view, struct msturn_bytes content,
                                 enum msturn_finding reason)
{
    const uint8_t *header = content.data - MSTURN_MS_FRAME_HEADER_LENGTH;
    const bool control = header[0] == MSTURN_MS_FRAME_CONTROL;
    const int length = MSTURN_MS_FRAME_HEADER_LENGTH + (int)content.captured;
    struct msturn_view inner = *view;

    proto_item *top = proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base, length,
                                                     "MS-TURN frame, %s, %u bytes",
                                                     control ? "TURN message" : "end-to-end data", content.reported);
    msturn_raise(view->pinfo, top, reason);
    inner.tree = proto_item_add_subtree(top, ett_msturn_frame);
    msturn_add_number(&inner, &field_ms_frame_type, 0, 1, header[0]);
    msturn_add_number(&inner, &field_ms_frame_reserved, 1, 1, header[1]);
    proto_item *frame_length = msturn_add_number(&inner, &field_ms_frame_length, 2, 2, content.reported);
    proto_item_set_generated(
        msturn_add_number(&inner, &field_payload_kind, MSTURN_MS_FRAME_HEADER_LENGTH, 0, msturn_payload_kind(content)));
    if (control && !is_length_of_message(content))
        msturn_raise(view->pinfo, frame_length, MSTURN_FINDING_FRAME_LENGTH);
    return inner.tree;
}

proto_tree *msturn_show_multiplexed(const struct msturn_view *view, struct msturn_bytes bytes,
                                    enum msturn_finding reason)
{
    const uint32_t length = msturn_get16(bytes.data + 2);
    struct msturn_view inner = *view;

    proto_item *top = proto_tree_add_protocol_format(view->tree, proto_msturn, view->tvb, view->base,
                                                     (int)bytes.captured, "Multiplexed TURN, %u bytes", length);
    msturn_raise(view->pinfo, top, reason);
    inner.tree = proto_item_add_subtree(top, ett_msturn_frame);
    msturn_add_number(&inner, &field_multiplex_channel, 0, 2, msturn_get16(bytes.data));
    msturn_add_number(&inner, &field_multiplex_length, 2, 2, length);
    msturn_add_bytes(&inner, &field_multiplex_session_id, 4, MSTURN_SESSION_ID_LENGTH);
    return inner.tree;
}
