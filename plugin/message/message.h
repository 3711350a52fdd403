/* message.h
 * One message, read once for all who ask about it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows wire, attrs and decoded only.
 */
#ifndef MSTURN_MESSAGE_H
#define MSTURN_MESSAGE_H

#include "plugin/message/attrs.h"
#include "plugin/message/decoded.h"
#include "plugin/wire/wire.h"

enum { MSTURN_MESSAGE_ATTRIBUTES = 64 }; /* that are kept; real messages have less than 20 */

struct msturn_attribute {
    struct msturn_span span;
    const struct msturn_attr *row; /* NULL: it is truncated, or its type is not known in the message's dialect */
};

/* Points into the bytes that it was read from. */
struct msturn_message {
    struct msturn_bytes bytes; /* exactly the message */
    struct msturn_header header;
    struct msturn_decoded decoded;
    struct msturn_span data; /* the first DATA attribute, if `decoded` has one */
    bool whole; /* all of it was captured, is well-formed and in `attributes`: what is not there is missing */
    unsigned attribute_count;
    uint64_t kinds; /* of these attributes: a bit for each type modulo 64 */
    struct msturn_attribute attributes[MSTURN_MESSAGE_ATTRIBUTES]; /* the first ones, without truncated ones */
    struct msturn_walk rest;                                       /* over those that are not kept; walk on a copy */
};

/* A way through all attributes of a message, also those that are not kept. */
struct msturn_attributes {
    const struct msturn_message *message;
    unsigned kept; /* so many of these were passed */
    struct msturn_walk rest;
    struct msturn_attribute of_rest;
};

/* Reads the message that begins with these bytes, which may go on after it. Of the message there are `length` bytes
 * at most: of one that goes on elsewhere, only what is here is known. Returns false, with nothing read, when its header
 * was not captured. */
bool msturn_read_message(struct msturn_bytes bytes, uint32_t length, struct msturn_message *message);

/* Is this attribute NOMINATION? It has the number of ENF-FLOW-DESCRIPTION, of which nothing is published; in a Binding
 * request and with 4 bytes it is what libwebrtc, libnice and pion send. */
bool msturn_is_nomination(const struct msturn_header *header, const struct msturn_span *span);

struct msturn_attributes msturn_attributes_of(const struct msturn_message *message);

/* The next one, which is valid until the next call; NULL at the end. The span of a truncated one, which is the last, has only
 * offset and value. */
const struct msturn_attribute *msturn_attributes_next(struct msturn_attributes *attributes);

/* The first attribute of this type among those that are kept, or NULL. */
const struct msturn_span *msturn_message_find(const struct msturn_message *message, uint16_t type);

#endif
