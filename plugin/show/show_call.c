/* show_call.c
 * What the tracker knows of the call that a message belongs to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/show_call.h"

#include "plugin/show/show_path.h"
#include "plugin/show/text.h"
#include "plugin/track/message_facts.h"

/* Later passes know how everything ended; on the first one only what came so far is known. */
static bool is_final(const struct msturn_view *view)
{
    return PINFO_FD_VISITED(view->pinfo);
}

static proto_item *add_number(const struct msturn_view *view, const struct msturn_field *field, uint32_t number)
{
    proto_item *item = msturn_add_number(view, field, 0, 0, number);

    proto_item_set_generated(item);
    return item;
}

static void add_frame(const struct msturn_view *view, const struct msturn_field *field, uint32_t frame)
{
    if (frame != 0)
        add_number(view, field, frame);
}

static void add_text(const struct msturn_view *view, const struct msturn_field *field, const char *text)
{
    if (text)
        proto_item_set_generated(proto_tree_add_string(view->tree, field->hf, view->tvb, view->base, 0, text));
}

static struct msturn_view below(const struct msturn_view *view, proto_item *item)
{
    struct msturn_view inner = *view;

    inner.tree = proto_item_add_subtree(item, ett_msturn_call);
    return inner;
}

/* Without anybody who reads the label, as with a display filter alone, it is not worth making. */
static bool label_is_shown(proto_item *item)
{
    return !proto_item_is_hidden(item);
}

static const char *endpoint_text(const struct msturn_view *view, const struct msturn_endpoint *endpoint)
{
    const char *text = msturn_endpoint_text(view->pinfo->pool, endpoint);

    return text ? text : "unknown";
}

static proto_item *add_session_item(const struct msturn_view *view, const struct msturn_session *session)
{
    proto_item *item = add_number(view, &field_session, session->id);

    if (label_is_shown(item))
        proto_item_append_text(item, ", %s to %s, relayed %s", endpoint_text(view, &session->client),
                               endpoint_text(view, &session->server), endpoint_text(view, &session->relayed));
    return item;
}

void msturn_show_session(const struct msturn_view *view, const struct msturn_session *session)
{
    if (view->tree && session)
        add_session_item(view, session);
}

static bool is_asked_for(const struct msturn_view *view, const struct msturn_field *field)
{
    return proto_field_is_referenced(view->tree, field->hf);
}

static void add_endpoint(const struct msturn_view *view, const struct msturn_field *field,
                         const struct msturn_endpoint *endpoint)
{
    if (endpoint->family != 0 && is_asked_for(view, field))
        add_text(view, field, msturn_endpoint_text(view->pinfo->pool, endpoint));
}

static void show_session_facts(const struct msturn_view *view, const struct msturn_session *session)
{
    add_endpoint(view, &field_session_client, &session->client);
    add_endpoint(view, &field_session_server, &session->server);
    if (!is_final(view))
        return;
    add_endpoint(view, &field_session_relayed, &session->relayed);
    if (is_asked_for(view, &field_session_user))
        add_text(view, &field_session_user, msturn_foreign_text(view->pinfo->pool, session->username));
    if (is_asked_for(view, &field_session_state))
        add_text(view, &field_session_state,
                 msturn_name_of(msturn_session_state_names,
                                msturn_evaluated_session_state(msturn_evaluation_now(), session)));
}

static void show_session(const struct msturn_view *view, const struct msturn_session *session,
                         const struct msturn_message_facts *facts)
{
    const struct msturn_view inner = below(view, add_session_item(view, session));

    show_session_facts(&inner, session);
    if (session->allocated.frame != 0 && (is_final(view) || session->allocated.frame <= view->pinfo->num))
        add_frame(&inner, &field_session_allocate_in, session->allocated.frame);
    add_text(&inner, &field_session_tunnel, msturn_foreign_text(view->pinfo->pool, session->flow->tunnel));
    add_frame(&inner, &field_session_previous, facts->previous_frame);
    add_frame(&inner, &field_session_next, facts->next_frame);
}

static void show_connection(const struct msturn_view *view, const struct msturn_peer_connection *connection)
{
    if (!connection->has_id)
        return;
    proto_item *item = add_number(view, &field_connection, connection->id);
    const struct msturn_view inner = below(view, item);
    const char *peer = msturn_endpoint_text(view->pinfo->pool, &connection->peer);

    if (peer)
        proto_item_append_text(item, ", %s", peer);
    add_text(&inner, &field_connection_peer, peer);
    if (is_final(view))
        add_text(&inner, &field_connection_state,
                 msturn_name_of(msturn_peer_connection_state_names,
                                msturn_evaluated_connection_state(msturn_evaluation_now(), connection)));
    add_frame(&inner, &field_connection_announced_in, connection->announced.frame);
    add_frame(&inner, &field_connection_bound_in, connection->bound.frame);
}

/* Returns the view below the pair's item, and the item. */
static struct msturn_view show_pair_and_verdict(const struct msturn_view *view, uint32_t id,
                                                const struct msturn_endpoint *local,
                                                const struct msturn_endpoint *remote, enum msturn_verdict verdict,
                                                proto_item **item)
{
    const char *name = msturn_name_of(msturn_verdict_names, verdict);

    *item = add_number(view, &field_pair, id);
    const struct msturn_view inner = below(view, *item);
    if (label_is_shown(*item))
        proto_item_append_text(*item, ", %s to %s: %s", endpoint_text(view, local), endpoint_text(view, remote), name);
    add_text(&inner, &field_pair_verdict, name);
    return inner;
}

static void show_pair_so_far(const struct msturn_view *view, const struct msturn_pair *pair)
{
    struct msturn_endpoint local, remote;
    proto_item *item;

    msturn_pair_ends_so_far(pair, &local, &remote);
    show_pair_and_verdict(view, pair->id, &local, &remote,
                          msturn_pair_is_nominated_so_far(pair) ? MSTURN_VERDICT_NOMINATED : MSTURN_VERDICT_UNFINISHED,
                          &item);
}

static void show_pair(const struct msturn_view *view, const struct msturn_pair_outcome *pair)
{
    proto_item *item;
    const struct msturn_view inner =
        show_pair_and_verdict(view, pair->id, &pair->local, &pair->remote, pair->verdict, &item);

    if (pair->verdict != MSTURN_VERDICT_BROKEN)
        return;
    const char *reason = msturn_name_of(msturn_reason_names, pair->reason);
    proto_item_append_text(item, ", %s", reason);
    add_text(&inner, &field_pair_reason, reason);
    add_text(&inner, &field_pair_direction, msturn_name_of(msturn_direction_names, pair->direction));
}

/* ---- problems ---- */

/* What another problem tells. */
static void show_effect(proto_item *item, const struct msturn_problem *problem)
{
    const struct msturn_problem *cause = msturn_problem_told_with(problem);

    proto_item_set_generated(proto_tree_add_uint_format(proto_item_get_subtree(item), field_told_in.hf, NULL, 0, 0,
                                                        cause->frame, "%s: see frame %u, %s", problem->text,
                                                        cause->frame, cause->text));
}

static void raise_problems(packet_info *pinfo, proto_item *item, const struct msturn_problem *problem)
{
    for (; problem; problem = problem->next_of_owner) {
        if (problem->frame == pinfo->num && problem->cause && problem->cause->finding != problem->finding)
            show_effect(item, problem);
        else if (problem->frame == pinfo->num)
            msturn_raise_known(pinfo, item, problem->finding, problem->text,
                               PINFO_FD_VISITED(pinfo) ? msturn_proved_advice(msturn_evaluation_now(), problem) : NULL);
    }
}

/* Those that are of no message; once in a pass over the frame. */
static void raise_frame_problems(packet_info *pinfo, proto_item *item)
{
    raise_problems(pinfo, item, msturn_found_problems_in(pinfo->num));
    if (PINFO_FD_VISITED(pinfo))
        raise_problems(pinfo, item, msturn_evaluated_problems_in(msturn_evaluation_now(), pinfo->num));
}

static const struct msturn_leg *leg_of(const struct msturn_transaction *transaction)
{
    if (transaction->exchange->leg)
        return transaction->exchange->leg;
    return transaction->exchange->peer_connection ? transaction->exchange->peer_connection->leg : NULL;
}

/* Of a check outside of the relay it is the one that goes on inside. */
static const struct msturn_peer_connection *connection_of(const struct msturn_transaction *transaction,
                                                          const struct msturn_pair *pair)
{
    if (transaction->exchange->peer_connection)
        return transaction->exchange->peer_connection;
    const struct msturn_leg *relayed = pair ? msturn_pair_relayed_leg(pair) : NULL;
    return relayed ? relayed->peer_connection : NULL;
}

void msturn_show_call(const struct msturn_view *view, struct msturn_frame_pass *pass,
                      const struct msturn_message_facts *facts)
{
    const struct msturn_evaluation *evaluation = is_final(view) ? msturn_evaluation_now() : NULL;
    const struct msturn_transaction *transaction = facts->transaction;
    const struct msturn_session *session = msturn_transaction_session(transaction);
    const struct msturn_leg *leg = leg_of(transaction);
    const struct msturn_pair *pair = leg ? leg->pair : NULL;
    const struct msturn_pair_outcome *outcome = evaluation ? msturn_outcome_of_leg(evaluation, leg) : NULL;
    const struct msturn_peer_connection *connection = connection_of(transaction, pair);
    proto_item *top = proto_tree_get_parent(view->tree);

    if (view->tree) {
        if (session)
            show_session(view, session, facts);
        if (connection)
            show_connection(view, connection);
        if (outcome)
            show_pair(view, outcome);
        else if (pair && !evaluation)
            show_pair_so_far(view, pair);
        if (evaluation)
            msturn_show_path(view, outcome ? msturn_path_of_pair(evaluation, outcome)
                                           : msturn_path_of_session(evaluation, session));
    }
    raise_problems(view->pinfo, top, msturn_found_problems_of(facts));
    if (evaluation && facts->repeat == MSTURN_REPEAT_NONE)
        raise_problems(view->pinfo, top, msturn_problems_of(evaluation, transaction));
    if (!msturn_frame_pass_told(pass))
        raise_frame_problems(view->pinfo, top);
}

/* The leg of what is directly on the flow. */
static const struct msturn_leg *leg_on_flow(const struct msturn_flow *flow)
{
    return flow->bound && !flow->copy_of ? flow->bound->leg : flow->leg;
}

void msturn_show_place(const struct msturn_view *view, struct msturn_flow_context place)
{
    const struct msturn_evaluation *evaluation = is_final(view) ? msturn_evaluation_now() : NULL;

    msturn_show_session(view, msturn_flow_context_session(place, view->pinfo->num));
    if (!view->tree || !evaluation || !place.flow)
        return;
    const struct msturn_leg *leg = place.leg ? place.leg : leg_on_flow(place.flow);
    const struct msturn_pair_outcome *pair = msturn_outcome_of_leg(evaluation, leg);
    if (pair)
        show_pair(view, pair);
    msturn_show_path(view, msturn_path_of_leg(evaluation, leg));
}

void msturn_show_frame_problems(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    if (!msturn_found_problems_in(pinfo->num) &&
        !(PINFO_FD_VISITED(pinfo) && msturn_evaluated_problems_in(msturn_evaluation_now(), pinfo->num)))
        return;
    if (msturn_frame_pass_told(msturn_frame_pass_of(pinfo)))
        return;
    raise_frame_problems(pinfo, proto_tree_add_protocol_format(tree, proto_msturn, tvb, 0, 0,
                                                               "MS-TURN and TURN over TCP: event of the connection"));
}

/* ---- events of a connection ---- */

/* All frames were seen: what became of the connection is known. */
static void show_outcome_of_connection(const struct msturn_view *view, const struct msturn_flow *flow)
{
    const struct msturn_evaluation *evaluation = msturn_evaluation_now();
    const struct msturn_pair_outcome *pair = msturn_outcome_of_flow(evaluation, flow);
    const struct msturn_path *path = msturn_path_of_pair(evaluation, pair);

    if (pair)
        add_number(view, &field_pair, pair->id);
    if (!path)
        path = msturn_path_of_session(evaluation, msturn_session_of_connection(flow, view->pinfo->num));
    msturn_show_path(view, path ? path : msturn_path_of_flow(evaluation, flow));
}

/* A message in the frame says it already. */
void msturn_show_connection_event(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const struct msturn_flow *flow)
{
    const struct msturn_view view = { .tvb = tvb, .pinfo = pinfo, .tree = tree };
    const struct msturn_leg *leg = flow->bound ? flow->bound->leg : flow->leg;

    if (!tree || msturn_message_facts_at(msturn_message_facts_first(pinfo->num), pinfo->num))
        return;
    msturn_show_session(&view, msturn_session_of_connection(flow, pinfo->num));
    if (PINFO_FD_VISITED(pinfo))
        show_outcome_of_connection(&view, flow);
    else if (leg && leg->pair)
        add_number(&view, &field_pair, leg->pair->id);
}
