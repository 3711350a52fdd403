/* value_strings.h
 * Lists of names in the host's form.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_VALUE_STRINGS_H
#define MSTURN_VALUE_STRINGS_H

#include "plugin/compat.h"
#include "plugin/message/names.h"

/* They live as long as the program: call each once. */
const value_string *msturn_value_strings(const struct msturn_name *names);

/* Of attributes, by type; methods; and message types, by method and class of RFC 8489. */
const value_string *msturn_attr_type_strings(void);
const value_string *msturn_method_strings(void);
const value_string *msturn_message_type_strings(void);

#endif
