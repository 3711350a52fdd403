/* test_offers.c
 * track: session descriptions, from packets and from a log.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/password.h"
#include "plugin/track/signalling_log.h"
#include "plugin/track/track.h"

#include <string.h>

static const struct msturn_endpoint edge = { 4, { 192, 168, 1, 252 }, 50601 }, cms = { 4, { 10, 48, 54, 230 }, 5060 };

#define OFFER \
    "v=0\r\no=- 0 0 IN IP4 192.168.1.252\r\nc=IN IP4 192.168.1.252\r\na=ice-ufrag:SfB9\r\n" \
    "a=ice-pwd:SkypeEdgeIcePassword/1\r\nm=audio 0 RTP/AVP 0\r\nm=applicationsharing 53577 TCP/RTP/SAVP 127\r\n" \
    "a=candidate:1 1 TCP-PASS 1 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417\r\n" \
    "a=candidate:2 1 UDP 1 192.168.1.252 53578 typ relay\r\n"
#define ANSWER \
    "v=0\r\no=cms 1 1 IN IP4 10.48.54.230\r\nm=applicationsharing 24000 TCP/RTP/SAVP 127\r\nc=IN IP4 " \
    "192.168.1.229\r\n" \
    "a=ice-ufrag:cMS1\r\na=ice-pwd:MeetingServerIcePwd/01\r\na=setup:passive\r\n"

static wmem_allocator_t *scope;

static void begin(void)
{
    scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    msturn_track_begin(scope);
}

static void end(void)
{
    msturn_track_end();
    wmem_destroy_allocator(scope);
}

static void tell(const char *text, bool from_edge, uint32_t frame, double seconds)
{
    const struct msturn_bytes bytes = { (const uint8_t *)text, (uint32_t)strlen(text), (uint32_t)strlen(text) };
    const struct msturn_event event = { .time = 1000000000 + (int64_t)(seconds * 1e9), .frame = frame };

    msturn_track_description(bytes, (struct msturn_bytes){ NULL, 0, 0 }, from_edge ? &edge : &cms,
                             from_edge ? &cms : &edge, event);
}

static uint32_t tell_log(const char *text)
{
    char *copy = g_strdup(text);
    const uint32_t count = msturn_track_log((uint8_t *)copy, strlen(copy));

    g_free(copy);
    return count;
}

static void assert_offer(const struct msturn_description *offer)
{
    const struct msturn_media *refused = offer->media, *sharing = refused->next;

    g_assert_cmpstr(offer->origin, ==, "- 0 0 IN IP4 192.168.1.252");
    g_assert_cmpstr(offer->ufrag, ==, "SfB9");
    g_assert_cmpstr(refused->name, ==, "audio");
    g_assert_cmpuint(refused->port, ==, 0);
    g_assert_cmpstr(sharing->name, ==, "applicationsharing");
    g_assert_cmpstr(sharing->protocol, ==, "TCP/RTP/SAVP");
    g_assert_cmpuint(sharing->candidates, ==, 2);
    g_assert_cmpuint(sharing->tcp_candidates, ==, 1);
    g_assert_cmpuint(sharing->at.port, ==, 53577);
    g_assert_cmpmem(sharing->at.address, 4, edge.address, 4);
    g_assert_null(sharing->next);
}

static void assert_answer(const struct msturn_description *answer)
{
    static const struct msturn_endpoint at = { 4, { 192, 168, 1, 229 }, 24000 };

    g_assert_null(answer->ufrag);
    g_assert_cmpstr(answer->media->ufrag, ==, "cMS1");
    g_assert_cmpstr(answer->media->setup, ==, "passive");
    g_assert_true(msturn_endpoint_equal(&answer->media->at, &at));
}

static void test_offer_and_answer(void)
{
    begin();
    tell(OFFER, true, 4, 0);
    tell(ANSWER, false, 5, 20);
    const struct msturn_description *offer = msturn_tracker.offers->descriptions;
    assert_offer(offer);
    assert_answer(offer->next);
    g_assert_true(offer->next->answers == offer);
    g_assert_true(offer->answer == offer->next);
    g_assert_true(msturn_knows_passwords());
    end();
}

static void test_the_same_bytes_are_one_description(void)
{
    begin();
    tell(OFFER, true, 4, 0);
    tell(OFFER, true, 5, 1);
    g_assert_cmpuint(msturn_tracker.offers->count, ==, 1);
    g_assert_cmpuint(msturn_tracker.offers->descriptions->copies, ==, 1);
    end();
}

static void test_what_comes_too_late_is_no_answer(void)
{
    begin();
    tell(OFFER, true, 4, 0);
    tell(ANSWER, false, 5, 181);
    g_assert_null(msturn_tracker.offers->descriptions->answer);
    end();
}

static void test_what_comes_from_the_same_end_is_no_answer(void)
{
    begin();
    tell(OFFER, true, 4, 0);
    tell(ANSWER, true, 5, 1);
    g_assert_null(msturn_tracker.offers->descriptions->answer);
    end();
}

static void test_log(void)
{
    begin();
    g_assert_cmpuint(tell_log("some words\r\n" OFFER "more words\r\n" ANSWER), ==, 2);
    const struct msturn_description *offer = msturn_tracker.offers->descriptions;
    assert_offer(offer);
    assert_answer(offer->next);
    g_assert_true(offer->next->answers == offer);
    g_assert_cmpuint(offer->line, ==, 2);
    g_assert_cmpuint(offer->next->line, ==, 12);
    end();
}

static void test_log_without_descriptions(void)
{
    begin();
    g_assert_cmpuint(tell_log(""), ==, 0);
    g_assert_cmpuint(tell_log("a=setup:active\r\na=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\nc=IN IP4 192.0.2.1\r\n"),
                     ==, 0);
    end();
}

/* What is of one file is not of the next. */
static void test_files_do_not_know_each_other(void)
{
    begin();
    tell_log(OFFER);
    end();
    begin();
    g_assert_null(msturn_tracker.offers);
    g_assert_false(msturn_knows_passwords());
    tell(ANSWER, false, 5, 1);
    g_assert_cmpuint(msturn_tracker.offers->count, ==, 1);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/offers/offer_and_answer", test_offer_and_answer);
    g_test_add_func("/offers/copies", test_the_same_bytes_are_one_description);
    g_test_add_func("/offers/late", test_what_comes_too_late_is_no_answer);
    g_test_add_func("/offers/same_end", test_what_comes_from_the_same_end_is_no_answer);
    g_test_add_func("/offers/log", test_log);
    g_test_add_func("/offers/empty_log", test_log_without_descriptions);
    g_test_add_func("/offers/files", test_files_do_not_know_each_other);
    return g_test_run();
}
