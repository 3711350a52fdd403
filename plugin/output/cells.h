/* cells.h
 * What stands in one place of a table, a window or the JSON output.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_CELLS_H
#define MSTURN_CELLS_H

#include "plugin/output/report_lists.h"

struct msturn_columns;

enum msturn_cell_kind {
    MSTURN_CELL_NONE, /* not known */
    MSTURN_CELL_NUMBER,
    MSTURN_CELL_NUMBERS,
    MSTURN_CELL_DECIMAL, /* a number as text */
    MSTURN_CELL_ERROR,   /* the number of an error response */
    MSTURN_CELL_TEXT,    /* our own */
    MSTURN_CELL_FOREIGN, /* text that a client or server sent */
    MSTURN_CELL_OBJECT,  /* columns of its own */
    MSTURN_CELL_OBJECTS  /* several of these */
};

struct msturn_cell {
    enum msturn_cell_kind kind;
    uint32_t number;
    const char *text;
    wmem_array_t *numbers; /* of uint32_t */
    const struct msturn_columns *members;
    const void *item;    /* that the members are of */
    wmem_array_t *items; /* the same of several */
};

extern const struct msturn_cell msturn_no_cell;

struct msturn_cell msturn_number_cell(uint32_t value);
struct msturn_cell msturn_number_cell_if(bool known, uint32_t value);
struct msturn_cell msturn_frame_cell(uint32_t frame); /* 0: none */
struct msturn_cell msturn_error_cell(uint16_t code);  /* 0: none */

/* Of text; NULL: none. */
struct msturn_cell msturn_text_cell(const char *text);
struct msturn_cell msturn_foreign_cell(const char *text);
struct msturn_cell msturn_decimal_cell(const char *text);

struct msturn_cell msturn_word_cell(const struct msturn_name *words, uint32_t value);
struct msturn_cell msturn_endpoint_cell(const struct msturn_report *report, const struct msturn_endpoint *endpoint);
struct msturn_cell msturn_object_cell(const struct msturn_columns *members, const void *item);

/* Of pointers to what the members are of. */
struct msturn_cell msturn_objects_cell(const struct msturn_columns *members, wmem_array_t *items);

/* What is true, false, or not known. */
struct msturn_cell msturn_truth_cell(bool known, bool value);

/* Of a flow that may be NULL, or have no stream: its number, and "tcp 3" or "udp 3". */
struct msturn_cell msturn_stream_cell(const struct msturn_flow *flow);
struct msturn_cell msturn_stream_name_cell(const struct msturn_report *report, const struct msturn_flow *flow);

/* "refused, 401 Unauthenticated", and what the server says of it; code 0: none. */
struct msturn_cell msturn_state_cell(const struct msturn_report *report, const char *state, uint16_t code,
                                     const char *reason);

/* The session's number; NULL: none. */
struct msturn_cell msturn_session_cell(const struct msturn_session *session);

/* As the cell of a table: on one line; NULL: nothing to say. */
const char *msturn_cell_text(wmem_allocator_t *scope, const struct msturn_cell *cell);

#endif
