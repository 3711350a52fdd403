/* pair_facts.c
 * What the legs and checks of a pair say.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

static bool is_before(const struct msturn_event *a, const struct msturn_event *b)
{
    return msturn_happened(a) && (!msturn_happened(b) || a->time < b->time);
}

/* ---- legs ---- */

static enum msturn_direction direction_of(const struct msturn_pair_leg *leg, uint8_t sender)
{
    return sender == leg->local_side ? MSTURN_LOCAL_TO_REMOTE : MSTURN_REMOTE_TO_LOCAL;
}

static void gather_media(struct msturn_pair_facts *facts, const struct msturn_pair_leg *entry)
{
    for (uint8_t side = 0; side < 2; side++) {
        const enum msturn_direction direction = direction_of(entry, side);
        const struct msturn_leg *leg = entry->leg;
        if (is_before(&leg->media[side], &facts->media[direction]))
            facts->media[direction] = leg->media[side];
        if (leg->last_media[side].time > facts->last_media[direction].time)
            facts->last_media[direction] = leg->last_media[side];
    }
}

static bool is_hidden(const struct msturn_peer_connection *connection)
{
    const struct msturn_transaction *bind = connection->bind_transaction;

    return (connection->session && !msturn_flow_is_whole(connection->session->flow)) ||
           (bind && !msturn_flow_is_whole(bind->flow));
}

static void gather_peer_connection(struct msturn_pair_facts *facts, const struct msturn_peer_connection *connection)
{
    facts->hidden |= is_hidden(connection);
    if (facts->peer_connection && facts->peer_state == MSTURN_PEER_BOUND)
        return;
    facts->peer_connection = connection;
    facts->peer_state = msturn_evaluated_connection_state(facts->evaluation, connection);
}

/* Nothing of the pair's checks was missed. Over UDP nobody can tell. */
static bool shows_its_start(const struct msturn_leg *leg)
{
    const struct msturn_flow *flow = leg->flow;

    if (flow->transport == MSTURN_UDP)
        return false;
    if (leg->kind == MSTURN_LEG_BOUND)
        return msturn_happened(&leg->peer_connection->bind) && flow->opened_by >= 0;
    if (leg->kind == MSTURN_LEG_WRAPPED)
        return leg->session && leg->session->begun;
    return flow->opened_by >= 0;
}

static void gather_leg(struct msturn_pair_facts *facts, const struct msturn_pair_leg *entry)
{
    const struct msturn_leg *leg = entry->leg;
    const struct msturn_flow *flow = leg->flow;

    if (leg->peer_connection)
        gather_peer_connection(facts, leg->peer_connection);
    if (!flow)
        return;
    /* Media and checks inside of other messages have no beginning of their own. */
    facts->whole |= msturn_flow_is_whole(flow);
    facts->begun |= flow->opened_by >= 0 || flow->transport == MSTURN_UDP || leg->kind != MSTURN_LEG_DIRECT;
    facts->from_its_start |= shows_its_start(leg);
    gather_media(facts, entry);
    const struct msturn_event connected = leg->kind == MSTURN_LEG_BOUND ? leg->peer_connection->bound : flow->first;
    if (is_before(&connected, &facts->connected))
        facts->connected = connected;
    if (leg->kind != MSTURN_LEG_WRAPPED && is_before(&flow->ended, &facts->pair->ended)) {
        facts->pair->ended = flow->ended;
        facts->ended_flow = flow;
    }
}

/* ---- checks ---- */

/* The transaction of the check on the leg that is nearest to the client (inside) or to the peer: the first of its kind that
 * was seen; NULL: that leg was not captured. */
static const struct msturn_transaction *first_on(const struct msturn_check *check, bool inside)
{
    for (const struct msturn_transaction *seen = check->first; seen; seen = seen->exchange->next_of_check) {
        if (msturn_leg_is_relayed(seen->exchange->leg) == inside)
            return seen;
    }
    return NULL;
}

/* The end that asks is nearest to one leg: what did not come back there, did not come back. */
static const struct msturn_transaction *nearest_to_asker(const struct msturn_check *check, bool from_local)
{
    const struct msturn_transaction *asker = first_on(check, from_local), *answerer = first_on(check, !from_local);

    return asker && (!answerer || msturn_flow_is_whole(asker->flow)) ? asker : answerer;
}

static void count_success(struct msturn_direction_stats *stats, const struct msturn_transaction *transaction)
{
    const struct msturn_event answered = msturn_event_of(&transaction->exchange->response);

    stats->count.responses++;
    stats->count.rtt_sum += transaction->exchange->response.time - transaction->request.time;
    if (!stats->first_answered || answered.time < stats->first_answered->exchange->response.time)
        stats->first_answered = transaction;
    stats->last_success = answered;
    stats->unanswered_again = NULL;
    stats->error_code = 0;
    if (transaction->nominated && !msturn_happened(&stats->nominated))
        stats->nominated = answered;
}

static void count_error(struct msturn_direction_stats *stats, const struct msturn_transaction *transaction)
{
    stats->count.errors++;
    stats->last_error = msturn_event_of(&transaction->exchange->response);
    stats->refused = transaction;
    stats->error_code = stats->last_error_code = transaction->error_code;
}

/* RFC 8445 section 7.2.5.1: after 487 the role changes. */
static void compare_role(struct msturn_direction_stats *stats, const struct msturn_transaction *transaction,
                         const struct msturn_event *asked)
{
    const uint32_t role = transaction->exchange->has & (MSTURN_HAS_CONTROLLING | MSTURN_HAS_CONTROLLED);

    if (stats->error_code == 487 && role != 0 && role == stats->role && is_before(&stats->last_error, asked))
        stats->kept_role = transaction;
    stats->role = role;
}

static void count_check(struct msturn_pair_facts *facts, const struct msturn_transaction *transaction,
                        enum msturn_direction direction)
{
    struct msturn_direction_stats *stats = &facts->stats[direction];
    const struct msturn_event asked = msturn_event_of(&transaction->request);

    if (!msturn_happened(&asked))
        return; /* an answer to a question that was not captured */
    stats->count.requests++;
    if ((transaction->exchange->has & MSTURN_HAS_USE_CANDIDATE) &&
        (!stats->early || asked.time < stats->early->request.time))
        stats->early = transaction;
    compare_role(stats, transaction, &asked);
    if (is_before(&asked, &stats->first_request)) {
        stats->first_request = asked;
        stats->first = transaction;
    }
    if (transaction->exchange->response.frame == 0) {
        if (!stats->unanswered)
            stats->unanswered = transaction;
        if (!stats->unanswered_again)
            stats->unanswered_again = transaction;
    } else if (transaction->is_error) {
        count_error(stats, transaction);
    } else {
        count_success(stats, transaction);
    }
}

static void gather_checks(struct msturn_pair_facts *facts, const struct msturn_pair_leg *entry)
{
    for (const struct msturn_transaction *seen = entry->leg->checks; seen; seen = seen->exchange->next_of_leg) {
        if (seen != seen->exchange->check->first)
            continue; /* a check that was seen on several legs counts once */
        const enum msturn_direction direction = direction_of(entry, seen->side);
        count_check(facts, nearest_to_asker(seen->exchange->check, direction == MSTURN_LOCAL_TO_REMOTE), direction);
    }
}

/* ---- the pair ---- */

/* A nomination after a success in either direction is not early. */
static void forget_if_late(const struct msturn_pair_facts *facts, struct msturn_direction_stats *stats)
{
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        const struct msturn_transaction *answered = facts->stats[direction].first_answered;
        if (answered && stats->early && answered->exchange->response.time <= stats->early->request.time)
            stats->early = NULL;
    }
}

static void note_checking_host(struct msturn_evaluation *evaluation, const struct msturn_endpoint *endpoint)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(endpoint);

    if (!wmem_map_contains(evaluation->checking_hosts, &host))
        wmem_map_insert(evaluation->checking_hosts, wmem_memdup(evaluation->scope, &host, sizeof host),
                        GUINT_TO_POINTER(1));
}

struct msturn_pair_facts msturn_gather_pair_facts(struct msturn_evaluation *evaluation,
                                                  struct msturn_pair_outcome *pair)
{
    struct msturn_pair_facts facts = { .evaluation = evaluation, .pair = pair };

    for (const struct msturn_pair_leg *leg = pair->legs; leg; leg = leg->next)
        gather_leg(&facts, leg);
    for (const struct msturn_pair_leg *leg = pair->legs; leg; leg = leg->next)
        gather_checks(&facts, leg);
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        struct msturn_direction_stats *stats = &facts.stats[direction];
        pair->checks[direction] = stats->count;
        forget_if_late(&facts, stats);
        if (is_before(&stats->nominated, &pair->nominated))
            pair->nominated = stats->nominated;
        if (stats->count.requests > 0)
            note_checking_host(evaluation, direction == MSTURN_LOCAL_TO_REMOTE ? &pair->local : &pair->remote);
    }
    return facts;
}
