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
#include "plugin/host/payload.h"
#include "plugin/host/protocol.h"
#include "plugin/wire/beginning.h"

#include <epan/conversation.h>

enum { IP_PROTOCOL_UDP = 17, UDP_HEADER_LENGTH = 8 };

static struct msturn_datagram_user user;
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
    const bool may_be_own = msturn_datagram_may_begin(msturn_tvb_bytes(tvb)) && heuristic_is_enabled();
    const int taken = may_be_own ? call_dissector_only(own_handle, tvb, pinfo, tree, data) : 0;

    return taken != 0 ? taken : call_former_owner(tvb, pinfo, tree, data);
}

/* A datagram in front of UDP. */
struct datagram {
    uint32_t source, destination; /* ports */
    struct msturn_bytes payload;  /* as far as the header says */
};

/* False: there is none, or it is not to be looked at. */
static bool read_header(tvbuff_t *tvb, const packet_info *pinfo, struct datagram *datagram)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(tvb);

    if (bytes.captured <= UDP_HEADER_LENGTH || pinfo->flags.in_error_pkt)
        return false;
    const uint32_t length = msturn_get16(bytes.data + 4);
    if (length <= UDP_HEADER_LENGTH || length > bytes.reported)
        return false;
    datagram->source = msturn_get16(bytes.data);
    datagram->destination = msturn_get16(bytes.data + 2);
    datagram->payload = msturn_bytes_slice(bytes, UDP_HEADER_LENGTH, length - UDP_HEADER_LENGTH);
    return true;
}

/* UDP will look for a conversation from sender to receiver, and make one if there is none. */
static void make_conversation(const packet_info *pinfo, uint32_t source, uint32_t destination)
{
    if (!find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_UDP, source, destination, 0))
        conversation_new(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_UDP, source, destination, 0);
}

/* Whose packet it is, as those who dissect it find it. */
struct ends {
    address source, destination;
    uint32_t source_port, destination_port;
    port_type type;
};

static struct ends packet_ends(const packet_info *pinfo)
{
    return (struct ends){ pinfo->src, pinfo->dst, pinfo->srcport, pinfo->destport, pinfo->ptype };
}

static void put_ends(packet_info *pinfo, const struct ends *ends)
{
    pinfo->src = ends->source;
    pinfo->dst = ends->destination;
    pinfo->srcport = ends->source_port;
    pinfo->destport = ends->destination_port;
    pinfo->ptype = ends->type;
}

/* What is heard of a datagram when UDP is done with it. */
struct hearing {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    uint32_t length;
    struct ends ends;
};

/* SCTP in DTLS, or what comes out of a tunnel, has named other ends by now. */
static void hear(const void *context)
{
    const struct hearing *hearing = context;
    const struct ends others = packet_ends(hearing->pinfo);

    put_ends(hearing->pinfo, &hearing->ends);
    user.hear(hearing->tvb, UDP_HEADER_LENGTH, hearing->length, hearing->pinfo, hearing->tree);
    put_ends(hearing->pinfo, &others);
}

/* In front of UDP. */
static int dissect_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    struct datagram datagram;

    if (!read_header(tvb, pinfo, &datagram))
        return call_dissector_only(udp_handle, tvb, pinfo, tree, data);
    const struct msturn_bytes payload = datagram.payload;
    const bool takes = !PINFO_FD_VISITED(pinfo) && user.takes(payload, pinfo, datagram.source, datagram.destination);
    const bool hears = user.hears(payload);
    if (takes && heuristic_is_enabled()) {
        make_conversation(pinfo, datagram.source, datagram.destination);
        share(conversation_asked(pinfo, datagram.source, datagram.destination, 0), pinfo->num);
    }
    if (!hears || !heuristic_is_enabled())
        return call_dissector_only(udp_handle, tvb, pinfo, tree, data);
    const struct hearing hearing = {
        .tvb = tvb,
        .pinfo = pinfo,
        .tree = tree,
        .length = payload.reported,
        .ends = { pinfo->src, pinfo->dst, datagram.source, datagram.destination, PT_UDP },
    };
    return msturn_call_and_finish(udp_handle, tvb, pinfo, tree, data, hear, &hearing);
}

void msturn_shared_conversation_handoff(const struct msturn_datagram_user *of_datagrams, dissector_handle_t own)
{
    user = *of_datagrams;
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
