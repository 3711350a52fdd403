/* candidates.c
 * What became of each candidate that was offered.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/candidates.h"

#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/joining.h"

#include <wsutil/inet_addr.h>

const struct msturn_name msturn_fate_names[] = {
    { MSTURN_FATE_UNKNOWN, "unknown" },       { MSTURN_FATE_UNTRIED, "untried" },
    { MSTURN_FATE_TRIED, "tried" },           { MSTURN_FATE_BROKEN, "broken" },
    { MSTURN_FATE_UNFINISHED, "unfinished" }, { MSTURN_FATE_VALID, "valid" },
    { MSTURN_FATE_NOMINATED, "nominated" },   { 0, NULL },
};

/* ---- texts ---- */

const char *msturn_host_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint)
{
    char text[WS_INET6_ADDRSTRLEN] = "";

    if (endpoint->family == 4)
        ws_inet_ntop4(endpoint->address, text, sizeof text);
    else if (endpoint->family == 6)
        ws_inet_ntop6(endpoint->address, text, sizeof text);
    return wmem_strdup(scope, endpoint->family == 0 ? "an unknown host" : text);
}

const char *msturn_address_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint)
{
    const char *host = msturn_host_text(scope, endpoint);

    return wmem_strdup_printf(scope, endpoint->family == 6 ? "[%s]:%u" : "%s:%u", host, endpoint->port);
}

const char *msturn_description_source(wmem_allocator_t *scope, const struct msturn_description *description)
{
    const struct msturn_endpoint *host = &description->from;

    if (host->family == 0)
        host = description->connection.family != 0 || !description->media ? &description->connection
                                                                          : &description->media->at;
    if (host->family == 0)
        return wmem_strdup_printf(scope, "line %u of the log", description->line);
    return msturn_host_text(scope, host);
}

static bool is_own_host(const struct msturn_description *description, const struct msturn_endpoint *host)
{
    for (const struct msturn_candidate *each = description->first_candidate; each;
         each = msturn_candidate_beside(each)) {
        if (msturn_endpoint_same_host(&each->address, host) || msturn_endpoint_same_host(&each->related, host))
            return true;
    }
    return description->candidates == 0 || msturn_endpoint_same_host(&description->connection, host);
}

const char *msturn_description_end(wmem_allocator_t *scope, const struct msturn_description *description)
{
    const char *source = msturn_description_source(scope, description);

    if (description->from.family == 0 || description->connection.family == 0 ||
        is_own_host(description, &description->from))
        return source;
    return wmem_strdup_printf(scope, "%s (by way of %s)", msturn_host_text(scope, &description->connection), source);
}

const char *msturn_description_role(const struct msturn_description *description)
{
    if (description->answers)
        return "answer";
    return description->answer ? "offer" : NULL;
}

/* ---- pairs ---- */

static enum msturn_fate fate_of_verdict(enum msturn_verdict verdict)
{
    static const enum msturn_fate fates[] = {
        [MSTURN_VERDICT_UNFINISHED] = MSTURN_FATE_UNFINISHED, [MSTURN_VERDICT_NOMINATED] = MSTURN_FATE_NOMINATED,
        [MSTURN_VERDICT_VALID] = MSTURN_FATE_VALID,           [MSTURN_VERDICT_BROKEN] = MSTURN_FATE_BROKEN,
        [MSTURN_VERDICT_UNKNOWN] = MSTURN_FATE_TRIED,
    };

    return fates[verdict];
}

static const struct msturn_pair_outcome *best_pair(const struct msturn_evaluation *evaluation,
                                                   const struct msturn_candidate *candidate)
{
    const struct msturn_pair_outcome *best = NULL, *pair = NULL;

    while ((pair = msturn_next_pair_of_candidate(evaluation, candidate, pair))) {
        if (!best || fate_of_verdict(pair->verdict) > fate_of_verdict(best->verdict) ||
            (pair->verdict == best->verdict && pair->id < best->id))
            best = pair;
    }
    return best;
}

/* ---- what was captured ---- */

/* Who uses an allocation that was captured whole, shows there. */
static bool would_be_seen(const struct msturn_session *session)
{
    return session && msturn_flow_is_whole(session->flow);
}

static void judge(const struct msturn_evaluation *evaluation, struct msturn_candidate_outcome *outcome)
{
    const struct msturn_candidate *candidate = outcome->candidate;

    if (candidate->address.family == 0)
        return;
    outcome->pair = best_pair(evaluation, candidate);
    outcome->session = msturn_session_of_candidate(evaluation, candidate, outcome->pair);
    if (outcome->pair)
        outcome->fate = fate_of_verdict(outcome->pair->verdict);
    else if (would_be_seen(outcome->session) || msturn_direct_pair_beside(evaluation, candidate))
        outcome->fate = MSTURN_FATE_UNTRIED;
}

void msturn_judge_candidates(struct msturn_evaluation *evaluation)
{
    const struct msturn_offers *offers = evaluation->tracker->offers;
    struct msturn_candidate_outcome *last = NULL;

    if (!offers)
        return;
    msturn_begin_joining(evaluation);
    for (const struct msturn_candidate *candidate = offers->candidates; candidate; candidate = candidate->next) {
        struct msturn_candidate_outcome *outcome = wmem_new0(evaluation->scope, struct msturn_candidate_outcome);
        outcome->id = last ? last->id + 1 : 0;
        outcome->candidate = candidate;
        judge(evaluation, outcome);
        if (last)
            last->next = outcome;
        else
            evaluation->candidates = outcome;
        last = outcome;
    }
}

const struct msturn_candidate_outcome *msturn_candidate_outcomes(const struct msturn_evaluation *evaluation)
{
    return evaluation->candidates;
}

const struct msturn_candidate *msturn_candidate_offered(const struct msturn_evaluation *evaluation,
                                                        const struct msturn_endpoint *address,
                                                        const struct msturn_pair_outcome *pair)
{
    const struct msturn_candidate *candidate = address->family != 0 ? msturn_candidate_at(address) : NULL;

    while (candidate && !msturn_is_pair_of_offer(evaluation, candidate, pair))
        candidate = candidate->next_at;
    return candidate;
}

const struct msturn_candidate *msturn_candidate_of_session(const struct msturn_evaluation *evaluation,
                                                           const struct msturn_session *session)
{
    const struct msturn_candidate *candidate =
        session && session->relayed.family != 0 ? msturn_candidate_at(&session->relayed) : NULL;

    while (candidate && msturn_session_of_candidate(evaluation, candidate, NULL) != session)
        candidate = candidate->next_at;
    return candidate;
}
