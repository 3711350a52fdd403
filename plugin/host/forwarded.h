/* forwarded.h
 * Packets that a relay passed on together with the padding of the ChannelData in which it got them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FORWARDED_H
#define MSTURN_FORWARDED_H

#include "plugin/compat.h"
#include "plugin/wire/wire.h"

/* Call when a capture file is opened. */
void msturn_forwarded_begin(wmem_allocator_t *scope);

/* Is this packet, which came in ChannelData, one that went to a relay in ChannelData before and was shorter then, as much as its
 * padding was long? `stream_offset` tells the packets of a frame apart; `over_tcp`: ChannelData is padded here. */
bool msturn_forwarded_with_padding(packet_info *pinfo, uint32_t stream_offset, struct msturn_bytes packet,
                                   bool over_tcp);

#endif
