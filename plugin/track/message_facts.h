/* message_facts.h
 * What the first pass learnt about each message, by its frame, for the passes after it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * There may be millions of messages, so this is a list of its own: per-packet data of Wireshark's would take as much
 * memory again. Knows track and wmem only.
 */
#ifndef MSTURN_MESSAGE_FACTS_H
#define MSTURN_MESSAGE_FACTS_H

#include "plugin/track/track.h"

/* A capture file is opened: nothing is known. All that is kept lives in `file_scope`. */
void msturn_message_facts_begin(wmem_allocator_t *file_scope);

/* Keeps what was learnt of the next message of this frame. First pass only; frames ascend. The result stays where it
 * is until the capture file is closed. */
struct msturn_message_facts *msturn_message_facts_keep(uint32_t frame, struct msturn_message_facts facts);

/* The number of the frame's first message, to be asked for by msturn_message_facts_at(); the frame may have none. */
uint32_t msturn_message_facts_first(uint32_t frame);

/* The message with this number if it is one of the frame's, else NULL. Those of a frame follow each other in the order in
 * which they were kept. */
const struct msturn_message_facts *msturn_message_facts_at(uint32_t number, uint32_t frame);

#endif
