/* peer_connection.h
 * Peer connections of TCP allocations, RFC 6062: ConnectionAttempt or Connect, then ConnectionBind.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PEER_CONNECTION_H
#define MSTURN_PEER_CONNECTION_H

#include "plugin/track/model.h"

/* Connect, ConnectionAttempt (of this session) and ConnectionBind (session NULL). */
void msturn_peer_connection_update(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                                   struct msturn_session *session);

/* A ConnectionBind was seen once more, on a copy of its flow. */
void msturn_peer_connection_bind_copy(struct msturn_peer_connection *connection, struct msturn_flow *flow,
                                      uint8_t client_side);

#endif
