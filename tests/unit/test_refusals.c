/* test_refusals.c
 * message_rules: error responses; the table of error codes against tests/data/error-findings.csv, challenges,
 * redirections.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules: ietf.md 8.2 to 8.5, microsoft.md 8.3.
 */
#include "csv.h"
#include "plugin/rules/findings.h"
#include "raised.h"

#include <string.h>

enum { CODE, METHOD, FINDING, SEVERITY, RULE, COLUMNS };

#define REALM "00140003 61626300"
#define NONCE "00150004 6e6f6e63"
#define INTEGRITY "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
#define ALTERNATE_SERVER "80230008 00010d96c6336401"
#define MS_REALM "00150003 616263"
#define MS_NONCE "00140004 f1f2f3f4"
#define MS_INTEGRITY INTEGRITY
#define MS_ALTERNATE_SERVER "000e0008 00010d96c6336401"
#define ERROR_300 "00090004 00000300"
#define ERROR_401 "00090004 00000401"
#define ERROR_420 "00090004 00000414"
#define ERROR_438 "00090004 00000426"

static const struct {
    const char *name;
    const char *error_type;
} methods[] = {
    { "Binding", "0111" },     { "Allocate", "0113" }, { "Refresh", "0114" },        { "CreatePermission", "0118" },
    { "ChannelBind", "0119" }, { "Connect", "011a" },  { "ConnectionBind", "011b" },
};

static GPtrArray *table;

static char *error_code(unsigned code)
{
    return g_strdup_printf("00090004 0000%02x%02x", code / 100, code % 100);
}

/* The row of this code and method; of this code; of this method; the last one. */
static char **expected_row(unsigned code, const char *method)
{
    char *number = g_strdup_printf("%u", code);
    const char *const wanted[][2] = { { number, method }, { number, "any" }, { "any", method }, { "any", "any" } };
    char **found = NULL;

    for (guint w = 0; w < G_N_ELEMENTS(wanted) && !found; w++) {
        for (guint i = 0; i < table->len && !found; i++) {
            char **cells = g_ptr_array_index(table, i);
            if (strcmp(cells[CODE], wanted[w][0]) == 0 && strcmp(cells[METHOD], wanted[w][1]) == 0)
                found = cells;
        }
    }
    g_free(number);
    return found;
}

/* All codes that the three bits of the class can say, 8489 section 14.8, but for challenges. */
static void test_every_error_code_of_every_method(void)
{
    for (guint m = 0; m < G_N_ELEMENTS(methods); m++) {
        for (unsigned code = 0; code < 800; code++) {
            char *attributes = error_code(code);
            char *all = g_strconcat(attributes, code == 300 ? ALTERNATE_SERVER : "", NULL);
            if (code != 401 && code != 438)
                assert_raised(methods[m].error_type, all, expected_row(code, methods[m].name)[FINDING]);
            g_free(all);
            g_free(attributes);
        }
    }
}

static void test_severities(void)
{
    static const char *const names[] = {
        [MSTURN_NOTE] = "note",
        [MSTURN_WARNING] = "warning",
        [MSTURN_ERROR] = "error",
    };

    for (guint i = 0; i < table->len; i++) {
        char **cells = g_ptr_array_index(table, i);
        int finding = MSTURN_FINDING_NONE + 1;
        while (finding < MSTURN_FINDING_COUNT && strcmp(msturn_findings[finding].code, cells[FINDING]) != 0)
            finding++;
        g_assert_cmpint(finding, <, MSTURN_FINDING_COUNT);
        g_assert_cmpstr(names[msturn_findings[finding].severity], ==, cells[SEVERITY]);
    }
}

static void test_ms_turn(void)
{
    assert_raised_ms("0113", "00090004 0000041f", "credentials_invalid");
    assert_raised_ms("0113", "00090004 00000420", "auth_attribute_missing");
    assert_raised_ms("0113", "00090004 00000424", "credentials_invalid");
    assert_raised_ms("0113", "00090004 00000428", "address_family_refused");
    assert_raised_ms("0113", "00090004 0000042b", "request_refused"); /* draft-rosenberg-midcom-turn: invalid address */
    assert_raised_ms("0113", "00090004 00000507", "no_capacity");
    assert_raised_ms("0103", "00010008 0001c350c6336401 80200008 0001aaaabbbbcccc 00090004 00000500", "");
}

static void test_set_active_destination_A19(void)
{
    assert_raised_ms("0116", "00090004 00000400", "active_destination_refused");
    assert_raised_ms("0116", "00090004 00000427", "active_destination_refused");
    assert_raised_ms("0116", ERROR_438 MS_NONCE, "");
    assert_raised_ms("0106", "", "");
}

/* 0x0116 is a Send of RFC 8656 elsewhere, which has no responses; 0x0114 is no Refresh in [MS-TURN] 2.2.1. */
static void test_numbers_of_the_other_dialect(void)
{
    assert_raised("0116", "00090004 00000400", "method_class request_refused");
    assert_raised_ms("0114", "00090004 00000425", "allocation_mismatch forbidden_type");
}

/* 8489 section 6.3.4. */
static void test_error_response_without_a_code_M12(void)
{
    assert_raised("0113", "", "error_code_missing");
    assert_raised("0111", REALM, "error_code_missing");
    assert_raised("0113", "00090002 00000000", "error_code_missing");
    assert_raised_ms("0113", "", "error_code_missing");
    assert_raised("0101", "00200008 0001aaaabbbbcccc", "");
}

static void test_refused_attributes_M6_A11(void)
{
    assert_raised("0113", ERROR_420, "attribute_refused");
    assert_raised("0113", ERROR_420 "000a0000", "attribute_refused");
    assert_raised("0113", ERROR_420 "000a0002 00170000", "attribute_refused:0017");
    assert_raised("0113", ERROR_420 "000a0004 00170018", "attribute_refused:0017 attribute_refused:0018");
    assert_raised("0113", ERROR_420 "000a0004 00170017", "attribute_refused:0017");
    assert_raised_ms("0113", ERROR_420 "000a0002 8055", "attribute_refused:8055");
    assert_raised("0113", "00090004 00000413 000a0002 00170000", "request_refused");
}

/* However long the list is. */
static void test_refused_attributes_are_counted(void)
{
    GString *attributes = g_string_new(ERROR_420 "000a0028");

    for (unsigned type = 0; type < 20; type++)
        g_string_append_printf(attributes, "7f%02x", type);
    assert_raised("0113", attributes->str,
                  "attribute_refused:7f00 attribute_refused:7f01 attribute_refused:7f02 attribute_refused:7f03 "
                  "attribute_refused:7f04 attribute_refused:7f05 attribute_refused:7f06 attribute_refused:7f07");
    g_string_free(attributes, TRUE);
}

/* 8489 sections 9.2.4 and 9.2.5. */
static void test_challenge_A3(void)
{
    static const char *const types[] = { "0113", "0114", "0118", "0119", "011a", "011b" };

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        assert_raised(types[i], ERROR_401 REALM NONCE, "");
        assert_raised(types[i], ERROR_438 REALM NONCE, "");
        assert_raised(types[i], ERROR_401 NONCE, "challenge_incomplete:0014");
        assert_raised(types[i], ERROR_401 REALM, "challenge_incomplete:0015");
        assert_raised(types[i], ERROR_438 NONCE, "challenge_incomplete:0014");
        assert_raised(types[i], ERROR_438, "challenge_incomplete:0014 challenge_incomplete:0015");
        assert_raised(types[i], ERROR_401 REALM NONCE INTEGRITY, "challenge_with_integrity");
        assert_raised(types[i], ERROR_438 REALM NONCE INTEGRITY, "");
    }
}

/* microsoft.md 3.3: realm and nonce are in a 401; a 438 is there for its nonce. */
static void test_ms_challenge(void)
{
    assert_raised_ms("0113", ERROR_401 MS_REALM MS_NONCE, "");
    assert_raised_ms("0113", ERROR_401 MS_NONCE, "challenge_incomplete:0015");
    assert_raised_ms("0113", ERROR_401 MS_REALM, "challenge_incomplete:0014");
    assert_raised_ms("0113", ERROR_438 MS_NONCE, "");
    assert_raised_ms("0113", ERROR_438 MS_REALM, "challenge_incomplete:0014");
    assert_raised_ms("0113", ERROR_401 MS_REALM MS_NONCE MS_INTEGRITY, "integrity_forbidden:0008");
}

/* 8489 section 9.1.3: without a realm it refuses a check; with one, a STUN server asks for credentials. */
static void test_401_to_a_check_I8(void)
{
    assert_raised("0111", ERROR_401, "check_refused");
    assert_raised("0111", ERROR_401 REALM NONCE, "");
    assert_raised("0111", ERROR_401 REALM, "challenge_incomplete:0015");
    assert_raised("0111", ERROR_438, "challenge_incomplete:0014 challenge_incomplete:0015");
}

/* 8489 section 9.2, erratum 6290: bit 0 at either end. */
static void test_promised_algorithms_A9(void)
{
#define COOKIE_NONCE(features) "0015000d 6f624d61744a6f7332" features "000000"
    assert_raised("0113", ERROR_401 REALM COOKIE_NONCE("41414142"), "bid_down:8002");
    assert_raised("0113", ERROR_401 REALM COOKIE_NONCE("67414141"), "bid_down:8002");
    assert_raised("0113", ERROR_438 REALM COOKIE_NONCE("77414141"), "bid_down:8002");
    assert_raised("0113", ERROR_401 REALM COOKIE_NONCE("67414141") "80020004 00010000", "");
    assert_raised("0113", ERROR_401 REALM COOKIE_NONCE("41414143"), "");
    assert_raised("0113", ERROR_401 REALM COOKIE_NONCE("51414141"), "");
    assert_raised("0113", ERROR_401 REALM "0015000d 6f624d61744a6f7333 67414141 000000", "");
#undef COOKIE_NONCE
}

/* 8489 section 10, [MS-TURN] 2.2.2.7. */
static void test_redirection_A10_A7(void)
{
    assert_raised("0113", ERROR_300 ALTERNATE_SERVER, "redirected");
    assert_raised("0113", ERROR_300, "redirect_without_server");
    assert_raised("011b", ERROR_300, "redirect_without_server");
    assert_raised_ms("0113", ERROR_300 MS_ALTERNATE_SERVER, "redirected");
    assert_raised_ms("0113", ERROR_300 "80320003 612e62", "redirected");
    assert_raised_ms("0113", ERROR_300, "redirect_without_server");
    assert_raised_ms("0113", ERROR_401 MS_REALM MS_NONCE MS_ALTERNATE_SERVER, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    table = csv_read("error-findings.csv", COLUMNS);
    g_test_add_func("/refusals/numbers_of_the_other_dialect", test_numbers_of_the_other_dialect);
    g_test_add_func("/refusals/every_error_code_of_every_method", test_every_error_code_of_every_method);
    g_test_add_func("/refusals/severities", test_severities);
    g_test_add_func("/refusals/ms_turn", test_ms_turn);
    g_test_add_func("/refusals/set_active_destination_A19", test_set_active_destination_A19);
    g_test_add_func("/refusals/error_response_without_a_code_M12", test_error_response_without_a_code_M12);
    g_test_add_func("/refusals/refused_attributes_M6_A11", test_refused_attributes_M6_A11);
    g_test_add_func("/refusals/refused_attributes_are_counted", test_refused_attributes_are_counted);
    g_test_add_func("/refusals/challenge_A3", test_challenge_A3);
    g_test_add_func("/refusals/ms_challenge", test_ms_challenge);
    g_test_add_func("/refusals/401_to_a_check_I8", test_401_to_a_check_I8);
    g_test_add_func("/refusals/promised_algorithms_A9", test_promised_algorithms_A9);
    g_test_add_func("/refusals/redirection_A10_A7", test_redirection_A10_A7);
    const int result = g_test_run();
    g_ptr_array_unref(table);
    return result;
}
