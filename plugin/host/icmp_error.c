/* icmp_error.c
 * The packet of TCP or UDP that an ICMP error quotes.
 *
 * Wireshark 4.0 leaves the ports of the quoted packet in packet_info, 4.4 and later take them back with everything else that its
 * dissectors said. So they are read here, in all versions alike.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/icmp_error.h"

#include "plugin/host/bytes.h"
#include "plugin/host/connection.h"
#include "plugin/host/ip_packet.h"

#include <string.h>

enum { ICMP_HEADER = 8, PORTS = 4 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

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

/* The destination of an IP packet that is there at least up to the end of its header. */
static struct msturn_endpoint destination_of(struct msturn_bytes packet, uint16_t port)
{
    const bool is_ipv4 = packet.data[0] >> 4 == 4;
    struct msturn_endpoint endpoint = { .family = is_ipv4 ? 4 : 6, .port = port };

    memcpy(endpoint.address, packet.data + (is_ipv4 ? 16 : 24), is_ipv4 ? 4 : 16);
    return endpoint;
}

bool msturn_icmp_error_in(tvbuff_t *frame, const packet_info *pinfo, struct msturn_icmp_error *error)
{
    const struct msturn_bytes icmp = msturn_ip_payload(msturn_tvb_bytes(frame), pinfo, PROTOCOL_ICMP, PROTOCOL_ICMPV6);
    uint8_t protocol = 0;

    if (icmp.captured < ICMP_HEADER || !says_undelivered(icmp.data[0], icmp.data[1], pinfo->net_src.type == AT_IPv4))
        return false;
    const struct msturn_bytes quoted = msturn_bytes_slice(icmp, ICMP_HEADER, UINT32_MAX);
    const uint32_t header = msturn_ip_header(quoted, &protocol);
    if (header == 0 || (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP) || quoted.captured < header + PORTS)
        return false;
    error->is_udp = protocol == PROTOCOL_UDP;
    error->sender = msturn_endpoint_of(&pinfo->net_dst, msturn_get16(quoted.data + header));
    error->receiver = destination_of(quoted, msturn_get16(quoted.data + header + 2));
    return true;
}
