/* expected_conversations.h
 * What the server's messages say of connections to come.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_EXPECTED_CONVERSATIONS_H
#define MSTURN_EXPECTED_CONVERSATIONS_H

#include "plugin/compat.h"
#include "plugin/track/track.h"

/* Expects the connections that a message of the RFC dialect announces, if it does. First pass only. */
void msturn_expect_connections(packet_info *pinfo, bool in_tls, const struct msturn_message *message,
                               const struct msturn_transaction *transaction);

#endif
