/* told.h
 * A path with its steps and its summary, as long as it is written.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TOLD_H
#define MSTURN_TOLD_H

#include "plugin/output/report_lists.h"

/* Its texts are gone when the next path is told: of a million paths only one is in memory. */
struct msturn_told_path {
    wmem_allocator_t *scope;
    const struct msturn_path *path;
    struct msturn_step steps[MSTURN_STEP_COUNT];
    const char *summary;
    struct msturn_path_timer timers[MSTURN_PATH_TIMERS];
    unsigned timer_count;
    struct msturn_path_address addresses[MSTURN_PATH_ADDRESSES];
    unsigned address_count;
};

struct msturn_told_path *msturn_told_new(void);
void msturn_told_free(struct msturn_told_path *told);

/* The path, told. */
const struct msturn_told_path *msturn_tell(const struct msturn_report *report, const struct msturn_path *path);

/* What to do where the path stopped; NULL: it did not. */
const char *msturn_told_advice(const struct msturn_told_path *told);

/* "10.48.54.230:33347 > 10.48.54.229:3478 > 192.168.1.229:24000 > 192.168.1.252:53577" */
const char *msturn_told_hops(const struct msturn_told_path *told);

/* What stands beside a step; none beside one that was not needed, or not due yet. */
extern const struct msturn_name msturn_status_marks[];

#endif
