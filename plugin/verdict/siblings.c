/* siblings.c
 * Pairs of one ICE session or allocation, of which one is nominated and the others are given up (RFC 8445 section 8.1.1).
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation_parts.h"

#include <string.h>

/* What makes pairs siblings: one allocation, one ICE session and a host in common, or else the same two hosts. */
enum sibling_kind { BY_ALLOCATION, BY_ICE_SESSION_AND_LOCAL, BY_ICE_SESSION_AND_REMOTE, BY_HOSTS, SIBLING_KINDS };

static uint64_t ice_session_of_pair(const struct msturn_pair_outcome *pair)
{
    uint64_t session = 0;

    for (const struct msturn_pair_leg *leg = pair->legs; leg && session == 0; leg = leg->next)
        session = leg->leg->ice_session;
    return session;
}

/* Where there is no such thing, false. */
static bool sibling_key(const struct msturn_pair_outcome *pair, enum sibling_kind kind, struct msturn_ends_key *key)
{
    const uint64_t ice_session = ice_session_of_pair(pair);
    const uintptr_t allocation = (uintptr_t)pair->session;

    *key = (struct msturn_ends_key){ .number = kind };
    switch (kind) {
    case BY_ALLOCATION:
        memcpy(key->a.address, &allocation, sizeof allocation);
        return pair->session != NULL;
    case BY_ICE_SESSION_AND_LOCAL:
    case BY_ICE_SESSION_AND_REMOTE:
        key->number = BY_ICE_SESSION_AND_LOCAL; /* the host may be local in one pair and remote in the other */
        memcpy(key->a.address, &ice_session, sizeof ice_session);
        key->b = msturn_host_of_endpoint(kind == BY_ICE_SESSION_AND_LOCAL ? &pair->local : &pair->remote);
        return ice_session != 0;
    default:
        key->a = msturn_host_of_endpoint(&pair->local);
        key->b = msturn_host_of_endpoint(&pair->remote);
        return pair->session == NULL && ice_session == 0;
    }
}

void msturn_note_nominated(struct msturn_evaluation *evaluation, struct msturn_pair_outcome *pair)
{
    struct msturn_ends_key key;

    if (!msturn_happened(&pair->nominated))
        return;
    for (enum sibling_kind kind = 0; kind < SIBLING_KINDS; kind++) {
        if (!sibling_key(pair, kind, &key))
            continue;
        wmem_array_t *siblings = msturn_map_find(evaluation->siblings, key);
        if (!siblings) {
            siblings = wmem_array_new(evaluation->scope, sizeof(struct msturn_pair_outcome *));
            wmem_map_insert(evaluation->siblings, wmem_memdup(evaluation->scope, &key, sizeof key), siblings);
        }
        wmem_array_append_one(siblings, pair);
    }
}

enum { SIBLINGS = 64 }; /* that are looked at */

/* When a pair could not be used any more: with its connection, or with its allocation. */
static struct msturn_event end_of_pair(const struct msturn_pair_outcome *pair)
{
    const struct msturn_session *session = pair->session;

    if (msturn_happened(&pair->ended) || !session)
        return pair->ended;
    return msturn_happened(&session->released) ? session->released : session->flow->ended;
}

/* NULL: none. */
static const struct msturn_pair_outcome *winner_among(const struct msturn_evaluation *evaluation,
                                                      const struct msturn_pair_outcome *pair, wmem_array_t *siblings)
{
    const unsigned count = siblings ? MIN(wmem_array_get_count(siblings), SIBLINGS) : 0;
    const struct msturn_event *end = msturn_happened(&pair->ended) ? &pair->ended : &evaluation->tracker->now;

    for (unsigned i = 0; i < count; i++) {
        const struct msturn_pair_outcome *sibling = *(struct msturn_pair_outcome **)wmem_array_index(siblings, i);
        const struct msturn_event over = end_of_pair(sibling);
        if (sibling != pair && sibling->nominated.time <= end->time &&
            (!msturn_happened(&over) || over.time >= pair->first.time))
            return sibling;
    }
    return NULL;
}

const struct msturn_pair_outcome *msturn_winner_over(const struct msturn_evaluation *evaluation,
                                                     const struct msturn_pair_outcome *pair)
{
    const struct msturn_pair_outcome *winner = NULL;
    struct msturn_ends_key key;

    for (enum sibling_kind kind = 0; kind < SIBLING_KINDS && !winner; kind++) {
        if (sibling_key(pair, kind, &key))
            winner = winner_among(evaluation, pair, msturn_map_find(evaluation->siblings, key));
    }
    return winner;
}

bool msturn_was_given_up(const struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair)
{
    return msturn_winner_over(evaluation, pair) != NULL;
}
