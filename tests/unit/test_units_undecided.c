/* test_units_undecided.c
 * stream: what is claimed of a connection of which nothing is known, and on what evidence.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/stream.h"
#include "vectors.h"

#include <string.h>

static const struct msturn_circumstances unknown = { .framing = MSTURN_FRAMING_UNDECIDED };
static const struct msturn_circumstances eager = {
    .framing = MSTURN_FRAMING_UNDECIDED, .may_wait = true, .may_scan = true, .at_switch = true
};

static struct msturn_unit next_of(const GByteArray *stream, uint32_t captured, uint32_t reported,
                                  struct msturn_circumstances at)
{
    struct msturn_bytes bytes = exact_bytes(stream->data, captured, reported);
    const struct msturn_unit unit = msturn_stream_next(bytes, at);

    free_exact_bytes(bytes);
    return unit;
}

static void assert_next(const GByteArray *stream, struct msturn_circumstances at, enum msturn_unit_kind kind,
                        uint32_t length, enum msturn_framing framing)
{
    const struct msturn_unit unit = next_of(stream, stream->len, stream->len, at);

    g_assert_cmpint(unit.kind, ==, kind);
    g_assert_cmpuint(unit.length, ==, length);
    g_assert_cmpint(unit.framing, ==, framing);
    g_assert_cmpint(unit.lost, ==, kind == MSTURN_UNIT_OPAQUE);
}

static void assert_foreign(const GByteArray *stream, struct msturn_circumstances at)
{
    g_assert_cmpint(next_of(stream, stream->len, stream->len, at).kind, ==, MSTURN_UNIT_FOREIGN);
}

static void test_good_message_claims_a_plain_stream(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *message = vector_new((enum vector_id)id);
        assert_next(message, unknown, MSTURN_UNIT_MESSAGE, message->len, MSTURN_FRAMING_PLAIN);
        g_byte_array_unref(message);
    }
}

static void test_good_frame_claims_an_rfc4571_stream(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *message = vector_new((enum vector_id)id);
        GByteArray *stream = g_byte_array_new();
        append_frame(stream, message->data, (uint16_t)message->len);
        assert_next(stream, unknown, MSTURN_UNIT_FRAME, stream->len, MSTURN_FRAMING_RFC4571);
        g_byte_array_unref(stream);
        g_byte_array_unref(message);
    }
}

static void test_channel_data_with_a_good_message_claims_a_plain_stream(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *message = vector_new((enum vector_id)id);
        GByteArray *stream = g_byte_array_new();
        append_channel_data(stream, 0x4001, message->data, (uint16_t)message->len);
        assert_next(stream, unknown, MSTURN_UNIT_CHANNEL_DATA, stream->len, MSTURN_FRAMING_PLAIN);
        g_byte_array_unref(stream);
        g_byte_array_unref(message);
    }
}

static void test_null_frame_before_a_good_frame_claims_an_rfc4571_stream(void)
{
    GByteArray *message = vector_new((enum vector_id)0);
    GByteArray *stream = g_byte_array_new();

    append_frame(stream, "", 0);
    append_frame(stream, message->data, (uint16_t)message->len);
    assert_next(stream, unknown, MSTURN_UNIT_FRAME, MSTURN_FRAME_HEADER_LENGTH, MSTURN_FRAMING_RFC4571);
    g_byte_array_set_size(stream, MSTURN_FRAME_HEADER_LENGTH);
    assert_foreign(stream, unknown);
    g_byte_array_unref(stream);
    g_byte_array_unref(message);
}

/* What many protocols could begin with is no evidence. */
static void test_channel_data_and_media_claim_nothing(void)
{
    GByteArray *stream = g_byte_array_new();

    append_channel_data(stream, 0x4000, "12345678", 8);
    assert_foreign(stream, unknown);
    assert_foreign(stream, eager);
    g_byte_array_set_size(stream, 0);
    append_packet_frame(stream, PACKET_RTP, 172);
    assert_foreign(stream, unknown);
    assert_foreign(stream, eager);
    g_byte_array_unref(stream);
}

static void test_other_protocols_are_foreign(void)
{
    /* clang-format off */
    static const char *const beginnings[] = {
        "1603010200010001fc0303 00112233445566778899aabbccddeeff", /* TLS ClientHello */
        "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a",   /* GET / HTTP/1.1 */
        "00000054ff534d4272000000001853c8000000000000000000000000", /* SMB over TCP */
        "0300002a25e00000000000436f6f6b69653a206d737473686173683d", /* RDP: TPKT, X.224 */
        "0200006000000000000000000001020304050607080910111213",     /* first bytes of Microsoft's TCP frame */
        "80601234000003e8cafebabe0102030405060708090a0b0c",        /* RTP */
    };
    /* clang-format on */

    for (guint i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        GByteArray *stream = bytes_from_hex(beginnings[i]);
        assert_foreign(stream, unknown);
        assert_foreign(stream, eager);
        g_byte_array_unref(stream);
    }
}

/* A fixed seed, so that a failure can be repeated. Waiting is for the first few bytes only. */
static void test_random_bytes_are_foreign(void)
{
    GRand *random = g_rand_new_with_seed(5766);
    uint8_t data[64];

    for (int round = 0; round < 100000; round++) {
        for (guint i = 0; i < sizeof data; i += 4) {
            const guint32 word = g_rand_int(random);
            memcpy(data + i, &word, sizeof word);
        }
        const struct msturn_bytes bytes = { .data = data, .captured = sizeof data, .reported = sizeof data };
        g_assert_cmpint(msturn_stream_next(bytes, unknown).kind, ==, MSTURN_UNIT_FOREIGN);
        g_assert_cmpint(msturn_stream_next(bytes, eager).kind, ==, MSTURN_UNIT_FOREIGN);
    }
    g_rand_free(random);
}

static void assert_waits(struct msturn_unit unit)
{
    g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
    g_assert_cmpuint(unit.missing, ==, 0);
    g_assert_cmpint(unit.begun, ==, MSTURN_UNIT_INCOMPLETE); /* no evidence yet */
    g_assert_cmpint(unit.framing, ==, MSTURN_FRAMING_UNDECIDED);
}

/* The first segment may end anywhere in the evidence: header and first attribute's header. Without leave to wait
 * it has to show the cookie at least, which ends at `cookie_end`. */
static void check_beginning(const GByteArray *stream, uint32_t cookie_end, uint32_t evidence)
{
    for (uint32_t length = 1; length < evidence; length++) {
        assert_waits(next_of(stream, length, length, eager));
        if (length < cookie_end)
            g_assert_cmpint(next_of(stream, length, length, unknown).kind, ==, MSTURN_UNIT_FOREIGN);
        else
            assert_waits(next_of(stream, length, length, unknown));
        /* Bytes that the capture left out do not arrive later: where a TURN server is expected, a header is enough. */
        const struct msturn_unit cut = next_of(stream, length, stream->len + 4, eager);
        if (length < MSTURN_HEADER_LENGTH || cookie_end != 8)
            g_assert_cmpint(cut.kind, ==, MSTURN_UNIT_FOREIGN);
        else
            g_assert_cmpint(cut.kind, ==, MSTURN_UNIT_MESSAGE);
    }
    for (uint32_t length = evidence; length < stream->len; length++) {
        const struct msturn_unit unit = next_of(stream, length, length, unknown);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
        g_assert_cmpuint(unit.missing, ==, stream->len - length);
        g_assert_cmpint(unit.begun, !=, MSTURN_UNIT_INCOMPLETE);
    }
}

static void test_beginning_of_a_message_is_waited_for(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);

    check_beginning(message, 8, MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH);
    g_byte_array_unref(message);
    message = vector_new(VECTOR_BIND_SUCCESS);
    check_beginning(message, 8, MSTURN_HEADER_LENGTH);
    g_byte_array_unref(message);
}

static void test_beginning_of_a_frame_is_waited_for(void)
{
    GByteArray *message = vector_new(VECTOR_MICROSOFT_CHECK);
    GByteArray *stream = g_byte_array_new();

    append_frame(stream, message->data, (uint16_t)message->len);
    check_beginning(stream, 10, MSTURN_FRAME_HEADER_LENGTH + MSTURN_HEADER_LENGTH);
    g_byte_array_unref(stream);
    g_byte_array_unref(message);
}

/* A capture may begin in the middle of a message. */
static void test_message_behind_something_needs_the_leave_to_search(void)
{
    GByteArray *stream = vector_new(VECTOR_RFC5769_REQUEST);
    GByteArray *second = vector_new(VECTOR_ALLOCATE_SUCCESS);
    struct msturn_circumstances at = unknown;

    g_byte_array_remove_range(stream, 0, 40);
    const uint32_t rest = stream->len;
    g_byte_array_append(stream, second->data, second->len);
    assert_foreign(stream, at);
    at.may_scan = true;
    assert_next(stream, at, MSTURN_UNIT_OPAQUE, rest, MSTURN_FRAMING_UNDECIDED);
    g_byte_array_unref(second);
    g_byte_array_unref(stream);
}

/* ---- the connection is ours, but not this direction of it ---- */

static void test_known_connection_is_never_foreign(void)
{
    GByteArray *stream = bytes_from_hex("eeeeeeeeeeeeeeeeeeeeeeee");
    struct msturn_circumstances at = unknown;

    at.known = true;
    assert_next(stream, at, MSTURN_UNIT_OPAQUE, stream->len, MSTURN_FRAMING_UNDECIDED);
    g_byte_array_unref(stream);
}

/* RFC 8656 section 12.5: both directions of a plain connection may carry ChannelData. */
static void test_channel_data_opposite_a_plain_stream(void)
{
    GByteArray *stream = g_byte_array_new();
    struct msturn_circumstances at = { .known = true, .other_framing = MSTURN_FRAMING_PLAIN };

    append_channel_data(stream, 0x4000, "hello", 5);
    assert_next(stream, at, MSTURN_UNIT_CHANNEL_DATA, 12, MSTURN_FRAMING_PLAIN);
    g_byte_array_unref(stream);
}

/* RFC 6544 section 7.1: both directions of an ICE-TCP connection are framed. */
static void test_media_opposite_an_rfc4571_stream(void)
{
    GByteArray *stream = g_byte_array_new();
    struct msturn_circumstances at = { .known = true, .other_framing = MSTURN_FRAMING_RFC4571 };

    append_packet_frame(stream, PACKET_RTP, 172);
    assert_next(stream, at, MSTURN_UNIT_FRAME, 174, MSTURN_FRAMING_RFC4571);
    /* A frame that goes on in the next segment is certain at the beginning of the connection only. */
    const struct msturn_unit elsewhere = next_of(stream, 100, 100, at);
    g_assert_cmpint(elsewhere.kind, ==, MSTURN_UNIT_OPAQUE);
    g_assert_cmpint(elsewhere.framing, ==, MSTURN_FRAMING_RFC4571_LOST);
    at.at_switch = true;
    const struct msturn_unit beginning = next_of(stream, 100, 100, at);
    g_assert_cmpint(beginning.kind, ==, MSTURN_UNIT_INCOMPLETE);
    g_assert_cmpuint(beginning.missing, ==, 74);
    g_byte_array_unref(stream);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units_undecided/good_message_claims_a_plain_stream", test_good_message_claims_a_plain_stream);
    g_test_add_func("/units_undecided/good_frame_claims_an_rfc4571_stream", test_good_frame_claims_an_rfc4571_stream);
    g_test_add_func("/units_undecided/channel_data_with_a_good_message_claims_a_plain_stream",
                    test_channel_data_with_a_good_message_claims_a_plain_stream);
    g_test_add_func("/units_undecided/null_frame_before_a_good_frame_claims_an_rfc4571_stream",
                    test_null_frame_before_a_good_frame_claims_an_rfc4571_stream);
    g_test_add_func("/units_undecided/channel_data_and_media_claim_nothing", test_channel_data_and_media_claim_nothing);
    g_test_add_func("/units_undecided/other_protocols_are_foreign", test_other_protocols_are_foreign);
    g_test_add_func("/units_undecided/random_bytes_are_foreign", test_random_bytes_are_foreign);
    g_test_add_func("/units_undecided/beginning_of_a_message_is_waited_for", test_beginning_of_a_message_is_waited_for);
    g_test_add_func("/units_undecided/beginning_of_a_frame_is_waited_for", test_beginning_of_a_frame_is_waited_for);
    g_test_add_func("/units_undecided/message_behind_something_needs_the_leave_to_search",
                    test_message_behind_something_needs_the_leave_to_search);
    g_test_add_func("/units_undecided/known_connection_is_never_foreign", test_known_connection_is_never_foreign);
    g_test_add_func("/units_undecided/channel_data_opposite_a_plain_stream_rfc8656_12_5",
                    test_channel_data_opposite_a_plain_stream);
    g_test_add_func("/units_undecided/media_opposite_an_rfc4571_stream_rfc6544_7_1",
                    test_media_opposite_an_rfc4571_stream);
    return g_test_run();
}
