/* play.c
 * A made-up call that is told to the tracker: its connections, its messages, and the time between them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "play.h"

#include "build.h"
#include "track_check.h"

#include <string.h>
#include <wsutil/crc32.h>

#define NANOSECONDS 1e9
#define FRAME_SECONDS 0.05 /* between two frames */

static struct {
    wmem_allocator_t *scope;
    struct msturn_event now;
    uint32_t streams;
    bool evaluate_always;
} stage;

/* ---- a capture ---- */

static void let_time_pass(double seconds)
{
    stage.now.time += (int64_t)(seconds * NANOSECONDS);
    stage.now.frame++;
    msturn_track_time(stage.now);
}

static void evaluate_if_always(void)
{
    if (stage.evaluate_always)
        msturn_evaluation_free(msturn_evaluate(&msturn_tracker));
}

static GString *play_once(void (*call)(void), void (*check)(const struct msturn_evaluation *), bool evaluate_always)
{
    stage.scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    stage.now = (struct msturn_event){ .time = (int64_t)NANOSECONDS, .frame = 1 };
    stage.streams = 0;
    stage.evaluate_always = evaluate_always;
    msturn_track_begin(stage.scope);
    call();
    struct msturn_evaluation *evaluation = msturn_evaluate(&msturn_tracker);
    check_tracker(evaluation);
    check(evaluation);
    GString *text = describe_tracker(evaluation);
    msturn_evaluation_free(evaluation);
    msturn_track_end();
    wmem_destroy_allocator(stage.scope);
    return text;
}

void play_twice(void (*call)(void), void (*check)(const struct msturn_evaluation *evaluation))
{
    GString *at_the_end = play_once(call, check, false), *always = play_once(call, check, true);

    g_assert_cmpstr(always->str, ==, at_the_end->str);
    g_string_free(always, TRUE);
    g_string_free(at_the_end, TRUE);
}

/* ---- what happens ---- */

void pause_seconds(double seconds)
{
    let_time_pass(seconds);
    evaluate_if_always();
}

/* The sides of a flow are in the order of their addresses. */
static bool comes_first(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    const int host = memcmp(a->address, b->address, sizeof a->address);

    return host != 0 ? host < 0 : a->port < b->port;
}

static uint8_t side_of(const struct msturn_flow *flow, const struct msturn_endpoint *end)
{
    g_assert_true(msturn_endpoint_equal(&flow->ends[0], end) || msturn_endpoint_equal(&flow->ends[1], end));
    return msturn_endpoint_equal(&flow->ends[0], end) ? 0 : 1;
}

struct msturn_flow *tcp_connect(const struct msturn_endpoint *client, const struct msturn_endpoint *server)
{
    const bool in_order = comes_first(client, server);
    /* clang-format off */
    const struct msturn_endpoint ends[2] = { in_order ? *client : *server, in_order ? *server : *client };

    let_time_pass(FRAME_SECONDS);
    struct msturn_flow *flow = msturn_track_new_flow(ends, stage.streams++, stage.now);
    msturn_track_opened(flow, side_of(flow, client));
    msturn_track_syn(flow, stage.now);
    msturn_track_established(flow);
    evaluate_if_always();
    return flow;
}

void tcp_close(struct msturn_flow *flow, const struct msturn_endpoint *closer)
{
    let_time_pass(FRAME_SECONDS);
    msturn_track_ended(flow, side_of(flow, closer), MSTURN_ENDING_FIN, stage.now);
    evaluate_if_always();
}

static uint32_t take_in(struct msturn_flow *flow, const struct msturn_endpoint *sender, GByteArray *bytes, bool framed)
{
    const uint8_t side = side_of(flow, sender);
    struct msturn_message message;

    let_time_pass(FRAME_SECONDS);
    g_assert_true(msturn_read_message(bytes_of(bytes), bytes->len, &message));
    const struct msturn_message_context context = {
        .flow = flow, .side = side, .far = flow->ends[1], .framed = framed, .event = stage.now, .message = &message,
        .digest = crc32_ccitt(bytes->data, bytes->len),
    };
    /* clang-format on */
    struct msturn_message_facts *facts = wmem_new(stage.scope, struct msturn_message_facts);
    *facts = msturn_track_message(&context);
    facts->frame = stage.now.frame;
    msturn_track_kept(facts);
    g_byte_array_unref(bytes);
    evaluate_if_always();
    return stage.now.frame;
}

uint32_t send_message(struct msturn_flow *flow, const struct msturn_endpoint *sender, GByteArray *message)
{
    return take_in(flow, sender, message, false);
}

uint32_t send_framed(struct msturn_flow *flow, const struct msturn_endpoint *sender, GByteArray *message)
{
    return take_in(flow, sender, message, true);
}

/* ---- messages ---- */

GByteArray *turn_message(uint16_t type, uint32_t transaction)
{
    GByteArray *message = message_new(type);
    const uint32_t number = GUINT32_TO_BE(transaction);

    memcpy(message->data + MSTURN_HEADER_LENGTH - sizeof number, &number, sizeof number);
    return message;
}

void add_number(GByteArray *message, uint16_t attribute, uint32_t number)
{
    const uint32_t value = GUINT32_TO_BE(number);

    message_add(message, attribute, &value, sizeof value);
}

/* RFC 8489 section 14.2. */
void add_xor_address(GByteArray *message, uint16_t attribute, const struct msturn_endpoint *endpoint)
{
    const uint8_t *cookie = message->data + 4;
    uint8_t value[8] = { 0, 1, (uint8_t)(endpoint->port >> 8) ^ cookie[0], (uint8_t)endpoint->port ^ cookie[1] };

    for (unsigned i = 0; i < 4; i++)
        value[4 + i] = endpoint->address[i] ^ cookie[i];
    message_add(message, attribute, value, sizeof value);
}

void add_error_code(GByteArray *message, uint16_t code, const void *reason, uint16_t reason_length)
{
    uint8_t value[128] = { 0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100) };

    g_assert_cmpuint(4 + reason_length, <=, sizeof value);
    memcpy(value + 4, reason, reason_length);
    message_add(message, MSTURN_ATTR_ERROR_CODE, value, 4 + reason_length);
}

void add_integrity(GByteArray *message)
{
    static const uint8_t hmac[20];

    message_add(message, MSTURN_ATTR_MESSAGE_INTEGRITY, hmac, sizeof hmac);
}

void add_credentials(GByteArray *message)
{
    message_add(message, MSTURN_ATTR_USERNAME, "user", 4);
    message_add(message, MSTURN_ATTR_REALM, "realm", 5);
    message_add(message, MSTURN_ATTR_NONCE, "nonce", 5);
    add_integrity(message);
}
