/* causes.c
 * Which finding is told with which other one, so that each cause is told once.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only what an evaluation finds is folded: what a message shows by itself stands in its packet in any case.
 */
#include "plugin/track/problem.h"
#include "plugin/verdict/evaluation_parts.h"

#include <string.h>

/* What both have in common. */
enum tie { SAME_PAIR, SAME_PAIR_NOMINATING, SAME_SESSION, SAME_SESSION_REFRESHING, SAME_TRANSACTION, SAME_FRAME };

struct row {
    enum msturn_finding told, with;
    enum tie tie;
};

/* clang-format off */
static const struct row rows[] = {
    /* What passed the relay on one side only has no answer, whoever looks at it. */
    { MSTURN_FINDING_RESPONSES_ONE_WAY,  MSTURN_FINDING_LOST_IN_RELAY,      SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_LOST_IN_RELAY,      SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_LOST_IN_RELAY,      SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_LOST_IN_RELAY,      SAME_PAIR },
    /* The receiver waits for the end of a frame that does not come. */
    { MSTURN_FINDING_RESPONSES_ONE_WAY,  MSTURN_FINDING_FRAME_LENGTH,       SAME_FRAME },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_FRAME_LENGTH,       SAME_FRAME },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_FRAME_LENGTH,       SAME_FRAME },
    /* A peer connection that leads nowhere. */
    { MSTURN_FINDING_BIND_CLOSED,        MSTURN_FINDING_BIND_UNKNOWN,       SAME_TRANSACTION },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_NEVER_BOUND,        SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_NEVER_BOUND,        SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_NEVER_BOUND,        SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_BIND_CLOSED,        SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_BIND_CLOSED,        SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_BIND_CLOSED,        SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_BIND_REFUSED,       SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_BIND_REFUSED,       SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_BIND_REFUSED,       SAME_PAIR },
    { MSTURN_FINDING_CONNECTION_REFUSED, MSTURN_FINDING_CONNECT_FAILED,     SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_PERMISSION_MISSING, SAME_FRAME },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_PERMISSION_MISSING, SAME_FRAME },
    /* A refused release. */
    { MSTURN_FINDING_NOT_RELEASED,       MSTURN_FINDING_NONCE_IGNORED,      SAME_FRAME },
    /* A connection that was closed. */
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_PEER_CLOSED,        SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_CLOSED_AT_ONCE,     SAME_PAIR },
    { MSTURN_FINDING_PAIR_UNFINISHED,    MSTURN_FINDING_PEER_CLOSED,        SAME_PAIR },
    { MSTURN_FINDING_PAIR_UNFINISHED,    MSTURN_FINDING_CLOSED_AT_ONCE,     SAME_PAIR },
    { MSTURN_FINDING_PAIR_UNFINISHED,    MSTURN_FINDING_OPEN_AT_END,        SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_PAIR_UNFINISHED,    SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_PAIR_UNFINISHED,    SAME_PAIR },
    { MSTURN_FINDING_RESET_LIVE,         MSTURN_FINDING_OPEN_AT_END,        SAME_SESSION },
    /* An end that does not answer. */
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_CONSENT_LOST,       SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_CONSENT_LOST,       SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_RESPONSES_ONE_WAY,  SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_RESPONSES_ONE_WAY,  SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_RESPONSES_ONE_WAY,  SAME_PAIR },
    { MSTURN_FINDING_NEVER_NOMINATED,    MSTURN_FINDING_NO_RESPONSE,        SAME_PAIR_NOMINATING },
    { MSTURN_FINDING_NEVER_NOMINATED,    MSTURN_FINDING_RESPONSE_OVERDUE,   SAME_PAIR_NOMINATING },
    { MSTURN_FINDING_NEVER_NOMINATED,    MSTURN_FINDING_OPEN_AT_END,        SAME_PAIR_NOMINATING },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_NO_RESPONSE,        SAME_SESSION_REFRESHING },
};
/* clang-format on */

/* What a problem of this kind is found by; false: it has no such thing. */
static bool key_of(const struct msturn_problem *problem, enum msturn_finding finding, enum tie tie,
                   struct msturn_ends_key *key)
{
    const void *const owners[] = {
        [SAME_PAIR] = problem->pair,
        [SAME_PAIR_NOMINATING] = problem->pair,
        [SAME_SESSION] = problem->session,
        [SAME_SESSION_REFRESHING] = problem->session,
        [SAME_TRANSACTION] = problem->transaction,
        [SAME_FRAME] = GUINT_TO_POINTER(problem->frame),
    };

    *key = (struct msturn_ends_key){ .number = finding };
    key->a.port = (uint16_t)tie;
    memcpy(key->a.address, (const void *)&owners[tie], sizeof owners[tie]);
    return owners[tie] != NULL;
}

/* What the request must be with which others are told. */
static bool is_such(const struct msturn_problem *problem, enum tie tie)
{
    const struct msturn_transaction *transaction = problem->transaction;

    if (tie == SAME_PAIR_NOMINATING)
        return transaction && transaction->nominates;
    return tie != SAME_SESSION_REFRESHING || (transaction && transaction->action == MSTURN_ACTION_REFRESH);
}

/* The first of each finding and owner, of those with which others may be told. */
static wmem_map_t *index_of(wmem_allocator_t *scope, struct msturn_problem *first)
{
    wmem_map_t *index = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal);
    struct msturn_ends_key key;

    for (struct msturn_problem *problem = first; problem; problem = problem->next) {
        for (const struct row *row = rows; row < rows + G_N_ELEMENTS(rows); row++) {
            if (row->with == problem->finding && is_such(problem, row->tie) &&
                key_of(problem, row->with, row->tie, &key) && !msturn_map_find(index, key))
                wmem_map_insert(index, wmem_memdup(scope, &key, sizeof key), problem);
        }
    }
    return index;
}

static struct msturn_problem *find_cause(wmem_map_t *index, const struct msturn_problem *problem)
{
    struct msturn_ends_key key;

    for (const struct row *row = rows; row < rows + G_N_ELEMENTS(rows); row++) {
        if (row->told != problem->finding || !key_of(problem, row->with, row->tie, &key))
            continue;
        struct msturn_problem *cause = msturn_map_find(index, key);
        if (cause)
            return cause;
    }
    return NULL;
}

/* Takes out those that are told with another one. */
static struct msturn_problem *fold(struct msturn_problem *first)
{
    struct msturn_problem *kept = NULL, **end = &kept, *next;

    for (struct msturn_problem *problem = first; problem; problem = next) {
        next = problem->next;
        problem->next = NULL;
        struct msturn_problem *cause = (struct msturn_problem *)msturn_problem_told_with(problem);
        struct msturn_problem **list = cause ? &cause->effects : end;
        while (*list)
            list = &(*list)->next;
        *list = problem;
        if (!cause)
            end = &problem->next;
    }
    return kept;
}

struct msturn_problem *msturn_fold_problems(struct msturn_evaluation *evaluation, struct msturn_problem *first)
{
    wmem_map_t *index = index_of(evaluation->scope, first);

    for (struct msturn_problem *problem = first; problem; problem = problem->next) {
        if (problem->evaluated)
            problem->cause = find_cause(index, problem);
    }
    return fold(first);
}
