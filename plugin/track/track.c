/* track.c
 * A capture file, and the way of a message through the parts of the tracker.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/track.h"

#include "plugin/wire/ms_wire.h"
#include "plugin/track/peer_connection.h"
#include "plugin/track/transaction.h"

/* ---- a capture file ---- */

void msturn_track_begin(wmem_allocator_t *file_scope)
{
    msturn_tracker = (struct msturn_tracker){
        .scope = file_scope,
        .halves = wmem_list_new(file_scope),
        .transactions = wmem_map_new(file_scope, msturn_transaction_hash, msturn_transaction_equal),
        .checks = wmem_map_new(file_scope, msturn_check_hash, msturn_check_equal),
        .udp_flows = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
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
        .pairs_by_ends = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .found.by_frame = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .judgement = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK),
    };
}

void msturn_track_end(void)
{
    if (msturn_tracker.judgement)
        wmem_destroy_allocator(msturn_tracker.judgement);
    msturn_tracker = (struct msturn_tracker){ .scope = NULL };
}

/* ---- messages ---- */


static void note_traffic(const struct msturn_sighting *sighting)
{
    struct msturn_flow *flow = sighting->flow;

    /* What an attribute would have said that was cut off nobody knows. */
    if (sighting->message->bytes.captured < MSTURN_HEADER_LENGTH + sighting->message->header.length)
        msturn_track_gap(flow, sighting->side);

    msturn_track_data(flow, sighting->side, sighting->event);
    flow->established = true;
    if (flow->any_server && sighting->side == 0)
        flow->ends[1] = sighting->far;
}

static struct msturn_leg *carried_by(const struct msturn_sighting *sighting,
                                     const struct msturn_transaction *transaction)
{
    const bool relays = transaction->action == MSTURN_ACTION_SEND || transaction->action == MSTURN_ACTION_DATA;
    struct msturn_leg *leg = relays && (sighting->message->content.has & MSTURN_HAS_DATA)
                                 ? msturn_track_wrapped_leg(sighting->flow, &sighting->message->content.peer) : NULL;

    if (leg && leg->packets[sighting->side]++ == 0 && !msturn_happened(&leg->first_packet))
        leg->first_packet = sighting->event;
    return leg;
}

void msturn_track_chain(struct msturn_message_facts *facts)
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

static void hand_out(const uint8_t *session_id, uint32_t frame)
{
    msturn_multiplexed_of(session_id)->handed_out = true;
    msturn_track_multiplexed_evidence(session_id, frame, true);
}

/* A message between client and server that is no check. */
static void take_turn_message(const struct msturn_sighting *sighting, struct msturn_transaction *transaction,
                              enum msturn_repeat repeat)
{
    const enum msturn_action action = msturn_action_of(&sighting->message->header);

    if (action != MSTURN_ACTION_CONNECTION_BIND) /* on a connection of its own */
        msturn_session_take(sighting, transaction, repeat);
    if (repeat != MSTURN_REPEAT_NONE)
        return;
    if (action == MSTURN_ACTION_CONNECTION_BIND)
        msturn_peer_connection_take(sighting, transaction, NULL);
    else if (action == MSTURN_ACTION_CONNECT || action == MSTURN_ACTION_CONNECTION_ATTEMPT)
        msturn_peer_connection_take(sighting, transaction, transaction->session);
}

struct msturn_message_facts msturn_track_message(const struct msturn_sighting *sighting)
{
    struct msturn_message_facts facts = { .repeat = MSTURN_REPEAT_NONE };

    msturn_tracker.of_message = NULL;
    note_traffic(sighting);
    if (sighting->message->content.multiplexed.captured == MSTURN_SESSION_ID_LENGTH)
        hand_out(sighting->message->content.multiplexed.data, sighting->event.frame);
    sighting->flow->messages[sighting->side]++;
    facts.transaction = msturn_transaction_take(sighting, &facts.repeat);
    if (msturn_is_check(sighting, facts.transaction))
        msturn_check_take(sighting, facts.transaction);
    else if (!sighting->leg && !sighting->framed)
        take_turn_message(sighting, facts.transaction, facts.repeat);
    if (sighting->flow->any_server && sighting->side == 1 && facts.transaction->request.frame != 0 &&
        !msturn_endpoint_equal(&sighting->far, &sighting->flow->ends[1]))
        msturn_found(MSTURN_FINDING_ANSWERED_ELSEWHERE, sighting->event.frame, facts.transaction,
                     facts.transaction->session, NULL);
    facts.carries = carried_by(sighting, facts.transaction);
    facts.problems = msturn_tracker.of_message;
    msturn_tracker.current = facts.transaction;
    msturn_tracker.current_frame = sighting->event.frame;
    return facts;
}
