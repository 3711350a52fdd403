/* sorted_problems.c
 * The problems of the judgement, and all problems by frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/sorted_problems.h"

#include "plugin/track/pair.h"
#include "plugin/track/problem.h"
#include "plugin/track/state.h"

static const struct msturn_problem *problems_of(wmem_map_t *map, const void *owner)
{
    return map ? wmem_map_lookup(map, owner) : NULL;
}

void msturn_judged(enum msturn_finding finding, uint32_t frame, const struct msturn_transaction *transaction,
                   const struct msturn_session *session, const struct msturn_pair *pair, const char *text)
{
    struct msturn_problem_list *judged = &msturn_tracker.judged;
    struct msturn_problem *problem = msturn_problem_add(judged, msturn_tracker.judgement, (struct msturn_problem){
        .finding = finding, .frame = frame, .text = text, .transaction = transaction, .session = session,
        .pair = pair });

    if (transaction)
        msturn_problem_add_to_owner(judged->by_transaction, transaction, problem);
    else
        msturn_problem_add_to_owner(judged->by_frame, GUINT_TO_POINTER(frame), problem);
}

const struct msturn_problem *msturn_problems_of(const struct msturn_transaction *transaction)
{
    return problems_of(msturn_tracker.judged.by_transaction, transaction);
}

const struct msturn_problem *msturn_judged_problems_in(uint32_t frame)
{
    return problems_of(msturn_tracker.judged.by_frame, GUINT_TO_POINTER(frame));
}

static int compare_frames(const void *a, const void *b)
{
    const struct msturn_problem *left = a, *right = b;

    return left->frame < right->frame ? -1 : left->frame > right->frame;
}

static void copy_problems(wmem_array_t *all, const struct msturn_problem_list *list)
{
    for (const struct msturn_problem *problem = list->first; problem; problem = problem->next)
        wmem_array_append(all, problem, 1);
}

void msturn_sort_problems(void)
{
    wmem_array_t *all = wmem_array_new(msturn_tracker.judgement, sizeof(struct msturn_problem));

    copy_problems(all, &msturn_tracker.found);
    copy_problems(all, &msturn_tracker.judged);
    wmem_array_sort(all, compare_frames);
    struct msturn_problem *sorted = wmem_array_get_raw(all);
    const unsigned count = wmem_array_get_count(all);
    for (unsigned i = 0; i < count; i++) {
        if (!sorted[i].pair && sorted[i].transaction && sorted[i].transaction->leg)
            sorted[i].pair = sorted[i].transaction->leg->pair;
        else if (!sorted[i].pair && sorted[i].transaction && sorted[i].transaction->peer_connection)
            sorted[i].pair = sorted[i].transaction->peer_connection->leg->pair;
        if (!sorted[i].session && sorted[i].transaction)
            sorted[i].session = msturn_transaction_session(sorted[i].transaction);
        sorted[i].next = i + 1 < count ? &sorted[i + 1] : NULL;
    }
    msturn_tracker.sorted = count > 0 ? sorted : NULL;
}

const struct msturn_problem *msturn_problems(void)
{
    return msturn_tracker.sorted;
}
