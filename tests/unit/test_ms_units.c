/* test_ms_units.c
 * stream: units of Microsoft's framings: pseudo-TLS, frames, multiplexed TURN; loss; any segmentation.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "cutter.h"
#include "plugin/wire/stream.h"


#define RANDOM_28 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
#define SESSION_32 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define CLIENT_HELLO "160301002d 01000029 0301 5a5a1234" RANDOM_28 "00 0002 0018 01 00"
#define SERVER_HELLO "160301004e 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 0e000000"
#define SPLIT_HELLO "160301004a 02000046 0301 5a5a1234" RANDOM_28 "20" SESSION_32 "0018 00 1603010004 0e000000"
/* Type 02: an Allocate request, 40 bytes. An odd one: SOFTWARE of nine bytes, 45 bytes. */
#define CONTROL "0200 0024 0003 0010 5a9f0c318b1d3c5e77f0a1b2c3d4e5f6 000f0004 72c64bc6 80080004 00000002"
#define ODD "0200 0029 0103 0015 5a9f0c318b1d3c5e77f0a1b2c3d4e5f6 000f0004 72c64bc6 80220009 322e302e312e323131"
/* Type 03 with RTP, 16 bytes. Multiplexed TURN with a check, 40 bytes. */
#define END_TO_END "0300 000c 8060123400000001cafebabe"
#define MULTIPLEXED "ff10 0024 0102030405060708 0001 0008 2112a442 8b1d3c5e77f0a1b2c3d4e5f6 00240004 00000063"

static const struct msturn_circumstances unknown = { .framing = MSTURN_FRAMING_UNDECIDED, .at_switch = true };
static const struct msturn_circumstances eager = { .framing = MSTURN_FRAMING_UNDECIDED,
                                                   .may_wait = true,
                                                   .at_switch = true };
static const struct msturn_circumstances frames = { .framing = MSTURN_FRAMING_MS_FRAME, .known = true };
static const struct msturn_circumstances lost = { .framing = MSTURN_FRAMING_MS_FRAME_LOST, .known = true };
static const struct msturn_circumstances answers = { .framing = MSTURN_FRAMING_UNDECIDED,
                                                     .other_framing = MSTURN_FRAMING_MS_FRAME,
                                                     .other_began = MSTURN_FRAMING_PSEUDO_TLS,
                                                     .known = true,
                                                     .at_switch = true };

static struct msturn_unit next_of(const GByteArray *stream, uint32_t length, struct msturn_circumstances at)
{
    struct msturn_bytes bytes = exact_bytes(stream->data, length, length);
    const struct msturn_unit unit = msturn_stream_next(bytes, at);

    free_exact_bytes(bytes);
    return unit;
}

static struct msturn_unit next_of_hex(const char *hex, struct msturn_circumstances at)
{
    GByteArray *stream = bytes_from_hex(hex);
    const struct msturn_unit unit = next_of(stream, stream->len, at);

    g_byte_array_unref(stream);
    return unit;
}

static void assert_next(const char *hex, struct msturn_circumstances at, enum msturn_unit_kind kind, uint32_t length)
{
    const struct msturn_unit unit = next_of_hex(hex, at);

    g_assert_cmpint(unit.kind, ==, kind);
    g_assert_cmpuint(unit.length, ==, length);
    g_assert_cmpint(unit.lost, ==, kind == MSTURN_UNIT_OPAQUE && unit.framing != MSTURN_FRAMING_REFUSED);
}

static void test_hello_claims_a_stream_and_frames_follow(void)
{
    static const struct {
        const char *hex;
        uint32_t length;
    } records[] = { { CLIENT_HELLO, 50 }, { SERVER_HELLO, 83 }, { SPLIT_HELLO, 88 }, { CLIENT_HELLO CONTROL, 50 } };

    for (guint i = 0; i < G_N_ELEMENTS(records); i++) {
        const struct msturn_unit unit = next_of_hex(records[i].hex, unknown);
        assert_next(records[i].hex, unknown, MSTURN_UNIT_PSEUDO_TLS, records[i].length);
        g_assert_cmpint(unit.framing, ==, MSTURN_FRAMING_PSEUDO_TLS);
        g_assert_cmpint(unit.next_framing, ==, MSTURN_FRAMING_MS_FRAME);
    }
}

/* A revisit asks with the framing that the first pass noted. */
static void test_hello_is_the_same_on_a_revisit(void)
{
    struct msturn_circumstances again = { .framing = MSTURN_FRAMING_PSEUDO_TLS, .known = true, .at_switch = true };

    assert_next(CLIENT_HELLO, again, MSTURN_UNIT_PSEUDO_TLS, 50);
    assert_next(SERVER_HELLO, again, MSTURN_UNIT_PSEUDO_TLS, 83);
    assert_next(SPLIT_HELLO, again, MSTURN_UNIT_PSEUDO_TLS, 88);
}

static void test_hello_is_waited_for_where_a_server_is_expected(void)
{
    GByteArray *hello = bytes_from_hex(CLIENT_HELLO);

    for (uint32_t length = 1; length < hello->len; length++)
        g_assert_cmpint(next_of(hello, length, eager).kind, ==, MSTURN_UNIT_INCOMPLETE);
    g_byte_array_unref(hello);
}

static void test_real_tls_is_foreign(void)
{
    GByteArray *hello = bytes_from_hex(CLIENT_HELLO);

    hello->data[47] = 0x35; /* another suite */
    g_assert_cmpint(next_of(hello, hello->len, unknown).kind, ==, MSTURN_UNIT_FOREIGN);
    g_assert_cmpint(next_of(hello, hello->len, eager).kind, ==, MSTURN_UNIT_FOREIGN);
    g_byte_array_unref(hello);
    assert_next("1603010200 010001fc 0303", unknown, MSTURN_UNIT_FOREIGN, 0);
    assert_next("1503010002 0228", unknown, MSTURN_UNIT_FOREIGN, 0);
}

/* T2: what answers a hello and is no pseudo-TLS. */
static void test_other_answers_are_refusals(void)
{
    static const char *const others[] = { "1503010002 0228", "1603030050 02000046 0303", "485454502f312e3120343030" };

    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        const struct msturn_unit unit = next_of_hex(others[i], answers);
        g_assert_cmpint(unit.framing, ==, MSTURN_FRAMING_REFUSED);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_OPAQUE);
    }
    assert_next(SERVER_HELLO, answers, MSTURN_UNIT_PSEUDO_TLS, 83);
}

static void test_control_frame_claims_a_stream(void)
{
    assert_next(CONTROL, unknown, MSTURN_UNIT_MS_FRAME, 40);
    assert_next(ODD CONTROL, unknown, MSTURN_UNIT_MS_FRAME, 45);
    assert_next(MULTIPLEXED, unknown, MSTURN_UNIT_MULTIPLEXED, 40);
    assert_next(END_TO_END, unknown, MSTURN_UNIT_FOREIGN, 0); /* no evidence by itself */
}

static void test_frames_are_as_long_as_they_say(void)
{
    static const char *const units[] = { CONTROL, ODD, END_TO_END, "0300 0000", "0200 0003 f1f2f3" };

    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        GByteArray *stream = bytes_from_hex(units[i]);
        assert_next(units[i], frames, MSTURN_UNIT_MS_FRAME, stream->len);
        for (uint32_t length = 1; length < stream->len; length++) {
            const struct msturn_unit unit = next_of(stream, length, frames);
            g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
            g_assert_cmpuint(unit.missing, ==, length < 4 ? 0 : stream->len - length);
            g_assert_cmpint(unit.begun, ==, length < 4 ? MSTURN_UNIT_INCOMPLETE : MSTURN_UNIT_MS_FRAME);
        }
        g_byte_array_unref(stream);
    }
    assert_next(MULTIPLEXED, frames, MSTURN_UNIT_MULTIPLEXED, 40);
}

/* T6, T7: resynchronised only at a plausible header. */
static void test_no_header_is_lost_up_to_the_next_frame(void)
{
    assert_next("0400 0004 f1f2f3f4" CONTROL, frames, MSTURN_UNIT_OPAQUE, 8);
    assert_next("0201 0024 f1f2f3f4" CONTROL, frames, MSTURN_UNIT_OPAQUE, 8);
    assert_next("0400 0200 0300 0004", frames, MSTURN_UNIT_OPAQUE, 8);
}

static void test_lost_stream_resumes_at_a_frame(void)
{
    assert_next(CONTROL, lost, MSTURN_UNIT_MS_FRAME, 40);
    assert_next(END_TO_END, lost, MSTURN_UNIT_MS_FRAME, 16);
    assert_next(END_TO_END END_TO_END, lost, MSTURN_UNIT_MS_FRAME, 16);
    assert_next(MULTIPLEXED, lost, MSTURN_UNIT_MULTIPLEXED, 40);
    assert_next("c31e3c" CONTROL, lost, MSTURN_UNIT_OPAQUE, 3);
    assert_next("0300 0fff f1f2f3f4", lost, MSTURN_UNIT_OPAQUE, 8);
}

static void test_frame_cut_by_the_capture_keeps_its_length(void)
{
    GByteArray *stream = bytes_from_hex(CONTROL ODD);

    for (uint32_t captured = 4; captured < 40; captured++) {
        struct msturn_bytes bytes = exact_bytes(stream->data, captured, stream->len);
        const struct msturn_unit unit = msturn_stream_next(bytes, frames);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_MS_FRAME);
        g_assert_cmpuint(unit.length, ==, 40);
        free_exact_bytes(bytes);
    }
    g_byte_array_unref(stream);
}

/* ---- any segmentation ---- */

static void assert_cut(const GByteArray *stream, const uint32_t *ends, guint count)
{
    static const struct cut_unit expected[] = {
        { 0, 50, MSTURN_UNIT_PSEUDO_TLS, MSTURN_FRAMING_PSEUDO_TLS },
        { 50, 40, MSTURN_UNIT_MS_FRAME, MSTURN_FRAMING_MS_FRAME },
        { 90, 45, MSTURN_UNIT_MS_FRAME, MSTURN_FRAMING_MS_FRAME },
        { 135, 16, MSTURN_UNIT_MS_FRAME, MSTURN_FRAMING_MS_FRAME },
        { 151, 40, MSTURN_UNIT_MULTIPLEXED, MSTURN_FRAMING_MS_FRAME },
        { 191, 40, MSTURN_UNIT_MS_FRAME, MSTURN_FRAMING_MS_FRAME },
    };
    /* Sequence numbers wrap in the middle. */
    GArray *units = cut_stream(stream, ends, count, UINT32_MAX - 100, MSTURN_FRAMING_UNDECIDED);

    g_assert_cmpuint(units->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < units->len; i++) {
        const struct cut_unit *unit = &g_array_index(units, struct cut_unit, i);
        g_assert_cmpuint(unit->offset, ==, expected[i].offset);
        g_assert_cmpuint(unit->length, ==, expected[i].length);
        g_assert_cmpint(unit->kind, ==, expected[i].kind);
        g_assert_cmpint(unit->framing, ==, expected[i].framing);
    }
    g_array_unref(units);
}

static void test_segments_of_any_size_give_the_same_units(void)
{
    GByteArray *stream = bytes_from_hex(CLIENT_HELLO CONTROL ODD END_TO_END MULTIPLEXED CONTROL);
    uint32_t *ends = g_new(uint32_t, stream->len);

    for (uint32_t size = 1; size <= stream->len; size++) {
        guint count = 0;
        for (uint32_t end = size; end < stream->len; end += size)
            ends[count++] = end;
        assert_cut(stream, ends, count);
    }
    for (uint32_t place = 1; place < stream->len; place++)
        assert_cut(stream, &place, 1);
    g_free(ends);
    g_byte_array_unref(stream);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_units/hello_claims_a_stream_and_frames_follow_2_1_1",
                    test_hello_claims_a_stream_and_frames_follow);
    g_test_add_func("/ms_units/hello_is_the_same_on_a_revisit", test_hello_is_the_same_on_a_revisit);
    g_test_add_func("/ms_units/hello_is_waited_for_where_a_server_is_expected",
                    test_hello_is_waited_for_where_a_server_is_expected);
    g_test_add_func("/ms_units/real_tls_is_foreign", test_real_tls_is_foreign);
    g_test_add_func("/ms_units/other_answers_are_refusals", test_other_answers_are_refusals);
    g_test_add_func("/ms_units/control_frame_claims_a_stream_2_1_4", test_control_frame_claims_a_stream);
    g_test_add_func("/ms_units/frames_are_as_long_as_they_say_2_1_4", test_frames_are_as_long_as_they_say);
    g_test_add_func("/ms_units/no_header_is_lost_up_to_the_next_frame", test_no_header_is_lost_up_to_the_next_frame);
    g_test_add_func("/ms_units/lost_stream_resumes_at_a_frame", test_lost_stream_resumes_at_a_frame);
    g_test_add_func("/ms_units/frame_cut_by_the_capture_keeps_its_length",
                    test_frame_cut_by_the_capture_keeps_its_length);
    g_test_add_func("/ms_units/segments_of_any_size_give_the_same_units",
                    test_segments_of_any_size_give_the_same_units);
    return g_test_run();
}
