/* content.c
 * What the attributes of one message say together.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/content.h"

#include <stddef.h>
#include <string.h>

enum { SEQUENCE_CONNECTION_ID_LENGTH = 20 }; /* [MS-TURN] 2.2.2.21 */

bool msturn_endpoint_same_host(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    return a->family == b->family && memcmp(a->address, b->address, sizeof a->address) == 0;
}

bool msturn_endpoint_equal(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    return a->port == b->port && msturn_endpoint_same_host(a, b);
}

/* The first `bits` bits of an address of this family. */
struct prefix {
    uint8_t family;
    uint8_t bits;
    uint8_t address[16];
};

static const struct prefix private_prefixes[] = {
    { 4, 8, { 10 } },        { 4, 12, { 172, 16 } },    { 4, 16, { 192, 168 } }, /* RFC 1918 */
    { 4, 10, { 100, 64 } },   /* RFC 6598 */
    { 4, 8, { 127 } },        /* RFC 1122, loopback */
    { 4, 16, { 169, 254 } },  /* RFC 3927 */
    { 4, 32, { 0 } },         /* RFC 1122, unspecified */
    { 6, 7, { 0xFC } },       /* RFC 4193 */
    { 6, 10, { 0xFE, 0x80 } }, /* RFC 4291, link-local */
    { 6, 127, { 0 } },        /* RFC 4291, unspecified and loopback */
};

static bool begins_with(const struct msturn_endpoint *endpoint, const struct prefix *prefix)
{
    const unsigned bytes = prefix->bits / 8, rest = prefix->bits % 8;

    if (endpoint->family != prefix->family || memcmp(endpoint->address, prefix->address, bytes) != 0)
        return false;
    return rest == 0 || (endpoint->address[bytes] ^ prefix->address[bytes]) >> (8 - rest) == 0;
}

bool msturn_endpoint_is_private(const struct msturn_endpoint *endpoint)
{
    for (size_t i = 0; i < sizeof private_prefixes / sizeof private_prefixes[0]; i++) {
        if (begins_with(endpoint, &private_prefixes[i]))
            return true;
    }
    return false;
}

/* What becomes of a value. */
enum taken_as {
    FLAG_ONLY,
    AS_FINGERPRINT,
    AS_BYTES,
    AS_LENGTH,
    AS_ENDPOINT,
    AS_BYTE,
    AS_NUMBER16,
    AS_NUMBER32,
    AS_ERROR_CODE,
    AS_SEQUENCE
};

struct content_row {
    uint16_t type;
    enum taken_as taken_as;
    uint32_t flag;
    size_t member;
};

#define TO(member) offsetof(struct msturn_content, member)
#define NOWHERE 0

static const struct content_row rfc_rows[] = {
    { 0x0006, AS_BYTES, MSTURN_HAS_USERNAME, TO(username) },
    { 0x0008, FLAG_ONLY, MSTURN_HAS_INTEGRITY, NOWHERE },
    { 0x0009, AS_ERROR_CODE, MSTURN_HAS_ERROR_CODE, TO(error_code) },
    { 0x000A, AS_BYTES, 0, TO(unknown_attributes) },
    { 0x000C, AS_NUMBER16, MSTURN_HAS_CHANNEL, TO(channel) },
    { 0x000D, AS_NUMBER32, MSTURN_HAS_LIFETIME, TO(lifetime) },
    { MSTURN_ATTR_XOR_PEER_ADDRESS, AS_ENDPOINT, 0, TO(peer) },
    { MSTURN_ATTR_DATA, FLAG_ONLY, MSTURN_HAS_DATA, NOWHERE },
    { 0x0014, AS_BYTES, MSTURN_HAS_REALM, TO(realm) },
    { 0x0015, AS_BYTES, MSTURN_HAS_NONCE, TO(nonce) },
    { MSTURN_ATTR_XOR_RELAYED_ADDRESS, AS_ENDPOINT, 0, TO(relayed) },
    { MSTURN_ATTR_REQUESTED_TRANSPORT, AS_BYTE, 0, TO(requested_transport) },
    { 0x001C, FLAG_ONLY, MSTURN_HAS_INTEGRITY, NOWHERE },
    { 0x001E, FLAG_ONLY, MSTURN_HAS_USERNAME, NOWHERE },
    { 0x0020, AS_ENDPOINT, 0, TO(mapped) },
    { 0x0024, FLAG_ONLY, MSTURN_HAS_PRIORITY, NOWHERE },
    { 0x0025, FLAG_ONLY, MSTURN_HAS_USE_CANDIDATE, NOWHERE },
    { 0x002A, AS_NUMBER32, MSTURN_HAS_CONNECTION_ID, TO(connection_id) },
    { 0x8023, AS_ENDPOINT, MSTURN_HAS_ALTERNATE_SERVER, TO(alternate) },
    { MSTURN_ATTR_FINGERPRINT, AS_FINGERPRINT, MSTURN_HAS_FINGERPRINT, NOWHERE },
    { 0x8029, FLAG_ONLY, MSTURN_HAS_CONTROLLED, NOWHERE },
    { 0x8095, AS_BYTES, 0, TO(multiplexed) },
    { 0x802A, FLAG_ONLY, MSTURN_HAS_CONTROLLING, NOWHERE },
    { 0, FLAG_ONLY, 0, NOWHERE }
};

static const struct content_row ms_rows[] = {
    { 0x0001, AS_ENDPOINT, 0, TO(relayed) },
    { 0x0006, AS_BYTES, MSTURN_HAS_USERNAME, TO(username) },
    { 0x0008, AS_LENGTH, MSTURN_HAS_INTEGRITY, TO(integrity_length) },
    { 0x0009, AS_ERROR_CODE, MSTURN_HAS_ERROR_CODE, TO(error_code) },
    { 0x000A, AS_BYTES, 0, TO(unknown_attributes) },
    { 0x000D, AS_NUMBER32, MSTURN_HAS_LIFETIME, TO(lifetime) },
    { 0x000E, AS_ENDPOINT, MSTURN_HAS_ALTERNATE_SERVER, TO(alternate) },
    { 0x0011, AS_ENDPOINT, 0, TO(peer) },
    { 0x0012, AS_ENDPOINT, 0, TO(peer) },
    { MSTURN_ATTR_DATA, FLAG_ONLY, MSTURN_HAS_DATA, NOWHERE },
    { 0x0014, AS_BYTES, MSTURN_HAS_NONCE, TO(nonce) },
    { 0x0015, AS_BYTES, MSTURN_HAS_REALM, TO(realm) },
    { 0x8020, AS_ENDPOINT, 0, TO(mapped) },
    { MSTURN_ATTR_FINGERPRINT, AS_FINGERPRINT, MSTURN_HAS_FINGERPRINT, NOWHERE },
    { 0x8050, AS_SEQUENCE, MSTURN_HAS_SEQUENCE, NOWHERE },
    { 0x8095, AS_BYTES, 0, TO(multiplexed) },
    { 0x8090, AS_ENDPOINT, 0, TO(relayed) },
    { 0, FLAG_ONLY, 0, NOWHERE }
};

static const struct content_row *find_row(enum msturn_dialect dialect, uint16_t type)
{
    const struct content_row *rows = dialect == MSTURN_DIALECT_MS_TURN ? ms_rows : rfc_rows;

    for (const struct content_row *row = rows; row->type != 0; row++) {
        if (row->type == type)
            return row;
    }
    return NULL;
}

bool msturn_read_endpoint(struct msturn_bytes message, enum msturn_dialect dialect, const struct msturn_span *span,
                          struct msturn_endpoint *endpoint)
{
    struct msturn_value value;

    if (!msturn_attr_own_value(msturn_attr_lookup(dialect, span->type), message, span, &value))
        return false;
    *endpoint = (struct msturn_endpoint){ .family = value.ipv6 ? 6 : 4, .port = (uint16_t)value.number };
    memcpy(endpoint->address, value.address, value.ipv6 ? 16 : 4);
    return true;
}

static void take_first_endpoint(struct msturn_bytes message, enum msturn_dialect dialect,
                                const struct msturn_span *span, struct msturn_endpoint *endpoint)
{
    if (endpoint->family == 0)
        msturn_read_endpoint(message, dialect, span, endpoint);
}

/* Teams' clients send the number alone when they release an allocation. */
static void take_sequence(struct msturn_bytes value, struct msturn_content *content)
{
    const uint32_t offset = value.captured >= SEQUENCE_CONNECTION_ID_LENGTH + 4 ? SEQUENCE_CONNECTION_ID_LENGTH : 0;

    content->sequence_connection_id = msturn_bytes_slice(value, 0, offset);
    content->sequence = msturn_get32(value.data + offset);
}

static void take_first_fingerprint(const struct msturn_span *span, struct msturn_content *content)
{
    if (content->fingerprint_offset != 0 || span->value.captured != 4)
        return;
    content->fingerprint = msturn_get32(span->value.data);
    content->fingerprint_offset = span->offset;
}

/* A value of a fixed form needs this many bytes. */
static uint32_t least_length(enum taken_as taken_as, struct msturn_bytes value)
{
    static const uint8_t lengths[] = { [AS_BYTE] = 1, [AS_NUMBER16] = 2, [AS_NUMBER32] = 4, [AS_ERROR_CODE] = 4,
                                       [AS_SEQUENCE] = 4 };

    /* Not all of it may have been captured. */
    if (taken_as == AS_SEQUENCE && value.reported >= SEQUENCE_CONNECTION_ID_LENGTH + 4)
        return SEQUENCE_CONNECTION_ID_LENGTH + 4;
    return lengths[taken_as];
}

void msturn_take_content(struct msturn_bytes message, enum msturn_dialect dialect, const struct msturn_span *span,
                         struct msturn_content *content)
{
    const struct content_row *row = find_row(dialect, span->type);

    if (!row || span->value.captured < least_length(row->taken_as, span->value))
        return;
    void *member = (char *)content + row->member;
    const uint8_t *data = span->value.data;
    content->has |= row->flag;
    switch (row->taken_as) {
    case FLAG_ONLY:
        break;
    case AS_BYTES:
        if (span->value.captured == span->value.reported)
            *(struct msturn_bytes *)member = span->value;
        break;
    case AS_LENGTH:
        *(uint8_t *)member = span->length < UINT8_MAX ? (uint8_t)span->length : UINT8_MAX;
        break;
    case AS_ENDPOINT:
        take_first_endpoint(message, dialect, span, member);
        break;
    case AS_BYTE:
        *(uint8_t *)member = data[0];
        break;
    case AS_NUMBER16:
        *(uint16_t *)member = msturn_get16(data);
        break;
    case AS_NUMBER32:
        *(uint32_t *)member = msturn_get32(data);
        break;
    case AS_ERROR_CODE:
        *(uint16_t *)member = (uint16_t)((data[2] & 7u) * 100 + data[3]);
        break;
    case AS_SEQUENCE:
        take_sequence(span->value, content);
        break;
    case AS_FINGERPRINT:
        take_first_fingerprint(span, content);
        break;
    }
}
