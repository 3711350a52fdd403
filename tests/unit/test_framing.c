/* test_framing.c
 * stream: which framing holds at which stream offset, and where bytes are missing.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/stream.h"

#include <glib.h>

static GPtrArray *memory;

static void *allocate(void *arena, size_t size)
{
    void *block = g_malloc0(size);

    g_ptr_array_add(arena, block);
    return block;
}

static void set_framing(struct msturn_stream *stream, uint32_t frame, uint32_t offset, enum msturn_framing framing)
{
    msturn_stream_set_framing(stream, frame, offset, framing, allocate, memory);
}

static void assert_framing(const struct msturn_stream *stream, uint32_t frame, uint32_t offset,
                           enum msturn_framing framing, bool begins_here)
{
    bool begins = !begins_here;

    g_assert_cmpint(msturn_stream_framing_at(stream, frame, offset, &begins), ==, framing);
    g_assert_cmpint(begins, ==, begins_here);
}

/* A direction whose bytes from `start` up to `cut` are cut, in frame 1, and are RFC 4571; then follows the beginning
 * of a unit of `open_length` bytes, unless that is 0. */
static struct msturn_stream framed_stream(uint32_t start, uint32_t cut, uint32_t open_length)
{
    struct msturn_stream stream = { 0 };

    msturn_stream_arrive(&stream, 1, start, allocate, memory);
    set_framing(&stream, 1, start, MSTURN_FRAMING_RFC4571);
    msturn_stream_consumed(&stream, cut, open_length);
    return stream;
}

static enum msturn_framing framing_after_arrival(struct msturn_stream *stream, uint32_t offset)
{
    bool begins_here;

    msturn_stream_arrive(stream, 2, offset, allocate, memory);
    return msturn_stream_framing_at(stream, 2, offset, &begins_here);
}

/* ---- by offset ---- */

static void test_new_stream_is_undecided(void)
{
    const struct msturn_stream stream = { 0 };

    assert_framing(&stream, 1, 0, MSTURN_FRAMING_UNDECIDED, false);
    assert_framing(&stream, UINT32_MAX, UINT32_MAX, MSTURN_FRAMING_UNDECIDED, false);
}

/* RFC 6062 section 5.4: the bytes behind the response are the peer's, also in the same segment. */
static void test_change_holds_from_its_offset_on(void)
{
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 5, 1000, MSTURN_FRAMING_PLAIN);
    set_framing(&stream, 5, 1020, MSTURN_FRAMING_BOUND);
    assert_framing(&stream, 5, 999, MSTURN_FRAMING_UNDECIDED, false);
    assert_framing(&stream, 5, 1000, MSTURN_FRAMING_PLAIN, true);
    assert_framing(&stream, 5, 1019, MSTURN_FRAMING_PLAIN, false);
    assert_framing(&stream, 5, 1020, MSTURN_FRAMING_BOUND, true);
    assert_framing(&stream, 5, 1021, MSTURN_FRAMING_BOUND, false);
}

/* The other direction's response makes the client's next bytes the peer's: learnt later than they were sent. */
static void test_revisit_gets_what_was_known_in_its_frame(void)
{
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 3, 0, MSTURN_FRAMING_PLAIN);
    set_framing(&stream, 8, 100, MSTURN_FRAMING_BOUND);
    set_framing(&stream, 9, 100, MSTURN_FRAMING_RFC4571);
    assert_framing(&stream, 2, 0, MSTURN_FRAMING_UNDECIDED, false);
    assert_framing(&stream, 7, 100, MSTURN_FRAMING_PLAIN, false);
    assert_framing(&stream, 8, 100, MSTURN_FRAMING_BOUND, true);
    assert_framing(&stream, 9, 100, MSTURN_FRAMING_RFC4571, true);
    assert_framing(&stream, 9, 99, MSTURN_FRAMING_PLAIN, false);
}

/* A segment in `frame` with one unit, from `start` to `end`; `behind` is the framing that the unit says follows it,
 * or UNDECIDED if it says nothing. */
static void take_segment(struct msturn_stream *stream, uint32_t frame, uint32_t start, uint32_t end,
                         enum msturn_framing framing, enum msturn_framing behind)
{
    msturn_stream_arrive(stream, frame, start, allocate, memory);
    set_framing(stream, frame, start, framing);
    if (behind != MSTURN_FRAMING_UNDECIDED)
        set_framing(stream, frame, end, behind);
    msturn_stream_consumed(stream, end, 0);
}

/* Bytes from before a change that come again change nothing. */
static void test_late_segment_before_a_change(void)
{
    struct msturn_stream stream = { 0 };

    take_segment(&stream, 1, 0, 100, MSTURN_FRAMING_PLAIN, MSTURN_FRAMING_UNDECIDED);
    take_segment(&stream, 2, 100, 200, MSTURN_FRAMING_RFC4571, MSTURN_FRAMING_UNDECIDED);
    take_segment(&stream, 3, 60, 100, MSTURN_FRAMING_PLAIN, MSTURN_FRAMING_UNDECIDED);
    assert_framing(&stream, 3, 60, MSTURN_FRAMING_PLAIN, false);
    assert_framing(&stream, 3, 100, MSTURN_FRAMING_RFC4571, true);
    assert_framing(&stream, 3, 200, MSTURN_FRAMING_RFC4571, false);
}

/* A first segment that arrives behind the second tells nothing about what follows the second. */
static void test_late_segment_before_the_first_change(void)
{
    struct msturn_stream stream = { 0 };

    take_segment(&stream, 1, 100, 200, MSTURN_FRAMING_RFC4571, MSTURN_FRAMING_UNDECIDED);
    take_segment(&stream, 2, 0, 100, MSTURN_FRAMING_PLAIN, MSTURN_FRAMING_UNDECIDED);
    assert_framing(&stream, 2, 200, MSTURN_FRAMING_RFC4571, false);
    g_assert_cmpint(msturn_stream_latest_framing(&stream, 2), ==, MSTURN_FRAMING_RFC4571);
}

/* RFC 6062 section 5.4: the response says that the peer's bytes follow; what they are has shown since. */
static void test_retransmitted_bind_response_changes_nothing(void)
{
    struct msturn_stream stream = { 0 };

    take_segment(&stream, 1, 0, 20, MSTURN_FRAMING_PLAIN, MSTURN_FRAMING_BOUND);
    take_segment(&stream, 2, 20, 130, MSTURN_FRAMING_RFC4571, MSTURN_FRAMING_UNDECIDED);
    take_segment(&stream, 3, 0, 20, MSTURN_FRAMING_PLAIN, MSTURN_FRAMING_BOUND);
    assert_framing(&stream, 3, 130, MSTURN_FRAMING_RFC4571, false);
    assert_framing(&stream, 4, 200, MSTURN_FRAMING_RFC4571, false);
}

static void test_first_and_latest_framing_are_those_of_the_first_and_last_change(void)
{
    struct msturn_stream stream = { 0 };

    g_assert_cmpint(msturn_stream_first_framing(&stream, 1), ==, MSTURN_FRAMING_UNDECIDED);
    g_assert_cmpint(msturn_stream_latest_framing(&stream, 1), ==, MSTURN_FRAMING_UNDECIDED);
    take_segment(&stream, 3, 0, 20, MSTURN_FRAMING_PLAIN, MSTURN_FRAMING_BOUND);
    take_segment(&stream, 7, 20, 130, MSTURN_FRAMING_RFC4571, MSTURN_FRAMING_UNDECIDED);
    g_assert_cmpint(msturn_stream_first_framing(&stream, 2), ==, MSTURN_FRAMING_UNDECIDED);
    g_assert_cmpint(msturn_stream_first_framing(&stream, 3), ==, MSTURN_FRAMING_PLAIN);
    g_assert_cmpint(msturn_stream_first_framing(&stream, 7), ==, MSTURN_FRAMING_PLAIN);
    g_assert_cmpint(msturn_stream_latest_framing(&stream, 2), ==, MSTURN_FRAMING_UNDECIDED);
    g_assert_cmpint(msturn_stream_latest_framing(&stream, 3), ==, MSTURN_FRAMING_BOUND);
    g_assert_cmpint(msturn_stream_latest_framing(&stream, 6), ==, MSTURN_FRAMING_BOUND);
    g_assert_cmpint(msturn_stream_latest_framing(&stream, 7), ==, MSTURN_FRAMING_RFC4571);
}

static void test_many_changes(void)
{
    struct msturn_stream stream = { 0 };

    for (uint32_t i = 0; i < 1000; i++)
        set_framing(&stream, i, i * 10, i % 2 ? MSTURN_FRAMING_RFC4571 : MSTURN_FRAMING_RFC4571_LOST);
    for (uint32_t i = 0; i < 1000; i++) {
        const enum msturn_framing framing = i % 2 ? MSTURN_FRAMING_RFC4571 : MSTURN_FRAMING_RFC4571_LOST;
        assert_framing(&stream, 1000, i * 10, framing, true);
        assert_framing(&stream, 1000, i * 10 + 9, framing, false);
        assert_framing(&stream, i, i * 10, framing, true);
    }
}

/* ---- sequence numbers wrap ---- */

static void test_change_holds_across_the_wrap(void)
{
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 1, UINT32_MAX - 9, MSTURN_FRAMING_PLAIN);
    set_framing(&stream, 2, 10, MSTURN_FRAMING_BOUND);
    assert_framing(&stream, 2, UINT32_MAX, MSTURN_FRAMING_PLAIN, false);
    assert_framing(&stream, 2, 0, MSTURN_FRAMING_PLAIN, false);
    assert_framing(&stream, 2, 9, MSTURN_FRAMING_PLAIN, false);
    assert_framing(&stream, 2, 10, MSTURN_FRAMING_BOUND, true);
    assert_framing(&stream, 2, UINT32_MAX - 10, MSTURN_FRAMING_UNDECIDED, false);
}

/* The caller sets the framing of every unit. 20 GiB in units of 1 MiB. */
static void test_framing_holds_for_more_than_the_numbers_last(void)
{
    static const uint32_t step = UINT32_C(1) << 20;
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 1, 0, MSTURN_FRAMING_PLAIN);
    set_framing(&stream, 1, 100, MSTURN_FRAMING_RFC4571);
    for (uint32_t i = 0; i < 20 * 1024; i++) {
        const uint32_t offset = 100 + i * step;
        bool begins_here;
        g_assert_cmpint(msturn_stream_framing_at(&stream, i + 1, offset, &begins_here), ==, MSTURN_FRAMING_RFC4571);
        set_framing(&stream, i + 1, offset, MSTURN_FRAMING_RFC4571);
        if (i > 0)
            assert_framing(&stream, i + 1, offset - 1, MSTURN_FRAMING_RFC4571, false);
    }
    for (uint32_t i = 1; i < 20 * 1024; i++)
        assert_framing(&stream, i + 1, 100 + i * step - 1, MSTURN_FRAMING_RFC4571, false);
}

/* What is noted again so that offsets keep their sign is no beginning: nothing switches there. */
static void test_refresh_is_no_beginning(void)
{
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 1, 0, MSTURN_FRAMING_BOUND);
    for (uint32_t i = 1; i < 16; i++) {
        const uint32_t offset = i * UINT32_C(0x10000000);
        assert_framing(&stream, i + 1, offset, MSTURN_FRAMING_BOUND, false);
        set_framing(&stream, i + 1, offset, MSTURN_FRAMING_BOUND);
        assert_framing(&stream, i + 1, offset, MSTURN_FRAMING_BOUND, false);
    }
}

/* ---- missing bytes ---- */

static void test_bytes_in_order_lose_nothing(void)
{
    struct msturn_stream stream = framed_stream(0, 500, 0);

    g_assert_cmpint(framing_after_arrival(&stream, 500), ==, MSTURN_FRAMING_RFC4571);
}

static void test_gap_loses_an_rfc4571_stream(void)
{
    struct msturn_stream stream = framed_stream(0, 500, 0);

    g_assert_cmpint(framing_after_arrival(&stream, 501), ==, MSTURN_FRAMING_RFC4571_LOST);
    assert_framing(&stream, 2, 500, MSTURN_FRAMING_RFC4571, false);
    assert_framing(&stream, 1, 501, MSTURN_FRAMING_RFC4571, false);
}

static void test_gap_across_the_wrap(void)
{
    struct msturn_stream stream = framed_stream(UINT32_MAX - 99, UINT32_MAX - 9, 0);

    g_assert_cmpint(framing_after_arrival(&stream, 5), ==, MSTURN_FRAMING_RFC4571_LOST);

    struct msturn_stream in_order = framed_stream(UINT32_MAX - 99, 20, 0);
    g_assert_cmpint(framing_after_arrival(&in_order, 20), ==, MSTURN_FRAMING_RFC4571);
}

/* ChannelData has no cookie: after a gap almost anything looks like it. */
static void test_gap_loses_a_plain_stream(void)
{
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 1, 0, MSTURN_FRAMING_PLAIN);
    msturn_stream_consumed(&stream, 500, 0);
    g_assert_cmpint(framing_after_arrival(&stream, 500), ==, MSTURN_FRAMING_PLAIN);
    g_assert_cmpint(framing_after_arrival(&stream, 501), ==, MSTURN_FRAMING_PLAIN_LOST);
}

/* There is nothing to lose. */
static void test_gap_leaves_other_framings_alone(void)
{
    static const enum msturn_framing framings[] = { MSTURN_FRAMING_BOUND, MSTURN_FRAMING_PLAIN_LOST,
                                                    MSTURN_FRAMING_RFC4571_LOST };

    for (guint i = 0; i < G_N_ELEMENTS(framings); i++) {
        struct msturn_stream stream = { 0 };
        set_framing(&stream, 1, 0, framings[i]);
        msturn_stream_consumed(&stream, 500, 0);
        g_assert_cmpint(framing_after_arrival(&stream, 600), ==, framings[i]);
    }
}

/* A frame begins at 500 and ends before 600: when its end is missing, the next one still is where it has to be. */
static void test_gap_up_to_the_end_of_an_open_unit_loses_nothing(void)
{
    struct msturn_stream stream = framed_stream(0, 500, 100);

    g_assert_cmpint(framing_after_arrival(&stream, 600), ==, MSTURN_FRAMING_RFC4571);

    struct msturn_stream before = framed_stream(0, 500, 100);
    g_assert_cmpint(framing_after_arrival(&before, 599), ==, MSTURN_FRAMING_RFC4571_LOST);

    struct msturn_stream behind = framed_stream(0, 500, 100);
    g_assert_cmpint(framing_after_arrival(&behind, 601), ==, MSTURN_FRAMING_RFC4571_LOST);

    struct msturn_stream wrapping = framed_stream(UINT32_MAX - 99, UINT32_MAX - 9, 30);
    g_assert_cmpint(framing_after_arrival(&wrapping, 20), ==, MSTURN_FRAMING_RFC4571);
}

/* Retransmitted or out of order. */
static void test_late_bytes_lose_nothing(void)
{
    struct msturn_stream stream = framed_stream(0, 500, 0);

    g_assert_cmpint(framing_after_arrival(&stream, 200), ==, MSTURN_FRAMING_RFC4571);
    msturn_stream_consumed(&stream, 300, 0);
    g_assert_cmpint(framing_after_arrival(&stream, 500), ==, MSTURN_FRAMING_RFC4571);
    g_assert_cmpint(framing_after_arrival(&stream, 501), ==, MSTURN_FRAMING_RFC4571_LOST);
}

/* A capture may begin anywhere. */
static void test_first_bytes_have_no_gap_before_them(void)
{
    struct msturn_stream stream = { 0 };

    set_framing(&stream, 1, 0, MSTURN_FRAMING_RFC4571);
    g_assert_cmpint(framing_after_arrival(&stream, 123456), ==, MSTURN_FRAMING_RFC4571);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    memory = g_ptr_array_new_with_free_func(g_free);
    g_test_add_func("/framing/new_stream_is_undecided", test_new_stream_is_undecided);
    g_test_add_func("/framing/change_holds_from_its_offset_on_rfc6062_5_4", test_change_holds_from_its_offset_on);
    g_test_add_func("/framing/revisit_gets_what_was_known_in_its_frame", test_revisit_gets_what_was_known_in_its_frame);
    g_test_add_func("/framing/late_segment_before_a_change", test_late_segment_before_a_change);
    g_test_add_func("/framing/late_segment_before_the_first_change", test_late_segment_before_the_first_change);
    g_test_add_func("/framing/retransmitted_bind_response_changes_nothing_rfc6062_5_4",
                    test_retransmitted_bind_response_changes_nothing);
    g_test_add_func("/framing/first_and_latest_framing_are_those_of_the_first_and_last_change",
                    test_first_and_latest_framing_are_those_of_the_first_and_last_change);
    g_test_add_func("/framing/many_changes", test_many_changes);
    g_test_add_func("/framing/change_holds_across_the_wrap", test_change_holds_across_the_wrap);
    g_test_add_func("/framing/holds_for_more_than_the_numbers_last", test_framing_holds_for_more_than_the_numbers_last);
    g_test_add_func("/framing/refresh_is_no_beginning", test_refresh_is_no_beginning);
    g_test_add_func("/framing/bytes_in_order_lose_nothing", test_bytes_in_order_lose_nothing);
    g_test_add_func("/framing/gap_loses_an_rfc4571_stream", test_gap_loses_an_rfc4571_stream);
    g_test_add_func("/framing/gap_across_the_wrap", test_gap_across_the_wrap);
    g_test_add_func("/framing/gap_loses_a_plain_stream", test_gap_loses_a_plain_stream);
    g_test_add_func("/framing/gap_leaves_other_framings_alone", test_gap_leaves_other_framings_alone);
    g_test_add_func("/framing/gap_up_to_the_end_of_an_open_unit_loses_nothing",
                    test_gap_up_to_the_end_of_an_open_unit_loses_nothing);
    g_test_add_func("/framing/late_bytes_lose_nothing", test_late_bytes_lose_nothing);
    g_test_add_func("/framing/first_bytes_have_no_gap_before_them", test_first_bytes_have_no_gap_before_them);
    const int result = g_test_run();
    g_ptr_array_unref(memory);
    return result;
}
