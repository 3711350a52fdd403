/* table.c
 * Tables of text, with columns as wide as what is in them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/table.h"

#include <stdio.h>
#include <string.h>

#define GAP "  " /* before each column */

struct table_column {
    const char *title;
    const char **cells; /* by row; "": nothing to say */
    unsigned width;     /* 0: nothing is in it */
    bool is_number;     /* aligned on the right */
};

static unsigned width_of(const char *text)
{
    return (unsigned)g_utf8_strlen(text, -1);
}

static struct table_column fill_column(const struct msturn_report *report, const struct msturn_column *source,
                                       enum msturn_view view, const GPtrArray *items)
{
    struct table_column column = {
        .title = source->names[view],
        .cells = wmem_alloc_array(report->scope, const char *, items->len),
        .is_number = source->is_number,
    };

    for (unsigned row = 0; row < items->len; row++) {
        const struct msturn_cell value = source->value(report, g_ptr_array_index(items, row));
        const char *text = msturn_cell_text(report->scope, &value);
        column.cells[row] = text ? wmem_strdup(report->scope, text) : ""; /* a path told next takes its texts away */
        column.width = MAX(column.width, width_of(column.cells[row]));
    }
    if (column.width > 0)
        column.width = MAX(column.width, width_of(column.title));
    return column;
}

/* A line waits for the next cell that is not empty, so that none ends with blanks. */
static void append_cell(wmem_strbuf_t *line, unsigned *pending, const char *text, const struct table_column *column)
{
    const unsigned blanks = column->width - width_of(text);

    *pending += (unsigned)strlen(GAP);
    if (text[0] == '\0') {
        *pending += blanks;
        return;
    }
    wmem_strbuf_append_printf(line, "%*s%s", (int)(*pending + (column->is_number ? blanks : 0)), "", text);
    *pending = column->is_number ? 0 : blanks;
}

enum { TITLES = -1 };

static void print_row(wmem_allocator_t *scope, const struct table_column *columns, unsigned count, int row)
{
    wmem_strbuf_t *line = wmem_strbuf_new(scope, NULL);
    unsigned pending = 0;

    for (unsigned i = 0; i < count; i++) {
        if (columns[i].width > 0)
            append_cell(line, &pending, row == TITLES ? columns[i].title : columns[i].cells[row], &columns[i]);
    }
    puts(wmem_strbuf_get_str(line));
}

void msturn_table_print(const struct msturn_report *report, const char *heading, const struct msturn_columns *columns,
                        enum msturn_view view, const GPtrArray *items)
{
    struct table_column *shown = wmem_alloc_array(report->scope, struct table_column, columns->count);
    const struct msturn_column *column;
    unsigned count = 0, index = 0;

    if (items->len == 0)
        return;
    while ((column = msturn_column_next(columns, view, &index)))
        shown[count++] = fill_column(report, column, view, items);
    printf("\n%s\n", heading);
    for (int row = TITLES; row < (int)items->len; row++)
        print_row(report->scope, shown, count, row);
}
