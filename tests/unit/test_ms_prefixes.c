/* test_ms_prefixes.c
 * all decode layers: every prefix of good bytes of Microsoft's dialect, and such bytes with wrong ones.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The bytes stand in memory of exactly their size, so that AddressSanitizer sees a read behind them.
 */
#include "build.h"
#include "inspect.h"
#include "plugin/rules/message_rules.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/wire/stream.h"

#define ID "5a9f0c318b1d3c5e77f0a1b2c3d4e5f6"
#define COOKIE "000f0004 72c64bc6"
#define HMAC "0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
#define HMAC_256 "0008 0020 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2000102030405060708090a0b"

/* As Teams orders them (microsoft.md 3.3), and the attributes of [MS-TURNBWM]. */
static const char *const messages[] = {
    "0003 0030" ID COOKIE "80370004 00000002 80080004 00000006 80060004 00000001 00100004 00002ee0 80550004 00020002",
    "0113 0056" ID COOKIE "80080004 00000006 00090009 000004014e6f206b79 000e0008 00010d96c0000201 00140005 0102030405"
    "0015000a 2272746d65646961 2233 80950008 0001020304050607",
    "0103 0070" ID COOKIE "000d0004 0000003c 00010008 0001c350c6336401 80200008 0001aaaabbbbcccc"
    "80500018 000102030405060708090a0b0c0d0e0f1011121300000001 80220009 322e302e312e323131" HMAC_256,
    "0003 0055" ID COOKIE "80560004 00000001 80580010 00000040000002000000002000000100 80590008 00015577c6336401"
    "805d000c 800000000000020000000100 80680004 02010100 80610003 636174 80040000",
    "0004 0034" ID COOKIE "00110008 0001d149c6336407 00130003 f1f2f3" HMAC "80250000",
    "0115 0019" ID COOKIE "00120008 0001d149c6336407 00130001 f1",
    "0001 0017" ID "00060003 613a62 00240004 00000063 80540001 31 80330000",
};

#define RANDOM_28 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
#define SESSION_32 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

/* Streams: pseudo-TLS, frames of both types, multiplexed TURN. */
static const char *const streams[] = {
    "160301002d 01000029 0301 5a5a1234" RANDOM_28 "00 0002 0018 01 00 0200 001c 0003 0008" ID COOKIE
    "0300 0004 f1f2f3f4",
    "160301004e 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 0e000000 0200 001c 0113 0008" ID COOKIE,
    "160301004a 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 1603010004 0e000000",
    "ff10 0024 0102030405060708 0001 0008 2112a442 8b1d3c5e77f0a1b2c3d4e5f6 00240004 00000063"
    "ff10 000d 0102030405060708 8060000001",
    "0300 001e 001c 0001 0008 2112a442 8b1d3c5e77f0a1b2c3d4e5f6 00240004 00000063 0200 001c 0006 0008" ID COOKIE,
};

static void take_finding(void *context, enum msturn_finding finding, uint16_t type)
{
    (void)context;
    (void)type;
    g_assert_cmpint(finding, >, MSTURN_FINDING_NONE);
    g_assert_cmpint(finding, <, MSTURN_FINDING_COUNT);
}

static void decode_values(struct msturn_bytes message, enum msturn_dialect dialect)
{
    struct msturn_walk walk = msturn_walk_begin(message);
    struct msturn_span span;

    while (msturn_walk_next(&walk, &span)) {
        const struct msturn_attr *attr =
            span.state == MSTURN_SPAN_TRUNCATED ? NULL : msturn_attr_lookup(dialect, span.type);
        if (attr)
            g_array_unref(inspect_values(attr, message, &span));
    }
}

static void check_units(struct msturn_bytes bytes)
{
    enum { FRAMINGS = MSTURN_FRAMING_REFUSED + 1 };

    for (int framing = 0; framing < FRAMINGS; framing++) {
        for (int i = 0; i < 16 * FRAMINGS; i++) {
            const struct msturn_circumstances at = { .framing = (enum msturn_framing)framing,
                                                     .other_framing = (enum msturn_framing)(i / 16),
                                                     .other_began = (enum msturn_framing)(i / 16),
                                                     .known = i & 1,
                                                     .may_wait = i & 2,
                                                     .may_scan = i & 4,
                                                     .at_switch = i & 8 };
            const struct msturn_unit unit = msturn_stream_next(bytes, at);
            if (unit.kind == MSTURN_UNIT_INCOMPLETE || unit.kind == MSTURN_UNIT_FOREIGN)
                continue;
            g_assert_cmpuint(unit.length, <=, bytes.reported);
            if (bytes.reported > 0)
                g_assert_cmpuint(unit.length, >, 0); /* or the caller would loop */
        }
    }
}

/* Anything may be asked of any bytes. */
static void check_everything(const GByteArray *data, uint32_t captured, uint32_t reported)
{
    struct msturn_bytes bytes = exact_bytes(data->data, captured, reported);
    struct msturn_message message;

    g_array_unref(inspect_message(bytes));
    if (msturn_read_message(bytes, bytes.reported, &message)) {
        decode_values(bytes, message.header.dialect);
        decode_values(bytes, MSTURN_DIALECT_MS_TURN);
        msturn_check_message(&message, false, take_finding, NULL);
        msturn_check_message(&message, true, take_finding, NULL);
    }
    msturn_fit_client_hello(bytes);
    msturn_fit_server_hello(bytes);
    msturn_fit_split_server_hello(bytes);
    msturn_is_rewritten_server_hello(bytes);
    msturn_fit_ms_frame(bytes);
    msturn_fit_multiplexed(bytes);
    msturn_begins_frames(bytes);
    msturn_is_rfc3489_message(bytes);
    msturn_payload_kind(bytes);
    g_assert_cmpuint(msturn_find_ms_frame(bytes, 0), <=, bytes.captured);
    check_units(bytes);
    free_exact_bytes(bytes);
}

/* Segments that end early, and captures that end early. */
static void check_prefixes(const char *hex)
{
    GByteArray *data = bytes_from_hex(hex);

    for (uint32_t length = 0; length <= data->len; length++) {
        check_everything(data, length, length);
        check_everything(data, length, data->len);
    }
    g_byte_array_unref(data);
}

static void test_every_prefix_of_messages_is_legal_input(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(messages); i++)
        check_prefixes(messages[i]);
}

static void test_every_prefix_of_streams_is_legal_input(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(streams); i++)
        check_prefixes(streams[i]);
}

/* A fixed seed, so that a failure can be repeated. */
static void test_wrong_bytes_are_legal_input(void)
{
    GRand *random = g_rand_new_with_seed(214);

    for (guint round = 0; round < 600; round++) {
        const guint pick = round % (G_N_ELEMENTS(messages) + G_N_ELEMENTS(streams));
        GByteArray *data =
            bytes_from_hex(pick < G_N_ELEMENTS(messages) ? messages[pick] : streams[pick - G_N_ELEMENTS(messages)]);
        const gint32 changes = g_rand_int_range(random, 1, 5);
        for (gint32 i = 0; i < changes; i++)
            data->data[g_rand_int_range(random, 0, (gint32)data->len)] = (uint8_t)g_rand_int(random);
        const uint32_t captured = (uint32_t)g_rand_int_range(random, 0, (gint32)data->len + 1);
        check_everything(data, captured, captured);
        check_everything(data, captured, data->len);
        check_everything(data, data->len, data->len);
        g_byte_array_unref(data);
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_prefixes/every_prefix_of_messages_is_legal_input",
                    test_every_prefix_of_messages_is_legal_input);
    g_test_add_func("/ms_prefixes/every_prefix_of_streams_is_legal_input", test_every_prefix_of_streams_is_legal_input);
    g_test_add_func("/ms_prefixes/wrong_bytes_are_legal_input", test_wrong_bytes_are_legal_input);
    return g_test_run();
}
