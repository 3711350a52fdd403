/* path_facts.c
 * What is known of a path: its connections, what ended it, and what the rules about its steps ask.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/session.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

/* ---- its connections ---- */

/* The connection outside of the relay: one that was opened rather than one that was not, the last rather than the first. */
static void find_outer(struct msturn_telling *telling, const struct msturn_pair_outcome *pair)
{
    for (const struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        const struct msturn_flow *flow = entry->leg->flow;
        if (!flow || msturn_leg_is_relayed(entry->leg) || flow->copy_of)
            continue;
        if (telling->outer && telling->outer->established && !flow->established)
            continue;
        telling->outer = flow;
        telling->outer_local = entry->local_side;
    }
}

struct msturn_telling msturn_begin_telling(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                                           wmem_allocator_t *scope)
{
    struct msturn_telling telling = { .evaluation = evaluation, .path = path, .scope = scope };

    telling.control = path->session ? path->session->flow : path->flow;
    if (path->peer_connection)
        telling.inner = path->peer_connection->data_flow;
    if (path->pair) {
        telling.facts = path->pair->facts;
        find_outer(&telling, path->pair);
    }
    msturn_name_roles(&telling);
    return telling;
}

/* ---- what ended it ---- */

static void keep_earlier_end(struct msturn_path_end *end, const struct msturn_flow *flow, enum msturn_end_by by)
{
    if (!msturn_happened(&flow->ended) || (msturn_happened(&end->event) && flow->ended.frame >= end->event.frame))
        return;
    end->event = flow->ended;
    end->by = by;
    end->how = flow->ending == MSTURN_ENDING_RST ? MSTURN_HOW_RST : MSTURN_HOW_FIN;
}

static enum msturn_end_by ender_outside(const struct msturn_telling *telling)
{
    if (telling->outer->ended_by != telling->outer_local)
        return MSTURN_BY_PEER;
    return telling->path->kind == MSTURN_PATH_DIRECT ? MSTURN_BY_CLIENT : MSTURN_BY_SERVER;
}

static uint8_t control_client_side(const struct msturn_telling *telling)
{
    if (telling->path->session)
        return telling->path->session->client_side;
    return telling->control->opened_by == 1 ? 1 : 0;
}

struct msturn_path_flows msturn_flows_of_path(const struct msturn_evaluation *evaluation,
                                              const struct msturn_path *path)
{
    const struct msturn_telling telling = msturn_begin_telling(evaluation, path, NULL);
    const struct msturn_connection_outcome *outcome =
        path->peer_connection ? msturn_connection_outcome_of(evaluation, path->peer_connection) : NULL;

    return (struct msturn_path_flows){
        .control = telling.control,
        .inner = telling.inner,
        .outer = telling.outer,
        .control_client = telling.control ? control_client_side(&telling) : 0,
        .inner_client = path->peer_connection ? path->peer_connection->leg->client_side : 0,
        .outer_local = telling.outer_local,
        .wrong_bind = outcome ? outcome->wrong_bind : NULL,
    };
}

/* The client's own word: it gave the allocation up. */
static void note_release(struct msturn_path_end *end, const struct msturn_session *session)
{
    if (!session || !msturn_happened(&session->released) || !session->release)
        return;
    const struct msturn_event asked = msturn_event_of(&session->release->request);
    const struct msturn_event *released = msturn_happened(&asked) ? &asked : &session->released;
    if (msturn_happened(&end->event) && end->event.frame <= released->frame)
        return;
    *end = (struct msturn_path_end){ *released, MSTURN_BY_CLIENT, MSTURN_HOW_RELEASE };
}

/* A server closes what belongs to an allocation that has run out. */
static void note_expiry(const struct msturn_telling *telling, struct msturn_path_end *end)
{
    const struct msturn_session *session = telling->path->session;

    if (!session || end->by != MSTURN_BY_SERVER || session->lifetime == 0 ||
        msturn_evaluated_session_state(telling->evaluation, session) != MSTURN_SESSION_EXPIRED)
        return;
    if (msturn_seconds(&session->granted, &end->event) + MSTURN_SECONDS_AT_ONCE >= session->lifetime)
        end->how = MSTURN_HOW_EXPIRY;
}

struct msturn_path_end msturn_end_of_path(const struct msturn_telling *telling)
{
    struct msturn_path_end end = { .how = MSTURN_HOW_CAPTURE };

    if (telling->outer)
        keep_earlier_end(&end, telling->outer, ender_outside(telling));
    if (telling->inner)
        keep_earlier_end(&end, telling->inner,
                         telling->inner->ended_by == telling->path->peer_connection->leg->client_side
                             ? MSTURN_BY_CLIENT
                             : MSTURN_BY_SERVER);
    note_release(&end, telling->path->session);
    if (!msturn_happened(&end.event) && telling->control)
        keep_earlier_end(&end, telling->control,
                         telling->control->ended_by == control_client_side(telling) ? MSTURN_BY_CLIENT
                                                                                    : MSTURN_BY_SERVER);
    note_expiry(telling, &end);
    if (telling->path->flow &&
        msturn_opening_failed(telling->evaluation, telling->path->flow) == MSTURN_SILENCE_UNANSWERED)
        end = (struct msturn_path_end){ msturn_flow_end(telling->path->flow), MSTURN_BY_NOBODY, MSTURN_HOW_TIMEOUT };
    return end;
}

/* ---- what the rules ask ---- */

const struct msturn_leg *msturn_wrapped_leg(const struct msturn_path *path)
{
    for (const struct msturn_pair_leg *entry = path->pair ? path->pair->legs : NULL; entry; entry = entry->next) {
        if (entry->leg->kind == MSTURN_LEG_WRAPPED && !entry->leg->flow->copy_of)
            return entry->leg;
    }
    return path->leg;
}

bool msturn_outside_is_captured(const struct msturn_telling *telling)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(&telling->path->relayed);

    return wmem_map_contains(telling->evaluation->outer_hosts, &host);
}

bool msturn_end_may_be_relay(const struct msturn_telling *telling, enum msturn_role role)
{
    const struct msturn_flow *flow = telling->outer;

    return flow && flow->relay_port[role == MSTURN_ROLE_CLIENT ? telling->outer_local : 1 - telling->outer_local];
}

bool msturn_client_has_won(const struct msturn_evaluation *evaluation, const struct msturn_path *path)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(&path->client);
    const struct msturn_pair_outcome *last = wmem_map_lookup(evaluation->nominating_hosts, &host);

    return last && last->nominated.time >= path->first.time;
}

bool msturn_client_has_allocated(const struct msturn_evaluation *evaluation, const struct msturn_path *path)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(&path->client);
    const struct msturn_session *last = wmem_map_lookup(evaluation->allocating_hosts, &host);

    return last && last->allocated.time >= path->first.time;
}

const struct msturn_problem *msturn_upkeep_problem(const struct msturn_evaluation *evaluation,
                                                   const struct msturn_session *session,
                                                   const struct msturn_pair_outcome *pair)
{
    const struct msturn_problem *problem = pair ? wmem_map_lookup(evaluation->upkeep_problems, pair) : NULL;

    return problem || !session ? problem : wmem_map_lookup(evaluation->upkeep_problems, session);
}

uint32_t msturn_refusal_of_refresh(const struct msturn_session *session)
{
    const struct msturn_transaction *refresh = session->refresh;

    return refresh && refresh->is_error && refresh->error_code != 437 ? refresh->exchange->response.frame : 0;
}

/* ---- connections to servers that carried no message ---- */

struct msturn_ends_key msturn_attempt_key(const struct msturn_endpoint *client, const struct msturn_endpoint *server)
{
    struct msturn_ends_key key = { .a = msturn_host_of_endpoint(client), .b = *server };

    return key;
}

const struct msturn_flow *msturn_silent_flow_between(const struct msturn_evaluation *evaluation,
                                                     const struct msturn_endpoint *client,
                                                     const struct msturn_endpoint *server)
{
    return msturn_map_find(evaluation->silent_flows, msturn_attempt_key(client, server));
}

const struct msturn_flow *msturn_unopened_flow_between(const struct msturn_evaluation *evaluation,
                                                       const struct msturn_endpoint *client,
                                                       const struct msturn_endpoint *server,
                                                       const struct msturn_event *since)
{
    const struct msturn_flow *flow = msturn_silent_flow_between(evaluation, client, server);

    return flow && flow->first.time >= since->time && !flow->established ? flow : NULL;
}

void msturn_note_silent_flows(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_flow *flow = evaluation->tracker->flows; flow; flow = flow->next) {
        if (!msturn_is_silent(evaluation->tracker, flow))
            continue;
        const struct msturn_ends_key key =
            msturn_attempt_key(&flow->ends[flow->opened_by], &flow->ends[1 - flow->opened_by]);
        wmem_map_insert(evaluation->silent_flows, wmem_memdup(evaluation->scope, &key, sizeof key), (void *)flow);
    }
}

/* ---- indexes ---- */

static void put_host(struct msturn_evaluation *evaluation, wmem_map_t *map, const struct msturn_endpoint *endpoint,
                     const void *value)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(endpoint);

    if (endpoint->family != 0)
        wmem_map_insert(map, wmem_memdup(evaluation->scope, &host, sizeof host), (void *)value);
}

/* A pair that was nominated, by the hosts that may have other candidates. */
static void note_nominating_host(struct msturn_evaluation *evaluation, const struct msturn_endpoint *endpoint,
                                 const struct msturn_pair_outcome *pair)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(endpoint);
    const struct msturn_pair_outcome *known = wmem_map_lookup(evaluation->nominating_hosts, &host);

    if (!known || known->nominated.time < pair->nominated.time)
        put_host(evaluation, evaluation->nominating_hosts, endpoint, pair);
}

static bool is_about_upkeep(enum msturn_finding finding)
{
    return finding == MSTURN_FINDING_ALLOCATION_EXPIRED || finding == MSTURN_FINDING_PERMISSION_EXPIRED ||
           finding == MSTURN_FINDING_CHANNEL_EXPIRED || finding == MSTURN_FINDING_CONSENT_LOST;
}

static void note_upkeep_problem(struct msturn_evaluation *evaluation, const struct msturn_problem *problem)
{
    const void *owner = problem->pair ? (const void *)problem->pair : problem->session;

    if (owner && !wmem_map_contains(evaluation->upkeep_problems, owner))
        wmem_map_insert(evaluation->upkeep_problems, owner, (void *)problem);
}

static void note_proof(struct msturn_evaluation *evaluation, const struct msturn_problem *problem)
{
    if (problem->advice)
        wmem_map_insert(evaluation->proofs, GUINT_TO_POINTER(problem->frame), (void *)problem);
}

void msturn_index_for_paths(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next) {
        if (!msturn_happened(&pair->nominated))
            continue;
        note_nominating_host(evaluation, &pair->local, pair);
        note_nominating_host(evaluation, &pair->remote, pair);
        if (pair->session)
            note_nominating_host(evaluation, &pair->session->client, pair);
    }
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        if (msturn_happened(&session->allocated))
            put_host(evaluation, evaluation->allocating_hosts, &session->client, session);
    }
    for (const struct msturn_flow *flow = evaluation->tracker->flows; flow; flow = flow->next) {
        for (unsigned side = 0; side < 2; side++) {
            if (!flow->session && msturn_is_relayed_address(&flow->ends[side]))
                put_host(evaluation, evaluation->outer_hosts, &flow->ends[side], flow);
        }
    }
    uint32_t last_frame = 0;
    for (struct msturn_problem *problem = evaluation->sorted; problem; problem = problem->next) {
        if (problem->frame != last_frame)
            wmem_map_insert(evaluation->problems_by_frame, GUINT_TO_POINTER(problem->frame), problem);
        last_frame = problem->frame;
        if (is_about_upkeep(problem->finding))
            note_upkeep_problem(evaluation, problem);
        note_proof(evaluation, problem);
        for (const struct msturn_problem *effect = problem->effects; effect; effect = effect->next)
            note_proof(evaluation, effect);
    }
}

enum msturn_transport msturn_path_transport(const struct msturn_path *path)
{
    if (path->session)
        return path->session->transport;
    if (path->flow)
        return path->flow->transport;
    const struct msturn_pair_leg *leg = path->pair ? path->pair->legs : NULL;
    return leg && leg->leg->flow ? leg->leg->flow->transport : MSTURN_TCP;
}
