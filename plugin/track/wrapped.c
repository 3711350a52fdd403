/* wrapped.c
 * Packets for a peer inside of messages, channels and frames between client and server.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/wrapped.h"

#include "plugin/track/pair.h"
#include "plugin/track/permission.h"
#include "plugin/track/problem.h"
#include "plugin/track/session.h"
#include "plugin/track/state.h"
#include "plugin/wire/ms_wire.h"

#include <string.h>

/* The leg with this key, or what it turned out to be; or NULL. */
static struct msturn_leg *lookup_leg(struct msturn_ends_key key)
{
    struct msturn_leg *leg = msturn_map_find(msturn_tracker.wrapped_legs, key);

    while (leg && leg->absorbed_by)
        leg = leg->absorbed_by;
    return leg;
}

/* Whose packets pass on the flow: a copy is of the session of what it is a copy of. */
static struct msturn_session *session_on(const struct msturn_flow *flow)
{
    return flow->copy_of ? flow->copy_of->session : flow->session;
}

/* A leg for each place where the session was captured: a copy of its connection has its own. */
static struct msturn_ends_key wrapped_key(const struct msturn_flow *flow, const struct msturn_session *session,
                                          const struct msturn_endpoint *peer)
{
    struct msturn_ends_key key = msturn_session_key(session, peer);

    if (flow->copy_of)
        key.b = flow->ends[flow->copied_client];
    return key;
}

static struct msturn_leg *wrapped_leg(struct msturn_flow *flow, const struct msturn_endpoint *peer)
{
    struct msturn_session *session = session_on(flow);
    const struct msturn_ends_key key = wrapped_key(flow, session, peer);
    struct msturn_leg *leg = lookup_leg(key);

    if (!leg) {
        leg = msturn_leg_new(MSTURN_LEG_WRAPPED, flow->copy_of ? flow : session->flow);
        leg->session = session;
        leg->peer = *peer;
        leg->client_side = flow->copy_of ? flow->copied_client : session->client_side;
        msturn_map_put(msturn_tracker.wrapped_legs, key, leg);
    }
    return leg;
}

struct msturn_leg *msturn_track_wrapped_leg(struct msturn_flow *flow, const struct msturn_endpoint *peer)
{
    return session_on(flow) && peer->family != 0 ? wrapped_leg(flow, peer) : NULL;
}

struct msturn_leg *msturn_track_bare_leg(struct msturn_flow *flow)
{
    const struct msturn_session *session = session_on(flow);

    return session && flow->transport == MSTURN_UDP && session->active_destination.family != 0
               ? wrapped_leg(flow, &session->active_destination)
               : NULL;
}

/* A channel whose ChannelBind was not captured has a peer all the same. */
static struct msturn_leg *unnamed_channel_leg(struct msturn_flow *flow, uint16_t channel)
{
    if (session_on(flow))
        return wrapped_leg(flow, &(struct msturn_endpoint){ .family = 0, .port = channel });
    const struct msturn_ends_key key = { .a = flow->ends[0], .b = flow->ends[1], .number = channel };
    struct msturn_leg *leg = lookup_leg(key);

    if (!leg) {
        leg = msturn_leg_new(MSTURN_LEG_WRAPPED, flow);
        leg->client_side = flow->opened_by == 1;
        msturn_map_put(msturn_tracker.wrapped_legs, key, leg);
    }
    return leg;
}

struct msturn_leg *msturn_track_channel_leg(struct msturn_flow *flow, uint16_t number, struct msturn_event event)
{
    const struct msturn_session *session = session_on(flow);
    struct msturn_channel *channel = session ? msturn_channel_of(session, number) : NULL;

    if (flow->session)
        msturn_session_note_relayed_data(flow->session, event.frame, NULL);
    if (!channel)
        return unnamed_channel_leg(flow, number);
    if (msturn_channel_permits(channel, &event) == MSTURN_PERMISSION_RAN_OUT && !channel->expired) {
        channel->expired = true;
        msturn_note_problem(MSTURN_FINDING_CHANNEL_EXPIRED, event.frame, NULL, session, NULL);
    }
    return wrapped_leg(flow, &channel->peer);
}

struct msturn_leg *msturn_channel_leg(const struct msturn_flow *flow, uint16_t number, uint32_t frame)
{
    const struct msturn_session *session = msturn_flow_session(flow->copy_of ? flow->copy_of : flow, frame);
    const struct msturn_channel *channel = session ? msturn_channel_of(session, number) : NULL;

    return channel ? lookup_leg(wrapped_key(flow, session, &channel->peer)) : NULL;
}

struct msturn_leg *msturn_track_multiplexed_leg(struct msturn_flow *flow, const uint8_t *session_id)
{
    struct msturn_endpoint unnamed = { .family = 0 };

    memcpy(unnamed.address, session_id, MSTURN_SESSION_ID_LENGTH);
    return session_on(flow) ? wrapped_leg(flow, &unnamed) : NULL;
}

/* [MS-TURN] 2.1.4, 3.3.5.3. */
struct msturn_leg *msturn_track_active_leg(struct msturn_flow *flow, uint8_t side, struct msturn_event event)
{
    struct msturn_session *session = session_on(flow);

    if (!session)
        return NULL;
    if (session->active_destination.family == 0) {
        if (!flow->copy_of && side == session->client_side && session->begun &&
            !msturn_happened(&session->early_data)) {
            session->early_data = event;
            msturn_note_problem(MSTURN_FINDING_DATA_BEFORE_ACTIVE, event.frame, NULL, session, NULL);
        }
        return msturn_track_wrapped_leg(flow, &session->asked_destination);
    }
    return wrapped_leg(flow, &session->active_destination);
}
