/* wire.h
 * From bytes to framing units, message headers and attribute spans.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows the C library only: no Wireshark header, no allocation, no state.
 * Any byte sequence is legal input. All lengths and offsets are in bytes and
 * 32 bits wide, since 20 + 65532 does not fit in 16.
 */
#ifndef MSTURN_WIRE_H
#define MSTURN_WIRE_H

#include "plugin/wire/methods.h"

#define MSTURN_MAGIC_COOKIE UINT32_C(0x2112A442) /* RFC 8489 section 5 */

enum {
    MSTURN_HEADER_LENGTH = 20,         /* RFC 8489 section 5 */
    MSTURN_TRANSACTION_ID_LENGTH = 12, /* RFC 8489 section 5 */
    MSTURN_ATTR_HEADER_LENGTH = 4,     /* RFC 8489 section 14 */
    MSTURN_CHANNEL_HEADER_LENGTH = 4,  /* RFC 8656 section 12.4 */
    MSTURN_FRAME_HEADER_LENGTH = 2     /* RFC 4571 section 2 */
};

/* The rules by which a message is read. The numbers are those that the built-in STUN dissector gives
 * its versions. */
enum msturn_dialect {
    MSTURN_DIALECT_MS_TURN = 1, /* [MS-TURN] 2.2: Magic Cookie attribute first, no padding, own numbers */
    MSTURN_DIALECT_RFC3489 = 2, /* RFC 3489, draft-ietf-behave-rfc3489bis-02: no cookie, no padding */
    MSTURN_DIALECT_RFC = 3      /* RFC 8489 */
};

/* Bytes as a capture holds them: `reported` bytes were on the wire, the first
 * `captured` of them are at `data`. captured <= reported. */
struct msturn_bytes {
    const uint8_t *data;
    uint32_t captured;
    uint32_t reported;
};

/* A message of some attributes calls these a hundred times, so they are in line. */

static inline uint32_t msturn_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* To a multiple of 4, as attributes and ChannelData are padded (RFC 8489 section 14, RFC 8656 section 12.5). */
static inline uint32_t msturn_round_up_4(uint32_t length)
{
    return (length + 3u) & ~UINT32_C(3);
}

/* Big-endian readers; the caller has checked that the bytes are there. */
static inline uint16_t msturn_get16(const uint8_t *data)
{
    return (uint16_t)(data[0] << 8 | data[1]);
}

static inline uint32_t msturn_get32(const uint8_t *data)
{
    return (uint32_t)msturn_get16(data) << 16 | msturn_get16(data + 2);
}

uint32_t msturn_get_number(const uint8_t *data, uint32_t width); /* of at most 4 bytes */

/* The bytes from `offset` on, at most `length` of them. */
static inline struct msturn_bytes msturn_bytes_slice(struct msturn_bytes bytes, uint32_t offset, uint32_t length)
{
    const uint32_t captured_start = msturn_smaller(offset, bytes.captured);
    const uint32_t reported_start = msturn_smaller(offset, bytes.reported);

    return (struct msturn_bytes){
        .data = bytes.data + captured_start,
        .captured = msturn_smaller(length, bytes.captured - captured_start),
        .reported = msturn_smaller(length, bytes.reported - reported_start),
    };
}

/* ---- message header, RFC 8489 section 5 ---- */

struct msturn_header {
    enum msturn_dialect dialect;
    uint16_t type;                          /* as on the wire */
    uint16_t method;                        /* 12 bits of the type; of no meaning in [MS-TURN] */
    enum msturn_class msg_class;            /* the other 2 bits, or as [MS-TURN] 2.2.1 names the type */
    uint32_t length;                        /* of the attributes, without this header */
    const uint8_t *transaction_id;          /* 12 bytes, in the message; without a cookie the last of 16 */
    const struct msturn_method *method_row; /* what the message is about; NULL: its type is not known in its dialect */
};

/* The dialect of the message that begins here: the Magic Cookie attribute counts more than the one of
 * the header, which Teams' clients have in both. */
enum msturn_dialect msturn_message_dialect(struct msturn_bytes bytes);

/* Reads the header; false when fewer than 20 bytes were captured. Checks nothing. */
bool msturn_read_header(struct msturn_bytes bytes, struct msturn_header *header);

enum msturn_action msturn_action_of(const struct msturn_header *header);

/* ---- attributes, RFC 8489 section 14 ---- */

enum msturn_span_state {
    MSTURN_SPAN_WHOLE,    /* header, value and padding are inside the message and captured */
    MSTURN_SPAN_CUT,      /* inside the message, but the capture ends before its end */
    MSTURN_SPAN_OVERRUN,  /* its length goes past the end of the message */
    MSTURN_SPAN_TRUNCATED /* fewer than 4 bytes left: no attribute fits there */
};

struct msturn_span {
    enum msturn_span_state state;
    uint16_t type;
    uint32_t offset;           /* of the attribute's header, from the start of the message */
    uint32_t value_offset;     /* of its value */
    uint32_t length;           /* as it stands in the attribute, without padding */
    uint32_t padding;          /* 0 to 3 bytes after the value that belong to it */
    struct msturn_bytes value; /* what is inside the message */
};

struct msturn_walk {
    struct msturn_bytes message;
    uint32_t offset;
    bool padded;
    bool wrong_padding; /* padded (or not) against the rule of the message's dialect */
};

/* Prepares a walk over the attributes of the message that `message` holds exactly, by the rule of its
 * dialect; by the other one if only that leads to the message's end. */
struct msturn_walk msturn_walk_begin(struct msturn_bytes message);

/* The next attribute; false at the end. After a span that is not WHOLE the walk is at its end,
 * for nothing says where the next attribute would be, or nothing of it was captured. A truncated one
 * has only offset and value. */
bool msturn_walk_next(struct msturn_walk *walk, struct msturn_span *span);

/* ---- what begins here? ---- */

enum msturn_fit {
    MSTURN_FIT_NO,   /* something contradicts */
    MSTURN_FIT_MORE, /* nothing contradicts, but there are too few bytes to tell */
    MSTURN_FIT_YES
};

/* Could this be the first byte of a STUN/TURN message? */
bool msturn_may_begin_message(uint8_t first);

/* Does a STUN/TURN message begin here? YES needs the Magic Cookie, two zero length bits and a
 * first byte of 0 to 3 (RFC 9443 section 3): 2^-40 for random bytes. */
enum msturn_fit msturn_fit_message(struct msturn_bytes bytes);

/* Does an RFC 4571 frame with a STUN message begin here? YES also needs LENGTH to be the
 * message's length: below 2^-54 for random bytes. */
enum msturn_fit msturn_fit_frame(struct msturn_bytes bytes);

/* Is this a type that begins a message with the Magic Cookie attribute ([MS-TURN] 2.2.1)? */
bool msturn_is_ms_turn_type(uint16_t type);

/* Does an MS-TURN message begin here: an own type, and the Magic Cookie attribute first ([MS-TURN]
 * 2.2.2.8)? Below 2^-64 for random bytes. */
bool msturn_is_ms_turn_message(struct msturn_bytes bytes);

/* Do the bytes hold exactly one RFC 3489bis-02 Binding message, as [MS-ICE] checks are? It has no
 * cookie: evidence only where a message is expected. */
bool msturn_is_rfc3489_message(struct msturn_bytes bytes);

/* Is the method of this type in a range in which methods are in use (RFC 8489 section 18.2): 0x000 to 0x00F, and
 * 0x080 to 0x08F with GOOG-PING? Of all types 1 in 512. */
bool msturn_message_type_is_in_use(uint16_t type);

/* Is the message that begins here one that random bytes do not make: a fitting header, a first
 * attribute in a range that is in use and, as far as there, attributes that chain up to its end?
 * Below 2^-48 when all of a message of common length is there. */
bool msturn_message_is_certain(struct msturn_bytes bytes);

/* The first offset >= `from` at which an certain message, bare or in an RFC 4571 frame,
 * begins; bytes.captured when there is none. */
uint32_t msturn_find_message(struct msturn_bytes bytes, uint32_t from);

/* Is this first byte one of a TURN channel number (RFC 7983 section 7: 64 to 79; RFC 5766 used
 * up to 127)? */
bool msturn_is_channel_byte(uint8_t first);

/* ---- what is in a packet: RFC 7983 section 7, RFC 5761 section 4 ---- */

enum msturn_payload {
    MSTURN_PAYLOAD_EMPTY,
    MSTURN_PAYLOAD_STUN,
    MSTURN_PAYLOAD_ZRTP,
    MSTURN_PAYLOAD_DTLS,
    MSTURN_PAYLOAD_TLS,
    MSTURN_PAYLOAD_RTP,
    MSTURN_PAYLOAD_RTCP,
    MSTURN_PAYLOAD_UNKNOWN
};

/* The protocol of one packet inside RFC 4571, ChannelData or DATA, from its first bytes. */
enum msturn_payload msturn_payload_kind(struct msturn_bytes bytes);

/* Is the packet of a kind that is recognised by more than one byte: STUN, DTLS, RTP, RTCP? */
bool msturn_payload_is_media(struct msturn_bytes bytes);

#endif
