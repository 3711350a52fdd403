/* report_json.c
 * The report for scripts: one JSON object.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The keys are an interface: more may be added, none is renamed. What is not known is null.
 */
#include "plugin/output/report.h"
#include "plugin/show/text.h"

#include <wsutil/json_dumper.h>

static const struct msturn_name dialect_words[] = {
    { MSTURN_DIALECT_MS_TURN, "ms-turn" },
    { MSTURN_DIALECT_RFC3489, "rfc3489" },
    { MSTURN_DIALECT_RFC, "rfc" },
    { 0, NULL }
};

static const struct msturn_name transport_words[] = { { MSTURN_TCP, "tcp" }, { MSTURN_UDP, "udp" }, { 0, NULL } };

struct writer {
    json_dumper dumper;
    const struct msturn_report *report;
};

/* ---- members of an object ---- */

/* The text may hold what a client sent: json_dumper escapes quotes and control characters, but lets bytes
 * through that are no UTF-8. */
static void write_text(struct writer *writer, const char *key, const char *text)
{
    char *valid = text ? g_utf8_make_valid(text, -1) : NULL;

    json_dumper_set_member_name(&writer->dumper, key);
    json_dumper_value_string(&writer->dumper, valid);
    g_free(valid);
}

static void write_word(struct writer *writer, const char *key, const struct msturn_name *words, uint32_t value)
{
    write_text(writer, key, msturn_name_of(words, value));
}

static void write_endpoint(struct writer *writer, const char *key, const struct msturn_endpoint *endpoint)
{
    write_text(writer, key, msturn_endpoint_text(writer->report->scope, endpoint));
}

static void write_number(struct writer *writer, const char *key, uint32_t number)
{
    json_dumper_set_member_name(&writer->dumper, key);
    json_dumper_value_anyf(&writer->dumper, "%u", number);
}

static void write_null(struct writer *writer, const char *key)
{
    json_dumper_set_member_name(&writer->dumper, key);
    json_dumper_value_anyf(&writer->dumper, "null");
}

static void write_number_if(struct writer *writer, const char *key, bool known, uint32_t number)
{
    if (known)
        write_number(writer, key, number);
    else
        write_null(writer, key);
}

/* Of an error code, and of a frame. */
static void write_number_unless_zero(struct writer *writer, const char *key, uint32_t number)
{
    write_number_if(writer, key, number != 0, number);
}

static bool has_stream(const struct msturn_flow *flow)
{
    return flow && flow->stream != UINT32_MAX;
}

static void write_stream(struct writer *writer, const char *key, const struct msturn_flow *flow)
{
    const bool known = has_stream(flow);

    write_number_if(writer, key, known, known ? flow->stream : 0);
}

static void write_session_id(struct writer *writer, const struct msturn_session *session)
{
    write_number_if(writer, "session", session != NULL, session ? session->id : 0);
}

/* ---- sessions and peer connections ---- */

static void write_session(void *item, void *context)
{
    const struct msturn_session *session = item;
    struct writer *writer = context;

    json_dumper_begin_object(&writer->dumper);
    write_number(writer, "id", session->id);
    write_endpoint(writer, "client", &session->client);
    write_endpoint(writer, "server", &session->server);
    write_word(writer, "transport", transport_words, session->transport);
    write_stream(writer, "stream", session->flow);
    write_word(writer, "dialect", dialect_words, session->dialect);
    write_word(writer, "state", msturn_session_state_names, session->state);
    write_number_unless_zero(writer, "error_code", session->error_code);
    write_endpoint(writer, "relayed", &session->relayed);
    write_endpoint(writer, "mapped", &session->mapped);
    write_text(writer, "username", session->username);
    write_text(writer, "realm", session->realm);
    write_number_if(writer, "lifetime", session->granted.frame != 0, session->lifetime);
    write_number_unless_zero(writer, "first_frame", session->first.frame);
    json_dumper_end_object(&writer->dumper);
}

/* Without the session only the ConnectionBind is known. */
static void write_origin(struct writer *writer, const struct msturn_peer_connection *peer_connection)
{
    if (peer_connection->session)
        write_word(writer, "origin", msturn_origin_names, peer_connection->origin);
    else
        write_null(writer, "origin");
}

static void write_peer_connection(void *item, void *context)
{
    const struct msturn_peer_connection *peer_connection = item;
    struct writer *writer = context;

    json_dumper_begin_object(&writer->dumper);
    write_session_id(writer, peer_connection->session);
    write_number_if(writer, "connection_id", peer_connection->has_id, peer_connection->id);
    write_endpoint(writer, "peer", &peer_connection->peer);
    write_origin(writer, peer_connection);
    write_word(writer, "state", msturn_peer_connection_state_names, peer_connection->state);
    write_number_unless_zero(writer, "error", peer_connection->error_code);
    write_stream(writer, "data_stream", peer_connection->data_flow);
    write_number_unless_zero(writer, "announced_frame", peer_connection->announced.frame);
    write_number_unless_zero(writer, "bound_frame", peer_connection->bound.frame);
    json_dumper_end_object(&writer->dumper);
}

/* ---- pairs ---- */

static int lower_stream_first(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* The streams of the pair's legs, in order, each once. */
static void write_streams(struct writer *writer, const struct msturn_pair *pair)
{
    GArray *streams = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (const struct msturn_leg *leg = pair->legs; leg; leg = leg->next_of_pair) {
        if (has_stream(leg->flow))
            g_array_append_val(streams, leg->flow->stream);
    }
    g_array_sort(streams, lower_stream_first);
    json_dumper_set_member_name(&writer->dumper, "streams");
    json_dumper_begin_array(&writer->dumper);
    for (unsigned i = 0; i < streams->len; i++) {
        const uint32_t stream = g_array_index(streams, uint32_t, i);
        if (i == 0 || stream != g_array_index(streams, uint32_t, i - 1))
            json_dumper_value_anyf(&writer->dumper, "%u", stream);
    }
    json_dumper_end_array(&writer->dumper);
    g_array_free(streams, TRUE);
}

static void write_checks_one_way(struct writer *writer, const char *key, const struct msturn_check_count *count)
{
    const char *rtt = msturn_mean_rtt_text(writer->report->scope, count);

    json_dumper_set_member_name(&writer->dumper, key);
    json_dumper_begin_object(&writer->dumper);
    write_number(writer, "requests", count->requests);
    write_number(writer, "responses", count->responses);
    write_number(writer, "errors", count->errors);
    json_dumper_set_member_name(&writer->dumper, "rtt_ms");
    json_dumper_value_anyf(&writer->dumper, "%s", rtt ? rtt : "null");
    json_dumper_end_object(&writer->dumper);
}

static void write_checks(struct writer *writer, const struct msturn_pair *pair)
{
    json_dumper_set_member_name(&writer->dumper, "checks");
    json_dumper_begin_object(&writer->dumper);
    write_checks_one_way(writer, "local_to_remote", &pair->checks[MSTURN_LOCAL_TO_REMOTE]);
    write_checks_one_way(writer, "remote_to_local", &pair->checks[MSTURN_REMOTE_TO_LOCAL]);
    json_dumper_end_object(&writer->dumper);
}

static void write_via(struct writer *writer, const struct msturn_session *session)
{
    if (session)
        write_endpoint(writer, "via", &session->client);
    else
        write_null(writer, "via");
}

static void write_pair(void *item, void *context)
{
    const struct msturn_pair *pair = item;
    struct writer *writer = context;

    json_dumper_begin_object(&writer->dumper);
    write_number(writer, "id", pair->id);
    write_endpoint(writer, "local", &pair->local);
    write_endpoint(writer, "remote", &pair->remote);
    write_via(writer, msturn_pair_session(pair));
    write_streams(writer, pair);
    write_word(writer, "verdict", msturn_verdict_names, pair->verdict);
    write_word(writer, "reason", msturn_reason_names, pair->reason);
    write_word(writer, "direction", msturn_direction_names, pair->direction);
    write_number_unless_zero(writer, "error_code", pair->error_code);
    write_checks(writer, pair);
    write_number_unless_zero(writer, "first_frame", pair->first.frame);
    json_dumper_end_object(&writer->dumper);
}

/* ---- problems ---- */

static void write_problem(void *item, void *context)
{
    const struct msturn_problem *problem = item;
    const struct msturn_finding_row *row = &msturn_findings[problem->finding];
    struct writer *writer = context;

    json_dumper_begin_object(&writer->dumper);
    write_word(writer, "severity", msturn_severity_words, row->severity);
    write_text(writer, "code", row->code);
    write_number_unless_zero(writer, "frame", problem->frame);
    write_session_id(writer, problem->session);
    write_number_if(writer, "pair", problem->pair != NULL, problem->pair ? problem->pair->id : 0);
    write_text(writer, "text", problem->text);
    write_text(writer, "advice", row->advice);
    write_text(writer, "ice_warning", msturn_ice_warnings[problem->finding]);
    json_dumper_end_object(&writer->dumper);
}

/* ---- the object ---- */

static void write_list(struct writer *writer, const char *key, GPtrArray *list, GFunc write_item)
{
    json_dumper_set_member_name(&writer->dumper, key);
    json_dumper_begin_array(&writer->dumper);
    g_ptr_array_foreach(list, write_item, writer);
    json_dumper_end_array(&writer->dumper);
}

void msturn_report_json(const struct msturn_report *report)
{
    struct writer writer = {
        .dumper = { .output_file = stdout, .flags = JSON_DUMPER_FLAGS_PRETTY_PRINT },
        .report = report,
    };

    json_dumper_begin_object(&writer.dumper);
    write_list(&writer, "sessions", report->sessions, write_session);
    write_list(&writer, "connections", report->peer_connections, write_peer_connection);
    write_list(&writer, "pairs", report->pairs, write_pair);
    write_list(&writer, "problems", report->problems, write_problem);
    json_dumper_end_object(&writer.dumper);
    json_dumper_finish(&writer.dumper);
}
