/* decoded.c
 * Addresses among what the attributes of one message say.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/decoded.h"

#include <string.h>

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

/* clang-format off */
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
/* clang-format on */

static bool begins_with(const struct msturn_endpoint *endpoint, const struct prefix *prefix)
{
    const unsigned bytes = prefix->bits / 8, rest = prefix->bits % 8;

    if (endpoint->family != prefix->family || memcmp(endpoint->address, prefix->address, bytes) != 0)
        return false;
    return rest == 0 || (endpoint->address[bytes] ^ prefix->address[bytes]) >> (8 - rest) == 0;
}

bool msturn_endpoint_is_unspecified(const struct msturn_endpoint *endpoint)
{
    static const uint8_t zeros[sizeof endpoint->address];

    return memcmp(endpoint->address, zeros, sizeof zeros) == 0;
}

bool msturn_endpoint_is_private(const struct msturn_endpoint *endpoint)
{
    for (size_t i = 0; i < sizeof private_prefixes / sizeof private_prefixes[0]; i++) {
        if (begins_with(endpoint, &private_prefixes[i]))
            return true;
    }
    return false;
}
