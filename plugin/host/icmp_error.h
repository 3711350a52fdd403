/* icmp_error.h
 * The TCP packet that an ICMP error quotes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_ICMP_ERROR_H
#define MSTURN_ICMP_ERROR_H

#include "plugin/compat.h"

/* Is there an ICMP message in the frame? */
bool msturn_icmp_is_in(const packet_info *pinfo);

/* Does the ICMP message in `frame`, which is the whole frame, say that a TCP packet was not delivered (RFC 792, RFC 4443 section 3)?
 * `from` and `to` are then the ports of that packet, whose sender is the destination of the ICMP message. */
bool msturn_icmp_error_about_tcp(tvbuff_t *frame, const packet_info *pinfo, uint16_t *from, uint16_t *to);

#endif
