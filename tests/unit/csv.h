/* csv.h
 * The registry data in tests/data, row by row.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_CSV_H
#define MSTURN_TEST_CSV_H

#include <glib.h>
#include <stdint.h>

/* The rows of tests/data/`file`, each a NULL-terminated array of `columns` cells (gchar **); the row of
 * headings is left out. Fails the test when a row has another number of cells. */
GPtrArray *csv_read(const char *file, guint columns);

/* The number in a cell, decimal or with 0x in front; fails the test when there is none. */
uint32_t csv_number(const char *cell);

#endif
