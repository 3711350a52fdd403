/* rules.h
 * What the rules about one message share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_RULES_H
#define MSTURN_RULES_H

#include "plugin/message/message.h"
#include "plugin/rules/findings.h"

/* Takes a finding. It is about an attribute of this type, which the message has, lacks or names; or about the
 * message as a whole (0). */
typedef void (*msturn_finding_fn)(void *context, enum msturn_finding finding, uint16_t type);

/* A message that is checked. */
struct msturn_subject {
    const struct msturn_message *message;
    msturn_finding_fn found;
    void *context;
};

void msturn_report(const struct msturn_subject *s, enum msturn_finding finding, uint16_t type);

/* The first attribute of this type, or NULL. */
const struct msturn_span *msturn_find(const struct msturn_subject *s, uint16_t type);

bool msturn_has(const struct msturn_subject *s, uint16_t type);

/* Its value; NULL unless this many bytes of it were captured. */
const uint8_t *msturn_find_value(const struct msturn_subject *s, uint16_t type, uint32_t length);

/* Is it of this method and class, or of the type of [MS-TURN] with the same number? */
static inline bool msturn_is(const struct msturn_subject *s, uint16_t method, enum msturn_class msg_class)
{
    return s->message->header.method == method && s->message->header.msg_class == msg_class;
}

static inline bool msturn_is_ms_turn(const struct msturn_subject *s)
{
    return s->message->header.dialect == MSTURN_DIALECT_MS_TURN;
}

#endif
