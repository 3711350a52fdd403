/* report_tally.c
 * The line that says how many of everything there are.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report_tally.h"

#include "plugin/show/text.h"

#include <epan/epan.h>

const enum msturn_verdict msturn_worst_first[MSTURN_VERDICT_COUNT] = { MSTURN_VERDICT_BROKEN, MSTURN_VERDICT_UNKNOWN,
                                                                       MSTURN_VERDICT_UNFINISHED, MSTURN_VERDICT_VALID,
                                                                       MSTURN_VERDICT_NOMINATED };

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
    for (unsigned i = 0; i < array_length(msturn_worst_first); i++)
        append_count(&tally, msturn_name_of(msturn_verdict_names, msturn_worst_first[i]),
                     counts[msturn_worst_first[i]]);
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

static unsigned count_stopped(const struct msturn_report *report)
{
    unsigned count = 0;

    for (unsigned i = 0; i < report->paths->len; i++)
        count += ((const struct msturn_path *)g_ptr_array_index(report->paths, i))->stopped_at < MSTURN_STEP_COUNT;
    return count;
}

/* A path may stop without any: what it waited for may be nobody's fault that this capture shows. */
static void append_problems(wmem_strbuf_t *line, const struct msturn_report *report, const GPtrArray *groups)
{
    const unsigned stopped = count_stopped(report);
    unsigned counts[MSTURN_ERROR + 1] = { 0 };

    for (unsigned i = 0; i < groups->len; i++)
        counts[msturn_severity_of_group(g_ptr_array_index(groups, i))]++;
    const char *separator = "";
    if (counts[MSTURN_ERROR] + counts[MSTURN_WARNING] == 0) {
        if (stopped > 0)
            wmem_strbuf_append_printf(line, "%u path%s stopped", stopped, plurality(stopped, "", "s"));
        else
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
           report->pairs->len == 0 && report->paths->len == 0 && report->problems->len == 0;
}

const char *msturn_tally_text(const struct msturn_report *report, const GPtrArray *groups)
{
    wmem_strbuf_t *line = wmem_strbuf_new(report->scope, NULL);

    if (is_empty(report)) {
        wmem_strbuf_append(line, "No STUN or TURN message over TCP, and no MS-TURN message");
        wmem_strbuf_append(line, report->filter ? ", in frames that match the filter." : ".");
    } else {
        append_pairs(line, report);
        append_sessions(line, report);
        append_problems(line, report, groups);
    }
    if (report->filter)
        wmem_strbuf_append_printf(line, "\nFilter: %s", report->filter);
    return wmem_strbuf_get_str(line);
}

/* "  TCP port 9999: frame 4 and 12 more" */
static void append_unclaimed_port(wmem_strbuf_t *text, const struct msturn_unclaimed *unclaimed)
{
    wmem_strbuf_append_printf(text, "  TCP port %u: frame %u", unclaimed->port, unclaimed->first_frame);
    if (unclaimed->count > 1)
        wmem_strbuf_append_printf(text, " and %u more", unclaimed->count - 1);
    wmem_strbuf_append_c(text, '\n');
}

const char *msturn_unclaimed_text(const struct msturn_report *report)
{
    enum { PORTS = 8 };
    const struct msturn_unclaimed *unclaimed = msturn_unclaimed(&msturn_tracker);

    if (!unclaimed || report->filter || !is_empty(report))
        return "";
    wmem_strbuf_t *text =
        wmem_strbuf_new(report->scope, "There are bytes that look like STUN on ports of other protocols:\n");
    for (unsigned shown = 0; unclaimed && shown < PORTS; unclaimed = unclaimed->next, shown++)
        append_unclaimed_port(text, unclaimed);
    if (unclaimed)
        wmem_strbuf_append(text, "  and more\n");
    wmem_strbuf_append(text, "The option -o tcp.try_heuristic_first:TRUE shows them.\n");
    return wmem_strbuf_get_str(text);
}

const char *msturn_heading_text(const struct msturn_report *report)
{
    const int64_t begun = msturn_tracker.begun_at;
    GDateTime *date = begun != 0 ? g_date_time_new_from_unix_utc(begun / 1000000000) : NULL;
    wmem_strbuf_t *text = wmem_strbuf_new(report->scope, NULL);

    wmem_strbuf_append_printf(text, "msturn %s, Wireshark %s", MSTURN_VERSION, epan_get_version());
    if (date) {
        char *since = g_date_time_format(date, "%Y-%m-%d %H:%M:%S");
        wmem_strbuf_append_printf(text, "\nCaptured from %s UTC on, %s s", since,
                                  msturn_decimal_text(report->scope, (double)(msturn_tracker.now.time - begun) / 1e9,
                                                      1));
        g_free(since);
        g_date_time_unref(date);
    }
    return wmem_strbuf_get_str(text);
}
