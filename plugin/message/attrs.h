/* attrs.h
 * The attribute table, one row an attribute.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_ATTRS_H
#define MSTURN_ATTRS_H

#include "plugin/message/decoded.h"
#include "plugin/message/shapes.h"

/* MSTURN_ATTR_...: the numbers of the RFCs and of the optional space, which both dialects share; MSTURN_MS_ATTR_...: what
 * [MS-TURN] has in the mandatory space. The table has them. */
enum msturn_attr_number {
#define RFC_ATTRIBUTE(number, symbol, ...) symbol = (number),
#define MS_ATTRIBUTE(number, symbol, ...) symbol = (number),
#include "plugin/message/attrs_table.inc"
};

/* What an attribute adds to the summary of a message, as one line of a list shows it. */
enum msturn_summary {
    MSTURN_SUMMARY_NONE,
    MSTURN_SUMMARY_VALUE, /* a word, a colon, the value */
    MSTURN_SUMMARY_BARE,  /* the value alone */
    MSTURN_SUMMARY_WORD   /* the word alone */
};

struct msturn_attr {
    uint16_t type;
    const char *name;   /* as registered */
    const char *abbrev; /* filter name after "msturn." */
    const struct msturn_shape *shape;
    uint32_t length_min, length_max; /* of the value */
    uint32_t length_multiple;
    enum msturn_summary summary;
    const char *lead;                /* for the summary: what stands before the value, from the space on */
    const struct msturn_name *names; /* of the attribute's own value, or NULL */
    struct msturn_decoded_rule decoded;
    const char *stun;      /* the field of the built-in STUN dissector for the same bytes, or NULL */
    const char *reference; /* specification and section */
    const char *meaning;   /* one sentence */
};

extern const struct msturn_attr msturn_attrs[];
extern const unsigned msturn_attr_count;

/* What [MS-TURN] has in the mandatory space, where its numbers mean something else. */
extern const struct msturn_attr msturn_ms_attrs[];
extern const unsigned msturn_ms_attr_count;

/* Must a receiver understand it (RFC 8489 section 14)? */
bool msturn_attr_is_mandatory(uint16_t type);

/* The row of a type in the RFC dialect; NULL when the table has none. */
const struct msturn_attr *msturn_attr_find(uint16_t type);

/* The row of a type in a dialect; NULL when there is none. */
const struct msturn_attr *msturn_attr_lookup(enum msturn_dialect dialect, uint16_t type);

/* The parts of an attribute; their number goes to *count. */
const struct msturn_part *msturn_attr_parts(const struct msturn_attr *attr, unsigned *count);

/* Is its value an address? */
bool msturn_attr_is_address(const struct msturn_attr *attr);

/* The address family that the value names, if it names one: false when it does not. */
bool msturn_attr_family(const struct msturn_attr *attr, const struct msturn_span *span, uint8_t *family);

/* May the value have this length? */
bool msturn_attr_length_fits(const struct msturn_attr *attr, uint32_t length);

/* Calls `found` for each value of the attribute, as msturn_shape_decode() does. */
void msturn_attr_decode(const struct msturn_attr *attr, struct msturn_bytes message, const struct msturn_span *span,
                        msturn_value_fn found, void *context);

/* The attribute's own value; false when too little of it is there. */
bool msturn_attr_own_value(const struct msturn_attr *attr, struct msturn_bytes message, const struct msturn_span *span,
                           struct msturn_value *value);

/* The address in one attribute; false if it has none. */
bool msturn_read_endpoint(struct msturn_bytes message, enum msturn_dialect dialect, const struct msturn_span *span,
                          struct msturn_endpoint *endpoint);

#endif
