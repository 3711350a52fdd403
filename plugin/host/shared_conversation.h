/* shared_conversation.h
 * UDP conversations in which msturn's messages and another dissector's packets are mixed.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SHARED_CONVERSATION_H
#define MSTURN_SHARED_CONVERSATION_H

#include "plugin/compat.h"
#include "plugin/wire/wire.h"

#include <stdbool.h>

/* Would msturn take this datagram, the payload of UDP, between these ports? Changes nothing. */
typedef bool (*msturn_takes_datagram_fn)(struct msturn_bytes payload, const packet_info *pinfo, uint32_t source,
                                         uint32_t destination);

/* From its first message of msturn on, a UDP conversation is offered to `own` before the dissector that it has. Call in the
 * handoff, when the heuristics of msturn are added. */
void msturn_shared_conversation_handoff(msturn_takes_datagram_fn takes, dissector_handle_t own);

#endif
