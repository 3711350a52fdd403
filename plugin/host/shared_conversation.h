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

/* What msturn does with datagrams that pass the gate in front of UDP. */
struct msturn_datagram_user {
    /* Would it dissect this one, the payload of UDP, between these ports? Changes nothing. */
    bool (*takes)(struct msturn_bytes payload, const packet_info *pinfo, uint32_t source, uint32_t destination);

    /* Does it want to know of this one? Changes nothing. */
    bool (*hears)(struct msturn_bytes payload);

    /* `length` bytes of tvb from `offset` on are a datagram that was dissected, by whoever it is for. */
    void (*hear)(tvbuff_t *tvb, uint32_t offset, uint32_t length, packet_info *pinfo, proto_tree *tree);
};

/* From its first message of msturn on, a UDP conversation is offered to `own` before the dissector that it has. Call in the
 * handoff, when the heuristics of msturn are added. */
void msturn_shared_conversation_handoff(const struct msturn_datagram_user *user, dissector_handle_t own);

#endif
