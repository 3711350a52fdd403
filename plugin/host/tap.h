/* tap.h
 * What passes, for those who listen: each call queues a struct msturn_tap.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Without a listener nothing is computed.
 */
#ifndef MSTURN_TAP_H
#define MSTURN_TAP_H

#include "packet-msturn.h"
#include "plugin/host/observe.h"

/* Registers the tap for all events. */
void msturn_tap_register(void);

/* A message, with what the tracker told of it (NULL: nothing); `nested`: in another one. */
void msturn_tap_message(packet_info *pinfo, const struct msturn_message *message,
                        const struct msturn_message_facts *facts, bool nested);

/* A packet of payload that is no STUN. The place is that of msturn_place_known(). */
void msturn_tap_media(packet_info *pinfo, struct msturn_place place, struct msturn_bytes packet);

void msturn_tap_finding(packet_info *pinfo, enum msturn_finding finding);

/* Does anybody want to know of media? */
bool msturn_tap_wants_media(void);

/* What a message does not say of itself: ", to peer 192.168.1.252:53577" if it goes through a relay, ", no response"
 * once all frames were seen; or "". */
const char *msturn_tap_remark(packet_info *pinfo, const struct msturn_tap *message);

/* Kinds of payload that are no STUN. */
extern const struct msturn_name msturn_payload_words[];

/* What a message is about, as "Allocate", whichever dialect it is of; NULL: not known. */
const char *msturn_method_word(const struct msturn_header *header);

#endif
