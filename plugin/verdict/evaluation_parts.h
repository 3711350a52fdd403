/* evaluation_parts.h
 * What the parts of an evaluation share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_EVALUATION_PARTS_H
#define MSTURN_EVALUATION_PARTS_H

#include "plugin/track/flow.h"
#include "plugin/track/pair.h"
#include "plugin/track/state.h"
#include "plugin/verdict/outcome.h"

/* What became of a peer connection. */
struct msturn_connection_outcome {
    enum msturn_peer_connection_state state;
    const struct msturn_peer_connection *wrong_bind; /* what was bound in its place, and failed; or NULL */
};

struct msturn_evaluation {
    const struct msturn_tracker *tracker;
    wmem_allocator_t *scope;
    struct msturn_pair_outcome *pairs, *last_pair;
    uint32_t pair_count, session_count;
    wmem_map_t *outcomes;       /* struct msturn_pair_outcome by struct msturn_pair */
    wmem_map_t *legs;           /* struct msturn_pair_leg by struct msturn_leg */
    wmem_map_t *idle_legs;      /* by their flow, on which nothing was carried: made by the evaluation */
    uint8_t *session_states;    /* enum msturn_session_state by session id */
    wmem_map_t *connections;    /* struct msturn_connection_outcome by struct msturn_peer_connection */
    wmem_map_t *siblings;       /* wmem_array_t of nominated struct msturn_pair_outcome, by what they are siblings in */
    wmem_map_t *checking_hosts; /* hosts that sent a check, and are not ICE-lite */
    wmem_map_t *silent_attempts; /* the first silent flow of a client at a server, by what became of it */
    struct msturn_candidate_outcome *candidates; /* NULL: nothing was offered */
    wmem_map_t *places, *names;                  /* see joining.c; NULL: nothing was offered */
    GPtrArray *unclaimed;                        /* of const struct msturn_peer_connection */
    struct msturn_problem_list problems;
    struct msturn_problem *sorted;
    wmem_map_t *contacts; /* flows by the hosts of their ends */
    struct msturn_path *paths, *last_path;
    uint32_t path_count;
    wmem_map_t *paths_by_pair, *paths_by_session, *paths_by_leg;
    wmem_map_t *paths_by_hosts;              /* of pairs without a session, by the ends of their connections */
    wmem_map_t *silent_flows, *silent_paths; /* by the client's host and the server: connections without messages */
    wmem_map_t *reached;                     /* sessions by the same */
    wmem_map_t *outer_hosts;                 /* of relayed addresses with a connection that was captured */
    wmem_map_t *proofs;                      /* by frame: the last problem of which known passwords prove the cause */
    wmem_map_t *allocating_hosts;            /* the last session with an allocation, by the client's host */
    wmem_map_t *nominating_hosts;            /* the last pair that was nominated, by the hosts of its ends */
    wmem_map_t *upkeep_problems;             /* the first one of a pair or session */
    wmem_map_t *problems_by_frame;           /* the first one of those in `sorted` */
};

/* ---- waiting ---- */

/* How long something was waited for, by the clock of the place where it should have come. */
struct msturn_wait {
    double seconds;
    double due; /* after so many seconds it is missing */
    bool ended; /* the connection ended then, else the capture */
};

/* Since this event on a flow; `round_trip`: in nanoseconds, as the leg's other transactions show it, or 0. */
struct msturn_wait msturn_wait_on_flow(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow,
                                       const struct msturn_event *since, int64_t round_trip);

/* Of the answer to this transaction's request, on whichever of the legs of its check the connection ended first. */
struct msturn_wait msturn_wait_for_answer(const struct msturn_evaluation *evaluation,
                                          const struct msturn_transaction *transaction);

/* Since the request or the response of this transaction of a check; the same. */
struct msturn_wait msturn_wait_since_response(const struct msturn_evaluation *evaluation,
                                              const struct msturn_transaction *transaction);

/* Of the request with credentials, since the response of this transaction asked for them. Who closes at once only tried. */
struct msturn_wait msturn_wait_for_credentials(const struct msturn_evaluation *evaluation,
                                               const struct msturn_transaction *challenge);

/* Was it long enough to call it missing? */
bool msturn_is_overdue(const struct msturn_wait *wait);

/* The same of a request over UDP without answer. A client that did not send it again had its answer, if that was not captured. */
bool msturn_was_sent_in_vain(const struct msturn_transaction *transaction, const struct msturn_wait *wait);

/* ---- connections ---- */

/* UNANSWERED, REFUSED or UNREACHABLE if the connection was not opened, else NONE: it was, or it is not known. */
enum msturn_silence msturn_opening_failed(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow);

/* ---- pairs ---- */

/* Puts the tracker's pairs into the evaluation, and legs that carried no check; those of a ConnectionBind of no known session
 * only with the second function, when all others are known. */
void msturn_add_pairs(struct msturn_evaluation *evaluation);
void msturn_add_unclaimed_pairs(struct msturn_evaluation *evaluation);

/* Makes the leg one of the pair's, unless it is some pair's already. */
void msturn_add_leg_to_outcome(struct msturn_evaluation *evaluation, struct msturn_pair_outcome *pair,
                               const struct msturn_leg *leg);

/* The legs of both are legs of the first one. */
void msturn_merge_outcomes(struct msturn_pair_outcome *pair, struct msturn_pair_outcome *other);

/* Tells local and remote end of each pair, and forgets those whose legs are another's. */
void msturn_orient_pairs(struct msturn_evaluation *evaluation);

/* The checks of a pair in one direction. */
struct msturn_direction_stats {
    struct msturn_check_count count;
    struct msturn_event first_request, last_success, last_error;
    const struct msturn_transaction *first;            /* of `first_request` */
    const struct msturn_transaction *first_answered;   /* the first that succeeded */
    const struct msturn_transaction *unanswered;       /* the first without response */
    const struct msturn_transaction *unanswered_again; /* the same after the last success */
    const struct msturn_transaction *early;            /* the first that nominates, before any success of the pair */
    const struct msturn_transaction *kept_role;        /* in the role that 487 refused */
    const struct msturn_transaction *refused;          /* the last with an error response */
    uint16_t error_code;                               /* of `refused`; 0 when a success came after it */
    uint16_t last_error_code;                          /* of `refused` */
    uint32_t role;                                     /* MSTURN_HAS_CONTROLLING or _CONTROLLED of the last request */
    struct msturn_event nominated;                     /* the answer to the first check that nominated */
};

/* A pair, and what its legs and checks say of it. */
struct msturn_pair_facts {
    struct msturn_evaluation *evaluation;
    struct msturn_pair_outcome *pair;
    struct msturn_direction_stats stats[2];      /* by enum msturn_direction */
    bool hidden;                                 /* what became of the peer connection may not have been captured */
    bool whole;                                  /* a leg shows both directions without gaps */
    bool begun;                                  /* the beginning of a leg was captured, or it has none */
    bool from_its_start;                         /* no check of the pair was missed */
    struct msturn_event media[2], last_media[2]; /* by the direction in which they went */
    struct msturn_event connected;
    const struct msturn_flow *ended_flow;
    const struct msturn_peer_connection *peer_connection; /* the last one */
    enum msturn_peer_connection_state peer_state;         /* of it */
};

struct msturn_pair_facts msturn_gather_pair_facts(struct msturn_evaluation *evaluation,
                                                  struct msturn_pair_outcome *pair);

/* The verdict, by the facts of this pair and what is known of its siblings. */
void msturn_decide_verdict(struct msturn_pair_facts *facts);

/* The sibling that was nominated, and alive, while this pair was: then this one was given up (RFC 8445 section 8.1.1). NULL: none. */
const struct msturn_pair_outcome *msturn_winner_over(const struct msturn_evaluation *evaluation,
                                                     const struct msturn_pair_outcome *pair);
bool msturn_was_given_up(const struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair);
void msturn_note_nominated(struct msturn_evaluation *evaluation, struct msturn_pair_outcome *pair);

/* ---- peer connections ---- */

/* The states of all peer connections, and which of them a ConnectionBind of no known session was meant for. */
void msturn_evaluate_peer_connections(struct msturn_evaluation *evaluation);

const struct msturn_connection_outcome *msturn_connection_outcome_of(const struct msturn_evaluation *evaluation,
                                                                     const struct msturn_peer_connection *connection);

/* Was the peer, that the client never bound, of no use to it? Another pair of the allocation was nominated, and the client did
 * not try: RFC 6062 section 5.3 leaves it the choice. */
bool msturn_peer_was_not_needed(const struct msturn_evaluation *evaluation,
                                const struct msturn_peer_connection *connection,
                                const struct msturn_pair_outcome *pair);

/* Is it a ConnectionBind request, and the server closed the connection instead of an answer? */
bool msturn_bind_was_closed(const struct msturn_transaction *transaction);

/* ---- findings ---- */

/* The frame of the finding about this connection, which could not be opened, or about an earlier one like it; 0: none. */
uint32_t msturn_refused_attempt_told_in(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow);

/* A problem that this evaluation tells; the text may be NULL: the finding's own. */
void msturn_add_finding(struct msturn_evaluation *evaluation, enum msturn_finding finding, uint32_t frame,
                        const struct msturn_transaction *transaction, const struct msturn_session *session,
                        const struct msturn_pair_outcome *pair, const char *text);

/* Puts those that the tracker found and those of the evaluation in the order of their frames. */
void msturn_sort_problems(struct msturn_evaluation *evaluation);

/* Of problems in their order those that are told by themselves; the others are their effects. */
struct msturn_problem *msturn_fold_problems(struct msturn_evaluation *evaluation, struct msturn_problem *first);

void msturn_find_in_pair(const struct msturn_pair_facts *facts);
void msturn_find_lost_in_relay(struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair);
void msturn_find_in_peer_connections(struct msturn_evaluation *evaluation);
void msturn_find_in_sessions(struct msturn_evaluation *evaluation);
void msturn_find_in_transactions(struct msturn_evaluation *evaluation);
void msturn_find_in_flows(struct msturn_evaluation *evaluation);
void msturn_find_in_integrity(struct msturn_evaluation *evaluation);
void msturn_find_in_offers(struct msturn_evaluation *evaluation);

/* Private candidates for an end without private addresses. */
void msturn_find_unreachable(struct msturn_evaluation *evaluation);

/* ---- candidates ---- */

/* Fills `candidates`, when the verdicts on pairs are known. */
void msturn_judge_candidates(struct msturn_evaluation *evaluation);

/* "192.168.1.252", and with its port. */
const char *msturn_host_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint);
const char *msturn_address_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint);

#endif
