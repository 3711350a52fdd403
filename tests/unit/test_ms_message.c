/* test_ms_message.c
 * wire, names: message types, class and dialect of [MS-TURN], and its unpadded attributes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "inspect.h"
#include "plugin/message/names.h"

#include <string.h>

/* [MS-TURN] 2.2.1 and, for Binding, [MS-ICE] and [MS-ICE2]. */
static const struct {
    uint16_t type;
    enum msturn_class msg_class;
    const char *name;
} types[] = {
    { 0x0003, MSTURN_CLASS_REQUEST, "Allocate request" },
    { 0x0103, MSTURN_CLASS_SUCCESS, "Allocate response" },
    { 0x0113, MSTURN_CLASS_ERROR, "Allocate error response" },
    { 0x0004, MSTURN_CLASS_REQUEST, "Send request" },
    { 0x0104, MSTURN_CLASS_SUCCESS, "Send response" },
    { 0x0114, MSTURN_CLASS_ERROR, "Send error response" },
    { 0x0115, MSTURN_CLASS_INDICATION, "Data indication" },
    { 0x0006, MSTURN_CLASS_REQUEST, "Set Active Destination request" },
    { 0x0106, MSTURN_CLASS_SUCCESS, "Set Active Destination response" },
    { 0x0116, MSTURN_CLASS_ERROR, "Set Active Destination error response" },
    { 0x0002, MSTURN_CLASS_REQUEST, "Shared Secret request" },
    { 0x0102, MSTURN_CLASS_SUCCESS, "Shared Secret response" },
    { 0x0112, MSTURN_CLASS_ERROR, "Shared Secret error response" },
};

#define TEAMS_ID "2112a442 8b1d3c5e77f0a1b2c3d4e5f6"
#define RANDOM_ID "5a9f0c31 8b1d3c5e77f0a1b2c3d4e5f6"
#define COOKIE "000f0004 72c64bc6"

/* A message of these attributes, with its length in the header. */
static GByteArray *message_of(const char *type, const char *id, const char *attributes)
{
    char *hex = g_strconcat(type, "0000", id, attributes, NULL);
    GByteArray *message = bytes_from_hex(hex);
    const uint32_t length = message->len - MSTURN_HEADER_LENGTH;

    message->data[2] = (uint8_t)(length >> 8);
    message->data[3] = (uint8_t)length;
    g_free(hex);
    return message;
}

static struct msturn_header header_of(const GByteArray *message)
{
    struct msturn_header header;

    g_assert_true(msturn_read_header(bytes_of(message), &header));
    return header;
}

static void test_types_have_their_class_and_name(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        char *type = g_strdup_printf("%04x", types[i].type);
        GByteArray *message = message_of(type, RANDOM_ID, COOKIE);
        const struct msturn_header header = header_of(message);
        g_assert_cmphex(header.type, ==, types[i].type);
        g_assert_cmpint(header.msg_class, ==, types[i].msg_class);
        char *name = g_strdup_printf("%s %s", header.method_row->ms_name,
                                     msturn_name_of(msturn_ms_class_names, header.msg_class));
        g_assert_cmpint(g_ascii_strcasecmp(name, types[i].name), ==, 0);
        g_free(name);
        g_assert_true(msturn_is_ms_turn_message(bytes_of(message)));
        g_byte_array_unref(message);
        g_free(type);
    }
}

static void test_other_types_are_no_ms_turn_messages(void)
{
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        bool known = false;
        for (guint i = 0; i < G_N_ELEMENTS(types); i++)
            known = known || types[i].type == type;
        char *hex = g_strdup_printf("%04x", type);
        GByteArray *message = message_of(hex, RANDOM_ID, COOKIE);
        g_assert_cmpint(msturn_is_ms_turn_message(bytes_of(message)), ==, known);
        g_byte_array_unref(message);
        g_free(hex);
    }
}

/* ---- dialect: microsoft.md 3.1 ---- */

static void assert_dialect(const char *type, const char *id, const char *attributes, enum msturn_dialect dialect)
{
    GByteArray *message = message_of(type, id, attributes);

    g_assert_cmpint(msturn_message_dialect(bytes_of(message)), ==, dialect);
    g_assert_cmpint(header_of(message).dialect, ==, dialect);
    g_byte_array_unref(message);
}

static void test_cookie_attribute_decides_the_dialect(void)
{
    assert_dialect("0003", TEAMS_ID, COOKIE, MSTURN_DIALECT_MS_TURN);
    assert_dialect("0003", RANDOM_ID, COOKIE, MSTURN_DIALECT_MS_TURN);
    assert_dialect("0115", RANDOM_ID, COOKIE "00130002 abcd", MSTURN_DIALECT_MS_TURN);
    assert_dialect("0001", TEAMS_ID, "80540001 31000000", MSTURN_DIALECT_RFC);
    assert_dialect("0001", RANDOM_ID, "80540001 31", MSTURN_DIALECT_RFC3489);
    /* not first, wrong value, wrong length, wrong number */
    assert_dialect("0003", TEAMS_ID, "80080004 00000002" COOKIE, MSTURN_DIALECT_RFC);
    assert_dialect("0003", TEAMS_ID, "000f0004 72c64bc7", MSTURN_DIALECT_RFC);
    assert_dialect("0003", RANDOM_ID, "000f0008 72c64bc6 00000000", MSTURN_DIALECT_RFC3489);
    assert_dialect("0003", RANDOM_ID, "000e0004 72c64bc6", MSTURN_DIALECT_RFC3489);
    assert_dialect("0001", TEAMS_ID, "", MSTURN_DIALECT_RFC);
}

/* Every byte of the attribute counts. */
static void test_every_byte_of_the_cookie_attribute_counts(void)
{
    for (guint i = 0; i < 8; i++) {
        GByteArray *message = message_of("0003", RANDOM_ID, COOKIE);
        message->data[MSTURN_HEADER_LENGTH + i] ^= 1;
        g_assert_false(msturn_is_ms_turn_message(bytes_of(message)));
        g_assert_cmpint(msturn_message_dialect(bytes_of(message)), ==, MSTURN_DIALECT_RFC3489);
        g_byte_array_unref(message);
    }
}

static void test_rfc3489_message_is_exactly_one_binding_message(void)
{
    GByteArray *good = message_of("0001", RANDOM_ID, "00060005 6162633a64 00240004 00000063");

    g_assert_true(msturn_is_rfc3489_message(bytes_of(good)));
    g_byte_array_append(good, (const uint8_t *)"", 1);
    g_assert_false(msturn_is_rfc3489_message(bytes_of(good)));
    g_byte_array_set_size(good, good->len - 2);
    g_assert_false(msturn_is_rfc3489_message(bytes_of(good)));
    g_byte_array_unref(good);
}

/* ---- unpadded attributes: microsoft.md 4.1 ---- */

static void check_walk(uint16_t length)
{
    GByteArray *message = message_of("0103", RANDOM_ID, COOKIE);
    const uint8_t header[4] = { 0x80, 0x22, (uint8_t)(length >> 8), (uint8_t)length };
    static const uint8_t next[8] = { 0x80, 0x08, 0, 4, 0, 0, 0, 6 };

    g_byte_array_append(message, header, sizeof header);
    for (uint16_t i = 0; i < length; i++)
        g_byte_array_append(message, (const uint8_t *)"x", 1);
    g_byte_array_append(message, next, sizeof next);
    message->data[3] = (uint8_t)(message->len - MSTURN_HEADER_LENGTH);
    GArray *spans = inspect_message(bytes_of(message));
    g_assert_cmpuint(spans->len, ==, 3);
    const struct msturn_span *odd = &g_array_index(spans, struct msturn_span, 1);
    const struct msturn_span *last = &g_array_index(spans, struct msturn_span, 2);
    g_assert_cmpuint(odd->length, ==, length);
    g_assert_cmpuint(odd->padding, ==, 0);
    g_assert_cmpuint(last->offset, ==, odd->value_offset + length);
    g_assert_cmphex(last->type, ==, 0x8008);
    g_assert_cmpint(last->state, ==, MSTURN_SPAN_WHOLE);
    g_assert_false(msturn_walk_begin(bytes_of(message)).wrong_padding);
    g_array_unref(spans);
    g_byte_array_unref(message);
}

/* Lengths of Teams: 9 (version text), 10 (realm), 61 (error code). */
static void test_next_attribute_follows_at_once(void)
{
    static const uint16_t lengths[] = { 9, 10, 61 };

    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++)
        check_walk(lengths[i]);
    for (uint16_t length = 0; length <= 40; length++)
        check_walk(length);
}

static void assert_wrong_padding(const char *type, const char *id, const char *attributes, bool wrong, unsigned count)
{
    GByteArray *message = message_of(type, id, attributes);
    GArray *spans = inspect_message(bytes_of(message));

    g_assert_cmpint(msturn_walk_begin(bytes_of(message)).wrong_padding, ==, wrong);
    g_assert_cmpuint(spans->len, ==, count);
    g_array_unref(spans);
    g_byte_array_unref(message);
}

static void test_padding_wrong_to_the_dialect_is_noticed(void)
{
    assert_wrong_padding("0003", RANDOM_ID, COOKIE "80220001 41 000000 80080004 00000002", true, 3);
    assert_wrong_padding("0003", RANDOM_ID, COOKIE "80220001 41 80080004 00000002", false, 3);
    assert_wrong_padding("0001", TEAMS_ID, "80220001 41 80080004 00000002", true, 2);
    assert_wrong_padding("0001", TEAMS_ID, "80220001 41 000000 80080004 00000002", false, 2);
    assert_wrong_padding("0001", RANDOM_ID, "80220001 41 000000 80080004 00000002", true, 2);
    /* Neither rule leads to the end: the dialect's own one is used. */
    assert_wrong_padding("0003", RANDOM_ID, COOKIE "80220009 41", false, 2);
    /* Both do. */
    assert_wrong_padding("0003", RANDOM_ID, COOKIE "80220004 41414141 80080004 00000002", false, 3);
}

static void test_cut_message_is_not_judged_by_its_padding(void)
{
    GByteArray *message = message_of("0003", RANDOM_ID, COOKIE "80220001 41 000000 80080004 00000002");

    for (uint32_t captured = 0; captured < message->len; captured++) {
        struct msturn_bytes bytes = exact_bytes(message->data, captured, message->len);
        g_assert_false(msturn_walk_begin(bytes).wrong_padding);
        free_exact_bytes(bytes);
    }
    g_byte_array_unref(message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_message/types_have_their_class_and_name_ms_turn_2_2_1", test_types_have_their_class_and_name);
    g_test_add_func("/ms_message/other_types_are_no_ms_turn_messages", test_other_types_are_no_ms_turn_messages);
    g_test_add_func("/ms_message/cookie_attribute_decides_the_dialect_ms_turn_2_2_2_8",
                    test_cookie_attribute_decides_the_dialect);
    g_test_add_func("/ms_message/every_byte_of_the_cookie_attribute_counts",
                    test_every_byte_of_the_cookie_attribute_counts);
    g_test_add_func("/ms_message/rfc3489_message_is_exactly_one_binding_message",
                    test_rfc3489_message_is_exactly_one_binding_message);
    g_test_add_func("/ms_message/next_attribute_follows_at_once_ms_turn_2_2_2", test_next_attribute_follows_at_once);
    g_test_add_func("/ms_message/padding_wrong_to_the_dialect_is_noticed",
                    test_padding_wrong_to_the_dialect_is_noticed);
    g_test_add_func("/ms_message/cut_message_is_not_judged_by_its_padding",
                    test_cut_message_is_not_judged_by_its_padding);
    return g_test_run();
}
