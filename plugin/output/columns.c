/* columns.c
 * What there is to say of a session, a peer connection, a pair and a problem: THE tables of columns, wherever they are shown.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/columns.h"

#include "plugin/show/text.h"
#include "plugin/track/transaction.h"

/* ---- sessions ---- */

/* NAME(report, item) is the value of one column; likewise below. */
#define SESSION(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_session *session = item; \
        return expression; \
    }

static const struct msturn_name json_transports[] = { { MSTURN_TCP, "tcp" }, { MSTURN_UDP, "udp" }, { 0, NULL } };

static enum msturn_session_state state_of(const struct msturn_report *report, const struct msturn_session *session)
{
    return msturn_evaluated_session_state(report->evaluation, session);
}

static uint16_t allocate_error(const struct msturn_report *report, const struct msturn_session *session)
{
    return state_of(report, session) == MSTURN_SESSION_REFUSED ? session->error_code : 0;
}

static bool is_ms_turn(const struct msturn_session *session)
{
    return session->dialect == MSTURN_DIALECT_MS_TURN;
}

/* The client's address as the server sees it, where that is another one. */
static struct msturn_cell session_seen_as(const struct msturn_report *report, const void *item)
{
    const struct msturn_session *session = item;

    return msturn_endpoint_equal(&session->mapped, &session->client) ? msturn_no_cell
                                                                     : msturn_endpoint_cell(report, &session->mapped);
}

static struct msturn_cell count_peers(const struct msturn_session *session, bool only_bound)
{
    uint32_t count = 0;

    for (const struct msturn_peer_connection *peer = session->peer_connections; peer; peer = peer->next)
        count += !only_bound || peer->bound.frame != 0;
    return msturn_number_cell(count);
}

static struct msturn_cell session_lifetime_text(const struct msturn_report *report, const void *item)
{
    const struct msturn_session *session = item;

    return session->granted.frame != 0 ? msturn_text_cell(wmem_strdup_printf(report->scope, "%u s", session->lifetime))
                                       : msturn_no_cell;
}

SESSION(session_id, msturn_number_cell(session->id))
SESSION(session_state, msturn_word_cell(msturn_session_state_names, state_of(report, session)))
SESSION(session_state_and_error,
        msturn_state_cell(report, msturn_name_of(msturn_session_state_names, state_of(report, session)),
                          allocate_error(report, session), session->error_reason))
SESSION(session_error_code, msturn_error_cell(session->error_code))
SESSION(session_error_reason, msturn_foreign_cell(session->error_reason))
SESSION(session_refusal, msturn_error_cell(allocate_error(report, session)))
SESSION(session_client, msturn_endpoint_cell(report, &session->client))
SESSION(session_server, msturn_endpoint_cell(report, &session->server))
SESSION(session_relayed, msturn_endpoint_cell(report, &session->relayed))
SESSION(session_mapped, msturn_endpoint_cell(report, &session->mapped))
SESSION(session_tunnel, msturn_foreign_cell(session->flow->tunnel))
SESSION(session_transport, msturn_word_cell(msturn_transport_names, session->transport))
SESSION(session_transport_word, msturn_word_cell(json_transports, session->transport))
SESSION(session_stream, msturn_stream_cell(session->flow))
SESSION(session_stream_name, msturn_stream_name_cell(report, session->flow))
SESSION(session_dialect, msturn_word_cell(msturn_dialect_names, session->dialect))
SESSION(session_other_dialect,
        msturn_text_cell(is_ms_turn(session) ? msturn_name_of(msturn_dialect_names, session->dialect) : NULL))
SESSION(session_dialect_word, msturn_word_cell(msturn_dialect_keys, session->dialect))
SESSION(session_user, msturn_foreign_cell(session->username))
SESSION(session_realm, msturn_foreign_cell(session->realm))
SESSION(session_lifetime, msturn_number_cell_if(session->granted.frame != 0, session->lifetime))
SESSION(session_peers, count_peers(session, false))
SESSION(session_bound, count_peers(session, true))
SESSION(session_first_frame, msturn_frame_cell(session->first.frame))

static const struct msturn_column session_columns[] = {
    /* value, { JSON, statistics, report }, is it a number? */
    { session_id, { "id", "id", "id" }, true },
    { session_state, { "state", "state", NULL }, false },
    { session_state_and_error, { NULL, NULL, "state" }, false },
    { session_error_code, { "error_code", NULL, NULL }, false },
    { session_error_reason, { "error_reason", NULL, NULL }, false },
    { session_refusal, { NULL, "error", NULL }, false },
    { session_client, { "client", "client", "client" }, false },
    { session_seen_as, { NULL, NULL, "seen as" }, false },
    { session_server, { "server", "server", "server" }, false },
    { session_tunnel, { "tunnel", NULL, "tunnel to" }, false },
    { session_transport_word, { "transport", NULL, NULL }, false },
    { session_stream, { "stream", NULL, NULL }, true },
    { session_stream_name, { NULL, NULL, "stream" }, false },
    { session_dialect_word, { "dialect", NULL, NULL }, false },
    { session_other_dialect, { NULL, NULL, "dialect" }, false },
    { session_relayed, { "relayed", "relayed", "relayed" }, false },
    { session_mapped, { "mapped", "mapped", NULL }, false },
    { session_transport, { NULL, "transport", NULL }, false },
    { session_dialect, { NULL, "dialect", NULL }, false },
    { session_user, { "username", "user", "user" }, false },
    { session_realm, { "realm", "realm", "realm" }, false },
    { session_lifetime, { "lifetime", "lifetime", NULL }, true },
    { session_lifetime_text, { NULL, NULL, "lifetime" }, true },
    { session_peers, { NULL, "peer connections", NULL }, true },
    { session_bound, { NULL, "bound", NULL }, true },
    { session_first_frame, { "first_frame", "first frame", "first frame" }, true },
};

const struct msturn_columns msturn_session_columns = { session_columns, array_length(session_columns) };

/* ---- peer connections ---- */

static enum msturn_peer_connection_state peer_state_of(const struct msturn_report *report,
                                                       const struct msturn_peer_connection *peer)
{
    return msturn_evaluated_connection_state(report->evaluation, peer);
}

#define PEER(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_peer_connection *peer = item; \
        return expression; \
    }

static struct msturn_cell peer_id_text(const struct msturn_report *report, const void *item)
{
    const struct msturn_peer_connection *peer = item;

    return peer->has_id ? msturn_text_cell(wmem_strdup_printf(report->scope, "0x%08x", peer->id)) : msturn_no_cell;
}

PEER(peer_id, msturn_number_cell_if(peer->has_id, peer->id))
PEER(peer_state, msturn_word_cell(msturn_peer_connection_state_names, peer_state_of(report, peer)))
PEER(peer_state_and_error,
     msturn_state_cell(report, msturn_name_of(msturn_peer_connection_state_names, peer_state_of(report, peer)),
                       peer->error_code, peer->error_reason))
PEER(peer_error_code, msturn_error_cell(peer->error_code))
PEER(peer_error_reason, msturn_foreign_cell(peer->error_reason))
PEER(peer_session, msturn_session_cell(peer->session))
PEER(peer_address, msturn_endpoint_cell(report, &peer->peer))
/* Without the session only the ConnectionBind is known. */
PEER(peer_origin, peer->session ? msturn_word_cell(msturn_origin_names, peer->origin) : msturn_no_cell)
static struct msturn_cell peer_ended(const struct msturn_report *report, const void *item)
{
    const struct msturn_peer_connection *peer = item;
    const struct msturn_pair_outcome *pair = msturn_outcome_of_leg(report->evaluation, peer->leg);
    const struct msturn_path *path = msturn_path_of_pair(report->evaluation, pair);

    return path ? msturn_object_cell(&msturn_end_columns, &path->ended) : msturn_no_cell;
}

PEER(peer_stream, msturn_stream_cell(peer->data_flow))
PEER(peer_stream_name, msturn_stream_name_cell(report, peer->data_flow))
PEER(peer_announced, msturn_frame_cell(peer->announced.frame))
PEER(peer_bound, msturn_frame_cell(peer->bound.frame))

static const struct msturn_column peer_connection_columns[] = {
    { peer_id, { "connection_id", NULL, NULL }, true },
    { peer_id_text, { NULL, NULL, "connection-id" }, false },
    { peer_state, { "state", NULL, NULL }, false },
    { peer_state_and_error, { NULL, NULL, "state" }, false },
    { peer_error_code, { "error", NULL, NULL }, false },
    { peer_error_reason, { "error_reason", NULL, NULL }, false },
    { peer_session, { "session", NULL, "session" }, true },
    { peer_address, { "peer", NULL, "peer" }, false },
    { peer_origin, { "origin", NULL, "origin" }, false },
    { peer_stream, { "data_stream", NULL, NULL }, true },
    { peer_stream_name, { NULL, NULL, "stream" }, false },
    { peer_announced, { "announced_frame", NULL, "announced" }, true },
    { peer_ended, { "ended", NULL, NULL }, false },
    { peer_bound, { "bound_frame", NULL, "bound" }, true },
};

const struct msturn_columns msturn_peer_connection_columns = { peer_connection_columns,
                                                               array_length(peer_connection_columns) };

/* ---- checks ---- */

#define CHECKS(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_check_count *checks = item; \
        return expression; \
    }

CHECKS(checks_sent, msturn_number_cell(checks->requests))
CHECKS(checks_answered, msturn_number_cell(checks->responses))
CHECKS(checks_refused, msturn_number_cell(checks->errors))
CHECKS(checks_rtt, msturn_decimal_cell(msturn_mean_rtt_text(report->scope, checks)))

static const struct msturn_column check_columns[] = {
    { checks_sent, { "requests", NULL, NULL }, true },
    { checks_answered, { "responses", NULL, NULL }, true },
    { checks_refused, { "errors", NULL, NULL }, true },
    { checks_rtt, { "rtt_ms", NULL, NULL }, true },
};

static const struct msturn_columns check_members = { check_columns, array_length(check_columns) };

/* "2/2, 0.391 ms", "0/3, 3 refused" */
static struct msturn_cell checks_text(const struct msturn_report *report, const struct msturn_check_count *count)
{
    wmem_strbuf_t *line = wmem_strbuf_new(report->scope, NULL);
    const char *rtt = msturn_mean_rtt_text(report->scope, count);

    if (count->requests + count->responses + count->errors == 0)
        return msturn_text_cell("none");
    wmem_strbuf_append_printf(line, "%u/%u", count->responses, count->requests);
    if (count->errors > 0)
        wmem_strbuf_append_printf(line, ", %u refused", count->errors);
    if (rtt)
        wmem_strbuf_append_printf(line, ", %s ms", rtt);
    return msturn_text_cell(wmem_strbuf_get_str(line));
}

/* ---- pairs ---- */

#define PAIR(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_pair_outcome *pair = item; \
        return expression; \
    }

/* Words that a direction may follow. */
/* clang-format off */
static const struct msturn_name reason_phrases[] = {
    { MSTURN_REASON_NO_RESPONSE, "no response to checks" },
    { MSTURN_REASON_NO_REQUEST, "no checks" },
    { MSTURN_REASON_ERROR_RESPONSE, "error response to checks" },
    { MSTURN_REASON_ROLE_CONFLICT, "role conflict in checks" },
    { MSTURN_REASON_NEVER_BOUND, "peer connection never bound" },
    { MSTURN_REASON_BIND_FAILED, "ConnectionBind failed" },
    { MSTURN_REASON_CONNECT_FAILED, "Connect failed" },
    { MSTURN_REASON_NEVER_CHECKED, "never checked" },
    { MSTURN_REASON_RESET, "connection ended" },
    { 0, NULL },
};
/* clang-format on */

#define LOCAL_TO_REMOTE "local -> remote"
#define REMOTE_TO_LOCAL "remote -> local"

/* clang-format off */
static const struct msturn_name direction_phrases[] = {
    { MSTURN_LOCAL_TO_REMOTE, " " LOCAL_TO_REMOTE },
    { MSTURN_REMOTE_TO_LOCAL, " " REMOTE_TO_LOCAL },
    { MSTURN_NO_DIRECTION, "" },
    { 0, NULL },
};
/* clang-format on */

/* "no response to checks remote -> local", "error response to checks remote -> local: 401 Unauthenticated" */
static struct msturn_cell pair_why(const struct msturn_report *report, const void *item)
{
    const struct msturn_pair_outcome *pair = item;
    const char *reason = msturn_name_of(reason_phrases, pair->reason);
    const char *error = msturn_refusal_text(report->scope, pair->error_code, pair->error_reason);

    if (!reason)
        return msturn_no_cell;
    return msturn_text_cell(wmem_strconcat(report->scope, reason, msturn_name_of(direction_phrases, pair->direction),
                                           error ? ": " : "", error ? error : "", NULL));
}

static struct msturn_cell pair_via(const struct msturn_report *report, const void *item)
{
    const struct msturn_pair_outcome *pair = item;
    const struct msturn_session *session = pair->session;

    return session ? msturn_endpoint_cell(report, &session->client) : msturn_no_cell;
}

static int lower_stream_first(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static wmem_array_t *streams_of_legs(wmem_allocator_t *scope, const struct msturn_pair_outcome *pair)
{
    wmem_array_t *streams = wmem_array_new(scope, sizeof(uint32_t));

    for (const struct msturn_pair_leg *leg = pair->legs; leg; leg = leg->next) {
        const struct msturn_cell stream = msturn_stream_cell(leg->leg->flow);
        if (stream.kind != MSTURN_CELL_NONE)
            wmem_array_append_one(streams, stream.number);
    }
    wmem_array_sort(streams, lower_stream_first);
    return streams;
}

/* Those of the pair's legs, in order, each once. */
static struct msturn_cell pair_streams(const struct msturn_report *report, const void *item)
{
    wmem_array_t *streams = streams_of_legs(report->scope, item);
    wmem_array_t *distinct = wmem_array_new(report->scope, sizeof(uint32_t));

    for (unsigned i = 0; i < wmem_array_get_count(streams); i++) {
        const uint32_t *stream = wmem_array_index(streams, i);
        if (i == 0 || stream[0] != stream[-1])
            wmem_array_append_one(distinct, *stream);
    }
    return (struct msturn_cell){ .kind = MSTURN_CELL_NUMBERS, .numbers = distinct };
}

static struct msturn_cell pair_ended(const struct msturn_report *report, const void *item)
{
    const struct msturn_path *path = msturn_path_of_pair(report->evaluation, item);

    return path ? msturn_object_cell(&msturn_end_columns, &path->ended) : msturn_no_cell;
}

PAIR(pair_session, msturn_session_cell(pair->session))
PAIR(pair_id, msturn_number_cell(pair->id))
PAIR(pair_verdict, msturn_word_cell(msturn_verdict_names, pair->verdict))
PAIR(pair_reason, msturn_word_cell(msturn_reason_names, pair->reason))
PAIR(pair_direction, msturn_word_cell(msturn_direction_names, pair->direction))
PAIR(pair_error_code, msturn_error_cell(pair->error_code))
PAIR(pair_error_reason, msturn_foreign_cell(pair->error_reason))
PAIR(pair_local, msturn_endpoint_cell(report, &pair->local))
PAIR(pair_remote, msturn_endpoint_cell(report, &pair->remote))
PAIR(pair_checks_out, msturn_object_cell(&check_members, &pair->checks[MSTURN_LOCAL_TO_REMOTE]))
PAIR(pair_checks_in, msturn_object_cell(&check_members, &pair->checks[MSTURN_REMOTE_TO_LOCAL]))
PAIR(pair_checks_out_text, checks_text(report, &pair->checks[MSTURN_LOCAL_TO_REMOTE]))
PAIR(pair_checks_in_text, checks_text(report, &pair->checks[MSTURN_REMOTE_TO_LOCAL]))
PAIR(pair_sent_out, checks_sent(report, &pair->checks[MSTURN_LOCAL_TO_REMOTE]))
PAIR(pair_answered_out, checks_answered(report, &pair->checks[MSTURN_LOCAL_TO_REMOTE]))
PAIR(pair_rtt_out, checks_rtt(report, &pair->checks[MSTURN_LOCAL_TO_REMOTE]))
PAIR(pair_sent_in, checks_sent(report, &pair->checks[MSTURN_REMOTE_TO_LOCAL]))
PAIR(pair_answered_in, checks_answered(report, &pair->checks[MSTURN_REMOTE_TO_LOCAL]))
PAIR(pair_rtt_in, checks_rtt(report, &pair->checks[MSTURN_REMOTE_TO_LOCAL]))
PAIR(pair_first_frame, msturn_frame_cell(pair->first.frame))

static const struct msturn_column pair_check_columns[] = {
    { pair_checks_out, { "local_to_remote", NULL, NULL }, false },
    { pair_checks_in, { "remote_to_local", NULL, NULL }, false },
};

static const struct msturn_columns pair_check_members = { pair_check_columns, array_length(pair_check_columns) };

PAIR(pair_checks, msturn_object_cell(&pair_check_members, pair))

/* Arrows: from local to remote, and back. */
static const struct msturn_column pair_columns[] = {
    { pair_id, { "id", "id", "id" }, true },
    { pair_verdict, { "verdict", "verdict", "verdict" }, false },
    { pair_reason, { "reason", "reason", NULL }, false },
    { pair_direction, { "direction", "direction", NULL }, false },
    { pair_error_code, { "error_code", "error", NULL }, false },
    { pair_error_reason, { "error_reason", NULL, NULL }, false },
    { pair_why, { NULL, NULL, "why" }, false },
    { pair_local, { "local", "local", "local" }, false },
    { pair_remote, { "remote", "remote", "remote" }, false },
    { pair_via, { "via", "via", "via" }, false },
    { pair_streams, { "streams", NULL, NULL }, false },
    { pair_checks, { "checks", NULL, NULL }, false },
    { pair_checks_out_text, { NULL, NULL, LOCAL_TO_REMOTE }, false },
    { pair_checks_in_text, { NULL, NULL, REMOTE_TO_LOCAL }, false },
    { pair_sent_out, { NULL, "checks ->", NULL }, true },
    { pair_answered_out, { NULL, "answered ->", NULL }, true },
    { pair_rtt_out, { NULL, "ms ->", NULL }, false },
    { pair_sent_in, { NULL, "checks <-", NULL }, true },
    { pair_answered_in, { NULL, "answered <-", NULL }, true },
    { pair_rtt_in, { NULL, "ms <-", NULL }, false },
    { pair_session, { "session", NULL, NULL }, true },
    { pair_ended, { "ended", NULL, NULL }, false },
    { pair_first_frame, { "first_frame", "first frame", "first frame" }, true },
};

const struct msturn_columns msturn_pair_columns = { pair_columns, array_length(pair_columns) };

/* ---- problems ---- */

#define PROBLEM(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_problem *problem = item; \
        return expression; \
    }

static const struct msturn_finding_row *finding_of(const struct msturn_problem *problem)
{
    return &msturn_findings[problem->finding];
}

static struct msturn_cell problem_error_code(const struct msturn_report *report _U_, const void *item)
{
    const struct msturn_transaction *refusal = msturn_problem_refusal(item);

    return refusal ? msturn_error_cell(refusal->error_code) : msturn_no_cell;
}

PROBLEM(problem_severity, msturn_word_cell(msturn_severity_words, finding_of(problem)->severity))
PROBLEM(problem_code, msturn_text_cell(finding_of(problem)->code))
PROBLEM(problem_frame, msturn_frame_cell(problem->frame))
PROBLEM(problem_session, msturn_session_cell(problem->session))
PROBLEM(problem_pair, problem->pair ? msturn_number_cell(problem->pair->id) : msturn_no_cell)
PROBLEM(problem_text, msturn_foreign_cell(problem->text))
PROBLEM(problem_error_reason, msturn_foreign_cell(msturn_transaction_error_reason(msturn_problem_refusal(problem))))
PROBLEM(problem_advice, msturn_text_cell(msturn_problem_advice(problem)))
PROBLEM(problem_with_it, msturn_foreign_cell(msturn_effects_text(report->scope, problem)))
PROBLEM(problem_ice_warning, msturn_text_cell(msturn_ice_warnings[problem->finding]))

static const struct msturn_column effect_columns[] = {
    { problem_code, { "code", NULL, NULL }, false },
    { problem_frame, { "frame", NULL, NULL }, true },
};

static const struct msturn_columns effect_members = { effect_columns, array_length(effect_columns) };

static struct msturn_cell problem_effects(const struct msturn_report *report, const void *item)
{
    wmem_array_t *effects = wmem_array_new(report->scope, sizeof(const struct msturn_problem *));

    for (const struct msturn_problem *effect = ((const struct msturn_problem *)item)->effects; effect;
         effect = effect->next)
        wmem_array_append_one(effects, effect);
    return msturn_objects_cell(&effect_members, effects);
}

static const struct msturn_column problem_columns[] = {
    { problem_severity, { "severity", NULL, NULL }, false },
    { problem_code, { "code", NULL, NULL }, false },
    { problem_frame, { "frame", NULL, NULL }, true },
    { problem_session, { "session", NULL, NULL }, true },
    { problem_pair, { "pair", NULL, NULL }, true },
    { problem_text, { "text", NULL, NULL }, false },
    { problem_error_code, { "error_code", NULL, NULL }, false },
    { problem_error_reason, { "error_reason", NULL, NULL }, false },
    { problem_with_it, { "with_it", NULL, NULL }, false },
    { problem_effects, { "effects", NULL, NULL }, false },
    { problem_advice, { "advice", NULL, NULL }, false },
    { problem_ice_warning, { "ice_warning", NULL, NULL }, false },
};

const struct msturn_columns msturn_problem_columns = { problem_columns, array_length(problem_columns) };

/* ---- for those who show them ---- */

const struct msturn_column *msturn_column_next(const struct msturn_columns *columns, enum msturn_view view,
                                               unsigned *index)
{
    while (*index < columns->count) {
        const struct msturn_column *column = &columns->rows[(*index)++];
        if (column->names[view])
            return column;
    }
    return NULL;
}
