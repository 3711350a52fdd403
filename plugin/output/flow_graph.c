/* flow_graph.c
 * The ladder of a call: Statistics > Flow Graph, and tshark -z flow,msturn,standard.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/flow_graph.h"

#include "plugin/host/connection.h"
#include "plugin/output/private_api.h"
#include "plugin/show/show.h"
#include "plugin/host/tap.h"
#include "plugin/show/text.h"

#include <string.h>

enum { LABEL_MAX = 20 }; /* characters between two columns of tshark's ladder */

/* ---- labels ---- */

static const struct class_words {
    const char *words, *short_words;
} class_words[] = {
    /* by enum msturn_class */
    [MSTURN_CLASS_REQUEST] = { "Request", "Req" },
    [MSTURN_CLASS_INDICATION] = { "Indication", NULL },
    [MSTURN_CLASS_SUCCESS] = { "Success", "OK" },
    [MSTURN_CLASS_ERROR] = { "Error", NULL },
};

static const char *with_word(wmem_allocator_t *scope, const char *text, const char *word)
{
    return word ? wmem_strconcat(scope, text, " ", word, NULL) : text;
}

static const char *method_of(wmem_allocator_t *scope, const struct msturn_tap *message)
{
    const char *method = msturn_method_word(&message->header);

    if (message->transaction->action == MSTURN_ACTION_SET_ACTIVE_DESTINATION)
        return "Set Active Dest";
    return method ? method : wmem_strdup_printf(scope, "0x%04x", message->header.type);
}

/* "Binding, no response"; what is longer has its method in the comment only. */
static const char *unanswered_label(wmem_allocator_t *scope, const char *method)
{
    const char *label = wmem_strconcat(scope, method, ", no response", NULL);

    return strlen(label) <= LABEL_MAX ? label : "no response";
}

/* "Allocate Request", "Allocate Error 401"; "CreatePermission Req" where whole words do not fit. */
static const char *label_of(wmem_allocator_t *scope, const struct msturn_tap *message)
{
    const struct class_words *words = &class_words[message->header.msg_class];
    const uint16_t code = message->header.msg_class == MSTURN_CLASS_ERROR ? message->transaction->error_code : 0;
    const char *number = code != 0 ? wmem_strdup_printf(scope, "%u", code) : NULL;
    const char *method = method_of(scope, message);

    if (msturn_tap_is_unanswered(message))
        return unanswered_label(scope, method);
    const char *label = with_word(scope, with_word(scope, method, words->words), number);
    return strlen(label) <= LABEL_MAX ? label : with_word(scope, method, number ? number : words->short_words);
}

/* ---- columns ---- */

/* A relay has two faces, but is one machine: what passes at a relayed address is drawn at the server. Returns
 * whether there was something to do. */
static bool move_to_server(address *column, const struct msturn_session *session)
{
    const struct msturn_endpoint here = msturn_endpoint_of(column, 0);
    const address server = msturn_host_of(&session->server);

    if (!msturn_endpoint_same_host(&here, &session->relayed) || addresses_equal(column, &server))
        return false;
    free_address(column);
    copy_address(column, &server);
    return true;
}

/* Is it on the peer's side of the relay? */
static bool is_outside(const struct msturn_tap *event)
{
    if (event->kind == MSTURN_TAP_END)
        return event->session && !event->flow->session;
    return event->session && event->leg && event->leg->kind == MSTURN_LEG_DIRECT;
}

/* ---- arrows ---- */

static const char *comment_of(packet_info *pinfo, const struct msturn_tap *event, bool moved)
{
    const bool ends = event->kind == MSTURN_TAP_END;
    const char *summary = ends ? msturn_end_text(pinfo->pool, event) : msturn_summary_of(pinfo, event->message);
    const char *relayed = moved ? msturn_endpoint_text(pinfo->pool, &event->session->relayed) : "";

    return wmem_strconcat(pinfo->pool, summary, moved ? ", at relayed " : "", relayed,
                          ends ? "" : msturn_tap_remark(pinfo, event), NULL);
}

static tap_packet_status add_arrow(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                   tap_flags_t flags _U_)
{
    const struct msturn_tap *event = data;
    const bool is_drawn = event->kind == MSTURN_TAP_MESSAGE || event->kind == MSTURN_TAP_END;
    struct msturn_arrow *arrow = is_drawn ? msturn_arrow_new(tapdata, pinfo) : NULL;
    bool moved = false;

    if (!arrow)
        return TAP_PACKET_DONT_REDRAW;
    if (is_outside(event))
        moved = move_to_server(&arrow->src_addr, event->session) || move_to_server(&arrow->dst_addr, event->session);
    arrow->frame_number = pinfo->num;
    arrow->port_src = (uint16_t)pinfo->srcport;
    arrow->port_dst = (uint16_t)pinfo->destport;
    arrow->frame_label =
        g_strdup(event->kind == MSTURN_TAP_END ? msturn_end_label(pinfo->pool, event) : label_of(pinfo->pool, event));
    arrow->comment = g_strdup(comment_of(pinfo, event, moved));
    arrow->conv_num = event->session ? (uint16_t)event->session->id : 0;
    arrow->display = true;
    arrow->line_style = 1;
    msturn_arrow_add(tapdata, arrow);
    return TAP_PACKET_REDRAW;
}

void msturn_flow_register(int protocol)
{
    msturn_register_flow_graph(MSTURN_FILTER_NAME, "MSTURN Flows", protocol, MSTURN_EVENT_TAP_NAME, add_arrow);
}
