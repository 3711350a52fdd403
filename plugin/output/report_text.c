/* report_text.c
 * The report for people.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/table.h"
#include "plugin/show/text.h"
#include "plugin/track/transaction.h"

#include <string.h>

enum { FRAMES_SHOWN = 8 }; /* of a problem that comes again and again */

static const enum msturn_verdict worst_first[] = { MSTURN_VERDICT_BROKEN, MSTURN_VERDICT_UNKNOWN,
                                                   MSTURN_VERDICT_UNFINISHED, MSTURN_VERDICT_VALID,
                                                   MSTURN_VERDICT_NOMINATED };

/* ---- problems that are one ---- */

/* A problem that comes again on the same pair, or else on the same session, is one. */
struct group {
    const struct msturn_problem *first;
    wmem_strbuf_t *frames;
    uint32_t last_frame;
    unsigned count;  /* of frames */
    unsigned number; /* in the order of their first frames */
};

/* On the outer leg of a relayed pair the session is not known. */
static const void *owner_of(const struct msturn_problem *problem)
{
    return problem->pair ? (const void *)problem->pair : problem->session;
}

/* What the server says of the refusal that is the problem, where it says more than the code does; or NULL. */
static const char *words_of(const struct msturn_problem *problem)
{
    const struct msturn_transaction *refusal = msturn_problem_refusal(problem);

    return refusal ? msturn_error_words(refusal->error_code, msturn_transaction_error_reason(refusal)) : NULL;
}

static gboolean is_same_problem(gconstpointer a, gconstpointer b)
{
    const struct msturn_problem *left = a, *right = b;

    return left->finding == right->finding && owner_of(left) == owner_of(right) &&
           g_str_equal(left->text, right->text) && g_strcmp0(words_of(left), words_of(right)) == 0;
}

static guint problem_hash(gconstpointer key)
{
    const struct msturn_problem *problem = key;

    return g_direct_hash(owner_of(problem)) ^ wmem_str_hash(problem->text);
}

static struct group *add_group(wmem_allocator_t *scope, const struct msturn_problem *first, unsigned number)
{
    struct group *group = wmem_new0(scope, struct group);

    group->first = first;
    group->number = number;
    group->frames = wmem_strbuf_new(scope, NULL);
    return group;
}

static void add_to_group(struct group *group, uint32_t frame)
{
    if (group->last_frame == frame)
        return;
    group->last_frame = frame;
    group->count++;
    if (group->count <= FRAMES_SHOWN)
        wmem_strbuf_append_printf(group->frames, "%s%u", group->count > 1 ? ", " : "", frame);
}

static enum msturn_severity severity_of(const struct group *group)
{
    return msturn_findings[group->first->finding].severity;
}

static int worst_group_first(const void *a, const void *b)
{
    const struct group *left = *(const struct group *const *)a, *right = *(const struct group *const *)b;

    if (severity_of(left) != severity_of(right))
        return (int)severity_of(right) - (int)severity_of(left);
    return left->number < right->number ? -1 : 1;
}

/* The caller frees it. */
static GPtrArray *group_problems(const struct msturn_report *report)
{
    GPtrArray *groups = g_ptr_array_new();
    GHashTable *known = g_hash_table_new(problem_hash, is_same_problem);

    for (unsigned i = 0; i < report->problems->len; i++) {
        struct msturn_problem *problem = g_ptr_array_index(report->problems, i);
        struct group *group = g_hash_table_lookup(known, problem);
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

/* ---- the summary ---- */

/* "1 pair: broken. " or "3 pairs: 1 broken, 2 nominated. " */
struct tally {
    wmem_strbuf_t *line;
    unsigned total;
    const char *separator;
};

static struct tally begin_tally(wmem_strbuf_t *line, const char *noun, unsigned total)
{
    if (total > 0)
        wmem_strbuf_append_printf(line, "%u %s%s", total, noun, plurality(total, "", "s"));
    return (struct tally){ line, total, ": " };
}

static void append_count(struct tally *tally, const char *word, unsigned count)
{
    if (count == 0)
        return;
    wmem_strbuf_append(tally->line, tally->separator);
    if (tally->total > 1)
        wmem_strbuf_append_printf(tally->line, "%u ", count);
    wmem_strbuf_append(tally->line, word);
    tally->separator = ", ";
}

static void append_pairs(wmem_strbuf_t *line, const struct msturn_report *report)
{
    unsigned counts[MSTURN_VERDICT_UNKNOWN + 1] = { 0 };
    struct tally tally = begin_tally(line, "pair", report->pairs->len);

    for (unsigned i = 0; i < report->pairs->len; i++)
        counts[((const struct msturn_pair_outcome *)g_ptr_array_index(report->pairs, i))->verdict]++;
    for (unsigned i = 0; i < array_length(worst_first); i++)
        append_count(&tally, msturn_name_of(msturn_verdict_names, worst_first[i]), counts[worst_first[i]]);
    wmem_strbuf_append(line, report->pairs->len > 0 ? ". " : "No candidate pair. ");
}

static void append_sessions(wmem_strbuf_t *line, const struct msturn_report *report)
{
    unsigned counts[MSTURN_SESSION_RELEASED + 1] = { 0 };
    struct tally tally = begin_tally(line, "session", report->sessions->len);

    if (report->sessions->len == 0)
        return;
    for (unsigned i = 0; i < report->sessions->len; i++)
        counts[msturn_evaluated_session_state(report->evaluation, g_ptr_array_index(report->sessions, i))]++;
    for (const struct msturn_name *state = msturn_session_state_names; state->name; state++)
        append_count(&tally, state->name, counts[state->value]);
    wmem_strbuf_append(line, ". ");
}

static void append_problems(wmem_strbuf_t *line, const GPtrArray *groups)
{
    unsigned counts[MSTURN_ERROR + 1] = { 0 };

    for (unsigned i = 0; i < groups->len; i++)
        counts[severity_of(g_ptr_array_index(groups, i))]++;
    const char *separator = "";
    if (counts[MSTURN_ERROR] + counts[MSTURN_WARNING] == 0) {
        wmem_strbuf_append(line, "No problem found");
        separator = ", ";
    }
    for (const struct msturn_name *severity = msturn_severity_words; severity->name; severity++) {
        const unsigned count = counts[severity->value];
        if (count > 0) {
            wmem_strbuf_append_printf(line, "%s%u %s%s", separator, count, severity->name, plurality(count, "", "s"));
            separator = ", ";
        }
    }
    wmem_strbuf_append_c(line, '.');
}

static bool is_empty(const struct msturn_report *report)
{
    return report->messages == 0 && report->sessions->len == 0 && report->peer_connections->len == 0 &&
           report->pairs->len == 0 && report->problems->len == 0;
}

/* "  TCP port 9999: frame 4 and 12 more" */
static void print_unclaimed_port(const struct msturn_unclaimed *unclaimed)
{
    printf("  TCP port %u: frame %u", unclaimed->port, unclaimed->first_frame);
    if (unclaimed->count > 1)
        printf(" and %u more", unclaimed->count - 1);
    putchar('\n');
}

/* What there is, when there is no message that anybody decoded. */
static void print_unclaimed(void)
{
    enum { PORTS = 8 };
    const struct msturn_unclaimed *unclaimed = msturn_unclaimed(&msturn_tracker);

    if (!unclaimed)
        return;
    puts("There are bytes that look like STUN on ports of other protocols:");
    for (unsigned shown = 0; unclaimed && shown < PORTS; unclaimed = unclaimed->next, shown++)
        print_unclaimed_port(unclaimed);
    if (unclaimed)
        puts("  and more");
    puts("The option -o tcp.try_heuristic_first:TRUE shows them.");
}

static void print_summary(const struct msturn_report *report, const GPtrArray *groups)
{
    wmem_strbuf_t *line = wmem_strbuf_new(report->scope, NULL);

    if (is_empty(report)) {
        wmem_strbuf_append(line, "No STUN or TURN message over TCP, and no MS-TURN message");
        wmem_strbuf_append(line, report->filter ? ", in frames that match the filter." : ".");
    } else {
        append_pairs(line, report);
        append_sessions(line, report);
        append_problems(line, groups);
    }
    puts(wmem_strbuf_get_str(line));
    if (is_empty(report) && !report->filter)
        print_unclaimed();
    if (report->filter)
        printf("Filter: %s\n", report->filter);
}

/* ---- pairs ---- */

static unsigned rank_of(enum msturn_verdict verdict)
{
    unsigned rank = 0;

    while (rank < array_length(worst_first) && worst_first[rank] != verdict)
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

/* "pair 0, frames 9, 12, 15 and 40 more" */
static const char *place_text(wmem_allocator_t *scope, const struct group *group)
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

static void print_group(void *item, void *context)
{
    const struct group *group = item;
    const struct msturn_report *report = context;
    const char *words = words_of(group->first);
    const char *error =
        words ? msturn_refusal_text(report->scope, msturn_problem_refusal(group->first)->error_code, words) : NULL;

    printf("  %-7s  %s: %s%s%s\n           %s\n", msturn_name_of(msturn_severity_words, severity_of(group)),
           place_text(report->scope, group), msturn_foreign_text(report->scope, group->first->text), error ? ": " : "",
           error ? error : "", msturn_problem_advice(group->first));
    const char *effects = msturn_effects_text(report->scope, group->first);
    if (effects)
        printf("           With it, %s.\n", msturn_foreign_text(report->scope, effects));
}

static void print_problems(const struct msturn_report *report, GPtrArray *groups)
{
    if (groups->len > 0)
        puts("\nProblems");
    g_ptr_array_foreach(groups, print_group, (void *)report);
}

/* ---- the report ---- */

void msturn_report_text(const struct msturn_report *report)
{
    GPtrArray *groups = group_problems(report);

    fputs(MSTURN_RULE, stdout);
    print_summary(report, groups);
    msturn_table_print(report, "Sessions", &msturn_session_columns, MSTURN_VIEW_REPORT, report->sessions);
    msturn_table_print(report, "Peer connections", &msturn_peer_connection_columns, MSTURN_VIEW_REPORT,
                       report->peer_connections);
    g_ptr_array_sort(report->pairs, worst_pair_first);
    msturn_table_print(report, "Pairs (checks: answered/sent, mean round trip)", &msturn_pair_columns,
                       MSTURN_VIEW_REPORT, report->pairs);
    print_problems(report, groups);
    fputs(MSTURN_RULE, stdout);
    g_ptr_array_unref(groups);
}
