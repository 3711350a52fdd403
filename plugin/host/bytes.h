/* bytes.h
 * A tvbuff's bytes, as the layers without Wireshark take them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_BYTES_H
#define MSTURN_BYTES_H

#include "plugin/compat.h"
#include "plugin/wire/wire.h"

/* All of its captured and reported bytes. */
struct msturn_bytes msturn_tvb_bytes(tvbuff_t *tvb);

#endif
