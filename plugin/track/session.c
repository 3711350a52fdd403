/* session.c
 * Sessions: from the challenge to the end of the allocation.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/session.h"

#include "plugin/rules/timers.h"
#include "plugin/track/credentials.h"
#include "plugin/track/flow.h"
#include "plugin/track/permission.h"
#include "plugin/track/problem.h"
#include "plugin/track/state.h"
#include "plugin/track/transaction.h"

#include <string.h>


/* ---- finding the session ---- */

const struct msturn_session *msturn_flow_session(const struct msturn_flow *flow, uint32_t frame)
{
    if (!flow->session || flow->session->first.frame <= frame)
        return flow->session;
    wmem_tree_t *sessions = wmem_map_lookup(msturn_tracker.sessions_of_flow, flow);
    const struct msturn_session *session = sessions ? wmem_tree_lookup32_le(sessions, frame) : NULL;
    return session && session->first.frame <= frame ? session : NULL;
}

const struct msturn_session *msturn_flow_first_session(const struct msturn_flow *flow)
{
    wmem_tree_t *sessions = wmem_map_lookup(msturn_tracker.sessions_of_flow, flow);

    return sessions ? wmem_tree_lookup32_le(sessions, 0) : flow->session;
}

/* RFC 8656 section 3.2: an allocation belongs to client, server and transport. A server of [MS-TURN] may answer
 * from another address (2.2.2.7): there a flow is all that a client of UDP sends and gets. */
guint msturn_session_hash(gconstpointer key)
{
    const struct msturn_session *session = key;

    return msturn_endpoint_hash(&session->client) * 31 + msturn_endpoint_hash(&session->server) + session->transport;
}

gboolean msturn_session_equal(gconstpointer a, gconstpointer b)
{
    const struct msturn_session *left = a, *right = b;

    return left->transport == right->transport && msturn_endpoint_equal(&left->client, &right->client) &&
           msturn_endpoint_equal(&left->server, &right->server);
}

struct msturn_session *msturn_session_find(const struct msturn_flow *flow, uint8_t client_side)
{
    static struct msturn_session key; /* large, and of three members only */

    if (flow->any_server)
        return flow->session;
    key.transport = flow->transport;
    key.client = flow->ends[client_side];
    key.server = flow->ends[1 - client_side];
    return wmem_map_lookup(msturn_tracker.sessions_by_tuple, &key);
}

static void add_client_host(struct msturn_session *session)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(&session->client);

    if (!wmem_map_contains(msturn_tracker.client_hosts, &host))
        wmem_map_insert(msturn_tracker.client_hosts, wmem_memdup(msturn_tracker.scope, &host, sizeof host), session);
}

/* For a flow with more than one. */
static void keep_earlier(const struct msturn_flow *flow, struct msturn_session *session)
{
    wmem_tree_t *sessions = wmem_map_lookup(msturn_tracker.sessions_of_flow, flow);

    if (!flow->session)
        return;
    if (!sessions) {
        sessions = wmem_tree_new(msturn_tracker.scope);
        wmem_map_insert(msturn_tracker.sessions_of_flow, flow, sessions);
        wmem_tree_insert32(sessions, 0, flow->session); /* the first one */
        wmem_tree_insert32(sessions, flow->session->first.frame, flow->session);
    }
    wmem_tree_insert32(sessions, session->first.frame, session);
}

const struct msturn_session *msturn_session_of_relayed(const struct msturn_endpoint *relayed,
                                                       const struct msturn_event *at)
{
    const struct msturn_relayed *entry = wmem_map_lookup(msturn_tracker.relayed, relayed);

    while (entry && entry->earlier && msturn_seconds(at, &entry->session->first) > MSTURN_SECONDS_SKEW)
        entry = entry->earlier;
    return entry ? entry->session : NULL;
}

static struct msturn_session *begin_session(const struct msturn_message_context *context, uint8_t client_side)
{
    struct msturn_session *session = wmem_new0(msturn_tracker.scope, struct msturn_session);
    struct msturn_flow *flow = context->flow;

    session->id = msturn_tracker.session_count++;
    session->dialect = context->message->header.dialect;
    session->transport = flow->transport;
    session->flow = flow;
    session->client_side = client_side;
    session->client = flow->ends[client_side];
    session->server = flow->ends[1 - client_side];
    session->first = context->event;
    keep_earlier(flow, session);
    add_client_host(session);
    if (msturn_tracker.last_session)
        msturn_tracker.last_session->next = session;
    else
        msturn_tracker.sessions = session;
    wmem_map_insert(msturn_tracker.sessions_by_tuple, session, session);
    return msturn_tracker.last_session = session;
}

static bool is_over(const struct msturn_session *session, const struct msturn_event *now)
{
    return session->state == MSTURN_SESSION_RELEASED ||
           (session->state == MSTURN_SESSION_ALLOCATED && msturn_happened(&session->granted) &&
            msturn_seconds(&session->granted, now) > session->lifetime);
}

/* Connections to it are worth watching before they carry a message. */
static void expect_server(const struct msturn_endpoint *server, struct msturn_session *session)
{
    if (server->family != 0 && !wmem_map_contains(msturn_tracker.servers, server))
        wmem_map_insert(msturn_tracker.servers, wmem_memdup(msturn_tracker.scope, server, sizeof *server), session);
}

/* An Allocate begins a new session when there is no allocation that it could renew, or on a new connection. */
static struct msturn_session *find_or_begin_session(const struct msturn_message_context *context,
                                                    enum msturn_action action, uint8_t client_side,
                                                    enum msturn_repeat repeat)
{
    struct msturn_session *session = msturn_session_find(context->flow, client_side);
    const bool allocates =
        action == MSTURN_ACTION_ALLOCATE && repeat == MSTURN_REPEAT_NONE &&
        context->message->header.msg_class == MSTURN_CLASS_REQUEST &&
        !((context->message->decoded.has & MSTURN_HAS_LIFETIME) && context->message->decoded.lifetime == 0);

    if (session && allocates && (session->flow != context->flow || is_over(session, &context->event)))
        session = NULL;
    if (!session) {
        session = begin_session(context, client_side);
        expect_server(&session->server, session);
    }
    if (allocates && session->state == MSTURN_SESSION_PENDING)
        session->begun = true;
    context->flow->session = session;
    return session;
}

/* RFC 8489 section 10, [MS-TURN] 2.2.2.7. */
static void note_redirect(struct msturn_session *session, const struct msturn_message_context *context,
                          const struct msturn_transaction *transaction)
{
    session->alternate = context->message->decoded.alternate;
    session->redirected = transaction;
    expect_server(&session->alternate, session);
}

static void handle_session_error(struct msturn_session *session, const struct msturn_message_context *context,
                                 struct msturn_transaction *transaction)
{
    const uint16_t code = context->message->decoded.error_code;

    msturn_session_handle_challenge(session, context, transaction);
    if (code == 300)
        note_redirect(session, context, transaction);
    if (code != 401 && code != 438 && transaction->action == MSTURN_ACTION_ALLOCATE &&
        session->state == MSTURN_SESSION_PENDING)
        session->state = MSTURN_SESSION_REFUSED;
    if (code != 401 && transaction->action != MSTURN_ACTION_CONNECT) { /* the peer connection has that one */
        session->error_code = code;
        session->error_reason = msturn_transaction_error_reason(transaction);
    }
    msturn_session_update_nonce(session, context);
}

/* ---- the allocation ---- */

/* RFC 8656 section 8. */
static void check_refresh_time(struct msturn_session *session, const struct msturn_message_context *context,
                               const struct msturn_transaction *transaction)
{
    const struct msturn_event asked = context->event;
    const double age = msturn_seconds(&session->granted, &asked);

    if (session->state != MSTURN_SESSION_ALLOCATED || session->lifetime == 0)
        return;
    if (msturn_happened(&session->expired))
        return;
    if (age > session->lifetime) {
        session->expired = asked;
        msturn_note_problem(MSTURN_FINDING_ALLOCATION_EXPIRED, context->event.frame, transaction, session, NULL);
    } else if (age > MSTURN_LIFETIME_LATE * session->lifetime) {
        msturn_note_problem(MSTURN_FINDING_REFRESH_LATE, context->event.frame, transaction, session, NULL);
    }
}

static void update_lifetime(struct msturn_session *session, const struct msturn_message_context *context)
{
    const struct msturn_event now = context->event;

    if (!(context->message->decoded.has & MSTURN_HAS_LIFETIME))
        return;
    if (context->message->decoded.lifetime == 0) {
        session->state = MSTURN_SESSION_RELEASED;
        session->released = now;
        return;
    }
    session->state = MSTURN_SESSION_ALLOCATED;
    session->lifetime = context->message->decoded.lifetime;
    session->granted = now;
    session->expired.frame = 0;
}

/* RFC 8489 section 14.2, [MS-TURN] 2.2.2.16. */
static void update_mapped_address(struct msturn_session *session, const struct msturn_message_context *context,
                                  const struct msturn_transaction *transaction)
{
    const struct msturn_endpoint *mapped = &context->message->decoded.mapped;

    if (mapped->family == 0)
        return;
    if (session->mapped.family == 0 && session->client.family == mapped->family &&
        !msturn_endpoint_equal(mapped, &session->client))
        msturn_note_problem(MSTURN_FINDING_REFLEXIVE_DIFFERS, context->event.frame, transaction, session, NULL);
    else if (session->mapped.family == mapped->family && !msturn_endpoint_equal(mapped, &session->mapped))
        msturn_note_problem(MSTURN_FINDING_REFLEXIVE_CHANGED, context->event.frame, transaction, session, NULL);
    session->mapped = *mapped;
}

static void note_relayed_address(struct msturn_session *session, const struct msturn_endpoint *relayed)
{
    struct msturn_relayed *before = wmem_map_lookup(msturn_tracker.relayed, relayed);

    if (session->relayed.family == 0 || session->relayed.family == relayed->family)
        session->relayed = *relayed;
    else
        session->relayed_second = *relayed;
    if (before && before->session == session)
        return;
    struct msturn_relayed *now = wmem_new(msturn_tracker.scope, struct msturn_relayed);
    *now = (struct msturn_relayed){ .session = session, .earlier = before };
    wmem_map_insert(msturn_tracker.relayed, wmem_memdup(msturn_tracker.scope, relayed, sizeof *relayed), now);
}

/* RFC 8656 section 7.2: one for each family that the client asked for. */
static void note_relayed_addresses(struct msturn_session *session, const struct msturn_message_context *context)
{
    const struct msturn_message *message = context->message;
    struct msturn_attributes attributes = msturn_attributes_of(message);
    const struct msturn_attribute *attribute;
    struct msturn_endpoint relayed;

    if (message->header.dialect == MSTURN_DIALECT_MS_TURN) {
        if (message->decoded.relayed.family != 0)
            note_relayed_address(session, &message->decoded.relayed);
        return;
    }
    while ((attribute = msturn_attributes_next(&attributes))) {
        if (attribute->row && attribute->span.type == MSTURN_ATTR_XOR_RELAYED_ADDRESS &&
            msturn_read_endpoint(message->bytes, message->header.dialect, &attribute->span, &relayed))
            note_relayed_address(session, &relayed);
    }
}

static void update_allocation(struct msturn_session *session, const struct msturn_message_context *context,
                              const struct msturn_transaction *transaction)
{
    const struct msturn_decoded *decoded = &context->message->decoded;

    update_mapped_address(session, context, transaction);
    note_relayed_addresses(session, context);
    const bool releases = (decoded->has & MSTURN_HAS_LIFETIME) && decoded->lifetime == 0; /* [MS-TURN] only */
    if (!releases && !msturn_happened(&session->allocated))
        session->allocated = context->event;
    if (!releases)
        session->state = MSTURN_SESSION_ALLOCATED;
    update_lifetime(session, context);
}

/* ---- messages ---- */

/* RFC 6062 section 3: data of a TCP allocation has its own connections. */
void msturn_session_note_relayed_data(struct msturn_session *session, uint32_t frame,
                                      const struct msturn_transaction *transaction)
{
    if (session->requested_transport != MSTURN_TCP || session->data_on_control)
        return;
    session->data_on_control = true;
    msturn_note_problem(MSTURN_FINDING_DATA_ON_CONTROL, frame, transaction, session, NULL);
}

/* Over UDP nobody can tell what the capture has missed: there only what was asked for, and refused or left to run out, is
 * known not to be permitted. */
static bool shows_all_requests(const struct msturn_session *session, const struct msturn_message_context *context)
{
    if (context->flow->transport == MSTURN_UDP)
        return msturn_permission_was_asked(session, &context->message->decoded.peer);
    return !context->flow->lossy[context->side];
}

static void check_relayed_data(struct msturn_session *session, const struct msturn_message_context *context,
                               const struct msturn_transaction *transaction)
{
    const struct msturn_endpoint *peer = &context->message->decoded.peer;

    msturn_session_note_relayed_data(session, context->event.frame, transaction);
    if (session->requested_transport == MSTURN_TCP || session->dialect != MSTURN_DIALECT_RFC || !session->begun ||
        peer->family == 0 || !shows_all_requests(session, context) || transaction->action != MSTURN_ACTION_SEND)
        return;
    const enum msturn_permitted permitted = msturn_session_permits(session, peer, &context->event);
    if (permitted == MSTURN_PERMITTED)
        return;
    msturn_note_problem(permitted == MSTURN_PERMISSION_RAN_OUT ? MSTURN_FINDING_PERMISSION_EXPIRED
                                                               : MSTURN_FINDING_PERMISSION_MISSING,
                        context->event.frame, transaction, session, NULL);
    msturn_problem_follows(msturn_permission_refused_in(session, peer));
}

/* [MS-TURN] 2.2.2.21: the server gives the Connection ID with the allocation. */
static bool changes_connection(struct msturn_session *session, const struct msturn_message_context *context)
{
    const uint64_t connection = msturn_hash_of(context->message->decoded.sequence_connection_id);
    const bool changed =
        connection != 0 && session->sequence_connection != 0 && connection != session->sequence_connection;

    if (connection != 0)
        session->sequence_connection = connection;
    return changed;
}

/* [MS-TURN] 2.2.2.21: the client counts its requests up by one. */
static void check_sequence_number(struct msturn_session *session, const struct msturn_message_context *context,
                                  const struct msturn_transaction *transaction)
{
    const uint32_t number = context->message->decoded.sequence;

    if (!(context->message->decoded.has & MSTURN_HAS_SEQUENCE))
        return;
    if ((session->has_sequence && number != session->sequence + 1) || changes_connection(session, context))
        msturn_note_problem(MSTURN_FINDING_SEQUENCE_GAP, context->event.frame, transaction, session, NULL);
    session->has_sequence = true;
    session->sequence = number;
}

static void handle_session_request(struct msturn_session *session, const struct msturn_message_context *context,
                                   struct msturn_transaction *transaction)
{
    msturn_session_check_credentials(session, context, transaction);
    msturn_session_check_integrity(session, context, msturn_session_needs_integrity(session, transaction->action),
                                   transaction);
    check_sequence_number(session, context, transaction);
    if (context->message->decoded.has & MSTURN_HAS_INTEGRITY)
        session->challenge = NULL;
    if ((context->message->decoded.has & MSTURN_HAS_LIFETIME) && context->message->decoded.lifetime == 0)
        session->release = transaction;
    switch (transaction->action) {
    case MSTURN_ACTION_REFRESH:
        if (session->release != transaction)
            session->refresh = transaction;
        check_refresh_time(session, context, transaction);
        break;
    case MSTURN_ACTION_ALLOCATE: /* in [MS-TURN] it refreshes too */
        session->allocate = transaction;
        check_refresh_time(session, context, transaction);
        if (transaction->requested_transport != 0)
            session->requested_transport = transaction->requested_transport;
        break;
    case MSTURN_ACTION_CHANNEL_BIND:
        msturn_bind_channel(session, context, transaction);
        msturn_ask_permissions(session, context, transaction);
        break;
    case MSTURN_ACTION_CREATE_PERMISSION:
        msturn_ask_permissions(session, context, transaction);
        break;
    case MSTURN_ACTION_SET_ACTIVE_DESTINATION:
        session->asked_destination = context->message->decoded.peer;
        break;
    default:
        break;
    }
}

/* Who gets an answer to anything but Allocate, or data, has an allocation whose beginning was not captured. */
static void assume_allocation(struct msturn_session *session)
{
    if (session->state == MSTURN_SESSION_PENDING && !session->begun)
        session->state = MSTURN_SESSION_ALLOCATED;
}

static void handle_session_success(struct msturn_session *session, const struct msturn_message_context *context,
                                   struct msturn_transaction *transaction)
{
    session->error_code = 0;
    session->error_reason = NULL;
    session->challenges = 0;
    session->accepted |= (transaction->exchange->has & MSTURN_HAS_INTEGRITY) != 0;
    if (transaction->action != MSTURN_ACTION_ALLOCATE)
        assume_allocation(session);
    msturn_session_check_integrity(session, context, (transaction->exchange->has & MSTURN_HAS_INTEGRITY) != 0,
                                   transaction);
    /* [MS-TURN] 2.2.2.17: both ends of a transaction use the same hash. */
    if (transaction->integrity_length != 0 && context->message->decoded.integrity_length != 0 &&
        transaction->integrity_length != context->message->decoded.integrity_length)
        msturn_note_problem(MSTURN_FINDING_INTEGRITY_LENGTH, context->event.frame, transaction, session,
                            "Response with another hash than its request");
    if (transaction->action == MSTURN_ACTION_ALLOCATE)
        update_allocation(session, context, transaction);
    else if (transaction->action == MSTURN_ACTION_REFRESH)
        update_lifetime(session, context);
    else if (transaction->action == MSTURN_ACTION_SET_ACTIVE_DESTINATION)
        session->active_destination = session->asked_destination;
}

static void handle_session_message(struct msturn_session *session, const struct msturn_message_context *context,
                                   struct msturn_transaction *transaction)
{
    switch (context->message->header.msg_class) {
    case MSTURN_CLASS_REQUEST:
        handle_session_request(session, context, transaction);
        break;
    case MSTURN_CLASS_SUCCESS:
        handle_session_success(session, context, transaction);
        break;
    case MSTURN_CLASS_ERROR:
        handle_session_error(session, context, transaction);
        break;
    case MSTURN_CLASS_INDICATION:
        assume_allocation(session);
        break;
    }
    if (transaction->action == MSTURN_ACTION_SEND || transaction->action == MSTURN_ACTION_DATA)
        check_relayed_data(session, context, transaction);
}

/* Data indications and ConnectionAttempts come from the server, and so do responses. */
static uint8_t client_side_of(const struct msturn_message_context *context, enum msturn_action action)
{
    const bool from_server = context->message->header.msg_class == MSTURN_CLASS_SUCCESS ||
                             context->message->header.msg_class == MSTURN_CLASS_ERROR || action == MSTURN_ACTION_DATA ||
                             action == MSTURN_ACTION_CONNECTION_ATTEMPT;
    return from_server ? 1 - context->side : context->side;
}

void msturn_session_update(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                           enum msturn_repeat repeat)
{
    const enum msturn_action action = msturn_action_of(&context->message->header);
    const uint8_t client_side = client_side_of(context, action);

    if (action == MSTURN_ACTION_OTHER || action == MSTURN_ACTION_BINDING) {
        transaction->session = msturn_session_find(context->flow, client_side);
        return;
    }
    struct msturn_session *session = find_or_begin_session(context, action, client_side, repeat);
    transaction->session = session;
    session->last = context->event;
    if (context->flow->bound && action == MSTURN_ACTION_REFRESH)
        msturn_note_problem(MSTURN_FINDING_REFRESH_MISPLACED, context->event.frame, transaction, session, NULL);
    if (context->flow->bound && msturn_happened(&context->flow->bound->bound))
        msturn_note_problem(MSTURN_FINDING_TURN_AFTER_BIND, context->event.frame, transaction, session, NULL);
    if (repeat == MSTURN_REPEAT_NONE)
        handle_session_message(session, context, transaction);
}
