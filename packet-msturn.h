/* packet-msturn.h
 * The public contract of the msturn dissector.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_MSTURN_H
#define PACKET_MSTURN_H

#include "plugin/host/protocol.h"
#include "plugin/host/tap.h"

void proto_register_msturn(void);
void proto_reg_handoff_msturn(void);

#endif
