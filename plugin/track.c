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

/* `first_digest`: of the first message of this class. */
static enum msturn_repeat repeat_of(uint32_t digest, uint32_t first_digest)
{
    return digest != 0 && digest == first_digest ? MSTURN_REPEAT_TWIN : MSTURN_REPEAT_DUPLICATE;
}

static enum msturn_repeat track_request(struct msturn_transaction *transaction,
                                        const struct msturn_message_facts *facts)
{
    if (transaction->request_frame != 0)
        return repeat_of(facts->digest, transaction->request_digest);
    transaction->request_frame = facts->frame;
    transaction->request_time = *facts->time;
    transaction->request_digest = facts->digest;
    transaction->requested_transport = facts->requested_transport;
    return MSTURN_REPEAT_NONE;
}

static enum msturn_repeat track_response(struct msturn_transaction *transaction,
                                         const struct msturn_message_facts *facts)
{
    if (transaction->response_frame != 0)
        return repeat_of(facts->digest, transaction->response_digest);
    transaction->response_frame = facts->frame;
    transaction->response_time = *facts->time;
    transaction->response_digest = facts->digest;
    return MSTURN_REPEAT_NONE;
}

static enum msturn_repeat track_indication(struct msturn_transaction *transaction,
                                           const struct msturn_message_facts *facts)
{
    if (transaction->indication_frame != 0)
        return MSTURN_REPEAT_DUPLICATE;
    transaction->indication_frame = facts->frame;
    return MSTURN_REPEAT_NONE;
}

struct msturn_transaction *msturn_track_message(const struct msturn_message_facts *facts, enum msturn_repeat *repeat)
{
    struct msturn_transaction *transaction = find_or_add(facts);

    switch (facts->header->msg_class) {
    case MSTURN_CLASS_REQUEST:
        *repeat = track_request(transaction, facts);
        break;
    case MSTURN_CLASS_INDICATION:
        *repeat = track_indication(transaction, facts);
        break;
    default:
        *repeat = track_response(transaction, facts);
        break;
    }
    return transaction;
}
