/* transaction_findings.c
 * The rules about requests without a response, and responses without a request.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

/* ---- requests ---- */

/* A check that passed a relay is open on both legs; the leg where it was seen first tells of it. And where the other leg has
 * the answer, the pair's rules say that it was lost. */
static bool is_told_elsewhere(const struct msturn_transaction *transaction)
{
    const struct msturn_check *check = transaction->exchange->check;

    for (const struct msturn_transaction *other = check ? check->first : NULL; other;
         other = other->exchange->next_of_check) {
        if (other->exchange->response.frame != 0 ||
            (other->request.frame != 0 && other->request.frame < transaction->request.frame && !other->flow->copy_of))
            return true;
    }
    return false;
}

/* Between UDP candidates most checks go nowhere: that is how ICE finds out which pair works. When a pair has won, the others
 * are given up. And the last consent check of a call has no answer when the call ends. */
static bool may_stay_open(const struct msturn_evaluation *evaluation, const struct msturn_transaction *transaction)
{
    const struct msturn_pair_outcome *pair = msturn_outcome_of_leg(evaluation, transaction->exchange->leg);

    if (!transaction->exchange->check)
        return false;
    return transaction->flow->transport == MSTURN_UDP || (pair && msturn_was_given_up(evaluation, pair));
}

static bool is_last_consent(const struct msturn_transaction *transaction, double age)
{
    return transaction->exchange->check && transaction->exchange->leg->succeeded[transaction->side] &&
           age < MSTURN_SECONDS_CONSENT;
}

/* A client that gives up its allocation need not wait for the answer. */
static bool is_release(const struct msturn_transaction *transaction)
{
    return transaction->session && transaction->session->release == transaction;
}

/* Over UDP silence looks the same whether there is nobody or nobody was captured. */
static bool shows_answers(const struct msturn_flow *flow)
{
    return flow->transport == MSTURN_UDP ? !flow->lossy[0] && !flow->lossy[1] : msturn_flow_is_whole(flow);
}

static enum msturn_finding finding_by_age(const struct msturn_transaction *transaction, const struct msturn_wait *wait)
{
    const bool connect = transaction->action == MSTURN_ACTION_CONNECT;
    const double slow = connect ? MSTURN_SECONDS_CONNECT : MSTURN_SECONDS_DUE_OPEN;

    if (transaction->flow->transport == MSTURN_UDP)
        return msturn_was_sent_in_vain(transaction, wait) ? MSTURN_FINDING_NO_RESPONSE : MSTURN_FINDING_NONE;
    if (wait->seconds > MSTURN_SECONDS_TRANSACTION)
        return MSTURN_FINDING_NO_RESPONSE;
    if (wait->ended)
        return wait->seconds >= wait->due ? MSTURN_FINDING_NO_RESPONSE : MSTURN_FINDING_OPEN_AT_END;
    return wait->seconds > slow ? MSTURN_FINDING_RESPONSE_OVERDUE : MSTURN_FINDING_NONE;
}

static void find_open_request(struct msturn_evaluation *evaluation, const struct msturn_transaction *transaction)
{
    const struct msturn_flow *flow = transaction->flow;
    if (!shows_answers(flow) || msturn_bind_was_closed(transaction) || is_release(transaction) ||
        is_told_elsewhere(transaction) || may_stay_open(evaluation, transaction))
        return;
    const struct msturn_event asked = msturn_event_of(&transaction->request);
    const struct msturn_wait wait = msturn_wait_on_flow(evaluation, flow, &asked, 0);
    if (is_last_consent(transaction, wait.seconds))
        return;
    const enum msturn_finding finding = finding_by_age(transaction, &wait);
    if (finding != MSTURN_FINDING_NONE)
        msturn_add_finding(evaluation, finding, asked.frame, transaction, msturn_transaction_session(transaction),
                           msturn_outcome_of_leg(evaluation, transaction->exchange->leg), NULL);
}

/* ---- responses ---- */

/* RFC 8489 section 6.3. Over UDP the request may have gone another way. */
static void find_lone_response(struct msturn_evaluation *evaluation, const struct msturn_transaction *transaction)
{
    const struct msturn_flow *flow = transaction->flow;

    if (flow->transport == MSTURN_TCP && flow->opened_by >= 0 && msturn_flow_is_whole(flow))
        msturn_add_finding(evaluation, MSTURN_FINDING_RESPONSE_UNEXPECTED, transaction->exchange->response.frame,
                           transaction, msturn_transaction_session(transaction), NULL, NULL);
}

void msturn_find_in_transactions(struct msturn_evaluation *evaluation)
{
    for (wmem_list_frame_t *frame = wmem_list_head(evaluation->tracker->incomplete); frame;
         frame = wmem_list_frame_next(frame)) {
        const struct msturn_transaction *transaction = wmem_list_frame_data(frame);
        if (transaction->flow->copy_of)
            continue;
        if (transaction->request.frame != 0)
            find_open_request(evaluation, transaction);
        else
            find_lone_response(evaluation, transaction);
    }
}
