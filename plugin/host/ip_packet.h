/* ip_packet.h
 * What is in the IP packet of a frame that packet_info has the addresses of.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_IP_PACKET_H
#define MSTURN_IP_PACKET_H

#include "plugin/compat.h"
#include "plugin/wire/wire.h"

/* The length of the IP header at the beginning of these bytes, and the protocol of what follows; 0: there is none. */
uint32_t msturn_ip_header(struct msturn_bytes bytes, uint8_t *protocol);

/* The payload of the IP packet with the network addresses of packet_info and this protocol (of the two the one for its version);
 * empty: there is none. `frame` is the whole frame. */
struct msturn_bytes msturn_ip_payload(struct msturn_bytes frame, const packet_info *pinfo, uint8_t protocol_of_ipv4,
                                      uint8_t protocol_of_ipv6);

/* Does the frame's TCP packet open, close or reset its connection? */
bool msturn_tcp_is_event(tvbuff_t *frame, const packet_info *pinfo);

#endif
