/* peer_connections.c
 * What became of each peer connection, and the rules about what did not happen to it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/path_parts.h"

/* ---- binds of no known peer connection ---- */

/* The only peer connection that waits between two hosts; a second one makes it ambiguous. */
struct waiting {
    const struct msturn_peer_connection *connection;
    const struct msturn_session *session; /* whose beginning was captured, so that all its ids are known; or NULL */
    bool ambiguous;
};

static struct msturn_ends_key hosts_key(const struct msturn_endpoint *client, const struct msturn_endpoint *server)
{
    return (struct msturn_ends_key){ .a = msturn_host_of_endpoint(client), .b = msturn_host_of_endpoint(server) };
}

static void add_waiting(const struct msturn_evaluation *evaluation, wmem_map_t *map,
                        const struct msturn_session *session, const struct msturn_peer_connection *connection)
{
    const struct msturn_ends_key key = hosts_key(&session->client, &session->server);
    struct waiting *waiting = msturn_map_find(map, key);

    if (!waiting) {
        waiting = wmem_new0(evaluation->scope, struct waiting);
        waiting->connection = connection;
        waiting->session = session->begun && msturn_flow_is_whole(session->flow) ? session : NULL;
        wmem_map_insert(map, wmem_memdup(evaluation->scope, &key, sizeof key), waiting);
    } else if (waiting->connection && connection) {
        waiting->ambiguous = true;
    } else if (connection) {
        waiting->connection = connection;
    }
}

/* The sessions' hosts too: a bind between them that nothing announced is wrong. */
static wmem_map_t *waiting_connections(const struct msturn_evaluation *evaluation)
{
    wmem_map_t *map = wmem_map_new(evaluation->scope, msturn_ends_hash, msturn_ends_equal);

    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        add_waiting(evaluation, map, session, NULL);
        for (const struct msturn_peer_connection *connection = session->peer_connections; connection;
             connection = connection->next) {
            if (msturn_happened(&connection->announced) && !msturn_happened(&connection->bind))
                add_waiting(evaluation, map, session, connection);
        }
    }
    return map;
}

static struct msturn_connection_outcome *outcome_of(struct msturn_evaluation *evaluation,
                                                    const struct msturn_peer_connection *connection)
{
    struct msturn_connection_outcome *outcome = wmem_map_lookup(evaluation->connections, connection);

    if (!outcome) {
        outcome = wmem_new0(evaluation->scope, struct msturn_connection_outcome);
        wmem_map_insert(evaluation->connections, connection, outcome);
    }
    return outcome;
}

/* A wrong id, or none that was captured: it can only be meant for the one that waits. */
static void tie_bind(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *bind,
                     const struct waiting *waiting)
{
    if (!waiting->connection || waiting->ambiguous)
        return;
    struct msturn_pair_outcome *pair =
        (struct msturn_pair_outcome *)msturn_outcome_of_leg(evaluation, waiting->connection->leg);
    struct msturn_pair_outcome *bind_pair = (struct msturn_pair_outcome *)msturn_outcome_of_leg(evaluation, bind->leg);
    if (bind->has_id)
        outcome_of(evaluation, waiting->connection)->wrong_bind = bind;
    else if (pair && bind_pair)
        msturn_merge_outcomes(pair, bind_pair);
    else if (pair)
        msturn_add_leg_to_outcome(evaluation, pair, bind->leg);
}

static void evaluate_bind(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *bind,
                          wmem_map_t *waiting_map)
{
    const struct msturn_flow *flow = bind->bind_transaction ? bind->bind_transaction->flow : NULL;

    g_ptr_array_insert(evaluation->unclaimed, 0, (gpointer)bind);
    if (!flow)
        return;
    const uint8_t client_side = bind->bind_transaction->side;
    const struct waiting *waiting =
        msturn_map_find(waiting_map, hosts_key(&flow->ends[client_side], &flow->ends[1 - client_side]));
    if (!waiting)
        return;
    tie_bind(evaluation, bind, waiting);
    if (bind->has_id && waiting->session && !msturn_happened(&bind->bound))
        msturn_add_finding(evaluation, MSTURN_FINDING_BIND_UNKNOWN, bind->bind.frame, bind->bind_transaction,
                           waiting->session, NULL, NULL);
}

/* ---- states ---- */

/* Its connection ended without an answer. */
static bool bind_was_in_vain(const struct msturn_peer_connection *connection)
{
    const struct msturn_transaction *bind = connection->bind_transaction;

    return bind && bind->exchange->response.frame == 0 && msturn_happened(&bind->flow->ended) &&
           msturn_flow_is_whole(bind->flow);
}

static bool connect_is_lost(const struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection)
{
    const struct msturn_event end = msturn_capture_end(evaluation->tracker, connection->connect.frame);

    return msturn_happened(&connection->connect) && !msturn_happened(&connection->announced) &&
           (msturn_happened(&connection->session->flow->ended) ||
            msturn_seconds(&connection->connect, &end) > MSTURN_SECONDS_CONNECT_LOST);
}

/* A client that releases its allocation, or closes, a moment after the announcement does not want it any more. */
static bool bind_is_missing(const struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection)
{
    const struct msturn_session *session = connection->session;
    struct msturn_wait wait = msturn_wait_on_flow(evaluation, session->flow, &connection->announced, 0);

    if (session->state == MSTURN_SESSION_RELEASED) {
        wait.ended = true;
        wait.seconds = msturn_seconds(&connection->announced, &session->released);
    }
    return wait.seconds >= (wait.ended ? wait.due : MSTURN_SECONDS_BIND - MSTURN_SECONDS_BIND_EARLY);
}

static enum msturn_peer_connection_state connection_state(const struct msturn_evaluation *evaluation,
                                                          const struct msturn_peer_connection *connection,
                                                          const struct msturn_connection_outcome *outcome)
{
    if (msturn_happened(&connection->bound))
        return MSTURN_PEER_BOUND;
    if (msturn_happened(&connection->failed) || bind_was_in_vain(connection) || outcome->wrong_bind)
        return MSTURN_PEER_FAILED;
    if (!connection->session)
        return MSTURN_PEER_PENDING;
    if (connect_is_lost(evaluation, connection))
        return MSTURN_PEER_FAILED;
    if (msturn_happened(&connection->bind) || !msturn_happened(&connection->announced))
        return MSTURN_PEER_PENDING;
    /* One side of the conversation says nothing of what the other one did. */
    if (!msturn_flow_is_whole(connection->session->flow))
        return MSTURN_PEER_PENDING;
    return bind_is_missing(evaluation, connection) ? MSTURN_PEER_NEVER_BOUND : MSTURN_PEER_PENDING;
}

static void evaluate_connection(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection)
{
    struct msturn_connection_outcome *outcome = outcome_of(evaluation, connection);

    outcome->state = connection_state(evaluation, connection, outcome);
}

void msturn_evaluate_peer_connections(struct msturn_evaluation *evaluation)
{
    wmem_map_t *waiting = waiting_connections(evaluation);

    for (const struct msturn_peer_connection *bind = evaluation->tracker->binds; bind; bind = bind->next_bind) {
        if (!bind->session && !bind->replaced)
            evaluate_bind(evaluation, bind, waiting);
        evaluate_connection(evaluation, bind);
    }
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        for (const struct msturn_peer_connection *connection = session->peer_connections; connection;
             connection = connection->next)
            evaluate_connection(evaluation, connection);
    }
}

static const struct msturn_flow *unopened_second(const struct msturn_evaluation *evaluation,
                                                 const struct msturn_peer_connection *connection)
{
    const struct msturn_session *session = connection->session;

    return msturn_unopened_flow_between(evaluation, &session->client, &session->server, &connection->announced);
}

bool msturn_peer_was_not_needed(const struct msturn_evaluation *evaluation,
                                const struct msturn_peer_connection *connection, const struct msturn_pair_outcome *pair)
{
    return msturn_was_given_up(evaluation, pair) && !unopened_second(evaluation, connection);
}

/* ---- findings ---- */

static void find_unbound(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection,
                         const struct msturn_pair_outcome *pair)
{
    if (msturn_connection_outcome_of(evaluation, connection)->state != MSTURN_PEER_NEVER_BOUND ||
        (pair && msturn_peer_was_not_needed(evaluation, connection, pair)))
        return;
    msturn_add_finding(evaluation, MSTURN_FINDING_NEVER_BOUND, connection->announced.frame, connection->announcement,
                       connection->session, pair, NULL);
    const struct msturn_flow *second = unopened_second(evaluation, connection);
    if (second)
        evaluation->problems.last->because = msturn_refused_attempt_told_in(evaluation, second);
}

static void find_closed_bind(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection,
                             const struct msturn_pair_outcome *pair)
{
    if (bind_was_in_vain(connection) && msturn_bind_was_closed(connection->bind_transaction))
        msturn_add_finding(evaluation, MSTURN_FINDING_BIND_CLOSED, connection->bind.frame, connection->bind_transaction,
                           connection->session, pair, NULL);
}

/* RFC 6062 section 4.3. A server that accepts it has it that way. */
static void find_misplaced_bind(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection,
                                const struct msturn_pair_outcome *pair)
{
    if (connection->meant_for && !msturn_happened(&connection->bound))
        msturn_add_finding(evaluation, MSTURN_FINDING_BIND_MISPLACED, connection->bind.frame,
                           connection->bind_transaction, connection->meant_for, pair, NULL);
}

/* Did the peer close its connection to the relay before the relay closed this one? */
static bool peer_closed_first(const struct msturn_pair_outcome *pair, const struct msturn_flow *data_flow)
{
    for (const struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        const struct msturn_flow *flow = entry->leg->flow;
        if (!msturn_leg_is_relayed(entry->leg) && flow && msturn_happened(&flow->ended) &&
            flow->ended_by != entry->local_side && flow->ended.time <= data_flow->ended.time)
            return true;
    }
    return false;
}

/* RFC 6062 section 5.5. A pair that worked may end whenever its call does. */
static void find_early_end(struct msturn_evaluation *evaluation, const struct msturn_peer_connection *connection,
                           const struct msturn_pair_outcome *pair)
{
    const struct msturn_flow *flow = connection->data_flow;

    if (!flow || !msturn_flow_is_whole(flow) || !pair || pair->verdict != MSTURN_VERDICT_BROKEN)
        return;
    if (!msturn_happened(&flow->ended) || flow->ended_by == connection->bind_transaction->side ||
        msturn_seconds(&connection->bound, &flow->ended) >= MSTURN_SECONDS_AT_ONCE)
        return;
    const bool by_peer = peer_closed_first(pair, flow);
    if (by_peer && pair->checks[MSTURN_REMOTE_TO_LOCAL].requests > 0)
        return; /* what is missing then is told of the checks */
    msturn_add_finding(evaluation, by_peer ? MSTURN_FINDING_PEER_CLOSED : MSTURN_FINDING_CLOSED_AT_ONCE,
                       connection->bound.frame, connection->bind_transaction, connection->session, pair, NULL);
}

void msturn_find_in_peer_connections(struct msturn_evaluation *evaluation)
{
    for (guint i = 0; i < evaluation->unclaimed->len; i++)
        find_misplaced_bind(evaluation, g_ptr_array_index(evaluation->unclaimed, i), NULL);
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        for (const struct msturn_peer_connection *connection = session->peer_connections; connection;
             connection = connection->next) {
            const struct msturn_pair_outcome *pair = msturn_outcome_of_leg(evaluation, connection->leg);
            const struct msturn_peer_connection *wrong =
                msturn_connection_outcome_of(evaluation, connection)->wrong_bind;
            find_unbound(evaluation, connection, pair);
            find_misplaced_bind(evaluation, connection, pair);
            find_closed_bind(evaluation, connection, pair);
            if (wrong)
                find_closed_bind(evaluation, wrong, pair);
            find_early_end(evaluation, connection, pair);
        }
    }
}
