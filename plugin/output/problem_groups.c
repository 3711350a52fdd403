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
    group->text = first->text;
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

/* ---- problems of no call ---- */

enum { MANY = 8 }; /* groups of a finding that are told one by one */

struct lone_groups {
    unsigned count;                   /* of them, by their texts */
    struct msturn_problem_group *all; /* when they are many */
};

static void count_lone_groups(const GPtrArray *groups, struct lone_groups *lone)
{
    for (unsigned i = 0; i < groups->len; i++) {
        const struct msturn_problem_group *group = g_ptr_array_index(groups, i);
        if (!owner_of(group->first))
            lone[group->first->finding].count++;
    }
}

static bool is_one_of_many(const struct msturn_problem *problem, const struct lone_groups *lone)
{
    return !owner_of(problem) && lone[problem->finding].count > MANY;
}

static void drop_many(GPtrArray *groups, const struct lone_groups *lone)
{
    for (unsigned i = groups->len; i > 0; i--) {
        const struct msturn_problem_group *group = g_ptr_array_index(groups, i - 1);
        if (is_one_of_many(group->first, lone))
            g_ptr_array_remove_index_fast(groups, i - 1);
    }
}

/* Their texts tell of frames and times, and nobody wants to read a thousand of them. */
static void join_many(const struct msturn_report *report, GPtrArray *groups)
{
    struct lone_groups *lone = wmem_alloc0_array(report->scope, struct lone_groups, MSTURN_FINDING_COUNT);
    unsigned number = groups->len;

    count_lone_groups(groups, lone);
    drop_many(groups, lone);
    for (unsigned i = 0; i < report->problems->len; i++) {
        struct msturn_problem *problem = g_ptr_array_index(report->problems, i);
        struct lone_groups *its = &lone[problem->finding];
        if (!is_one_of_many(problem, lone))
            continue;
        if (!its->all) {
            its->all = add_group(report->scope, problem, number++);
            its->all->text = msturn_findings[problem->finding].text;
            g_ptr_array_add(groups, its->all);
        }
        add_to_group(its->all, problem->frame);
    }
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
    join_many(report, groups);
    g_ptr_array_sort(groups, worst_group_first);
    return groups;
}

const char *msturn_group_advice(const struct msturn_problem_group *group)
{
    return group->first->stops_path ? "Told above, with what to do." : msturn_problem_advice(group->first);
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
