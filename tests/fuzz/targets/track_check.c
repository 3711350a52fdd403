/* track_check.c
 * What must hold for what the tracker knows, whatever it was told; and all that it says, as text.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "track_check.h"

#include "plugin/verdict/path.h"

#include "plugin/track/delivery.h"
#include "plugin/track/state.h"

#include <string.h>

enum { LIST_LIMIT = 10000 }; /* more than a call of a fuzzer's can have of anything */

/* Counts what is in a list whose elements are linked by `next`; a cycle is longer than every list. */
#define COUNT_LIST(type, first, next, count) \
    for (const type *element_ = (first); element_; element_ = element_->next) \
    g_assert_cmpuint(++(count), <, LIST_LIMIT)

/* ---- sessions ---- */

static void check_peer_connections(const struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    const struct msturn_peer_connection *last = NULL;
    unsigned count = 0;

    COUNT_LIST(struct msturn_peer_connection, session->peer_connections, next, count);
    for (const struct msturn_peer_connection *connection = session->peer_connections; connection;
         connection = connection->next) {
        g_assert_true(connection->session == session);
        g_assert_true(connection->leg->peer_connection == connection);
        g_assert_cmpint(msturn_evaluated_connection_state(evaluation, connection), <=, MSTURN_PEER_FAILED);
        last = connection;
    }
    g_assert_true(session->last_peer_connection == last);
}

static void check_sessions(const struct msturn_evaluation *evaluation)
{
    uint32_t id = 0;
    unsigned count = 0;

    COUNT_LIST(struct msturn_session, msturn_sessions(), next, count);
    for (const struct msturn_session *session = msturn_sessions(); session; session = session->next) {
        g_assert_cmpuint(session->id, ==, id++);
        g_assert_nonnull(session->flow);
        g_assert_cmpuint(session->client_side, <=, 1);
        g_assert_true(session->dialect >= MSTURN_DIALECT_MS_TURN && session->dialect <= MSTURN_DIALECT_RFC);
        g_assert_cmpint(session->state, <=, MSTURN_SESSION_RELEASED);
        g_assert_true(msturn_happened(&session->first));
        check_peer_connections(evaluation, session);
    }
    const GPtrArray *binds = msturn_unclaimed_binds(evaluation);
    for (guint i = 0; i < binds->len; i++)
        g_assert_null(((const struct msturn_peer_connection *)g_ptr_array_index(binds, i))->session);
}

/* ---- flows ---- */

static void check_delivery(struct msturn_delivery delivery, const struct msturn_flow *flow)
{
    g_assert_cmpint(delivery.delivered == MSTURN_DELIVERED, ==, delivery.acknowledged_in != 0);
    g_assert_cmpuint(delivery.acknowledged_in, <=, msturn_tracker.now.frame);
    g_assert_cmpuint(delivery.sent.frame, <=, delivery.last.frame);
    g_assert_cmpuint(delivery.last.frame, <=, msturn_tracker.now.frame);
    if (delivery.delivered == MSTURN_UNDELIVERED)
        g_assert_true(flow->sent[0] && flow->sent[1] && msturn_happened(&delivery.sent));
}

static void check_outstanding(const struct msturn_flow *flow)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct msturn_delivery oldest = msturn_outstanding(flow, side);
        check_delivery(oldest, flow);
        check_delivery(msturn_data_delivery(flow, side, flow->last_data[side]), flow);
        g_assert_cmpuint(oldest.acknowledged_in, ==, 0);
        if (oldest.delivered == MSTURN_UNDELIVERED)
            g_assert_cmpuint(oldest.retransmissions, >, 0);
        g_assert_true(flow->transport == MSTURN_TCP || !flow->outgoing[side]);
    }
}

static void check_flows(void)
{
    unsigned count = 0;

    COUNT_LIST(struct msturn_flow, msturn_tracker.flows, next, count);
    for (const struct msturn_flow *flow = msturn_tracker.flows; flow; flow = flow->next) {
        if (flow->leg) {
            g_assert_true(flow->leg->flow == flow);
            g_assert_cmpint(flow->leg->kind, ==, flow->copy_of && flow->bound ? MSTURN_LEG_BOUND : MSTURN_LEG_DIRECT);
        }
        check_outstanding(flow);
        if (flow->refused)
            g_assert_cmpint(flow->ending, ==, MSTURN_ENDING_RST);
        g_assert_cmpint(msturn_happened(&flow->ended), ==, flow->ending != MSTURN_ENDING_NONE);
    }
}

/* ---- legs and checks ---- */

static void check_check(const struct msturn_transaction *transaction)
{
    const struct msturn_check *check = transaction->exchange->check;

    g_assert_nonnull(check);
    g_assert_cmpmem(check->first->id, sizeof check->first->id, transaction->id, sizeof transaction->id);
    unsigned count = 0;
    bool found = false;
    COUNT_LIST(struct msturn_transaction, check->first, exchange->next_of_check, count);
    for (const struct msturn_transaction *seen = check->first; seen; seen = seen->exchange->next_of_check) {
        g_assert_true(seen->exchange->check == check);
        found |= seen == transaction;
    }
    g_assert_true(found);
}

static void check_checks(const struct msturn_leg *leg)
{
    const struct msturn_transaction *last = NULL;
    unsigned count = 0;

    COUNT_LIST(struct msturn_transaction, leg->checks, exchange->next_of_leg, count);
    for (const struct msturn_transaction *transaction = leg->checks; transaction;
         transaction = transaction->exchange->next_of_leg) {
        g_assert_true(transaction->exchange->leg == leg);
        check_check(transaction);
        check_delivery(msturn_request_delivery(transaction), transaction->flow);
        check_delivery(msturn_response_delivery(transaction), transaction->flow);
        last = transaction;
    }
    g_assert_true(leg->last_check == last);
}

static bool has_leg(const struct msturn_pair *pair, const struct msturn_leg *leg)
{
    for (const struct msturn_leg *here = pair->legs; here; here = here->next_of_pair) {
        if (here == leg)
            return true;
    }
    return false;
}

static void check_legs(void)
{
    unsigned count = 0;

    COUNT_LIST(struct msturn_leg, msturn_tracker.legs, next, count);
    for (const struct msturn_leg *leg = msturn_tracker.legs; leg; leg = leg->next) {
        g_assert_cmpuint(leg->client_side, <=, 1);
        g_assert_cmpint(leg->kind == MSTURN_LEG_BOUND, ==, leg->peer_connection != NULL);
        if (leg->pair)
            g_assert_true(has_leg(leg->pair, leg));
        g_assert_false(leg->checks && !leg->flow);
        check_checks(leg);
    }
}

/* ---- pairs ---- */

static void check_verdict(const struct msturn_pair_outcome *pair)
{
    bool answered = false;

    g_assert_cmpint(pair->verdict, <=, MSTURN_VERDICT_UNKNOWN);
    g_assert_cmpint(pair->reason, <=, MSTURN_REASON_RESET);
    g_assert_cmpint(pair->direction, <=, MSTURN_NO_DIRECTION);
    g_assert_cmpint(pair->reason != MSTURN_REASON_NONE, ==, pair->verdict == MSTURN_VERDICT_BROKEN);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(pair->checks[i].responses + pair->checks[i].errors, <=, pair->checks[i].requests);
        answered |= pair->checks[i].responses > 0;
    }
    /* Answers count where the end that asked is nearest. What was nominated before that leg was seen stays so. */
    if ((pair->verdict == MSTURN_VERDICT_NOMINATED && !pair->was_nominated) || pair->verdict == MSTURN_VERDICT_VALID)
        g_assert_true(answered);
    if (pair->direction != MSTURN_NO_DIRECTION)
        g_assert_cmpint(pair->verdict, ==, MSTURN_VERDICT_BROKEN);
}

static void check_tracked_pairs(void)
{
    uint32_t id = 0;
    unsigned count = 0;

    COUNT_LIST(struct msturn_pair, msturn_pairs(), next, count);
    for (const struct msturn_pair *pair = msturn_pairs(); pair; pair = pair->next) {
        const struct msturn_leg *last = NULL;
        g_assert_cmpuint(pair->id, ==, id++);
        count = 0;
        COUNT_LIST(struct msturn_leg, pair->legs, next_of_pair, count);
        g_assert_cmpuint(pair->leg_count, ==, count);
        for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair) {
            g_assert_true(leg->pair == pair);
            g_assert_true(leg->previous_of_pair == last);
            last = leg;
        }
        g_assert_true(pair->last_leg == last);
    }
}

static void check_pairs(const struct msturn_evaluation *evaluation)
{
    const struct msturn_pair_outcome *before = NULL;
    unsigned count = 0;

    COUNT_LIST(struct msturn_pair_outcome, msturn_pair_outcomes(evaluation), next, count);
    for (const struct msturn_pair_outcome *pair = msturn_pair_outcomes(evaluation); pair; pair = pair->next) {
        if (before)
            g_assert_cmpuint(pair->id, >, before->id);
        g_assert_nonnull(pair->legs);
        for (const struct msturn_pair_leg *leg = pair->legs; leg; leg = leg->next) {
            g_assert_cmpuint(leg->local_side, <=, 1);
            g_assert_true(msturn_outcome_of_leg(evaluation, leg->leg) == pair);
        }
        check_verdict(pair);
        before = pair;
    }
}

void check_nominated(const struct msturn_evaluation *evaluation, const GArray *ids)
{
    guint next = 0;

    for (const struct msturn_pair *pair = msturn_pairs(); pair && next < ids->len; pair = pair->next) {
        if (pair->id != g_array_index(ids, uint32_t, next))
            continue;
        if (pair->legs)
            g_assert_cmpint(msturn_outcome_of_leg(evaluation, pair->legs)->verdict, ==, MSTURN_VERDICT_NOMINATED);
        next++;
    }
    g_assert_cmpuint(next, ==, ids->len);
}

/* ---- problems, transactions ---- */

static void check_problems(const struct msturn_evaluation *evaluation)
{
    uint32_t frame = 0;
    unsigned count = 0;

    COUNT_LIST(struct msturn_problem, msturn_problems(evaluation), next, count);
    for (const struct msturn_problem *problem = msturn_problems(evaluation); problem; problem = problem->next) {
        g_assert_cmpint(problem->finding, >, MSTURN_FINDING_NONE);
        g_assert_cmpint(problem->finding, <, MSTURN_FINDING_COUNT);
        g_assert_cmpuint(problem->frame, >=, frame);
        g_assert_cmpuint(problem->frame, <=, msturn_tracker.now.frame);
        g_assert_nonnull(problem->text);
        frame = problem->frame;
    }
}

/* Half of a transaction waits for the other incomplete_entry. */
static void check_halves(void)
{
    for (wmem_list_frame_t *frame = wmem_list_head(msturn_tracker.incomplete); frame;
         frame = wmem_list_frame_next(frame)) {
        const struct msturn_transaction *transaction = wmem_list_frame_data(frame);
        g_assert_true(transaction->exchange->incomplete_entry == frame);
        g_assert_true((transaction->request.frame != 0) != (transaction->exchange->response.frame != 0));
    }
}

void check_tracker(const struct msturn_evaluation *evaluation)
{
    check_sessions(evaluation);
    check_flows();
    check_tracked_pairs();
    check_pairs(evaluation);
    check_legs();
    check_problems(evaluation);
    check_halves();
}

/* ---- as text ---- */

static const char *text_or_dash(const char *text)
{
    return text ? text : "-";
}

static void describe_endpoint(GString *text, const struct msturn_endpoint *endpoint)
{
    g_string_append_printf(text, " %u/", endpoint->family);
    for (gsize i = 0; i < sizeof endpoint->address; i++)
        g_string_append_printf(text, "%02x", endpoint->address[i]);
    g_string_append_printf(text, ":%u", endpoint->port);
}

static void describe_peer_connection(GString *text, const struct msturn_evaluation *evaluation,
                                     const struct msturn_peer_connection *connection)
{
    g_string_append_printf(text, "connection %x state %d error %u %s frames %u %u %u %u", connection->id,
                           msturn_evaluated_connection_state(evaluation, connection), connection->error_code,
                           text_or_dash(connection->error_reason), connection->announced.frame, connection->bind.frame,
                           connection->bound.frame, connection->failed.frame);
    describe_endpoint(text, &connection->peer);
    g_string_append_c(text, '\n');
}

static void describe_session(GString *text, const struct msturn_evaluation *evaluation,
                             const struct msturn_session *session)
{
    g_string_append_printf(text, "session %u state %d error %u %s lifetime %u user %s realm %s frames %u %u %u",
                           session->id, msturn_evaluated_session_state(evaluation, session), session->error_code,
                           text_or_dash(session->error_reason), session->lifetime, text_or_dash(session->username),
                           text_or_dash(session->realm), session->first.frame, session->allocated.frame,
                           session->released.frame);
    describe_endpoint(text, &session->client);
    describe_endpoint(text, &session->server);
    describe_endpoint(text, &session->relayed);
    g_string_append_c(text, '\n');
    for (const struct msturn_peer_connection *connection = session->peer_connections; connection;
         connection = connection->next)
        describe_peer_connection(text, evaluation, connection);
}

/* What a report says of a path: each of its sentences is made. */
static void describe_path(GString *text, const struct msturn_evaluation *evaluation, const struct msturn_path *path)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    struct msturn_step steps[MSTURN_STEP_COUNT];

    msturn_path_tell(evaluation, path, scope, steps);
    const char *summary = msturn_path_summary(evaluation, path, steps, scope);
    g_assert_nonnull(summary);
    g_assert_true(path->verdict != MSTURN_VERDICT_BROKEN || path->stopped_at < MSTURN_STEP_COUNT);
    g_string_append_printf(text, "path %u verdict %d stopped %d place %d ended %u %d %d: %s\n", path->id, path->verdict,
                           path->stopped_at, path->place, path->ended.event.frame, path->ended.by, path->ended.how,
                           summary);
    for (unsigned number = 0; number < MSTURN_STEP_COUNT; number++) {
        g_assert_cmpint(steps[number].status, ==, path->statuses[number]);
        g_string_append_printf(text, "%u %d %s\n", number, steps[number].status, text_or_dash(steps[number].text));
    }
    wmem_destroy_allocator(scope);
}

static void describe_pair(GString *text, const struct msturn_pair_outcome *pair)
{
    g_string_append_printf(text, "pair %u verdict %d reason %d direction %d error %u %s", pair->id, pair->verdict,
                           pair->reason, pair->direction, pair->error_code, text_or_dash(pair->error_reason));
    for (unsigned i = 0; i < 2; i++)
        g_string_append_printf(text, " checks %u %u %u %" G_GINT64_FORMAT, pair->checks[i].requests,
                               pair->checks[i].responses, pair->checks[i].errors, pair->checks[i].rtt_sum);
    describe_endpoint(text, &pair->local);
    describe_endpoint(text, &pair->remote);
    g_string_append_c(text, '\n');
}

static void describe_problem(GString *text, const struct msturn_problem *problem)
{
    g_string_append_printf(text, "%s in %u: %s; session %d, pair %d\n", msturn_findings[problem->finding].code,
                           problem->frame, problem->text, problem->session ? (int)problem->session->id : -1,
                           problem->pair ? (int)problem->pair->id : -1);
}

static void describe_flow(GString *text, const struct msturn_flow *flow)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct msturn_delivery oldest = msturn_outstanding(flow, side);
        const struct msturn_delivery data = msturn_data_delivery(flow, side, flow->last_data[side]);
        g_string_append_printf(text, "sent: oldest %d %u %u, last %d %u\n", oldest.delivered, oldest.retransmissions,
                               oldest.sent.frame, data.delivered, data.acknowledged_in);
    }
}

GString *describe_tracker(const struct msturn_evaluation *evaluation)
{
    GString *text = g_string_new(NULL);

    for (const struct msturn_session *session = msturn_sessions(); session; session = session->next)
        describe_session(text, evaluation, session);
    for (const struct msturn_pair_outcome *pair = msturn_pair_outcomes(evaluation); pair; pair = pair->next)
        describe_pair(text, pair);
    for (const struct msturn_problem *problem = msturn_problems(evaluation); problem; problem = problem->next)
        describe_problem(text, problem);
    for (const struct msturn_path *path = msturn_paths(evaluation); path; path = path->next)
        describe_path(text, evaluation, path);
    for (const struct msturn_flow *flow = msturn_tracker.flows; flow; flow = flow->next)
        describe_flow(text, flow);
    return text;
}
