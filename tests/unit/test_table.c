/* test_table.c
 * attrs: the attribute table against the registry and the length rules of the specifications.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "csv.h"
#include "plugin/message/attrs.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { TYPE, NAME, STATUS, LENGTH, REFERENCE, COLUMNS };

static GPtrArray *registry;

static char **registry_find(uint16_t type)
{
    for (guint i = 0; i < registry->len; i++) {
        char **row = g_ptr_array_index(registry, i);
        if (csv_number(row[TYPE]) == type)
            return row;
    }
    return NULL;
}

/* tests/data/README.md says how a length rule is written. */
static bool rule_allows(const char *rule, unsigned length)
{
    unsigned min, max, step;
    int end = 0;

    if (strcmp(rule, "any") == 0)
        return true;
    if (sscanf(rule, "%u-%u step %u%n", &min, &max, &step, &end) == 3 && rule[end] == '\0')
        return length >= min && length <= max && (length - min) % step == 0;
    if (sscanf(rule, "%u-%u%n", &min, &max, &end) == 2 && rule[end] == '\0')
        return length >= min && length <= max;
    if (sscanf(rule, "%u/%u%n", &min, &max, &end) == 2 && rule[end] == '\0')
        return length == min || length == max;
    return length == csv_number(rule);
}

/* RFC 8489 section 18.3. */
static void test_registered_attributes_have_a_row(void)
{
    for (guint i = 0; i < registry->len; i++) {
        char **row = g_ptr_array_index(registry, i);
        const struct msturn_attr *attr = msturn_attr_find((uint16_t)csv_number(row[TYPE]));
        if (!attr && strcmp(row[STATUS], "reserved") == 0)
            continue;
        if (!attr)
            g_error("%s %s is not in the table", row[TYPE], row[NAME]);
        g_assert_cmpstr(attr->name, ==, row[NAME]);
    }
}

static void test_rows_that_are_not_registered_say_so(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        const struct msturn_attr *attr = &msturn_attrs[i];
        char **row = registry_find(attr->type);
        const char *expected = !row ? "unregistered" : strcmp(row[STATUS], "reserved") == 0 ? "reserved" : "";
        if (!g_str_has_prefix(attr->reference, expected)) {
            g_test_message("0x%04x %s is %s, its reference says \"%s\"", attr->type, attr->name, expected,
                           attr->reference);
            g_test_fail();
        }
    }
}

/* The section of the RFC in which an attribute's length stands is part of the registry's row. */
static void test_length_rules_are_those_of_the_specifications(void)
{
    for (guint i = 0; i < registry->len; i++) {
        char **row = g_ptr_array_index(registry, i);
        const struct msturn_attr *attr = msturn_attr_find((uint16_t)csv_number(row[TYPE]));
        for (unsigned length = 0; attr && length <= UINT16_MAX; length++) {
            if (msturn_attr_length_fits(attr, length) == rule_allows(row[LENGTH], length))
                continue;
            g_test_message("%s %s: %s allows \"%s\", the table %s a value of %u bytes", row[TYPE], row[NAME],
                           row[REFERENCE], row[LENGTH], msturn_attr_length_fits(attr, length) ? "allows" : "forbids",
                           length);
            g_test_fail();
            break;
        }
    }
}

static void test_rows_ascend_strictly_and_are_found(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        if (i > 0)
            g_assert_cmpuint(msturn_attrs[i - 1].type, <, msturn_attrs[i].type);
        g_assert_true(msturn_attr_find(msturn_attrs[i].type) == &msturn_attrs[i]);
    }
}

static void test_types_without_a_row_are_not_found(void)
{
    unsigned found = 0;

    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        const struct msturn_attr *attr = msturn_attr_find((uint16_t)type);
        if (attr) {
            g_assert_cmpuint(attr->type, ==, type);
            found++;
        }
    }
    g_assert_cmpuint(found, ==, msturn_attr_count);
}

static void check_filter_name(const char *name)
{
    g_assert_cmpuint(strlen(name), >, 0);
    g_assert_cmpuint(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), ==, strlen(name));
}

/* Filter names are an interface: one name, one field. */
static void test_filter_names_are_well_formed_and_unique(void)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < msturn_attr_count; i++) {
        const struct msturn_attr *attr = &msturn_attrs[i];
        unsigned count;
        const struct msturn_part *parts = msturn_attr_parts(attr, &count);
        g_assert_cmpuint(count, >, 0);
        check_filter_name(attr->abbrev);
        for (unsigned j = 0; j < i; j++)
            g_assert_cmpstr(attr->abbrev, !=, msturn_attrs[j].abbrev);
        for (unsigned j = 0; j < count; j++) {
            if (parts[j].suffix) {
                check_filter_name(parts[j].suffix);
                g_assert_nonnull(parts[j].name);
            }
            char *filter = g_strjoin(".", attr->abbrev, parts[j].suffix, NULL);
            if (!g_hash_table_add(seen, filter))
                g_error("two fields are called %s", filter);
        }
    }
    g_hash_table_unref(seen);
}

/* What the decoders rely on: numbers fit in 32 bits, bits have a mask, addresses their size. */
static void test_parts_are_consistent(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        unsigned count;
        const struct msturn_part *parts = msturn_attr_parts(&msturn_attrs[i], &count);
        for (unsigned j = 0; j < count; j++) {
            const struct msturn_part *part = &parts[j];
            g_assert_cmpint(part->suffix == NULL, ==, j == 0); /* the attribute's own value is the first */
            switch (part->kind) {
            case MSTURN_KIND_NUMBER:
            case MSTURN_KIND_HEX:
                g_assert_true(part->width == 1 || part->width == 2 || part->width == 4);
                break;
            case MSTURN_KIND_BIT:
                g_assert_true(part->width == 1 || part->width == 4);
                g_assert_cmpuint(part->mask, !=, 0);
                break;
            case MSTURN_KIND_TYPE:
                g_assert_cmpuint(part->width, ==, 2);
                break;
            case MSTURN_KIND_IPV4:
                g_assert_cmpuint(part->width, ==, 4);
                break;
            case MSTURN_KIND_IPV6:
                g_assert_cmpuint(part->width, ==, 16);
                break;
            default:
                break;
            }
            if (part->mask) {
                g_assert_cmpuint(part->width, <=, 4);
                g_assert_cmpuint((uint64_t)part->mask >> part->width * 8, ==, 0);
            }
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
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        const struct msturn_attr *attr = &msturn_attrs[i];
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
    registry = csv_read("stun-attributes.csv", COLUMNS);
    g_test_add_func("/table/registered_attributes_have_a_row", test_registered_attributes_have_a_row);
    g_test_add_func("/table/rows_that_are_not_registered_say_so", test_rows_that_are_not_registered_say_so);
    g_test_add_func("/table/length_rules_are_those_of_the_specifications",
                    test_length_rules_are_those_of_the_specifications);
    g_test_add_func("/table/rows_ascend_strictly_and_are_found", test_rows_ascend_strictly_and_are_found);
    g_test_add_func("/table/types_without_a_row_are_not_found", test_types_without_a_row_are_not_found);
    g_test_add_func("/table/filter_names_are_well_formed_and_unique", test_filter_names_are_well_formed_and_unique);
    g_test_add_func("/table/parts_are_consistent", test_parts_are_consistent);
    g_test_add_func("/table/every_row_and_part_says_what_it_means", test_every_row_and_part_says_what_it_means);
    const int result = g_test_run();
    g_ptr_array_unref(registry);
    return result;
}
