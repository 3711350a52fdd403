/* build.c
 * Bytes for tests: exactly sized copies, messages, frames and ChannelData.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

/* In front of each copy, so that one of no bytes has an address behind which nothing may be read, too. */
enum { LEAD = 1 };

struct msturn_bytes exact_bytes(const void *data, uint32_t captured, uint32_t reported)
{
    uint8_t *copy = malloc(LEAD + captured);

    g_assert_nonnull(copy);
    g_assert_cmpuint(captured, <=, reported);
    if (captured > 0)
        memcpy(copy + LEAD, data, captured);
    return (struct msturn_bytes){ .data = copy + LEAD, .captured = captured, .reported = reported };
}

void free_exact_bytes(struct msturn_bytes bytes)
{
    free((uint8_t *)bytes.data - LEAD);
}

struct msturn_bytes bytes_of(const GByteArray *array)
{
    return (struct msturn_bytes){ .data = array->data, .captured = array->len, .reported = array->len };
}

GByteArray *bytes_from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        g_assert_true(g_ascii_isxdigit(hex[0]) && g_ascii_isxdigit(hex[1]));
        const uint8_t byte = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &byte, 1);
        hex++;
    }
    return bytes;
}

static void append16(GByteArray *array, uint16_t number)
{
    const uint8_t bytes[2] = { (uint8_t)(number >> 8), (uint8_t)number };

    g_byte_array_append(array, bytes, sizeof bytes);
}

static void append_padded(GByteArray *array, const void *data, uint16_t length)
{
    static const uint8_t zeros[3];

    g_byte_array_append(array, data, length);
    g_byte_array_append(array, zeros, (4 - length % 4) % 4);
}

GByteArray *message_new(uint16_t type)
{
    static const uint8_t cookie_and_id[] = { 0x21, 0x12, 0xA4, 0x42, 0xB7, 0xE7, 0xA7, 0x01,
                                             0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE };
    GByteArray *message = g_byte_array_new();

    append16(message, type);
    append16(message, 0);
    g_byte_array_append(message, cookie_and_id, sizeof cookie_and_id);
    return message;
}

void message_add(GByteArray *message, uint16_t type, const void *value, uint16_t length)
{
    append16(message, type);
    append16(message, length);
    append_padded(message, value, length);

    const uint32_t attributes = message->len - MSTURN_HEADER_LENGTH;
    g_assert_cmpuint(attributes, <=, UINT16_MAX);
    message->data[2] = (uint8_t)(attributes >> 8);
    message->data[3] = (uint8_t)attributes;
}

void append_frame(GByteArray *stream, const void *packet, uint16_t length)
{
    append16(stream, length);
    g_byte_array_append(stream, packet, length);
}

void append_channel_data(GByteArray *stream, uint16_t channel, const void *data, uint16_t length)
{
    append16(stream, channel);
    append16(stream, length);
    append_padded(stream, data, length);
}

GByteArray *packet_new(enum packet_kind kind, uint16_t length)
{
    static const uint8_t beginnings[][12] = {
        /* RFC 3550 5.1: version 2, payload type 96, sequence number, timestamp, SSRC */
        [PACKET_RTP] = { 0x80, 0x60, 0x12, 0x34, 0x00, 0x00, 0x03, 0xE8, 0xCA, 0xFE, 0xBA, 0xBE },
        /* RFC 3550 6.4.2: version 2, receiver report, length in words less one, SSRC */
        [PACKET_RTCP] = { 0x80, 0xC9, 0x00, 0x01, 0xCA, 0xFE, 0xBA, 0xBE },
        /* RFC 6347 4.1: handshake, DTLS 1.2, epoch 0, sequence number 0 */
        [PACKET_DTLS] = { 0x16, 0xFE, 0xFD },
    };
    GByteArray *packet = g_byte_array_new();

    g_byte_array_set_size(packet, length);
    memset(packet->data, 0, length);
    memcpy(packet->data, beginnings[kind], MIN(length, sizeof beginnings[kind]));
    return packet;
}

void append_packet_frame(GByteArray *stream, enum packet_kind kind, uint16_t length)
{
    GByteArray *packet = packet_new(kind, length);

    append_frame(stream, packet->data, length);
    g_byte_array_unref(packet);
}
