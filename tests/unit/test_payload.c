/* test_payload.c
 * wire: the protocol of a packet from its first bytes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/wire.h"
#include "vectors.h"

static enum msturn_payload kind_of_hex(const char *hex)
{
    GByteArray *array = bytes_from_hex(hex);
    struct msturn_bytes bytes = exact_bytes(array->data, array->len, array->len);
    const enum msturn_payload kind = msturn_payload_kind(bytes);

    free_exact_bytes(bytes);
    g_byte_array_unref(array);
    return kind;
}

/* RFC 7983 section 7; 0 to 3 without a cookie is not STUN as RFC 8489 has it. */
static void test_first_byte_tells_the_protocol(void)
{
    for (unsigned first = 0; first <= 255; first++) {
        uint8_t data[20] = { (uint8_t)first, 0x60 };
        struct msturn_bytes bytes = exact_bytes(data, sizeof data, sizeof data);
        enum msturn_payload expected = MSTURN_PAYLOAD_UNKNOWN;
        if (first >= 16 && first <= 19)
            expected = MSTURN_PAYLOAD_ZRTP;
        if (first >= 128 && first <= 191)
            expected = MSTURN_PAYLOAD_RTP;
        g_assert_cmpint(msturn_payload_kind(bytes), ==, expected);
        free_exact_bytes(bytes);
    }
}

static void test_stun_needs_the_cookie(void)
{
    GByteArray *message = vector_new(VECTOR_ALLOCATE_SUCCESS);

    g_assert_cmpint(msturn_payload_kind(bytes_of(message)), ==, MSTURN_PAYLOAD_STUN);
    message->data[4] ^= 1;
    g_assert_cmpint(msturn_payload_kind(bytes_of(message)), ==, MSTURN_PAYLOAD_UNKNOWN);
    g_byte_array_unref(message);
}

/* RFC 6347 section 4.1 and RFC 8446 section 5.1: the version tells DTLS from TLS. */
static void test_version_tells_dtls_from_tls(void)
{
    g_assert_cmpint(kind_of_hex("16feff 0000"), ==, MSTURN_PAYLOAD_DTLS);
    g_assert_cmpint(kind_of_hex("17fefd 0001"), ==, MSTURN_PAYLOAD_DTLS);
    g_assert_cmpint(kind_of_hex("14fefd 0000"), ==, MSTURN_PAYLOAD_DTLS);
    g_assert_cmpint(kind_of_hex("160301 0200"), ==, MSTURN_PAYLOAD_TLS);
    g_assert_cmpint(kind_of_hex("170303 0200"), ==, MSTURN_PAYLOAD_TLS);
    g_assert_cmpint(kind_of_hex("160000 0200"), ==, MSTURN_PAYLOAD_UNKNOWN);
    g_assert_cmpint(kind_of_hex("16"), ==, MSTURN_PAYLOAD_UNKNOWN);
    g_assert_cmpint(kind_of_hex("13fefd 0000"), ==, MSTURN_PAYLOAD_ZRTP);
}

/* RFC 5761 section 4: packet types 192 to 223 are RTCP, marker bit and payload type of RTP are not. */
static void test_second_byte_tells_rtcp_from_rtp(void)
{
    for (unsigned second = 0; second <= 255; second++) {
        const uint8_t data[12] = { 0x80, (uint8_t)second };
        struct msturn_bytes bytes = exact_bytes(data, sizeof data, sizeof data);
        g_assert_cmpint(msturn_payload_kind(bytes), ==,
                        second >= 192 && second <= 223 ? MSTURN_PAYLOAD_RTCP : MSTURN_PAYLOAD_RTP);
        free_exact_bytes(bytes);
    }
}

/* RFC 3550 sections 5.1 and 6.4.2: 12 bytes of RTP header, 8 of an empty receiver report. */
static void test_media_needs_its_fixed_header(void)
{
    g_assert_cmpint(kind_of_hex("80601234 000003e8 cafeba"), ==, MSTURN_PAYLOAD_UNKNOWN);
    g_assert_cmpint(kind_of_hex("80601234 000003e8 cafebabe"), ==, MSTURN_PAYLOAD_RTP);
    g_assert_cmpint(kind_of_hex("80c90001 cafeba"), ==, MSTURN_PAYLOAD_UNKNOWN);
    g_assert_cmpint(kind_of_hex("80c90001 cafebabe"), ==, MSTURN_PAYLOAD_RTCP);
    g_assert_cmpint(kind_of_hex("80"), ==, MSTURN_PAYLOAD_UNKNOWN);
}

/* What was on the wire counts, not what the capture kept. */
static void test_capture_that_ends_early_hides_the_protocol_at_most(void)
{
    static const uint8_t rtp[2] = { 0x80, 0x60 };
    struct msturn_bytes bytes = exact_bytes(rtp, 2, 172);

    g_assert_cmpint(msturn_payload_kind(bytes), ==, MSTURN_PAYLOAD_RTP);
    free_exact_bytes(bytes);

    bytes = exact_bytes(rtp, 1, 172);
    g_assert_cmpint(msturn_payload_kind(bytes), ==, MSTURN_PAYLOAD_UNKNOWN);
    free_exact_bytes(bytes);

    bytes = exact_bytes(rtp, 0, 172);
    g_assert_cmpint(msturn_payload_kind(bytes), ==, MSTURN_PAYLOAD_UNKNOWN);
    free_exact_bytes(bytes);
}

/* RFC 4571 section 2: a length of 0 is a null packet. */
static void test_null_packet_is_empty(void)
{
    g_assert_cmpint(kind_of_hex(""), ==, MSTURN_PAYLOAD_EMPTY);
}

/* RFC 8656 section 12 and RFC 7983 section 7: 0x40 to 0x4F; RFC 5766 section 11: up to 0x7F. */
static void test_channel_bytes(void)
{
    for (unsigned first = 0; first <= 255; first++)
        g_assert_cmpint(msturn_is_channel_byte((uint8_t)first), ==, first >= 0x40 && first <= 0x7F);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/payload/first_byte_tells_the_protocol_rfc7983_7", test_first_byte_tells_the_protocol);
    g_test_add_func("/payload/stun_needs_the_cookie_rfc8489_5", test_stun_needs_the_cookie);
    g_test_add_func("/payload/version_tells_dtls_from_tls_rfc6347_4_1", test_version_tells_dtls_from_tls);
    g_test_add_func("/payload/second_byte_tells_rtcp_from_rtp_rfc5761_4", test_second_byte_tells_rtcp_from_rtp);
    g_test_add_func("/payload/media_needs_its_fixed_header_rfc3550_5_1", test_media_needs_its_fixed_header);
    g_test_add_func("/payload/capture_that_ends_early_hides_the_protocol_at_most",
                    test_capture_that_ends_early_hides_the_protocol_at_most);
    g_test_add_func("/payload/null_packet_is_empty_rfc4571_2", test_null_packet_is_empty);
    g_test_add_func("/payload/channel_bytes_rfc8656_12", test_channel_bytes);
    return g_test_run();
}
