/* session.h
 * Sessions: from the challenge to the end of the allocation.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SESSION_H
#define MSTURN_SESSION_H

#include "plugin/track/model.h"

/* The session on this flow in this frame: an earlier one than flow->session, perhaps. NULL: none. */
const struct msturn_session *msturn_flow_session(const struct msturn_flow *flow, uint32_t frame);

/* The first one on it, or NULL. */
const struct msturn_session *msturn_flow_first_session(const struct msturn_flow *flow);

/* A message between client and server that is no check. */
void msturn_session_update(const struct msturn_message_context *context, struct msturn_transaction *transaction,
                           enum msturn_repeat repeat);

guint msturn_session_hash(gconstpointer key);
gboolean msturn_session_equal(gconstpointer a, gconstpointer b);

/* The session of the client on this side of a flow; NULL: none. */
struct msturn_session *msturn_session_find(const struct msturn_flow *flow, uint8_t client_side);

/* Relayed data on the control connection of a TCP allocation is said once; does nothing on others. */
void msturn_session_note_relayed_data(struct msturn_session *session, uint32_t frame,
                                      const struct msturn_transaction *transaction);

/* The session that had this relayed address at that time; NULL: it is none. */
const struct msturn_session *msturn_session_of_relayed(const struct msturn_endpoint *relayed,
                                                       const struct msturn_event *at);

#endif
