/* track_play.h
 * Plays a call that a fuzzer made up to the tracker: flows, messages, packets, and what TCP says.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FUZZ_TRACK_PLAY_H
#define MSTURN_FUZZ_TRACK_PLAY_H

#include "input.h"
#include "plugin/track/track.h"

/* `evaluate_all`: after each step. Plays everything between msturn_track_begin() and the evaluation. Aborts when a message gets an answer of the tracker
 * that does not fit it. Returns the pairs (uint32_t ids, ascending) that were nominated so far, which is final. */
GArray *play_call(wmem_allocator_t *scope, struct input input, bool evaluate_all);

#endif
