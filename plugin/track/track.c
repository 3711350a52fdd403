/* track.c
 * A capture file, and the way of a message through the parts of the tracker.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/track.h"

#include "plugin/wire/ms_wire.h"
#include "plugin/rules/timers.h"
#include "plugin/track/integrity.h"
#include "plugin/track/offer.h"
#include "plugin/track/peer_connection.h"
#include "plugin/track/transaction.h"
#include "plugin/track/transaction_table.h"

#include <math.h>

/* ---- a capture file ---- */

void msturn_track_begin(wmem_allocator_t *file_scope)
{
    msturn_hash_begin();
    msturn_tracker = (struct msturn_tracker){
        .scope = file_scope,
        .incomplete = wmem_list_new(file_scope),
        .error_reasons = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .checks = wmem_map_new(file_scope, msturn_transaction_id_hash, msturn_transaction_id_equal),
        .tcp_flows = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .udp_flows = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .connection_events = wmem_array_new(file_scope, sizeof(struct msturn_connection_event)),
        .silent_flows = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .unclaimed_ports = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .unclaimed_streams = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .sessions_by_tuple = wmem_map_new(file_scope, msturn_session_hash, msturn_session_equal),
        .relayed = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .client_hosts = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .servers = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .sessions_of_flow = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .multiplexed = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .peer_connections = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .connects = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .permissions = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .channels = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .wrapped_legs = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .legs_by_ends = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .requests = wmem_map_new(file_scope, msturn_transaction_id_hash, msturn_transaction_id_equal),
        .found.by_frame = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .found_by_message = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
    };
    msturn_transactions_begin(file_scope);
}

void msturn_track_end(void)
{
    msturn_tracker = (struct msturn_tracker){ .scope = NULL };
}

/* ---- messages ---- */


static void note_traffic(const struct msturn_message_context *context)
{
    struct msturn_flow *flow = context->flow;

    /* Nobody knows what the attributes said that were cut off. */
    if (context->message->bytes.captured < MSTURN_HEADER_LENGTH + context->message->header.length)
        msturn_track_gap(flow, context->side);

    msturn_track_data(flow, context->side, context->event);
    flow->established = true;
    if (flow->any_server && context->side == 0)
        flow->ends[1] = context->far;
}

static struct msturn_leg *carried_by(const struct msturn_message_context *context,
                                     const struct msturn_transaction *transaction)
{
    const bool relays = transaction->action == MSTURN_ACTION_SEND || transaction->action == MSTURN_ACTION_DATA;
    struct msturn_leg *leg = relays && (context->message->decoded.has & MSTURN_HAS_DATA)
                                 ? msturn_track_wrapped_leg(context->flow, &context->message->decoded.peer)
                                 : NULL;

    if (leg && leg->packets[context->side]++ == 0 && !msturn_happened(&leg->first_packet))
        leg->first_packet = context->event;
    return leg;
}

static void chain(struct msturn_message_facts *facts)
{
    struct msturn_session *session = (struct msturn_session *)msturn_transaction_session(facts->transaction);

    if (!session)
        return;
    if (session->last_message && session->last_message->frame != facts->frame) {
        facts->previous_frame = session->last_message->frame;
        session->last_message->next_frame = facts->frame;
    }
    session->last_message = facts;
}

void msturn_track_kept(struct msturn_message_facts *facts)
{
    if (msturn_tracker.of_message)
        wmem_map_insert(msturn_tracker.found_by_message, facts, msturn_tracker.of_message);
    chain(facts);
}

static void hand_out(const uint8_t *session_id, uint32_t frame)
{
    msturn_multiplexed_of(session_id)->handed_out = true;
    msturn_track_multiplexed_evidence(session_id, frame, true);
}

/* ---- the same connection, captured at another point ---- */

static bool may_show_copy(const struct msturn_message_context *context)
{
    const enum msturn_action action = msturn_action_of(&context->message->header);
    const struct msturn_flow *flow = context->flow;

    return context->message->header.msg_class == MSTURN_CLASS_REQUEST && action != MSTURN_ACTION_OTHER &&
           action != MSTURN_ACTION_BINDING && action != MSTURN_ACTION_SEND && !flow->copy_of && !context->leg &&
           !context->framed;
}

static void copy_flow(struct msturn_flow *flow, struct msturn_flow *of, uint8_t client_side)
{
    flow->copy_of = of->copy_of ? of->copy_of : of;
    flow->copied_client = client_side;
}

/* Transaction ids are random (RFC 8489 section 5): a request that another connection carried a moment ago, byte for byte, is
 * the same one, on the other side of a NAT. */
static void recognise_copy(const struct msturn_message_context *context, struct msturn_transaction *transaction)
{
    if (!may_show_copy(context))
        return;
    const struct msturn_transaction *first = wmem_map_lookup(msturn_tracker.requests, transaction->id);
    if (!first) {
        wmem_map_insert(msturn_tracker.requests, transaction->id, transaction);
        return;
    }
    const struct msturn_event before = msturn_event_of(&first->request);
    struct msturn_flow *flow = context->flow;
    if (first->flow != flow && first->exchange->response.frame == 0 && first->flow->transport == flow->transport &&
        first->request.digest == context->digest && !flow->session && !flow->bound &&
        fabs(msturn_seconds(&before, &context->event)) < MSTURN_SECONDS_SKEW)
        copy_flow(flow, first->flow, context->side);
}

/* What the message does was learnt on the connection that this one is a copy of. */
static void handle_copied_message(const struct msturn_message_context *context, struct msturn_transaction *transaction)
{
    const struct msturn_flow *original = context->flow->copy_of;
    const struct msturn_transaction *there = msturn_transaction_find(original, transaction->id);

    transaction->session = there ? there->session : original->session;
    msturn_exchange_of(transaction)->peer_connection = there ? there->exchange->peer_connection : original->bound;
    if (transaction->action == MSTURN_ACTION_CONNECTION_BIND && transaction->exchange->peer_connection)
        msturn_peer_connection_bind_copy(transaction->exchange->peer_connection, context->flow, transaction->side);
}

/* ---- dispatch ---- */

/* A message between client and server that is no check. */
static void handle_turn_message(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                                enum msturn_repeat repeat)
{
    const enum msturn_action action = msturn_action_of(&context->message->header);

    recognise_copy(context, transaction);
    if (context->flow->copy_of) {
        handle_copied_message(context, transaction);
        return;
    }
    if (action != MSTURN_ACTION_CONNECTION_BIND) /* on a connection of its own */
        msturn_session_update(context, transaction, repeat);
    if (repeat != MSTURN_REPEAT_NONE)
        return;
    if (action == MSTURN_ACTION_CONNECTION_BIND)
        msturn_peer_connection_update(context, transaction, NULL);
    else if (action == MSTURN_ACTION_CONNECT || action == MSTURN_ACTION_CONNECTION_ATTEMPT)
        msturn_peer_connection_update(context, transaction, transaction->session);
}

struct msturn_message_facts msturn_track_message(const struct msturn_message_context *context)
{
    struct msturn_message_facts facts = { .frame = 0 };
    enum msturn_repeat repeat = MSTURN_REPEAT_NONE;

    msturn_tracker.of_message = NULL;
    msturn_tracker.events++;
    note_traffic(context);
    if (context->message->decoded.multiplexed.captured == MSTURN_SESSION_ID_LENGTH)
        hand_out(context->message->decoded.multiplexed.data, context->event.frame);
    context->flow->messages[context->side]++;
    facts.transaction = msturn_transaction_update(context, &repeat);
    facts.repeat = (uint8_t)repeat;
    msturn_track_integrity(context, &facts);
    if (msturn_is_check(context, facts.transaction)) {
        struct msturn_message_context placed = *context;
        if (!placed.leg && !placed.framed)
            placed.leg = msturn_track_bare_leg(context->flow);
        msturn_check_update(&placed, facts.transaction);
        msturn_track_ufrags(context, facts.transaction);
    }
    if (!facts.transaction->exchange->check && !context->leg && !context->framed)
        handle_turn_message(context, facts.transaction, repeat);
    if (context->flow->any_server && context->side == 1 && facts.transaction->request.frame != 0 &&
        !msturn_endpoint_equal(&context->far, &context->flow->ends[1]))
        msturn_note_problem(MSTURN_FINDING_ANSWERED_ELSEWHERE, context->event.frame, facts.transaction,
                            facts.transaction->session, NULL);
    facts.carries = carried_by(context, facts.transaction);
    msturn_tracker.current = facts.transaction;
    msturn_tracker.current_frame = context->event.frame;
    return facts;
}
