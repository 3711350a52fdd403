/* steps.c
 * THE table of steps, and how a path gets through them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/path_parts.h"

enum { /* bits of enum msturn_path_kind */
       DIRECT = 1 << MSTURN_PATH_DIRECT,
       PASSIVE = 1 << MSTURN_PATH_PASSIVE,
       ACTIVE = 1 << MSTURN_PATH_ACTIVE,
       RELAY = 1 << MSTURN_PATH_RELAY,
       MS_TURN = 1 << MSTURN_PATH_MS_TURN,
       RELAYED = PASSIVE | ACTIVE | RELAY | MS_TURN,
       ALL = DIRECT | RELAYED
};

/* What a step is called by Microsoft's clients when it fails: through a relay that was reached over TCP or UDP, or on a direct
 * connection (ICE warning flags of the quality of experience report). */
struct ice_warning {
    const char *over_tcp, *over_udp, *direct;
};

/* A step: the kinds of path that need it, its rule, and its warning flag; NULL: none. */
struct step_row {
    unsigned kinds;
    void (*tell)(const struct msturn_telling *telling, struct msturn_step *step);
    const struct ice_warning *warning;
};

static const struct ice_warning server_unreachable = { "0x1 (TURN server unreachable)", "0x1 (TURN server unreachable)",
                                                       NULL };
static const struct ice_warning allocation_failed = { "0x8 (TCP allocation failed)", "0x2 (UDP allocation failed)",
                                                      NULL };
static const struct ice_warning connectivity_failed = { "0x10 (TCP through TURN failed)",
                                                        "0x4 (UDP through TURN failed)",
                                                        "0x20 (local connectivity failed)" };

static const struct step_row steps_table[MSTURN_STEP_COUNT] = {
    [MSTURN_STEP_OFFER] = { ALL, msturn_tell_offer, NULL },
    [MSTURN_STEP_SERVER] = { RELAYED, msturn_tell_server, &server_unreachable },
    [MSTURN_STEP_ALLOCATION] = { RELAYED, msturn_tell_allocation, &allocation_failed },
    [MSTURN_STEP_PERMISSION] = { PASSIVE | RELAY, msturn_tell_permission, NULL },
    [MSTURN_STEP_PEER] = { DIRECT | PASSIVE | ACTIVE, msturn_tell_peer, &connectivity_failed },
    [MSTURN_STEP_ANNOUNCEMENT] = { PASSIVE | ACTIVE, msturn_tell_announcement, NULL },
    [MSTURN_STEP_BIND] = { PASSIVE | ACTIVE, msturn_tell_bind, NULL },
    [MSTURN_STEP_REMOTE_CHECK] = { ALL, msturn_tell_remote_check, &connectivity_failed },
    [MSTURN_STEP_LOCAL_CHECK] = { ALL, msturn_tell_local_check, &connectivity_failed },
    [MSTURN_STEP_NOMINATION] = { ALL, msturn_tell_nomination, NULL },
    [MSTURN_STEP_MEDIA] = { ALL, msturn_tell_media, NULL },
    [MSTURN_STEP_UPKEEP] = { ALL, msturn_tell_upkeep, NULL },
    [MSTURN_STEP_END] = { ALL, msturn_tell_end, NULL },
};

/* A role may stand first. */
static const char *begin_sentence(const struct msturn_telling *telling, const char *text)
{
    return text && g_ascii_islower(text[0]) ? msturn_say(telling, "%c%s", g_ascii_toupper(text[0]), text + 1) : text;
}

static const char *ice_warning_of(const struct step_row *row, const struct msturn_path *path)
{
    if (!row->warning)
        return NULL;
    if (path->kind == MSTURN_PATH_DIRECT)
        return row->warning->direct;
    return msturn_path_transport(path) == MSTURN_UDP ? row->warning->over_udp : row->warning->over_tcp;
}

static void tell_step(const struct msturn_telling *telling, enum msturn_step_number number, struct msturn_step *step)
{
    const struct step_row *row = &steps_table[number];

    *step = (struct msturn_step){ .status = MSTURN_STATUS_NOT_NEEDED };
    if (!(row->kinds & 1U << telling->path->kind))
        return;
    step->status = MSTURN_STATUS_PENDING;
    row->tell(telling, step);
    step->text = begin_sentence(telling, step->text);
    if (msturn_is_stop(step->status))
        step->ice_warning = ice_warning_of(row, telling->path);
}

/* Where known passwords prove why an answer refuses, that is the advice. */
static void advise_by_proof(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                            struct msturn_step *step)
{
    for (unsigned i = 0; i < MSTURN_STEP_FRAMES && step->frames[i] != 0; i++) {
        const struct msturn_problem *proof = wmem_map_lookup(evaluation->proofs, GUINT_TO_POINTER(step->frames[i]));
        if (proof &&
            ((proof->session && proof->session == path->session) || (proof->pair && proof->pair == path->pair)))
            step->advice = proof->advice;
    }
}

void msturn_path_tell(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                      wmem_allocator_t *scope, struct msturn_step steps[MSTURN_STEP_COUNT])
{
    const struct msturn_telling telling = msturn_begin_telling(evaluation, path, scope);
    bool stopped = false;

    for (enum msturn_step_number number = 0; number < MSTURN_STEP_COUNT; number++) {
        tell_step(&telling, number, &steps[number]);
        if (scope && msturn_is_stop(steps[number].status))
            advise_by_proof(evaluation, path, &steps[number]);
        stopped |= msturn_is_stop(steps[number].status);
    }
    if (!stopped && path->pair && path->pair->verdict == MSTURN_VERDICT_BROKEN)
        msturn_tell_bad_end(&telling, &steps[MSTURN_STEP_END]);
}

/* ---- words ---- */

const struct msturn_name msturn_step_names[] = {
    { MSTURN_STEP_OFFER, "offer" },
    { MSTURN_STEP_SERVER, "server" },
    { MSTURN_STEP_ALLOCATION, "allocation" },
    { MSTURN_STEP_PERMISSION, "permission" },
    { MSTURN_STEP_PEER, "peer" },
    { MSTURN_STEP_ANNOUNCEMENT, "announcement" },
    { MSTURN_STEP_BIND, "bind" },
    { MSTURN_STEP_REMOTE_CHECK, "remote_check" },
    { MSTURN_STEP_LOCAL_CHECK, "local_check" },
    { MSTURN_STEP_NOMINATION, "nomination" },
    { MSTURN_STEP_MEDIA, "media" },
    { MSTURN_STEP_UPKEEP, "upkeep" },
    { MSTURN_STEP_END, "end" },
    { 0, NULL },
};

const struct msturn_name msturn_step_labels[] = {
    { MSTURN_STEP_OFFER, "Offer" },
    { MSTURN_STEP_SERVER, "TURN server" },
    { MSTURN_STEP_ALLOCATION, "Allocation" },
    { MSTURN_STEP_PERMISSION, "Permission" },
    { MSTURN_STEP_PEER, "Peer connects" },
    { MSTURN_STEP_ANNOUNCEMENT, "Announcement" },
    { MSTURN_STEP_BIND, "ConnectionBind" },
    { MSTURN_STEP_REMOTE_CHECK, "Peer's check" },
    { MSTURN_STEP_LOCAL_CHECK, "Client's check" },
    { MSTURN_STEP_NOMINATION, "Nomination" },
    { MSTURN_STEP_MEDIA, "Media" },
    { MSTURN_STEP_UPKEEP, "Upkeep" },
    { MSTURN_STEP_END, "End" },
    { 0, NULL },
};

const struct msturn_name msturn_status_names[] = {
    { MSTURN_STATUS_OK, "ok" },
    { MSTURN_STATUS_FAILED, "failed" },
    { MSTURN_STATUS_MISSING, "missing" },
    { MSTURN_STATUS_LATE, "late" },
    { MSTURN_STATUS_NOT_CAPTURED, "not_captured" },
    { MSTURN_STATUS_NOT_NEEDED, "not_needed" },
    { MSTURN_STATUS_PENDING, "pending" },
    { 0, NULL },
};

const struct msturn_name msturn_place_names[] = {
    { MSTURN_PLACE_CLIENT, "client" },   { MSTURN_PLACE_CLIENT_SERVER_PATH, "client_server_path" },
    { MSTURN_PLACE_SERVER, "server" },   { MSTURN_PLACE_SERVER_PEER_PATH, "server_peer_path" },
    { MSTURN_PLACE_PEER, "peer" },       { MSTURN_PLACE_BEYOND_SERVER, "beyond_server" },
    { MSTURN_PLACE_UNKNOWN, "unknown" }, { 0, NULL },
};

const struct msturn_name msturn_end_by_names[] = {
    { MSTURN_BY_CLIENT, "client" },
    { MSTURN_BY_SERVER, "server" },
    { MSTURN_BY_PEER, "peer" },
    { 0, NULL },
};

const struct msturn_name msturn_end_how_names[] = {
    { MSTURN_HOW_CAPTURE, "capture" },
    { MSTURN_HOW_FIN, "fin" },
    { MSTURN_HOW_RST, "rst" },
    { MSTURN_HOW_RELEASE, "release" },
    { MSTURN_HOW_EXPIRY, "expiry" },
    { MSTURN_HOW_TIMEOUT, "timeout" },
    { 0, NULL },
};
