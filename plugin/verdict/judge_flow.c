/* judge_flow.c
 * The rules about connections, and about what passes inside of other messages.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/judge.h"

enum {
    PATIENCE = 3, /* seconds, for what takes milliseconds on a working path */
    MANY = 5      /* Send requests that the peer may miss */
};

static void judge_sides(const struct msturn_flow *flow)
{
    const struct msturn_event *last = &flow->last_data[flow->sent[1]];

    if (flow->transport == MSTURN_TCP && flow->established && flow->sent[0] != flow->sent[1])
        msturn_judged(MSTURN_FINDING_ONE_SIDED, msturn_happened(last) ? last->frame : flow->first.frame, NULL,
                      flow->session, flow->leg ? flow->leg->pair : NULL, NULL);
}

/* A SYN that was refused, or not answered. */
static void judge_opening(const struct msturn_flow *flow)
{
    const struct msturn_event end = msturn_flow_end(flow);

    const struct msturn_pair *pair = flow->leg ? flow->leg->pair : NULL;
    const struct msturn_session *session = flow->session || !pair ? flow->session : msturn_pair_session(pair);

    if (flow->transport != MSTURN_TCP || flow->established || flow->opened_by < 0)
        return;
    if (flow->refused || msturn_seconds(&flow->first, &end) >= PATIENCE)
        msturn_judged(MSTURN_FINDING_CONNECTION_REFUSED, flow->first.frame, NULL, session, pair, NULL);
}

/* [MS-TURN] 2.1.1. */
static void judge_hello(const struct msturn_flow *flow)
{
    const struct msturn_event end = msturn_flow_end(flow);

    if (!msturn_happened(&flow->hello) || !msturn_flow_is_whole(flow) ||
        msturn_happened(&flow->last_data[1 - flow->hello_side]))
        return;
    if (msturn_happened(&flow->ended) || msturn_seconds(&flow->hello, &end) >= PATIENCE)
        msturn_judged(MSTURN_FINDING_PSEUDO_TLS_UNANSWERED, flow->hello.frame, NULL, NULL, NULL, NULL);
}

/* Send requests, and nothing comes back from there. */
static void judge_wrapped(const struct msturn_leg *leg)
{
    const struct msturn_session *session = leg->session;

    if (leg->kind == MSTURN_LEG_WRAPPED && session->dialect == MSTURN_DIALECT_MS_TURN &&
        leg->packets[session->client_side] >= MANY && leg->packets[1 - session->client_side] == 0)
        msturn_judged(MSTURN_FINDING_DATA_NEVER, leg->first_packet.frame, NULL, session, leg->pair, NULL);
}

/* [MS-TURN] 2.2.3: signalling may have brought it. */
static void judge_multiplexed(void *key _U_, void *value, void *user _U_)
{
    const struct msturn_multiplexed *multiplexed = value;

    if (!multiplexed->handed_out && multiplexed->frame != 0)
        msturn_judged(MSTURN_FINDING_MULTIPLEX_ID_UNKNOWN, multiplexed->frame, NULL, NULL, NULL, NULL);
}

void msturn_judge_flows(void)
{
    for (const struct msturn_flow *flow = msturn_tracker.flows; flow; flow = flow->next) {
        judge_sides(flow);
        judge_opening(flow);
        judge_hello(flow);
    }
    for (const struct msturn_leg *leg = msturn_tracker.legs; leg; leg = leg->next)
        judge_wrapped(leg);
    wmem_map_foreach(msturn_tracker.multiplexed, judge_multiplexed, NULL);
}
