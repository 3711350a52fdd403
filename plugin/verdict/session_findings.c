/* session_findings.c
 * The rules about what did not happen in sessions.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/path_parts.h"

static double lived(const struct msturn_session *session)
{
    const struct msturn_event end = msturn_flow_end(session->flow);

    return msturn_seconds(&session->granted, &end);
}

/* RFC 8656 section 8. What happens on the flow after the end of the lifetime shows that it was still wanted. */
static bool has_expired(const struct msturn_session *session)
{
    const bool tcp = session->transport == MSTURN_TCP;

    if (session->state != MSTURN_SESSION_ALLOCATED || session->lifetime == 0 || !msturn_flow_is_whole(session->flow))
        return false;
    return (tcp ? lived(session) : msturn_seconds(&session->granted, &session->last)) > session->lifetime;
}

static void evaluate_lifetime(struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    enum msturn_session_state state = session->state;

    if (msturn_happened(&session->expired)) {
        state = MSTURN_SESSION_EXPIRED;
    } else if (has_expired(session)) {
        state = MSTURN_SESSION_EXPIRED;
        msturn_add_finding(evaluation, MSTURN_FINDING_ALLOCATION_EXPIRED, session->granted.frame, NULL, session, NULL,
                           NULL);
        evaluation->problems.last->because = msturn_refusal_of_refresh(session);
    }
    evaluation->session_states[session->id] = (uint8_t)state;
}

static void find_unreleased(struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    const struct msturn_flow *flow = session->flow;

    if (evaluation->session_states[session->id] != MSTURN_SESSION_ALLOCATED || !msturn_happened(&flow->ended) ||
        session->release || !msturn_flow_is_whole(flow))
        return;
    if (flow->ended_by != session->client_side || session->dialect == MSTURN_DIALECT_MS_TURN)
        msturn_add_finding(evaluation, MSTURN_FINDING_RESET_LIVE, session->last.frame, NULL, session, NULL, NULL);
    else
        msturn_add_finding(evaluation, MSTURN_FINDING_NOT_RELEASED, session->last.frame, NULL, session, NULL, NULL);
}

/* RFC 8489 section 9.2.5: the same request again, with credentials, or with the new nonce. */
static void find_unanswered_challenge(struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    const struct msturn_transaction *challenge = session->challenge;

    if (!challenge || !msturn_flow_is_whole(session->flow))
        return;
    const struct msturn_event challenged = msturn_event_of(&challenge->exchange->response);
    const struct msturn_wait wait = msturn_wait_for_credentials(evaluation, challenge);
    if (!msturn_is_overdue(&wait))
        return;
    if (challenge->error_code == 438 && !challenge->old_nonce)
        msturn_add_finding(evaluation, MSTURN_FINDING_NONCE_IGNORED, challenged.frame, challenge, session, NULL, NULL);
    else if (challenge->error_code != 438 && !(challenge->exchange->has & MSTURN_HAS_INTEGRITY))
        msturn_add_finding(evaluation, MSTURN_FINDING_AUTH_GIVEN_UP, challenged.frame, challenge, session, NULL, NULL);
}

/* Which host contacted which. */
static struct msturn_ends_key contact_key(const struct msturn_endpoint *client, const struct msturn_endpoint *server)
{
    struct msturn_ends_key key = { .a = *client, .b = *server };

    key.a.port = key.b.port = 0;
    return key;
}

static void note_contacts(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_flow *flow = evaluation->tracker->flows; flow; flow = flow->next) {
        for (unsigned side = 0; side < 2; side++) {
            const struct msturn_ends_key key = contact_key(&flow->ends[side], &flow->ends[1 - side]);
            if (!msturn_map_find(evaluation->contacts, key))
                wmem_map_insert(evaluation->contacts, wmem_memdup(evaluation->scope, &key, sizeof key), (void *)flow);
        }
    }
}

bool msturn_has_followed(const struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    return msturn_map_find(evaluation->contacts, contact_key(&session->client, &session->alternate)) != NULL;
}

/* RFC 8489 section 10. A second server on the same host cannot be told from the first. */
static void find_ignored_redirect(struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    if (session->alternate.family == 0 || msturn_has_followed(evaluation, session))
        return;
    const struct msturn_event redirected = msturn_event_of(&session->redirected->exchange->response);
    const struct msturn_event end = msturn_capture_end(evaluation->tracker, redirected.frame);
    if (msturn_seconds(&redirected, &end) >= MSTURN_SECONDS_CREDENTIALS || msturn_happened(&session->flow->ended))
        msturn_add_finding(evaluation, MSTURN_FINDING_REDIRECT_IGNORED, redirected.frame, session->redirected, session,
                           NULL, NULL);
}

void msturn_find_in_sessions(struct msturn_evaluation *evaluation)
{
    note_contacts(evaluation);
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        evaluate_lifetime(evaluation, session);
        find_unreleased(evaluation, session);
        find_unanswered_challenge(evaluation, session);
        find_ignored_redirect(evaluation, session);
    }
}
