/* ports.c
 * The TCP ports on which msturn looks at the first bytes, and what becomes of their owners.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A port that nobody owns gets msturn's own handle. A port that another dissector owns gets a gate: a
 * handle without a protocol, which leaves no trace in a packet and passes what is not msturn's on to
 * the owner. Only the built-in STUN dissector is not asked, as long as msturn is enabled: it claims
 * whatever comes on its port, and other dissectors recognise that better.
 */
#include "plugin/ports.h"

#include "plugin/fields.h"

#define TCP_PORT "tcp.port"
#define PORT_MAX 65535

/* A preference, and what of it the port table has. */
struct port_range {
    range_t *wanted;
    range_t *taken;
};

static struct port_range turn_ports, relay_ports, shared_ports;
static struct port_range *const port_ranges[] = { &turn_ports, &relay_ports, &shared_ports };
static dissector_handle_t own_handle, gate_handle, stun_handle;
static wmem_map_t *owners; /* port -> dissector_handle_t, where there was one */

static int dissect_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const uint32_t port = pinfo->match_uint;

    /* The gate is no layer of its own: whom it calls may ask for reassembly as if it were not there. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    const bool enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_msturn));
    if (enabled) {
        const int taken = call_dissector_only(own_handle, tvb, pinfo, tree, data);
        if (taken != 0)
            return taken;
    }
    const dissector_handle_t owner = wmem_map_lookup(owners, GUINT_TO_POINTER(port));
    if (!owner || (enabled && owner == stun_handle))
        return 0;
    return call_dissector_only(owner, tvb, pinfo, tree, data);
}

static bool in_any(uint32_t port, bool taken)
{
    for (size_t i = 0; i < array_length(port_ranges); i++) {
        const range_t *range = taken ? port_ranges[i]->taken : port_ranges[i]->wanted;
        if (range && value_is_in_range(range, port))
            return true;
    }
    return false;
}

/* A port that the user gave away by Decode As is left alone. */
static bool is_given_away(uint32_t port)
{
    return dissector_is_uint_changed(find_dissector_table(TCP_PORT), port);
}

static void take_port(guint32 port, void *user _U_)
{
    if (in_any(port, true) || is_given_away(port))
        return;
    const dissector_handle_t owner = dissector_get_default_uint_handle(TCP_PORT, port);
    if (owner == own_handle || owner == gate_handle)
        return; /* in two of the ranges */
    if (owner)
        wmem_map_insert(owners, GUINT_TO_POINTER(port), owner);
    dissector_add_uint(TCP_PORT, port, owner ? gate_handle : own_handle);
}

static void release_port(guint32 port, void *user _U_)
{
    const dissector_handle_t holder = dissector_get_default_uint_handle(TCP_PORT, port);
    const dissector_handle_t owner = wmem_map_lookup(owners, GUINT_TO_POINTER(port));

    if (in_any(port, false) || is_given_away(port) || (holder != own_handle && holder != gate_handle))
        return;
    if (owner)
        dissector_add_uint(TCP_PORT, port, owner);
    else
        dissector_delete_uint(TCP_PORT, port, own_handle);
}

void msturn_ports_apply(void)
{
    for (size_t i = 0; i < array_length(port_ranges); i++) {
        if (port_ranges[i]->taken)
            range_foreach(port_ranges[i]->taken, release_port, NULL);
    }
    for (size_t i = 0; i < array_length(port_ranges); i++)
        range_foreach(port_ranges[i]->wanted, take_port, NULL);
    for (size_t i = 0; i < array_length(port_ranges); i++) {
        wmem_free(wmem_epan_scope(), port_ranges[i]->taken);
        port_ranges[i]->taken = range_copy(wmem_epan_scope(), port_ranges[i]->wanted);
    }
}

void msturn_ports_register_preferences(module_t *module)
{
    range_convert_str(wmem_epan_scope(), &turn_ports.wanted, "3478-3481,5349", PORT_MAX);
    prefs_register_range_preference(module, "turn_ports", "TURN server TCP ports",
        "Ports on which TURN servers listen. A message is waited for as soon as a first byte fits, and looked for in "
        "the middle of a segment when the capture begins in mid-stream.",
        &turn_ports.wanted, PORT_MAX);
    range_convert_str(wmem_epan_scope(), &relay_ports.wanted, "24000-29999,50000-59999", PORT_MAX);
    prefs_register_range_preference(module, "relay_ports", "Relay TCP ports",
        "Ports from which TURN servers take relayed addresses. Decoded when the first bytes are unmistakable; a "
        "port of another protocol stays with it otherwise.",
        &relay_ports.wanted, PORT_MAX);
    range_convert_str(wmem_epan_scope(), &shared_ports.wanted, "80,443", PORT_MAX);
    prefs_register_range_preference(module, "shared_ports", "TCP ports shared with other protocols",
        "Ports of other protocols on which TURN servers may listen too. Decoded when the first bytes are "
        "unmistakable, otherwise left to the other protocol.",
        &shared_ports.wanted, PORT_MAX);
}

void msturn_ports_handoff(dissector_handle_t handle)
{
    own_handle = handle;
    gate_handle = create_dissector_handle_with_name_and_description(dissect_gate, -1, NULL,
                                                                    "MSTURN, or else the port's own protocol");
    stun_handle = find_dissector("stun-tcp");
    owners = wmem_map_new(wmem_epan_scope(), g_direct_hash, g_direct_equal);
    msturn_ports_apply();
}

bool msturn_ports_is_turn(uint32_t port)
{
    return value_is_in_range(turn_ports.wanted, port) ||
           !(value_is_in_range(relay_ports.wanted, port) || value_is_in_range(shared_ports.wanted, port));
}
