/* report_json.c
 * The report for scripts: one JSON object. What is not known is null.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/columns.h"
#include "plugin/output/json.h"

struct writer {
    struct msturn_json json;
    const struct msturn_report *report;
};

static void write_numbers(struct writer *writer, wmem_array_t *numbers)
{
    msturn_json_open(&writer->json, '[');
    for (unsigned i = 0; i < wmem_array_get_count(numbers); i++)
        msturn_json_number(&writer->json, *(const uint32_t *)wmem_array_index(numbers, i));
    msturn_json_close(&writer->json, ']');
}

static void write_object(struct writer *writer, const struct msturn_columns *members, const void *item);

static void write_value(struct writer *writer, const struct msturn_cell *value)
{
    switch (value->kind) {
    case MSTURN_CELL_NONE:
        msturn_json_word(&writer->json, "null");
        break;
    case MSTURN_CELL_NUMBER:
    case MSTURN_CELL_ERROR:
        msturn_json_number(&writer->json, value->number);
        break;
    case MSTURN_CELL_NUMBERS:
        write_numbers(writer, value->numbers);
        break;
    case MSTURN_CELL_DECIMAL:
        msturn_json_word(&writer->json, value->text);
        break;
    case MSTURN_CELL_TEXT:
    case MSTURN_CELL_FOREIGN:
        msturn_json_text(&writer->json, value->text);
        break;
    case MSTURN_CELL_OBJECTS:
        msturn_json_open(&writer->json, '[');
        for (unsigned i = 0; i < wmem_array_get_count(value->items); i++)
            write_object(writer, value->members, *(const void **)wmem_array_index(value->items, i));
        msturn_json_close(&writer->json, ']');
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

    msturn_json_open(&writer->json, '{');
    while ((member = msturn_column_next(members, MSTURN_VIEW_JSON, &index))) {
        const struct msturn_cell value = member->value(writer->report, item);
        msturn_json_name(&writer->json, member->names[MSTURN_VIEW_JSON]);
        write_value(writer, &value);
    }
    msturn_json_close(&writer->json, '}');
}

static void write_list(struct writer *writer, const char *key, const struct msturn_columns *members,
                       const GPtrArray *items)
{
    msturn_json_name(&writer->json, key);
    msturn_json_open(&writer->json, '[');
    for (unsigned i = 0; i < items->len; i++)
        write_object(writer, members, g_ptr_array_index(items, i));
    msturn_json_close(&writer->json, ']');
}

void msturn_report_json(const struct msturn_report *report)
{
    struct writer writer = { .json = { .is_inline = true }, .report = report };

    msturn_json_open(&writer.json, '{');
    write_list(&writer, "sessions", &msturn_session_columns, report->sessions);
    write_list(&writer, "connections", &msturn_peer_connection_columns, report->peer_connections);
    write_list(&writer, "pairs", &msturn_pair_columns, report->pairs);
    write_list(&writer, "paths", &msturn_path_columns, report->paths);
    write_list(&writer, "descriptions", &msturn_media_columns, report->descriptions);
    write_list(&writer, "candidates", &msturn_candidate_columns, report->candidates);
    write_list(&writer, "problems", &msturn_problem_columns, report->problems);
    msturn_json_close(&writer.json, '}');
    msturn_json_finish(&writer.json);
}
