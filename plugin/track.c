/* track.c
 * Transactions: a request, its repeats and its response.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track.h"

#include <string.h>

/* By scope and transaction id; the key is the transaction itself. */
static wmem_map_t *transactions;
static wmem_allocator_t *transaction_scope;

static guint transaction_hash(gconstpointer key)
{
    const struct msturn_transaction *transaction = key;

    /* RFC 8489 section 5: the id is random, so any part of it is a good hash. */
    return msturn_get32(transaction->id) ^ msturn_get32(transaction->id + 8) ^
           GPOINTER_TO_UINT(transaction->scope);
}

static gboolean transaction_equal(gconstpointer a, gconstpointer b)
{
    const struct msturn_transaction *left = a, *right = b;

    return left->scope == right->scope && memcmp(left->id, right->id, sizeof left->id) == 0;
}

void msturn_track_init(wmem_allocator_t *epan_scope, wmem_allocator_t *file_scope)
{
    transactions = wmem_map_new_autoreset(epan_scope, file_scope, transaction_hash, transaction_equal);
    transaction_scope = file_scope;
}

static struct msturn_transaction *find_or_add(const struct msturn_message_facts *facts)
{
    struct msturn_transaction key = { .scope = facts->scope };

    memcpy(key.id, facts->header->transaction_id, sizeof key.id);
    struct msturn_transaction *transaction = wmem_map_lookup(transactions, &key);
    if (!transaction) {
        transaction = wmem_new(transaction_scope, struct msturn_transaction);
        *transaction = key;
        transaction->method = facts->header->method;
        wmem_map_insert(transactions, transaction, transaction);
    }
    return transaction;
}

struct msturn_transaction *msturn_track_message(const struct msturn_message_facts *facts)
{
    struct msturn_transaction *transaction = find_or_add(facts);

    switch (facts->header->msg_class) {
    case MSTURN_CLASS_REQUEST:
        if (transaction->request_frame == 0) {
            transaction->request_frame = facts->frame;
            transaction->request_time = *facts->time;
            transaction->requested_transport = facts->requested_transport;
        }
        break;
    case MSTURN_CLASS_INDICATION:
        if (transaction->indication_frame == 0)
            transaction->indication_frame = facts->frame;
        break;
    case MSTURN_CLASS_SUCCESS:
    case MSTURN_CLASS_ERROR:
        if (transaction->response_frame == 0) {
            transaction->response_frame = facts->frame;
            transaction->response_time = *facts->time;
        }
        break;
    }
    return transaction;
}
