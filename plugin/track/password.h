/* password.h
 * The passwords that are known, and the keys that are made of them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nobody but integrity.c sees a password or a key, and no output has one.
 */
#ifndef MSTURN_PASSWORD_H
#define MSTURN_PASSWORD_H

#include "plugin/track/model.h"

/* A key that may have signed a message. */
struct msturn_key {
    const uint8_t *data;
    size_t length;
    struct msturn_key *next;
};

/* Who signs, as USERNAME and REALM of a request say, and with what. */
struct msturn_signer {
    bool is_check;            /* by the short-term mechanism: an ICE agent */
    struct msturn_bytes user; /* USERNAME, or what USERHASH stands for */
    struct msturn_bytes realm;
    struct msturn_key *keys;  /* NULL: no password is known */
    struct msturn_key *wrong; /* of a check: of the end that sends it, where that of the receiver belongs */
    bool fits[2];             /* the keys, for a request, for a response */
};

/* A password for TURN: an empty realm stands for any. One for checks: of the agent with this user fragment. */
void msturn_track_turn_password(const char *user, const char *realm, const char *password);
void msturn_track_ice_password(const char *ufrag, const char *password);

/* Is any password known? */
bool msturn_knows_passwords(void);

/* Who signed this request; NULL: it does not say. Valid until the capture file is closed. */
struct msturn_signer *msturn_signer_of(const struct msturn_message *message);

/* The user of a password for TURN that this USERHASH stands for (RFC 8489 section 14.4); NULL: none. */
const char *msturn_user_of_hash(struct msturn_bytes userhash, struct msturn_bytes realm);

/* A user for whom a password for TURN is known, if there is only one; else NULL. And the realm for which one of this user is, if
 * there is only one and it is not empty. */
const char *msturn_only_turn_user(void);
const char *msturn_only_realm_of_user(struct msturn_bytes user);

#endif
