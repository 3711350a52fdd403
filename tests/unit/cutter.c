/* cutter.c
 * Cuts one direction of a connection, segment by segment, as the dissector does on Wireshark's TCP.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cutter.h"

#include "build.h"

/* One call of msturn_stream_next, to be repeated in the second pass. */
struct question {
    uint32_t frame, from, to;
    struct msturn_circumstances at; /* but for framing and at_switch, which are looked up */
    struct msturn_unit answer;
};

struct cutter {
    const GByteArray *bytes;
    uint32_t first;
    uint32_t frame;
    enum msturn_framing other_framing;
    struct msturn_stream stream;
    GPtrArray *memory;
    GArray *units;
    GArray *questions;
    bool known;
    bool waiting; /* for the rest of the unit that begins at `wait_from` */
    uint32_t wait_from;
    uint32_t wait_until; /* 0: not known, one more segment */
};

static void *allocate(void *arena, size_t size)
{
    void *memory = g_malloc0(size);

    g_ptr_array_add(arena, memory);
    return memory;
}

static struct msturn_unit ask(const struct cutter *cutter, const struct question *question)
{
    struct msturn_circumstances at = question->at;
    bool begins_here;

    at.framing =
        msturn_stream_framing_at(&cutter->stream, question->frame, cutter->first + question->from, &begins_here);
    at.at_switch = at.framing == MSTURN_FRAMING_UNDECIDED ? !cutter->stream.started : begins_here;
    struct msturn_bytes bytes =
        exact_bytes(cutter->bytes->data + question->from, question->to - question->from, question->to - question->from);
    const struct msturn_unit unit = msturn_stream_next(bytes, at);
    free_exact_bytes(bytes);
    return unit;
}

static void set_framing(struct cutter *cutter, uint32_t offset, enum msturn_framing framing)
{
    msturn_stream_set_framing(&cutter->stream, cutter->frame, cutter->first + offset, framing, allocate,
                              cutter->memory);
}

/* Is this a ConnectionBind success response in front of a raw copy of the peer's stream? */
static bool unit_binds(const struct cutter *cutter, const struct question *question)
{
    return question->answer.kind == MSTURN_UNIT_MESSAGE && question->answer.framing == MSTURN_FRAMING_PLAIN &&
           msturn_get16(cutter->bytes->data + question->from) == 0x010B;
}

/* One call of the dissector. */
static void dissect(struct cutter *cutter, uint32_t from, uint32_t to)
{
    cutter->waiting = false;
    msturn_stream_arrive(&cutter->stream, cutter->frame, cutter->first + from, allocate, cutter->memory);
    while (from < to) {
        struct question question = {
            .frame = cutter->frame,
            .from = from,
            .to = to,
            .at = { .other_framing = cutter->other_framing, .known = cutter->known, .may_wait = from == 0 }
        };
        const struct msturn_unit unit = question.answer = ask(cutter, &question);
        g_array_append_val(cutter->questions, question);
        if (unit.kind == MSTURN_UNIT_INCOMPLETE) {
            cutter->waiting = true;
            cutter->wait_from = from;
            cutter->wait_until = unit.missing > 0 ? to + unit.missing : 0;
            msturn_stream_consumed(&cutter->stream, cutter->first + from, unit.length);
            return;
        }
        g_assert_cmpint(unit.kind, !=, MSTURN_UNIT_FOREIGN);
        cutter->known = true;
        set_framing(cutter, from, unit.framing);
        const struct cut_unit cut = { from, unit.length, unit.kind, unit.framing };
        g_array_append_val(cutter->units, cut);
        from += unit.length;
        if (unit_binds(cutter, &question))
            set_framing(cutter, from, MSTURN_FRAMING_BOUND);
    }
    msturn_stream_consumed(&cutter->stream, cutter->first + to, 0);
}

/* What tcp_dissect_pdus' host does: it calls with all it waited for and no more, then with the rest. */
static void take_segment(struct cutter *cutter, uint32_t from, uint32_t to)
{
    cutter->frame++;
    while (from < to) {
        if (!cutter->waiting) {
            dissect(cutter, from, to);
            return;
        }
        if (cutter->wait_until > to)
            return;
        const uint32_t until = cutter->wait_until > 0 ? cutter->wait_until : to;
        dissect(cutter, cutter->wait_from, until);
        from = until;
    }
}

/* A revisit parses with the framing of the first pass. By then it is known whose connection it is. */
static void check_second_pass(const struct cutter *cutter)
{
    for (guint i = 0; i < cutter->questions->len; i++) {
        struct question *question = &g_array_index(cutter->questions, struct question, i);
        question->at.known = true;
        const struct msturn_unit again = ask(cutter, question);
        g_assert_cmpint(again.kind, ==, question->answer.kind);
        g_assert_cmpuint(again.length, ==, question->answer.length);
        g_assert_cmpint(again.framing, ==, question->answer.framing);
    }
}

GArray *cut_stream(const GByteArray *stream, const uint32_t *ends, guint end_count, uint32_t first,
                   enum msturn_framing other_framing)
{
    struct cutter cutter = {
        .bytes = stream,
        .first = first,
        .other_framing = other_framing,
        .known = other_framing != MSTURN_FRAMING_UNDECIDED,
        .memory = g_ptr_array_new_with_free_func(g_free),
        .units = g_array_new(FALSE, FALSE, sizeof(struct cut_unit)),
        .questions = g_array_new(FALSE, FALSE, sizeof(struct question)),
    };
    uint32_t from = 0;

    for (guint i = 0; i <= end_count; i++) {
        const uint32_t to = i < end_count ? ends[i] : stream->len;
        take_segment(&cutter, from, to);
        from = to;
    }
    check_second_pass(&cutter);
    g_array_unref(cutter.questions);
    g_ptr_array_unref(cutter.memory);
    return cutter.units;
}
