/* test_ms_fit.c
 * ms_wire: what pseudo-TLS, a frame header and multiplexed TURN look like, byte by byte.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/ms_wire.h"

#define RANDOM_28 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
#define SESSION_32 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
/* [MS-TURN] 2.1.1; 83 and 50 bytes */
#define CLIENT_HELLO "160301002d 01000029 0301 5a5a1234" RANDOM_28 "00 0002 0018 01 00"
#define SERVER_HELLO "160301004e 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 0e000000"
#define SPLIT_HELLO "160301004a 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 1603010004 0e000000"
/* An Allocate request with the cookie and MS-Version, 36 bytes. */
#define MESSAGE "0003 0010 5a9f0c318b1d3c5e77f0a1b2c3d4e5f6 000f0004 72c64bc6 80080004 00000002"
/* A check of 28 bytes. */
#define CHECK "0001 0008 2112a442 8b1d3c5e77f0a1b2c3d4e5f6 00240004 00000063"

typedef enum msturn_fit (*fit_fn)(struct msturn_bytes bytes);

static enum msturn_fit fit_of(fit_fn fit, const GByteArray *data, uint32_t length)
{
    struct msturn_bytes bytes = exact_bytes(data->data, length, length);
    const enum msturn_fit result = fit(bytes);

    free_exact_bytes(bytes);
    return result;
}

/* Bytes outside of these places are fixed. */
struct variable {
    uint32_t from, to;
};

static bool is_variable(const struct variable *variable, uint32_t offset)
{
    for (; variable->to > 0; variable++) {
        if (offset >= variable->from && offset < variable->to)
            return true;
    }
    return false;
}

/* The record fits, no prefix contradicts; a changed byte contradicts if and only if it is fixed. */
static void check_record(fit_fn fit, const char *hex, uint32_t length, const struct variable *variable)
{
    GByteArray *record = bytes_from_hex(hex);

    g_assert_cmpuint(record->len, ==, length);
    g_assert_cmpint(fit_of(fit, record, length), ==, MSTURN_FIT_YES);
    for (uint32_t prefix = 0; prefix < length; prefix++)
        g_assert_cmpint(fit_of(fit, record, prefix), ==, MSTURN_FIT_MORE);
    for (uint32_t i = 0; i < length; i++) {
        const enum msturn_fit expected = is_variable(variable, i) ? MSTURN_FIT_YES : MSTURN_FIT_NO;
        for (unsigned bit = 0; bit < 8; bit++) {
            record->data[i] ^= (uint8_t)(1u << bit);
            g_assert_cmpint(fit_of(fit, record, length), ==, expected);
            if (expected == MSTURN_FIT_NO)
                g_assert_cmpint(fit_of(fit, record, i + 1), ==, MSTURN_FIT_NO);
            record->data[i] ^= (uint8_t)(1u << bit);
        }
    }
    g_byte_array_append(record, (const uint8_t *)"\x02", 1); /* frames may follow at once */
    g_assert_cmpint(fit_of(fit, record, record->len), ==, MSTURN_FIT_YES);
    g_byte_array_unref(record);
}

static void test_client_hello(void)
{
    static const struct variable any[] = { { 11, 43 }, { 0, 0 } };

    check_record(msturn_fit_client_hello, CLIENT_HELLO, MSTURN_CLIENT_HELLO_LENGTH, any);
}

static void test_server_hello(void)
{
    static const struct variable any[] = { { 11, 43 }, { 44, 76 }, { 0, 0 } };

    check_record(msturn_fit_server_hello, SERVER_HELLO, MSTURN_SERVER_HELLO_LENGTH, any);
}

static void test_split_server_hello(void)
{
    static const struct variable any[] = { { 11, 43 }, { 44, 76 }, { 0, 0 } };

    check_record(msturn_fit_split_server_hello, SPLIT_HELLO, MSTURN_SERVER_HELLO_SPLIT_LENGTH, any);
}

/* microsoft.md 2.2: the pseudo-SSL of Google's clients is another one. */
static void test_google_pseudo_ssl_does_not_fit(void)
{
    GByteArray *client = bytes_from_hex("8046010301002d0000001001008000000a");
    GByteArray *server = bytes_from_hex("160301004a020000460301");

    g_assert_cmpint(fit_of(msturn_fit_client_hello, client, client->len), ==, MSTURN_FIT_NO);
    g_assert_cmpint(fit_of(msturn_fit_server_hello, client, client->len), ==, MSTURN_FIT_NO);
    g_assert_cmpint(fit_of(msturn_fit_server_hello, server, server->len), ==, MSTURN_FIT_NO);
    g_byte_array_unref(client);
    g_byte_array_unref(server);
}

static void test_rewritten_server_hello_keeps_its_lengths(void)
{
    GByteArray *record = bytes_from_hex(SERVER_HELLO);

    record->data[77] = 0x35; /* the suite */
    g_assert_true(msturn_is_rewritten_server_hello(bytes_of(record)));
    g_assert_cmpint(fit_of(msturn_fit_server_hello, record, record->len), ==, MSTURN_FIT_NO);
    record->data[4] ^= 1; /* the record's length */
    g_assert_false(msturn_is_rewritten_server_hello(bytes_of(record)));
    g_byte_array_unref(record);
}

/* ---- frames: [MS-TURN] 2.1.4 ---- */

static void test_control_frame_needs_cookie_and_lengths(void)
{
    GByteArray *frame = bytes_from_hex("0200 0024" MESSAGE);
    enum { EVIDENCE = 4 + 20 + 8 };

    for (uint32_t length = 0; length <= frame->len; length++)
        g_assert_cmpint(fit_of(msturn_fit_ms_frame, frame, length), ==,
                        length < EVIDENCE ? MSTURN_FIT_MORE : MSTURN_FIT_YES);
    for (uint32_t i = 0; i < EVIDENCE; i++) {
        if (i >= 8 && i < 24)
            continue; /* the transaction id */
        frame->data[i] ^= 0x80;
        g_assert_cmpint(fit_of(msturn_fit_ms_frame, frame, frame->len), ==, MSTURN_FIT_NO);
        frame->data[i] ^= 0x80;
    }
    frame->data[0] = MSTURN_MS_FRAME_DATA;
    g_assert_cmpint(fit_of(msturn_fit_ms_frame, frame, frame->len), ==, MSTURN_FIT_NO);
    g_byte_array_unref(frame);
}

static void test_frame_header_is_type_2_or_3_and_reserved_0(void)
{
    for (unsigned type = 0; type < 256; type++) {
        for (unsigned reserved = 0; reserved < 256; reserved++) {
            const uint8_t header[4] = { (uint8_t)type, (uint8_t)reserved, 0, 8 };
            const struct msturn_bytes bytes = { header, sizeof header, sizeof header };
            g_assert_cmpint(msturn_may_be_ms_frame(bytes), ==, (type == 2 || type == 3) && reserved == 0);
        }
    }
}

static void test_next_frame_is_found(void)
{
    GByteArray *stream = bytes_from_hex("020002000200ff0300 0200 0024" MESSAGE "0200 0024" MESSAGE);

    g_assert_cmpuint(msturn_find_ms_frame(bytes_of(stream), 0), ==, 9);
    g_assert_cmpuint(msturn_find_ms_frame(bytes_of(stream), 10), ==, 9 + 40);
    g_assert_cmpuint(msturn_find_ms_frame(bytes_of(stream), 50), ==, stream->len);
    g_byte_array_unref(stream);
}

/* ---- multiplexed TURN: [MS-TURN] 2.2.3 ---- */

static void test_multiplexed_holds_a_message(void)
{
    GByteArray *check = bytes_from_hex("ff10 0024 0102030405060708" CHECK);
    GByteArray *message = bytes_from_hex("ff10 002c 0102030405060708" MESSAGE);
    GByteArray *noise = bytes_from_hex("ff10 000c 0102030405060708 f1f2f3f4");

    g_assert_cmpint(fit_of(msturn_fit_multiplexed, check, check->len), ==, MSTURN_FIT_YES);
    g_assert_cmpint(fit_of(msturn_fit_multiplexed, message, message->len), ==, MSTURN_FIT_YES);
    g_assert_cmpint(fit_of(msturn_fit_multiplexed, noise, noise->len), ==, MSTURN_FIT_NO);
    for (uint32_t length = 0; length < 32; length++)
        g_assert_cmpint(fit_of(msturn_fit_multiplexed, check, length), ==, MSTURN_FIT_MORE);
    for (uint32_t i = 0; i < 2; i++) {
        check->data[i] ^= 1;
        g_assert_cmpint(fit_of(msturn_fit_multiplexed, check, check->len), ==, MSTURN_FIT_NO);
        check->data[i] ^= 1;
    }
    check->data[3] = 7; /* no room for the session id */
    g_assert_cmpint(fit_of(msturn_fit_multiplexed, check, check->len), ==, MSTURN_FIT_NO);
    g_byte_array_unref(check);
    g_byte_array_unref(message);
    g_byte_array_unref(noise);
}

/* ---- inner RFC 4571 length: microsoft.md 2.3 ---- */

static void test_inner_length_is_decided_from_the_bytes(void)
{
    static const struct {
        const char *content;
        bool framed;
    } cases[] = {
        { "001c" CHECK, true },
        { CHECK, false },
        { "000c 8060123400000001cafebabe", true },
        { "8060123400000001cafebabe", false },
        { "000d 8060123400000001cafebabe", false },
        { "001c" CHECK "0004 80c90001", true }, /* the first one of several */
        { "00", false },
        { "", false },
        { "0000", true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GByteArray *content = bytes_from_hex(cases[i].content);
        g_assert_cmpint(msturn_begins_frames(bytes_of(content)), ==, cases[i].framed);
        g_byte_array_unref(content);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_fit/client_hello_2_1_1", test_client_hello);
    g_test_add_func("/ms_fit/server_hello_2_1_1", test_server_hello);
    g_test_add_func("/ms_fit/split_server_hello", test_split_server_hello);
    g_test_add_func("/ms_fit/google_pseudo_ssl_does_not_fit", test_google_pseudo_ssl_does_not_fit);
    g_test_add_func("/ms_fit/rewritten_server_hello_keeps_its_lengths", test_rewritten_server_hello_keeps_its_lengths);
    g_test_add_func("/ms_fit/control_frame_needs_cookie_and_lengths_2_1_4",
                    test_control_frame_needs_cookie_and_lengths);
    g_test_add_func("/ms_fit/frame_header_is_type_2_or_3_and_reserved_0_2_1_4",
                    test_frame_header_is_type_2_or_3_and_reserved_0);
    g_test_add_func("/ms_fit/next_frame_is_found", test_next_frame_is_found);
    g_test_add_func("/ms_fit/multiplexed_holds_a_message_2_2_3", test_multiplexed_holds_a_message);
    g_test_add_func("/ms_fit/inner_length_is_decided_from_the_bytes", test_inner_length_is_decided_from_the_bytes);
    return g_test_run();
}
