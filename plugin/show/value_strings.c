/* value_strings.c
 * Lists of names in the host's form.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/value_strings.h"

#include "plugin/message/attrs.h"

/* With the row of zeros that ends it. */
static value_string *new_list(size_t count)
{
    return wmem_alloc0_array(wmem_epan_scope(), value_string, count + 1);
}

const value_string *msturn_value_strings(const struct msturn_name *names)
{
    size_t count = 0;

    while (names[count].name)
        count++;
    value_string *strings = new_list(count);
    for (size_t i = 0; i < count; i++)
        strings[i] = (value_string){ names[i].value, names[i].name };
    return strings;
}

const value_string *msturn_attr_type_strings(void)
{
    value_string *strings = new_list(msturn_attr_count);

    for (unsigned i = 0; i < msturn_attr_count; i++)
        strings[i] = (value_string){ msturn_attrs[i].type, msturn_attrs[i].name };
    return strings;
}

const value_string *msturn_method_strings(void)
{
    value_string *strings = new_list(msturn_method_count);

    for (unsigned i = 0; i < msturn_method_count; i++)
        strings[i] = (value_string){ msturn_methods[i].number, msturn_methods[i].name };
    return strings;
}

/* RFC 8489 section 5, figure 3: the class bits stand between the method's. */
static uint32_t message_type(uint16_t method, unsigned msg_class)
{
    return (method & 0xF80u) << 2 | (method & 0x70u) << 1 | (method & 0xFu) | (msg_class & 2) << 7 |
           (msg_class & 1) << 4;
}

const value_string *msturn_message_type_strings(void)
{
    value_string *strings = new_list((size_t)msturn_method_count * (MSTURN_CLASS_ERROR + 1));
    unsigned count = 0;

    for (unsigned i = 0; i < msturn_method_count; i++) {
        const struct msturn_method *method = &msturn_methods[i];
        for (unsigned j = MSTURN_CLASS_REQUEST; j <= MSTURN_CLASS_ERROR; j++) {
            if (method->classes & 1u << j)
                strings[count++] = (value_string){ message_type(method->number, j),
                                                   wmem_strdup_printf(wmem_epan_scope(), "%s %s", method->name,
                                                                      msturn_name_of(msturn_class_names, j)) };
        }
    }
    return strings;
}
