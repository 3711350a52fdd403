/* html_addresses.c
 * The addresses that each side of a path saw, in the HTML report, with remarks on what lies between them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report_html.h"

#include "plugin/output/html.h"
#include "plugin/show/text.h"
#include "plugin/track/permission.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The addresses of a path, family 0 where one is not known. */
struct addresses {
    struct msturn_endpoint client, mapped, server, relayed, relayed_on_wire, permitted, announced, peer_on_wire;
};

static struct addresses addresses_of(const struct msturn_report *report, const struct msturn_path *path)
{
    const struct msturn_path_flows flows = msturn_flows_of_path(report->evaluation, path);
    struct addresses addresses = { .client = path->client, .server = path->server, .relayed = path->relayed };

    if (path->session) {
        const struct msturn_grant *grant =
            path->peer.family != 0 ? msturn_permission_of(path->session, &path->peer) : path->session->permissions;
        addresses.mapped = path->session->mapped;
        if (grant)
            addresses.permitted = grant->host;
    }
    if (path->peer_connection)
        addresses.announced = path->peer_connection->peer;
    if (flows.outer) {
        addresses.relayed_on_wire = flows.outer->ends[flows.outer_local];
        addresses.peer_on_wire = flows.outer->ends[1 - flows.outer_local];
    }
    return addresses;
}

/* ---- remarks ---- */

static bool is_known(const struct msturn_endpoint *endpoint)
{
    return endpoint->family != 0;
}

/* 0.0.0.0 or ::. */
static bool is_unspecified(const struct msturn_endpoint *endpoint)
{
    static const uint8_t zeros[16];

    return memcmp(endpoint->address, zeros, sizeof zeros) == 0;
}

static const char *on_mapped(const struct addresses *all)
{
    if (!is_known(&all->client))
        return "";
    return msturn_endpoint_equal(&all->client, &all->mapped)
               ? "The address that the client sends from: no NAT between this capture and the server"
               : "Not the address that the client sends from: a NAT is between this capture and the server";
}

static const struct msturn_endpoint *peer_of(const struct addresses *all)
{
    return is_known(&all->peer_on_wire) ? &all->peer_on_wire
           : is_known(&all->announced)  ? &all->announced
                                        : &all->permitted;
}

static const char *on_relayed(const struct addresses *all)
{
    const struct msturn_endpoint *peer = peer_of(all);

    if (is_known(&all->relayed_on_wire))
        return "";
    if (is_known(peer) && msturn_endpoint_is_private(&all->relayed) && !msturn_endpoint_is_private(peer))
        return "Private, and the peer's address is not: a peer outside cannot reach it";
    return "";
}

static const char *on_relayed_on_wire(const struct addresses *all)
{
    if (!is_known(&all->relayed))
        return "";
    return msturn_endpoint_same_host(&all->relayed, &all->relayed_on_wire)
               ? "The relayed address"
               : "Not the relayed address: static NAT, or a capture behind the NAT";
}

static const char *on_peer_on_wire(const struct addresses *all)
{
    if (is_known(&all->announced) && !msturn_endpoint_equal(&all->announced, &all->peer_on_wire))
        return "Not the address that was announced: a NAT is between this capture and the server";
    if (is_known(&all->mapped) && !msturn_endpoint_same_host(&all->mapped, &all->client) &&
        msturn_endpoint_same_host(&all->mapped, &all->peer_on_wire))
        return "The address of the client's NAT: both ends are behind it (hairpin)";
    return "";
}

static const char *on_nothing(const struct addresses *all _U_)
{
    return "";
}

/* ---- the table ---- */

/* A row: whose address, how it is known, and what is to be said of it. */
static const struct address_row {
    const char *who, *source;
    size_t offset; /* of the address */
    const char *(*remark)(const struct addresses *all);
} address_rows[] = {
    { "Client, as it sends", "source of its packets", offsetof(struct addresses, client), on_nothing },
    { "Client, as the server sees it", "XOR-MAPPED-ADDRESS", offsetof(struct addresses, mapped), on_mapped },
    { "TURN server, for the client", "destination of the client's packets", offsetof(struct addresses, server),
      on_nothing },
    { "Relayed, as the client was told", "Allocate response", offsetof(struct addresses, relayed), on_relayed },
    { "Local end towards the peer", "packets of the peer's connection", offsetof(struct addresses, relayed_on_wire),
      on_relayed_on_wire },
    { "Peer, as it was permitted", "CreatePermission", offsetof(struct addresses, permitted), on_nothing },
    { "Peer, as it was announced", "XOR-PEER-ADDRESS", offsetof(struct addresses, announced), on_nothing },
    { "Peer, as it sends", "packets of its connection", offsetof(struct addresses, peer_on_wire), on_peer_on_wire },
};

static void write_address(const struct msturn_told_path *told, const struct addresses *all,
                          const struct address_row *row)
{
    const struct msturn_endpoint *endpoint = (const void *)((const char *)all + row->offset);
    const char *text = msturn_endpoint_text(told->scope, endpoint);

    if (!text)
        return;
    fputs("<tr>", stdout);
    msturn_html_element("td", NULL, row->who);
    msturn_html_element("td", "hops", text);
    msturn_html_element("td", NULL, row->source);
    msturn_html_element("td", NULL, is_unspecified(endpoint) ? "No address: nobody can reach it" : row->remark(all));
    fputs("</tr>\n", stdout);
}

void msturn_html_addresses(const struct msturn_report *report, const struct msturn_told_path *told)
{
    const struct addresses all = addresses_of(report, told->path);

    fputs("<h3>Addresses</h3>\n<table><thead><tr><th>Whose</th><th>Address</th><th>Known by</th><th>Remark</th></tr>"
          "</thead>\n<tbody>\n",
          stdout);
    for (size_t i = 0; i < array_length(address_rows); i++)
        write_address(told, &all, &address_rows[i]);
    fputs("</tbody></table>\n", stdout);
}
