/* wrapped.h
 * Packets for a peer inside of messages, channels and frames between client and server.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_WRAPPED_H
#define MSTURN_WRAPPED_H

#include "plugin/track/model.h"

/* The leg of what the client sends to or gets from `peer` through the relay, in messages on this flow; NULL if
 * there is no session. */
struct msturn_leg *msturn_track_wrapped_leg(struct msturn_flow *flow, const struct msturn_endpoint *peer);

/* The same for what passes as it is between a client and its server, to the active destination over UDP ([MS-TURN] 2.1.4). */
struct msturn_leg *msturn_track_bare_leg(struct msturn_flow *flow);

/* The same for multiplexed TURN, [MS-TURN] 2.2.3: the 8 bytes of its session id stand for a peer that is not named. */
struct msturn_leg *msturn_track_multiplexed_leg(struct msturn_flow *flow, const uint8_t *session_id);

/* The same for a channel of the flow's session, and for the active destination of [MS-TURN] when this side sends
 * end-to-end data. NULL: not known. */
struct msturn_leg *msturn_track_channel_leg(struct msturn_flow *flow, uint16_t number, struct msturn_event event);
struct msturn_leg *msturn_track_active_leg(struct msturn_flow *flow, uint8_t side, struct msturn_event event);

/* The leg of a channel that was bound, in this frame; in any pass. NULL: not known. */
struct msturn_leg *msturn_channel_leg(const struct msturn_flow *flow, uint16_t number, uint32_t frame);

#endif
