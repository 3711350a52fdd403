/* ladder.h
 * Who sent what to whom on a path: the rows of its ladder.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_LADDER_H
#define MSTURN_LADDER_H

#include "plugin/output/told.h"

/* The TURN server has two: its address for the client, and the relayed address. */
enum msturn_ladder_column {
    MSTURN_COLUMN_CLIENT,
    MSTURN_COLUMN_INSIDE,
    MSTURN_COLUMN_OUTSIDE,
    MSTURN_COLUMN_PEER,
    MSTURN_COLUMN_COUNT
};

enum msturn_ladder_kind {
    MSTURN_ROW_SEEN,      /* it was sent; nothing tells whether it arrived */
    MSTURN_ROW_DELIVERED, /* acknowledged, or answered */
    MSTURN_ROW_LOST,      /* sent again, and never acknowledged */
    MSTURN_ROW_DUE,       /* it did not come */
    MSTURN_ROW_FIN,
    MSTURN_ROW_RST,
    MSTURN_ROW_MEDIA
};

struct msturn_ladder_row {
    struct msturn_event event; /* DUE: what it was due after */
    enum msturn_ladder_kind kind;
    enum msturn_ladder_column from, to;
    bool refuses; /* an error response */
    const char *text;
    unsigned order; /* of rows with the same frame */
};

struct msturn_ladder {
    bool columns[MSTURN_COLUMN_COUNT]; /* that there are */
    bool is_direct;                    /* without a TURN server */
    wmem_array_t *rows;                /* of struct msturn_ladder_row, in the order of their frames */
};

/* In the scope of the path that is told. */
struct msturn_ladder msturn_ladder_of(const struct msturn_report *report, const struct msturn_told_path *told);

#endif
