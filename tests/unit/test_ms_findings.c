/* test_ms_findings.c
 * findings: the rules about one MS-TURN message, each with a message that breaks it and one that does not.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules and numbers: microsoft.md 8.2 and 8.4.
 */
#include "build.h"
#include "plugin/rules/message_rules.h"
#include "raised.h"

#define ID "5a9f0c318b1d3c5e77f0a1b2c3d4e5f6"
#define COOKIE "000f0004 72c64bc6"
#define VERSION(n) "80080004 0000000" n
#define HMAC "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
#define HMAC_256 "00080020 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2000102030405060708090a0b"
#define MAPPED "00010008 0001c350c6336401"
#define XOR_MAPPED "80200008 0001aaaabbbbcccc"
#define TEXT_NONCE "00140008 3031323334353637"
#define BINARY_REALM "00150008 f1f2f3f400010203"

struct taken {
    unsigned count[MSTURN_FINDING_COUNT];
    uint16_t type[MSTURN_FINDING_COUNT];
};

static void take(void *context, enum msturn_finding finding, uint16_t type)
{
    struct taken *taken = context;

    taken->count[finding]++;
    taken->type[finding] = type;
}

static struct taken check(const char *type, const char *attributes, bool in_ms_frame)
{
    char *hex = g_strconcat(type, "0000" ID, attributes, NULL);
    GByteArray *message = bytes_from_hex(hex);
    struct taken taken = { .count = { 0 } };
    struct msturn_message read;

    message->data[3] = (uint8_t)(message->len - MSTURN_HEADER_LENGTH);
    g_assert_true(msturn_read_message(bytes_of(message), message->len, &read));
    msturn_check_message(&read, in_ms_frame, take, &taken);
    g_byte_array_unref(message);
    g_free(hex);
    return taken;
}

static void assert_finding(const char *type, const char *attributes, enum msturn_finding finding, bool there)
{
    const struct taken taken = check(type, attributes, true);

    if ((taken.count[finding] > 0) != there || taken.count[finding] > 1)
        g_error("%s %s: %s is there %u times", type, attributes, msturn_findings[finding].code, taken.count[finding]);
}

static void test_magic_cookie_M1(void)
{
    assert_finding("0004", "00130001 f1", MSTURN_FINDING_COOKIE_MISSING, true);
    assert_finding("0003", VERSION("2") COOKIE, MSTURN_FINDING_COOKIE_MISSING, true);
    assert_finding("0003", "000f0004 72c64bc7", MSTURN_FINDING_COOKIE_MISSING, true);
    assert_finding("0004", COOKIE "00130001 f1", MSTURN_FINDING_COOKIE_MISSING, false);
    g_assert_cmpuint(check("0001", "00240004 00000001", false).count[MSTURN_FINDING_COOKIE_MISSING], ==, 0);
}

static void test_integrity_is_last_M2(void)
{
    const struct taken taken = check("0003", COOKIE HMAC VERSION("2"), true);

    g_assert_cmpuint(taken.count[MSTURN_FINDING_AFTER_INTEGRITY], ==, 1);
    g_assert_cmpuint(taken.type[MSTURN_FINDING_AFTER_INTEGRITY], ==, 0x8008);
    assert_finding("0003", COOKIE VERSION("2") HMAC, MSTURN_FINDING_AFTER_INTEGRITY, false);
}

static void test_integrity_in_401_M4(void)
{
    assert_finding("0113", COOKIE "00090004 00000401" HMAC, MSTURN_FINDING_INTEGRITY_FORBIDDEN, true);
    assert_finding("0113", COOKIE "00090004 00000401", MSTURN_FINDING_INTEGRITY_FORBIDDEN, false);
    assert_finding("0113", COOKIE "00090004 00000426" HMAC, MSTURN_FINDING_INTEGRITY_FORBIDDEN, false);
}

static void test_integrity_length_and_version_M5(void)
{
    assert_finding("0003", COOKIE VERSION("2") HMAC_256, MSTURN_FINDING_INTEGRITY_LENGTH, true);
    assert_finding("0003", COOKIE VERSION("1") HMAC_256, MSTURN_FINDING_INTEGRITY_LENGTH, true);
    assert_finding("0003", COOKIE VERSION("3") HMAC_256, MSTURN_FINDING_INTEGRITY_LENGTH, false);
    assert_finding("0003", COOKIE VERSION("2") HMAC, MSTURN_FINDING_INTEGRITY_LENGTH, false);
    assert_finding("0003", COOKIE HMAC_256, MSTURN_FINDING_INTEGRITY_LENGTH, false);
}

static void test_realm_and_nonce_swapped_M8(void)
{
    assert_finding("0003", COOKIE TEXT_NONCE BINARY_REALM, MSTURN_FINDING_REALM_NONCE_SWAPPED, true);
    assert_finding("0003", COOKIE BINARY_REALM TEXT_NONCE, MSTURN_FINDING_REALM_NONCE_SWAPPED, true);
    assert_finding("0003", COOKIE TEXT_NONCE "00150003 616263", MSTURN_FINDING_REALM_NONCE_SWAPPED, false);
    assert_finding("0003", COOKIE "00140004 f1f2f3f4 00150003 616263", MSTURN_FINDING_REALM_NONCE_SWAPPED, false);
    assert_finding("0003", COOKIE TEXT_NONCE, MSTURN_FINDING_REALM_NONCE_SWAPPED, false);
}

static void test_forbidden_types_M11(void)
{
    static const char *const forbidden[] = { "0104", "0114", "0002", "0102", "0112" };
    static const char *const allowed[] = { "0003", "0113", "0004", "0115", "0006", "0106", "0116" };

    for (guint i = 0; i < G_N_ELEMENTS(forbidden); i++)
        assert_finding(forbidden[i], COOKIE, MSTURN_FINDING_FORBIDDEN_TYPE, true);
    for (guint i = 0; i < G_N_ELEMENTS(allowed); i++)
        assert_finding(allowed[i], COOKIE, MSTURN_FINDING_FORBIDDEN_TYPE, false);
}

static void test_standard_turn_M12(void)
{
    assert_finding("0003", "00190004 06000000", MSTURN_FINDING_STANDARD_TURN, true);
    assert_finding("0003", COOKIE "00190004 06000000", MSTURN_FINDING_STANDARD_TURN, true);
    assert_finding("0008", "00120008 0001aaaabbbbcccc", MSTURN_FINDING_STANDARD_TURN, true);
    assert_finding("0009", "000c0004 40010000", MSTURN_FINDING_STANDARD_TURN, true);
    assert_finding("0003", COOKIE VERSION("2"), MSTURN_FINDING_STANDARD_TURN, false);
    g_assert_cmpuint(check("0008", "00120008 0001aaaabbbbcccc", false).count[MSTURN_FINDING_STANDARD_TURN], ==, 0);
}

static void test_addresses_of_an_allocate_response_M13_M14(void)
{
    assert_finding("0103", COOKIE MAPPED, MSTURN_FINDING_XOR_MAPPED_MISSING, true);
    assert_finding("0103", COOKIE MAPPED XOR_MAPPED, MSTURN_FINDING_XOR_MAPPED_MISSING, false);
    assert_finding("0113", COOKIE "00090004 00000401", MSTURN_FINDING_XOR_MAPPED_MISSING, false);
    assert_finding("0103", COOKIE XOR_MAPPED, MSTURN_FINDING_RELAYED_MISSING, true);
    assert_finding("0103", COOKIE MAPPED XOR_MAPPED, MSTURN_FINDING_RELAYED_MISSING, false);
    assert_finding("0103", COOKIE XOR_MAPPED "000d0004 00000000", MSTURN_FINDING_RELAYED_MISSING, false);
    assert_finding("0103", COOKIE XOR_MAPPED "000d0004 0000003c", MSTURN_FINDING_RELAYED_MISSING, true);
    assert_finding("0106", COOKIE, MSTURN_FINDING_RELAYED_MISSING, false);
}

static void test_version_M15(void)
{
    assert_finding("0003", COOKIE VERSION("0"), MSTURN_FINDING_VERSION_UNKNOWN, true);
    assert_finding("0003", COOKIE VERSION("7"), MSTURN_FINDING_VERSION_UNKNOWN, true);
    assert_finding("0003", COOKIE VERSION("1"), MSTURN_FINDING_VERSION_UNKNOWN, false);
    assert_finding("0003", COOKIE VERSION("6"), MSTURN_FINDING_VERSION_UNKNOWN, false);
    assert_finding("0003", COOKIE, MSTURN_FINDING_VERSION_UNKNOWN, false);
}

/* What is missing may be what the capture cut. */
static void test_cut_message_lacks_nothing(void)
{
    GByteArray *message = bytes_from_hex("0103 0014" ID COOKIE MAPPED);

    for (uint32_t captured = MSTURN_HEADER_LENGTH; captured < message->len; captured++) {
        struct msturn_bytes bytes = exact_bytes(message->data, captured, message->len);
        struct taken taken = { .count = { 0 } };
        struct msturn_message read;
        g_assert_true(msturn_read_message(bytes, bytes.reported, &read));
        msturn_check_message(&read, true, take, &taken);
        for (int i = 0; i < MSTURN_FINDING_COUNT; i++)
            g_assert_cmpuint(taken.count[i], ==, 0);
        free_exact_bytes(bytes);
    }
    g_byte_array_unref(message);
}

/* ---- bandwidth policy, [MS-TURNBWM] ---- */

#define ANSWER MAPPED XOR_MAPPED
#define AMOUNT "80580010 00000064000000c8 0000006400000064"
#define REMOTE_SITE "80590008 0001aaaabbbbcccc"
#define LOCAL_SITE "805b0008 0001aaaabbbbcccc"
#define PROFILE "80680004 01010000"
#define RESERVATION "80570010 000102030405060708090a0b0c0d0e0f"

/* 2.2.8 and 2.2.10: V is the first bit, F the second. */
static void test_direct_path_B1_B3_B4(void)
{
    assert_raised_ms("0103", ANSWER "805d000c 80000000 00000064 00000064", "");
    assert_raised_ms("0103", ANSWER "805d000c 00000000 00000000 00000000", "bandwidth_direct_denied:805d");
    assert_raised_ms("0103", ANSWER "805f000c 00000000 00000000 00000000", "bandwidth_direct_denied:805f");
    assert_raised_ms("0103", ANSWER "805d000c 40000000 00000000 00000000",
                     "bandwidth_direct_denied:805d bandwidth_pstn_reroute:805d");
    assert_raised_ms("0103", ANSWER "805f000c c0000000 00000064 00000064", "bandwidth_failover_contradictory:805f");
}

/* 2.2.9 and 2.2.11: no F. */
static void test_relayed_path_B2(void)
{
    assert_raised_ms("0103", ANSWER "805e000c 80000000 00000064 00000064", "");
    assert_raised_ms("0103", ANSWER "805e000c 00000000 00000000 00000000", "bandwidth_relay_denied:805e");
    assert_raised_ms("0103", ANSWER "8060000c 40000000 00000000 00000000", "bandwidth_relay_denied:8060");
    assert_raised_ms("0103", ANSWER "8060000c c0000000 00000064 00000064", "");
}

static void test_no_bandwidth_B7(void)
{
    assert_raised_ms("0103", ANSWER "805d000c 80000000 00000000 00000064", "bandwidth_zero:805d");
    assert_raised_ms("0103", ANSWER "8060000c 80000000 00000064 00000000", "bandwidth_zero:8060");
    assert_raised_ms("0103", ANSWER "805d000c 80000000 00000001 00000001", "");
    assert_raised_ms("0103", ANSWER "805d0008 00000000 00000000", ""); /* a matter of its length */
}

/* 3.3.5: an answer about bandwidth needs no relayed address. */
static void test_answers_without_an_address_M14(void)
{
    static const char *const answers[] = { RESERVATION,
                                           AMOUNT,
                                           "805d000c 800000000000006400000064",
                                           "805e000c 800000000000006400000064",
                                           "805f000c 800000000000006400000064",
                                           "8060000c 800000000000006400000064" };

    for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
        char *attributes = g_strconcat(XOR_MAPPED, answers[i], NULL);
        assert_raised_ms("0103", attributes, "");
        g_free(attributes);
    }
    assert_raised_ms("0103", XOR_MAPPED PROFILE, "relayed_missing");
}

/* 3.3.5.1 to 3.3.5.3. */
static void test_bandwidth_requests_B6(void)
{
#define CHECK "80560004 00000000"
#define COMMIT "80560004 00000001"
#define UPDATE "80560004 00000002"
    assert_raised_ms("0003", CHECK AMOUNT REMOTE_SITE PROFILE, "");
    assert_raised_ms("0003", CHECK REMOTE_SITE PROFILE, "bandwidth_attribute_missing:8058");
    assert_raised_ms("0003", CHECK AMOUNT PROFILE, "bandwidth_attribute_missing:8059");
    assert_raised_ms("0003", CHECK AMOUNT REMOTE_SITE, "bandwidth_attribute_missing:8068");
    assert_raised_ms("0003", COMMIT AMOUNT REMOTE_SITE LOCAL_SITE PROFILE, "");
    assert_raised_ms("0003", COMMIT AMOUNT REMOTE_SITE PROFILE, "bandwidth_attribute_missing:805b");
    assert_raised_ms("0003", COMMIT LOCAL_SITE,
                     "bandwidth_attribute_missing:8058 bandwidth_attribute_missing:8059 "
                     "bandwidth_attribute_missing:8068");
    assert_raised_ms("0003", UPDATE RESERVATION, "");
    assert_raised_ms("0003", UPDATE AMOUNT, "bandwidth_attribute_missing:8057");
    assert_raised_ms("0003", "80560004 00000003", "");
    assert_raised_ms("0003", VERSION("2"), "");
    assert_raised_ms("0103", ANSWER CHECK, "");
#undef CHECK
#undef COMMIT
#undef UPDATE
}

/* 2.2.3. */
static void test_bandwidth_range_B9(void)
{
    assert_raised_ms("0003", "80580010 00000065000000640000006400000064", "bandwidth_range:8058");
    assert_raised_ms("0003", "80580010 00000064000000640000006500000064", "bandwidth_range:8058");
    assert_raised_ms("0003", AMOUNT, "");
    assert_raised_ms("0003", "80580010 00000000000000000000000000000000", ""); /* cancels */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_findings/magic_cookie_M1_2_2_2_8", test_magic_cookie_M1);
    g_test_add_func("/ms_findings/integrity_is_last_M2", test_integrity_is_last_M2);
    g_test_add_func("/ms_findings/integrity_in_401_M4_3_3_5_1", test_integrity_in_401_M4);
    g_test_add_func("/ms_findings/integrity_length_and_version_M5_2_2_2_17", test_integrity_length_and_version_M5);
    g_test_add_func("/ms_findings/realm_and_nonce_swapped_M8_2_2_2_13", test_realm_and_nonce_swapped_M8);
    g_test_add_func("/ms_findings/forbidden_types_M11_2_2_1", test_forbidden_types_M11);
    g_test_add_func("/ms_findings/standard_turn_M12", test_standard_turn_M12);
    g_test_add_func("/ms_findings/addresses_of_an_allocate_response_M13_M14_3_2_5_1",
                    test_addresses_of_an_allocate_response_M13_M14);
    g_test_add_func("/ms_findings/version_M15_2_2_2_17", test_version_M15);
    g_test_add_func("/ms_findings/cut_message_lacks_nothing", test_cut_message_lacks_nothing);
    g_test_add_func("/ms_findings/direct_path_B1_B3_B4_2_2_8", test_direct_path_B1_B3_B4);
    g_test_add_func("/ms_findings/relayed_path_B2_2_2_9", test_relayed_path_B2);
    g_test_add_func("/ms_findings/no_bandwidth_B7_2_2_8", test_no_bandwidth_B7);
    g_test_add_func("/ms_findings/answers_without_an_address_M14", test_answers_without_an_address_M14);
    g_test_add_func("/ms_findings/bandwidth_requests_B6_3_3_5", test_bandwidth_requests_B6);
    g_test_add_func("/ms_findings/bandwidth_range_B9_2_2_3", test_bandwidth_range_B9);
    return g_test_run();
}
