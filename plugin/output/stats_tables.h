/* stats_tables.h
 * The columns of the tables of sessions and pairs, whoever shows them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_STATS_TABLES_H
#define MSTURN_STATS_TABLES_H

#include "plugin/host/tap.h"
#include "plugin/output/report.h"

enum { MSTURN_STATS_TABLES = 2, MSTURN_STATS_COLUMNS_MAX = 16 };

struct msturn_cell {
    const char *text; /* of a column of text; NULL: nothing to say */
    uint32_t number;
};

struct msturn_stats_column {
    const char *title;
    bool is_number;
    struct msturn_cell (*cell)(wmem_allocator_t *scope, const void *item);
};

struct msturn_stats_table {
    const char *option; /* of -z */
    const char *title;
    const struct msturn_stats_column *columns;
    unsigned count; /* of columns */
    GPtrArray *(*items)(const struct msturn_report *report); /* all of them */
    const void *(*item_of)(const struct msturn_tap *message); /* that a message belongs to, or NULL */
};

/* The first column of each is the item's number, by which it is found. */
extern const struct msturn_stats_table msturn_stats_tables[MSTURN_STATS_TABLES];

#endif
