/* state.h
 * The state of the tracker, its keys and its clock.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_STATE_H
#define MSTURN_STATE_H

#include "plugin/track/model.h"

struct msturn_problem_list {
    struct msturn_problem *first, *last;
    wmem_map_t *by_transaction; /* the last one of a transaction */
    wmem_map_t *by_frame;       /* the last one of a frame that is of no transaction */
};

/* See connection_event.h. */
struct msturn_connection_event {
    uint32_t frame;
    struct msturn_flow *flow;
};

/* An allocation that had a relayed address, and the one before it. */
struct msturn_relayed {
    struct msturn_session *session;
    struct msturn_relayed *earlier;
};

enum { MSTURN_CAPTURES_MAX = 64 };

/* The tracker of the capture file that is open. */
struct msturn_tracker {
    wmem_allocator_t *scope; /* NULL: no file is open */
    struct msturn_event now; /* the last frame */
    int64_t before,
        latest; /* times: of the frame before, and the last one of this capture; the file may hold several */
    struct msturn_event ends[MSTURN_CAPTURES_MAX]; /* of the captures before this one */
    unsigned end_count;                            /* so many there are, of which no more are known than that */
    bool begun;                                    /* something of a call was seen, perhaps */
    int64_t begun_at; /* the time of the first frame of the file, as far as it is known; 0: not */
    struct msturn_flow *flows, *last_flow;
    struct msturn_session *sessions, *last_session;
    struct msturn_leg *legs, *last_leg;
    struct msturn_pair *pairs, *last_pair;
    struct msturn_peer_connection *binds; /* that a ConnectionBind was the first sign of */
    wmem_list_t *incomplete;              /* requests without response, and the reverse */
    wmem_map_t *error_reasons;            /* texts, by the transaction of the error response */
    wmem_map_t *checks;                   /* by id */
    wmem_map_t *tcp_flows;                /* the last one with this end */
    wmem_map_t *udp_flows;                /* by their ends */
    uint32_t observed_from;               /* of the frames before, connection_events has none */
    wmem_array_t *connection_events;      /* struct msturn_connection_event by frame */
    wmem_map_t *silent_flows;             /* that may still be silent, by tcp.stream; see silent.h */
    wmem_map_t *sessions_by_tuple;        /* the last one of a client and a server */
    wmem_map_t *relayed;                  /* struct msturn_relayed by address, the last one first */
    wmem_map_t *client_hosts;             /* hosts of sessions' clients */
    wmem_map_t *servers;                  /* sessions by server, also one that a client was told to use */
    wmem_map_t *sessions_of_flow;         /* flow -> wmem_tree_t of sessions by first frame, if it had several */
    wmem_map_t *multiplexed;              /* by session id of [MS-TURN] 2.2.3 */
    wmem_map_t *peer_connections;         /* by server and CONNECTION-ID */
    wmem_map_t *connects;                 /* the last peer connection by Connect, by session and peer */
    wmem_map_t *permissions;              /* by session and peer's host */
    wmem_map_t *channels;                 /* peers by session and number */
    wmem_map_t *wrapped_legs;             /* by session and peer */
    wmem_map_t *legs_by_ends;             /* the last one between two ends */
    wmem_map_t *requests;                 /* of TURN: the first transaction with an id */
    wmem_map_t *unclaimed_ports;          /* see unclaimed.h, by port */
    wmem_map_t *unclaimed_streams;        /* the same, by tcp.stream */
    struct msturn_unclaimed *unclaimed, *last_unclaimed;
    uint32_t session_count, pair_count;
    struct msturn_problem *of_message;        /* the problems of the message that is tracked just now */
    const struct msturn_transaction *current; /* of the last message, which was in this frame */
    uint32_t current_frame;
    struct msturn_problem_list found;   /* while messages came */
    wmem_map_t *found_by_message;       /* the first one of a message, by its facts */
    uint64_t events;                    /* that were told: an evaluation is of that moment */
    struct msturn_passwords *passwords; /* NULL: none is known */
    wmem_map_t *signatures;             /* by transaction; NULL: none */
    struct msturn_offers *offers;       /* NULL: no description was seen */
    struct msturn_signature *first_signature, *last_signature;
};

extern struct msturn_tracker msturn_tracker;

/* Two endpoints in some order, and a transport or another number. */
struct msturn_ends_key {
    struct msturn_endpoint a, b;
    uint32_t number;
};

/* A sender may choose ids that collide, unless the hash has a secret: a sum of words, each times its own, of which the upper half
 * counts. Whoever does not know them finds two that collide by chance only, once in 2^32. At most 4 words. */
void msturn_hash_begin(void);
guint msturn_hash_words(const uint8_t *bytes, unsigned count);

guint msturn_ends_hash(gconstpointer key);
gboolean msturn_ends_equal(gconstpointer a, gconstpointer b);
guint msturn_endpoint_hash(gconstpointer key);
gboolean msturn_endpoints_equal(gconstpointer a, gconstpointer b);

/* Of what belongs to a session. */
struct msturn_ends_key msturn_session_key(const struct msturn_session *session, const struct msturn_endpoint *endpoint);

/* What the map has for the key; or NULL. */
void *msturn_map_find(wmem_map_t *map, struct msturn_ends_key key);
void msturn_map_put(wmem_map_t *map, struct msturn_ends_key key, void *value);

/* The endpoint without its port. */
struct msturn_endpoint msturn_host_of_endpoint(const struct msturn_endpoint *endpoint);

/* From a to b, in seconds; 0 if one did not happen. */
double msturn_seconds(const struct msturn_event *a, const struct msturn_event *b);

/* A number with so many decimals, and a point in any locale. */
const char *msturn_decimal_text(wmem_allocator_t *scope, double number, unsigned decimals);

struct msturn_event msturn_event_of(const struct msturn_first_message *message);
bool msturn_happened(const struct msturn_event *event);

/* Times of Wireshark's as the tracker has them, and back. */
int64_t msturn_nanoseconds(const nstime_t *time);
nstime_t msturn_nstime(int64_t nanoseconds);

/* The time of the first frame of the file. */
void msturn_track_begun_at(int64_t time);

/* Each frame of the capture: time goes on. */
void msturn_track_time(struct msturn_event event);

/* The end of the capture with this frame, as far as it is known: captures of several days may have been put into one file. */
struct msturn_event msturn_capture_end(const struct msturn_tracker *tracker, uint32_t frame);

/* Is there anything that later packets could be about? */
bool msturn_track_is_empty(void);

/* Lists, in order of appearance. */
const struct msturn_session *msturn_sessions(void);
const struct msturn_pair *msturn_pairs(void);

#endif
