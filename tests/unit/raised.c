/* raised.c
 * The findings of one message, as text.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "raised.h"

#include "build.h"
#include "plugin/rules/message_rules.h"

#include <string.h>

#define RFC_ID "2112a442 b7e7a701bc34d686fa87dfae"
#define MS_ID "5a9f0c318b1d3c5e77f0a1b2c3d4e5f6"
#define MS_COOKIE "000f0004 72c64bc6"

static void take(void *context, enum msturn_finding finding, uint16_t type)
{
    const char *code = msturn_findings[finding].code;

    g_ptr_array_add(context, type != 0 ? g_strdup_printf("%s:%04x", code, type) : g_strdup(code));
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *raised(struct msturn_bytes message, bool in_ms_frame)
{
    GPtrArray *codes = g_ptr_array_new_with_free_func(g_free);
    struct msturn_message read;

    g_assert_true(msturn_read_message(message, message.reported, &read));
    msturn_check_message(&read, in_ms_frame, take, codes);
    g_ptr_array_sort(codes, compare);
    g_ptr_array_add(codes, NULL);
    char *text = g_strjoinv(" ", (char **)codes->pdata);
    g_ptr_array_unref(codes);
    return text;
}

char *raised_by(const char *type, const char *id, const char *attributes, bool in_ms_frame)
{
    char *hex = g_strconcat(type, "0000", id, attributes, NULL);
    GByteArray *message = bytes_from_hex(hex);
    const uint32_t length = message->len - MSTURN_HEADER_LENGTH;

    message->data[2] = (uint8_t)(length >> 8);
    message->data[3] = (uint8_t)length;
    char *text = raised(bytes_of(message), in_ms_frame);
    g_byte_array_unref(message);
    g_free(hex);
    return text;
}

static void compare_raised(const char *type, const char *id, const char *attributes, const char *expected)
{
    char *text = raised_by(type, id, attributes, false);

    if (strcmp(text, expected) != 0)
        g_error("%s %s: \"%s\" instead of \"%s\"", type, attributes, text, expected);
    g_free(text);
}

void assert_raised(const char *type, const char *attributes, const char *expected)
{
    compare_raised(type, RFC_ID, attributes, expected);
}

void assert_raised_ms(const char *type, const char *attributes, const char *expected)
{
    char *all = g_strconcat(MS_COOKIE, attributes, NULL);

    compare_raised(type, MS_ID, all, expected);
    g_free(all);
}
