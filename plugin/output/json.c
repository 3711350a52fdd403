/* json.c
 * Writing JSON to the standard output.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/json.h"

#include "plugin/show/text.h"

#include <stdio.h>
#include <string.h>

/* ---- bytes ---- */

static void write_pending(struct msturn_json *json)
{
    fwrite(json->pending, 1, json->length, stdout);
    json->length = 0;
}

/* A piece that is shorter than what may be pending, as all are but texts. */
static void append(struct msturn_json *json, const char *bytes, size_t length)
{
    if (length > sizeof json->pending - json->length)
        write_pending(json);
    memcpy(json->pending + json->length, bytes, length);
    json->length += length;
}

static void append_text(struct msturn_json *json, const char *bytes, size_t length)
{
    for (size_t part; length > 0; bytes += part, length -= part) {
        part = MIN(length, sizeof json->pending);
        append(json, bytes, part);
    }
}

static void append_character(struct msturn_json *json, char character)
{
    append(json, &character, 1);
}

/* ---- layout ---- */

static void begin_line(struct msturn_json *json, bool has_comma)
{
    static const char line[] = ",\n                    "; /* a report is less than ten objects and arrays deep */

    append(json, has_comma ? line : line + 1, strlen(",\n") - !has_comma + (size_t)2 * json->depth);
}

static void begin_item(struct msturn_json *json)
{
    if (!json->is_inline)
        begin_line(json, !json->is_empty);
    json->is_inline = json->is_empty = false;
}

void msturn_json_open(struct msturn_json *json, char bracket)
{
    begin_item(json);
    append_character(json, bracket);
    json->depth++;
    json->is_empty = true;
}

void msturn_json_close(struct msturn_json *json, char bracket)
{
    json->depth--;
    if (!json->is_empty)
        begin_line(json, false);
    append_character(json, bracket);
    json->is_empty = false;
}

void msturn_json_name(struct msturn_json *json, const char *name)
{
    begin_item(json);
    append_character(json, '"');
    append(json, name, strlen(name));
    append(json, "\": ", strlen("\": "));
    json->is_inline = true;
}

void msturn_json_finish(struct msturn_json *json)
{
    append_character(json, '\n');
    write_pending(json);
}

/* ---- values ---- */

void msturn_json_word(struct msturn_json *json, const char *word)
{
    begin_item(json);
    append(json, word, strlen(word));
}

void msturn_json_number(struct msturn_json *json, uint32_t number)
{
    char digits[MSTURN_DECIMAL_TEXT];

    msturn_write_decimal(digits, number);
    msturn_json_word(json, digits);
}

static bool is_plain(char character)
{
    return g_ascii_isprint(character) && character != '"' && character != '\\' && character != '/';
}

/* The text may hold what a client sent: bytes that are no UTF-8, and characters that a terminal obeys, as DEL and those
 * from U+0080 to U+009F are. It may be pasted into a page, where "</" could end a script. Returns what comes after. */
static const char *append_special(struct msturn_json *json, const char *text, const char *at)
{
    const gunichar character = g_utf8_get_char_validated(at, -1);
    const bool is_valid = character <= 0x10FFFF, ends_script = *at == '/' && at > text && at[-1] == '<';
    const char *const next = is_valid ? g_utf8_next_char(at) : at + 1;
    char number[sizeof "\\u1234"];

    if (!is_valid) {
        append(json, "\xEF\xBF\xBD", strlen("\xEF\xBF\xBD")); /* U+FFFD, the replacement character */
    } else if (!g_unichar_isprint(character) && character <= 0xFFFF) {
        snprintf(number, sizeof number, "\\u%04x", character);
        append(json, number, strlen(number));
    } else {
        if (*at == '"' || *at == '\\' || ends_script)
            append_character(json, '\\');
        append(json, at, (size_t)(next - at));
    }
    return next;
}

void msturn_json_text(struct msturn_json *json, const char *text)
{
    const char *run = text;

    begin_item(json);
    append_character(json, '"');
    for (const char *at = text; *run; run = at) {
        while (is_plain(*at))
            at++;
        append_text(json, run, (size_t)(at - run));
        if (*at)
            at = append_special(json, text, at);
    }
    append_character(json, '"');
}
