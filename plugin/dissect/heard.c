/* heard.c
 * Standard STUN and TURN over UDP, and media, that stay with Wireshark's own dissectors: the tracker hears them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A call has pairs over TCP and over UDP, and a report about half of them would be wrong. On the screen nothing of a datagram
 * changes, but that session, pair, path and findings stand at its end.
 */
#include "plugin/dissect/heard.h"

#include "plugin/dissect/datagram.h"
#include "plugin/dissect/dissect.h"
#include "plugin/host/bytes.h"
#include "plugin/host/tap.h"
#include "plugin/output/export.h"
#include "plugin/show/show_call.h"
#include "plugin/show/show_delivery.h"
#include "plugin/track/wrapped.h"

/* What is heard in a pass over a frame. */
struct hearing {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    struct msturn_frame_pass *pass;
    bool has_message;
};

/* Where a message or packet is, and how deep in others. */
struct heard_place {
    struct msturn_flow_context place;
    unsigned depth;
};

static bool is_first_pass(const struct hearing *hearing)
{
    return !PINFO_FD_VISITED(hearing->pinfo);
}

static struct msturn_bytes bytes_at(const struct hearing *hearing, uint32_t offset, uint32_t length)
{
    return msturn_bytes_slice(msturn_tvb_bytes(hearing->tvb), offset, length);
}

static void hear_media(const struct hearing *hearing, struct msturn_bytes packet, struct msturn_flow_context place)
{
    if (is_first_pass(hearing) && packet.reported > 0)
        msturn_observe_media(hearing->pinfo, place, packet.reported);
    if (msturn_tap_wants_media())
        msturn_tap_media(hearing->pinfo, msturn_flow_context_known(NULL, hearing->pinfo), packet);
}

static void hear_message(struct hearing *hearing, uint32_t offset, uint32_t length, struct heard_place where);

/* The packet in a message or channel. */
static void hear_content(struct hearing *hearing, uint32_t offset, uint32_t length, struct heard_place where)
{
    const struct msturn_bytes packet = bytes_at(hearing, offset, length);

    where.depth++;
    if (msturn_payload_kind(packet) == MSTURN_PAYLOAD_STUN)
        hear_message(hearing, offset, length, where);
    else
        hear_media(hearing, packet, where.place);
}

static void hear_message(struct hearing *hearing, uint32_t offset, uint32_t length, struct heard_place where)
{
    const struct msturn_view view = { hearing->tvb, hearing->pinfo, hearing->tree, (int)offset };
    struct msturn_message message;

    if (where.depth > MSTURN_NESTING_MAX || !msturn_read_message(bytes_at(hearing, offset, length), length, &message))
        return;
    if (is_first_pass(hearing) && !where.place.flow)
        where.place = msturn_flow_context_of_datagram(hearing->pinfo, &message.header);
    const struct msturn_message_facts *facts =
        msturn_observe_message(hearing->pinfo, hearing->pass, where.place, &message, msturn_message_digest(&message));
    if (!facts)
        return;
    hearing->has_message = true;
    msturn_show_delivery(&view, &message.header, facts);
    msturn_show_call(&view, hearing->pass, facts);
    msturn_raise_message_findings(hearing->pinfo, proto_tree_get_parent(hearing->tree), &message, false);
    msturn_tap_message(hearing->pinfo, &message, facts, where.depth > 0);
    if (message.decoded.has & MSTURN_HAS_DATA) {
        if (facts->carries)
            where.place.leg = facts->carries;
        hear_content(hearing, offset + message.data.value_offset, message.data.value.reported, where);
    }
}

/* RFC 8656 section 12.4: over UDP ChannelData need not be padded. */
static bool is_channel_data(struct msturn_bytes bytes)
{
    enum { PADDING_MAX = 3 };

    if (bytes.captured < MSTURN_CHANNEL_HEADER_LENGTH || !msturn_is_channel_byte(bytes.data[0]))
        return false;
    const uint32_t length = MSTURN_CHANNEL_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);
    return bytes.reported >= length && bytes.reported <= length + PADDING_MAX;
}

/* What passes on the flow of a call and is no message: ChannelData, or media between the ends. */
static void hear_data(struct hearing *hearing, uint32_t offset, struct msturn_bytes bytes,
                      struct msturn_flow_context place)
{
    const struct msturn_view view = { hearing->tvb, hearing->pinfo, hearing->tree, (int)offset };
    const struct msturn_event event = msturn_event_of_frame(hearing->pinfo);

    if (is_channel_data(bytes)) {
        const uint16_t channel = msturn_get16(bytes.data);
        place.leg = is_first_pass(hearing) ? msturn_track_channel_leg(place.flow, channel, event)
                                           : msturn_channel_leg(place.flow, channel, hearing->pinfo->num);
        hear_content(hearing, offset + MSTURN_CHANNEL_HEADER_LENGTH, msturn_get16(bytes.data + 2),
                     (struct heard_place){ .place = place });
    } else {
        if (is_first_pass(hearing) && place.flow->any_server) /* [MS-TURN] 2.1.4: end-to-end data, as it is */
            place.leg = msturn_track_active_leg(place.flow, place.side, event);
        hear_media(hearing, bytes, place);
    }
    if (hearing->tree)
        msturn_show_place(&view, place);
}

/* RFC 8489 section 5: a message is all of its datagram. What the capture has cut to less than the first attribute is too little. */
static bool is_heard_message(struct msturn_bytes bytes)
{
    const uint32_t needed = MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH;

    return bytes.captured >= MSTURN_HEADER_LENGTH && bytes.captured >= MIN(bytes.reported, needed) &&
           bytes.reported == MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2) &&
           msturn_message_is_certain(bytes);
}

bool msturn_hears_datagram(struct msturn_bytes bytes)
{
    return msturn_track_knows_udp() || is_heard_message(bytes);
}

void msturn_hear_datagram(tvbuff_t *tvb, uint32_t offset, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    const struct msturn_bytes bytes = msturn_bytes_slice(msturn_tvb_bytes(tvb), offset, length);
    struct hearing hearing = { .tvb = tvb, .pinfo = pinfo, .tree = tree };

    if (msturn_takes_datagram(bytes, pinfo, pinfo->srcport, pinfo->destport))
        return;
    const bool is_message = is_heard_message(bytes);
    struct msturn_flow_context place = { .flow = NULL };

    if (!is_message)
        place = msturn_flow_context_known(NULL, pinfo);
    if (!is_message && !place.flow)
        return;
    hearing.pass = msturn_frame_pass_of(pinfo);
    if (is_message)
        hear_message(&hearing, offset, length, (struct heard_place){ .depth = 0 });
    else
        hear_data(&hearing, offset, bytes, place);
    if (hearing.has_message)
        msturn_export_unit(pinfo, tvb, offset, bytes);
}
