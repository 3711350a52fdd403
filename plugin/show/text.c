/* text.c
 * Words and texts that trees, columns, reports and statistics have in common.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/text.h"

#include "plugin/track/transaction.h"

#include <epan/to_str.h>
#include <wsutil/to_str.h>

#include <string.h>

const struct msturn_name msturn_severity_words[] = {
    { MSTURN_ERROR, "error" },
    { MSTURN_WARNING, "warning" },
    { MSTURN_NOTE, "note" },
    { 0, NULL },
};

/* Every message has some numbers and addresses in its line of the packet list: printf would be a third of what it costs. */
char *msturn_write_decimal(char *at, uint32_t number)
{
    char digits[MSTURN_DECIMAL_TEXT];
    char *const end = digits + sizeof digits;
    const char *first = uint_to_str_back(end, number);
    const size_t length = (size_t)(end - first);

    memcpy(at, first, length);
    at[length] = '\0';
    return at + length;
}

void msturn_write_endpoint(char *at, uint8_t family, const uint8_t *host, uint32_t port)
{
    address address;

    if (family == 6) {
        set_address(&address, AT_IPv6, FT_IPv6_LEN, host);
        *at++ = '[';
    } else {
        set_address(&address, AT_IPv4, FT_IPv4_LEN, host);
    }
    address_to_str_buf(&address, at, WS_INET6_ADDRSTRLEN);
    at += strlen(at);
    if (family == 6)
        *at++ = ']';
    *at++ = ':';
    msturn_write_decimal(at, port);
}

void msturn_append(wmem_strbuf_t *text, const char *more)
{
    wmem_strbuf_append_len(text, more, strlen(more));
}

const char *msturn_endpoint_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint)
{
    char text[MSTURN_ENDPOINT_TEXT] = "";

    if (endpoint->family != 4 && endpoint->family != 6)
        return NULL;
    msturn_write_endpoint(text, endpoint->family, endpoint->address, endpoint->port);
    return wmem_strdup(scope, text);
}

const char *msturn_mean_rtt_text(wmem_allocator_t *scope, const struct msturn_check_count *count)
{
    if (count->responses == 0)
        return NULL;
    return msturn_decimal_text(scope, (double)count->rtt_sum / 1e6 / count->responses, 3);
}

const char *msturn_error_text(wmem_allocator_t *scope, uint16_t code)
{
    const char *name = msturn_name_of(msturn_error_names, code);

    if (code == 0)
        return NULL;
    return name ? wmem_strdup_printf(scope, "%u %s", code, name) : wmem_strdup_printf(scope, "%u", code);
}

const char *msturn_foreign_text(wmem_allocator_t *scope, const char *text)
{
    if (!text)
        return NULL;
    char *escaped = g_strescape(text, "\"\\");
    const char *result = wmem_strdup(scope, escaped);
    g_free(escaped);
    return result;
}

const char *msturn_refusal_text(wmem_allocator_t *scope, uint16_t code, const char *reason)
{
    const char *error = msturn_error_text(scope, code), *words = msturn_error_words(code, reason);

    return error && words ? wmem_strdup_printf(scope, "%s (\"%s\")", error, msturn_foreign_text(scope, words)) : error;
}

bool msturn_tap_is_unanswered(const struct msturn_tap *message)
{
    return message->final && msturn_request_is_unanswered(message->transaction, &message->header);
}

enum { EFFECTS_SHOWN = 4 };

const char *msturn_effects_text(wmem_allocator_t *scope, const struct msturn_problem *problem)
{
    wmem_strbuf_t *text = problem->effects ? wmem_strbuf_new(scope, NULL) : NULL;
    unsigned count = 0;

    for (const struct msturn_problem *effect = problem->effects; effect; effect = effect->next, count++) {
        if (count < EFFECTS_SHOWN)
            wmem_strbuf_append_printf(text, "%sframe %u: %s", count > 0 ? "; " : "", effect->frame, effect->text);
    }
    if (count > EFFECTS_SHOWN)
        wmem_strbuf_append_printf(text, "; and %u more", count - EFFECTS_SHOWN);
    return text ? wmem_strbuf_get_str(text) : NULL;
}

const char *msturn_tap_remark(packet_info *pinfo, const struct msturn_tap *message)
{
    const struct msturn_leg *leg = message->leg;
    wmem_strbuf_t *text = wmem_strbuf_new(pinfo->pool, NULL);

    if (leg && leg->kind != MSTURN_LEG_DIRECT && leg->peer.family != 0)
        wmem_strbuf_append_printf(text, ", %s peer %s", message->side == leg->client_side ? "to" : "from",
                                  msturn_endpoint_text(pinfo->pool, &leg->peer));
    if (msturn_tap_is_unanswered(message))
        wmem_strbuf_append(text, ", no response");
    return wmem_strbuf_get_str(text);
}

/* Who ended the connection; NULL: not known. */
static const char *ender_of(const struct msturn_tap *end)
{
    const struct msturn_flow *flow = end->flow;
    const struct msturn_session *session = end->session;

    if (!session)
        return NULL;
    if (!flow->session)
        return msturn_is_relayed_address(&flow->ends[end->side]) ? "server" : "peer";
    return msturn_endpoint_same_host(&flow->ends[end->side], &session->client) ? "client" : "server";
}

const char *msturn_end_label(wmem_allocator_t *scope, const struct msturn_tap *end)
{
    const char *who = ender_of(end), *how = end->flow->ending == MSTURN_ENDING_RST ? "RST" : "FIN";

    return who ? wmem_strconcat(scope, how, " by ", who, NULL) : how;
}

const char *msturn_end_text(wmem_allocator_t *scope, const struct msturn_tap *end)
{
    const char *who = ender_of(end);
    const bool reset = end->flow->ending == MSTURN_ENDING_RST;

    return wmem_strconcat(scope, "Connection ", reset ? "reset" : "closed", who ? " by the " : "", who ? who : "",
                          reset ? " (RST)" : " (FIN)", NULL);
}

const char *msturn_method_word(const struct msturn_header *header)
{
    const struct msturn_method *method = header->method_row;

    if (!method)
        return NULL;
    return header->dialect == MSTURN_DIALECT_MS_TURN ? method->ms_name : method->name;
}

/* ---- paths ---- */

static const struct msturn_name place_words[] = {
    { MSTURN_PLACE_CLIENT, "at the client" },
    { MSTURN_PLACE_CLIENT_SERVER_PATH, "between client and TURN server" },
    { MSTURN_PLACE_SERVER, "at the TURN server" },
    { MSTURN_PLACE_SERVER_PEER_PATH, "between TURN server and peer" },
    { MSTURN_PLACE_PEER, "at the peer" },
    { MSTURN_PLACE_BEYOND_SERVER, "beyond the TURN server, which was not captured" },
    { MSTURN_PLACE_UNKNOWN, "at a place that this capture does not show" },
    { 0, NULL },
};

static const struct msturn_name direct_place_words[] = {
    { MSTURN_PLACE_CLIENT, "at the local end" },
    { MSTURN_PLACE_SERVER_PEER_PATH, "between the two ends" },
    { MSTURN_PLACE_PEER, "at the remote end" },
    { 0, NULL },
};

const char *msturn_place_text(const struct msturn_path *path)
{
    const char *direct = path->kind == MSTURN_PATH_DIRECT ? msturn_name_of(direct_place_words, path->place) : NULL;

    return direct ? direct : msturn_name_of(place_words, path->place);
}

const char *msturn_outcome_text(wmem_allocator_t *scope, const struct msturn_path *path)
{
    const char *verdict = msturn_name_of(msturn_verdict_names, path->verdict);

    return path->stopped_at < MSTURN_STEP_COUNT
               ? wmem_strconcat(scope, verdict, ": ", msturn_name_of(msturn_step_labels, path->stopped_at), NULL)
               : verdict;
}
