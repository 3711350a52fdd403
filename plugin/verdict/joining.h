/* joining.h
 * Which pair, and which allocation, a candidate is of.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_JOINING_H
#define MSTURN_JOINING_H

#include "plugin/track/offer.h"
#include "plugin/verdict/evaluation_parts.h"

/* A part of time; an event that did not happen is no limit. */
struct msturn_span_of_time {
    struct msturn_event first, last;
};

/* What an evaluation joins by: made once, when the verdicts on pairs are known. */
void msturn_begin_joining(struct msturn_evaluation *evaluation);

/* Of the pairs at the candidate's address those that its offer is about, one after the other: `before` is NULL or the last one. */
const struct msturn_pair_outcome *msturn_next_pair_of_candidate(const struct msturn_evaluation *evaluation,
                                                                const struct msturn_candidate *candidate,
                                                                const struct msturn_pair_outcome *before);

/* Is the pair of the exchange of offer and answer that this candidate is in, whatever its address? */
bool msturn_is_pair_of_offer(const struct msturn_evaluation *evaluation, const struct msturn_candidate *candidate,
                             const struct msturn_pair_outcome *pair);

/* A pair of the same exchange that the two ends check directly at the candidate's host: where that was captured, what comes to the
 * candidate would be, too. NULL: none. */
const struct msturn_pair_outcome *msturn_direct_pair_beside(const struct msturn_evaluation *evaluation,
                                                            const struct msturn_candidate *candidate);

/* False: it has user fragments, and the pair's checks have others. */
bool msturn_description_may_be_of_pair(const struct msturn_evaluation *evaluation,
                                       const struct msturn_description *description,
                                       const struct msturn_pair_outcome *pair);

/* Was the candidate on offer at some moment of this time? One of a log always was. */
bool msturn_candidate_is_offered_in(const struct msturn_candidate *candidate, const struct msturn_span_of_time *time);

/* The allocation whose relayed address it is; `pair`: of it, or NULL. NULL: none that is known, or several may be. */
const struct msturn_session *msturn_session_of_candidate(const struct msturn_evaluation *evaluation,
                                                         const struct msturn_candidate *candidate,
                                                         const struct msturn_pair_outcome *pair);

#endif
