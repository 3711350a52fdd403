/* evaluation.c
 * An evaluation, from the tracker's lists to its problems.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation.h"

#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/path_parts.h"

/* ---- making ---- */

static void evaluate_pairs(struct msturn_evaluation *evaluation)
{
    wmem_array_t *all = wmem_array_new(evaluation->scope, sizeof(struct msturn_pair_facts));

    for (struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next) {
        const struct msturn_pair_facts facts = msturn_gather_pair_facts(evaluation, pair);
        wmem_array_append_one(all, facts);
        msturn_note_nominated(evaluation, pair);
    }
    struct msturn_pair_facts *facts = wmem_array_get_raw(all);
    const unsigned count = wmem_array_get_count(all);
    for (unsigned i = 0; i < count; i++) {
        facts[i].pair->facts = &facts[i];
        msturn_decide_verdict(&facts[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        msturn_find_in_pair(&facts[i]);
        msturn_find_lost_in_relay(evaluation, facts[i].pair);
    }
}

struct msturn_evaluation *msturn_evaluate(const struct msturn_tracker *tracker)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK);
    struct msturn_evaluation *evaluation = wmem_new0(scope, struct msturn_evaluation);

    *evaluation = (struct msturn_evaluation){
        .tracker = tracker,
        .scope = scope,
        .pair_count = tracker->pair_count,
        .session_count = tracker->session_count,
        .outcomes = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .legs = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .idle_legs = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .session_states = wmem_alloc0_array(scope, uint8_t, tracker->session_count + 1),
        .connections = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .siblings = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .checking_hosts = wmem_map_new(scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .silent_attempts = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .unclaimed = g_ptr_array_new(),
        .contacts = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .paths_by_pair = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .paths_by_leg = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .paths_by_session = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .paths_by_hosts = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .silent_flows = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .silent_paths = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .reached = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal),
        .outer_hosts = wmem_map_new(scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .proofs = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .allocating_hosts = wmem_map_new(scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .nominating_hosts = wmem_map_new(scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .upkeep_problems = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .problems_by_frame = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .problems.by_transaction = wmem_map_new(scope, g_direct_hash, g_direct_equal),
        .problems.by_frame = wmem_map_new(scope, g_direct_hash, g_direct_equal),
    };
    msturn_add_pairs(evaluation);
    msturn_evaluate_peer_connections(evaluation); /* which joins binds to these pairs */
    msturn_add_unclaimed_pairs(evaluation);
    msturn_orient_pairs(evaluation);
    msturn_note_silent_flows(evaluation);
    evaluate_pairs(evaluation);
    msturn_find_in_sessions(evaluation);
    msturn_find_in_flows(evaluation);
    msturn_find_in_peer_connections(evaluation);
    msturn_find_in_transactions(evaluation);
    msturn_find_in_integrity(evaluation);
    msturn_judge_candidates(evaluation);
    msturn_find_in_offers(evaluation);
    msturn_find_unreachable(evaluation);
    msturn_sort_problems(evaluation);
    msturn_make_paths(evaluation);
    return evaluation;
}

void msturn_evaluation_free(struct msturn_evaluation *evaluation)
{
    if (!evaluation)
        return;
    g_ptr_array_unref(evaluation->unclaimed);
    wmem_destroy_allocator(evaluation->scope);
}

/* ---- the one of the open file ---- */

static struct {
    struct msturn_evaluation *evaluation;
    uint64_t events;
    uint32_t frame;
} current;

const struct msturn_evaluation *msturn_evaluation_now(void)
{
    if (current.evaluation && current.events == msturn_tracker.events && current.frame == msturn_tracker.now.frame)
        return current.evaluation;
    msturn_evaluation_free(current.evaluation);
    current.evaluation = msturn_evaluate(&msturn_tracker);
    current.events = msturn_tracker.events;
    current.frame = msturn_tracker.now.frame;
    return current.evaluation;
}

const struct msturn_evaluation *msturn_evaluation_lately(void)
{
    const uint64_t few =
        current.events / 16; /* so that all evaluations of a capture cost little more than the last one */

    if (current.evaluation && msturn_tracker.events - current.events <= few)
        return current.evaluation;
    return msturn_evaluation_now();
}

void msturn_evaluation_forget(void)
{
    msturn_evaluation_free(current.evaluation);
    current.evaluation = NULL;
}
