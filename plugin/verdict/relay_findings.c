/* relay_findings.c
 * What entered a relay on one leg of a pair and did not leave it on the other.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/delivery.h"
#include "plugin/verdict/evaluation_parts.h"

/* Seconds. On TCP a relay keeps the order, so what was sent after a lost message shows that it is not just late. */
#define AFTER 0.2

/* The two sides of the relay, and from when on it joins them; NULL: a leg is missing, or was not captured whole. */
struct relay_legs {
    const struct msturn_pair_leg *inside, *outside;
    struct msturn_event since;
};

static const struct msturn_pair_leg *find_leg(const struct msturn_pair_outcome *pair, enum msturn_leg_kind kind)
{
    for (const struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        const struct msturn_flow *flow = entry->leg->flow;
        if (entry->leg->kind == kind && flow && flow->transport == MSTURN_TCP && !flow->copy_of &&
            msturn_flow_is_whole(flow))
            return entry;
    }
    return NULL;
}

static struct relay_legs legs_of(const struct msturn_pair_outcome *pair)
{
    struct relay_legs legs = { find_leg(pair, MSTURN_LEG_BOUND), find_leg(pair, MSTURN_LEG_DIRECT), { .frame = 0 } };

    if (legs.inside)
        legs.since = legs.inside->leg->peer_connection->bound;
    return legs;
}

/* Should what passed one leg at that time have passed the other one by now? */
static bool is_overdue(const struct relay_legs *legs, const struct msturn_pair_leg *other, bool from_local,
                       const struct msturn_event *passed)
{
    const uint8_t side = from_local ? other->local_side : 1 - other->local_side;
    const struct msturn_event end = msturn_flow_end(other->leg->flow);
    const struct msturn_event *since = msturn_seconds(passed, &legs->since) > 0 ? &legs->since : passed;

    return msturn_seconds(since, &other->leg->flow->last_data[side]) > AFTER ||
           msturn_seconds(since, &end) >= MSTURN_SECONDS_DUE_OPEN;
}

/* The transaction of the same check on the other leg, or NULL. */
static const struct msturn_transaction *counterpart(const struct msturn_transaction *seen,
                                                    const struct msturn_pair_leg *other)
{
    for (const struct msturn_transaction *there = seen->exchange->check->first; there;
         there = there->exchange->next_of_check) {
        if (there->exchange->leg == other->leg)
            return there;
    }
    return NULL;
}

/* What TCP sends again and again in vain is lost on its way to the relay. */
static bool has_entered(struct msturn_delivery delivery)
{
    return delivery.delivered != MSTURN_UNDELIVERED;
}

static void find_in_leg(struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair,
                        const struct relay_legs *legs, const struct msturn_pair_leg *here)
{
    const struct msturn_pair_leg *other = here == legs->inside ? legs->outside : legs->inside;

    for (const struct msturn_transaction *seen = here->leg->checks; seen; seen = seen->exchange->next_of_leg) {
        const struct msturn_transaction *there = counterpart(seen, other);
        const bool from_local = seen->side == here->local_side;
        const bool enters = from_local == (here == legs->inside); /* the relay, with its request */
        const struct msturn_event asked = msturn_event_of(&seen->request),
                                  answered = msturn_event_of(&seen->exchange->response);
        if (enters && msturn_happened(&asked) && !(there && there->request.frame != 0) &&
            has_entered(msturn_request_delivery(seen)) && is_overdue(legs, other, from_local, &asked))
            msturn_add_finding(evaluation, MSTURN_FINDING_LOST_IN_RELAY, asked.frame, seen, pair->session, pair, NULL);
        if (!enters && msturn_happened(&answered) && !(there && there->exchange->response.frame != 0) &&
            has_entered(msturn_response_delivery(seen)) && is_overdue(legs, other, !from_local, &answered))
            msturn_add_finding(evaluation, MSTURN_FINDING_LOST_IN_RELAY, answered.frame, seen, pair->session, pair,
                               NULL);
    }
}

void msturn_find_lost_in_relay(struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair)
{
    const struct relay_legs legs = legs_of(pair);

    if (!legs.inside || !legs.outside || !msturn_happened(&legs.since))
        return;
    find_in_leg(evaluation, pair, &legs, legs.inside);
    find_in_leg(evaluation, pair, &legs, legs.outside);
}
