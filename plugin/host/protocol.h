/* protocol.h
 * The protocol's own names: what other dissectors, users and taps know it by.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PROTOCOL_H
#define MSTURN_PROTOCOL_H

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

/* The protocol's number; -1 until proto_register_msturn() has run. */
extern int proto_msturn;

#endif
