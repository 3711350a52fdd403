/* shared_conversation.c
 * UDP conversations in which msturn's messages and another dissector's packets are mixed.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ICE's checks share their ports with DTLS and RTP (RFC 7983). When SDP or DTLS announces RTP, or a heuristic recognises DTLS, the
 * conversation is theirs, and UDP asks nobody else; from Wireshark 4.4 on, RTP passes messages on to the built-in STUN dissector,
 * in the direction that was announced. Half a call is worse than none. So a gate stands in front of UDP, which sees a datagram
 * before its conversation is asked: when the first message of msturn comes, the conversation gets a dissector that asks msturn, and
 * for all the rest whoever would have been asked.
 */
#include "plugin/host/shared_conversation.h"

#include "plugin/host/bytes.h"
#include "plugin/host/protocol.h"

#include <epan/conversation.h>

enum { IP_PROTOCOL_UDP = 17, UDP_HEADER_LENGTH = 8 };

static msturn_takes_datagram_fn would_take;
static const heur_dtbl_entry_t *own_heuristic;
static dissector_handle_t own_handle, udp_handle, shared_handle;

/* conversation_t -> wmem_tree_t: the frames from which on it was shared, each with itself. More than one if others took it between. */
static wmem_map_t *shared_from;

/* Ways to look for the conversation that UDP asks, in its order: the receiver's. */
static const unsigned asked[] = { 0, NO_ADDR_B, NO_PORT_B, NO_ADDR_B | NO_PORT_B };

static conversation_t *conversation_asked(const packet_info *pinfo, uint32_t source, uint32_t destination,
                                          unsigned options)
{
    return find_conversation(pinfo->num, &pinfo->dst, &pinfo->src, CONVERSATION_UDP, destination, source, options);
}

/* First pass only. */
static void share(conversation_t *conversation, uint32_t frame)
{
    if (conversation_get_dissector(conversation, frame) == shared_handle)
        return;
    wmem_tree_t *frames = wmem_map_lookup(shared_from, conversation);

    if (!frames) {
        frames = wmem_tree_new(wmem_file_scope());
        wmem_map_insert(shared_from, conversation, frames);
    }
    wmem_tree_insert32(frames, frame, GUINT_TO_POINTER(frame));
    conversation_set_dissector_from_frame_number(conversation, frame, shared_handle);
}

/* Of a conversation, as if it were not shared. */
static dissector_handle_t former_owner(conversation_t *conversation, uint32_t frame)
{
    const dissector_handle_t handle = conversation_get_dissector(conversation, frame);

    if (handle != shared_handle)
        return handle;
    wmem_tree_t *frames = wmem_map_lookup(shared_from, conversation);
    return conversation_get_dissector(conversation, GPOINTER_TO_UINT(wmem_tree_lookup32_le(frames, frame)) - 1);
}

/* As try_conversation_dissector() does it: the first one that has an owner decides. */
static int call_former_owner(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    for (size_t i = 0; i < array_length(asked); i++) {
        conversation_t *conversation = conversation_asked(pinfo, pinfo->srcport, pinfo->destport, asked[i]);
        const dissector_handle_t owner = conversation ? former_owner(conversation, pinfo->num) : NULL;
        if (owner)
            return call_dissector_only(owner, tvb, pinfo, tree, data);
    }
    return 0;
}

static bool heuristic_is_enabled(void)
{
    return own_heuristic->enabled && proto_is_protocol_enabled(own_heuristic->protocol);
}

static int dissect_shared(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const int taken = heuristic_is_enabled() ? call_dissector_only(own_handle, tvb, pinfo, tree, data) : 0;

    return taken != 0 ? taken : call_former_owner(tvb, pinfo, tree, data);
}

/* Is this datagram msturn's? Its payload goes as far as the header says. */
static bool is_ours(tvbuff_t *tvb, const packet_info *pinfo)
{
    const struct msturn_bytes datagram = msturn_tvb_bytes(tvb, 0, UINT32_MAX);

    if (datagram.captured <= UDP_HEADER_LENGTH || pinfo->flags.in_error_pkt || !heuristic_is_enabled())
        return false;
    const uint32_t length = msturn_get16(datagram.data + 4);
    return length > UDP_HEADER_LENGTH && length <= datagram.reported &&
           would_take(msturn_bytes_slice(datagram, UDP_HEADER_LENGTH, length - UDP_HEADER_LENGTH), pinfo,
                      msturn_get16(datagram.data), msturn_get16(datagram.data + 2));
}

/* UDP will look for a conversation from sender to receiver, and make one if there is none. */
static void make_conversation(const packet_info *pinfo, uint32_t source, uint32_t destination)
{
    if (!find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_UDP, source, destination, 0))
        conversation_new(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_UDP, source, destination, 0);
}

/* In front of UDP. */
static int dissect_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!PINFO_FD_VISITED(pinfo) && is_ours(tvb, pinfo)) {
        const uint32_t source = tvb_get_ntohs(tvb, 0), destination = tvb_get_ntohs(tvb, 2);
        make_conversation(pinfo, source, destination);
        share(conversation_asked(pinfo, source, destination, 0), pinfo->num);
    }
    return call_dissector_only(udp_handle, tvb, pinfo, tree, data);
}

void msturn_shared_conversation_handoff(msturn_takes_datagram_fn takes, dissector_handle_t own)
{
    would_take = takes;
    own_handle = own;
    own_heuristic = find_heur_dissector_by_unique_short_name("msturn_udp");
    shared_from = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    shared_handle = create_dissector_handle_with_name_and_description(dissect_shared, -1, NULL,
                                                                      "MSTURN, or else what the conversation had");
    udp_handle = dissector_get_uint_handle(find_dissector_table("ip.proto"), IP_PROTOCOL_UDP);
    if (udp_handle)
        dissector_add_uint("ip.proto", IP_PROTOCOL_UDP,
                           create_dissector_handle_with_name_and_description(dissect_gate, -1, NULL,
                                                                             "MSTURN, or else UDP"));
}
