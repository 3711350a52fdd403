/* evaluation.h
 * What the calls of a capture come to: verdicts on pairs, states of sessions and peer connections, all problems.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An evaluation reads the tracker and writes nothing in it: made after each frame or only at the end, the last one says the
 * same. It lives until msturn_evaluation_free(), and what it points to until the capture file is closed.
 */
#ifndef MSTURN_EVALUATION_H
#define MSTURN_EVALUATION_H

#include "plugin/verdict/outcome.h"

struct msturn_evaluation;

/* Evaluates what the tracker knows now. */
struct msturn_evaluation *msturn_evaluate(const struct msturn_tracker *tracker);
void msturn_evaluation_free(struct msturn_evaluation *evaluation);

/* The evaluation of the open capture file as of now; made when something was learnt since the last call, and valid until
 * the next one. Never NULL while a file is open. */
const struct msturn_evaluation *msturn_evaluation_now(void);

/* The same, but perhaps from a little before: cheap while a capture goes on. */
const struct msturn_evaluation *msturn_evaluation_lately(void);

/* Call when the capture file is closed. */
void msturn_evaluation_forget(void);

/* The pairs, by id. */
const struct msturn_pair_outcome *msturn_pair_outcomes(const struct msturn_evaluation *evaluation);

/* The pair of a leg; NULL: the leg is of none. */
const struct msturn_pair_outcome *msturn_outcome_of_leg(const struct msturn_evaluation *evaluation,
                                                        const struct msturn_leg *leg);

/* The pair of a connection, also of one on which no check came; or NULL. */
const struct msturn_pair_outcome *msturn_outcome_of_flow(const struct msturn_evaluation *evaluation,
                                                         const struct msturn_flow *flow);

/* The first leg of the pair through a relay, or NULL. */
const struct msturn_leg *msturn_outcome_relayed_leg(const struct msturn_pair_outcome *pair);

/* The number of sessions that it knows, and of each its state: the session's number is less than that. */
uint32_t msturn_evaluated_sessions(const struct msturn_evaluation *evaluation);
enum msturn_session_state msturn_evaluated_session_state(const struct msturn_evaluation *evaluation,
                                                         const struct msturn_session *session);
enum msturn_peer_connection_state msturn_evaluated_connection_state(const struct msturn_evaluation *evaluation,
                                                                    const struct msturn_peer_connection *connection);

/* The peer connections of no session that is known: GPtrArray of const struct msturn_peer_connection. */
const GPtrArray *msturn_unclaimed_binds(const struct msturn_evaluation *evaluation);

/* Has the connection to a TURN server carried no message of ours? Known of all since the first report or window was there. Of a port
 * that TURN servers share with others it is true only if a message showed that one is there. */
bool msturn_is_silent(const struct msturn_tracker *tracker, const struct msturn_flow *flow);

/* And why not. */
enum msturn_silence msturn_silence_of(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow);

/* All problems that are told by themselves, by frame. */
const struct msturn_problem *msturn_problems(const struct msturn_evaluation *evaluation);

/* Those of a transaction that only an evaluation tells, linked by next_of_owner. */
const struct msturn_problem *msturn_problems_of(const struct msturn_evaluation *evaluation,
                                                const struct msturn_transaction *transaction);

/* Those in a frame that are of no transaction and only an evaluation tells; linked by next_of_owner. */
const struct msturn_problem *msturn_evaluated_problems_in(const struct msturn_evaluation *evaluation, uint32_t frame);

/* What known passwords prove to be the cause of the problem, as advice; NULL: nothing. */
const char *msturn_proved_advice(const struct msturn_evaluation *evaluation, const struct msturn_problem *problem);

#endif
