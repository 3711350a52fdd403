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
#include "plugin/wire/stream.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#define PORT_MAX 65535

/* A preference, and what of it the port table has. */
struct port_range {
    range_t *wanted;
    range_t *taken;
    bool owned_only; /* of large ranges only the ports of others are taken; on the rest the heuristic does the same */
};

static struct port_range turn_ports, shared_ports, udp_ports, relay_ports = { .owned_only = true };

/* The ports of one transport. */
struct transport {
    const char *table;
    struct port_range *ranges[4]; /* ends with NULL */
    dissector_handle_t own, gate;
    dissector_handle_t builtin; /* Wireshark's own STUN dissector */
    bool always_gate; /* also on ports that nobody owns */
    wmem_map_t *owners; /* port -> dissector_handle_t, where there was one */
};

static struct transport tcp = { .table = "tcp.port", .ranges = { &turn_ports, &relay_ports, &shared_ports } };
static struct transport udp = { .table = "udp.port", .ranges = { &udp_ports }, .always_gate = true };

static dissector_handle_t udp_conversation_handle;

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

/* Is this the first payload of its direction? What is in the middle of a stream that the owner of the port
 * already has is its own. */
static bool begins_stream(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    return !tcpinfo ||
           msturn_is_first_payload(conversation ? msturn_tcp_analysis_of(conversation) : NULL, tcpinfo->seq);
}

static int dissect_tcp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const uint32_t port = pinfo->match_uint;
    const bool turn = msturn_ports_is_turn(port);

    /* The gate is no layer of its own: whom it calls may ask for reassembly as if it were not there. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    if (is_enabled() &&
        (turn || (msturn_stream_may_begin(msturn_tvb_bytes(tvb, 0, UINT32_MAX)) && begins_stream(pinfo, data)))) {
        const int taken = call_dissector_only(tcp.own, tvb, pinfo, tree, data);
        if (taken != 0)
            return taken;
        if (wmem_map_lookup(tcp.owners, GUINT_TO_POINTER(port)) == tcp.builtin)
            return 0;
    }
    return call_owner(&tcp, tvb, pinfo, tree, data);
}

/* Microsoft's datagrams are msturn's, what else is on a connection with STUN is the built-in dissector's. */
static int dissect_udp_conversation(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const int taken = is_enabled() ? call_dissector_only(udp.own, tvb, pinfo, tree, data) : 0;

    return taken != 0 ? taken : call_dissector_only(udp.builtin, tvb, pinfo, tree, data);
}

/* Standard STUN on a port that nobody owns is recognised by the heuristic of the built-in dissector, which then
 * gets the whole conversation, multiplexed TURN included. Here it is called before that, and the
 * conversation is shared. */
static int dissect_udp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (is_enabled()) {
        const int taken = call_dissector_only(udp.own, tvb, pinfo, tree, data);
        if (taken != 0)
            return taken;
        if (udp.builtin && !wmem_map_lookup(udp.owners, GUINT_TO_POINTER(pinfo->match_uint)) &&
            msturn_message_is_unmistakable(msturn_tvb_bytes(tvb, 0, UINT32_MAX))) {
            if (!PINFO_FD_VISITED(pinfo))
                conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num,
                                                             udp_conversation_handle);
            return call_dissector_only(udp.builtin, tvb, pinfo, tree, data);
        }
    }
    return call_owner(&udp, tvb, pinfo, tree, data);
}

static bool in_any(const struct transport *transport, uint32_t port, bool taken)
{
    for (struct port_range *const *range = transport->ranges; *range; range++) {
        const range_t *ports = taken ? (*range)->taken : (*range)->wanted;
        if (ports && value_is_in_range(ports, port))
            return true;
    }
    return false;
}

/* A port that the user gave away by Decode As is left alone. */
static bool is_given_away(const struct transport *transport, uint32_t port)
{
    return dissector_is_uint_changed(find_dissector_table(transport->table), port);
}

static void take_port(guint32 port, void *user)
{
    const struct transport *transport = user;

    if (in_any(transport, port, true) || is_given_away(transport, port))
        return;
    const dissector_handle_t owner = dissector_get_default_uint_handle(transport->table, port);
    if (owner == transport->own || owner == transport->gate)
        return; /* in two of the ranges */
    if (owner)
        wmem_map_insert(transport->owners, GUINT_TO_POINTER(port), owner);
    dissector_add_uint(transport->table, port, owner || transport->always_gate ? transport->gate : transport->own);
}

static void take_owned_port(guint32 port, void *user)
{
    const struct transport *transport = user;

    if (dissector_get_default_uint_handle(transport->table, port))
        take_port(port, user);
}

static void release_port(guint32 port, void *user)
{
    const struct transport *transport = user;
    const dissector_handle_t holder = dissector_get_default_uint_handle(transport->table, port);
    const dissector_handle_t owner = wmem_map_lookup(transport->owners, GUINT_TO_POINTER(port));

    if (in_any(transport, port, false) || is_given_away(transport, port) ||
        (holder != transport->own && holder != transport->gate))
        return;
    if (owner)
        dissector_add_uint(transport->table, port, owner);
    else
        dissector_delete_uint(transport->table, port, holder);
}

static void apply(struct transport *transport)
{
    for (struct port_range *const *range = transport->ranges; *range; range++) {
        if ((*range)->taken)
            range_foreach((*range)->taken, release_port, transport);
    }
    for (struct port_range *const *range = transport->ranges; *range; range++)
        range_foreach((*range)->wanted, (*range)->owned_only ? take_owned_port : take_port, transport);
    for (struct port_range *const *range = transport->ranges; *range; range++) {
        wmem_free(wmem_epan_scope(), (*range)->taken);
        (*range)->taken = range_copy(wmem_epan_scope(), (*range)->wanted);
    }
}

void msturn_ports_apply(void)
{
    apply(&tcp);
    apply(&udp);
}

static void register_range(module_t *module, struct port_range *range, const char *default_ports, const char *name,
                           const char *title, const char *description)
{
    range_convert_str(wmem_epan_scope(), &range->wanted, default_ports, PORT_MAX);
    prefs_register_range_preference(module, name, title, description, &range->wanted, PORT_MAX);
}

void msturn_ports_register_preferences(module_t *module)
{
    register_range(module, &turn_ports, "3478-3481,5349", "turn_ports", "TURN server TCP ports",
        "Ports on which TURN servers listen. A message is waited for as soon as a first byte fits, and looked for in "
        "the middle of a segment when the capture begins in mid-stream.");
    register_range(module, &relay_ports, "24000-29999,50000-59999", "relay_ports", "Relay TCP ports",
        "Ports from which TURN servers take relayed addresses. Decoded when the first bytes are unmistakable; a "
        "port of another protocol stays with it otherwise.");
    register_range(module, &shared_ports, "80,443", "shared_ports", "TCP ports shared with other protocols",
        "Ports of other protocols on which TURN servers may listen too. Decoded when the first bytes are "
        "unmistakable, otherwise left to the other protocol.");
    register_range(module, &udp_ports, "3478-3481,50000-59999", "udp_ports", "MS-TURN UDP ports",
        "UDP ports on which MS-TURN messages and multiplexed TURN are decoded; everything else on them is left to "
        "the other protocol. On every other port a heuristic recognises them.");
}

static void prepare(struct transport *transport, dissector_handle_t own, dissector_t gate, const char *builtin,
                    const char *parent)
{
    transport->own = own;
    transport->gate = create_dissector_handle_with_name_and_description(gate, -1, NULL,
                                                                        "MSTURN, or else the port's own protocol");
    transport->builtin = find_dissector(builtin);
    /* Each port that is taken looks up the name of the handle's protocol, or of none, in a list of those that the parent
     * has, the last one first. Made the last one, it is found at once: thousands of ports cost a tenth of the time. */
    deregister_depend_dissector(parent, proto_get_protocol_short_name(NULL));
    transport->owners = wmem_map_new(wmem_epan_scope(), g_direct_hash, g_direct_equal);
}

void msturn_ports_handoff(dissector_handle_t tcp_handle, dissector_handle_t udp_handle)
{
    prepare(&tcp, tcp_handle, dissect_tcp_gate, "stun-tcp", "TCP");
    prepare(&udp, udp_handle, dissect_udp_gate, "stun-udp", "UDP");
    udp_conversation_handle = create_dissector_handle_with_name_and_description(dissect_udp_conversation, -1, NULL,
                                                                                "MSTURN, or else STUN");
    dissector_add_for_decode_as("udp.port", udp_handle); /* there are only gates */
    msturn_ports_apply();
}

bool msturn_ports_is_decoded_as(uint32_t udp_port)
{
    return dissector_get_uint_handle(find_dissector_table(udp.table), udp_port) == udp.own;
}

bool msturn_ports_is_turn(uint32_t port)
{
    return value_is_in_range(turn_ports.wanted, port) ||
           !(value_is_in_range(relay_ports.wanted, port) || value_is_in_range(shared_ports.wanted, port));
}

bool msturn_ports_is_relay(uint32_t port)
{
    return value_is_in_range(relay_ports.wanted, port);
}

bool msturn_ports_is_shared(uint32_t port)
{
    return value_is_in_range(shared_ports.wanted, port);
}
