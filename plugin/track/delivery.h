/* delivery.h
 * Was what a host sent on a TCP connection acknowledged by TCP at the other end?
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An acknowledgement (RFC 9293 section 3.4) proves that bytes reached the TCP of the next host: the client's, the server's, or
 * the peer's. That none came proves something only where TCP sent the bytes again: then it had not seen one either. A direction
 * that was not captured, a capture that ends, a packet that was recorded twice or by another clock prove nothing.
 *
 * Sequence numbers are those in the packets, 32 bits that wrap. Of a side only what is not acknowledged yet is kept, in a queue
 * that is bounded; of a message the frame of its acknowledgement, and how often it was sent again, see struct
 * msturn_first_message.
 */
#ifndef MSTURN_DELIVERY_H
#define MSTURN_DELIVERY_H

#include "plugin/track/model.h"

enum msturn_delivered {
    MSTURN_DELIVERY_UNKNOWN, /* or not known yet */
    MSTURN_DELIVERED,        /* acknowledged */
    MSTURN_UNDELIVERED       /* sent again, and not acknowledged, though there was time for it */
};

struct msturn_delivery {
    enum msturn_delivered delivered;
    uint32_t acknowledged_in; /* a frame; 0: none */
    uint32_t retransmissions; /* how often it was sent again */
    struct msturn_event sent; /* not acknowledged: when it was sent first, */
    struct msturn_event last; /* and last */
};

/* ---- as of now ---- */

/* The transaction's request or indication, or its response: the first one. */
struct msturn_delivery msturn_request_delivery(const struct msturn_transaction *transaction);
struct msturn_delivery msturn_response_delivery(const struct msturn_transaction *transaction);

/* What this side of a flow sent in the frame of this event: media, of which nothing else is kept. `sent` and `retransmissions`
 * are those of the oldest bytes that are not acknowledged. */
struct msturn_delivery msturn_data_delivery(const struct msturn_flow *flow, uint8_t side, struct msturn_event event);

/* The oldest bytes that this side sent and the other one has not acknowledged. UNDELIVERED: since `sent` nothing of this side's
 * has arrived. UNKNOWN: nothing can be said, or there are none. */
struct msturn_delivery msturn_outstanding(const struct msturn_flow *flow, uint8_t side);

/* ---- the first pass ---- */

/* This side sent a segment with payload, the bytes from `begin` to before `end`; again or for the first time. */
void msturn_track_segment(struct msturn_flow *flow, uint8_t side, uint32_t begin, uint32_t end,
                          struct msturn_event event);

/* A message of this side's, in what was sent so far, ends before `end`. `message` stays where it is. */
void msturn_track_message_end(struct msturn_flow *flow, uint8_t side, uint32_t end, struct msturn_event event,
                              struct msturn_first_message *message);

/* The other side acknowledged what this side sent before `number`. */
void msturn_track_acknowledgement(struct msturn_flow *flow, uint8_t side, uint32_t number, struct msturn_event event);

#endif
