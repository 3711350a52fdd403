/* test_cut.c
 * stream: the units of a direction do not depend on how TCP cut it into segments.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "cutter.h"
#include "vectors.h"

#include <string.h>

/* Sequence numbers: from 0, and wrapping behind the first bytes. */
static const uint32_t first_numbers[] = { 0, UINT32_MAX - 99 };

static void append_vector(GByteArray *stream, enum vector_id id)
{
    GByteArray *message = vector_new(id);

    g_byte_array_append(stream, message->data, message->len);
    g_byte_array_unref(message);
}

static void append_vector_frame(GByteArray *stream, enum vector_id id)
{
    GByteArray *message = vector_new(id);

    append_frame(stream, message->data, (uint16_t)message->len);
    g_byte_array_unref(message);
}

static void append_media(GByteArray *stream)
{
    append_vector_frame(stream, VECTOR_MICROSOFT_CHECK);
    append_vector_frame(stream, VECTOR_RFC5769_IPV4);
    append_packet_frame(stream, PACKET_DTLS, 61);
    append_packet_frame(stream, PACKET_RTP, 15);
    append_frame(stream, "", 0);
    append_packet_frame(stream, PACKET_RTCP, 8);
    append_frame(stream, "hello", 5);
    append_vector_frame(stream, VECTOR_RFC5769_REQUEST);
}

/* TURN server to client: RFC 8656 section 12.5. */
static GByteArray *plain_stream_new(void)
{
    GByteArray *stream = g_byte_array_new();

    append_vector(stream, VECTOR_ALLOCATE_ERROR);
    append_vector(stream, VECTOR_ALLOCATE_SUCCESS);
    for (uint16_t length = 0; length < 5; length++)
        append_channel_data(stream, 0x4000, "1234", length);
    append_vector(stream, VECTOR_DATA_INDICATION);
    append_channel_data(stream, 0x7FFF, "\0\1\0\0\x21\x12\xA4\x42", 8);
    append_vector(stream, VECTOR_CONNECTION_ATTEMPT);
    return stream;
}

/* ICE-TCP: RFC 6544 section 7.1. */
static GByteArray *framed_stream_new(void)
{
    GByteArray *stream = g_byte_array_new();

    append_media(stream);
    return stream;
}

/* TURN server to client on a data connection: RFC 6062 section 5.4. */
static GByteArray *bound_stream_new(void)
{
    GByteArray *stream = g_byte_array_new();

    append_vector(stream, VECTOR_BIND_SUCCESS);
    append_media(stream);
    return stream;
}

/* The same, when the peer does not begin with a check. */
static GByteArray *bound_media_stream_new(void)
{
    GByteArray *stream = g_byte_array_new();

    append_vector(stream, VECTOR_BIND_SUCCESS);
    append_packet_frame(stream, PACKET_DTLS, 61);
    append_media(stream);
    return stream;
}

static void assert_units(const GArray *units, const GArray *expected)
{
    g_assert_cmpuint(units->len, ==, expected->len);
    for (guint i = 0; i < units->len; i++) {
        const struct cut_unit *unit = &g_array_index(units, struct cut_unit, i);
        const struct cut_unit *other = &g_array_index(expected, struct cut_unit, i);
        g_assert_cmpuint(unit->offset, ==, other->offset);
        g_assert_cmpuint(unit->length, ==, other->length);
        g_assert_cmpint(unit->kind, ==, other->kind);
        g_assert_cmpint(unit->framing, ==, other->framing);
    }
}

static void check_cut(const GByteArray *stream, const GArray *expected, const uint32_t *ends, guint count,
                      enum msturn_framing other_framing)
{
    for (guint i = 0; i < G_N_ELEMENTS(first_numbers); i++) {
        GArray *units = cut_stream(stream, ends, count, first_numbers[i], other_framing);
        assert_units(units, expected);
        g_array_unref(units);
    }
}

static int compare_ends(const void *a, const void *b)
{
    return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

/* `kinds`: of the units, one letter each: Message, Channel data, Frame. */
static void check_stream(GByteArray *stream, const char *kinds, enum msturn_framing other_framing)
{
    static const char letters[] = { [MSTURN_UNIT_MESSAGE] = 'M',
                                    [MSTURN_UNIT_CHANNEL_DATA] = 'C',
                                    [MSTURN_UNIT_FRAME] = 'F',
                                    [MSTURN_UNIT_OPAQUE] = 'O' };
    GArray *expected = cut_stream(stream, NULL, 0, 0, other_framing);
    uint32_t *ends = g_new(uint32_t, stream->len);
    GRand *random = g_rand_new_with_seed(4571);
    uint32_t offset = 0;

    g_assert_cmpuint(expected->len, ==, strlen(kinds));
    for (guint i = 0; i < expected->len; i++) {
        const struct cut_unit *unit = &g_array_index(expected, struct cut_unit, i);
        g_assert_cmpint(letters[unit->kind], ==, kinds[i]);
        g_assert_cmpuint(unit->offset, ==, offset);
        offset += unit->length;
    }
    g_assert_cmpuint(offset, ==, stream->len);

    for (uint32_t end = 1; end < stream->len; end++) {
        check_cut(stream, expected, &end, 1, other_framing);
        ends[end - 1] = end;
    }
    check_cut(stream, expected, ends, stream->len - 1, other_framing);
    for (int round = 0; round < 500; round++) {
        const guint count = (guint)g_rand_int_range(random, 2, 12);
        for (guint i = 0; i < count; i++)
            ends[i] = (uint32_t)g_rand_int_range(random, 1, (gint32)stream->len);
        qsort(ends, count, sizeof ends[0], compare_ends);
        check_cut(stream, expected, ends, count, other_framing);
    }
    g_rand_free(random);
    g_free(ends);
    g_array_unref(expected);
    g_byte_array_unref(stream);
}

static void test_plain_stream(void)
{
    check_stream(plain_stream_new(), "MMCCCCCMCM", MSTURN_FRAMING_UNDECIDED);
}

static void test_framed_stream(void)
{
    check_stream(framed_stream_new(), "FFFFFFFF", MSTURN_FRAMING_UNDECIDED);
}

static void test_bound_stream(void)
{
    check_stream(bound_stream_new(), "MFFFFFFFF", MSTURN_FRAMING_UNDECIDED);
}

static void test_bound_stream_that_begins_with_media(void)
{
    check_stream(bound_media_stream_new(), "MFFFFFFFFF", MSTURN_FRAMING_UNDECIDED);
}

static void test_plain_stream_opposite_a_plain_one(void)
{
    check_stream(plain_stream_new(), "MMCCCCCMCM", MSTURN_FRAMING_PLAIN);
}

static void test_framed_stream_opposite_a_framed_one(void)
{
    check_stream(framed_stream_new(), "FFFFFFFF", MSTURN_FRAMING_RFC4571);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cut/plain_stream_rfc8656_12_5", test_plain_stream);
    g_test_add_func("/cut/framed_stream_rfc6544_7_1", test_framed_stream);
    g_test_add_func("/cut/bound_stream_rfc6062_5_4", test_bound_stream);
    g_test_add_func("/cut/bound_stream_that_begins_with_media", test_bound_stream_that_begins_with_media);
    g_test_add_func("/cut/plain_stream_opposite_a_plain_one", test_plain_stream_opposite_a_plain_one);
    g_test_add_func("/cut/framed_stream_opposite_a_framed_one", test_framed_stream_opposite_a_framed_one);
    return g_test_run();
}
