/* raised.h
 * The findings of one message, as text.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_RAISED_H
#define MSTURN_TEST_RAISED_H

#include "plugin/wire/wire.h"

#include <glib.h>

/* The codes of a message's findings in alphabetical order with blanks between them, each with the attribute that it
 * is about: "content_missing:000d method_class". Free with g_free(). */
char *raised(struct msturn_bytes message, bool in_ms_frame);

/* The same of the message with this type, 16 bytes behind the length, and attributes (all hexadecimal). */
char *raised_by(const char *type, const char *id, const char *attributes, bool in_ms_frame);

/* Fails the test unless just these findings are raised. In an RFC 8489 message, and in one of [MS-TURN], where the
 * Magic Cookie attribute is put in front. */
void assert_raised(const char *type, const char *attributes, const char *expected);
void assert_raised_ms(const char *type, const char *attributes, const char *expected);

#endif
