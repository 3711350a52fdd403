/* stats_print.c
 * The tables of sessions and pairs as text: tshark -z msturn,sessions[,FILTER] and -z msturn,pairs[,FILTER].
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * tshark would print the windows' tables, too. But it reads a file once, and what a pair is like is known in the end.
 */
#include "plugin/output/stats.h"

#include "plugin/output/report_select.h"
#include "plugin/output/report_table.h"
#include "plugin/output/stats_tables.h"

#include <epan/stat_tap_ui.h>

#include <string.h>

/* One -z option at work. */
struct listener {
    const struct msturn_stats_table *table;
    char *filter; /* NULL: none */
    struct msturn_selection *selection;
};

#define RULE "===================================================================\n" /* as tshark's own tables have */

/* ---- printing ---- */

static void add_cell(struct msturn_table *text, const struct msturn_stats_column *column, const void *item)
{
    const struct msturn_cell cell = column->cell(text->scope, item);

    if (column->is_number)
        msturn_table_add_number(text, cell.number);
    else
        msturn_table_add(text, cell.text);
}

static void print_table(const struct msturn_stats_table *table, const struct msturn_report *report)
{
    struct msturn_column columns[MSTURN_STATS_COLUMNS_MAX];
    const GPtrArray *items = table->items(report);

    for (unsigned i = 0; i < table->count; i++)
        columns[i] = (struct msturn_column){ table->columns[i].title, table->columns[i].is_number };
    struct msturn_table *text = msturn_table_new(report->scope, columns, table->count);
    for (unsigned row = 0; row < items->len; row++) {
        for (unsigned i = 0; i < table->count; i++)
            add_cell(text, &table->columns[i], g_ptr_array_index(items, row));
    }
    fputs(RULE, stdout);
    if (items->len > 0)
        msturn_table_print(text, table->title);
    else
        printf("\n%s: none%s\n", table->title, report->filter ? " that match the filter" : "");
    fputs(RULE, stdout);
}

/* ---- listening ---- */

static void reset(void *tapdata)
{
    const struct listener *listener = tapdata;

    msturn_selection_clear(listener->selection);
}

static tap_packet_status take_message(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                      tap_flags_t flags _U_)
{
    const struct listener *listener = tapdata;

    msturn_selection_add_message(listener->selection, pinfo->num, data);
    return TAP_PACKET_REDRAW;
}

static void draw(void *tapdata)
{
    const struct listener *listener = tapdata;
    struct msturn_report report = {
        .scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK_FAST),
        .filter = listener->filter,
        .sessions = g_ptr_array_new(),
        .peer_connections = g_ptr_array_new(),
        .pairs = g_ptr_array_new(),
        .problems = g_ptr_array_new(),
    };

    msturn_judge();
    msturn_selection_fill(listener->selection, &report);
    print_table(listener->table, &report);
    g_ptr_array_unref(report.sessions);
    g_ptr_array_unref(report.peer_connections);
    g_ptr_array_unref(report.pairs);
    g_ptr_array_unref(report.problems);
    wmem_destroy_allocator(report.scope);
}

static void finish(void *tapdata)
{
    struct listener *listener = tapdata;

    msturn_selection_free(listener->selection);
    g_free(listener->filter);
    g_free(listener);
}

/* ---- the options ---- */

static bool start_listening(const char *option, const struct msturn_stats_table *table)
{
    const char *rest = option + strlen(table->option);
    const char *filter = rest[0] == ',' && rest[1] != '\0' ? rest + 1 : NULL;

    if (rest[0] != '\0' && rest[0] != ',') {
        fprintf(stderr, "-z %s: did you mean %s[,FILTER]?\n", option, table->option);
        return false;
    }
    struct listener *listener = g_new0(struct listener, 1);
    listener->table = table;
    listener->filter = g_strdup(filter);
    listener->selection = msturn_selection_new(filter == NULL);
    GString *error = register_tap_listener(MSTURN_TAP_NAME, listener, filter, TL_REQUIRES_NOTHING, reset, take_message,
                                           draw, finish);
    if (!error)
        return true;
    fprintf(stderr, "-z %s: %s\n", option, error->str);
    g_string_free(error, TRUE);
    finish(listener);
    return false;
}

static compat_stat_init_result init(const char *option, void *userdata)
{
    COMPAT_STAT_INIT_RETURN(start_listening(option, userdata));
}

void msturn_stats_print_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };

    for (unsigned i = 0; i < MSTURN_STATS_TABLES; i++) {
        stat_tap_ui ui = {
            .group = REGISTER_STAT_GROUP_GENERIC,
            .title = msturn_stats_tables[i].title,
            .cli_string = msturn_stats_tables[i].option,
            .tap_init_cb = init,
            .nparams = array_length(parameters),
            .params = parameters,
        };
        register_stat_tap_ui(&ui, (void *)&msturn_stats_tables[i]);
    }
}
