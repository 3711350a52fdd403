/* pairs.c
 * The pairs of an evaluation: those of the tracker, and the legs that carried no check.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/flow.h"
#include "plugin/track/session.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

/* ---- adding ---- */

static struct msturn_pair_outcome *add_outcome(struct msturn_evaluation *evaluation, uint32_t id)
{
    struct msturn_pair_outcome *pair = wmem_new0(evaluation->scope, struct msturn_pair_outcome);

    pair->id = id;
    pair->direction = MSTURN_NO_DIRECTION;
    if (evaluation->last_pair)
        evaluation->last_pair->next = pair;
    else
        evaluation->pairs = pair;
    return evaluation->last_pair = pair;
}

void msturn_add_leg_to_outcome(struct msturn_evaluation *evaluation, struct msturn_pair_outcome *pair,
                               const struct msturn_leg *leg)
{
    if (wmem_map_contains(evaluation->legs, leg))
        return;
    struct msturn_pair_leg *entry = wmem_new(evaluation->scope, struct msturn_pair_leg);
    *entry = (struct msturn_pair_leg){ .leg = leg, .local_side = leg->client_side, .pair = pair };
    if (pair->last_leg)
        pair->last_leg->next = entry;
    else
        pair->legs = entry;
    pair->last_leg = entry;
    wmem_map_insert(evaluation->legs, leg, entry);
}

void msturn_merge_outcomes(struct msturn_pair_outcome *pair, struct msturn_pair_outcome *other)
{
    if (pair == other || !other->legs)
        return;
    for (struct msturn_pair_leg *entry = other->legs; entry; entry = entry->next)
        entry->pair = pair;
    if (pair->last_leg)
        pair->last_leg->next = other->legs;
    else
        pair->legs = other->legs;
    pair->last_leg = other->last_leg;
    other->legs = other->last_leg = NULL;
    pair->was_nominated |= other->was_nominated;
}

/* Data for a peer is not a pair of ICE's while nobody checks; and a ConnectionBind alone is none. */
static bool is_pair(const struct msturn_leg *leg, bool unclaimed)
{
    if (leg->kind == MSTURN_LEG_BOUND && !leg->session && !unclaimed)
        return false;
    if (leg->kind == MSTURN_LEG_DIRECT)
        return leg->flow != NULL && leg->checks;
    return leg->checks || (leg->kind == MSTURN_LEG_BOUND && leg->session);
}

/* The connections that no relay is known for, by both their ends. */
static wmem_map_t *direct_pairs_by_end(const struct msturn_evaluation *evaluation)
{
    wmem_map_t *map = wmem_map_new(evaluation->scope, msturn_endpoint_hash, msturn_endpoints_equal);

    for (struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next) {
        const struct msturn_flow *flow = pair->legs ? pair->legs->leg->flow : NULL;
        if (!flow || msturn_outcome_relayed_leg(pair))
            continue;
        wmem_map_insert(map, &flow->ends[0], pair);
        wmem_map_insert(map, &flow->ends[1], pair);
    }
    return map;
}

static void add_lone_legs(struct msturn_evaluation *evaluation, bool unclaimed)
{
    wmem_map_t *direct_pairs = direct_pairs_by_end(evaluation);

    for (const struct msturn_leg *leg = evaluation->tracker->legs; leg; leg = leg->next) {
        if (leg->pair || !is_pair(leg, unclaimed) || wmem_map_contains(evaluation->legs, leg))
            continue;
        /* The relayed address is not in the capture: a connection that the same peer has tells it. */
        struct msturn_pair_outcome *pair = leg->peer.family != 0 ? wmem_map_lookup(direct_pairs, &leg->peer) : NULL;
        msturn_add_leg_to_outcome(evaluation, pair ? pair : add_outcome(evaluation, evaluation->pair_count++), leg);
    }
}

/* A connection to a relayed address that carried nothing. */
static void add_idle_flow(struct msturn_evaluation *evaluation, struct msturn_flow *flow)
{
    const struct msturn_leg *relayed = msturn_relayed_leg_of_flow(flow);
    struct msturn_pair_outcome *pair = (struct msturn_pair_outcome *)msturn_outcome_of_leg(evaluation, relayed);
    struct msturn_leg *leg = wmem_new0(evaluation->scope, struct msturn_leg);

    leg->kind = MSTURN_LEG_DIRECT;
    leg->flow = flow;
    wmem_map_insert(evaluation->idle_legs, flow, leg);
    msturn_add_leg_to_outcome(evaluation, pair ? pair : add_outcome(evaluation, evaluation->pair_count++), leg);
}

void msturn_add_pairs(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_pair *pair = evaluation->tracker->pairs; pair; pair = pair->next) {
        if (!pair->legs)
            continue;
        struct msturn_pair_outcome *outcome = add_outcome(evaluation, pair->id);
        outcome->was_nominated = msturn_pair_is_nominated_so_far(pair);
        for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair)
            msturn_add_leg_to_outcome(evaluation, outcome, leg);
    }
    add_lone_legs(evaluation, false);
    for (struct msturn_flow *flow = evaluation->tracker->flows; flow; flow = flow->next) {
        if (flow->transport == MSTURN_TCP && !flow->leg && !flow->session && !flow->bound && !flow->copy_of &&
            (msturn_is_relayed_address(&flow->ends[0]) || msturn_is_relayed_address(&flow->ends[1])))
            add_idle_flow(evaluation, flow);
    }
}

void msturn_add_unclaimed_pairs(struct msturn_evaluation *evaluation)
{
    add_lone_legs(evaluation, true);
}

/* ---- which end is which ---- */

/* Is it the connection of a ConnectionBind that was not captured? A TURN server is no peer. */
static bool leads_to_server(const struct msturn_tracker *tracker, const struct msturn_leg *leg)
{
    return leg->flow &&
           (msturn_is_server(tracker, &leg->flow->ends[0]) || msturn_is_server(tracker, &leg->flow->ends[1]));
}

/* The leg that tells the ends: the first one through a relay, else the first one that does not lead to a server. */
static struct msturn_pair_leg *main_leg(const struct msturn_tracker *tracker, const struct msturn_pair_outcome *pair)
{
    struct msturn_pair_leg *direct = NULL;

    for (struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        if (msturn_leg_is_relayed(entry->leg))
            return entry;
        if (!direct && !leads_to_server(tracker, entry->leg))
            direct = entry;
    }
    return direct ? direct : pair->legs;
}

/* A check that both legs carried: who asked on one of them asked on the other. */
static bool orient_by_checks(const struct msturn_pair_leg *known, struct msturn_pair_leg *entry)
{
    for (const struct msturn_transaction *seen = entry->leg->checks; seen; seen = seen->exchange->next_of_leg) {
        for (const struct msturn_transaction *other = seen->exchange->check->first; other;
             other = other->exchange->next_of_check) {
            if (other->exchange->leg != known->leg)
                continue;
            entry->local_side = other->side == known->local_side ? seen->side : 1 - seen->side;
            return true;
        }
    }
    return false;
}

static bool orient_by_addresses(const struct msturn_pair_outcome *pair, struct msturn_pair_leg *entry)
{
    const struct msturn_endpoint *ends = entry->leg->flow->ends;

    for (uint8_t side = 0; side < 2; side++) {
        if (msturn_endpoint_equal(&ends[side], &pair->local) || msturn_endpoint_equal(&ends[1 - side], &pair->remote)) {
            entry->local_side = side;
            return true;
        }
    }
    return false;
}

static void orient_direct_leg(const struct msturn_pair_outcome *pair, const struct msturn_pair_leg *known,
                              struct msturn_pair_leg *entry)
{
    if (!orient_by_addresses(pair, entry) && !orient_by_checks(known, entry))
        entry->local_side = msturn_flow_local_side(entry->leg->flow);
}

/* Relays at both ends: the second one's client is the remote end. */
static void orient_relayed_leg(const struct msturn_pair_leg *known, struct msturn_pair_leg *entry)
{
    if (entry->leg->session && known->leg->session && entry->leg->session != known->leg->session)
        entry->local_side = 1 - entry->leg->client_side;
}

static void tell_ends(struct msturn_pair_outcome *pair, struct msturn_pair_leg *known)
{
    if (msturn_leg_is_relayed(known->leg)) {
        pair->local = msturn_leg_relayed_address(known->leg);
        pair->remote = known->leg->peer;
        return;
    }
    known->local_side = msturn_flow_local_side(known->leg->flow);
    pair->local = known->leg->flow->ends[known->local_side];
    pair->remote = known->leg->flow->ends[1 - known->local_side];
}

/* What no message named, a connection outside of the relay shows. */
static void complete_ends(struct msturn_pair_outcome *pair, const struct msturn_pair_leg *direct)
{
    const struct msturn_flow *flow = direct->leg->flow;

    if (pair->local.family == 0)
        pair->local = flow->ends[direct->local_side];
    if (pair->remote.family == 0)
        pair->remote = flow->ends[1 - direct->local_side];
}

static struct msturn_event first_event_of(const struct msturn_leg *leg)
{
    if (leg->checks)
        return msturn_event_of(leg->checks->request.frame != 0 ? &leg->checks->request
                                                               : &leg->checks->exchange->response);
    if (leg->peer_connection)
        return msturn_happened(&leg->peer_connection->connect) ? leg->peer_connection->connect
                                                               : leg->peer_connection->announced;
    return leg->flow->first;
}

static void orient_pair(const struct msturn_tracker *tracker, struct msturn_pair_outcome *pair)
{
    struct msturn_pair_leg *known = main_leg(tracker, pair);

    tell_ends(pair, known);
    for (struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        const struct msturn_event first = first_event_of(entry->leg);
        if (!msturn_happened(&pair->first) || (msturn_happened(&first) && first.frame < pair->first.frame))
            pair->first = first;
        if (entry == known)
            continue;
        if (msturn_leg_is_relayed(entry->leg)) {
            orient_relayed_leg(known, entry);
        } else {
            orient_direct_leg(pair, known, entry);
            complete_ends(pair, entry);
        }
    }
}

static const struct msturn_session *session_of_pair(const struct msturn_pair_outcome *pair)
{
    const struct msturn_leg *relayed = msturn_outcome_relayed_leg(pair);
    const struct msturn_session *session = relayed ? relayed->session : NULL;

    if (!relayed)
        session = msturn_session_of_relayed(&pair->local, &pair->first);
    if (!relayed && !session)
        session = msturn_session_of_relayed(&pair->remote, &pair->first);
    return session;
}

static void drop_empty_pairs(struct msturn_evaluation *evaluation)
{
    struct msturn_pair_outcome **place = &evaluation->pairs;

    evaluation->last_pair = NULL;
    while (*place) {
        if ((*place)->legs) {
            evaluation->last_pair = *place;
            place = &(*place)->next;
        } else {
            *place = (*place)->next;
        }
    }
}

void msturn_orient_pairs(struct msturn_evaluation *evaluation)
{
    drop_empty_pairs(evaluation);
    for (struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next) {
        orient_pair(evaluation->tracker, pair);
        pair->session = session_of_pair(pair);
    }
}
