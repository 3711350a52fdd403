/* connection_event.h
 * Frames in which a connection is opened, closed or refused, and whose connection it is.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_CONNECTION_EVENT_H
#define MSTURN_CONNECTION_EVENT_H

#include "plugin/track/model.h"

/* In this frame something happened to the connection. */
void msturn_track_event(struct msturn_flow *flow, uint32_t frame);

/* To which one; NULL: to none. */
const struct msturn_flow *msturn_event_in(uint32_t frame);

/* The session that a connection is part of, inside or outside of the relay; of several the one of this frame. NULL: none. */
const struct msturn_session *msturn_session_of_connection(const struct msturn_flow *flow, uint32_t frame);

/* Is it a connection of this session, perhaps of others too? */
bool msturn_is_of_session(const struct msturn_flow *flow, const struct msturn_session *session);

#endif
