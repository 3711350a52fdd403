/* windows.c
 * The tables of paths, sessions, pairs and candidates as windows below Statistics.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/stats.h"

#include "plugin/host/every_frame.h"
#include "plugin/host/silent_tap.h"
#include "plugin/host/tap.h"
#include "plugin/output/columns.h"
#include "plugin/output/report.h"
#include "plugin/output/told.h"

#include <epan/stat_tap_ui.h>

#include <string.h>

struct window {
    const char *option, *title, *tap;
    const struct msturn_columns *columns;
    /* that a message belongs to: after the first ones the next one, or NULL */
    const void *(*next_item)(const struct msturn_evaluation *evaluation, const struct msturn_tap *message,
                             const void *before);
    stat_tap_table_ui ui;
    GHashTable *rows; /* by the number of the item: its row + 1 */
};

/* ---- what a message belongs to ---- */

static const void *session_of_message(const struct msturn_evaluation *evaluation, const struct msturn_tap *message)
{
    const bool is_new = message->session && message->session->id >= msturn_evaluated_sessions(evaluation);

    return is_new ? NULL : message->session;
}

static const void *pair_of_message(const struct msturn_evaluation *evaluation, const struct msturn_tap *message)
{
    const struct msturn_peer_connection *peer_connection = message->transaction->exchange->peer_connection;
    const struct msturn_leg *leg = message->leg ? message->leg : message->carries;

    if (!leg && peer_connection)
        leg = peer_connection->leg;
    return msturn_outcome_of_leg(evaluation, leg);
}

static const void *path_of_message(const struct msturn_evaluation *evaluation, const struct msturn_tap *message)
{
    const struct msturn_path *path = msturn_path_of_pair(evaluation, pair_of_message(evaluation, message));

    return path ? path : msturn_path_of_session(evaluation, session_of_message(evaluation, message));
}

static const void *only_session(const struct msturn_evaluation *evaluation, const struct msturn_tap *message,
                                const void *before)
{
    return before ? NULL : session_of_message(evaluation, message);
}

static const void *only_pair(const struct msturn_evaluation *evaluation, const struct msturn_tap *message,
                             const void *before)
{
    return before ? NULL : pair_of_message(evaluation, message);
}

static const void *only_path(const struct msturn_evaluation *evaluation, const struct msturn_tap *message,
                             const void *before)
{
    return before || message->kind != MSTURN_TAP_MESSAGE ? NULL : path_of_message(evaluation, message);
}

/* Those of the message's pair, or of the descriptions in the frame; and those that have no pair, or are of a log, which has no frames. */
static const void *next_candidate(const struct msturn_evaluation *evaluation, const struct msturn_tap *message,
                                  const void *before)
{
    const struct msturn_candidate_outcome *last = before;
    const struct msturn_candidate_outcome *each = last ? last->next : msturn_candidate_outcomes(evaluation);
    const void *pair = message->kind == MSTURN_TAP_MESSAGE ? pair_of_message(evaluation, message) : NULL;

    if (message->kind != MSTURN_TAP_MESSAGE && message->kind != MSTURN_TAP_OFFER)
        return NULL;
    while (each && each->pair && each->pair != pair && each->candidate->description->event.frame != message->frame)
        each = each->next;
    return each;
}

enum { PATHS_WINDOW };

static struct window windows[] = {
    [PATHS_WINDOW] = {
        .option = MSTURN_PATHS_OPTION,
        .title = MSTURN_PATHS_TITLE,
        .columns = &msturn_path_columns,
        .next_item = only_path,
        .tap = MSTURN_EVENT_TAP_NAME, /* which tells of connections without messages too */
    },
    {
        .option = MSTURN_SESSIONS_OPTION,
        .title = MSTURN_SESSIONS_TITLE,
        .columns = &msturn_session_columns,
        .next_item = only_session,
        .tap = MSTURN_TAP_NAME,
    },
    {
        .option = MSTURN_PAIRS_OPTION,
        .title = MSTURN_PAIRS_TITLE,
        .columns = &msturn_pair_columns,
        .next_item = only_pair,
        .tap = MSTURN_TAP_NAME,
    },
    {
        .option = MSTURN_CANDIDATES_OPTION,
        .title = MSTURN_CANDIDATES_TITLE,
        .columns = &msturn_candidate_columns,
        .next_item = next_candidate,
        .tap = MSTURN_EVENT_TAP_NAME, /* which tells of descriptions too */
    },
};

/* Wireshark hands over its own structure for a window, or only its rows; these have the window's title. */
static struct window *window_of(const char *title)
{
    unsigned i = 0;

    while (i < array_length(windows) - 1 && strcmp(windows[i].title, title) != 0)
        i++;
    return &windows[i];
}

/* ---- cells ---- */

static stat_tap_table_item_type cell_of(const struct msturn_report *report, const struct msturn_column *column,
                                        const void *item)
{
    const struct msturn_cell value = column->value(report, item);

    if (column->is_number && value.kind == MSTURN_CELL_NONE)
        return (stat_tap_table_item_type){ .type = TABLE_ITEM_NONE }; /* 0 would be a number, too */
    if (column->is_number)
        return (stat_tap_table_item_type){ .type = TABLE_ITEM_UINT, .value.uint_value = value.number };
    const char *text = msturn_cell_text(report->scope, &value);
    return (stat_tap_table_item_type){ .type = TABLE_ITEM_STRING, .value.string_value = g_strdup(text ? text : "") };
}

static void free_cell(stat_tap_table *rows _U_, unsigned row _U_, unsigned column _U_, stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

/* ---- rows ---- */

static void free_row(stat_tap_table *rows, unsigned row)
{
    for (unsigned column = 0; column < rows->num_fields; column++)
        free_cell(rows, row, column, stat_tap_get_field_data(rows, row, column));
}

/* The first column. */
static void *number_of(const struct window *window, const struct msturn_report *report, const void *item)
{
    return GUINT_TO_POINTER(window->columns->rows[0].value(report, item).number);
}

/* The row with this number, or the one after the last. */
static unsigned lookup_row(const struct window *window, const stat_tap_table *rows, const void *number)
{
    const unsigned found = GPOINTER_TO_UINT(g_hash_table_lookup(window->rows, number));

    return found > 0 ? found - 1 : rows->num_elements;
}

static void set_row(const struct window *window, stat_tap_table *rows, unsigned row, const struct msturn_report *report,
                    const void *item)
{
    stat_tap_table_item_type *cells = wmem_alloc_array(report->scope, stat_tap_table_item_type, window->columns->count);
    const struct msturn_column *column;
    unsigned count = 0, index = 0;

    if (row < rows->num_elements)
        free_row(rows, row);
    while ((column = msturn_column_next(window->columns, MSTURN_VIEW_STATISTICS, &index)))
        cells[count++] = cell_of(report, column, item);
    stat_tap_init_table_row(rows, row, count, cells);
}

/* Does it change anything? What all frames have told once stays as it is. */
static bool update_item(const struct window *window, stat_tap_table *rows, const struct msturn_report *report,
                        const void *item, bool final)
{
    void *number = number_of(window, report, item);
    const unsigned row = lookup_row(window, rows, number);

    if (final && row < rows->num_elements)
        return false;
    set_row(window, rows, row, report, item);
    g_hash_table_insert(window->rows, number, GUINT_TO_POINTER(row + 1));
    return true;
}

/* A connection to a TURN server without messages. If the window was closed in between, it has no table. */
static void show_silent(const struct msturn_flow *flow)
{
    const struct window *window = &windows[PATHS_WINDOW];
    struct msturn_told_path *told = msturn_told_new();
    const struct msturn_report report = { .scope = told->scope, .told = told, .evaluation = msturn_evaluation_now() };
    const struct msturn_path *path = msturn_path_of_flow(report.evaluation, flow);

    if (path && window->ui.tables && window->ui.tables->len > 0)
        update_item(window, g_array_index(window->ui.tables, stat_tap_table *, 0), &report, path, false);
    msturn_told_free(told);
}

/* A window is mostly filled after all frames were seen once: then a row says how everything ended. While frames are
 * captured it says what is known so far, and is written again for each message. */
static tap_packet_status update_rows(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                     tap_flags_t flags _U_)
{
    const stat_tap_table_ui *ui = ((const stat_data_t *)tapdata)->stat_tap_data;
    const struct window *window = window_of(ui->title);
    stat_tap_table *rows = g_array_index(ui->tables, stat_tap_table *, 0);
    const struct msturn_tap *message = data;
    const void *item = NULL;
    bool changed = false;

    if (message->kind == MSTURN_TAP_SILENT) {
        if (window == &windows[PATHS_WINDOW])
            msturn_silent_await(message->stream, show_silent);
        return TAP_PACKET_REDRAW;
    }
    struct msturn_told_path told = { .scope = pinfo->pool };
    const struct msturn_report report = {
        .scope = pinfo->pool,
        .told = &told,
        .evaluation = message->final ? msturn_evaluation_now() : msturn_evaluation_lately(),
    };
    while ((item = window->next_item(report.evaluation, message, item)))
        changed |= update_item(window, rows, &report, item, message->final);
    return changed ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
}

/* ---- windows ---- */

static void clear_rows(stat_tap_table *rows)
{
    for (unsigned row = 0; row < rows->num_elements; row++) {
        free_row(rows, row);
        g_free(rows->elements[row]);
    }
    rows->num_elements = 0;
    g_hash_table_remove_all(window_of(rows->title)->rows);
}

/* The rows of a window that was open before may be gone, without a word. */
static void open_window(stat_tap_table_ui *ui)
{
    stat_tap_table *rows = stat_tap_find_table(ui, ui->title);

    msturn_silent_listen();
    msturn_every_frame_begin();
    g_hash_table_remove_all(window_of(ui->title)->rows);
    if (rows)
        clear_rows(rows);
    else
        stat_tap_add_table(ui, stat_tap_init_table(ui->title, (int)ui->nfields, 0, NULL));
}

static void register_window(struct window *window)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    stat_tap_table_item *fields = wmem_alloc_array(wmem_epan_scope(), stat_tap_table_item, window->columns->count);
    const struct msturn_column *column;
    unsigned count = 0, index = 0;

    while ((column = msturn_column_next(window->columns, MSTURN_VIEW_STATISTICS, &index))) {
        fields[count++] = (stat_tap_table_item){
            .type = column->is_number ? TABLE_ITEM_UINT : TABLE_ITEM_STRING,
            .align = column->is_number ? TAP_ALIGN_RIGHT : TAP_ALIGN_LEFT,
            .column_name = column->names[MSTURN_VIEW_STATISTICS],
            .field_format = column->is_number ? "%u" : "%s",
        };
    }
    window->rows = g_hash_table_new(NULL, NULL);
    window->ui = (stat_tap_table_ui){
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = window->title,
        .tap_name = window->tap,
        .cli_string = window->option,
        .stat_tap_init_cb = open_window,
        .packet_func = update_rows,
        .stat_tap_reset_table_cb = clear_rows,
        .stat_tap_free_table_item_cb = free_cell,
        .nfields = count,
        .fields = fields,
        .nparams = array_length(parameters),
        .params = parameters,
    };
    register_stat_tap_table_ui(&window->ui);
}

void msturn_windows_register(void)
{
    for (unsigned i = 0; i < array_length(windows); i++)
        register_window(&windows[i]);
}
