/* stats_tables.c
 * The tables of sessions and pairs as windows below Statistics.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/stats.h"

#include "plugin/output/stats_tables.h"

#include <epan/stat_tap_ui.h>

struct window {
    const struct msturn_stats_table *table;
    stat_tap_table_ui ui;
    stat_tap_table_item columns[MSTURN_STATS_COLUMNS_MAX];
};

static struct window windows[MSTURN_STATS_TABLES];

static const struct msturn_stats_table *table_of(const stat_tap_table_ui *ui)
{
    unsigned i = 0;

    while (i < MSTURN_STATS_TABLES - 1 && &windows[i].ui != ui)
        i++;
    return windows[i].table;
}

/* ---- cells ---- */

static stat_tap_table_item_type cell_of(wmem_allocator_t *scope, const struct msturn_stats_column *column,
                                        const void *item)
{
    const struct msturn_cell cell = column->cell(scope, item);
    stat_tap_table_item_type shown = { .type = column->is_number ? TABLE_ITEM_UINT : TABLE_ITEM_STRING };

    if (column->is_number)
        shown.value.uint_value = cell.number;
    else
        shown.value.string_value = g_strdup(cell.text ? cell.text : "");
    return shown;
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

/* The row whose first column is this number, or the one behind the last. The last ones are asked for most. */
static unsigned find_row(const stat_tap_table *rows, uint32_t id)
{
    for (unsigned row = rows->num_elements; row > 0; row--) {
        if (stat_tap_get_field_data(rows, row - 1, 0)->value.uint_value == id)
            return row - 1;
    }
    return rows->num_elements;
}

static void set_row(wmem_allocator_t *scope, stat_tap_table *rows, unsigned row, const struct msturn_stats_table *table,
                    const void *item)
{
    stat_tap_table_item_type cells[MSTURN_STATS_COLUMNS_MAX];

    if (row < rows->num_elements)
        free_row(rows, row);
    for (unsigned column = 0; column < table->count; column++)
        cells[column] = cell_of(scope, &table->columns[column], item);
    stat_tap_init_table_row(rows, row, table->count, cells);
}

/* A window is mostly filled when all frames were seen once: then a row says how everything ended. While frames are
 * captured it says what is known by now. */
static tap_packet_status take_message(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                      tap_flags_t flags _U_)
{
    const stat_data_t *window = tapdata;
    const struct msturn_stats_table *table = table_of(window->stat_tap_data);
    stat_tap_table *rows = g_array_index(window->stat_tap_data->tables, stat_tap_table *, 0);
    const struct msturn_tap *message = data;
    const void *item = table->item_of(message);

    if (!item)
        return TAP_PACKET_DONT_REDRAW;
    if (message->final)
        msturn_judge();
    const unsigned row = find_row(rows, table->columns[0].cell(pinfo->pool, item).number);
    if (message->final && row < rows->num_elements)
        return TAP_PACKET_DONT_REDRAW;
    set_row(pinfo->pool, rows, row, table, item);
    return TAP_PACKET_REDRAW;
}

/* ---- windows ---- */

static void clear(stat_tap_table *rows)
{
    for (unsigned row = 0; row < rows->num_elements; row++) {
        free_row(rows, row);
        g_free(rows->elements[row]);
    }
    rows->num_elements = 0;
}

static void open_window(stat_tap_table_ui *ui)
{
    stat_tap_table *rows = stat_tap_find_table(ui, ui->title);

    if (rows)
        clear(rows);
    else
        stat_tap_add_table(ui, stat_tap_init_table(ui->title, (int)ui->nfields, 0, NULL));
}

static void set_up(struct window *window, const struct msturn_stats_table *table)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };

    window->table = table;
    for (unsigned i = 0; i < table->count; i++) {
        window->columns[i] = (stat_tap_table_item){
            .type = table->columns[i].is_number ? TABLE_ITEM_UINT : TABLE_ITEM_STRING,
            .align = table->columns[i].is_number ? TAP_ALIGN_RIGHT : TAP_ALIGN_LEFT,
            .column_name = table->columns[i].title,
            .field_format = table->columns[i].is_number ? "%u" : "%s",
        };
    }
    window->ui = (stat_tap_table_ui){
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = table->title,
        .tap_name = MSTURN_TAP_NAME,
        .cli_string = table->option,
        .stat_tap_init_cb = open_window,
        .packet_func = take_message,
        .stat_tap_reset_table_cb = clear,
        .stat_tap_free_table_item_cb = free_cell,
        .nfields = table->count,
        .fields = window->columns,
        .nparams = array_length(parameters),
        .params = parameters,
    };
}

void msturn_stats_tables_register(void)
{
    for (unsigned i = 0; i < MSTURN_STATS_TABLES; i++) {
        set_up(&windows[i], &msturn_stats_tables[i]);
        register_stat_tap_table_ui(&windows[i].ui);
    }
}
