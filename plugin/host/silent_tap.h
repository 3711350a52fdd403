/* silent_tap.h
 * Listens to TCP for connections to TURN servers that carry no message of ours, and for messages that nobody decodes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SILENT_TAP_H
#define MSTURN_SILENT_TAP_H

#include "plugin/compat.h"
#include "plugin/track/model.h"

/* From now on, as long as somebody listens to messages of ours. Call when a report or a window is set up. */
void msturn_silent_listen(void);

/* Call for each frame after all dissectors: queues a tap record for a packet of TCP that nobody of ours took, if there may be a
 * window that shows it. */
void msturn_silent_note(packet_info *pinfo);

/* Tells of the connection with this tcp.stream after this pass, if it is one to a TURN server and carried no message. */
typedef void (*msturn_silent_told)(const struct msturn_flow *flow);
void msturn_silent_await(uint32_t stream, msturn_silent_told told);

/* Call when a capture file is opened, and when it is closed. */
void msturn_silent_begin(void);

#endif
