/* report_html.h
 * What the parts of the HTML report share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_HTML_H
#define MSTURN_REPORT_HTML_H

#include "plugin/output/ladder.h"

/* A path that stopped: the answer, its ladder, steps, timers and addresses. */
void msturn_html_path(const struct msturn_report *report, const struct msturn_path *path, unsigned number);

/* The drawing of its ladder. */
void msturn_html_ladder(const struct msturn_told_path *told, const struct msturn_ladder *ladder);

/* The table of the addresses that each side saw. */
void msturn_html_addresses(const struct msturn_told_path *told);

#endif
