/* report.h
 * The reports at the end of a capture: tshark -z msturn,report[,FILTER] for people, -z msturn,html[,FILTER] for
 * their tickets, -z msturn,json[,FILTER] for scripts, and -z msturn,sessions[,FILTER] and -z msturn,pairs[,FILTER] as
 * single tables.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_H
#define MSTURN_REPORT_H

#include "plugin/compat.h"
#include "plugin/output/report_lists.h"

#define MSTURN_SESSIONS_OPTION "msturn,sessions"
#define MSTURN_PAIRS_OPTION "msturn,pairs"
#define MSTURN_PATHS_OPTION "msturn,paths"
#define MSTURN_PATHS_TITLE "MSTURN paths"
#define MSTURN_SESSIONS_TITLE "MSTURN sessions"
#define MSTURN_PAIRS_TITLE "MSTURN candidate pairs"
#define MSTURN_CANDIDATES_OPTION "msturn,candidates"
#define MSTURN_CANDIDATES_TITLE "MSTURN candidates"

/* Above and below what is printed, as tshark's own reports have it. */
#define MSTURN_RULE "===================================================================\n"

/* Registers the -z options. Call at the end of the protocol's registration. */
void msturn_report_register(void);

/* Print the report. */
void msturn_report_text(const struct msturn_report *report);
void msturn_report_wide(const struct msturn_report *report);
void msturn_report_html(const struct msturn_report *report);
void msturn_report_json(const struct msturn_report *report);

#endif
