/* password_form.h
 * The forms in which a password may go into a key.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PASSWORD_FORM_H
#define MSTURN_PASSWORD_FORM_H

#include "plugin/wire/wire.h"

typedef void (*msturn_password_form_fn)(void *context, struct msturn_bytes password);

/* Calls `found` for each form: the password as it is, decoded from base64, by SASLprep (RFC 5389), and as an
 * OpaqueString (RFC 8489). The last is that which it has most likely. */
void msturn_password_forms(const char *password, msturn_password_form_fn found, void *context);

#endif
