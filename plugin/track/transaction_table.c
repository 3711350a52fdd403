/* transaction_table.c
 * All transactions, by their flow and id.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every second message has one. In a map of wmem each would have an entry and two headers of the allocator's, half as much again; so
 * they are made in chunks, and a bucket of the table is a list through them.
 */
#include "plugin/track/transaction_table.h"

#include "plugin/track/state.h"

#include <string.h>

enum { CHUNK = 256, FIRST_SIZE = 1024 }; /* transactions, buckets */

static struct {
    wmem_allocator_t *scope;
    struct msturn_transaction **buckets;
    uint32_t size;  /* of the table, a power of two */
    uint32_t count; /* of transactions */
    struct msturn_transaction *chunk;
} table;

guint msturn_transaction_id_hash(gconstpointer id)
{
    return msturn_hash_words(id, MSTURN_TRANSACTION_ID_LENGTH / sizeof(uint32_t));
}

gboolean msturn_transaction_id_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, MSTURN_TRANSACTION_ID_LENGTH) == 0;
}

static void make_buckets(uint32_t size)
{
    table.buckets = wmem_alloc0_array(table.scope, struct msturn_transaction *, size);
    table.size = size;
}

void msturn_transactions_begin(wmem_allocator_t *file_scope)
{
    table.scope = file_scope;
    table.count = 0;
    make_buckets(FIRST_SIZE);
}

static struct msturn_transaction **bucket_of(const struct msturn_flow *flow, const uint8_t *id)
{
    const guint hash = msturn_transaction_id_hash(id) ^ g_direct_hash(flow);

    return &table.buckets[hash & (table.size - 1)];
}

struct msturn_transaction *msturn_transaction_find(const struct msturn_flow *flow, const uint8_t *id)
{
    struct msturn_transaction *found = *bucket_of(flow, id);

    while (found && (found->flow != flow || memcmp(found->id, id, sizeof found->id) != 0))
        found = found->next_in_bucket;
    return found;
}

static void enter(struct msturn_transaction *transaction)
{
    struct msturn_transaction **bucket = bucket_of(transaction->flow, transaction->id);

    transaction->next_in_bucket = *bucket;
    *bucket = transaction;
}

static void grow(void)
{
    struct msturn_transaction **old = table.buckets, *next;
    const uint32_t old_size = table.size;

    make_buckets(old_size * 2);
    for (uint32_t i = 0; i < old_size; i++) {
        for (struct msturn_transaction *transaction = old[i]; transaction; transaction = next) {
            next = transaction->next_in_bucket;
            enter(transaction);
        }
    }
    wmem_free(table.scope, (void *)old);
}

struct msturn_transaction *msturn_transaction_add(struct msturn_flow *flow, const uint8_t *id)
{
    if (table.count == table.size)
        grow();
    if (table.count % CHUNK == 0)
        table.chunk = wmem_alloc_array(table.scope, struct msturn_transaction, CHUNK);
    struct msturn_transaction *transaction = &table.chunk[table.count++ % CHUNK];

    *transaction = (struct msturn_transaction){ .flow = flow };
    memcpy(transaction->id, id, sizeof transaction->id);
    enter(transaction);
    return transaction;
}
