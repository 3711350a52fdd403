/* path_addresses.c
 * The addresses that each side of a path saw, with remarks on what lies between them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/permission.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path.h"

#include <stddef.h>

/* The addresses of a path, family 0 where one is not known. */
struct addresses {
    struct msturn_endpoint client, mapped, server, relayed, relayed_on_wire, permitted, announced, peer_on_wire;
};

static struct addresses addresses_of(const struct msturn_evaluation *evaluation, const struct msturn_path *path)
{
    const struct msturn_path_flows flows = msturn_flows_of_path(evaluation, path);
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

/* What is to be said of an address, and whether a reader who has no time needs to know it. */
struct remark {
    const char *text; /* NULL: nothing */
    bool is_notable;
};

static const struct remark no_remark = { .text = NULL };

static bool is_known(const struct msturn_endpoint *endpoint)
{
    return endpoint->family != 0;
}

static struct remark on_mapped(const struct addresses *all)
{
    static const struct remark same = {
        "The address that the client sends from: no NAT between this capture and the server", false
    };
    static const struct remark other = {
        "Not the address that the client sends from: a NAT is between this capture and the server", true
    };

    if (!is_known(&all->client))
        return no_remark;
    return msturn_endpoint_equal(&all->client, &all->mapped) ? same : other;
}

static const struct msturn_endpoint *peer_of(const struct addresses *all)
{
    return is_known(&all->peer_on_wire) ? &all->peer_on_wire
           : is_known(&all->announced)  ? &all->announced
                                        : &all->permitted;
}

static struct remark on_relayed(const struct addresses *all)
{
    static const struct remark out_of_reach = {
        "Private, and the peer's address is not: a peer outside cannot reach it", true
    };
    const struct msturn_endpoint *peer = peer_of(all);
    const bool is_private =
        is_known(peer) && msturn_endpoint_is_private(&all->relayed) && !msturn_endpoint_is_private(peer);

    return !is_known(&all->relayed_on_wire) && is_private ? out_of_reach : no_remark;
}

static struct remark on_relayed_on_wire(const struct addresses *all)
{
    static const struct remark same = { "The relayed address", false };
    static const struct remark other = { "Not the relayed address: static NAT, or a capture behind the NAT", true };

    if (!is_known(&all->relayed))
        return no_remark;
    return msturn_endpoint_same_host(&all->relayed, &all->relayed_on_wire) ? same : other;
}

static struct remark on_peer_on_wire(const struct addresses *all)
{
    static const struct remark not_announced = {
        "Not the address that was announced: a NAT is between this capture and the server", true
    };
    static const struct remark hairpin = { "The address of the client's NAT: both ends are behind it (hairpin)", true };

    if (is_known(&all->announced) && !msturn_endpoint_equal(&all->announced, &all->peer_on_wire))
        return not_announced;
    if (is_known(&all->mapped) && !msturn_endpoint_same_host(&all->mapped, &all->client) &&
        msturn_endpoint_same_host(&all->mapped, &all->peer_on_wire))
        return hairpin;
    return no_remark;
}

static struct remark on_nothing(const struct addresses *all _U_)
{
    return no_remark;
}

/* ---- the table ---- */

/* A row: whose address, how it is known, and what is to be said of it. */
static const struct address_row {
    const char *name, *who, *source;
    size_t offset; /* of the address */
    struct remark (*remark)(const struct addresses *all);
} address_rows[MSTURN_PATH_ADDRESSES] = {
    { "client", "Client, as it sends", "source of its packets", offsetof(struct addresses, client), on_nothing },
    { "mapped", "Client, as the server sees it", "XOR-MAPPED-ADDRESS", offsetof(struct addresses, mapped), on_mapped },
    { "server", "TURN server, for the client", "destination of the client's packets",
      offsetof(struct addresses, server), on_nothing },
    { "relayed", "Relayed, as the client was told", "Allocate response", offsetof(struct addresses, relayed),
      on_relayed },
    { "relayed_on_wire", "Local end towards the peer", "packets of the peer's connection",
      offsetof(struct addresses, relayed_on_wire), on_relayed_on_wire },
    { "peer_permitted", "Peer, as it was permitted", "CreatePermission", offsetof(struct addresses, permitted),
      on_nothing },
    { "peer_announced", "Peer, as it was announced", "XOR-PEER-ADDRESS", offsetof(struct addresses, announced),
      on_nothing },
    { "peer_on_wire", "Peer, as it sends", "packets of its connection", offsetof(struct addresses, peer_on_wire),
      on_peer_on_wire },
};

unsigned msturn_path_addresses(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                               struct msturn_path_address addresses[MSTURN_PATH_ADDRESSES])
{
    static const struct remark nobody = { "No address: nobody can reach it", true };
    const struct addresses all = addresses_of(evaluation, path);
    unsigned count = 0;

    for (unsigned i = 0; i < MSTURN_PATH_ADDRESSES; i++) {
        const struct address_row *row = &address_rows[i];
        const struct msturn_endpoint *address = (const void *)((const char *)&all + row->offset);
        if (!is_known(address))
            continue;
        const struct remark remark = msturn_endpoint_is_unspecified(address) ? nobody : row->remark(&all);
        addresses[count++] = (struct msturn_path_address){
            .name = row->name,
            .who = row->who,
            .source = row->source,
            .address = *address,
            .remark = remark.text,
            .is_notable = remark.is_notable,
        };
    }
    return count;
}
