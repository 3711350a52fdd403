/* report_select.h
 * What a report is about: everything, or what messages in the frames that match a filter belong to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_SELECT_H
#define MSTURN_REPORT_SELECT_H

#include "plugin/host/tap.h"
#include "plugin/output/report_lists.h"

struct msturn_selection;

struct msturn_selection *msturn_selection_new(bool everything);
void msturn_selection_clear(struct msturn_selection *selection);
void msturn_selection_free(struct msturn_selection *selection);

/* A message in a frame that matches. What it belongs to may turn out later. */
void msturn_selection_add_message(struct msturn_selection *selection, uint32_t frame, const struct msturn_tap *message);

/* Fills in the report's lists, as of now. */
void msturn_selection_fill(struct msturn_selection *selection, struct msturn_report *report);

#endif
