/* test_findings_table.c
 * findings: the table as a whole, and its severities against the notes on the specifications.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "csv.h"
#include "plugin/rules/findings.h"

#include <string.h>

enum { CODE, SEVERITY, RULE, COLUMNS };
enum { FIRST = MSTURN_FINDING_NONE + 1 };

static const char *const severity_names[] = {
    [MSTURN_NOTE] = "note",
    [MSTURN_WARNING] = "warning",
    [MSTURN_ERROR] = "error",
};

static const struct msturn_finding_row *find_row(const char *code)
{
    for (int i = FIRST; i < MSTURN_FINDING_COUNT; i++) {
        if (strcmp(msturn_findings[i].code, code) == 0)
            return &msturn_findings[i];
    }
    return NULL;
}

static void test_every_row_is_complete(void)
{
    for (int i = FIRST; i < MSTURN_FINDING_COUNT; i++) {
        const struct msturn_finding_row *row = &msturn_findings[i];
        const char *const texts[] = { row->code, row->text, row->advice, row->reference };
        for (guint text = 0; text < G_N_ELEMENTS(texts); text++) {
            if (!texts[text] || texts[text][0] == '\0' || strchr(texts[text], '\n'))
                g_error("row %d (%s): a text is missing, or is not one line", i, row->code);
        }
        g_assert_true(find_row(row->code) == row);
    }
}

/* Codes are filter names behind "msturn.finding.". */
static void test_codes_are_short_lower_case_words(void)
{
    for (int i = FIRST; i < MSTURN_FINDING_COUNT; i++) {
        const char *code = msturn_findings[i].code;
        g_assert_cmpuint(strlen(code), <=, 32);
        g_assert_cmpuint(strspn(code, "abcdefghijklmnopqrstuvwxyz_"), ==, strlen(code));
    }
}

/* tests/data/README.md says what the columns are. */
static void test_severities_are_those_of_the_notes(void)
{
    GPtrArray *rows = csv_read("finding-severities.csv", COLUMNS);

    for (guint i = 0; i < rows->len; i++) {
        char **cells = g_ptr_array_index(rows, i);
        const struct msturn_finding_row *row = find_row(cells[CODE]);
        if (!row)
            g_error("%s (%s) is not in the table", cells[CODE], cells[RULE]);
        char **allowed = g_strsplit(cells[SEVERITY], "/", -1);
        if (!g_strv_contains((const char *const *)allowed, severity_names[row->severity]))
            g_error("%s is a matter of %s, %s says %s", row->code, severity_names[row->severity], cells[RULE],
                    cells[SEVERITY]);
        g_strfreev(allowed);
    }
    g_ptr_array_unref(rows);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings_table/every_row_is_complete", test_every_row_is_complete);
    g_test_add_func("/findings_table/codes_are_short_lower_case_words", test_codes_are_short_lower_case_words);
    g_test_add_func("/findings_table/severities_are_those_of_the_notes", test_severities_are_those_of_the_notes);
    return g_test_run();
}
