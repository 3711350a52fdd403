/* ports.h
 * The TCP and UDP ports on which msturn looks at the first bytes, and what becomes of their owners.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PORTS_H
#define MSTURN_PORTS_H

#include "plugin/compat.h"

#include <epan/prefs.h>

/* Registers the preferences of the module. */
void msturn_ports_register_preferences(module_t *module);

/* Takes the ports for these handles, whose dissectors return 0 for bytes that are not their own. Call in
 * the handoff. */
void msturn_ports_handoff(dissector_handle_t tcp_handle, dissector_handle_t udp_handle);

/* Takes ports that the preferences added and gives back those that they dropped; a port that Decode As gave to somebody else
 * when it is free again. Call when preferences changed, and before a file is read. */
void msturn_ports_apply(void);

/* Is this a TCP port of a TURN server, on which a first byte that fits is reason to wait for more? True
 * also for ports that no preference names: there the user chose msturn. */
bool msturn_ports_is_turn(uint32_t port);

/* Did the user choose a dissector for this TCP port by Decode As? */
bool msturn_ports_is_given_away(uint32_t tcp_port);

/* Is it one of those that the preference names? */
bool msturn_ports_is_listed(uint32_t port);

/* May a TURN server have a relayed address on this TCP port? */
bool msturn_ports_is_relay(uint32_t port);

/* Did the user choose msturn for this UDP port by Decode As? */
bool msturn_ports_is_decoded_as(uint32_t udp_port);

/* Is this a TCP port that is shared with another protocol? */
bool msturn_ports_is_shared(uint32_t port);

#endif
