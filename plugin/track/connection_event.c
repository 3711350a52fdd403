/* connection_event.c
 * Frames in which a connection is opened, closed or refused, and whose connection it is.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/connection_event.h"

#include "plugin/track/flow.h"
#include "plugin/track/pair.h"
#include "plugin/track/session.h"
#include "plugin/track/state.h"

/* Frames ascend. */
void msturn_track_event(struct msturn_flow *flow, uint32_t frame)
{
    const struct msturn_connection_event event = { .frame = frame, .flow = flow };
    const unsigned count = wmem_array_get_count(msturn_tracker.connection_events);
    const struct msturn_connection_event *last =
        count > 0 ? wmem_array_index(msturn_tracker.connection_events, count - 1) : NULL;

    if (!last || last->frame < frame)
        wmem_array_append_one(msturn_tracker.connection_events, event);
}

const struct msturn_flow *msturn_event_in(uint32_t frame)
{
    const struct msturn_connection_event *events = wmem_array_get_raw(msturn_tracker.connection_events);
    unsigned first = 0, end = wmem_array_get_count(msturn_tracker.connection_events);

    while (first < end) {
        const unsigned middle = first + (end - first) / 2;
        if (events[middle].frame == frame)
            return events[middle].flow;
        if (events[middle].frame < frame)
            first = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

static const struct msturn_session *session_outside(const struct msturn_flow *flow)
{
    const struct msturn_session *session = flow->leg && flow->leg->pair ? msturn_pair_session(flow->leg->pair) : NULL;

    for (unsigned side = 0; side < 2 && !session; side++)
        session = msturn_session_of_relayed(&flow->ends[side], &flow->first);
    return session;
}

const struct msturn_session *msturn_session_of_connection(const struct msturn_flow *flow, uint32_t frame)
{
    if (!flow->session)
        return session_outside(flow);
    const struct msturn_session *session = msturn_flow_session(flow, frame);
    return session ? session : msturn_flow_first_session(flow);
}

bool msturn_is_of_session(const struct msturn_flow *flow, const struct msturn_session *session)
{
    return flow == session->flow || msturn_session_of_connection(flow, UINT32_MAX) == session;
}
