/* stream_build.c
 * One direction of a connection that somebody of ours could have sent, and the units that it was made of.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stream_build.h"

#include "build.h"
#include "plugin/wire/ms_wire.h"

enum form { FORM_PLAIN, FORM_FRAMED, FORM_BOUND, FORM_MS_FRAMES, FORM_CLIENT_HELLO, FORM_SERVER_HELLO, FORM_COUNT };

/* How an RFC 4571 frame, a channel and an end-to-end frame are filled. */
enum filling { FILL_MESSAGE, FILL_RTP, FILL_RTCP, FILL_DTLS, FILL_OPAQUE, FILL_COUNT };

/* ---- parts ---- */

static void append_opaque(GByteArray *bytes, struct input *input, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        const uint8_t byte = input_byte(input) | 0xC0; /* see STREAM_LIMIT */
        g_byte_array_append(bytes, &byte, 1);
    }
}

static void append16(GByteArray *bytes, uint16_t number)
{
    const uint8_t both[2] = { (uint8_t)(number >> 8), (uint8_t)number };

    g_byte_array_append(bytes, both, sizeof both);
}

static void fill_transaction_id(GByteArray *message, struct input *input)
{
    for (uint32_t i = MSTURN_HEADER_LENGTH - MSTURN_TRANSACTION_ID_LENGTH; i < MSTURN_HEADER_LENGTH; i++)
        message->data[i] = input_byte(input) | 0x80;
}

/* ConnectionBind is not among the types: it would begin the peer's bytes. */
static GByteArray *new_message(struct input *input)
{
    static const uint16_t types[] = { 0x0001, 0x0101, 0x0111, 0x0003, 0x0103, 0x0113, 0x0004, 0x0016, 0x0017, 0x001C };
    static const uint16_t attributes[] = { 0x0006, 0x0008, 0x0013, 0x0020, 0x0024, 0x8022, 0x8028, 0xC001 };
    GByteArray *message = message_new(types[input_below(input, G_N_ELEMENTS(types))]);

    fill_transaction_id(message, input);
    for (uint32_t left = input_below(input, 5); left > 0; left--) {
        const uint16_t type = attributes[input_below(input, G_N_ELEMENTS(attributes))];
        GByteArray *value = g_byte_array_new();
        append_opaque(value, input, input_below(input, 40));
        message_add(message, type, value->data, (uint16_t)value->len);
        g_byte_array_unref(value);
    }
    return message;
}

/* [MS-TURN] 2.2.2.8: the Magic Cookie attribute comes first; there is no padding. */
static GByteArray *new_ms_message(struct input *input)
{
    static const uint16_t types[] = { 0x0003, 0x0103, 0x0113, 0x0004, 0x0115, 0x0006, 0x0106 };
    static const uint8_t cookie[] = { 0x72, 0xC6, 0x4B, 0xC6 };
    GByteArray *message = message_new(types[input_below(input, G_N_ELEMENTS(types))]);
    const uint32_t length = input_below(input, 40);

    fill_transaction_id(message, input);
    message_add(message, 0x000F, cookie, sizeof cookie);
    append16(message, 0x0006);
    append16(message, (uint16_t)length);
    append_opaque(message, input, length);
    message->data[3] = (uint8_t)(message->len - MSTURN_HEADER_LENGTH);
    return message;
}

static GByteArray *new_media(enum filling filling, struct input *input)
{
    static const enum packet_kind kinds[] = {
        [FILL_RTP] = PACKET_RTP, [FILL_RTCP] = PACKET_RTCP, [FILL_DTLS] = PACKET_DTLS
    };
    GByteArray *packet = g_byte_array_new();
    const uint32_t length = 12 + input_below(input, 150);

    append_opaque(packet, input, length);
    GByteArray *begin = packet_new(kinds[filling], 3);
    for (guint i = 0; i < begin->len; i++)
        packet->data[i] = begin->data[i];
    if (filling == FILL_RTP)
        packet->data[1] |= 0x80; /* the marker: see STREAM_LIMIT */
    packet->data[2] |= 0x80;
    g_byte_array_unref(begin);
    return packet;
}

static GByteArray *new_packet(enum filling filling, struct input *input)
{
    if (filling == FILL_MESSAGE)
        return new_message(input);
    if (filling != FILL_OPAQUE)
        return new_media(filling, input);
    GByteArray *packet = g_byte_array_new();
    append_opaque(packet, input, input_below(input, 200));
    return packet;
}

/* ---- units ---- */

/* The unit that goes from `from` to the end. */
static void note_unit(struct built_stream *stream, uint32_t from, enum msturn_unit_kind kind,
                      enum msturn_framing framing, gboolean recognisable)
{
    const struct found_unit unit = { from, stream->bytes->len - from, kind, framing };

    g_array_append_val(stream->units, unit);
    g_array_append_val(stream->recognisable, recognisable);
}

static void append_packet(GByteArray *bytes, GByteArray *packet)
{
    g_byte_array_append(bytes, packet->data, packet->len);
    g_byte_array_unref(packet);
}

static void add_message(struct built_stream *stream, GByteArray *message)
{
    const uint32_t from = stream->bytes->len;

    append_packet(stream->bytes, message);
    note_unit(stream, from, MSTURN_UNIT_MESSAGE, MSTURN_FRAMING_PLAIN, TRUE);
}

static void add_channel_data(struct built_stream *stream, struct input *input)
{
    const uint32_t from = stream->bytes->len;
    const uint16_t channel = (uint16_t)(0x4000 + input_below(input, 0x40)); /* see STREAM_LIMIT */
    GByteArray *packet = new_packet(FILL_OPAQUE, input);

    append_channel_data(stream->bytes, channel, packet->data, (uint16_t)packet->len);
    g_byte_array_unref(packet);
    note_unit(stream, from, MSTURN_UNIT_CHANNEL_DATA, MSTURN_FRAMING_PLAIN, FALSE);
}

static void add_frame(struct built_stream *stream, struct input *input, enum filling filling)
{
    const uint32_t from = stream->bytes->len;
    GByteArray *packet = new_packet(filling, input);

    append_frame(stream->bytes, packet->data, (uint16_t)packet->len);
    g_byte_array_unref(packet);
    note_unit(stream, from, MSTURN_UNIT_FRAME, MSTURN_FRAMING_RFC4571, filling == FILL_MESSAGE);
}

static void add_ms_frame(struct built_stream *stream, struct input *input, enum filling filling)
{
    const uint32_t from = stream->bytes->len;
    const bool control = filling == FILL_MESSAGE;
    GByteArray *packet = control ? new_ms_message(input) : new_packet(filling, input);

    append16(stream->bytes, control ? 0x0200 : 0x0300);
    append16(stream->bytes, (uint16_t)packet->len);
    append_packet(stream->bytes, packet);
    note_unit(stream, from, MSTURN_UNIT_MS_FRAME, MSTURN_FRAMING_MS_FRAME, control);
}

static void add_multiplexed(struct built_stream *stream, struct input *input, enum filling filling)
{
    const uint32_t from = stream->bytes->len;
    GByteArray *packet = new_packet(filling, input);

    append16(stream->bytes, MSTURN_MULTIPLEX_CHANNEL);
    append16(stream->bytes, (uint16_t)(MSTURN_SESSION_ID_LENGTH + packet->len));
    append_opaque(stream->bytes, input, MSTURN_SESSION_ID_LENGTH);
    append_packet(stream->bytes, packet);
    note_unit(stream, from, MSTURN_UNIT_MULTIPLEXED, MSTURN_FRAMING_MS_FRAME, FALSE);
}

/* [MS-TURN] 2.1.1. */
static void add_hello(struct built_stream *stream, struct input *input, enum form form)
{
    const bool client = form == FORM_CLIENT_HELLO;
    GByteArray *head = bytes_from_hex(client ? "160301002d010000290301" : "160301004e020000460301");
    GByteArray *tail = bytes_from_hex(client ? "00000200180100" : "0018000e000000");

    append_packet(stream->bytes, head);
    append_opaque(stream->bytes, input, 32); /* time stamp and random value */
    if (!client) {
        g_byte_array_append(stream->bytes, (const guint8 *)"\x20", 1);
        append_opaque(stream->bytes, input, 32); /* session id */
    }
    append_packet(stream->bytes, tail);
    note_unit(stream, 0, MSTURN_UNIT_PSEUDO_TLS, MSTURN_FRAMING_PSEUDO_TLS, FALSE);
}

/* ---- streams ---- */

static void begin_stream(struct built_stream *stream, struct input *input, enum form form)
{
    switch (form) {
    case FORM_PLAIN:
        add_message(stream, new_message(input));
        break;
    case FORM_FRAMED:
        add_frame(stream, input, FILL_MESSAGE);
        break;
    case FORM_BOUND:
        add_message(stream, message_new(0x010B));
        add_frame(stream, input, input_below(input, FILL_OPAQUE));
        break;
    case FORM_MS_FRAMES:
        add_ms_frame(stream, input, FILL_MESSAGE);
        break;
    default:
        add_hello(stream, input, form);
        break;
    }
    stream->settled = stream->units->len;
}

static void add_unit(struct built_stream *stream, struct input *input, enum form form)
{
    const uint8_t choice = input_byte(input);
    const enum filling filling = (enum filling)(choice % FILL_COUNT);

    if (form == FORM_PLAIN && filling == FILL_MESSAGE)
        add_message(stream, new_message(input));
    else if (form == FORM_PLAIN)
        add_channel_data(stream, input);
    else if (form == FORM_FRAMED || form == FORM_BOUND)
        add_frame(stream, input, filling);
    else if (choice >= 0xC0)
        add_multiplexed(stream, input, filling);
    else
        add_ms_frame(stream, input, filling);
}

struct built_stream build_stream(struct input *input)
{
    const enum form form = (enum form)input_below(input, FORM_COUNT);
    uint32_t left = input_below(input, 32);
    struct built_stream stream = {
        .bytes = g_byte_array_new(),
        .units = g_array_new(FALSE, FALSE, sizeof(struct found_unit)),
        .recognisable = g_array_new(FALSE, FALSE, sizeof(gboolean)),
    };

    begin_stream(&stream, input, form);
    for (; left > 0 && stream.bytes->len < STREAM_LIMIT; left--)
        add_unit(&stream, input, form);
    return stream;
}

void free_stream(struct built_stream *stream)
{
    g_byte_array_unref(stream->bytes);
    g_array_unref(stream->units);
    g_array_unref(stream->recognisable);
}
