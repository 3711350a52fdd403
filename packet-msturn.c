/* packet-msturn.c
 * Dissector for STUN and TURN over TCP: the IETF's TURN with TCP allocations, and MS-TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * RFC 8489  STUN                          https://www.rfc-editor.org/rfc/rfc8489
 * RFC 8656  TURN                          https://www.rfc-editor.org/rfc/rfc8656
 * RFC 6062  TURN with TCP allocations     https://www.rfc-editor.org/rfc/rfc6062
 * RFC 4571  framing of packets on TCP     https://www.rfc-editor.org/rfc/rfc4571
 * RFC 6544  ICE with TCP candidates       https://www.rfc-editor.org/rfc/rfc6544
 * [MS-TURN], [MS-TURNBWM], [MS-ICE], [MS-ICE2]: Microsoft's Open Specifications
 *
 * Registration and entry points. From there a segment walks through the layers: bytes are cut into units (cut, stream), units are
 * decoded (wire, attrs), tracked (track) and shown (show), and what they carry is given to its own dissector.
 */
#include "packet-msturn.h"

#include "plugin/compat.h"
#include "plugin/host/connection.h"
#include "plugin/host/every_frame.h"
#include "plugin/host/forwarded.h"
#include "plugin/host/heuristic_gate.h"
#include "plugin/host/passwords.h"
#include "plugin/host/signalling.h"
#include "plugin/dissect/cut.h"
#include "plugin/dissect/datagram.h"
#include "plugin/dissect/dissect.h"
#include "plugin/dissect/heard.h"
#include "plugin/output/export.h"
#include "plugin/show/fields.h"
#include "plugin/output/flow_graph.h"
#include "plugin/output/follow.h"
#include "plugin/wire/beginning.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/wire/preamble.h"
#include "plugin/host/ports.h"
#include "plugin/host/shared_conversation.h"
#include "plugin/host/silent_tap.h"
#include "plugin/track/message_facts.h"
#include "plugin/output/report.h"
#include "plugin/show/show.h"
#include "plugin/show/show_call.h"
#include "plugin/output/stats.h"
#include "plugin/host/tap.h"
#include "plugin/track/track.h"
#include "plugin/verdict/evaluation.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/proto_data.h>

static dissector_handle_t msturn_handle, msturn_tls_handle, msturn_udp_handle;

/* ---- entry points ---- */

/* From File > Export PDUs. There is no TCP, and nothing to cut. */
static int dissect_exported(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const enum msturn_unit_kind kind = msturn_exported_kind(msturn_tvb_bytes(tvb));
    struct msturn_arrival arrival = { .tvb = tvb, .pinfo = pinfo, .tree = tree };

    if (kind == MSTURN_UNIT_FOREIGN)
        return 0;
    if (pinfo->ptype == PT_TCP) {
        arrival.connection = msturn_connection_find(pinfo);
        if (!arrival.connection && msturn_is_first_pass(&arrival))
            arrival.connection = msturn_connection_claim(pinfo, false);
    }
    return msturn_dissect_one_unit(&arrival, kind);
}

/* So few bytes of a message, or of a frame with one, are waited for nowhere else than on a TURN server's port. */
static bool is_too_little_to_tell(tvbuff_t *tvb)
{
    enum { ENOUGH = 10 };

    return tvb_reported_length(tvb) < ENOUGH && msturn_stream_may_become_ours(msturn_tvb_bytes(tvb));
}

static struct msturn_arrival segment_arrival(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                             const struct tcpinfo *tcpinfo)
{
    return (struct msturn_arrival){
        .tvb = tvb,
        .pinfo = pinfo,
        .tree = tree,
        .in_stream = tcpinfo != NULL,
        .stream_offset = tcpinfo ? tcpinfo->seq : 0,
        .acknowledged = tcpinfo ? tcpinfo->lastackseq : 0,
        .tcp_flags = tcpinfo ? (uint16_t)tcpinfo->flags : 0,
        .sees_all = true,
    };
}

/* `patient`: on a TURN server's port, or on a connection that one announced. */
static int dissect_plain(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data, bool patient, bool shared)
{
    const struct tcpinfo *tcpinfo = data;
    struct msturn_arrival arrival = segment_arrival(tvb, pinfo, tree, tcpinfo);

    arrival.may_wait = patient;
    arrival.shared = shared;
    const int taken = msturn_dissect_arrival(&arrival);

    if (taken != 0 || !tcpinfo || !msturn_is_first_pass(&arrival))
        return taken;
    if (is_too_little_to_tell(tvb) && msturn_connection_may_begin(pinfo, tcpinfo->seq))
        msturn_connection_note_undecided(pinfo);
    if (msturn_may_precede(msturn_tvb_bytes(tvb)))
        msturn_connection_note_preamble(pinfo, tcpinfo->seq, tvb);
    return taken;
}

/* From File > Export PDUs, or from another dissector, which vouches for nothing. */
static int dissect_without_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(tvb);

    if (!proto_is_frame_protocol(pinfo->layers, "exported_pdu") && !msturn_message_is_certain(bytes) &&
        !msturn_is_ms_turn_message(bytes) && msturn_fit_frame(bytes) != MSTURN_FIT_YES)
        return 0;
    return dissect_exported(tvb, pinfo, tree);
}

/* By port, by Decode As, and every packet of a connection that is ours. */
static int dissect_msturn(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!data)
        return dissect_without_tcp(tvb, pinfo, tree);
    return dissect_plain(tvb, pinfo, tree, data, msturn_ports_is_turn(pinfo->match_uint),
                         msturn_ports_is_shared(pinfo->match_uint));
}

/* On a connection that a TURN server announced. */
static int dissect_msturn_expected(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return dissect_plain(tvb, pinfo, tree, data, true, false);
}

/* Would msturn's heuristic take this segment? Changes nothing. */
static bool heur_takes_segment(tvbuff_t *tvb, packet_info *pinfo, void *data)
{
    if (!msturn_stream_may_become_ours(msturn_tvb_bytes(tvb)))
        return false;
    struct msturn_arrival arrival = segment_arrival(tvb, pinfo, NULL, data);

    return msturn_takes_arrival(&arrival);
}

/* A connection that is ours does not come here, and of the others most are ruled out by their first bytes. */
static wsbool dissect_msturn_heur_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct msturn_bytes bytes = msturn_tvb_bytes(tvb);

    return (msturn_stream_may_become_ours(bytes) || msturn_may_precede(bytes)) &&
           dissect_plain(tvb, pinfo, tree, data, false, false) != 0;
}

/* TLS gives no offset in the stream of what it decrypted: the first pass counts, and notes for each call of a frame with bytes of
 * ours where it began. Of all the others nothing is noted. */
static uint32_t counted_offset(packet_info *pinfo)
{
    struct msturn_connection *connection = msturn_connection_find(pinfo);

    return connection ? msturn_connection_stream(connection, pinfo)->next_offset : 0;
}

/* How many calls for TLS there were before in this pass over the frame. */
static uint32_t count_tls_call(packet_info *pinfo)
{
    uint32_t *calls = p_get_proto_data(pinfo->pool, pinfo, proto_msturn, MSTURN_PROTO_DATA_FREE_KEY);

    if (!calls) {
        calls = wmem_new0(pinfo->pool, uint32_t);
        p_add_proto_data(pinfo->pool, pinfo, proto_msturn, MSTURN_PROTO_DATA_FREE_KEY, calls);
    }
    return (*calls)++;
}

static int dissect_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool patient)
{
    const uint32_t key = MSTURN_PROTO_DATA_FREE_KEY + count_tls_call(pinfo);
    const bool visited = PINFO_FD_VISITED(pinfo);
    uint32_t *noted = visited ? p_get_proto_data(wmem_file_scope(), pinfo, proto_msturn, key) : NULL;

    if (visited && !noted)
        return 0;
    struct msturn_arrival arrival = {
        .tvb = tvb,
        .pinfo = pinfo,
        .tree = tree,
        .in_stream = true,
        .stream_offset = visited ? *noted : counted_offset(pinfo),
        .sees_all = true,
        .in_tls = true,
        .may_wait = patient,
    };
    const int taken = msturn_dissect_arrival(&arrival);

    if (taken != 0 && !visited) {
        noted = wmem_new(wmem_file_scope(), uint32_t);
        *noted = arrival.stream_offset;
        p_add_proto_data(wmem_file_scope(), pinfo, proto_msturn, key, noted);
    }
    return taken;
}

static int dissect_msturn_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return dissect_tls(tvb, pinfo, tree, true);
}

static wsbool dissect_msturn_heur_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return dissect_tls(tvb, pinfo, tree, false) != 0;
}

static int dissect_msturn_udp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return msturn_dissect_datagram(tvb, pinfo, tree, msturn_takes_plain_between(pinfo->srcport, pinfo->destport));
}

static wsbool dissect_msturn_heur_udp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return msturn_dissect_datagram(tvb, pinfo, tree, msturn_plain_stun_udp) != 0;
}

static const struct msturn_datagram_user datagram_user = {
    .takes = msturn_takes_datagram,
    .hears = msturn_hears_datagram,
    .hear = msturn_hear_datagram,
};

/* ---- TLS ---- */

#define TLS_PORT_TURN 5349    /* RFC 8656 section 5 */
#define ALPN_TURN "stun.turn" /* RFC 7443 section 2 */

static dissector_handle_t alpn_owner; /* of ALPN_TURN, before msturn took it */

/* Inside TLS there is no gate: TLS shows the name of the dissector that it found. So the entries are given
 * back when msturn is disabled, each time before a file is read. */
static void take_tls_if_enabled(void)
{
    const bool enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_msturn));
    const dissector_handle_t port_holder = dissector_get_default_uint_handle("tls.port", TLS_PORT_TURN);

    if (enabled) {
        dissector_add_string("tls.alpn", ALPN_TURN, msturn_tls_handle);
        if (!port_holder)
            dissector_add_uint("tls.port", TLS_PORT_TURN, msturn_tls_handle);
    } else {
        if (alpn_owner)
            dissector_add_string("tls.alpn", ALPN_TURN, alpn_owner);
        if (port_holder == msturn_tls_handle)
            dissector_delete_uint("tls.port", TLS_PORT_TURN, msturn_tls_handle);
    }
}

/* ---- the capture file, and every frame of it ---- */

static void open_capture(void)
{
    msturn_message_facts_begin(wmem_file_scope());
    msturn_track_begin(wmem_file_scope());
    msturn_passwords_begin();
    msturn_signalling_begin();
    msturn_forwarded_begin(wmem_file_scope());
    msturn_silent_begin();
    msturn_ports_apply();
    take_tls_if_enabled();
}

static void close_capture(void)
{
    msturn_silent_begin();
    msturn_evaluation_forget();
    msturn_track_end();
}

/* Called for each frame after all others: TCP calls a dissector only for payload, and the tracker needs to know
 * of connections that were opened, refused and closed. Nothing of the frame is msturn's by that. */
static int observe_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (!PINFO_FD_VISITED(pinfo))
        msturn_observe_frame(tvb, pinfo);
    const struct msturn_flow *flow = msturn_observed_event(tvb, pinfo);
    if (flow) {
        msturn_show_connection_event(tvb, pinfo, tree, flow);
        msturn_tap_end(pinfo, flow);
    }
    msturn_show_frame_problems(tvb, pinfo, tree);
    msturn_silent_note(pinfo);
    return 0;
}

/* ---- registration ---- */

void proto_register_msturn(void)
{
    proto_msturn = proto_register_protocol("MS-TURN and TURN over TCP", "MSTURN", MSTURN_FILTER_NAME);
    msturn_register_fields();
    msturn_register_findings();
    msturn_handle = register_dissector(MSTURN_FILTER_NAME, dissect_msturn, proto_msturn);
    msturn_tls_handle = register_dissector(MSTURN_TLS_DISSECTOR_NAME, dissect_msturn_tls, proto_msturn);
    msturn_udp_handle = register_dissector(MSTURN_UDP_DISSECTOR_NAME, dissect_msturn_udp, proto_msturn);
    module_t *module = prefs_register_protocol(proto_msturn, msturn_ports_apply);
    msturn_ports_register_preferences(module);
    msturn_passwords_register_preferences(module);
    msturn_signalling_register_preferences(module);
    prefs_register_bool_preference(
        module, "plain_stun_udp", "Decode all STUN and TURN over UDP",
        "Over UDP, msturn decodes MS-TURN messages and multiplexed TURN. With this it also takes the messages of "
        "standard STUN and TURN from Wireshark's own dissector.",
        &msturn_plain_stun_udp);
    prefs_register_bool_preference(
        module, "decode_media", "Decode what messages and frames carry",
        "What is in RFC 4571 frames, ChannelData, Data and frames of [MS-TURN] goes to RTP, RTCP, DTLS, TLS or ZRTP "
        "by its first bytes. Without this it is shown as data.",
        &msturn_decode_media);
    msturn_tap_register();
    msturn_report_register();
    msturn_follow_register(proto_msturn);
    msturn_flow_register(proto_msturn);
    msturn_stats_tree_register();
    msturn_srt_register(proto_msturn);
    msturn_windows_register();
}

void proto_reg_handoff_msturn(void)
{
    msturn_connection_handoff(msturn_handle, create_dissector_handle(dissect_msturn_expected, proto_msturn));
    msturn_ports_handoff(msturn_handle, msturn_udp_handle);
    heur_dissector_add("tcp", dissect_msturn_heur_tcp, "STUN and TURN over TCP", "msturn_tcp", proto_msturn,
                       HEURISTIC_ENABLE);
    heur_dissector_add("udp", dissect_msturn_heur_udp, "MS-TURN over UDP", "msturn_udp", proto_msturn,
                       HEURISTIC_ENABLE);
    heur_dissector_add("tls", dissect_msturn_heur_tls, "STUN and TURN over TLS", "msturn_tls", proto_msturn,
                       HEURISTIC_ENABLE);
    msturn_heuristic_gate_handoff(heur_takes_segment, msturn_heuristic_takes_datagram);
    msturn_shared_conversation_handoff(&datagram_user, msturn_udp_handle);
    alpn_owner = dissector_get_string_handle(find_dissector_table("tls.alpn"), ALPN_TURN);
    dissector_add_uint("tls.port", TLS_PORT_TURN, msturn_tls_handle);
    register_init_routine(open_capture);
    register_cleanup_routine(close_capture);
    msturn_every_frame_handoff(create_dissector_handle(observe_frame, proto_msturn));

    msturn_signalling_handoff();
    msturn_dissect_handoff();
    msturn_export_register();
    msturn_link_stun_fields();
    msturn_link_stun_header();
    msturn_link_stun_attributes();
}
