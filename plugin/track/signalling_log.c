/* signalling_log.c
 * The session descriptions in the text of a log.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/signalling_log.h"

#include "plugin/track/state.h"

#include <string.h>

enum { LINE_MAX_BYTES = 16384, SAMPLE_BYTES = 4096 };

/* ---- UTF-16 ---- */

static bool has_mark(const uint8_t *text, size_t length)
{
    return length >= 2 && ((text[0] == 0xFF && text[1] == 0xFE) || (text[0] == 0xFE && text[1] == 0xFF));
}

/* Text without NULs has no such bytes; of UTF-16 they are half. */
static bool is_utf16(const uint8_t *text, size_t length)
{
    const size_t sample = MIN(length, (size_t)SAMPLE_BYTES);
    size_t zeros = 0;

    for (size_t i = 0; i < sample; i++)
        zeros += text[i] == 0;
    return has_mark(text, length) || zeros > sample / 4;
}

/* SDP is ASCII: of a character of two bytes one is 0. */
static size_t narrow(uint8_t *text, size_t length)
{
    size_t kept = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] != 0)
            text[kept++] = text[i];
    }
    return kept;
}

/* ---- lines ---- */

/* A line and what was folded to it. */
struct logical_line {
    GString *text;
    uint32_t number;
};

/* What a log writes for the end of a line: backslash, r, backslash, n. */
static size_t end_in_words(const char *at)
{
    if (strncmp(at, "\\r\\n", 4) == 0)
        return 4;
    return strncmp(at, "\\n", 2) == 0 || strncmp(at, "\\r", 2) == 0 ? 2 : 0;
}

static void tell_log_line(const char *text, size_t length, uint32_t number)
{
    const struct msturn_bytes line = { (const uint8_t *)text, (uint32_t)length, (uint32_t)length };

    msturn_track_log_line(line, number);
}

static void flush(struct logical_line *line)
{
    const char *begin = line->text->str, *at = begin;

    while (*at) {
        const size_t end = end_in_words(at);
        if (end == 0) {
            at++;
            continue;
        }
        tell_log_line(begin, (size_t)(at - begin), line->number);
        begin = at += end;
    }
    tell_log_line(begin, (size_t)(at - begin), line->number);
    g_string_truncate(line->text, 0);
}

/* A line that begins with a blank goes on with the one before it, unless it is one of a description itself. */
static bool is_folded(struct msturn_bytes line)
{
    uint32_t at = 0;

    while (at < line.captured && (line.data[at] == ' ' || line.data[at] == '\t'))
        at++;
    return at > 0 && at < line.captured && !(at + 1 < line.captured && line.data[at + 1] == '=') &&
           msturn_sdp_in_log_line(line).captured == 0;
}

static void take_physical_line(struct logical_line *line, struct msturn_bytes bytes, uint32_t number)
{
    const size_t length = MIN(bytes.captured, (uint32_t)LINE_MAX_BYTES);

    if (line->text->len > 0 && is_folded(msturn_bytes_slice(bytes, 0, LINE_MAX_BYTES)) &&
        line->text->len + length <= LINE_MAX_BYTES) {
        g_string_append_len(line->text, (const char *)bytes.data, (gssize)length);
        return;
    }
    flush(line);
    line->number = number;
    g_string_append_len(line->text, (const char *)bytes.data, (gssize)length);
}

uint32_t msturn_track_log(uint8_t *text, size_t length)
{
    const bool marked = has_mark(text, length);
    const size_t narrowed = is_utf16(text, length) ? narrow(text, length) : length;
    const size_t skipped = marked ? MIN(narrowed, (size_t)2) : 0;
    const uint32_t size = (uint32_t)MIN(narrowed - skipped, (size_t)UINT32_MAX);
    struct msturn_bytes rest = { text + skipped, size, size }, bytes;
    struct logical_line line = { .text = g_string_new(NULL) };

    for (uint32_t number = 1; msturn_sdp_next_line(&rest, &bytes); number++)
        take_physical_line(&line, bytes, number);
    flush(&line);
    g_string_free(line.text, TRUE);
    return msturn_tracker.offers ? msturn_tracker.offers->count : 0;
}
