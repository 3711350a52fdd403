/* silence.c
 * What became of TCP connections that were not opened, or on which no message came.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/session.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

/* Up to when an answer to the SYN may have come. Nobody listens to a relayed address that was given back. */
static struct msturn_event end_of_opening(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const struct msturn_event end = msturn_happened(&flow->ended) ? flow->ended : evaluation->tracker->now;
    const struct msturn_session *session = msturn_session_of_relayed(&flow->ends[1 - flow->opened_by], &flow->first);
    const bool released = session && session->released.time > flow->first.time && session->released.time < end.time;

    return released ? session->released : end;
}

/* Was the SYN repeated, or was there time for that? */
static bool has_no_answer(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const struct msturn_event end = end_of_opening(evaluation, flow);

    return flow->syns > 1 || msturn_seconds(&flow->first, &end) >= MSTURN_SECONDS_SYN_REPEATED;
}

enum msturn_silence msturn_opening_failed(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    if (flow->transport != MSTURN_TCP || flow->established || flow->opened_by < 0)
        return MSTURN_SILENCE_NONE;
    if (msturn_happened(&flow->unreachable))
        return MSTURN_SILENCE_UNREACHABLE;
    if (flow->refused)
        return MSTURN_SILENCE_REFUSED;
    return has_no_answer(evaluation, flow) ? MSTURN_SILENCE_UNANSWERED : MSTURN_SILENCE_NONE;
}

/* A port that TURN shares with others says nothing: there a message must have shown the server. */
static bool is_to_server(const struct msturn_tracker *tracker, const struct msturn_flow *flow)
{
    return flow->to_server_port || msturn_is_server(tracker, &flow->ends[1 - flow->opened_by]);
}

bool msturn_is_silent(const struct msturn_tracker *tracker, const struct msturn_flow *flow)
{
    return flow->transport == MSTURN_TCP && flow->opened_by >= 0 && !flow->claimed && !flow->copy_of &&
           !flow->session && !flow->bound && flow->messages[0] + flow->messages[1] == 0 && is_to_server(tracker, flow);
}

/* Of an open connection on which only the client sent. */
static enum msturn_silence without_answer(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow,
                                          uint8_t client)
{
    const struct msturn_wait wait = msturn_wait_on_flow(evaluation, flow, &flow->last_data[client], 0);
    const bool closed_on = msturn_happened(&flow->ended) && flow->ended_by != client;

    if (!closed_on && !msturn_is_overdue(&wait))
        return MSTURN_SILENCE_NONE;
    if (flow->first_bytes[client] == MSTURN_FIRST_TLS)
        return MSTURN_SILENCE_TLS_UNANSWERED;
    return flow->first_bytes[client] == MSTURN_FIRST_OTHER ? MSTURN_SILENCE_OTHER_BYTES : MSTURN_SILENCE_NONE;
}

/* Of an open connection. What TLS carries is not known. */
static enum msturn_silence while_open(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const uint8_t client = (uint8_t)flow->opened_by, server = 1 - client;

    if (msturn_happened(&flow->alert))
        return MSTURN_SILENCE_TLS_ALERT;
    if (!flow->sent[client] || !flow->sent[server])
        return MSTURN_SILENCE_NONE;
    if (flow->first_bytes[server] != MSTURN_FIRST_NONE)
        return flow->first_bytes[server] == MSTURN_FIRST_OTHER ? MSTURN_SILENCE_OTHER_BYTES : MSTURN_SILENCE_NONE;
    if (flow->first_bytes[client] != MSTURN_FIRST_NONE)
        return without_answer(evaluation, flow, client);
    if (!msturn_happened(&flow->ended))
        return MSTURN_SILENCE_NONE;
    return flow->ended_by == client ? MSTURN_SILENCE_ABANDONED : MSTURN_SILENCE_CLOSED;
}

enum msturn_silence msturn_silence_of(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    if (!msturn_is_silent(evaluation->tracker, flow))
        return MSTURN_SILENCE_NONE;
    return flow->established ? while_open(evaluation, flow) : msturn_opening_failed(evaluation, flow);
}
