/* packet-msturn.h
 * The public contract of the msturn dissector.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_MSTURN_H
#define PACKET_MSTURN_H

#include <stdint.h>

/* Filter name of the protocol, and name of its dissector for Decode As and find_dissector(). It takes
 * the payload of a TCP connection and returns 0 for bytes that are not its own. */
#define MSTURN_FILTER_NAME "msturn"

/* Name of the dissector for a connection inside TLS. */
#define MSTURN_TLS_DISSECTOR_NAME "msturn.tls"

/* Name of the dissector for a UDP datagram. */
#define MSTURN_UDP_DISSECTOR_NAME "msturn.udp"

/* Name of the tap that gets a struct msturn_tap for each message; what it points to is in plugin/track.h. */
#define MSTURN_TAP_NAME "msturn"

struct msturn_tap {
    const struct msturn_transaction *transaction; /* or NULL */
    const struct msturn_session *session;         /* as far as is known by now, or NULL */
    const struct msturn_leg *leg;                 /* where a check was seen, else NULL */
    uint8_t side;                                 /* of the flow, that sent the message */
};

extern int msturn_tap;

void proto_register_msturn(void);
void proto_reg_handoff_msturn(void);

#endif
