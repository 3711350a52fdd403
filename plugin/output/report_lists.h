/* report_lists.h
 * What a report is about.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_LISTS_H
#define MSTURN_REPORT_LISTS_H

#include "plugin/track/track.h"
#include "plugin/verdict/candidates.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path.h"

/* What a report is about, each list in order of appearance; the problems by frame. */
struct msturn_report {
    wmem_allocator_t *scope; /* for what is made for the output */
    const struct msturn_evaluation *evaluation;
    const char *filter;            /* NULL: none */
    uint32_t messages;             /* that were seen, in frames that match the filter */
    GPtrArray *sessions;           /* of const struct msturn_session */
    GPtrArray *peer_connections;   /* of const struct msturn_peer_connection */
    GPtrArray *pairs;              /* of const struct msturn_pair_outcome */
    GPtrArray *descriptions;       /* of const struct msturn_media: m-lines */
    GPtrArray *candidates;         /* of const struct msturn_candidate_outcome */
    GPtrArray *problems;           /* of const struct msturn_problem */
    GPtrArray *paths;              /* of const struct msturn_path */
    struct msturn_told_path *told; /* the path that is written just now */
};

#endif
