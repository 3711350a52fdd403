/* silent.c
 * TCP connections to TURN servers that carried no message of ours, so far: unanswered, refused, closed, or full of something else.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/silent.h"

#include "plugin/track/flow.h"
#include "plugin/track/state.h"
#include "plugin/wire/wire.h"

enum { TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_APPLICATION_DATA = 23 }; /* records, RFC 8446 section 5.1 */
enum { TLS_HEADER = 5, TLS_ALERT_LENGTH = 2, TLS_FATAL = 2 };

/* ---- which connections ---- */

struct msturn_flow *msturn_silent_flow(uint32_t stream)
{
    return wmem_map_lookup(msturn_tracker.silent_flows, GUINT_TO_POINTER(stream));
}

struct msturn_flow *msturn_track_silent(struct msturn_flow *flow, const struct msturn_endpoint *ends, uint32_t stream,
                                        struct msturn_event event)
{
    if (!flow)
        flow = msturn_track_add_flow(MSTURN_TCP, ends, stream, event);
    wmem_map_insert(msturn_tracker.silent_flows, GUINT_TO_POINTER(stream), flow);
    return flow;
}

static bool is_between(const struct msturn_flow *flow, const struct msturn_endpoint *ends)
{
    return msturn_endpoint_equal(&flow->ends[0], &ends[0]) && msturn_endpoint_equal(&flow->ends[1], &ends[1]);
}

/* What comes out of a tunnel has the stream of the tunnel, but ends of its own. */
struct msturn_flow *msturn_track_connection(const struct msturn_endpoint *ends, uint32_t stream,
                                            struct msturn_event event)
{
    struct msturn_flow *flow = stream != UINT32_MAX ? msturn_silent_flow(stream) : NULL;

    if (!flow || !is_between(flow, ends))
        return msturn_track_new_flow(ends, stream, event);
    msturn_track_know_flow(flow);
    return flow;
}

void msturn_track_claimed(struct msturn_flow *flow)
{
    flow->claimed = true;
    flow->to_server_port = flow->to_shared_port = false;
}

/* Nothing more is to be learnt of it. */
static void leave_alone(const struct msturn_flow *flow)
{
    wmem_map_remove(msturn_tracker.silent_flows, GUINT_TO_POINTER(flow->stream));
}

/* It is no business of TURN's, as most connections to a shared port. */
static void forget(struct msturn_flow *flow)
{
    leave_alone(flow);
    flow->to_shared_port = false;
    if (flow->known)
        return;
    if (flow->previous)
        flow->previous->next = flow->next;
    else
        msturn_tracker.flows = flow->next;
    if (flow->next)
        flow->next->previous = flow->previous;
    else
        msturn_tracker.last_flow = flow->previous;
}

/* ---- what they carry ---- */

static bool is_tls(struct msturn_bytes bytes)
{
    return bytes.captured >= TLS_HEADER && bytes.data[0] >= TLS_ALERT && bytes.data[0] <= TLS_APPLICATION_DATA &&
           bytes.data[1] == 3;
}

/* One that is not encrypted is as long as this. */
static bool is_fatal_alert(struct msturn_bytes bytes)
{
    return is_tls(bytes) && bytes.captured >= TLS_HEADER + TLS_ALERT_LENGTH && bytes.data[0] == TLS_ALERT &&
           msturn_get16(bytes.data + 3) == TLS_ALERT_LENGTH && bytes.data[TLS_HEADER] == TLS_FATAL;
}

static enum msturn_first_bytes kind_of(struct msturn_bytes bytes)
{
    if (bytes.captured == 0)
        return MSTURN_FIRST_UNREAD;
    if (is_tls(bytes))
        return MSTURN_FIRST_TLS;
    return msturn_message_is_certain(bytes) ? MSTURN_FIRST_STUN : MSTURN_FIRST_OTHER;
}

static void note_bytes(struct msturn_flow *flow, const struct msturn_tcp_header *segment)
{
    uint8_t *first = &flow->first_bytes[segment->side];

    msturn_track_data(flow, segment->side, segment->event);
    if (*first == MSTURN_FIRST_NONE)
        *first = kind_of(segment->bytes);
    if (is_fatal_alert(segment->bytes) && !msturn_happened(&flow->alert)) {
        flow->alert = segment->event;
        flow->alert_by = segment->side;
        flow->alert_description = segment->bytes.data[TLS_HEADER + 1];
    }
}

/* ---- packets ---- */

static void take_header(struct msturn_flow *flow, const struct msturn_tcp_header *segment)
{
    const uint8_t side = segment->side;

    flow->observed = segment->event.frame;
    flow->sent[side] = true;
    if (segment->syn)
        msturn_track_opened(flow, segment->ack ? 1 - side : side);
    if (segment->syn && !segment->ack && !flow->established) {
        wmem_map_insert(msturn_tracker.tcp_flows, &flow->ends[side], flow); /* for ICMP errors */
        msturn_track_syn(flow, segment->event);
    }
    /* Who opened it acknowledges only what was answered, captured or not. */
    if (segment->ack && !segment->rst && (segment->syn || side == (uint8_t)flow->opened_by))
        msturn_track_established(flow);
    if (segment->rst || segment->fin)
        msturn_track_ended(flow, side, segment->rst ? MSTURN_ENDING_RST : MSTURN_ENDING_FIN, segment->event);
}

/* Is it known what it is? */
static bool is_settled(const struct msturn_flow *flow, const struct msturn_tcp_header *segment)
{
    return flow->claimed || (segment->length > 0 && segment->bytes.captured > 0 &&
                             segment->bytes.data[0] == TLS_APPLICATION_DATA && is_tls(segment->bytes));
}

/* Whoever is there talks: to a server of another protocol, as far as is known. */
static bool is_answered(const struct msturn_flow *flow, const struct msturn_tcp_header *segment)
{
    return segment->length > 0 && segment->side != (uint8_t)flow->opened_by && !is_fatal_alert(segment->bytes);
}

void msturn_track_header(struct msturn_flow *flow, const struct msturn_tcp_header *segment)
{
    msturn_tracker.events++;
    if (flow->observed < segment->event.frame)
        take_header(flow, segment);
    if (segment->length > 0 && !flow->claimed)
        note_bytes(flow, segment);
    if (flow->to_shared_port && !flow->claimed && is_answered(flow, segment))
        forget(flow);
    else if (is_settled(flow, segment))
        leave_alone(flow);
}
