/* stream_state.c
 * What is remembered of one direction of a TCP connection: which framing from which stream offset on.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/stream.h"

#include <string.h>

struct msturn_framing_change {
    uint32_t frame;
    uint32_t offset;
    enum msturn_framing framing;
};

/* After so many bytes a change is noted again, so that a difference of offsets keeps its sign. */
#define REFRESH_AFTER UINT32_C(0x40000000)

static bool at_or_after(uint32_t offset, uint32_t reference)
{
    return (int32_t)(offset - reference) >= 0;
}

/* How many changes were known in `frame`. */
static uint32_t changes_known_in(const struct msturn_stream *stream, uint32_t frame)
{
    uint32_t low = 0, high = stream->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (stream->changes[middle].frame <= frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct msturn_framing_change *change_at(const struct msturn_stream *stream, uint32_t frame,
                                                     uint32_t offset)
{
    for (uint32_t i = changes_known_in(stream, frame); i > 0; i--) {
        if (at_or_after(offset, stream->changes[i - 1].offset))
            return &stream->changes[i - 1];
    }
    return NULL;
}

enum msturn_framing msturn_stream_framing_at(const struct msturn_stream *stream, uint32_t frame, uint32_t offset,
                                             bool *begins_here)
{
    const struct msturn_framing_change *change = change_at(stream, frame, offset);

    const struct msturn_framing_change *before = change_at(stream, frame, offset - 1);

    /* A change that only was noted again is no beginning. */
    *begins_here = change && change->offset == offset && (!before || before->framing != change->framing);
    return change ? change->framing : MSTURN_FRAMING_UNDECIDED;
}

enum msturn_framing msturn_stream_first_framing(const struct msturn_stream *stream, uint32_t frame)
{
    return changes_known_in(stream, frame) > 0 ? stream->changes[0].framing : MSTURN_FRAMING_UNDECIDED;
}

enum msturn_framing msturn_stream_latest_framing(const struct msturn_stream *stream, uint32_t frame)
{
    const uint32_t known = changes_known_in(stream, frame);

    return known > 0 ? stream->changes[known - 1].framing : MSTURN_FRAMING_UNDECIDED;
}

/* Late or repeated bytes tell nothing about what came after them: the list stays sorted by offset. At the
 * place of the last change only a better answer counts, and BOUND is none. */
static bool is_news(const struct msturn_framing_change *last, uint32_t offset, enum msturn_framing framing)
{
    if (offset == last->offset)
        return framing != MSTURN_FRAMING_BOUND;
    return at_or_after(offset, last->offset);
}

void msturn_stream_set_framing(struct msturn_stream *stream, uint32_t frame, uint32_t offset,
                               enum msturn_framing framing, msturn_alloc_fn alloc, void *arena)
{
    const struct msturn_framing_change *now = change_at(stream, frame, offset);

    if (now && now->framing == framing && offset - now->offset < REFRESH_AFTER)
        return;
    if (stream->count > 0 && !is_news(&stream->changes[stream->count - 1], offset, framing))
        return;
    if (stream->count == stream->capacity) {
        const uint32_t capacity = stream->capacity ? stream->capacity * 2 : 2;
        struct msturn_framing_change *grown = alloc(arena, capacity * sizeof *grown);
        if (stream->count > 0)
            memcpy(grown, stream->changes, stream->count * sizeof *grown);
        stream->changes = grown;
        stream->capacity = capacity;
    }
    stream->changes[stream->count++] = (struct msturn_framing_change){ frame, offset, framing };
}

enum msturn_framing msturn_framing_when_lost(enum msturn_framing framing)
{
    switch (framing) {
    case MSTURN_FRAMING_PLAIN:
    case MSTURN_FRAMING_PLAIN_UNPADDED:
        return MSTURN_FRAMING_PLAIN_LOST;
    case MSTURN_FRAMING_RFC4571:
        return MSTURN_FRAMING_RFC4571_LOST;
    case MSTURN_FRAMING_PSEUDO_TLS:
    case MSTURN_FRAMING_MS_FRAME:
        return MSTURN_FRAMING_MS_FRAME_LOST;
    case MSTURN_FRAMING_PREAMBLE:
        return MSTURN_FRAMING_UNDECIDED;
    default:
        return framing; /* each message of it is recognised by itself */
    }
}

bool msturn_stream_arrive(struct msturn_stream *stream, uint32_t frame, uint32_t offset, msturn_alloc_fn alloc,
                          void *arena)
{
    if (!stream->arrived) {
        stream->arrived = true;
        stream->first_offset = offset;
    }
    const bool gap = stream->started && offset != stream->next_offset && at_or_after(offset, stream->next_offset);
    const bool at_unit_end = stream->unit_open && offset == stream->unit_end;
    bool begins_here;

    if (gap && !at_unit_end) {
        const enum msturn_framing framing = msturn_stream_framing_at(stream, frame, offset, &begins_here);
        const enum msturn_framing lost = msturn_framing_when_lost(framing);
        if (lost != framing)
            msturn_stream_set_framing(stream, frame, offset, lost, alloc, arena);
    }
    return gap;
}

void msturn_stream_consumed(struct msturn_stream *stream, uint32_t offset, uint32_t open_length)
{
    if (stream->started && !at_or_after(offset, stream->next_offset))
        return;
    stream->started = true;
    stream->next_offset = offset;
    stream->unit_open = open_length > 0;
    stream->unit_end = offset + open_length;
}
