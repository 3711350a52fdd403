/* silent_tap.h
 * Listens to TCP for connections to TURN servers that carry no message of ours, and for messages that nobody decodes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SILENT_TAP_H
#define MSTURN_SILENT_TAP_H

/* From now on, as long as somebody listens to messages of ours. Call when a report or a window is set up. */
void msturn_silent_listen(void);

/* Call when a capture file is opened. */
void msturn_silent_begin(void);

#endif
