/* message_facts.c
 * What the first pass learnt about each message, by its frame, for the passes after it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/message_facts.h"

enum { CHUNK = 1024 }; /* messages; they stay where they are while the list of chunks grows */

static struct {
    wmem_allocator_t *scope;
    wmem_array_t *chunks; /* of struct msturn_message_facts * */
    uint32_t count;       /* of messages */
} kept;

void msturn_message_facts_begin(wmem_allocator_t *file_scope)
{
    kept.scope = file_scope;
    kept.chunks = wmem_array_new(file_scope, sizeof(struct msturn_message_facts *));
    kept.count = 0;
}

static struct msturn_message_facts *at(uint32_t number)
{
    struct msturn_message_facts **chunk = (struct msturn_message_facts **)wmem_array_index(kept.chunks, number / CHUNK);

    return *chunk + number % CHUNK;
}

struct msturn_message_facts *msturn_message_facts_keep(uint32_t frame, struct msturn_message_facts facts)
{
    if (kept.count % CHUNK == 0) {
        struct msturn_message_facts *chunk = wmem_alloc_array(kept.scope, struct msturn_message_facts, CHUNK);
        wmem_array_append_one(kept.chunks, chunk);
    }
    struct msturn_message_facts *place = at(kept.count++);
    *place = facts;
    place->frame = frame;
    return place;
}

uint32_t msturn_message_facts_first(uint32_t frame)
{
    uint32_t low = 0, high = kept.count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (at(middle)->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct msturn_message_facts *msturn_message_facts_at(uint32_t number, uint32_t frame)
{
    if (number >= kept.count)
        return NULL;
    const struct msturn_message_facts *facts = at(number);
    return facts->frame == frame ? facts : NULL;
}
