/* report_html.c
 * The report as one page of HTML, for a ticket or a mail: the answer first, then a drawing of each path that stopped.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It has no script and loads nothing. However much a capture has, the page stays one that a browser opens at once.
 */
#include "plugin/output/report.h"

#include "plugin/output/html.h"
#include "plugin/output/problem_groups.h"
#include "plugin/output/report_html.h"
#include "plugin/output/report_tally.h"
#include "plugin/show/text.h"
#include "plugin/track/transaction.h"

enum { DRAWN_MOST = 40, LISTED_MOST = 400, HEALTHY_MOST = 40, FINDINGS_MOST = 100 };

/* ---- the page ---- */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>msturn: what became of the calls</title>\n<style>\n"
    ":root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #656d76; --rule: #d0d7de; --box: "
    "#f3f5f7;\n"
    "  --bad: #c4141e; --late: #8a5a00; --good: #14703a; --line: #30507c; --media: #cfe3f7; --place: #fbe3e4; }\n"
    "@media screen and (prefers-color-scheme: dark) { :root { --paper: #15191e; --ink: #e3e7eb; --faint: #98a2ad;\n"
    "  --rule: #3b444d; --box: #20262d; --bad: #ff7b7b; --late: #e3b341; --good: #57c785; --line: #8fb7ec;\n"
    "  --media: #24405e; --place: #3a1c20; } }\n"
    "body { font: 15px/1.45 system-ui, sans-serif; max-width: 66rem; margin: 1.5rem auto; padding: 0 1rem;\n"
    "  background: var(--paper); color: var(--ink); }\n"
    "h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 0 0 .4rem; }\n"
    "h3 { font-size: 1rem; margin: 1.1rem 0 .3rem; }\n"
    "p { margin: .35rem 0; overflow-wrap: anywhere; } .made, .faint { color: var(--faint); }\n"
    "section { border-top: 2px solid var(--rule); margin-top: 1.6rem; padding-top: 1rem; }\n"
    ".summary { font-weight: 600; } .hops { font-family: ui-monospace, monospace; font-size: .88rem; }\n"
    ".bad { color: var(--bad); font-weight: 600; } .late { color: var(--late); font-weight: 600; }\n"
    ".ok { color: var(--good); }\n"
    "a { color: inherit; } li { margin: .4rem 0; overflow-wrap: anywhere; }\n"
    "table { border-collapse: collapse; width: 100%; font-size: .88rem; }\n"
    "th, td { text-align: left; vertical-align: top; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid "
    "var(--rule);\n"
    "  overflow-wrap: anywhere; }\n"
    "th, td:nth-child(-n+2) { white-space: nowrap; } td.number { white-space: nowrap; }\n"
    "svg { display: block; width: 100%; height: auto; margin: .8rem 0; background: var(--paper); }\n"
    "svg text { font: 12px system-ui, sans-serif; fill: var(--ink); text-anchor: middle; paint-order: stroke;\n"
    "  stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }\n"
    "svg text.host { font-size: 15px; font-weight: 600; }\n"
    "svg text.address { font: 11.5px ui-monospace, monospace; } svg text.long { font-size: 8px; }\n"
    "svg text.time, svg text.pause { text-anchor: end; fill: var(--faint); font-size: 11px; }\n"
    "svg tspan.frame { font-weight: 700; }\n"
    "svg line { stroke: var(--line); stroke-width: 1.6; } svg line.delivered { stroke-width: 2.2; } svg line.host { "
    "stroke: var(--faint); stroke-width: 1; }\n"
    "svg line.seen { stroke-width: 1; } svg line.pause { stroke: var(--rule); stroke-dasharray: 2 4; stroke-width: 1; "
    "}\n"
    "svg polygon { fill: var(--line); } svg polygon.media { fill: var(--media); stroke: var(--line); stroke-width: .6; "
    "}\n"
    "svg rect.server { fill: var(--box); } svg rect.place { fill: var(--place); }\n"
    "svg line.lost, svg line.due, svg line.rst, svg line.refused { stroke: var(--bad); }\n"
    "svg line.due { stroke-dasharray: 7 5; }\n"
    "svg polygon.due, svg polygon.rst, svg polygon.refused { fill: var(--bad); }\n"
    "svg text.lost, svg text.due, svg text.rst, svg text.refused { fill: var(--bad); }\n"
    "@media print { body { max-width: none; margin: 0; font-size: 10pt; } section, svg, tr { break-inside: avoid-page; "
    "}\n"
    "  section { break-inside: auto; } h2, h3 { break-after: avoid-page; }\n"
    "  svg { max-height: 23cm; print-color-adjust: exact; -webkit-print-color-adjust: exact; } }\n"
    "</style>\n</head>\n<body>\n";

static const char legend[] =
    "<p class=\"made\">Drawings: time runs downwards, a number is that of the frame. An arrow with a thick line "
    "arrived: it "
    "was answered, or acknowledged by TCP. Of one with a thin line nothing tells whether it did. A broken line with a "
    "cross "
    "was sent again and never acknowledged. A dashed red line was due and never came. The red strip is where the path "
    "stopped.</p>\n";

static void write_lines(const char *tag, const char *css_class, const char *text)
{
    char **lines = g_strsplit(text, "\n", 0);

    for (char **line = lines; *line; line++) {
        if (**line)
            msturn_html_element(tag, css_class, *line);
    }
    g_strfreev(lines);
}

/* ---- which paths ---- */

static bool has_stopped(const struct msturn_path *path)
{
    return path->stopped_at < MSTURN_STEP_COUNT;
}

/* First what is broken, then clients that reached no server, then what only had trouble. */
enum rank { RANK_BROKEN, RANK_UNREACHED, RANK_TROUBLE };

static enum rank rank_of_stop(const struct msturn_path *path)
{
    if (path->verdict != MSTURN_VERDICT_BROKEN)
        return RANK_TROUBLE;
    return path->flow ? RANK_UNREACHED : RANK_BROKEN;
}

static GPtrArray *stopped_paths(const struct msturn_report *report)
{
    GPtrArray *stopped = g_ptr_array_new();

    for (enum rank rank = RANK_BROKEN; rank <= RANK_TROUBLE; rank++) {
        for (unsigned i = 0; i < report->paths->len; i++) {
            struct msturn_path *path = g_ptr_array_index(report->paths, i);
            if (has_stopped(path) && rank_of_stop(path) == rank)
                g_ptr_array_add(stopped, path);
        }
    }
    return stopped;
}

/* ---- lists of paths ---- */

static void write_listed(const struct msturn_report *report, const struct msturn_path *path, bool drawn)
{
    const struct msturn_told_path *told = msturn_tell(report, path);

    fputs("<li>", stdout);
    if (drawn)
        printf("<a href=\"#path-%u\">", path->id);
    printf("<span class=\"%s\">", path->verdict == MSTURN_VERDICT_BROKEN ? "bad" : has_stopped(path) ? "late" : "ok");
    msturn_html_text(msturn_name_of(msturn_verdict_names, path->verdict));
    fputs("</span>", stdout);
    if (drawn)
        fputs("</a>", stdout);
    fputs(" <span class=\"hops\">", stdout);
    msturn_html_text(msturn_told_hops(told));
    fputs("</span><br>", stdout);
    msturn_html_printf("%s.", told->summary);
    fputs("</li>\n", stdout);
}

static void write_left_out(unsigned count, const char *what)
{
    if (count == 0)
        return;
    fputs("<p class=\"faint\">", stdout);
    msturn_html_printf("and %u more %s; -z msturn,json has them all.", count, what);
    fputs("</p>\n", stdout);
}

static void write_answers(const struct msturn_report *report, const GPtrArray *stopped)
{
    if (stopped->len == 0)
        return;
    fputs("<ol>\n", stdout);
    for (unsigned i = 0; i < MIN(stopped->len, LISTED_MOST); i++)
        write_listed(report, g_ptr_array_index(stopped, i), i < DRAWN_MOST);
    fputs("</ol>\n", stdout);
    write_left_out(stopped->len > LISTED_MOST ? stopped->len - LISTED_MOST : 0, "that stopped");
}

static void write_drawn(const struct msturn_report *report, const GPtrArray *stopped)
{
    if (stopped->len > 0)
        fputs(legend, stdout);
    if (stopped->len > DRAWN_MOST)
        printf("<p class=\"faint\">The first %d of these are drawn.</p>\n", DRAWN_MOST);
    for (unsigned i = 0; i < MIN(stopped->len, DRAWN_MOST); i++)
        msturn_html_path(report, g_ptr_array_index(stopped, i), i + 1);
}

static void write_other_paths(const struct msturn_report *report, unsigned stopped)
{
    unsigned shown = 0;

    if (report->paths->len == stopped)
        return;
    fputs("<section>\n", stdout);
    msturn_html_element("h2", NULL, stopped > 0 ? "Other paths" : "Paths");
    fputs("<ul>\n", stdout);
    for (unsigned verdict = 0; verdict < MSTURN_VERDICT_COUNT; verdict++) {
        for (unsigned i = 0; i < report->paths->len && shown < HEALTHY_MOST; i++) {
            const struct msturn_path *path = g_ptr_array_index(report->paths, i);
            if (has_stopped(path) || path->verdict != msturn_worst_first[verdict])
                continue;
            write_listed(report, path, false);
            shown++;
        }
    }
    fputs("</ul>\n", stdout);
    write_left_out(report->paths->len - stopped - shown, "paths that did not stop");
    fputs("</section>\n", stdout);
}

/* ---- findings ---- */

static void write_finding(const struct msturn_report *report, const struct msturn_problem_group *group)
{
    static const char *const classes[] = { [MSTURN_NOTE] = "faint", [MSTURN_WARNING] = "late", [MSTURN_ERROR] = "bad" };
    const enum msturn_severity severity = msturn_severity_of_group(group);
    const char *words = msturn_problem_words(group->first);

    fputs("<tr>", stdout);
    msturn_html_element("td", classes[severity], msturn_name_of(msturn_severity_words, severity));
    msturn_html_element("td", NULL, msturn_group_place(report->scope, group));
    fputs("<td>", stdout);
    msturn_html_text(group->text);
    if (words)
        msturn_html_printf(": %s", words);
    fputs("<br><span class=\"faint\">", stdout);
    msturn_html_text(msturn_group_advice(group));
    fputs("</span></td></tr>\n", stdout);
}

static void write_findings(const struct msturn_report *report, const GPtrArray *groups)
{
    if (groups->len == 0)
        return;
    fputs("<section>\n<h2>Findings</h2>\n<table><thead><tr><th>Severity</th><th>Where</th><th>What</th></tr></thead>\n"
          "<tbody>\n",
          stdout);
    for (unsigned i = 0; i < MIN(groups->len, FINDINGS_MOST); i++)
        write_finding(report, g_ptr_array_index(groups, i));
    fputs("</tbody></table>\n", stdout);
    write_left_out(groups->len > FINDINGS_MOST ? groups->len - FINDINGS_MOST : 0, "findings");
    fputs("</section>\n", stdout);
}

/* ---- the report ---- */

/* "2 of 5 paths broken, 1 with trouble" */
static void write_headline(const struct msturn_report *report, const GPtrArray *stopped)
{
    unsigned broken = 0;

    while (broken < stopped->len && rank_of_stop(g_ptr_array_index(stopped, broken)) < RANK_TROUBLE)
        broken++;
    const unsigned trouble = stopped->len - broken;
    fputs("<h1>", stdout);
    if (stopped->len == 0)
        msturn_html_text(report->paths->len > 0 ? "No path stopped" : "No call found");
    if (broken > 0)
        msturn_html_printf("%u of %u path%s broken", broken, report->paths->len,
                           plurality(report->paths->len, "", "s"));
    if (broken > 0 && trouble > 0)
        msturn_html_printf(", %u with trouble", trouble);
    else if (trouble > 0)
        msturn_html_printf("%u of %u path%s with trouble", trouble, report->paths->len,
                           plurality(report->paths->len, "", "s"));
    fputs("</h1>\n", stdout);
}

void msturn_report_html(const struct msturn_report *report)
{
    GPtrArray *groups = msturn_group_problems(report), *stopped = stopped_paths(report);

    fputs(head, stdout);
    write_headline(report, stopped);
    write_lines("p", NULL, msturn_tally_text(report, groups));
    write_lines("p", NULL, msturn_unclaimed_text(report));
    write_answers(report, stopped);
    write_lines("p", "made", msturn_heading_text(report));
    write_drawn(report, stopped);
    write_other_paths(report, stopped->len);
    write_findings(report, groups);
    fputs("</body>\n</html>\n", stdout);
    g_ptr_array_unref(stopped);
    g_ptr_array_unref(groups);
}
