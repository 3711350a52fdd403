/* transaction_table.c
 * All transactions, by their flow and id.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every second message has one. In a map of wmem each would have an entry and two headers of the allocator's, half as much again; so
 * they are made in chunks, and a bucket of the table is a list through them, of numbers, which are half as long as pointers.
 */
#include "plugin/track/transaction_table.h"

#include "plugin/track/state.h"

#include <string.h>

enum { CHUNK = 256, FIRST_SIZE = 1024 }; /* transactions or exchanges, buckets */

static const struct msturn_exchange no_exchange;

static struct {
    wmem_allocator_t *scope;
    wmem_array_t *chunks; /* of struct msturn_transaction * */
    uint32_t count;       /* of transactions; they are numbered from 1 on */
    uint32_t *buckets;    /* the number of the first one; 0: none */
    uint32_t size;        /* of the table, a power of two */
    struct msturn_exchange *exchanges;
    uint32_t exchange_count;
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
    table.buckets = wmem_alloc0_array(table.scope, uint32_t, size);
    table.size = size;
}

void msturn_transactions_begin(wmem_allocator_t *file_scope)
{
    table.scope = file_scope;
    table.chunks = wmem_array_new(file_scope, sizeof(struct msturn_transaction *));
    table.count = table.exchange_count = 0;
    make_buckets(FIRST_SIZE);
}

static struct msturn_transaction *transaction_at(uint32_t number)
{
    struct msturn_transaction **chunk =
        (struct msturn_transaction **)wmem_array_index(table.chunks, (number - 1) / CHUNK);

    return *chunk + (number - 1) % CHUNK;
}

static uint32_t *bucket_of(const struct msturn_flow *flow, const uint8_t *id)
{
    const guint hash = msturn_transaction_id_hash(id) ^ g_direct_hash(flow);

    return &table.buckets[hash & (table.size - 1)];
}

struct msturn_transaction *msturn_transaction_find(const struct msturn_flow *flow, const uint8_t *id)
{
    for (uint32_t number = *bucket_of(flow, id); number != 0; number = transaction_at(number)->next_in_bucket) {
        struct msturn_transaction *transaction = transaction_at(number);
        if (transaction->flow == flow && memcmp(transaction->id, id, sizeof transaction->id) == 0)
            return transaction;
    }
    return NULL;
}

static void enter(uint32_t number)
{
    struct msturn_transaction *transaction = transaction_at(number);
    uint32_t *bucket = bucket_of(transaction->flow, transaction->id);

    transaction->next_in_bucket = *bucket;
    *bucket = number;
}

static void grow(void)
{
    wmem_free(table.scope, table.buckets);
    make_buckets(table.size * 2);
    for (uint32_t number = 1; number <= table.count; number++)
        enter(number);
}

struct msturn_transaction *msturn_transaction_add(struct msturn_flow *flow, const uint8_t *id)
{
    if (table.count == table.size)
        grow();
    if (table.count % CHUNK == 0) {
        struct msturn_transaction *chunk = wmem_alloc_array(table.scope, struct msturn_transaction, CHUNK);
        wmem_array_append_one(table.chunks, chunk);
    }
    struct msturn_transaction *transaction = transaction_at(++table.count);

    *transaction = (struct msturn_transaction){ .flow = flow, .exchange = &no_exchange };
    memcpy(transaction->id, id, sizeof transaction->id);
    enter(table.count);
    return transaction;
}

struct msturn_exchange *msturn_exchange_of(struct msturn_transaction *transaction)
{
    if (transaction->exchange == &no_exchange) {
        if (table.exchange_count % CHUNK == 0)
            table.exchanges = wmem_alloc0_array(table.scope, struct msturn_exchange, CHUNK);
        transaction->exchange = &table.exchanges[table.exchange_count++ % CHUNK];
    }
    return (struct msturn_exchange *)transaction->exchange;
}
