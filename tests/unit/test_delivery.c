/* test_delivery.c
 * track: what acknowledgements and retransmissions say of a message, and of whatever else was sent.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * "Not delivered" is never said where it could be otherwise.
 */
#include "plugin/track/delivery.h"
#include "plugin/track/track.h"

#include <glib.h>

static const struct msturn_endpoint ends[2] = { { 4, { 10, 0, 0, 1 }, 33347 }, { 4, { 192, 0, 2, 1 }, 3478 } };

enum { CLIENT, SERVER };

#define MILLISECOND 1000000 /* nanoseconds */

/* ---- a connection that is captured ---- */

static struct msturn_event now;
static wmem_allocator_t *scope;

static uint32_t pass_time(int64_t milliseconds)
{
    now.frame++;
    now.time += milliseconds * MILLISECOND;
    msturn_track_time(now);
    return now.frame;
}

/* Both directions are captured. */
static struct msturn_flow *begin(void)
{
    scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    msturn_track_begin(scope);
    now = (struct msturn_event){ .frame = 0, .time = 1000LL * MILLISECOND };
    pass_time(0);
    struct msturn_flow *flow = msturn_track_new_flow(ends, 0, now);
    flow->sent[CLIENT] = flow->sent[SERVER] = true;
    return flow;
}

static void end(void)
{
    msturn_track_end();
    wmem_destroy_allocator(scope);
}

/* After so many milliseconds. */
static uint32_t send_bytes(struct msturn_flow *flow, int64_t wait, uint32_t first, uint32_t after)
{
    pass_time(wait);
    msturn_track_segment(flow, CLIENT, first, after, now);
    return now.frame;
}

static uint32_t acknowledge(struct msturn_flow *flow, int64_t wait, uint32_t number)
{
    pass_time(wait);
    msturn_track_acknowledgement(flow, CLIENT, number, now);
    return now.frame;
}

/* Requests of the client's, each with an end in the last segment. */
static struct msturn_transaction *message_until(struct msturn_flow *flow, uint32_t after)
{
    struct msturn_transaction *transaction = wmem_new0(scope, struct msturn_transaction);

    transaction->flow = flow;
    transaction->side = CLIENT;
    transaction->request.frame = now.frame;
    transaction->request.time = now.time;
    msturn_track_message_end(flow, CLIENT, after, now, &transaction->request);
    return transaction;
}

static struct msturn_transaction *send_message(struct msturn_flow *flow, int64_t wait, uint32_t first, uint32_t after)
{
    send_bytes(flow, wait, first, after);
    return message_until(flow, after);
}

static void assert_delivered(const struct msturn_transaction *transaction, uint32_t frame, uint32_t retransmissions)
{
    const struct msturn_delivery delivery = msturn_request_delivery(transaction);

    g_assert_cmpint(delivery.delivered, ==, MSTURN_DELIVERED);
    g_assert_cmpuint(delivery.acknowledged_in, ==, frame);
    g_assert_cmpuint(delivery.retransmissions, ==, retransmissions);
}

static void assert_not(const struct msturn_transaction *transaction, enum msturn_delivered delivered,
                       uint32_t retransmissions)
{
    const struct msturn_delivery delivery = msturn_request_delivery(transaction);

    g_assert_cmpint(delivery.delivered, ==, delivered);
    g_assert_cmpuint(delivery.acknowledged_in, ==, 0);
    g_assert_cmpuint(delivery.retransmissions, ==, retransmissions);
}

/* ---- acknowledged ---- */

static void test_acknowledged(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *first = send_message(flow, 10, 1000, 1100);
    const struct msturn_transaction *second = message_until(flow, 1060); /* before the first one, in its segment */
    const struct msturn_transaction *third = send_message(flow, 10, 1100, 1200);

    acknowledge(flow, 10, 1000);
    assert_not(second, MSTURN_DELIVERY_UNKNOWN, 0);
    const uint32_t middle = acknowledge(flow, 10, 1060);
    assert_delivered(second, middle, 0);
    assert_not(first, MSTURN_DELIVERY_UNKNOWN, 0);
    const uint32_t last = acknowledge(flow, 10, 1200);
    acknowledge(flow, 10, 1200);
    assert_delivered(first, last, 0);
    assert_delivered(third, last, 0);
    assert_delivered(second, middle, 0);
    end();
}

static void test_numbers_wrap(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *first = send_message(flow, 10, 0xFFFFFF00, 0xFFFFFFF0);
    const struct msturn_transaction *second = send_message(flow, 10, 0xFFFFFFF0, 0x40);

    const uint32_t before = acknowledge(flow, 10, 0xFFFFFFF0);
    assert_delivered(first, before, 0);
    assert_not(second, MSTURN_DELIVERY_UNKNOWN, 0);
    assert_delivered(second, acknowledge(flow, 10, 0x40), 0);
    end();
}

/* The packets of two interfaces are not always recorded in their order. */
static void test_recorded_after_its_acknowledgement(void)
{
    struct msturn_flow *flow = begin();

    acknowledge(flow, 10, 1000);
    const uint32_t frame = acknowledge(flow, 10, 1100);
    const struct msturn_transaction *first = send_message(flow, 10, 1000, 1100);
    assert_delivered(first, frame, 0);
    const struct msturn_delivery data = msturn_data_delivery(flow, CLIENT, now);
    g_assert_cmpint(data.delivered, ==, MSTURN_DELIVERED);
    g_assert_cmpuint(data.acknowledged_in, ==, frame);
    end();
}

static void test_sent_again_and_acknowledged(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *message = send_message(flow, 10, 1000, 1100);

    send_bytes(flow, 200, 1000, 1100);
    send_bytes(flow, 400, 1000, 1100);
    send_bytes(flow, 1, 1000, 1100); /* recorded twice */
    assert_delivered(message, acknowledge(flow, 10, 1100), 2);
    send_bytes(flow, 800, 1000, 1100); /* too late to be one of them */
    g_assert_cmpuint(msturn_request_delivery(message).retransmissions, ==, 2);
    end();
}

/* ---- not delivered ---- */

static void test_never_acknowledged(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *message = send_message(flow, 10, 1000, 1100);
    const struct msturn_event sent = now;

    acknowledge(flow, 0, 1000);
    for (uint32_t count = 1; count <= 5; count++) {
        send_bytes(flow, 200LL << (count - 1), 1000, 1100); /* at 0.2, 0.6, 1.4, 3.0 and 6.2 s */
        assert_not(message, count <= 3 ? MSTURN_DELIVERY_UNKNOWN : MSTURN_UNDELIVERED, count);
    }
    const struct msturn_delivery delivery = msturn_request_delivery(message);
    g_assert_cmpuint(delivery.sent.frame, ==, sent.frame);
    g_assert_cmpuint(delivery.last.frame, ==, now.frame);
    g_assert_cmpint(delivery.last.time - delivery.sent.time, ==, 6200LL * MILLISECOND);
    assert_delivered(message, acknowledge(flow, 10, 1100), 5); /* in the end */
    end();
}

/* A reset ends the wait: half a second is enough then, and less is not. */
static void test_reset(void)
{
    for (unsigned late = 0; late < 2; late++) {
        struct msturn_flow *flow = begin();
        const struct msturn_transaction *message = send_message(flow, 10, 1000, 1100);
        send_bytes(flow, 200, 1000, 1100);
        send_bytes(flow, late ? 400 : 200, 1000, 1100);
        pass_time(10);
        msturn_track_ended(flow, CLIENT, MSTURN_ENDING_RST, now);
        pass_time(60000);
        assert_not(message, late ? MSTURN_UNDELIVERED : MSTURN_DELIVERY_UNKNOWN, 2);
        end();
    }
}

/* TCP repeats only the oldest bytes, and what follows does not arrive either. */
static void test_behind_what_is_repeated(void)
{
    struct msturn_flow *flow = begin();

    send_bytes(flow, 10, 1000, 3000);
    const struct msturn_transaction *message = send_message(flow, 10, 3000, 3100);
    for (unsigned count = 0; count < 4; count++)
        send_bytes(flow, 1000, 1000, 2000);
    assert_not(message, MSTURN_UNDELIVERED, 0);
    const struct msturn_transaction *later = send_message(flow, 10, 3100, 3200);
    pass_time(20000);
    assert_not(later, MSTURN_DELIVERY_UNKNOWN, 0); /* not even the oldest bytes were sent again since */
    end();
}

/* Segments are cut anew when they are sent again: that is one time. */
static void test_cut_anew(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *message = send_message(flow, 10, 1000, 4000);

    send_bytes(flow, 200, 1000, 2460);
    send_bytes(flow, 10, 2460, 3920);
    send_bytes(flow, 10, 3920, 4000);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 1);
    acknowledge(flow, 10, 2460);
    send_bytes(flow, 200, 2460, 3920);
    g_assert_cmpuint(msturn_request_delivery(message).retransmissions, ==, 2);
    end();
}

/* ---- nothing can be said ---- */

static struct msturn_transaction *repeat_in_vain(struct msturn_flow *flow, int64_t wait)
{
    struct msturn_transaction *message = send_message(flow, 10, 1000, 1100);

    for (unsigned count = 0; count < 4; count++)
        send_bytes(flow, wait, 1000, 1100);
    return message;
}

static void test_not_captured(void)
{
    struct msturn_flow *flow = begin();
    flow->sent[SERVER] = false;
    const struct msturn_transaction *message = repeat_in_vain(flow, 2000);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 4);
    flow->sent[SERVER] = true;
    assert_not(message, MSTURN_UNDELIVERED, 4);
    msturn_track_gap(flow, SERVER);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 4);
    g_assert_cmpint(msturn_outstanding(flow, CLIENT).delivered, ==, MSTURN_DELIVERY_UNKNOWN);
    end();
}

/* By a switch that copies, or at two places with a long way between them; and nobody acknowledges before the capture ends. */
static void test_recorded_twice(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *message = repeat_in_vain(flow, 1);
    pass_time(60000);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 0);
    end();
    flow = begin();
    msturn_track_round_trip(flow, 300LL * MILLISECOND);
    message = send_message(flow, 10, 1000, 1100);
    send_bytes(flow, 140, 1000, 1100);
    pass_time(60000);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 0);
    end();
}

static void test_capture_ends(void)
{
    struct msturn_flow *flow = begin();
    const struct msturn_transaction *message = send_message(flow, 10, 1000, 1100);

    pass_time(60000);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 0); /* what TCP did not send again may have been acknowledged */
    send_bytes(flow, 10, 1000, 1100);
    pass_time(100);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 1); /* the acknowledgement may be on its way */
    pass_time(1000);
    assert_not(message, MSTURN_UNDELIVERED, 1);
    end();
}

/* Bytes that were not captured, or late: no retransmission. */
static void test_hole(void)
{
    struct msturn_flow *flow = begin();

    send_bytes(flow, 10, 900, 1000);
    const struct msturn_transaction *message = send_message(flow, 10, 1100, 1200);
    send_bytes(flow, 200, 1000, 1100);
    const struct msturn_transaction *late = message_until(flow, 1100);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 0);
    const uint32_t frame = acknowledge(flow, 10, 1100);
    assert_delivered(late, frame, 0);
    assert_not(message, MSTURN_DELIVERY_UNKNOWN, 0);
    end();
}

/* ---- media ---- */

static void test_media(void)
{
    struct msturn_flow *flow = begin();

    g_assert_cmpint(msturn_data_delivery(flow, CLIENT, now).delivered, ==, MSTURN_DELIVERY_UNKNOWN);
    g_assert_cmpint(msturn_outstanding(flow, CLIENT).delivered, ==, MSTURN_DELIVERY_UNKNOWN);
    send_bytes(flow, 20, 1000, 2000);
    const struct msturn_event first = now;
    send_bytes(flow, 20, 2000, 3000);
    const struct msturn_event second = now;
    const uint32_t frame = acknowledge(flow, 20, 2000);
    send_bytes(flow, 20, 3000, 4000);
    const struct msturn_event third = now;
    for (unsigned count = 0; count < 5; count++)
        send_bytes(flow, 1000LL << count, 2000, 3000);
    const struct msturn_delivery delivered = msturn_data_delivery(flow, CLIENT, first);
    g_assert_cmpint(delivered.delivered, ==, MSTURN_DELIVERED);
    g_assert_cmpuint(delivered.acknowledged_in, ==, frame);
    const struct msturn_delivery lost = msturn_data_delivery(flow, CLIENT, third);
    g_assert_cmpint(lost.delivered, ==, MSTURN_UNDELIVERED);
    g_assert_cmpuint(lost.sent.frame, ==, second.frame);
    g_assert_cmpuint(lost.retransmissions, ==, 5);
    const struct msturn_delivery stalled = msturn_outstanding(flow, CLIENT);
    g_assert_cmpint(stalled.delivered, ==, MSTURN_UNDELIVERED);
    g_assert_cmpuint(stalled.sent.frame, ==, second.frame);
    g_assert_cmpuint(stalled.last.frame, ==, now.frame);
    g_assert_cmpuint(stalled.retransmissions, ==, 5);
    acknowledge(flow, 10, 4000);
    g_assert_cmpint(msturn_outstanding(flow, CLIENT).delivered, ==, MSTURN_DELIVERY_UNKNOWN);
    g_assert_cmpint(msturn_data_delivery(flow, CLIENT, third).delivered, ==, MSTURN_DELIVERED);
    end();
}

/* Of a side whose acknowledgements are not captured little is kept, and what is kept is right. */
static void test_many(void)
{
    struct msturn_flow *flow = begin();
    struct msturn_transaction *messages[1000];

    for (uint32_t i = 0; i < G_N_ELEMENTS(messages); i++)
        messages[i] = send_message(flow, 10, 1000 + 100 * i, 1100 + 100 * i);
    const struct msturn_event last = now;
    g_assert_cmpint(msturn_data_delivery(flow, CLIENT, last).delivered, ==, MSTURN_DELIVERY_UNKNOWN);
    acknowledge(flow, 10, 1000 + 100 * 500);
    g_assert_cmpint(msturn_data_delivery(flow, CLIENT, last).delivered, ==, MSTURN_DELIVERY_UNKNOWN);
    const uint32_t frame = acknowledge(flow, 10, 1000 + 100 * G_N_ELEMENTS(messages));
    g_assert_cmpuint(messages[0]->request.acknowledged, ==, frame - 1);
    g_assert_cmpuint(messages[999]->request.acknowledged, ==, 0); /* one of those that were not kept */
    g_assert_cmpint(msturn_data_delivery(flow, CLIENT, last).delivered, ==, MSTURN_DELIVERED);
    assert_delivered(send_message(flow, 10, 101000, 101100), acknowledge(flow, 10, 101100), 0);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", TRUE); /* AddressSanitizer sees the end of each block */
    wmem_init();
    g_test_add_func("/delivery/acknowledged", test_acknowledged);
    g_test_add_func("/delivery/numbers_wrap", test_numbers_wrap);
    g_test_add_func("/delivery/recorded_after_its_acknowledgement", test_recorded_after_its_acknowledgement);
    g_test_add_func("/delivery/sent_again_and_acknowledged", test_sent_again_and_acknowledged);
    g_test_add_func("/delivery/never_acknowledged", test_never_acknowledged);
    g_test_add_func("/delivery/reset", test_reset);
    g_test_add_func("/delivery/behind_what_is_repeated", test_behind_what_is_repeated);
    g_test_add_func("/delivery/cut_anew", test_cut_anew);
    g_test_add_func("/delivery/not_captured", test_not_captured);
    g_test_add_func("/delivery/recorded_twice", test_recorded_twice);
    g_test_add_func("/delivery/capture_ends", test_capture_ends);
    g_test_add_func("/delivery/hole", test_hole);
    g_test_add_func("/delivery/media", test_media);
    g_test_add_func("/delivery/many", test_many);
    const int result = g_test_run();
    wmem_cleanup();
    return result;
}
