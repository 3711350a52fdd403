/* told.c
 * A path with its steps and its summary, as long as it is written.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/told.h"

#include "plugin/show/text.h"

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
    told->timer_count = msturn_path_timers(path, told->timers);
    told->address_count = msturn_path_addresses(report->evaluation, path, told->addresses);
    return told;
}

const char *msturn_told_advice(const struct msturn_told_path *told)
{
    return told->path->stopped_at < MSTURN_STEP_COUNT ? told->steps[told->path->stopped_at].advice : NULL;
}

/* ---- words ---- */

const char *msturn_told_hops(const struct msturn_told_path *told)
{
    const struct msturn_path *path = told->path;
    const struct msturn_endpoint *ends[] = { &path->client, &path->server, &path->relayed, &path->peer };
    wmem_strbuf_t *text = wmem_strbuf_new(told->scope, NULL);

    for (size_t i = 0; i < array_length(ends); i++) {
        const char *end = msturn_endpoint_text(told->scope, ends[i]);
        if (end)
            wmem_strbuf_append_printf(text, "%s%s", wmem_strbuf_get_len(text) > 0 ? " > " : "", end);
    }
    return wmem_strbuf_get_str(text);
}

const struct msturn_name msturn_status_marks[] = {
    { MSTURN_STATUS_OK, "ok" },
    { MSTURN_STATUS_FAILED, "FAILED" },
    { MSTURN_STATUS_MISSING, "MISSING" },
    { MSTURN_STATUS_LATE, "LATE" },
    { MSTURN_STATUS_NOT_CAPTURED, "not captured" },
    { 0, NULL },
};
