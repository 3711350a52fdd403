/* report.c
 * The reports at the end of a capture: their -z options, and THE tap listener that feeds them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * tshark would print the tables of the windows (windows.c) too. But it reads a file once, and what a pair is like is
 * known at the end.
 */
#include "plugin/output/report.h"

#include "plugin/host/silent_tap.h"
#include "plugin/output/report_select.h"
#include "plugin/output/told.h"
#include "plugin/output/table.h"

#include <epan/stat_tap_ui.h>

#include <string.h>

static void print_list(const struct msturn_report *report, const char *title, const struct msturn_columns *columns,
                       const GPtrArray *items)
{
    fputs(MSTURN_RULE, stdout);
    if (items->len > 0)
        msturn_table_print(report, title, columns, MSTURN_VIEW_STATISTICS, items);
    else
        printf("\n%s: none%s\n", title, report->filter ? " that match the filter" : "");
    fputs(MSTURN_RULE, stdout);
}

static void print_sessions(const struct msturn_report *report)
{
    print_list(report, MSTURN_SESSIONS_TITLE, &msturn_session_columns, report->sessions);
}

static void print_path_table(const struct msturn_report *report)
{
    print_list(report, MSTURN_PATHS_TITLE, &msturn_path_columns, report->paths);
}

static void print_pairs(const struct msturn_report *report)
{
    print_list(report, MSTURN_PAIRS_TITLE, &msturn_pair_columns, report->pairs);
}

static void print_candidates(const struct msturn_report *report)
{
    print_list(report, MSTURN_CANDIDATES_TITLE, &msturn_candidate_columns, report->candidates);
}

/* A -z option, and what it prints. */
struct output {
    const char *option;
    const char *title;
    void (*print)(const struct msturn_report *report);
};

static const struct output outputs[] = {
    { "msturn,report", "Paths of calls, and where they stopped", msturn_report_text },
    { "msturn,html", "Paths of calls, and where they stopped, as a page", msturn_report_html },
    { "msturn,json", "Candidate pairs and TURN sessions", msturn_report_json },
    { MSTURN_PATHS_OPTION, MSTURN_PATHS_TITLE, print_path_table },
    { MSTURN_SESSIONS_OPTION, MSTURN_SESSIONS_TITLE, print_sessions },
    { MSTURN_PAIRS_OPTION, MSTURN_PAIRS_TITLE, print_pairs },
    { MSTURN_CANDIDATES_OPTION, MSTURN_CANDIDATES_TITLE, print_candidates },
};

/* One -z option at work. */
struct listener {
    const struct output *output;
    char *filter; /* NULL: none */
    struct msturn_selection *selection;
};

/* ---- listening ---- */

static void reset_report(void *tapdata)
{
    const struct listener *listener = tapdata;

    msturn_selection_clear(listener->selection);
}

static tap_packet_status select_message(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                        tap_flags_t flags _U_)
{
    const struct listener *listener = tapdata;

    msturn_selection_add_message(listener->selection, pinfo->num, data);
    return TAP_PACKET_REDRAW;
}

/* What the first pass does not know yet: such a filter would match nothing, or something else. */
static bool asks_for_the_end(const char *filter)
{
    static const char *const late[] = { "msturn.pair.verdict", "msturn.pair.reason",   "msturn.pair.direction",
                                        "msturn.path",         "msturn.session.state", "msturn.connection.state" };

    for (size_t i = 0; filter && i < array_length(late); i++) {
        if (strstr(filter, late[i]))
            return true;
    }
    return false;
}

static void print_report(void *tapdata)
{
    const struct listener *listener = tapdata;

    if (asks_for_the_end(listener->filter) && !msturn_tap_knows_all()) {
        fprintf(stderr, "-z %s: what the filter asks for is known when all frames were seen: add -2\n",
                listener->output->option);
        return;
    }
    struct msturn_report report = {
        .scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK_FAST),
        .evaluation = msturn_evaluation_now(),
        .filter = listener->filter,
        .told = msturn_told_new(),
        .sessions = g_ptr_array_new(),
        .peer_connections = g_ptr_array_new(),
        .pairs = g_ptr_array_new(),
        .descriptions = g_ptr_array_new(),
        .candidates = g_ptr_array_new(),
        .problems = g_ptr_array_new(),
        .paths = g_ptr_array_new(),
    };

    msturn_selection_fill(listener->selection, &report);
    listener->output->print(&report);
    g_ptr_array_unref(report.sessions);
    g_ptr_array_unref(report.peer_connections);
    g_ptr_array_unref(report.pairs);
    g_ptr_array_unref(report.descriptions);
    g_ptr_array_unref(report.candidates);
    g_ptr_array_unref(report.problems);
    g_ptr_array_unref(report.paths);
    msturn_told_free(report.told);
    wmem_destroy_allocator(report.scope);
}

static void free_listener(void *tapdata)
{
    struct listener *listener = tapdata;

    msturn_selection_free(listener->selection);
    g_free(listener->filter);
    g_free(listener);
}

/* ---- the options ---- */

/* The same, as tables that are wider than most screens. What follows the option could be no filter: no field is called that. */
static const struct output wide_report = { "msturn,report,wide", "Candidate pairs and TURN sessions",
                                           msturn_report_wide };

static bool is_option(const char *option, const struct output *output)
{
    const size_t length = strlen(output->option);

    return strncmp(option, output->option, length) == 0 && (option[length] == '\0' || option[length] == ',');
}

/* The filter in the option, NULL without one; false: the option is another one. */
static bool split_option(const char *option, const struct output *output, const char **filter)
{
    const char *rest = option + strlen(output->option);

    *filter = rest[0] == ',' && rest[1] != '\0' ? rest + 1 : NULL;
    if (rest[0] == '\0' || rest[0] == ',')
        return true;
    fprintf(stderr, "-z %s: did you mean %s[,FILTER]?\n", option, output->option);
    return false;
}

static bool start_listening(const char *option, const struct output *output)
{
    const char *filter;

    if (is_option(option, &wide_report))
        output = &wide_report;
    if (!split_option(option, output, &filter))
        return false;
    struct listener *listener = g_new0(struct listener, 1);
    listener->output = output;
    listener->filter = g_strdup(filter);
    listener->selection = msturn_selection_new(filter == NULL);
    GString *error = register_tap_listener(MSTURN_TAP_NAME, listener, filter, TL_REQUIRES_NOTHING, reset_report,
                                           select_message, print_report, free_listener);
    if (!error) {
        msturn_silent_listen();
        return true;
    }
    fprintf(stderr, "-z %s: %s\n", option, error->str);
    g_string_free(error, TRUE);
    free_listener(listener);
    return false;
}

static compat_stat_init_result start_report(const char *option, void *userdata)
{
    COMPAT_STAT_INIT_RETURN(start_listening(option, userdata));
}

void msturn_report_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    static stat_tap_ui uis[array_length(outputs)];

    for (size_t i = 0; i < array_length(outputs); i++) {
        uis[i] = (stat_tap_ui){
            .group = REGISTER_STAT_GROUP_GENERIC,
            .title = outputs[i].title,
            .cli_string = outputs[i].option,
            .tap_init_cb = start_report,
            .nparams = array_length(parameters),
            .params = parameters,
        };
        register_stat_tap_ui(&uis[i], (void *)&outputs[i]);
    }
}
