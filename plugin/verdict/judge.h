/* judge.h
 * What the parts of the judgement share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_JUDGE_H
#define MSTURN_JUDGE_H

#include "plugin/track/flow.h"
#include "plugin/track/pair.h"
#include "plugin/track/problem.h"
#include "plugin/track/state.h"
#include "plugin/verdict/sorted_problems.h"

/* Judges sessions, peer connections and pairs as of the last frame; cheap if nothing came since the last call. */
void msturn_judge(void);

/* As in the `verdict`, `reason` and `direction` of the JSON output. */
extern const struct msturn_name msturn_verdict_names[], msturn_reason_names[], msturn_direction_names[],
    msturn_session_state_names[], msturn_peer_connection_state_names[], msturn_origin_names[];

/* The states of all peer connections. */
void msturn_judge_peer_connections(void);

/* The checks of a pair in one direction. */
struct msturn_way {
    struct msturn_check_count count;
    struct msturn_event first_request, first_success, last_success, last_error;
    struct msturn_event waiting;      /* the first request without response */
    const struct msturn_transaction *waiting_again; /* the same after the last success */
    const struct msturn_transaction *unanswered, *first; /* of `waiting`, `first_request` */
    const struct msturn_transaction *again;      /* the last that repeats a check that was answered */
    const struct msturn_transaction *early;      /* nominates before any success of the pair */
    const struct msturn_transaction *kept_role;  /* in the role that 487 refused */
    uint32_t answered_again;
    uint16_t error_code;              /* of `last_error` */
    uint32_t role;                    /* MSTURN_HAS_CONTROLLING or _CONTROLLED of the last request */
    bool nominated;                   /* a check with USE-CANDIDATE succeeded */
};

/* A pair, and what its legs and checks say of it. */
struct msturn_pair_facts {
    struct msturn_way ways[2];        /* by enum msturn_direction */
    const struct msturn_session *session; /* or NULL */
    bool hidden;                      /* what became of the peer connection may not have been captured */
    bool whole;                       /* a leg shows both directions without gaps */
    bool begun;                       /* the beginning of a leg was captured */
    struct msturn_event media[2], last_data[2]; /* by the direction in which they went */
    struct msturn_event connected, ended; /* of the legs; ended: by FIN or RST */
    const struct msturn_flow *ended_flow;
    const struct msturn_peer_connection *peer_connection; /* the last one */
};

/* What entered a relay and did not leave it. */
void msturn_judge_relay(const struct msturn_pair *pair);

/* The rules about what did not happen. */
void msturn_judge_sessions(void);
void msturn_judge_transactions(void);
void msturn_judge_peer_connection_rules(void);
void msturn_judge_flows(void);
void msturn_judge_pair_rules(const struct msturn_pair *pair, const struct msturn_pair_facts *facts);

#endif
