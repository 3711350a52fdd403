/* arrivals.h
 * Cuts one direction of a connection as the dissector does, from whatever TCP hands on: holes, late and repeated bytes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FUZZ_ARRIVALS_H
#define MSTURN_FUZZ_ARRIVALS_H

#include "plugin/wire/stream.h"

#include <glib.h>

/* A segment: these bytes of the stream, `to` excluded. */
struct arrival {
    uint32_t from, to;
};

/* A unit that was cut, complete. */
struct found_unit {
    uint32_t offset; /* from the start of the stream */
    uint32_t length;
    enum msturn_unit_kind kind;
    enum msturn_framing framing;
};

/* The units (struct found_unit) of a stream of which these segments (struct arrival) arrive, in frames 1, 2 ...; its first
 * byte has the sequence number `first`. `other` is the framing of the other direction, UNDECIDED if nothing is known of
 * the connection. Aborts when a step makes no progress, when a unit is not as stream.h says, or when a second pass over the
 * same frames gives other units. */
GArray *cut_arrivals(const GByteArray *stream, const GArray *arrivals, uint32_t first, enum msturn_framing other);

/* Asserts what stream.h says of a unit that begins with these bytes. */
void check_unit(struct msturn_bytes bytes, struct msturn_circumstances at, struct msturn_unit unit);

#endif
