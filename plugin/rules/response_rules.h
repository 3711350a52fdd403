/* response_rules.h
 * The rules that one error response alone proves.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_RESPONSE_RULES_H
#define MSTURN_RESPONSE_RULES_H

#include "plugin/rules/rules.h"

void msturn_check_error_response(const struct msturn_subject *s);

#endif
