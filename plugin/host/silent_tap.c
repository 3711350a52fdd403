/* silent_tap.c
 * Listens to TCP for connections to TURN servers that carry no message of ours, and for messages that nobody decodes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nobody calls a dissector for a packet without payload, and a post-dissector would cost every capture something. A tap costs only those
 * who ask for a report. It is told of packets in whatever pass there is a listener: in the first one by tshark, in the second by tshark
 * -2, in a later one when a window is opened. What the tracker gets by it is the same: each frame is taken in once, in the order of the
 * file, and says nothing but what stands in its TCP header. No message is dissected otherwise because of that.
 *
 * A window is filled by packets that match its filter. For one that is open the post-dissector tells of packets that are nobody's so far.
 * After the last frame, when it is known what became of their connections, the window is told of these.
 */
#include "plugin/host/silent_tap.h"

#include "plugin/host/bytes.h"
#include "plugin/host/connection.h"
#include "plugin/host/icmp_error.h"
#include "plugin/host/observe.h"
#include "plugin/host/ports.h"
#include "plugin/host/protocol.h"
#include "plugin/host/tap.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/epan_dissect.h>
#include <epan/plugin_if.h>
#include <epan/tap.h>

#include <string.h>

/* ---- each frame once ---- */

static struct {
    uint32_t before; /* up to this frame all were taken in when the pass began */
    uint32_t last;   /* the last one that was */
} taken;

/* Connections that somebody waits to be told of, by their streams. */
static struct {
    GHashTable *streams;
    msturn_silent_told told;
} awaited;

static void await_nothing(void)
{
    if (awaited.streams)
        g_hash_table_remove_all(awaited.streams);
}

void msturn_silent_begin(void)
{
    taken.before = taken.last = 0;
    await_nothing();
}

/* The frames come again. */
static void begin_pass(void *tapdata _U_)
{
    taken.before = taken.last;
    await_nothing();
}

static bool takes_frame(const packet_info *pinfo)
{
    if (pinfo->num <= taken.before || !msturn_tap_is_heard())
        return false;
    taken.last = MAX(taken.last, pinfo->num);
    return true;
}

/* ---- TCP ---- */

/* The payload, of a packet that TCP's dissector got in one piece. The tap tells what is in its header, but not where in the frame it is. */
static struct msturn_bytes payload_after(tvbuff_t *tvb, const struct tcpheader *header)
{
    const struct msturn_bytes frame = msturn_tvb_bytes(tvb);
    const uint8_t wanted[8] = {
        (uint8_t)(header->th_sport >> 8),  (uint8_t)header->th_sport,          (uint8_t)(header->th_dport >> 8),
        (uint8_t)header->th_dport,         (uint8_t)(header->th_rawseq >> 24), (uint8_t)(header->th_rawseq >> 16),
        (uint8_t)(header->th_rawseq >> 8), (uint8_t)header->th_rawseq,
    };

    for (uint32_t offset = 0; offset + header->th_hlen <= frame.captured; offset++) {
        if (memcmp(frame.data + offset, wanted, sizeof wanted) == 0)
            return msturn_bytes_slice(frame, offset + header->th_hlen, header->th_seglen);
    }
    return msturn_bytes_slice(frame, 0, 0);
}

static conversation_t *conversation_with(const packet_info *pinfo, const struct tcpheader *header)
{
    return find_conversation(pinfo->num, &header->ip_src, &header->ip_dst, CONVERSATION_TCP, header->th_sport,
                             header->th_dport, 0);
}

/* ---- connections without messages ---- */

static struct msturn_flow *flow_of_conversation(const packet_info *pinfo, const struct tcpheader *header)
{
    conversation_t *conversation = conversation_with(pinfo, header);
    const struct msturn_connection *connection =
        conversation ? conversation_get_proto_data(conversation, proto_msturn) : NULL;

    return connection ? connection->flow : NULL;
}

/* The connection that a SYN opens or accepts, if there may be a TURN server. */
static struct msturn_flow *begin_flow(const packet_info *pinfo, const struct tcpheader *header, uint8_t side)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&header->ip_src, header->th_sport);
    const struct msturn_endpoint to = msturn_endpoint_of(&header->ip_dst, header->th_dport);
    const struct msturn_endpoint ends[2] = { side == 0 ? from : to, side == 0 ? to : from };
    const struct msturn_endpoint *server = header->th_flags & TH_ACK ? &from : &to;
    const bool listed = msturn_ports_is_listed(server->port), shared = msturn_ports_is_shared(server->port);

    if (!(listed || shared || msturn_is_server(&msturn_tracker, server)))
        return NULL;
    struct msturn_flow *flow = flow_of_conversation(pinfo, header);
    if (flow && flow->claimed)
        return NULL;
    flow = msturn_track_silent(flow, ends, header->th_stream, msturn_event_of_frame(pinfo));
    flow->to_server_port = listed;
    flow->to_shared_port = shared && !listed;
    return flow;
}

static uint8_t side_of_sender(const struct tcpheader *header)
{
    const int order = cmp_address(&header->ip_src, &header->ip_dst);

    return order < 0 || (order == 0 && header->th_sport < header->th_dport) ? 0 : 1;
}

static void take_opening(const packet_info *pinfo, tvbuff_t *frame, const struct tcpheader *header)
{
    struct msturn_tcp_header segment = {
        .syn = header->th_flags & TH_SYN,
        .ack = header->th_flags & TH_ACK,
        .fin = header->th_flags & TH_FIN,
        .rst = header->th_flags & TH_RST,
        .length = header->th_have_seglen ? header->th_seglen : 0,
    };

    struct msturn_flow *flow = msturn_silent_flow(header->th_stream);
    if (!flow && !segment.syn)
        return;
    segment.side = side_of_sender(header);
    segment.event = msturn_event_of_frame(pinfo);
    if (!flow)
        flow = begin_flow(pinfo, header, segment.side);
    if (!flow)
        return;
    if (segment.length > 0 && !flow->claimed)
        segment.bytes = payload_after(frame, header);
    msturn_track_header(flow, &segment);
}

/* ---- messages without a dissector ---- */

static bool is_stun(int protocol)
{
    static int stun;

    if (stun == 0)
        stun = proto_get_id_by_filter_name("stun");
    return protocol == stun || protocol == proto_msturn;
}

/* Here, or in the rest of the connection: TCP gives nobody what was sent before. */
static bool is_decoded(const packet_info *pinfo, conversation_t *conversation)
{
    const dissector_handle_t owner = conversation_get_dissector(conversation, pinfo->num);

    if (owner && is_stun(dissector_handle_get_protocol_index(owner)))
        return true;
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer)) {
        if (is_stun(GPOINTER_TO_INT(wmem_list_frame_data(layer))))
            return true;
    }
    return false;
}

/* In the middle of what somebody else sends, as a capture file, a message is part of that. */
static void take_unclaimed(const packet_info *pinfo, tvbuff_t *frame, const struct tcpheader *header)
{
    const bool any = msturn_has_unclaimed(header->th_stream);

    /* Numbers count from the SYN, or as they are sent. */
    if (!any && header->th_seq > 1 && header->th_seq != header->th_rawseq)
        return;
    if (!msturn_looks_like_message(payload_after(frame, header)))
        return;
    conversation_t *conversation = conversation_with(pinfo, header);
    const struct tcp_analysis *tcp = conversation ? msturn_tcp_analysis_of(conversation) : NULL;
    if (!tcp || is_decoded(pinfo, conversation) || (!any && header->th_rawseq - tcp->fwd->base_seq > 1))
        return;
    const uint16_t lower = MIN(header->th_sport, header->th_dport);
    const uint16_t port = tcp->server_port != 0 ? (uint16_t)tcp->server_port : lower;
    if (!msturn_ports_is_given_away(port))
        msturn_track_unclaimed(header->th_stream, port, pinfo->num);
}

static tap_packet_status take_segment(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt, const void *data,
                                      tap_flags_t flags _U_)
{
    const struct tcpheader *header = data;

    if (!takes_frame(pinfo))
        return TAP_PACKET_DONT_REDRAW;
    take_opening(pinfo, edt->tvb, header);
    if (header->th_have_seglen && header->th_seglen > 0)
        take_unclaimed(pinfo, edt->tvb, header);
    return TAP_PACKET_DONT_REDRAW;
}

/* ---- for windows ---- */

static void listen_to(const char *tap, void *owner, tap_reset_cb begin, tap_packet_cb take, tap_draw_cb end)
{
    GString *error = register_tap_listener(tap, owner, NULL, TL_REQUIRES_NOTHING, begin, take, end, NULL);

    if (error)
        g_string_free(error, TRUE);
}

void msturn_silent_note(packet_info *pinfo)
{
    conversation_t *conversation;

    if (!msturn_tap_wants_media() || pinfo->ptype != PT_TCP || pinfo->flags.in_error_pkt ||
        !(conversation = msturn_conversation_of(pinfo)))
        return;
    const struct msturn_connection *connection = conversation_get_proto_data(conversation, proto_msturn);
    const struct tcp_analysis *tcp = msturn_tcp_analysis_of(conversation);
    if (tcp && !(connection && connection->flow->claimed))
        msturn_tap_silent(pinfo, tcp->stream);
}

/* In a window that shows progress, listeners may draw before the last frame. */
static void *is_being_read(capture_file *file, void *context _U_)
{
    return file->read_lock ? file : NULL;
}

static void tell_of_stream(void *stream, void *value _U_, void *context _U_)
{
    const struct msturn_flow *flow = msturn_silent_flow(GPOINTER_TO_UINT(stream));

    if (flow)
        awaited.told(flow);
}

static void tell_of_awaited(void *tapdata _U_)
{
    if (!plugin_if_get_capture_file(is_being_read, NULL))
        g_hash_table_foreach(awaited.streams, tell_of_stream, NULL);
}

/* Of listeners the last one draws first: so this one has to come after the window's. */
static void draw_first(void)
{
    remove_tap_listener(&awaited);
    listen_to("frame", &awaited, NULL, NULL, tell_of_awaited);
}

void msturn_silent_await(uint32_t stream, msturn_silent_told told)
{
    if (!awaited.streams)
        awaited.streams = g_hash_table_new(NULL, NULL);
    if (g_hash_table_size(awaited.streams) == 0)
        draw_first();
    awaited.told = told;
    g_hash_table_add(awaited.streams, GUINT_TO_POINTER(stream));
}

/* ---- every frame: time, and ICMP ---- */

static tap_packet_status take_frame(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt, const void *data _U_,
                                    tap_flags_t flags _U_)
{
    if (!takes_frame(pinfo))
        return TAP_PACKET_DONT_REDRAW;
    if (pinfo->num > msturn_tracker.now.frame)
        msturn_observe_time(pinfo);
    if (msturn_icmp_is_in(pinfo))
        msturn_observe_icmp(edt->tvb, pinfo);
    return TAP_PACKET_DONT_REDRAW;
}

void msturn_silent_listen(void)
{
    static char owner; /* of the listeners */
    static bool listening;

    if (!listening) {
        listen_to("frame", &owner, begin_pass, take_frame, NULL);
        listen_to("tcp", &owner, begin_pass, take_segment, NULL);
    }
    listening = true;
}
