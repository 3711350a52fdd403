/* flow.h
 * Flows: TCP connections and pairs of UDP endpoints, their gaps, and the session ids of multiplexed TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FLOW_H
#define MSTURN_FLOW_H

#include "plugin/track/model.h"

struct msturn_tracker;

/* A new flow, which nothing but the list of flows knows. */
struct msturn_flow *msturn_track_add_flow(enum msturn_transport transport, const struct msturn_endpoint *ends,
                                          uint32_t stream, struct msturn_event event);

/* From now on it is the TCP connection of its ends, and may be part of a call. */
void msturn_track_know_flow(struct msturn_flow *flow);

/* Both for a new TCP connection. */
struct msturn_flow *msturn_track_new_flow(const struct msturn_endpoint *ends, uint32_t stream,
                                          struct msturn_event event);

/* Has this end a TCP connection that has not ended? */
bool msturn_track_is_connected(const struct msturn_endpoint *end);

/* What passes between these UDP endpoints, in either direction. */
struct msturn_flow *msturn_track_udp_flow(const struct msturn_endpoint *ends, struct msturn_event event);

/* What passes between a UDP client (side 0) and any address of a server, [MS-TURN] 2.2.2.7. */
struct msturn_flow *msturn_track_udp_client(const struct msturn_endpoint *client, const struct msturn_endpoint *server,
                                            struct msturn_event event);

/* The flow of this client, if there is one. */
struct msturn_flow *msturn_track_known_udp_client(const struct msturn_endpoint *client);

/* What passes between these two UDP endpoints, in the order of struct msturn_flow, if that is known; and is any such flow known? */
struct msturn_flow *msturn_track_known_udp_flow(const struct msturn_endpoint ends[2]);
bool msturn_track_knows_udp(void);

/* TCP's own events of a flow. */
void msturn_track_opened(struct msturn_flow *flow, uint8_t by);
void msturn_track_established(struct msturn_flow *flow);
void msturn_track_ended(struct msturn_flow *flow, uint8_t by, enum msturn_ending ending, struct msturn_event event);

/* An ICMP error came to `sender` about what it had sent to this port. Returns the flow that it is about, or NULL. */
struct msturn_flow *msturn_track_unreachable(const struct msturn_endpoint *sender, uint16_t port,
                                             struct msturn_event event);

/* An ICMP error says that a datagram was not delivered. Returns its flow; NULL: it is of none that is known. */
struct msturn_flow *msturn_track_undelivered(const struct msturn_endpoint *sender,
                                             const struct msturn_endpoint *receiver, struct msturn_event event);

/* The SYN, or its repetition. */
void msturn_track_syn(struct msturn_flow *flow, struct msturn_event event);

/* The round trip of its handshake, in nanoseconds. */
void msturn_track_round_trip(struct msturn_flow *flow, int64_t round_trip);

/* Bytes from this side are missing in the capture. */
void msturn_track_gap(struct msturn_flow *flow, uint8_t side);

/* Does one of these endpoints matter to a call that is known, as a relayed address does? Then a TCP connection
 * between them is worth a flow before it carries a message. */
bool msturn_track_expects(const struct msturn_endpoint *a, const struct msturn_endpoint *b);

/* A client's pseudo-TLS record, [MS-TURN] 2.1.1. */
void msturn_track_hello(struct msturn_flow *flow, uint8_t side, struct msturn_event event);

/* Payload of whatever kind. */
void msturn_track_data(struct msturn_flow *flow, uint8_t side, struct msturn_event event);

/* Payload of `length` bytes other than STUN, of a leg if that is known. */
void msturn_track_media(struct msturn_flow *flow, struct msturn_leg *leg, uint8_t side, uint32_t length,
                        struct msturn_event event);

/* Can something be said of what is missing on this flow? */
bool msturn_flow_is_whole(const struct msturn_flow *flow);

/* When what happens on a flow was over: its end, or the capture's. */
struct msturn_event msturn_flow_end(const struct msturn_flow *flow);

/* Is this end of the flow a relayed address? */
bool msturn_is_relayed_address(const struct msturn_endpoint *endpoint);

/* Is it a TURN server, by what messages said up to now? */
bool msturn_is_server(const struct msturn_tracker *tracker, const struct msturn_endpoint *endpoint);

/* ---- multiplexed TURN, [MS-TURN] 2.2.3 ---- */

struct msturn_multiplexed {
    bool handed_out; /* by a server, in an attribute */
    uint32_t frame;  /* of the first packet with it; 0: none */
    uint32_t seen;   /* frame of the first packet that might have it */
    uint32_t known;  /* from this frame on it is taken for one; 0: not yet */
};

struct msturn_multiplexed *msturn_multiplexed_of(const uint8_t *session_id);

/* A packet that has this session id, or might have it: the first message in one is evidence enough, of other packets the
 * second. First pass only. */
void msturn_track_multiplexed_evidence(const uint8_t *session_id, uint32_t frame, bool is_message);

/* Is the session id known in this frame? */
bool msturn_multiplexed_is_known(const uint8_t *session_id, uint32_t frame);

/* A multiplexed packet with this session id. */
void msturn_track_multiplexed(const uint8_t *session_id, uint32_t frame);

#endif
