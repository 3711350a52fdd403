/* datagram.h
 * Which datagrams are msturn's: messages of MS-TURN, multiplexed TURN, and by preference all STUN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_DATAGRAM_H
#define MSTURN_DATAGRAM_H

#include "plugin/compat.h"
#include "plugin/wire/wire.h"

/* Preference: take STUN over UDP too that is not Microsoft's. */
extern wsbool msturn_plain_stun_udp;

/* Is STUN that is not Microsoft's taken too, between these ports? */
bool msturn_takes_plain_between(uint32_t source, uint32_t destination);

/* Would msturn take this datagram, by whatever way it came? Changes nothing. */
bool msturn_takes_datagram(struct msturn_bytes bytes, const packet_info *pinfo, uint32_t source, uint32_t destination);

/* Would msturn's heuristic take this datagram? Changes nothing. */
bool msturn_heuristic_takes_datagram(tvbuff_t *tvb, packet_info *pinfo, void *data);

/* A datagram: an MS-TURN message, or multiplexed TURN; if `plain` also other STUN. */
int msturn_dissect_datagram(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool plain);

#endif
