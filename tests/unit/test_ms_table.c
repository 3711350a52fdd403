/* test_ms_table.c
 * attrs: Microsoft's attributes in both tables against tests/data/microsoft-attributes.csv.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The rows were typed in from the documents' sections, not from the tables. Two lengths are "any": Secure Tag
 * and Candidate Identifier, whose layouts are not published.
 */
#include "csv.h"
#include "plugin/message/attrs.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { TYPE, DIALECT, NAME, LENGTH, SECTION, COLUMNS };

static GPtrArray *rows;

static char **row_at(guint i)
{
    return g_ptr_array_index(rows, i);
}

static bool is_ms_only(char **row)
{
    return strcmp(row[DIALECT], "ms-turn") == 0;
}

static const struct msturn_attr *lookup(char **row)
{
    const struct msturn_attr *attr = msturn_attr_lookup(MSTURN_DIALECT_MS_TURN, (uint16_t)csv_number(row[TYPE]));

    if (!attr)
        g_error("%s %s is not in the table", row[TYPE], row[NAME]);
    return attr;
}

/* As tests/data/README.md writes it. */
static bool rule_allows(const char *rule, unsigned length)
{
    unsigned min, max, step;

    if (strcmp(rule, "any") == 0)
        return true;
    if (sscanf(rule, "%u-%u step %u", &min, &max, &step) == 3)
        return length >= min && length <= max && (length - min) % step == 0;
    if (sscanf(rule, "%u-%u", &min, &max) == 2)
        return length >= min && length <= max;
    if (sscanf(rule, "%u/%u", &min, &max) == 2)
        return length == min || length == max;
    return length == csv_number(rule);
}

/* Small letters, blanks and hyphens alike, without the "MS-" that the optional space has in front. */
static char *plain_name(const char *name)
{
    char *plain = g_ascii_strdown(name, -1);

    g_strdelimit(plain, "-", ' ');
    if (g_str_has_prefix(plain, "ms "))
        memmove(plain, plain + 3, strlen(plain + 3) + 1);
    return plain;
}

static void test_every_attribute_has_one_row_and_its_name(void)
{
    for (guint i = 0; i < rows->len; i++) {
        char **row = row_at(i);
        const struct msturn_attr *attr = lookup(row);
        char *expected = plain_name(row[NAME]);
        char *name = plain_name(attr->name);
        g_assert_cmphex(attr->type, ==, csv_number(row[TYPE]));
        g_assert_cmpstr(name, ==, expected);
        g_free(name);
        g_free(expected);
    }
}

static void test_length_rules_are_those_of_the_sections(void)
{
    for (guint i = 0; i < rows->len; i++) {
        char **row = row_at(i);
        const struct msturn_attr *attr = lookup(row);
        for (unsigned length = 0; length <= UINT16_MAX; length++) {
            if (msturn_attr_length_fits(attr, length) != rule_allows(row[LENGTH], length))
                g_error("%s %s: \"%s\", but the table says otherwise of %u bytes", row[TYPE], row[NAME], row[LENGTH],
                        length);
        }
    }
}

static void test_references_name_the_sections(void)
{
    for (guint i = 0; i < rows->len; i++) {
        char **row = row_at(i);
        const struct msturn_attr *attr = lookup(row);
        if (!g_str_has_suffix(attr->reference, row[SECTION]))
            g_error("%s %s: section %s, the table has \"%s\"", row[TYPE], row[NAME], row[SECTION], attr->reference);
    }
}

/* [MS-TURN] 2.2.2: the mandatory space has numbers of its own, the optional space is shared. */
static void test_mandatory_space_is_of_its_own(void)
{
    unsigned own = 0;

    for (guint i = 0; i < rows->len; i++) {
        char **row = row_at(i);
        const uint16_t type = (uint16_t)csv_number(row[TYPE]);
        const struct msturn_attr *attr = lookup(row);
        const bool in_ms_table = attr >= msturn_ms_attrs && attr < msturn_ms_attrs + msturn_ms_attr_count;
        g_assert_cmpint(in_ms_table, ==, is_ms_only(row));
        g_assert_cmpint(is_ms_only(row), ==, type < 0x8000);
        if (is_ms_only(row))
            own++;
        else
            g_assert_true(attr == msturn_attr_lookup(MSTURN_DIALECT_RFC, type));
    }
    g_assert_cmpuint(own, ==, msturn_ms_attr_count);
}

static void test_every_microsoft_row_is_in_the_sections(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        const struct msturn_attr *attr = &msturn_attrs[i];
        if (!strstr(attr->reference, "[MS-") && !strstr(attr->reference, "Microsoft"))
            continue;
        bool found = false;
        for (guint j = 0; j < rows->len; j++)
            found = found || csv_number(row_at(j)[TYPE]) == attr->type;
        if (!found)
            g_error("0x%04x %s is not in the sections", attr->type, attr->name);
    }
}

static void test_rows_ascend_strictly_and_are_found(void)
{
    for (unsigned i = 0; i < msturn_ms_attr_count; i++) {
        if (i > 0)
            g_assert_cmpuint(msturn_ms_attrs[i - 1].type, <, msturn_ms_attrs[i].type);
        g_assert_true(msturn_attr_lookup(MSTURN_DIALECT_MS_TURN, msturn_ms_attrs[i].type) == &msturn_ms_attrs[i]);
    }
}

/* Numbers of RFC 8489 and RFC 8656 mean nothing in MS-TURN. */
static void test_rfc_numbers_of_the_mandatory_space_are_unknown(void)
{
    static const uint16_t rfc[] = { 0x0016, 0x0018, 0x0019, 0x001A, 0x001C, 0x0020, 0x0024, 0x0025, 0x002A };

    for (guint i = 0; i < G_N_ELEMENTS(rfc); i++) {
        g_assert_null(msturn_attr_lookup(MSTURN_DIALECT_MS_TURN, rfc[i]));
        g_assert_nonnull(msturn_attr_lookup(MSTURN_DIALECT_RFC, rfc[i]));
        g_assert_nonnull(msturn_attr_lookup(MSTURN_DIALECT_RFC3489, rfc[i]));
    }
}

/* What the decoders rely on. */
static void test_parts_are_consistent(void)
{
    for (unsigned i = 0; i < msturn_ms_attr_count; i++) {
        unsigned count;
        const struct msturn_part *parts = msturn_attr_parts(&msturn_ms_attrs[i], &count);
        g_assert_cmpuint(count, >, 0);
        for (unsigned j = 0; j < count; j++) {
            g_assert_cmpint(parts[j].suffix == NULL, ==, j == 0);
            if (parts[j].kind == MSTURN_KIND_NUMBER || parts[j].kind == MSTURN_KIND_HEX)
                g_assert_true(parts[j].width == 1 || parts[j].width == 2 || parts[j].width == 4);
        }
    }
}

/* One filter name, one kind of value: a name that both tables have is of one form in both. */
static void test_shared_filter_names_have_one_form(void)
{
    for (unsigned i = 0; i < msturn_ms_attr_count; i++) {
        for (unsigned j = 0; j < msturn_attr_count; j++) {
            if (strcmp(msturn_ms_attrs[i].abbrev, msturn_attrs[j].abbrev) == 0)
                g_assert_true(msturn_ms_attrs[i].shape == msturn_attrs[j].shape);
        }
    }
}

/* What a user reads of a field: one sentence of plain text, which is not just the section's number. */
static void check_sentence(const char *name, const char *text)
{
    if (!text || strlen(text) < 12 || !strchr(text, ' ') || !g_ascii_isupper(text[0]) || g_str_has_suffix(text, ".") ||
        g_str_has_prefix(text, "RFC ") || g_str_has_prefix(text, "["))
        g_error("%s: \"%s\" does not say what it means", name, text ? text : "");
}

static void test_every_row_and_part_says_what_it_means(void)
{
    for (unsigned i = 0; i < msturn_ms_attr_count; i++) {
        const struct msturn_attr *attr = &msturn_ms_attrs[i];
        unsigned count;
        const struct msturn_part *parts = msturn_attr_parts(attr, &count);
        check_sentence(attr->name, attr->meaning);
        for (unsigned j = 1; j < count; j++) {
            if (parts[j].kind != MSTURN_KIND_RESERVED)
                check_sentence(parts[j].suffix, parts[j].meaning);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rows = csv_read("microsoft-attributes.csv", COLUMNS);
    g_test_add_func("/ms_table/every_attribute_has_one_row_and_its_name",
                    test_every_attribute_has_one_row_and_its_name);
    g_test_add_func("/ms_table/length_rules_are_those_of_the_sections", test_length_rules_are_those_of_the_sections);
    g_test_add_func("/ms_table/references_name_the_sections", test_references_name_the_sections);
    g_test_add_func("/ms_table/mandatory_space_is_of_its_own_ms_turn_2_2_2", test_mandatory_space_is_of_its_own);
    g_test_add_func("/ms_table/every_microsoft_row_is_in_the_sections", test_every_microsoft_row_is_in_the_sections);
    g_test_add_func("/ms_table/rows_ascend_strictly_and_are_found", test_rows_ascend_strictly_and_are_found);
    g_test_add_func("/ms_table/rfc_numbers_of_the_mandatory_space_are_unknown",
                    test_rfc_numbers_of_the_mandatory_space_are_unknown);
    g_test_add_func("/ms_table/parts_are_consistent", test_parts_are_consistent);
    g_test_add_func("/ms_table/shared_filter_names_have_one_form", test_shared_filter_names_have_one_form);
    g_test_add_func("/ms_table/every_row_and_part_says_what_it_means", test_every_row_and_part_says_what_it_means);
    const int result = g_test_run();
    g_ptr_array_unref(rows);
    return result;
}
