/* silent.h
 * TCP connections to TURN servers that carried no message of ours, so far: unanswered, refused, closed, or full of something else.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They are looked for only while a report or a window is there that may want to know of them. A connection on which a message comes
 * after all keeps its flow.
 */
#ifndef MSTURN_SILENT_H
#define MSTURN_SILENT_H

#include "plugin/track/model.h"

/* What the TCP header of a packet says. */
struct msturn_tcp_header {
    uint8_t side; /* of the flow, that sent it */
    bool syn, ack, fin, rst;
    uint32_t length;           /* of the payload */
    struct msturn_bytes bytes; /* of it, that were captured; perhaps none */
    struct msturn_event event;
};

/* The connection with this tcp.stream, if it is looked after; or NULL. */
struct msturn_flow *msturn_silent_flow(uint32_t stream);

/* Looks after the connection from its opening on, which `flow` is; NULL: it has none yet. Returns its flow. */
struct msturn_flow *msturn_track_silent(struct msturn_flow *flow, const struct msturn_endpoint *ends, uint32_t stream,
                                        struct msturn_event event);

/* A packet of a connection that is looked after. */
void msturn_track_header(struct msturn_flow *flow, const struct msturn_tcp_header *segment);

/* The flow of a connection that may be part of a call: the silent one that it was up to now, or a new one. */
struct msturn_flow *msturn_track_connection(const struct msturn_endpoint *ends, uint32_t stream,
                                            struct msturn_event event);

/* Bytes of ours came: it is silent no more. */
void msturn_track_claimed(struct msturn_flow *flow);

#endif
