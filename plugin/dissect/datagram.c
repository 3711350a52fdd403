/* datagram.c
 * Which datagrams are msturn's: messages of MS-TURN, multiplexed TURN, and by preference all STUN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/dissect/datagram.h"

#include "plugin/dissect/cut.h"
#include "plugin/host/bytes.h"
#include "plugin/host/ports.h"
#include "plugin/track/track.h"
#include "plugin/wire/beginning.h"
#include "plugin/wire/ms_wire.h"

wsbool msturn_plain_stun_udp = false;

/* Multiplexed TURN with media in it that fills the datagram? Alone it would be too little evidence. */
static bool may_be_multiplexed_media(struct msturn_bytes bytes)
{
    return bytes.reported == MSTURN_CHANNEL_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2) &&
           msturn_payload_is_media(msturn_bytes_slice(bytes, MSTURN_MULTIPLEX_HEADER_LENGTH, UINT32_MAX));
}

static bool has_multiplexed_header(struct msturn_bytes bytes)
{
    return bytes.captured >= MSTURN_MULTIPLEX_HEADER_LENGTH && msturn_may_be_multiplexed(bytes);
}

/* Multiplexed TURN: with a message in it, or with a session id that is known, from a message or from media before. */
static bool is_multiplexed_datagram(struct msturn_bytes bytes, const packet_info *pinfo)
{
    return has_multiplexed_header(bytes) &&
           (msturn_fit_multiplexed(bytes) == MSTURN_FIT_YES ||
            msturn_multiplexed_is_known(bytes.data + MSTURN_CHANNEL_HEADER_LENGTH, pinfo->num));
}

/* First pass only. */
static void note_multiplexed_evidence(struct msturn_bytes bytes, const packet_info *pinfo)
{
    if (!has_multiplexed_header(bytes))
        return;
    const bool has_message = msturn_fit_multiplexed(bytes) == MSTURN_FIT_YES;

    if (has_message || may_be_multiplexed_media(bytes))
        msturn_track_multiplexed_evidence(bytes.data + MSTURN_CHANNEL_HEADER_LENGTH, pinfo->num, has_message);
}

static bool is_message_datagram(struct msturn_bytes bytes, bool plain)
{
    return msturn_is_ms_turn_message(bytes) || (plain && msturn_message_is_certain(bytes));
}

bool msturn_takes_plain_between(uint32_t source, uint32_t destination)
{
    return msturn_plain_stun_udp || msturn_ports_is_decoded_as(source) || msturn_ports_is_decoded_as(destination);
}

bool msturn_takes_datagram(struct msturn_bytes bytes, const packet_info *pinfo, uint32_t source, uint32_t destination)
{
    /* The ports are asked last: nearly all datagrams are nobody's message. */
    return msturn_datagram_may_begin(bytes) &&
           (is_multiplexed_datagram(bytes, pinfo) || msturn_is_ms_turn_message(bytes) ||
            (msturn_message_is_certain(bytes) && msturn_takes_plain_between(source, destination)));
}

bool msturn_heuristic_takes_datagram(tvbuff_t *tvb, packet_info *pinfo, void *data _U_)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(tvb);

    return msturn_datagram_may_begin(bytes) &&
           (is_multiplexed_datagram(bytes, pinfo) || is_message_datagram(bytes, msturn_plain_stun_udp));
}

int msturn_dissect_datagram(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool plain)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(tvb);

    if (!msturn_datagram_may_begin(bytes))
        return 0;
    struct msturn_arrival arrival = { .tvb = tvb, .pinfo = pinfo, .tree = tree, .sees_all = msturn_plain_stun_udp };

    if (msturn_is_first_pass(&arrival))
        note_multiplexed_evidence(bytes, pinfo);
    if (is_multiplexed_datagram(bytes, pinfo))
        return msturn_dissect_one_unit(&arrival, MSTURN_UNIT_MULTIPLEXED);
    return is_message_datagram(bytes, plain) ? msturn_dissect_one_unit(&arrival, MSTURN_UNIT_MESSAGE) : 0;
}
