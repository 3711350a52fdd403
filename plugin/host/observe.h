/* observe.h
 * Between Wireshark's packets and the tracker: tells it what passes, and remembers what it said by frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_OBSERVE_H
#define MSTURN_OBSERVE_H

#include "plugin/compat.h"
#include "plugin/host/connection.h"
#include "plugin/track/track.h"

/* What this pass over a frame has come to. Made when the first call of the pass asks for it. */
struct msturn_frame_pass;

struct msturn_frame_pass *msturn_frame_pass_of(packet_info *pinfo);

/* The same in a packet of this connection. `tcp_flags`: of its TCP header; 0: not known. */
struct msturn_frame_pass *msturn_frame_pass_on(packet_info *pinfo, struct msturn_connection *connection,
                                               uint16_t tcp_flags);

/* Was anything of msturn's shown in this pass before? Then this is not the first. */
bool msturn_frame_pass_shown(struct msturn_frame_pass *pass);

/* Were the problems of the frame shown that are no message's? */
bool msturn_frame_pass_told(struct msturn_frame_pass *pass);

/* A key for p_add_proto_data() that this layer does not use; more may follow it. */
#define MSTURN_PROTO_DATA_FREE_KEY 1

/* Where packets are seen: on a flow, perhaps inside of a message or frame there. First pass only. */
struct msturn_flow_context {
    struct msturn_flow *flow; /* NULL: a later pass */
    uint8_t side;             /* of the flow, that sent them */
    struct msturn_leg *leg;   /* whose packets they are, if they are inside of something */
    bool framed;              /* in an RFC 4571 frame, ... */
    bool misframed;           /* ... whose length is not that of what is in it */
    bool frameless;           /* among RFC 4571 frames, and in none */
    bool in_stream;
    uint32_t stream_offset; /* of the unit that they are in, if in_stream */
    uint32_t end;           /* the same after that unit */
};

/* The place of what is directly on a TCP connection. */
struct msturn_flow_context msturn_flow_context_on(struct msturn_connection *connection, packet_info *pinfo);

/* The place of a datagram that begins with this message. */
struct msturn_flow_context msturn_flow_context_of_datagram(packet_info *pinfo, const struct msturn_header *header);

/* The place of a datagram with multiplexed TURN. */
struct msturn_flow_context msturn_flow_context_of_multiplexed(packet_info *pinfo);

/* What is known of where a packet is, in any pass; without a connection it is a datagram. Its flow may be NULL. */
struct msturn_flow_context msturn_flow_context_known(struct msturn_connection *connection, packet_info *pinfo);

/* The session of what is in a place, in this frame; NULL: none, or not known (yet). */
const struct msturn_session *msturn_flow_context_session(struct msturn_flow_context place, uint32_t frame);

/* The session of the first message in the frame that has one, else of the connection. */
const struct msturn_session *msturn_session_of_frame(packet_info *pinfo);

/* What a message tells: on the first pass the tracker learns it, on others it is recalled. NULL only if passes
 * went different ways. `digest`: CRC-32 of the bytes before FINGERPRINT, or of all; first pass only. */
const struct msturn_message_facts *msturn_observe_message(packet_info *pinfo, struct msturn_frame_pass *pass,
                                                          struct msturn_flow_context place,
                                                          const struct msturn_message *message, uint32_t digest);

/* Payload of `length` bytes other than STUN. First pass only. */
void msturn_observe_media(packet_info *pinfo, struct msturn_flow_context place, uint32_t length);

/* Only the time, where that is all that a frame tells. */
void msturn_observe_time(const packet_info *pinfo);

/* A frame that was dissected, whatever was in it: time, TCP's own events, and ICMP errors.
 * `frame` is the whole frame. First pass only. */
void msturn_observe_frame(tvbuff_t *frame, packet_info *pinfo);

/* The connection that is opened, closed or refused in the frame, if it was noted; or NULL. */
const struct msturn_flow *msturn_observed_event(tvbuff_t *frame, packet_info *pinfo);

/* An ICMP message is in the frame: tells the tracker what was refused, if it says so. */
void msturn_observe_icmp(tvbuff_t *frame, const packet_info *pinfo);

#endif
