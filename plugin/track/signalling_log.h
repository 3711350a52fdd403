/* signalling_log.h
 * The session descriptions in the text of a log.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SIGNALLING_LOG_H
#define MSTURN_SIGNALLING_LOG_H

#include "plugin/track/offer.h"

/* Takes in the descriptions of a log, whatever else is in it; UTF-16 too. `text` may be written to. Returns how many there are.
 * For the beginning of a capture file. */
uint32_t msturn_track_log(uint8_t *text, size_t length);

#endif
