/* report.h
 * The reports at the end of a capture: tshark -z msturn,report[,FILTER] for people, -z msturn,json[,FILTER]
 * for scripts, and -z msturn,sessions[,FILTER] and -z msturn,pairs[,FILTER] as single tables.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_H
#define MSTURN_REPORT_H

#include "plugin/compat.h"
#include "plugin/track/track.h"
#include "plugin/verdict/evaluation.h"

#define MSTURN_SESSIONS_OPTION "msturn,sessions"
#define MSTURN_PAIRS_OPTION "msturn,pairs"
#define MSTURN_SESSIONS_TITLE "MSTURN sessions"
#define MSTURN_PAIRS_TITLE "MSTURN candidate pairs"

/* Above and below what is printed, as tshark's own reports have it. */
#define MSTURN_RULE "===================================================================\n"

/* What a report is about, each list in order of appearance; the problems by frame. */
struct msturn_report {
    wmem_allocator_t *scope;     /* for what is made for the output */
    const struct msturn_evaluation *evaluation;
    const char *filter;          /* NULL: none */
    uint32_t messages;           /* that were seen, in frames that match the filter */
    GPtrArray *sessions;         /* of const struct msturn_session */
    GPtrArray *peer_connections; /* of const struct msturn_peer_connection */
    GPtrArray *pairs;            /* of const struct msturn_pair_outcome */
    GPtrArray *problems;         /* of const struct msturn_problem */
};

/* Registers the -z options. Call at the end of the protocol's registration. */
void msturn_report_register(void);

/* Print the report. */
void msturn_report_text(const struct msturn_report *report);
void msturn_report_json(const struct msturn_report *report);

#endif
