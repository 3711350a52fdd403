/* test_message_rules.c
 * message_rules: the rules about one message of RFC 8489, each with a message that breaks it and one that does not.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules: ietf.md 8.2 to 8.6, microsoft.md 8.5.
 */
#include "build.h"
#include "csv.h"
#include "plugin/message/decoded.h"
#include "raised.h"

#include <string.h>

#define USERNAME "00060003 613a6200"
#define INTEGRITY "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
#define INTEGRITY_SHA256 "001c0010 9aeaa70cbfd8cb56781ef2b5b2d3f249"
#define PRIORITY "00240004 6e0001ff"
#define USE_CANDIDATE "00250000"
#define CONTROLLED "80290008 932ff9b151263b36"
#define CONTROLLING "802a0008 932ff9b151263b36"
#define FINGERPRINT "80280004 e57a3bcf"
#define CHECK_END INTEGRITY FINGERPRINT
#define CHECK USERNAME PRIORITY CONTROLLING CHECK_END
#define PEER "00120008 0001aaaabbbbcccc"
#define XOR_MAPPED "00200008 0001aaaabbbbcccc" /* 154.169.104.142 */
#define XOR_RELAYED "00160008 0001aaaabbbbcccc"
#define LIFETIME "000d0004 00000258"
#define CONNECTION_ID "002a0004 00000001"
#define TCP "00190004 06000000"
#define UDP "00190004 11000000"
#define REALM "00140003 61626300"
#define CANDIDATE_IDENTIFIER "80540001 31000000"
#define IMPLEMENTATION_VERSION "80700004 00000007"

/* ---- form ---- */

/* The registry's table of types, RFC 8656 section 17. */
static void test_methods_and_classes_M4(void)
{
    enum { NUMBER, NAME, STATUS, REQUEST, INDICATION, SUCCESS, ERROR_RESPONSE, REFERENCE, COLUMNS };
    static const uint16_t class_bits[] = { 0x0000, 0x0010, 0x0100, 0x0110 };
    GPtrArray *rows = csv_read("stun-methods.csv", COLUMNS);

    for (guint i = 0; i < rows->len; i++) {
        char **cells = g_ptr_array_index(rows, i);
        const uint32_t method = csv_number(cells[NUMBER]);
        for (guint c = 0; c < G_N_ELEMENTS(class_bits); c++) {
            const uint32_t bits = (method & 0xF80) << 2 | (method & 0x070) << 1 | (method & 0x00F) | class_bits[c];
            char *type = g_strdup_printf("%04x", bits);
            char *text = raised_by(type, "2112a442 b7e7a701bc34d686fa87dfae", "", false);
            const bool flagged = strstr(text, "method_class") != NULL;
            if (flagged != (cells[REQUEST + c][0] == '\0'))
                g_error("%s %s: \"%s\"", cells[NAME], type, text);
            g_free(text);
            g_free(type);
        }
    }
    g_ptr_array_unref(rows);
}

static void test_unknown_methods_have_every_class(void)
{
    assert_raised("0005", "", "");
    assert_raised("0015", "", "");
    assert_raised("0105", "", "");
    assert_raised("0115", "00090004 00000400", "request_refused");
}

/* RFC 8489 section 14.5 and 14.6. */
static void test_attribute_behind_integrity_M7(void)
{
    assert_raised("0001", USERNAME INTEGRITY PRIORITY, "after_integrity:0024 check_incomplete fingerprint_missing");
    assert_raised("0001", USERNAME INTEGRITY_SHA256 "80220000", "after_integrity:8022");
    assert_raised("0001", USERNAME INTEGRITY_SHA256 "FF050000", ""); /* of libwebrtc */
    assert_raised("0001", USERNAME INTEGRITY INTEGRITY_SHA256 FINGERPRINT, "");
    assert_raised("0001", USERNAME INTEGRITY_SHA256 INTEGRITY FINGERPRINT, "after_integrity:0008"); /* 14.6 */
    assert_raised("0001", USERNAME INTEGRITY INTEGRITY FINGERPRINT, "after_integrity:0008");
    assert_raised("0001", USERNAME INTEGRITY_SHA256 INTEGRITY_SHA256, "after_integrity:001c");
}

/* RFC 8489 section 14.7. */
static void test_fingerprint_is_last_M8(void)
{
    assert_raised("0001", FINGERPRINT "80220000", "fingerprint_not_last:8028");
    assert_raised("0001", FINGERPRINT FINGERPRINT, "fingerprint_not_last:8028");
    assert_raised("0001", "80220000" FINGERPRINT, "");
    assert_raised("0001", "80220000", "");
}

/* ---- what must be there ---- */

static void test_binding_response_M12(void)
{
    assert_raised("0101", "80220000", "content_missing:0020");
    assert_raised("0101", XOR_MAPPED, "");
    assert_raised("0101", "00010008 0001aaaabbbbcccc", ""); /* an RFC 3489 server echoes the cookie */
    assert_raised("0101", "80200008 0001aaaabbbbcccc", "");
    assert_raised("0011", "", "");
}

static void test_allocate_response_M12(void)
{
    assert_raised("0103", XOR_RELAYED XOR_MAPPED LIFETIME, "");
    assert_raised("0103", XOR_RELAYED XOR_MAPPED, "content_missing:000d");
    assert_raised("0103", XOR_RELAYED LIFETIME, "content_missing:0020");
    assert_raised("0103", XOR_MAPPED LIFETIME, "content_missing:0016");
    assert_raised("0103", "", "content_missing:000d content_missing:0016 content_missing:0020");
}

/* What other TURN messages must have: RFC 8656 and RFC 6062. */
static void test_turn_messages_M12(void)
{
    assert_raised("0003", TCP, "");
    assert_raised("0003", "", "content_missing:0019");
    assert_raised("0104", LIFETIME, "");
    assert_raised("0104", "", "content_missing:000d");
    assert_raised("0016", PEER "00130001 f1000000", "");
    assert_raised("0016", PEER, "content_missing:0013");
    assert_raised("0016", "00130001 f1000000", "content_missing:0012");
    assert_raised("0017", PEER "80040008 0000030300000000", ""); /* with ICMP, RFC 8656 section 11.6 */
    assert_raised("0017", "00130001 f1000000", "content_missing:0012");
    assert_raised("0008", PEER, "");
    assert_raised("0008", "", "content_missing:0012");
    assert_raised("0009", "000c0004 40010000" PEER, "");
    assert_raised("0009", PEER, "content_missing:000c");
    assert_raised("0009", "000c0004 40010000", "content_missing:0012");
}

static void test_tcp_messages_M12(void)
{
    assert_raised("000a", PEER, "");
    assert_raised("000a", "", "content_missing:0012");
    assert_raised("010a", CONNECTION_ID, "");
    assert_raised("010a", "", "content_missing:002a");
    assert_raised("000b", CONNECTION_ID, "");
    assert_raised("000b", "", "content_missing:002a");
    assert_raised("010b", "", "");
    assert_raised("001c", PEER CONNECTION_ID, "");
    assert_raised("001c", PEER, "content_missing:002a");
    assert_raised("001c", CONNECTION_ID, "content_missing:0012");
}

/* RFC 6062 section 4.1. */
static void test_tcp_allocate_L4(void)
{
    assert_raised("0003", TCP "00180001 80000000", "attribute_forbidden:0018");
    assert_raised("0003", TCP "001a0000", "attribute_forbidden:001a");
    assert_raised("0003", TCP "00220008 0102030405060708", "attribute_forbidden:0022");
    assert_raised("0003", UDP "00180001 80000000 001a0000", "");
    assert_raised("0003", TCP LIFETIME, "");
}

/* ---- checks ---- */

/* RFC 8445 section 7.1. */
static void test_check_is_complete_I9(void)
{
    assert_raised("0001", CHECK, "");
    assert_raised("0001", USERNAME PRIORITY CONTROLLED CHECK_END, "");
    assert_raised("0001", PRIORITY CONTROLLING CHECK_END, "check_incomplete");
    assert_raised("0001", USERNAME CONTROLLING CHECK_END, "check_incomplete");
    assert_raised("0001", USERNAME PRIORITY CHECK_END, "check_incomplete");
    assert_raised("0001", USERNAME USE_CANDIDATE CHECK_END, "check_incomplete");
    assert_raised("0001", USERNAME CHECK_END, ""); /* of some other use of STUN */
    assert_raised("0001", "", "");
}

/* RFC 8489 section 9.1.3. */
static void test_check_has_integrity_M10(void)
{
    assert_raised("0001", USERNAME PRIORITY CONTROLLING FINGERPRINT, "integrity_missing");
    assert_raised("0001", USERNAME, "integrity_missing");
    assert_raised("0001", USERNAME INTEGRITY_SHA256, "");
    assert_raised("0011", USERNAME, "");
}

/* RFC 8445 section 7.2.4. */
static void test_check_has_fingerprint_M8(void)
{
    assert_raised("0001", USERNAME PRIORITY CONTROLLING INTEGRITY, "fingerprint_missing");
    assert_raised("0001", USERNAME INTEGRITY, "");
}

/* RFC 8445 section 7.1.2. */
static void test_nomination_by_the_controlled_end_I6(void)
{
    assert_raised("0001", USERNAME PRIORITY USE_CANDIDATE CONTROLLED CHECK_END, "nominated_by_controlled");
    assert_raised("0001", USERNAME PRIORITY USE_CANDIDATE CONTROLLING CHECK_END, "");
    /* As in the published trace of a Meeting Server's call, sample-captures/frame-2597.pcapng. */
    assert_raised("0001", USERNAME PRIORITY USE_CANDIDATE CONTROLLED IMPLEMENTATION_VERSION CHECK_END, "");
}

/* [MS-ICE2] 2.2.2. */
static void test_ms_check_I6_I7(void)
{
    assert_raised("0001", USERNAME PRIORITY CONTROLLING CANDIDATE_IDENTIFIER CHECK_END,
                  "implementation_version_missing");
    assert_raised("0001", USERNAME PRIORITY CONTROLLING "80360004 00000001" CHECK_END,
                  "implementation_version_missing");
    assert_raised("0101", XOR_MAPPED "80330000" CHECK_END, "implementation_version_missing");
    assert_raised("0001", USERNAME PRIORITY CONTROLLING CANDIDATE_IDENTIFIER IMPLEMENTATION_VERSION CHECK_END, "");
    assert_raised("0101", XOR_MAPPED CANDIDATE_IDENTIFIER IMPLEMENTATION_VERSION CHECK_END,
                  "candidate_identifier_in_response:8054");
    assert_raised("0101", XOR_MAPPED IMPLEMENTATION_VERSION CHECK_END, "");
    assert_raised("0011", CANDIDATE_IDENTIFIER, "");
}

/* ---- authentication ---- */

/* RFC 8489 section 14.9. */
static void test_quotes_in_the_realm_A6(void)
{
    assert_raised("0003", TCP "00140005 2261626322000000", "realm_quoted");
    assert_raised("0003", TCP "00140003 61226200", "realm_quoted");
    assert_raised("0003", TCP "00140004 615c2262", ""); /* a quoted-pair */
    assert_raised("0003", TCP REALM, "");
    assert_raised_ms("0003", "00150005 2261626322", ""); /* Microsoft's own realm has them */
}

/* RFC 8489 section 9.2.4. */
static void test_chosen_algorithm_A9(void)
{
    assert_raised("0003", TCP "80020008 0002000000010000 001d0004 00010000", "");
    assert_raised("0003", TCP "80020008 0002000000010000 001d0004 00030000", "bid_down:001d");
    assert_raised("0003", TCP "8002000c 00090002abcd000000010000 001d0004 00010000", "");
    assert_raised("0003", TCP "8002000c 00090002abcd000000010000 001d0004 abcd0000", "bid_down:001d");
    assert_raised("0003", TCP "80020004 00010000", "bid_down:001d");
    assert_raised("0003", TCP "001d0004 00010000", "bid_down:8002");
}

/* ---- addresses ---- */

/* 2b12a443 and 2b12a444 are 10.0.0.1 and 10.0.0.6, XOR-ed with the cookie. */
static void test_private_relayed_address_L8(void)
{
    assert_raised("0103", "00160008 0001aaaa 2b12a443" XOR_MAPPED LIFETIME, "relayed_private");
    assert_raised("0103", "00160008 0001aaaa 2b12a443 00200008 0001aaaa 2b12a444" LIFETIME, "");
    assert_raised("0103", XOR_RELAYED XOR_MAPPED LIFETIME, "");
    assert_raised("0103", "00160008 0001aaaa 2b12a443" XOR_MAPPED "000d0004 00000000", "");
    assert_raised_ms("0103", "00010008 0001c350 0a000001 80200008 0001aaaabbbbcccc", "relayed_private");
    assert_raised_ms("0103", "00010008 0001c350 c6336401 80200008 0001aaaabbbbcccc", "");
}

/* [MS-TURN] 2.2.2.7. */
static void test_private_alternate_server_A6(void)
{
#define CHALLENGE "00090004 00000401 00140004 f1f2f3f4 00150003 616263"
#define PUBLIC_CLIENT "80200008 0001aaaabbbbcccc"
    assert_raised_ms("0113", CHALLENGE "000e0008 00010d96 c0a80001" PUBLIC_CLIENT, "alternate_server_private");
    assert_raised_ms("0113", CHALLENGE "000e0008 00010d96 00000000" PUBLIC_CLIENT, "alternate_server_private");
    assert_raised_ms("0113", CHALLENGE "000e0008 00010d96 c6336401" PUBLIC_CLIENT, "");
    /* 10.0.0.1, XOR-ed with the transaction id of this message */
    assert_raised_ms("0113", CHALLENGE "000e0008 00010d96 c0a80001 80200008 0001aaaa 509f0c30", "");
    assert_raised_ms("0113", CHALLENGE "000e0008 00010d96 c0a80001", "");
#undef CHALLENGE
#undef PUBLIC_CLIENT
}

static bool is_private(const char *hex)
{
    GByteArray *bytes = bytes_from_hex(hex);
    struct msturn_endpoint endpoint = { .family = bytes->len == 4 ? 4 : 6 };

    memcpy(endpoint.address, bytes->data, bytes->len);
    g_byte_array_unref(bytes);
    return msturn_endpoint_is_private(&endpoint);
}

/* The first and the last address of each block, and what is beside it. */
static void test_private_addresses(void)
{
    static const char *const private[] = {
        "0a000000",
        "0affffff",
        "ac100000",
        "ac1fffff",
        "c0a80000",
        "c0a8ffff",
        "64400000",
        "647fffff",
        "7f000000",
        "7fffffff",
        "a9fe0000",
        "a9feffff",
        "00000000",
        "fc000000000000000000000000000000",
        "fdffffffffffffffffffffffffffffff",
        "fe800000000000000000000000000000",
        "febfffffffffffffffffffffffffffff",
        "00000000000000000000000000000000",
        "00000000000000000000000000000001",
    };
    /* clang-format off */
    static const char *const public[] = {
        "09ffffff", "0b000000", "ac0fffff", "ac200000", "c0a7ffff", "c0a90000", "643fffff", "64800000",
        "7effffff", "80000000", "a9fdffff", "a9ff0000", "00000001", "01020304", "c6336401",
        "fbffffffffffffffffffffffffffffff", "fe000000000000000000000000000000",
        "fe7fffffffffffffffffffffffffffff", "fec00000000000000000000000000000",
        "00000000000000000000000000000002", "20010db8000000000000000000000001",
        "0a000000000000000000000000000000",
    };
    /* clang-format on */

    for (guint i = 0; i < G_N_ELEMENTS(private); i++)
        g_assert_true(is_private(private[i]));
    for (guint i = 0; i < G_N_ELEMENTS(public); i++)
        g_assert_false(is_private(public[i]));
}

/* ---- what a capture cut, and wrong bytes ---- */

#define RFC(type) type "0000 2112a442 b7e7a701bc34d686fa87dfae"
#define MS(type) type "0000 5a9f0c318b1d3c5e77f0a1b2c3d4e5f6 000f0004 72c64bc6"
#define TEAMS(type) type "0000 2112a442 b7e7a701bc34d686fa87dfae 000f0004 72c64bc6"
static const char *const messages[] = {
    RFC("0001") CHECK,
    RFC("0001") USERNAME PRIORITY USE_CANDIDATE CONTROLLED CANDIDATE_IDENTIFIER IMPLEMENTATION_VERSION CHECK_END,
    RFC("0101") XOR_MAPPED CHECK_END,
    RFC("0103") XOR_RELAYED XOR_MAPPED LIFETIME INTEGRITY,
    RFC("0103") "00160008 0001aaaa 2b12a443" XOR_MAPPED LIFETIME,
    RFC("0003") TCP "80020008 0002000000010000 001d0004 00010000" USERNAME INTEGRITY,
    RFC("0113") "00090004 00000401" REALM "00150004 6e6f6e63",
    RFC("0111") "00090004 00000401",
    RFC("0111") "00090004 00000401" REALM "00150004 6e6f6e63",
    RFC("0113") "00090004 00000300 80230008 00010d96c6336401",
    RFC("0113") "00090004 00000414 000a0004 00170018",
    MS("0103") "00010008 0001c350c6336401 80200008 0001aaaabbbbcccc 000d0004 0000003c" INTEGRITY,
    MS("0113") "00090004 00000401 00140004 f1f2f3f4 00150003 616263 000e0008 00010d96c6336401",
    MS("0003") "00140004 61626364 00150003 616263 80080004 00000002" INTEGRITY,
    MS("0003") "80560004 00000000 80580010 00000001000000020000000300000004 80590008 0001aaaabbbbcccc"
               "80680004 01010000",
    TEAMS("0116") "00090004 00000400",
    TEAMS("0115") "00120008 0001d149c6336407 00130001 f1",
    TEAMS("0004") "00110008 0001d149c6336407 00130001 f1",
};
#undef RFC
#undef MS
#undef TEAMS

/* Is the finding, or one that says more, among them? */
static bool is_among(char **codes, const char *code)
{
    while (*codes && !g_str_has_prefix(*codes, code))
        codes++;
    return *codes != NULL;
}

/* Of a message that is cut, or that came in part, nothing is said that the whole one does not have. */
static void check_every_prefix(const char *hex)
{
    GByteArray *message = bytes_from_hex(hex);

    message->data[3] = (uint8_t)(message->len - MSTURN_HEADER_LENGTH);
    char *whole = raised(bytes_of(message), false);
    char **codes = g_strsplit(whole, " ", -1);
    for (uint32_t captured = MSTURN_HEADER_LENGTH; captured < message->len; captured++) {
        const uint32_t lengths[] = { message->len, captured };
        for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
            struct msturn_bytes bytes = exact_bytes(message->data, captured, lengths[i]);
            char *text = raised(bytes, false);
            char **of_part = g_strsplit(text, " ", -1);
            for (char **code = of_part; *code; code++) {
                if (!is_among(codes, *code))
                    g_error("%u bytes of %s: %s", captured, hex, *code);
            }
            g_strfreev(of_part);
            g_free(text);
            free_exact_bytes(bytes);
        }
    }
    g_strfreev(codes);
    g_free(whole);
    g_byte_array_unref(message);
}

static void test_cut_message_lacks_nothing(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(messages); i++)
        check_every_prefix(messages[i]);
}

/* Any bytes may be asked about; AddressSanitizer sees a read behind them. */
static void test_every_byte_may_be_wrong(void)
{
    static const uint8_t masks[] = { 0x01, 0x80, 0xFF };

    for (guint i = 0; i < G_N_ELEMENTS(messages); i++) {
        GByteArray *message = bytes_from_hex(messages[i]);
        message->data[3] = (uint8_t)(message->len - MSTURN_HEADER_LENGTH);
        for (guint at = 0; at < message->len * G_N_ELEMENTS(masks); at++) {
            struct msturn_bytes bytes = exact_bytes(message->data, message->len, message->len);
            ((uint8_t *)bytes.data)[at / G_N_ELEMENTS(masks)] ^= masks[at % G_N_ELEMENTS(masks)];
            g_free(raised(bytes, false));
            g_free(raised(bytes, true));
            free_exact_bytes(bytes);
        }
        g_byte_array_unref(message);
    }
}

/* An attribute that goes past the end may hide what seems to be missing. */
static void test_broken_message_lacks_nothing(void)
{
    assert_raised("0103", "802200ff 61626364", "");
    assert_raised("0001", USERNAME "802200ff", "");
}

/* More attributes than are looked at. */
static void test_very_many_attributes(void)
{
    GString *attributes = g_string_new(NULL);

    for (unsigned i = 0; i < 300; i++)
        g_string_append(attributes, "80220000");
    assert_raised("0103", attributes->str, "");
    g_string_append(attributes, FINGERPRINT);
    assert_raised("0103", attributes->str, "");
    g_string_free(attributes, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message_rules/methods_and_classes_M4", test_methods_and_classes_M4);
    g_test_add_func("/message_rules/unknown_methods_have_every_class", test_unknown_methods_have_every_class);
    g_test_add_func("/message_rules/attribute_behind_integrity_M7", test_attribute_behind_integrity_M7);
    g_test_add_func("/message_rules/fingerprint_is_last_M8", test_fingerprint_is_last_M8);
    g_test_add_func("/message_rules/binding_response_M12", test_binding_response_M12);
    g_test_add_func("/message_rules/allocate_response_M12", test_allocate_response_M12);
    g_test_add_func("/message_rules/turn_messages_M12", test_turn_messages_M12);
    g_test_add_func("/message_rules/tcp_messages_M12", test_tcp_messages_M12);
    g_test_add_func("/message_rules/tcp_allocate_L4", test_tcp_allocate_L4);
    g_test_add_func("/message_rules/check_is_complete_I9", test_check_is_complete_I9);
    g_test_add_func("/message_rules/check_has_integrity_M10", test_check_has_integrity_M10);
    g_test_add_func("/message_rules/check_has_fingerprint_M8", test_check_has_fingerprint_M8);
    g_test_add_func("/message_rules/nomination_by_the_controlled_end_I6", test_nomination_by_the_controlled_end_I6);
    g_test_add_func("/message_rules/ms_check_I6_I7", test_ms_check_I6_I7);
    g_test_add_func("/message_rules/quotes_in_the_realm_A6", test_quotes_in_the_realm_A6);
    g_test_add_func("/message_rules/chosen_algorithm_A9", test_chosen_algorithm_A9);
    g_test_add_func("/message_rules/private_relayed_address_L8", test_private_relayed_address_L8);
    g_test_add_func("/message_rules/private_alternate_server_A6", test_private_alternate_server_A6);
    g_test_add_func("/message_rules/private_addresses", test_private_addresses);
    g_test_add_func("/message_rules/cut_message_lacks_nothing", test_cut_message_lacks_nothing);
    g_test_add_func("/message_rules/every_byte_may_be_wrong", test_every_byte_may_be_wrong);
    g_test_add_func("/message_rules/broken_message_lacks_nothing", test_broken_message_lacks_nothing);
    g_test_add_func("/message_rules/very_many_attributes", test_very_many_attributes);
    return g_test_run();
}
