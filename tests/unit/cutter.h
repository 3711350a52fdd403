/* cutter.h
 * Cuts one direction of a connection, segment by segment, as the dissector does on Wireshark's TCP.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_CUTTER_H
#define MSTURN_TEST_CUTTER_H

#include "plugin/wire/stream.h"

#include <glib.h>

/* A unit of the stream, complete. */
struct cut_unit {
    uint32_t offset; /* from the start of the stream */
    uint32_t length;
    enum msturn_unit_kind kind;
    enum msturn_framing framing;
};

/* The units (struct cut_unit) of a stream that arrives in segments which end at ends[0], ends[1] ... and at its own
 * end, in frames 1, 2 ...; its first byte has the sequence number `first`. `other_framing` is that of the other
 * direction, UNDECIDED if nothing is known of the connection. Fails the test when a second pass over the same frames
 * gives other units. */
GArray *cut_stream(const GByteArray *stream, const uint32_t *ends, guint end_count, uint32_t first,
                   enum msturn_framing other_framing);

#endif
