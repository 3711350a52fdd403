/* track_check.h
 * What must hold for what the tracker knows, whatever it was told; and all that it says, as text.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FUZZ_TRACK_CHECK_H
#define MSTURN_FUZZ_TRACK_CHECK_H

#include "plugin/track/track.h"
#include "plugin/verdict/evaluation.h"

/* Aborts when lists are no lists, links are not mutual, or an evaluation contradicts itself. */
void check_tracker(const struct msturn_evaluation *evaluation);

/* The pairs with these ids (uint32_t) are nominated, but for those that turned out to be other ones. */
void check_nominated(const struct msturn_evaluation *evaluation, const GArray *ids);

/* Sessions, peer connections, pairs and problems with all that a report would say of them. */
GString *describe_tracker(const struct msturn_evaluation *evaluation);

#endif
