/* report_text.c
 * The report for people: the answer first. Lines fit into a mail or a ticket.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/problem_groups.h"
#include "plugin/output/report_tally.h"
#include "plugin/output/told.h"
#include "plugin/show/text.h"
#include "plugin/track/transaction.h"

#include <string.h>

enum { WIDTH = 78, UNFINISHED_SHOWN = 8, ATTEMPTS_SHOWN = 16 };

/* ---- lines ---- */

/* The bytes of text that fit into this many columns, up to a blank if there is one. */
static size_t fitting(const char *text, unsigned columns)
{
    const char *end = text, *blank = NULL;

    for (unsigned column = 0; *end && column <= columns; column++, end = g_utf8_next_char(end)) {
        if (*end == ' ')
            blank = end;
        if (column == columns)
            return blank && blank > text ? (size_t)(blank - text) : (size_t)(end - text);
    }
    return (size_t)(end - text);
}

/* Text in as many lines as it takes; `first` stands before the first one, as many blanks before the others. */
static void print_wrapped(const char *first, const char *text)
{
    const unsigned indent = (unsigned)g_utf8_strlen(first, -1);
    const char *before = first;

    do {
        const size_t length = fitting(text, WIDTH - indent);
        printf("%s%.*s\n", before, (int)length, text);
        text += length;
        while (*text == ' ')
            text++;
        before = "";
        if (*text)
            printf("%*s", (int)indent, "");
    } while (*text);
}

/* Texts may hold what a server said. */
static void print_sentence(const struct msturn_report *report, const char *first, const char *text)
{
    print_wrapped(first, msturn_foreign_text(report->told->scope, text));
}

/* ---- a broken path ---- */

/* "  frames 9, 12" */
static void print_frames(const struct msturn_step *step)
{
    for (unsigned i = 0; i < MSTURN_STEP_FRAMES && step->frames[i] != 0; i++)
        printf("%s%u", i == 0 ? (step->frames[1] != 0 ? "  frames " : "  frame ") : ", ", step->frames[i]);
    putchar('\n');
}

static void print_step(const struct msturn_told_path *told, enum msturn_step_number number)
{
    const struct msturn_step *step = &told->steps[number];
    const char *mark = msturn_name_of(msturn_status_marks, step->status);

    if (!mark)
        return;
    const char *label = msturn_name_of(msturn_step_labels, number);
    if (msturn_happened(&step->event))
        printf("     %-13s%-16s%9s s", mark, label,
               msturn_decimal_text(told->scope, msturn_seconds(&told->path->first, &step->event), 3));
    else if (step->frames[0] != 0)
        printf("     %-13s%-16s%11s", mark, label, "");
    else
        printf("     %-13s%s", mark, label);
    print_frames(step);
}

/* Up to where it stopped, and its end: the rest follows from that. */
static void print_steps(const struct msturn_told_path *told)
{
    for (enum msturn_step_number number = 0; number < MSTURN_STEP_COUNT; number++) {
        if (number <= told->path->stopped_at || number == MSTURN_STEP_END)
            print_step(told, number);
    }
}

/* NATs between the sides, and addresses that nobody reaches. */
static void print_addresses(const struct msturn_told_path *told)
{
    for (unsigned i = 0; i < told->address_count; i++) {
        const struct msturn_path_address *address = &told->addresses[i];
        if (address->is_notable)
            print_wrapped("    Address: ", wmem_strdup_printf(told->scope, "%s (%s). %s.",
                                                              msturn_endpoint_text(told->scope, &address->address),
                                                              address->who, address->remark));
    }
}

static void print_stopped(const struct msturn_report *report, const struct msturn_path *path, unsigned number)
{
    const struct msturn_told_path *told = msturn_tell(report, path);
    const struct msturn_step *step = &told->steps[path->stopped_at];
    const char *advice = msturn_told_advice(told);
    const bool broken = path->verdict == MSTURN_VERDICT_BROKEN;

    printf("\n%2u. %s\n", number, broken ? "BROKEN" : msturn_name_of(msturn_verdict_names, path->verdict));
    print_wrapped("    ", msturn_told_hops(told));
    print_wrapped("    ",
                  wmem_strdup_printf(told->scope, "%s %s, %s.", broken ? "Stopped at:" : "Trouble at:",
                                     msturn_name_of(msturn_step_labels, path->stopped_at), msturn_place_text(path)));
    print_sentence(report, "    ", wmem_strconcat(told->scope, told->summary, ".", NULL));
    if (advice)
        print_wrapped("    To do: ", advice);
    if (step->ice_warning)
        print_wrapped("    ICE warning flag of Microsoft's clients: ", step->ice_warning);
    print_addresses(told);
    print_steps(told);
}

/* ---- the other paths ---- */

static void print_healthy(const struct msturn_report *report, const struct msturn_path *path)
{
    const struct msturn_told_path *told = msturn_tell(report, path);
    const char *first = wmem_strdup_printf(told->scope, "  %-11s", msturn_name_of(msturn_verdict_names, path->verdict));

    print_wrapped(first, msturn_told_hops(told));
    print_sentence(report, "             ", told->summary);
}

static void print_paths_of(const struct msturn_report *report, enum msturn_verdict verdict)
{
    unsigned shown = 0, count = 0;

    for (unsigned i = 0; i < report->paths->len; i++) {
        const struct msturn_path *path = g_ptr_array_index(report->paths, i);
        if (path->verdict != verdict || path->stopped_at < MSTURN_STEP_COUNT)
            continue;
        count++;
        if (verdict == MSTURN_VERDICT_UNFINISHED && shown == UNFINISHED_SHOWN)
            continue;
        shown++;
        print_healthy(report, path);
    }
    if (count > shown)
        printf("  and %u more that are unfinished\n", count - shown);
}

static void print_paths(const struct msturn_report *report)
{
    unsigned stopped = 0, attempts = 0;

    for (unsigned pass = 0; pass < 2; pass++) { /* first what is broken, then what only had trouble */
        for (unsigned i = 0; i < report->paths->len; i++) {
            const struct msturn_path *path = g_ptr_array_index(report->paths, i);
            if (path->stopped_at == MSTURN_STEP_COUNT || (path->verdict == MSTURN_VERDICT_BROKEN) != (pass == 0))
                continue;
            attempts += path->flow != NULL;
            stopped++;
            if (!path->flow || attempts <= ATTEMPTS_SHOWN)
                print_stopped(report, path, stopped);
        }
    }
    if (attempts > ATTEMPTS_SHOWN)
        printf("\n    and %u more clients that did not reach a TURN server\n", attempts - ATTEMPTS_SHOWN);
    if (report->paths->len > stopped)
        puts(stopped > 0 ? "\nOther paths" : "\nPaths");
    for (unsigned i = 0; i < MSTURN_VERDICT_COUNT; i++)
        print_paths_of(report, msturn_worst_first[i]);
}

/* ---- findings ---- */

static void print_finding(void *item, void *context)
{
    const struct msturn_problem_group *group = item;
    const struct msturn_report *report = context;
    const char *words = msturn_problem_words(group->first);
    const char *error =
        words ? msturn_refusal_text(report->scope, msturn_problem_refusal(group->first)->error_code, words) : NULL;
    const char *first = wmem_strdup_printf(report->scope, "  %-9s",
                                           msturn_name_of(msturn_severity_words, msturn_severity_of_group(group)));
    const char *text =
        wmem_strconcat(report->scope, msturn_group_place(report->scope, group), ": ",
                       msturn_foreign_text(report->scope, group->text), error ? ": " : "", error ? error : "", NULL);

    print_wrapped(first, text);
    print_wrapped("           ", msturn_group_advice(group));
}

static void print_findings(const struct msturn_report *report, GPtrArray *groups)
{
    if (groups->len > 0)
        puts("\nFindings");
    g_ptr_array_foreach(groups, print_finding, (void *)report);
}

/* ---- the report ---- */

void msturn_report_text(const struct msturn_report *report)
{
    GPtrArray *groups = msturn_group_problems(report);

    fputs(MSTURN_RULE, stdout);
    puts(msturn_heading_text(report));
    char **lines = g_strsplit(msturn_tally_text(report, groups), "\n", 0);
    for (char **line = lines; *line; line++)
        print_wrapped("", *line);
    g_strfreev(lines);
    fputs(msturn_unclaimed_text(report), stdout);
    print_paths(report);
    print_findings(report, groups);
    fputs(MSTURN_RULE, stdout);
    g_ptr_array_unref(groups);
}
