/* packet-msturn.c
 * Dissector for STUN and TURN over TCP: the IETF's TURN with TCP allocations, and MS-TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * RFC 8489  STUN                          https://www.rfc-editor.org/rfc/rfc8489
 * RFC 8656  TURN                          https://www.rfc-editor.org/rfc/rfc8656
 * RFC 6062  TURN with TCP allocations     https://www.rfc-editor.org/rfc/rfc6062
 * RFC 4571  framing of packets on TCP     https://www.rfc-editor.org/rfc/rfc4571
 * RFC 6544  ICE with TCP candidates       https://www.rfc-editor.org/rfc/rfc6544
 *
 * Registration, entry points, and the walk of a segment through the layers: bytes are cut into units
 * (stream), units are decoded (wire, attrs), tracked (track) and shown (show), and what they carry is
 * given to its own dissector.
 */
#include "packet-msturn.h"

#include "plugin/compat.h"
#include "plugin/connection.h"
#include "plugin/fields.h"
#include "plugin/ports.h"
#include "plugin/show.h"
#include "plugin/stream.h"
#include "plugin/track.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/exceptions.h>
#include <epan/ipproto.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>

int proto_msturn = -1;

static dissector_handle_t msturn_handle, msturn_expected_handle, msturn_tls_handle;
static dissector_handle_t payload_handles[MSTURN_PAYLOAD_UNKNOWN + 1];

/* How deep messages inside DATA, ChannelData or frames are followed. A relay behind a relay makes two. */
enum { NESTING_MAX = 8 };

/* ---- what a frame remembers ---- */

/* The transactions of a frame's messages, in the order in which they are dissected. */
struct frame_message {
    struct msturn_transaction *transaction;
    struct frame_message *next;
};

/* The state of one pass over one frame. */
struct frame_pass {
    struct frame_message *message; /* first pass: the last one; later passes: the next one */
    unsigned calls;                /* of the TLS dissector's, which gives no stream offset */
    bool shown;                    /* the Info column has something of msturn */
};

enum proto_data_key { KEY_MESSAGES, KEY_PASS, KEY_TLS_OFFSET };

static struct frame_pass *frame_pass_of(packet_info *pinfo)
{
    struct frame_pass *pass = p_get_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_PASS);

    if (!pass) {
        pass = wmem_new0(pinfo->pool, struct frame_pass);
        if (PINFO_FD_VISITED(pinfo))
            pass->message = p_get_proto_data(wmem_file_scope(), pinfo, proto_msturn, KEY_MESSAGES);
        p_add_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_PASS, pass);
    }
    return pass;
}

static void remember_message(packet_info *pinfo, struct frame_pass *pass, struct msturn_transaction *transaction)
{
    struct frame_message *message = wmem_new0(wmem_file_scope(), struct frame_message);

    message->transaction = transaction;
    if (pass->message)
        pass->message->next = message;
    else
        p_add_proto_data(wmem_file_scope(), pinfo, proto_msturn, KEY_MESSAGES, message);
    pass->message = message;
}

static struct msturn_transaction *recall_message(struct frame_pass *pass)
{
    struct frame_message *message = pass->message;

    if (!message)
        return NULL;
    pass->message = message->next;
    return message->transaction;
}

/* ---- one arrival of bytes ---- */

/* A call of an entry point: contiguous bytes of one direction of a connection. */
struct arrival {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    struct frame_pass *pass;
    struct msturn_connection *connection; /* NULL: not ours, or not yet */
    uint32_t stream_offset;               /* of the first byte of tvb */
    bool in_tls;
    bool may_wait, may_scan;              /* see struct msturn_circumstances */
};

static bool first_pass(const struct arrival *arrival)
{
    return !PINFO_FD_VISITED(arrival->pinfo);
}

static void *alloc_in_file_scope(void *arena _U_, size_t size)
{
    return wmem_alloc0(wmem_file_scope(), size);
}

static void set_framing(const struct arrival *arrival, uint32_t offset, enum msturn_framing framing)
{
    msturn_stream_set_framing(msturn_connection_stream(arrival->connection, arrival->pinfo), arrival->pinfo->num,
                              arrival->stream_offset + offset, framing, alloc_in_file_scope, NULL);
}

/* ---- Info column ---- */

/* What comes next in this frame is added to the Info column, not put in the place of what is there. */
static void begin_info(struct arrival *arrival)
{
    if (arrival->pass->shown) {
        col_append_str(arrival->pinfo->cinfo, COL_INFO, ", ");
        col_set_fence(arrival->pinfo->cinfo, COL_INFO);
    }
    arrival->pass->shown = true;
}

static void add_info(struct arrival *arrival, const char *text)
{
    begin_info(arrival);
    col_set_str(arrival->pinfo->cinfo, COL_PROTOCOL, "MSTURN");
    col_add_str(arrival->pinfo->cinfo, COL_INFO, text);
    col_set_fence(arrival->pinfo->cinfo, COL_INFO);
}

static bool info_is_wanted(const packet_info *pinfo)
{
    return pinfo->cinfo && col_get_writable(pinfo->cinfo, COL_INFO);
}

/* ---- messages ---- */

static bool find_attribute(struct msturn_bytes message, uint16_t type, struct msturn_span *span)
{
    struct msturn_walk walk = msturn_walk_begin(message);

    while (msturn_walk_next(&walk, span)) {
        if (span->state != MSTURN_SPAN_STUMP && span->type == type)
            return true;
    }
    return false;
}

static struct msturn_transaction *track(const struct arrival *arrival, struct msturn_bytes message,
                                        const struct msturn_header *header)
{
    struct msturn_message_facts facts = {
        .header = header,
        .scope = arrival->connection,
        .frame = arrival->pinfo->num,
        .time = &arrival->pinfo->abs_ts,
    };
    struct msturn_span span;

    if (!first_pass(arrival))
        return recall_message(arrival->pass);
    if (header->dialect == MSTURN_DIALECT_RFC && header->method == MSTURN_METHOD_ALLOCATE && header->msg_class == MSTURN_CLASS_REQUEST &&
        find_attribute(message, MSTURN_ATTR_REQUESTED_TRANSPORT, &span) && span.value.captured > 0)
        facts.requested_transport = span.value.data[0];
    struct msturn_transaction *transaction = msturn_track_message(&facts);
    remember_message(arrival->pinfo, arrival->pass, transaction);
    return transaction;
}

/* RFC 6062 section 5.3: peers will connect to the relayed addresses of a TCP allocation. */
static void expect_peers(const struct arrival *arrival, struct msturn_bytes message)
{
    struct msturn_walk walk = msturn_walk_begin(message);
    struct msturn_span span;

    while (msturn_walk_next(&walk, &span)) {
        const struct msturn_attr *attr = msturn_attr_find(MSTURN_ATTR_XOR_RELAYED_ADDRESS);
        struct msturn_value value;
        if (span.state == MSTURN_SPAN_STUMP || span.type != attr->type ||
            !msturn_attr_own_value(attr, message, &span, &value))
            continue;
        address relayed;
        set_address(&relayed, value.ipv6 ? AT_IPv6 : AT_IPv4, value.ipv6 ? 16 : 4, value.address);
        msturn_connection_expect_peers(arrival->pinfo, &relayed, value.number, msturn_expected_handle);
    }
}

/* What the server's messages say of connections to come. First pass only. */
static void expect_connections(const struct arrival *arrival, struct msturn_bytes message,
                               const struct msturn_header *header, const struct msturn_transaction *transaction)
{
    const bool success = header->msg_class == MSTURN_CLASS_SUCCESS;
    const bool indication = header->msg_class == MSTURN_CLASS_INDICATION;

    if (success && header->method == MSTURN_METHOD_ALLOCATE && transaction->requested_transport == IP_PROTO_TCP)
        expect_peers(arrival, message);
    if (((success && header->method == MSTURN_METHOD_CONNECT) ||
         (indication && header->method == MSTURN_METHOD_CONNECTION_ATTEMPT)) && !arrival->in_tls)
        msturn_connection_expect_bind(arrival->pinfo, msturn_expected_handle);
}

static void dissect_payload(struct arrival *arrival, uint32_t offset, uint32_t length, unsigned depth);

/* The message at `offset`, at most `length` bytes of it. */
static void dissect_message(struct arrival *arrival, uint32_t offset, uint32_t length, unsigned depth,
                            enum msturn_finding reason)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    struct msturn_bytes message = msturn_tvb_bytes(arrival->tvb, (int)offset, length);
    struct msturn_header header;
    struct msturn_span data;

    if (!msturn_read_header(message, &header))
        return;
    message = msturn_bytes_slice(message, 0, MSTURN_HEADER_LENGTH + header.length);
    /* Of one that goes on elsewhere, only what is here is known; that is not its end. */
    message.reported = length < MSTURN_HEADER_LENGTH + header.length ? length : MSTURN_HEADER_LENGTH + header.length;

    struct msturn_transaction *transaction = track(arrival, message, &header);
    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, msturn_message_summary(arrival->pinfo, message, &header));
    const struct msturn_view inner = msturn_show_header(&view, message, &header, transaction, reason);
    msturn_show_attributes(&inner, message, reason);
    if (first_pass(arrival) && header.dialect == MSTURN_DIALECT_RFC)
        expect_connections(arrival, message, &header, transaction);
    if (find_attribute(message, MSTURN_ATTR_DATA, &data))
        dissect_payload(arrival, offset + data.value_offset, data.value.reported, depth + 1);
}

/* RFC 6062 section 3: behind a ConnectionBind request, and behind its success response, the bytes are
 * the peer's. First pass only. */
static void follow_bind(const struct arrival *arrival, uint32_t offset, uint32_t length)
{
    struct msturn_header header;

    if (msturn_read_header(msturn_tvb_bytes(arrival->tvb, (int)offset, length), &header) &&
        header.dialect == MSTURN_DIALECT_RFC && header.method == MSTURN_METHOD_CONNECTION_BIND &&
        (header.msg_class == MSTURN_CLASS_REQUEST || header.msg_class == MSTURN_CLASS_SUCCESS))
        set_framing(arrival, offset + length, MSTURN_FRAMING_BOUND);
}

/* ---- what frames, channels and DATA carry ---- */

static void call_payload_dissector(struct arrival *arrival, dissector_handle_t handle, tvbuff_t *payload)
{
    /* As in tcp_dissect_pdus(): what goes wrong in one packet does not end the next one. */
    TRY
    {
        if (!handle || call_dissector_only(handle, payload, arrival->pinfo, arrival->tree, NULL) == 0)
            call_data_dissector(payload, arrival->pinfo, arrival->tree);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(payload, arrival->pinfo, arrival->tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
}

static void dissect_payload(struct arrival *arrival, uint32_t offset, uint32_t length, unsigned depth)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(arrival->tvb, (int)offset, length);
    const enum msturn_payload kind = msturn_payload_kind(bytes);

    if (bytes.captured == 0)
        return;
    if (kind == MSTURN_PAYLOAD_STUN) {
        const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
        if (depth <= NESTING_MAX)
            dissect_message(arrival, offset, bytes.reported, depth, MSTURN_FINDING_NONE);
        else
            msturn_show_opaque(&view, bytes, MSTURN_FINDING_NESTING);
        return;
    }
    tvbuff_t *payload = tvb_new_subset_length_caplen(arrival->tvb, (int)offset, (int)bytes.captured, (int)length);
    if (payload_handles[kind])
        begin_info(arrival);
    call_payload_dissector(arrival, payload_handles[kind], payload);
}

/* ---- units ---- */

static void dissect_frame(struct arrival *arrival, uint32_t offset, struct msturn_bytes unit, enum msturn_finding reason)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    struct msturn_bytes packet = msturn_bytes_slice(unit, MSTURN_FRAME_HEADER_LENGTH, UINT32_MAX);

    packet.reported = msturn_get16(unit.data);
    const enum msturn_payload kind = msturn_payload_kind(packet);
    msturn_show_frame(&view, packet, reason);
    if (kind != MSTURN_PAYLOAD_STUN && !payload_handles[kind] && info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "RFC 4571 frame length: %u", packet.reported));
    dissect_payload(arrival, offset + MSTURN_FRAME_HEADER_LENGTH, packet.reported, 1);
}

static void dissect_channel(struct arrival *arrival, uint32_t offset, struct msturn_bytes unit, enum msturn_finding reason)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    const uint32_t length = msturn_get16(unit.data + 2);

    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "ChannelData channel: 0x%04x length: %u",
                                             msturn_get16(unit.data), length));
    msturn_show_channel(&view, unit, reason);
    dissect_payload(arrival, offset + MSTURN_CHANNEL_HEADER_LENGTH, length, 1);
}

static void dissect_opaque(struct arrival *arrival, uint32_t offset, struct msturn_bytes unit, enum msturn_finding reason)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };

    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "%u bytes not framed as a message", unit.reported));
    msturn_show_opaque(&view, unit, reason);
}

/* Why a unit is not shown whole: it goes on behind the segment, or the capture cut it. */
static enum msturn_finding incomplete_reason(const struct msturn_unit *unit, struct msturn_bytes bytes)
{
    if (bytes.captured < bytes.reported)
        return MSTURN_FINDING_CUT;
    if (unit->missing > 0 || unit->kind == MSTURN_UNIT_INCOMPLETE)
        return MSTURN_FINDING_NOT_REASSEMBLED;
    if (unit->lost)
        return unit->framing == MSTURN_FRAMING_PLAIN ? MSTURN_FINDING_FRAMING_LOST : MSTURN_FINDING_MID_STREAM;
    return MSTURN_FINDING_NONE;
}

/* Dissects a unit of which `length` bytes are in tvb, as far as they were captured. */
static void dissect_unit(struct arrival *arrival, const struct msturn_unit *unit, uint32_t offset, uint32_t length,
                         enum msturn_framing framing)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(arrival->tvb, (int)offset, length);
    enum msturn_finding reason = incomplete_reason(unit, bytes);

    switch (unit->begun) {
    case MSTURN_UNIT_MESSAGE:
        if (framing == MSTURN_FRAMING_RFC4571 && reason == MSTURN_FINDING_NONE)
            reason = MSTURN_FINDING_FRAME_MISSING;
        dissect_message(arrival, offset, unit->length, 0, reason);
        break;
    case MSTURN_UNIT_CHANNEL_DATA:
        dissect_channel(arrival, offset, bytes, reason);
        break;
    case MSTURN_UNIT_FRAME:
        dissect_frame(arrival, offset, bytes, reason);
        break;
    default:
        dissect_opaque(arrival, offset, bytes, reason);
        break;
    }
}

/* ---- cutting ---- */

static struct msturn_unit next_unit(const struct arrival *arrival, uint32_t offset)
{
    struct msturn_circumstances circumstances = {
        .framing = MSTURN_FRAMING_UNDECIDED,
        .known = arrival->connection != NULL,
        .may_wait = arrival->may_wait,
        .may_scan = arrival->may_scan,
        .at_switch = true,
    };

    if (arrival->connection) {
        const uint32_t frame = arrival->pinfo->num;
        const struct msturn_stream *stream = msturn_connection_stream(arrival->connection, arrival->pinfo);
        const struct msturn_stream *other = msturn_connection_other_stream(arrival->connection, arrival->pinfo);
        const uint32_t stream_offset = arrival->stream_offset + offset;
        circumstances.framing =
            msturn_stream_framing_at(stream, frame, stream_offset, &circumstances.at_switch);
        if (circumstances.framing == MSTURN_FRAMING_UNDECIDED)
            circumstances.at_switch = !stream->started;
        circumstances.other_framing = msturn_stream_latest_framing(other, frame);
    }
    return msturn_stream_next(msturn_tvb_bytes(arrival->tvb, (int)offset, UINT32_MAX), circumstances);
}

/* Asks TCP or TLS to call again when the rest of the unit at `offset` is there. */
static void wait_for_more(struct arrival *arrival, uint32_t offset, const struct msturn_unit *unit)
{
    arrival->pinfo->desegment_offset = (int)offset;
    arrival->pinfo->desegment_len = unit->missing > 0 ? unit->missing : DESEGMENT_ONE_MORE_SEGMENT;
    if (first_pass(arrival) && arrival->connection)
        msturn_stream_consumed(msturn_connection_stream(arrival->connection, arrival->pinfo),
                               arrival->stream_offset + offset, unit->missing > 0 ? unit->length : 0);
}

/* The unit at `offset` goes on in a segment that will not be joined to this one. */
static void skip_rest(const struct arrival *arrival, uint32_t end, const struct msturn_unit *unit)
{
    if (first_pass(arrival) && unit->framing == MSTURN_FRAMING_RFC4571)
        set_framing(arrival, end, MSTURN_FRAMING_RFC4571_LOST);
}

/* Cuts the bytes into units and dissects them. Returns 0 when they are not ours. */
static int dissect_arrival(struct arrival *arrival)
{
    const uint32_t end = tvb_reported_length(arrival->tvb);
    uint32_t offset = 0;

    arrival->connection = msturn_connection_find(arrival->pinfo);
    if (arrival->connection && first_pass(arrival))
        msturn_stream_arrive(msturn_connection_stream(arrival->connection, arrival->pinfo), arrival->pinfo->num,
                             arrival->stream_offset, alloc_in_file_scope, NULL);
    while (offset < end) {
        const struct msturn_unit unit = next_unit(arrival, offset);
        const bool incomplete = unit.kind == MSTURN_UNIT_INCOMPLETE;

        if (unit.kind == MSTURN_UNIT_FOREIGN)
            return 0;
        /* Bytes that merely might begin a message are waited for, but are no evidence yet. */
        if (!arrival->connection && unit.begun != MSTURN_UNIT_INCOMPLETE && first_pass(arrival))
            arrival->connection = msturn_connection_claim(arrival->pinfo, arrival->in_tls ? NULL : msturn_handle);
        if (incomplete && arrival->pinfo->can_desegment) {
            wait_for_more(arrival, offset, &unit);
            return (int)tvb_captured_length(arrival->tvb);
        }
        if (!arrival->connection)
            return 0;
        const uint32_t length = incomplete ? end - offset : unit.length;
        if (first_pass(arrival))
            set_framing(arrival, offset, unit.framing);
        dissect_unit(arrival, &unit, offset, length, unit.framing);
        if (first_pass(arrival) && unit.kind == MSTURN_UNIT_MESSAGE)
            follow_bind(arrival, offset, length);
        offset += length;
        if (incomplete)
            skip_rest(arrival, offset, &unit);
    }
    if (first_pass(arrival))
        msturn_stream_consumed(msturn_connection_stream(arrival->connection, arrival->pinfo),
                               arrival->stream_offset + end, 0);
    return (int)tvb_captured_length(arrival->tvb);
}

/* ---- entry points ---- */

static int dissect_plain(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data, bool patient)
{
    const struct tcpinfo *tcpinfo = data;
    struct arrival arrival = {
        .tvb = tvb,
        .pinfo = pinfo,
        .tree = tree,
        .pass = frame_pass_of(pinfo),
        .stream_offset = tcpinfo ? tcpinfo->seq : 0,
        .may_wait = patient,
        .may_scan = patient,
    };
    return dissect_arrival(&arrival);
}

/* By port, by Decode As, and every packet of a connection that is ours. */
static int dissect_msturn(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect_plain(tvb, pinfo, tree, data, msturn_ports_is_turn(pinfo->match_uint));
}

/* On a connection that a TURN server announced. */
static int dissect_msturn_expected(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect_plain(tvb, pinfo, tree, data, true);
}

static wsbool dissect_msturn_heur_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect_plain(tvb, pinfo, tree, data, false) != 0;
}

/* TLS gives no offset in the stream of what it decrypted: the first pass counts, and notes for each
 * call of a frame where it began. */
static uint32_t tls_stream_offset(packet_info *pinfo, struct frame_pass *pass)
{
    const uint32_t key = KEY_TLS_OFFSET + pass->calls++;
    uint32_t *noted;

    if (PINFO_FD_VISITED(pinfo)) {
        noted = p_get_proto_data(wmem_file_scope(), pinfo, proto_msturn, key);
        return noted ? *noted : 0;
    }
    struct msturn_connection *connection = msturn_connection_find(pinfo);
    noted = wmem_new(wmem_file_scope(), uint32_t);
    *noted = connection ? msturn_connection_stream(connection, pinfo)->next_offset : 0;
    p_add_proto_data(wmem_file_scope(), pinfo, proto_msturn, key, noted);
    return *noted;
}

static int dissect_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool patient)
{
    struct frame_pass *pass = frame_pass_of(pinfo);
    struct arrival arrival = {
        .tvb = tvb,
        .pinfo = pinfo,
        .tree = tree,
        .pass = pass,
        .stream_offset = tls_stream_offset(pinfo, pass),
        .in_tls = true,
        .may_wait = patient,
    };
    return dissect_arrival(&arrival);
}

static int dissect_msturn_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return dissect_tls(tvb, pinfo, tree, true);
}

static wsbool dissect_msturn_heur_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return dissect_tls(tvb, pinfo, tree, false) != 0;
}

/* ---- registration ---- */

void proto_register_msturn(void)
{
    proto_msturn = proto_register_protocol("MS-TURN and TURN over TCP", "MSTURN", MSTURN_FILTER_NAME);
    msturn_register_fields();
    msturn_handle = register_dissector(MSTURN_FILTER_NAME, dissect_msturn, proto_msturn);
    msturn_tls_handle = register_dissector(MSTURN_TLS_DISSECTOR_NAME, dissect_msturn_tls, proto_msturn);
    msturn_expected_handle = create_dissector_handle(dissect_msturn_expected, proto_msturn);
    msturn_ports_register_preferences(prefs_register_protocol(proto_msturn, msturn_ports_apply));
    msturn_track_init(wmem_epan_scope(), wmem_file_scope());
}

void proto_reg_handoff_msturn(void)
{
    msturn_ports_handoff(msturn_handle);
    heur_dissector_add("tcp", dissect_msturn_heur_tcp, "STUN and TURN over TCP", "msturn_tcp", proto_msturn,
                       HEURISTIC_ENABLE);
    heur_dissector_add("tls", dissect_msturn_heur_tls, "STUN and TURN over TLS", "msturn_tls", proto_msturn,
                       HEURISTIC_ENABLE);
    dissector_add_uint_with_preference("tls.port", 5349, msturn_tls_handle); /* RFC 8656 section 5 */
    dissector_add_string("tls.alpn", "stun.turn", msturn_tls_handle);        /* RFC 7443 section 2 */

    payload_handles[MSTURN_PAYLOAD_ZRTP] = find_dissector("zrtp");
    payload_handles[MSTURN_PAYLOAD_DTLS] = find_dissector("dtls");
    payload_handles[MSTURN_PAYLOAD_TLS] = find_dissector("tls");
    payload_handles[MSTURN_PAYLOAD_RTP] = find_dissector("rtp");
    payload_handles[MSTURN_PAYLOAD_RTCP] = find_dissector("rtcp");

    msturn_link_stun_fields();
    msturn_link_stun_header();
    msturn_link_stun_attributes();
}
