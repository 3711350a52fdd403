/* candidates.h
 * What became of each candidate that was offered.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_CANDIDATES_H
#define MSTURN_CANDIDATES_H

#include "plugin/track/offer.h"
#include "plugin/verdict/outcome.h"

struct msturn_evaluation;

/* The higher, the better. */
enum msturn_fate {
    MSTURN_FATE_UNKNOWN, /* what passes there may not have been captured */
    MSTURN_FATE_UNTRIED, /* it was captured, and nobody tried */
    MSTURN_FATE_TRIED,   /* but its pair is not known */
    MSTURN_FATE_BROKEN,
    MSTURN_FATE_UNFINISHED,
    MSTURN_FATE_VALID,
    MSTURN_FATE_NOMINATED
};

/* As in the `fate` of the JSON output. */
extern const struct msturn_name msturn_fate_names[];

struct msturn_candidate_outcome {
    uint32_t id; /* from 0 on */
    const struct msturn_candidate *candidate;
    enum msturn_fate fate;
    const struct msturn_pair_outcome *pair; /* the best one that it is an end of; NULL: none */
    const struct msturn_session *session;   /* whose relayed address it is; NULL: none that is known */
    struct msturn_candidate_outcome *next;
};

/* In the order in which they were offered. */
const struct msturn_candidate_outcome *msturn_candidate_outcomes(const struct msturn_evaluation *evaluation);

/* Who offered an end of the pair, or the relayed address of the session: the first one, or NULL. For the step `offer` of a path. */
const struct msturn_candidate *msturn_candidate_offered(const struct msturn_evaluation *evaluation,
                                                        const struct msturn_endpoint *address,
                                                        const struct msturn_pair_outcome *pair);
const struct msturn_candidate *msturn_candidate_of_session(const struct msturn_evaluation *evaluation,
                                                           const struct msturn_session *session);

/* The host that the description came from; of one from a log that which it names, or "line 12 of the log". */
const char *msturn_description_source(wmem_allocator_t *scope, const struct msturn_description *description);

/* Whose it is, for a sentence: where a SIP server passed it on, the host that it names, and which server. */
const char *msturn_description_end(wmem_allocator_t *scope, const struct msturn_description *description);
/* "offer" or "answer"; NULL: not known. */
const char *msturn_description_role(const struct msturn_description *description);

#endif
