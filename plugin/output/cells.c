/* cells.c
 * What stands in one place of a table, a window or the JSON output.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/cells.h"

#include "plugin/show/text.h"

const struct msturn_cell msturn_no_cell = { .kind = MSTURN_CELL_NONE };

struct msturn_cell msturn_number_cell(uint32_t value)
{
    return (struct msturn_cell){ .kind = MSTURN_CELL_NUMBER, .number = value };
}

struct msturn_cell msturn_number_cell_if(bool known, uint32_t value)
{
    return known ? msturn_number_cell(value) : msturn_no_cell;
}

/* A frame: 0 is none. */
struct msturn_cell msturn_frame_cell(uint32_t value)
{
    return msturn_number_cell_if(value != 0, value);
}

static struct msturn_cell cell_of_text(enum msturn_cell_kind kind, const char *value)
{
    return value ? (struct msturn_cell){ .kind = kind, .text = value } : msturn_no_cell;
}

struct msturn_cell msturn_text_cell(const char *value)
{
    return cell_of_text(MSTURN_CELL_TEXT, value);
}

struct msturn_cell msturn_foreign_cell(const char *value)
{
    return cell_of_text(MSTURN_CELL_FOREIGN, value);
}

struct msturn_cell msturn_decimal_cell(const char *value)
{
    return cell_of_text(MSTURN_CELL_DECIMAL, value);
}

struct msturn_cell msturn_word_cell(const struct msturn_name *words, uint32_t value)
{
    return msturn_text_cell(msturn_name_of(words, value));
}

struct msturn_cell msturn_endpoint_cell(const struct msturn_report *report, const struct msturn_endpoint *value)
{
    return msturn_text_cell(msturn_endpoint_text(report->scope, value));
}

struct msturn_cell msturn_error_cell(uint16_t value)
{
    return value != 0 ? (struct msturn_cell){ .kind = MSTURN_CELL_ERROR, .number = value } : msturn_no_cell;
}

struct msturn_cell msturn_object_cell(const struct msturn_columns *members, const void *item)
{
    return (struct msturn_cell){ .kind = MSTURN_CELL_OBJECT, .members = members, .item = item };
}

struct msturn_cell msturn_objects_cell(const struct msturn_columns *members, wmem_array_t *items)
{
    return (struct msturn_cell){ .kind = MSTURN_CELL_OBJECTS, .members = members, .items = items };
}

struct msturn_cell msturn_truth_cell(bool known, bool value)
{
    return known ? msturn_decimal_cell(value ? "true" : "false") : msturn_no_cell;
}

static bool has_stream(const struct msturn_flow *flow)
{
    return flow && flow->stream != UINT32_MAX;
}

struct msturn_cell msturn_stream_cell(const struct msturn_flow *flow)
{
    return has_stream(flow) ? msturn_number_cell(flow->stream) : msturn_no_cell;
}

/* As in tcp.stream or udp.stream. */
struct msturn_cell msturn_stream_name_cell(const struct msturn_report *report, const struct msturn_flow *flow)
{
    if (!has_stream(flow))
        return msturn_no_cell;
    return msturn_text_cell(
        wmem_strdup_printf(report->scope, "%s %u", flow->transport == MSTURN_UDP ? "udp" : "tcp", flow->stream));
}

struct msturn_cell msturn_state_cell(const struct msturn_report *report, const char *state, uint16_t code,
                                     const char *reason)
{
    const char *error = msturn_refusal_text(report->scope, code, reason);

    return msturn_text_cell(error ? wmem_strconcat(report->scope, state, ", ", error, NULL) : state);
}

struct msturn_cell msturn_session_cell(const struct msturn_session *session)
{
    return session ? msturn_number_cell(session->id) : msturn_no_cell;
}

const char *msturn_cell_text(wmem_allocator_t *scope, const struct msturn_cell *value)
{
    switch (value->kind) {
    case MSTURN_CELL_NUMBER:
        return wmem_strdup_printf(scope, "%u", value->number);
    case MSTURN_CELL_ERROR:
        return msturn_error_text(scope, (uint16_t)value->number);
    case MSTURN_CELL_FOREIGN:
        return msturn_foreign_text(scope, value->text);
    default:
        return value->text;
    }
}
