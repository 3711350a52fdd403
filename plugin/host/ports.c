/* ports.c
 * The TCP and UDP ports on which msturn looks at the first bytes, and what becomes of their owners.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A port that nobody owns gets msturn's own handle. A port that another dissector owns gets a gate: a
 * handle without a protocol, which leaves no trace in a packet and passes what is not msturn's on to
 * the owner. Only the built-in STUN dissector on TCP is not asked, as long as msturn is enabled: it claims
 * whatever comes on its port, and other dissectors recognise that better.
 */
#include "plugin/host/ports.h"

#include "plugin/host/connection.h"
#include "plugin/host/bytes.h"
#include "plugin/host/protocol.h"
#include "plugin/wire/beginning.h"
#include "plugin/wire/preamble.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#define PORT_MAX 65535
#define SOCKS_PORT "1080" /* of Wireshark's dissector */

/* A preference. */
struct port_range {
    range_t *ports;
    bool owned_only; /* of large ranges only the ports of others are taken; on the rest the heuristic does the same */
};

static struct port_range turn_ports, shared_ports;
static struct port_range relay_ports = { .owned_only = true }, udp_ports = { .owned_only = true };

/* The ports of one transport. */
struct transport {
    const char *table;
    dissector_table_t entries;    /* of that name */
    struct port_range *ranges[5]; /* ends with NULL */
    dissector_handle_t own, gate;
    wmem_map_t *held;   /* ports that have `own` or `gate` */
    wmem_map_t *owners; /* port -> dissector_handle_t, where there was one */
};

static struct port_range socks_ports = { .owned_only = true }; /* whose talk is only listened to */

static struct transport tcp = { .table = "tcp.port",
                                .ranges = { &turn_ports, &relay_ports, &shared_ports, &socks_ports } };
static struct transport udp = { .table = "udp.port", .ranges = { &udp_ports } };

static dissector_handle_t builtin_stun_tcp;

static int call_owner(const struct transport *transport, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                      void *data)
{
    const dissector_handle_t owner = wmem_map_lookup(transport->owners, GUINT_TO_POINTER(pinfo->match_uint));

    return owner ? call_dissector_only(owner, tvb, pinfo, tree, data) : 0;
}

static bool is_enabled(void)
{
    return proto_is_protocol_enabled(find_protocol_by_id(proto_msturn));
}

/* What is in the middle of a stream that the owner of the port already has is its own. */
static bool may_begin(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    return !tcpinfo || msturn_connection_may_begin_on_owned_port(pinfo, tcpinfo->seq);
}

/* The gate's question: whatever comes on the port of a TURN server, and what may begin a stream where one may be. On other ports there
 * is only listened. */
static bool asks(struct msturn_bytes bytes, packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    const uint32_t port = pinfo->match_uint;

    return msturn_ports_is_listed(port) ||
           (msturn_stream_may_begin(bytes) && (msturn_ports_is_relay(port) || msturn_ports_is_shared(port)) &&
            may_begin(pinfo, tcpinfo));
}

static int dissect_tcp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(tvb);
    const struct tcpinfo *tcpinfo = data;
    const uint32_t port = pinfo->match_uint;

    /* The gate is no layer of its own: whom it calls may ask for reassembly as if it were not there. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    if (asks(bytes, pinfo, tcpinfo) && is_enabled()) {
        const int taken = call_dissector_only(tcp.own, tvb, pinfo, tree, data);
        if (taken != 0)
            return taken;
        if (wmem_map_lookup(tcp.owners, GUINT_TO_POINTER(port)) == builtin_stun_tcp)
            return 0;
    }
    if (tcpinfo && !PINFO_FD_VISITED(pinfo) && msturn_may_precede(bytes))
        msturn_connection_note_preamble(pinfo, tcpinfo->seq, tvb);
    return call_owner(&tcp, tvb, pinfo, tree, data);
}

static int dissect_udp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const bool may_be_own = msturn_datagram_may_begin(msturn_tvb_bytes(tvb)) && is_enabled();
    const int taken = may_be_own ? call_dissector_only(udp.own, tvb, pinfo, tree, data) : 0;

    return taken != 0 ? taken : call_owner(&udp, tvb, pinfo, tree, data);
}

static bool port_is_wanted(const struct transport *transport, uint32_t port)
{
    for (struct port_range *const *range = transport->ranges; *range; range++) {
        if (value_is_in_range((*range)->ports, port))
            return true;
    }
    return false;
}

/* By Decode As. The choice is the user's, and what the port goes back to afterwards is not to be seen meanwhile. */
static bool is_given_away(const struct transport *transport, uint32_t port)
{
    return dissector_is_uint_changed(transport->entries, port);
}

static void hold_port(const struct transport *transport, uint32_t port, dissector_handle_t owner)
{
    if (wmem_map_contains(transport->held, GUINT_TO_POINTER(port)) || is_given_away(transport, port))
        return;
    if (owner)
        wmem_map_insert(transport->owners, GUINT_TO_POINTER(port), owner);
    wmem_map_insert(transport->held, GUINT_TO_POINTER(port), GUINT_TO_POINTER(1));
    dissector_add_uint(transport->table, port, owner ? transport->gate : transport->own);
}

static void take_port(guint32 port, void *user)
{
    const struct transport *transport = user;

    hold_port(transport, port, dissector_get_default_uint_handle(transport->table, port));
}

struct owned_port {
    uint32_t port;
    dissector_handle_t owner;
};

/* An entry of the table. Entries are not added while it is gone through. */
static void list_owned_port(const char *table _U_, ftenum_t type _U_, void *key, void *value, void *user)
{
    const struct owned_port owned = { GPOINTER_TO_UINT(key), dtbl_entry_get_initial_handle(value) };

    if (owned.owner)
        wmem_array_append_one((wmem_array_t *)user, owned);
}

/* There are some hundred owners, and some ten thousand ports in the ranges. */
static void take_owned_ports(const struct transport *transport)
{
    wmem_array_t *owned = wmem_array_new(NULL, sizeof(struct owned_port));

    dissector_table_foreach(transport->table, list_owned_port, owned);
    for (unsigned i = 0; i < wmem_array_get_count(owned); i++) {
        const struct owned_port *one = wmem_array_index(owned, i);
        for (struct port_range *const *range = transport->ranges; *range; range++) {
            if ((*range)->owned_only && value_is_in_range((*range)->ports, one->port))
                hold_port(transport, one->port, one->owner);
        }
    }
    wmem_destroy_array(owned);
}

static void release_port(const struct transport *transport, void *key)
{
    const uint32_t port = GPOINTER_TO_UINT(key);
    const dissector_handle_t holder = dissector_get_default_uint_handle(transport->table, port);
    const dissector_handle_t owner = wmem_map_remove(transport->owners, key);

    wmem_map_remove(transport->held, key);
    if (holder != transport->own && holder != transport->gate)
        return; /* somebody took it later */
    if (owner)
        dissector_add_uint(transport->table, port, owner);
    else
        dissector_delete_uint(transport->table, port, holder);
}

static void apply(struct transport *transport)
{
    wmem_list_t *held = wmem_map_get_keys(NULL, transport->held);

    for (wmem_list_frame_t *entry = wmem_list_head(held); entry; entry = wmem_list_frame_next(entry)) {
        const uint32_t port = GPOINTER_TO_UINT(wmem_list_frame_data(entry));
        if (!port_is_wanted(transport, port) && !is_given_away(transport, port))
            release_port(transport, GUINT_TO_POINTER(port));
    }
    wmem_destroy_list(held);
    for (struct port_range *const *range = transport->ranges; *range; range++) {
        if (!(*range)->owned_only)
            range_foreach((*range)->ports, take_port, transport);
    }
    take_owned_ports(transport);
}

void msturn_ports_apply(void)
{
    apply(&tcp);
    apply(&udp);
}

static void register_range(module_t *module, struct port_range *range, const char *default_ports, const char *name,
                           const char *title, const char *description)
{
    range_convert_str(wmem_epan_scope(), &range->ports, default_ports, PORT_MAX);
    prefs_register_range_preference(module, name, title, description, &range->ports, PORT_MAX);
}

void msturn_ports_register_preferences(module_t *module)
{
    register_range(
        module, &turn_ports, "3478-3483,5349", "turn_ports", "TURN server TCP ports",
        "Ports on which TURN servers listen. A message is waited for as soon as a first byte fits, and looked for in "
        "the middle of a segment when the capture begins in mid-stream.");
    register_range(
        module, &relay_ports, "24000-29999,50000-59999", "relay_ports", "Relay TCP ports",
        "Ports from which TURN servers take relayed addresses. Decoded when the first bytes are unmistakable; a "
        "port of another protocol stays with it otherwise.");
    register_range(module, &shared_ports, "80,443", "shared_ports", "TCP ports shared with other protocols",
                   "Ports of other protocols on which TURN servers may listen too. Decoded when the first bytes are "
                   "unmistakable, otherwise left to the other protocol.");
    range_convert_str(wmem_epan_scope(), &socks_ports.ports, SOCKS_PORT, PORT_MAX);
    register_range(
        module, &udp_ports, "3478-3481,50000-59999", "udp_ports", "MS-TURN UDP ports",
        "UDP ports on which MS-TURN messages and multiplexed TURN are decoded; everything else on them is left to "
        "the other protocol. On every other port a heuristic recognises them.");
}

static void prepare(struct transport *transport, dissector_handle_t own, dissector_t gate)
{
    transport->entries = find_dissector_table(transport->table);
    transport->own = own;
    transport->gate =
        create_dissector_handle_with_name_and_description(gate, -1, NULL, "MSTURN, or else the port's own protocol");
    transport->held = wmem_map_new(wmem_epan_scope(), g_direct_hash, g_direct_equal);
    transport->owners = wmem_map_new(wmem_epan_scope(), g_direct_hash, g_direct_equal);
}

void msturn_ports_handoff(dissector_handle_t tcp_handle, dissector_handle_t udp_handle)
{
    prepare(&tcp, tcp_handle, dissect_tcp_gate);
    prepare(&udp, udp_handle, dissect_udp_gate);
    builtin_stun_tcp = find_dissector("stun-tcp");
    dissector_add_for_decode_as("udp.port", udp_handle); /* there are only gates */
    msturn_ports_apply();
}

bool msturn_ports_is_decoded_as(uint32_t udp_port)
{
    return dissector_get_uint_handle(udp.entries, udp_port) == udp.own;
}

bool msturn_ports_is_turn(uint32_t port)
{
    return value_is_in_range(turn_ports.ports, port) ||
           !(value_is_in_range(relay_ports.ports, port) || value_is_in_range(shared_ports.ports, port));
}

bool msturn_ports_is_given_away(uint32_t tcp_port)
{
    return is_given_away(&tcp, tcp_port);
}

bool msturn_ports_is_listed(uint32_t port)
{
    return value_is_in_range(turn_ports.ports, port);
}

bool msturn_ports_is_relay(uint32_t port)
{
    return value_is_in_range(relay_ports.ports, port);
}

bool msturn_ports_is_shared(uint32_t port)
{
    return value_is_in_range(shared_ports.ports, port);
}
