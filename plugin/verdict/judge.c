/* judge.c
 * The verdict on each pair.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A pair works only with a Binding request and a success response in each direction (RFC 8445 section 7.2.5.3).
 * Something is missing only when it had its time, or when the connection ended first.
 */
#include "plugin/verdict/judge.h"

enum {
    PATIENCE = 3,  /* seconds for what takes milliseconds on a working path */
    REPEATS = 2    /* of a check that was answered: once it is a triggered check, twice nobody takes the answer */
};

const struct msturn_name msturn_verdict_names[] = {
    { MSTURN_VERDICT_UNFINISHED, "unfinished" },
    { MSTURN_VERDICT_NOMINATED, "nominated" },
    { MSTURN_VERDICT_VALID, "valid" },
    { MSTURN_VERDICT_BROKEN, "broken" },
    { MSTURN_VERDICT_UNKNOWN, "unknown" },
    { 0, NULL }
};

const struct msturn_name msturn_reason_names[] = {
    { MSTURN_REASON_NO_RESPONSE, "no-response" },
    { MSTURN_REASON_NO_REQUEST, "no-request" },
    { MSTURN_REASON_ERROR_RESPONSE, "error-response" },
    { MSTURN_REASON_ROLE_CONFLICT, "role-conflict" },
    { MSTURN_REASON_INTEGRITY, "integrity" },
    { MSTURN_REASON_NEVER_BOUND, "never-bound" },
    { MSTURN_REASON_BIND_FAILED, "bind-failed" },
    { MSTURN_REASON_CONNECT_FAILED, "connect-failed" },
    { MSTURN_REASON_NEVER_CHECKED, "never-checked" },
    { MSTURN_REASON_RESET, "reset" },
    { 0, NULL }
};

const struct msturn_name msturn_direction_names[] = {
    { MSTURN_LOCAL_TO_REMOTE, "local_to_remote" },
    { MSTURN_REMOTE_TO_LOCAL, "remote_to_local" },
    { 0, NULL }
};

const struct msturn_name msturn_session_state_names[] = {
    { MSTURN_SESSION_PENDING, "pending" },
    { MSTURN_SESSION_ALLOCATED, "allocated" },
    { MSTURN_SESSION_REFUSED, "refused" },
    { MSTURN_SESSION_EXPIRED, "expired" },
    { MSTURN_SESSION_RELEASED, "released" },
    { 0, NULL }
};

const struct msturn_name msturn_peer_connection_state_names[] = {
    { MSTURN_PEER_PENDING, "pending" },
    { MSTURN_PEER_BOUND, "bound" },
    { MSTURN_PEER_NEVER_BOUND, "never-bound" },
    { MSTURN_PEER_FAILED, "failed" },
    { 0, NULL }
};

const struct msturn_name msturn_origin_names[] = {
    { MSTURN_ORIGIN_ATTEMPT, "attempt" },
    { MSTURN_ORIGIN_CONNECT, "connect" },
    { 0, NULL }
};

static bool is_before(const struct msturn_event *a, const struct msturn_event *b)
{
    return msturn_happened(a) && (!msturn_happened(b) || a->time < b->time);
}

/* ---- the legs of a pair ---- */

static void take_media(struct msturn_pair_facts *facts, const struct msturn_leg *leg)
{
    for (unsigned side = 0; side < 2; side++) {
        const enum msturn_direction direction =
            side == leg->local_side ? MSTURN_LOCAL_TO_REMOTE : MSTURN_REMOTE_TO_LOCAL;
        const struct msturn_event *last = &leg->flow->last_data[side];
        if (is_before(&leg->media[side], &facts->media[direction]))
            facts->media[direction] = leg->media[side];
        if (msturn_happened(&leg->media[side]) && last->time >= facts->last_data[direction].time)
            facts->last_data[direction] = *last;
    }
}

static bool is_hidden(const struct msturn_peer_connection *connection)
{
    const struct msturn_transaction *bind = connection->bind_transaction;

    return (connection->session && !msturn_flow_is_whole(connection->session->flow)) ||
           (bind && !msturn_flow_is_whole(bind->flow));
}

/* One that shows what both ends did. Media and checks inside of other messages have no beginning of their own. */
static void take_leg(struct msturn_pair_facts *facts, const struct msturn_leg *leg)
{
    const struct msturn_flow *flow = leg->flow;

    facts->hidden |= leg->peer_connection && is_hidden(leg->peer_connection);
    if (leg->peer_connection && (!facts->peer_connection || facts->peer_connection->state != MSTURN_PEER_BOUND))
        facts->peer_connection = leg->peer_connection;
    if (!flow)
        return;
    facts->whole |= msturn_flow_is_whole(flow);
    facts->begun |= flow->opened_by >= 0 || flow->transport == MSTURN_UDP || leg->kind != MSTURN_LEG_DIRECT;
    take_media(facts, leg);
    const struct msturn_event connected =
        leg->kind == MSTURN_LEG_BOUND ? leg->peer_connection->bound : flow->first;
    if (is_before(&connected, &facts->connected))
        facts->connected = connected;
    if (leg->kind != MSTURN_LEG_WRAPPED && is_before(&flow->ended, &facts->ended)) {
        facts->ended = flow->ended;
        facts->ended_flow = flow;
    }
}

/* ---- the checks of a pair ---- */

/* The end that asks is nearest to one leg: what did not come back there, did not come back. */
static const struct msturn_transaction *nearest(const struct msturn_check *check,
                                                const struct msturn_transaction *seen, bool from_local)
{
    const struct msturn_transaction *asker = from_local ? check->inside : check->outside;
    const struct msturn_transaction *answerer = from_local ? check->outside : check->inside;

    if (seen != check->inside && seen != check->outside)
        return seen;
    return asker && msturn_flow_is_whole(asker->flow) ? asker : answerer ? answerer : asker;
}

static void count_success(struct msturn_way *way, const struct msturn_transaction *transaction)
{
    const struct msturn_event answered = msturn_event_of(&transaction->response);

    way->count.responses++;
    way->count.rtt_sum += transaction->response.time - transaction->request.time;
    if (is_before(&answered, &way->first_success))
        way->first_success = answered;
    way->last_success = answered;
    way->waiting_again = NULL;
    way->nominated |= transaction->nominated;
}

static void count_error(struct msturn_way *way, const struct msturn_transaction *transaction)
{
    way->count.errors++;
    way->last_error = msturn_event_of(&transaction->response);
    way->error_code = transaction->error_code;
}

/* RFC 8445 section 7.2.5.1: after 487 the role changes. */
static void compare_role(struct msturn_way *way, const struct msturn_transaction *transaction,
                         const struct msturn_event *asked)
{
    const uint32_t role = transaction->has & (MSTURN_HAS_CONTROLLING | MSTURN_HAS_CONTROLLED);

    if (way->error_code == 487 && role != 0 && role == way->role && is_before(&way->last_error, asked))
        way->kept_role = transaction;
    way->role = role;
}

/* After its success the same check under a new id: the answer was not taken. */
static void compare_repeat(struct msturn_way *way, const struct msturn_transaction *before,
                           const struct msturn_transaction *transaction, const struct msturn_event *asked)
{
    const uint32_t shape = MSTURN_HAS_USE_CANDIDATE | MSTURN_HAS_CONTROLLING | MSTURN_HAS_CONTROLLED;

    if (!before || before->is_error || before->response.frame == 0 ||
        (before->has & shape) != (transaction->has & shape))
        return;
    const struct msturn_event answered = msturn_event_of(&before->response);
    if (is_before(&answered, asked) && msturn_seconds(&answered, asked) < PATIENCE) {
        way->answered_again++;
        way->again = transaction;
    }
}

static void count_check(struct msturn_pair_facts *facts, const struct msturn_leg *leg,
                        const struct msturn_transaction *seen, const struct msturn_transaction *before[2])
{
    const bool from_local = seen->side == leg->local_side;
    const enum msturn_direction direction = from_local ? MSTURN_LOCAL_TO_REMOTE : MSTURN_REMOTE_TO_LOCAL;
    struct msturn_way *way = &facts->ways[direction];
    const struct msturn_transaction *transaction = nearest(seen->check, seen, from_local);
    const struct msturn_event asked = msturn_event_of(&transaction->request);

    if (!msturn_happened(&asked))
        return; /* an answer to a question that was not captured */
    way->count.requests++;
    if ((transaction->has & MSTURN_HAS_USE_CANDIDATE) && facts->ways[0].count.responses == 0 &&
        facts->ways[1].count.responses == 0)
        way->early = transaction;
    compare_role(way, transaction, &asked);
    compare_repeat(way, before[direction], transaction, &asked);
    before[direction] = transaction;
    if (is_before(&asked, &way->first_request)) {
        way->first_request = asked;
        way->first = transaction;
    }
    if (transaction->response.frame == 0) {
        if (!way->unanswered) {
            way->unanswered = transaction;
            way->waiting = asked;
        }
        if (!way->waiting_again)
            way->waiting_again = transaction;
    } else if (transaction->is_error) {
        count_error(way, transaction);
    } else {
        count_success(way, transaction);
    }
}

/* A check that was seen on two legs counts once. */
static bool is_counted(struct msturn_check *check, const struct msturn_transaction *seen)
{
    if (seen != check->inside && seen != check->outside)
        return false;
    if (check->judged == msturn_tracker.judgements)
        return true;
    check->judged = msturn_tracker.judgements;
    return false;
}

static void take_checks(struct msturn_pair_facts *facts, const struct msturn_leg *leg)
{
    const struct msturn_transaction *before[2] = { NULL, NULL };

    for (const struct msturn_transaction *seen = leg->checks; seen; seen = seen->next_of_leg) {
        if (!is_counted(seen->check, seen))
            count_check(facts, leg, seen, before);
    }
}

static struct msturn_pair_facts facts_of(const struct msturn_pair *pair)
{
    struct msturn_pair_facts facts = { .session = msturn_pair_session(pair) };

    for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair)
        take_leg(&facts, leg);
    for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair)
        take_checks(&facts, leg);
    return facts;
}

/* ---- the verdict ---- */

struct ruling {
    enum msturn_verdict verdict;
    enum msturn_reason reason;
    enum msturn_direction direction;
    uint16_t error_code;
};

static const struct ruling unfinished = { .verdict = MSTURN_VERDICT_UNFINISHED, .direction = MSTURN_NO_DIRECTION };

static const struct ruling unknown = { .verdict = MSTURN_VERDICT_UNKNOWN, .direction = MSTURN_NO_DIRECTION };

static struct ruling broken(enum msturn_reason reason, enum msturn_direction direction, uint16_t error_code)
{
    return (struct ruling){ MSTURN_VERDICT_BROKEN, reason, direction, error_code };
}

/* Seconds from an event to the end of the pair, or of the capture. */
static double waited(const struct msturn_pair_facts *facts, const struct msturn_event *since)
{
    return msturn_seconds(since, msturn_happened(&facts->ended) ? &facts->ended : &msturn_tracker.now);
}

/* RFC 6544 section 8: when a pair has won, the connections of the others are closed. */
static struct ruling rule_on_end(const struct msturn_pair_facts *facts)
{
    if (!msturn_happened(&facts->ended) || (facts->session && is_before(&facts->session->nominated, &facts->ended)))
        return unfinished;
    return broken(MSTURN_REASON_RESET, MSTURN_NO_DIRECTION, 0);
}

/* What has not come since then. */
static struct ruling missing(const struct msturn_pair_facts *facts, const struct msturn_event *since,
                             enum msturn_reason reason, enum msturn_direction direction)
{
    if (waited(facts, since) >= PATIENCE)
        return broken(reason, direction, 0);
    return rule_on_end(facts);
}

/* Of a peer connection on which no check can pass. */
static struct ruling rule_on_peer_connection(const struct msturn_pair_facts *facts)
{
    const struct msturn_peer_connection *connection = facts->peer_connection;

    switch (connection->state) {
    case MSTURN_PEER_NEVER_BOUND:
        return broken(MSTURN_REASON_NEVER_BOUND, MSTURN_NO_DIRECTION, 0);
    case MSTURN_PEER_FAILED:
        return broken(msturn_happened(&connection->announced) || !msturn_happened(&connection->connect)
                          ? MSTURN_REASON_BIND_FAILED : MSTURN_REASON_CONNECT_FAILED,
                      MSTURN_NO_DIRECTION, connection->error_code);
    default:
        return facts->hidden ? unknown : rule_on_end(facts);
    }
}

static struct ruling rule_on_error(const struct msturn_pair_facts *facts, enum msturn_direction direction)
{
    const struct msturn_way *way = &facts->ways[direction];
    const bool over = msturn_happened(&facts->ended) || way->count.errors > REPEATS ||
                      waited(facts, &way->last_error) >= PATIENCE;

    if (!over)
        return unfinished;
    return broken(way->error_code == 487 ? MSTURN_REASON_ROLE_CONFLICT : MSTURN_REASON_ERROR_RESPONSE, direction,
                  way->error_code);
}

/* A direction in which a check was sent and none succeeded. */
static struct ruling rule_on_failing_way(const struct msturn_pair_facts *facts, enum msturn_direction direction)
{
    const struct msturn_way *way = &facts->ways[direction];

    if (!msturn_happened(&way->waiting) ||
        (msturn_happened(&way->last_error) && is_before(&way->waiting, &way->last_error)))
        return rule_on_error(facts, direction);
    return missing(facts, &way->waiting, MSTURN_REASON_NO_RESPONSE, direction);
}

static bool is_good(const struct msturn_way *way)
{
    return way->count.responses > 0;
}

static bool is_failing(const struct msturn_way *way)
{
    return way->count.requests > 0 && !is_good(way);
}

/* How much a ruling says: a refusal more than silence, silence more than a reset. */
static unsigned weight(const struct ruling *ruling)
{
    if (ruling->verdict != MSTURN_VERDICT_BROKEN)
        return 0;
    return ruling->reason == MSTURN_REASON_RESET ? 1 : ruling->reason == MSTURN_REASON_NO_RESPONSE ? 2 : 3;
}

static struct ruling rule_on_failing_ways(const struct msturn_pair_facts *facts)
{
    struct ruling ruling = unfinished;

    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        if (!is_failing(&facts->ways[direction]))
            continue;
        const struct ruling other = rule_on_failing_way(facts, direction);
        if (weight(&other) > weight(&ruling))
            ruling = other;
    }
    return ruling;
}

static struct ruling rule_on_absence(const struct msturn_pair_facts *facts)
{
    const struct msturn_way *ways = facts->ways;

    const bool media = msturn_happened(&facts->media[0]) || msturn_happened(&facts->media[1]);

    if (!facts->begun || (media && !is_good(&ways[0]) && !is_good(&ways[1])))
        return unknown;
    if (is_good(&ways[MSTURN_REMOTE_TO_LOCAL]))
        return missing(facts, &ways[MSTURN_REMOTE_TO_LOCAL].first_success, MSTURN_REASON_NO_REQUEST,
                       MSTURN_LOCAL_TO_REMOTE);
    if (is_good(&ways[MSTURN_LOCAL_TO_REMOTE]))
        return missing(facts, &ways[MSTURN_LOCAL_TO_REMOTE].first_success, MSTURN_REASON_NO_REQUEST,
                       MSTURN_REMOTE_TO_LOCAL);
    if (facts->ended_flow && !facts->ended_flow->established)
        return broken(MSTURN_REASON_RESET, MSTURN_NO_DIRECTION, 0);
    return missing(facts, &facts->connected, MSTURN_REASON_NEVER_CHECKED, MSTURN_NO_DIRECTION);
}

static struct ruling rule_on_good_ways(const struct msturn_pair_facts *facts)
{
    struct ruling ruling = { .verdict = MSTURN_VERDICT_VALID, .direction = MSTURN_NO_DIRECTION };

    if (facts->ways[0].nominated || facts->ways[1].nominated) {
        ruling.verdict = MSTURN_VERDICT_NOMINATED;
        return ruling;
    }
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        if (facts->ways[direction].answered_again >= REPEATS)
            return broken(MSTURN_REASON_INTEGRITY, direction, 0);
    }
    return ruling;
}

static struct ruling rule(const struct msturn_pair_facts *facts)
{
    const struct msturn_way *ways = facts->ways;
    const struct msturn_peer_connection *connection = facts->peer_connection;

    if (is_good(&ways[0]) && is_good(&ways[1]))
        return rule_on_good_ways(facts);
    if (connection && connection->state != MSTURN_PEER_BOUND)
        return rule_on_peer_connection(facts);
    if (!facts->whole)
        return unknown;
    if (is_failing(&ways[0]) || is_failing(&ways[1]))
        return rule_on_failing_ways(facts);
    return rule_on_absence(facts);
}

/* ---- judgement ---- */

static void judge_pair(struct msturn_pair *pair)
{
    const struct msturn_pair_facts facts = facts_of(pair);
    const struct ruling ruling = rule(&facts);

    pair->verdict = ruling.verdict;
    pair->reason = ruling.reason;
    pair->direction = ruling.direction;
    pair->error_code = ruling.error_code;
    pair->checks[0] = facts.ways[0].count;
    pair->checks[1] = facts.ways[1].count;
    msturn_judge_pair_rules(pair, &facts);
    msturn_judge_relay(pair);
}

void msturn_judge(void)
{
    struct msturn_tracker *tracker = &msturn_tracker;

    if (!tracker->scope || tracker->judged_frame == tracker->now.frame)
        return;
    tracker->judged_frame = tracker->now.frame;
    tracker->judgements++;
    wmem_free_all(tracker->judgement);
    tracker->judged = (struct msturn_problem_list){
        .by_transaction = wmem_map_new(tracker->judgement, g_direct_hash, g_direct_equal),
        .by_frame = wmem_map_new(tracker->judgement, g_direct_hash, g_direct_equal),
    };
    msturn_pairs_complete(false);
    msturn_judge_peer_connections(); /* which joins binds to these pairs */
    msturn_pairs_complete(true);
    for (struct msturn_pair *pair = tracker->pairs; pair; pair = pair->next) {
        if (pair->legs)
            judge_pair(pair);
    }
    msturn_judge_sessions();
    msturn_judge_flows();
    msturn_judge_peer_connection_rules();
    msturn_judge_transactions();
    msturn_sort_problems();
}
