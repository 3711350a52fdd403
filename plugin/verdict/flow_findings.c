/* flow_findings.c
 * The rules about connections, and about what passes inside of other messages.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

enum { MANY = 5 }; /* Send requests that the peer may miss */

static const struct msturn_pair_outcome *pair_of(const struct msturn_evaluation *evaluation,
                                                 const struct msturn_flow *flow)
{
    const struct msturn_leg *leg = flow->leg ? flow->leg : wmem_map_lookup(evaluation->idle_legs, flow);

    return msturn_outcome_of_leg(evaluation, leg);
}

static void find_one_sided(struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const struct msturn_event *last = &flow->last_data[flow->sent[1]];

    if (flow->transport == MSTURN_TCP && flow->established && flow->sent[0] != flow->sent[1])
        msturn_add_finding(evaluation, MSTURN_FINDING_ONE_SIDED,
                           msturn_happened(last) ? last->frame : flow->first.frame, NULL, flow->session,
                           pair_of(evaluation, flow), NULL);
}

static const char *refusal_text(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow,
                                enum msturn_silence silence)
{
    const struct msturn_event end = msturn_flow_end(flow);

    if (silence == MSTURN_SILENCE_UNREACHABLE)
        return wmem_strdup_printf(evaluation->scope, "Connection refused by an ICMP error (frame %u)",
                                  flow->unreachable.frame);
    if (silence == MSTURN_SILENCE_REFUSED)
        return wmem_strdup_printf(evaluation->scope, "Connection refused by a reset (frame %u)", flow->ended.frame);
    return wmem_strdup_printf(evaluation->scope, "Connection not answered: SYN sent %u time%s in %s s", flow->syns,
                              flow->syns == 1 ? "" : "s",
                              msturn_decimal_text(evaluation->scope, msturn_seconds(&flow->first, &end), 1));
}

static struct msturn_ends_key attempt_key(const struct msturn_flow *flow, enum msturn_silence silence)
{
    return (struct msturn_ends_key){
        .a = msturn_host_of_endpoint(&flow->ends[flow->opened_by]),
        .b = flow->ends[1 - flow->opened_by],
        .number = silence,
    };
}

/* Did a client's earlier attempt at the same server end alike? Those who try again and again have one problem. */
static bool is_first_of_its_kind(struct msturn_evaluation *evaluation, const struct msturn_flow *flow,
                                 enum msturn_silence silence)
{
    const struct msturn_ends_key key = attempt_key(flow, silence);

    if (!msturn_is_silent(evaluation->tracker, flow))
        return true;
    if (wmem_map_contains(evaluation->silent_attempts, &key))
        return false;
    wmem_map_insert(evaluation->silent_attempts, wmem_memdup(evaluation->scope, &key, sizeof key), (void *)flow);
    return true;
}

/* A SYN that was refused, or not answered. */
static void find_refused(struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const enum msturn_silence silence = msturn_opening_failed(evaluation, flow);
    const struct msturn_pair_outcome *pair = pair_of(evaluation, flow);
    const struct msturn_session *session = flow->session || !pair ? flow->session : pair->session;

    if (silence != MSTURN_SILENCE_NONE && is_first_of_its_kind(evaluation, flow, silence))
        msturn_add_finding(evaluation, MSTURN_FINDING_CONNECTION_REFUSED, flow->first.frame, NULL, session, pair,
                           refusal_text(evaluation, flow, silence));
}

uint32_t msturn_refused_attempt_told_in(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const struct msturn_flow *first =
        msturn_map_find(evaluation->silent_attempts, attempt_key(flow, msturn_opening_failed(evaluation, flow)));

    return first ? first->first.frame : 0;
}

static const char *silence_text(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow,
                                enum msturn_silence silence)
{
    const char *alert;

    switch (silence) {
    case MSTURN_SILENCE_CLOSED:
        return wmem_strdup_printf(evaluation->scope, "Server closed the connection (frame %u) before anything was sent",
                                  flow->ended.frame);
    case MSTURN_SILENCE_TLS_ALERT:
        alert = msturn_name_of(msturn_tls_alert_names, flow->alert_description);
        return wmem_strdup_printf(evaluation->scope, "TLS failed: alert %u%s%s%s of the %s (frame %u)",
                                  flow->alert_description, alert ? " (" : "", alert ? alert : "", alert ? ")" : "",
                                  flow->alert_by == (uint8_t)flow->opened_by ? "client" : "server", flow->alert.frame);
    case MSTURN_SILENCE_TLS_UNANSWERED:
        return "TLS failed: the server did not answer the client's hello";
    default:
        return NULL;
    }
}

/* What was opened, and then carried no message. */
static void find_silent(struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const enum msturn_silence silence = flow->established ? msturn_silence_of(evaluation, flow) : MSTURN_SILENCE_NONE;
    const char *text = silence_text(evaluation, flow, silence);

    if (text && is_first_of_its_kind(evaluation, flow, silence))
        msturn_add_finding(evaluation, MSTURN_FINDING_SERVER_SILENT, flow->first.frame, NULL, NULL, NULL, text);
}

/* [MS-TURN] 2.1.1. */
static void find_unanswered_hello(struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    if (!msturn_happened(&flow->hello) || !msturn_flow_is_whole(flow) ||
        msturn_happened(&flow->last_data[1 - flow->hello_side]))
        return;
    const struct msturn_wait wait = msturn_wait_on_flow(evaluation, flow, &flow->hello, 0);
    if (wait.ended || msturn_is_overdue(&wait))
        msturn_add_finding(evaluation, MSTURN_FINDING_PSEUDO_TLS_UNANSWERED, flow->hello.frame, NULL, NULL, NULL, NULL);
}

/* Send requests, and nothing comes back from there. */
static void find_data_without_echo(struct msturn_evaluation *evaluation, const struct msturn_leg *leg)
{
    const struct msturn_session *session = leg->session;

    if (leg->kind == MSTURN_LEG_WRAPPED && session && session->dialect == MSTURN_DIALECT_MS_TURN &&
        leg->packets[leg->client_side] >= MANY && leg->packets[1 - leg->client_side] == 0)
        msturn_add_finding(evaluation, MSTURN_FINDING_DATA_NEVER, leg->first_packet.frame, NULL, session,
                           msturn_outcome_of_leg(evaluation, leg), NULL);
}

/* [MS-TURN] 2.2.3: signalling may have brought it. */
static void find_unknown_session_id(void *key _U_, void *value, void *user)
{
    const struct msturn_multiplexed *multiplexed = value;

    if (!multiplexed->handed_out && multiplexed->frame != 0)
        msturn_add_finding(user, MSTURN_FINDING_MULTIPLEX_ID_UNKNOWN, multiplexed->frame, NULL, NULL, NULL, NULL);
}

void msturn_find_in_flows(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_flow *flow = evaluation->tracker->flows; flow; flow = flow->next) {
        if (flow->copy_of || (flow->to_shared_port && !msturn_is_silent(evaluation->tracker, flow)))
            continue;
        find_one_sided(evaluation, flow);
        find_refused(evaluation, flow);
        find_silent(evaluation, flow);
        find_unanswered_hello(evaluation, flow);
    }
    for (const struct msturn_leg *leg = evaluation->tracker->legs; leg; leg = leg->next)
        find_data_without_echo(evaluation, leg);
    wmem_map_foreach(evaluation->tracker->multiplexed, find_unknown_session_id, evaluation);
}
