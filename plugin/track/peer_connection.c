/* peer_connection.c
 * Peer connections of TCP allocations, RFC 6062: ConnectionAttempt or Connect, then ConnectionBind.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/peer_connection.h"

#include "plugin/rules/timers.h"
#include "plugin/track/credentials.h"
#include "plugin/track/flow.h"
#include "plugin/track/pair.h"
#include "plugin/track/permission.h"
#include "plugin/track/problem.h"
#include "plugin/track/session.h"
#include "plugin/track/state.h"
#include "plugin/track/transaction.h"
#include "plugin/track/transaction_table.h"

/* A server gives the ids; it may be reached by several ports. */
static struct msturn_ends_key id_key(const struct msturn_endpoint *server, uint32_t id)
{
    struct msturn_ends_key key = { .a = *server, .number = id };

    key.a.port = 0;
    return key;
}

/* The same id, by whom it was given to. */
static struct msturn_ends_key client_key(const struct msturn_endpoint *client, uint32_t id)
{
    struct msturn_ends_key key = { .b = *client, .number = id };

    key.b.port = 0;
    return key;
}

static void claim(struct msturn_peer_connection *connection, struct msturn_session *session)
{
    connection->session = session;
    connection->next = NULL;
    if (session->last_peer_connection)
        session->last_peer_connection->next = connection;
    else
        session->peer_connections = connection;
    session->last_peer_connection = connection;
}

static struct msturn_peer_connection *add_connection(struct msturn_session *session,
                                                     const struct msturn_endpoint *server)
{
    struct msturn_peer_connection *connection = wmem_new0(msturn_tracker.scope, struct msturn_peer_connection);

    connection->server = *server;
    connection->leg = msturn_leg_new(MSTURN_LEG_BOUND, NULL);
    connection->leg->peer_connection = connection;
    if (session)
        claim(connection, session);
    return connection;
}

static void name_connection(struct msturn_peer_connection *connection, uint32_t id)
{
    connection->has_id = true;
    connection->id = id;
    msturn_map_put(msturn_tracker.peer_connections, id_key(&connection->server, id), connection);
    if (connection->session)
        msturn_map_put(msturn_tracker.peer_connections, client_key(&connection->session->client, id), connection);
}

/* RFC 6062 section 5.3: an id that nobody binds is free again after 30 s. */
static bool is_in_use(const struct msturn_peer_connection *connection, const struct msturn_event *now)
{
    if (connection->data_flow)
        return !msturn_happened(&connection->data_flow->ended);
    return !msturn_happened(&connection->failed) && msturn_seconds(&connection->announced, now) < MSTURN_SECONDS_BIND;
}

/* The peer connection with this id that waits for its announcement, else a new one. */
static struct msturn_peer_connection *announced_connection(struct msturn_session *session, uint32_t id,
                                                           const struct msturn_message_context *context,
                                                           const struct msturn_transaction *transaction)
{
    struct msturn_peer_connection *connection =
        msturn_map_find(msturn_tracker.peer_connections, id_key(&session->server, id));

    /* The packets of two interfaces may have been recorded in the wrong order. */
    if (connection && !connection->session) {
        claim(connection, session);
        return connection;
    }
    if (connection && is_in_use(connection, &context->event))
        msturn_note_problem(MSTURN_FINDING_ATTEMPT_REPEATED, context->event.frame, transaction, session, NULL);
    connection = add_connection(session, &session->server);
    name_connection(connection, id);
    return connection;
}

static void set_peer(struct msturn_peer_connection *connection, const struct msturn_endpoint *peer)
{
    struct msturn_leg *leg = connection->leg;

    if (peer->family != 0)
        connection->peer = *peer;
    leg->session = connection->session;
    leg->peer = connection->peer;
    msturn_leg_resolve(leg);
}

static void check_bind_time(const struct msturn_peer_connection *connection)
{
    if (msturn_seconds(&connection->announced, &connection->bind) > MSTURN_SECONDS_BIND)
        msturn_note_problem(MSTURN_FINDING_BIND_LATE, connection->bind.frame, connection->bind_transaction,
                            connection->session, NULL);
}

/* ---- ConnectionAttempt, RFC 6062 section 5.3 ---- */

static void check_permission(const struct msturn_message_context *context, const struct msturn_transaction *transaction,
                             const struct msturn_peer_connection *connection)
{
    const struct msturn_session *session = connection->session;

    if (!session->begun || connection->peer.family == 0 || !msturn_flow_is_whole(session->flow))
        return;
    const enum msturn_permitted permitted = msturn_session_permits(session, &connection->peer, &context->event);
    if (permitted != MSTURN_PERMITTED)
        msturn_note_problem(permitted == MSTURN_PERMISSION_RAN_OUT ? MSTURN_FINDING_PERMISSION_EXPIRED
                                                                   : MSTURN_FINDING_ATTEMPT_WITHOUT_PERMISSION,
                            context->event.frame, transaction, session, NULL);
}

static void handle_attempt(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                           struct msturn_session *session)
{
    if (!(context->message->decoded.has & MSTURN_HAS_CONNECTION_ID))
        return;
    struct msturn_peer_connection *connection =
        announced_connection(session, context->message->decoded.connection_id, context, transaction);
    connection->origin = MSTURN_ORIGIN_ATTEMPT;
    connection->announced = context->event;
    connection->announcement = transaction;
    msturn_exchange_of(transaction)->peer_connection = connection;
    set_peer(connection, &context->message->decoded.peer);
    check_bind_time(connection);
    check_permission(context, transaction, connection);
}

/* ---- Connect, RFC 6062 section 5.2 ---- */

/* The last Connect of the session to the same peer that is open, or has just failed. */
static bool connects_again(const struct msturn_session *session, const struct msturn_message_context *context)
{
    const struct msturn_event now = context->event;
    const struct msturn_peer_connection *last =
        msturn_map_find(msturn_tracker.connects, msturn_session_key(session, &context->message->decoded.peer));

    if (!last)
        return false;
    return (!msturn_happened(&last->failed) && !msturn_happened(&last->announced)) ||
           (last->error_code == 447 && msturn_seconds(&last->failed, &now) < MSTURN_SECONDS_CONNECT_AGAIN);
}

static void forget_failure(struct msturn_peer_connection *connection)
{
    connection->failed.frame = 0;
    connection->error_code = 0;
    connection->error_reason = NULL;
}

/* A request that got 401 or 438 is sent again with what the server asked for (RFC 8489 section 9.2.5): the same attempt. */
static struct msturn_peer_connection *challenged_connection(const struct msturn_session *session,
                                                            const struct msturn_message_context *context)
{
    struct msturn_peer_connection *last = NULL;

    if (context->message->header.msg_class == MSTURN_CLASS_REQUEST)
        last = msturn_map_find(msturn_tracker.connects, msturn_session_key(session, &context->message->decoded.peer));
    return last && (last->error_code == 401 || last->error_code == 438) ? last : NULL;
}

static struct msturn_peer_connection *connection_of_connect(struct msturn_session *session,
                                                            const struct msturn_message_context *context)
{
    struct msturn_peer_connection *connection = challenged_connection(session, context);

    if (connection) {
        forget_failure(connection);
        return connection;
    }
    connection = add_connection(session, &session->server);
    connection->origin = MSTURN_ORIGIN_CONNECT;
    return connection;
}

static void handle_connect_request(const struct msturn_message_context *context,
                                   struct msturn_peer_connection *connection)
{
    connection->connect = context->event;
    set_peer(connection, &context->message->decoded.peer);
    msturn_map_put(msturn_tracker.connects, msturn_session_key(connection->session, &connection->peer), connection);
}

static void handle_connect_success(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                                   struct msturn_peer_connection *connection)
{
    connection->announced = context->event;
    connection->announcement = transaction;
    if (context->message->decoded.has & MSTURN_HAS_CONNECTION_ID)
        name_connection(connection, context->message->decoded.connection_id);
}

static void handle_connect_error(const struct msturn_transaction *transaction,
                                 struct msturn_peer_connection *connection)
{
    connection->error_code = transaction->error_code;
    connection->error_reason = msturn_transaction_error_reason(transaction);
    connection->failed = msturn_event_of(&transaction->exchange->response);
}

static void handle_connect(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                           struct msturn_session *session)
{
    if (context->message->header.msg_class == MSTURN_CLASS_REQUEST && connects_again(session, context))
        msturn_note_problem(MSTURN_FINDING_CONNECT_AGAIN, context->event.frame, transaction, session, NULL);
    /* A ConnectionBind may have had the same transaction id. */
    if (!transaction->exchange->peer_connection || !transaction->exchange->peer_connection->session)
        msturn_exchange_of(transaction)->peer_connection = connection_of_connect(session, context);
    switch (context->message->header.msg_class) {
    case MSTURN_CLASS_REQUEST:
        handle_connect_request(context, transaction->exchange->peer_connection);
        break;
    case MSTURN_CLASS_SUCCESS:
        handle_connect_success(context, transaction, transaction->exchange->peer_connection);
        break;
    case MSTURN_CLASS_ERROR:
        handle_connect_error(transaction, transaction->exchange->peer_connection);
        break;
    case MSTURN_CLASS_INDICATION:
        break;
    }
}

/* ---- ConnectionBind, RFC 6062 section 5.4 ---- */

static struct msturn_peer_connection *add_bind(const struct msturn_endpoint *server)
{
    struct msturn_peer_connection *connection = add_connection(NULL, server);

    connection->next_bind = msturn_tracker.binds;
    msturn_tracker.binds = connection;
    return connection;
}

static struct msturn_peer_connection *named_connection(const struct msturn_message_context *context)
{
    const struct msturn_endpoint *server = &context->flow->ends[1 - context->side];
    const uint32_t id = context->message->decoded.connection_id;
    struct msturn_peer_connection *connection = msturn_map_find(msturn_tracker.peer_connections, id_key(server, id));

    if (!connection) {
        connection = add_bind(server);
        name_connection(connection, id);
    }
    return connection;
}

/* RFC 6062 section 4.3: on a new connection, as its first message. */
static void check_bind_place(const struct msturn_message_context *context, const struct msturn_transaction *transaction,
                             struct msturn_peer_connection *connection)
{
    const struct msturn_flow *flow = context->flow;
    const struct msturn_endpoint *server = &flow->ends[1 - context->side];
    const struct msturn_peer_connection *known =
        connection->session
            ? connection
            : msturn_map_find(msturn_tracker.peer_connections, client_key(&flow->ends[context->side], connection->id));
    const bool late = flow->messages[context->side] > 1 && !flow->bound; /* else it is another try */

    connection->meant_for = known && !msturn_endpoint_equal(server, &known->session->server) ? known->session : NULL;
    if (late)
        msturn_note_problem(MSTURN_FINDING_BIND_MISPLACED, context->event.frame, transaction,
                            known ? known->session : connection->session, NULL);
}

static void apply_bind(const struct msturn_message_context *context, struct msturn_peer_connection *connection,
                       const struct msturn_transaction *transaction)
{
    if (transaction->is_error) {
        connection->error_code = transaction->error_code;
        connection->error_reason = msturn_transaction_error_reason(transaction);
        connection->failed = msturn_event_of(&transaction->exchange->response);
        if (connection->session)
            msturn_session_update_nonce(connection->session, context);
    } else {
        connection->bound = msturn_event_of(&transaction->exchange->response);
        connection->data_flow = transaction->flow;
    }
}

/* Checks may have been seen on the connection before it was known whose it is: after a response whose request was not
 * captured yet. Those after a request are of the peer connection that it named. */
static void bind_flow(struct msturn_peer_connection *connection, struct msturn_flow *flow, uint8_t client_side)
{
    struct msturn_peer_connection *before = flow->bound;

    if (flow->session && flow->session->flow == flow)
        return;
    flow->bound = connection;
    flow->session = connection->session;
    connection->leg->flow = flow;
    connection->leg->client_side = client_side;
    if (before && before != connection) {
        before->replaced = true;
        if (!before->has_id)
            msturn_leg_absorb(connection->leg, before->leg);
    } else if (flow->leg) {
        msturn_leg_absorb(connection->leg, flow->leg);
    }
    flow->leg = NULL;
}

static void handle_bind_request(const struct msturn_message_context *context, struct msturn_transaction *transaction)
{
    if (!(context->message->decoded.has & MSTURN_HAS_CONNECTION_ID))
        return;
    struct msturn_peer_connection *connection = named_connection(context);
    msturn_exchange_of(transaction)->peer_connection = connection;
    check_bind_place(context, transaction, connection);
    if (connection->session)
        msturn_session_check_credentials(connection->session, context, transaction);
    if (msturn_happened(&connection->bound)) {
        msturn_note_problem(MSTURN_FINDING_BIND_UNKNOWN, context->event.frame, transaction, connection->session, NULL);
        return;
    }
    /* Refused, say with 438, a client may try again. */
    forget_failure(connection);
    connection->bind = context->event;
    connection->bind_transaction = transaction;
    check_bind_time(connection);
    bind_flow(connection, context->flow, context->side);
}

/* Without its request nothing tells which peer connection it is. */
static void handle_lone_response(const struct msturn_message_context *context, struct msturn_transaction *transaction)
{
    if (context->flow->bound)
        return;
    msturn_exchange_of(transaction)->peer_connection = add_bind(&context->flow->ends[context->side]);
    transaction->exchange->peer_connection->bind_transaction = transaction;
    bind_flow(transaction->exchange->peer_connection, context->flow, 1 - context->side);
}

static void handle_bind(const struct msturn_message_context *context, struct msturn_transaction *transaction)
{
    if (context->message->header.msg_class == MSTURN_CLASS_REQUEST)
        handle_bind_request(context, transaction);
    else if (!transaction->exchange->peer_connection)
        handle_lone_response(context, transaction);
    struct msturn_peer_connection *connection = transaction->exchange->peer_connection;
    if (connection && connection->bind_transaction == transaction && transaction->exchange->response.frame != 0)
        apply_bind(context, connection, transaction);
}

void msturn_peer_connection_bind_copy(struct msturn_peer_connection *connection, struct msturn_flow *flow,
                                      uint8_t client_side)
{
    if (flow->bound)
        return;
    struct msturn_leg *leg = msturn_leg_new(MSTURN_LEG_BOUND, flow);
    leg->peer_connection = connection;
    leg->session = connection->session;
    leg->peer = connection->peer;
    leg->client_side = client_side;
    if (flow->leg)
        msturn_leg_absorb(leg, flow->leg);
    flow->bound = connection;
    flow->session = connection->session;
    flow->leg = leg;
    msturn_leg_join(connection->leg, leg);
}

void msturn_peer_connection_update(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                                   struct msturn_session *session)
{
    switch (transaction->action) {
    case MSTURN_ACTION_CONNECTION_BIND:
        handle_bind(context, transaction);
        break;
    case MSTURN_ACTION_CONNECT:
        handle_connect(context, transaction, session);
        break;
    default:
        handle_attempt(context, transaction, session);
        break;
    }
}
