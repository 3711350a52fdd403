/* report_tally.h
 * The line that says how many of everything there are.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_TALLY_H
#define MSTURN_REPORT_TALLY_H

#include "plugin/output/problem_groups.h"

enum { MSTURN_VERDICT_COUNT = MSTURN_VERDICT_UNKNOWN + 1 };

/* The verdicts, the worst first. */
extern const enum msturn_verdict msturn_worst_first[MSTURN_VERDICT_COUNT];

const char *msturn_tally_text(const struct msturn_report *report, const GPtrArray *groups);

/* Lines that say where messages are that nobody decoded, when there is nothing else to say; else "". */
const char *msturn_unclaimed_text(const struct msturn_report *report);

/* What made the report, and when the capture was made: two lines, the last one without its end. */
const char *msturn_heading_text(const struct msturn_report *report);

#endif
