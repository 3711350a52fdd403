/* connection.h
 * What msturn remembers of a TCP connection, and the connections that it expects.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_CONNECTION_H
#define MSTURN_CONNECTION_H

#include "plugin/compat.h"
#include "plugin/wire/stream.h"
#include "plugin/track/track.h"

#include <epan/conversation.h>

struct tcp_analysis;

/* A connection that carried unmistakable bytes, or that is watched. Lives as long as the capture file is open. */
struct msturn_connection {
    uint32_t claimed_frame; /* from this frame on it is ours */
    bool undecided;         /* its first bytes were too few to tell whose it is */
    struct {
        bool any;
        uint32_t end;     /* stream offset after the last of it */
    } preamble[2];        /* what a side sent that may stand before messages of ours, see preamble.h */
    const char *tunnel;   /* what the client asked a SOCKS proxy for; NULL: nothing */
    bool awaited[2];      /* what a side sent might become ours: msturn waits for more of it */
    bool handed_over;     /* what came later was another dissector's */
    uint8_t completeness; /* what of the tracker's events the TCP dissector has seen, see tcp.completeness */
    struct msturn_flow *flow;
    const struct tcp_analysis *tcp; /* what TCP's dissector knows of it; NULL: nothing */
    uint32_t hello_acknowledged;    /* TCP's acknowledgement number with the pseudo-TLS hello */
    struct msturn_stream streams[2];
};

/* The dissector of a connection that is ours, and of one that was announced. Call in the handoff. */
void msturn_connection_handoff(dissector_handle_t own, dissector_handle_t expected);

/* The conversation between the addresses and ports of the packet itself, NULL: none. Dissectors on the way may have named others
 * for those who come after them, as Wireshark's of the PROXY protocol names the proxy's client; many connections share these. */
conversation_t *msturn_conversation_of(packet_info *pinfo);

/* What TCP's dissector knows of a connection, NULL: nothing. get_tcp_conversation_data() would make it up then, and TCP's
 * own fields in packets to come would change. */
const struct tcp_analysis *msturn_tcp_analysis_of(conversation_t *conversation);

/* Could the payload with this sequence number be the first of ours? Not after bytes that were somebody else's: a message
 * there is part of what is transferred, of a capture file say. */
bool msturn_connection_may_begin(packet_info *pinfo, uint32_t sequence);

/* Does another dissector wait for more of what the other side sent? What that side sends next is then not given to anybody else:
 * a connection that became ours now would be decoded in one direction only. */
bool msturn_connection_other_side_is_held(packet_info *pinfo);

/* On the port of another protocol: is this the first payload, or the first after what may stand before messages of ours? */
bool msturn_connection_may_begin_on_owned_port(packet_info *pinfo, uint32_t sequence);

/* Was this packet's connection captured from its SYN on? */
bool msturn_connection_is_from_its_start(packet_info *pinfo);

/* The first bytes of this packet's connection were too few to tell whose it is. First pass only. */
void msturn_connection_note_undecided(packet_info *pinfo);

/* These bytes of the packet are what may stand before messages of ours. They count if nothing else came before them. First pass
 * only. */
void msturn_connection_note_preamble(packet_info *pinfo, uint32_t sequence, tvbuff_t *tvb);

/* msturn waits for more of what this packet's sender sends. First pass only. */
void msturn_connection_note_awaited(packet_info *pinfo);

/* The connection of this packet if it is ours already, else NULL. */
struct msturn_connection *msturn_connection_find(packet_info *pinfo);

/* Makes the connection of this packet ours; unless it is inside TLS, msturn gets all that follows on it.
 * First pass only. */
struct msturn_connection *msturn_connection_claim(packet_info *pinfo, bool in_tls);

/* Notes the connection of this packet for the tracker. First pass only. */
struct msturn_connection *msturn_connection_watch(packet_info *pinfo);

/* Gives what follows this packet on the connection to another dissector. First pass only. */
void msturn_connection_hand_over(struct msturn_connection *connection, packet_info *pinfo, dissector_handle_t handle);

/* This packet as the tracker has it. */
struct msturn_event msturn_event_of_frame(const packet_info *pinfo);

/* An address and a port; those of other families than IP are none. */
struct msturn_endpoint msturn_endpoint_of(const address *host, uint32_t port);

/* The address of an IP endpoint, whose bytes stay where they are. */
address msturn_host_of(const struct msturn_endpoint *endpoint);

/* The side that sent this packet, see struct msturn_flow. */
uint8_t msturn_connection_side(const packet_info *pinfo);

/* May the first payload of this packet's direction be at this stream offset? False only if the connection was seen from
 * its SYN on, and bytes in front are missing. */
bool msturn_connection_may_begin_at(const struct msturn_connection *connection, const packet_info *pinfo,
                                    uint32_t offset);

/* Tells the tracker who opened the connection, if the TCP dissector saw it. */
void msturn_connection_note_opening(struct msturn_flow *flow, const struct tcp_analysis *tcp, const packet_info *pinfo);

/* The direction of this packet. */
struct msturn_stream *msturn_connection_stream(struct msturn_connection *connection, const packet_info *pinfo);

/* A connection to this address and port will come (RFC 6062 section 5.3: a peer's, to the relayed
 * address); the first one goes to msturn. First pass only. */
void msturn_connection_expect_peers(packet_info *pinfo, const address *relayed, uint32_t port);

/* The receiver of this packet will open a connection to its sender's address and port (RFC 6062
 * section 4.3: to bind a peer connection); it goes to msturn. First pass only. */
void msturn_connection_expect_bind(packet_info *pinfo);

#endif
