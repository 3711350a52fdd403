/* test_evidence.c
 * wire, stream: how much evidence makes a stream or a datagram ours, counted and not believed.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For each way of a claim (docs/evidence.md) a sample that is accepted, and the fields that decide. Each field gets
 * all of its values, with the others held at those that are accepted; the shares of the values that stay accepted multiply to
 * the probability for random bytes. Where the values of two fields depend on each other, one follows the other. Samples are
 * chosen so that what is not counted, as the lengths of attributes, excludes nothing: the true probability is lower.
 */
#include "build.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/wire/stream.h"

#include <string.h>

#define LIMIT 0x1p-48
#define SEGMENT_MAX 1460 /* of Ethernet: so many places does a search try */

/* ---- the ways of a claim ---- */

static bool claims(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    const struct msturn_unit unit = msturn_stream_next(bytes, at);

    return unit.kind != MSTURN_UNIT_FOREIGN && unit.begun != MSTURN_UNIT_INCOMPLETE;
}

static bool claimed_on_any_port(struct msturn_bytes bytes)
{
    return claims(bytes, (struct msturn_circumstances){ .at_switch = true });
}

static bool claimed_on_turn_port(struct msturn_bytes bytes)
{
    return claims(bytes, (struct msturn_circumstances){ .at_switch = true, .may_wait = true });
}

static bool claimed_by_search(struct msturn_bytes bytes)
{
    return claims(bytes, (struct msturn_circumstances){ .at_switch = true, .may_wait = true, .may_scan = true });
}

static bool claimed_multiplexed_datagram(struct msturn_bytes bytes)
{
    return msturn_fit_multiplexed(bytes) == MSTURN_FIT_YES;
}

enum { FIELDS_MAX = 16 };

/* Numbers that stand side by side in a sample. */
struct field {
    uint32_t offset;
    uint32_t width; /* 1 or 2 bytes; 0 ends the list */
    uint32_t count;
    int32_t follower; /* distance to another 16-bit number that keeps its difference to this one; 0: none */
};

struct way {
    const char *name;
    bool (*accepts)(struct msturn_bytes bytes);
    const char *sample; /* hexadecimal */
    uint32_t unseen;    /* bytes that were on the wire behind the sample, but not captured */
    double chances;     /* in how many places of a segment it is looked for */
    struct field fields[FIELDS_MAX];
};

#define TRANSACTION "b7e7a701 bc34d686 fa87dfae"
#define HELLO_RANDOM "5a5a1234 a1a2a3a4a5a6a7a8 a1a2a3a4a5a6a7a8 a1a2a3a4a5a6a7a8 a1a2a3a4"

/* clang-format off */
static const struct way ways[] = {
    /* Its first attribute is empty and ends behind what has arrived: no length is excluded but those that are no multiple of 4. */
    { "message of which more follows", claimed_on_any_port, "0001 0100 2112a442" TRANSACTION "00250000", 0, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 4, 1, 4, 0 }, { 20, 2, 1, 0 } } },
    { "message without attributes", claimed_on_any_port, "0011 0000 2112a442" TRANSACTION, 0, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 4, 1, 4, 0 } } },
    { "header of a message that the capture cut", claimed_on_any_port, "0001 0100 2112a442" TRANSACTION, 256, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 4, 1, 4, 0 } } },
    { "message that the capture cut", claimed_on_any_port, "0001 0100 2112a442" TRANSACTION "00250000", 252, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 4, 1, 4, 0 }, { 20, 2, 1, 0 } } },
    { "RFC 4571 frame", claimed_on_any_port, "0118 0001 0104 2112a442" TRANSACTION, 0, 1,
      { { 0, 2, 1, 0 }, { 2, 1, 1, 0 }, { 4, 2, 1, -4 }, { 6, 1, 4, 0 } } },
    { "broken message on a TURN server's port", claimed_on_turn_port, "0001 0008 2112a442" TRANSACTION "41250004 00000000", 0, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 4, 1, 4, 0 } } },
    { "header on a TURN server's port that the capture cut", claimed_on_turn_port, "0001 0100 2112a442" TRANSACTION, 1440, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 4, 1, 4, 0 } } },
    { "frame of [MS-TURN] 2.1.4", claimed_on_any_port, "02 00 001c 0003 0008 0102030405060708 090a0b0c0d0e0f00 000f0004 72c64bc6", 0, 1,
      { { 0, 1, 2, 0 }, { 2, 2, 1, 0 }, { 4, 2, 1, 0 }, { 6, 2, 1, -4 }, { 24, 1, 8, 0 } } },
    { "multiplexed TURN with a message", claimed_on_any_port, "ff10 0120 0102030405060708 0001 0104 2112a442" TRANSACTION "00250000",
      0, 1, { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 12, 2, 1, 0 }, { 14, 2, 1, 0 }, { 16, 1, 4, 0 }, { 32, 2, 1, 0 } } },
    { "multiplexed TURN with an MS-TURN message", claimed_multiplexed_datagram,
      "ff10 0024 0102030405060708 0003 0008 0102030405060708 090a0b0c0d0e0f00 000f0004 72c64bc6", 0, 1,
      { { 0, 2, 1, 0 }, { 2, 2, 1, 0 }, { 12, 2, 1, 0 }, { 32, 1, 8, 0 } } },
    { "datagram with an MS-TURN message", msturn_is_ms_turn_message, "0003 0008 0102030405060708 090a0b0c0d0e0f00 000f0004 72c64bc6",
      0, 1, { { 0, 2, 1, 0 }, { 20, 1, 8, 0 } } },
    { "pseudo-TLS hello of the client", claimed_on_any_port, "160301002d 01000029 0301" HELLO_RANDOM "00 0002 0018 01 00", 0, 1,
      { { 0, 1, 11, 0 }, { 43, 1, 7, 0 } } },
    { "pseudo-TLS hello of the server", claimed_on_any_port,
      "160301004e 02000046 0301" HELLO_RANDOM "20" HELLO_RANDOM "0018 00 0e000000", 0, 1,
      { { 0, 1, 11, 0 }, { 43, 1, 1, 0 }, { 76, 1, 7, 0 } } },
    { "pseudo-TLS hello of the server in two records", claimed_on_any_port,
      "160301004a 02000046 0301" HELLO_RANDOM "20" HELLO_RANDOM "0018 00 1603010004 0e000000", 0, 1,
      { { 0, 1, 11, 0 }, { 43, 1, 1, 0 }, { 76, 1, 12, 0 } } },
    /* A capture that begins in the middle of a connection, on the port of a TURN server: behind another byte. */
    { "message somewhere in a segment", claimed_by_search, "99 0001 0008 2112a442" TRANSACTION "00250004 00000000", 0, SEGMENT_MAX,
      { { 1, 2, 1, 0 }, { 3, 2, 1, 0 }, { 5, 1, 4, 0 }, { 21, 2, 1, 0 } } },
};
/* clang-format on */

/* ---- counting ---- */

static void put16(GByteArray *bytes, uint32_t offset, uint32_t value)
{
    bytes->data[offset] = (uint8_t)(value >> 8);
    bytes->data[offset + 1] = (uint8_t)value;
}

/* Writes one of the numbers of a field, and what follows it. */
static void put_number(GByteArray *bytes, const struct field *field, uint32_t offset, uint32_t value)
{
    if (field->width == 1) {
        bytes->data[offset] = (uint8_t)value;
        return;
    }
    const uint32_t difference = value - msturn_get16(bytes->data + offset);
    put16(bytes, offset, value);
    if (field->follower != 0) {
        const uint32_t other = (uint32_t)((int32_t)offset + field->follower);
        put16(bytes, other, msturn_get16(bytes->data + other) + difference);
    }
}

static bool accepts(const struct way *way, const GByteArray *sample)
{
    struct msturn_bytes bytes = exact_bytes(sample->data, sample->len, sample->len + way->unseen);
    const bool result = way->accepts(bytes);

    free_exact_bytes(bytes);
    return result;
}

/* How many of all values of the number at `offset` are accepted. */
static uint32_t accepted_values(const struct way *way, const struct field *field, uint32_t offset)
{
    GByteArray *sample = bytes_from_hex(way->sample);
    GByteArray *changed = g_byte_array_new();
    const uint32_t all = field->width == 1 ? 0x100 : 0x10000;
    uint32_t accepted = 0;

    for (uint32_t value = 0; value < all; value++) {
        g_byte_array_set_size(changed, 0);
        g_byte_array_append(changed, sample->data, sample->len);
        put_number(changed, field, offset, value);
        accepted += accepts(way, changed);
    }
    g_byte_array_unref(changed);
    g_byte_array_unref(sample);
    return accepted;
}

/* The share of all values of a field that are accepted. */
static double share(const struct way *way, const struct field *field)
{
    const double all = field->width == 1 ? 0x100 : 0x10000;
    double product = 1;

    for (uint32_t i = 0; i < field->count; i++)
        product *= accepted_values(way, field, field->offset + i * field->width) / all;
    return product;
}

static void test_random_bytes_meet_it_below_the_limit(gconstpointer user)
{
    const struct way *way = user;
    double probability = way->chances;
    int bits = 0;

    for (const struct field *field = way->fields; field->width != 0; field++)
        probability *= share(way, field);
    g_assert_cmpfloat(probability, >, 0); /* the sample itself is accepted */
    g_assert_cmpfloat(probability, <, LIMIT);
    while (probability <= 0.5) {
        probability *= 2;
        bits++;
    }
    g_test_message("%s: at most 2^-%d", way->name, bits);
}

/* ---- wrong bits ---- */

/* Appends the places of the bytes for which the sample's values are the only ones. */
static void find_fixed_bytes(const struct way *way, GArray *places)
{
    for (const struct field *field = way->fields; field->width != 0; field++) {
        for (uint32_t i = 0; i < field->count * field->width; i++) {
            const uint32_t number = field->offset + i - i % field->width;
            const uint32_t place = field->offset + i;
            if (accepted_values(way, field, number) == 1)
                g_array_append_val(places, place);
        }
    }
}

static void test_wrong_bits_in_several_fields_are_refused(gconstpointer user)
{
    const struct way *way = user;
    GRand *random = g_rand_new_with_seed(4571);
    GArray *places = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    find_fixed_bytes(way, places);
    g_assert_cmpuint(places->len, >=, 4); /* the cookie at least */
    for (int round = 0; round < 100000; round++) {
        GByteArray *changed = bytes_from_hex(way->sample);
        /* No bit twice: places of their own, and one bit in each. */
        const uint32_t first = (uint32_t)g_rand_int_range(random, 0, (gint32)places->len);
        const uint32_t count = (uint32_t)g_rand_int_range(random, 1, (gint32)places->len + 1);
        for (uint32_t i = 0; i < count; i++)
            changed->data[g_array_index(places, uint32_t, (first + i) % places->len)] ^=
                (uint8_t)(1u << g_rand_int_range(random, 0, 8));
        g_assert_false(accepts(way, changed));
        g_byte_array_unref(changed);
    }
    g_array_unref(places);
    g_rand_free(random);
}

/* ---- random bytes ---- */

static void fill(GRand *random, uint8_t *data, size_t length)
{
    for (size_t i = 0; i + sizeof(guint32) <= length; i += sizeof(guint32)) {
        const guint32 word = g_rand_int(random);
        memcpy(data + i, &word, sizeof word);
    }
}

static void test_millions_of_random_segments_are_foreign(void)
{
    GRand *random = g_rand_new_with_seed(8489);
    uint8_t data[96];

    for (int round = 0; round < 1000000; round++) {
        fill(random, data, sizeof data);
        if (round % 2 == 0)
            data[0] %= 4; /* half of the way to a message */
        const uint32_t captured = (uint32_t)g_rand_int_range(random, 1, sizeof data + 1);
        const struct msturn_bytes bytes = { .data = data,
                                            .captured = captured,
                                            .reported = round % 3 == 0 ? sizeof data : captured };
        g_assert_false(claimed_on_any_port(bytes));
        g_assert_false(claimed_by_search(bytes));
        g_assert_false(claimed_multiplexed_datagram(bytes));
        g_assert_false(msturn_is_ms_turn_message(bytes));
    }
    g_rand_free(random);
}

/* Whatever stands around it: what is no message in an empty segment is none behind random bytes. */
static void test_search_needs_a_whole_message_with_attributes(void)
{
    static const char *const behind[] = {
        "0011 0000 2112a442" TRANSACTION,                     /* 2^-57 in each of many places */
        "0001 0100 2112a442" TRANSACTION "00250000",          /* more of it follows */
        "0001 0008 2112a442" TRANSACTION "41250004 00000000", /* an attribute that nobody uses */
    };

    for (guint i = 0; i < G_N_ELEMENTS(behind); i++) {
        GByteArray *stream = bytes_from_hex("99");
        GByteArray *message = bytes_from_hex(behind[i]);
        g_byte_array_append(stream, message->data, message->len);
        g_assert_false(claimed_by_search(bytes_of(stream)));
        g_byte_array_unref(message);
        g_byte_array_unref(stream);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        char *counted = g_strdup_printf("/evidence/below_the_limit/%s", ways[i].name);
        char *flipped = g_strdup_printf("/evidence/wrong_bits/%s", ways[i].name);
        g_test_add_data_func(counted, &ways[i], test_random_bytes_meet_it_below_the_limit);
        g_test_add_data_func(flipped, &ways[i], test_wrong_bits_in_several_fields_are_refused);
        g_free(flipped);
        g_free(counted);
    }
    g_test_add_func("/evidence/millions_of_random_segments_are_foreign", test_millions_of_random_segments_are_foreign);
    g_test_add_func("/evidence/search_needs_a_whole_message_with_attributes",
                    test_search_needs_a_whole_message_with_attributes);
    return g_test_run();
}
