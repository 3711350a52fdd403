/* candidate_columns.c
 * What there is to say of a candidate that was offered: the table of its columns.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/columns.h"

#include "plugin/compat.h"

#define CANDIDATE(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_candidate_outcome *outcome = item; \
        const struct msturn_candidate *candidate = outcome->candidate; \
        const struct msturn_description *description = candidate->description; \
        (void)description; \
        return expression; \
    }

static struct msturn_cell number_if(uint32_t number)
{
    return msturn_number_cell_if(number != 0, number);
}

/* A name instead of an address is foreign text. */
static struct msturn_cell address_cell(const struct msturn_report *report, const struct msturn_candidate *candidate)
{
    if (candidate->address.family != 0)
        return msturn_endpoint_cell(report, &candidate->address);
    return msturn_foreign_cell(wmem_strdup_printf(report->scope, "%s:%u", candidate->host, candidate->address.port));
}

CANDIDATE(candidate_id, msturn_number_cell(outcome->id))
CANDIDATE(candidate_description, msturn_number_cell(description->id))
CANDIDATE(candidate_frame, msturn_frame_cell(description->event.frame))
CANDIDATE(candidate_line, number_if(candidate->line))
CANDIDATE(candidate_by, msturn_text_cell(msturn_description_source(report->scope, description)))
CANDIDATE(candidate_role, msturn_text_cell(msturn_description_role(description)))
CANDIDATE(candidate_ufrag, msturn_foreign_cell(msturn_candidate_ufrag(candidate)))
CANDIDATE(candidate_media, msturn_foreign_cell(candidate->media->name))
CANDIDATE(candidate_foundation, msturn_foreign_cell(candidate->foundation))
CANDIDATE(candidate_component, msturn_number_cell(candidate->component))
CANDIDATE(candidate_transport, msturn_word_cell(msturn_candidate_transport_names, candidate->transport))
CANDIDATE(candidate_priority, msturn_number_cell(candidate->priority))
CANDIDATE(candidate_address, address_cell(report, candidate))
CANDIDATE(candidate_type, msturn_word_cell(msturn_candidate_type_names, candidate->type))
CANDIDATE(candidate_related, msturn_endpoint_cell(report, &candidate->related))
CANDIDATE(candidate_fate, msturn_word_cell(msturn_fate_names, outcome->fate))
CANDIDATE(candidate_session, msturn_session_cell(outcome->session))
CANDIDATE(candidate_pair, outcome->pair ? msturn_number_cell(outcome->pair->id) : msturn_no_cell)

static const struct msturn_column candidate_columns[] = {
    { candidate_id, { "id", NULL, NULL }, true },
    { candidate_description, { "description", NULL, NULL }, true },
    { candidate_frame, { "frame", "frame", "frame" }, true },
    { candidate_line, { "line", "line", "line" }, true },
    { candidate_by, { "by", "by", "by" }, false },
    { candidate_role, { "role", "role", "role" }, false },
    { candidate_ufrag, { "ufrag", "ufrag", NULL }, false },
    { candidate_media, { "media", "media", NULL }, false },
    { candidate_foundation, { "foundation", "foundation", NULL }, false },
    { candidate_component, { "component", "component", "component" }, true },
    { candidate_transport, { "transport", "transport", "transport" }, false },
    { candidate_priority, { "priority", "priority", NULL }, true },
    { candidate_address, { "address", "address", "address" }, false },
    { candidate_type, { "type", "type", "type" }, false },
    { candidate_related, { "related", "related", NULL }, false },
    { candidate_fate, { "fate", "fate", "fate" }, false },
    { candidate_session, { "session", NULL, NULL }, true },
    { candidate_pair, { "pair", "pair", "pair" }, false }, /* in a window 0 is a pair */
};

const struct msturn_columns msturn_candidate_columns = { candidate_columns, array_length(candidate_columns) };
