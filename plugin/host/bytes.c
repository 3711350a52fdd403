/* bytes.c
 * A tvbuff's bytes, as the layers without Wireshark take them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/bytes.h"

struct msturn_bytes msturn_tvb_bytes(tvbuff_t *tvb)
{
    const uint32_t captured = tvb_captured_length(tvb);

    return (struct msturn_bytes){
        .data = captured > 0 ? tvb_get_ptr(tvb, 0, (int)captured) : NULL,
        .captured = captured,
        .reported = tvb_reported_length(tvb),
    };
}
