/* credentials.h
 * What a session's client and server say of user, realm and nonce, and who signs.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_CREDENTIALS_H
#define MSTURN_CREDENTIALS_H

#include "plugin/track/model.h"

/* FNV-1a of what may be long and only has to be compared. 0: there is nothing. */
uint64_t msturn_hash_of(struct msturn_bytes bytes);

/* Must a request of this session be signed; and is a message that must? */
bool msturn_session_needs_integrity(const struct msturn_session *session, enum msturn_action action);
void msturn_session_check_integrity(const struct msturn_session *session, const struct msturn_message_context *context,
                                    bool needed, const struct msturn_transaction *transaction);

/* 401 or 438; does nothing on others. */
void msturn_session_handle_challenge(struct msturn_session *session, const struct msturn_message_context *context,
                                     struct msturn_transaction *transaction);

/* Realm and nonce of a challenge. */
void msturn_session_update_nonce(struct msturn_session *session, const struct msturn_message_context *context);

/* Compares user, realm and nonce of a request with those of its session. */
void msturn_session_check_credentials(struct msturn_session *session, const struct msturn_message_context *context,
                                      struct msturn_transaction *transaction);

#endif
