/* problem.h
 * What was found wrong with calls, by message, transaction and frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PROBLEM_H
#define MSTURN_PROBLEM_H

#include "plugin/track/state.h"

/* A finding that bytes of this frame alone show; it is the last message's. Notes are not kept. */
void msturn_track_message_problem(enum msturn_finding finding, const char *text, uint32_t frame);

/* Adds a copy of the problem to a list; its text may be NULL: the finding's own. */
struct msturn_problem *msturn_append_problem(struct msturn_problem_list *list, wmem_allocator_t *scope,
                                             struct msturn_problem problem);

/* Makes it the first of its owner's: a transaction, or a frame. */
void msturn_append_problem_to_owner(wmem_map_t *map, const void *owner, struct msturn_problem *problem);

/* A problem that is proved now; the text may be NULL: the finding's own. First pass. */
void msturn_note_problem(enum msturn_finding finding, uint32_t frame, const struct msturn_transaction *transaction,
                         const struct msturn_session *session, const char *text);

/* The last problem is of this transaction, if it is such a finding in that frame: what holds a message is read before it. */
void msturn_problem_of_message(enum msturn_finding finding, uint32_t frame,
                               const struct msturn_transaction *transaction);

/* The problem that was noted last follows from what is found in this frame, if anything is; 0: in none. */
void msturn_problem_follows(uint32_t frame);

/* The finding's advice, or better one. */
const char *msturn_problem_advice(const struct msturn_problem *problem);

/* The problem that tells of this one; NULL: it is told by itself. */
const struct msturn_problem *msturn_problem_told_with(const struct msturn_problem *problem);

/* The transaction whose error response the problem is in; NULL: it is in another message, or in none. */
const struct msturn_transaction *msturn_problem_refusal(const struct msturn_problem *problem);

/* Those that the message showed at once, linked by next_of_owner. */
const struct msturn_problem *msturn_found_problems_of(const struct msturn_message_facts *facts);

/* Those in a frame that are of no transaction and were proved at once; linked by next_of_owner. */
const struct msturn_problem *msturn_found_problems_in(uint32_t frame);

#endif
