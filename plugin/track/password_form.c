/* password_form.c
 * The forms in which a password may go into a key.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/password_form.h"

#include <glib.h>
#include <string.h>

struct range {
    gunichar first, last;
};

/* RFC 3454 B.1: mapped to nothing. */
static const struct range nothing[] = {
    { 0x00AD, 0x00AD }, { 0x034F, 0x034F }, { 0x1806, 0x1806 }, { 0x180B, 0x180D },
    { 0x200B, 0x200D }, { 0x2060, 0x2060 }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF }
};

static bool is_nothing(gunichar character)
{
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
        if (character >= nothing[i].first && character <= nothing[i].last)
            return true;
    }
    return false;
}

/* SASLprep and OpaqueString turn all spaces into that of ASCII; only the first has a table of what to drop. */
static char *mapped(const char *text, bool drop)
{
    GString *result = g_string_new(NULL);

    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        if (drop && is_nothing(character))
            continue;
        g_string_append_unichar(result,
                                g_unichar_type(character) == G_UNICODE_SPACE_SEPARATOR ? (gunichar)' ' : character);
    }
    return g_string_free(result, FALSE);
}

static void tell(const void *data, size_t length, msturn_password_form_fn found, void *context)
{
    found(context, (struct msturn_bytes){ .data = data, .captured = (uint32_t)length, .reported = (uint32_t)length });
}

static void tell_prepared(const char *password, bool saslprep, msturn_password_form_fn found, void *context)
{
    char *spaced = mapped(password, saslprep);
    char *normal = g_utf8_normalize(spaced, -1, saslprep ? G_NORMALIZE_NFKC : G_NORMALIZE_NFC);

    if (normal)
        tell(normal, strlen(normal), found, context);
    g_free(normal);
    g_free(spaced);
}

void msturn_password_forms(const char *password, msturn_password_form_fn found, void *context)
{
    gsize length;
    guchar *decoded = g_base64_decode(password, &length);

    if (length > 0)
        tell(decoded, length, found, context);
    g_free(decoded);
    if (g_utf8_validate(password, -1, NULL) && !g_str_is_ascii(password)) {
        tell_prepared(password, true, found, context);
        tell_prepared(password, false, found, context);
    }
    tell(password, strlen(password), found, context);
}
