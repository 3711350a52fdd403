/* passwords.h
 * The tables of passwords that a user fills.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PASSWORDS_H
#define MSTURN_PASSWORDS_H

#include "plugin/compat.h"

/* Adds the tables to the protocol's preferences. */
void msturn_passwords_register_preferences(module_t *module);

/* A capture file is opened: tells the tracker what is in the tables. */
void msturn_passwords_begin(void);

#endif
