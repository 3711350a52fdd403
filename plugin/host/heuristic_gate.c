/* heuristic_gate.c
 * What other heuristics leave to msturn, whatever they recognised before.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A heuristic that recognised a packet moves to the front of its list and stays there, also for the next file. The heuristics
 * of the built-in dissectors for STUN recognise most of what is msturn's, too: after one packet that is theirs alone, they would
 * get everything. The one for the PROXY protocol takes a message that its header stands before. So each of them gets a gate,
 * which rejects what msturn's own heuristic takes, and the list goes on to that one. There is no order in which heuristics could
 * be registered to the same effect.
 *
 * A message that comes after them in the same UDP conversation is msturn's by shared_conversation.c.
 *
 * The gate stands in the entry of the list, because deleting an entry and adding it again would list it twice among the
 * heuristics of its protocol. What an entry is belongs to epan/packet.h; the checks below are for what that does not promise.
 */
#include "plugin/host/heuristic_gate.h"

#include "plugin/host/connection.h"
#include "plugin/host/protocol.h"

#include <epan/dissectors/packet-tcp.h>
#include <wsutil/wslog.h>

#include <string.h>

enum builtin { STUN_TCP, PROXY_TCP, STUN_UDP, CLASSICSTUN_UDP, BUILTIN_COUNT };

/* A heuristic of a built-in dissector, and the one of msturn that it gives way to. */
struct gated_heuristic {
    const char *name, *list, *own_name;
    heur_dissector_t gate, builtin; /* builtin: NULL if there is none */
    const heur_dtbl_entry_t *own;
    msturn_takes_fn own_takes;
};

static struct gated_heuristic gated[BUILTIN_COUNT];

static bool own_takes(const struct gated_heuristic *heuristic, tvbuff_t *tvb, packet_info *pinfo, void *data)
{
    return heuristic->own_takes(tvb, pinfo, data) && heuristic->own->enabled &&
           proto_is_protocol_enabled(heuristic->own->protocol);
}

static wsbool call_builtin(enum builtin which, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct gated_heuristic *heuristic = &gated[which];

    return !own_takes(heuristic, tvb, pinfo, data) && heuristic->builtin(tvb, pinfo, tree, data);
}

static wsbool stun_tcp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return call_builtin(STUN_TCP, tvb, pinfo, tree, data);
}

/* What stands before a message of ours may come alone. */
static wsbool proxy_tcp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct tcpinfo *tcpinfo = data;
    const wsbool taken = call_builtin(PROXY_TCP, tvb, pinfo, tree, data);

    if (taken && tcpinfo && !PINFO_FD_VISITED(pinfo))
        msturn_connection_note_preamble(pinfo, tcpinfo->seq, tvb);
    return taken;
}

static wsbool stun_udp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return call_builtin(STUN_UDP, tvb, pinfo, tree, data);
}

static wsbool classicstun_udp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return call_builtin(CLASSICSTUN_UDP, tvb, pinfo, tree, data);
}

static void set_gate(enum builtin which, const struct gated_heuristic *heuristic)
{
    heur_dtbl_entry_t *entry = find_heur_dissector_by_unique_short_name(heuristic->name);

    gated[which] = *heuristic;
    gated[which].own = find_heur_dissector_by_unique_short_name(heuristic->own_name);
    if (!entry || !gated[which].own || !entry->dissector || strcmp(entry->list_name, heuristic->list) != 0) {
        ws_warning("msturn: there is no heuristic %s; what it recognises first is not msturn's.", heuristic->name);
        return;
    }
    gated[which].builtin = entry->dissector;
    entry->dissector = heuristic->gate;
}

void msturn_heuristic_gate_handoff(msturn_takes_fn takes_segment, msturn_takes_fn takes_datagram)
{
    const struct gated_heuristic heuristics[BUILTIN_COUNT] = {
        [STUN_TCP] = { "stun_tcp", "tcp", "msturn_tcp", stun_tcp_gate, NULL, NULL, takes_segment },
        [PROXY_TCP] = { "proxy_tcp", "tcp", "msturn_tcp", proxy_tcp_gate, NULL, NULL, takes_segment },
        [STUN_UDP] = { "stun_udp", "udp", "msturn_udp", stun_udp_gate, NULL, NULL, takes_datagram },
        [CLASSICSTUN_UDP] = { "classicstun_udp", "udp", "msturn_udp", classicstun_udp_gate, NULL, NULL,
                              takes_datagram },
    };

    for (enum builtin which = 0; which < BUILTIN_COUNT; which++)
        set_gate(which, &heuristics[which]);
}
