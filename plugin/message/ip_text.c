/* ip_text.c
 * IP addresses as text.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/ip_text.h"

#include <string.h>

enum { IPV4_BYTES = 4, IPV6_BYTES = 16, GROUP_BYTES = 2, GROUP_DIGITS = 4 };

/* Four decimal numbers with dots between. */
static bool read_ipv4(struct msturn_bytes text, uint8_t address[IPV4_BYTES])
{
    uint32_t at = 0;

    for (unsigned i = 0; i < IPV4_BYTES; i++) {
        unsigned number = 0, digits = 0;
        while (at < text.captured && text.data[at] >= '0' && text.data[at] <= '9' && digits < 3) {
            number = number * 10 + (unsigned)(text.data[at++] - '0');
            digits++;
        }
        if (digits == 0 || number > UINT8_MAX)
            return false;
        address[i] = (uint8_t)number;
        if (i + 1 == IPV4_BYTES)
            break;
        if (at >= text.captured || text.data[at] != '.')
            return false;
        at++;
    }
    return at == text.captured;
}

static int hex_digit(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if ((character | 0x20) >= 'a' && (character | 0x20) <= 'f')
        return (character | 0x20) - 'a' + 10;
    return -1;
}

/* A group of up to four digits; returns how many there are. */
static unsigned read_group(struct msturn_bytes text, uint32_t at, uint8_t group[GROUP_BYTES])
{
    unsigned digits = 0, number = 0;

    while (at + digits < text.captured && digits < GROUP_DIGITS && hex_digit(text.data[at + digits]) >= 0)
        number = number << 4 | (unsigned)hex_digit(text.data[at + digits++]);
    group[0] = (uint8_t)(number >> 8);
    group[1] = (uint8_t)number;
    return digits;
}

/* Moves what came after "::" to the end. */
static bool spread(uint8_t address[IPV6_BYTES], unsigned filled, int gap)
{
    if (gap < 0)
        return filled == IPV6_BYTES;
    if (filled == IPV6_BYTES)
        return false;
    const unsigned behind = filled - (unsigned)gap;
    memmove(address + IPV6_BYTES - behind, address + gap, behind);
    memset(address + gap, 0, IPV6_BYTES - filled);
    return true;
}

/* RFC 4291 section 2.2. */
static bool read_ipv6(struct msturn_bytes text, uint8_t address[IPV6_BYTES])
{
    unsigned filled = 0;
    uint32_t at = 0;
    int gap = -1; /* where "::" is */

    while (at < text.captured) {
        const bool doubled = text.captured - at >= 2 && text.data[at] == ':' && text.data[at + 1] == ':';
        if (doubled) {
            if (gap >= 0)
                return false;
            gap = (int)filled;
            at += 2;
            continue;
        }
        if (at > 0 && text.data[at - 1] != ':') {
            if (text.data[at] != ':')
                return false;
            at++;
        }
        if (filled + IPV4_BYTES <= IPV6_BYTES && read_ipv4(msturn_bytes_slice(text, at, UINT32_MAX), address + filled))
            return spread(address, filled + IPV4_BYTES, gap);
        const unsigned digits = filled < IPV6_BYTES ? read_group(text, at, address + filled) : 0;
        if (digits == 0)
            return false;
        filled += GROUP_BYTES;
        at += digits;
    }
    return spread(address, filled, gap);
}

bool msturn_read_ip_text(struct msturn_bytes text, struct msturn_endpoint *endpoint)
{
    uint8_t address[IPV6_BYTES] = { 0 };
    const bool ipv4 = read_ipv4(text, address);

    if (!ipv4) {
        memset(address, 0, sizeof address);
        if (!read_ipv6(text, address))
            return false;
    }
    endpoint->family = ipv4 ? 4 : 6;
    memcpy(endpoint->address, address, sizeof address);
    return true;
}
