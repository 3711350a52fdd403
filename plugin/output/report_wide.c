/* report_wide.c
 * The report for people with wide screens: a table of everything.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/problem_groups.h"
#include "plugin/output/report_tally.h"
#include "plugin/output/table.h"
#include "plugin/show/text.h"
#include "plugin/track/transaction.h"

/* ---- pairs ---- */

static unsigned rank_of(enum msturn_verdict verdict)
{
    unsigned rank = 0;

    while (rank < MSTURN_VERDICT_COUNT && msturn_worst_first[rank] != verdict)
        rank++;
    return rank;
}

static int worst_pair_first(const void *a, const void *b)
{
    const struct msturn_pair_outcome *left = *(const struct msturn_pair_outcome *const *)a;
    const struct msturn_pair_outcome *right = *(const struct msturn_pair_outcome *const *)b;

    if (left->verdict != right->verdict)
        return (int)rank_of(left->verdict) - (int)rank_of(right->verdict);
    return left->id < right->id ? -1 : 1;
}

/* ---- problems ---- */

static void print_group(void *item, void *context)
{
    const struct msturn_problem_group *group = item;
    const struct msturn_report *report = context;
    const char *words = msturn_problem_words(group->first);
    const char *error =
        words ? msturn_refusal_text(report->scope, msturn_problem_refusal(group->first)->error_code, words) : NULL;

    printf("  %-7s  %s: %s%s%s\n           %s\n",
           msturn_name_of(msturn_severity_words, msturn_severity_of_group(group)),
           msturn_group_place(report->scope, group), msturn_foreign_text(report->scope, group->text), error ? ": " : "",
           error ? error : "", msturn_problem_advice(group->first));
}

static void print_problems(const struct msturn_report *report, GPtrArray *groups)
{
    if (groups->len > 0)
        puts("\nProblems");
    g_ptr_array_foreach(groups, print_group, (void *)report);
}

/* ---- the report ---- */

void msturn_report_wide(const struct msturn_report *report)
{
    GPtrArray *groups = msturn_group_problems(report);

    fputs(MSTURN_RULE, stdout);
    puts(msturn_tally_text(report, groups));
    fputs(msturn_unclaimed_text(report), stdout);
    msturn_table_print(report, "Sessions", &msturn_session_columns, MSTURN_VIEW_REPORT, report->sessions);
    msturn_table_print(report, "Peer connections", &msturn_peer_connection_columns, MSTURN_VIEW_REPORT,
                       report->peer_connections);
    g_ptr_array_sort(report->pairs, worst_pair_first);
    msturn_table_print(report, "Pairs (checks: answered/sent, mean round trip)", &msturn_pair_columns,
                       MSTURN_VIEW_REPORT, report->pairs);
    msturn_table_print(report, "Offers and answers", &msturn_media_columns, MSTURN_VIEW_REPORT, report->descriptions);
    msturn_table_print(report, "Candidates, as they were offered", &msturn_candidate_columns, MSTURN_VIEW_REPORT,
                       report->candidates);
    print_problems(report, groups);
    fputs(MSTURN_RULE, stdout);
    g_ptr_array_unref(groups);
}
