/* integrity.c
 * FINGERPRINT and MESSAGE-INTEGRITY, recomputed to prove that the bytes of a test vector are right.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "integrity.h"

#include <string.h>

bool integrity_is_valid(struct msturn_bytes message, uint32_t offset, uint32_t length, GChecksumType hash,
                        const void *key, gsize key_length)
{
    /* The header's length counts the attributes up to and with this one, whatever follows. */
    const uint32_t counted = offset + MSTURN_ATTR_HEADER_LENGTH + length - MSTURN_HEADER_LENGTH;
    const uint8_t counted_bytes[2] = { (uint8_t)(counted >> 8), (uint8_t)counted };
    GHmac *hmac = g_hmac_new(hash, key, key_length);
    uint8_t digest[32];
    gsize digest_length = sizeof digest;

    g_hmac_update(hmac, message.data, 2);
    g_hmac_update(hmac, counted_bytes, 2);
    g_hmac_update(hmac, message.data + 4, offset - 4);
    g_hmac_get_digest(hmac, digest, &digest_length);
    g_hmac_unref(hmac);
    g_assert_cmpuint(length, <=, digest_length);
    return memcmp(digest, message.data + offset + MSTURN_ATTR_HEADER_LENGTH, length) == 0;
}

/* RFC 1952 section 8: reflected polynomial, all bits inverted before and after. */
static uint32_t crc32(const uint8_t *data, uint32_t length)
{
    uint32_t crc = UINT32_MAX;

    for (uint32_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xEDB88320) : crc >> 1;
    }
    return ~crc;
}

uint32_t fingerprint_of(struct msturn_bytes message, uint32_t offset)
{
    return crc32(message.data, offset) ^ UINT32_C(0x5354554E);
}
