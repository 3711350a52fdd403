/* test_units_framed.c
 * stream: units of RFC 4571 streams, known, lost, and behind a ConnectionBind.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/wire/stream.h"
#include "vectors.h"

#include <string.h>

static const struct msturn_circumstances framed = { .framing = MSTURN_FRAMING_RFC4571, .known = true };
static const struct msturn_circumstances lost = { .framing = MSTURN_FRAMING_RFC4571_LOST, .known = true };
static const struct msturn_circumstances bound = { .framing = MSTURN_FRAMING_BOUND, .known = true, .at_switch = true };

/* What begins when the first `length` bytes have arrived. */
static struct msturn_unit next_of(const GByteArray *stream, uint32_t length, struct msturn_circumstances at)
{
    struct msturn_bytes bytes = exact_bytes(stream->data, length, length);
    const struct msturn_unit unit = msturn_stream_next(bytes, at);

    free_exact_bytes(bytes);
    return unit;
}

static void assert_next(const GByteArray *stream, struct msturn_circumstances at, enum msturn_unit_kind kind,
                        uint32_t length, enum msturn_framing framing)
{
    const struct msturn_unit unit = next_of(stream, stream->len, at);

    g_assert_cmpint(unit.kind, ==, kind);
    g_assert_cmpuint(unit.length, ==, length);
    g_assert_cmpint(unit.framing, ==, framing);
    /* A raw copy of the peer's stream may be anything; where framing is known, it is lost. */
    g_assert_cmpint(unit.lost, ==, kind == MSTURN_UNIT_OPAQUE && at.framing != MSTURN_FRAMING_BOUND);
}

static GByteArray *stun_frame_new(void)
{
    GByteArray *stream = g_byte_array_new();
    GByteArray *check = vector_new(VECTOR_MICROSOFT_CHECK);

    append_frame(stream, check->data, (uint16_t)check->len);
    g_byte_array_unref(check);
    return stream;
}

static GByteArray *packet_frame_new(enum packet_kind kind, uint16_t length)
{
    GByteArray *stream = g_byte_array_new();

    append_packet_frame(stream, kind, length);
    return stream;
}

static GByteArray *frame_new(const char *packet)
{
    GByteArray *stream = g_byte_array_new();

    append_frame(stream, packet, (uint16_t)strlen(packet));
    return stream;
}

/* ---- RFC 4571 ---- */

static void check_frame(GByteArray *stream)
{
    assert_next(stream, framed, MSTURN_UNIT_FRAME, stream->len, MSTURN_FRAMING_RFC4571);
    for (uint32_t length = 1; length < stream->len; length++) {
        const struct msturn_unit unit = next_of(stream, length, framed);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
        g_assert_cmpuint(unit.missing, ==, length < 2 ? 0 : stream->len - length);
        g_assert_cmpint(unit.begun, ==, length < 2 ? MSTURN_UNIT_INCOMPLETE : MSTURN_UNIT_FRAME);
        g_assert_cmpint(unit.framing, ==, MSTURN_FRAMING_RFC4571);
    }
    g_byte_array_unref(stream);
}

/* RFC 4571 section 2: any packet, no padding, a length of 0 is a null packet. */
static void test_frame_holds_any_packet(void)
{
    check_frame(stun_frame_new());
    check_frame(packet_frame_new(PACKET_RTP, 173));
    check_frame(packet_frame_new(PACKET_RTCP, 8));
    check_frame(packet_frame_new(PACKET_DTLS, 1025));
    check_frame(frame_new("some bytes of an application"));
    check_frame(frame_new("x"));
    check_frame(frame_new(""));
}

static void test_longest_frame(void)
{
    GByteArray *stream = packet_frame_new(PACKET_RTP, UINT16_MAX);

    assert_next(stream, framed, MSTURN_UNIT_FRAME, 65537, MSTURN_FRAMING_RFC4571);
    g_byte_array_unref(stream);
}

/* RFC 6544 section 7.1 forbids it. */
static void test_bare_message_in_a_framed_stream_is_a_message(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);

    assert_next(message, framed, MSTURN_UNIT_MESSAGE, message->len, MSTURN_FRAMING_RFC4571);
    g_byte_array_unref(message);
}

static void test_frame_cut_by_the_capture_keeps_its_length(void)
{
    GByteArray *stream = packet_frame_new(PACKET_RTP, 172);

    for (uint32_t captured = 2; captured <= stream->len; captured++) {
        struct msturn_bytes bytes = exact_bytes(stream->data, captured, stream->len + 50);
        const struct msturn_unit unit = msturn_stream_next(bytes, framed);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_FRAME);
        g_assert_cmpuint(unit.length, ==, stream->len);
        free_exact_bytes(bytes);
    }
    g_byte_array_unref(stream);
}

/* ---- RFC 4571, a frame's beginning unknown ---- */

static void test_lost_stream_resumes_at_a_stun_frame(void)
{
    GByteArray *stream = stun_frame_new();

    assert_next(stream, lost, MSTURN_UNIT_FRAME, 110, MSTURN_FRAMING_RFC4571);
    for (uint32_t garbage = 1; garbage < 40; garbage++) {
        g_byte_array_prepend(stream, (const uint8_t *)"\xEE", 1);
        assert_next(stream, lost, MSTURN_UNIT_OPAQUE, garbage, MSTURN_FRAMING_RFC4571_LOST);
    }
    g_byte_array_unref(stream);
}

/* Frames that chain up to the end of the segment are no coincidence; one that does not reach it may be. */
static void test_lost_stream_resumes_at_media_frames_that_fill_the_segment(void)
{
    GByteArray *stream = packet_frame_new(PACKET_RTP, 172);

    assert_next(stream, lost, MSTURN_UNIT_FRAME, 174, MSTURN_FRAMING_RFC4571);
    append_packet_frame(stream, PACKET_RTCP, 28);
    append_packet_frame(stream, PACKET_DTLS, 61);
    assert_next(stream, lost, MSTURN_UNIT_FRAME, 174, MSTURN_FRAMING_RFC4571);
    g_byte_array_append(stream, (const uint8_t *)"\0", 1);
    assert_next(stream, lost, MSTURN_UNIT_OPAQUE, stream->len, MSTURN_FRAMING_RFC4571_LOST);
    g_byte_array_set_size(stream, 173);
    assert_next(stream, lost, MSTURN_UNIT_OPAQUE, 173, MSTURN_FRAMING_RFC4571_LOST);
    g_byte_array_unref(stream);
}

/* What the search stops at must be taken, or the same bytes would be reported as lost twice. */
static void test_lost_stream_resumes_at_a_bare_message(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);

    g_assert_cmpint(next_of(message, message->len, lost).kind, ==, MSTURN_UNIT_MESSAGE);
    g_byte_array_unref(message);
}

static void test_no_bytes_are_no_frame(void)
{
    GByteArray *stream = g_byte_array_new();
    struct msturn_circumstances at = bound;

    at.at_switch = false;
    at.other_framing = MSTURN_FRAMING_RFC4571;
    g_assert_cmpint(next_of(stream, 0, lost).kind, !=, MSTURN_UNIT_FRAME);
    g_assert_cmpint(next_of(stream, 0, at).kind, !=, MSTURN_UNIT_FRAME);
    g_byte_array_unref(stream);
}

/* ---- behind a ConnectionBind, RFC 6062 section 3 ---- */

/* RFC 6544 section 7.1: frames from the first byte on. */
static void test_bound_stream_may_begin_with_a_frame(void)
{
    static const struct {
        enum packet_kind kind;
        uint16_t length;
    } packets[] = {
        { PACKET_RTP, 12 }, { PACKET_RTP, 1201 }, { PACKET_RTCP, 8 }, { PACKET_DTLS, 13 }, { PACKET_DTLS, 1025 }
    };
    GByteArray *stream = stun_frame_new();

    assert_next(stream, bound, MSTURN_UNIT_FRAME, 110, MSTURN_FRAMING_RFC4571);
    g_byte_array_unref(stream);
    for (guint i = 0; i < G_N_ELEMENTS(packets); i++) {
        stream = packet_frame_new(packets[i].kind, packets[i].length);
        assert_next(stream, bound, MSTURN_UNIT_FRAME, stream->len, MSTURN_FRAMING_RFC4571);
        g_byte_array_unref(stream);
    }
}

static void test_bound_stream_may_begin_with_a_bare_message(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);

    assert_next(message, bound, MSTURN_UNIT_MESSAGE, message->len, MSTURN_FRAMING_PLAIN);
    g_byte_array_unref(message);
}

/* A raw copy of the peer's stream: not ours to judge. */
static void test_bound_stream_may_be_anything(void)
{
    static const char *const beginnings[] = {
        "1603010200010001fc0303 00112233445566778899aabbccddeeff",  /* TLS ClientHello */
        "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a",   /* GET / HTTP/1.1 */
        "0300002a25e00000000000436f6f6b69653a206d737473686173683d", /* RDP: TPKT, X.224 */
    };

    for (guint i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        GByteArray *stream = bytes_from_hex(beginnings[i]);
        assert_next(stream, bound, MSTURN_UNIT_OPAQUE, stream->len, MSTURN_FRAMING_BOUND);
        g_byte_array_unref(stream);
    }
}

/* The first segment may end anywhere: wait as long as a frame with STUN or media, or a message, may begin. */
static void check_bound_beginning_waits(GByteArray *stream, uint32_t decided)
{
    for (uint32_t length = 1; length < decided; length++) {
        const struct msturn_unit unit = next_of(stream, length, bound);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
        g_assert_cmpuint(unit.missing, ==, 0);
        g_assert_cmpint(unit.framing, ==, MSTURN_FRAMING_BOUND);
    }
    const struct msturn_unit unit = next_of(stream, decided, bound);
    g_assert_cmpint(unit.framing, !=, MSTURN_FRAMING_BOUND);
    g_byte_array_unref(stream);
}

static void test_bound_beginning_waits_for_a_stun_frame(void)
{
    check_bound_beginning_waits(stun_frame_new(), MSTURN_FRAME_HEADER_LENGTH + MSTURN_HEADER_LENGTH);
}

static void test_bound_beginning_waits_for_a_message(void)
{
    check_bound_beginning_waits(vector_new(VECTOR_RFC5769_REQUEST), MSTURN_HEADER_LENGTH);
}

static void test_bound_beginning_waits_for_media(void)
{
    check_bound_beginning_waits(packet_frame_new(PACKET_DTLS, 13), 4);
    check_bound_beginning_waits(packet_frame_new(PACKET_DTLS, 1025), 4);
    check_bound_beginning_waits(packet_frame_new(PACKET_RTP, 172), 5); /* 00 ac 80 60: a message without its cookie */
}

/* Elsewhere in the stream only the other direction makes media frames likely. */
static void test_media_in_a_bound_stream_needs_the_other_direction(void)
{
    GByteArray *stream = packet_frame_new(PACKET_RTP, 172);
    struct msturn_circumstances at = bound;

    at.at_switch = false;
    assert_next(stream, at, MSTURN_UNIT_OPAQUE, 174, MSTURN_FRAMING_BOUND);
    at.other_framing = MSTURN_FRAMING_RFC4571;
    assert_next(stream, at, MSTURN_UNIT_FRAME, 174, MSTURN_FRAMING_RFC4571);
    g_byte_array_append(stream, (const uint8_t *)"\0", 1);
    assert_next(stream, at, MSTURN_UNIT_OPAQUE, 175, MSTURN_FRAMING_BOUND);
    g_byte_array_unref(stream);
}

static void test_frame_is_found_behind_opaque_bytes(void)
{
    GByteArray *stream = stun_frame_new();

    g_byte_array_prepend(stream, (const uint8_t *)"\xEE\xEE\xEE", 3);
    assert_next(stream, bound, MSTURN_UNIT_OPAQUE, 3, MSTURN_FRAMING_BOUND);
    g_byte_array_unref(stream);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units_framed/frame_holds_any_packet_rfc4571_2", test_frame_holds_any_packet);
    g_test_add_func("/units_framed/longest_frame", test_longest_frame);
    g_test_add_func("/units_framed/bare_message_in_a_framed_stream_is_a_message",
                    test_bare_message_in_a_framed_stream_is_a_message);
    g_test_add_func("/units_framed/frame_cut_by_the_capture_keeps_its_length",
                    test_frame_cut_by_the_capture_keeps_its_length);
    g_test_add_func("/units_framed/lost_stream_resumes_at_a_stun_frame", test_lost_stream_resumes_at_a_stun_frame);
    g_test_add_func("/units_framed/lost_stream_resumes_at_media_frames_that_fill_the_segment",
                    test_lost_stream_resumes_at_media_frames_that_fill_the_segment);
    g_test_add_func("/units_framed/lost_stream_resumes_at_a_bare_message", test_lost_stream_resumes_at_a_bare_message);
    g_test_add_func("/units_framed/no_bytes_are_no_frame", test_no_bytes_are_no_frame);
    g_test_add_func("/units_framed/bound_stream_may_begin_with_a_frame_rfc6544_7_1",
                    test_bound_stream_may_begin_with_a_frame);
    g_test_add_func("/units_framed/bound_stream_may_begin_with_a_bare_message",
                    test_bound_stream_may_begin_with_a_bare_message);
    g_test_add_func("/units_framed/bound_stream_may_be_anything_rfc6062_3", test_bound_stream_may_be_anything);
    g_test_add_func("/units_framed/bound_beginning_waits_for_a_stun_frame",
                    test_bound_beginning_waits_for_a_stun_frame);
    g_test_add_func("/units_framed/bound_beginning_waits_for_a_message", test_bound_beginning_waits_for_a_message);
    g_test_add_func("/units_framed/bound_beginning_waits_for_media", test_bound_beginning_waits_for_media);
    g_test_add_func("/units_framed/media_in_a_bound_stream_needs_the_other_direction",
                    test_media_in_a_bound_stream_needs_the_other_direction);
    g_test_add_func("/units_framed/frame_is_found_behind_opaque_bytes", test_frame_is_found_behind_opaque_bytes);
    return g_test_run();
}
