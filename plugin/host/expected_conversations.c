/* expected_conversations.c
 * What the server's messages say of connections to come.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/expected_conversations.h"

#include "plugin/host/connection.h"

#include <epan/ipproto.h>

/* RFC 6062 section 5.3: peers will connect to the relayed addresses of a TCP allocation. */
static void expect_peers(packet_info *pinfo, const struct msturn_message *message)
{
    struct msturn_attributes attributes = msturn_attributes_of(message);
    const struct msturn_attribute *attribute;

    while ((attribute = msturn_attributes_next(&attributes))) {
        const struct msturn_attr *attr = msturn_attr_find(MSTURN_ATTR_XOR_RELAYED_ADDRESS);
        struct msturn_value value;
        if (!attribute->row || attribute->span.type != attr->type ||
            !msturn_attr_own_value(attr, message->bytes, &attribute->span, &value))
            continue;
        address relayed;
        set_address(&relayed, value.ipv6 ? AT_IPv6 : AT_IPv4, value.ipv6 ? 16 : 4, value.address);
        msturn_connection_expect_peers(pinfo, &relayed, value.number);
    }
}

void msturn_expect_connections(packet_info *pinfo, bool in_tls, const struct msturn_message *message,
                               const struct msturn_transaction *transaction)
{
    const struct msturn_header *header = &message->header;
    const bool success = header->msg_class == MSTURN_CLASS_SUCCESS;
    const bool indication = header->msg_class == MSTURN_CLASS_INDICATION;

    if (success && header->method == MSTURN_METHOD_ALLOCATE && transaction->requested_transport == IP_PROTO_TCP)
        expect_peers(pinfo, message);
    if (((success && header->method == MSTURN_METHOD_CONNECT) ||
         (indication && header->method == MSTURN_METHOD_CONNECTION_ATTEMPT)) &&
        !in_tls)
        msturn_connection_expect_bind(pinfo);
}
