/* fuzz_sdp.c
 * libFuzzer: any bytes as a session description in a packet, cut anywhere, and as a log.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The input is a number (16 bits) and the text. The number says how much of it was captured.
 */
#include "build.h"
#include "input.h"

#include "plugin/track/signalling_log.h"
#include "plugin/track/track.h"

#include <string.h>

static const struct msturn_endpoint offerer = { 4, { 192, 0, 2, 1 }, 5060 }, answerer = { 4, { 192, 0, 2, 2 }, 5060 };

static void check_candidate(const struct msturn_candidate *candidate)
{
    g_assert_nonnull(candidate->description);
    g_assert_nonnull(candidate->media);
    g_assert_nonnull(candidate->host);
    g_assert_true(candidate->address.family == 0 || candidate->address.family == 4 || candidate->address.family == 6);
    g_assert_cmpuint(candidate->media->tcp_candidates, <=, candidate->media->candidates);
    if (candidate->address.family != 0)
        g_assert_nonnull(msturn_candidate_at(&candidate->address));
}

static void check_offers(const struct msturn_offers *offers)
{
    uint32_t candidates = 0, known = 0, number = 0;

    if (!offers)
        return;
    for (const struct msturn_description *each = offers->descriptions; each; each = each->next) {
        g_assert_cmpuint(each->id, ==, number++);
        g_assert_true(!each->answers || each->answers->answer == each);
        candidates += each->candidates;
    }
    for (const struct msturn_candidate *each = offers->candidates; each; each = each->next, known++)
        check_candidate(each);
    g_assert_cmpuint(offers->count, ==, number);
    g_assert_cmpuint(candidates, ==, known);
}

/* What was cut says no more than the whole. */
static void tell_twice(struct msturn_bytes cut, struct msturn_bytes whole)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);

    msturn_track_begin(scope);
    msturn_track_description(cut, msturn_sip_call_id(whole), &offerer, &answerer,
                             (struct msturn_event){ .time = 1, .frame = 1 });
    const uint32_t of_cut = msturn_tracker.offers->descriptions->candidates;
    msturn_track_description(whole, msturn_sip_call_id(cut), &answerer, &offerer,
                             (struct msturn_event){ .time = 2, .frame = 2 });
    if (msturn_tracker.offers->count == 2)
        g_assert_cmpuint(of_cut, <=, msturn_tracker.offers->descriptions->next->candidates);
    check_offers(msturn_tracker.offers);
    msturn_track_end();
    wmem_destroy_allocator(scope);
}

static void tell_as_log(const uint8_t *data, size_t size)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    uint8_t *text = g_malloc(size + 1); /* also of no bytes */

    memcpy(text, data, size);
    msturn_track_begin(scope);
    g_assert_cmpuint(msturn_track_log(text, size), ==, msturn_tracker.offers ? msturn_tracker.offers->count : 0);
    check_offers(msturn_tracker.offers);
    msturn_track_end();
    wmem_destroy_allocator(scope);
    g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    const uint32_t number = input_number16(&input);

    if (input.size > UINT16_MAX)
        return -1;
    const uint32_t length = (uint32_t)input.size, captured = number % (length + 1);
    const struct msturn_bytes whole = exact_bytes(input.data, length, length);
    const struct msturn_bytes cut = exact_bytes(input.data, captured, length);
    tell_twice(cut, whole);
    tell_as_log(input.data, input.size);
    free_exact_bytes(cut);
    free_exact_bytes(whole);
    return 0;
}
