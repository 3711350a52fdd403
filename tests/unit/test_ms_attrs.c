/* test_ms_attrs.c
 * attrs: the values of Microsoft's attributes, from bytes laid out as the documents' sections say.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "inspect.h"

#include <string.h>

#define COOKIE "000f0004 72c64bc6"
/* The specification's example of XOR ([MS-TURN] 2.2.2.16): the id begins 0x4455. */
#define ID "44556677 00112233445566778899aabb"

/* An MS-TURN message with this attribute behind the cookie. */
static GByteArray *message_with(uint16_t type, const char *value)
{
    GByteArray *message = bytes_from_hex("0113 0000" ID COOKIE);
    GByteArray *bytes = bytes_from_hex(value);
    const uint8_t header[4] = { (uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(bytes->len >> 8), (uint8_t)bytes->len };

    g_byte_array_append(message, header, sizeof header);
    g_byte_array_append(message, bytes->data, bytes->len);
    message->data[3] = (uint8_t)(message->len - MSTURN_HEADER_LENGTH);
    g_byte_array_unref(bytes);
    return message;
}

/* How many values the part has; the first one goes to *value. */
static unsigned find_values(GByteArray *message, uint16_t type, const char *suffix, struct msturn_value *value)
{
    const struct msturn_attr *attr = msturn_attr_lookup(MSTURN_DIALECT_MS_TURN, type);
    const struct msturn_span span = inspect_find(bytes_of(message), type);
    unsigned part_count, found = 0;

    g_assert_nonnull(attr);
    const struct msturn_part *parts = msturn_attr_parts(attr, &part_count);
    GArray *values = inspect_values(attr, bytes_of(message), &span);
    for (guint i = 0; i < values->len; i++) {
        const struct msturn_value *candidate = &g_array_index(values, struct msturn_value, i);
        if (g_strcmp0(parts[candidate->part].suffix, suffix) == 0 && found++ == 0)
            *value = *candidate;
    }
    g_array_unref(values);
    return found;
}

static struct msturn_value value_of(GByteArray *message, uint16_t type, const char *suffix)
{
    struct msturn_value value = { .length = 0 };

    if (find_values(message, type, suffix, &value) == 0)
        g_error("0x%04x has no value \"%s\"", type, suffix ? suffix : "");
    return value;
}

static void assert_number(uint16_t type, const char *bytes, const char *suffix, uint32_t number)
{
    GByteArray *message = message_with(type, bytes);

    g_assert_cmpuint(value_of(message, type, suffix).number, ==, number);
    g_byte_array_unref(message);
}

/* The part has these bytes of the value, `offset` bytes from its start. */
static void assert_bytes(uint16_t type, const char *bytes, const char *suffix, uint32_t offset, uint32_t length)
{
    GByteArray *message = message_with(type, bytes);
    const struct msturn_value value = value_of(message, type, suffix);

    g_assert_cmpuint(value.offset, ==, MSTURN_HEADER_LENGTH + 8 + MSTURN_ATTR_HEADER_LENGTH + offset);
    g_assert_cmpuint(value.length, ==, length);
    g_byte_array_unref(message);
}

static void test_numbers(void)
{
    assert_number(0x000D, "0000003c", NULL, 60);         /* 2.2.2.6 */
    assert_number(0x000F, "72c64bc6", NULL, 0x72C64BC6); /* 2.2.2.8 */
    assert_number(0x0010, "00002ee0", NULL, 12000);      /* 2.2.2.9 */
    assert_number(0x0017, "02000000", NULL, 2);          /* 2.2.2.15: family at offset 0 */
    assert_number(0x8008, "00000006", NULL, 6);          /* 2.2.2.17 */
    assert_number(0x8037, "00000002", NULL, 2);
    assert_number(0x8070, "00000003", NULL, 3);
}

static void test_error_code_2_2_2_4(void)
{
    assert_number(0x0009, "00000401 6e6f", NULL, 401);
    assert_number(0x0009, "0000fc4a", NULL, 474); /* the low three bits of the class count */
    assert_bytes(0x0009, "00000401 6e6f65", "reason", 4, 3);
}

static void test_unknown_attributes_2_2_2_5(void)
{
    GByteArray *message = message_with(0x000A, "7ff1 0019 0020");
    struct msturn_value value;

    g_assert_cmpuint(find_values(message, 0x000A, "type", &value), ==, 3);
    g_assert_cmphex(value.number, ==, 0x7FF1);
    g_byte_array_unref(message);
}

static void test_sequence_number_2_2_2_21(void)
{
    GByteArray *message = message_with(0x8050, "00000009");
    struct msturn_value value;

    assert_number(0x8050, "000102030405060708090a0b0c0d0e0f10111213 00000007", NULL, 7);
    assert_bytes(0x8050, "000102030405060708090a0b0c0d0e0f10111213 00000007", "connection_id", 0, 20);
    assert_bytes(0x8050, "000102030405060708090a0b0c0d0e0f10111213 00000007", NULL, 20, 4);
    g_assert_cmpuint(value_of(message, 0x8050, NULL).number, ==, 9);
    g_assert_cmpuint(find_values(message, 0x8050, "connection_id", &value), ==, 0);
    g_byte_array_unref(message);
}

static void test_service_quality_2_2_2_22(void)
{
    assert_number(0x8055, "0003 0001", "stream_type", 3);
    assert_number(0x8055, "0003 0001", "quality", 1);
}

static void test_bandwidth_admission_ms_turnbwm_2_2_1_to_2_2_3(void)
{
    static const char amount[] = "00000001 00000002 00000003 00000004";

    assert_number(0x8056, "0000 0002", NULL, 2);
    assert_number(0x8056, "ffff 0001", NULL, 1); /* the first two bytes are reserved */
    assert_bytes(0x8057, "000102030405060708090a0b0c0d0e0f", NULL, 0, 16);
    assert_number(0x8058, amount, "minimum_send", 1);
    assert_number(0x8058, amount, "maximum_send", 2);
    assert_number(0x8058, amount, "minimum_receive", 3);
    assert_number(0x8058, amount, "maximum_receive", 4);
}

static bool bit_is_set(uint16_t type, const char *bytes, const char *suffix)
{
    GByteArray *message = message_with(type, bytes);
    const struct msturn_attr *attr = msturn_attr_lookup(MSTURN_DIALECT_MS_TURN, type);
    const struct msturn_value value = value_of(message, type, suffix);
    unsigned count;
    const bool set = (value.number & msturn_attr_parts(attr, &count)[value.part].mask) != 0;

    g_byte_array_unref(message);
    return set;
}

/* V is bit 31, F is bit 30. */
static void test_site_responses_ms_turnbwm_2_2_8_to_2_2_11(void)
{
    static const uint16_t sites[] = { 0x805D, 0x805F }, relays[] = { 0x805E, 0x8060 };

    for (guint i = 0; i < G_N_ELEMENTS(sites); i++) {
        g_assert_true(bit_is_set(sites[i], "80000000 00000200 00000100", "valid"));
        g_assert_false(bit_is_set(sites[i], "80000000 00000200 00000100", "pstn_failover"));
        g_assert_false(bit_is_set(sites[i], "7fffffff 00000200 00000100", "valid"));
        g_assert_true(bit_is_set(sites[i], "40000000 00000000 00000000", "pstn_failover"));
        assert_number(sites[i], "80000000 00000200 00000100", "maximum_send", 512);
        assert_number(sites[i], "80000000 00000200 00000100", "maximum_receive", 256);
        g_assert_true(bit_is_set(relays[i], "80000000 00000200 00000100", "valid"));
        g_assert_false(bit_is_set(relays[i], "7fffffff 00000200 00000100", "valid"));
        assert_number(relays[i], "80000000 00000200 00000100", "maximum_send", 512);
        assert_number(relays[i], "80000000 00000200 00000100", "maximum_receive", 256);
    }
}

static void test_location_profile_ms_turnbwm_2_2_14(void)
{
    assert_number(0x8068, "02010200", "peer_location", 2);
    assert_number(0x8068, "02010200", "self_location", 1);
    assert_number(0x8068, "02010200", "federation", 2);
}

static void test_opaque_values_are_whole(void)
{
    static const uint16_t any[] = { 0x0006, 0x0013, 0x0014, 0x0015, 0x8022, 0x8032, 0x8039, 0x8054, 0x8061, 0x8062 };

    for (guint i = 0; i < G_N_ELEMENTS(any); i++)
        assert_bytes(any[i], "414243444546474849", NULL, 0, 9);
    assert_bytes(0x8095, "0001020304050607", NULL, 0, 8);
    assert_bytes(0x8006, "00000001", NULL, 0, 4); /* undocumented */
    assert_bytes(0x8036, "00000001", NULL, 0, 4);
    for (unsigned length = 20; length <= 32; length += 12) { /* 2.2.2.3: HMAC-SHA1, HMAC-SHA256 */
        GString *hex = g_string_new(NULL);
        for (unsigned byte = 0; byte < length; byte++)
            g_string_append_printf(hex, "%02x", byte);
        assert_bytes(0x0008, hex->str, NULL, 0, length);
        g_string_free(hex, TRUE);
    }
}

/* ---- addresses ---- */

static void assert_endpoint(uint16_t type, const char *bytes, const char *address, uint32_t port, bool ipv6)
{
    GByteArray *message = message_with(type, bytes);
    GByteArray *expected = bytes_from_hex(address);
    const struct msturn_value value = value_of(message, type, NULL);

    g_assert_cmpint(value.ipv6, ==, ipv6);
    g_assert_cmpuint(value.number, ==, port);
    g_assert_cmpmem(value.address, ipv6 ? 16 : 4, expected->data, expected->len);
    g_byte_array_unref(expected);
    g_byte_array_unref(message);
}

/* Captured: 93.71.110.205:16332 ([MS-TURN] 2.2.2.11). */
static void test_clear_addresses(void)
{
    static const uint16_t clear[] = { 0x0001, 0x000E, 0x0011, 0x0012, 0x8090 };

    for (guint i = 0; i < G_N_ELEMENTS(clear); i++) {
        assert_endpoint(clear[i], "0001 3fcc 5d476ecd", "5d476ecd", 16332, false);
        assert_endpoint(clear[i], "0002 c350 20010db8000000000000000000000007", "20010db8000000000000000000000007",
                        50000, true);
    }
}

/* The key is the whole transaction id, for the port its first two bytes: 0x1122 is 0x5577 on the wire. */
static void test_addresses_under_the_transaction_id_2_2_2_16(void)
{
    static const uint16_t xored[] = { 0x8020, 0x8059, 0x805A, 0x805B, 0x805C };

    for (guint i = 0; i < G_N_ELEMENTS(xored); i++) {
        assert_endpoint(xored[i], "0001 5577 8455647e", "c0000209", 0x1122, false);
        assert_endpoint(xored[i], "0002 5577 44556677 00112233445566778899aabb", "00000000000000000000000000000000",
                        0x1122, true);
    }
}

static void test_family_that_is_none_gives_no_address(void)
{
    static const uint16_t all[] = { 0x0001, 0x0011, 0x0012, 0x8020, 0x805B };

    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        GByteArray *message = message_with(all[i], "0003 1234 01020304");
        struct msturn_value value;
        g_assert_cmpuint(find_values(message, all[i], NULL, &value), ==, 0);
        g_assert_cmpuint(value_of(message, all[i], "family").number, ==, 3);
        g_byte_array_unref(message);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ms_attrs/numbers", test_numbers);
    g_test_add_func("/ms_attrs/error_code_2_2_2_4", test_error_code_2_2_2_4);
    g_test_add_func("/ms_attrs/unknown_attributes_2_2_2_5", test_unknown_attributes_2_2_2_5);
    g_test_add_func("/ms_attrs/sequence_number_2_2_2_21", test_sequence_number_2_2_2_21);
    g_test_add_func("/ms_attrs/service_quality_2_2_2_22", test_service_quality_2_2_2_22);
    g_test_add_func("/ms_attrs/bandwidth_admission_ms_turnbwm_2_2_1_to_2_2_3",
                    test_bandwidth_admission_ms_turnbwm_2_2_1_to_2_2_3);
    g_test_add_func("/ms_attrs/site_responses_ms_turnbwm_2_2_8_to_2_2_11",
                    test_site_responses_ms_turnbwm_2_2_8_to_2_2_11);
    g_test_add_func("/ms_attrs/location_profile_ms_turnbwm_2_2_14", test_location_profile_ms_turnbwm_2_2_14);
    g_test_add_func("/ms_attrs/opaque_values_are_whole", test_opaque_values_are_whole);
    g_test_add_func("/ms_attrs/clear_addresses", test_clear_addresses);
    g_test_add_func("/ms_attrs/addresses_under_the_transaction_id_2_2_2_16",
                    test_addresses_under_the_transaction_id_2_2_2_16);
    g_test_add_func("/ms_attrs/family_that_is_none_gives_no_address", test_family_that_is_none_gives_no_address);
    return g_test_run();
}
