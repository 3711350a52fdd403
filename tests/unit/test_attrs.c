/* test_attrs.c
 * attrs: the values of each shape of attribute, with the layouts of the specifications.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "inspect.h"

#include <string.h>

/* A message with one attribute. */
static GByteArray *message_with(uint16_t type, const char *hex)
{
    GByteArray *value = bytes_from_hex(hex);
    GByteArray *message = message_new(0x0001);

    message_add(message, type, value->data, (uint16_t)value->len);
    g_byte_array_unref(value);
    return message;
}

static void assert_number(uint16_t type, const char *hex, const char *suffix, uint32_t expected)
{
    GByteArray *message = message_with(type, hex);

    g_assert_cmpuint(inspect_part(bytes_of(message), type, suffix).number, ==, expected);
    g_byte_array_unref(message);
}

/* The part stands at `offset` in the value and has `length` bytes. */
static void assert_place(uint16_t type, const char *hex, const char *suffix, uint32_t offset, uint32_t length)
{
    GByteArray *message = message_with(type, hex);
    const struct msturn_value value = inspect_part(bytes_of(message), type, suffix);

    g_assert_cmpuint(value.offset, ==, MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH + offset);
    g_assert_cmpuint(value.length, ==, length);
    g_byte_array_unref(message);
}

static void assert_count(uint16_t type, const char *hex, const char *suffix, unsigned expected)
{
    GByteArray *message = message_with(type, hex);

    g_assert_cmpuint(inspect_count(bytes_of(message), type, suffix), ==, expected);
    g_byte_array_unref(message);
}

/* The numbers of the parts with this suffix, in their order. */
static void assert_list(uint16_t type, const char *hex, const char *suffix, const uint32_t *expected,
                        unsigned expected_count)
{
    GByteArray *message = message_with(type, hex);
    const struct msturn_attr *attr = msturn_attr_find(type);
    const struct msturn_span span = inspect_find(bytes_of(message), type);
    GArray *values = inspect_values(attr, bytes_of(message), &span);
    unsigned part_count;
    const struct msturn_part *parts = msturn_attr_parts(attr, &part_count);
    unsigned count = 0;

    for (guint i = 0; i < values->len; i++) {
        const struct msturn_value *value = &g_array_index(values, struct msturn_value, i);
        if (g_strcmp0(parts[value->part].suffix, suffix) != 0)
            continue;
        g_assert_cmpuint(count, <, expected_count);
        g_assert_cmpuint(value->number, ==, expected[count++]);
    }
    g_assert_cmpuint(count, ==, expected_count);
    g_array_unref(values);
    g_byte_array_unref(message);
}

static void assert_address(uint16_t type, const char *hex, const char *address_hex, uint16_t port)
{
    GByteArray *message = message_with(type, hex);
    GByteArray *address = bytes_from_hex(address_hex);
    const bool ipv6 = address->len == 16;
    const struct msturn_value own = inspect_part(bytes_of(message), type, NULL);
    const struct msturn_value ip = inspect_part(bytes_of(message), type, ipv6 ? "ipv6" : "ip");

    g_assert_cmpint(own.ipv6, ==, ipv6);
    g_assert_cmpuint(own.number, ==, port);
    g_assert_cmpmem(own.address, address->len, address->data, address->len);
    g_assert_cmpmem(ip.address, address->len, address->data, address->len);
    g_assert_cmpuint(ip.length, ==, address->len);
    g_assert_cmpuint(inspect_count(bytes_of(message), type, ipv6 ? "ip" : "ipv6"), ==, 0);
    g_assert_cmpuint(inspect_part(bytes_of(message), type, "port").number, ==, port);
    g_assert_cmpuint(inspect_part(bytes_of(message), type, "family").number, ==, ipv6 ? 2 : 1);
    g_byte_array_unref(address);
    g_byte_array_unref(message);
}

/* RFC 8489 section 14.1. */
static void test_mapped_address(void)
{
    assert_address(0x0001, "0001 0d96 c0000201", "c0000201", 3478);
    assert_address(0x0001, "0002 0d96 20010db8000000000000000000000001", "20010db8000000000000000000000001", 3478);
    assert_place(0x0001, "0001 0d96 c0000201", "reserved", 0, 1);
    assert_count(0x0001, "0001 0d96 c0000201", "xored_port", 0);
}

/* RFC 8489 section 14.2: port and IPv4 address are XOR-ed with the cookie, an IPv6 address with the cookie
 * and the transaction id (here that of RFC 5769, whose sections 2.2 and 2.3 these values are from). */
static void test_xor_mapped_address(void)
{
    assert_address(0x0020, "0001 a147 e112a643", "c0000201", 32853);
    assert_address(0x0020, "0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9", "20010db8123456780011223344556677", 32853);
    assert_number(0x0020, "0001 a147 e112a643", "xored_port", 0xA147);
    assert_place(0x0020, "0001 a147 e112a643", "xored_ip", 4, 4);
    assert_place(0x0020, "0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9", "xored_ipv6", 4, 16);
    /* RFC 8656 sections 18.3 and 18.5 encode their addresses the same way. */
    assert_address(0x0012, "0001 f05b e1baa5be", "c0a801fc", 53577);
    assert_address(0x0016, "0001 7cd2 e1baa5a7", "c0a801e5", 24000);
}

/* RFC 8489 section 14.1 knows families 1 and 2 only: of others the address cannot be read. */
static void test_address_of_unknown_family(void)
{
    static const uint16_t types[] = { 0x0001, 0x0012, 0x0020, 0x8023 };

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        static const char hex[] = "0003 1234 0102030405060708090a0b0c0d0e0f10";
        assert_number(types[i], hex, "family", 3);
        assert_count(types[i], hex, "port", 1);
        assert_count(types[i], hex, "ip", 0);
        assert_count(types[i], hex, "ipv6", 0);
        assert_count(types[i], hex, NULL, 0);
    }
}

/* An IPv6 address in the space of an IPv4 one is not read from the next attribute. */
static void test_address_shorter_than_its_family(void)
{
    assert_count(0x0020, "0002 a147 0113a9fa", NULL, 0);
    assert_count(0x0020, "0002 a147 0113a9fa", "ipv6", 0);
    assert_number(0x0020, "0002 a147 0113a9fa", "port", 32853);
    assert_count(0x0020, "0001 a147 e112a6", NULL, 0);
}

static void assert_error_code(uint16_t type, const char *hex, uint32_t code, const char *reason)
{
    GByteArray *message = message_with(type, hex);
    const struct msturn_bytes bytes = bytes_of(message);
    const struct msturn_value text = inspect_part(bytes, type, "reason");

    g_assert_cmpuint(inspect_part(bytes, type, NULL).number, ==, code);
    g_assert_cmpuint(inspect_part(bytes, type, "class").number & 7, ==, code / 100);
    g_assert_cmpuint(inspect_part(bytes, type, "number").number, ==, code % 100);
    g_assert_cmpmem(bytes.data + text.offset, text.length, reason, strlen(reason));
    g_byte_array_unref(message);
}

/* RFC 8489 section 14.8: the hundreds in 3 bits, the rest in a byte, then the reason phrase. */
static void test_error_code(void)
{
    assert_error_code(0x0009, "00000401 556e617574686f72697a6564", 401, "Unauthorized");
    assert_error_code(0x0009, "00000426 5374616c65204e6f6e6365", 438, "Stale Nonce");
    /* Receivers ignore the reserved bits. */
    assert_error_code(0x0009, "fffffc01 55", 401, "U");
    assert_count(0x0009, "00000325", "reason", 0);
    assert_number(0x0009, "00000325", NULL, 337);
}

/* RFC 8656 section 18.12: as ERROR-CODE, with the address family in the first byte. */
static void test_address_error_code(void)
{
    assert_error_code(0x8001, "02000428 4e6f2049507636", 440, "No IPv6");
    assert_number(0x8001, "02000428", "family", 2);
}

/* RFC 8489 sections 14.11 and 14.12: number, length of the parameters, parameters padded to 4 bytes. */
static void test_password_algorithms(void)
{
    static const uint32_t expected[] = { 2, 1 };

    assert_list(0x8002, "00020000 00010000", "algorithm", expected, 2);
    assert_count(0x8002, "00020000 00010000", "parameter_length", 2);
    assert_number(0x001D, "00020000", "algorithm", 2);
    assert_number(0x001D, "00020000", "parameter_length", 0);
    assert_count(0x001D, "00020000", "parameters", 0);
}

static void test_password_algorithm_parameters_are_padded(void)
{
    static const uint32_t expected[] = { 99, 1 };

    assert_list(0x8002, "00630005 aabbccddee000000 00010000", "algorithm", expected, 2);
    assert_place(0x8002, "00630005 aabbccddee000000 00010000", "parameters", 4, 5);
    /* Parameters past the end are not taken. */
    assert_count(0x8002, "00020000 0063ffff aabbccdd", "parameters", 0);
}

static void test_flags(void)
{
    assert_place(0x001A, "", NULL, 0, 0); /* RFC 8656 section 18.9 */
    assert_place(0x0025, "", NULL, 0, 0); /* RFC 8445 section 16.1 */
}

static void test_text_and_opaque_values(void)
{
    assert_place(0x0006, "6576746a3a68367659", NULL, 0, 9);
    assert_place(0x0014, "", NULL, 0, 0);
    assert_place(0x0013, "8060123400", NULL, 0, 5);                                /* RFC 8656 section 18.4 */
    assert_place(0x0008, "9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2", NULL, 0, 20); /* RFC 8489 section 14.5 */
    assert_place(0x0022, "0123456789abcdef", NULL, 0, 8);                          /* RFC 8656 section 18.10 */
    assert_place(0x8029, "932ff9b151263b36", NULL, 0, 8);                          /* RFC 8445 section 16.1 */
}

static void test_numbers(void)
{
    assert_number(0x000C, "40010000", NULL, 0x4001); /* RFC 8656 section 18.1 */
    assert_place(0x000C, "40010000", "reserved", 2, 2);
    assert_number(0x000D, "00000258", NULL, 600); /* RFC 8656 section 18.2 */
    assert_number(0x0017, "02000000", NULL, 2);   /* RFC 8656 section 18.6 */
    assert_number(0x0019, "06000000", NULL, 6);   /* RFC 6062 section 4.1 */
    assert_place(0x0019, "06000000", "reserved", 1, 3);
    /* RFC 8445 sections 16.1 and 5.1.2.1; the value is the example of RFC 8839 section 5.1 for a server-reflexive candidate. */
    assert_number(0x0024, "64ffffff", NULL, 1694498815);
    assert_number(0x0024, "64ffffff", "type", 100);
    assert_number(0x0024, "64ffffff", "local", 65535);
    assert_number(0x0024, "64ffffff", "component", 1);
    assert_number(0x0024, "00000200", "component", 256);
    assert_number(0x0027, "0d960000", NULL, 3478); /* RFC 5780 section 7.5 */
    assert_number(0x0027, "0d96", NULL, 3478);
    assert_number(0x002A, "deadbeef", NULL, 0xDEADBEEF); /* RFC 6062 section 6.2.1 */
    assert_number(0x8028, "e57a3bcf", NULL, 0xE57A3BCF); /* RFC 8489 section 14.7 */
}

static void test_bits(void)
{
    /* RFC 5780 section 7.2: 0x04 change IP, 0x02 change port. */
    assert_number(0x0003, "00000006", NULL, 6);
    assert_number(0x0003, "00000006", "ip", 6);
    assert_number(0x0003, "00000006", "port", 6);
    /* RFC 8656 section 18.7: the highest bit. */
    assert_number(0x0018, "80", "reserve_next", 0x80);
    assert_number(0x0018, "00", "reserve_next", 0);
    /* RFC 6679 section 7.2.2: 29 bits, 2 bits ECN field, 1 bit valid. */
    assert_number(0x802D, "00000007", "ecf", 7);
    assert_number(0x802D, "00000007", "valid", 7);
}

/* Each bit has the mask that the specification gives it. */
static void test_masks(void)
{
    static const struct {
        uint16_t type;
        const char *suffix;
        uint32_t mask;
    } expected[] = {
        { 0x0003, "ip", 0x04 },    { 0x0003, "port", 0x02 },  { 0x0018, "reserve_next", 0x80 }, { 0x802D, "ecf", 0x06 },
        { 0x802D, "valid", 0x01 }, { 0x0009, "class", 0x07 }, { 0x8001, "class", 0x07 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        unsigned count;
        const struct msturn_part *parts = msturn_attr_parts(msturn_attr_find(expected[i].type), &count);
        bool found = false;
        for (unsigned j = 0; j < count; j++) {
            if (g_strcmp0(parts[j].suffix, expected[i].suffix) == 0) {
                g_assert_cmphex(parts[j].mask, ==, expected[i].mask);
                found = true;
            }
        }
        g_assert_true(found);
    }
}

static void test_lists(void)
{
    static const uint32_t types[] = { 0x0006, 0x8022, 0xC057 };
    static const uint32_t numbers[] = { 1, 0x80000002, 3 };

    assert_list(0x000A, "0006 8022 c057", "type", types, 3); /* RFC 8489 section 14.13 */
    assert_list(0x000A, "", "type", NULL, 0);
    assert_list(0x000A, "0006 80", "type", types, 1);
    assert_list(0xC059, "0001", "value", numbers, 1);
    assert_list(0xC071, "00000001 80000002 00000003", "number", numbers, 3);
}

static void test_records(void)
{
    /* RFC 8656 section 18.13. */
    assert_number(0x8004, "0000 03 04 000005dc", "type", 3);
    assert_number(0x8004, "0000 03 04 000005dc", "code", 4);
    assert_number(0x8004, "0000 03 04 000005dc", "data", 1500);
    /* RFC 7982 section 3.1. */
    assert_number(0x8025, "0000 02 01", "requests", 2);
    assert_number(0x8025, "0000 02 01", "responses", 1);
    /* libwebrtc. */
    assert_number(0xC057, "0003 000a", "id", 3);
    assert_number(0xC057, "0003 000a", "cost", 10);
}

/* RFC 7635 section 6.2. */
static void test_access_token(void)
{
    assert_number(0x001B, "000c 000102030405060708090a0b aabbcc", "nonce_length", 12);
    assert_place(0x001B, "000c 000102030405060708090a0b aabbcc", "nonce", 2, 12);
    assert_place(0x001B, "000c 000102030405060708090a0b aabbcc", "encrypted_block", 14, 3);
    assert_count(0x001B, "000d 000102030405060708090a0b", "nonce", 0);
    assert_count(0x001B, "000d 000102030405060708090a0b", "encrypted_block", 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attrs/mapped_address_rfc8489_14_1", test_mapped_address);
    g_test_add_func("/attrs/xor_mapped_address_rfc8489_14_2", test_xor_mapped_address);
    g_test_add_func("/attrs/address_of_unknown_family_rfc8489_14_1", test_address_of_unknown_family);
    g_test_add_func("/attrs/address_shorter_than_its_family", test_address_shorter_than_its_family);
    g_test_add_func("/attrs/error_code_rfc8489_14_8", test_error_code);
    g_test_add_func("/attrs/address_error_code_rfc8656_18_12", test_address_error_code);
    g_test_add_func("/attrs/password_algorithms_rfc8489_14_11", test_password_algorithms);
    g_test_add_func("/attrs/password_algorithm_parameters_are_padded_rfc8489_14_12",
                    test_password_algorithm_parameters_are_padded);
    g_test_add_func("/attrs/flags", test_flags);
    g_test_add_func("/attrs/text_and_opaque_values", test_text_and_opaque_values);
    g_test_add_func("/attrs/numbers", test_numbers);
    g_test_add_func("/attrs/bits", test_bits);
    g_test_add_func("/attrs/masks", test_masks);
    g_test_add_func("/attrs/lists", test_lists);
    g_test_add_func("/attrs/records", test_records);
    g_test_add_func("/attrs/access_token_rfc7635_6_2", test_access_token);
    return g_test_run();
}
