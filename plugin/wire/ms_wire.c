/* ms_wire.c
 * Microsoft's framing of TURN on TCP: pseudo-TLS, the frame header, multiplexed TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/ms_wire.h"

#include <stddef.h>
#include <string.h>

/* Bytes that are fixed in a record. */
struct fixed_run {
    uint32_t offset;
    uint32_t length;
    const char *bytes;
};

/* [MS-TURN] 2.1.1: handshake record of TLS 1.0; the one cipher suite is TLS_DH_anon_WITH_RC4_128_MD5. */
static const struct fixed_run client_hello[] = {
    { 0, 11, "\x16\x03\x01\x00\x2D\x01\x00\x00\x29\x03\x01" },
    { 43, 7, "\x00\x00\x02\x00\x18\x01\x00" },
    { 0, 0, NULL },
};

static const struct fixed_run server_hello[] = {
    { 0, 11, "\x16\x03\x01\x00\x4E\x02\x00\x00\x46\x03\x01" },
    { 43, 1, "\x20" },
    { 76, 7, "\x00\x18\x00\x0E\x00\x00\x00" },
    { 0, 0, NULL },
};

static const struct fixed_run split_server_hello[] = {
    { 0, 11, "\x16\x03\x01\x00\x4A\x02\x00\x00\x46\x03\x01" },
    { 43, 1, "\x20" },
    { 76, 12, "\x00\x18\x00\x16\x03\x01\x00\x04\x0E\x00\x00\x00" },
    { 0, 0, NULL },
};

/* What a middlebox leaves: record and handshake lengths, the length of the session id, and the end. */
static const struct fixed_run rewritten_server_hello[] = {
    { 0, 2, "\x16\x03" }, { 3, 6, "\x00\x4E\x02\x00\x00\x46" }, { 43, 1, "\x20" }, { 79, 4, "\x0E\x00\x00\x00" },
    { 0, 0, NULL },
};

static enum msturn_fit fit_runs(struct msturn_bytes bytes, const struct fixed_run *run, uint32_t length)
{
    for (; run->bytes; run++) {
        if (run->offset >= bytes.captured)
            continue;
        const uint8_t *data = bytes.data + run->offset;
        /* Mostly the first byte is enough to tell that it is not. */
        if (*data != (uint8_t)*run->bytes ||
            memcmp(data, run->bytes, msturn_smaller(run->length, bytes.captured - run->offset)) != 0)
            return MSTURN_FIT_NO;
    }
    return bytes.captured < length ? MSTURN_FIT_MORE : MSTURN_FIT_YES;
}

enum msturn_fit msturn_fit_client_hello(struct msturn_bytes bytes)
{
    return fit_runs(bytes, client_hello, MSTURN_CLIENT_HELLO_LENGTH);
}

enum msturn_fit msturn_fit_server_hello(struct msturn_bytes bytes)
{
    return fit_runs(bytes, server_hello, MSTURN_SERVER_HELLO_LENGTH);
}

enum msturn_fit msturn_fit_split_server_hello(struct msturn_bytes bytes)
{
    return fit_runs(bytes, split_server_hello, MSTURN_SERVER_HELLO_SPLIT_LENGTH);
}

enum msturn_fit msturn_fit_hello(struct msturn_bytes bytes)
{
    /* They differ in the fifth byte: if more than one fits, all lack bytes. */
    enum msturn_fit fit = msturn_fit_client_hello(bytes);

    if (fit == MSTURN_FIT_NO)
        fit = msturn_fit_server_hello(bytes);
    return fit == MSTURN_FIT_NO ? msturn_fit_split_server_hello(bytes) : fit;
}

bool msturn_is_rewritten_server_hello(struct msturn_bytes bytes)
{
    return fit_runs(bytes, rewritten_server_hello, MSTURN_SERVER_HELLO_LENGTH) == MSTURN_FIT_YES;
}

bool msturn_may_begin_ms(uint8_t first)
{
    return first == MSTURN_MS_FRAME_CONTROL || first == MSTURN_MULTIPLEX_CHANNEL >> 8 ||
           first == (uint8_t)*client_hello->bytes; /* as all of these records */
}

bool msturn_may_be_ms_frame(struct msturn_bytes bytes)
{
    if (bytes.captured >= 1 && bytes.data[0] != MSTURN_MS_FRAME_CONTROL && bytes.data[0] != MSTURN_MS_FRAME_DATA)
        return false;
    return bytes.captured < 2 || bytes.data[1] == 0;
}

enum msturn_fit msturn_fit_ms_frame(struct msturn_bytes bytes)
{
    enum { EVIDENCE = MSTURN_MS_FRAME_HEADER_LENGTH + MSTURN_HEADER_LENGTH + 8 };
    const struct msturn_bytes message = msturn_bytes_slice(bytes, MSTURN_MS_FRAME_HEADER_LENGTH, UINT32_MAX);

    if (!msturn_may_be_ms_frame(bytes) || (bytes.captured >= 1 && bytes.data[0] != MSTURN_MS_FRAME_CONTROL))
        return MSTURN_FIT_NO;
    if (bytes.captured >= MSTURN_MS_FRAME_HEADER_LENGTH &&
        msturn_get16(bytes.data + 2) < EVIDENCE - MSTURN_MS_FRAME_HEADER_LENGTH)
        return MSTURN_FIT_NO;
    if (message.captured >= 1 && message.data[0] > 1) /* of all types of [MS-TURN] 2.2.1 */
        return MSTURN_FIT_NO;
    if (message.captured >= 2 && !msturn_is_ms_turn_type(msturn_get16(message.data)))
        return MSTURN_FIT_NO;
    if (message.captured >= 4 &&
        msturn_get16(bytes.data + 2) != MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(message.data + 2))
        return MSTURN_FIT_NO;
    if (bytes.captured < EVIDENCE)
        return MSTURN_FIT_MORE;
    return msturn_is_ms_turn_message(message) ? MSTURN_FIT_YES : MSTURN_FIT_NO;
}

bool msturn_may_be_multiplexed(struct msturn_bytes bytes)
{
    if (bytes.captured >= 1 && bytes.data[0] != MSTURN_MULTIPLEX_CHANNEL >> 8)
        return false;
    return bytes.captured < 2 || bytes.data[1] == (MSTURN_MULTIPLEX_CHANNEL & 0xFF);
}

enum msturn_fit msturn_fit_multiplexed(struct msturn_bytes bytes)
{
    if (!msturn_may_be_multiplexed(bytes) ||
        (bytes.captured >= 4 && msturn_get16(bytes.data + 2) < MSTURN_SESSION_ID_LENGTH))
        return MSTURN_FIT_NO;
    if (bytes.captured < MSTURN_MULTIPLEX_HEADER_LENGTH)
        return MSTURN_FIT_MORE;
    const uint32_t length = msturn_get16(bytes.data + 2) - (uint32_t)MSTURN_SESSION_ID_LENGTH;
    const struct msturn_bytes inner = msturn_bytes_slice(bytes, MSTURN_MULTIPLEX_HEADER_LENGTH, length);

    if (msturn_message_is_certain(inner) || msturn_is_ms_turn_message(inner))
        return MSTURN_FIT_YES;
    /* A message is told from other bytes by its first attribute, if it has one. */
    const bool too_short = inner.captured < length && inner.captured < MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH;
    return too_short && msturn_fit_message(inner) != MSTURN_FIT_NO ? MSTURN_FIT_MORE : MSTURN_FIT_NO;
}

uint32_t msturn_find_ms_frame(struct msturn_bytes bytes, uint32_t from)
{
    for (uint32_t offset = from; offset + MSTURN_MS_FRAME_HEADER_LENGTH <= bytes.captured; offset++) {
        const uint8_t *hit = memchr(bytes.data + offset, MSTURN_MS_FRAME_CONTROL, bytes.captured - offset);
        if (!hit)
            break;
        offset = (uint32_t)(hit - bytes.data);
        if (msturn_fit_ms_frame(msturn_bytes_slice(bytes, offset, UINT32_MAX)) == MSTURN_FIT_YES)
            return offset;
    }
    return bytes.captured;
}

bool msturn_begins_frames(struct msturn_bytes content)
{
    if (content.captured < MSTURN_FRAME_HEADER_LENGTH)
        return false;
    return content.reported == MSTURN_FRAME_HEADER_LENGTH + (uint32_t)msturn_get16(content.data) ||
           msturn_fit_frame(content) == MSTURN_FIT_YES;
}
