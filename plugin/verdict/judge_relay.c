/* judge_relay.c
 * What entered a relay on one leg of a pair and did not leave it on the other.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/judge.h"

/* Seconds. On TCP a relay keeps the order, so what was sent behind a lost message shows that it is not just late. */
enum { PATIENCE = 3 };
#define BEHIND 0.2

/* From when on the legs of the pair are joined; NULL: a leg is missing, or was not captured whole. */
struct joint {
    const struct msturn_leg *inside, *outside;
    struct msturn_event since;
};

static bool is_tcp(const struct msturn_leg *leg)
{
    return leg && leg->flow && leg->flow->transport == MSTURN_TCP && msturn_flow_is_whole(leg->flow);
}

static const struct msturn_leg *find_leg(const struct msturn_pair *pair, enum msturn_leg_kind kind)
{
    for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair) {
        if (leg->kind == kind && is_tcp(leg))
            return leg;
    }
    return NULL;
}

static struct joint joint_of(const struct msturn_pair *pair)
{
    struct joint joint = { find_leg(pair, MSTURN_LEG_BOUND), find_leg(pair, MSTURN_LEG_DIRECT), { .frame = 0 } };

    if (joint.inside)
        joint.since = joint.inside->peer_connection->bound;
    return joint;
}

/* Should what passed one leg at that time have passed the other one by now? */
static bool is_overdue(const struct joint *joint, const struct msturn_leg *other, bool from_local,
                       const struct msturn_event *passed)
{
    const uint8_t side = from_local ? other->local_side : 1 - other->local_side;
    const struct msturn_event end = msturn_flow_end(other->flow);
    const struct msturn_event *since = msturn_seconds(passed, &joint->since) > 0 ? &joint->since : passed;

    return msturn_seconds(since, &other->flow->last_data[side]) > BEHIND || msturn_seconds(since, &end) >= PATIENCE;
}

static void judge_half(const struct msturn_pair *pair, const struct joint *joint, bool from_local,
                       const struct msturn_transaction *seen, const struct msturn_first_message *message)
{
    const struct msturn_leg *other = seen->leg == joint->inside ? joint->outside : joint->inside;
    const struct msturn_event passed = msturn_event_of(message);

    if (is_overdue(joint, other, from_local, &passed))
        msturn_judged(MSTURN_FINDING_LOST_IN_RELAY, message->frame, seen, msturn_pair_session(pair), pair, NULL);
}

static void judge_check(const struct msturn_pair *pair, const struct joint *joint,
                        const struct msturn_transaction *seen)
{
    const struct msturn_check *check = seen->check;
    const struct msturn_transaction *other = seen == check->inside ? check->outside : check->inside;
    const bool from_local = seen->side == seen->leg->local_side;
    const bool enters = from_local == (seen->leg == joint->inside);

    if (seen->request.frame != 0 && enters && (!other || other->request.frame == 0))
        judge_half(pair, joint, from_local, seen, &seen->request);
    if (seen->response.frame != 0 && !enters && (!other || other->response.frame == 0))
        judge_half(pair, joint, !from_local, seen, &seen->response);
}

static void judge_leg(const struct msturn_pair *pair, const struct joint *joint, const struct msturn_leg *leg)
{
    for (const struct msturn_transaction *seen = leg->checks; seen; seen = seen->next_of_leg) {
        if (seen == seen->check->inside || seen == seen->check->outside)
            judge_check(pair, joint, seen);
    }
}

void msturn_judge_relay(const struct msturn_pair *pair)
{
    const struct joint joint = joint_of(pair);

    if (!joint.inside || !joint.outside || !msturn_happened(&joint.since))
        return;
    judge_leg(pair, &joint, joint.inside);
    judge_leg(pair, &joint, joint.outside);
}
