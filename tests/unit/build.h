/* build.h
 * Bytes for tests: exactly sized copies, messages, frames and ChannelData.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_BUILD_H
#define MSTURN_TEST_BUILD_H

#include "plugin/wire/wire.h"

#include <glib.h>

/* A copy of the first `captured` bytes of `data` in memory of just that size, so that AddressSanitizer sees
 * a read behind them. */
struct msturn_bytes exact_bytes(const void *data, uint32_t captured, uint32_t reported);
void free_exact_bytes(struct msturn_bytes bytes);

/* All bytes of an array, captured and reported; valid until the array changes. */
struct msturn_bytes bytes_of(const GByteArray *array);

/* Bytes written as hexadecimal digits; blanks between them are ignored. */
GByteArray *bytes_from_hex(const char *hex);

/* A message without attributes; its transaction id is that of RFC 5769 section 2.1. */
GByteArray *message_new(uint16_t type);

/* Appends an attribute and its padding, and counts both in the header's length. */
void message_add(GByteArray *message, uint16_t type, const void *value, uint16_t length);

/* Appends the packet in an RFC 4571 frame. */
void append_frame(GByteArray *stream, const void *packet, uint16_t length);

/* Appends ChannelData with the padding of RFC 8656 section 12.5. */
void append_channel_data(GByteArray *stream, uint16_t channel, const void *data, uint16_t length);

/* A packet of `length` bytes that begins like RTP, RTCP or DTLS. */
enum packet_kind { PACKET_RTP, PACKET_RTCP, PACKET_DTLS };
GByteArray *packet_new(enum packet_kind kind, uint16_t length);

/* Appends such a packet in an RFC 4571 frame. */
void append_packet_frame(GByteArray *stream, enum packet_kind kind, uint16_t length);

#endif
