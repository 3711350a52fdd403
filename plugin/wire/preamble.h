/* preamble.h
 * What may stand before STUN and TURN on a TCP connection, and belongs to neither: the fixed records of SSLTCP, the header of
 * the PROXY protocol, and the talk with a SOCKS proxy.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows wire only.
 */
#ifndef MSTURN_PREAMBLE_H
#define MSTURN_PREAMBLE_H

#include "plugin/wire/wire.h"

enum msturn_preamble {
    MSTURN_PREAMBLE_NONE,
    MSTURN_PREAMBLE_SSLTCP_CLIENT, /* of libwebrtc and Jitsi: the same 72 bytes each time */
    MSTURN_PREAMBLE_SSLTCP_SERVER, /* the same 79 bytes */
    MSTURN_PREAMBLE_PROXY_V1,      /* a line of text */
    MSTURN_PREAMBLE_PROXY_V2
};

enum {
    MSTURN_SSLTCP_CLIENT_LENGTH = 72,
    MSTURN_SSLTCP_SERVER_LENGTH = 79,
    MSTURN_PROXY_V2_HEADER_LENGTH = 16 /* without the addresses, whose length it ends with */
};

/* Could this be the first byte of one? */
bool msturn_preamble_may_begin(uint8_t first);

/* The preamble that begins here, all of it, and its length; NONE if there is none. */
enum msturn_preamble msturn_preamble_of(struct msturn_bytes bytes, uint32_t *length);

/* Is this one of SSLTCP? It is evidence; a PROXY header may stand before anything. */
bool msturn_preamble_is_ssltcp(enum msturn_preamble preamble);

/* Where a SOCKS client wants to get. */
struct msturn_socks_target {
    struct msturn_bytes name; /* none: an address */
    const uint8_t *address;
    uint32_t address_length; /* 4 or 16 */
    uint16_t port;
};

/* False: these bytes, which are all of a segment, are no CONNECT request of SOCKS 4, 4a or 5. */
bool msturn_socks_target(struct msturn_bytes bytes, struct msturn_socks_target *target);

/* May STUN or TURN follow these bytes, which are all of a segment: a preamble, or something that a client and a SOCKS proxy say to
 * each other? */
bool msturn_may_precede(struct msturn_bytes bytes);

#endif
