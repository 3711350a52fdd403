/* test_attrs_hostile.c
 * attrs: values of every length, right or wrong, for every row of the table.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "inspect.h"

/* Longer values of a row without a limit differ in nothing; the longest ones are tried once. */
enum { LENGTH_LIMIT = 800 };

/* First bytes that lead a decoder into its branches: reserved and family of an address, big inner lengths. */
static const uint8_t patterns[][4] = {
    { 0x00, 0x00, 0x00, 0x00 }, { 0x00, 0x01, 0x00, 0x00 }, { 0x00, 0x02, 0x00, 0x01 },
    { 0x00, 0x02, 0xFF, 0xFF }, { 0xFF, 0xFF, 0xFF, 0xFF },
};

static GByteArray *message_with(const struct msturn_attr *attr, const uint8_t pattern[4], uint16_t length)
{
    GByteArray *message = message_new(0x0001);
    uint8_t *value = g_malloc(length + 1u);

    for (uint16_t i = 0; i < length; i++)
        value[i] = pattern[i % 4];
    message_add(message, attr->type, value, length);
    g_free(value);
    return message;
}

static void check_message(const GByteArray *message, uint32_t captured)
{
    struct msturn_bytes bytes = exact_bytes(message->data, captured, message->len);

    g_array_unref(inspect_message(bytes));
    free_exact_bytes(bytes);
}

/* The value ends with the message, so that a decoder that reads on leaves the memory. */
static void test_values_of_every_length(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        const struct msturn_attr *attr = &msturn_attrs[i];
        const uint32_t longest = MIN(attr->length_max + 4, LENGTH_LIMIT);
        for (guint j = 0; j < G_N_ELEMENTS(patterns); j++) {
            for (uint32_t length = 0; length <= longest; length++) {
                GByteArray *message = message_with(attr, patterns[j], (uint16_t)length);
                check_message(message, MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH + length);
                check_message(message, message->len);
                g_byte_array_unref(message);
            }
            GByteArray *message = message_with(attr, patterns[j], 65528);
            check_message(message, message->len);
            g_byte_array_unref(message);
        }
    }
}

/* The capture ends anywhere in the value. */
static void test_values_cut_by_the_capture(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        for (guint j = 0; j < G_N_ELEMENTS(patterns); j++) {
            GByteArray *message = message_with(&msturn_attrs[i], patterns[j], 40);
            for (uint32_t captured = 0; captured <= message->len; captured++)
                check_message(message, captured);
            g_byte_array_unref(message);
        }
    }
}

/* The attribute says that it is longer than the message: what is there is decoded, and no more. */
static void test_values_that_overrun_the_message(void)
{
    for (unsigned i = 0; i < msturn_attr_count; i++) {
        for (uint16_t length = 0; length <= 40; length += 4) {
            GByteArray *message = message_with(&msturn_attrs[i], patterns[1], length);
            message->data[MSTURN_HEADER_LENGTH + 2] = 0xFF;
            message->data[MSTURN_HEADER_LENGTH + 3] = 0xFF;
            check_message(message, message->len);
            g_byte_array_unref(message);
        }
    }
}

/* A fixed seed, so that a failure can be repeated. */
static void test_random_values(void)
{
    GRand *random = g_rand_new_with_seed(8656);

    for (unsigned i = 0; i < msturn_attr_count; i++) {
        for (int round = 0; round < 200; round++) {
            uint8_t value[48];
            const uint16_t length = (uint16_t)g_rand_int_range(random, 0, sizeof value + 1);
            for (uint16_t j = 0; j < length; j++)
                value[j] = (uint8_t)(g_rand_int(random) % (round % 2 ? 256 : 4));
            GByteArray *message = message_new(0x0001);
            message_add(message, msturn_attrs[i].type, value, length);
            check_message(message, MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH + length);
            g_byte_array_unref(message);
        }
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attrs_hostile/values_of_every_length", test_values_of_every_length);
    g_test_add_func("/attrs_hostile/values_cut_by_the_capture", test_values_cut_by_the_capture);
    g_test_add_func("/attrs_hostile/values_that_overrun_the_message", test_values_that_overrun_the_message);
    g_test_add_func("/attrs_hostile/random_values", test_random_values);
    return g_test_run();
}
