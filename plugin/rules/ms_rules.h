/* ms_rules.h
 * The rules that one message of [MS-TURN] and [MS-TURNBWM] alone proves.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_MS_RULES_H
#define MSTURN_MS_RULES_H

#include "plugin/rules/rules.h"

void msturn_check_ms_turn(const struct msturn_subject *s);

#endif
