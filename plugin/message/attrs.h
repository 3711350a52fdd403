/* attrs.h
 * The attribute table, one row an attribute, and the typed values of an attribute.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Decodes attributes of the RFC dialect. Knows wire and names only.
 */
#ifndef MSTURN_ATTRS_H
#define MSTURN_ATTRS_H

#include "plugin/message/names.h"
#include "plugin/wire/wire.h"

/* Types that other layers name. */
enum {
    MSTURN_ATTR_XOR_PEER_ADDRESS = 0x0012,    /* RFC 8656 section 18.3 */
    MSTURN_ATTR_DATA = 0x0013,                /* RFC 8656 section 18.4 */
    MSTURN_ATTR_XOR_RELAYED_ADDRESS = 0x0016, /* RFC 8656 section 18.5 */
    MSTURN_ATTR_REQUESTED_TRANSPORT = 0x0019, /* RFC 8656 section 18.8 */
    MSTURN_ATTR_FINGERPRINT = 0x8028          /* RFC 8489 section 14.7 */
};

/* What a value is. A part of an attribute has one kind in every message. */
enum msturn_kind {
    MSTURN_KIND_FLAG,     /* no value: the attribute's presence is the statement */
    MSTURN_KIND_NUMBER,   /* unsigned, shown in decimal */
    MSTURN_KIND_HEX,      /* unsigned, shown in hexadecimal */
    MSTURN_KIND_BIT,      /* true when the bits of `mask` are set */
    MSTURN_KIND_TYPE,     /* the number of an attribute */
    MSTURN_KIND_TEXT,     /* UTF-8 */
    MSTURN_KIND_BYTES,
    MSTURN_KIND_IPV4,
    MSTURN_KIND_IPV6,
    MSTURN_KIND_ENDPOINT, /* an address and a port */
    MSTURN_KIND_RESERVED  /* bytes without a meaning */
};

/* One field of an attribute. The filter name is the attribute's, and behind a dot the suffix; the
 * first part has no suffix and is the attribute's own value. */
struct msturn_part {
    const char *suffix; /* NULL: the attribute itself */
    const char *name;
    enum msturn_kind kind;
    uint8_t offset; /* in the value */
    uint8_t width;  /* in bytes; 0: to the end of the value */
    uint32_t mask;  /* of a number; 0: all bits */
    const struct msturn_name *names; /* of the values, or NULL */
};

/* The form of a value: its parts, and how they are found in it. */
struct msturn_shape;

/* What an attribute adds to the summary of a message, as one line of a list shows it. */
enum msturn_summary {
    MSTURN_SUMMARY_NONE,
    MSTURN_SUMMARY_VALUE,  /* "word: value" */
    MSTURN_SUMMARY_BARE,   /* the value alone */
    MSTURN_SUMMARY_WORD    /* the word alone */
};

struct msturn_attr {
    uint16_t type;
    const char *name;                 /* as registered */
    const char *abbrev;               /* filter name behind "msturn." */
    const struct msturn_shape *shape;
    uint32_t length_min, length_max;  /* of the value, RFC dialect */
    uint32_t length_multiple;
    enum msturn_summary summary;
    const char *word;                 /* for the summary */
    const struct msturn_name *names;  /* of the attribute's own value, or NULL */
    const char *reference;            /* specification and section */
};

extern const struct msturn_attr msturn_attrs[];
extern const unsigned msturn_attr_count;

/* What [MS-TURN] has in the mandatory space, where its numbers mean something else. */
extern const struct msturn_attr msturn_ms_attrs[];
extern const unsigned msturn_ms_attr_count;

/* The row of a type in the RFC dialect; NULL when the table has none. */
const struct msturn_attr *msturn_attr_find(uint16_t type);

/* The row of a type in a dialect; NULL when there is none. */
const struct msturn_attr *msturn_attr_lookup(enum msturn_dialect dialect, uint16_t type);

/* The parts of an attribute; their number goes to *count. */
const struct msturn_part *msturn_attr_parts(const struct msturn_attr *attr, unsigned *count);

/* The address family that the value names, if it names one: false when it does not. */
bool msturn_attr_family(const struct msturn_attr *attr, const struct msturn_span *span, uint8_t *family);

/* Of an address: the length that goes with this family; 0: unknown family. */
uint32_t msturn_family_length(uint8_t family);

/* May the value have this length? */
bool msturn_attr_length_fits(const struct msturn_attr *attr, uint32_t length);

/* One decoded value. */
struct msturn_value {
    unsigned part;        /* index into the attribute's parts */
    uint32_t offset;      /* of its bytes, from the start of the message */
    uint32_t length;      /* of its bytes */
    bool computed;        /* not as on the wire: XOR removed, or put together */
    uint32_t number;      /* NUMBER, HEX, BIT (all bits, unmasked), TYPE; port of an ENDPOINT */
    uint8_t address[16];  /* IPV4 (4 bytes), IPV6, ENDPOINT */
    bool ipv6;            /* ENDPOINT */
};

typedef void (*msturn_value_fn)(void *context, const struct msturn_value *value);

/* Calls `take` for each value of the attribute that was captured, the attribute's own value first
 * (unless too little of it is there). `message` holds the message that the span came from; its transaction id is a key
 * of XOR-ed IPv6 addresses (RFC 8489 section 14.2). */
void msturn_attr_decode(const struct msturn_attr *attr, struct msturn_bytes message,
                        const struct msturn_span *span, msturn_value_fn take, void *context);

/* The attribute's own value; false when too little of it is there. */
bool msturn_attr_own_value(const struct msturn_attr *attr, struct msturn_bytes message,
                           const struct msturn_span *span, struct msturn_value *value);

#endif
