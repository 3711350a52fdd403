/* test_header.c
 * wire: numbers, slices and the message header.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "csv.h"
#include "plugin/wire/wire.h"

static void test_numbers_are_big_endian(void)
{
    const uint8_t data[] = { 0x81, 0x02, 0xF3, 0x04 };

    g_assert_cmphex(msturn_get16(data), ==, 0x8102);
    g_assert_cmphex(msturn_get32(data), ==, 0x8102F304);
}

static void check_slice(uint32_t offset, uint32_t length, uint32_t captured, uint32_t reported)
{
    static const uint8_t data[6];
    const struct msturn_bytes bytes = { .data = data, .captured = 6, .reported = 10 };
    const struct msturn_bytes slice = msturn_bytes_slice(bytes, offset, length);

    g_assert_true(slice.data == data + MIN(offset, 6));
    g_assert_cmpuint(slice.captured, ==, captured);
    g_assert_cmpuint(slice.reported, ==, reported);
}

/* Of 10 reported bytes the first 6 are captured. */
static void test_slice_keeps_captured_and_reported_apart(void)
{
    check_slice(0, 10, 6, 10);
    check_slice(0, 3, 3, 3);
    check_slice(2, 8, 4, 8);
    check_slice(2, UINT32_MAX, 4, 8);
    check_slice(6, 2, 0, 2);
    check_slice(8, 2, 0, 2);
    check_slice(10, 1, 0, 0);
    check_slice(11, 1, 0, 0);
    check_slice(UINT32_MAX, UINT32_MAX, 0, 0);
    check_slice(4, 0, 0, 0);
}

/* RFC 8489 section 5 and the types of the registered methods. */
static void test_type_splits_into_method_and_class(void)
{
    enum { NUMBER, NAME, STATUS, FIRST_CLASS, REFERENCE = FIRST_CLASS + 4, COLUMNS };
    static const enum msturn_class classes[4] = { MSTURN_CLASS_REQUEST, MSTURN_CLASS_INDICATION, MSTURN_CLASS_SUCCESS,
                                                  MSTURN_CLASS_ERROR };
    GPtrArray *rows = csv_read("stun-methods.csv", COLUMNS);

    for (guint i = 0; i < rows->len; i++) {
        char **row = g_ptr_array_index(rows, i);
        for (unsigned j = 0; j < 4; j++) {
            if (*row[FIRST_CLASS + j] == '\0')
                continue;
            const uint16_t type = (uint16_t)csv_number(row[FIRST_CLASS + j]);
            GByteArray *message = message_new(type);
            struct msturn_header header;
            g_assert_true(msturn_read_header(bytes_of(message), &header));
            g_assert_cmphex(header.type, ==, type);
            g_assert_cmphex(header.method, ==, csv_number(row[NUMBER]));
            g_assert_cmpint(header.msg_class, ==, classes[j]);
            g_byte_array_unref(message);
        }
    }
    g_ptr_array_unref(rows);
}

/* RFC 8489 appendix A: all 12 bits of the method and both of the class come from their own place. */
static void test_every_type_bit_counts(void)
{
    for (unsigned method = 0; method <= 0xFFF; method++) {
        for (unsigned msg_class = 0; msg_class < 4; msg_class++) {
            const unsigned type = (method & 0xF80) << 2 | (method & 0x070) << 1 | (method & 0x00F) |
                                  (msg_class & 2) << 7 | (msg_class & 1) << 4;
            GByteArray *message = message_new((uint16_t)type);
            struct msturn_header header;
            g_assert_true(msturn_read_header(bytes_of(message), &header));
            g_assert_cmphex(header.method, ==, method);
            g_assert_cmpuint(header.msg_class, ==, msg_class);
            g_byte_array_unref(message);
        }
    }
}

/* RFC 8489 section 5: the length does not count the header. */
static void test_header_gives_length_and_transaction_id(void)
{
    GByteArray *message = message_new(0x0001);
    struct msturn_header header;

    message_add(message, 0x0013, "0123456789", 10);
    g_assert_true(msturn_read_header(bytes_of(message), &header));
    g_assert_cmpuint(header.length, ==, 4 + 12);
    g_assert_true(header.transaction_id == message->data + 8);

    message->data[2] = 0xFF;
    message->data[3] = 0xFC;
    g_assert_true(msturn_read_header(bytes_of(message), &header));
    g_assert_cmpuint(header.length, ==, 65532);
    g_byte_array_unref(message);
}

static void test_header_needs_20_captured_bytes(void)
{
    GByteArray *message = message_new(0x0001);

    for (uint32_t captured = 0; captured <= MSTURN_HEADER_LENGTH; captured++) {
        struct msturn_bytes bytes = exact_bytes(message->data, captured, MSTURN_HEADER_LENGTH);
        struct msturn_header header;
        g_assert_cmpint(msturn_read_header(bytes, &header), ==, captured == MSTURN_HEADER_LENGTH);
        free_exact_bytes(bytes);
    }
    g_byte_array_unref(message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/header/numbers_are_big_endian", test_numbers_are_big_endian);
    g_test_add_func("/header/slice_keeps_captured_and_reported_apart", test_slice_keeps_captured_and_reported_apart);
    g_test_add_func("/header/type_splits_into_method_and_class_rfc8489_5", test_type_splits_into_method_and_class);
    g_test_add_func("/header/every_type_bit_counts_rfc8489_a", test_every_type_bit_counts);
    g_test_add_func("/header/length_and_transaction_id_rfc8489_5", test_header_gives_length_and_transaction_id);
    g_test_add_func("/header/needs_20_captured_bytes", test_header_needs_20_captured_bytes);
    return g_test_run();
}
