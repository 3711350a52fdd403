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

#include "plugin/host/observe.h"
#include "plugin/host/protocol.h"
#include "plugin/rules/findings.h"

/* What a listener of MSTURN_TAP_NAME or MSTURN_EVENT_TAP_NAME gets. What the pointers lead to lives until the capture
 * file is closed; they may be NULL. */
enum msturn_tap_kind {
    MSTURN_TAP_MESSAGE,
    MSTURN_TAP_MEDIA,
    MSTURN_TAP_FINDING,
    MSTURN_TAP_END,
    MSTURN_TAP_OFFER,
    MSTURN_TAP_SILENT
};

struct msturn_tap {
    enum msturn_tap_kind kind;
    /* MESSAGE, MEDIA, END: of a TCP connection */
    const struct msturn_session *session; /* as far as is known by now */
    const struct msturn_flow *flow;
    const struct msturn_leg *leg; /* where a check was seen, or the flow's */
    uint8_t side;                 /* of the flow, that sent it */
    /* MESSAGE */
    const struct msturn_transaction *transaction; /* never NULL */
    const struct msturn_leg *carries;             /* of the packet in a Send or Data message */
    struct msturn_header header;
    struct msturn_bytes message; /* valid as long as the packet is */
    bool repeated;               /* came before, with the same transaction id */
    bool nested;                 /* in another message */
    /* MESSAGE, OFFER */
    bool final; /* all frames were seen before: what did not happen is known */
    /* MEDIA: payload other than STUN */
    enum msturn_payload payload;
    uint32_t length;
    /* FINDING */
    enum msturn_finding finding;
    /* OFFER */
    uint32_t frame;
    /* SILENT: a packet of a TCP connection that carried no message of ours so far */
    uint32_t stream;
};

/* Registers both taps. */
void msturn_tap_register(void);

/* A message, with what the tracker told of it (NULL: nothing); `nested`: in another one. */
void msturn_tap_message(packet_info *pinfo, const struct msturn_message *message,
                        const struct msturn_message_facts *facts, bool nested);

/* A packet of payload other than STUN. The place is that of msturn_flow_context_known(). */
void msturn_tap_media(packet_info *pinfo, struct msturn_flow_context place, struct msturn_bytes packet);

/* The connection of an event in the frame: tells of its end, if that is it. */
void msturn_tap_end(packet_info *pinfo, const struct msturn_flow *flow);

/* A session description is in the frame. */
void msturn_tap_offer(packet_info *pinfo);

void msturn_tap_finding(packet_info *pinfo, enum msturn_finding finding);

/* A packet of the TCP connection with this tcp.stream, on which no message came so far. */
void msturn_tap_silent(packet_info *pinfo, uint32_t stream);

/* Does anybody listen, as reports and windows do? */
bool msturn_tap_is_heard(void);

/* Were messages shown to listeners after all frames had been seen once, as with tshark -2 and in Wireshark? */
bool msturn_tap_knows_all(void);

/* Does anybody want to know of media? */
bool msturn_tap_wants_media(void);

#endif
