/* stats_columns.c
 * The columns of the tables of sessions and pairs.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/stats_tables.h"
#include "plugin/show/text.h"

static struct msturn_cell text_cell(const char *text)
{
    return (struct msturn_cell){ .text = text };
}

static struct msturn_cell number_cell(uint32_t number)
{
    return (struct msturn_cell){ .number = number };
}

static struct msturn_cell endpoint_cell(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint)
{
    return text_cell(msturn_endpoint_text(scope, endpoint));
}

static struct msturn_cell error_cell(wmem_allocator_t *scope, uint16_t code)
{
    const char *name = msturn_name_of(msturn_error_names, code);

    if (code == 0)
        return text_cell(NULL);
    return text_cell(name ? wmem_strdup_printf(scope, "%u %s", code, name) : wmem_strdup_printf(scope, "%u", code));
}

/* Text that a client or server sent: on one line, and printable in any locale. */
static struct msturn_cell foreign_cell(wmem_allocator_t *scope, const char *text)
{
    if (!text)
        return text_cell(NULL);
    char *escaped = g_strescape(text, "\"\\");
    const char *copy = wmem_strdup(scope, escaped);
    g_free(escaped);
    return text_cell(copy);
}

/* ---- sessions ---- */

#define SESSION_CELL(name, value) \
    static struct msturn_cell name(wmem_allocator_t *scope _U_, const void *item) \
    { \
        const struct msturn_session *session = item; \
        return value; \
    }

SESSION_CELL(session_id, number_cell(session->id))
SESSION_CELL(session_state, text_cell(msturn_name_of(msturn_session_state_names, session->state)))
SESSION_CELL(session_error, error_cell(scope, session->state == MSTURN_SESSION_REFUSED ? session->error_code : 0))
SESSION_CELL(session_client, endpoint_cell(scope, &session->client))
SESSION_CELL(session_server, endpoint_cell(scope, &session->server))
SESSION_CELL(session_relayed, endpoint_cell(scope, &session->relayed))
SESSION_CELL(session_mapped, endpoint_cell(scope, &session->mapped))
SESSION_CELL(session_transport, text_cell(msturn_name_of(msturn_transport_names, session->transport)))
SESSION_CELL(session_dialect, text_cell(session->dialect == MSTURN_DIALECT_MS_TURN ? "MS-TURN" : "RFC"))
SESSION_CELL(session_user, foreign_cell(scope, session->username))
SESSION_CELL(session_realm, foreign_cell(scope, session->realm))
SESSION_CELL(session_lifetime, number_cell(session->granted.frame != 0 ? session->lifetime : 0))
SESSION_CELL(session_first_frame, number_cell(session->first.frame))

static struct msturn_cell count_peers(const struct msturn_session *session, bool only_bound)
{
    uint32_t count = 0;

    for (const struct msturn_peer_connection *peer = session->peer_connections; peer; peer = peer->next)
        count += !only_bound || peer->bound.frame != 0;
    return number_cell(count);
}

SESSION_CELL(session_peers, count_peers(session, false))
SESSION_CELL(session_bound, count_peers(session, true))

static const struct msturn_stats_column session_columns[] = {
    { "id", true, session_id },
    { "state", false, session_state },
    { "error", false, session_error },
    { "client", false, session_client },
    { "server", false, session_server },
    { "relayed", false, session_relayed },
    { "mapped", false, session_mapped },
    { "transport", false, session_transport },
    { "dialect", false, session_dialect },
    { "user", false, session_user },
    { "realm", false, session_realm },
    { "lifetime", true, session_lifetime },
    { "peer connections", true, session_peers },
    { "bound", true, session_bound },
    { "first frame", true, session_first_frame },
};

static GPtrArray *sessions_of(const struct msturn_report *report)
{
    return report->sessions;
}

static const void *session_of(const struct msturn_tap *message)
{
    return message->session;
}

/* ---- pairs ---- */

#define PAIR_CELL(name, value) \
    static struct msturn_cell name(wmem_allocator_t *scope _U_, const void *item) \
    { \
        const struct msturn_pair *pair = item; \
        return value; \
    }

static struct msturn_cell via_cell(wmem_allocator_t *scope, const struct msturn_session *session)
{
    return session ? endpoint_cell(scope, &session->client) : text_cell(NULL);
}

PAIR_CELL(pair_id, number_cell(pair->id))
PAIR_CELL(pair_verdict, text_cell(msturn_name_of(msturn_verdict_names, pair->verdict)))
PAIR_CELL(pair_reason, text_cell(msturn_name_of(msturn_reason_names, pair->reason)))
PAIR_CELL(pair_direction, text_cell(msturn_name_of(msturn_direction_names, pair->direction)))
PAIR_CELL(pair_error, error_cell(scope, pair->error_code))
PAIR_CELL(pair_local, endpoint_cell(scope, &pair->local))
PAIR_CELL(pair_remote, endpoint_cell(scope, &pair->remote))
PAIR_CELL(pair_via, via_cell(scope, msturn_pair_session(pair)))
PAIR_CELL(pair_sent_out, number_cell(pair->checks[MSTURN_LOCAL_TO_REMOTE].requests))
PAIR_CELL(pair_answered_out, number_cell(pair->checks[MSTURN_LOCAL_TO_REMOTE].responses))
PAIR_CELL(pair_rtt_out, text_cell(msturn_mean_rtt_text(scope, &pair->checks[MSTURN_LOCAL_TO_REMOTE])))
PAIR_CELL(pair_sent_in, number_cell(pair->checks[MSTURN_REMOTE_TO_LOCAL].requests))
PAIR_CELL(pair_answered_in, number_cell(pair->checks[MSTURN_REMOTE_TO_LOCAL].responses))
PAIR_CELL(pair_rtt_in, text_cell(msturn_mean_rtt_text(scope, &pair->checks[MSTURN_REMOTE_TO_LOCAL])))
PAIR_CELL(pair_first_frame, number_cell(pair->first.frame))

/* Arrows: from local to remote, and back. */
static const struct msturn_stats_column pair_columns[] = {
    { "id", true, pair_id },
    { "verdict", false, pair_verdict },
    { "reason", false, pair_reason },
    { "direction", false, pair_direction },
    { "error", false, pair_error },
    { "local", false, pair_local },
    { "remote", false, pair_remote },
    { "via", false, pair_via },
    { "checks ->", true, pair_sent_out },
    { "answered ->", true, pair_answered_out },
    { "ms ->", false, pair_rtt_out },
    { "checks <-", true, pair_sent_in },
    { "answered <-", true, pair_answered_in },
    { "ms <-", false, pair_rtt_in },
    { "first frame", true, pair_first_frame },
};

static GPtrArray *pairs_of(const struct msturn_report *report)
{
    return report->pairs;
}

static const struct msturn_leg *leg_of(const struct msturn_tap *message)
{
    const struct msturn_peer_connection *peer_connection = message->transaction->peer_connection;

    if (message->leg)
        return message->leg;
    return message->carries || !peer_connection ? message->carries : peer_connection->leg;
}

static const void *pair_of(const struct msturn_tap *message)
{
    const struct msturn_leg *leg = leg_of(message);

    return leg ? leg->pair : NULL;
}

/* ---- tables ---- */

const struct msturn_stats_table msturn_stats_tables[MSTURN_STATS_TABLES] = {
    { "msturn,sessions", "MSTURN sessions", session_columns, array_length(session_columns), sessions_of, session_of },
    { "msturn,pairs", "MSTURN candidate pairs", pair_columns, array_length(pair_columns), pairs_of, pair_of },
};
