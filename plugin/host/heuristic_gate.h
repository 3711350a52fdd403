/* heuristic_gate.h
 * What other heuristics leave to msturn, whatever they recognised before.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_HEURISTIC_GATE_H
#define MSTURN_HEURISTIC_GATE_H

#include "plugin/compat.h"

/* Would msturn's heuristic take these bytes? Changes nothing. */
typedef bool (*msturn_takes_fn)(tvbuff_t *tvb, packet_info *pinfo, void *data);

/* Gates the heuristics of Wireshark's STUN dissectors and of the PROXY protocol, so that they reject what msturn's heuristic
 * takes. Call in the handoff, when the heuristics of msturn are added. */
void msturn_heuristic_gate_handoff(msturn_takes_fn takes_segment, msturn_takes_fn takes_datagram);

#endif
