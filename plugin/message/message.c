/* message.c
 * One message, read once for all who ask about it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/message.h"

#include <stddef.h>

/* ---- attributes ---- */

/* Of an attribute that is there twice the first counts (RFC 8489 section 14); of Microsoft's address in each family,
 * too. */
static void keep_first_endpoint(const struct msturn_message *message, const struct msturn_span *span,
                                struct msturn_endpoint *endpoint)
{
    if (endpoint->family == 0)
        msturn_read_endpoint(message->bytes, message->header.dialect, span, endpoint);
}

static void keep_number(enum msturn_decoded_form form, uint32_t number, void *member)
{
    if (form == MSTURN_DECODED_NUMBER8)
        *(uint8_t *)member = (uint8_t)number;
    else if (form == MSTURN_DECODED_NUMBER16)
        *(uint16_t *)member = (uint16_t)number;
    else
        *(uint32_t *)member = number;
}

static void keep_reason(void *context, const struct msturn_value *value)
{
    struct msturn_message *message = context;
    unsigned count;

    if (msturn_shape_parts(&msturn_shape_error_code, &count)[value->part].kind == MSTURN_KIND_TEXT)
        message->decoded.error_reason = msturn_bytes_slice(message->bytes, value->offset, value->length);
}

static void keep_error(struct msturn_message *message, const struct msturn_attr *attr, const struct msturn_span *span,
                       uint32_t number)
{
    message->decoded.error_code = (uint16_t)number;
    message->decoded.error_reason = (struct msturn_bytes){ 0 };
    if (span->value.captured == span->value.reported)
        msturn_attr_decode(attr, message->bytes, span, keep_reason, message);
}

/* Teams' clients send the number alone, without the connection id, when they release an allocation. */
static void keep_sequence(void *context, const struct msturn_value *value)
{
    struct msturn_message *message = context;

    if (value->part == 0)
        message->decoded.sequence = value->number;
    else
        message->decoded.sequence_connection_id = msturn_bytes_slice(message->bytes, value->offset, value->length);
}

static void keep_first_fingerprint(const struct msturn_span *span, uint32_t number, struct msturn_decoded *decoded)
{
    if (decoded->fingerprint_offset != 0 || span->value.captured != 4)
        return;
    decoded->fingerprint = number;
    decoded->fingerprint_offset = span->offset;
}

bool msturn_is_nomination(const struct msturn_header *header, const struct msturn_span *span)
{
    return span->type == MSTURN_ATTR_ENF_FLOW_DESCRIPTION && span->length == 4 && span->value.captured == 4 &&
           header->dialect == MSTURN_DIALECT_RFC && header->method == MSTURN_METHOD_BINDING &&
           header->msg_class == MSTURN_CLASS_REQUEST;
}

/* Adds what was captured of an attribute to what those before it said. */
static void read_decoded(struct msturn_message *message, const struct msturn_attribute *attribute)
{
    const struct msturn_attr *attr = attribute->row;
    const struct msturn_span *span = &attribute->span;
    struct msturn_value value;

    if (!attr || attr->decoded.form == MSTURN_DECODED_NONE)
        return;
    struct msturn_decoded *decoded = &message->decoded;
    void *member = (char *)decoded + attr->decoded.member;
    switch (attr->decoded.form) {
    case MSTURN_DECODED_NONE:
    case MSTURN_DECODED_FLAG:
        break;
    case MSTURN_DECODED_BYTES:
        if (span->value.captured == span->value.reported)
            *(struct msturn_bytes *)member = span->value;
        break;
    case MSTURN_DECODED_LENGTH:
        *(uint8_t *)member = span->length < UINT8_MAX ? (uint8_t)span->length : UINT8_MAX;
        break;
    case MSTURN_DECODED_ENDPOINT:
        keep_first_endpoint(message, span, member);
        break;
    case MSTURN_DECODED_NUMBER8:
    case MSTURN_DECODED_NUMBER16:
    case MSTURN_DECODED_NUMBER32:
        if (!msturn_attr_own_value(attr, message->bytes, span, &value))
            return;
        keep_number(attr->decoded.form, value.number, member);
        break;
    case MSTURN_DECODED_ERROR:
        if (!msturn_attr_own_value(attr, message->bytes, span, &value))
            return;
        keep_error(message, attr, span, value.number);
        break;
    case MSTURN_DECODED_SEQUENCE:
        if (!msturn_attr_own_value(attr, message->bytes, span, &value))
            return;
        decoded->sequence_connection_id = (struct msturn_bytes){ 0 };
        msturn_attr_decode(attr, message->bytes, span, keep_sequence, message);
        break;
    case MSTURN_DECODED_NOMINATION:
        if (!msturn_is_nomination(&message->header, span))
            return;
        keep_number(MSTURN_DECODED_NUMBER32, msturn_get32(span->value.data), member);
        break;
    case MSTURN_DECODED_FINGERPRINT:
        if (msturn_attr_own_value(attr, message->bytes, span, &value))
            keep_first_fingerprint(span, value.number, decoded);
        break;
    }
    decoded->has |= attr->decoded.flag;
}

/* ---- the message ---- */

/* Rules ask for many types that are not there. */
static uint64_t kind_bit(uint16_t type)
{
    return UINT64_C(1) << type % 64;
}

static struct msturn_attribute attribute_of(const struct msturn_message *message, const struct msturn_span *span)
{
    return (struct msturn_attribute){
        .span = *span,
        .row = span->state == MSTURN_SPAN_TRUNCATED ? NULL : msturn_attr_lookup(message->header.dialect, span->type),
    };
}

/* Is it kept? */
static bool read_attribute(struct msturn_message *message, const struct msturn_span *span)
{
    const struct msturn_attribute attribute = attribute_of(message, span);

    if (span->state != MSTURN_SPAN_WHOLE)
        message->whole = false;
    if (span->state == MSTURN_SPAN_TRUNCATED)
        return false;
    if (span->type == MSTURN_ATTR_DATA && !(message->decoded.has & MSTURN_HAS_DATA))
        message->data = *span;
    read_decoded(message, &attribute);
    if (message->attribute_count == MSTURN_MESSAGE_ATTRIBUTES) {
        message->whole = false;
        return false;
    }
    message->attributes[message->attribute_count++] = attribute;
    message->kinds |= kind_bit(span->type);
    return true;
}

bool msturn_read_message(struct msturn_bytes bytes, uint32_t length, struct msturn_message *message)
{
    if (bytes.captured < MSTURN_HEADER_LENGTH)
        return false;
    const uint32_t own_length = MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);
    struct msturn_walk walk;
    struct msturn_span span;

    message->bytes = msturn_bytes_slice(bytes, 0, own_length);
    msturn_read_header(message->bytes, &message->header);
    message->bytes.reported = msturn_smaller(length, own_length);
    message->whole = message->bytes.captured == own_length;
    message->attribute_count = 0;
    message->kinds = 0;
    message->decoded = (struct msturn_decoded){ 0 };
    message->rest = walk = msturn_walk_begin(message->bytes);
    while (msturn_walk_next(&walk, &span)) {
        if (read_attribute(message, &span))
            message->rest.offset = walk.offset;
    }
    return true;
}

struct msturn_attributes msturn_attributes_of(const struct msturn_message *message)
{
    return (struct msturn_attributes){ .message = message, .rest = message->rest };
}

const struct msturn_attribute *msturn_attributes_next(struct msturn_attributes *attributes)
{
    const struct msturn_message *message = attributes->message;
    struct msturn_span span;

    if (attributes->kept < message->attribute_count)
        return &message->attributes[attributes->kept++];
    if (!msturn_walk_next(&attributes->rest, &span))
        return NULL;
    attributes->of_rest = attribute_of(message, &span);
    return &attributes->of_rest;
}

const struct msturn_span *msturn_message_find(const struct msturn_message *message, uint16_t type)
{
    for (unsigned i = 0; (message->kinds & kind_bit(type)) && i < message->attribute_count; i++) {
        if (message->attributes[i].span.type == type)
            return &message->attributes[i].span;
    }
    return NULL;
}
