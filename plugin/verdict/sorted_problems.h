/* sorted_problems.h
 * The problems of the judgement, and all problems by frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SORTED_PROBLEMS_H
#define MSTURN_SORTED_PROBLEMS_H

#include "plugin/track/model.h"

/* A problem of this judgement. */
void msturn_judged(enum msturn_finding finding, uint32_t frame, const struct msturn_transaction *transaction,
                   const struct msturn_session *session, const struct msturn_pair *pair, const char *text);

/* Puts those that were found and those of this judgement in the order of their frames. */
void msturn_sort_problems(void);

/* All problems by frame, as of the last judgement. */
const struct msturn_problem *msturn_problems(void);

/* Those of a transaction that only the last judgement told, linked by next_of_owner. */
const struct msturn_problem *msturn_problems_of(const struct msturn_transaction *transaction);

/* Those in a frame that are of no transaction; linked by next_of_owner. */
const struct msturn_problem *msturn_judged_problems_in(uint32_t frame);

#endif
