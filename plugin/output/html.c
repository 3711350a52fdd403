/* html.c
 * Writing HTML to the standard output.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/html.h"

#include <stdbool.h>
#include <stdio.h>

enum { LONGEST = 1000 }; /* characters of a text */

static void write_character(gunichar character)
{
    const bool is_markup =
        character == '<' || character == '>' || character == '&' || character == '"' || character == '\'';

    if (!g_unichar_isprint(character))
        printf("\\u%04x", character); /* also what turns the direction of writing */
    else if (is_markup || character > '~')
        printf("&#%u;", character);
    else
        putchar((int)character);
}

void msturn_html_text(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    unsigned count = 0;

    for (const char *next = valid; *next && count < LONGEST; next = g_utf8_next_char(next), count++)
        write_character(g_utf8_get_char(next));
    if (count == LONGEST)
        fputs("&#8230;", stdout);
    g_free(valid);
}

void msturn_html_printf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    msturn_html_text(text);
    g_free(text);
}

void msturn_html_element(const char *tag, const char *css_class, const char *text)
{
    if (css_class)
        printf("<%s class=\"%s\">", tag, css_class);
    else
        printf("<%s>", tag);
    msturn_html_text(text);
    printf("</%s>\n", tag);
}
