/* transaction_table.h
 * All transactions, by their flow and id.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TRANSACTION_TABLE_H
#define MSTURN_TRANSACTION_TABLE_H

#include "plugin/track/model.h"

/* A capture file is opened: there are none. They live in `file_scope`. */
void msturn_transactions_begin(wmem_allocator_t *file_scope);

/* The transaction with this id on the flow, or NULL. */
struct msturn_transaction *msturn_transaction_find(const struct msturn_flow *flow, const uint8_t *id);

/* Makes one, which is not there yet. */
struct msturn_transaction *msturn_transaction_add(struct msturn_flow *flow, const uint8_t *id);

/* What it has beyond an indication, to be written; it gets that with the first call. */
struct msturn_exchange *msturn_exchange_of(struct msturn_transaction *transaction);

/* Of a map whose keys are transaction ids, of MSTURN_TRANSACTION_ID_LENGTH bytes. */
guint msturn_transaction_id_hash(gconstpointer id);
gboolean msturn_transaction_id_equal(gconstpointer a, gconstpointer b);

#endif
