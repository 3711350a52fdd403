/* arrivals.c
 * Cuts one direction of a connection as the dissector does, from whatever TCP hands on: holes, late and repeated bytes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "arrivals.h"

#include "build.h"

/* One call of msturn_stream_next, to be repeated in the second pass. */
struct question {
    uint32_t frame, from, to;
    struct msturn_circumstances at; /* but for framing and at_switch, which are looked up */
    struct msturn_unit answer;
};

struct cutting {
    const GByteArray *bytes;
    uint32_t first;
    uint32_t frame;
    enum msturn_framing other;
    struct msturn_stream stream;
    GPtrArray *memory;
    GArray *units;
    GArray *questions;
    bool known;
    bool foreign; /* nobody asks msturn any more */
    bool waiting; /* for the rest of the unit that begins at `wait_from` */
    uint32_t wait_from;
    uint32_t wait_until; /* 0: not known, one more segment */
    uint32_t have;       /* up to here the unit has arrived */
};

void check_unit(struct msturn_bytes bytes, struct msturn_circumstances at, struct msturn_unit unit)
{
    switch (unit.kind) {
    case MSTURN_UNIT_FOREIGN:
        g_assert_false(at.known);
        g_assert_cmpint(at.framing, ==, MSTURN_FRAMING_UNDECIDED);
        break;
    case MSTURN_UNIT_INCOMPLETE:
        if (unit.missing > 0)
            g_assert_cmpuint(unit.length, ==, bytes.reported + unit.missing);
        else if (unit.begun != MSTURN_UNIT_CHANNEL_DATA) /* which may have no padding: what follows decides */
            g_assert_cmpuint(unit.length, ==, 0);
        break;
    default:
        g_assert_cmpint(unit.begun, ==, unit.kind);
        g_assert_cmpuint(unit.length, >, 0);
        g_assert_cmpuint(unit.length, <=, bytes.reported);
        g_assert_true(!unit.lost || unit.kind == MSTURN_UNIT_OPAQUE);
        break;
    }
}

static void *allocate(void *arena, size_t size)
{
    void *memory = g_malloc0(size);

    g_ptr_array_add(arena, memory);
    return memory;
}

static struct msturn_unit ask(const struct cutting *cutting, const struct question *question)
{
    struct msturn_circumstances at = question->at;
    const uint32_t offset = cutting->first + question->from;
    const uint32_t length = question->to - question->from;
    bool begins_here;

    at.framing = msturn_stream_framing_at(&cutting->stream, question->frame, offset, &begins_here);
    at.at_switch = begins_here || (at.framing == MSTURN_FRAMING_UNDECIDED && offset == cutting->stream.first_offset);
    const struct msturn_bytes bytes = exact_bytes(cutting->bytes->data + question->from, length, length);
    const struct msturn_unit unit = msturn_stream_next(bytes, at);
    check_unit(bytes, at, unit);
    free_exact_bytes(bytes);
    return unit;
}

static void set_framing(struct cutting *cutting, uint32_t offset, enum msturn_framing framing)
{
    msturn_stream_set_framing(&cutting->stream, cutting->frame, cutting->first + offset, framing, allocate,
                              cutting->memory);
}

static void wait_for_more(struct cutting *cutting, uint32_t from, uint32_t to, const struct msturn_unit *unit)
{
    cutting->waiting = true;
    cutting->wait_from = from;
    cutting->wait_until = unit->missing > 0 ? to + unit->missing : 0;
    cutting->have = to;
    msturn_stream_consumed(&cutting->stream, cutting->first + from, unit->length);
}

/* What the unit says of the bytes behind it; a ConnectionBind success response is in front of a copy of the peer's stream. */
static void take_unit(struct cutting *cutting, uint32_t from, const struct msturn_unit *unit)
{
    const struct found_unit found = { from, unit->length, unit->kind, unit->framing };
    const bool binds = unit->kind == MSTURN_UNIT_MESSAGE && msturn_get16(cutting->bytes->data + from) == 0x010B;

    cutting->known = true;
    g_array_append_val(cutting->units, found);
    set_framing(cutting, from, unit->framing);
    if (binds)
        set_framing(cutting, from + unit->length, MSTURN_FRAMING_BOUND);
    if (unit->next_framing != unit->framing)
        set_framing(cutting, from + unit->length, unit->next_framing);
}

/* One call of the dissector. */
static void dissect(struct cutting *cutting, uint32_t from, uint32_t to)
{
    cutting->waiting = false;
    msturn_stream_arrive(&cutting->stream, cutting->frame, cutting->first + from, allocate, cutting->memory);
    while (from < to) {
        struct question question = { .frame = cutting->frame,
                                     .from = from,
                                     .to = to,
                                     .at = {
                                         .other_framing = cutting->other, .known = cutting->known, .may_wait = true } };
        question.answer = ask(cutting, &question);
        g_array_append_val(cutting->questions, question);
        if (question.answer.kind == MSTURN_UNIT_INCOMPLETE) {
            wait_for_more(cutting, from, to, &question.answer);
            return;
        }
        cutting->foreign = question.answer.kind == MSTURN_UNIT_FOREIGN;
        if (cutting->foreign)
            return;
        take_unit(cutting, from, &question.answer);
        from += question.answer.length;
    }
    msturn_stream_consumed(&cutting->stream, cutting->first + to, 0);
}

/* TCP calls with all that was waited for and no more, then with the rest of the segment. Behind a hole it keeps what belongs
 * to a unit that it waits for, and calls with what comes behind the unit. */
static void take_arrival(struct cutting *cutting, uint32_t from, uint32_t to)
{
    cutting->frame++;
    while (from < to && !cutting->foreign) {
        if (cutting->waiting && from == cutting->have) {
            const uint32_t until = cutting->wait_until > 0 ? cutting->wait_until : to;
            cutting->have = MIN(until, to);
            if (until > to)
                return;
            dissect(cutting, cutting->wait_from, until);
            from = until;
        } else if (cutting->waiting && from > cutting->have && from < cutting->wait_until) {
            from = MIN(cutting->wait_until, to);
        } else {
            dissect(cutting, from, to);
            return;
        }
    }
}

/* A revisit parses with the framing of the first pass. By then it is known whose connection it is. */
static void check_second_pass(const struct cutting *cutting)
{
    for (guint i = 0; i < cutting->questions->len; i++) {
        struct question *question = &g_array_index(cutting->questions, struct question, i);
        if (question->answer.kind == MSTURN_UNIT_FOREIGN || question->answer.kind == MSTURN_UNIT_INCOMPLETE)
            continue; /* nothing was said of them */
        question->at.known = true;
        const struct msturn_unit again = ask(cutting, question);
        g_assert_cmpint(again.kind, ==, question->answer.kind);
        g_assert_cmpuint(again.length, ==, question->answer.length);
        g_assert_cmpint(again.framing, ==, question->answer.framing);
    }
}

GArray *cut_arrivals(const GByteArray *stream, const GArray *arrivals, uint32_t first, enum msturn_framing other)
{
    struct cutting cutting = {
        .bytes = stream,
        .first = first,
        .other = other,
        .known = other != MSTURN_FRAMING_UNDECIDED,
        .memory = g_ptr_array_new_with_free_func(g_free),
        .units = g_array_new(FALSE, FALSE, sizeof(struct found_unit)),
        .questions = g_array_new(FALSE, FALSE, sizeof(struct question)),
    };

    for (guint i = 0; i < arrivals->len; i++) {
        const struct arrival *arrival = &g_array_index(arrivals, struct arrival, i);
        take_arrival(&cutting, arrival->from, arrival->to);
    }
    check_second_pass(&cutting);
    g_array_unref(cutting.questions);
    g_ptr_array_unref(cutting.memory);
    return cutting.units;
}
