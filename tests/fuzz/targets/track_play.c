/* track_play.c
 * Plays a call that a fuzzer made up to the tracker: flows, messages, packets, and what TCP says.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "track_play.h"

#include "plugin/track/delivery.h"
#include "plugin/track/transaction.h"
#include "plugin/verdict/evaluation.h"

#include "build.h"
#include "track_messages.h"

#include <string.h>
#include <wsutil/crc32.h>

enum { FLOW_LIMIT = 10, STEP_LIMIT = 300 };

struct stage {
    wmem_allocator_t *scope;
    struct input input;
    struct msturn_event now;
    struct msturn_flow *flows[FLOW_LIMIT];
    unsigned flow_count;
    uint32_t sequence[2]; /* of the next byte of each side, on whatever flow */
    GArray *nominated;    /* uint32_t */
};

/* ---- time ---- */

/* Several things may happen in a frame; frames of two interfaces need not be in the order of their times. */
static void let_time_pass(struct stage *stage)
{
    static const int64_t milliseconds[] = { 0,    1,     20,    50,    150,    500,    1000,
                                            3500, 11000, 31000, 61000, 301000, 601000, -400 };
    const uint32_t choice = input_below(&stage->input, G_N_ELEMENTS(milliseconds) + 2);

    if (choice >= G_N_ELEMENTS(milliseconds))
        return;
    msturn_track_time(stage->now);
    stage->now.frame++;
    stage->now.time += milliseconds[choice] * 1000000;
}

/* ---- flows ---- */

static void add_flow(struct stage *stage)
{
    const uint32_t a = input_below(&stage->input, ENDPOINT_COUNT), b = input_below(&stage->input, ENDPOINT_COUNT);
    const struct msturn_endpoint ends[2] = { *known_endpoint(MIN(a, b)), *known_endpoint(MAX(a, b)) };
    struct msturn_flow *flow;

    switch (input_below(&stage->input, 4)) {
    case 0:
        flow = msturn_track_udp_flow(ends, stage->now);
        break;
    case 1:
        flow = msturn_track_udp_client(known_endpoint(a), known_endpoint(b), stage->now);
        break;
    default:
        flow = msturn_track_new_flow(ends, stage->flow_count, stage->now);
        break;
    }
    if (stage->flow_count < FLOW_LIMIT)
        stage->flows[stage->flow_count++] = flow;
}

static struct msturn_flow *choose_flow(struct stage *stage)
{
    if (stage->flow_count == 0)
        add_flow(stage);
    return stage->flows[input_below(&stage->input, stage->flow_count)];
}

/* ---- messages ---- */

/* What a message is in, as the dissector finds it. */
static struct msturn_leg *choose_leg(struct stage *stage, struct msturn_flow *flow, uint8_t side)
{
    const uint8_t session_id[8] = { (uint8_t)input_below(&stage->input, 3) };

    switch (input_below(&stage->input, 12)) {
    case 0:
        return msturn_track_wrapped_leg(flow, known_endpoint(input_byte(&stage->input)));
    case 1:
        return msturn_track_channel_leg(flow, (uint16_t)(0x4000 + input_below(&stage->input, 2)), stage->now);
    case 2:
        msturn_track_multiplexed(session_id, stage->now.frame);
        return msturn_track_multiplexed_leg(flow, session_id);
    case 3:
        return msturn_track_active_leg(flow, side, stage->now);
    default:
        return NULL;
    }
}

static void check_facts(const struct msturn_message_facts *facts, const struct msturn_message_context *context)
{
    const struct msturn_transaction *transaction = facts->transaction;
    const bool answers = context->message->header.msg_class >= MSTURN_CLASS_SUCCESS;
    const struct msturn_first_message *half = answers ? &transaction->exchange->response : &transaction->request;

    g_assert_true(transaction->flow == context->flow);
    g_assert_cmpmem(transaction->id, sizeof transaction->id, context->message->header.transaction_id,
                    MSTURN_TRANSACTION_ID_LENGTH);
    g_assert_cmpuint(half->frame, >, 0);
    g_assert_cmpuint(half->frame, <=, context->event.frame);
    g_assert_true(facts->repeat != MSTURN_REPEAT_NONE || half->frame == context->event.frame);
    for (const struct msturn_problem *problem = msturn_found_problems_of(facts); problem;
         problem = problem->next_of_owner) {
        g_assert_cmpuint(problem->frame, ==, context->event.frame);
        g_assert_true(problem->transaction == transaction);
    }
}

/* What TCP says of the bytes of a message: they were sent for the first time or again, acknowledged in part or before they were sent,
 * or none of that. `message`: NULL if it came before. */
static void play_tcp(struct stage *stage, struct msturn_flow *flow, uint8_t side, unsigned choice,
                     struct msturn_first_message *message)
{
    enum { SEGMENT = 100, MANY = 70 };
    const uint32_t begin = stage->sequence[side], end = begin + SEGMENT;
    const uint32_t acknowledged[] = { begin - SEGMENT, begin, end, begin - SEGMENT / 2 };
    static const unsigned segments[] = { 0, 1, 1, 0, 0, 0, MANY, 1 };

    for (unsigned i = 0; i < segments[choice]; i++)
        msturn_track_segment(flow, side, begin + i * SEGMENT, end + i * SEGMENT, stage->now);
    if (choice == 3)
        msturn_track_segment(flow, side, begin - SEGMENT, begin, stage->now);
    if (choice == 4 || choice == 5)
        msturn_track_acknowledgement(flow, side, acknowledged[stage->now.frame % G_N_ELEMENTS(acknowledged)],
                                     stage->now);
    if (message && choice != 7)
        msturn_track_message_end(flow, side, choice == 5 ? begin - SEGMENT / 2 : end, stage->now, message);
    stage->sequence[side] += segments[choice] * SEGMENT;
}

/* The bytes are gone afterwards: the tracker keeps copies. Returns the message as it is kept, NULL: it came before. */
static struct msturn_first_message *track_bytes(struct stage *stage, struct msturn_bytes message,
                                                struct msturn_message_context context)
{
    struct msturn_message read;

    g_assert_true(msturn_read_message(message, message.reported, &read));
    context.message = &read;
    context.event = stage->now;
    context.digest = crc32_ccitt(message.data, message.captured);
    struct msturn_message_facts *facts = wmem_new(stage->scope, struct msturn_message_facts);
    *facts = msturn_track_message(&context);
    facts->frame = stage->now.frame;
    msturn_track_kept(facts);
    check_facts(facts, &context);
    return facts->repeat == MSTURN_REPEAT_NONE ? msturn_transaction_message(facts->transaction, &read.header) : NULL;
}

static void note_nominated(struct stage *stage)
{
    g_array_set_size(stage->nominated, 0);
    for (const struct msturn_pair *pair = msturn_pairs(); pair; pair = pair->next) {
        if (pair->legs && msturn_pair_is_nominated_so_far(pair))
            g_array_append_val(stage->nominated, pair->id);
    }
}

static void play_message(struct stage *stage)
{
    struct msturn_flow *flow = choose_flow(stage);
    const uint8_t how = input_byte(&stage->input);
    const uint8_t side = how & 1;
    struct msturn_message_context context = {
        .flow = flow, .side = side, .far = flow->ends[1], .framed = (how & 6) == 6, .leg = choose_leg(stage, flow, side)
    };
    GByteArray *message = new_call_message(&stage->input);
    const bool cut = (how & 24) == 0;
    const uint32_t captured = cut ? MAX(MSTURN_HEADER_LENGTH, message->len * 3 / 4) : message->len;
    const struct msturn_bytes bytes = exact_bytes(message->data, captured, message->len);

    struct msturn_first_message *kept = track_bytes(stage, bytes, context);
    if (flow->transport == MSTURN_TCP && how >> 5 != 0)
        play_tcp(stage, flow, side, how >> 5, kept);
    free_exact_bytes(bytes);
    g_byte_array_unref(message);
    note_nominated(stage);
}

/* ---- other events ---- */

enum event {
    EVENT_OPENED,
    EVENT_ESTABLISHED,
    EVENT_FIN,
    EVENT_RST,
    EVENT_GAP,
    EVENT_DATA,
    EVENT_MEDIA,
    EVENT_HELLO,
    EVENT_EXPECTS,
    EVENT_PROBLEM,
    EVENT_COUNT
};

static void play_event(struct stage *stage)
{
    struct msturn_flow *flow = choose_flow(stage);
    const uint8_t side = (uint8_t)input_below(&stage->input, 2);

    switch ((enum event)input_below(&stage->input, EVENT_COUNT)) {
    case EVENT_OPENED:
        msturn_track_opened(flow, side);
        break;
    case EVENT_ESTABLISHED:
        msturn_track_established(flow);
        break;
    case EVENT_FIN:
        msturn_track_ended(flow, side, MSTURN_ENDING_FIN, stage->now);
        break;
    case EVENT_RST:
        msturn_track_ended(flow, side, MSTURN_ENDING_RST, stage->now);
        break;
    case EVENT_GAP:
        msturn_track_gap(flow, side);
        break;
    case EVENT_DATA:
        msturn_track_data(flow, side, stage->now);
        break;
    case EVENT_MEDIA:
        msturn_track_media(flow, choose_leg(stage, flow, side), side, 100, stage->now);
        break;
    case EVENT_HELLO:
        msturn_track_hello(flow, side, stage->now);
        break;
    case EVENT_EXPECTS:
        msturn_track_expects(&flow->ends[0], &flow->ends[1]);
        break;
    default:
        msturn_track_message_problem(MSTURN_FINDING_CUT, NULL, stage->now.frame);
        break;
    }
}

GArray *play_call(wmem_allocator_t *scope, struct input input, bool evaluate_all)
{
    struct stage stage = { .scope = scope,
                           .input = input,
                           .now = { .time = 1000000000, .frame = 1 },
                           .sequence = { UINT32_MAX - 500, INT32_MAX - 500 },
                           .nominated = g_array_new(FALSE, FALSE, sizeof(uint32_t)) };

    for (unsigned step = 0; step < STEP_LIMIT && !input_is_empty(&stage.input); step++) {
        const uint32_t choice = input_below(&stage.input, 8);
        let_time_pass(&stage);
        if (choice == 0)
            add_flow(&stage);
        else if (choice <= 2)
            play_event(&stage);
        else
            play_message(&stage);
        if (evaluate_all) {
            msturn_track_time(stage.now);
            msturn_evaluation_free(msturn_evaluate(&msturn_tracker));
        }
    }
    msturn_track_time(stage.now);
    return stage.nominated;
}
