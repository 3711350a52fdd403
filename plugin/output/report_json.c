/* report_json.c
 * The report for scripts: one JSON object. What is not known is null.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/columns.h"

#include <wsutil/json_dumper.h>

struct writer {
    json_dumper dumper; /* into a string: into a file it goes byte by byte */
    const struct msturn_report *report;
};

static bool is_plain(const char *text)
{
    while (g_ascii_isprint(*text))
        text++;
    return *text == '\0';
}

static void append_escaped(wmem_strbuf_t *json, gunichar character, gunichar previous)
{
    const bool ends_script = previous == '<' && character == '/'; /* the object may be pasted into a page */

    if (character == '"' || character == '\\' || ends_script)
        wmem_strbuf_append_printf(json, "\\%c", (char)character);
    else if (!g_unichar_isprint(character) && character <= 0xFFFF)
        wmem_strbuf_append_printf(json, "\\u%04x", character);
    else
        wmem_strbuf_append_unichar(json, character);
}

/* The text may hold what a client sent. json_dumper would let bytes through that are no UTF-8, and characters that a
 * terminal obeys: DEL and those from U+0080 to U+009F. */
static void write_foreign_text(struct writer *writer, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    wmem_strbuf_t *json = wmem_strbuf_new(writer->report->scope, "\"");
    gunichar previous = 0;

    for (const char *next = valid; *next; next = g_utf8_next_char(next)) {
        const gunichar character = g_utf8_get_char(next);
        append_escaped(json, character, previous);
        previous = character;
    }
    g_free(valid);
    wmem_strbuf_append_c(json, '"');
    json_dumper_value_anyf(&writer->dumper, "%s", wmem_strbuf_get_str(json));
}

static void write_text(struct writer *writer, const char *text)
{
    if (is_plain(text))
        json_dumper_value_string(&writer->dumper, text);
    else
        write_foreign_text(writer, text);
}

static void write_numbers(struct writer *writer, wmem_array_t *numbers)
{
    json_dumper_begin_array(&writer->dumper);
    for (unsigned i = 0; i < wmem_array_get_count(numbers); i++)
        json_dumper_value_anyf(&writer->dumper, "%u", *(const uint32_t *)wmem_array_index(numbers, i));
    json_dumper_end_array(&writer->dumper);
}

static void write_object(struct writer *writer, const struct msturn_columns *members, const void *item);

static void write_value(struct writer *writer, const struct msturn_cell *value)
{
    switch (value->kind) {
    case MSTURN_CELL_NONE:
        json_dumper_value_anyf(&writer->dumper, "null");
        break;
    case MSTURN_CELL_NUMBER:
    case MSTURN_CELL_ERROR:
        json_dumper_value_anyf(&writer->dumper, "%u", value->number);
        break;
    case MSTURN_CELL_NUMBERS:
        write_numbers(writer, value->numbers);
        break;
    case MSTURN_CELL_DECIMAL:
        json_dumper_value_anyf(&writer->dumper, "%s", value->text);
        break;
    case MSTURN_CELL_TEXT:
    case MSTURN_CELL_FOREIGN:
        write_text(writer, value->text);
        break;
    case MSTURN_CELL_OBJECTS:
        json_dumper_begin_array(&writer->dumper);
        for (unsigned i = 0; i < wmem_array_get_count(value->items); i++)
            write_object(writer, value->members, *(const void **)wmem_array_index(value->items, i));
        json_dumper_end_array(&writer->dumper);
        break;
    case MSTURN_CELL_OBJECT:
        write_object(writer, value->members, value->item);
        break;
    }
}

static void write_object(struct writer *writer, const struct msturn_columns *members, const void *item)
{
    const struct msturn_column *member;
    unsigned index = 0;

    json_dumper_begin_object(&writer->dumper);
    while ((member = msturn_column_next(members, MSTURN_VIEW_JSON, &index))) {
        const struct msturn_cell value = member->value(writer->report, item);
        json_dumper_set_member_name(&writer->dumper, member->names[MSTURN_VIEW_JSON]);
        write_value(writer, &value);
    }
    json_dumper_end_object(&writer->dumper);
}

static void print_written(struct writer *writer)
{
    GString *text = writer->dumper.output_string;

    fwrite(text->str, 1, text->len, stdout);
    g_string_truncate(text, 0);
}

static void write_list(struct writer *writer, const char *key, const struct msturn_columns *members,
                       const GPtrArray *items)
{
    json_dumper_set_member_name(&writer->dumper, key);
    json_dumper_begin_array(&writer->dumper);
    for (unsigned i = 0; i < items->len; i++) {
        write_object(writer, members, g_ptr_array_index(items, i));
        print_written(writer);
    }
    json_dumper_end_array(&writer->dumper);
}

void msturn_report_json(const struct msturn_report *report)
{
    struct writer writer = {
        .dumper = { .output_string = g_string_new(NULL), .flags = JSON_DUMPER_FLAGS_PRETTY_PRINT },
        .report = report,
    };

    json_dumper_begin_object(&writer.dumper);
    write_list(&writer, "sessions", &msturn_session_columns, report->sessions);
    write_list(&writer, "connections", &msturn_peer_connection_columns, report->peer_connections);
    write_list(&writer, "pairs", &msturn_pair_columns, report->pairs);
    write_list(&writer, "paths", &msturn_path_columns, report->paths);
    write_list(&writer, "descriptions", &msturn_media_columns, report->descriptions);
    write_list(&writer, "candidates", &msturn_candidate_columns, report->candidates);
    write_list(&writer, "problems", &msturn_problem_columns, report->problems);
    json_dumper_end_object(&writer.dumper);
    json_dumper_finish(&writer.dumper);
    print_written(&writer);
    g_string_free(writer.dumper.output_string, TRUE);
}
