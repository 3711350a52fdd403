/* media_columns.c
 * What there is to say of an m-line, and of the session description that it is in: the table of its columns.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/columns.h"

#include "plugin/compat.h"

#define MEDIA(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_media *media = item; \
        const struct msturn_description *description = media->description; \
        (void)description; \
        return expression; \
    }

static struct msturn_cell answered_cell(const struct msturn_description *description)
{
    return description->answers ? msturn_number_cell(description->answers->id) : msturn_no_cell;
}

MEDIA(media_description, msturn_number_cell(description->id))
MEDIA(media_frame, msturn_frame_cell(description->event.frame))
MEDIA(media_line, msturn_number_cell_if(description->line != 0, description->line))
MEDIA(media_by, msturn_text_cell(msturn_description_source(report->scope, description)))
MEDIA(media_role, msturn_text_cell(msturn_description_role(description)))
MEDIA(media_answers, answered_cell(description))
MEDIA(media_name, msturn_foreign_cell(media->name))
MEDIA(media_protocol, msturn_foreign_cell(media->protocol))
MEDIA(media_port, msturn_number_cell(media->port))
MEDIA(media_at, msturn_endpoint_cell(report, &media->at))
MEDIA(media_setup, msturn_foreign_cell(media->setup))
MEDIA(media_ufrag, msturn_foreign_cell(media->ufrag ? media->ufrag : description->ufrag))
MEDIA(media_candidates, msturn_number_cell(media->candidates))
MEDIA(media_lite, msturn_truth_cell(true, description->lite))
MEDIA(media_options, msturn_foreign_cell(media->options ? media->options : description->options))
MEDIA(media_sharing_role, msturn_foreign_cell(media->sharing_role))
MEDIA(media_sharing_type, msturn_foreign_cell(media->sharing_type))

static const struct msturn_column media_columns[] = {
    { media_description, { "description", NULL, NULL }, true },
    { media_frame, { "frame", NULL, "frame" }, true },
    { media_line, { "line", NULL, "line" }, true },
    { media_by, { "by", NULL, "by" }, false },
    { media_role, { "role", NULL, "role" }, false },
    { media_answers, { "answers", NULL, NULL }, true },
    { media_name, { "media", NULL, "media" }, false },
    { media_protocol, { "protocol", NULL, "protocol" }, false },
    { media_port, { "port", NULL, NULL }, true },
    { media_at, { "at", NULL, "at" }, false },
    { media_setup, { "setup", NULL, "setup" }, false },
    { media_ufrag, { "ufrag", NULL, "ufrag" }, false },
    { media_candidates, { "candidates", NULL, "candidates" }, true },
    { media_lite, { "ice_lite", NULL, "ICE-lite" }, false },
    { media_options, { "ice_options", NULL, "ICE options" }, false },
    { media_sharing_role, { "sharing_role", NULL, "sharing" }, false },
    { media_sharing_type, { "sharing_type", NULL, "type" }, false },
};

const struct msturn_columns msturn_media_columns = { media_columns, array_length(media_columns) };
