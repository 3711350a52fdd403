/* fuzz_stream.c
 * libFuzzer: what is found in a stream does not depend on how TCP cut it, nor on what was lost elsewhere in it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The input is a first byte that chooses the task. Then, for a good stream: how it is built (stream_build.c), how it is cut,
 * and which segment is missing or late; or the bytes of any stream, and circumstances for them.
 */
#include "build.h"
#include "stream_build.h"

enum task { TASK_SEGMENTS, TASK_LOSS, TASK_LATE, TASK_ANY_STREAM, TASK_ANY_BYTES, TASK_COUNT };

/* ---- segments ---- */

static GArray *whole_segment(uint32_t length)
{
    const struct arrival whole = { 0, length };
    GArray *arrivals = g_array_new(FALSE, FALSE, sizeof(struct arrival));

    g_array_append_val(arrivals, whole);
    return arrivals;
}

/* Mostly short ones; where the input ends, so does the cutting. */
static GArray *cut_segments(struct input *input, uint32_t length)
{
    GArray *arrivals = g_array_new(FALSE, FALSE, sizeof(struct arrival));
    uint32_t from = 0;

    while (from < length) {
        const uint8_t choice = input_byte(input);
        const uint32_t wanted = choice == 0 ? length : choice < 192 ? choice : (choice - 191) * 32u;
        const struct arrival arrival = { from, from + MIN(wanted, length - from) };
        g_array_append_val(arrivals, arrival);
        from = arrival.to;
    }
    return arrivals;
}

/* ---- comparing ---- */

static const struct found_unit *unit_at(const GArray *units, guint index)
{
    return &g_array_index(units, struct found_unit, index);
}

static bool same_unit(const struct found_unit *a, const struct found_unit *b)
{
    return a->offset == b->offset && a->length == b->length && a->kind == b->kind && a->framing == b->framing;
}

static bool has_unit(const GArray *units, const struct found_unit *unit)
{
    for (guint i = 0; i < units->len; i++) {
        if (same_unit(unit_at(units, i), unit))
            return true;
    }
    return false;
}

static void assert_same_units(const GArray *units, const GArray *expected)
{
    g_assert_cmpuint(units->len, ==, expected->len);
    for (guint i = 0; i < units->len; i++)
        g_assert_true(same_unit(unit_at(units, i), unit_at(expected, i)));
}

static void assert_cut_gives(const struct built_stream *stream, GArray *arrivals, uint32_t first)
{
    GArray *units = cut_arrivals(stream->bytes, arrivals, first, MSTURN_FRAMING_UNDECIDED);

    assert_same_units(units, stream->units);
    g_array_unref(units);
    g_array_unref(arrivals);
}

/* ---- loss ---- */

/* A message whose frame's header is in the hole, or in the segment in front, is still a message. */
static bool is_in_frame(const struct found_unit *message, const struct found_unit *frame)
{
    return message->kind == MSTURN_UNIT_MESSAGE && frame->kind == MSTURN_UNIT_FRAME &&
           message->offset == frame->offset + MSTURN_FRAME_HEADER_LENGTH &&
           message->length == frame->length - MSTURN_FRAME_HEADER_LENGTH;
}

/* Nothing is claimed that was not sent. Bytes without a claim are OPAQUE. */
static void assert_nothing_made_up(const struct built_stream *stream, const GArray *units)
{
    for (guint i = 0; i < units->len; i++) {
        const struct found_unit *unit = unit_at(units, i);
        bool sent = unit->kind == MSTURN_UNIT_OPAQUE || has_unit(stream->units, unit);
        for (guint j = 0; j < stream->units->len && !sent; j++)
            sent = is_in_frame(unit, unit_at(stream->units, j));
        g_assert_true(sent);
    }
}

static bool is_in_one_segment(const struct found_unit *unit, const GArray *arrivals)
{
    for (guint i = 0; i < arrivals->len; i++) {
        const struct arrival *arrival = &g_array_index(arrivals, struct arrival, i);
        if (arrival->from <= unit->offset && unit->offset + unit->length <= arrival->to)
            return true;
    }
    return false;
}

/* All units in front of the hole are found; and all behind it, from the first one on that says by itself what it is and
 * arrived in one piece. */
static void assert_rest_is_found(const struct built_stream *stream, const GArray *units, const GArray *arrivals,
                                 struct arrival hole)
{
    bool found_again = false;

    for (guint i = 0; i < stream->units->len; i++) {
        const struct found_unit *unit = unit_at(stream->units, i);
        const bool behind = unit->offset >= hole.to;
        if (behind && g_array_index(stream->recognisable, gboolean, i) && is_in_one_segment(unit, arrivals))
            found_again = true;
        if (unit->offset + unit->length <= hole.from || found_again)
            g_assert_true(has_unit(units, unit));
    }
}

/* The segments that begin behind what settles the framing. */
static guint first_to_lose(const struct built_stream *stream, const GArray *arrivals)
{
    const struct found_unit *settling = unit_at(stream->units, stream->settled - 1);
    guint index = 0;

    while (index < arrivals->len &&
           g_array_index(arrivals, struct arrival, index).from < settling->offset + settling->length)
        index++;
    return index;
}

static void check_loss(const struct built_stream *stream, GArray *arrivals, uint32_t first, uint8_t choice)
{
    const guint candidates = first_to_lose(stream, arrivals);

    if (candidates == arrivals->len)
        return;
    const guint lost = candidates + choice % (arrivals->len - candidates);
    const struct arrival hole = g_array_index(arrivals, struct arrival, lost);
    g_array_remove_index(arrivals, lost);
    GArray *units = cut_arrivals(stream->bytes, arrivals, first, MSTURN_FRAMING_UNDECIDED);
    assert_nothing_made_up(stream, units);
    assert_rest_is_found(stream, units, arrivals, hole);
    g_array_unref(units);
}

/* ---- late and repeated segments ---- */

/* TCP hands on what comes when it comes, unless it is told to put segments in order. */
static void shuffle(GArray *arrivals, struct input *input)
{
    for (uint32_t left = 1 + input_below(input, 4); left > 0; left--) {
        const guint from = input_below(input, arrivals->len);
        const guint to = input_below(input, arrivals->len);
        const struct arrival moved = g_array_index(arrivals, struct arrival, from);
        if (input_below(input, 2) == 0)
            g_array_remove_index(arrivals, from);
        g_array_insert_val(arrivals, to, moved);
    }
}

/* ---- tasks ---- */

static void try_good_stream(struct input *input, enum task task)
{
    const uint32_t first = input_number32(input);
    struct built_stream stream = build_stream(input);
    const uint8_t choice = input_byte(input);

    assert_cut_gives(&stream, whole_segment(stream.bytes->len), first);
    GArray *arrivals = cut_segments(input, stream.bytes->len);
    if (task == TASK_SEGMENTS) {
        assert_cut_gives(&stream, g_array_ref(arrivals), first);
    } else if (task == TASK_LOSS) {
        check_loss(&stream, arrivals, first, choice);
    } else {
        shuffle(arrivals, input);
        g_array_unref(cut_arrivals(stream.bytes, arrivals, first, MSTURN_FRAMING_UNDECIDED));
    }
    g_array_unref(arrivals);
    free_stream(&stream);
}

static enum msturn_framing choose_framing(struct input *input)
{
    return (enum msturn_framing)input_below(input, MSTURN_FRAMING_REFUSED + 1);
}

/* Any bytes, cut anyhow, in any order. */
static void try_any_stream(struct input *input)
{
    const uint32_t first = input_number32(input);
    const enum msturn_framing other = choose_framing(input);
    const uint32_t wanted = input_number16(input);
    const uint32_t length = MIN(wanted, (uint32_t)input->size);
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, input->data, length);
    struct input rest = { input->data + length, input->size - length };
    if (length > 0) {
        GArray *arrivals = cut_segments(&rest, length);
        shuffle(arrivals, &rest);
        g_array_unref(cut_arrivals(bytes, arrivals, first, other));
        g_array_unref(arrivals);
    }
    g_byte_array_unref(bytes);
}

/* Any bytes of which not all need be captured, in any circumstances, unit by unit. */
static void try_any_bytes(struct input *input)
{
    const uint8_t flags = input_byte(input);
    struct msturn_circumstances at = { .framing = choose_framing(input),
                                       .other_framing = choose_framing(input),
                                       .other_began = choose_framing(input),
                                       .known = flags & 1,
                                       .may_wait = flags & 2,
                                       .shared = flags & 4,
                                       .may_scan = flags & 8,
                                       .at_switch = flags & 16 };
    const uint32_t beyond = flags & 32 ? input_number16(input) : 0;
    const uint32_t captured = (uint32_t)input->size;
    uint32_t offset = 0;

    while (offset < captured + beyond) {
        const struct msturn_bytes bytes = exact_bytes(input->data + MIN(offset, captured),
                                                      captured - MIN(offset, captured), captured + beyond - offset);
        const struct msturn_unit unit = msturn_stream_next(bytes, at);
        check_unit(bytes, at, unit);
        free_exact_bytes(bytes);
        if (unit.kind == MSTURN_UNIT_FOREIGN || unit.kind == MSTURN_UNIT_INCOMPLETE)
            return;
        offset += unit.length;
        at.framing = unit.next_framing;
        at.at_switch = unit.next_framing != unit.framing;
        at.known = true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    const enum task task = (enum task)input_below(&input, TASK_COUNT);

    if (task == TASK_ANY_BYTES)
        try_any_bytes(&input);
    else if (task == TASK_ANY_STREAM)
        try_any_stream(&input);
    else
        try_good_stream(&input, task);
    return 0;
}
