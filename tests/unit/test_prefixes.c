/* test_prefixes.c
 * all decode layers: every prefix of every good message, and good messages with wrong bytes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The bytes stand in memory of exactly their size, so that AddressSanitizer sees a read behind them.
 */
#include "build.h"
#include "inspect.h"
#include "plugin/wire/stream.h"
#include "vectors.h"

#include <string.h>

static void assert_same_span(const struct msturn_span *a, const struct msturn_span *b)
{
    g_assert_cmpint(a->state, ==, b->state);
    g_assert_cmphex(a->type, ==, b->type);
    g_assert_cmpuint(a->offset, ==, b->offset);
    g_assert_cmpuint(a->value_offset, ==, b->value_offset);
    g_assert_cmpuint(a->length, ==, b->length);
    g_assert_cmpuint(a->padding, ==, b->padding);
    g_assert_cmpuint(a->value.captured, ==, b->value.captured);
    g_assert_cmpuint(a->value.reported, ==, b->value.reported);
}

static void assert_same_values(struct msturn_bytes a, struct msturn_bytes b, const struct msturn_span *span_a,
                               const struct msturn_span *span_b)
{
    const struct msturn_attr *attr = msturn_attr_find(span_a->type);

    g_assert_nonnull(attr); /* the vectors have no unknown attributes */
    GArray *values_a = inspect_values(attr, a, span_a);
    GArray *values_b = inspect_values(attr, b, span_b);
    g_assert_cmpuint(values_a->len, ==, values_b->len);
    for (guint i = 0; i < values_a->len; i++) {
        const struct msturn_value *value_a = &g_array_index(values_a, struct msturn_value, i);
        const struct msturn_value *value_b = &g_array_index(values_b, struct msturn_value, i);
        g_assert_cmpuint(value_a->part, ==, value_b->part);
        g_assert_cmpuint(value_a->offset, ==, value_b->offset);
        g_assert_cmpuint(value_a->length, ==, value_b->length);
        g_assert_cmpuint(value_a->number, ==, value_b->number);
        g_assert_cmpmem(value_a->address, sizeof value_a->address, value_b->address, sizeof value_b->address);
    }
    g_array_unref(values_a);
    g_array_unref(values_b);
}

/* What is whole in the prefix is what it is in the whole message; the rest is one attribute at most. */
static void check_spans(struct msturn_bytes prefix, struct msturn_bytes whole)
{
    GArray *all = inspect_message(whole);
    GArray *some = inspect_message(prefix);
    const bool cut_by_capture = prefix.reported == whole.reported;
    guint complete = 0;

    for (guint i = 0; i < all->len; i++) {
        const struct msturn_span *expected = &g_array_index(all, struct msturn_span, i);
        if (expected->value_offset + expected->length + expected->padding > prefix.captured)
            break;
        g_assert_cmpuint(i, <, some->len);
        const struct msturn_span *span = &g_array_index(some, struct msturn_span, i);
        assert_same_span(span, expected);
        assert_same_values(prefix, whole, span, expected);
        complete++;
    }
    g_assert_cmpuint(some->len, <=, complete + 1);
    if (some->len > complete && cut_by_capture)
        g_assert_cmpint(g_array_index(some, struct msturn_span, complete).state, ==, MSTURN_SPAN_CUT);
    g_array_unref(all);
    g_array_unref(some);
}

static void check_unit(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    const struct msturn_unit unit = msturn_stream_next(bytes, at);

    switch (unit.kind) {
    case MSTURN_UNIT_FOREIGN:
        g_assert_false(at.known);
        g_assert_cmpint(at.framing, ==, MSTURN_FRAMING_UNDECIDED);
        break;
    case MSTURN_UNIT_INCOMPLETE:
        if (unit.missing > 0)
            g_assert_cmpuint(unit.length, ==, bytes.reported + unit.missing);
        else
            g_assert_cmpuint(bytes.captured, ==, bytes.reported);
        break;
    default:
        g_assert_cmpuint(unit.length, <=, bytes.reported);
        if (bytes.reported > 0)
            g_assert_cmpuint(unit.length, >, 0); /* or the caller would loop */
        break;
    }
    if (unit.kind != MSTURN_UNIT_INCOMPLETE)
        g_assert_cmpint(unit.begun, ==, unit.kind);
    if (unit.lost)
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_OPAQUE);
}

/* In all circumstances. */
static void check_units(struct msturn_bytes bytes)
{
    enum { FRAMINGS = MSTURN_FRAMING_REFUSED + 1 };

    for (guint i = 0; i < FRAMINGS * FRAMINGS * 16; i++) {
        const guint pair = i / 16;
        check_unit(bytes, (struct msturn_circumstances){ .framing = (enum msturn_framing)(pair / FRAMINGS),
                                                         .other_framing = (enum msturn_framing)(pair % FRAMINGS),
                                                         .other_began = (enum msturn_framing)(pair % FRAMINGS),
                                                         .known = i & 1,
                                                         .may_wait = i & 2,
                                                         .may_scan = i & 4,
                                                         .at_switch = i & 8 });
    }
}

/* Anything may be asked of any bytes. */
static void check_everything(struct msturn_bytes bytes)
{
    g_array_unref(inspect_message(bytes));
    if (msturn_message_is_certain(bytes))
        g_assert_cmpint(msturn_fit_message(bytes), ==, MSTURN_FIT_YES);
    g_assert_cmpuint(msturn_find_message(bytes, 0), <=, bytes.captured);
    msturn_fit_frame(bytes);
    msturn_payload_kind(bytes);
    check_units(bytes);
}

static void check_prefix(const GByteArray *good, uint32_t captured, uint32_t reported)
{
    struct msturn_bytes prefix = exact_bytes(good->data, captured, reported);

    check_everything(prefix);
    free_exact_bytes(prefix);
}

/* Segments that end early: reported == captured. Captures that end early: reported is the whole length. */
static void check_prefixes(const GByteArray *good)
{
    for (uint32_t length = 0; length <= good->len; length++) {
        check_prefix(good, length, length);
        check_prefix(good, length, good->len);
    }
}

static void test_prefixes_of_messages_keep_what_is_whole(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *vector = vector_new((enum vector_id)id);
        const struct msturn_bytes whole = bytes_of(vector);
        for (uint32_t length = 0; length <= vector->len; length++) {
            struct msturn_bytes segment = exact_bytes(vector->data, length, length);
            struct msturn_bytes capture = exact_bytes(vector->data, length, vector->len);
            check_spans(segment, whole);
            check_spans(capture, whole);
            free_exact_bytes(segment);
            free_exact_bytes(capture);
        }
        g_byte_array_unref(vector);
    }
}

static void test_prefixes_of_messages_are_legal_input(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *vector = vector_new((enum vector_id)id);
        check_prefixes(vector);
        g_byte_array_unref(vector);
    }
}

static void test_prefixes_of_frames_and_channel_data_are_legal_input(void)
{
    GByteArray *stream = g_byte_array_new();
    GByteArray *message = vector_new(VECTOR_MICROSOFT_CHECK);

    append_frame(stream, message->data, (uint16_t)message->len);
    append_packet_frame(stream, PACKET_RTP, 17);
    append_packet_frame(stream, PACKET_RTCP, 8);
    append_frame(stream, "", 0);
    append_packet_frame(stream, PACKET_DTLS, 13);
    append_channel_data(stream, 0x4000, "hello", 5);
    while (stream->len > 0) {
        check_prefixes(stream);
        g_byte_array_remove_range(stream, 0, MIN(stream->len, 3));
    }
    g_byte_array_unref(stream);
    g_byte_array_unref(message);
}

/* No prefix of a good message contradicts; from the header on it is certain. */
static void test_prefixes_of_messages_fit(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *message = vector_new((enum vector_id)id);
        GByteArray *frame = g_byte_array_new();
        append_frame(frame, message->data, (uint16_t)message->len);
        for (uint32_t length = 0; length <= message->len; length++) {
            const struct msturn_bytes bytes = { .data = message->data, .captured = length, .reported = length };
            g_assert_cmpint(msturn_fit_message(bytes), ==,
                            length < MSTURN_HEADER_LENGTH ? MSTURN_FIT_MORE : MSTURN_FIT_YES);
        }
        for (uint32_t length = 0; length <= frame->len; length++) {
            const struct msturn_bytes bytes = { .data = frame->data, .captured = length, .reported = length };
            g_assert_cmpint(msturn_fit_frame(bytes), ==,
                            length < MSTURN_FRAME_HEADER_LENGTH + MSTURN_HEADER_LENGTH ? MSTURN_FIT_MORE
                                                                                       : MSTURN_FIT_YES);
        }
        g_byte_array_unref(frame);
        g_byte_array_unref(message);
    }
}

/* A fixed seed, so that a failure can be repeated. */
static void test_wrong_bytes_are_legal_input(void)
{
    GRand *random = g_rand_new_with_seed(8489);

    for (int round = 0; round < 1000; round++) {
        GByteArray *message = vector_new((enum vector_id)(round % VECTOR_COUNT));
        const gint32 changes = g_rand_int_range(random, 1, 5);
        for (gint32 i = 0; i < changes; i++)
            message->data[g_rand_int_range(random, 0, (gint32)message->len)] = (uint8_t)g_rand_int(random);
        const uint32_t captured = (uint32_t)g_rand_int_range(random, 0, (gint32)message->len + 1);
        check_prefix(message, captured, captured);
        check_prefix(message, captured, message->len);
        check_prefix(message, message->len, message->len);
        g_byte_array_unref(message);
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/prefixes/of_messages_keep_what_is_whole", test_prefixes_of_messages_keep_what_is_whole);
    g_test_add_func("/prefixes/of_messages_are_legal_input", test_prefixes_of_messages_are_legal_input);
    g_test_add_func("/prefixes/of_frames_and_channel_data_are_legal_input",
                    test_prefixes_of_frames_and_channel_data_are_legal_input);
    g_test_add_func("/prefixes/of_messages_fit", test_prefixes_of_messages_fit);
    g_test_add_func("/prefixes/wrong_bytes_are_legal_input", test_wrong_bytes_are_legal_input);
    return g_test_run();
}
