/* raise.c
 * The expert items of the findings.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/raise.h"

#include "plugin/host/protocol.h"
#include "plugin/host/tap.h"
#include "plugin/show/fields.h"
#include "plugin/track/track.h"

#include <epan/expert.h>

static int ett_msturn_finding = -1;

static expert_field finding_items[MSTURN_FINDING_COUNT];

static const int severities[] = {
    [MSTURN_NOTE] = PI_NOTE,
    [MSTURN_WARNING] = PI_WARN,
    [MSTURN_ERROR] = PI_ERROR,
};

/* clang-format off */
static const int groups[] = {
    [MSTURN_GROUP_MALFORMED] = PI_MALFORMED,
    [MSTURN_GROUP_PROTOCOL] = PI_PROTOCOL,
    [MSTURN_GROUP_CHECKSUM] = PI_CHECKSUM,
    [MSTURN_GROUP_UNDECODED] = PI_UNDECODED,
    [MSTURN_GROUP_SEQUENCE] = PI_SEQUENCE,
    [MSTURN_GROUP_RESPONSE] = PI_RESPONSE_CODE,
};
/* clang-format on */

/* What the table says of a finding beside its text, where fields are listed; tools/filters reads it. */
static const char *describe_finding(enum msturn_finding finding)
{
    const struct msturn_finding_row *row = &msturn_findings[finding];
    const char *ice_warning = msturn_ice_warnings[finding];
    static const char *const words[] = {
        [MSTURN_NOTE] = "Note", [MSTURN_WARNING] = "Warning", [MSTURN_ERROR] = "Error"
    };
    const bool has_reference = strcmp(row->reference, "-") != 0;

    return wmem_strdup_printf(wmem_epan_scope(), "%s: %s%s%s%s%s%s", words[row->severity], row->advice,
                              has_reference ? " (" : "", has_reference ? row->reference : "", has_reference ? ")" : "",
                              ice_warning ? " ICE warning: " : "", ice_warning ? ice_warning : "");
}

void msturn_register_findings(void)
{
    static const expert_field unregistered = EI_INIT;
    wmem_allocator_t *scope = wmem_epan_scope();
    ei_register_info *ei = wmem_alloc0_array(scope, ei_register_info, MSTURN_FINDING_COUNT);
    int registered = 0;

    for (unsigned i = MSTURN_FINDING_NONE + 1; i < MSTURN_FINDING_COUNT; i++) {
        const struct msturn_finding_row *row = &msturn_findings[i];
        ei_register_info info = { &finding_items[i],
                                  { wmem_strdup_printf(scope, "msturn.finding.%s", row->code), groups[row->group],
                                    severities[row->severity], row->text, EXPFILL } };
        info.eiinfo.hf_info.hfinfo.blurb = describe_finding((enum msturn_finding)i);
        finding_items[i] = unregistered;
        ei[registered++] = info;
    }
    expert_register_field_array(expert_register_protocol(proto_msturn), ei, registered);
    static int *ett[] = { &ett_msturn_finding };
    proto_register_subtree_array(ett, array_length(ett));
}

/* What an ICMP error quotes was seen before, or will not be. */
static bool is_new(const packet_info *pinfo)
{
    return !PINFO_FD_VISITED(pinfo) && !pinfo->flags.in_error_pkt;
}

void msturn_raise(packet_info *pinfo, proto_item *item, enum msturn_finding finding)
{
    if (finding == MSTURN_FINDING_NONE)
        return;
    msturn_raise_known(pinfo, item, finding, msturn_findings[finding].text, NULL);
    if (is_new(pinfo))
        msturn_track_message_problem(finding, NULL, pinfo->num);
}

void msturn_raise_text(packet_info *pinfo, proto_item *item, enum msturn_finding finding, const char *text)
{
    msturn_raise_known(pinfo, item, finding, text, NULL);
    if (is_new(pinfo))
        msturn_track_message_problem(finding, text, pinfo->num);
}

void msturn_raise_known(packet_info *pinfo, proto_item *item, enum msturn_finding finding, const char *text,
                        const char *advice)
{
    const struct msturn_finding_row *row = &msturn_findings[finding];

    msturn_tap_finding(pinfo, finding);
    expert_add_info_format(pinfo, item, &finding_items[finding], "%s", text);
    if (!item)
        return;
    proto_tree *tree = proto_item_get_subtree(item);
    if (!tree)
        tree = proto_item_add_subtree(item, ett_msturn_finding);
    proto_item_set_generated(proto_tree_add_string(tree, field_finding.hf, NULL, 0, 0, row->code));
    proto_item_set_generated(proto_tree_add_string(tree, field_advice.hf, NULL, 0, 0, advice ? advice : row->advice));
    if (msturn_ice_warnings[finding])
        proto_item_set_generated(
            proto_tree_add_string(tree, field_ice_warning.hf, NULL, 0, 0, msturn_ice_warnings[finding]));
}
