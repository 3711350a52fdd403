/* inspect.c
 * What must hold for the attributes of any bytes, and the decoded values of one attribute.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect.h"

static void check_span(struct msturn_bytes message, const struct msturn_span *span)
{
    const struct msturn_bytes value = span->value;
    const uint32_t left = message.reported - span->value_offset;
    const uint32_t end = span->value_offset + span->length + span->padding;

    g_assert_cmpuint(value.captured, <=, value.reported);
    g_assert_cmpuint(value.reported, <=, span->length);
    g_assert_cmpuint(span->value_offset, <=, message.captured);
    g_assert_cmpuint(span->value_offset + value.captured, <=, message.captured);
    g_assert_true(value.data == message.data + span->value_offset);
    g_assert_cmpuint(span->padding, <, 4);

    if (span->state == MSTURN_SPAN_TRUNCATED) {
        g_assert_cmpuint(span->value_offset, ==, span->offset);
        g_assert_cmpuint(span->length, ==, left);
        g_assert_cmpuint(left, <, MSTURN_ATTR_HEADER_LENGTH);
        return;
    }
    g_assert_cmpuint(span->value_offset, ==, span->offset + MSTURN_ATTR_HEADER_LENGTH);
    g_assert_cmpuint(span->type, ==, msturn_get16(message.data + span->offset));
    g_assert_cmpuint(span->length, ==, msturn_get16(message.data + span->offset + 2));
    switch (span->state) {
    case MSTURN_SPAN_WHOLE:
        g_assert_cmpuint(end, <=, message.captured);
        g_assert_cmpuint(value.captured, ==, span->length);
        break;
    case MSTURN_SPAN_CUT:
        g_assert_cmpuint(end, <=, message.reported);
        g_assert_cmpuint(end, >, message.captured);
        g_assert_cmpuint(value.reported, ==, span->length);
        break;
    default:
        g_assert_cmpint(span->state, ==, MSTURN_SPAN_OVERRUN);
        g_assert_cmpuint(span->length, >, left);
        g_assert_cmpuint(value.reported, ==, left);
        g_assert_cmpuint(span->padding, ==, 0);
    }
}

static void take_value(void *context, const struct msturn_value *value)
{
    g_array_append_vals(context, value, 1);
}

GArray *inspect_values(const struct msturn_attr *attr, struct msturn_bytes message, const struct msturn_span *span)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(struct msturn_value));
    unsigned part_count;
    const struct msturn_part *parts = msturn_attr_parts(attr, &part_count);
    const struct msturn_value *first_own = NULL;
    struct msturn_value own;

    msturn_attr_decode(attr, message, span, take_value, values);
    for (guint i = 0; i < values->len; i++) {
        const struct msturn_value *value = &g_array_index(values, struct msturn_value, i);
        g_assert_cmpuint(value->part, <, part_count);
        g_assert_cmpuint(value->offset, >=, span->value_offset);
        g_assert_cmpuint(value->offset + value->length, <=, span->value_offset + span->value.captured);
        if (!parts[value->part].suffix && !first_own) {
            g_assert_cmpuint(i, ==, 0); /* attrs.h: the own value comes first */
            first_own = value;
        }
    }
    g_assert_cmpint(msturn_attr_own_value(attr, message, span, &own), ==, first_own != NULL);
    if (first_own) {
        g_assert_cmpuint(own.offset, ==, first_own->offset);
        g_assert_cmpuint(own.length, ==, first_own->length);
        g_assert_cmpuint(own.number, ==, first_own->number);
    }
    return values;
}

GArray *inspect_message(struct msturn_bytes message)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct msturn_span));
    struct msturn_walk walk = msturn_walk_begin(message);
    uint32_t expected = MSTURN_HEADER_LENGTH;
    bool ended = false;
    struct msturn_span span;

    while (msturn_walk_next(&walk, &span)) {
        g_assert_false(ended);
        g_assert_cmpuint(span.offset, ==, expected);
        check_span(message, &span);
        expected = span.value_offset + span.length + span.padding;
        ended = span.state != MSTURN_SPAN_WHOLE;
        g_array_append_val(spans, span);

        const struct msturn_attr *attr = msturn_attr_find(span.type);
        if (attr && span.state != MSTURN_SPAN_TRUNCATED)
            g_array_unref(inspect_values(attr, message, &span));
    }
    return spans;
}

struct msturn_span inspect_find(struct msturn_bytes message, uint16_t type)
{
    struct msturn_walk walk = msturn_walk_begin(message);
    struct msturn_span span;

    while (msturn_walk_next(&walk, &span)) {
        if (span.type == type && span.state != MSTURN_SPAN_TRUNCATED)
            return span;
    }
    g_error("no attribute 0x%04x", type);
}

/* Copies the first value of the part to *value, if it has one, and returns how many it has. */
static unsigned find_part(struct msturn_bytes message, uint16_t type, const char *suffix, struct msturn_value *value)
{
    const struct msturn_attr *attr = msturn_attr_find(type);
    const struct msturn_span span = inspect_find(message, type);
    unsigned part_count;
    unsigned count = 0;

    g_assert_nonnull(attr);
    const struct msturn_part *parts = msturn_attr_parts(attr, &part_count);
    GArray *values = inspect_values(attr, message, &span);
    for (guint i = 0; i < values->len; i++) {
        const struct msturn_value *candidate = &g_array_index(values, struct msturn_value, i);
        if (g_strcmp0(parts[candidate->part].suffix, suffix) != 0)
            continue;
        if (count++ == 0)
            *value = *candidate;
    }
    g_array_unref(values);
    return count;
}

struct msturn_value inspect_part(struct msturn_bytes message, uint16_t type, const char *suffix)
{
    struct msturn_value value;

    if (find_part(message, type, suffix, &value) == 0)
        g_error("attribute 0x%04x has no value \"%s\"", type, suffix ? suffix : "");
    return value;
}

unsigned inspect_count(struct msturn_bytes message, uint16_t type, const char *suffix)
{
    struct msturn_value value;

    return find_part(message, type, suffix, &value);
}
