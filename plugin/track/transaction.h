/* transaction.h
 * Transactions: a request, its repeats and its response.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TRANSACTION_H
#define MSTURN_TRANSACTION_H

#include "plugin/track/model.h"

/* The transaction of a message, which is made known by its first one; *repeat tells whether the message came before. */
struct msturn_transaction *msturn_transaction_update(const struct msturn_message_context *context,
                                                     enum msturn_repeat *repeat);

/* Where a message with this header is, or would be, in its transaction. */
struct msturn_first_message *msturn_transaction_message(struct msturn_transaction *transaction,
                                                        const struct msturn_header *header);

/* The reason phrase of its error response, as it was sent; NULL: it has none, or there is no transaction. */
const char *msturn_transaction_error_reason(const struct msturn_transaction *transaction);

/* Is this message of it a request that got no answer so far? One to Send gets none where it succeeds, [MS-TURN]. */
bool msturn_request_is_unanswered(const struct msturn_transaction *transaction, const struct msturn_header *header);

#endif
