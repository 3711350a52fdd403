/* follow.h
 * Follow > MSTURN Stream, tshark -z follow,msturn,ascii,N, and the conversation filter: the messages of a session.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FOLLOW_H
#define MSTURN_FOLLOW_H

/* Call when the tap for all events is registered. */
void msturn_follow_register(int protocol);

#endif
