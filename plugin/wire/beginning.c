/* beginning.c
 * With what a stream or a datagram of ours may begin.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/beginning.h"

#include "plugin/wire/ms_wire.h"
#include "plugin/wire/preamble.h"
#include "plugin/wire/stream.h"

/* No message or frame with one begins here, as neither has its cookie; and with this byte nothing else does. */
static bool is_ruled_out(struct msturn_bytes bytes)
{
    enum { IN_MESSAGE = 4, IN_FRAME = MSTURN_FRAME_HEADER_LENGTH + IN_MESSAGE, END = IN_FRAME + 4 };

    return bytes.captured >= END && msturn_get32(bytes.data + IN_MESSAGE) != MSTURN_MAGIC_COOKIE &&
           msturn_get32(bytes.data + IN_FRAME) != MSTURN_MAGIC_COOKIE && !msturn_may_begin_ms(*bytes.data) &&
           !msturn_preamble_may_begin(*bytes.data);
}

/* Something else than a record of pseudo-TLS. */
static bool fits(struct msturn_bytes bytes)
{
    uint32_t length;

    return msturn_preamble_of(bytes, &length) != MSTURN_PREAMBLE_NONE || msturn_length_of_misframed(bytes) > 0 ||
           msturn_fit_message(bytes) != MSTURN_FIT_NO || msturn_fit_frame(bytes) != MSTURN_FIT_NO ||
           msturn_fit_ms_frame(bytes) != MSTURN_FIT_NO || msturn_fit_multiplexed(bytes) != MSTURN_FIT_NO;
}

bool msturn_stream_may_begin(struct msturn_bytes bytes)
{
    return !is_ruled_out(bytes) && (fits(bytes) || msturn_fit_hello(bytes) == MSTURN_FIT_YES);
}

bool msturn_stream_may_become_ours(struct msturn_bytes bytes)
{
    return !is_ruled_out(bytes) && (fits(bytes) || msturn_fit_hello(bytes) != MSTURN_FIT_NO);
}

bool msturn_datagram_may_begin(struct msturn_bytes bytes)
{
    return bytes.captured > 0 &&
           (msturn_may_begin_message(*bytes.data) || *bytes.data == MSTURN_MULTIPLEX_CHANNEL >> 8);
}
