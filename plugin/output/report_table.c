/* report_table.c
 * Tables of text, with columns as wide as what is in them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report_table.h"

#include <string.h>

#define GAP "  " /* in front of each column */

struct msturn_table *msturn_table_new(wmem_allocator_t *scope, const struct msturn_column *columns, unsigned count)
{
    struct msturn_table *table = wmem_new(scope, struct msturn_table);

    *table = (struct msturn_table){ scope, columns, count, wmem_list_new(scope) };
    return table;
}

void msturn_table_add(struct msturn_table *table, const char *text)
{
    wmem_list_append(table->cells, (void *)(text ? text : ""));
}

void msturn_table_add_number(struct msturn_table *table, uint32_t number)
{
    msturn_table_add(table, wmem_strdup_printf(table->scope, "%u", number));
}

/* By column; 0: nothing is in it. */
static unsigned *widths_of(const struct msturn_table *table)
{
    unsigned *widths = wmem_alloc0_array(table->scope, unsigned, table->count);
    unsigned column = 0;

    for (wmem_list_frame_t *cell = wmem_list_head(table->cells); cell; cell = wmem_list_frame_next(cell)) {
        const char *text = wmem_list_frame_data(cell);
        widths[column] = MAX(widths[column], (unsigned)g_utf8_strlen(text, -1));
        column = (column + 1) % table->count;
    }
    for (column = 0; column < table->count; column++) {
        if (widths[column] > 0)
            widths[column] = MAX(widths[column], (unsigned)g_utf8_strlen(table->columns[column].title, -1));
    }
    return widths;
}

/* A line waits for the next cell that is not empty, so that none ends with blanks. */
static void append_cell(wmem_strbuf_t *line, unsigned *pending, const char *text, unsigned width, bool is_number)
{
    const unsigned blanks = width - (unsigned)g_utf8_strlen(text, -1);

    if (text[0] == '\0') {
        *pending += blanks;
        return;
    }
    wmem_strbuf_append_printf(line, "%*s%s", (int)(*pending + (is_number ? blanks : 0)), "", text);
    *pending = is_number ? 0 : blanks;
}

/* The cells from `cell` on, or the titles; returns the cell behind them. */
static wmem_list_frame_t *print_row(const struct msturn_table *table, const unsigned *widths, wmem_list_frame_t *cell,
                                    bool is_titles)
{
    wmem_strbuf_t *line = wmem_strbuf_new(table->scope, NULL);
    unsigned pending = 0;

    for (unsigned i = 0; i < table->count; i++) {
        const struct msturn_column *column = &table->columns[i];
        if (widths[i] > 0) {
            pending += (unsigned)strlen(GAP);
            append_cell(line, &pending, is_titles ? column->title : (const char *)wmem_list_frame_data(cell), widths[i],
                        column->is_number);
        }
        if (!is_titles)
            cell = wmem_list_frame_next(cell);
    }
    puts(wmem_strbuf_get_str(line));
    return cell;
}

void msturn_table_print(const struct msturn_table *table, const char *heading)
{
    wmem_list_frame_t *cell = wmem_list_head(table->cells);
    const unsigned *widths = widths_of(table);

    if (!cell)
        return;
    printf("\n%s\n", heading);
    cell = print_row(table, widths, cell, true);
    while (cell)
        cell = print_row(table, widths, cell, false);
}
