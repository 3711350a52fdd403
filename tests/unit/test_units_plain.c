/* test_units_plain.c
 * stream: units of a plain stream, messages and ChannelData back to back.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "cutter.h"
#include "plugin/wire/stream.h"
#include "vectors.h"

static struct msturn_unit next_in(enum msturn_framing framing, const GByteArray *stream, uint32_t captured,
                                  uint32_t reported)
{
    struct msturn_bytes bytes = exact_bytes(stream->data, captured, reported);
    const struct msturn_unit unit =
        msturn_stream_next(bytes, (struct msturn_circumstances){ .framing = framing, .known = true });

    free_exact_bytes(bytes);
    return unit;
}

/* What begins in a plain stream of which `captured` of `reported` bytes are there. */
static struct msturn_unit next_of(const GByteArray *stream, uint32_t captured, uint32_t reported)
{
    return next_in(MSTURN_FRAMING_PLAIN, stream, captured, reported);
}

/* What begins where bytes were missing before. */
static struct msturn_unit next_lost(const GByteArray *stream)
{
    return next_in(MSTURN_FRAMING_PLAIN_LOST, stream, stream->len, stream->len);
}

static struct msturn_unit next_plain(const GByteArray *stream)
{
    return next_of(stream, stream->len, stream->len);
}

static void append_unpadded(GByteArray *stream, uint16_t channel, uint16_t length)
{
    const uint8_t header[4] = { (uint8_t)(channel >> 8), (uint8_t)channel, (uint8_t)(length >> 8), (uint8_t)length };

    g_byte_array_append(stream, header, sizeof header);
    g_byte_array_append(stream, (const uint8_t *)"\xE1\xE2\xE3\xE4\xE5\xE6\xE7", length);
}

static void assert_unit(struct msturn_unit unit, enum msturn_unit_kind kind, uint32_t length,
                        enum msturn_framing framing)
{
    g_assert_cmpint(unit.kind, ==, kind);
    g_assert_cmpuint(unit.length, ==, length);
    g_assert_cmpint(unit.framing, ==, framing);
}

/* RFC 8489 section 6.2.2: only the messages' lengths delimit them. */
static void test_messages_stand_back_to_back(void)
{
    static const enum vector_id ids[] = { VECTOR_ALLOCATE_ERROR, VECTOR_BIND_SUCCESS, VECTOR_RFC5769_REQUEST };
    GByteArray *stream = g_byte_array_new();
    uint32_t lengths[G_N_ELEMENTS(ids)];

    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        GByteArray *message = vector_new(ids[i]);
        lengths[i] = message->len;
        g_byte_array_append(stream, message->data, message->len);
        g_byte_array_unref(message);
    }
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        assert_unit(next_plain(stream), MSTURN_UNIT_MESSAGE, lengths[i], MSTURN_FRAMING_PLAIN);
        g_byte_array_remove_range(stream, 0, lengths[i]);
    }
    g_assert_cmpuint(stream->len, ==, 0);
    g_byte_array_unref(stream);
}

/* RFC 8656 section 12.5: over TCP padded to 4 bytes, which the length does not count; 0 is legal. */
static void test_channel_data_is_padded(void)
{
    for (uint16_t length = 0; length <= 8; length++) {
        GByteArray *stream = g_byte_array_new();
        append_channel_data(stream, 0x4001, "12345678", length);
        const uint32_t padded = 4 + (length + 3u) / 4 * 4;
        append_channel_data(stream, 0x4002, "x", 1);
        assert_unit(next_plain(stream), MSTURN_UNIT_CHANNEL_DATA, padded, MSTURN_FRAMING_PLAIN);
        g_byte_array_remove_range(stream, 0, padded);
        assert_unit(next_plain(stream), MSTURN_UNIT_CHANNEL_DATA, 8, MSTURN_FRAMING_PLAIN);
        g_byte_array_unref(stream);
    }
}

/* 4 + 65535 and its padding do not fit in 16 bits. */
static void test_longest_channel_data(void)
{
    GByteArray *stream = g_byte_array_new();
    uint8_t *data = g_malloc0(UINT16_MAX);

    append_channel_data(stream, 0x4000, data, UINT16_MAX);
    assert_unit(next_plain(stream), MSTURN_UNIT_CHANNEL_DATA, 65540, MSTURN_FRAMING_PLAIN);
    g_free(data);
    g_byte_array_unref(stream);
}

/* RFC 8656 section 12: 0x4000 to 0x4FFF; RFC 5766 section 11: up to 0x7FFF. */
static void test_channel_numbers(void)
{
    for (uint32_t channel = 0x0400; channel <= 0xFFFF; channel += 0x55) {
        GByteArray *stream = g_byte_array_new();
        append_channel_data(stream, (uint16_t)channel, "abcd", 4);
        const struct msturn_unit unit = next_plain(stream);
        if (channel >= 0x4000 && channel <= 0x7FFF) {
            assert_unit(unit, MSTURN_UNIT_CHANNEL_DATA, 8, MSTURN_FRAMING_PLAIN);
        } else {
            assert_unit(unit, MSTURN_UNIT_OPAQUE, 8, MSTURN_FRAMING_PLAIN);
            g_assert_true(unit.lost);
        }
        g_byte_array_unref(stream);
    }
}

static void test_message_waits_for_its_rest(void)
{
    for (int id = 0; id < VECTOR_COUNT; id++) {
        GByteArray *message = vector_new((enum vector_id)id);
        for (uint32_t length = 1; length < message->len; length++) {
            const struct msturn_unit unit = next_of(message, length, length);
            g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
            g_assert_cmpuint(unit.missing, ==, length < MSTURN_HEADER_LENGTH ? 0 : message->len - length);
            g_assert_cmpint(unit.begun, ==,
                            length < MSTURN_HEADER_LENGTH ? MSTURN_UNIT_INCOMPLETE : MSTURN_UNIT_MESSAGE);
            g_assert_cmpint(unit.framing, ==, MSTURN_FRAMING_PLAIN);
        }
        g_byte_array_unref(message);
    }
}

/* Padding included: the next unit begins after it. Whether there is any the next segment tells. */
static void test_channel_data_waits_for_its_rest(void)
{
    GByteArray *stream = g_byte_array_new();

    append_channel_data(stream, 0x7FFF, "hello", 5);
    for (uint32_t length = 1; length < stream->len; length++) {
        const struct msturn_unit unit = next_of(stream, length, length);
        g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
        g_assert_cmpuint(unit.missing, ==, 0);
        g_assert_cmpint(unit.begun, ==, length < 4 ? MSTURN_UNIT_INCOMPLETE : MSTURN_UNIT_CHANNEL_DATA);
    }
    g_byte_array_unref(stream);
}

/* Without padding, between messages, in each way in which TCP may cut the stream once. */
static void test_unpadded_channel_data(void)
{
    for (uint16_t length = 1; length <= 7; length++) {
        GByteArray *message = vector_new(VECTOR_ALLOCATE_SUCCESS);
        GByteArray *stream = vector_new(VECTOR_ALLOCATE_SUCCESS);
        for (int i = 0; i < 3; i++)
            append_unpadded(stream, 0x4001, length);
        g_byte_array_append(stream, message->data, message->len);
        for (uint32_t end = 1; end < stream->len; end++) {
            /* One byte after the first packet: padding, as far as anybody can tell. */
            if (length % 4 == 3 && end == message->len + 4u + length + 1)
                continue;
            GArray *units = cut_stream(stream, &end, 1, 1000, MSTURN_FRAMING_UNDECIDED);
            g_assert_cmpuint(units->len, ==, 5);
            for (guint i = 1; i < 4; i++) {
                const struct cut_unit *unit = &g_array_index(units, struct cut_unit, i);
                g_assert_cmpuint(unit->offset, ==, message->len + (i - 1) * (4u + length));
                g_assert_cmpuint(unit->length, ==, 4u + length);
                g_assert_cmpint(unit->kind, ==, MSTURN_UNIT_CHANNEL_DATA);
            }
            g_assert_cmpint(g_array_index(units, struct cut_unit, 4).kind, ==, MSTURN_UNIT_MESSAGE);
            g_array_unref(units);
        }
        g_byte_array_unref(message);
        g_byte_array_unref(stream);
    }
}

/* Padding may be anything (RFC 8489 section 14 says so of attributes), also what begins a header. */
static void test_padding_may_be_anything(void)
{
    static const uint8_t paddings[][4] = { "\xFF\xFF\xFF", "\x40\x02\x00", "\x01\x01\x00" };

    for (guint i = 0; i < G_N_ELEMENTS(paddings); i++) {
        for (uint16_t length = 1; length <= 3; length++) {
            GByteArray *stream = g_byte_array_new();
            append_unpadded(stream, 0x4001, length);
            g_byte_array_append(stream, paddings[i], 4u - length);
            append_channel_data(stream, 0x4002, "abcd", 4);
            const struct msturn_unit unit = next_plain(stream);
            assert_unit(unit, MSTURN_UNIT_CHANNEL_DATA, 8, MSTURN_FRAMING_PLAIN);
            g_assert_false(unit.unpadded);
            g_byte_array_unref(stream);
        }
    }
}

/* Whatever follows a good message and is none, up to the next one, is one unit; the next is found again. */
static void test_lost_framing_resumes_at_the_next_message(void)
{
    for (uint32_t garbage = 1; garbage < 40; garbage++) {
        GByteArray *stream = g_byte_array_new();
        GByteArray *message = vector_new(VECTOR_ALLOCATE_SUCCESS);
        for (uint32_t i = 0; i < garbage; i++)
            g_byte_array_append(stream, (const uint8_t *)"\xEE", 1);
        g_byte_array_append(stream, message->data, message->len);
        const struct msturn_unit unit = next_plain(stream);
        assert_unit(unit, MSTURN_UNIT_OPAQUE, garbage, MSTURN_FRAMING_PLAIN);
        g_assert_true(unit.lost);
        g_byte_array_remove_range(stream, 0, garbage);
        assert_unit(next_plain(stream), MSTURN_UNIT_MESSAGE, message->len, MSTURN_FRAMING_PLAIN);
        g_byte_array_unref(stream);
        g_byte_array_unref(message);
    }
}

static void test_lost_stream_resumes_at_a_message(void)
{
    GByteArray *stream = vector_new(VECTOR_ALLOCATE_SUCCESS);

    assert_unit(next_lost(stream), MSTURN_UNIT_MESSAGE, stream->len, MSTURN_FRAMING_PLAIN);
    for (uint32_t garbage = 1; garbage < 40; garbage++) {
        g_byte_array_prepend(stream, (const uint8_t *)"\x55", 1);
        assert_unit(next_lost(stream), MSTURN_UNIT_OPAQUE, garbage, MSTURN_FRAMING_PLAIN_LOST);
        g_assert_true(next_lost(stream).lost);
    }
    g_byte_array_unref(stream);
}

/* Units that chain up to the end of the segment are no coincidence; ChannelData that does not reach it may be. */
static void test_lost_stream_resumes_at_units_that_fill_the_segment(void)
{
    GByteArray *stream = g_byte_array_new();
    GByteArray *message = vector_new(VECTOR_CONNECTION_ATTEMPT);

    append_channel_data(stream, 0x4000, "hello", 5);
    assert_unit(next_lost(stream), MSTURN_UNIT_CHANNEL_DATA, 12, MSTURN_FRAMING_PLAIN);
    g_byte_array_append(stream, message->data, message->len);
    append_channel_data(stream, 0x4001, "", 0);
    assert_unit(next_lost(stream), MSTURN_UNIT_CHANNEL_DATA, 12, MSTURN_FRAMING_PLAIN);
    g_byte_array_set_size(stream, 11);
    assert_unit(next_lost(stream), MSTURN_UNIT_OPAQUE, 11, MSTURN_FRAMING_PLAIN_LOST);
    g_byte_array_unref(stream);
    g_byte_array_unref(message);
}

/* RFC 6062 section 5.4: where the ConnectionBind was not captured, its peer's first frame tells of it. */
static void test_rfc4571_frame_changes_the_framing(void)
{
    GByteArray *stream = g_byte_array_new();
    GByteArray *check = vector_new(VECTOR_MICROSOFT_CHECK);

    append_frame(stream, check->data, (uint16_t)check->len);
    assert_unit(next_plain(stream), MSTURN_UNIT_FRAME, 110, MSTURN_FRAMING_RFC4571);
    g_byte_array_unref(stream);
    g_byte_array_unref(check);
}

/* A capture that keeps the beginning of each packet still has the whole unit's length. */
static void test_unit_cut_by_the_capture_keeps_its_length(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);
    GByteArray *channel = g_byte_array_new();

    for (uint32_t captured = MSTURN_HEADER_LENGTH; captured <= message->len; captured++)
        assert_unit(next_of(message, captured, message->len + 50), MSTURN_UNIT_MESSAGE, message->len,
                    MSTURN_FRAMING_PLAIN);
    append_channel_data(channel, 0x4000, "12345678", 8);
    for (uint32_t captured = MSTURN_CHANNEL_HEADER_LENGTH; captured <= channel->len; captured++)
        assert_unit(next_of(channel, captured, channel->len + 50), MSTURN_UNIT_CHANNEL_DATA, channel->len,
                    MSTURN_FRAMING_PLAIN);
    g_byte_array_unref(message);
    g_byte_array_unref(channel);
}

/* Missing is what was not on the wire yet, not what the capture left out. */
static void test_missing_bytes_count_from_the_end_of_the_segment(void)
{
    GByteArray *message = vector_new(VECTOR_RFC5769_REQUEST);
    const struct msturn_unit unit = next_of(message, 30, 40);

    g_assert_cmpint(unit.kind, ==, MSTURN_UNIT_INCOMPLETE);
    g_assert_cmpuint(unit.missing, ==, message->len - 40);
    g_byte_array_unref(message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units_plain/messages_stand_back_to_back_rfc8489_6_2_2", test_messages_stand_back_to_back);
    g_test_add_func("/units_plain/channel_data_is_padded_rfc8656_12_5", test_channel_data_is_padded);
    g_test_add_func("/units_plain/unpadded_channel_data", test_unpadded_channel_data);
    g_test_add_func("/units_plain/padding_may_be_anything", test_padding_may_be_anything);
    g_test_add_func("/units_plain/longest_channel_data", test_longest_channel_data);
    g_test_add_func("/units_plain/channel_numbers_rfc8656_12", test_channel_numbers);
    g_test_add_func("/units_plain/message_waits_for_its_rest", test_message_waits_for_its_rest);
    g_test_add_func("/units_plain/channel_data_waits_for_its_rest", test_channel_data_waits_for_its_rest);
    g_test_add_func("/units_plain/lost_framing_resumes_at_the_next_message",
                    test_lost_framing_resumes_at_the_next_message);
    g_test_add_func("/units_plain/lost_stream_resumes_at_a_message", test_lost_stream_resumes_at_a_message);
    g_test_add_func("/units_plain/lost_stream_resumes_at_units_that_fill_the_segment",
                    test_lost_stream_resumes_at_units_that_fill_the_segment);
    g_test_add_func("/units_plain/rfc4571_frame_changes_the_framing_rfc6062_5_4",
                    test_rfc4571_frame_changes_the_framing);
    g_test_add_func("/units_plain/unit_cut_by_the_capture_keeps_its_length",
                    test_unit_cut_by_the_capture_keeps_its_length);
    g_test_add_func("/units_plain/missing_bytes_count_from_the_end_of_the_segment",
                    test_missing_bytes_count_from_the_end_of_the_segment);
    return g_test_run();
}
