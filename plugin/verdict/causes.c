/* causes.c
 * Which finding is told with which other one, so that each cause is told once.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reports fold. What a message shows by itself stands in its packet in any case.
 */
#include "plugin/track/problem.h"
#include "plugin/verdict/evaluation_parts.h"

#include <string.h>

/* What both have in common. */
enum tie {
    SAME_PAIR,
    SAME_PAIR_NOMINATING,
    SAME_SESSION,
    SAME_SESSION_REFRESHING,
    SAME_ASKER, /* who asked, on a leg */
    SAME_TRANSACTION,
    SAME_MESSAGE, /* seen at another place */
    SAME_FRAME,
    NAMED_FRAME /* that the effect names */
};

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
    { MSTURN_FINDING_RESPONSES_ONE_WAY,  MSTURN_FINDING_FRAME_LENGTH,       SAME_PAIR },
    { MSTURN_FINDING_CHECKS_ONE_WAY,     MSTURN_FINDING_FRAME_LENGTH,       SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_FRAME_LENGTH,       SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_FRAME_LENGTH,       SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_FRAME_LENGTH,       SAME_PAIR },
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
    /* A request that could only be refused, or was never to be answered. */
    { MSTURN_FINDING_BIND_REFUSED,        MSTURN_FINDING_BIND_MISPLACED,     SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_CLOSED,         MSTURN_FINDING_BIND_MISPLACED,     SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_REFUSED,        MSTURN_FINDING_BIND_UNKNOWN,       SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_REFUSED,        MSTURN_FINDING_BIND_LATE,          SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_CLOSED,         MSTURN_FINDING_BIND_LATE,          SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_REFUSED,        MSTURN_FINDING_USER_CHANGED,       SAME_TRANSACTION },
    { MSTURN_FINDING_CREDENTIALS_MISMATCH, MSTURN_FINDING_USER_CHANGED,      SAME_TRANSACTION },
    { MSTURN_FINDING_AUTH_LOOP,           MSTURN_FINDING_REALM_WRONG,        SAME_TRANSACTION },
    { MSTURN_FINDING_CHECK_REFUSED,       MSTURN_FINDING_INTEGRITY_MISSING,  SAME_TRANSACTION },
    /* A password that is known proves why. */
    { MSTURN_FINDING_CHECK_REFUSED,       MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_AUTH_LOOP,           MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_REQUEST_REFUSED,     MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_REFUSED,        MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_BIND_CLOSED,         MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_NO_RESPONSE,         MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_RESPONSE_OVERDUE,    MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_OPEN_AT_END,         MSTURN_FINDING_INTEGRITY_BAD,      SAME_TRANSACTION },
    { MSTURN_FINDING_ATTRIBUTE_UNKNOWN_REQUIRED, MSTURN_FINDING_ATTRIBUTE_REFUSED, SAME_TRANSACTION },
    { MSTURN_FINDING_REFRESH_MISMATCH,    MSTURN_FINDING_ALLOCATION_EXPIRED, SAME_SESSION },
    { MSTURN_FINDING_ALLOCATION_MISMATCH, MSTURN_FINDING_ALLOCATION_EXPIRED, SAME_SESSION },
    { MSTURN_FINDING_TURN_AFTER_BIND,     MSTURN_FINDING_REFRESH_MISPLACED,  SAME_TRANSACTION },
    /* What was refused, and what was done all the same. */
    { MSTURN_FINDING_ROLE_CONFLICT,       MSTURN_FINDING_ROLE_KEPT,          SAME_PAIR },
    { MSTURN_FINDING_REDIRECTED,          MSTURN_FINDING_REDIRECT_IGNORED,   SAME_TRANSACTION },
    { MSTURN_FINDING_PERMISSION_MISSING,  MSTURN_FINDING_FORBIDDEN,          NAMED_FRAME },
    { MSTURN_FINDING_PERMISSION_MISSING,  MSTURN_FINDING_NONCE_IGNORED,      NAMED_FRAME },
    { MSTURN_FINDING_PERMISSION_MISSING,  MSTURN_FINDING_REQUEST_REFUSED,    NAMED_FRAME },
    { MSTURN_FINDING_PERMISSION_MISSING,  MSTURN_FINDING_PEER_FAMILY_MISMATCH, NAMED_FRAME },
    { MSTURN_FINDING_PERMISSION_MISSING,  MSTURN_FINDING_AUTH_LOOP,          NAMED_FRAME },
    { MSTURN_FINDING_NEVER_BOUND,         MSTURN_FINDING_CONNECTION_REFUSED, NAMED_FRAME },
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
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_NO_RESPONSE,        SAME_ASKER },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_NO_RESPONSE,        SAME_ASKER },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_CONSENT_LOST,       SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_CONSENT_LOST,       SAME_PAIR },
    { MSTURN_FINDING_NO_RESPONSE,        MSTURN_FINDING_RESPONSES_ONE_WAY,  SAME_PAIR },
    { MSTURN_FINDING_RESPONSE_OVERDUE,   MSTURN_FINDING_RESPONSES_ONE_WAY,  SAME_PAIR },
    { MSTURN_FINDING_OPEN_AT_END,        MSTURN_FINDING_RESPONSES_ONE_WAY,  SAME_PAIR },
    { MSTURN_FINDING_NEVER_NOMINATED,    MSTURN_FINDING_NO_RESPONSE,        SAME_PAIR_NOMINATING },
    { MSTURN_FINDING_NEVER_NOMINATED,    MSTURN_FINDING_RESPONSE_OVERDUE,   SAME_PAIR_NOMINATING },
    { MSTURN_FINDING_NEVER_NOMINATED,    MSTURN_FINDING_OPEN_AT_END,        SAME_PAIR_NOMINATING },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_NO_RESPONSE,        SAME_SESSION_REFRESHING },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_CREDENTIALS_MISMATCH, NAMED_FRAME },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_AUTH_LOOP,          NAMED_FRAME },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_NONCE_IGNORED,      NAMED_FRAME },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_FORBIDDEN,          NAMED_FRAME },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, MSTURN_FINDING_REQUEST_REFUSED,    NAMED_FRAME },
};
/* clang-format on */

static struct msturn_ends_key key_of_owner(enum msturn_finding finding, enum tie tie, const void *owner)
{
    struct msturn_ends_key key = { .number = finding };

    key.a.port = (uint16_t)tie;
    memcpy(key.a.address, (const void *)&owner, sizeof owner);
    return key;
}

static struct msturn_ends_key key_of_message(const struct msturn_problem *problem,
                                             const struct msturn_transaction *transaction, enum msturn_finding finding)
{
    struct msturn_ends_key key = { .number = finding };

    key.a.port = SAME_MESSAGE;
    memcpy(key.a.address, transaction->id, sizeof transaction->id);
    key.b.port = problem->frame == transaction->exchange->response.frame;
    return key;
}

/* What a problem of this kind is found by; false: it has no such thing. */
static bool key_of(const struct msturn_problem *problem, enum msturn_finding finding, enum tie tie, uint32_t frame,
                   struct msturn_ends_key *key)
{
    const struct msturn_transaction *transaction = problem->transaction;
    const void *const owners[] = {
        [SAME_PAIR] = problem->pair,
        [SAME_PAIR_NOMINATING] = problem->pair,
        [SAME_SESSION] = problem->session,
        [SAME_SESSION_REFRESHING] = problem->session,
        [SAME_ASKER] = transaction ? transaction->exchange->leg : NULL,
        [SAME_TRANSACTION] = transaction,
        [SAME_MESSAGE] = transaction,
        [SAME_FRAME] = GUINT_TO_POINTER(frame),
        [NAMED_FRAME] = GUINT_TO_POINTER(frame),
    };

    if (!owners[tie])
        return false;
    if (tie == SAME_MESSAGE && transaction)
        *key = key_of_message(problem, transaction, finding);
    else
        *key = key_of_owner(finding, tie, owners[tie]);
    if (tie == SAME_ASKER && transaction)
        key->b.port = transaction->side;
    return true;
}

/* What the request must be with which others are told. */
static bool is_such(const struct msturn_problem *problem, enum tie tie)
{
    const struct msturn_transaction *transaction = problem->transaction;

    if (tie == SAME_PAIR_NOMINATING)
        return transaction && transaction->nominates;
    return tie != SAME_SESSION_REFRESHING || (transaction && transaction->action == MSTURN_ACTION_REFRESH);
}

static void add_to_index(wmem_allocator_t *scope, wmem_map_t *index, struct msturn_problem *problem, enum tie tie)
{
    struct msturn_ends_key key;

    if (is_such(problem, tie) && key_of(problem, problem->finding, tie, problem->frame, &key) &&
        !msturn_map_find(index, key))
        wmem_map_insert(index, wmem_memdup(scope, &key, sizeof key), problem);
}

/* The first of each finding and owner, of those with which others may be told. */
static wmem_map_t *index_of(wmem_allocator_t *scope, struct msturn_problem *first)
{
    wmem_map_t *index = wmem_map_new(scope, msturn_ends_hash, msturn_ends_equal);

    for (struct msturn_problem *problem = first; problem; problem = problem->next) {
        add_to_index(scope, index, problem, SAME_MESSAGE);
        add_to_index(scope, index, problem, SAME_FRAME);
        for (const struct row *row = rows; row < rows + G_N_ELEMENTS(rows); row++) {
            if (row->with == problem->finding)
                add_to_index(scope, index, problem, row->tie);
        }
    }
    return index;
}

/* The problem of this finding that it is tied to; NULL: none, or it would be told with itself in the end. */
static struct msturn_problem *find_tied(wmem_map_t *index, const struct msturn_problem *problem,
                                        enum msturn_finding with, enum tie tie)
{
    struct msturn_ends_key key;

    if (!key_of(problem, with, tie, tie == NAMED_FRAME ? problem->because : problem->frame, &key))
        return NULL;
    struct msturn_problem *cause = msturn_map_find(index, key);
    for (const struct msturn_problem *each = cause; each; each = each->cause) {
        if (each == problem)
            return NULL;
    }
    return cause;
}

/* The same finding of the same message at another place, or of another message in the frame. */
static struct msturn_problem *find_same(wmem_map_t *index, const struct msturn_problem *problem)
{
    struct msturn_problem *same = find_tied(index, problem, problem->finding, SAME_MESSAGE);

    if (same && same->transaction != problem->transaction)
        return same;
    return find_tied(index, problem, problem->finding, SAME_FRAME);
}

static struct msturn_problem *find_cause(wmem_map_t *index, const struct msturn_problem *problem)
{
    for (const struct row *row = rows; row < rows + G_N_ELEMENTS(rows); row++) {
        struct msturn_problem *cause =
            row->told == problem->finding ? find_tied(index, problem, row->with, row->tie) : NULL;
        if (cause)
            return cause;
    }
    return find_same(index, problem);
}

static void add_effect(struct msturn_problem *cause, struct msturn_problem *effect)
{
    if (cause->last_effect)
        cause->last_effect->next = effect;
    else
        cause->effects = effect;
    cause->last_effect = effect;
    /* Of a connection that was refused only what it was for tells whose it is. */
    if (!cause->session && !cause->pair) {
        cause->session = effect->session;
        cause->pair = effect->pair;
    }
}

/* Takes out those that are told with another one. */
static struct msturn_problem *fold(struct msturn_problem *first)
{
    struct msturn_problem *kept = NULL, **end = &kept, *next;

    for (struct msturn_problem *problem = first; problem; problem = next) {
        next = problem->next;
        problem->next = NULL;
        struct msturn_problem *cause = (struct msturn_problem *)msturn_problem_told_with(problem);
        if (cause) {
            add_effect(cause, problem);
            continue;
        }
        *end = problem;
        end = &problem->next;
    }
    return kept;
}

struct msturn_problem *msturn_fold_problems(struct msturn_evaluation *evaluation, struct msturn_problem *first)
{
    wmem_map_t *index = index_of(evaluation->scope, first);

    for (struct msturn_problem *problem = first; problem; problem = problem->next)
        problem->cause = find_cause(index, problem);
    return fold(first);
}
