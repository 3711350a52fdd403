/* test_ms_fingerprint.c
 * fingerprint: FINGERPRINT by the CRC table of old Microsoft clients.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "integrity.h"
#include "plugin/wire/fingerprint.h"
#include "vectors.h"

/* microsoft.md 7.6: entry 0x5A is 0x08BBE8EA, the standard table has 0x8BBEB8EA. */
static const uint32_t wrong_entry = 0x08BBE8EA, right_entry = 0x8BBEB8EA;

/* Over one byte the result takes one entry: that of the byte's complement. */
static void test_one_entry_differs(void)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t data[2] = { (uint8_t)byte, 0 };
        const struct msturn_bytes bytes = { data, 1, 1 };
        const uint32_t difference = msturn_faulty_fingerprint(data, 1) ^ fingerprint_of(bytes, 1);
        g_assert_cmphex(difference, ==, (byte ^ 0xFF) == 0x5A ? wrong_entry ^ right_entry : 0);
    }
}

static void test_no_bytes(void)
{
    const uint8_t none = 0;

    g_assert_cmphex(msturn_faulty_fingerprint(&none, 0), ==, MSTURN_FINGERPRINT_XOR);
}

/* Eight bytes at a time give what one bit at a time gives: every length up to several times eight, from every place. */
static void test_standard_crc(void)
{
    enum { LENGTH = 40 };
    uint8_t data[LENGTH];

    for (unsigned i = 0; i < LENGTH; i++)
        data[i] = (uint8_t)(i * 151 + 7);
    for (uint32_t from = 0; from < 8; from++) {
        for (uint32_t length = 0; from + length <= LENGTH; length++) {
            const struct msturn_bytes bytes = { data + from, length, length };
            g_assert_cmphex(msturn_crc32(data + from, length) ^ MSTURN_FINGERPRINT_XOR, ==,
                            fingerprint_of(bytes, length));
        }
    }
}

/* The vectors of RFC 5769 have right FINGERPRINTs; where the faulty table is not hit it gives the same. */
static void test_mostly_agrees_with_the_standard_table(void)
{
    static const enum vector_id good[] = { VECTOR_RFC5769_REQUEST, VECTOR_RFC5769_IPV4, VECTOR_RFC5769_IPV6 };
    unsigned same = 0;

    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        GByteArray *message = vector_new(good[i]);
        const uint32_t offset = message->len - 8;
        uint32_t crc = UINT32_MAX;
        bool hit = false;
        for (uint32_t j = 0; j < offset; j++) {
            uint32_t entry = (crc ^ message->data[j]) & 0xFF;
            hit = hit || entry == 0x5A;
            for (int bit = 0; bit < 8; bit++)
                entry = entry & 1 ? entry >> 1 ^ UINT32_C(0xEDB88320) : entry >> 1;
            crc = entry ^ crc >> 8;
        }
        const bool equal =
            msturn_faulty_fingerprint(message->data, offset) == fingerprint_of(bytes_of(message), offset);
        g_assert_cmpint(equal, ==, !hit);
        same += equal;
        g_byte_array_unref(message);
    }
    g_test_message("%u of %u are the same", same, (unsigned)G_N_ELEMENTS(good));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_fingerprint/one_entry_differs_ms_ice2_3_1_4_8_2", test_one_entry_differs);
    g_test_add_func("/ms_fingerprint/no_bytes", test_no_bytes);
    g_test_add_func("/ms_fingerprint/standard_crc_rfc8489_14_7", test_standard_crc);
    g_test_add_func("/ms_fingerprint/mostly_agrees_with_the_standard_table",
                    test_mostly_agrees_with_the_standard_table);
    return g_test_run();
}
