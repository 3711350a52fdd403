/* fuzz_track.c
 * libFuzzer: any sequence of messages, packets and TCP's events, through the tracker and its evaluation.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The input is the steps of a call (track_play.c). What is known afterwards has to be sound (track_check.c), and everything
 * has to be the same if the same call is played again and evaluated after each step: an evaluation only reads.
 */
#include "track_check.h"
#include "track_play.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Bytes behind the end of a block are only seen when each block is an allocation of its own. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", TRUE);
    wmem_init();
    return 0;
}

/* Plays the call and leaves its allocator, for the next one to be at other addresses. Returns what is known then. */
static GString *play_and_check(struct input input, wmem_allocator_t *scope, bool evaluate_all)
{
    msturn_track_begin(scope);
    GArray *nominated = play_call(scope, input, evaluate_all);
    struct msturn_evaluation *evaluation = msturn_evaluate(&msturn_tracker);
    check_tracker(evaluation);
    check_nominated(evaluation, nominated);
    GString *text = describe_tracker(evaluation);
    msturn_evaluation_free(evaluation);
    msturn_track_end();
    g_array_unref(nominated);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct input input = { data, size };
    wmem_allocator_t *first = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    wmem_allocator_t *second = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    GString *text = play_and_check(input, first, false);
    GString *replayed = play_and_check(input, second, true);

    g_assert_cmpstr(text->str, ==, replayed->str);
    g_string_free(replayed, TRUE);
    g_string_free(text, TRUE);
    wmem_destroy_allocator(second);
    wmem_destroy_allocator(first);
    return 0;
}
