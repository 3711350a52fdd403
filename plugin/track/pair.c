/* pair.c
 * Candidate pairs, the legs on which their checks are seen, and the checks.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/ms_wire.h"
#include "plugin/track/pair.h"

#include "plugin/track/flow.h"
#include "plugin/track/session.h"
#include "plugin/track/state.h"

#include <string.h>

guint msturn_check_hash(gconstpointer key)
{
    const struct msturn_check *check = key;

    return wmem_strong_hash(check->id, sizeof check->id);
}

gboolean msturn_check_equal(gconstpointer a, gconstpointer b)
{
    const struct msturn_check *left = a, *right = b;

    return memcmp(left->id, right->id, sizeof left->id) == 0;
}

/* ---- pairs ---- */

static struct msturn_ends_key ends_key(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    const int host = memcmp(a->address, b->address, sizeof a->address);
    const bool in_order = host != 0 ? host < 0 : a->port <= b->port;

    return (struct msturn_ends_key){ .a = in_order ? *a : *b, .b = in_order ? *b : *a };
}

static struct msturn_pair *add_pair(const struct msturn_endpoint *local, const struct msturn_endpoint *remote)
{
    struct msturn_pair *pair = wmem_new0(msturn_tracker.scope, struct msturn_pair);

    pair->id = msturn_tracker.pair_count++;
    pair->local = *local;
    pair->remote = *remote;
    pair->direction = MSTURN_NO_DIRECTION;
    if (msturn_tracker.last_pair)
        msturn_tracker.last_pair->next = pair;
    else
        msturn_tracker.pairs = pair;
    return msturn_tracker.last_pair = pair;
}

static struct msturn_pair *find_or_add_pair(const struct msturn_endpoint *local, const struct msturn_endpoint *remote)
{
    const struct msturn_ends_key key = ends_key(local, remote);
    struct msturn_pair *pair = msturn_map_find(msturn_tracker.pairs_by_ends, key);

    if (!pair) {
        pair = add_pair(local, remote);
        msturn_map_put(msturn_tracker.pairs_by_ends, key, pair);
    }
    return pair;
}

static bool is_relayed(const struct msturn_leg *leg)
{
    return leg->kind != MSTURN_LEG_DIRECT;
}

static struct msturn_session *session_of(const struct msturn_pair *pair)
{
    if (pair->relayed_leg)
        return pair->relayed_leg->session;
    struct msturn_session *session = wmem_map_lookup(msturn_tracker.relayed, &pair->local);
    return session ? session : wmem_map_lookup(msturn_tracker.relayed, &pair->remote);
}

const struct msturn_session *msturn_pair_session(const struct msturn_pair *pair)
{
    return session_of(pair);
}

/* Which end is local was a guess until a relay was known to be on the other side. */
static void turn_pair_round(struct msturn_pair *pair)
{
    const struct msturn_endpoint local = pair->local;

    pair->local = pair->remote;
    pair->remote = local;
    for (struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair)
        leg->local_side = 1 - leg->local_side;
}

/* Only direct legs change their pair. */
static void leave_pair(struct msturn_leg *leg)
{
    struct msturn_pair *pair = leg->pair;
    struct msturn_leg *before = NULL, *here = pair ? pair->legs : NULL;

    for (; here && here != leg; here = here->next_of_pair)
        before = here;
    if (!here)
        return;
    if (before)
        before->next_of_pair = leg->next_of_pair;
    else
        pair->legs = leg->next_of_pair;
    if (pair->last_leg == leg)
        pair->last_leg = before;
    leg->next_of_pair = NULL;
    leg->pair = NULL;
}

static struct msturn_event first_event_of(const struct msturn_leg *leg)
{
    if (leg->checks)
        return msturn_event_of(leg->checks->request.frame != 0 ? &leg->checks->request : &leg->checks->response);
    if (leg->peer_connection)
        return msturn_happened(&leg->peer_connection->connect) ? leg->peer_connection->connect
                                                                : leg->peer_connection->announced;
    return leg->flow ? leg->flow->first : msturn_tracker.now;
}

void msturn_leg_join(struct msturn_leg *leg, struct msturn_pair *pair)
{
    const struct msturn_event first = first_event_of(leg);

    leave_pair(leg);
    if (pair->last_leg)
        pair->last_leg->next_of_pair = leg;
    else
        pair->legs = leg;
    pair->last_leg = leg;
    leg->pair = pair;
    if (is_relayed(leg) && !pair->relayed_leg)
        pair->relayed_leg = leg;
    if (!msturn_happened(&pair->first) || (msturn_happened(&first) && first.frame < pair->first.frame))
        pair->first = first;
}

const struct msturn_session *msturn_transaction_session(const struct msturn_transaction *transaction)
{
    if (transaction->session)
        return transaction->session;
    if (transaction->peer_connection)
        return transaction->peer_connection->session;
    const struct msturn_leg *leg = transaction->leg;
    if (!leg || leg->session)
        return leg ? leg->session : NULL;
    return leg->pair ? msturn_pair_session(leg->pair) : NULL;
}

/* ---- legs ---- */

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

static struct msturn_leg *direct_leg(struct msturn_flow *flow)
{
    if (!flow->leg)
        flow->leg = msturn_leg_new(MSTURN_LEG_DIRECT, flow);
    return flow->leg;
}

/* The side of a direct leg where the pair's local end is. */
static uint8_t local_side_of(const struct msturn_leg *leg, const struct msturn_pair *pair)
{
    const struct msturn_endpoint *ends = leg->flow->ends;

    return msturn_endpoint_equal(&ends[1], &pair->local) || msturn_endpoint_equal(&ends[0], &pair->remote) ? 1 : 0;
}

static bool is_client_host(const struct msturn_endpoint *endpoint)
{
    struct msturn_endpoint host = *endpoint;

    host.port = 0;
    return wmem_map_contains(msturn_tracker.client_hosts, &host);
}

/* A relayed address, else the host of a relay's client; where neither is known, the end that listens. */
static uint8_t local_end(const struct msturn_flow *flow)
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

static void resolve_direct(struct msturn_leg *leg)
{
    const struct msturn_endpoint *ends = leg->flow->ends;
    const uint8_t local = local_end(leg->flow);
    struct msturn_pair *pair = find_or_add_pair(&ends[local], &ends[1 - local]);

    leg->local_side = local_side_of(leg, pair);
    msturn_leg_join(leg, pair);
}

static void resolve_relayed(struct msturn_leg *leg)
{
    if (!leg->session || leg->session->relayed.family == 0 || leg->peer.family == 0)
        return;
    struct msturn_pair *pair = find_or_add_pair(&leg->session->relayed, &leg->peer);
    if (!msturn_endpoint_equal(&pair->local, &leg->session->relayed) && !pair->relayed_leg)
        turn_pair_round(pair);
    /* Relays at both ends: the second one's client is the remote end. */
    if (!msturn_endpoint_equal(&pair->local, &leg->session->relayed))
        leg->local_side = 1 - leg->local_side;
    msturn_leg_join(leg, pair);
}

void msturn_leg_resolve(struct msturn_leg *leg)
{
    if (leg->pair)
        return;
    if (is_relayed(leg))
        resolve_relayed(leg);
    else if (leg->flow)
        resolve_direct(leg);
}

/* The same check passed on both legs, so they are of one pair, whatever addresses a NAT made of its ends. */
static void join_direct_leg(struct msturn_leg *direct, const struct msturn_transaction *here,
                            const struct msturn_leg *relayed, const struct msturn_transaction *there)
{
    if (direct->pair == relayed->pair)
        return;
    const bool from_local = there->side == relayed->local_side;
    direct->local_side = from_local ? here->side : 1 - here->side;
    msturn_leg_join(direct, relayed->pair);
}

/* The relayed address is not in the capture: it is the end of the direct connection that is not the peer. */
static void join_relayed_leg(struct msturn_leg *relayed, const struct msturn_transaction *here,
                             struct msturn_leg *direct, const struct msturn_transaction *there)
{
    msturn_leg_resolve(direct);
    const bool from_client = here->side == relayed->local_side;
    const uint8_t client_side = from_client ? there->side : 1 - there->side;
    if (client_side != direct->local_side)
        turn_pair_round(direct->pair);
    msturn_leg_join(relayed, direct->pair);
}

static void join_legs(const struct msturn_check *check)
{
    struct msturn_transaction *inside = check->inside, *outside = check->outside;

    msturn_leg_resolve(inside->leg);
    if (inside->leg->pair)
        join_direct_leg(outside->leg, outside, inside->leg, inside);
    else
        join_relayed_leg(inside->leg, inside, outside->leg, outside);
}

/* ---- checks ---- */

bool msturn_is_check(const struct msturn_sighting *sighting, const struct msturn_transaction *transaction)
{
    const uint32_t ice = MSTURN_HAS_USERNAME | MSTURN_HAS_PRIORITY | MSTURN_HAS_CONTROLLING | MSTURN_HAS_CONTROLLED |
                         MSTURN_HAS_USE_CANDIDATE;

    if (msturn_action_of(&sighting->message->header) != MSTURN_ACTION_BINDING ||
        sighting->message->header.msg_class == MSTURN_CLASS_INDICATION)
        return false;
    /* On a connection to a server a client may ask for its reflexive address, and has no such attributes then. */
    return sighting->leg || sighting->framed || transaction->check ||
           (sighting->flow->leg && !sighting->flow->session) ||
           (sighting->message->header.msg_class == MSTURN_CLASS_REQUEST && (sighting->message->content.has & ice) != 0);
}

static struct msturn_check *find_or_add_check(const struct msturn_transaction *transaction)
{
    struct msturn_check key = { .inside = NULL };

    memcpy(key.id, transaction->id, sizeof key.id);
    struct msturn_check *check = wmem_map_lookup(msturn_tracker.checks, &key);
    if (!check) {
        check = wmem_memdup(msturn_tracker.scope, &key, sizeof key);
        wmem_map_insert(msturn_tracker.checks, check, check);
    }
    return check;
}

static void add_to_leg(struct msturn_leg *leg, struct msturn_transaction *transaction)
{
    transaction->leg = leg;
    transaction->session = leg->session;
    transaction->peer_connection = leg->peer_connection;
    if (leg->last_check)
        leg->last_check->next_of_leg = transaction;
    else
        leg->checks = transaction;
    leg->last_check = transaction;
}

static void add_to_check(struct msturn_transaction *transaction)
{
    struct msturn_check *check = find_or_add_check(transaction);
    struct msturn_transaction **place = is_relayed(transaction->leg) ? &check->inside : &check->outside;

    transaction->check = check;
    if (*place && *place != transaction)
        return;
    *place = transaction;
    if (check->inside && check->outside)
        join_legs(check);
}

/* The leg of what is directly on a flow. */
static struct msturn_leg *leg_of_flow(struct msturn_flow *flow)
{
    return flow->bound && flow->bound->leg ? flow->bound->leg : direct_leg(flow);
}

/* The answer came to the end that asked: to the leg that is nearest to it. */
static void note_success(const struct msturn_transaction *transaction)
{
    const struct msturn_leg *leg = transaction->leg;
    struct msturn_pair *pair = leg->pair;
    const bool from_local = transaction->side == leg->local_side;

    if (!pair || (from_local && !is_relayed(leg) && pair->relayed_leg))
        return;
    if (!from_local && is_relayed(leg) && transaction->check->outside)
        return;
    pair->succeeded[from_local ? MSTURN_LOCAL_TO_REMOTE : MSTURN_REMOTE_TO_LOCAL] = true;
    pair->nominated |= transaction->nominated;
    struct msturn_session *session = session_of(pair);
    if (session && !msturn_happened(&session->nominated) &&
        msturn_pair_verdict_so_far(pair) == MSTURN_VERDICT_NOMINATED)
        session->nominated = msturn_event_of(&transaction->response);
}

/* A multiplexed packet does not name its peer; the other messages of the check do. */
static void name_leg(struct msturn_leg *named, struct msturn_leg *unnamed)
{
    msturn_map_put(msturn_tracker.wrapped_legs, msturn_session_key(unnamed->session, &unnamed->peer), named);
    msturn_leg_take_over(named, unnamed);
}

static void compare_legs(struct msturn_leg *first, struct msturn_leg *second)
{
    if (first == second || first->kind != MSTURN_LEG_WRAPPED || second->kind != MSTURN_LEG_WRAPPED ||
        first->session != second->session)
        return;
    if (second->peer.family == 0)
        name_leg(first, second);
    else if (first->peer.family == 0)
        name_leg(second, first);
}

void msturn_check_take(const struct msturn_sighting *sighting, struct msturn_transaction *transaction)
{
    struct msturn_leg *leg = sighting->leg ? sighting->leg : leg_of_flow(sighting->flow);

    if (!transaction->leg) {
        add_to_leg(leg, transaction);
        add_to_check(transaction);
    } else {
        compare_legs(transaction->leg, leg);
    }
    msturn_leg_resolve(transaction->leg);
    if (transaction->request.frame != 0 && transaction->response.frame != 0 && !transaction->is_error)
        note_success(transaction);
}

enum msturn_verdict msturn_pair_verdict_so_far(const struct msturn_pair *pair)
{
    return pair->succeeded[0] && pair->succeeded[1] && pair->nominated ? MSTURN_VERDICT_NOMINATED
                                                                       : MSTURN_VERDICT_UNFINISHED;
}

void msturn_leg_take_over(struct msturn_leg *leg, struct msturn_leg *from)
{
    struct msturn_transaction *next;

    leave_pair(from);
    for (struct msturn_transaction *transaction = from->checks; transaction; transaction = next) {
        next = transaction->next_of_leg;
        transaction->next_of_leg = NULL;
        add_to_leg(leg, transaction);
        if (transaction->check->outside == transaction)
            transaction->check->outside = NULL;
        add_to_check(transaction);
    }
    from->checks = from->last_check = NULL;
    from->flow = NULL;
    for (unsigned side = 0; side < 2; side++)
        leg->media[side] = from->media[side];
}

/* ---- what carried no check ---- */

/* The connections that no relay is known for, by both their ends. */
static wmem_map_t *direct_pairs_by_end(void)
{
    wmem_map_t *map = wmem_map_new(msturn_tracker.judgement, msturn_endpoint_hash, msturn_endpoints_equal);

    for (struct msturn_pair *pair = msturn_tracker.pairs; pair; pair = pair->next) {
        if (!pair->relayed_leg && pair->legs) {
            wmem_map_insert(map, &pair->local, pair);
            wmem_map_insert(map, &pair->remote, pair);
        }
    }
    return map;
}

/* A relayed leg whose relayed address is not in the capture: a connection that the same peer has tells it. */
static void resolve_by_peer(struct msturn_leg *leg, wmem_map_t *direct_pairs)
{
    const struct msturn_endpoint unknown = { .family = 0 };
    struct msturn_pair *pair = leg->peer.family != 0 ? wmem_map_lookup(direct_pairs, &leg->peer) : NULL;

    if (!pair)
        pair = add_pair(leg->session ? &leg->session->relayed : &unknown,
                        leg->peer.family != 0 ? &leg->peer : &unknown);
    else if (!msturn_endpoint_equal(&pair->remote, &leg->peer) && !pair->relayed_leg)
        turn_pair_round(pair);
    msturn_leg_join(leg, pair);
}

/* Connections to a relayed address that carried nothing. */
static void add_idle_legs(void)
{
    for (struct msturn_flow *flow = msturn_tracker.flows; flow; flow = flow->next) {
        if (flow->transport == MSTURN_TCP && !flow->leg && !flow->session && !flow->bound &&
            (msturn_is_relayed_address(&flow->ends[0]) || msturn_is_relayed_address(&flow->ends[1])))
            direct_leg(flow);
    }
}

/* Data for a peer is no pair of ICE's while nobody checks; and a ConnectionBind alone is none. */
static bool is_pair(const struct msturn_leg *leg, bool unclaimed)
{
    if (leg->kind == MSTURN_LEG_BOUND && !leg->session && !unclaimed)
        return false;
    if (leg->kind == MSTURN_LEG_DIRECT)
        return leg->flow != NULL;
    return leg->checks || (leg->kind == MSTURN_LEG_BOUND && leg->session);
}

void msturn_pairs_complete(bool unclaimed)
{
    add_idle_legs();
    for (struct msturn_leg *leg = msturn_tracker.legs; leg; leg = leg->next) {
        if (is_pair(leg, unclaimed))
            msturn_leg_resolve(leg);
    }
    wmem_map_t *direct_pairs = direct_pairs_by_end();
    for (struct msturn_leg *leg = msturn_tracker.legs; leg; leg = leg->next) {
        if (!leg->pair && is_pair(leg, unclaimed))
            resolve_by_peer(leg, direct_pairs);
    }
}
