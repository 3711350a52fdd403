/* shapes.h
 * The forms of attribute values: their parts, and how these are found in a value.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SHAPES_H
#define MSTURN_SHAPES_H

#include "plugin/message/names.h"
#include "plugin/wire/wire.h"

/* What a value is. A part of an attribute has one kind in every message. */
enum msturn_kind {
    MSTURN_KIND_FLAG,   /* no value: the attribute's presence is the statement */
    MSTURN_KIND_NUMBER, /* unsigned, shown in decimal */
    MSTURN_KIND_HEX,    /* unsigned, shown in hexadecimal */
    MSTURN_KIND_BIT,    /* true when the bits of `mask` are set */
    MSTURN_KIND_TYPE,   /* the number of an attribute */
    MSTURN_KIND_TEXT,   /* UTF-8 */
    MSTURN_KIND_BYTES,
    MSTURN_KIND_IPV4,
    MSTURN_KIND_IPV6,
    MSTURN_KIND_ENDPOINT, /* an address and a port */
    MSTURN_KIND_RESERVED  /* bytes without a meaning */
};

enum msturn_value_unit { MSTURN_UNIT_NONE, MSTURN_UNIT_SECONDS, MSTURN_UNIT_KBIT_PER_SECOND };

/* One field of an attribute. The first part has no suffix and is the attribute's own value. */
struct msturn_part {
    const char *suffix; /* of the filter name, after the attribute's and a dot; NULL: the attribute itself */
    const char *name;   /* after the attribute's */
    enum msturn_kind kind;
    uint8_t offset;                  /* in the value */
    uint8_t width;                   /* in bytes; 0: to the end of the value */
    uint32_t mask;                   /* of a number; 0: all bits */
    const struct msturn_name *names; /* of the values, or NULL */
    enum msturn_value_unit unit;
    const char *stun;    /* the field of the built-in STUN dissector for the same bytes, or NULL */
    const char *meaning; /* one sentence; NULL: the attribute's */
};

/* The form of a value: its parts, and how they are found in it. */
struct msturn_shape;

extern const struct msturn_shape msturn_shape_flag, msturn_shape_text, msturn_shape_bytes, msturn_shape_number8,
    msturn_shape_number32, msturn_shape_seconds, msturn_shape_bandwidth, msturn_shape_hex32, msturn_shape_hex16,
    msturn_shape_port, msturn_shape_priority, msturn_shape_type_list, msturn_shape_number16_list,
    msturn_shape_hex32_list, msturn_shape_change_request, msturn_shape_even_port, msturn_shape_icmp,
    msturn_shape_legacy_icmp, msturn_shape_counter, msturn_shape_ecn_check, msturn_shape_network_info,
    msturn_shape_service_quality, msturn_shape_admission_message, msturn_shape_reservation_amount,
    msturn_shape_site_response, msturn_shape_relay_response, msturn_shape_location_profile,
    msturn_shape_sequence_number, msturn_shape_address, msturn_shape_xor_address, msturn_shape_error_code,
    msturn_shape_address_error, msturn_shape_algorithms, msturn_shape_access_token;

/* The parts of a value of this form; their number goes to *count. */
const struct msturn_part *msturn_shape_parts(const struct msturn_shape *shape, unsigned *count);

/* The length of an address attribute's value with this family; 0: unknown family. */
uint32_t msturn_family_length(uint8_t family);

/* One decoded value. */
struct msturn_value {
    unsigned part;       /* index into the attribute's parts */
    uint32_t offset;     /* of its bytes, from the start of the message */
    uint32_t length;     /* of its bytes */
    bool computed;       /* not as on the wire: XOR removed, or put together */
    uint32_t number;     /* NUMBER, HEX, BIT (all bits, unmasked), TYPE; port of an ENDPOINT */
    uint8_t address[16]; /* IPV4 (4 bytes), IPV6, ENDPOINT */
    bool ipv6;           /* ENDPOINT */
};

typedef void (*msturn_value_fn)(void *context, const struct msturn_value *value);

/* Calls `found` for each value of the attribute that was captured, the attribute's own value first (unless too little of
 * it is there). `message` holds the message that the span came from; its transaction id is a key of XOR-ed IPv6
 * addresses (RFC 8489 section 14.2). */
void msturn_shape_decode(const struct msturn_shape *shape, struct msturn_bytes message, const struct msturn_span *span,
                         msturn_value_fn found, void *context);

/* The attribute's own value alone, its part 0; false: too little of it is there. */
bool msturn_shape_own_value(const struct msturn_shape *shape, struct msturn_bytes message,
                            const struct msturn_span *span, struct msturn_value *value);

#endif
