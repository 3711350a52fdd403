/* told.c
 * A path with its steps and its summary, as long as it is written.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/told.h"

struct msturn_told_path *msturn_told_new(void)
{
    struct msturn_told_path *told = g_new0(struct msturn_told_path, 1);

    told->scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK_FAST);
    return told;
}

void msturn_told_free(struct msturn_told_path *told)
{
    wmem_destroy_allocator(told->scope);
    g_free(told);
}

const struct msturn_told_path *msturn_tell(const struct msturn_report *report, const struct msturn_path *path)
{
    struct msturn_told_path *told = report->told;

    if (told->path == path)
        return told;
    if (told->path)
        wmem_free_all(told->scope);
    told->path = path;
    msturn_path_tell(report->evaluation, path, told->scope, told->steps);
    told->summary = msturn_path_summary(report->evaluation, path, told->steps, told->scope);
    return told;
}

const char *msturn_told_advice(const struct msturn_told_path *told)
{
    return told->path->stopped_at < MSTURN_STEP_COUNT ? told->steps[told->path->stopped_at].advice : NULL;
}
