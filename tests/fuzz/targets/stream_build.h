/* stream_build.h
 * One direction of a connection that somebody of ours could have sent, and the units that it was made of.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FUZZ_STREAM_BUILD_H
#define MSTURN_FUZZ_STREAM_BUILD_H

#include "arrivals.h"
#include "input.h"

struct built_stream {
    GByteArray *bytes;    /* at most STREAM_LIMIT and one unit */
    GArray *units;        /* struct found_unit, as they were appended */
    GArray *recognisable; /* gboolean by unit: found again after a loss, by itself */
    guint settled;        /* so many units in front leave no doubt about the framing */
};

/* Whatever value a byte of a payload or of an attribute has, it cannot be taken for the beginning of something: it is 0xC0
 * or above, where no packet begins (RFC 7983 section 7), and lengths that are made of such bytes go past the stream's end. */
enum { STREAM_LIMIT = 3000 };

/* Reads units until the input ends it. */
struct built_stream build_stream(struct input *input);
void free_stream(struct built_stream *stream);

#endif
