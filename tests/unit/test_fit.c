/* test_fit.c
 * wire: what counts as the beginning of a message, and where one is found.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/wire.h"
#include "vectors.h"

#include <string.h>

static enum msturn_fit fit_hex(enum msturn_fit (*fit)(struct msturn_bytes), const char *hex)
{
    GByteArray *array = bytes_from_hex(hex);
    struct msturn_bytes bytes = exact_bytes(array->data, array->len, array->len);
    const enum msturn_fit result = fit(bytes);

    free_exact_bytes(bytes);
    g_byte_array_unref(array);
    return result;
}

#define assert_message(hex, expected) g_assert_cmpint(fit_hex(msturn_fit_message, hex), ==, expected)
#define assert_frame(hex, expected) g_assert_cmpint(fit_hex(msturn_fit_frame, hex), ==, expected)

/* RFC 8489 section 5: cookie, length a multiple of 4; RFC 9443 section 3: first byte 0 to 3. */
static void test_message_needs_cookie_length_and_first_byte(void)
{
    assert_message("0001 0000 2112a442 000000000000000000000000", MSTURN_FIT_YES);
    assert_message("0310 fffc 2112a442 ffffffffffffffffffffffff", MSTURN_FIT_YES);
    assert_message("0400 0000 2112a442 000000000000000000000000", MSTURN_FIT_NO);
    assert_message("4001 0000 2112a442 000000000000000000000000", MSTURN_FIT_NO);
    assert_message("0001 0001 2112a442 000000000000000000000000", MSTURN_FIT_NO);
    assert_message("0001 0002 2112a442 000000000000000000000000", MSTURN_FIT_NO);
    assert_message("0001 0000 2112a443 000000000000000000000000", MSTURN_FIT_NO);
}

static void test_what_contradicts_does_so_at_once(void)
{
    assert_message("", MSTURN_FIT_MORE);
    assert_message("03", MSTURN_FIT_MORE);
    assert_message("04", MSTURN_FIT_NO);
    assert_message("000100", MSTURN_FIT_MORE);
    assert_message("00010002", MSTURN_FIT_NO);
    assert_message("0001000021", MSTURN_FIT_MORE);
    assert_message("0001000020", MSTURN_FIT_NO);
    assert_message("00010000 2112a4", MSTURN_FIT_MORE);
    assert_message("00010000 2112a5", MSTURN_FIT_NO);
    assert_message("00010000 2112a442 0000000000000000000000", MSTURN_FIT_MORE);
}

/* RFC 6544 section 7.1 with RFC 4571 section 2: LENGTH is the length of the whole message. */
static void test_frame_needs_the_message_length(void)
{
    assert_frame("0014 0001 0000 2112a442 000000000000000000000000", MSTURN_FIT_YES);
    assert_frame("0018 0001 0004 2112a442 000000000000000000000000 00250000", MSTURN_FIT_YES);
    assert_frame("0018 0001 0000 2112a442 000000000000000000000000", MSTURN_FIT_NO);
    assert_frame("0014 0001 0000 2112a443 000000000000000000000000", MSTURN_FIT_NO);
    assert_frame("0014 4001 0000 2112a442 000000000000000000000000", MSTURN_FIT_NO);
}

static void test_frame_length_contradicts_at_once(void)
{
    assert_frame("", MSTURN_FIT_MORE);
    assert_frame("ff", MSTURN_FIT_MORE);
    assert_frame("0014", MSTURN_FIT_MORE);
    assert_frame("0000", MSTURN_FIT_NO);
    assert_frame("0010", MSTURN_FIT_NO);
    assert_frame("0015", MSTURN_FIT_NO);
    assert_frame("006c 0001 0058", MSTURN_FIT_MORE);
    assert_frame("006c 0001 0054", MSTURN_FIT_NO);
    /* Longer than the longest message that LENGTH can hold. */
    assert_frame("fffc 0001 fffc", MSTURN_FIT_NO);
}

static void test_good_messages_are_unmistakable(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *vector = vector_new((enum vector_id)id);
        g_assert_true(msturn_message_is_certain(bytes_of(vector)));
        g_byte_array_unref(vector);
    }
}

static bool hex_is_unmistakable(const char *hex)
{
    GByteArray *array = bytes_from_hex(hex);
    struct msturn_bytes bytes = exact_bytes(array->data, array->len, array->len);
    const bool result = msturn_message_is_certain(bytes);

    free_exact_bytes(bytes);
    g_byte_array_unref(array);
    return result;
}

/* A header alone has no 48 bits of evidence, unless its length says that nothing follows. */
static void test_header_alone_is_not_unmistakable(void)
{
    g_assert_true(hex_is_unmistakable("0011 0000 2112a442 000000000000000000000000"));
    g_assert_false(hex_is_unmistakable("0001 0008 2112a442 000000000000000000000000"));
    g_assert_false(hex_is_unmistakable("0001 0008 2112a442 000000000000000000000000 002500"));
    g_assert_true(hex_is_unmistakable("0001 0008 2112a442 000000000000000000000000 00240004"));
}

/* When the capture kept nothing but the header, a length that is the segment's stands in for the attributes. */
static void test_header_that_the_capture_kept_needs_the_segment_length(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);

    for (uint32_t captured = 0; captured < MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH; captured++) {
        struct msturn_bytes bytes = exact_bytes(message->data, captured, message->len);
        g_assert_cmpint(msturn_message_is_certain(bytes), ==, captured >= MSTURN_HEADER_LENGTH);
        bytes.reported++;
        g_assert_false(msturn_message_is_certain(bytes));
        free_exact_bytes(bytes);
    }
    g_byte_array_unref(message);
}

/* Attributes have to chain up to the end, in ranges that are in use (RFC 8489 section 18.3). */
static void test_broken_chain_is_not_unmistakable(void)
{
    g_assert_false(hex_is_unmistakable("0001 0008 2112a442 000000000000000000000000 00240005 0000000000"));
    g_assert_false(hex_is_unmistakable("0001 0008 2112a442 000000000000000000000000 41240004 00000000"));
    g_assert_false(hex_is_unmistakable("0001 000c 2112a442 000000000000000000000000 00240004 00000000 00240004"));
    g_assert_true(hex_is_unmistakable("0001 000c 2112a442 000000000000000000000000 00240004 00000000 00250000"));
}

/* A fixed seed, so that a failure can be repeated. */
static void test_random_bytes_are_never_unmistakable(void)
{
    GRand *random = g_rand_new_with_seed(6062);
    uint8_t data[64];

    for (int round = 0; round < 200000; round++) {
        for (guint i = 0; i < sizeof data; i += 4) {
            const guint32 word = g_rand_int(random);
            memcpy(data + i, &word, sizeof word);
        }
        const struct msturn_bytes bytes = { .data = data, .captured = sizeof data, .reported = sizeof data };
        g_assert_cmpint(msturn_fit_message(bytes), !=, MSTURN_FIT_YES);
        g_assert_cmpint(msturn_fit_frame(bytes), !=, MSTURN_FIT_YES);
        g_assert_false(msturn_message_is_certain(bytes));
        g_assert_cmpuint(msturn_find_message(bytes, 0), ==, sizeof data);
    }
    g_rand_free(random);
}

/* What else begins a TCP connection to a port that people give a TURN server. */
static void test_other_protocols_do_not_fit(void)
{
    /* clang-format off */
    static const char *const beginnings[] = {
        "1603010200010001fc0303 00112233445566778899aabbccddeeff",  /* TLS ClientHello */
        "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a",    /* GET / HTTP/1.1 */
        "00000054ff534d4272000000001853c8000000000000000000000000",  /* SMB over TCP */
        "80601234000003e8cafebabe 0102030405060708090a0b0c",        /* RTP */
        "0200006000000000 2112a442 00010203040506070809",            /* Microsoft's TCP frame, cookie at 8 */
        "0200000000000000 0000000000000000 0000000000000000",
        "00000000000000000000000000000000 00000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffff ffffffffffffffffffffffffffffffff",
    };
    /* clang-format on */

    for (guint i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        assert_message(beginnings[i], MSTURN_FIT_NO);
        assert_frame(beginnings[i], MSTURN_FIT_NO);
        g_assert_false(hex_is_unmistakable(beginnings[i]));
    }
}

/* Where the search finds a message that `lead` bytes of something else precede; 0xFFFFFFFF: nowhere. */
static uint32_t find_behind(GByteArray *unit, uint32_t lead, uint32_t from)
{
    GByteArray *stream = g_byte_array_new();

    /* Half of a cookie, and another half: the search must not trip over them. */
    for (uint32_t i = 0; i < lead; i++)
        g_byte_array_append(stream, (const uint8_t *)"\x21\x12\xA4\x21" + i % 4, 1);
    g_byte_array_append(stream, unit->data, unit->len);
    struct msturn_bytes bytes = exact_bytes(stream->data, stream->len, stream->len);
    const uint32_t found = msturn_find_message(bytes, from);

    g_assert_cmpuint(found, <=, bytes.captured);
    free_exact_bytes(bytes);
    g_byte_array_unref(stream);
    return found == lead + unit->len ? UINT32_MAX : found;
}

static void test_message_is_found_behind_anything(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *message = vector_new((enum vector_id)id);
        GByteArray *frame = g_byte_array_new();
        append_frame(frame, message->data, (uint16_t)message->len);
        for (uint32_t lead = 0; lead < 9; lead++) {
            g_assert_cmpuint(find_behind(message, lead, 0), ==, lead);
            g_assert_cmpuint(find_behind(message, lead, lead), ==, lead);
            g_assert_cmpuint(find_behind(frame, lead, 0), ==, lead);
            g_assert_cmpuint(find_behind(frame, lead, lead), ==, lead);
            /* The frame's length is before the place to search from. */
            g_assert_cmpuint(find_behind(frame, lead, lead + 1), ==, lead + 2);
            g_assert_cmpuint(find_behind(message, lead, lead + 1), ==, UINT32_MAX);
        }
        g_byte_array_unref(frame);
        g_byte_array_unref(message);
    }
}

static void test_search_begins_where_it_is_told(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_IPV4);
    struct msturn_bytes bytes = exact_bytes(message->data, message->len, message->len);

    g_assert_cmpuint(msturn_find_message(bytes, message->len), ==, message->len);
    g_assert_cmpuint(msturn_find_message(bytes, message->len + 7), ==, message->len);
    free_exact_bytes(bytes);
    g_byte_array_unref(message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fit/message_needs_cookie_length_and_first_byte_rfc8489_5",
                    test_message_needs_cookie_length_and_first_byte);
    g_test_add_func("/fit/what_contradicts_does_so_at_once", test_what_contradicts_does_so_at_once);
    g_test_add_func("/fit/frame_needs_the_message_length_rfc6544_7_1", test_frame_needs_the_message_length);
    g_test_add_func("/fit/frame_length_contradicts_at_once_rfc4571_2", test_frame_length_contradicts_at_once);
    g_test_add_func("/fit/good_messages_are_unmistakable", test_good_messages_are_unmistakable);
    g_test_add_func("/fit/header_alone_is_not_unmistakable", test_header_alone_is_not_unmistakable);
    g_test_add_func("/fit/header_that_the_capture_kept_needs_the_segment_length",
                    test_header_that_the_capture_kept_needs_the_segment_length);
    g_test_add_func("/fit/broken_chain_is_not_unmistakable", test_broken_chain_is_not_unmistakable);
    g_test_add_func("/fit/random_bytes_are_never_unmistakable", test_random_bytes_are_never_unmistakable);
    g_test_add_func("/fit/other_protocols_do_not_fit", test_other_protocols_do_not_fit);
    g_test_add_func("/fit/message_is_found_behind_anything", test_message_is_found_behind_anything);
    g_test_add_func("/fit/search_begins_where_it_is_told", test_search_begins_where_it_is_told);
    return g_test_run();
}
