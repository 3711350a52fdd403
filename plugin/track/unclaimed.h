/* unclaimed.h
 * Messages on TCP that no dissector took, because another protocol has the port.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As silent connections, they are looked for only while a report or a window is there.
 */
#ifndef MSTURN_UNCLAIMED_H
#define MSTURN_UNCLAIMED_H

#include "plugin/track/model.h"

struct msturn_tracker;

/* Those on one port. */
struct msturn_unclaimed {
    uint16_t port;
    uint32_t first_frame;
    uint32_t count; /* of segments that begin with one */
    struct msturn_unclaimed *next;
};

/* Are there any on the connection with this tcp.stream? */
bool msturn_has_unclaimed(uint32_t stream);

/* One on this connection, whose server has this port. */
void msturn_track_unclaimed(uint32_t stream, uint16_t port, uint32_t frame);

/* By port, in the order of their first frames; or NULL. */
const struct msturn_unclaimed *msturn_unclaimed(const struct msturn_tracker *tracker);

/* Do these bytes look like a message, or like one in a frame of RFC 4571? */
bool msturn_looks_like_message(struct msturn_bytes bytes);

#endif
