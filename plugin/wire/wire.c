/* wire.c
 * From bytes to framing units, message headers and attribute spans.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/wire.h"

#include <stddef.h>
#include <string.h>

enum {
    COOKIE_OFFSET = 4,       /* in a message, RFC 8489 section 5 */
    TYPE_FIRST_BYTE_MAX = 3, /* RFC 9443 section 3 */
    FIXED_RTP_LENGTH = 12,   /* RFC 3550 section 5.1 */
    FIXED_RTCP_LENGTH = 8    /* RFC 3550 section 6.4.2: an empty receiver report */
};

uint32_t msturn_get_number(const uint8_t *data, uint32_t width)
{
    uint32_t number = 0;

    for (uint32_t i = 0; i < width; i++)
        number = number << 8 | data[i];
    return number;
}

static bool has_ms_cookie_attribute(struct msturn_bytes bytes)
{
    static const uint8_t cookie[8] = { 0x00, 0x0F, 0x00, 0x04, 0x72, 0xC6, 0x4B, 0xC6 };

    return bytes.captured >= MSTURN_HEADER_LENGTH + sizeof cookie &&
           memcmp(bytes.data + MSTURN_HEADER_LENGTH, cookie, sizeof cookie) == 0;
}

enum msturn_dialect msturn_message_dialect(struct msturn_bytes bytes)
{
    if (has_ms_cookie_attribute(bytes))
        return MSTURN_DIALECT_MS_TURN;
    if (bytes.captured >= MSTURN_HEADER_LENGTH && msturn_get32(bytes.data + COOKIE_OFFSET) != MSTURN_MAGIC_COOKIE)
        return MSTURN_DIALECT_RFC3489;
    return MSTURN_DIALECT_RFC;
}

bool msturn_read_header(struct msturn_bytes bytes, struct msturn_header *header)
{
    if (bytes.captured < MSTURN_HEADER_LENGTH)
        return false;
    const uint16_t type = msturn_get16(bytes.data);

    header->dialect = msturn_message_dialect(bytes);
    /* RFC 8489 section 5, figure 3: the class bits stand between the method's. */
    header->type = type;
    header->method = (uint16_t)((type & 0x3E00) >> 2 | (type & 0xE0) >> 1 | (type & 0xF));
    header->msg_class = msturn_class_bits(type);
    header->length = msturn_get16(bytes.data + 2);
    header->transaction_id = bytes.data + 8;
    if (header->dialect == MSTURN_DIALECT_MS_TURN) {
        header->method_row = msturn_method_find_ms(type);
        if (header->method_row && header->method_row->action == MSTURN_ACTION_DATA)
            header->msg_class = MSTURN_CLASS_INDICATION;
    } else {
        header->method_row = msturn_method_find(header->method);
    }
    return true;
}

enum msturn_action msturn_action_of(const struct msturn_header *header)
{
    return header->method_row ? header->method_row->action : MSTURN_ACTION_OTHER;
}

/* Do the attributes, read by this rule, end where the message ends? A walk without its spans: it is done for every
 * message. */
static bool attributes_fit(struct msturn_bytes message, bool padded)
{
    uint32_t offset = MSTURN_HEADER_LENGTH;

    while (offset < message.captured) {
        const uint32_t left = message.reported - offset;
        if (left < MSTURN_ATTR_HEADER_LENGTH)
            return false;
        if (message.captured - offset < MSTURN_ATTR_HEADER_LENGTH)
            return true;
        const uint32_t length = msturn_get16(message.data + offset + 2);
        if (length > left - MSTURN_ATTR_HEADER_LENGTH)
            return false;
        offset += MSTURN_ATTR_HEADER_LENGTH + (padded ? msturn_round_up_4(length) : length);
    }
    return true;
}

struct msturn_walk msturn_walk_begin(struct msturn_bytes message)
{
    const bool padded = msturn_message_dialect(message) == MSTURN_DIALECT_RFC;
    const bool whole = message.captured >= MSTURN_HEADER_LENGTH && message.captured == message.reported &&
                       message.reported == MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(message.data + 2);
    const bool wrong_padding = whole && !attributes_fit(message, padded) && attributes_fit(message, !padded);

    return (struct msturn_walk){
        .message = message,
        .offset = MSTURN_HEADER_LENGTH,
        .padded = padded != wrong_padding,
        .wrong_padding = wrong_padding,
    };
}

bool msturn_walk_next(struct msturn_walk *walk, struct msturn_span *span)
{
    const struct msturn_bytes message = walk->message;
    const uint32_t offset = walk->offset;

    if (offset >= message.reported || offset >= message.captured)
        return false;
    const uint32_t left = message.reported - offset;

    *span = (struct msturn_span){ .offset = offset };
    if (left < MSTURN_ATTR_HEADER_LENGTH) {
        span->state = MSTURN_SPAN_TRUNCATED;
        span->value_offset = offset;
        span->length = left;
        span->value = msturn_bytes_slice(message, offset, left);
        walk->offset = message.reported;
        return true;
    }
    if (message.captured - offset < MSTURN_ATTR_HEADER_LENGTH) {
        walk->offset = message.reported;
        return false;
    }
    span->type = msturn_get16(message.data + offset);
    span->length = msturn_get16(message.data + offset + 2);
    span->value_offset = offset + MSTURN_ATTR_HEADER_LENGTH;
    span->value = msturn_bytes_slice(message, span->value_offset, span->length);

    const uint32_t value_left = left - MSTURN_ATTR_HEADER_LENGTH;
    if (span->length > value_left) {
        span->state = MSTURN_SPAN_OVERRUN;
        walk->offset = message.reported;
        return true;
    }
    if (walk->padded)
        span->padding = msturn_smaller(msturn_round_up_4(span->length), value_left) - span->length;
    walk->offset = span->value_offset + span->length + span->padding;
    if (walk->offset > message.captured) {
        span->state = MSTURN_SPAN_CUT;
        walk->offset = message.reported;
    } else {
        span->state = MSTURN_SPAN_WHOLE;
    }
    return true;
}

static bool prefix_is_cookie(const uint8_t *data, uint32_t length)
{
    static const uint8_t cookie[4] = { 0x21, 0x12, 0xA4, 0x42 };

    return memcmp(data, cookie, msturn_smaller(length, sizeof cookie)) == 0;
}

bool msturn_may_begin_message(uint8_t first)
{
    return first <= TYPE_FIRST_BYTE_MAX;
}

enum msturn_fit msturn_fit_message(struct msturn_bytes bytes)
{
    const uint32_t captured = bytes.captured;

    if (captured >= 1 && !msturn_may_begin_message(bytes.data[0]))
        return MSTURN_FIT_NO;
    if (captured >= COOKIE_OFFSET && bytes.data[3] % 4 != 0)
        return MSTURN_FIT_NO;
    if (captured > COOKIE_OFFSET && !prefix_is_cookie(bytes.data + COOKIE_OFFSET, captured - COOKIE_OFFSET))
        return MSTURN_FIT_NO;
    return captured < MSTURN_HEADER_LENGTH ? MSTURN_FIT_MORE : MSTURN_FIT_YES;
}

enum msturn_fit msturn_fit_frame(struct msturn_bytes bytes)
{
    const struct msturn_bytes message = msturn_bytes_slice(bytes, MSTURN_FRAME_HEADER_LENGTH, UINT32_MAX);

    if (bytes.captured >= MSTURN_FRAME_HEADER_LENGTH) {
        const uint32_t frame_length = msturn_get16(bytes.data);
        if (frame_length < MSTURN_HEADER_LENGTH || frame_length % 4 != 0)
            return MSTURN_FIT_NO;
        if (message.captured >= COOKIE_OFFSET &&
            frame_length != MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(message.data + 2))
            return MSTURN_FIT_NO;
    }
    return msturn_fit_message(message);
}

bool msturn_is_ms_turn_type(uint16_t type)
{
    const struct msturn_method *method = msturn_method_find_ms(type);

    return method && method->begins_ms_turn;
}

bool msturn_is_ms_turn_message(struct msturn_bytes bytes)
{
    return has_ms_cookie_attribute(bytes) && msturn_is_ms_turn_type(msturn_get16(bytes.data));
}

bool msturn_is_rfc3489_message(struct msturn_bytes bytes)
{
    if (bytes.captured < MSTURN_HEADER_LENGTH ||
        bytes.reported != MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2))
        return false;
    const uint16_t type = msturn_get16(bytes.data);
    const bool binding = (type & ~(unsigned)MSTURN_TYPE_CLASS_BITS) == MSTURN_METHOD_BINDING &&
                         msturn_class_bits(type) != MSTURN_CLASS_INDICATION;

    return binding && (attributes_fit(bytes, false) || attributes_fit(bytes, true));
}

bool msturn_message_type_is_in_use(uint16_t type)
{
    return (type & 0xFCE0) == 0;
}

/* Is this type in a range in which attributes are in use: RFC 8489 section 18.3, Microsoft's and
 * the registered and unregistered vendors'? */
static bool attribute_type_is_in_use(uint16_t type)
{
    const unsigned page = type >> 8;

    return page == 0x00 || page == 0x80 || page == 0xC0 || page == 0xFF;
}

bool msturn_message_is_certain(struct msturn_bytes bytes)
{
    if (msturn_fit_message(bytes) != MSTURN_FIT_YES || !msturn_message_type_is_in_use(msturn_get16(bytes.data)))
        return false;
    const uint32_t length = MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);
    struct msturn_bytes message = msturn_bytes_slice(bytes, 0, length);

    /* A stream of which not everything has arrived: judge what has. */
    message.reported = length;
    if (length == MSTURN_HEADER_LENGTH)
        return true;
    /* The capture cut all but the header: then it has to be the length of the segment. */
    if (bytes.captured < bytes.reported && bytes.captured < MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH)
        return length == bytes.reported;
    struct msturn_walk walk = { .message = message, .offset = MSTURN_HEADER_LENGTH, .padded = true };
    struct msturn_span span;
    bool any = false;

    while (msturn_walk_next(&walk, &span)) {
        if (span.state == MSTURN_SPAN_OVERRUN || span.state == MSTURN_SPAN_TRUNCATED)
            return false;
        if (!any && !attribute_type_is_in_use(span.type))
            return false;
        any = true;
    }
    return any;
}

uint32_t msturn_find_message(struct msturn_bytes bytes, uint32_t from)
{
    uint32_t offset = from;

    while (offset + MSTURN_HEADER_LENGTH <= bytes.captured) {
        const uint32_t first_cookie = offset + COOKIE_OFFSET;
        const uint8_t *hit =
            memchr(bytes.data + first_cookie, MSTURN_MAGIC_COOKIE >> 24, bytes.captured - first_cookie);
        if (!hit)
            break;
        offset = (uint32_t)(hit - bytes.data) - COOKIE_OFFSET;
        if (msturn_message_is_certain(msturn_bytes_slice(bytes, offset, UINT32_MAX))) {
            const bool framed = offset >= from + MSTURN_FRAME_HEADER_LENGTH &&
                                msturn_fit_frame(msturn_bytes_slice(bytes, offset - MSTURN_FRAME_HEADER_LENGTH,
                                                                    UINT32_MAX)) == MSTURN_FIT_YES;
            return framed ? offset - MSTURN_FRAME_HEADER_LENGTH : offset;
        }
        offset++;
    }
    return bytes.captured;
}

bool msturn_is_channel_byte(uint8_t first)
{
    return first >= 64 && first <= 127;
}

enum msturn_payload msturn_payload_kind(struct msturn_bytes bytes)
{
    if (bytes.reported == 0)
        return MSTURN_PAYLOAD_EMPTY;
    if (bytes.captured == 0)
        return MSTURN_PAYLOAD_UNKNOWN;
    const uint8_t first = bytes.data[0];

    if (msturn_may_begin_message(first) && (msturn_fit_message(bytes) == MSTURN_FIT_YES ||
                                            msturn_is_ms_turn_message(bytes) || msturn_is_rfc3489_message(bytes)))
        return MSTURN_PAYLOAD_STUN;
    if (first >= 16 && first <= 19)
        return MSTURN_PAYLOAD_ZRTP;
    if (first >= 20 && first <= 63 && bytes.captured >= 2) {
        /* RFC 6347 section 4.1: DTLS counts its versions down from 254; TLS records begin 3. */
        if (bytes.data[1] == 0xFE)
            return MSTURN_PAYLOAD_DTLS;
        if (bytes.data[1] == 0x03)
            return MSTURN_PAYLOAD_TLS;
    }
    if (first >= 128 && first <= 191 && bytes.captured >= 2) {
        const uint8_t second = bytes.data[1];
        /* RFC 5761 section 4: RTCP packet types are 192 to 223. */
        if (second >= 192 && second <= 223)
            return bytes.reported >= FIXED_RTCP_LENGTH ? MSTURN_PAYLOAD_RTCP : MSTURN_PAYLOAD_UNKNOWN;
        return bytes.reported >= FIXED_RTP_LENGTH ? MSTURN_PAYLOAD_RTP : MSTURN_PAYLOAD_UNKNOWN;
    }
    return MSTURN_PAYLOAD_UNKNOWN;
}

bool msturn_payload_is_media(struct msturn_bytes bytes)
{
    switch (msturn_payload_kind(bytes)) {
    case MSTURN_PAYLOAD_STUN:
    case MSTURN_PAYLOAD_DTLS:
    case MSTURN_PAYLOAD_RTP:
    case MSTURN_PAYLOAD_RTCP:
        return true;
    default:
        return false;
    }
}
