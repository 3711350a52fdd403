/* pair_verdict.c
 * The verdict on a pair.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A pair works with a Binding request and a success response in each direction (RFC 8445 section 7.2.5.3), or with a
 * nomination by the only end that checks: the other one may be ICE-lite (section 2.5). Something is missing only when it had
 * its time, or when the connection ended first.
 */
#include "plugin/rules/timers.h"
#include "plugin/track/transaction.h"
#include "plugin/verdict/evaluation_parts.h"

enum { ERRORS = 2 }; /* so many refusals say that it stays refused */

struct decision {
    enum msturn_verdict verdict;
    enum msturn_reason reason;
    enum msturn_direction direction;
    uint16_t error_code;
    const char *error_reason;
};

static const struct decision unfinished = { .verdict = MSTURN_VERDICT_UNFINISHED, .direction = MSTURN_NO_DIRECTION };
static const struct decision unknown = { .verdict = MSTURN_VERDICT_UNKNOWN, .direction = MSTURN_NO_DIRECTION };
static const struct decision valid = { .verdict = MSTURN_VERDICT_VALID, .direction = MSTURN_NO_DIRECTION };
static const struct decision nominated = { .verdict = MSTURN_VERDICT_NOMINATED, .direction = MSTURN_NO_DIRECTION };

static struct decision broken(enum msturn_reason reason, enum msturn_direction direction)
{
    return (struct decision){ .verdict = MSTURN_VERDICT_BROKEN, .reason = reason, .direction = direction };
}

static struct decision refused(enum msturn_reason reason, enum msturn_direction direction, uint16_t error_code,
                               const char *error_reason)
{
    return (struct decision){ MSTURN_VERDICT_BROKEN, reason, direction, error_code, error_reason };
}

/* An end that answers checks and sends none on any pair. */
static bool may_be_lite(const struct msturn_pair_facts *facts, enum msturn_direction from)
{
    const struct msturn_endpoint host =
        msturn_host_of_endpoint(from == MSTURN_LOCAL_TO_REMOTE ? &facts->pair->local : &facts->pair->remote);

    return !wmem_map_contains(facts->evaluation->checking_hosts, &host);
}

/* ---- what is missing ---- */

/* RFC 6544 section 8: when a pair has won, the connections of the others are closed. */
static struct decision decide_on_end(const struct msturn_pair_facts *facts)
{
    if (!msturn_happened(&facts->pair->ended) || msturn_was_given_up(facts->evaluation, facts->pair))
        return unfinished;
    return broken(MSTURN_REASON_RESET, MSTURN_NO_DIRECTION);
}

static struct decision missing(const struct msturn_pair_facts *facts, const struct msturn_wait *wait,
                               enum msturn_reason reason, enum msturn_direction direction)
{
    if (msturn_is_overdue(wait))
        return broken(reason, direction);
    return wait->ended ? decide_on_end(facts) : unfinished;
}

/* A server closes the peers' connections when the client gives up its allocation. */
static bool ended_with_its_session(const struct msturn_pair_facts *facts)
{
    const struct msturn_session *session = facts->pair->session;

    if (!session)
        return false;
    const struct msturn_event over =
        session->release ? msturn_event_of(&session->release->request) : session->flow->ended;
    return msturn_happened(&over) && (!msturn_happened(&facts->pair->ended) ||
                                      msturn_seconds(&facts->pair->ended, &over) < MSTURN_SECONDS_DUE_LEAST);
}

/* Of a peer connection on which no check can pass. */
static struct decision decide_on_peer_connection(const struct msturn_pair_facts *facts)
{
    const struct msturn_peer_connection *connection = facts->peer_connection;

    switch (facts->peer_state) {
    case MSTURN_PEER_NEVER_BOUND:
        return msturn_peer_was_not_needed(facts->evaluation, connection, facts->pair)
                   ? unfinished
                   : broken(MSTURN_REASON_NEVER_BOUND, MSTURN_NO_DIRECTION);
    case MSTURN_PEER_FAILED:
        return refused(msturn_happened(&connection->announced) || !msturn_happened(&connection->connect)
                           ? MSTURN_REASON_BIND_FAILED
                           : MSTURN_REASON_CONNECT_FAILED,
                       MSTURN_NO_DIRECTION, connection->error_code, connection->error_reason);
    default:
        if (facts->hidden)
            return unknown;
        return ended_with_its_session(facts) ? unfinished : decide_on_end(facts);
    }
}

static struct decision decide_on_error(const struct msturn_pair_facts *facts, enum msturn_direction direction)
{
    const struct msturn_direction_stats *stats = &facts->stats[direction];
    const struct msturn_wait wait = msturn_wait_since_response(facts->evaluation, stats->refused);

    if (stats->count.errors <= ERRORS && !wait.ended && !msturn_is_overdue(&wait))
        return unfinished;
    const uint16_t code = stats->last_error_code;
    const enum msturn_reason reason = code == 487 ? MSTURN_REASON_ROLE_CONFLICT : MSTURN_REASON_ERROR_RESPONSE;
    return refused(reason, direction, code, msturn_transaction_error_reason(stats->refused));
}

/* A direction in which a check was sent and none succeeded. */
static struct decision decide_on_failing(const struct msturn_pair_facts *facts, enum msturn_direction direction)
{
    const struct msturn_direction_stats *stats = &facts->stats[direction];

    if (!stats->unanswered || (stats->refused && stats->unanswered->request.time < stats->last_error.time))
        return decide_on_error(facts, direction);
    const struct msturn_wait wait = msturn_wait_for_answer(facts->evaluation, stats->unanswered);
    return missing(facts, &wait, MSTURN_REASON_NO_RESPONSE, direction);
}

static bool is_good(const struct msturn_direction_stats *stats)
{
    return stats->count.responses > 0;
}

static bool is_failing(const struct msturn_direction_stats *stats)
{
    return stats->count.requests > 0 && !is_good(stats);
}

/* How much a decision says: a refusal more than silence, silence more than a reset. */
static unsigned weight(const struct decision *decision)
{
    if (decision->verdict != MSTURN_VERDICT_BROKEN)
        return 0;
    return decision->reason == MSTURN_REASON_RESET ? 1 : decision->reason == MSTURN_REASON_NO_RESPONSE ? 2 : 3;
}

static struct decision decide_on_failing_directions(const struct msturn_pair_facts *facts)
{
    struct decision decision = unfinished;

    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        if (!is_failing(&facts->stats[direction]))
            continue;
        const struct decision other = decide_on_failing(facts, direction);
        if (weight(&other) > weight(&decision))
            decision = other;
    }
    return decision;
}

/* Who is checked checks too (RFC 8445 section 7.3.1.4), unless it is ICE-lite: then one of its pairs gets nominated. */
static struct decision decide_on_one_sided(const struct msturn_pair_facts *facts, enum msturn_direction answered)
{
    const enum msturn_direction silent = 1 - answered;

    if (msturn_was_given_up(facts->evaluation, facts->pair))
        return may_be_lite(facts, silent) ? valid : unfinished;
    const struct msturn_wait wait =
        msturn_wait_since_response(facts->evaluation, facts->stats[answered].first_answered);
    return missing(facts, &wait, MSTURN_REASON_NO_REQUEST, silent);
}

/* Since both ends are connected: through a relay, since the bind. The first check answers nothing, so it has more time. */
static struct msturn_wait wait_for_first_check(const struct msturn_pair_facts *facts)
{
    const struct msturn_pair_leg *bound = NULL, *any = NULL;

    for (const struct msturn_pair_leg *entry = facts->pair->legs; entry; entry = entry->next) {
        if (!entry->leg->flow)
            continue;
        any = any ? any : entry;
        if (entry->leg->kind == MSTURN_LEG_BOUND && msturn_happened(&entry->leg->peer_connection->bound))
            bound = entry;
    }
    if (!any)
        return (struct msturn_wait){ .due = MSTURN_SECONDS_DUE_OPEN };
    const struct msturn_leg *leg = bound ? bound->leg : any->leg;
    struct msturn_wait wait =
        msturn_wait_on_flow(facts->evaluation, leg->flow, bound ? &leg->peer_connection->bound : &leg->flow->first, 0);
    wait.due = MSTURN_SECONDS_DUE_OPEN;
    return wait;
}

static struct decision decide_on_absence(const struct msturn_pair_facts *facts)
{
    const struct msturn_direction_stats *stats = facts->stats;
    const bool media = msturn_happened(&facts->media[0]) || msturn_happened(&facts->media[1]);

    if (!facts->begun || (media && !is_good(&stats[0]) && !is_good(&stats[1])))
        return unknown;
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        if (is_good(&stats[direction]))
            return decide_on_one_sided(facts, direction);
    }
    /* RFC 8445 section 8.1.1: what waits for its first check is taken out of the checklist when another pair wins. */
    if (msturn_was_given_up(facts->evaluation, facts->pair))
        return unfinished;
    const struct msturn_wait wait = wait_for_first_check(facts);
    return missing(facts, &wait, MSTURN_REASON_NEVER_CHECKED, MSTURN_NO_DIRECTION);
}

/* All its connections were refused, or their SYNs were repeated and never answered. */
static bool has_failed_to_connect(const struct msturn_pair_facts *facts)
{
    for (const struct msturn_pair_leg *entry = facts->pair->legs; entry; entry = entry->next) {
        const struct msturn_flow *flow = entry->leg->flow;
        if (!flow || msturn_opening_failed(facts->evaluation, flow) == MSTURN_SILENCE_NONE)
            return false;
    }
    return true;
}

static struct decision decide(const struct msturn_pair_facts *facts)
{
    const struct msturn_direction_stats *stats = facts->stats;
    const bool is_nominated = msturn_happened(&facts->pair->nominated);

    if (facts->pair->was_nominated)
        return nominated;
    if (is_good(&stats[0]) && is_good(&stats[1]))
        return is_nominated ? nominated : valid;
    if (is_nominated && (stats[0].count.requests == 0 || stats[1].count.requests == 0))
        return nominated;
    if (facts->peer_connection && facts->peer_state != MSTURN_PEER_BOUND)
        return decide_on_peer_connection(facts);
    if (has_failed_to_connect(facts))
        return broken(MSTURN_REASON_CONNECT_FAILED, MSTURN_NO_DIRECTION);
    if (!facts->whole)
        return unknown;
    if (is_failing(&stats[0]) || is_failing(&stats[1]))
        return decide_on_failing_directions(facts);
    return decide_on_absence(facts);
}

void msturn_decide_verdict(struct msturn_pair_facts *facts)
{
    const struct decision decision = decide(facts);

    facts->pair->verdict = decision.verdict;
    facts->pair->reason = decision.reason;
    facts->pair->direction = decision.direction;
    facts->pair->error_code = decision.error_code;
    facts->pair->error_reason = decision.error_reason;
}
