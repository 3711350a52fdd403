/* test_texts.c
 * track, verdict: decimals, addresses, and texts that are put together.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/state.h"
#include "plugin/verdict/evaluation_parts.h"

static wmem_allocator_t *scope;

/* printf() is right: C says how it rounds. */
static void assert_as_printf(double number)
{
    char expected[G_ASCII_DTOSTR_BUF_SIZE], format[] = "%.0f";

    for (unsigned decimals = 0; decimals <= 6; decimals++) {
        format[2] = (char)('0' + decimals);
        g_ascii_formatd(expected, sizeof expected, format, number);
        g_assert_cmpstr(msturn_decimal_text(scope, number, decimals), ==, expected);
    }
}

/* Between two decimals, where binary fractions are a little less or more than they seem, or just that. */
static void test_decimals(void)
{
    for (unsigned i = 0; i < 5000; i++) {
        assert_as_printf(i * 50 / 1e3);
        assert_as_printf(i * 500 / 1e9);
        assert_as_printf(-((i + 1) / 128.0));
        assert_as_printf(i * 1234567.0 + i / 64.0);
        wmem_free_all(scope);
    }
    assert_as_printf(9e9); /* seconds: three centuries */
    g_assert_cmpstr(msturn_decimal_text(scope, -1e19, 6), ==, "-9000000000000.000000");
}

static void test_addresses(void)
{
    const struct msturn_endpoint ipv4 = { 4, { 192, 0, 2, 10 }, 3478 },
                                 ipv6 = { 6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 65535 }, lowest = { 4, { 0 }, 0 },
                                 none = { 0 };

    g_assert_cmpstr(msturn_host_text(scope, &ipv4), ==, "192.0.2.10");
    g_assert_cmpstr(msturn_address_text(scope, &ipv4), ==, "192.0.2.10:3478");
    g_assert_cmpstr(msturn_host_text(scope, &ipv6), ==, "2001:db8::1");
    g_assert_cmpstr(msturn_address_text(scope, &ipv6), ==, "[2001:db8::1]:65535");
    g_assert_cmpstr(msturn_address_text(scope, &lowest), ==, "0.0.0.0:0");
    g_assert_cmpstr(msturn_host_text(scope, &none), ==, "an unknown host");
}

static void test_joined(void)
{
    g_assert_cmpstr(msturn_number_text(scope, 0), ==, "0");
    g_assert_cmpstr(msturn_number_text(scope, UINT32_MAX), ==, "4294967295");
    g_assert_cmpstr(MSTURN_JOIN(scope, "frame ", msturn_number_text(scope, 20), "", ")"), ==, "frame 20)");
    g_assert_cmpstr(MSTURN_JOIN(scope, ""), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", TRUE); /* AddressSanitizer sees the end of each block */
    wmem_init();
    scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    g_test_add_func("/texts/decimals", test_decimals);
    g_test_add_func("/texts/addresses", test_addresses);
    g_test_add_func("/texts/joined", test_joined);
    const int result = g_test_run();
    wmem_destroy_allocator(scope);
    wmem_cleanup();
    return result;
}
