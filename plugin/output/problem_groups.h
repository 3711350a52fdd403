/* problem_groups.h
 * Problems that are one: the same on the same pair or session, in several frames.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PROBLEM_GROUPS_H
#define MSTURN_PROBLEM_GROUPS_H

#include "plugin/output/report_lists.h"

/* A problem that comes again on the same pair, or else on the same session, is one; and so are those of many connections to
 * servers that belong to no call, as a port scan makes them. */
struct msturn_problem_group {
    const struct msturn_problem *first;
    const char *text;
    wmem_strbuf_t *frames;
    uint32_t last_frame;
    unsigned count;  /* of frames */
    unsigned number; /* in the order of their first frames */
};

/* Those of a report, the worst first. The caller frees the array; what is in it is of the report's scope. */
GPtrArray *msturn_group_problems(const struct msturn_report *report);

enum msturn_severity msturn_severity_of_group(const struct msturn_problem_group *group);

/* "pair 0, frames 9, 12, 15 and 40 more" */
const char *msturn_group_place(wmem_allocator_t *scope, const struct msturn_problem_group *group);

/* What to do; for what a path stopped at, that its own words say so. */
const char *msturn_group_advice(const struct msturn_problem_group *group);

/* What the server says of the refusal that is the problem, where it says more than the code does; or NULL. */
const char *msturn_problem_words(const struct msturn_problem *problem);

#endif
