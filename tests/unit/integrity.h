/* integrity.h
 * FINGERPRINT and MESSAGE-INTEGRITY, recomputed to prove that the bytes of a test vector are right.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_INTEGRITY_H
#define MSTURN_TEST_INTEGRITY_H

#include "plugin/wire/wire.h"

#include <glib.h>

/* The HMAC over the message up to the attribute at `offset`, which holds `length` bytes of it: RFC 8489
 * sections 14.5 (SHA-1) and 14.6 (SHA-256). Compares it with the attribute's value. */
bool integrity_is_valid(struct msturn_bytes message, uint32_t offset, uint32_t length, GChecksumType hash,
                        const void *key, gsize key_length);

/* The value of a FINGERPRINT at `offset`: RFC 8489 section 14.7. */
uint32_t fingerprint_of(struct msturn_bytes message, uint32_t offset);

#endif
