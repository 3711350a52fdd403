/* test_walk.c
 * wire: the walk over a message's attributes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "inspect.h"
#include "plugin/wire/wire.h"

#include <string.h>

static struct msturn_span span_at(const GArray *spans, guint index)
{
    g_assert_cmpuint(index, <, spans->len);
    return g_array_index(spans, struct msturn_span, index);
}

/* RFC 8489 section 14: values are padded to 4 bytes, the length does not count the padding. */
static void test_padding_is_0_to_3_bytes_and_not_in_the_length(void)
{
    static const uint32_t padding[] = { 0, 3, 2, 1, 0 };

    for (uint16_t length = 0; length <= 4; length++) {
        GByteArray *message = message_new(0x0001);
        message_add(message, 0x8022, "abcd", length);
        message_add(message, 0x0025, "", 0);
        GArray *spans = inspect_message(bytes_of(message));
        g_assert_cmpuint(spans->len, ==, 2);
        const struct msturn_span first = span_at(spans, 0);
        g_assert_cmpint(first.state, ==, MSTURN_SPAN_WHOLE);
        g_assert_cmphex(first.type, ==, 0x8022);
        g_assert_cmpuint(first.offset, ==, 20);
        g_assert_cmpuint(first.value_offset, ==, 24);
        g_assert_cmpuint(first.length, ==, length);
        g_assert_cmpuint(first.padding, ==, padding[length]);
        g_assert_cmpuint(first.value.captured, ==, length);
        g_assert_cmpint(memcmp(first.value.data, "abcd", length), ==, 0);
        g_assert_cmphex(span_at(spans, 1).type, ==, 0x0025);
        g_assert_cmpuint(span_at(spans, 1).length, ==, 0);
        g_assert_cmpint(span_at(spans, 1).state, ==, MSTURN_SPAN_WHOLE);
        g_array_unref(spans);
        g_byte_array_unref(message);
    }
}

static void test_message_without_attributes_has_no_span(void)
{
    GByteArray *message = message_new(0x0011);
    GArray *spans = inspect_message(bytes_of(message));

    g_assert_cmpuint(spans->len, ==, 0);
    g_array_unref(spans);
    g_byte_array_unref(message);
}

/* RFC 3489 did not pad, and the length of a message could be anything. */
static void test_last_value_may_lack_its_padding(void)
{
    GByteArray *message = message_new(0x0001);

    message_add(message, 0x8022, "abcde", 5);
    g_byte_array_set_size(message, message->len - 2);
    GArray *spans = inspect_message(bytes_of(message));
    g_assert_cmpuint(spans->len, ==, 1);
    g_assert_cmpint(span_at(spans, 0).state, ==, MSTURN_SPAN_WHOLE);
    g_assert_cmpuint(span_at(spans, 0).padding, ==, 1);
    g_array_unref(spans);
    g_byte_array_unref(message);
}

/* An attribute that says it is longer than the rest of the message ends the walk. */
static void test_length_past_the_end_is_an_overrun(void)
{
    static const uint16_t lengths[] = { 9, 10, 0x7FFF, 0xFFFF };

    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        GByteArray *message = message_new(0x0001);
        message_add(message, 0x0024, "\x6e\0\1\xff", 4);
        message_add(message, 0x8022, "12345678", 8);
        message->data[30] = (uint8_t)(lengths[i] >> 8);
        message->data[31] = (uint8_t)lengths[i];
        GArray *spans = inspect_message(bytes_of(message));
        g_assert_cmpuint(spans->len, ==, 2);
        g_assert_cmpint(span_at(spans, 0).state, ==, MSTURN_SPAN_WHOLE);
        g_assert_cmpint(span_at(spans, 1).state, ==, MSTURN_SPAN_OVERRUN);
        g_assert_cmpuint(span_at(spans, 1).length, ==, lengths[i]);
        g_assert_cmpuint(span_at(spans, 1).value.captured, ==, 8);
        g_array_unref(spans);
        g_byte_array_unref(message);
    }
}

static void test_fewer_than_4_bytes_left_are_a_stump(void)
{
    for (uint32_t left = 1; left < 4; left++) {
        GByteArray *message = message_new(0x0001);
        message_add(message, 0x0025, "", 0);
        g_byte_array_append(message, (const uint8_t *)"\x80\x22\x00", left);
        struct msturn_bytes bytes = exact_bytes(message->data, message->len, message->len);
        GArray *spans = inspect_message(bytes);
        g_assert_cmpuint(spans->len, ==, 2);
        g_assert_cmpint(span_at(spans, 1).state, ==, MSTURN_SPAN_TRUNCATED);
        g_assert_cmpuint(span_at(spans, 1).offset, ==, 24);
        g_assert_cmpuint(span_at(spans, 1).value.captured, ==, left);
        g_array_unref(spans);
        free_exact_bytes(bytes);
        g_byte_array_unref(message);
    }
}

/* One attribute of 5 bytes and 3 of padding at offset 20, cut by the capture behind `captured` bytes. */
static GArray *inspect_cut(uint32_t captured)
{
    GByteArray *message = message_new(0x0001);

    message_add(message, 0x8022, "abcde", 5);
    message_add(message, 0x0025, "", 0);
    struct msturn_bytes bytes = exact_bytes(message->data, captured, message->len);
    GArray *spans = inspect_message(bytes);
    free_exact_bytes(bytes);
    g_byte_array_unref(message);
    return spans;
}

/* A capture that ends early is not the sender's fault: neither overrun nor stump. */
static void test_capture_that_ends_early_cuts_the_attribute(void)
{
    for (uint32_t captured = 0; captured <= 36; captured++) {
        GArray *spans = inspect_cut(captured);
        if (captured < 24) {
            g_assert_cmpuint(spans->len, ==, 0);
        } else if (captured < 32) {
            g_assert_cmpuint(spans->len, ==, 1);
            g_assert_cmpint(span_at(spans, 0).state, ==, MSTURN_SPAN_CUT);
            g_assert_cmpuint(span_at(spans, 0).length, ==, 5);
            g_assert_cmpuint(span_at(spans, 0).value.captured, ==, MIN(captured - 24, 5));
            g_assert_cmpuint(span_at(spans, 0).value.reported, ==, 5);
        } else {
            g_assert_cmpuint(spans->len, ==, captured < 36 ? 1 : 2);
            g_assert_cmpint(span_at(spans, 0).state, ==, MSTURN_SPAN_WHOLE);
        }
        g_array_unref(spans);
    }
}

/* 20 + 65532 does not fit in 16 bits, nor does the padding of a value of 65533 bytes. */
static void test_longest_message_is_walked_in_32_bits(void)
{
    GByteArray *message = message_new(0x0016);
    uint8_t *value = g_malloc0(UINT16_MAX);

    message_add(message, 0x0013, value, 65524);
    message_add(message, 0x0025, "", 0);
    g_assert_cmpuint(message->len, ==, 20 + 65532);
    GArray *spans = inspect_message(bytes_of(message));
    g_assert_cmpuint(spans->len, ==, 2);
    g_assert_cmpint(span_at(spans, 0).state, ==, MSTURN_SPAN_WHOLE);
    g_assert_cmpuint(span_at(spans, 0).length, ==, 65524);
    g_assert_cmphex(span_at(spans, 1).type, ==, 0x0025);
    g_array_unref(spans);

    message->data[22] = 0xFF;
    message->data[23] = 0xFD;
    spans = inspect_message(bytes_of(message));
    g_assert_cmpuint(spans->len, ==, 1);
    g_assert_cmpint(span_at(spans, 0).state, ==, MSTURN_SPAN_OVERRUN);
    g_array_unref(spans);
    g_free(value);
    g_byte_array_unref(message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/walk/padding_is_0_to_3_bytes_and_not_in_the_length_rfc8489_14",
                    test_padding_is_0_to_3_bytes_and_not_in_the_length);
    g_test_add_func("/walk/message_without_attributes_has_no_span", test_message_without_attributes_has_no_span);
    g_test_add_func("/walk/last_value_may_lack_its_padding_rfc3489", test_last_value_may_lack_its_padding);
    g_test_add_func("/walk/length_past_the_end_is_an_overrun", test_length_past_the_end_is_an_overrun);
    g_test_add_func("/walk/fewer_than_4_bytes_left_are_a_stump", test_fewer_than_4_bytes_left_are_a_stump);
    g_test_add_func("/walk/capture_that_ends_early_cuts_the_attribute",
                    test_capture_that_ends_early_cuts_the_attribute);
    g_test_add_func("/walk/longest_message_is_walked_in_32_bits", test_longest_message_is_walked_in_32_bits);
    return g_test_run();
}
