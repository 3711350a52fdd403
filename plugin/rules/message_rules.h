/* message_rules.h
 * The rules that one message alone proves.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_MESSAGE_RULES_H
#define MSTURN_MESSAGE_RULES_H

#include "plugin/rules/rules.h"

/* Applies the rules about one message as a whole; those about the form of a single attribute are applied
 * where it is decoded. `in_ms_frame`: the message is the content of a type 02 frame of [MS-TURN] 2.1.4. */
void msturn_check_message(const struct msturn_message *message, bool in_ms_frame, msturn_finding_fn found,
                          void *context);

#endif
