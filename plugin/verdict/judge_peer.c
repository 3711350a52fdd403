/* judge_peer.c
 * What became of each peer connection, and the rules about what did not happen to it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/judge.h"

enum {
    BIND_SECONDS = 30, /* RFC 6062 section 5.2 */
    AT_ONCE = 1,
    CONNECT_SECONDS = 40 /* RFC 6062 section 5.2: the server's 30, and RFC 8489 section 6.2.2: 39.5 */
};

/* ---- binds of no known peer connection ---- */

/* The only peer connection that waits between two hosts; a second one makes it ambiguous. */
struct waiting {
    struct msturn_peer_connection *connection;
    const struct msturn_session *session; /* whose beginning was captured, so that all its ids are known; or NULL */
    bool ambiguous;
};

static struct msturn_ends_key hosts_key(const struct msturn_endpoint *client, const struct msturn_endpoint *server)
{
    struct msturn_ends_key key = { .a = *client, .b = *server };

    key.a.port = key.b.port = 0;
    return key;
}

static void add_waiting(wmem_map_t *map, const struct msturn_session *session,
                        struct msturn_peer_connection *connection)
{
    const struct msturn_ends_key key = hosts_key(&session->client, &session->server);
    struct waiting *waiting = msturn_map_find(map, key);

    if (!waiting) {
        waiting = wmem_new0(msturn_tracker.judgement, struct waiting);
        waiting->connection = connection;
        waiting->session = session->begun && msturn_flow_is_whole(session->flow) ? session : NULL;
        wmem_map_insert(map, wmem_memdup(msturn_tracker.judgement, &key, sizeof key), waiting);
    } else if (waiting->connection && connection) {
        waiting->ambiguous = true;
    } else if (connection) {
        waiting->connection = connection;
    }
}

/* The sessions' hosts too: a bind between them that nothing announced is wrong. */
static wmem_map_t *waiting_connections(void)
{
    wmem_map_t *map = wmem_map_new(msturn_tracker.judgement, msturn_ends_hash, msturn_ends_equal);

    for (struct msturn_session *session = msturn_tracker.sessions; session; session = session->next) {
        add_waiting(map, session, NULL);
        for (struct msturn_peer_connection *connection = session->peer_connections; connection;
             connection = connection->next) {
            connection->wrong_bind = NULL;
            if (msturn_happened(&connection->announced) && !msturn_happened(&connection->bind))
                add_waiting(map, session, connection);
        }
    }
    return map;
}

/* A wrong id, or none that was captured: it can only be meant for the one that waits. */
static void tie_bind(struct msturn_peer_connection *bind, const struct waiting *waiting)
{
    if (!waiting->connection || waiting->ambiguous)
        return;
    if (bind->has_id)
        waiting->connection->wrong_bind = bind;
    else if (waiting->connection->leg->pair && !bind->leg->pair)
        msturn_leg_join(bind->leg, waiting->connection->leg->pair);
}

static void judge_bind(struct msturn_peer_connection *bind, wmem_map_t *waiting_map)
{
    const struct msturn_flow *flow = bind->bind_transaction ? bind->bind_transaction->flow : NULL;

    bind->next = msturn_tracker.unclaimed;
    msturn_tracker.unclaimed = bind;
    if (!flow)
        return;
    const uint8_t client_side = bind->bind_transaction->side;
    const struct waiting *waiting =
        msturn_map_find(waiting_map, hosts_key(&flow->ends[client_side], &flow->ends[1 - client_side]));
    if (!waiting)
        return;
    tie_bind(bind, waiting);
    if (bind->has_id && waiting->session && !msturn_happened(&bind->bound))
        msturn_judged(MSTURN_FINDING_BIND_UNKNOWN, bind->bind.frame, bind->bind_transaction, waiting->session, NULL,
                      NULL);
}

/* ---- states ---- */

static bool is_over(const struct msturn_session *session)
{
    return session->state == MSTURN_SESSION_RELEASED || msturn_happened(&session->flow->ended);
}

static bool bind_was_closed(const struct msturn_peer_connection *connection)
{
    const struct msturn_transaction *bind = connection->bind_transaction;

    return bind && bind->response.frame == 0 && msturn_happened(&bind->flow->ended);
}

static bool connect_is_lost(const struct msturn_peer_connection *connection)
{
    return msturn_happened(&connection->connect) && !msturn_happened(&connection->announced) &&
           (msturn_happened(&connection->session->flow->ended) ||
            msturn_seconds(&connection->connect, &msturn_tracker.now) > CONNECT_SECONDS);
}

static enum msturn_peer_connection_state state_of(const struct msturn_peer_connection *connection)
{
    if (msturn_happened(&connection->bound))
        return MSTURN_PEER_BOUND;
    if (msturn_happened(&connection->failed) || bind_was_closed(connection) || connection->wrong_bind)
        return MSTURN_PEER_FAILED;
    if (!connection->session)
        return MSTURN_PEER_PENDING;
    if (connect_is_lost(connection))
        return MSTURN_PEER_FAILED;
    if (msturn_happened(&connection->bind) || !msturn_happened(&connection->announced))
        return MSTURN_PEER_PENDING;
    /* One side of the conversation says nothing of what the other one did. */
    if (!msturn_flow_is_whole(connection->session->flow))
        return MSTURN_PEER_PENDING;
    return msturn_seconds(&connection->announced, &msturn_tracker.now) >= BIND_SECONDS || is_over(connection->session)
               ? MSTURN_PEER_NEVER_BOUND : MSTURN_PEER_PENDING;
}

void msturn_judge_peer_connections(void)
{
    wmem_map_t *waiting = waiting_connections();

    msturn_tracker.unclaimed = NULL;
    for (struct msturn_peer_connection *bind = msturn_tracker.binds; bind; bind = bind->next_bind) {
        if (!bind->session && !bind->replaced)
            judge_bind(bind, waiting);
        bind->state = state_of(bind);
    }
    for (struct msturn_session *session = msturn_tracker.sessions; session; session = session->next) {
        for (struct msturn_peer_connection *connection = session->peer_connections; connection;
             connection = connection->next)
            connection->state = state_of(connection);
    }
}

/* ---- problems ---- */

static void judge_unbound(const struct msturn_peer_connection *connection)
{
    if (connection->state == MSTURN_PEER_NEVER_BOUND)
        msturn_judged(MSTURN_FINDING_NEVER_BOUND, connection->announced.frame, connection->announcement,
                      connection->session, connection->leg->pair, NULL);
}

static void judge_bind_answer(const struct msturn_peer_connection *connection, const struct msturn_pair *pair)
{
    if (bind_was_closed(connection) && msturn_flow_is_whole(connection->bind_transaction->flow))
        msturn_judged(MSTURN_FINDING_BIND_CLOSED, connection->bind.frame, connection->bind_transaction,
                      connection->session, pair, NULL);
}

/* RFC 6062 section 5.5. A pair that worked may end whenever its call does. */
static void judge_early_end(const struct msturn_peer_connection *connection)
{
    const struct msturn_flow *flow = connection->data_flow;
    const struct msturn_pair *pair = connection->leg->pair;

    if (!flow || !msturn_flow_is_whole(flow) || !pair || pair->verdict != MSTURN_VERDICT_BROKEN)
        return;
    if (msturn_happened(&flow->ended) && flow->ended_by != connection->bind_transaction->side &&
        msturn_seconds(&connection->bound, &flow->ended) < AT_ONCE)
        msturn_judged(MSTURN_FINDING_CLOSED_AT_ONCE, connection->bound.frame, connection->bind_transaction,
                      connection->session, pair, NULL);
}

void msturn_judge_peer_connection_rules(void)
{
    for (const struct msturn_session *session = msturn_tracker.sessions; session; session = session->next) {
        for (const struct msturn_peer_connection *connection = session->peer_connections; connection;
             connection = connection->next) {
            judge_unbound(connection);
            judge_bind_answer(connection, connection->leg->pair);
            if (connection->wrong_bind)
                judge_bind_answer(connection->wrong_bind, connection->leg->pair);
            judge_early_end(connection);
        }
    }
}
