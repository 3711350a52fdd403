/* paths.c
 * The paths of an evaluation: from its pairs, allocations and connections.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/permission.h"
#include "plugin/track/session.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

/* ---- adding ---- */

static struct msturn_path *add_path(struct msturn_evaluation *evaluation, enum msturn_path_kind kind)
{
    struct msturn_path *path = wmem_new0(evaluation->scope, struct msturn_path);

    path->id = evaluation->path_count++;
    path->kind = kind;
    path->verdict = MSTURN_VERDICT_UNFINISHED;
    path->stopped_at = MSTURN_STEP_COUNT;
    if (evaluation->last_path)
        evaluation->last_path->next = path;
    else
        evaluation->paths = path;
    return evaluation->last_path = path;
}

/* A client may allocate on one connection again and again. */
static bool is_first_on_flow(const struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    wmem_tree_t *sessions = wmem_map_lookup(evaluation->tracker->sessions_of_flow, session->flow);

    return !sessions || wmem_tree_lookup32_le(sessions, session->first.frame - 1) == NULL;
}

static struct msturn_event beginning_of_session(const struct msturn_evaluation *evaluation,
                                                const struct msturn_session *session)
{
    const struct msturn_flow *flow = session->flow;

    return flow->opened_by >= 0 && is_first_on_flow(evaluation, session) ? flow->first : session->first;
}

static void set_session(struct msturn_evaluation *evaluation, struct msturn_path *path,
                        const struct msturn_session *session)
{
    path->session = session;
    if (!session)
        return;
    path->client = session->client;
    path->server = session->server;
    path->relayed = session->relayed;
    path->first = beginning_of_session(evaluation, session);
    if (!wmem_map_contains(evaluation->paths_by_session, session))
        wmem_map_insert(evaluation->paths_by_session, session, path);
}

static enum msturn_path_kind path_kind_of(const struct msturn_session *session,
                                          const struct msturn_peer_connection *connection, const struct msturn_leg *leg)
{
    if (session->dialect == MSTURN_DIALECT_MS_TURN)
        return MSTURN_PATH_MS_TURN;
    if (connection)
        return connection->origin == MSTURN_ORIGIN_CONNECT ? MSTURN_PATH_ACTIVE : MSTURN_PATH_PASSIVE;
    return leg || session->requested_transport == MSTURN_UDP ? MSTURN_PATH_RELAY : MSTURN_PATH_PASSIVE;
}

static bool is_earlier(const struct msturn_event *a, const struct msturn_event *b)
{
    return msturn_happened(a) && (!msturn_happened(b) || a->frame < b->frame);
}

/* The peer connection that decides: a bound one before others, the last before the first. */
static const struct msturn_peer_connection *connection_of_pair(const struct msturn_pair_outcome *pair)
{
    const struct msturn_peer_connection *found = NULL;

    for (const struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        const struct msturn_peer_connection *connection = entry->leg->peer_connection;
        if (connection && (!found || !msturn_happened(&found->bound)))
            found = connection;
    }
    return found;
}

static void note_relayed_hosts(struct msturn_evaluation *evaluation, struct msturn_path *path)
{
    for (const struct msturn_pair_leg *entry = path->pair->legs; entry; entry = entry->next) {
        const struct msturn_flow *flow = entry->leg->flow;
        for (unsigned side = 0; flow && side < 2; side++) {
            struct msturn_ends_key key = msturn_attempt_key(&flow->ends[side], &flow->ends[1 - side]);
            wmem_map_insert(evaluation->paths_by_hosts, wmem_memdup(evaluation->scope, &key, sizeof key), path);
        }
    }
}

static void add_path_of_pair(struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair)
{
    const struct msturn_peer_connection *connection = connection_of_pair(pair);
    const struct msturn_leg *relayed = msturn_outcome_relayed_leg(pair);
    const struct msturn_session *session = pair->session;
    enum msturn_path_kind kind = MSTURN_PATH_DIRECT;

    if (session)
        kind = path_kind_of(session, connection, relayed && relayed->kind == MSTURN_LEG_WRAPPED ? relayed : NULL);
    else if (connection)
        kind = MSTURN_PATH_PASSIVE; /* only its ConnectionBind was captured */
    struct msturn_path *path = add_path(evaluation, kind);
    set_session(evaluation, path, session);
    path->pair = pair;
    path->peer_connection = connection;
    path->verdict = pair->verdict;
    path->peer = pair->remote;
    if (session || connection)
        path->relayed = pair->local;
    else
        path->client = pair->local;
    if (!session && connection && connection->data_flow) {
        path->client = connection->data_flow->ends[connection->leg->client_side];
        path->server = connection->data_flow->ends[1 - connection->leg->client_side];
    }
    const struct msturn_flow *flow = pair->legs->leg->flow;
    const struct msturn_event *first = !session && flow && flow->opened_by >= 0 ? &flow->first : &pair->first;
    if (is_earlier(first, &path->first))
        path->first = *first;
    wmem_map_insert(evaluation->paths_by_pair, pair, path);
    if (!session && !connection)
        note_relayed_hosts(evaluation, path);
}

/* Data for a peer that nobody checked. */
static void add_paths_of_data(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_leg *leg = evaluation->tracker->legs; leg; leg = leg->next) {
        if (leg->kind != MSTURN_LEG_WRAPPED || !leg->session || leg->absorbed_by ||
            wmem_map_contains(evaluation->legs, leg) ||
            leg->packets[0] + leg->packets[1] + leg->media_packets[0] + leg->media_packets[1] == 0)
            continue;
        struct msturn_path *path = add_path(evaluation, path_kind_of(leg->session, NULL, leg));
        set_session(evaluation, path, leg->session);
        path->leg = leg;
        wmem_map_insert(evaluation->paths_by_leg, leg, path);
        path->peer = leg->peer;
        path->verdict = MSTURN_VERDICT_UNKNOWN;
    }
}

/* ---- sessions of which only the end was captured ---- */

/* The data connection of a call whose ConnectionBind was not captured looks like a direct one. */
static bool is_of_known_path(struct msturn_evaluation *evaluation, const struct msturn_session *session)
{
    struct msturn_path *path = NULL;

    if (!session->begun && session->relayed.family == 0)
        path = msturn_map_find(evaluation->paths_by_hosts, msturn_attempt_key(&session->client, &session->server));
    if (!path || path->session)
        return false;
    const struct msturn_event first = path->first;
    path->kind = MSTURN_PATH_PASSIVE;
    set_session(evaluation, path, session);
    path->relayed = path->pair->local;
    if (is_earlier(&first, &path->first))
        path->first = first;
    return true;
}

static void add_paths_of_sessions(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        if (!wmem_map_contains(evaluation->paths_by_session, session) && !is_of_known_path(evaluation, session))
            set_session(evaluation, add_path(evaluation, path_kind_of(session, NULL, NULL)), session);
    }
}

/* ---- connections to servers that carried no message ---- */

/* A host that got an answer from this server is not without it. */
static bool has_reached(const struct msturn_evaluation *evaluation, const struct msturn_ends_key *key)
{
    return msturn_map_find(evaluation->reached, *key) != NULL;
}

static void note_reached(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        const struct msturn_ends_key key = msturn_attempt_key(&session->client, &session->server);
        if (!msturn_map_find(evaluation->reached, key))
            wmem_map_insert(evaluation->reached, wmem_memdup(evaluation->scope, &key, sizeof key), (void *)session);
    }
}

static struct msturn_ends_key key_of_attempt(const struct msturn_flow *flow)
{
    const uint8_t side = (uint8_t)flow->opened_by;

    return msturn_attempt_key(&flow->ends[side], &flow->ends[1 - side]);
}

static void add_path_of_flow(struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const uint8_t side = (uint8_t)flow->opened_by;
    const struct msturn_ends_key key = key_of_attempt(flow);

    if (has_reached(evaluation, &key))
        return;
    struct msturn_path *path = msturn_map_find(evaluation->silent_paths, key);
    if (!path) {
        path = add_path(evaluation, MSTURN_PATH_PASSIVE);
        path->flow = flow;
        path->client = flow->ends[side];
        path->server = flow->ends[1 - side];
        path->first = flow->first;
        wmem_map_insert(evaluation->silent_paths, wmem_memdup(evaluation->scope, &key, sizeof key), path);
    }
    path->attempts++;
}

static void add_paths_of_flows(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_flow *flow = evaluation->tracker->flows; flow; flow = flow->next) {
        if (msturn_is_failed_attempt(evaluation, flow))
            add_path_of_flow(evaluation, flow);
    }
}

/* ---- media ---- */

static void count_leg(struct msturn_path *path, const struct msturn_leg *leg, uint8_t local_side)
{
    for (uint8_t side = 0; side < 2; side++) {
        struct msturn_path_media *media =
            &path->media[side == local_side ? MSTURN_LOCAL_TO_REMOTE : MSTURN_REMOTE_TO_LOCAL];
        if (leg->media_packets[side] <= media->packets)
            continue;
        *media = (struct msturn_path_media){
            .packets = leg->media_packets[side],
            .bytes = leg->media_bytes[side],
            .first = leg->media[side],
            .last = leg->last_media[side],
        };
    }
}

/* The same packets pass all legs: the one that shows most of them counts. */
static void count_media(struct msturn_path *path)
{
    if (path->leg)
        count_leg(path, path->leg, path->leg->client_side);
    for (const struct msturn_pair_leg *entry = path->pair ? path->pair->legs : NULL; entry; entry = entry->next)
        count_leg(path, entry->leg, entry->local_side);
}

/* ---- the outcome ---- */

/* Clients try more servers and transports than they need: whose call was decided elsewhere is not broken. */
static void set_verdict_of_lone(const struct msturn_evaluation *evaluation, struct msturn_path *path)
{
    if (path->pair || path->leg)
        return;
    const bool needed =
        !msturn_client_has_won(evaluation, path) && !(path->flow && msturn_client_has_allocated(evaluation, path));
    if (path->stopped_at < MSTURN_STEP_COUNT && needed)
        path->verdict = MSTURN_VERDICT_BROKEN;
    else if (path->statuses[MSTURN_STEP_ALLOCATION] == MSTURN_STATUS_NOT_CAPTURED)
        path->verdict = MSTURN_VERDICT_UNKNOWN;
}

static void keep_last(struct msturn_event *last, const struct msturn_event *event)
{
    if (event->frame > last->frame)
        *last = *event;
}

static struct msturn_event last_of_path(const struct msturn_path *path, const struct msturn_step *steps)
{
    struct msturn_event last = path->first;

    keep_last(&last, &path->ended.event);
    for (unsigned number = 0; number < MSTURN_STEP_COUNT; number++)
        keep_last(&last, &steps[number].event);
    for (unsigned direction = 0; direction < MSTURN_NO_DIRECTION; direction++)
        keep_last(&last, &path->media[direction].last);
    if (path->session && !path->pair)
        keep_last(&last, &path->session->last);
    return last;
}

static void judge_path(struct msturn_evaluation *evaluation, struct msturn_path *path)
{
    struct msturn_step steps[MSTURN_STEP_COUNT];
    const struct msturn_telling telling = msturn_begin_telling(evaluation, path, NULL);

    count_media(path);
    path->ended = msturn_end_of_path(&telling);
    msturn_path_tell(evaluation, path, NULL, steps);
    for (enum msturn_step_number number = 0; number < MSTURN_STEP_COUNT; number++) {
        path->statuses[number] = (uint8_t)steps[number].status;
        if (path->stopped_at == MSTURN_STEP_COUNT && msturn_is_stop(steps[number].status)) {
            path->stopped_at = number;
            path->place = steps[number].place;
            msturn_note_symptoms(evaluation, path, &steps[number]);
        }
    }
    path->last = last_of_path(path, steps);
    set_verdict_of_lone(evaluation, path);
}

void msturn_make_paths(struct msturn_evaluation *evaluation)
{
    msturn_index_for_paths(evaluation);
    note_reached(evaluation);
    for (const struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next)
        add_path_of_pair(evaluation, pair);
    add_paths_of_data(evaluation);
    add_paths_of_sessions(evaluation);
    add_paths_of_flows(evaluation);
    for (struct msturn_path *path = evaluation->paths; path; path = path->next)
        judge_path(evaluation, path);
    msturn_note_told_symptoms(evaluation);
}

/* ---- asking ---- */

const struct msturn_path *msturn_paths(const struct msturn_evaluation *evaluation)
{
    return evaluation->paths;
}

const struct msturn_path *msturn_path_of_pair(const struct msturn_evaluation *evaluation,
                                              const struct msturn_pair_outcome *pair)
{
    return pair ? wmem_map_lookup(evaluation->paths_by_pair, pair) : NULL;
}

const struct msturn_path *msturn_path_of_session(const struct msturn_evaluation *evaluation,
                                                 const struct msturn_session *session)
{
    return session ? wmem_map_lookup(evaluation->paths_by_session, session) : NULL;
}

const struct msturn_path *msturn_path_of_leg(const struct msturn_evaluation *evaluation, const struct msturn_leg *leg)
{
    const struct msturn_path *path = msturn_path_of_pair(evaluation, msturn_outcome_of_leg(evaluation, leg));

    return path || !leg ? path : wmem_map_lookup(evaluation->paths_by_leg, leg);
}

const struct msturn_path *msturn_path_of_flow(const struct msturn_evaluation *evaluation,
                                              const struct msturn_flow *flow)
{
    return flow->opened_by >= 0 && msturn_is_failed_attempt(evaluation, flow)
               ? msturn_map_find(evaluation->silent_paths, key_of_attempt(flow))
               : NULL;
}
