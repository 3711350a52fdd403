/* tracker.h
 * What the parts of the tracker share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TRACKER_H
#define MSTURN_TRACKER_H

#include "plugin/track/track.h"

struct msturn_problem_list {
    struct msturn_problem *first, *last;
    wmem_map_t *by_transaction; /* the last one of a transaction */
    wmem_map_t *by_frame;       /* the last one of a frame that is of no transaction */
};

/* The tracker of the capture file that is open. */
struct msturn_tracker {
    wmem_allocator_t *scope; /* NULL: no file is open */
    struct msturn_event now; /* the last frame */
    struct msturn_flow *flows, *last_flow;
    struct msturn_session *sessions, *last_session;
    struct msturn_leg *legs, *last_leg;
    struct msturn_pair *pairs, *last_pair;
    struct msturn_peer_connection *binds;     /* that a ConnectionBind was the first sign of */
    struct msturn_peer_connection *unclaimed; /* those of no session that is known, as of the last judgement */
    wmem_list_t *halves;                      /* requests without response, and the reverse */
    wmem_map_t *transactions;                 /* by scope and id */
    wmem_map_t *checks;                       /* by id */
    wmem_map_t *udp_flows;                    /* by their ends */
    wmem_map_t *sessions_by_tuple;            /* the last one of a client and a server */
    wmem_map_t *relayed;                      /* sessions by relayed address */
    wmem_map_t *client_hosts;                 /* hosts of sessions' clients */
    wmem_map_t *servers;                      /* sessions by server, also one that a client was told to use */
    wmem_map_t *sessions_of_flow;             /* flow -> wmem_tree_t of sessions by first frame, if it had several */
    wmem_map_t *multiplexed;                  /* by session id of [MS-TURN] 2.2.3 */
    wmem_map_t *peer_connections;             /* by server and CONNECTION-ID */
    wmem_map_t *connects;                     /* the last peer connection by Connect, by session and peer */
    wmem_map_t *permissions;                  /* by session and peer's host */
    wmem_map_t *channels;                     /* peers by session and number */
    wmem_map_t *wrapped_legs;                 /* by session and peer */
    wmem_map_t *pairs_by_ends;
    uint32_t session_count, pair_count;
    struct msturn_problem *of_message;        /* the problems of the message that is tracked just now */
    const struct msturn_transaction *current; /* of the last message, which was in this frame */
    uint32_t current_frame;
    struct msturn_problem_list found;  /* while messages came */
    struct msturn_problem_list judged; /* by the last judgement, in `judgement` */
    struct msturn_problem *sorted;     /* copies of both, in `judgement` */
    wmem_allocator_t *judgement;
    uint32_t judged_frame, judgements;
};

extern struct msturn_tracker msturn_tracker;

/* ---- keys ---- */

/* Two endpoints in some order, and a transport or another number. */
struct msturn_ends_key {
    struct msturn_endpoint a, b;
    uint32_t number;
};

guint msturn_ends_hash(gconstpointer key);
gboolean msturn_ends_equal(gconstpointer a, gconstpointer b);
guint msturn_endpoint_hash(gconstpointer key);
gboolean msturn_endpoints_equal(gconstpointer a, gconstpointer b);

/* Of what belongs to a session. */
struct msturn_ends_key msturn_session_key(const struct msturn_session *session, const struct msturn_endpoint *endpoint);

/* What the map has for the key; or NULL. */
void *msturn_map_find(wmem_map_t *map, struct msturn_ends_key key);
void msturn_map_put(wmem_map_t *map, struct msturn_ends_key key, void *value);

/* ---- time ---- */

/* From a to b, in seconds; 0 if one did not happen. */
double msturn_seconds(const struct msturn_event *a, const struct msturn_event *b);
struct msturn_event msturn_event_of(const struct msturn_first_message *message);
bool msturn_happened(const struct msturn_event *event);

/* ---- permissions ---- */

struct msturn_permission {
    const struct msturn_transaction *asked; /* the last request; granted if its response is a success */
    struct msturn_event granted;            /* before that */
};

/* ---- multiplexed TURN ---- */

struct msturn_multiplexed {
    bool handed_out; /* by a server, in an attribute */
    uint32_t frame;  /* of the first packet with it; 0: none */
    uint32_t seen;   /* frame of the first packet that might have it */
    uint32_t known;  /* from this frame on it is taken for one; 0: not yet */
};

struct msturn_multiplexed *msturn_multiplexed_of(const uint8_t *session_id);

/* ---- problems ---- */

/* A problem that is proved now; the text may be NULL: the finding's own. First pass. */
void msturn_found(enum msturn_finding finding, uint32_t frame, const struct msturn_transaction *transaction,
                  const struct msturn_session *session, const char *text);

/* A problem of this judgement. */
void msturn_judged(enum msturn_finding finding, uint32_t frame, const struct msturn_transaction *transaction,
                   const struct msturn_session *session, const struct msturn_pair *pair, const char *text);

/* Puts those that were found and those of this judgement in the order of their frames. */
void msturn_sort_problems(void);

/* ---- parts ---- */

struct msturn_transaction *msturn_transaction_take(const struct msturn_sighting *sighting,
                                                   enum msturn_repeat *repeat);
guint msturn_transaction_hash(gconstpointer key);
gboolean msturn_transaction_equal(gconstpointer a, gconstpointer b);
guint msturn_check_hash(gconstpointer key);
gboolean msturn_check_equal(gconstpointer a, gconstpointer b);

/* A message between client and server that is no check. */
void msturn_session_take(const struct msturn_sighting *sighting, struct msturn_transaction *transaction,
                         enum msturn_repeat repeat);

guint msturn_session_hash(gconstpointer key);
gboolean msturn_session_equal(gconstpointer a, gconstpointer b);

/* The session of the client on this side of a flow; NULL: none. */
struct msturn_session *msturn_session_find(const struct msturn_flow *flow, uint8_t client_side);

/* Relayed data on the control connection of a TCP allocation is said once; does nothing on others. */
void msturn_session_take_data(struct msturn_session *session, uint32_t frame,
                              const struct msturn_transaction *transaction);

/* FNV-1a of what may be long and only has to be compared. 0: there is nothing. */
uint64_t msturn_hash_of(struct msturn_bytes bytes);

/* Must a request of this session be signed; and is a message that must? */
bool msturn_session_needs_integrity(const struct msturn_session *session, enum msturn_action action);
void msturn_session_check_integrity(const struct msturn_session *session, const struct msturn_sighting *sighting,
                                    bool needed, const struct msturn_transaction *transaction);

/* 401 or 438; does nothing on others. */
void msturn_session_take_challenge(struct msturn_session *session, const struct msturn_sighting *sighting,
                                   struct msturn_transaction *transaction);

/* Realm and nonce of a challenge. */
void msturn_session_take_nonce(struct msturn_session *session, const struct msturn_content *content);

/* Compares user, realm and nonce of a request with those of its session. */
void msturn_session_check_credentials(struct msturn_session *session, const struct msturn_sighting *sighting,
                                      struct msturn_transaction *transaction);

/* Was a permission for this peer's address in force at that time? */
enum msturn_permitted { MSTURN_NEVER_PERMITTED, MSTURN_PERMISSION_RAN_OUT, MSTURN_PERMITTED };
enum msturn_permitted msturn_session_permits(const struct msturn_session *session, const struct msturn_endpoint *peer,
                                             const struct msturn_event *at);

/* Connect, ConnectionAttempt (of this session) and ConnectionBind (session NULL). */
void msturn_peer_connection_take(const struct msturn_sighting *sighting, struct msturn_transaction *transaction,
                                 struct msturn_session *session);

struct msturn_leg *msturn_leg_new(enum msturn_leg_kind kind, struct msturn_flow *flow);

/* What was seen on one leg was seen on the other: its peer connection is known now. */
void msturn_leg_take_over(struct msturn_leg *leg, struct msturn_leg *from);

/* Makes a leg one of this pair's. */
void msturn_leg_join(struct msturn_leg *leg, struct msturn_pair *pair);

/* Is this end of the flow a relayed address? */
bool msturn_is_relayed_address(const struct msturn_endpoint *endpoint);

/* Is a Binding message a check, between peers, and not a client's question to its server? */
bool msturn_is_check(const struct msturn_sighting *sighting, const struct msturn_transaction *transaction);

/* A Binding message between peers. */
void msturn_check_take(const struct msturn_sighting *sighting, struct msturn_transaction *transaction);

/* Finds the pair of a leg, if its ends are known by now. */
void msturn_leg_resolve(struct msturn_leg *leg);

/* Gives each leg a pair, also those that carried no check; those of a ConnectionBind of no known session only if
 * `unclaimed`. */
void msturn_pairs_complete(bool unclaimed);

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

/* Can something be said of what is missing on this flow? */
bool msturn_flow_is_whole(const struct msturn_flow *flow);

/* When what happens on a flow was over: its end, or the capture's. */
struct msturn_event msturn_flow_end(const struct msturn_flow *flow);

#endif
