/* test_integrity.c
 * track: MESSAGE-INTEGRITY of the published test vectors, with the passwords that their texts give and with others.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/track/integrity.h"
#include "plugin/track/track.h"
#include "vectors.h"

#include <string.h>
#include <wsutil/crc32.h>

static const char short_term_password[] = "VOkJxbRl1RmTxUk/WvJxBt"; /* RFC 5769 section 2 */
/* RFC 5769 section 2.4: "TheMatrIX" after SASLprep. */
static const char unprepared_password[] = "The\u00ADM\u00AAtr\u2168";
static const char matrix_user[] = "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9";

static const struct msturn_endpoint ends[2] = { { 4, { 10, 0, 0, 1 }, 3000 }, { 4, { 192, 0, 2, 1 }, 3478 } };

static struct msturn_flow *begin(wmem_allocator_t *scope)
{
    msturn_track_begin(scope);
    return msturn_track_new_flow(ends, 0, (struct msturn_event){ .time = 1, .frame = 1 });
}

static struct msturn_message_facts tell(struct msturn_flow *flow, uint8_t side, const GByteArray *bytes)
{
    struct msturn_message message;
    static struct msturn_event now = { .time = 1, .frame = 1 };

    now.frame++;
    now.time++;
    g_assert_true(msturn_read_message(bytes_of(bytes), bytes->len, &message));
    const uint32_t covered = message.decoded.fingerprint_offset ? message.decoded.fingerprint_offset : bytes->len;
    const struct msturn_message_context context = {
        .flow = flow, .side = side, .event = now, .message = &message, .digest = crc32_ccitt(bytes->data, covered)
    };
    return msturn_track_message(&context);
}

/* The facts of this vector, after what `prepare` gives. */
static struct msturn_message_facts facts_of(enum vector_id id, void (*prepare)(void))
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    struct msturn_flow *flow = begin(scope);
    GByteArray *vector = vector_new(id);

    prepare();
    const struct msturn_message_facts facts = tell(flow, 0, vector);
    g_byte_array_unref(vector);
    msturn_track_end();
    wmem_destroy_allocator(scope);
    return facts;
}

/* ---- RFC 5769 ---- */

static void give_nothing(void)
{
}

static void give_receiver(void)
{
    msturn_track_ice_password("evtj", short_term_password);
}

static void give_sender(void)
{
    msturn_track_ice_password("h6vY", short_term_password);
}

static void give_another(void)
{
    msturn_track_ice_password("evtj", "VOkJxbRl1RmTxUk/WvJxBT");
}

static void give_stranger(void)
{
    msturn_track_ice_password("evtk", short_term_password);
}

static void test_check(void)
{
    g_assert_cmpint(facts_of(VECTOR_RFC5769_REQUEST, give_nothing).integrity[0], ==, MSTURN_INTEGRITY_NONE);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_REQUEST, give_receiver).integrity[0], ==, MSTURN_INTEGRITY_GOOD);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_REQUEST, give_sender).integrity[0], ==, MSTURN_INTEGRITY_WRONG_SIDE);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_REQUEST, give_another).integrity[0], ==, MSTURN_INTEGRITY_BAD);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_REQUEST, give_stranger).integrity[0], ==, MSTURN_INTEGRITY_UNVERIFIED);
}

static void test_answers_take_the_password_of_their_request(void)
{
    static const enum vector_id answers[] = { VECTOR_RFC5769_IPV4, VECTOR_RFC5769_IPV6 };

    for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
        wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
        struct msturn_flow *flow = begin(scope);
        GByteArray *request = vector_new(VECTOR_RFC5769_REQUEST), *answer = vector_new(answers[i]);

        give_receiver();
        tell(flow, 0, request);
        g_assert_cmpint(tell(flow, 1, answer).integrity[0], ==, MSTURN_INTEGRITY_GOOD);
        answer->data[27] ^= 1; /* in SOFTWARE */
        g_assert_cmpint(tell(flow, 1, answer).integrity[0], ==, MSTURN_INTEGRITY_BAD);
        const struct msturn_signature *signature = msturn_tracker.first_signature;
        g_assert_nonnull(signature);
        g_assert_true(signature->changed[1]);
        g_assert_false(signature->changed[0]);
        g_byte_array_unref(request);
        g_byte_array_unref(answer);
        msturn_track_end();
        wmem_destroy_allocator(scope);
    }
}

static void test_an_answer_without_its_request_is_not_judged(void)
{
    g_assert_cmpint(facts_of(VECTOR_RFC5769_IPV4, give_receiver).integrity[0], ==, MSTURN_INTEGRITY_UNVERIFIED);
}

/* ---- the long-term mechanism ---- */

static void give_unprepared(void)
{
    msturn_track_turn_password(matrix_user, "example.org", unprepared_password);
}

static void give_prepared(void)
{
    msturn_track_turn_password(matrix_user, "", "TheMatrIX");
}

static void give_wrong_realm(void)
{
    msturn_track_turn_password(matrix_user, "example.com", "TheMatrIX");
}

static void give_wrong_case(void)
{
    msturn_track_turn_password(matrix_user, "example.org", "thematrix");
}

static void test_long_term(void)
{
    g_assert_cmpint(facts_of(VECTOR_RFC5769_LONG_TERM, give_unprepared).integrity[0], ==, MSTURN_INTEGRITY_GOOD);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_LONG_TERM, give_prepared).integrity[0], ==, MSTURN_INTEGRITY_GOOD);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_LONG_TERM, give_wrong_realm).integrity[0], ==, MSTURN_INTEGRITY_UNVERIFIED);
    g_assert_cmpint(facts_of(VECTOR_RFC5769_LONG_TERM, give_wrong_case).integrity[0], ==, MSTURN_INTEGRITY_BAD);
}

/* RFC 8489 appendix B.1: the user is in USERHASH only. */
static void test_sha256(void)
{
    g_assert_cmpint(facts_of(VECTOR_RFC8489_SHA256, give_prepared).integrity[1], ==, MSTURN_INTEGRITY_GOOD);
    g_assert_cmpint(facts_of(VECTOR_RFC8489_SHA256, give_prepared).integrity[0], ==, MSTURN_INTEGRITY_NONE);
    g_assert_cmpint(facts_of(VECTOR_RFC8489_SHA256, give_wrong_case).integrity[1], ==, MSTURN_INTEGRITY_BAD);
    g_assert_cmpint(facts_of(VECTOR_RFC8489_SHA256, give_receiver).integrity[1], ==, MSTURN_INTEGRITY_UNVERIFIED);
}

/* What was cut by the capture proves nothing. */
static void test_what_was_cut_is_not_judged(void)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    struct msturn_flow *flow = begin(scope);
    GByteArray *vector = vector_new(VECTOR_RFC5769_REQUEST);

    give_another();
    for (guint length = vector->len - 9; length >= MSTURN_HEADER_LENGTH; length--) { /* FINGERPRINT, and one byte */
        g_byte_array_set_size(vector, length);
        g_assert_cmpint(tell(flow, 0, vector).integrity[0], <=, MSTURN_INTEGRITY_UNVERIFIED);
    }
    g_byte_array_unref(vector);
    msturn_track_end();
    wmem_destroy_allocator(scope);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/integrity/check", test_check);
    g_test_add_func("/integrity/answers", test_answers_take_the_password_of_their_request);
    g_test_add_func("/integrity/lone-answer", test_an_answer_without_its_request_is_not_judged);
    g_test_add_func("/integrity/long-term", test_long_term);
    g_test_add_func("/integrity/sha256", test_sha256);
    g_test_add_func("/integrity/cut", test_what_was_cut_is_not_judged);
    return g_test_run();
}
