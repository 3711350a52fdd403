/* show_call.h
 * What the tracker knows of the call that a message belongs to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SHOW_CALL_H
#define MSTURN_SHOW_CALL_H

#include "plugin/host/observe.h"
#include "plugin/show/show.h"

/* Session, peer connection and pair of a message, and its problems; the view is that of the message's subtree. */
void msturn_show_call(const struct msturn_view *view, struct msturn_frame_pass *pass,
                      const struct msturn_message_facts *facts);

/* Session, pair and path of what a connection carries, or a leg of it, and is no message. */
void msturn_show_place(const struct msturn_view *view, struct msturn_flow_context place);

/* The session of something that is no message; it may be NULL. */
void msturn_show_session(const struct msturn_view *view, const struct msturn_session *session);

/* The problems of a frame without a message, as the end of a connection. */
void msturn_show_frame_problems(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* Session and pair of a connection that is opened, closed or refused in the frame. */
void msturn_show_connection_event(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const struct msturn_flow *flow);

#endif
