/* problem_groups.c
 * Problems that are one: the same on the same pair or session, in several frames.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/problem_groups.h"

#include "plugin/show/text.h"
#include "plugin/track/transaction.h"

enum { FRAMES_SHOWN = 8 }; /* of a problem that comes again and again */

/* On the outer leg of a relayed pair the session is not known. */
static const void *owner_of(const struct msturn_problem *problem)
{
    return problem->pair ? (const void *)problem->pair : problem->session;
}

const char *msturn_problem_words(const struct msturn_problem *problem)
{
    const struct msturn_transaction *refusal = msturn_problem_refusal(problem);

    return refusal ? msturn_error_words(refusal->error_code, msturn_transaction_error_reason(refusal)) : NULL;
}

static gboolean is_same_problem(gconstpointer a, gconstpointer b)
{
    const struct msturn_problem *left = a, *right = b;

    return left->finding == right->finding && owner_of(left) == owner_of(right) &&
           g_str_equal(left->text, right->text) &&
           g_strcmp0(msturn_problem_words(left), msturn_problem_words(right)) == 0;
}

static guint problem_hash(gconstpointer key)
{
    const struct msturn_problem *problem = key;

    return g_direct_hash(owner_of(problem)) ^ wmem_str_hash(problem->text);
}

static struct msturn_problem_group *add_group(wmem_allocator_t *scope, const struct msturn_problem *first,
                                              unsigned number)
{
    struct msturn_problem_group *group = wmem_new0(scope, struct msturn_problem_group);

    group->first = first;
    group->number = number;
    group->frames = wmem_strbuf_new(scope, NULL);
    return group;
}

static void add_to_group(struct msturn_problem_group *group, uint32_t frame)
{
    if (group->last_frame == frame)
        return;
    group->last_frame = frame;
    group->count++;
    if (group->count <= FRAMES_SHOWN)
        wmem_strbuf_append_printf(group->frames, "%s%u", group->count > 1 ? ", " : "", frame);
}

enum msturn_severity msturn_severity_of_group(const struct msturn_problem_group *group)
{
    return msturn_findings[group->first->finding].severity;
}

static int worst_group_first(const void *a, const void *b)
{
    const struct msturn_problem_group *left = *(const struct msturn_problem_group *const *)a,
                                      *right = *(const struct msturn_problem_group *const *)b;

    if (msturn_severity_of_group(left) != msturn_severity_of_group(right))
        return (int)msturn_severity_of_group(right) - (int)msturn_severity_of_group(left);
    return left->number < right->number ? -1 : 1;
}

GPtrArray *msturn_group_problems(const struct msturn_report *report)
{
    GPtrArray *groups = g_ptr_array_new();
    GHashTable *known = g_hash_table_new(problem_hash, is_same_problem);

    for (unsigned i = 0; i < report->problems->len; i++) {
        struct msturn_problem *problem = g_ptr_array_index(report->problems, i);
        struct msturn_problem_group *group = g_hash_table_lookup(known, problem);
        if (!group) {
            group = add_group(report->scope, problem, groups->len);
            g_hash_table_insert(known, problem, group);
            g_ptr_array_add(groups, group);
        }
        add_to_group(group, problem->frame);
    }
    g_hash_table_destroy(known);
    g_ptr_array_sort(groups, worst_group_first);
    return groups;
}

const char *msturn_group_place(wmem_allocator_t *scope, const struct msturn_problem_group *group)
{
    const struct msturn_problem *problem = group->first;
    wmem_strbuf_t *text = wmem_strbuf_new(scope, NULL);

    if (problem->pair)
        wmem_strbuf_append_printf(text, "pair %u, ", problem->pair->id);
    else if (problem->session)
        wmem_strbuf_append_printf(text, "session %u, ", problem->session->id);
    wmem_strbuf_append_printf(text, "frame%s %s", plurality(group->count, "", "s"), wmem_strbuf_get_str(group->frames));
    if (group->count > FRAMES_SHOWN)
        wmem_strbuf_append_printf(text, " and %u more", group->count - FRAMES_SHOWN);
    return wmem_strbuf_get_str(text);
}
