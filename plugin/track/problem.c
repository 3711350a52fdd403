/* problem.c
 * What was found wrong with calls, by message, transaction and frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/problem.h"

#include "plugin/track/state.h"

struct msturn_problem *msturn_append_problem(struct msturn_problem_list *list, wmem_allocator_t *scope,
                                             struct msturn_problem problem)
{
    struct msturn_problem *added = wmem_new(scope, struct msturn_problem);

    *added = problem;
    if (!added->text)
        added->text = msturn_findings[problem.finding].text;
    if (list->last)
        list->last->next = added;
    else
        list->first = added;
    return list->last = added;
}

void msturn_append_problem_to_owner(wmem_map_t *map, const void *owner, struct msturn_problem *problem)
{
    problem->next_of_owner = wmem_map_lookup(map, owner);
    wmem_map_insert(map, owner, problem);
}

void msturn_note_problem(enum msturn_finding finding, uint32_t frame, const struct msturn_transaction *transaction,
                         const struct msturn_session *session, const char *text)
{
    struct msturn_problem *problem = msturn_append_problem(
        &msturn_tracker.found, msturn_tracker.scope,
        (struct msturn_problem){
            .finding = finding, .frame = frame, .text = text, .transaction = transaction, .session = session });

    if (transaction) {
        problem->next_of_owner = msturn_tracker.of_message;
        msturn_tracker.of_message = problem;
    } else {
        msturn_append_problem_to_owner(msturn_tracker.found.by_frame, GUINT_TO_POINTER(frame), problem);
    }
}

void msturn_problem_of_message(enum msturn_finding finding, uint32_t frame,
                               const struct msturn_transaction *transaction)
{
    struct msturn_problem *last = msturn_tracker.found.last;

    if (last && last->finding == finding && last->frame == frame && !last->transaction)
        last->transaction = transaction;
}

void msturn_problem_follows(uint32_t frame)
{
    msturn_tracker.found.last->because = frame;
}

/* Several units of a frame may have the same fault. */
static bool is_last_found(enum msturn_finding finding, const char *text, uint32_t frame,
                          const struct msturn_transaction *transaction)
{
    const struct msturn_problem *last = msturn_tracker.found.last;

    return last && last->finding == finding && last->frame == frame && last->transaction == transaction &&
           g_str_equal(last->text, text ? text : msturn_findings[finding].text);
}

void msturn_track_message_problem(enum msturn_finding finding, const char *text, uint32_t frame)
{
    const struct msturn_transaction *transaction =
        msturn_tracker.current_frame == frame ? msturn_tracker.current : NULL;

    if (msturn_findings[finding].severity == MSTURN_NOTE || is_last_found(finding, text, frame, transaction))
        return;
    msturn_append_problem(&msturn_tracker.found, msturn_tracker.scope,
                          (struct msturn_problem){ .finding = finding,
                                                   .frame = frame,
                                                   .transaction = transaction,
                                                   .text = text ? wmem_strdup(msturn_tracker.scope, text) : NULL,
                                                   .session = transaction ? transaction->session : NULL });
}

const char *msturn_problem_advice(const struct msturn_problem *problem)
{
    return problem->advice ? problem->advice : msturn_findings[problem->finding].advice;
}

const struct msturn_problem *msturn_problem_told_with(const struct msturn_problem *problem)
{
    const struct msturn_problem *cause = problem->cause;

    while (cause && cause->cause)
        cause = cause->cause;
    return cause;
}

const struct msturn_transaction *msturn_problem_refusal(const struct msturn_problem *problem)
{
    const struct msturn_transaction *transaction = problem->transaction;

    return transaction && transaction->is_error && transaction->exchange->response.frame == problem->frame ? transaction
                                                                                                           : NULL;
}

const struct msturn_problem *msturn_found_problems_of(const struct msturn_message_facts *facts)
{
    return wmem_map_lookup(msturn_tracker.found_by_message, facts);
}

const struct msturn_problem *msturn_found_problems_in(uint32_t frame)
{
    return wmem_map_lookup(msturn_tracker.found.by_frame, GUINT_TO_POINTER(frame));
}
