/* path.h
 * Paths: how far a call got on its way from a client to a peer, and where it stopped.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A path is an allocation and one peer on it, or a direct connection with checks. An allocation, or an attempt at one, that
 * never got a peer is a path too. What it has to get through are steps, in order; it stopped at the first one that failed or
 * is missing.
 */
#ifndef MSTURN_PATH_H
#define MSTURN_PATH_H

#include "plugin/track/delivery.h"
#include "plugin/verdict/outcome.h"

struct msturn_evaluation;

enum msturn_step_number {
    MSTURN_STEP_OFFER, /* where a description is known */
    MSTURN_STEP_SERVER,
    MSTURN_STEP_ALLOCATION,
    MSTURN_STEP_PERMISSION,
    MSTURN_STEP_PEER,
    MSTURN_STEP_ANNOUNCEMENT,
    MSTURN_STEP_BIND,
    MSTURN_STEP_REMOTE_CHECK,
    MSTURN_STEP_LOCAL_CHECK,
    MSTURN_STEP_NOMINATION,
    MSTURN_STEP_MEDIA,
    MSTURN_STEP_UPKEEP,
    MSTURN_STEP_END,
    MSTURN_STEP_COUNT /* also: nowhere */
};

enum msturn_step_status {
    MSTURN_STATUS_OK,
    MSTURN_STATUS_FAILED,       /* it was refused, or broken */
    MSTURN_STATUS_MISSING,      /* it was due, and did not come */
    MSTURN_STATUS_LATE,         /* it came, and took long */
    MSTURN_STATUS_NOT_CAPTURED, /* nothing can be said of it */
    MSTURN_STATUS_NOT_NEEDED,
    MSTURN_STATUS_PENDING /* it was not due yet */
};

enum msturn_place {
    MSTURN_PLACE_NONE,
    MSTURN_PLACE_CLIENT,
    MSTURN_PLACE_CLIENT_SERVER_PATH,
    MSTURN_PLACE_SERVER,
    MSTURN_PLACE_SERVER_PEER_PATH,
    MSTURN_PLACE_PEER,
    MSTURN_PLACE_BEYOND_SERVER, /* the server took it there, and what is behind it was not captured */
    MSTURN_PLACE_UNKNOWN
};

/* Which way a path takes. */
enum msturn_path_kind {
    MSTURN_PATH_DIRECT,  /* no relay that is known */
    MSTURN_PATH_PASSIVE, /* RFC 6062: the peer connects to the relayed address; also before there is a peer */
    MSTURN_PATH_ACTIVE,  /* RFC 6062: the server connects to the peer */
    MSTURN_PATH_RELAY,   /* RFC 8656: Send, Data, ChannelData */
    MSTURN_PATH_MS_TURN  /* [MS-TURN] */
};

enum msturn_end_by { MSTURN_BY_NOBODY, MSTURN_BY_CLIENT, MSTURN_BY_SERVER, MSTURN_BY_PEER };

enum msturn_end_how {
    MSTURN_HOW_CAPTURE, /* it had not ended */
    MSTURN_HOW_FIN,
    MSTURN_HOW_RST,
    MSTURN_HOW_RELEASE,
    MSTURN_HOW_EXPIRY,
    MSTURN_HOW_TIMEOUT /* it was never answered */
};

/* As in the `step`, `status`, `place`, `by` and `how` of the JSON output; `msturn_step_labels`: for people. */
extern const struct msturn_name msturn_step_names[], msturn_step_labels[], msturn_status_names[], msturn_place_names[],
    msturn_end_by_names[], msturn_end_how_names[];

/* What ended the way to the peer first. */
struct msturn_path_end {
    struct msturn_event event;
    enum msturn_end_by by;
    enum msturn_end_how how;
};

struct msturn_path_media {
    uint32_t packets;
    uint64_t bytes;
    struct msturn_event first, last;
};

struct msturn_path {
    uint32_t id; /* from 0 on, in order of appearance */
    enum msturn_path_kind kind;
    const struct msturn_session *session;                 /* or NULL */
    const struct msturn_peer_connection *peer_connection; /* or NULL */
    const struct msturn_pair_outcome *pair;               /* or NULL */
    const struct msturn_leg *leg;                         /* data for a peer that nobody checked; or NULL */
    const struct msturn_flow *flow;        /* the first connection to a server that never carried a message; or NULL */
    uint32_t attempts;                     /* with `flow`: such connections between these two hosts */
    struct msturn_endpoint client, server; /* family 0: not known, or there is none */
    struct msturn_endpoint relayed, peer;
    enum msturn_verdict verdict;
    uint8_t statuses[MSTURN_STEP_COUNT]; /* enum msturn_step_status */
    enum msturn_step_number stopped_at;  /* MSTURN_STEP_COUNT: nowhere */
    enum msturn_place place;
    struct msturn_event first, last;
    struct msturn_path_end ended;
    struct msturn_path_media media[2]; /* by enum msturn_direction */
    struct msturn_path *next;
};

enum { MSTURN_STEP_FRAMES = 6 };

/* A step of a path, told. */
struct msturn_step {
    enum msturn_step_status status;
    uint32_t frames[MSTURN_STEP_FRAMES]; /* 0: no more */
    struct msturn_event event;           /* when it was done, or what came last of it */
    enum msturn_delivered delivered;     /* what had to be delivered for it */
    enum msturn_place place;             /* where it stopped, if it did */
    const char *text;                    /* a sentence */
    const char *advice;                  /* if it stopped; or NULL */
    const char *ice_warning;             /* Microsoft's name of such a failure; or NULL */
};

/* The paths of an evaluation, by id. */
const struct msturn_path *msturn_paths(const struct msturn_evaluation *evaluation);

/* The path that a pair or a session is on. Of a session it is the first one. NULL: none. */
const struct msturn_path *msturn_path_of_pair(const struct msturn_evaluation *evaluation,
                                              const struct msturn_pair_outcome *pair);
const struct msturn_path *msturn_path_of_session(const struct msturn_evaluation *evaluation,
                                                 const struct msturn_session *session);

/* The path of what passes on the leg, which may be NULL: that of its pair, or one of data that nobody checked. NULL: none. */
const struct msturn_path *msturn_path_of_leg(const struct msturn_evaluation *evaluation, const struct msturn_leg *leg);

/* The path that this connection to a TURN server, which carried no message, is an attempt at; or NULL. */
const struct msturn_path *msturn_path_of_flow(const struct msturn_evaluation *evaluation,
                                              const struct msturn_flow *flow);

/* The connections of a path, each NULL if there is none that is known, and the side of it where the client is; of `outer`, which is
 * between relay and peer, or the direct connection, where the relay or the local end is. */
struct msturn_path_flows {
    const struct msturn_flow *control, *inner, *outer;
    uint8_t control_client, inner_client, outer_local;
    const struct msturn_peer_connection
        *wrong_bind; /* what was bound in place of the peer connection, and failed; or NULL */
};

struct msturn_path_flows msturn_flows_of_path(const struct msturn_evaluation *evaluation,
                                              const struct msturn_path *path);

/* How its client reaches the TURN server, or the ends each other. */
enum msturn_transport msturn_path_transport(const struct msturn_path *path);

/* What has to be renewed on a path before it runs out. */
struct msturn_path_timer {
    const char *name, *label; /* as in the JSON; for people */
    double seconds;           /* that it holds; 0: its server decides */
    struct msturn_event last; /* when it was given or renewed last: an answer */
};

enum { MSTURN_PATH_TIMERS = 6 };

/* Those of the path that were ever given; returns how many there are. */
unsigned msturn_path_timers(const struct msturn_path *path, struct msturn_path_timer timers[MSTURN_PATH_TIMERS]);

/* An address of a path, as one side saw it. */
struct msturn_path_address {
    const char *name, *who, *source; /* as in the JSON; whose, and how it is known, for people */
    struct msturn_endpoint address;
    const char *remark; /* on what lies between the sides; NULL: nothing */
    bool is_notable;    /* the remark tells of a NAT, or of an address that cannot be reached */
};

enum { MSTURN_PATH_ADDRESSES = 8 };

/* Those that are known; returns how many there are. */
unsigned msturn_path_addresses(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                               struct msturn_path_address addresses[MSTURN_PATH_ADDRESSES]);

/* Tells the steps; the texts are made in the scope. */
void msturn_path_tell(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                      wmem_allocator_t *scope, struct msturn_step steps[MSTURN_STEP_COUNT]);

/* One sentence for the path, by its steps: why it stopped, or how it went. */
const char *msturn_path_summary(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                                const struct msturn_step steps[MSTURN_STEP_COUNT], wmem_allocator_t *scope);

#endif
