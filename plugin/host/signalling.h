/* signalling.h
 * Session descriptions on their way to Wireshark's dissector, and those of a log file.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SIGNALLING_H
#define MSTURN_SIGNALLING_H

#include "plugin/compat.h"

/* Adds the path of the log file to the protocol's preferences. */
void msturn_signalling_register_preferences(module_t *module);

/* Call when all protocols are registered. */
void msturn_signalling_handoff(void);

/* A capture file is opened: the tracker learns what is in the log file. */
void msturn_signalling_begin(void);

#endif
