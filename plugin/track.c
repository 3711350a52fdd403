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
        wmem_map_insert(transactions, transaction, transaction);
    }
    return transaction;
}

/* A twin follows at once. Where both tables agree it is the same bytes, as a retransmission is: Teams' clients
 * send those after some 300 ms. */
static bool is_twin(const struct msturn_first_message *first, const struct msturn_message_facts *facts)
{
    const nstime_t at_once = NSTIME_INIT_SECS_MSECS(0, 100);
    nstime_t passed;

    if (facts->fingerprint == 0 || facts->digest != first->digest)
        return false;
    if (facts->fingerprint != first->fingerprint)
        return true;
    nstime_delta(&passed, facts->time, &first->time);
    return facts->tables_agree && first->repeats == 1 && nstime_cmp(&passed, &at_once) < 0;
}

static enum msturn_repeat take_message(struct msturn_first_message *first, const struct msturn_message_facts *facts)
{
    if (first->frame != 0) {
        first->repeats++;
        return is_twin(first, facts) ? MSTURN_REPEAT_TWIN : MSTURN_REPEAT_DUPLICATE;
    }
    *first = (struct msturn_first_message){
        .frame = facts->frame, .time = *facts->time, .digest = facts->digest, .fingerprint = facts->fingerprint,
    };
    return MSTURN_REPEAT_NONE;
}

struct msturn_transaction *msturn_track_message(const struct msturn_message_facts *facts, enum msturn_repeat *repeat)
{
    struct msturn_transaction *transaction = find_or_add(facts);

    switch (facts->header->msg_class) {
    case MSTURN_CLASS_REQUEST:
        *repeat = take_message(&transaction->request, facts);
        if (*repeat == MSTURN_REPEAT_NONE)
            transaction->requested_transport = facts->requested_transport;
        break;
    case MSTURN_CLASS_INDICATION:
        *repeat = take_message(&transaction->indication, facts);
        break;
    default:
        *repeat = take_message(&transaction->response, facts);
        break;
    }
    return transaction;
}
