/* packet-msturn.h
 * The public contract of the msturn dissector.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_MSTURN_H
#define PACKET_MSTURN_H

#include "plugin/rules/findings.h"
#include "plugin/wire/wire.h"

#include <stdint.h>

/* Filter name of the protocol, and name of its dissector for Decode As and find_dissector(). It takes
 * the payload of a TCP connection and returns 0 for bytes that are not its own. */
#define MSTURN_FILTER_NAME "msturn"

/* Name of the dissector for a connection inside TLS. */
#define MSTURN_TLS_DISSECTOR_NAME "msturn.tls"

/* Name of the dissector for a UDP datagram. */
#define MSTURN_UDP_DISSECTOR_NAME "msturn.udp"

/* Name of the tap that gets a struct msturn_tap for each message, and of the one that gets one for each message,
 * packet of media and finding, as they come. What they point to is in plugin/track/track.h; it may be NULL. */
#define MSTURN_TAP_NAME "msturn"
#define MSTURN_EVENT_TAP_NAME "msturn_event"

enum msturn_tap_kind { MSTURN_TAP_MESSAGE, MSTURN_TAP_MEDIA, MSTURN_TAP_FINDING };

struct msturn_tap {
    enum msturn_tap_kind kind;
    /* MESSAGE, MEDIA */
    const struct msturn_session *session; /* as far as is known by now */
    const struct msturn_flow *flow;
    const struct msturn_leg *leg;         /* where a check was seen, or the flow's */
    uint8_t side;                         /* of the flow, that sent it */
    /* MESSAGE */
    const struct msturn_transaction *transaction; /* never NULL */
    const struct msturn_leg *carries;     /* of the packet in a Send or Data message */
    struct msturn_header header;
    struct msturn_bytes message;          /* valid as long as the packet is */
    bool repeated;                        /* came before, with the same transaction id */
    bool nested;                          /* in another message */
    bool final;                           /* all frames were seen before: what did not happen is known */
    /* MEDIA: payload that is no STUN */
    enum msturn_payload payload;
    uint32_t length;
    /* FINDING */
    enum msturn_finding finding;
};

extern int msturn_tap;

void proto_register_msturn(void);
void proto_reg_handoff_msturn(void);

#endif
