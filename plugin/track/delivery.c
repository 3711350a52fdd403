/* delivery.c
 * Was what a host sent on a TCP connection acknowledged by TCP at the other end?
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/delivery.h"

#include "plugin/rules/timers.h"
#include "plugin/track/flow.h"
#include "plugin/track/state.h"

#define NANOSECONDS 1e9

enum { PENDING_MAX = 64 }; /* of a side, that are kept one by one */

/* A segment, or a message in one, that is not acknowledged. */
struct pending {
    uint32_t begin, end; /* of a message that shares its segment `begin` is the segment's, too */
    uint32_t retransmissions;
    struct msturn_event sent, last;
    struct msturn_first_message *message; /* or NULL */
    struct pending *next;
};

/* What a side of a flow sent. */
struct msturn_outgoing {
    bool sent;                           /* `end` is known */
    uint32_t end;                        /* of what was sent so far */
    uint32_t acknowledged;               /* so much was, if `acknowledgement` happened */
    struct msturn_event acknowledgement; /* the last one that said something new */
    struct pending *pending;             /* by `end` */
    uint32_t count;
};

/* From a to b; sequence numbers wrap. */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(b - a);
}

/* ---- the first pass ---- */

static struct msturn_outgoing *outgoing_of(struct msturn_flow *flow, uint8_t side)
{
    if (!flow->outgoing[side])
        flow->outgoing[side] = wmem_new0(msturn_tracker.scope, struct msturn_outgoing);
    return flow->outgoing[side];
}

static bool is_acknowledged(const struct msturn_outgoing *outgoing, uint32_t end)
{
    return msturn_happened(&outgoing->acknowledgement) && distance(end, outgoing->acknowledged) >= 0;
}

/* The first one that ends there or later; *before: the one before it, or NULL. */
static struct pending **find_pending(struct msturn_outgoing *outgoing, uint32_t end, struct pending **before)
{
    struct pending **at = &outgoing->pending;

    *before = NULL;
    while (*at && distance((*at)->end, end) > 0) {
        *before = *at;
        at = &(*at)->next;
    }
    return at;
}

static void insert_pending(struct msturn_outgoing *outgoing, struct pending **at, struct pending pending)
{
    pending.next = *at;
    *at = wmem_memdup(msturn_tracker.scope, &pending, sizeof pending);
    outgoing->count++;
}

/* What was recorded twice, or at two places on its way, was not sent twice. TCP waits longer. */
static bool is_recorded_twice(const struct msturn_flow *flow, const struct pending *pending, struct msturn_event event)
{
    return msturn_seconds(&pending->last, &event) <
           MAX(MSTURN_SECONDS_COPY, (double)flow->round_trip / 2 / NANOSECONDS);
}

/* TCP sends the oldest bytes again, not always in the segments of the first time. */
static void note_retransmission(const struct msturn_flow *flow, struct msturn_outgoing *outgoing, uint32_t begin,
                                uint32_t end, struct msturn_event event)
{
    for (struct pending *pending = outgoing->pending; pending; pending = pending->next) {
        uint32_t byte = pending->end - 1;
        if (pending == outgoing->pending)
            byte = is_acknowledged(outgoing, pending->begin + 1) ? outgoing->acknowledged : pending->begin;
        if (distance(begin, byte) < 0 || distance(byte, end) <= 0 || is_recorded_twice(flow, pending, event))
            continue;
        pending->retransmissions++;
        pending->last = event;
        if (pending->message && pending->message->retransmissions < UINT16_MAX)
            pending->message->retransmissions++;
    }
}

/* Of more than can be kept one by one the rest is acknowledged with the last one. */
static void note_new_bytes(struct msturn_outgoing *outgoing, struct pending segment)
{
    struct pending *before, **at = find_pending(outgoing, segment.end, &before);

    if (outgoing->count < PENDING_MAX)
        insert_pending(outgoing, at, segment);
    else if (!*at)
        before->end = segment.end;
}

void msturn_track_segment(struct msturn_flow *flow, uint8_t side, uint32_t begin, uint32_t end,
                          struct msturn_event event)
{
    struct msturn_outgoing *outgoing = outgoing_of(flow, side);

    if (outgoing->sent && distance(begin, outgoing->end) > 0)
        note_retransmission(flow, outgoing, begin, end, event);
    if (outgoing->sent && distance(outgoing->end, end) <= 0)
        return;
    outgoing->sent = true;
    outgoing->end = end;
    if (!is_acknowledged(outgoing, end))
        note_new_bytes(outgoing, (struct pending){ .begin = begin, .end = end, .sent = event, .last = event });
}

void msturn_track_message_end(struct msturn_flow *flow, uint8_t side, uint32_t end, struct msturn_event event,
                              struct msturn_first_message *message)
{
    struct msturn_outgoing *outgoing = outgoing_of(flow, side);
    struct pending *before, **at = find_pending(outgoing, end, &before);
    struct pending pending = { .begin = end - 1, .end = end, .sent = event, .last = event, .message = message };

    if (is_acknowledged(outgoing, end)) { /* the packets of two interfaces */
        message->acknowledged = outgoing->acknowledgement.frame;
        return;
    }
    if (*at && (*at)->end == end && !(*at)->message) {
        (*at)->message = message;
        return;
    }
    if (*at && distance((*at)->begin, end) > 0)
        pending.begin = (*at)->begin; /* in the same segment */
    if (outgoing->count < PENDING_MAX)
        insert_pending(outgoing, at, pending);
}

void msturn_track_acknowledgement(struct msturn_flow *flow, uint8_t side, uint32_t number, struct msturn_event event)
{
    struct msturn_outgoing *outgoing = outgoing_of(flow, side);

    if (is_acknowledged(outgoing, number))
        return;
    outgoing->acknowledged = number;
    outgoing->acknowledgement = event;
    while (outgoing->pending && is_acknowledged(outgoing, outgoing->pending->end)) {
        struct pending *oldest = outgoing->pending;
        if (oldest->message)
            oldest->message->acknowledged = event.frame;
        outgoing->pending = oldest->next;
        outgoing->count--;
        wmem_free(msturn_tracker.scope, oldest);
    }
}

/* ---- as of now ---- */

/* Is TCP's repetition in vain? `oldest` is what it repeats, `pending` the same or what was sent after it. */
static bool is_in_vain(const struct msturn_flow *flow, uint8_t side, const struct pending *oldest,
                       const struct pending *pending)
{
    const struct msturn_event *end = flow->ending == MSTURN_ENDING_RST ? &flow->ended : &msturn_tracker.now;
    const double due = MAX(MSTURN_SECONDS_DUE_LEAST, MSTURN_ROUND_TRIPS_DUE * (double)flow->round_trip / NANOSECONDS);
    const double due_open = flow->ending == MSTURN_ENDING_NONE ? MAX(due, MSTURN_SECONDS_DUE_OPEN) : due;

    if (!flow->sent[1 - side] || flow->lossy[1 - side] || oldest->retransmissions == 0)
        return false;
    return msturn_seconds(&oldest->sent, &oldest->last) >= MSTURN_SECONDS_RTO_LEAST &&
           oldest->last.time >= pending->sent.time && msturn_seconds(&pending->sent, end) >= due_open &&
           (oldest->retransmissions > 1 || msturn_seconds(&oldest->last, end) >= due);
}

static struct msturn_delivery delivery_of(const struct msturn_flow *flow, uint8_t side, const struct pending *pending)
{
    const bool in_vain = is_in_vain(flow, side, flow->outgoing[side]->pending, pending);

    return (struct msturn_delivery){ .delivered = in_vain ? MSTURN_UNDELIVERED : MSTURN_DELIVERY_UNKNOWN,
                                     .retransmissions = pending->retransmissions,
                                     .sent = pending->sent,
                                     .last = pending->last };
}

static struct msturn_delivery delivered_in(uint32_t frame, uint32_t retransmissions)
{
    return (struct msturn_delivery){ .delivered = MSTURN_DELIVERED,
                                     .acknowledged_in = frame,
                                     .retransmissions = retransmissions };
}

static struct msturn_delivery message_delivery(const struct msturn_flow *flow, uint8_t side,
                                               const struct msturn_first_message *message)
{
    const struct msturn_outgoing *outgoing = flow->outgoing[side];

    if (message->acknowledged != 0)
        return delivered_in(message->acknowledged, message->retransmissions);
    for (const struct pending *pending = outgoing ? outgoing->pending : NULL; pending; pending = pending->next) {
        if (pending->message == message)
            return delivery_of(flow, side, pending);
    }
    return (struct msturn_delivery){ .delivered = MSTURN_DELIVERY_UNKNOWN };
}

struct msturn_delivery msturn_request_delivery(const struct msturn_transaction *transaction)
{
    return message_delivery(transaction->flow, transaction->side, &transaction->request);
}

struct msturn_delivery msturn_response_delivery(const struct msturn_transaction *transaction)
{
    return message_delivery(transaction->flow, 1 - transaction->side, &transaction->exchange->response);
}

struct msturn_delivery msturn_data_delivery(const struct msturn_flow *flow, uint8_t side, struct msturn_event event)
{
    const struct msturn_outgoing *outgoing = flow->outgoing[side];
    const struct pending *found = NULL;

    for (const struct pending *pending = outgoing ? outgoing->pending : NULL; pending; pending = pending->next) {
        if (pending->sent.frame <= event.frame)
            found = pending;
    }
    if (found) {
        struct msturn_delivery delivery = delivery_of(flow, side, found);
        delivery.retransmissions = outgoing->pending->retransmissions;
        delivery.sent = outgoing->pending->sent;
        delivery.last = outgoing->pending->last;
        return delivery;
    }
    if (outgoing && outgoing->sent &&
        (outgoing->acknowledgement.frame > event.frame || is_acknowledged(outgoing, outgoing->end)))
        return delivered_in(outgoing->acknowledgement.frame, 0);
    return (struct msturn_delivery){ .delivered = MSTURN_DELIVERY_UNKNOWN };
}

struct msturn_delivery msturn_outstanding(const struct msturn_flow *flow, uint8_t side)
{
    const struct msturn_outgoing *outgoing = flow->outgoing[side];

    if (!outgoing || !outgoing->pending)
        return (struct msturn_delivery){ .delivered = MSTURN_DELIVERY_UNKNOWN };
    return delivery_of(flow, side, outgoing->pending);
}
