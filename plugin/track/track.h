/* track.h
 * The tracker's way in: a capture file, and each message of it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows message, decoded, findings, wmem and nstime; no tvbuff, no tree, no packet_info. For the first pass; frames ascend.
 */
#ifndef MSTURN_TRACK_H
#define MSTURN_TRACK_H

#include "plugin/track/connection_event.h"
#include "plugin/track/flow.h"
#include "plugin/track/pair.h"
#include "plugin/track/problem.h"
#include "plugin/track/session.h"
#include "plugin/track/silent.h"
#include "plugin/track/state.h"
#include "plugin/track/unclaimed.h"
#include "plugin/track/wrapped.h"

/* A capture file is opened, and closed. All that the tracker knows lives in `file_scope`. */
void msturn_track_begin(wmem_allocator_t *file_scope);
void msturn_track_end(void);

/* Takes in a message. */
struct msturn_message_facts msturn_track_message(const struct msturn_message_context *context);

/* The facts of this message are kept, and stay where they are: chains it to the one before it in its session, and notes what
 * problems it showed. */
void msturn_track_kept(struct msturn_message_facts *facts);

#endif
