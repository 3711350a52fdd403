/* test_evaluation.c
 * track, verdict: what is known of a call does not depend on how often it was evaluated; and it is right.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Wireshark evaluates whenever something is to be shown, tshark at the end. An evaluation only reads.
 */
#include "build.h"
#include "play.h"

static const struct msturn_endpoint client = { 4, { 10, 0, 0, 1 }, 33347 }, data = { 4, { 10, 0, 0, 1 }, 44342 },
                                    server = { 4, { 192, 0, 2, 1 }, 3478 }, relayed = { 4, { 192, 0, 2, 1 }, 35000 },
                                    peer = { 4, { 198, 51, 100, 7 }, 53577 };

enum { CONNECTION_ID = 0x0B651E00, LIFETIME = 600, TCP = 6u << 24 };

static uint32_t last_transaction; /* no two have the same number */

/* ---- steps of a call ---- */

static GByteArray *request(uint16_t type)
{
    return turn_message(type, ++last_transaction);
}

static GByteArray *response(uint16_t type)
{
    return turn_message(type, last_transaction);
}

static void ask_for_allocation(struct msturn_flow *control)
{
    GByteArray *allocate = request(0x0003);

    add_number(allocate, MSTURN_ATTR_REQUESTED_TRANSPORT, TCP);
    add_credentials(allocate);
    send_message(control, &client, allocate);
}

static uint32_t grant_allocation(struct msturn_flow *control)
{
    GByteArray *allocated = response(0x0103);

    add_xor_address(allocated, MSTURN_ATTR_XOR_RELAYED_ADDRESS, &relayed);
    add_xor_address(allocated, MSTURN_ATTR_XOR_MAPPED_ADDRESS, &client);
    add_number(allocated, MSTURN_ATTR_LIFETIME, LIFETIME);
    add_integrity(allocated);
    return send_message(control, &server, allocated);
}

static uint32_t allocate(struct msturn_flow *control)
{
    ask_for_allocation(control);
    return grant_allocation(control);
}

static void answer_with_integrity(struct msturn_flow *flow, uint16_t type)
{
    GByteArray *answer = response(type);

    add_integrity(answer);
    send_message(flow, &server, answer);
}

static uint32_t ask_for_refresh(struct msturn_flow *control, uint32_t lifetime)
{
    GByteArray *refresh = request(0x0004);

    add_number(refresh, MSTURN_ATTR_LIFETIME, lifetime);
    add_credentials(refresh);
    return send_message(control, &client, refresh);
}

static void release(struct msturn_flow *control)
{
    ask_for_refresh(control, 0);
    GByteArray *released = response(0x0104);
    add_number(released, MSTURN_ATTR_LIFETIME, 0);
    add_integrity(released);
    send_message(control, &server, released);
}

static void permit(struct msturn_flow *control)
{
    GByteArray *permission = request(0x0008);

    add_xor_address(permission, MSTURN_ATTR_XOR_PEER_ADDRESS, &peer);
    add_credentials(permission);
    send_message(control, &client, permission);
    answer_with_integrity(control, 0x0108);
}

static void announce(struct msturn_flow *control)
{
    GByteArray *attempt = request(0x001C);

    add_number(attempt, MSTURN_ATTR_CONNECTION_ID, CONNECTION_ID);
    add_xor_address(attempt, MSTURN_ATTR_XOR_PEER_ADDRESS, &peer);
    send_message(control, &server, attempt);
}

static struct msturn_flow *bind_connection(void)
{
    struct msturn_flow *bound = tcp_connect(&data, &server);
    GByteArray *bind = request(0x000B);

    add_number(bind, MSTURN_ATTR_CONNECTION_ID, CONNECTION_ID);
    add_credentials(bind);
    send_message(bound, &data, bind);
    answer_with_integrity(bound, 0x010B);
    return bound;
}

/* What goes through the relay towards the client comes from the server's end of the data connection. */
static uint32_t check(struct msturn_flow *bound, const struct msturn_endpoint *sender, bool nominates)
{
    GByteArray *binding = request(0x0001);

    message_add(binding, MSTURN_ATTR_USERNAME, "there:here", 10);
    add_number(binding, MSTURN_ATTR_PRIORITY, 0x6E7F1EFF);
    message_add(binding, sender == &server ? MSTURN_ATTR_ICE_CONTROLLING : MSTURN_ATTR_ICE_CONTROLLED, "tiebreak", 8);
    if (nominates)
        message_add(binding, MSTURN_ATTR_USE_CANDIDATE, "", 0);
    add_integrity(binding);
    return send_framed(bound, sender, binding);
}

static void answer(struct msturn_flow *bound, const struct msturn_endpoint *sender)
{
    GByteArray *success = response(0x0101);

    add_xor_address(success, MSTURN_ATTR_XOR_MAPPED_ADDRESS, sender == &data ? &peer : &relayed);
    add_integrity(success);
    send_framed(bound, sender, success);
}

static void answered_check(struct msturn_flow *bound, const struct msturn_endpoint *sender, bool nominates)
{
    check(bound, sender, nominates);
    answer(bound, sender == &server ? &data : &server);
}

/* ---- what is known ---- */

static unsigned count_problems(const struct msturn_evaluation *evaluation, enum msturn_finding finding)
{
    unsigned count = 0;

    for (const struct msturn_problem *problem = msturn_problems(evaluation); problem; problem = problem->next)
        count += problem->finding == finding;
    return count;
}

static void assert_no_trouble(const struct msturn_evaluation *evaluation)
{
    for (const struct msturn_problem *problem = msturn_problems(evaluation); problem; problem = problem->next)
        g_assert_cmpint(msturn_findings[problem->finding].severity, ==, MSTURN_NOTE);
}

static void assert_ends(const struct msturn_pair_outcome *pair)
{
    g_assert_nonnull(pair);
    g_assert_true(msturn_endpoint_equal(&pair->local, &relayed));
    g_assert_true(msturn_endpoint_equal(&pair->remote, &peer));
}

static void assert_only_pair_is_nominated(const struct msturn_evaluation *evaluation)
{
    const struct msturn_pair_outcome *pair = msturn_pair_outcomes(evaluation);

    assert_ends(pair);
    g_assert_null(pair->next);
    g_assert_cmpint(pair->verdict, ==, MSTURN_VERDICT_NOMINATED);
}

/* ---- a lifetime that is over, RFC 8656 section 8 ---- */

static void play_allocate_after_lifetime(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    allocate(control);
    pause_seconds(LIFETIME + 50);
    allocate(control);
}

static void check_allocate_after_lifetime(const struct msturn_evaluation *evaluation)
{
    const struct msturn_session *first = msturn_sessions();

    g_assert_cmpuint(msturn_evaluated_sessions(evaluation), ==, 2);
    g_assert_cmpint(msturn_evaluated_session_state(evaluation, first), ==, MSTURN_SESSION_EXPIRED);
    g_assert_cmpint(msturn_evaluated_session_state(evaluation, first->next), ==, MSTURN_SESSION_ALLOCATED);
    g_assert_cmpuint(count_problems(evaluation, MSTURN_FINDING_ALLOCATION_EXPIRED), ==, 1);
}

static void test_allocate_after_lifetime(void)
{
    play_twice(play_allocate_after_lifetime, check_allocate_after_lifetime);
}

static uint32_t late_refresh; /* its frame */

static void play_refresh_after_lifetime(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    allocate(control);
    pause_seconds(LIFETIME + 50);
    late_refresh = ask_for_refresh(control, LIFETIME);
    GByteArray *refusal = response(0x0114);
    add_error_code(refusal, 437, "Allocation Mismatch", 19);
    send_message(control, &server, refusal);
}

static void check_refresh_after_lifetime(const struct msturn_evaluation *evaluation)
{
    g_assert_cmpuint(msturn_evaluated_sessions(evaluation), ==, 1);
    g_assert_cmpint(msturn_evaluated_session_state(evaluation, msturn_sessions()), ==, MSTURN_SESSION_EXPIRED);
    g_assert_cmpuint(count_problems(evaluation, MSTURN_FINDING_ALLOCATION_EXPIRED), ==, 1);
    for (const struct msturn_problem *problem = msturn_problems(evaluation); problem; problem = problem->next) {
        if (problem->finding == MSTURN_FINDING_ALLOCATION_EXPIRED)
            g_assert_cmpuint(problem->frame, ==, late_refresh);
    }
}

static void test_refresh_after_lifetime(void)
{
    play_twice(play_refresh_after_lifetime, check_refresh_after_lifetime);
}

/* ---- ends that are known late ---- */

static void play_checks(struct msturn_flow *bound)
{
    answered_check(bound, &server, false);
    answered_check(bound, &data, false);
    answered_check(bound, &server, true);
}

/* The packets of two interfaces may have been recorded in the wrong order. */
static void play_attempt_after_bind(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    allocate(control);
    permit(control);
    play_checks(bind_connection());
    announce(control);
}

static void test_attempt_after_bind(void)
{
    play_twice(play_attempt_after_bind, assert_only_pair_is_nominated);
}

static void play_allocation_after_checks(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    ask_for_allocation(control);
    const uint32_t allocation = last_transaction;
    permit(control);
    announce(control);
    play_checks(bind_connection());
    const uint32_t last = last_transaction;
    last_transaction = allocation;
    grant_allocation(control);
    last_transaction = last;
}

static void test_allocation_after_checks(void)
{
    play_twice(play_allocation_after_checks, assert_only_pair_is_nominated);
}

/* ---- calls, RFC 6062 ---- */

static void play_call(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    allocate(control);
    permit(control);
    announce(control);
    struct msturn_flow *bound = bind_connection();
    play_checks(bound);
    tcp_close(bound, &data);
    release(control);
    tcp_close(control, &client);
}

static void check_call(const struct msturn_evaluation *evaluation)
{
    const struct msturn_session *session = msturn_sessions();

    assert_only_pair_is_nominated(evaluation);
    assert_no_trouble(evaluation);
    g_assert_cmpuint(msturn_evaluated_sessions(evaluation), ==, 1);
    g_assert_cmpint(msturn_evaluated_session_state(evaluation, session), ==, MSTURN_SESSION_RELEASED);
    g_assert_nonnull(session->peer_connections);
    g_assert_null(session->peer_connections->next);
    g_assert_cmpint(msturn_evaluated_connection_state(evaluation, session->peer_connections), ==, MSTURN_PEER_BOUND);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmpuint(msturn_pair_outcomes(evaluation)->checks[i].responses, ==,
                         i == MSTURN_LOCAL_TO_REMOTE ? 1 : 2);
}

static void test_call(void)
{
    play_twice(play_call, check_call);
}

static void play_two_calls(void)
{
    play_call();
    pause_seconds(20);
    struct msturn_flow *control = tcp_connect(&client, &server);
    allocate(control);
    permit(control);
    announce(control);
    struct msturn_flow *bound = bind_connection();
    answered_check(bound, &server, false);
    check(bound, &data, false);
    pause_seconds(30);
}

/* The second one is not what the first one was. */
static void check_two_calls(const struct msturn_evaluation *evaluation)
{
    const struct msturn_pair_outcome *first = msturn_pair_outcomes(evaluation), *second = first->next;

    g_assert_cmpuint(msturn_evaluated_sessions(evaluation), ==, 2);
    assert_ends(first);
    assert_ends(second);
    g_assert_null(second->next);
    g_assert_cmpint(first->verdict, ==, MSTURN_VERDICT_NOMINATED);
    g_assert_cmpint(second->verdict, ==, MSTURN_VERDICT_BROKEN);
    g_assert_cmpint(second->reason, ==, MSTURN_REASON_NO_RESPONSE);
    g_assert_cmpint(second->direction, ==, MSTURN_LOCAL_TO_REMOTE);
    g_assert_true(first->session == msturn_sessions());
    g_assert_true(second->session == msturn_sessions()->next);
}

static void test_two_calls(void)
{
    play_twice(play_two_calls, check_two_calls);
}

/* RFC 8445 section 2.5: an ICE-lite end answers checks and sends none. */
static void play_lite_client(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    allocate(control);
    permit(control);
    announce(control);
    struct msturn_flow *bound = bind_connection();
    answered_check(bound, &server, false);
    answered_check(bound, &server, true);
    pause_seconds(30);
}

static void check_lite_client(const struct msturn_evaluation *evaluation)
{
    assert_only_pair_is_nominated(evaluation);
    assert_no_trouble(evaluation);
    g_assert_cmpuint(msturn_pair_outcomes(evaluation)->checks[MSTURN_LOCAL_TO_REMOTE].requests, ==, 0);
}

static void test_lite_client(void)
{
    play_twice(play_lite_client, check_lite_client);
}

/* ---- reason phrases, RFC 8489 section 14.8 ---- */

static void refuse_allocation(struct msturn_flow *control, const void *reason, uint16_t length)
{
    ask_for_allocation(control);
    GByteArray *refusal = response(0x0113);
    add_error_code(refusal, 486, reason, length);
    send_message(control, &server, refusal);
}

static void play_refused_allocation(void)
{
    refuse_allocation(tcp_connect(&client, &server), "Too many\0\0\0", 11);
}

static void check_refused_allocation(const struct msturn_evaluation *evaluation)
{
    g_assert_cmpint(msturn_evaluated_session_state(evaluation, msturn_sessions()), ==, MSTURN_SESSION_REFUSED);
    g_assert_cmpuint(msturn_sessions()->error_code, ==, 486);
    g_assert_cmpstr(msturn_sessions()->error_reason, ==, "Too many");
}

static void play_wordless_refusal(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    refuse_allocation(control, "Too many", 8);
    refuse_allocation(control, "", 0);
}

static void check_wordless_refusal(const struct msturn_evaluation *evaluation)
{
    g_assert_cmpuint(msturn_evaluated_sessions(evaluation), ==, 1);
    g_assert_cmpuint(msturn_sessions()->error_code, ==, 486);
    g_assert_null(msturn_sessions()->error_reason);
}

static void play_refused_checks(void)
{
    struct msturn_flow *control = tcp_connect(&client, &server);

    allocate(control);
    permit(control);
    announce(control);
    struct msturn_flow *bound = bind_connection();
    for (unsigned i = 0; i < 3; i++) {
        check(bound, &server, false);
        GByteArray *refusal = response(0x0111);
        add_error_code(refusal, 401, "Not this ufrag", 14);
        send_framed(bound, &data, refusal);
    }
    pause_seconds(30);
}

static void check_refused_checks(const struct msturn_evaluation *evaluation)
{
    const struct msturn_pair_outcome *pair = msturn_pair_outcomes(evaluation);

    assert_ends(pair);
    g_assert_cmpint(pair->reason, ==, MSTURN_REASON_ERROR_RESPONSE);
    g_assert_cmpint(pair->direction, ==, MSTURN_REMOTE_TO_LOCAL);
    g_assert_cmpuint(pair->error_code, ==, 401);
    g_assert_cmpstr(pair->error_reason, ==, "Not this ufrag");
}

static void test_words_of_an_error(void)
{
    play_twice(play_refused_checks, check_refused_checks);
    play_twice(play_refused_allocation, check_refused_allocation);
    play_twice(play_wordless_refusal, check_wordless_refusal);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", TRUE); /* AddressSanitizer sees the end of each block */
    wmem_init();
    g_test_add_func("/evaluation/allocate_after_lifetime", test_allocate_after_lifetime);
    g_test_add_func("/evaluation/refresh_after_lifetime", test_refresh_after_lifetime);
    g_test_add_func("/evaluation/attempt_after_bind", test_attempt_after_bind);
    g_test_add_func("/evaluation/allocation_after_checks", test_allocation_after_checks);
    g_test_add_func("/evaluation/call", test_call);
    g_test_add_func("/evaluation/two_calls", test_two_calls);
    g_test_add_func("/evaluation/lite_client", test_lite_client);
    g_test_add_func("/evaluation/words_of_an_error", test_words_of_an_error);
    const int result = g_test_run();
    wmem_cleanup();
    return result;
}
