/* message.c
 * One message, read once for all who ask about it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/message.h"

#include <stddef.h>

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void take_attribute(struct msturn_message *message, const struct msturn_span *span)
{
    if (span->state != MSTURN_SPAN_WHOLE)
        message->whole = false;
    if (span->state == MSTURN_SPAN_STUMP)
        return;
    if (span->type == MSTURN_ATTR_DATA && !(message->content.has & MSTURN_HAS_DATA))
        message->data = *span;
    msturn_take_content(message->bytes, message->header.dialect, span, &message->content);
    if (message->attribute_count < MSTURN_MESSAGE_ATTRIBUTES)
        message->attributes[message->attribute_count++] = *span;
    else
        message->whole = false;
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
    message->bytes.reported = smaller(length, own_length);
    message->whole = message->bytes.captured == own_length;
    message->attribute_count = 0;
    message->content = (struct msturn_content){ 0 };
    message->walk = walk = msturn_walk_begin(message->bytes);
    while (msturn_walk_next(&walk, &span))
        take_attribute(message, &span);
    return true;
}

const struct msturn_span *msturn_message_find(const struct msturn_message *message, uint16_t type)
{
    for (unsigned i = 0; i < message->attribute_count; i++) {
        if (message->attributes[i].type == type)
            return &message->attributes[i];
    }
    return NULL;
}
