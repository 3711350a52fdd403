/* rules.c
 * What the rules about one message share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/rules.h"

#include <stddef.h>

void msturn_report(const struct msturn_subject *s, enum msturn_finding finding, uint16_t type)
{
    s->found(s->context, finding, type);
}

const struct msturn_span *msturn_find(const struct msturn_subject *s, uint16_t type)
{
    return msturn_message_find(s->message, type);
}

bool msturn_has(const struct msturn_subject *s, uint16_t type)
{
    return msturn_find(s, type) != NULL;
}

const uint8_t *msturn_find_value(const struct msturn_subject *s, uint16_t type, uint32_t length)
{
    const struct msturn_span *span = msturn_find(s, type);

    return span && span->value.captured >= length ? span->value.data : NULL;
}
