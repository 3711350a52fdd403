/* attr_fields.h
 * The fields of the attributes, made from the attribute table.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_ATTR_FIELDS_H
#define MSTURN_ATTR_FIELDS_H

#include "plugin/message/attrs.h"
#include "plugin/show/field.h"

/* The field of part `part` of the attribute in row `attr` of the table. */
struct msturn_field *msturn_attr_field(const struct msturn_attr *attr, unsigned part);

/* For msturn_register_fields() and msturn_link_stun_fields(). */
void msturn_register_attr_fields(void);
void msturn_link_stun_attr_fields(void);

#endif
