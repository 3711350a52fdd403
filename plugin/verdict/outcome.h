/* outcome.h
 * What became of pairs: the types of an evaluation, and their words.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_OUTCOME_H
#define MSTURN_OUTCOME_H

#include "plugin/track/state.h"

enum msturn_verdict {
    MSTURN_VERDICT_UNFINISHED,
    MSTURN_VERDICT_NOMINATED,
    MSTURN_VERDICT_VALID,
    MSTURN_VERDICT_BROKEN,
    MSTURN_VERDICT_UNKNOWN
};

enum msturn_reason {
    MSTURN_REASON_NONE,
    MSTURN_REASON_NO_RESPONSE,
    MSTURN_REASON_NO_REQUEST,
    MSTURN_REASON_ERROR_RESPONSE,
    MSTURN_REASON_ROLE_CONFLICT,
    MSTURN_REASON_NEVER_BOUND,
    MSTURN_REASON_BIND_FAILED,
    MSTURN_REASON_CONNECT_FAILED,
    MSTURN_REASON_NEVER_CHECKED,
    MSTURN_REASON_RESET
};

/* Why a connection to a TURN server carried no message. Of a broken call speak those up to TLS_UNANSWERED. */
enum msturn_silence {
    MSTURN_SILENCE_NONE,           /* it did, or nothing is known to be wrong */
    MSTURN_SILENCE_UNANSWERED,     /* the SYN */
    MSTURN_SILENCE_REFUSED,        /* by a reset */
    MSTURN_SILENCE_UNREACHABLE,    /* by an ICMP error */
    MSTURN_SILENCE_CLOSED,         /* by the server, before anybody sent anything */
    MSTURN_SILENCE_TLS_ALERT,      /* TLS failed */
    MSTURN_SILENCE_TLS_UNANSWERED, /* the server sent nothing */
    MSTURN_SILENCE_ABANDONED,      /* by the client, which sent nothing: a probe of whether somebody listens */
    MSTURN_SILENCE_OTHER_BYTES     /* of another protocol: perhaps it is no TURN server */
};

/* The way of a check's request. */
enum msturn_direction { MSTURN_LOCAL_TO_REMOTE, MSTURN_REMOTE_TO_LOCAL, MSTURN_NO_DIRECTION };

/* As in the `verdict`, `reason`, `direction`, `state` and `origin` of the JSON output. */
extern const struct msturn_name msturn_verdict_names[], msturn_reason_names[], msturn_direction_names[],
    msturn_session_state_names[], msturn_peer_connection_state_names[], msturn_origin_names[];

/* The checks in one direction of a pair; each is counted once, on however many legs it was seen. */
struct msturn_check_count {
    uint32_t requests, responses, errors; /* responses: success responses that came to the end that asked */
    int64_t rtt_sum;                      /* of `responses` of them, in nanoseconds */
};

/* A leg of a pair, and the side of its flow where the pair's local end is. */
struct msturn_pair_leg {
    const struct msturn_leg *leg;
    uint8_t local_side;
    struct msturn_pair_outcome *pair;
    struct msturn_pair_leg *next; /* of the pair */
};

struct msturn_pair_outcome {
    uint32_t id; /* as of struct msturn_pair; those that only an evaluation shows come after them */
    struct msturn_endpoint local, remote; /* family 0: not known */
    const struct msturn_session *session; /* that relays it; NULL: none, or not known */
    struct msturn_pair_leg *legs, *last_leg;
    enum msturn_verdict verdict;
    enum msturn_reason reason;
    enum msturn_direction direction;
    uint16_t error_code;
    const char *error_reason;            /* what the server or the peer said of it; NULL: nothing */
    bool was_nominated;                  /* the first pass said so, and holds to it */
    struct msturn_event nominated;       /* the answer to the first check that did */
    struct msturn_event first, ended;    /* ended: a FIN or RST of the first of its connections */
    struct msturn_check_count checks[2]; /* by enum msturn_direction */
    const struct msturn_pair_facts *facts;
    struct msturn_pair_outcome *next;
};

#endif
