/* offer.h
 * What was offered: session descriptions, and the candidates in them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_OFFER_H
#define MSTURN_OFFER_H

#include "plugin/message/sdp.h"
#include "plugin/track/model.h"

/* No port yet, or none of its own: RFC 8840 section 4.1.1, and RFC 6544 section 4.5 of active candidates. */
enum { MSTURN_PORT_DISCARD = 9 };

/* A candidate in a description. */
struct msturn_candidate {
    const struct msturn_description *description;
    const struct msturn_media *media;
    const char *foundation, *host;
    uint32_t component, priority;
    enum msturn_candidate_transport transport;
    enum msturn_candidate_type type;
    struct msturn_endpoint address; /* family 0: the host is a name */
    struct msturn_endpoint related;
    uint32_t line;                    /* in the log; 0: from the capture */
    struct msturn_candidate *next;    /* of all */
    struct msturn_candidate *next_at; /* the next one with this address; NULL: none */
    struct msturn_candidate *last_at; /* of the first one with it: the last one */
};

/* An m-line, and what belongs to it. */
struct msturn_media {
    const struct msturn_description *description;
    const char *name, *protocol;
    const char *ufrag;                       /* NULL: that of the session, or none */
    const char *setup;                       /* NULL: not said */
    const char *options;                     /* of ICE; NULL: those of the session, or none */
    const char *sharing_role, *sharing_type; /* of application sharing, as "viewer" and "rdp"; NULL: not said */
    struct msturn_endpoint at;               /* address of c=, and the port; family 0: not known */
    uint32_t port;                           /* 0: refused */
    uint32_t candidates;                     /* how many */
    uint32_t tcp_candidates;
    struct msturn_media *next;
};

/* One description. From a log it has no frame, no time and no ends. */
struct msturn_description {
    uint32_t id; /* from 0 on, in order of appearance; those of the log first */
    struct msturn_event event;
    uint32_t line;                     /* of the log, where it begins; 0: from the capture */
    struct msturn_endpoint from, to;   /* of the packet that it is in */
    const char *origin;                /* what follows o=; NULL: none */
    uint64_t call;                     /* hash of the Call-ID; 0: not known */
    const char *ufrag;                 /* of the session; NULL: none */
    const char *options;               /* of ICE, of the session; NULL: none */
    struct msturn_endpoint connection; /* c= of the session */
    bool lite;
    uint32_t candidates;                      /* how many */
    uint32_t copies;                          /* how often it came again, byte for byte */
    const struct msturn_description *answers; /* the offer that it answers; NULL: it is one itself, or not known */
    const struct msturn_description *answer;  /* NULL: none */
    const struct msturn_candidate *first_candidate; /* the others follow it in the list of all */
    struct msturn_media *media, *last_media;
    struct msturn_description *next;
};

/* A user fragment in a check that is in no description, though that of the other end is. */
struct msturn_unknown_ufrag {
    const char *ufrag;
    const struct msturn_description *other;       /* of the other end */
    const struct msturn_transaction *transaction; /* the first check */
    struct msturn_unknown_ufrag *next;
};

/* Checks of one leg with these two user fragments, in any order. */
struct msturn_ice_use {
    const struct msturn_leg *leg;
    uint64_t ice_session; /* see struct msturn_leg */
    const char *ufrags[2];
    struct msturn_ice_use *next;   /* of all */
    struct msturn_ice_use *before; /* of the leg */
    unsigned count;                /* of the leg, up to this one */
};

/* A line has a user fragment or a password; the other follows, or came before. */
struct msturn_ice_names {
    const char *ufrag, *pwd;
};

enum { MSTURN_RECENT_OFFERS = 16 }; /* among which that is which a description answers */

/* The descriptions of a file, in order of appearance; made when the first one comes. */
struct msturn_offers {
    struct msturn_description *descriptions, *last_description;
    struct msturn_candidate *candidates, *last_candidate;
    struct msturn_unknown_ufrag *unknown_ufrags;
    struct msturn_ice_use *uses;
    uint32_t count;
    uint64_t call;                                           /* of the log: what was read last */
    struct msturn_description *recent[MSTURN_RECENT_OFFERS]; /* by the id */
    struct msturn_description *reading;                      /* what is being read, and of it ... */
    struct msturn_ice_names session, in_media;               /* ... what was read last */
    wmem_map_t *by_ufrag;                                    /* the last description with it */
    wmem_map_t *by_digest;                                   /* by the bytes */
    wmem_map_t *by_address;                                  /* the first candidate with it */
    wmem_map_t *strange;                                     /* struct msturn_unknown_ufrag */
    wmem_map_t *uses_of_leg;                                 /* the last one of a leg */
};

/* A description in a packet, and the Call-ID of its message, which may be empty. First pass. */
void msturn_track_description(struct msturn_bytes text, struct msturn_bytes call_id, const struct msturn_endpoint *from,
                              const struct msturn_endpoint *to, struct msturn_event event);

/* A line of a log that may be one of a description; `number`: of the line in the log. */
void msturn_track_log_line(struct msturn_bytes line, uint32_t number);

/* A check, on its leg: do its user fragments belong to descriptions? */
void msturn_track_ufrags(const struct msturn_message_context *context, const struct msturn_transaction *transaction);

/* All of them, in order of appearance; NULL: none. */
const struct msturn_description *msturn_descriptions(void);

/* The last description with this user fragment; NULL: none. */
const struct msturn_description *msturn_description_of_ufrag(struct msturn_bytes ufrag);

/* The first candidate with this address that was offered; NULL: none. */
const struct msturn_candidate *msturn_candidate_at(const struct msturn_endpoint *address);

/* The next candidate of the same description; NULL: none. */
const struct msturn_candidate *msturn_candidate_beside(const struct msturn_candidate *candidate);

/* Its answer, or the offer that it answers; NULL: not known. */
const struct msturn_description *msturn_description_other_end(const struct msturn_description *description);

/* The user fragment that a candidate is used with; NULL: none. */
const char *msturn_candidate_ufrag(const struct msturn_candidate *candidate);

bool msturn_candidate_is_tcp(enum msturn_candidate_transport transport);

#endif
