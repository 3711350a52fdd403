/* icmp_error.h
 * The packet of TCP or UDP that an ICMP error quotes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_ICMP_ERROR_H
#define MSTURN_ICMP_ERROR_H

#include "plugin/compat.h"
#include "plugin/track/model.h"

/* Is there an ICMP message in the frame? */
bool msturn_icmp_is_in(const packet_info *pinfo);

/* The packet that was not delivered. */
struct msturn_icmp_error {
    bool is_udp; /* else TCP */
    struct msturn_endpoint sender, receiver;
};

/* Does the ICMP message in `frame`, which is the whole frame, say that a packet of TCP or UDP was not delivered (RFC 792, RFC 4443
 * section 3)? */
bool msturn_icmp_error_in(tvbuff_t *frame, const packet_info *pinfo, struct msturn_icmp_error *error);

#endif
