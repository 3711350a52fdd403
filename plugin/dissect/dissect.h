/* dissect.h
 * From framing units to messages, and to what they carry.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_DISSECT_H
#define MSTURN_DISSECT_H

#include "plugin/compat.h"
#include "plugin/host/connection.h"
#include "plugin/rules/findings.h"
#include "plugin/host/observe.h"
#include "plugin/wire/stream.h"

/* A call of an entry point: contiguous bytes of one direction of a connection, or a datagram. */
struct msturn_arrival {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    struct msturn_bytes bytes; /* of tvb */
    struct msturn_frame_pass *pass;
    struct msturn_connection *connection; /* NULL: not ours, or not yet */
    uint8_t side;                         /* of the connection, that sent it */
    bool in_stream;                       /* of TCP or TLS, else a datagram or an exported message */
    uint32_t stream_offset;               /* of the first byte of tvb */
    uint32_t acknowledged;                /* TCP's acknowledgement number; 0: not TCP */
    uint16_t tcp_flags;                   /* of the segment; 0: not known */
    bool sees_all;                        /* no other dissector takes STUN here */
    bool in_tls;
    bool has_message;                /* in the unit that is dissected */
    bool binds;                      /* the unit is such a message that the peer's bytes follow it */
    bool may_wait, may_scan, shared; /* see struct msturn_circumstances */
};

/* Preference: payload goes to the dissector of what it is; else it is data. */
extern wsbool msturn_decode_media;

/* Dissects a unit of which `length` bytes from `offset` on are in the arrival's tvb, as far as they were
 * captured. `reason`: why it is not whole or not understood, if so. */
void msturn_dissect_unit(struct msturn_arrival *arrival, const struct msturn_unit *unit, uint32_t offset,
                         uint32_t length, enum msturn_finding reason);

/* Finds the dissectors of what messages carry; call when all protocols are registered. */
void msturn_dissect_handoff(void);

/* Is what was seen in this packet new to the tracker? Not on later passes, nor what an ICMP error quotes. */
bool msturn_is_first_pass(const struct msturn_arrival *arrival);

/* How deep messages inside DATA, ChannelData or frames are followed. A relay behind a relay makes two. */
enum { MSTURN_NESTING_MAX = 8 };

/* What tells a repeated message from another one with the same transaction id, and what FINGERPRINT is made of. */
uint32_t msturn_message_digest(const struct msturn_message *message);

/* The findings that one message proves, as expert items of `item`. */
void msturn_raise_message_findings(packet_info *pinfo, proto_item *item, const struct msturn_message *message,
                                   bool in_ms_frame);

#endif
