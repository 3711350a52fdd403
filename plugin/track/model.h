/* model.h
 * What is known of a call: flows, transactions, sessions, peer connections, candidate pairs, problems.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Types only. All of it lives until the capture file is closed.
 */
#ifndef MSTURN_MODEL_H
#define MSTURN_MODEL_H

#include "plugin/message/message.h"
#include "plugin/rules/findings.h"

#include <glib.h>
#include <wsutil/nstime.h>
#include <wsutil/wmem/wmem.h>

/* A frame and its time, in nanoseconds since 1970. Frame 0: it did not happen. */
struct msturn_event {
    int64_t time;
    uint32_t frame;
};

/* ---- flows ---- */

enum msturn_transport { MSTURN_TCP = 6, MSTURN_UDP = 17 }; /* IP protocol numbers */

/* How a TCP connection ended. */
enum msturn_ending { MSTURN_ENDING_NONE, MSTURN_ENDING_FIN, MSTURN_ENDING_RST };

/* What a side sent first on a silent connection, see silent.h. */
enum msturn_first_bytes {
    MSTURN_FIRST_NONE,
    MSTURN_FIRST_TLS,   /* a record, RFC 8446 section 5.1 */
    MSTURN_FIRST_STUN,  /* a message, which is another dissector's then */
    MSTURN_FIRST_OTHER, /* none of these */
    MSTURN_FIRST_UNREAD /* not captured */
};

/* A TCP connection, or what passes between two UDP endpoints. The sides are 0 and 1 in the order of
 * their addresses. */
struct msturn_flow {
    enum msturn_transport transport;
    uint32_t stream;                /* tcp.stream or udp.stream; UINT32_MAX if not known */
    struct msturn_endpoint ends[2]; /* of a UDP client: itself, and the server to which it sent last */
    bool any_server;                /* what a UDP client gets may come from others too */
    struct msturn_event first;
    struct msturn_event ended; /* TCP: by the first FIN or RST */
    enum msturn_ending ending;
    uint8_t ended_by;                /* a side */
    int8_t opened_by;                /* TCP: the side that sent the SYN; -1 if not captured */
    bool refused;                    /* a reset answered the SYN */
    uint32_t syns;                   /* so often was the first SYN sent */
    struct msturn_event last_syn;    /* of them */
    struct msturn_event unreachable; /* an ICMP error about it, before it was established */
    struct msturn_event undelivered; /* UDP: the last ICMP error about what one side sent, ... */
    uint8_t undelivered_by;          /* ... which was this one */
    bool established;                /* TCP: it carried data, or both sides' SYNs were seen */
    bool known;                      /* it may be part of a call */
    bool claimed;                    /* msturn decodes it */
    bool to_server_port;             /* who listens has a port of TURN servers, by the preference; see silent.h */
    bool to_shared_port;             /* ... a port that TURN servers share with others */
    uint8_t first_bytes[2];          /* from this side, enum msturn_first_bytes */
    uint8_t alert_by;                /* who sent `alert`, and ... */
    uint8_t alert_description;       /* ... what it says, RFC 8446 section 6 */
    struct msturn_event alert;       /* the first fatal alert of TLS in the clear */
    uint32_t observed;               /* the last frame whose TCP header was taken in */
    bool in_tls;
    int64_t round_trip;                   /* TCP: of its handshake, in nanoseconds; 0: not captured */
    bool relay_port[2];                   /* this end has a port of relays, by the preference */
    uint32_t messages[2];                 /* from this side */
    bool sent[2];                         /* packets from this side were captured */
    bool lossy[2];                        /* bytes from this side are missing in the capture */
    struct msturn_event last_data[2];     /* the last payload from this side */
    struct msturn_event hello;            /* pseudo-TLS, [MS-TURN] 2.1.1: the client's record */
    uint8_t hello_side;                   /* who sent it */
    struct msturn_session *session;       /* of the messages on it; on a data connection that of the peer connection */
    struct msturn_peer_connection *bound; /* the peer connection that a ConnectionBind on it named */
    struct msturn_leg *leg;               /* of the checks that are directly on it */
    const struct msturn_session *relayed_of[2]; /* UDP: whose relayed address an end is; NULL: of none that is known */
    struct msturn_outgoing *outgoing[2]; /* TCP: what this side sent and the other acknowledged, see delivery.h */
    const char *tunnel;                  /* what a proxy was asked to connect to, "host:port"; NULL: nothing */
    struct msturn_flow *copy_of;         /* the same connection, captured at another point; or NULL */
    uint8_t copied_client;               /* and its side that is the client */
    struct msturn_flow *next, *previous;
};

/* ---- transactions ---- */

/* The first message of a class in a transaction. There may be millions, so no more is kept than it takes. */
struct msturn_first_message {
    int64_t time;         /* as of struct msturn_event */
    uint32_t frame;       /* 0: not seen */
    uint32_t digest;      /* of the bytes before FINGERPRINT */
    uint32_t fingerprint; /* 0: it has none */
    uint32_t stream_offset;
    uint32_t acknowledged;    /* by TCP at the other end, in this frame; 0: not seen, see delivery.h */
    uint16_t repeats;         /* how often it came again, sent by its agent; UINT16_MAX: or more often */
    uint16_t retransmissions; /* how often TCP sent it again; the same */
};

/* What a message repeats. */
enum msturn_repeat {
    MSTURN_REPEAT_NONE,
    MSTURN_REPEAT_DUPLICATE,    /* the same transaction id again */
    MSTURN_REPEAT_CRC_DUPLICATE /* the same message with FINGERPRINT by the other table, [MS-ICE2] 3.1.4.8.2 */
};

/* What a request and its response need beyond what an indication does. */
struct msturn_exchange {
    struct msturn_first_message response;
    uint32_t has;                                   /* of the request, bits of enum msturn_decoded_flag */
    uint32_t nonce;                                 /* of the request, a hash; 0: none */
    uint32_t misframed_response;                    /* the frame of one that is misframed; it reaches nobody. 0: none */
    struct msturn_peer_connection *peer_connection; /* that the message names, or NULL */
    struct msturn_leg *leg;                         /* of a check: where it was seen; else NULL */
    struct msturn_check *check;                     /* of a check, else NULL */
    struct msturn_transaction *next_of_leg, *next_of_check;
    wmem_list_frame_t *incomplete_entry; /* its place among those of which only one half was seen */
};

/* All messages with an id on a flow. Half of the messages of a call are indications, which need no more than this. */
struct msturn_transaction {
    struct msturn_flow *flow; /* in which the id is unique */
    uint8_t id[MSTURN_TRANSACTION_ID_LENGTH];
    uint8_t action;                         /* enum msturn_action */
    uint8_t requested_transport;            /* IP protocol number in an Allocate request; 0: none */
    uint8_t integrity_length;               /* of the request, [MS-TURN] only */
    uint8_t side;                           /* of the flow, that sent the request or indication */
    uint16_t error_code;                    /* of the response; 0: none */
    bool is_error : 1;                      /* the response */
    bool nominates : 1;                     /* the request, or one that repeated it, has USE-CANDIDATE */
    bool nominated : 1;                     /* and then came a success */
    bool misframed : 1;                     /* the request is in a frame whose length is not its own */
    bool frameless : 1;                     /* the request is among RFC 4571 frames, and in none */
    bool old_nonce : 1;                     /* the request has a nonce that the server had replaced */
    uint32_t next_in_bucket;                /* see transaction_table.c */
    struct msturn_first_message request;    /* or indication */
    struct msturn_session *session;         /* or NULL */
    const struct msturn_exchange *exchange; /* never NULL; is written by way of msturn_exchange_of() */
};

/* ---- sessions ---- */

enum msturn_session_state {
    MSTURN_SESSION_PENDING, /* no answer to the Allocate, or only the challenge */
    MSTURN_SESSION_ALLOCATED,
    MSTURN_SESSION_REFUSED,
    MSTURN_SESSION_EXPIRED, /* set by an evaluation only */
    MSTURN_SESSION_RELEASED
};

/* One TURN allocation, and what the client did to get it. */
struct msturn_session {
    uint32_t id; /* from 0 on, in order of appearance */
    enum msturn_dialect dialect;
    enum msturn_transport transport; /* between client and server */
    uint8_t requested_transport;     /* IP protocol number; 0: not known */
    enum msturn_session_state state;
    bool begun;               /* its Allocate was captured */
    uint16_t error_code;      /* of the last refusal */
    const char *error_reason; /* what the server said of it; NULL: nothing */
    struct msturn_flow *flow;
    uint8_t client_side; /* of the flow */
    struct msturn_endpoint client, server, relayed, mapped;
    struct msturn_endpoint relayed_second;                        /* of the other family, RFC 8656 section 7.2 */
    struct msturn_endpoint asked_destination, active_destination; /* [MS-TURN] 3.3.5.3 */
    const char *username, *realm;                                 /* NULL: not known */
    uint64_t nonces[4];              /* hashes of those that the server gave, the last one first; 0: none */
    struct msturn_event nonce_given; /* when it gave the last one */
    uint32_t lifetime;               /* in seconds, as granted last */
    struct msturn_event first;       /* message */
    struct msturn_event allocated;   /* the Allocate success response */
    struct msturn_event granted;     /* the last success that granted a lifetime */
    struct msturn_event released;
    struct msturn_event expired;              /* a request that came too late showed it */
    struct msturn_event challenged;           /* the last 401 */
    const struct msturn_transaction *release; /* the last request for a lifetime of 0 */
    struct msturn_endpoint alternate;         /* where a 300 sent the client */
    const struct msturn_transaction *redirected;
    struct msturn_event early_data; /* the first end-to-end data before an active destination was set */
    const struct msturn_transaction *allocate, *refresh; /* the last requests */
    struct msturn_grant *permissions;                    /* see permission.h */
    struct msturn_channel *channels;                     /* the same */
    bool has_sequence;
    uint32_t sequence;            /* of the client's last request, [MS-TURN] 2.2.2.21 */
    uint64_t sequence_connection; /* hash of the Connection ID there; 0: none */
    struct msturn_event last;     /* message between client and server */
    struct msturn_message_facts *last_message;
    bool accepted;                        /* a request with credentials, and no 401 has come since */
    struct msturn_transaction *challenge; /* got 401 or 438, and no request with credentials has followed */
    struct msturn_event stale;            /* the last 438 to a nonce that was not known to be stale */
    uint32_t stale_nonce;                 /* that one, see struct msturn_transaction */
    uint32_t stale_in_a_row;              /* less than a minute after each other */
    uint32_t challenges;                  /* 401 without an Allocate success */
    bool data_on_control;                 /* is said */
    struct msturn_peer_connection *peer_connections, *last_peer_connection; /* RFC 6062 */
    struct msturn_session *next;
};

enum msturn_origin { MSTURN_ORIGIN_ATTEMPT, MSTURN_ORIGIN_CONNECT };

enum msturn_peer_connection_state {
    MSTURN_PEER_PENDING,
    MSTURN_PEER_BOUND,
    MSTURN_PEER_NEVER_BOUND,
    MSTURN_PEER_FAILED
};

/* RFC 6062: from ConnectionAttempt or Connect to ConnectionBind, and the connection that it ends on. */
struct msturn_peer_connection {
    struct msturn_session *session; /* NULL: only the ConnectionBind was captured */
    bool has_id; /* else only the success response to the ConnectionBind was captured, or Connect's is to come */
    uint32_t id; /* CONNECTION-ID */
    enum msturn_origin origin;
    bool replaced; /* its ConnectionBind request was captured after the response, and named another one */
    struct msturn_endpoint peer, server;    /* the server tells whose the id is */
    uint16_t error_code;                    /* of Connect or ConnectionBind */
    const char *error_reason;               /* what the server said of it; NULL: nothing */
    struct msturn_event connect;            /* request */
    struct msturn_event announced;          /* the ConnectionAttempt, or the Connect success response */
    struct msturn_event failed;             /* error response */
    struct msturn_event bind;               /* the first ConnectionBind request */
    struct msturn_event bound;              /* its success response */
    const struct msturn_session *meant_for; /* the bind went to another server than this one's; or NULL */
    struct msturn_transaction *announcement, *bind_transaction;
    struct msturn_flow *data_flow;
    struct msturn_leg *leg;
    struct msturn_peer_connection *next;      /* of the session */
    struct msturn_peer_connection *next_bind; /* of those that a ConnectionBind was the first sign of */
};

/* ---- pairs ---- */

enum msturn_leg_kind {
    MSTURN_LEG_DIRECT, /* a flow between the pair's ends */
    MSTURN_LEG_BOUND,  /* a peer connection's data connection, between client and relay */
    MSTURN_LEG_WRAPPED /* Send, Data, ChannelData or frames with end-to-end data, between client and relay */
};

/* One place where a pair's checks are seen. */
struct msturn_leg {
    enum msturn_leg_kind kind;
    struct msturn_flow *flow;                       /* NULL: a peer connection that is not bound (yet) */
    struct msturn_session *session;                 /* NULL: DIRECT, or not known */
    struct msturn_peer_connection *peer_connection; /* BOUND */
    struct msturn_endpoint peer;                    /* BOUND, WRAPPED */
    struct msturn_pair *pair;                       /* NULL: not known yet */
    uint8_t client_side;                            /* BOUND, WRAPPED: the side of the flow where the TURN client is */
    bool succeeded[2];                              /* checks, by the side that asked */
    bool nominated;                                 /* by one of them */
    uint64_t ice_session; /* hash of the two user fragments in its checks, in any order; 0: not known */
    uint32_t answered;    /* checks, and ... */
    int64_t round_trips;  /* ... how long that took in all, in nanoseconds */
    uint32_t packets[2];  /* WRAPPED: messages and frames with a packet, by side */
    struct msturn_event first_packet;
    struct msturn_event media[2], last_media[2]; /* the first and the last payload from each side that is not STUN */
    uint32_t media_packets[2];
    uint64_t media_bytes[2];
    struct msturn_transaction *checks, *last_check;
    struct msturn_leg *next_of_pair, *previous_of_pair;
    struct msturn_leg *earlier;     /* the one before between the same two ends */
    struct msturn_leg *absorbed_by; /* whose it turned out to be; or NULL */
    struct msturn_leg *next;
};

/* A Binding transaction between the ends of a pair, by its id. */
struct msturn_check {
    struct msturn_transaction *first, *last; /* on each leg where it was seen, linked by next_of_check */
};

/* A candidate pair in one attempt: the legs on which the same checks are seen, or that an allocation, a peer connection and
 * two addresses tie together. A later call between the same addresses is another pair. */
struct msturn_pair {
    uint32_t id;                        /* from 0 on, in order of appearance */
    struct msturn_leg *legs, *last_leg; /* none: it turned out to be another pair */
    uint32_t leg_count;
    bool nominated; /* see msturn_pair_is_nominated_so_far() */
    struct msturn_pair *next;
};

/* ---- problems ---- */

/* A finding in a frame, beyond what one message shows. */
struct msturn_problem {
    enum msturn_finding finding;
    uint32_t frame;
    const char *text;                             /* the finding's own, or one that says more */
    const char *advice;                           /* in its place if a cause is proved; NULL: the finding's own */
    const struct msturn_transaction *transaction; /* whose message in the frame it is about; NULL: any */
    const struct msturn_session *session;         /* or NULL */
    const struct msturn_pair_outcome *pair;       /* or NULL; known to evaluations */
    bool evaluated;                               /* told by an evaluation, else proved while messages came */
    bool stops_path;                              /* it is what a path stopped at, whose advice knows more */
    uint32_t because;                             /* the frame of what it follows from, if known; else 0 */
    struct msturn_problem *cause;                 /* with which it is told; NULL: by itself */
    struct msturn_problem *effects, *last_effect; /* that are told with it, linked by next */
    struct msturn_problem *next;                  /* of all that are told by themselves */
    struct msturn_problem *next_of_owner;         /* of those of a message, a transaction, or a frame without either */
};

/* A message, and where it was seen. */
struct msturn_message_context {
    struct msturn_flow *flow;
    uint8_t side;           /* that sent it */
    struct msturn_leg *leg; /* whose packets it is in; NULL: it is directly on the flow */
    bool framed;            /* in an RFC 4571 frame, so from peer to peer */
    bool misframed;         /* and the frame's length is not the message's */
    bool frameless;         /* it is among RFC 4571 frames, and in none */
    bool in_stream;         /* it is, or what holds it is, at stream_offset in its direction of a connection */
    uint32_t stream_offset;
    struct msturn_endpoint far; /* of a UDP client's flow: who is at the other end this time */
    struct msturn_event event;
    const struct msturn_message *message;
    uint32_t digest; /* see struct msturn_first_message */
};

/* What a code for the integrity of a message shows; the worse, the higher. */
enum msturn_integrity {
    MSTURN_INTEGRITY_NONE,       /* no code, or no password at all */
    MSTURN_INTEGRITY_UNVERIFIED, /* no password for this message */
    MSTURN_INTEGRITY_GOOD,
    MSTURN_INTEGRITY_WRONG_SIDE, /* of a check: it fits the password of the other end */
    MSTURN_INTEGRITY_BAD
};

/* What was learnt about a message; later passes recall it. */
struct msturn_message_facts {
    struct msturn_transaction *transaction;
    struct msturn_leg *carries; /* of the packet in a Send or Data message, or NULL */
    uint8_t repeat;             /* enum msturn_repeat */
    uint8_t integrity[2];       /* enum msturn_integrity, of MESSAGE-INTEGRITY and of MESSAGE-INTEGRITY-SHA256 */
    uint32_t frame;             /* in which it is */
    uint32_t previous_frame, next_frame; /* of the session's messages; 0: none */
};

#endif
