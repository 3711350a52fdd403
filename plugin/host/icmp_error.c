/* icmp_error.c
 * The TCP packet that an ICMP error quotes.
 *
 * Wireshark 4.0 leaves the ports of the quoted packet in packet_info, 4.4 and later take them back with everything else that its
 * dissectors said. So they are read here, in all versions alike.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/icmp_error.h"

#include "plugin/host/bytes.h"

#include <string.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, ICMP_HEADER = 8, PORTS = 4 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

/* The length of the IP header at the beginning of these bytes, and the protocol of what follows; 0: there is none. */
static uint32_t ip_header(struct msturn_bytes bytes, uint8_t *protocol)
{
    uint32_t length = 0;

    if (bytes.captured >= IPV4_HEADER && bytes.data[0] >> 4 == 4) {
        length = (bytes.data[0] & 0x0FU) * 4;
        *protocol = bytes.data[9];
    } else if (bytes.captured >= IPV6_HEADER && bytes.data[0] >> 4 == 6) {
        length = IPV6_HEADER;
        *protocol = bytes.data[6];
    }
    return length >= IPV4_HEADER && length <= bytes.captured ? length : 0;
}

/* The ICMP message. Of the IP header before it packet_info has the addresses, but not the place. */
static struct msturn_bytes icmp_in(struct msturn_bytes frame, const packet_info *pinfo)
{
    const address *src = &pinfo->net_src, *dst = &pinfo->net_dst;
    const bool is_ipv4 = src->type == AT_IPv4;
    const uint32_t before = is_ipv4 ? 12 : 8; /* the addresses */
    const uint32_t size = is_ipv4 ? 4 : 16;

    if ((!is_ipv4 && src->type != AT_IPv6) || dst->type != src->type)
        return msturn_bytes_slice(frame, 0, 0);
    for (uint32_t offset = 0; offset + before + 2 * size <= frame.captured; offset++) {
        const uint8_t *addresses = frame.data + offset + before;
        const struct msturn_bytes packet = msturn_bytes_slice(frame, offset, UINT32_MAX);
        uint8_t protocol = 0;

        if (memcmp(addresses, src->data, size) != 0 || memcmp(addresses + size, dst->data, size) != 0)
            continue;
        const uint32_t header = ip_header(packet, &protocol);
        if (header != 0 && protocol == (is_ipv4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6))
            return msturn_bytes_slice(packet, header, UINT32_MAX);
    }
    return msturn_bytes_slice(frame, 0, 0);
}

/* Not delivered: not merely too big for a hop, which the sender mends, or sent by a detour. */
static bool says_undelivered(uint8_t type, uint8_t code, bool is_ipv4)
{
    enum { UNREACHABLE = 3, FRAGMENTATION_NEEDED = 4, TIME_EXCEEDED = 11 }; /* RFC 792 */
    enum { UNREACHABLE_V6 = 1, TIME_EXCEEDED_V6 = 3 };                      /* RFC 4443 */

    return is_ipv4 ? (type == UNREACHABLE && code != FRAGMENTATION_NEEDED) || type == TIME_EXCEEDED
                   : type == UNREACHABLE_V6 || type == TIME_EXCEEDED_V6;
}

bool msturn_icmp_is_in(const packet_info *pinfo)
{
    static int icmp, icmpv6;

    if (icmp == 0) {
        icmp = proto_get_id_by_filter_name("icmp");
        icmpv6 = proto_get_id_by_filter_name("icmpv6");
    }
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer)) {
        const int protocol = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        if (protocol == icmp || protocol == icmpv6)
            return true;
    }
    return false;
}

bool msturn_icmp_error_about_tcp(tvbuff_t *frame, const packet_info *pinfo, uint16_t *from, uint16_t *to)
{
    const struct msturn_bytes icmp = icmp_in(msturn_tvb_bytes(frame, 0, tvb_reported_length(frame)), pinfo);
    uint8_t protocol = 0;

    if (icmp.captured < ICMP_HEADER || !says_undelivered(icmp.data[0], icmp.data[1], pinfo->net_src.type == AT_IPv4))
        return false;
    const struct msturn_bytes quoted = msturn_bytes_slice(icmp, ICMP_HEADER, UINT32_MAX);
    const uint32_t header = ip_header(quoted, &protocol);
    if (header == 0 || protocol != PROTOCOL_TCP || quoted.captured < header + PORTS)
        return false;
    *from = msturn_get16(quoted.data + header);
    *to = msturn_get16(quoted.data + header + 2);
    return true;
}
