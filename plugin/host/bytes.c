/* bytes.c
 * A tvbuff's bytes, as the layers without Wireshark take them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/bytes.h"

struct msturn_bytes msturn_tvb_bytes(tvbuff_t *tvb, int offset, uint32_t length)
{
    const int captured = tvb_captured_length_remaining(tvb, offset);
    const int reported = tvb_reported_length_remaining(tvb, offset);
    const struct msturn_bytes all = {
        .data = captured > 0 ? tvb_get_ptr(tvb, offset, captured) : NULL,
        .captured = captured > 0 ? (uint32_t)captured : 0,
        .reported = reported > 0 ? (uint32_t)reported : 0,
    };
    return msturn_bytes_slice(all, 0, length);
}
