/* stats_tree.c
 * Statistics > MSTURN, and tshark -z msturn,tree: what was seen, and how often.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/stats.h"

#include "plugin/message/attrs.h"
#include "plugin/output/report.h"
#include "plugin/host/tap.h"
#include "plugin/show/text.h"

#include <epan/stats_tree.h>

enum branch { METHOD, CLASS, DIALECT, ERROR_CODE, ATTRIBUTE, PAYLOAD, FINDING, BRANCH_COUNT };

static const char *const branch_names[BRANCH_COUNT] = {
    [METHOD] = "Messages by method",
    [CLASS] = "Messages by class",
    [DIALECT] = "Messages by dialect",
    [ERROR_CODE] = "Error responses by code",
    [ATTRIBUTE] = "Attributes",
    [PAYLOAD] = "Payload other than STUN",
    [FINDING] = "Findings",
};

static int branches[BRANCH_COUNT];

static void create_branches(stats_tree *tree)
{
    for (unsigned i = 0; i < BRANCH_COUNT; i++)
        branches[i] = stats_tree_create_pivot(tree, branch_names[i], 0);
}

static void count(stats_tree *tree, enum branch branch, const char *name)
{
    stats_tree_tick_pivot(tree, branches[branch], name);
}

/* `name` may be NULL. */
static void count_named(stats_tree *tree, enum branch branch, const char *name, uint32_t number)
{
    char text[32];

    if (name) {
        count(tree, branch, name);
        return;
    }
    snprintf(text, sizeof text, "Unknown 0x%04x", number);
    count(tree, branch, text);
}

static void count_attributes(stats_tree *tree, const struct msturn_tap *message)
{
    struct msturn_walk walk = msturn_walk_begin(message->message);
    struct msturn_span span;

    while (msturn_walk_next(&walk, &span)) {
        if (span.state == MSTURN_SPAN_TRUNCATED)
            return;
        const struct msturn_attr *attr = msturn_attr_lookup(message->header.dialect, span.type);
        count_named(tree, ATTRIBUTE, attr ? attr->name : NULL, span.type);
    }
}

static void count_error_response(stats_tree *tree, packet_info *pinfo, const struct msturn_tap *message)
{
    const char *error = msturn_error_text(pinfo->pool, message->transaction->error_code);

    count(tree, ERROR_CODE, error ? error : "none");
}

static void count_message(stats_tree *tree, packet_info *pinfo, const struct msturn_tap *message)
{
    const struct msturn_header *header = &message->header;
    const bool has_method = header->dialect != MSTURN_DIALECT_MS_TURN;

    count_named(tree, METHOD, msturn_method_word(header), has_method ? header->method : header->type);
    count(tree, CLASS, msturn_name_of(msturn_class_names, header->msg_class));
    count(tree, DIALECT, msturn_name_of(msturn_dialect_names, header->dialect));
    if (header->msg_class == MSTURN_CLASS_ERROR)
        count_error_response(tree, pinfo, message);
    count_attributes(tree, message);
}

static void count_finding(stats_tree *tree, packet_info *pinfo, enum msturn_finding finding)
{
    const struct msturn_finding_row *row = &msturn_findings[finding];

    count(tree, FINDING,
          wmem_strdup_printf(pinfo->pool, "%s: %s", msturn_name_of(msturn_severity_words, row->severity), row->text));
}

static tap_packet_status count_event(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                     tap_flags_t flags _U_)
{
    const struct msturn_tap *event = data;

    switch (event->kind) {
    case MSTURN_TAP_MESSAGE:
        count_message(tree, pinfo, event);
        break;
    case MSTURN_TAP_MEDIA:
        count(tree, PAYLOAD, msturn_name_of(msturn_payload_names, event->payload));
        break;
    case MSTURN_TAP_FINDING:
        count_finding(tree, pinfo, event->finding);
        break;
    case MSTURN_TAP_END:
    case MSTURN_TAP_OFFER:
    case MSTURN_TAP_SILENT:
        break;
    }
    return TAP_PACKET_REDRAW;
}

void msturn_stats_tree_register(void)
{
    stats_tree_register_plugin(MSTURN_EVENT_TAP_NAME, MSTURN_FILTER_NAME, "MSTURN", 0, count_event, create_branches,
                               NULL);
}
