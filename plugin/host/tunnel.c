/* tunnel.c
 * What a proxy was asked to connect to, by HTTP CONNECT or SOCKS.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/tunnel.h"

#include "plugin/host/bytes.h"
#include "plugin/wire/preamble.h"

#include <epan/dissectors/packet-http.h>
#include <epan/to_str.h>

#include <string.h>

static int proto_http;

void msturn_tunnel_handoff(void)
{
    proto_http = proto_get_id_by_filter_name("http");
}

static const char *host_of(const struct msturn_socks_target *target)
{
    address host;

    if (target->name.data)
        return wmem_strndup(wmem_file_scope(), (const char *)target->name.data, target->name.captured);
    set_address(&host, target->address_length == 4 ? AT_IPv4 : AT_IPv6, (int)target->address_length, target->address);
    return address_to_str(wmem_file_scope(), &host);
}

const char *msturn_tunnel_of_socks(tvbuff_t *tvb)
{
    struct msturn_socks_target target;

    if (!msturn_socks_target(msturn_tvb_bytes(tvb), &target))
        return NULL;
    const bool is_ipv6 = target.address_length == 16;
    return wmem_strdup_printf(wmem_file_scope(), "%s%s%s:%u", is_ipv6 ? "[" : "", host_of(&target), is_ipv6 ? "]" : "",
                              target.port);
}

const char *msturn_tunnel_of_http(conversation_t *connection)
{
    const http_conv_t *http = conversation_get_proto_data(connection, proto_http);
    const compat_http_request *last = http && http->startframe != 0 ? compat_http_last_request(http) : NULL;

    return last && last->request_method && strcmp(last->request_method, "CONNECT") == 0 ? last->request_uri : NULL;
}
