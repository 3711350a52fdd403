/* path_parts.h
 * What the parts that make paths and tell their steps share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PATH_PARTS_H
#define MSTURN_PATH_PARTS_H

#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/path.h"

enum msturn_role { MSTURN_ROLE_CLIENT, MSTURN_ROLE_SERVER, MSTURN_ROLE_PEER, MSTURN_ROLE_COUNT };

/* A path of which a step is told. */
struct msturn_telling {
    const struct msturn_evaluation *evaluation;
    const struct msturn_path *path;
    const struct msturn_pair_facts *facts; /* of its pair; NULL: it has none */
    const struct msturn_flow *control;     /* of its session; or NULL */
    const struct msturn_flow *inner;       /* the bound data connection; or NULL */
    const struct msturn_flow *outer; /* between the relayed address and the peer, or the direct connection; or NULL */
    uint8_t outer_local;             /* the side of `outer` where the relay or the client is */
    wmem_allocator_t *scope;         /* of the texts; NULL: nobody reads them */
    const char *roles[MSTURN_ROLE_COUNT]; /* who has them, for msturn_say_role() */
};

struct msturn_telling msturn_begin_telling(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                                           wmem_allocator_t *scope);

/* ---- the path ---- */

/* Makes the paths of an evaluation, when all else is known. */
void msturn_make_paths(struct msturn_evaluation *evaluation);

/* The findings that a path's stop tells of: those in the step's frames, and, when all paths are known, others that say the same. */
void msturn_note_symptoms(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                          const struct msturn_step *step);
void msturn_note_told_symptoms(const struct msturn_evaluation *evaluation);

/* What ended the way to the peer first. */
struct msturn_path_end msturn_end_of_path(const struct msturn_telling *telling);

/* Prepare what the functions below ask for: connections without a message first. */
void msturn_note_silent_flows(struct msturn_evaluation *evaluation);
void msturn_index_for_paths(struct msturn_evaluation *evaluation);

/* Is the flow a client's attempt at reaching its server that came to nothing? */
bool msturn_is_failed_attempt(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow);

/* Where its packets are wrapped into messages between client and server; NULL: nowhere. */
const struct msturn_leg *msturn_wrapped_leg(const struct msturn_path *path);

/* Was a flow with this relayed address captured? Then who connects to it, or does not, is seen. */
bool msturn_outside_is_captured(const struct msturn_telling *telling);

/* May that end of a direct path be a relay, by its port? */
bool msturn_end_may_be_relay(const struct msturn_telling *telling, enum msturn_role role);

/* Was a pair of the path's client nominated since the path began? Then the path was perhaps not needed. */
bool msturn_client_has_won(const struct msturn_evaluation *evaluation, const struct msturn_path *path);

/* Did the path's client get an allocation since the path began, by another way to a server? */
bool msturn_client_has_allocated(const struct msturn_evaluation *evaluation, const struct msturn_path *path);

/* Did the client contact the server that it was sent to (RFC 8489 section 10)? */
bool msturn_has_followed(const struct msturn_evaluation *evaluation, const struct msturn_session *session);

/* The first problem about renewal of the pair, else of the session; NULL: none. */
const struct msturn_problem *msturn_upkeep_problem(const struct msturn_evaluation *evaluation,
                                                   const struct msturn_session *session,
                                                   const struct msturn_pair_outcome *pair);

/* The frame in which the last Refresh was refused, but for 437: then the allocation was gone before. 0: it was not. */
uint32_t msturn_refusal_of_refresh(const struct msturn_session *session);

/* A client's host, and the server that it tries to reach. */
struct msturn_ends_key msturn_attempt_key(const struct msturn_endpoint *client, const struct msturn_endpoint *server);

/* The last connection between these hosts to this port of the server's that carried no message; NULL: none. */
const struct msturn_flow *msturn_silent_flow_between(const struct msturn_evaluation *evaluation,
                                                     const struct msturn_endpoint *client,
                                                     const struct msturn_endpoint *server);

/* The same, if it could not be opened, from this time on. */
const struct msturn_flow *msturn_unopened_flow_between(const struct msturn_evaluation *evaluation,
                                                       const struct msturn_endpoint *client,
                                                       const struct msturn_endpoint *server,
                                                       const struct msturn_event *since);

/* ---- texts; NULL where nobody reads them ---- */

/* "client 10.48.54.230", "TURN server 10.48.54.229:3478", "peer 192.168.1.252:53577". */
const char *msturn_say_role(const struct msturn_telling *telling, enum msturn_role role);

/* Makes these, once for all sentences. */
void msturn_name_roles(struct msturn_telling *telling);

const char *msturn_say(const struct msturn_telling *telling, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "4.8 s", "0.4 ms". */
const char *msturn_say_seconds(const struct msturn_telling *telling, double seconds);

const char *msturn_say_endpoint(const struct msturn_telling *telling, const struct msturn_endpoint *endpoint);

/* The same without its port. */
const char *msturn_say_host(const struct msturn_telling *telling, const struct msturn_endpoint *endpoint);

/* "401 Unauthenticated", with the server's own words where they say more. */
const char *msturn_say_error(const struct msturn_telling *telling, uint16_t code, const char *reason);

/* ", then the peer closed (FIN, frame 111)"; "" when nothing has ended. */
const char *msturn_say_end(const struct msturn_telling *telling);

/* ", acknowledged by CLIENT (frame 54)"; "" when that is not known. */
const char *msturn_say_acknowledged(const struct msturn_telling *telling, const char *by, uint32_t frame);

/* ---- what a rule does with its step ---- */

void msturn_add_frame(struct msturn_step *step, uint32_t frame);

/* Did the path stop at a step with this status? */
bool msturn_is_stop(enum msturn_step_status status);

/* The step stopped here. */
void msturn_stop(struct msturn_step *step, enum msturn_step_status status, enum msturn_place place, const char *text,
                 const char *advice);

/* ---- the rules, in the order of the steps ---- */

void msturn_tell_offer(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_server(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_allocation(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_permission(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_peer(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_announcement(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_bind(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_remote_check(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_local_check(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_nomination(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_media(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_upkeep(const struct msturn_telling *telling, struct msturn_step *step);
void msturn_tell_end(const struct msturn_telling *telling, struct msturn_step *step);

/* The same of a path that is broken, though no step before its end says so. */
void msturn_tell_bad_end(const struct msturn_telling *telling, struct msturn_step *step);

/* What a server said to this request of the client, and what it was for, as in "Allocate". */
void msturn_tell_refusal(const struct msturn_telling *telling, struct msturn_step *step,
                         const struct msturn_transaction *transaction, const char *what);

/* Did the server's side close instead of an answer to the client's request? That, as a stop. */
bool msturn_was_cut_off(const struct msturn_transaction *transaction);
void msturn_tell_cut_off(const struct msturn_telling *telling, struct msturn_step *step,
                         const struct msturn_transaction *transaction, const char *what);

enum msturn_place msturn_place_of_role(enum msturn_role role);

/* Who closed, as a place. A relay may only have passed on what happened on its other side: if that was not captured, nobody
 * knows. */
enum msturn_place msturn_place_of_closer(const struct msturn_telling *telling, enum msturn_place otherwise);

/* What to do when that is why nothing more came. */
const char *msturn_advice_on_closer(const struct msturn_telling *telling);

#endif
