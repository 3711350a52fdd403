/* flow.c
 * Flows: TCP connections and pairs of UDP endpoints, their gaps, and the session ids of multiplexed TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/flow.h"

#include "plugin/rules/timers.h"
#include "plugin/track/state.h"
#include "plugin/wire/ms_wire.h"

#include <string.h>

struct msturn_flow *msturn_track_add_flow(enum msturn_transport transport, const struct msturn_endpoint *ends,
                                          uint32_t stream, struct msturn_event event)
{
    struct msturn_flow *flow = wmem_new0(msturn_tracker.scope, struct msturn_flow);

    flow->transport = transport;
    flow->stream = stream;
    flow->ends[0] = ends[0];
    flow->ends[1] = ends[1];
    flow->opened_by = -1;
    flow->first = event;
    flow->previous = msturn_tracker.last_flow;
    if (msturn_tracker.last_flow)
        msturn_tracker.last_flow->next = flow;
    else
        msturn_tracker.flows = flow;
    return msturn_tracker.last_flow = flow;
}

struct msturn_flow *msturn_track_new_flow(const struct msturn_endpoint *ends, uint32_t stream,
                                          struct msturn_event event)
{
    struct msturn_flow *flow = msturn_track_add_flow(MSTURN_TCP, ends, stream, event);

    msturn_track_know_flow(flow);
    return flow;
}

void msturn_track_know_flow(struct msturn_flow *flow)
{
    msturn_tracker.begun = flow->known = true;
    for (unsigned side = 0; side < 2; side++)
        wmem_map_insert(msturn_tracker.tcp_flows, &flow->ends[side], flow);
}

bool msturn_track_is_connected(const struct msturn_endpoint *end)
{
    const struct msturn_flow *flow = wmem_map_lookup(msturn_tracker.tcp_flows, end);

    return flow && !msturn_happened(&flow->ended);
}

static struct msturn_flow *find_or_add_udp(struct msturn_ends_key key, const struct msturn_endpoint *ends,
                                           struct msturn_event event)
{
    struct msturn_flow *flow = msturn_map_find(msturn_tracker.udp_flows, key);

    if (!flow) {
        flow = msturn_track_add_flow(MSTURN_UDP, ends, UINT32_MAX, event);
        msturn_tracker.begun = true;
        msturn_map_put(msturn_tracker.udp_flows, key, flow);
    }
    return flow;
}

static const struct msturn_session *last_allocation_of(const struct msturn_endpoint *relayed)
{
    const struct msturn_relayed *entry = wmem_map_lookup(msturn_tracker.relayed, relayed);

    return entry ? entry->session : NULL;
}

/* Is one of its ends the relayed address of a later allocation now? */
static bool is_of_an_earlier_allocation(const struct msturn_flow *flow)
{
    for (unsigned side = 0; side < 2; side++) {
        if (flow->relayed_of[side] && flow->relayed_of[side] != last_allocation_of(&flow->ends[side]))
            return !flow->session;
    }
    return false;
}

/* Nothing opens a flow of UDP: what passes between a peer and a relayed address that was allocated again is another attempt. */
struct msturn_flow *msturn_track_udp_flow(const struct msturn_endpoint *ends, struct msturn_event event)
{
    const struct msturn_ends_key key = { .a = ends[0], .b = ends[1] };
    struct msturn_flow *flow = find_or_add_udp(key, ends, event);

    if (is_of_an_earlier_allocation(flow)) {
        flow = msturn_track_add_flow(MSTURN_UDP, ends, UINT32_MAX, event);
        msturn_map_put(msturn_tracker.udp_flows, key, flow);
    }
    for (unsigned side = 0; side < 2; side++)
        flow->relayed_of[side] = last_allocation_of(&flow->ends[side]);
    return flow;
}

struct msturn_flow *msturn_track_udp_client(const struct msturn_endpoint *client, const struct msturn_endpoint *server,
                                            struct msturn_event event)
{
    const struct msturn_endpoint ends[2] = { *client, *server };
    struct msturn_flow *flow = find_or_add_udp((struct msturn_ends_key){ .a = *client }, ends, event);

    flow->any_server = true;
    return flow;
}

struct msturn_flow *msturn_track_known_udp_client(const struct msturn_endpoint *client)
{
    return msturn_map_find(msturn_tracker.udp_flows, (struct msturn_ends_key){ .a = *client });
}

struct msturn_flow *msturn_track_known_udp_flow(const struct msturn_endpoint ends[2])
{
    return msturn_map_find(msturn_tracker.udp_flows, (struct msturn_ends_key){ .a = ends[0], .b = ends[1] });
}

bool msturn_track_knows_udp(void)
{
    return wmem_map_size(msturn_tracker.udp_flows) > 0;
}

void msturn_track_opened(struct msturn_flow *flow, uint8_t by)
{
    if (flow->opened_by < 0)
        flow->opened_by = (int8_t)by;
}

void msturn_track_established(struct msturn_flow *flow)
{
    flow->established = true;
}

struct msturn_flow *msturn_track_unreachable(const struct msturn_endpoint *sender, uint16_t port,
                                             struct msturn_event event)
{
    struct msturn_flow *flow = wmem_map_lookup(msturn_tracker.tcp_flows, sender);

    if (!flow || flow->ends[msturn_endpoint_equal(&flow->ends[0], sender) ? 1 : 0].port != port)
        return NULL;
    if (!flow->established && !msturn_happened(&flow->unreachable)) {
        flow->unreachable = event;
        msturn_tracker.events++;
    }
    return flow;
}

/* Which end is which in a flow, its addresses say. */
struct msturn_flow *msturn_track_undelivered(const struct msturn_endpoint *sender,
                                             const struct msturn_endpoint *receiver, struct msturn_event event)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct msturn_endpoint ends[2] = { side == 0 ? *sender : *receiver, side == 0 ? *receiver : *sender };
        struct msturn_flow *flow = msturn_track_known_udp_flow(ends);
        if (!flow)
            continue;
        flow->undelivered = event;
        flow->undelivered_by = side;
        msturn_tracker.events++;
        return flow;
    }
    return NULL;
}

void msturn_track_syn(struct msturn_flow *flow, struct msturn_event event)
{
    /* A port that mirrors another one shows packets twice. */
    if (flow->syns > 0 && msturn_seconds(&flow->last_syn, &event) < MSTURN_SECONDS_SYN_AGAIN)
        return;
    flow->syns++;
    flow->last_syn = event;
}

void msturn_track_round_trip(struct msturn_flow *flow, int64_t round_trip)
{
    flow->round_trip = round_trip;
}

void msturn_track_ended(struct msturn_flow *flow, uint8_t by, enum msturn_ending ending, struct msturn_event event)
{
    if (flow->ending != MSTURN_ENDING_NONE)
        return;
    flow->ending = ending;
    flow->ended_by = by;
    flow->ended = event;
    flow->refused = ending == MSTURN_ENDING_RST && !flow->established && flow->opened_by == 1 - by;
}

void msturn_track_gap(struct msturn_flow *flow, uint8_t side)
{
    flow->lossy[side] = true;
}

bool msturn_is_relayed_address(const struct msturn_endpoint *endpoint)
{
    return wmem_map_contains(msturn_tracker.relayed, endpoint);
}

bool msturn_is_server(const struct msturn_tracker *tracker, const struct msturn_endpoint *endpoint)
{
    return wmem_map_contains(tracker->servers, endpoint);
}

bool msturn_track_expects(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    return msturn_is_relayed_address(a) || msturn_is_relayed_address(b) || msturn_is_server(&msturn_tracker, a) ||
           msturn_is_server(&msturn_tracker, b);
}

void msturn_track_hello(struct msturn_flow *flow, uint8_t side, struct msturn_event event)
{
    flow->hello = event;
    flow->hello_side = side;
}

static struct msturn_endpoint session_id_key(const uint8_t *session_id)
{
    struct msturn_endpoint key = { .family = 0 };

    memcpy(key.address, session_id, MSTURN_SESSION_ID_LENGTH);
    return key;
}

struct msturn_multiplexed *msturn_multiplexed_of(const uint8_t *session_id)
{
    const struct msturn_endpoint key = session_id_key(session_id);

    struct msturn_multiplexed *multiplexed = wmem_map_lookup(msturn_tracker.multiplexed, &key);
    if (!multiplexed) {
        multiplexed = wmem_new0(msturn_tracker.scope, struct msturn_multiplexed);
        wmem_map_insert(msturn_tracker.multiplexed, wmem_memdup(msturn_tracker.scope, &key, sizeof key), multiplexed);
    }
    return multiplexed;
}

void msturn_track_multiplexed(const uint8_t *session_id, uint32_t frame)
{
    struct msturn_multiplexed *multiplexed = msturn_multiplexed_of(session_id);

    if (multiplexed->frame == 0)
        multiplexed->frame = frame;
}

void msturn_track_multiplexed_evidence(const uint8_t *session_id, uint32_t frame, bool is_message)
{
    struct msturn_multiplexed *multiplexed = msturn_multiplexed_of(session_id);

    /* A frame may be shown to several of msturn's dissectors. */
    if (multiplexed->known == 0 && (is_message || (multiplexed->seen != 0 && multiplexed->seen < frame)))
        multiplexed->known = frame;
    if (multiplexed->seen == 0)
        multiplexed->seen = frame;
}

bool msturn_multiplexed_is_known(const uint8_t *session_id, uint32_t frame)
{
    const struct msturn_endpoint key = session_id_key(session_id);
    const struct msturn_multiplexed *multiplexed = wmem_map_lookup(msturn_tracker.multiplexed, &key);

    return multiplexed && multiplexed->known != 0 && multiplexed->known <= frame;
}

void msturn_track_data(struct msturn_flow *flow, uint8_t side, struct msturn_event event)
{
    flow->sent[side] = true;
    flow->last_data[side] = event;
}

void msturn_track_media(struct msturn_flow *flow, struct msturn_leg *leg, uint8_t side, uint32_t length,
                        struct msturn_event event)
{
    msturn_track_data(flow, side, event);
    if (!leg)
        leg = flow->bound && !flow->copy_of ? flow->bound->leg : flow->leg;
    if (!leg)
        return;
    if (!msturn_happened(&leg->media[side]))
        leg->media[side] = event;
    leg->last_media[side] = event;
    leg->media_packets[side]++;
    leg->media_bytes[side] += length;
}

bool msturn_flow_is_whole(const struct msturn_flow *flow)
{
    return flow->sent[0] && flow->sent[1] && !flow->lossy[0] && !flow->lossy[1];
}

struct msturn_event msturn_flow_end(const struct msturn_flow *flow)
{
    const uint32_t last = MAX(flow->last_data[0].frame, flow->last_data[1].frame);

    return msturn_happened(&flow->ended) ? flow->ended
                                         : msturn_capture_end(&msturn_tracker, MAX(flow->first.frame, last));
}
