/* outcomes.c
 * What an evaluation says when it is asked, and its words.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

const struct msturn_pair_outcome *msturn_pair_outcomes(const struct msturn_evaluation *evaluation)
{
    return evaluation->pairs;
}

const struct msturn_pair_outcome *msturn_outcome_of_leg(const struct msturn_evaluation *evaluation,
                                                        const struct msturn_leg *leg)
{
    const struct msturn_pair_leg *entry = leg ? wmem_map_lookup(evaluation->legs, leg) : NULL;

    return entry ? entry->pair : NULL;
}

const struct msturn_pair_outcome *msturn_outcome_of_flow(const struct msturn_evaluation *evaluation,
                                                         const struct msturn_flow *flow)
{
    const struct msturn_leg *leg = flow->bound ? flow->bound->leg : flow->leg;

    return msturn_outcome_of_leg(evaluation, leg ? leg : wmem_map_lookup(evaluation->idle_legs, flow));
}

const struct msturn_leg *msturn_outcome_relayed_leg(const struct msturn_pair_outcome *pair)
{
    for (const struct msturn_pair_leg *leg = pair->legs; leg; leg = leg->next) {
        if (msturn_leg_is_relayed(leg->leg))
            return leg->leg;
    }
    return NULL;
}

uint32_t msturn_evaluated_sessions(const struct msturn_evaluation *evaluation)
{
    return evaluation->session_count;
}

enum msturn_session_state msturn_evaluated_session_state(const struct msturn_evaluation *evaluation,
                                                         const struct msturn_session *session)
{
    return (enum msturn_session_state)evaluation->session_states[session->id];
}

const struct msturn_connection_outcome *msturn_connection_outcome_of(const struct msturn_evaluation *evaluation,
                                                                     const struct msturn_peer_connection *connection)
{
    return wmem_map_lookup(evaluation->connections, connection);
}

bool msturn_bind_was_closed(const struct msturn_transaction *transaction)
{
    return transaction->action == MSTURN_ACTION_CONNECTION_BIND && transaction->exchange->response.frame == 0 &&
           msturn_happened(&transaction->flow->ended) && transaction->flow->ended_by != transaction->side;
}

enum msturn_peer_connection_state msturn_evaluated_connection_state(const struct msturn_evaluation *evaluation,
                                                                    const struct msturn_peer_connection *connection)
{
    const struct msturn_connection_outcome *outcome = msturn_connection_outcome_of(evaluation, connection);

    return outcome ? outcome->state : MSTURN_PEER_PENDING;
}

const GPtrArray *msturn_unclaimed_binds(const struct msturn_evaluation *evaluation)
{
    return evaluation->unclaimed;
}

/* ---- words ---- */

/* clang-format off */
const struct msturn_name msturn_verdict_names[] = {
    { MSTURN_VERDICT_UNFINISHED, "unfinished" },
    { MSTURN_VERDICT_NOMINATED, "nominated" },
    { MSTURN_VERDICT_VALID, "valid" },
    { MSTURN_VERDICT_BROKEN, "broken" },
    { MSTURN_VERDICT_UNKNOWN, "unknown" },
    { 0, NULL },
};
/* clang-format on */

const struct msturn_name msturn_reason_names[] = {
    { MSTURN_REASON_NO_RESPONSE, "no-response" },
    { MSTURN_REASON_NO_REQUEST, "no-request" },
    { MSTURN_REASON_ERROR_RESPONSE, "error-response" },
    { MSTURN_REASON_ROLE_CONFLICT, "role-conflict" },
    { MSTURN_REASON_NEVER_BOUND, "never-bound" },
    { MSTURN_REASON_BIND_FAILED, "bind-failed" },
    { MSTURN_REASON_CONNECT_FAILED, "connect-failed" },
    { MSTURN_REASON_NEVER_CHECKED, "never-checked" },
    { MSTURN_REASON_RESET, "reset" },
    { 0, NULL },
};

const struct msturn_name msturn_direction_names[] = {
    { MSTURN_LOCAL_TO_REMOTE, "local_to_remote" },
    { MSTURN_REMOTE_TO_LOCAL, "remote_to_local" },
    { 0, NULL },
};

/* clang-format off */
const struct msturn_name msturn_session_state_names[] = {
    { MSTURN_SESSION_PENDING, "pending" },
    { MSTURN_SESSION_ALLOCATED, "allocated" },
    { MSTURN_SESSION_REFUSED, "refused" },
    { MSTURN_SESSION_EXPIRED, "expired" },
    { MSTURN_SESSION_RELEASED, "released" },
    { 0, NULL },
};
/* clang-format on */

const struct msturn_name msturn_peer_connection_state_names[] = {
    { MSTURN_PEER_PENDING, "pending" },
    { MSTURN_PEER_BOUND, "bound" },
    { MSTURN_PEER_NEVER_BOUND, "never-bound" },
    { MSTURN_PEER_FAILED, "failed" },
    { 0, NULL },
};

const struct msturn_name msturn_origin_names[] = {
    { MSTURN_ORIGIN_ATTEMPT, "attempt" },
    { MSTURN_ORIGIN_CONNECT, "connect" },
    { 0, NULL },
};
