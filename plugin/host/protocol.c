/* protocol.c
 * The protocol's own names: what other dissectors, users and taps know it by.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/protocol.h"

int proto_msturn = -1;
