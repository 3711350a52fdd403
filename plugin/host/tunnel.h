/* tunnel.h
 * What a proxy was asked to connect to, by HTTP CONNECT or SOCKS.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TUNNEL_H
#define MSTURN_TUNNEL_H

#include "plugin/compat.h"

#include <epan/conversation.h>

/* Call in the handoff. */
void msturn_tunnel_handoff(void);

/* "host:port" that a SOCKS client asks for in these bytes, all of a segment; NULL: they are something else. */
const char *msturn_tunnel_of_socks(tvbuff_t *tvb);

/* The same of the CONNECT to which HTTP's dissector saw an answer on this connection; NULL: none. */
const char *msturn_tunnel_of_http(conversation_t *connection);

#endif
