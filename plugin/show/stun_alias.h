/* stun_alias.h
 * The fields of the built-in STUN dissector, hidden beside those of msturn that say the same.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A filter or column that a user has on stun.* keeps matching the frames that msturn now decodes.
 * A hidden item is added only to a tree that somebody sees, or when a filter or a column names its field.
 */
#ifndef MSTURN_STUN_ALIAS_H
#define MSTURN_STUN_ALIAS_H

#include "plugin/compat.h"

/* The id of a built-in field by its filter name (or NULL); 0 when there is none. */
int msturn_stun_field(const char *stun);

/* Adds the built-in field `hf` (0: nothing) as a hidden item over these bytes. Its value is `number`,
 * before the field's bit mask, when it is a number, else what the bytes say. */
void msturn_add_stun(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, uint32_t number);

/* The same for an address: 4 or 16 bytes in network order. */
void msturn_add_stun_address(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, const uint8_t *address);

/* The same for a time. */
void msturn_add_stun_time(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, const nstime_t *time);

#endif
