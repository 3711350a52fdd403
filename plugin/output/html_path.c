/* html_path.c
 * A path that stopped, in the HTML report.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report_html.h"

#include "plugin/output/html.h"
#include "plugin/rules/timers.h"
#include "plugin/show/text.h"

#include <stdio.h>

/* ---- steps ---- */

static const char *const status_classes[] = {
    [MSTURN_STATUS_OK] = "ok",         [MSTURN_STATUS_FAILED] = "bad",         [MSTURN_STATUS_MISSING] = "bad",
    [MSTURN_STATUS_LATE] = "late",     [MSTURN_STATUS_NOT_CAPTURED] = "faint", [MSTURN_STATUS_NOT_NEEDED] = "faint",
    [MSTURN_STATUS_PENDING] = "faint",
};

static const char *const delivered_words[] = {
    [MSTURN_DELIVERY_UNKNOWN] = "",
    [MSTURN_DELIVERED] = "yes",
    [MSTURN_UNDELIVERED] = "no",
};

static void write_frames(const struct msturn_step *step)
{
    fputs("<td>", stdout);
    for (unsigned i = 0; i < MSTURN_STEP_FRAMES && step->frames[i] != 0; i++)
        printf("%s%u", i == 0 ? "" : ", ", step->frames[i]);
    fputs("</td>\n", stdout);
}

static void write_seconds(const struct msturn_told_path *told, double seconds, unsigned decimals)
{
    msturn_html_printf("%s s", msturn_decimal_text(told->scope, seconds, decimals));
}

static void write_time(const struct msturn_told_path *told, const struct msturn_event *event)
{
    fputs("<td class=\"number\">", stdout);
    if (msturn_happened(event))
        write_seconds(told, msturn_seconds(&told->path->first, event), 3);
    fputs("</td>\n", stdout);
}

static void write_step(const struct msturn_told_path *told, enum msturn_step_number number)
{
    const struct msturn_step *step = &told->steps[number];
    const char *mark = msturn_name_of(msturn_status_marks, step->status);

    if (!mark && !step->text)
        return;
    fputs("<tr>", stdout);
    msturn_html_element("td", NULL, msturn_name_of(msturn_step_labels, number));
    msturn_html_element("td", status_classes[step->status], mark ? mark : "");
    write_time(told, &step->event);
    write_frames(step);
    msturn_html_element("td", NULL, delivered_words[step->delivered]);
    msturn_html_element("td", NULL, step->text ? step->text : "");
    fputs("</tr>\n", stdout);
}

/* Up to where it stopped, and its end: the rest follows from that. */
static void write_steps(const struct msturn_told_path *told)
{
    fputs("<h3>Steps</h3>\n<table><thead><tr><th>Step</th><th>Status</th><th>Time</th><th>Frames</th>"
          "<th>Delivered</th><th>What happened</th></tr></thead>\n<tbody>\n",
          stdout);
    for (enum msturn_step_number number = 0; number < MSTURN_STEP_COUNT; number++) {
        if (number <= told->path->stopped_at || number == MSTURN_STEP_END)
            write_step(told, number);
    }
    fputs("</tbody></table>\n", stdout);
}

/* ---- timers ---- */

static void write_timer(const struct msturn_told_path *told, const char *name, double seconds,
                        const struct msturn_event *since, const struct msturn_event *until)
{
    fputs("<tr>", stdout);
    msturn_html_element("td", NULL, name);
    fputs("<td class=\"number\">", stdout);
    if (seconds > 0)
        write_seconds(told, seconds, 0);
    fputs("</td>", stdout);
    write_time(told, since);
    printf("<td>%u</td><td class=\"number\">", since->frame);
    write_seconds(told, msturn_seconds(since, until), 3);
    fputs("</td></tr>\n", stdout);
}

static void write_timers(const struct msturn_told_path *told)
{
    const struct msturn_path *path = told->path;
    const struct msturn_peer_connection *connection = path->peer_connection;
    const struct msturn_event *over = msturn_happened(&path->ended.event) ? &path->ended.event : &msturn_tracker.now;

    if (told->timer_count == 0)
        return;
    fputs("<h3>Timers</h3>\n<table><thead><tr><th>Timer</th><th>Runs for</th><th>Renewed last</th><th>Frame</th>"
          "<th>Until it was met, or the end</th></tr></thead>\n<tbody>\n",
          stdout);
    for (unsigned i = 0; i < told->timer_count; i++)
        write_timer(told, told->timers[i].label, told->timers[i].seconds, &told->timers[i].last, over);
    if (connection && connection->session && msturn_happened(&connection->announced))
        write_timer(told, "ConnectionBind after the announcement", MSTURN_SECONDS_BIND, &connection->announced,
                    msturn_happened(&connection->bind) ? &connection->bind : over);
    fputs("</tbody></table>\n", stdout);
}

/* ---- the path ---- */

static void write_answer(const struct msturn_told_path *told, unsigned number)
{
    const struct msturn_path *path = told->path;
    const struct msturn_step *step = &told->steps[path->stopped_at];
    const char *advice = msturn_told_advice(told);
    const bool broken = path->verdict == MSTURN_VERDICT_BROKEN;

    fputs("<h2>", stdout);
    msturn_html_printf("%u. %s: %s %s, %s", number,
                       broken ? "BROKEN" : msturn_name_of(msturn_verdict_names, path->verdict),
                       broken ? "stopped at" : "trouble at", msturn_name_of(msturn_step_labels, path->stopped_at),
                       msturn_place_text(path));
    fputs("</h2>\n", stdout);
    msturn_html_element("p", "hops", msturn_told_hops(told));
    fputs("<p class=\"summary\">", stdout);
    msturn_html_printf("%s.", told->summary);
    fputs("</p>\n", stdout);
    if (advice) {
        fputs("<p><strong>To do:</strong> ", stdout);
        msturn_html_text(advice);
        fputs("</p>\n", stdout);
    }
    if (step->ice_warning) {
        fputs("<p>", stdout);
        msturn_html_printf("ICE warning flag of Microsoft's clients: %s", step->ice_warning);
        fputs("</p>\n", stdout);
    }
}

void msturn_html_path(const struct msturn_report *report, const struct msturn_path *path, unsigned number)
{
    const struct msturn_told_path *told = msturn_tell(report, path);
    const struct msturn_ladder ladder = msturn_ladder_of(report, told);

    printf("<section id=\"path-%u\">\n", path->id);
    write_answer(told, number);
    msturn_html_ladder(told, &ladder);
    write_steps(told);
    write_timers(told);
    msturn_html_addresses(told);
    fputs("</section>\n", stdout);
}
