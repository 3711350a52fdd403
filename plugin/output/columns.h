/* columns.h
 * What there is to say of a session, a peer connection, a pair and a problem: THE tables of columns, wherever they are shown.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_COLUMNS_H
#define MSTURN_COLUMNS_H

#include "plugin/output/cells.h"

/* Who shows it. The keys of the JSON output are an interface: more may be added, none is renamed. */
enum msturn_view { MSTURN_VIEW_JSON, MSTURN_VIEW_STATISTICS, MSTURN_VIEW_REPORT, MSTURN_VIEW_COUNT };

struct msturn_column {
    struct msturn_cell (*value)(const struct msturn_report *report, const void *item);
    const char *names[MSTURN_VIEW_COUNT]; /* key or title; NULL: not shown there */
    bool is_number;                       /* its values are numbers or not known: aligned on the right */
};

struct msturn_columns {
    const struct msturn_column *rows;
    unsigned count;
};

/* The first column of what has a window is its number. */
extern const struct msturn_columns msturn_session_columns, msturn_peer_connection_columns, msturn_pair_columns,
    msturn_problem_columns, msturn_path_columns, msturn_candidate_columns, msturn_media_columns;

/* The members of what ended something: of a struct msturn_path_end. */
extern const struct msturn_columns msturn_end_columns;

/* The next column from `index` on that is shown in this view; NULL: none. `index` moves past it. */
const struct msturn_column *msturn_column_next(const struct msturn_columns *columns, enum msturn_view view,
                                               unsigned *index);

#endif
