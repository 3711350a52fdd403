/* test_beginning.c
 * beginning: the quick tests rule out nothing that is ours.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/beginning.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/wire/preamble.h"
#include "plugin/wire/stream.h"

#define RANDOM_28 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
#define SESSION_32 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
/* A check of 28 bytes. */
#define CHECK "0001 0008 2112a442 8b1d3c5e77f0a1b2c3d4e5f6 00240004 00000063"
/* An Allocate request with the cookie and MS-Version, 36 bytes. */
#define ALLOCATE "0003 0010 5a9f0c318b1d3c5e77f0a1b2c3d4e5f6 000f0004 72c64bc6 80080004 00000002"

/* [MS-TURN] 2.1.1 */
#define CLIENT_HELLO "160301002d 01000029 0301 5a5a1234" RANDOM_28 "00 0002 0018 01 00"
#define SERVER_HELLO "160301004e 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 0e000000"
#define SPLIT_HELLO "160301004a 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 1603010004 0e000000"
/* Nothing in these varies. */
#define SSLTCP_CLIENT \
    "8046 010301 002d00000010 010080 030080 0700c0 060040 020080 040080 000004 00feff 00000a 00fefe 000009 000064 " \
    "000062 000003 000006 1f170ca62f0078fc46552eb18339f1ea"
#define SSLTCP_SERVER \
    "160301004a 02000046 0301 428545a727a95da0b3c5e753da482b3fc65aca89c15852a1783c5b174600853f 20 " \
    "0ed306725b5b1b5f15ac13f988539d9be83d7b0c30326e384da27557416c345c 0004 00"

/* All that a stream may begin with. */
static const char *const beginnings[] = {
    CHECK,
    "001c" CHECK,                          /* in a frame */
    "0020" CHECK,                          /* in one whose length is another */
    "0200 0024" ALLOCATE,                  /* [MS-TURN] 2.1.4 */
    "ff10 002c 0102030405060708" ALLOCATE, /* [MS-TURN] 2.2.3 */
    CLIENT_HELLO,
    SERVER_HELLO,
    SPLIT_HELLO,
    SSLTCP_CLIENT,
    SSLTCP_SERVER,
    "50524f585920554e4b4e4f574e0d0a" CHECK,      /* "PROXY UNKNOWN" */
    "0d0a0d0a000d0a515549540a 20 00 0000" CHECK, /* PROXY protocol 2.2 */
};

static bool anything_fits(struct msturn_bytes bytes)
{
    uint32_t length;

    return msturn_preamble_of(bytes, &length) != MSTURN_PREAMBLE_NONE || msturn_length_of_misframed(bytes) > 0 ||
           msturn_fit_message(bytes) != MSTURN_FIT_NO || msturn_fit_frame(bytes) != MSTURN_FIT_NO ||
           msturn_fit_ms_frame(bytes) != MSTURN_FIT_NO || msturn_fit_multiplexed(bytes) != MSTURN_FIT_NO;
}

/* Against the functions that the quick tests come before. */
static void check_stream(const uint8_t *data, uint32_t captured, uint32_t reported)
{
    struct msturn_bytes bytes = exact_bytes(data, captured, reported);
    const enum msturn_fit hellos[] = { msturn_fit_client_hello(bytes), msturn_fit_server_hello(bytes),
                                       msturn_fit_split_server_hello(bytes) };
    const bool other = anything_fits(bytes);
    bool whole_hello = false, hello = false;

    for (guint i = 0; i < G_N_ELEMENTS(hellos); i++) {
        whole_hello |= hellos[i] == MSTURN_FIT_YES;
        hello |= hellos[i] != MSTURN_FIT_NO;
    }
    g_assert_true(msturn_stream_may_begin(bytes) == (other || whole_hello));
    g_assert_true(msturn_stream_may_become_ours(bytes) == (other || hello));
    free_exact_bytes(bytes);
}

/* Each of them begins; each prefix of it, and the same with any other first byte, is judged as without the quick test. */
static void test_stream(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        GByteArray *whole = bytes_from_hex(beginnings[i]);
        const uint8_t first = *whole->data;
        g_assert_true(msturn_stream_may_begin(bytes_of(whole)));
        for (guint other = 0; other < 256; other++) {
            *whole->data = (uint8_t)(first + other);
            for (uint32_t length = 0; length <= whole->len; length++) {
                check_stream(whole->data, length, length);
                check_stream(whole->data, length, whole->len);
            }
        }
        g_byte_array_unref(whole);
    }
}

static bool datagram_is_ours(struct msturn_bytes bytes)
{
    return msturn_is_ms_turn_message(bytes) || msturn_message_is_certain(bytes) ||
           (bytes.captured >= MSTURN_MULTIPLEX_HEADER_LENGTH && msturn_may_be_multiplexed(bytes));
}

/* All types of messages, and all channels. */
static void test_datagram(void)
{
    static const char *const datagrams[] = { CHECK, ALLOCATE, "ff10 002c 0102030405060708" ALLOCATE };

    for (guint i = 0; i < G_N_ELEMENTS(datagrams); i++) {
        GByteArray *datagram = bytes_from_hex(datagrams[i]);
        g_assert_true(datagram_is_ours(bytes_of(datagram)));
        for (guint type = 0; type < 0x10000; type++) {
            datagram->data[0] = (uint8_t)(type >> 8);
            datagram->data[1] = (uint8_t)type;
            g_assert_true(msturn_datagram_may_begin(bytes_of(datagram)) || !datagram_is_ours(bytes_of(datagram)));
        }
        g_byte_array_unref(datagram);
    }
    /* RTP, DTLS, QUIC, a channel of RFC 8656 section 12 */
    g_assert_false(msturn_datagram_may_begin((struct msturn_bytes){ (const uint8_t *)"\x80", 1, 172 }));
    g_assert_false(msturn_datagram_may_begin((struct msturn_bytes){ (const uint8_t *)"\x16", 1, 200 }));
    g_assert_false(msturn_datagram_may_begin((struct msturn_bytes){ (const uint8_t *)"\xC3", 1, 1200 }));
    g_assert_false(msturn_datagram_may_begin((struct msturn_bytes){ (const uint8_t *)"\x40", 1, 176 }));
    g_assert_false(msturn_datagram_may_begin((struct msturn_bytes){ NULL, 0, 20 }));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/beginning/stream", test_stream);
    g_test_add_func("/beginning/datagram", test_datagram);
    return g_test_run();
}
