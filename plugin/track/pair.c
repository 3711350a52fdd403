/* pair.c
 * Candidate pairs, the legs on which their checks are seen, and the checks.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A leg finds its pair by the checks that it has in common with another one, whatever addresses a NAT made of the ends, else
 * by addresses and time. Pairs are only ever merged.
 */
#include "plugin/track/pair.h"

#include "plugin/rules/timers.h"
#include "plugin/track/credentials.h"
#include "plugin/track/flow.h"
#include "plugin/track/session.h"
#include "plugin/track/state.h"
#include "plugin/track/transaction_table.h"

#include <string.h>

enum { CLOSE_LEGS = 8 }; /* of the legs between two ends so many of the last are looked at, and of a pair's so many */

/* ---- legs ---- */

bool msturn_leg_is_relayed(const struct msturn_leg *leg)
{
    return leg->kind != MSTURN_LEG_DIRECT;
}

struct msturn_endpoint msturn_leg_relayed_address(const struct msturn_leg *leg)
{
    const struct msturn_session *session = leg->session;

    if (!session)
        return (struct msturn_endpoint){ .family = 0 };
    return leg->peer.family != 0 && session->relayed_second.family == leg->peer.family ? session->relayed_second
                                                                                       : session->relayed;
}

struct msturn_leg *msturn_leg_new(enum msturn_leg_kind kind, struct msturn_flow *flow)
{
    struct msturn_leg *leg = wmem_new0(msturn_tracker.scope, struct msturn_leg);

    leg->kind = kind;
    leg->flow = flow;
    if (msturn_tracker.last_leg)
        msturn_tracker.last_leg->next = leg;
    else
        msturn_tracker.legs = leg;
    return msturn_tracker.last_leg = leg;
}

static struct msturn_ends_key ends_key(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    const int host = memcmp(a->address, b->address, sizeof a->address);
    const bool in_order = host != 0 ? host < 0 : a->port <= b->port;

    return (struct msturn_ends_key){ .a = in_order ? *a : *b, .b = in_order ? *b : *a };
}

/* Legs between these two ends, the last one first; linked by `earlier`. */
static struct msturn_leg *legs_between(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    return msturn_map_find(msturn_tracker.legs_by_ends, ends_key(a, b));
}

static void list_between(struct msturn_leg *leg, const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    leg->earlier = legs_between(a, b);
    msturn_map_put(msturn_tracker.legs_by_ends, ends_key(a, b), leg);
}

static struct msturn_leg *direct_leg(struct msturn_flow *flow)
{
    if (!flow->leg) {
        flow->leg = msturn_leg_new(MSTURN_LEG_DIRECT, flow);
        list_between(flow->leg, &flow->ends[0], &flow->ends[1]);
    }
    return flow->leg;
}

static bool is_client_host(const struct msturn_endpoint *endpoint)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(endpoint);

    return wmem_map_contains(msturn_tracker.client_hosts, &host);
}

uint8_t msturn_flow_local_side(const struct msturn_flow *flow)
{
    for (uint8_t side = 0; side < 2; side++) {
        if (msturn_is_relayed_address(&flow->ends[side]))
            return side;
    }
    for (uint8_t side = 0; side < 2; side++) {
        if (is_client_host(&flow->ends[side]))
            return side;
    }
    return flow->opened_by == 0 ? 1 : 0;
}

/* ---- pairs ---- */

static struct msturn_pair *add_pair(void)
{
    struct msturn_pair *pair = wmem_new0(msturn_tracker.scope, struct msturn_pair);

    pair->id = msturn_tracker.pair_count++;
    if (msturn_tracker.last_pair)
        msturn_tracker.last_pair->next = pair;
    else
        msturn_tracker.pairs = pair;
    return msturn_tracker.last_pair = pair;
}

static void leave_pair(struct msturn_leg *leg)
{
    struct msturn_pair *pair = leg->pair;

    if (!pair)
        return;
    if (leg->previous_of_pair)
        leg->previous_of_pair->next_of_pair = leg->next_of_pair;
    else
        pair->legs = leg->next_of_pair;
    if (leg->next_of_pair)
        leg->next_of_pair->previous_of_pair = leg->previous_of_pair;
    else
        pair->last_leg = leg->previous_of_pair;
    leg->next_of_pair = leg->previous_of_pair = NULL;
    leg->pair = NULL;
    pair->leg_count--;
}

static void join_pair(struct msturn_leg *leg, struct msturn_pair *pair)
{
    leave_pair(leg);
    leg->previous_of_pair = pair->last_leg;
    if (pair->last_leg)
        pair->last_leg->next_of_pair = leg;
    else
        pair->legs = leg;
    pair->last_leg = leg;
    leg->pair = pair;
    pair->leg_count++;
}

const struct msturn_leg *msturn_pair_relayed_leg(const struct msturn_pair *pair)
{
    unsigned seen = 0;

    for (const struct msturn_leg *leg = pair->legs; leg && seen < CLOSE_LEGS; leg = leg->next_of_pair, seen++) {
        if (msturn_leg_is_relayed(leg))
            return leg;
    }
    return NULL;
}

/* Two allocations with one relayed address, or two peer connections of one allocation, are two attempts, whatever else they
 * have in common. Behind two relays the same checks pass both. */
static bool are_two_attempts(const struct msturn_pair *a, const struct msturn_pair *b)
{
    const struct msturn_leg *one = msturn_pair_relayed_leg(a), *other = msturn_pair_relayed_leg(b);

    if (!one || !other || (one->peer_connection && one->peer_connection == other->peer_connection))
        return false;
    if (one->session && one->session == other->session && one->kind == MSTURN_LEG_WRAPPED && other->kind == one->kind)
        return !msturn_endpoint_equal(&one->peer, &other->peer); /* captured at two places */
    const struct msturn_endpoint relayed = msturn_leg_relayed_address(one), another = msturn_leg_relayed_address(other);
    return (one->session && one->session == other->session) ||
           (relayed.family != 0 && msturn_endpoint_equal(&relayed, &another));
}

/* The one with more legs stays, so that a chain of merges costs little; of equals the older one. */
static void merge_pairs(struct msturn_pair *a, struct msturn_pair *b)
{
    const bool keep_a = a->leg_count != b->leg_count ? a->leg_count > b->leg_count : a->id < b->id;
    struct msturn_pair *kept = keep_a ? a : b, *given_up = keep_a ? b : a;

    while (given_up->legs)
        join_pair(given_up->legs, kept);
    kept->nominated |= given_up->nominated;
}

/* The same check passed on both. */
void msturn_leg_join(struct msturn_leg *a, struct msturn_leg *b)
{
    if (!a->pair && !b->pair) /* ends unknown; with checks on it, it is a pair all the same */
        join_pair(a, add_pair());
    if (a == b || a->pair == b->pair)
        return;
    if (!a->pair)
        join_pair(a, b->pair);
    else if (!b->pair)
        join_pair(b, a->pair);
    else if (!are_two_attempts(a->pair, b->pair))
        merge_pairs(a->pair, b->pair);
}

/* ---- by addresses and time ---- */

/* Is `a` before `b`, as far as two clocks tell? */
static bool may_precede(const struct msturn_event *a, const struct msturn_event *b)
{
    return !msturn_happened(a) || !msturn_happened(b) || msturn_seconds(a, b) >= -MSTURN_SECONDS_SKEW;
}

/* RFC 6062 section 5: the peer's connection comes before its ConnectionAttempt, and after the Connect request. */
static bool is_connection_of(const struct msturn_flow *flow, const struct msturn_peer_connection *connection)
{
    const struct msturn_event end = msturn_flow_end(flow);
    const bool from_its_start = flow->opened_by >= 0;

    if (flow->transport != MSTURN_TCP)
        return false;
    if (connection->origin == MSTURN_ORIGIN_CONNECT)
        return may_precede(&connection->connect, &flow->first) &&
               (!from_its_start || may_precede(&flow->first, &connection->announced));
    return may_precede(&connection->announced, &end) &&
           (!from_its_start || may_precede(&flow->first, &connection->announced));
}

static bool fits_in_time(const struct msturn_leg *relayed, const struct msturn_flow *flow)
{
    if (relayed->peer_connection)
        return is_connection_of(flow, relayed->peer_connection);
    if (flow->relayed_of[0] || flow->relayed_of[1])
        return relayed->session == flow->relayed_of[0] || relayed->session == flow->relayed_of[1];
    const struct msturn_event end = msturn_flow_end(flow);
    return flow->transport == MSTURN_UDP && may_precede(&relayed->session->first, &end) &&
           may_precede(&flow->first, &relayed->session->released);
}

/* Has the pair a connection between the same ends as this one? */
static bool has_leg_between(const struct msturn_pair *pair, const struct msturn_flow *flow)
{
    unsigned seen = 0;

    for (const struct msturn_leg *leg = pair->legs; leg && seen < CLOSE_LEGS; leg = leg->next_of_pair, seen++) {
        if (!msturn_leg_is_relayed(leg) && leg->flow && leg->flow != flow &&
            msturn_endpoint_equal(&leg->flow->ends[0], &flow->ends[0]) &&
            msturn_endpoint_equal(&leg->flow->ends[1], &flow->ends[1]))
            return true;
    }
    return false;
}

struct msturn_leg *msturn_relayed_leg_of_flow(const struct msturn_flow *flow)
{
    unsigned seen = 0;

    for (struct msturn_leg *leg = legs_between(&flow->ends[0], &flow->ends[1]); leg && seen < CLOSE_LEGS;
         leg = leg->earlier, seen++) {
        if (msturn_leg_is_relayed(leg) && fits_in_time(leg, flow) && !(leg->pair && has_leg_between(leg->pair, flow)))
            return leg;
    }
    return NULL;
}

/* Two relays, one at each end: what leaves the one enters the other. */
static bool is_other_end(const struct msturn_leg *leg, const struct msturn_leg *relayed,
                         const struct msturn_endpoint *address)
{
    const struct msturn_peer_connection *here = relayed->peer_connection, *there = leg->peer_connection;

    if (leg->session == relayed->session || !leg->pair || leg->pair->leg_count > 1 ||
        !msturn_endpoint_equal(&leg->peer, address) || !here != !there)
        return false;
    if (!here)
        return may_precede(&leg->session->first, &relayed->session->released) &&
               may_precede(&relayed->session->first, &leg->session->released);
    const struct msturn_event *first = msturn_happened(&here->connect) ? &here->connect : &here->announced;
    const struct msturn_event *other = msturn_happened(&there->connect) ? &there->connect : &there->announced;
    return may_precede(first, other) && may_precede(other, first);
}

static struct msturn_leg *counterpart_of_relayed(const struct msturn_leg *relayed,
                                                 const struct msturn_endpoint *address)
{
    unsigned seen = 0;

    for (struct msturn_leg *leg = legs_between(address, &relayed->peer); leg && seen < CLOSE_LEGS;
         leg = leg->earlier, seen++) {
        if (msturn_leg_is_relayed(leg)
                ? is_other_end(leg, relayed, address)
                : leg->flow && leg->pair && !msturn_pair_relayed_leg(leg->pair) && fits_in_time(relayed, leg->flow))
            return leg;
    }
    return NULL;
}

static void resolve_relayed(struct msturn_leg *leg)
{
    const struct msturn_endpoint relayed = msturn_leg_relayed_address(leg);

    if (!leg->session || leg->peer.family == 0)
        return;
    const bool known = relayed.family == leg->peer.family;
    const struct msturn_leg *counterpart = known ? counterpart_of_relayed(leg, &relayed) : NULL;
    join_pair(leg, counterpart ? counterpart->pair : add_pair());
    if (known)
        list_between(leg, &relayed, &leg->peer);
}

static void resolve_direct(struct msturn_leg *leg)
{
    const struct msturn_leg *relayed = msturn_relayed_leg_of_flow(leg->flow);

    join_pair(leg, relayed && relayed->pair ? relayed->pair : add_pair());
}

void msturn_leg_resolve(struct msturn_leg *leg)
{
    if (leg->pair)
        return;
    if (msturn_leg_is_relayed(leg))
        resolve_relayed(leg);
    else if (leg->flow)
        resolve_direct(leg);
}

/* ---- sessions ---- */

const struct msturn_session *msturn_pair_session(const struct msturn_pair *pair)
{
    const struct msturn_leg *relayed = msturn_pair_relayed_leg(pair), *first = pair->legs;

    if (relayed)
        return relayed->session;
    for (unsigned side = 0; first && first->flow && side < 2; side++) {
        const struct msturn_session *session = msturn_session_of_relayed(&first->flow->ends[side], &first->flow->first);
        if (session)
            return session;
    }
    return NULL;
}

const struct msturn_session *msturn_transaction_session(const struct msturn_transaction *transaction)
{
    if (transaction->session)
        return transaction->session;
    if (transaction->exchange->peer_connection)
        return transaction->exchange->peer_connection->session;
    const struct msturn_leg *leg = transaction->exchange->leg;
    if (!leg || leg->session)
        return leg ? leg->session : NULL;
    return leg->pair ? msturn_pair_session(leg->pair) : NULL;
}

/* ---- checks ---- */

bool msturn_is_check(const struct msturn_message_context *context, const struct msturn_transaction *transaction)
{
    const uint32_t ice = MSTURN_HAS_USERNAME | MSTURN_HAS_PRIORITY | MSTURN_HAS_CONTROLLING | MSTURN_HAS_CONTROLLED |
                         MSTURN_HAS_USE_CANDIDATE;

    if (msturn_action_of(&context->message->header) != MSTURN_ACTION_BINDING ||
        context->message->header.msg_class == MSTURN_CLASS_INDICATION)
        return false;
    /* On a connection to a server a client may ask for its reflexive address, and has no such attributes then. */
    return context->leg || context->framed || transaction->exchange->check ||
           (context->flow->leg && !context->flow->session) ||
           (context->message->header.msg_class == MSTURN_CLASS_REQUEST && (context->message->decoded.has & ice) != 0);
}

const struct msturn_transaction *msturn_first_of_check(const struct msturn_transaction *transaction)
{
    const struct msturn_check *check = transaction->exchange->check;

    return check ? check->first : transaction;
}

static struct msturn_check *find_or_add_check(const struct msturn_transaction *transaction)
{
    struct msturn_check *check = wmem_map_lookup(msturn_tracker.checks, transaction->id);

    if (!check) {
        check = wmem_new0(msturn_tracker.scope, struct msturn_check);
        wmem_map_insert(msturn_tracker.checks, transaction->id, check);
    }
    return check;
}

static void add_to_leg(struct msturn_leg *leg, struct msturn_transaction *transaction)
{
    msturn_exchange_of(transaction)->leg = leg;
    transaction->session = leg->session;
    msturn_exchange_of(transaction)->peer_connection = leg->peer_connection;
    if (leg->last_check)
        msturn_exchange_of(leg->last_check)->next_of_leg = transaction;
    else
        leg->checks = transaction;
    leg->last_check = transaction;
}

static void add_to_check(struct msturn_transaction *transaction)
{
    struct msturn_check *check = find_or_add_check(transaction);

    msturn_exchange_of(transaction)->check = check;
    if (check->last)
        msturn_exchange_of(check->last)->next_of_check = transaction;
    else
        check->first = transaction;
    check->last = transaction;
}

/* The leg of what is directly on a flow. */
static struct msturn_leg *leg_of_flow(struct msturn_flow *flow)
{
    return flow->bound && !flow->copy_of ? flow->bound->leg : direct_leg(flow);
}

static void note_success(const struct msturn_transaction *transaction)
{
    struct msturn_leg *leg = transaction->exchange->leg;

    leg->succeeded[transaction->side] = true;
    leg->nominated |= transaction->nominated;
    leg->answered++;
    leg->round_trips += transaction->exchange->response.time - transaction->request.time;
}

void msturn_pair_ends_so_far(const struct msturn_pair *pair, struct msturn_endpoint *local,
                             struct msturn_endpoint *remote)
{
    const struct msturn_leg *leg = msturn_pair_relayed_leg(pair);

    *local = *remote = (struct msturn_endpoint){ .family = 0 };
    if (leg) {
        *local = msturn_leg_relayed_address(leg);
        *remote = leg->peer;
    } else if (pair->legs && pair->legs->flow) {
        const struct msturn_flow *flow = pair->legs->flow;
        const uint8_t side = msturn_flow_local_side(flow);
        *local = flow->ends[side];
        *remote = flow->ends[1 - side];
    }
}

bool msturn_pair_is_nominated_so_far(const struct msturn_pair *pair)
{
    return pair->nominated;
}

/* On each of its legs a check of either end has succeeded, and on one of them a nomination. */
static void note_nomination(struct msturn_pair *pair)
{
    bool nominated = false;

    if (pair->nominated || pair->leg_count > CLOSE_LEGS)
        return;
    for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair) {
        if (leg->checks && !(leg->succeeded[0] && leg->succeeded[1]))
            return;
        nominated |= leg->nominated;
    }
    pair->nominated = nominated;
}

/* A multiplexed packet does not name its peer; the other messages of the check do. */
static void compare_legs(struct msturn_leg *first, struct msturn_leg *second)
{
    if (first == second || first->kind != MSTURN_LEG_WRAPPED || second->kind != MSTURN_LEG_WRAPPED || !first->session ||
        first->session != second->session)
        return;
    if (second->peer.family == 0)
        msturn_leg_absorb(first, second);
    else if (first->peer.family == 0)
        msturn_leg_absorb(second, first);
}

/* RFC 8445 section 7.2.2: the receiver's fragment, a colon, and the sender's; the other way round in the other direction. */
static uint64_t ice_session_of(struct msturn_bytes username)
{
    const uint8_t *colon = username.captured > 0 ? memchr(username.data, ':', username.captured) : NULL;

    if (!colon)
        return 0;
    const uint32_t first = (uint32_t)(colon - username.data);
    return msturn_hash_of(msturn_bytes_slice(username, 0, first)) +
           msturn_hash_of(msturn_bytes_slice(username, first + 1, username.captured - first - 1));
}

void msturn_check_update(const struct msturn_message_context *context, struct msturn_transaction *transaction)
{
    struct msturn_leg *leg = context->leg ? context->leg : leg_of_flow(context->flow);

    if (leg->ice_session == 0 && context->message->decoded.username.data)
        leg->ice_session = ice_session_of(context->message->decoded.username);
    if (!transaction->exchange->leg) {
        add_to_leg(leg, transaction);
        add_to_check(transaction);
        msturn_leg_resolve(leg);
        msturn_leg_join(transaction->exchange->check->first->exchange->leg, leg);
    } else {
        compare_legs(transaction->exchange->leg, leg);
    }
    if (transaction->request.frame != 0 && transaction->exchange->response.frame != 0 && !transaction->is_error) {
        note_success(transaction);
        if (transaction->exchange->leg->pair)
            note_nomination(transaction->exchange->leg->pair);
    }
}

void msturn_leg_absorb(struct msturn_leg *leg, struct msturn_leg *from)
{
    struct msturn_transaction *next;

    leave_pair(from);
    for (struct msturn_transaction *transaction = from->checks; transaction; transaction = next) {
        next = transaction->exchange->next_of_leg;
        msturn_exchange_of(transaction)->next_of_leg = NULL;
        add_to_leg(leg, transaction);
        msturn_leg_join(transaction->exchange->check->first->exchange->leg, leg);
    }
    from->checks = from->last_check = NULL;
    from->flow = NULL;
    from->absorbed_by = leg;
    leg->nominated |= from->nominated;
    leg->ice_session = leg->ice_session ? leg->ice_session : from->ice_session;
    leg->answered += from->answered;
    leg->round_trips += from->round_trips;
    for (unsigned side = 0; side < 2; side++) {
        leg->media[side] = from->media[side];
        leg->last_media[side] = from->last_media[side];
        leg->succeeded[side] |= from->succeeded[side];
    }
}
