/* beginning.h
 * With what a stream or a datagram of ours may begin: quick tests, which rule out most of what is not.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nearly all segments and datagrams of a capture are nobody's message, and are asked for by several gates.
 */
#ifndef MSTURN_BEGINNING_H
#define MSTURN_BEGINNING_H

#include "plugin/wire/wire.h"

/* Might a stream of ours begin with these bytes? What may become a record of pseudo-TLS is left to TLS, which waits for all of it. */
bool msturn_stream_may_begin(struct msturn_bytes bytes);

/* Might it begin with them, or with what they are the beginning of? */
bool msturn_stream_may_become_ours(struct msturn_bytes bytes);

/* Might this be a datagram with a message or with multiplexed TURN? */
bool msturn_datagram_may_begin(struct msturn_bytes bytes);

#endif
