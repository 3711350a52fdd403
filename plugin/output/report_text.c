/* report_text.c
 * The report for people.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/report_table.h"
#include "plugin/show/text.h"

#include <string.h>

enum { FRAMES_SHOWN = 8 }; /* of a problem that comes again and again */

#define RULE "===================================================================\n" /* as tshark's own reports have */

/* ---- words ---- */

/* The worst first. */
static const struct msturn_name verdict_words[] = {
    { MSTURN_VERDICT_BROKEN, "broken" },
    { MSTURN_VERDICT_UNKNOWN, "unknown" },
    { MSTURN_VERDICT_UNFINISHED, "unfinished" },
    { MSTURN_VERDICT_VALID, "valid" },
    { MSTURN_VERDICT_NOMINATED, "nominated" },
    { 0, NULL }
};

/* What a direction may follow. */
static const struct msturn_name reason_words[] = {
    { MSTURN_REASON_NO_RESPONSE, "no response to checks" },
    { MSTURN_REASON_NO_REQUEST, "no checks" },
    { MSTURN_REASON_ERROR_RESPONSE, "error response to checks" },
    { MSTURN_REASON_ROLE_CONFLICT, "role conflict in checks" },
    { MSTURN_REASON_INTEGRITY, "responses not accepted to checks" },
    { MSTURN_REASON_NEVER_BOUND, "peer connection never bound" },
    { MSTURN_REASON_BIND_FAILED, "ConnectionBind failed" },
    { MSTURN_REASON_CONNECT_FAILED, "Connect failed" },
    { MSTURN_REASON_NEVER_CHECKED, "never checked" },
    { MSTURN_REASON_RESET, "connection ended" },
    { 0, NULL }
};

#define LOCAL_TO_REMOTE "local -> remote"
#define REMOTE_TO_LOCAL "remote -> local"

static const struct msturn_name direction_words[] = {
    { MSTURN_LOCAL_TO_REMOTE, LOCAL_TO_REMOTE },
    { MSTURN_REMOTE_TO_LOCAL, REMOTE_TO_LOCAL },
    { 0, NULL }
};

/* "401 Unauthenticated"; NULL for 0. */
static const char *error_text(wmem_allocator_t *scope, uint16_t code)
{
    const char *name = msturn_name_of(msturn_error_names, code);

    if (code == 0)
        return NULL;
    return name ? wmem_strdup_printf(scope, "%u %s", code, name) : wmem_strdup_printf(scope, "%u", code);
}

/* "refused, 401 Unauthenticated" */
static const char *state_text(wmem_allocator_t *scope, const struct msturn_name *names, uint32_t value, uint16_t code)
{
    const char *state = msturn_name_of(names, value);
    const char *error = error_text(scope, code);

    return error ? wmem_strdup_printf(scope, "%s, %s", state, error) : state;
}

/* Text that a client or server sent: on one line, and printable in any locale. */
static const char *foreign_text(wmem_allocator_t *scope, const char *text)
{
    if (!text)
        return NULL;
    char *escaped = g_strescape(text, "\"\\");
    const char *result = wmem_strdup(scope, escaped);
    g_free(escaped);
    return result;
}

static void add_frame(struct msturn_table *table, uint32_t frame)
{
    if (frame == 0)
        msturn_table_add(table, NULL);
    else
        msturn_table_add_number(table, frame);
}

/* As in tcp.stream or udp.stream. */
static const char *stream_text(wmem_allocator_t *scope, const struct msturn_flow *flow)
{
    if (!flow || flow->stream == UINT32_MAX)
        return NULL;
    return wmem_strdup_printf(scope, "%s %u", flow->transport == MSTURN_UDP ? "udp" : "tcp", flow->stream);
}

/* ---- problems that are one ---- */

/* A problem that comes again on the same pair, or else on the same session, is one. */
struct group {
    const struct msturn_problem *first;
    wmem_strbuf_t *frames;
    uint32_t last_frame;
    unsigned count; /* of frames */
};

/* On the outer leg of a relayed pair the session is not known. */
static const void *owner_of(const struct msturn_problem *problem)
{
    return problem->pair ? (const void *)problem->pair : problem->session;
}

static gboolean is_same_problem(gconstpointer a, gconstpointer b)
{
    const struct msturn_problem *left = a, *right = b;

    return left->finding == right->finding && owner_of(left) == owner_of(right) && g_str_equal(left->text, right->text);
}

static guint problem_hash(gconstpointer key)
{
    const struct msturn_problem *problem = key;

    return g_direct_hash(owner_of(problem)) ^ g_str_hash(problem->text);
}

static struct group *add_group(wmem_allocator_t *scope, const struct msturn_problem *first)
{
    struct group *group = wmem_new0(scope, struct group);

    group->first = first;
    group->frames = wmem_strbuf_new(scope, NULL);
    return group;
}

static void add_to_group(struct group *group, uint32_t frame)
{
    if (group->last_frame == frame)
        return;
    group->last_frame = frame;
    group->count++;
    if (group->count <= FRAMES_SHOWN)
        wmem_strbuf_append_printf(group->frames, "%s%u", group->count > 1 ? ", " : "", frame);
}

static enum msturn_severity severity_of(const struct group *group)
{
    return msturn_findings[group->first->finding].severity;
}

static int worst_group_first(const void *a, const void *b)
{
    const struct group *left = *(const struct group *const *)a, *right = *(const struct group *const *)b;

    return (int)severity_of(right) - (int)severity_of(left);
}

/* The caller frees it. */
static GPtrArray *group_problems(const struct msturn_report *report)
{
    GPtrArray *groups = g_ptr_array_new();
    GHashTable *known = g_hash_table_new(problem_hash, is_same_problem);

    for (unsigned i = 0; i < report->problems->len; i++) {
        struct msturn_problem *problem = g_ptr_array_index(report->problems, i);
        struct group *group = g_hash_table_lookup(known, problem);
        if (!group) {
            group = add_group(report->scope, problem);
            g_hash_table_insert(known, problem, group);
            g_ptr_array_add(groups, group);
        }
        add_to_group(group, problem->frame);
    }
    g_hash_table_destroy(known);
    g_ptr_array_sort(groups, worst_group_first); /* stable: by frame otherwise */
    return groups;
}

/* ---- the summary ---- */

/* "1 pair: broken. " or "3 pairs: 1 broken, 2 nominated. "; `counts` by the values of `words`. */
static void append_tally(wmem_strbuf_t *line, const char *noun, unsigned total, const struct msturn_name *words,
                         const unsigned *counts)
{
    const char *separator = ": ";

    if (total == 0)
        return;
    wmem_strbuf_append_printf(line, "%u %s%s", total, noun, plurality(total, "", "s"));
    for (; words->name; words++) {
        if (counts[words->value] == 0)
            continue;
        wmem_strbuf_append(line, separator);
        if (total > 1)
            wmem_strbuf_append_printf(line, "%u ", counts[words->value]);
        wmem_strbuf_append(line, words->name);
        separator = ", ";
    }
    wmem_strbuf_append(line, ". ");
}

static void append_pairs(wmem_strbuf_t *line, const struct msturn_report *report)
{
    unsigned counts[MSTURN_VERDICT_UNKNOWN + 1] = { 0 };

    for (unsigned i = 0; i < report->pairs->len; i++)
        counts[((const struct msturn_pair *)g_ptr_array_index(report->pairs, i))->verdict]++;
    append_tally(line, "pair", report->pairs->len, verdict_words, counts);
    if (report->pairs->len == 0)
        wmem_strbuf_append(line, "No candidate pair. ");
}

static void append_sessions(wmem_strbuf_t *line, const struct msturn_report *report)
{
    unsigned counts[MSTURN_SESSION_RELEASED + 1] = { 0 };

    for (unsigned i = 0; i < report->sessions->len; i++)
        counts[((const struct msturn_session *)g_ptr_array_index(report->sessions, i))->state]++;
    append_tally(line, "session", report->sessions->len, msturn_session_state_names, counts);
}

static void append_problems(wmem_strbuf_t *line, const GPtrArray *groups)
{
    unsigned counts[MSTURN_ERROR + 1] = { 0 };

    for (unsigned i = 0; i < groups->len; i++)
        counts[severity_of(g_ptr_array_index(groups, i))]++;
    const char *separator = "";
    if (counts[MSTURN_ERROR] + counts[MSTURN_WARNING] == 0) {
        wmem_strbuf_append(line, "No problem found");
        separator = ", ";
    }
    for (const struct msturn_name *severity = msturn_severity_words; severity->name; severity++) {
        const unsigned count = counts[severity->value];
        if (count > 0) {
            wmem_strbuf_append_printf(line, "%s%u %s%s", separator, count, severity->name, plurality(count, "", "s"));
            separator = ", ";
        }
    }
    wmem_strbuf_append_c(line, '.');
}

static bool is_empty(const struct msturn_report *report)
{
    return report->messages == 0 && report->sessions->len == 0 && report->peer_connections->len == 0 &&
           report->pairs->len == 0 && report->problems->len == 0;
}

static void print_summary(const struct msturn_report *report, const GPtrArray *groups)
{
    wmem_strbuf_t *line = wmem_strbuf_new(report->scope, NULL);

    if (is_empty(report)) {
        wmem_strbuf_append(line, "No STUN or TURN message over TCP, and no MS-TURN message");
        wmem_strbuf_append(line, report->filter ? ", in frames that match the filter." : ".");
    } else {
        append_pairs(line, report);
        append_sessions(line, report);
        append_problems(line, groups);
    }
    puts(wmem_strbuf_get_str(line));
    if (report->filter)
        printf("Filter: %s\n", report->filter);
}

/* ---- sessions and peer connections ---- */

static const struct msturn_column session_columns[] = {
    { "id", true },          { "state", false },   { "client", false },  { "seen as", false },
    { "server", false },     { "stream", false },  { "dialect", false }, { "relayed", false },
    { "user", false },       { "realm", false },   { "lifetime", true }, { "first frame", true },
};

static void add_session(void *item, void *context)
{
    const struct msturn_session *session = item;
    struct msturn_table *table = context;
    wmem_allocator_t *scope = table->scope;
    const bool behind_nat = !msturn_endpoint_equal(&session->mapped, &session->client);

    msturn_table_add_number(table, session->id);
    msturn_table_add(table, state_text(scope, msturn_session_state_names, session->state,
                                       session->state == MSTURN_SESSION_REFUSED ? session->error_code : 0));
    msturn_table_add(table, msturn_endpoint_text(scope, &session->client));
    msturn_table_add(table, behind_nat ? msturn_endpoint_text(scope, &session->mapped) : NULL);
    msturn_table_add(table, msturn_endpoint_text(scope, &session->server));
    msturn_table_add(table, stream_text(scope, session->flow));
    msturn_table_add(table, session->dialect == MSTURN_DIALECT_MS_TURN ? "MS-TURN" : NULL);
    msturn_table_add(table, msturn_endpoint_text(scope, &session->relayed));
    msturn_table_add(table, foreign_text(scope, session->username));
    msturn_table_add(table, foreign_text(scope, session->realm));
    msturn_table_add(table, session->granted.frame != 0 ? wmem_strdup_printf(scope, "%u s", session->lifetime) : NULL);
    add_frame(table, session->first.frame);
}

static const struct msturn_column peer_connection_columns[] = {
    { "connection-id", false }, { "state", false },  { "session", true },  { "peer", false },
    { "origin", false },        { "stream", false }, { "announced", true }, { "bound", true },
};

static void add_peer_connection(void *item, void *context)
{
    const struct msturn_peer_connection *peer_connection = item;
    const struct msturn_session *session = peer_connection->session;
    struct msturn_table *table = context;
    wmem_allocator_t *scope = table->scope;

    msturn_table_add(table, peer_connection->has_id ? wmem_strdup_printf(scope, "0x%08x", peer_connection->id) : NULL);
    msturn_table_add(table, state_text(scope, msturn_peer_connection_state_names, peer_connection->state,
                                       peer_connection->error_code));
    msturn_table_add(table, session ? wmem_strdup_printf(scope, "%u", session->id) : NULL);
    msturn_table_add(table, msturn_endpoint_text(scope, &peer_connection->peer));
    msturn_table_add(table, session ? msturn_name_of(msturn_origin_names, peer_connection->origin) : NULL);
    msturn_table_add(table, stream_text(scope, peer_connection->data_flow));
    add_frame(table, peer_connection->announced.frame);
    add_frame(table, peer_connection->bound.frame);
}

/* ---- pairs ---- */

/* "no response to checks remote -> local", "error response to checks remote -> local: 401 Unauthenticated" */
static const char *why_text(wmem_allocator_t *scope, const struct msturn_pair *pair)
{
    const char *reason = msturn_name_of(reason_words, pair->reason);
    const char *direction = msturn_name_of(direction_words, pair->direction);
    const char *error = error_text(scope, pair->error_code);

    if (!reason)
        return NULL;
    return wmem_strconcat(scope, reason, direction ? " " : "", direction ? direction : "", error ? ": " : "",
                          error ? error : "", NULL);
}

/* "2/2, 0.391 ms", "0/3, 3 refused" */
static const char *checks_text(wmem_allocator_t *scope, const struct msturn_check_count *count)
{
    wmem_strbuf_t *text = wmem_strbuf_new(scope, NULL);
    const char *rtt = msturn_mean_rtt_text(scope, count);

    if (count->requests + count->responses + count->errors == 0)
        return "none";
    wmem_strbuf_append_printf(text, "%u/%u", count->responses, count->requests);
    if (count->errors > 0)
        wmem_strbuf_append_printf(text, ", %u refused", count->errors);
    if (rtt)
        wmem_strbuf_append_printf(text, ", %s ms", rtt);
    return wmem_strbuf_get_str(text);
}

static const struct msturn_column pair_columns[] = {
    { "id", true },     { "verdict", false }, { "why", false },
    { "local", false }, { "remote", false },  { "via", false },
    { LOCAL_TO_REMOTE, false }, { REMOTE_TO_LOCAL, false },
    { "first frame", true },
};

static void add_pair(void *item, void *context)
{
    const struct msturn_pair *pair = item;
    struct msturn_table *table = context;
    wmem_allocator_t *scope = table->scope;
    const struct msturn_session *session = msturn_pair_session(pair);

    msturn_table_add_number(table, pair->id);
    msturn_table_add(table, msturn_name_of(verdict_words, pair->verdict));
    msturn_table_add(table, why_text(scope, pair));
    msturn_table_add(table, msturn_endpoint_text(scope, &pair->local));
    msturn_table_add(table, msturn_endpoint_text(scope, &pair->remote));
    msturn_table_add(table, session ? msturn_endpoint_text(scope, &session->client) : NULL);
    msturn_table_add(table, checks_text(scope, &pair->checks[MSTURN_LOCAL_TO_REMOTE]));
    msturn_table_add(table, checks_text(scope, &pair->checks[MSTURN_REMOTE_TO_LOCAL]));
    add_frame(table, pair->first.frame);
}

static unsigned rank_of(enum msturn_verdict verdict)
{
    unsigned rank = 0;

    while (verdict_words[rank].name && verdict_words[rank].value != verdict)
        rank++;
    return rank;
}

static int worst_pair_first(const void *a, const void *b)
{
    const struct msturn_pair *left = *(const struct msturn_pair *const *)a;
    const struct msturn_pair *right = *(const struct msturn_pair *const *)b;

    return (int)rank_of(left->verdict) - (int)rank_of(right->verdict);
}

/* ---- problems ---- */

/* "pair 0, frames 9, 12, 15 and 40 more" */
static const char *place_text(wmem_allocator_t *scope, const struct group *group)
{
    const struct msturn_problem *problem = group->first;
    wmem_strbuf_t *text = wmem_strbuf_new(scope, NULL);

    if (problem->pair)
        wmem_strbuf_append_printf(text, "pair %u, ", problem->pair->id);
    else if (problem->session)
        wmem_strbuf_append_printf(text, "session %u, ", problem->session->id);
    wmem_strbuf_append_printf(text, "frame%s %s", plurality(group->count, "", "s"), wmem_strbuf_get_str(group->frames));
    if (group->count > FRAMES_SHOWN)
        wmem_strbuf_append_printf(text, " and %u more", group->count - FRAMES_SHOWN);
    return wmem_strbuf_get_str(text);
}

static void print_group(void *item, void *context)
{
    const struct group *group = item;
    const struct msturn_report *report = context;
    const struct msturn_finding_row *row = &msturn_findings[group->first->finding];

    printf("  %-7s  %s: %s\n           %s\n", msturn_name_of(msturn_severity_words, severity_of(group)),
           place_text(report->scope, group), foreign_text(report->scope, group->first->text), row->advice);
}

static void print_problems(const struct msturn_report *report, GPtrArray *groups)
{
    if (groups->len > 0)
        puts("\nProblems");
    g_ptr_array_foreach(groups, print_group, (void *)report);
}

/* ---- the report ---- */

static void print_table(const struct msturn_report *report, const char *heading, const struct msturn_column *columns,
                        unsigned count, GPtrArray *list, GFunc add_row)
{
    struct msturn_table *table = msturn_table_new(report->scope, columns, count);

    g_ptr_array_foreach(list, add_row, table);
    msturn_table_print(table, heading);
}

void msturn_report_text(const struct msturn_report *report)
{
    GPtrArray *groups = group_problems(report);

    fputs(RULE, stdout);
    print_summary(report, groups);
    print_table(report, "Sessions", session_columns, array_length(session_columns), report->sessions, add_session);
    print_table(report, "Peer connections", peer_connection_columns, array_length(peer_connection_columns),
                report->peer_connections, add_peer_connection);
    g_ptr_array_sort(report->pairs, worst_pair_first); /* stable */
    print_table(report, "Pairs (checks: answered/sent, mean round trip)", pair_columns, array_length(pair_columns),
                report->pairs, add_pair);
    print_problems(report, groups);
    fputs(RULE, stdout);
    g_ptr_array_unref(groups);
}
