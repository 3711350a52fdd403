/* show.h
 * Fields, subtrees, columns and expert items of what the decode layers found.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A NULL tree is fine everywhere: expert items are raised and columns filled all the same.
 */
#ifndef MSTURN_SHOW_H
#define MSTURN_SHOW_H

#include "plugin/message/attrs.h"
#include "plugin/compat.h"
#include "plugin/host/bytes.h"
#include "plugin/host/protocol.h"
#include "plugin/show/fields.h"
#include "plugin/show/raise.h"
#include "plugin/wire/stream.h"
#include "plugin/track/track.h"
#include "plugin/wire/preamble.h"

/* Where something is shown: `base` is the offset in tvb of what offsets count from. */
struct msturn_view {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    int base;
};

/* Adds a field with a number, and its alias. `offset` counts from view->base. */
proto_item *msturn_add_number(const struct msturn_view *view, const struct msturn_field *field, uint32_t offset,
                              uint32_t length, uint32_t number);

/* Adds a field whose value is what the bytes are, and its alias. */
proto_item *msturn_add_bytes(const struct msturn_view *view, const struct msturn_field *field, uint32_t offset,
                             uint32_t length);

/* Appends the name of a message, as in "Allocate Error Response". */
void msturn_append_message_name(wmem_strbuf_t *text, const struct msturn_header *header);

/* In the following, `reason` says why what is shown is not whole or not understood, if so. */

/* The message's own tree item and what the header says; `facts` may be NULL. Returns the view of its subtree. */
struct msturn_view msturn_show_header(const struct msturn_view *view, const struct msturn_message *message,
                                      const struct msturn_message_facts *facts, enum msturn_finding reason);

/* The attributes of a message, in a subtree. `facts` may be NULL; `digest`: CRC-32 of the bytes before FINGERPRINT. */
void msturn_show_attributes(const struct msturn_view *view, const struct msturn_message *message,
                            const struct msturn_message_facts *facts, uint32_t digest, enum msturn_finding reason);

/* The message as one line for the Info column: name and the attributes that matter, and the remark. Lives as long as
 * the packet. */
const char *msturn_message_summary(packet_info *pinfo, const struct msturn_message *message, const char *remark);

/* The same of bytes that are a message's. */
const char *msturn_summary_of(packet_info *pinfo, struct msturn_bytes bytes);

/* Looks up the fields of the built-in STUN dissector that msturn has no equal of; call when all
 * protocols are registered. */
void msturn_link_stun_header(void);
void msturn_link_stun_attributes(void);

/* What holds payload returns its subtree. */

/* The RFC 4571 frame at view->base, with `packet` in it. */
proto_tree *msturn_show_frame(const struct msturn_view *view, struct msturn_bytes packet, enum msturn_finding reason);

/* The ChannelData at view->base: header, data and padding are in `bytes`. */
proto_tree *msturn_show_channel(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_finding reason);

/* The pseudo-TLS record at view->base, [MS-TURN] 2.1.1. */
void msturn_show_pseudo_tls(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_finding reason);

/* The frame at view->base, with `content` in it, [MS-TURN] 2.1.4. */
proto_tree *msturn_show_ms_frame(const struct msturn_view *view, struct msturn_bytes content,
                                 enum msturn_finding reason);

/* The multiplexed packet at view->base, [MS-TURN] 2.2.3; at least its 12 bytes of header are captured. */
proto_tree *msturn_show_multiplexed(const struct msturn_view *view, struct msturn_bytes bytes,
                                    enum msturn_finding reason);

/* What stands before the first message, see preamble.h. */
void msturn_show_preamble(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_preamble preamble,
                          enum msturn_finding reason);

/* Bytes of the connection that are no message. */
proto_tree *msturn_show_opaque(const struct msturn_view *view, struct msturn_bytes bytes, enum msturn_finding reason);

#endif
