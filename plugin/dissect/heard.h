/* heard.h
 * Standard STUN and TURN over UDP, and media, that stay with Wireshark's own dissectors: the tracker hears them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_HEARD_H
#define MSTURN_HEARD_H

#include "plugin/compat.h"
#include "plugin/wire/wire.h"

/* May this datagram be of a call? Changes nothing. */
bool msturn_hears_datagram(struct msturn_bytes bytes);

/* `length` bytes of tvb from `offset` on are a datagram that was dissected. If msturn has left it to others and it belongs to a call,
 * the tracker is told of it, and what is known of the call is added to `tree`. */
void msturn_hear_datagram(tvbuff_t *tvb, uint32_t offset, uint32_t length, packet_info *pinfo, proto_tree *tree);

#endif
