/* html_ladder.c
 * The ladder of a path, drawn as SVG.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Numbers are whole: a decimal point would be the locale's. Colours are those of the page's style sheet.
 */
#include "plugin/output/report_html.h"

#include "plugin/output/html.h"
#include "plugin/show/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 1000,
    HEAD = 74,      /* the names of the columns */
    ROW = 34,       /* height of a row, and ... */
    LINE = 26,      /* ... where its line is */
    PAUSE = 22,     /* height of the mark for a pause */
    FOOT = 12,      /* below the last row */
    HEAD_HALF = 5,  /* of an arrow's head, and ... */
    HEAD_LONG = 10, /* ... its length */
    CROSS = 5,
    LONG_ADDRESS = 24
};

#define PAUSE_SECONDS 1.0

static const int column_x[MSTURN_COLUMN_COUNT] = { 200, 480, 610, 890 };

static const char *const row_classes[] = {
    [MSTURN_ROW_SEEN] = "seen",   [MSTURN_ROW_DELIVERED] = "delivered",
    [MSTURN_ROW_LOST] = "lost",   [MSTURN_ROW_DUE] = "due",
    [MSTURN_ROW_FIN] = "fin",     [MSTURN_ROW_RST] = "rst",
    [MSTURN_ROW_MEDIA] = "media",
};

/* ---- the columns ---- */

static void draw_line(const char *css_class, int x1, int y1, int x2, int y2)
{
    printf("<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", css_class, x1, y1, x2, y2);
}

static void draw_text(const char *css_class, int x, int y, const char *text)
{
    printf("<text class=\"%s\" x=\"%d\" y=\"%d\">", css_class, x, y);
    msturn_html_text(text);
    fputs("</text>\n", stdout);
}

static void draw_address(int x, int y, const char *text)
{
    if (text)
        draw_text(strlen(text) > LONG_ADDRESS ? "address long" : "address", x, y, text);
}

static void draw_head(const struct msturn_told_path *told, const struct msturn_ladder *ladder)
{
    const struct msturn_path *path = told->path;
    const bool *columns = ladder->columns;
    const int server = columns[MSTURN_COLUMN_OUTSIDE]
                           ? (column_x[MSTURN_COLUMN_INSIDE] + column_x[MSTURN_COLUMN_OUTSIDE]) / 2
                           : column_x[MSTURN_COLUMN_INSIDE];

    draw_text("host", column_x[MSTURN_COLUMN_CLIENT], 20, ladder->is_direct ? "Local end" : "Client");
    draw_address(column_x[MSTURN_COLUMN_CLIENT], 38, msturn_endpoint_text(told->scope, &path->client));
    if (columns[MSTURN_COLUMN_INSIDE]) {
        draw_text("host", server, 20, "TURN server");
        draw_address(column_x[MSTURN_COLUMN_INSIDE], 38, msturn_endpoint_text(told->scope, &path->server));
    }
    if (columns[MSTURN_COLUMN_OUTSIDE])
        draw_address(column_x[MSTURN_COLUMN_OUTSIDE], 54, msturn_endpoint_text(told->scope, &path->relayed));
    if (columns[MSTURN_COLUMN_PEER]) {
        draw_text("host", column_x[MSTURN_COLUMN_PEER], 20, ladder->is_direct ? "Remote end" : "Peer");
        draw_address(column_x[MSTURN_COLUMN_PEER], 38, msturn_endpoint_text(told->scope, &path->peer));
    }
}

enum { HALF = 16 }; /* of a strip on one column, or of what is left free between two */

/* The strip of a place, from left to right of two columns. */
static const struct strip {
    enum msturn_ladder_column from, to;
    int from_shift, to_shift;
} strips[] = {
    [MSTURN_PLACE_CLIENT] = { MSTURN_COLUMN_CLIENT, MSTURN_COLUMN_CLIENT, -HALF, HALF },
    [MSTURN_PLACE_CLIENT_SERVER_PATH] = { MSTURN_COLUMN_CLIENT, MSTURN_COLUMN_INSIDE, HALF, -HALF },
    [MSTURN_PLACE_SERVER] = { MSTURN_COLUMN_INSIDE, MSTURN_COLUMN_OUTSIDE, -HALF, HALF },
    [MSTURN_PLACE_SERVER_PEER_PATH] = { MSTURN_COLUMN_OUTSIDE, MSTURN_COLUMN_PEER, HALF, -HALF },
    [MSTURN_PLACE_PEER] = { MSTURN_COLUMN_PEER, MSTURN_COLUMN_PEER, -HALF, HALF },
    [MSTURN_PLACE_BEYOND_SERVER] = { MSTURN_COLUMN_OUTSIDE, MSTURN_COLUMN_PEER, HALF, HALF },
};

/* The nearest column to the left that there is. */
static enum msturn_ladder_column shown_column(const struct msturn_ladder *ladder, enum msturn_ladder_column column)
{
    while (!ladder->columns[column])
        column--;
    return column;
}

/* Where the path stopped, as a strip behind everything. */
static void draw_place(const struct msturn_path *path, const struct msturn_ladder *ladder, int height)
{
    const enum msturn_place place = path->place;

    if (place >= array_length(strips) || strips[place].to_shift == 0)
        return;
    const struct strip *strip = &strips[place];
    const int from = column_x[shown_column(ladder, strip->from)] + strip->from_shift;
    const int to = column_x[shown_column(ladder, strip->to)] + strip->to_shift;
    if (to <= from)
        return;
    printf("<rect class=\"place\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"><title>", from, HEAD - 8, to - from,
           height - HEAD + 4);
    msturn_html_printf("It stopped %s", msturn_place_text(path));
    fputs("</title></rect>\n", stdout);
}

static void draw_columns(const struct msturn_ladder *ladder, int height)
{
    const int inside = column_x[MSTURN_COLUMN_INSIDE], outside = column_x[MSTURN_COLUMN_OUTSIDE];

    if (ladder->columns[MSTURN_COLUMN_OUTSIDE])
        printf("<rect class=\"server\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", inside, HEAD - 8,
               outside - inside, height - HEAD + 4);
    for (unsigned column = 0; column < MSTURN_COLUMN_COUNT; column++) {
        if (ladder->columns[column])
            draw_line("host", column_x[column], HEAD - 8, column_x[column], height - 4);
    }
}

/* ---- rows ---- */

/* An arrow's head at x, that comes from the side of `way`, -1 or 1. */
static void draw_arrowhead(const char *css_class, int x, int y, int way)
{
    printf("<polygon class=\"%s\" points=\"%d,%d %d,%d %d,%d\"/>\n", css_class, x, y, x - way * HEAD_LONG,
           y - HEAD_HALF, x - way * HEAD_LONG, y + HEAD_HALF);
}

static void draw_cross(const char *css_class, int x, int y)
{
    draw_line(css_class, x - CROSS, y - CROSS, x + CROSS, y + CROSS);
    draw_line(css_class, x - CROSS, y + CROSS, x + CROSS, y - CROSS);
}

static void draw_band(int from, int to, int y)
{
    const int way = to > from ? 1 : -1, top = y - 20, bottom = y + 4;

    printf("<polygon class=\"media\" points=\"%d,%d %d,%d %d,%d %d,%d %d,%d\"/>\n", from, top, to - way * HEAD_LONG,
           top, to, (top + bottom) / 2, to - way * HEAD_LONG, bottom, from, bottom);
}

/* It got as far as to here. */
static int end_of_line(const struct msturn_ladder_row *row)
{
    const int from = column_x[row->from], to = column_x[row->to];

    return row->kind == MSTURN_ROW_LOST ? from + (to - from) * 3 / 4 : to;
}

static void draw_arrow(const struct msturn_ladder_row *row, const char *css_class, int y)
{
    const int from = column_x[row->from], to = end_of_line(row), way = to > from ? 1 : -1;

    if (row->kind == MSTURN_ROW_MEDIA) {
        draw_band(from, to, y);
        return;
    }
    draw_line(css_class, from, y, to, y);
    if (row->kind == MSTURN_ROW_LOST)
        draw_cross(css_class, to, y);
    else
        draw_arrowhead(css_class, to, y, way);
    if (row->kind == MSTURN_ROW_RST)
        draw_cross(css_class, from + way * 2 * CROSS, y);
    if (row->kind == MSTURN_ROW_FIN)
        draw_line(css_class, from + way * 2 * CROSS, y - CROSS, from + way * 2 * CROSS, y + CROSS);
}

static const char *kind_words(const struct msturn_ladder_row *row)
{
    switch (row->kind) {
    case MSTURN_ROW_LOST:
        return ", no ACK";
    case MSTURN_ROW_DUE:
        return "never came: ";
    default:
        return "";
    }
}

static void draw_label(const struct msturn_ladder_row *row, const char *css_class, int y)
{
    const bool due = row->kind == MSTURN_ROW_DUE, media = row->kind == MSTURN_ROW_MEDIA;

    printf("<text class=\"%s\" x=\"%d\" y=\"%d\">", css_class, (column_x[row->from] + column_x[row->to]) / 2, y - 5);
    if (!due && !media)
        printf("<tspan class=\"frame\">%u</tspan> ", row->event.frame);
    msturn_html_text(due ? kind_words(row) : "");
    msturn_html_text(row->text);
    msturn_html_text(due ? "" : kind_words(row));
    fputs("</text>\n", stdout);
}

/* Seconds since the path began, in thousandths. */
static void draw_time(const struct msturn_told_path *told, const struct msturn_ladder_row *row, int y)
{
    const int64_t thousandths = (row->event.time - told->path->first.time + 500000) / 1000000;

    printf("<text class=\"time\" x=\"92\" y=\"%d\">%s%" PRId64 ".%03d s</text>\n", y + 4, thousandths < 0 ? "-" : "",
           thousandths < 0 ? -thousandths / 1000 : thousandths / 1000, abs((int)(thousandths % 1000)));
}

static void draw_row(const struct msturn_told_path *told, const struct msturn_ladder_row *row, int y)
{
    char css_class[32];

    snprintf(css_class, sizeof css_class, "%s%s", row_classes[row->kind], row->refuses ? " refused" : "");
    if (row->kind != MSTURN_ROW_DUE)
        draw_time(told, row, y);
    draw_arrow(row, css_class, y);
    draw_label(row, css_class, y);
}

/* ---- the whole ---- */

/* How long nothing happened before this row; 0: not long. */
static double pause_before(const struct msturn_ladder *ladder, unsigned index)
{
    const struct msturn_ladder_row *row = wmem_array_index(ladder->rows, index);

    for (unsigned i = index; row->kind != MSTURN_ROW_DUE && i-- > 0;) {
        const struct msturn_ladder_row *before = wmem_array_index(ladder->rows, i);
        const double seconds = msturn_seconds(&before->event, &row->event);
        if (before->kind != MSTURN_ROW_DUE)
            return seconds >= PAUSE_SECONDS ? seconds : 0;
    }
    return 0;
}

static int height_of(const struct msturn_ladder *ladder)
{
    int height = HEAD + FOOT;

    for (unsigned i = 0; i < wmem_array_get_count(ladder->rows); i++)
        height += ROW + (pause_before(ladder, i) > 0 ? PAUSE : 0);
    return height;
}

static void draw_pause(const struct msturn_told_path *told, double seconds, int y)
{
    draw_line("pause", 100, y + PAUSE / 2 + 4, WIDTH - 30, y + PAUSE / 2 + 4);
    printf("<text class=\"pause\" x=\"92\" y=\"%d\">", y + PAUSE / 2 + 8);
    msturn_html_printf("+%s s", msturn_decimal_text(told->scope, seconds, 1));
    fputs("</text>\n", stdout);
}

void msturn_html_ladder(const struct msturn_told_path *told, const struct msturn_ladder *ladder)
{
    const int height = height_of(ladder);
    int y = HEAD;

    printf("<svg viewBox=\"0 0 %d %d\" role=\"img\">\n<title>", WIDTH, height);
    msturn_html_printf("Ladder of the path %s: %s", msturn_told_hops(told), told->summary);
    fputs("</title>\n", stdout);
    draw_place(told->path, ladder, height);
    draw_columns(ladder, height);
    draw_head(told, ladder);
    for (unsigned i = 0; i < wmem_array_get_count(ladder->rows); i++) {
        const double seconds = pause_before(ladder, i);
        if (seconds > 0) {
            draw_pause(told, seconds, y);
            y += PAUSE;
        }
        draw_row(told, wmem_array_index(ladder->rows, i), y + LINE);
        y += ROW;
    }
    fputs("</svg>\n", stdout);
}
