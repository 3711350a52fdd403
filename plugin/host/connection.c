/* connection.c
 * What msturn remembers of a TCP connection, and the connections that it expects.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/connection.h"

#include "plugin/host/protocol.h"
#include "plugin/host/tunnel.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/proto_data.h>

#include <string.h>

static dissector_handle_t own_handle, expected_handle;
static int proto_tcp, proto_proxy, hf_tcp_srcport, hf_tcp_dstport;

void msturn_connection_handoff(dissector_handle_t own, dissector_handle_t expected)
{
    own_handle = own;
    expected_handle = expected;
    msturn_tunnel_handoff();
    proto_tcp = proto_get_id_by_filter_name("tcp");
    proto_proxy = proto_get_id_by_filter_name("proxy");
    hf_tcp_srcport = proto_registrar_get_id_byname("tcp.srcport");
    hf_tcp_dstport = proto_registrar_get_id_byname("tcp.dstport");
}

conversation_t *msturn_conversation_of(packet_info *pinfo)
{
    if (!pinfo->use_conv_addr_port_endpoints || pinfo->ptype != PT_TCP)
        return find_conversation_pinfo(pinfo, 0);
    return find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP, pinfo->srcport, pinfo->destport,
                             0);
}

static conversation_t *conversation_to_note(packet_info *pinfo)
{
    conversation_t *conversation = msturn_conversation_of(pinfo);

    return conversation ? conversation : find_or_create_conversation(pinfo);
}

const struct tcp_analysis *msturn_tcp_analysis_of(conversation_t *conversation)
{
    return conversation_get_proto_data(conversation, proto_tcp);
}

static const struct tcp_analysis *tcp_analysis(packet_info *pinfo)
{
    conversation_t *conversation = msturn_conversation_of(pinfo);

    return conversation ? msturn_tcp_analysis_of(conversation) : NULL;
}

static bool is_first_payload(const struct tcp_analysis *tcp, uint32_t sequence)
{
    /* Unless TCP's preference made them relative, sequence numbers count from anywhere. */
    return sequence <= 1 || (tcp && sequence - tcp->fwd->base_seq <= 1);
}

/* Is this the first payload of its direction, or the first after a preamble? `connection`: NULL if nothing is known of it. */
static bool is_first_but_for_preamble(const struct msturn_connection *connection, const struct tcp_analysis *tcp,
                                      const packet_info *pinfo, uint32_t sequence)
{
    const uint8_t side = msturn_connection_side(pinfo);

    return is_first_payload(tcp, sequence) ||
           (connection && connection->preamble[side].any && connection->preamble[side].end == sequence);
}

bool msturn_connection_is_from_its_start(packet_info *pinfo)
{
    const struct tcp_analysis *tcp = tcp_analysis(pinfo);

    return tcp && tcp->server_port != 0;
}

static bool is_tcp_layer(wmem_list_frame_t *layer)
{
    return layer && GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto_tcp;
}

/* Or on what a proxy opened, whose own bytes came first? The last layer is that of the dissector that asks. Wireshark's dissector of
 * the PROXY protocol stays below all that follows the header, which is a preamble like any other. */
static bool is_directly_on_tcp(const packet_info *pinfo)
{
    wmem_list_frame_t *below = wmem_list_frame_prev(wmem_list_tail(pinfo->layers));

    if (below && GPOINTER_TO_INT(wmem_list_frame_data(below)) == proto_proxy)
        below = wmem_list_frame_prev(below);
    return is_tcp_layer(below);
}

/* Whether it is ours or not. */
static struct msturn_connection *noted_connection(packet_info *pinfo)
{
    conversation_t *conversation = msturn_conversation_of(pinfo);

    return conversation ? conversation_get_proto_data(conversation, proto_msturn) : NULL;
}

bool msturn_connection_may_begin(packet_info *pinfo, uint32_t sequence)
{
    const struct tcp_analysis *tcp = tcp_analysis(pinfo);

    if (!tcp || tcp->server_port == 0 || !is_directly_on_tcp(pinfo))
        return true;
    const struct msturn_connection *connection = noted_connection(pinfo);
    return (connection && connection->undecided) || is_first_but_for_preamble(connection, tcp, pinfo, sequence);
}

bool msturn_connection_may_begin_on_owned_port(packet_info *pinfo, uint32_t sequence)
{
    /* Who asks has no layer of its own. */
    return !is_tcp_layer(wmem_list_tail(pinfo->layers)) ||
           is_first_but_for_preamble(noted_connection(pinfo), tcp_analysis(pinfo), pinfo, sequence);
}

/* A stream offset that TCP's dissector counts from the SYN or not, depending on a preference, near one of the two numbers that the
 * same byte then has. */
static uint32_t nearest_offset(uint32_t reference, uint32_t absolute, uint32_t base)
{
    const uint32_t relative = absolute - base;
    const int64_t to_relative = (int32_t)(reference - relative);
    const int64_t to_absolute = (int32_t)(reference - absolute);

    return ABS(to_relative) < ABS(to_absolute) ? relative : absolute;
}

bool msturn_connection_other_side_is_held(packet_info *pinfo)
{
    const struct tcp_analysis *tcp = tcp_analysis(pinfo);
    const tcp_flow_t *other = tcp ? tcp->rev : NULL;

    if (!other || !other->multisegment_pdus || !other->tcp_analyze_seq_info)
        return false;
    const struct msturn_connection *connection = noted_connection(pinfo);
    if (connection && connection->awaited[1 - msturn_connection_side(pinfo)])
        return false;
    const struct tcp_multisegment_pdu *last = wmem_tree_lookup32_le(other->multisegment_pdus, UINT32_MAX);
    if (!last)
        return false;
    const uint32_t end = nearest_offset(last->seq, other->tcp_analyze_seq_info->nextseq, other->base_seq);
    return (int32_t)(last->nxtpdu - end) > 0;
}

struct msturn_connection *msturn_connection_find(packet_info *pinfo)
{
    struct msturn_connection *connection = noted_connection(pinfo);

    /* A later pass must treat the frames before the claim as the first one did. */
    return connection && pinfo->num >= connection->claimed_frame ? connection : NULL;
}

struct msturn_event msturn_event_of_frame(const packet_info *pinfo)
{
    return (struct msturn_event){ .frame = pinfo->num, .time = msturn_nanoseconds(&pinfo->abs_ts) };
}

struct msturn_endpoint msturn_endpoint_of(const address *host, uint32_t port)
{
    struct msturn_endpoint endpoint = { .port = (uint16_t)port };

    if (host->type == AT_IPv4 || host->type == AT_IPv6) {
        endpoint.family = host->type == AT_IPv4 ? 4 : 6;
        memcpy(endpoint.address, host->data, (size_t)host->len);
    }
    return endpoint;
}

void msturn_connection_note_opening(struct msturn_flow *flow, const struct tcp_analysis *tcp, const packet_info *pinfo)
{
    const uint8_t side = msturn_connection_side(pinfo);

    if (tcp->server_port != 0)
        msturn_track_opened(flow, tcp->server_port == pinfo->destport ? side : 1 - side);
}

bool msturn_connection_may_begin_at(const struct msturn_connection *connection, const packet_info *pinfo,
                                    uint32_t offset)
{
    const struct tcp_analysis *tcp = connection->tcp;

    return !tcp || connection->flow->opened_by < 0 || is_first_but_for_preamble(connection, tcp, pinfo, offset);
}

address msturn_host_of(const struct msturn_endpoint *endpoint)
{
    address host;

    set_address(&host, endpoint->family == 6 ? AT_IPv6 : AT_IPv4, endpoint->family == 6 ? 16 : 4, endpoint->address);
    return host;
}

/* A number that TCP's dissector keeps with the packet, for Decode As; 0: none. */
static uint32_t kept_by_tcp(packet_info *pinfo, int field)
{
    uint32_t value = 0;

    for (uint32_t layer = pinfo->curr_layer_num; layer > 0 && value == 0; layer--)
        value = GPOINTER_TO_UINT(p_get_proto_data(pinfo->pool, pinfo, field, layer));
    return value;
}

/* In 4.6 HTTP puts the target of a CONNECT, a text, in the place of an address. */
static const address *ip_of(const address *host, const address *network)
{
    return host->type == AT_STRINGZ ? network : host;
}

/* The conversation of the packet's TCP connection, NULL: none. A dissector that opens a tunnel calls others with the port of its other
 * end. */
static conversation_t *outer_conversation(packet_info *pinfo)
{
    return find_conversation(pinfo->num, ip_of(&pinfo->src, &pinfo->net_src), ip_of(&pinfo->dst, &pinfo->net_dst),
                             CONVERSATION_TCP, kept_by_tcp(pinfo, hf_tcp_srcport), kept_by_tcp(pinfo, hf_tcp_dstport),
                             0);
}

/* The number of the packet's TCP connection; UINT32_MAX: not known. The conversation with the port of a tunnel's other end has a
 * number that no packet has. */
static uint32_t tcp_stream(packet_info *pinfo, const struct tcp_analysis *tcp)
{
    const uint32_t source = kept_by_tcp(pinfo, hf_tcp_srcport), destination = kept_by_tcp(pinfo, hf_tcp_dstport);

    if (source != pinfo->srcport || destination != pinfo->destport) {
        conversation_t *outer = outer_conversation(pinfo);
        tcp = outer ? msturn_tcp_analysis_of(outer) : NULL;
    }
    return tcp ? tcp->stream : UINT32_MAX;
}

/* The frame with which the connection began. A conversation that was expected is older than its connection, but then the
 * connection is watched from its first frame on. */
static uint32_t first_frame(const packet_info *pinfo, const conversation_t *conversation,
                            const struct tcp_analysis *tcp)
{
    return nstime_cmp(&tcp->ts_first, &pinfo->abs_ts) == 0 ? pinfo->num : MIN(conversation->setup_frame, pinfo->num);
}

/* What the client asked a proxy for, on this connection; NULL: nothing that was captured. */
static const char *tunnel_of(packet_info *pinfo, const struct msturn_connection *connection)
{
    conversation_t *outer = outer_conversation(pinfo);
    const struct msturn_connection *noted = outer ? conversation_get_proto_data(outer, proto_msturn) : NULL;

    if (connection->tunnel || !outer)
        return connection->tunnel;
    return noted && noted->tunnel ? noted->tunnel : msturn_tunnel_of_http(outer);
}

static struct msturn_flow *new_flow(packet_info *pinfo, const conversation_t *conversation,
                                    const struct tcp_analysis *tcp)
{
    const struct msturn_endpoint from = msturn_endpoint_of(ip_of(&pinfo->src, &pinfo->net_src), pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(ip_of(&pinfo->dst, &pinfo->net_dst), pinfo->destport);
    const uint8_t side = msturn_connection_side(pinfo);
    const struct msturn_endpoint ends[2] = { side == 0 ? from : to, side == 0 ? to : from };
    struct msturn_event first = msturn_event_of_frame(pinfo);

    if (tcp) {
        first.time = msturn_nanoseconds(&tcp->ts_first);
        first.frame = first_frame(pinfo, conversation, tcp);
    }
    struct msturn_flow *flow = msturn_track_connection(ends, tcp_stream(pinfo, tcp), first);

    if (tcp)
        msturn_connection_note_opening(flow, tcp, pinfo);
    return flow;
}

static struct msturn_connection *find_or_add(packet_info *pinfo)
{
    conversation_t *conversation = conversation_to_note(pinfo);
    struct msturn_connection *connection = conversation_get_proto_data(conversation, proto_msturn);

    if (!connection) {
        connection = wmem_new0(wmem_file_scope(), struct msturn_connection);
        connection->claimed_frame = UINT32_MAX;
        connection->tcp = msturn_tcp_analysis_of(conversation);
        connection->flow = new_flow(pinfo, conversation, connection->tcp);
        conversation_add_proto_data(conversation, proto_msturn, connection);
    }
    return connection;
}

struct msturn_connection *msturn_connection_watch(packet_info *pinfo)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    return find_or_add(pinfo);
}

/* A connection that was there already, by the clock of another capture point, when it was announced. The RTP dissector would find the
 * expected conversation for it, and TCP that one from then on in the place of the connection's own. */
static void stop_expecting(const packet_info *pinfo, const address *host, uint32_t port)
{
    conversation_t *expected =
        find_conversation(pinfo->num, host, host, CONVERSATION_TCP, port, 0, NO_ADDR_B | NO_PORT_B);

    if (!expected || conversation_get_dissector(expected, pinfo->num) != expected_handle)
        return;
    conversation_set_addr2(expected, host);
    conversation_set_port2(expected, 0);
}

struct msturn_connection *msturn_connection_claim(packet_info *pinfo, bool in_tls)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    struct msturn_connection *connection = find_or_add(pinfo);

    connection->claimed_frame = pinfo->num;
    msturn_track_claimed(connection->flow);
    connection->flow->in_tls = in_tls;
    connection->flow->tunnel = tunnel_of(pinfo, connection);
    stop_expecting(pinfo, &pinfo->src, pinfo->srcport);
    stop_expecting(pinfo, &pinfo->dst, pinfo->destport);
    if (!in_tls)
        conversation_set_dissector_from_frame_number(conversation_to_note(pinfo), pinfo->num, own_handle);
    return connection;
}

void msturn_connection_note_undecided(packet_info *pinfo)
{
    msturn_connection_watch(pinfo)->undecided = true;
}

void msturn_connection_note_preamble(packet_info *pinfo, uint32_t sequence, tvbuff_t *tvb)
{
    const uint8_t side = msturn_connection_side(pinfo);

    if (!is_first_but_for_preamble(noted_connection(pinfo), tcp_analysis(pinfo), pinfo, sequence))
        return;
    struct msturn_connection *connection = msturn_connection_watch(pinfo);
    connection->preamble[side].any = true;
    connection->preamble[side].end = sequence + tvb_reported_length(tvb);
    if (!connection->tunnel)
        connection->tunnel = msturn_tunnel_of_socks(tvb);
}

void msturn_connection_note_awaited(packet_info *pinfo)
{
    msturn_connection_watch(pinfo)->awaited[msturn_connection_side(pinfo)] = true;
}

void msturn_connection_hand_over(struct msturn_connection *connection, packet_info *pinfo, dissector_handle_t handle)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    connection->handed_over = true;
    conversation_set_dissector_from_frame_number(conversation_to_note(pinfo), pinfo->num + 1, handle);
}

uint8_t msturn_connection_side(const packet_info *pinfo)
{
    const int order = cmp_address(&pinfo->src, &pinfo->dst);

    return order < 0 || (order == 0 && pinfo->srcport < pinfo->destport) ? 0 : 1;
}

struct msturn_stream *msturn_connection_stream(struct msturn_connection *connection, const packet_info *pinfo)
{
    return &connection->streams[msturn_connection_side(pinfo)];
}

void msturn_connection_expect_peers(packet_info *pinfo, const address *relayed, uint32_t port)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    const struct msturn_endpoint end = msturn_endpoint_of(relayed, port);
    /* An expected conversation would split the one of a connection that is there already, by another clock perhaps. */
    if (msturn_track_is_connected(&end) ||
        find_conversation(pinfo->num, relayed, relayed, CONVERSATION_TCP, port, 0, NO_ADDR_B | NO_PORT_B))
        return;
    /* No template: the RTP dissector looks for a conversation of its receiver with any peer, and from a
     * template it would get a new one in the place of the connection's. */
    conversation_t *conversation =
        conversation_new(pinfo->num, relayed, NULL, CONVERSATION_TCP, port, 0, NO_ADDR2 | NO_PORT2);
    conversation_set_dissector(conversation, expected_handle);
}

void msturn_connection_expect_bind(packet_info *pinfo)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    const conversation_t *expected =
        find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP, pinfo->srcport, 0, NO_PORT_B);
    if (expected && (expected->options & NO_PORT2))
        return;
    conversation_t *conversation =
        conversation_new(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP, pinfo->srcport, 0, NO_PORT2);
    conversation_set_dissector(conversation, expected_handle);
}
