/* track_messages.h
 * Messages for made-up calls: of few users, peers and ids, so that they have to do with each other.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FUZZ_TRACK_MESSAGES_H
#define MSTURN_FUZZ_TRACK_MESSAGES_H

#include "input.h"
#include "plugin/message/decoded.h"

#include <glib.h>

enum { ENDPOINT_COUNT = 12 };

/* Clients, servers, relayed addresses and peers, in the order of their addresses. */
const struct msturn_endpoint *known_endpoint(uint32_t index);

/* A message that the input chooses: mostly with the attributes that belong to it, as a server or client sends it. */
GByteArray *new_call_message(struct input *input);

#endif
