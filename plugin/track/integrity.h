/* integrity.h
 * MESSAGE-INTEGRITY, where a password is known.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_INTEGRITY_H
#define MSTURN_INTEGRITY_H

#include "plugin/track/password.h"

/* What the codes of a transaction's messages show. */
struct msturn_signature {
    const struct msturn_transaction *transaction;
    struct msturn_signer *signer;
    struct msturn_event event[2]; /* the request and the response of which the following is said */
    uint8_t status[2];            /* enum msturn_integrity */
    bool changed[2];              /* nor does FINGERPRINT fit */
    struct msturn_signature *next;
};

/* Verifies the message's codes, and puts what it found into its facts. Without any password nothing happens. */
void msturn_track_integrity(const struct msturn_message_context *context, struct msturn_message_facts *facts);

/* What was found of a transaction; NULL: no password is known for it. */
const struct msturn_signature *msturn_signature_of(const struct msturn_transaction *transaction);

#endif
