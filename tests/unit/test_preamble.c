/* test_preamble.c
 * preamble: what may stand before STUN and TURN, and what only looks like it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/preamble.h"

#include <string.h>

static const uint8_t ssltcp_client[] = {
    0x80, 0x46, 0x01, 0x03, 0x01, 0x00, 0x2D, 0x00, 0x00, 0x00, 0x10, 0x01, 0x00, 0x80, 0x03, 0x00, 0x80, 0x07,
    0x00, 0xC0, 0x06, 0x00, 0x40, 0x02, 0x00, 0x80, 0x04, 0x00, 0x80, 0x00, 0x00, 0x04, 0x00, 0xFE, 0xFF, 0x00,
    0x00, 0x0A, 0x00, 0xFE, 0xFE, 0x00, 0x00, 0x09, 0x00, 0x00, 0x64, 0x00, 0x00, 0x62, 0x00, 0x00, 0x03, 0x00,
    0x00, 0x06, 0x1F, 0x17, 0x0C, 0xA6, 0x2F, 0x00, 0x78, 0xFC, 0x46, 0x55, 0x2E, 0xB1, 0x83, 0x39, 0xF1, 0xEA,
};

static enum msturn_preamble preamble_of(const void *data, uint32_t captured, uint32_t *length)
{
    struct msturn_bytes bytes = exact_bytes(data, captured, captured);
    const enum msturn_preamble preamble = msturn_preamble_of(bytes, length);

    free_exact_bytes(bytes);
    return preamble;
}

static bool may_precede(const void *data, uint32_t captured, uint32_t reported)
{
    struct msturn_bytes bytes = exact_bytes(data, captured, reported);
    const bool may = msturn_may_precede(bytes);

    free_exact_bytes(bytes);
    return may;
}

/* All of its bytes count. */
static void test_ssltcp_is_fixed(void)
{
    uint8_t hello[sizeof ssltcp_client];
    uint32_t length;

    g_assert_cmpint(preamble_of(ssltcp_client, sizeof ssltcp_client, &length), ==, MSTURN_PREAMBLE_SSLTCP_CLIENT);
    g_assert_cmpuint(length, ==, MSTURN_SSLTCP_CLIENT_LENGTH);
    for (uint32_t i = 0; i < sizeof hello; i++) {
        g_assert_cmpint(preamble_of(ssltcp_client, i, &length), ==, MSTURN_PREAMBLE_NONE);
        memcpy(hello, ssltcp_client, sizeof hello);
        hello[i] ^= 0x01;
        g_assert_cmpint(preamble_of(hello, sizeof hello, &length), ==, MSTURN_PREAMBLE_NONE);
    }
}

/* PROXY protocol 2.1: at most 107 characters, the end of the line included. */
static void test_proxy_v1(void)
{
    static const struct {
        const char *line;
        bool fits;
    } lines[] = {
        { "PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\r\n", true },
        { "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff1 65535 65535\r\n",
          true },
        { "PROXY UNKNOWN\r\n", true },
        { "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
          "65535\r\n",
          true },
        { "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
          "655350\r\n",
          false },
        { "PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\n", false },
        { "PROXY TCP5 192.0.2.1 192.0.2.2 1000 443\r\n", false },
        { "proxy TCP4 192.0.2.1 192.0.2.2 1000 443\r\n", false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        const uint32_t size = (uint32_t)strlen(lines[i].line);
        uint32_t length;
        const enum msturn_preamble preamble = preamble_of(lines[i].line, size, &length);
        g_assert_cmpint(preamble, ==, lines[i].fits ? MSTURN_PREAMBLE_PROXY_V1 : MSTURN_PREAMBLE_NONE);
        g_assert_true(!lines[i].fits || length == size);
        g_assert_true(may_precede(lines[i].line, size, size) == lines[i].fits);
        for (uint32_t cut = 0; cut < size; cut++)
            g_assert_cmpint(preamble_of(lines[i].line, cut, &length), ==, MSTURN_PREAMBLE_NONE);
    }
}

/* PROXY protocol 2.2: 12 bytes, version 2 with command 0 or 1, family, and the length of the rest. */
static void test_proxy_v2(void)
{
    uint8_t header[28] = { 0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51,
                           0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0x00, 0x0C };
    uint32_t length;

    g_assert_cmpint(preamble_of(header, sizeof header, &length), ==, MSTURN_PREAMBLE_PROXY_V2);
    g_assert_cmpuint(length, ==, sizeof header);
    for (uint32_t cut = 0; cut < sizeof header; cut++)
        g_assert_cmpint(preamble_of(header, cut, &length), ==, MSTURN_PREAMBLE_NONE);
    for (guint version = 0; version < 256; version++) {
        header[12] = (uint8_t)version;
        const bool fits = version == 0x20 || version == 0x21;
        g_assert_true((preamble_of(header, sizeof header, &length) == MSTURN_PREAMBLE_PROXY_V2) == fits);
    }
}

/* Each is all of a segment: RFC 1928, RFC 1929, SOCKS 4 and 4a. */
static void test_socks(void)
{
    static const struct {
        uint8_t bytes[20];
        uint32_t length;
    } steps[] = {
        { { 5, 1, 0 }, 3 },
        { { 5, 2, 0, 2 }, 4 },
        { { 5, 0 }, 2 },
        { { 1, 1, 'u', 1, 'p' }, 5 },
        { { 1, 0 }, 2 },
        { { 5, 1, 0, 1, 192, 0, 2, 1, 1, 187 }, 10 },
        { { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, 10 },
        { { 5, 1, 0, 3, 4, 't', 'u', 'r', 'n', 1, 187 }, 11 },
        { { 4, 1, 1, 187, 192, 0, 2, 1, 0 }, 9 },
        { { 4, 1, 1, 187, 0, 0, 0, 1, 0, 't', 'u', 'r', 'n', 0 }, 14 },
        { { 0, 0x5A, 0, 0, 0, 0, 0, 0 }, 8 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_assert_true(may_precede(steps[i].bytes, steps[i].length, steps[i].length));
        /* 1500 bytes are no step, whatever they begin with. */
        g_assert_false(may_precede(steps[i].bytes, steps[i].length, 1500));
    }
    g_assert_false(may_precede("", 0, 0));
    g_assert_false(may_precede("\x05", 1, 1));
    g_assert_false(may_precede("\x00\x5B\x00\x00\x00\x00\x00\x00", 8, 8));
    g_assert_false(may_precede("\x05\x01\x00\x02\x00\x00\x00\x00\x00\x00", 10, 10));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preamble/ssltcp_is_fixed", test_ssltcp_is_fixed);
    g_test_add_func("/preamble/proxy_v1", test_proxy_v1);
    g_test_add_func("/preamble/proxy_v2", test_proxy_v2);
    g_test_add_func("/preamble/socks_rfc1928", test_socks);
    return g_test_run();
}
