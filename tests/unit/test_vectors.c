/* test_vectors.c
 * wire and attrs: the published test vectors, with the values that their texts give.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "inspect.h"
#include "integrity.h"
#include "vectors.h"

#include <string.h>

static const char short_term_password[] = "VOkJxbRl1RmTxUk/WvJxBt"; /* RFC 5769 section 2 */

static void assert_text(struct msturn_bytes message, uint16_t type, const char *expected)
{
    const struct msturn_value value = inspect_part(message, type, NULL);

    g_assert_cmpmem(message.data + value.offset, value.length, expected, strlen(expected));
}

static uint32_t number_of(struct msturn_bytes message, uint16_t type)
{
    return inspect_part(message, type, NULL).number;
}

static void assert_transaction_id(struct msturn_bytes message, const char *hex)
{
    GByteArray *expected = bytes_from_hex(hex);
    struct msturn_header header;

    g_assert_true(msturn_read_header(message, &header));
    g_assert_cmpmem(header.transaction_id, MSTURN_TRANSACTION_ID_LENGTH, expected->data, expected->len);
    g_byte_array_unref(expected);
}

static void assert_method(struct msturn_bytes message, uint16_t method, enum msturn_class msg_class)
{
    struct msturn_header header;

    g_assert_true(msturn_read_header(message, &header));
    g_assert_cmphex(header.method, ==, method);
    g_assert_cmpint(header.msg_class, ==, msg_class);
    g_assert_cmpuint(MSTURN_HEADER_LENGTH + header.length, ==, message.reported);
}

static void assert_integrity(struct msturn_bytes message, uint16_t type, GChecksumType hash, const void *key,
                             gsize key_length)
{
    const struct msturn_span span = inspect_find(message, type);

    g_assert_true(integrity_is_valid(message, span.offset, span.length, hash, key, key_length));
}

static void assert_fingerprint(struct msturn_bytes message)
{
    const struct msturn_span span = inspect_find(message, 0x8028);

    g_assert_cmphex(number_of(message, 0x8028), ==, fingerprint_of(message, span.offset));
}

/* The key of the long-term mechanism, RFC 8489 sections 9.2.2 and 18.5.1. */
static gsize long_term_key(GChecksumType hash, uint8_t key[32])
{
    GChecksum *checksum = g_checksum_new(hash);
    gsize length = 32;

    g_checksum_update(checksum, (const guchar *)"マトリックス:example.org:TheMatrIX", -1);
    g_checksum_get_digest(checksum, key, &length);
    g_checksum_free(checksum);
    return length;
}

static void test_rfc5769_2_1_request(void)
{
    GByteArray *vector = vector_new(VECTOR_RFC5769_REQUEST);
    const struct msturn_bytes message = bytes_of(vector);

    assert_method(message, 0x001, MSTURN_CLASS_REQUEST);
    assert_transaction_id(message, "b7e7a701bc34d686fa87dfae");
    assert_text(message, 0x8022, "STUN test client");
    g_assert_cmphex(number_of(message, 0x0024), ==, 0x6E0001FF);
    g_assert_cmphex(msturn_get32(message.data + inspect_part(message, 0x8029, NULL).offset), ==, 0x932FF9B1);
    assert_text(message, 0x0006, "evtj:h6vY");
    assert_integrity(message, 0x0008, G_CHECKSUM_SHA1, short_term_password, strlen(short_term_password));
    assert_fingerprint(message);
    g_byte_array_unref(vector);
}

static void test_rfc5769_2_2_ipv4_response(void)
{
    static const uint8_t address[4] = { 192, 0, 2, 1 };
    GByteArray *vector = vector_new(VECTOR_RFC5769_IPV4);
    const struct msturn_bytes message = bytes_of(vector);
    const struct msturn_value mapped = inspect_part(message, 0x0020, NULL);

    assert_method(message, 0x001, MSTURN_CLASS_SUCCESS);
    assert_text(message, 0x8022, "test vector");
    g_assert_false(mapped.ipv6);
    g_assert_true(mapped.computed);
    g_assert_cmpuint(mapped.number, ==, 32853);
    g_assert_cmpmem(mapped.address, 4, address, 4);
    assert_integrity(message, 0x0008, G_CHECKSUM_SHA1, short_term_password, strlen(short_term_password));
    assert_fingerprint(message);
    g_byte_array_unref(vector);
}

static void test_rfc5769_2_3_ipv6_response(void)
{
    static const uint8_t address[16] = { 0x20, 0x01, 0x0D, 0xB8, 0x12, 0x34, 0x56, 0x78,
                                         0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77 };
    GByteArray *vector = vector_new(VECTOR_RFC5769_IPV6);
    const struct msturn_bytes message = bytes_of(vector);
    const struct msturn_value mapped = inspect_part(message, 0x0020, NULL);

    assert_method(message, 0x001, MSTURN_CLASS_SUCCESS);
    g_assert_true(mapped.ipv6);
    g_assert_cmpuint(mapped.number, ==, 32853);
    g_assert_cmpmem(mapped.address, 16, address, 16);
    g_assert_cmpmem(inspect_part(message, 0x0020, "ipv6").address, 16, address, 16);
    assert_integrity(message, 0x0008, G_CHECKSUM_SHA1, short_term_password, strlen(short_term_password));
    assert_fingerprint(message);
    g_byte_array_unref(vector);
}

static void test_rfc5769_2_4_long_term_request(void)
{
    GByteArray *vector = vector_new(VECTOR_RFC5769_LONG_TERM);
    const struct msturn_bytes message = bytes_of(vector);
    uint8_t key[32];
    const gsize key_length = long_term_key(G_CHECKSUM_MD5, key);

    assert_method(message, 0x001, MSTURN_CLASS_REQUEST);
    assert_text(message, 0x0006, "マトリックス");
    assert_text(message, 0x0015, "f//499k954d6OL34oL9FSTvy64sA");
    assert_text(message, 0x0014, "example.org");
    assert_integrity(message, 0x0008, G_CHECKSUM_SHA1, key, key_length);
    g_byte_array_unref(vector);
}

/* With erratum 6268. */
static void test_rfc8489_b_1_sha256_request(void)
{
    GByteArray *vector = vector_new(VECTOR_RFC8489_SHA256);
    const struct msturn_bytes message = bytes_of(vector);
    uint8_t key[32];
    const gsize key_length = long_term_key(G_CHECKSUM_SHA256, key);

    assert_method(message, 0x001, MSTURN_CLASS_REQUEST);
    g_assert_cmpuint(inspect_part(message, 0x001E, NULL).length, ==, 32);
    assert_text(message, 0x0015, "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
    assert_text(message, 0x0014, "example.org");
    g_assert_cmpuint(inspect_part(message, 0x001D, "algorithm").number, ==, 2);
    g_assert_cmpuint(inspect_part(message, 0x001D, "parameter_length").number, ==, 0);
    assert_integrity(message, 0x001C, G_CHECKSUM_SHA256, key, key_length);
    g_byte_array_unref(vector);
}

/* [MS-ICE2] 2.2.2: NULs inside the length belong to the value. */
static void test_ms_ice2_check(void)
{
    GByteArray *vector = vector_new(VECTOR_MICROSOFT_CHECK);
    const struct msturn_bytes message = bytes_of(vector);
    GArray *spans = inspect_message(message);

    assert_method(message, 0x001, MSTURN_CLASS_REQUEST);
    assert_transaction_id(message, "a7d42d519e4d78c593819521");
    g_assert_cmpuint(spans->len, ==, 8);
    g_assert_cmpuint(number_of(message, 0x0024), ==, 1862270975);
    g_assert_cmpuint(inspect_count(message, 0x0025, NULL), ==, 1);
    g_assert_cmpuint(inspect_part(message, 0x0006, NULL).length, ==, 12);
    g_assert_cmpuint(inspect_part(message, 0x8054, NULL).length, ==, 4);
    g_assert_cmpuint(number_of(message, 0x8070), ==, 2);
    g_assert_cmphex(number_of(message, 0x8028), ==, 0xFF2FA718);
    g_array_unref(spans);
    g_byte_array_unref(vector);
}

/* In its frame it has 110 bytes, the first of which are 00 6c 00 01. */
static void test_ms_ice2_check_in_its_rfc4571_frame(void)
{
    GByteArray *vector = vector_new(VECTOR_MICROSOFT_CHECK);
    GByteArray *frame = g_byte_array_new();

    append_frame(frame, vector->data, (uint16_t)vector->len);
    g_assert_cmpuint(frame->len, ==, 110);
    g_assert_cmphex(msturn_get32(frame->data), ==, 0x006C0001);
    g_assert_cmpint(msturn_fit_frame(bytes_of(frame)), ==, MSTURN_FIT_YES);
    g_assert_cmpint(msturn_fit_message(bytes_of(frame)), ==, MSTURN_FIT_NO);
    g_byte_array_unref(frame);
    g_byte_array_unref(vector);
}

/* The vectors typed by hand for other tests are well-formed messages of the methods their names say. */
static void test_other_vectors_are_well_formed(void)
{
    static const struct {
        enum vector_id id;
        uint16_t method;
        enum msturn_class msg_class;
        unsigned attributes;
    } expected[] = {
        { VECTOR_ALLOCATE_ERROR, 0x003, MSTURN_CLASS_ERROR, 4 },
        { VECTOR_ALLOCATE_SUCCESS, 0x003, MSTURN_CLASS_SUCCESS, 3 },
        { VECTOR_CHANNEL_BIND, 0x009, MSTURN_CLASS_REQUEST, 2 },
        { VECTOR_DATA_INDICATION, 0x007, MSTURN_CLASS_INDICATION, 2 },
        { VECTOR_CONNECTION_ATTEMPT, 0x00C, MSTURN_CLASS_INDICATION, 2 },
        { VECTOR_BIND_SUCCESS, 0x00B, MSTURN_CLASS_SUCCESS, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        GByteArray *vector = vector_new(expected[i].id);
        GArray *spans = inspect_message(bytes_of(vector));
        assert_method(bytes_of(vector), expected[i].method, expected[i].msg_class);
        g_assert_cmpuint(spans->len, ==, expected[i].attributes);
        g_array_unref(spans);
        g_byte_array_unref(vector);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vectors/rfc5769_2_1_request", test_rfc5769_2_1_request);
    g_test_add_func("/vectors/rfc5769_2_2_ipv4_response", test_rfc5769_2_2_ipv4_response);
    g_test_add_func("/vectors/rfc5769_2_3_ipv6_response", test_rfc5769_2_3_ipv6_response);
    g_test_add_func("/vectors/rfc5769_2_4_long_term_request", test_rfc5769_2_4_long_term_request);
    g_test_add_func("/vectors/rfc8489_b_1_sha256_request", test_rfc8489_b_1_sha256_request);
    g_test_add_func("/vectors/ms_ice2_check", test_ms_ice2_check);
    g_test_add_func("/vectors/ms_ice2_check_in_its_rfc4571_frame", test_ms_ice2_check_in_its_rfc4571_frame);
    g_test_add_func("/vectors/other_vectors_are_well_formed", test_other_vectors_are_well_formed);
    return g_test_run();
}
