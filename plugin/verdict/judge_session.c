/* judge_session.c
 * The rules about what did not happen: in sessions, and in transactions.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/judge.h"

/* Seconds. Where the specifications name none, what takes milliseconds on a working path. */
#define FAILED 39.5        /* RFC 8489 section 6.2.2 */
enum {
    SLOW = 3,
    SLOW_CONNECT = 31,     /* RFC 6062 section 5.2: the server itself waits 30 */
    MS_SENDS = 3,          /* [MS-TURN] 3.2.5: of an Allocate over UDP */
    CREDENTIALS = 5,
    UDP_SENDS = 7          /* RFC 8489 section 6.2.1: that often, then it failed */
};

/* ---- sessions ---- */

static double lived(const struct msturn_session *session)
{
    const struct msturn_event end = msturn_flow_end(session->flow);

    return msturn_seconds(&session->granted, &end);
}

/* RFC 8656 section 8. What happens on the flow behind the end of the lifetime shows that it was still wanted. */
static void judge_lifetime(struct msturn_session *session)
{
    const bool tcp = session->transport == MSTURN_TCP;

    if (session->state == MSTURN_SESSION_EXPIRED) /* by a judgement before */
        session->state = MSTURN_SESSION_ALLOCATED;
    if (msturn_happened(&session->expired))
        session->state = MSTURN_SESSION_EXPIRED;
    if (session->state != MSTURN_SESSION_ALLOCATED || session->lifetime == 0 || !msturn_flow_is_whole(session->flow) ||
        (tcp ? lived(session) : msturn_seconds(&session->granted, &session->last)) <= session->lifetime)
        return;
    session->state = MSTURN_SESSION_EXPIRED;
    msturn_judged(MSTURN_FINDING_ALLOCATION_EXPIRED, session->granted.frame, NULL, session, NULL, NULL);
}

static void judge_release(const struct msturn_session *session)
{
    const struct msturn_flow *flow = session->flow;

    if (session->state != MSTURN_SESSION_ALLOCATED || !msturn_happened(&flow->ended))
        return;
    if (flow->ended_by != session->client_side || session->dialect == MSTURN_DIALECT_MS_TURN)
        msturn_judged(MSTURN_FINDING_RESET_LIVE, session->last.frame, NULL, session, NULL, NULL);
    else
        msturn_judged(MSTURN_FINDING_NOT_RELEASED, session->last.frame, NULL, session, NULL, NULL);
}

/* RFC 8489 section 9.2.5: the same request again, with credentials, or with the new nonce. */
static void judge_challenge(const struct msturn_session *session)
{
    const struct msturn_transaction *challenge = session->challenge;

    if (!challenge || !msturn_flow_is_whole(session->flow))
        return;
    const struct msturn_event challenged = msturn_event_of(&challenge->response);
    const struct msturn_event end = msturn_flow_end(session->flow);
    if (msturn_seconds(&challenged, &end) < CREDENTIALS && !msturn_happened(&session->flow->ended))
        return;
    if (challenge->error_code == 438)
        msturn_judged(MSTURN_FINDING_NONCE_IGNORED, challenged.frame, challenge, session, NULL, NULL);
    else if (!(challenge->has & MSTURN_HAS_INTEGRITY))
        msturn_judged(MSTURN_FINDING_AUTH_GIVEN_UP, challenged.frame, challenge, session, NULL, NULL);
}

/* Which host contacted which. */
static struct msturn_ends_key contact_key(const struct msturn_endpoint *client, const struct msturn_endpoint *server)
{
    struct msturn_ends_key key = { .a = *client, .b = *server };

    key.a.port = key.b.port = 0;
    return key;
}

static wmem_map_t *all_contacts(void)
{
    wmem_map_t *contacts = wmem_map_new(msturn_tracker.judgement, msturn_ends_hash, msturn_ends_equal);

    for (struct msturn_flow *flow = msturn_tracker.flows; flow; flow = flow->next) {
        for (unsigned side = 0; side < 2; side++) {
            const struct msturn_ends_key key = contact_key(&flow->ends[side], &flow->ends[1 - side]);
            if (!msturn_map_find(contacts, key))
                wmem_map_insert(contacts, wmem_memdup(msturn_tracker.judgement, &key, sizeof key), flow);
        }
    }
    return contacts;
}

/* RFC 8489 section 10. A second server on the same host cannot be told from the first. */
static void judge_redirect(const struct msturn_session *session, wmem_map_t *contacts)
{
    if (session->alternate.family == 0 || msturn_map_find(contacts, contact_key(&session->client, &session->alternate)))
        return;
    const struct msturn_event redirected = msturn_event_of(&session->redirected->response);
    if (msturn_seconds(&redirected, &msturn_tracker.now) >= CREDENTIALS || msturn_happened(&session->flow->ended))
        msturn_judged(MSTURN_FINDING_REDIRECT_IGNORED, redirected.frame, session->redirected, session, NULL, NULL);
}

void msturn_judge_sessions(void)
{
    wmem_map_t *contacts = all_contacts();

    for (struct msturn_session *session = msturn_tracker.sessions; session; session = session->next) {
        judge_lifetime(session);
        judge_release(session);
        judge_challenge(session);
        judge_redirect(session, contacts);
    }
}

/* ---- half transactions ---- */

/* A check that passed a relay is open on both legs; the leg where it was seen first tells of it. */
static bool is_told_elsewhere(const struct msturn_transaction *transaction)
{
    const struct msturn_check *check = transaction->check;
    const struct msturn_transaction *other =
        !check ? NULL : transaction == check->inside ? check->outside : check->inside;

    return other && other->request.frame != 0 && other->request.frame < transaction->request.frame;
}

/* The other leg has the answer: the pair's rules say that it was lost. */
static bool is_answered_elsewhere(const struct msturn_transaction *transaction)
{
    const struct msturn_check *check = transaction->check;

    return check && ((check->inside && check->inside->response.frame != 0) ||
                     (check->outside && check->outside->response.frame != 0));
}

/* After so many a client has given up. */
static uint32_t sends(const struct msturn_transaction *transaction)
{
    const struct msturn_session *session = msturn_transaction_session(transaction);

    return session && session->dialect == MSTURN_DIALECT_MS_TURN ? MS_SENDS : UDP_SENDS;
}

static enum msturn_finding judge_age(const struct msturn_transaction *transaction, double age, bool ended)
{
    const bool connect = transaction->action == MSTURN_ACTION_CONNECT;

    if (transaction->flow->transport == MSTURN_UDP)
        return age > FAILED || transaction->request.repeats + 1 >= sends(transaction) ? MSTURN_FINDING_NO_RESPONSE
                                                                                      : MSTURN_FINDING_NONE;
    if (age > FAILED || (ended && age >= SLOW))
        return MSTURN_FINDING_NO_RESPONSE;
    if (ended)
        return MSTURN_FINDING_OPEN_AT_END;
    return age > (connect ? SLOW_CONNECT : SLOW) ? MSTURN_FINDING_RESPONSE_OVERDUE : MSTURN_FINDING_NONE;
}

/* Between UDP candidates most checks go nowhere: that is how ICE finds out which pair works. And when a pair has
 * won, the others are given up. */
static bool may_stay_open(const struct msturn_transaction *transaction)
{
    const struct msturn_session *session = msturn_transaction_session(transaction);

    return transaction->check && (transaction->flow->transport == MSTURN_UDP ||
                                  (session && msturn_happened(&session->nominated)));
}

/* Over UDP silence looks the same whether there is nobody or nobody was captured. */
static bool shows_answers(const struct msturn_flow *flow)
{
    return flow->transport == MSTURN_UDP ? !flow->lossy[0] && !flow->lossy[1] : msturn_flow_is_whole(flow);
}

static void judge_open(const struct msturn_transaction *transaction)
{
    const struct msturn_flow *flow = transaction->flow;
    const struct msturn_event asked = msturn_event_of(&transaction->request);
    const struct msturn_event end = msturn_flow_end(flow);
    /* judge_peer.c says more of it. */
    const bool is_bind = transaction->action == MSTURN_ACTION_CONNECTION_BIND && msturn_happened(&flow->ended);

    if (!shows_answers(flow) || is_bind || is_told_elsewhere(transaction) ||
        is_answered_elsewhere(transaction) || may_stay_open(transaction))
        return;
    const enum msturn_finding finding =
        judge_age(transaction, msturn_seconds(&asked, &end), msturn_happened(&flow->ended));
    if (finding != MSTURN_FINDING_NONE)
        msturn_judged(finding, asked.frame, transaction, msturn_transaction_session(transaction),
                      transaction->leg ? transaction->leg->pair : NULL, NULL);
}

/* RFC 8489 section 6.3. Over UDP the request may have gone another way. */
static void judge_lone_response(const struct msturn_transaction *transaction)
{
    const struct msturn_flow *flow = transaction->flow;

    if (flow->transport == MSTURN_TCP && flow->opened_by >= 0 && msturn_flow_is_whole(flow))
        msturn_judged(MSTURN_FINDING_RESPONSE_UNEXPECTED, transaction->response.frame, transaction,
                      msturn_transaction_session(transaction), NULL, NULL);
}

void msturn_judge_transactions(void)
{
    for (wmem_list_frame_t *frame = wmem_list_head(msturn_tracker.halves); frame; frame = wmem_list_frame_next(frame)) {
        const struct msturn_transaction *transaction = wmem_list_frame_data(frame);
        if (transaction->request.frame != 0)
            judge_open(transaction);
        else
            judge_lone_response(transaction);
    }
}
