/* test_names.c
 * names: every number has the name that the registry gives it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "csv.h"
#include "plugin/message/names.h"
#include "plugin/wire/wire.h"

#include <glib.h>

/* RFC 8489 section 18.2 and the registries that extend it. */
static void test_method_names_are_the_registered_ones(void)
{
    GPtrArray *rows = csv_read("stun-methods.csv", 8);

    for (guint i = 0; i < rows->len; i++) {
        char **row = g_ptr_array_index(rows, i);
        g_assert_cmpstr(msturn_method_find((uint16_t)csv_number(row[0]))->name, ==, row[1]);
    }
    g_ptr_array_unref(rows);
}

/* Types of the classes that a method is used in: RFC 8656 section 17, RFC 6062 section 6.1. */
static void test_methods_have_the_classes_that_are_used(void)
{
    GPtrArray *rows = csv_read("stun-methods.csv", 8);
    enum { REQUEST = 3, COUNT = 4 };

    for (guint i = 0; i < rows->len; i++) {
        char **row = g_ptr_array_index(rows, i);
        const struct msturn_method *method = msturn_method_find((uint16_t)csv_number(row[0]));
        for (unsigned j = 0; j < COUNT; j++) {
            const bool used = row[REQUEST + j][0] != '\0';
            if (!!(method->classes & 1u << j) != used)
                g_error("%s: class %u is %sused", method->name, j, used ? "" : "not ");
            if (used)
                g_assert_cmpint(msturn_class_bits((uint16_t)csv_number(row[REQUEST + j])), ==, j);
        }
    }
    g_ptr_array_unref(rows);
}

/* RFC 8489 section 18.4 and the registries that extend it. */
static void test_error_names_are_the_registered_ones(void)
{
    GPtrArray *rows = csv_read("stun-error-codes.csv", 3);

    for (guint i = 0; i < rows->len; i++) {
        char **row = g_ptr_array_index(rows, i);
        g_assert_cmpstr(msturn_name_of(msturn_error_names, csv_number(row[0])), ==, row[1]);
    }
    g_ptr_array_unref(rows);
}

/* RFC 8489 section 5, 14.1 and 18.5.1; RFC 8656 section 18.8; RFC 6062 section 4.1. */
static void test_short_lists(void)
{
    g_assert_cmpstr(msturn_name_of(msturn_class_names, 0), ==, "Request");
    g_assert_cmpstr(msturn_name_of(msturn_class_names, 1), ==, "Indication");
    g_assert_cmpstr(msturn_name_of(msturn_class_names, 2), ==, "Success Response");
    g_assert_cmpstr(msturn_name_of(msturn_class_names, 3), ==, "Error Response");
    g_assert_cmpstr(msturn_name_of(msturn_family_names, 1), ==, "IPv4");
    g_assert_cmpstr(msturn_name_of(msturn_family_names, 2), ==, "IPv6");
    g_assert_cmpstr(msturn_name_of(msturn_transport_names, 6), ==, "TCP");
    g_assert_cmpstr(msturn_name_of(msturn_transport_names, 17), ==, "UDP");
    g_assert_cmpstr(msturn_name_of(msturn_algorithm_names, 1), ==, "MD5");
    g_assert_cmpstr(msturn_name_of(msturn_algorithm_names, 2), ==, "SHA-256");
}

/* Of two rows for one number the second would never be seen. */
static void test_numbers_ascend(void)
{
    static const struct msturn_name *const lists[] = { msturn_class_names,     msturn_ms_class_names,
                                                       msturn_error_names,     msturn_family_names,
                                                       msturn_transport_names, msturn_algorithm_names };

    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (unsigned j = 1; lists[i][j].name; j++)
            g_assert_cmpuint(lists[i][j - 1].value, <, lists[i][j].value);
    }
}

static void test_unknown_numbers_have_no_name(void)
{
    g_assert_null(msturn_method_find(0x000));
    g_assert_null(msturn_method_find(0x005)); /* reserved, RFC 8489 section 18.2 */
    g_assert_null(msturn_method_find(0x101));
    g_assert_null(msturn_name_of(msturn_class_names, 4));
    g_assert_null(msturn_name_of(msturn_error_names, 0));
    g_assert_null(msturn_name_of(msturn_error_names, 699));
    g_assert_null(msturn_name_of(msturn_family_names, 0));
    g_assert_null(msturn_name_of(msturn_family_names, UINT32_MAX));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/names/method_names_are_the_registered_ones", test_method_names_are_the_registered_ones);
    g_test_add_func("/names/methods_have_the_classes_that_are_used", test_methods_have_the_classes_that_are_used);
    g_test_add_func("/names/error_names_are_the_registered_ones", test_error_names_are_the_registered_ones);
    g_test_add_func("/names/short_lists", test_short_lists);
    g_test_add_func("/names/numbers_ascend", test_numbers_ascend);
    g_test_add_func("/names/unknown_numbers_have_no_name", test_unknown_numbers_have_no_name);
    return g_test_run();
}
