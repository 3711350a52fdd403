/* table.h
 * Tables of text, with columns as wide as what is in them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TABLE_H
#define MSTURN_TABLE_H

#include "plugin/output/columns.h"

/* Prints these items with a heading, indented. A column with nothing in it is left out, and so is a table. */
void msturn_table_print(const struct msturn_report *report, const char *heading, const struct msturn_columns *columns,
                        enum msturn_view view, const GPtrArray *items);

#endif
