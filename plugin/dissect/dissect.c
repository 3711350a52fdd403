/* dissect.c
 * From framing units to messages, and to what they carry.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/dissect/dissect.h"

#include "plugin/host/expected_conversations.h"
#include "plugin/host/forwarded.h"
#include "plugin/host/payload.h"
#include "plugin/output/export.h"
#include "plugin/show/fields.h"
#include "plugin/rules/message_rules.h"
#include "plugin/wire/fingerprint.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/wire/preamble.h"
#include "plugin/show/show.h"
#include "plugin/show/show_call.h"
#include "plugin/show/show_delivery.h"
#include "plugin/host/tap.h"
#include "plugin/track/track.h"
#include "plugin/track/transaction.h"

wsbool msturn_decode_media = true;

static dissector_handle_t payload_handles[MSTURN_PAYLOAD_UNKNOWN + 1];

bool msturn_is_first_pass(const struct msturn_arrival *arrival)
{
    return !PINFO_FD_VISITED(arrival->pinfo) && !arrival->pinfo->flags.in_error_pkt;
}

/* ---- Info column ---- */

/* What comes next in this frame is added to the Info column, not put in the place of what is there. */
static void begin_info(struct msturn_arrival *arrival)
{
    if (msturn_frame_pass_shown(arrival->pass)) {
        col_append_str(arrival->pinfo->cinfo, COL_INFO, ", ");
        col_set_fence(arrival->pinfo->cinfo, COL_INFO);
    }
}

static void add_info(struct msturn_arrival *arrival, const char *text)
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

/* ---- findings about a message ---- */

struct message_check {
    packet_info *pinfo;
    proto_item *item;
    enum msturn_dialect dialect;
};

static void raise_about_message(void *context, enum msturn_finding finding, uint16_t type)
{
    const struct message_check *check = context;
    const struct msturn_attr *attr = msturn_attr_lookup(check->dialect, type);
    const char *text = msturn_findings[finding].text;
    wmem_allocator_t *pool = check->pinfo->pool;

    if (attr)
        text = wmem_strdup_printf(pool, "%s: %s", text, attr->name);
    else if (type != 0)
        text = wmem_strdup_printf(pool, "%s: 0x%04x", text, type);
    msturn_raise_text(check->pinfo, check->item, finding, text);
}

void msturn_raise_message_findings(packet_info *pinfo, proto_item *item, const struct msturn_message *message,
                                   bool in_ms_frame)
{
    struct message_check check = { pinfo, item, message->header.dialect };

    msturn_check_message(message, in_ms_frame, raise_about_message, &check);
}

/* ---- one message ---- */

/* What is inside of something else, and how deep. */
struct inside {
    unsigned depth;
    bool in_message;                  /* not only in a frame or channel */
    bool ms_frame;                    /* directly in a type 02 frame of [MS-TURN] 2.1.4 */
    bool length_checked;              /* what holds it has a finding when its length is not the message's */
    bool relayed_stream;              /* bytes that a relay took from a peer's stream: RFC 4571 is possible */
    struct msturn_flow_context place; /* first pass only */
    uint16_t channel;                 /* that holds it; 0: none */
    proto_tree *holder;               /* the subtree of the frame or channel that holds it */
    enum msturn_finding reason;       /* why it is not whole, if so */
};

/* What is said of the content of something that is not whole: that it is not either. */
static struct inside deeper(struct inside inside)
{
    const bool incomplete = inside.reason == MSTURN_FINDING_CUT || inside.reason == MSTURN_FINDING_NOT_REASSEMBLED;

    return (struct inside){ .depth = inside.depth + 1,
                            .in_message = inside.in_message,
                            .place = inside.place,
                            .reason = incomplete ? inside.reason : MSTURN_FINDING_NONE };
}

/* The same for what a relay took from a peer, or will give to it. */
static struct inside relayed(struct inside inside, struct msturn_leg *leg)
{
    struct inside content = deeper(inside);

    content.relayed_stream = true;
    if (leg)
        content.place.leg = leg;
    return content;
}

static void dissect_payload(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside);

/* Returns its subtree. */
static proto_tree *dissect_opaque(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes bytes,
                                  enum msturn_finding reason)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };

    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "%u bytes not framed as a message", bytes.reported));
    return msturn_show_opaque(&view, bytes, reason);
}

uint32_t msturn_message_digest(const struct msturn_message *message)
{
    const uint32_t covered = message->decoded.fingerprint_offset;

    return msturn_crc32(message->bytes.data, covered != 0 ? covered : message->bytes.captured);
}

/* As Wireshark has it in ICMP: a request that was never answered, which is known when all frames were seen. */
static const char *response_remark(const struct msturn_arrival *arrival, const struct msturn_header *header,
                                   const struct msturn_transaction *transaction)
{
    return !msturn_is_first_pass(arrival) && msturn_request_is_unanswered(transaction, header) ? " (no response)" : "";
}

/* RFC 6062 section 3: after a ConnectionBind request, and after its success response, the bytes are the peer's. */
static bool is_bind(const struct msturn_header *header)
{
    return header->dialect == MSTURN_DIALECT_RFC && header->method == MSTURN_METHOD_CONNECTION_BIND &&
           (header->msg_class == MSTURN_CLASS_REQUEST || header->msg_class == MSTURN_CLASS_SUCCESS);
}

/* The message at `offset`, at most `length` bytes of it. */
static void dissect_message(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    struct msturn_message message;

    if (!msturn_read_message(msturn_bytes_slice(arrival->bytes, offset, length), length, &message)) {
        if (inside.place.flow)
            msturn_track_gap(inside.place.flow, inside.place.side);
        return;
    }
    if (inside.depth == 0)
        arrival->binds = is_bind(&message.header);
    if (msturn_is_first_pass(arrival) && !inside.place.flow)
        inside.place = msturn_flow_context_of_datagram(arrival->pinfo, &message.header);
    const uint32_t digest = msturn_message_digest(&message);
    const struct msturn_message_facts *facts =
        msturn_observe_message(arrival->pinfo, arrival->pass, inside.place, &message, digest);
    const struct msturn_transaction *transaction = facts ? facts->transaction : NULL;
    if (info_is_wanted(arrival->pinfo))
        add_info(arrival,
                 msturn_message_summary(arrival->pinfo, &message,
                                        transaction ? response_remark(arrival, &message.header, transaction) : ""));
    const struct msturn_view inner = msturn_show_header(&view, &message, facts, inside.reason);
    if (facts) {
        msturn_show_delivery(&inner, &message.header, facts);
        msturn_show_call(&inner, arrival->pass, facts);
    }
    msturn_show_attributes(&inner, &message, facts, digest, inside.reason);
    msturn_raise_message_findings(arrival->pinfo, proto_tree_get_parent(inner.tree), &message, inside.ms_frame);
    if (msturn_is_first_pass(arrival) && transaction && message.header.dialect == MSTURN_DIALECT_RFC)
        msturn_expect_connections(arrival->pinfo, arrival->in_tls, &message, transaction);
    msturn_tap_message(arrival->pinfo, &message, facts, inside.in_message);
    arrival->has_message = true;
    if (message.decoded.has & MSTURN_HAS_DATA) {
        struct inside content = relayed(inside, facts ? facts->carries : NULL);
        content.in_message = true;
        dissect_payload(arrival, offset + message.data.value_offset, message.data.value.reported, content);
    }
}

/* The message that `length` bytes hold, and what else they hold. */
static void dissect_whole_message(struct msturn_arrival *arrival, uint32_t offset, uint32_t length,
                                  struct inside inside)
{
    const struct msturn_bytes bytes = msturn_bytes_slice(arrival->bytes, offset, length);
    const uint32_t own = MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);

    dissect_message(arrival, offset, length, inside);
    if (own < length)
        dissect_opaque(arrival, offset + own, msturn_bytes_slice(bytes, own, UINT32_MAX),
                       inside.length_checked ? MSTURN_FINDING_NONE : MSTURN_FINDING_TRAILING);
}

/* ---- what frames, channels and DATA carry ---- */

static dissector_handle_t payload_handle(enum msturn_payload kind)
{
    return msturn_decode_media ? payload_handles[kind] : NULL;
}

/* Payload other than STUN: what holds it says to which session it belongs. */
static void note_media(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes packet,
                       const struct inside *inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, inside->holder, (int)offset };

    if (msturn_is_first_pass(arrival) && packet.reported > 0)
        msturn_observe_media(arrival->pinfo, inside->place, packet.reported);
    if (!inside->holder && !msturn_tap_wants_media())
        return;
    struct msturn_flow_context place = msturn_flow_context_known(arrival->connection, arrival->pinfo);
    msturn_tap_media(arrival->pinfo, place, packet);
    if (place.flow && inside->channel != 0)
        place.leg = msturn_channel_leg(place.flow, inside->channel, arrival->pinfo->num);
    msturn_show_place(&view, place);
}

static void dissect_multiplexed(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside);
static void dissect_frames(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside);

static void dissect_payload(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside)
{
    const struct msturn_bytes bytes = msturn_bytes_slice(arrival->bytes, offset, length);
    const enum msturn_payload kind = msturn_payload_kind(bytes);

    if (bytes.captured == 0)
        return;
    if (inside.depth > MSTURN_NESTING_MAX) {
        dissect_opaque(arrival, offset, bytes, MSTURN_FINDING_NESTING);
    } else if (kind == MSTURN_PAYLOAD_STUN) {
        dissect_whole_message(arrival, offset, length, inside);
    } else if (bytes.captured >= MSTURN_MULTIPLEX_HEADER_LENGTH && msturn_may_be_multiplexed(bytes)) {
        dissect_multiplexed(arrival, offset, length, inside);
    } else if (inside.relayed_stream && msturn_begins_frames(bytes)) {
        dissect_frames(arrival, offset, length, inside);
    } else {
        tvbuff_t *payload = tvb_new_subset_length_caplen(arrival->tvb, (int)offset, (int)bytes.captured, (int)length);
        note_media(arrival, offset, bytes, &inside);
        if (payload_handle(kind))
            begin_info(arrival);
        msturn_call_payload_dissector(payload_handle(kind), payload, arrival->pinfo, arrival->tree);
    }
}

/* Does a packet of this kind get no text in the Info column from anybody else? */
static bool is_silent(struct msturn_bytes packet)
{
    const enum msturn_payload kind = msturn_payload_kind(packet);

    return kind != MSTURN_PAYLOAD_STUN && !payload_handle(kind) && !msturn_may_be_multiplexed(packet) &&
           !msturn_begins_frames(packet);
}

/* ---- units ---- */

/* The packet after a header of `header` bytes in a unit; it is `length` bytes long, as the header says. */
static struct msturn_bytes packet_in(struct msturn_bytes unit, uint32_t header, uint32_t length)
{
    struct msturn_bytes packet = msturn_bytes_slice(unit, header, length);

    packet.reported = length;
    return packet;
}

static void dissect_frame(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes unit,
                          struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    const uint32_t said = msturn_get16(unit.data), there = unit.reported - MSTURN_FRAME_HEADER_LENGTH;
    /* The unit ends with its message, whatever its length says. */
    const bool misframed = inside.reason == MSTURN_FINDING_NONE && there != said;
    const struct msturn_bytes packet = packet_in(unit, MSTURN_FRAME_HEADER_LENGTH, misframed ? there : said);

    proto_tree *holder = msturn_show_frame(&view, packet, inside.reason);
    if (is_silent(packet) && info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "RFC 4571 frame length: %u", packet.reported));
    inside = deeper(inside);
    inside.holder = holder;
    inside.length_checked = true;
    inside.place.framed = true;
    inside.place.misframed = misframed;
    dissect_payload(arrival, offset + MSTURN_FRAME_HEADER_LENGTH, packet.reported, inside);
}

/* A relay of TCP cuts the peer's stream anywhere, but mostly where a frame begins and ends. */
static void dissect_frames(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside)
{
    const uint32_t end = offset + length;

    while (offset + MSTURN_FRAME_HEADER_LENGTH <= end) {
        const struct msturn_bytes rest = msturn_bytes_slice(arrival->bytes, offset, end - offset);
        if (rest.captured < MSTURN_FRAME_HEADER_LENGTH)
            return;
        const uint32_t frame = MSTURN_FRAME_HEADER_LENGTH + (uint32_t)msturn_get16(rest.data);
        struct inside one = inside;
        if (frame > rest.reported)
            one.reason = MSTURN_FINDING_NOT_REASSEMBLED;
        dissect_frame(arrival, offset, msturn_bytes_slice(rest, 0, frame), one);
        offset += frame;
    }
}

static void dissect_channel(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes unit,
                            struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    const uint32_t length = msturn_get16(unit.data + 2);
    const struct msturn_bytes packet = packet_in(unit, MSTURN_CHANNEL_HEADER_LENGTH, length);

    if (msturn_forwarded_with_padding(arrival->pinfo, arrival->stream_offset + offset, packet, arrival->connection) &&
        inside.reason == MSTURN_FINDING_NONE)
        inside.reason = MSTURN_FINDING_PADDING_FORWARDED;
    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "ChannelData channel: 0x%04x length: %u",
                                             msturn_get16(unit.data), length));
    proto_tree *holder = msturn_show_channel(&view, unit, inside.reason);
    inside = deeper(inside);
    inside.holder = holder;
    inside.channel = msturn_get16(unit.data);
    if (inside.place.flow)
        inside.place.leg =
            msturn_track_channel_leg(inside.place.flow, inside.channel, msturn_event_of_frame(arrival->pinfo));
    dissect_payload(arrival, offset + MSTURN_CHANNEL_HEADER_LENGTH, length, inside);
}

/* [MS-TURN] 2.2.3. `length`: of what holds it. */
static void dissect_multiplexed(struct msturn_arrival *arrival, uint32_t offset, uint32_t length, struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    const struct msturn_bytes bytes = msturn_bytes_slice(arrival->bytes, offset, length);
    const uint32_t own_length = MSTURN_CHANNEL_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);
    /* A length that does not even hold the session id says nothing about the packet. */
    const bool plausible = own_length >= MSTURN_MULTIPLEX_HEADER_LENGTH && own_length < length;
    const uint32_t used = plausible ? own_length : length;
    const struct msturn_bytes packet =
        packet_in(bytes, MSTURN_MULTIPLEX_HEADER_LENGTH, used - MSTURN_MULTIPLEX_HEADER_LENGTH);

    if (own_length != length && inside.reason == MSTURN_FINDING_NONE)
        inside.reason = MSTURN_FINDING_MULTIPLEX_LENGTH;
    proto_tree *holder = msturn_show_multiplexed(&view, bytes, inside.reason);
    if (is_silent(packet) && info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "Multiplexed TURN length: %u", packet.reported));
    inside = deeper(inside);
    inside.holder = holder;
    if (msturn_is_first_pass(arrival) && !inside.place.flow)
        inside.place = msturn_flow_context_of_multiplexed(arrival->pinfo);
    if (arrival->sees_all && msturn_is_first_pass(arrival))
        msturn_track_multiplexed(bytes.data + MSTURN_CHANNEL_HEADER_LENGTH, arrival->pinfo->num);
    if (inside.place.flow && inside.place.flow->session && !inside.place.leg)
        inside.place.leg = msturn_track_multiplexed_leg(inside.place.flow, bytes.data + MSTURN_CHANNEL_HEADER_LENGTH);
    dissect_payload(arrival, offset + MSTURN_MULTIPLEX_HEADER_LENGTH, packet.reported, inside);
}

static struct msturn_leg *active_leg(const struct msturn_arrival *arrival, const struct msturn_flow_context *place)
{
    return msturn_track_active_leg(place->flow, place->side, msturn_event_of_frame(arrival->pinfo));
}

/* [MS-TURN] 2.1.4. */
static void dissect_ms_frame(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes unit,
                             struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    const struct msturn_bytes content = packet_in(unit, MSTURN_MS_FRAME_HEADER_LENGTH, msturn_get16(unit.data + 2));
    const uint32_t content_offset = offset + MSTURN_MS_FRAME_HEADER_LENGTH;
    const bool control = unit.data[0] == MSTURN_MS_FRAME_CONTROL;

    proto_tree *holder = msturn_show_ms_frame(&view, content, inside.reason);
    inside = relayed(inside, !control && inside.place.flow ? active_leg(arrival, &inside.place) : NULL);
    inside.holder = holder;
    inside.ms_frame = control;
    inside.length_checked = control;
    /* A control frame holds a message, whatever its first bytes are. */
    if (control && content.captured >= MSTURN_HEADER_LENGTH && !msturn_may_be_multiplexed(content)) {
        dissect_whole_message(arrival, content_offset, content.reported, inside);
        return;
    }
    if (is_silent(content) && info_is_wanted(arrival->pinfo))
        add_info(arrival, wmem_strdup_printf(arrival->pinfo->pool, "MS-TURN frame length: %u", content.reported));
    dissect_payload(arrival, content_offset, content.reported, inside);
}

static void dissect_preamble(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes unit,
                             struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };
    uint32_t length;
    const enum msturn_preamble preamble = msturn_preamble_of(unit, &length);

    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, msturn_preamble_is_ssltcp(preamble) ? "SSLTCP Hello" : "PROXY protocol header");
    msturn_show_preamble(&view, unit, preamble, inside.reason);
}

static void dissect_pseudo_tls(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes unit,
                               struct inside inside)
{
    const struct msturn_view view = { arrival->tvb, arrival->pinfo, arrival->tree, (int)offset };

    if (info_is_wanted(arrival->pinfo))
        add_info(arrival, unit.reported == MSTURN_CLIENT_HELLO_LENGTH ? "Pseudo-TLS Client Hello"
                                                                      : "Pseudo-TLS Server Hello, Server Hello Done");
    msturn_show_pseudo_tls(&view, unit, inside.reason);
    if (inside.place.flow && unit.reported == MSTURN_CLIENT_HELLO_LENGTH)
        msturn_track_hello(inside.place.flow, inside.place.side, msturn_event_of_frame(arrival->pinfo));
}

/* What a TLS server or a proxy answered. TLS gets its records, as soon as it has enough of them, and then the
 * rest of the connection. */
static void dissect_refusal(struct msturn_arrival *arrival, uint32_t offset, struct msturn_bytes bytes,
                            struct inside inside)
{
    packet_info *pinfo = arrival->pinfo;
    const dissector_handle_t tls = payload_handles[MSTURN_PAYLOAD_TLS];

    if (msturn_is_first_pass(arrival))
        msturn_observe_media(pinfo, inside.place, bytes.reported);
    if (msturn_payload_kind(bytes) == MSTURN_PAYLOAD_TLS && !arrival->in_tls) {
        pinfo->can_desegment = pinfo->saved_can_desegment;
        msturn_call_payload_dissector(tls, tvb_new_subset_remaining(arrival->tvb, (int)offset), arrival->pinfo,
                                      arrival->tree);
        if (pinfo->desegment_len != 0) {
            pinfo->desegment_offset += (int)offset;
            return;
        }
        if (msturn_is_first_pass(arrival))
            msturn_connection_hand_over(arrival->connection, pinfo, tls);
    }
    dissect_opaque(arrival, offset, bytes, inside.reason);
}

void msturn_dissect_unit(struct msturn_arrival *arrival, const struct msturn_unit *unit, uint32_t offset,
                         uint32_t length, enum msturn_finding reason)
{
    const struct msturn_bytes bytes = msturn_bytes_slice(arrival->bytes, offset, length);
    struct inside inside = { .reason = reason };

    arrival->has_message = arrival->binds = false;
    if (arrival->connection && msturn_is_first_pass(arrival)) {
        inside.place = msturn_flow_context_on(arrival->connection, arrival->pinfo);
        inside.place.in_stream = arrival->in_stream;
        inside.place.stream_offset = arrival->stream_offset + offset;
        inside.place.end = inside.place.stream_offset + unit->length;
        inside.place.frameless = unit->kind == MSTURN_UNIT_MESSAGE && unit->framing == MSTURN_FRAMING_RFC4571;
        msturn_track_data(inside.place.flow, inside.place.side, msturn_event_of_frame(arrival->pinfo));
    }
    switch (unit->begun) {
    case MSTURN_UNIT_MESSAGE:
        if (arrival->connection)
            dissect_message(arrival, offset, unit->length, inside);
        else
            dissect_whole_message(arrival, offset, length, inside);
        break;
    case MSTURN_UNIT_CHANNEL_DATA:
        dissect_channel(arrival, offset, bytes, inside);
        break;
    case MSTURN_UNIT_FRAME:
        dissect_frame(arrival, offset, bytes, inside);
        break;
    case MSTURN_UNIT_PREAMBLE:
        dissect_preamble(arrival, offset, bytes, inside);
        break;
    case MSTURN_UNIT_PSEUDO_TLS:
        dissect_pseudo_tls(arrival, offset, bytes, inside);
        break;
    case MSTURN_UNIT_MS_FRAME:
        dissect_ms_frame(arrival, offset, bytes, inside);
        break;
    case MSTURN_UNIT_MULTIPLEXED:
        if (bytes.captured >= MSTURN_MULTIPLEX_HEADER_LENGTH) {
            dissect_multiplexed(arrival, offset, unit->length, inside);
            break;
        }
        /* fall through */
    default:
        if (unit->framing == MSTURN_FRAMING_REFUSED) {
            dissect_refusal(arrival, offset, bytes, inside);
        } else {
            inside.holder = dissect_opaque(arrival, offset, bytes, reason);
            note_media(arrival, offset, bytes, &inside);
        }
        break;
    }
    if (arrival->has_message)
        msturn_export_unit(arrival->pinfo, arrival->tvb, offset, bytes);
}

void msturn_dissect_handoff(void)
{
    payload_handles[MSTURN_PAYLOAD_ZRTP] = find_dissector("zrtp");
    payload_handles[MSTURN_PAYLOAD_DTLS] = find_dissector("dtls");
    payload_handles[MSTURN_PAYLOAD_TLS] = find_dissector("tls");
    payload_handles[MSTURN_PAYLOAD_RTP] = find_dissector("rtp");
    payload_handles[MSTURN_PAYLOAD_RTCP] = find_dissector("rtcp");
}
