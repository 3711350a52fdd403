/* report_table.h
 * Tables of text, with columns as wide as what is in them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_REPORT_TABLE_H
#define MSTURN_REPORT_TABLE_H

#include "plugin/compat.h"

struct msturn_column {
    const char *title;
    bool is_number; /* aligned on the right */
};

struct msturn_table {
    wmem_allocator_t *scope; /* of the table and of its cells */
    const struct msturn_column *columns;
    unsigned count;     /* of columns */
    wmem_list_t *cells; /* of const char *, row by row */
};

/* An empty table. */
struct msturn_table *msturn_table_new(wmem_allocator_t *scope, const struct msturn_column *columns, unsigned count);

/* Adds the next cell, row by row; NULL: nothing to say. */
void msturn_table_add(struct msturn_table *table, const char *text);
void msturn_table_add_number(struct msturn_table *table, uint32_t number);

/* Prints it with a heading, indented. A column with nothing in it is left out, and so is a table. */
void msturn_table_print(const struct msturn_table *table, const char *heading);

#endif
