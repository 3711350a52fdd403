/* ip_packet.c
 * What is in the IP packet of a frame that packet_info has the addresses of.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/ip_packet.h"

#include "plugin/host/bytes.h"

#include <string.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, PROTOCOL_TCP = 6 };
enum { FLAGS = 13, FIN = 0x01, SYN = 0x02, RST = 0x04 }; /* RFC 9293 section 3.1 */

/* RFC 8200 section 4. Not of a fragment: only the first one has the header of what it carries, and none has all of it. */
static bool is_extension(uint8_t protocol)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, DESTINATION = 60 };

    return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == DESTINATION;
}

/* The length of an IPv6 header with its extension headers, and the protocol after them. */
static uint32_t after_extensions(struct msturn_bytes bytes, uint8_t *protocol)
{
    uint32_t length = IPV6_HEADER;

    while (is_extension(*protocol) && length + 2 <= bytes.captured) {
        *protocol = bytes.data[length];
        length += (bytes.data[length + 1] + 1U) * 8;
    }
    return length;
}

uint32_t msturn_ip_header(struct msturn_bytes bytes, uint8_t *protocol)
{
    uint32_t length = 0;

    if (bytes.captured >= IPV4_HEADER && bytes.data[0] >> 4 == 4) {
        length = (bytes.data[0] & 0x0FU) * 4;
        *protocol = bytes.data[9];
    } else if (bytes.captured >= IPV6_HEADER && bytes.data[0] >> 4 == 6) {
        *protocol = bytes.data[6];
        length = after_extensions(bytes, protocol);
    }
    return length >= IPV4_HEADER && length <= bytes.captured ? length : 0;
}

/* Of the IP header packet_info has the addresses, but not the place. */
struct msturn_bytes msturn_ip_payload(struct msturn_bytes frame, const packet_info *pinfo, uint8_t protocol_of_ipv4,
                                      uint8_t protocol_of_ipv6)
{
    const address *src = &pinfo->net_src, *dst = &pinfo->net_dst;
    const bool is_ipv4 = src->type == AT_IPv4;
    const uint32_t before = is_ipv4 ? 12 : 8; /* the addresses */
    const uint32_t size = is_ipv4 ? 4 : 16;

    if ((!is_ipv4 && src->type != AT_IPv6) || dst->type != src->type)
        return msturn_bytes_slice(frame, 0, 0);
    for (uint32_t at = before; at + 2 * size <= frame.captured; at++) {
        const uint8_t *addresses = memchr(frame.data + at, *(const uint8_t *)src->data, frame.captured - at);
        uint8_t protocol = 0;

        if (!addresses)
            break;
        at = (uint32_t)(addresses - frame.data);
        if (at + 2 * size > frame.captured || memcmp(addresses, src->data, size) != 0 ||
            memcmp(addresses + size, dst->data, size) != 0)
            continue;
        const struct msturn_bytes packet = msturn_bytes_slice(frame, at - before, UINT32_MAX);
        const uint32_t header = msturn_ip_header(packet, &protocol);
        if (header != 0 && protocol == (is_ipv4 ? protocol_of_ipv4 : protocol_of_ipv6))
            return msturn_bytes_slice(packet, header, UINT32_MAX);
    }
    return msturn_bytes_slice(frame, 0, 0);
}

bool msturn_tcp_is_event(tvbuff_t *frame, const packet_info *pinfo)
{
    const struct msturn_bytes tcp = msturn_ip_payload(msturn_tvb_bytes(frame), pinfo, PROTOCOL_TCP, PROTOCOL_TCP);

    return tcp.captured > FLAGS && (tcp.data[FLAGS] & (FIN | SYN | RST)) != 0;
}
