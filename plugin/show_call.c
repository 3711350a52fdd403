/* show_call.c
 * What the tracker knows of the call that a message belongs to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show_call.h"

#include "plugin/report.h"

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

static const char *endpoint_text(const struct msturn_view *view, const struct msturn_endpoint *endpoint)
{
    const char *text = msturn_endpoint_text(view->pinfo->pool, endpoint);

    return text ? text : "unknown";
}

static void show_session(const struct msturn_view *view, const struct msturn_session *session,
                         const struct msturn_message_facts *facts)
{
    proto_item *item = add_number(view, &field_session, session->id);
    const struct msturn_view inner = below(view, item);

    proto_item_append_text(item, ", %s to %s, relayed %s", endpoint_text(view, &session->client),
                           endpoint_text(view, &session->server), endpoint_text(view, &session->relayed));
    if (session->allocated.frame != 0 && (is_final(view) || session->allocated.frame <= view->pinfo->num))
        add_frame(&inner, &field_session_allocate_in, session->allocated.frame);
    add_frame(&inner, &field_session_previous, facts->previous_frame);
    add_frame(&inner, &field_session_next, facts->next_frame);
}

static void show_connection(const struct msturn_view *view, const struct msturn_peer_connection *connection)
{
    if (!connection->has_id)
        return;
    proto_item *item = add_number(view, &field_connection_id, connection->id);
    const struct msturn_view inner = below(view, item);
    const char *peer = msturn_endpoint_text(view->pinfo->pool, &connection->peer);

    if (peer)
        proto_item_append_text(item, ", %s", peer);
    add_text(&inner, &field_connection_peer, peer);
    if (is_final(view))
        add_text(&inner, &field_connection_state, msturn_name_of(msturn_peer_connection_state_names, connection->state));
    add_frame(&inner, &field_connection_announced_in, connection->announced.frame);
    add_frame(&inner, &field_connection_bound_in, connection->bound.frame);
}

static void show_pair(const struct msturn_view *view, const struct msturn_pair *pair)
{
    const enum msturn_verdict verdict = is_final(view) ? pair->verdict : msturn_pair_verdict_so_far(pair);
    const char *name = msturn_name_of(msturn_verdict_names, verdict);
    proto_item *item = add_number(view, &field_pair, pair->id);
    const struct msturn_view inner = below(view, item);

    proto_item_append_text(item, ", %s to %s: %s", endpoint_text(view, &pair->local),
                           endpoint_text(view, &pair->remote), name);
    add_text(&inner, &field_pair_verdict, name);
    if (verdict != MSTURN_VERDICT_BROKEN)
        return;
    const char *reason = msturn_name_of(msturn_reason_names, pair->reason);
    proto_item_append_text(item, ", %s", reason);
    add_text(&inner, &field_pair_reason, reason);
    add_text(&inner, &field_pair_direction, msturn_name_of(msturn_direction_names, pair->direction));
}

/* ---- problems ---- */

struct problem_view {
    packet_info *pinfo;
    proto_item *item;
    const struct msturn_transaction *transaction; /* NULL: the problems that are no message's */
};

static void raise_problem(void *context, const struct msturn_problem *problem)
{
    const struct problem_view *view = context;

    if (!problem->of_message && problem->transaction == view->transaction)
        msturn_raise_known(view->pinfo, view->item, problem->finding, problem->text);
}

void msturn_show_call(const struct msturn_view *view, struct msturn_frame_pass *pass,
                      const struct msturn_message_facts *facts)
{
    const struct msturn_transaction *transaction = facts->transaction;
    const struct msturn_session *session = msturn_transaction_session(transaction);
    const struct msturn_leg *leg = transaction->leg;
    const struct msturn_peer_connection *connection =
        transaction->peer_connection ? transaction->peer_connection : leg ? leg->peer_connection : NULL;
    struct problem_view problems = { view->pinfo, proto_tree_get_parent(view->tree), transaction };

    if (is_final(view))
        msturn_judge();
    if (view->tree) {
        if (session)
            show_session(view, session, facts);
        if (connection)
            show_connection(view, connection);
        if (leg && leg->pair)
            show_pair(view, leg->pair);
        else if (connection && connection->leg->pair)
            show_pair(view, connection->leg->pair);
    }
    msturn_each_problem_in(view->pinfo->num, raise_problem, &problems);
    if (!msturn_frame_pass_told(pass)) {
        problems.transaction = NULL;
        msturn_each_problem_in(view->pinfo->num, raise_problem, &problems);
    }
}

static void find_problem(void *context, const struct msturn_problem *problem)
{
    bool *found = context;

    *found |= !problem->of_message && !problem->transaction;
}

void msturn_show_frame_problems(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    struct problem_view problems = { .pinfo = pinfo };
    bool found = false;

    if (PINFO_FD_VISITED(pinfo))
        msturn_judge();
    msturn_each_problem_in(pinfo->num, find_problem, &found);
    if (!found || msturn_frame_pass_told(msturn_frame_pass_of(pinfo)))
        return;
    problems.item = proto_tree_add_protocol_format(tree, proto_msturn, tvb, 0, 0,
                                                   "MS-TURN and TURN over TCP: event of the connection");
    msturn_each_problem_in(pinfo->num, raise_problem, &problems);
}
