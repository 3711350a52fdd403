/* csv.c
 * The registry data in tests/data, row by row.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "csv.h"

static void free_row(gpointer row)
{
    g_strfreev(row);
}

GPtrArray *csv_read(const char *file, guint columns)
{
    char *path = g_build_filename(MSTURN_TEST_DATA, file, NULL);
    GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
    GError *error = NULL;
    char *text;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    char **lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (guint i = 1; lines[i]; i++) {
        char **cells = g_strsplit(lines[i], ",", -1);
        if (g_strv_length(cells) != columns)
            g_error("%s:%u: %u cells instead of %u", file, i + 1, g_strv_length(cells), columns);
        g_ptr_array_add(rows, cells);
    }
    g_assert_cmpuint(rows->len, >, 0);
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    return rows;
}

uint32_t csv_number(const char *cell)
{
    char *end;
    const guint64 number = g_ascii_strtoull(cell, &end, 0);

    if (end == cell || *end != '\0' || number > UINT32_MAX)
        g_error("\"%s\" is no number", cell);
    return (uint32_t)number;
}
