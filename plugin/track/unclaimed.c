/* unclaimed.c
 * Messages on TCP that no dissector took, because another protocol has the port.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/unclaimed.h"

#include "plugin/track/state.h"
#include "plugin/wire/wire.h"

bool msturn_has_unclaimed(uint32_t stream)
{
    return wmem_map_contains(msturn_tracker.unclaimed_streams, GUINT_TO_POINTER(stream));
}

static struct msturn_unclaimed *add_port(uint16_t port, uint32_t frame)
{
    struct msturn_unclaimed *unclaimed = wmem_new0(msturn_tracker.scope, struct msturn_unclaimed);

    unclaimed->port = port;
    unclaimed->first_frame = frame;
    if (msturn_tracker.last_unclaimed)
        msturn_tracker.last_unclaimed->next = unclaimed;
    else
        msturn_tracker.unclaimed = unclaimed;
    wmem_map_insert(msturn_tracker.unclaimed_ports, GUINT_TO_POINTER(port), unclaimed);
    return msturn_tracker.last_unclaimed = unclaimed;
}

void msturn_track_unclaimed(uint32_t stream, uint16_t port, uint32_t frame)
{
    struct msturn_unclaimed *unclaimed = wmem_map_lookup(msturn_tracker.unclaimed_ports, GUINT_TO_POINTER(port));

    if (!unclaimed)
        unclaimed = add_port(port, frame);
    unclaimed->count++;
    wmem_map_insert(msturn_tracker.unclaimed_streams, GUINT_TO_POINTER(stream), unclaimed);
}

const struct msturn_unclaimed *msturn_unclaimed(const struct msturn_tracker *tracker)
{
    return tracker->unclaimed;
}

bool msturn_looks_like_message(struct msturn_bytes bytes)
{
    return msturn_message_is_certain(bytes) || msturn_is_ms_turn_message(bytes) ||
           msturn_fit_frame(bytes) == MSTURN_FIT_YES;
}
