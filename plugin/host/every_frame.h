/* every_frame.h
 * A dissector that is called for each frame after all others, once there is a reason to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_EVERY_FRAME_H
#define MSTURN_EVERY_FRAME_H

#include "plugin/compat.h"

/* Call in the handoff. */
void msturn_every_frame_handoff(dissector_handle_t handle);

/* From this frame on, in this file and in those to come. */
void msturn_every_frame_begin(void);

#endif
