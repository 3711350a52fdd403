/* inspect.h
 * What must hold for the attributes of any bytes, and the decoded values of one attribute.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_INSPECT_H
#define MSTURN_TEST_INSPECT_H

#include "plugin/message/attrs.h"

#include <glib.h>

/* Walks the message and decodes the attributes that the table knows. Fails the test when a span or a value is
 * outside of the bytes or of the span before it. Returns the spans (struct msturn_span). */
GArray *inspect_message(struct msturn_bytes message);

/* The values of an attribute (struct msturn_value), each inside its span. */
GArray *inspect_values(const struct msturn_attr *attr, struct msturn_bytes message, const struct msturn_span *span);

/* The first attribute of a type; fails the test when the message has none. */
struct msturn_span inspect_find(struct msturn_bytes message, uint16_t type);

/* The value of the part with this suffix (NULL: the attribute's own); fails the test when there is none. */
struct msturn_value inspect_part(struct msturn_bytes message, uint16_t type, const char *suffix);

/* How many values the part with this suffix has. */
unsigned inspect_count(struct msturn_bytes message, uint16_t type, const char *suffix);

#endif
