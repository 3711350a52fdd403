/* problems.c
 * The problems that an evaluation tells, and all problems by frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/problem.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

void msturn_add_finding(struct msturn_evaluation *evaluation, enum msturn_finding finding, uint32_t frame,
                        const struct msturn_transaction *transaction, const struct msturn_session *session,
                        const struct msturn_pair_outcome *pair, const char *text)
{
    struct msturn_problem_list *list = &evaluation->problems;
    struct msturn_problem *problem = msturn_append_problem(list, evaluation->scope,
                                                           (struct msturn_problem){ .finding = finding,
                                                                                    .frame = frame,
                                                                                    .text = text,
                                                                                    .transaction = transaction,
                                                                                    .session = session,
                                                                                    .pair = pair,
                                                                                    .evaluated = true });

    if (transaction)
        msturn_append_problem_to_owner(list->by_transaction, transaction, problem);
    else
        msturn_append_problem_to_owner(list->by_frame, GUINT_TO_POINTER(frame), problem);
}

const struct msturn_problem *msturn_problems_of(const struct msturn_evaluation *evaluation,
                                                const struct msturn_transaction *transaction)
{
    return wmem_map_lookup(evaluation->problems.by_transaction, transaction);
}

const struct msturn_problem *msturn_evaluated_problems_in(const struct msturn_evaluation *evaluation, uint32_t frame)
{
    return wmem_map_lookup(evaluation->problems.by_frame, GUINT_TO_POINTER(frame));
}

const struct msturn_problem *msturn_problems(const struct msturn_evaluation *evaluation)
{
    return evaluation->sorted;
}

/* ---- in order ---- */

struct sortable {
    struct msturn_problem *problem;
    unsigned number; /* qsort() need not keep the order of what is equal */
};

static int compare_frames(const void *a, const void *b)
{
    const struct sortable *left = a, *right = b;

    if (left->problem->frame != right->problem->frame)
        return left->problem->frame < right->problem->frame ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* The tracker's are copied. */
static void append_sortable(const struct msturn_evaluation *evaluation, wmem_array_t *all,
                            const struct msturn_problem_list *list)
{
    for (struct msturn_problem *problem = list->first; problem; problem = problem->next) {
        const struct sortable sortable = {
            problem->evaluated ? problem : wmem_memdup(evaluation->scope, problem, sizeof *problem),
            wmem_array_get_count(all),
        };
        wmem_array_append_one(all, sortable);
    }
}

static void complete(const struct msturn_evaluation *evaluation, struct msturn_problem *problem)
{
    const struct msturn_transaction *transaction = problem->transaction;

    if (!transaction)
        return;
    if (!problem->pair && transaction->exchange->leg)
        problem->pair = msturn_outcome_of_leg(evaluation, transaction->exchange->leg);
    else if (!problem->pair && transaction->exchange->peer_connection)
        problem->pair = msturn_outcome_of_leg(evaluation, transaction->exchange->peer_connection->leg);
    if (!problem->session)
        problem->session = msturn_transaction_session(transaction);
    problem->advice = msturn_proved_advice(evaluation, problem);
}

void msturn_sort_problems(struct msturn_evaluation *evaluation)
{
    wmem_array_t *all = wmem_array_new(evaluation->scope, sizeof(struct sortable));

    append_sortable(evaluation, all, &evaluation->tracker->found);
    append_sortable(evaluation, all, &evaluation->problems);
    wmem_array_sort(all, compare_frames);
    struct sortable *sorted = wmem_array_get_raw(all);
    const unsigned count = wmem_array_get_count(all);
    for (unsigned i = 0; i < count; i++) {
        complete(evaluation, sorted[i].problem);
        sorted[i].problem->next = i + 1 < count ? sorted[i + 1].problem : NULL;
    }
    evaluation->sorted = count > 0 ? msturn_fold_problems(evaluation, sorted[0].problem) : NULL;
}
