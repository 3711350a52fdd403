/* observe.c
 * Between Wireshark's packets and the tracker: tells it what passes, and remembers what it said by frame.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/observe.h"

#include "plugin/host/acknowledgement.h"
#include "plugin/host/every_frame.h"
#include "plugin/host/icmp_error.h"
#include "plugin/host/ip_packet.h"
#include "plugin/host/ports.h"
#include "plugin/host/protocol.h"
#include "plugin/track/message_facts.h"
#include "plugin/track/transaction.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/dissectors/packet-udp.h>
#include <epan/proto_data.h>

/* ---- what a frame remembers ---- */

struct msturn_frame_pass {
    uint32_t next_message;                /* later passes: its number */
    struct msturn_connection *connection; /* the last one that was ours */
    uint16_t tcp_flags;                   /* of its packet; 0: not known */
    struct msturn_sent_message *sent;     /* first pass: new messages on it, the last one first */
    bool shown;                           /* the Info column has something of msturn */
    bool told;                            /* the problems of the frame that are no message's are shown */
};

/* Keys from MSTURN_PROTO_DATA_FREE_KEY on are others'. */
enum { KEY_PASS = 0 };

struct msturn_frame_pass *msturn_frame_pass_on(packet_info *pinfo, struct msturn_connection *connection,
                                               uint16_t tcp_flags)
{
    struct msturn_frame_pass *pass = msturn_frame_pass_of(pinfo);

    /* Of what an ICMP error quotes nothing is observed. */
    pass->connection = pinfo->flags.in_error_pkt ? NULL : connection;
    pass->tcp_flags = tcp_flags;
    return pass;
}

struct msturn_frame_pass *msturn_frame_pass_of(packet_info *pinfo)
{
    struct msturn_frame_pass *pass = p_get_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_PASS);

    if (!pass) {
        msturn_every_frame_begin();
        pass = wmem_new0(pinfo->pool, struct msturn_frame_pass);
        if (PINFO_FD_VISITED(pinfo))
            pass->next_message = msturn_message_facts_first(pinfo->num);
        p_add_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_PASS, pass);
    }
    return pass;
}

bool msturn_frame_pass_shown(struct msturn_frame_pass *pass)
{
    const bool shown = pass->shown;

    pass->shown = true;
    return shown;
}

bool msturn_frame_pass_told(struct msturn_frame_pass *pass)
{
    const bool told = pass->told;

    pass->told = true;
    return told;
}

/* ---- places ---- */

struct msturn_flow_context msturn_flow_context_on(struct msturn_connection *connection, packet_info *pinfo)
{
    return (struct msturn_flow_context){ .flow = connection->flow, .side = msturn_connection_side(pinfo) };
}

/* [MS-TURN] 2.2.1: requests come from the client, responses and Data indications from the server. */
static bool is_from_client(const struct msturn_header *header)
{
    return header->msg_class == MSTURN_CLASS_REQUEST;
}

/* Of a client that talks to several addresses of its server it is the stream with the first of them. */
static void number_stream(packet_info *pinfo, struct msturn_flow *flow)
{
    conversation_t *conversation = flow->stream == UINT32_MAX ? find_conversation_pinfo(pinfo, 0) : NULL;
    const struct udp_analysis *udp = conversation ? get_udp_conversation_data(conversation, pinfo) : NULL;

    if (udp)
        flow->stream = udp->stream;
}

static struct msturn_flow_context place_between(packet_info *pinfo, const struct msturn_endpoint *from,
                                                const struct msturn_endpoint *to)
{
    const uint8_t side = msturn_connection_side(pinfo);
    const struct msturn_endpoint ends[2] = { side == 0 ? *from : *to, side == 0 ? *to : *from };

    struct msturn_flow *flow = msturn_track_udp_flow(ends, msturn_event_of_frame(pinfo));
    number_stream(pinfo, flow);
    return (struct msturn_flow_context){ .flow = flow, .side = side };
}

/* A UDP client that is known, or all zero. */
static struct msturn_flow_context place_of_known_client(packet_info *pinfo)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);

    for (uint8_t side = 0; side < 2; side++) {
        struct msturn_flow *flow = msturn_track_known_udp_client(side == 0 ? &from : &to);
        if (flow && msturn_endpoint_equal(&flow->ends[1], side == 0 ? &to : &from))
            return (struct msturn_flow_context){ .flow = flow, .side = side };
    }
    return (struct msturn_flow_context){ 0 };
}

struct msturn_flow_context msturn_flow_context_of_datagram(packet_info *pinfo, const struct msturn_header *header)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);

    if (header->dialect != MSTURN_DIALECT_MS_TURN) {
        const struct msturn_flow_context place = place_of_known_client(pinfo); /* what goes to its active destination */
        return place.flow ? place : place_between(pinfo, &from, &to);
    }
    const bool from_client = is_from_client(header);
    struct msturn_flow *flow =
        msturn_track_udp_client(from_client ? &from : &to, from_client ? &to : &from, msturn_event_of_frame(pinfo));
    number_stream(pinfo, flow);
    return (struct msturn_flow_context){ .flow = flow, .side = from_client ? 0 : 1 };
}

struct msturn_flow_context msturn_flow_context_of_multiplexed(packet_info *pinfo)
{
    const struct msturn_flow_context place = place_of_known_client(pinfo);

    if (place.flow)
        return place;
    /* From relay to relay, or between a client and the other one's relay. */
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);
    return place_between(pinfo, &from, &to);
}

/* A UDP flow that is known, or all zero. */
static struct msturn_flow_context place_of_known_flow(packet_info *pinfo)
{
    if (!msturn_track_knows_udp())
        return (struct msturn_flow_context){ 0 };
    const struct msturn_flow_context place = place_of_known_client(pinfo);
    if (place.flow)
        return place;
    const uint8_t side = msturn_connection_side(pinfo);
    struct msturn_endpoint ends[2];
    ends[side] = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    ends[1 - side] = msturn_endpoint_of(&pinfo->dst, pinfo->destport);
    return (struct msturn_flow_context){ .flow = msturn_track_known_udp_flow(ends), .side = side };
}

struct msturn_flow_context msturn_flow_context_known(struct msturn_connection *connection, packet_info *pinfo)
{
    return connection ? msturn_flow_context_on(connection, pinfo) : place_of_known_flow(pinfo);
}

/* A client may have had another session on the same flow before. */
const struct msturn_session *msturn_flow_context_session(struct msturn_flow_context place, uint32_t frame)
{
    const struct msturn_flow *flow = place.flow;

    if (flow && !flow->session && flow->leg && flow->leg->pair)
        return msturn_pair_session(flow->leg->pair);
    return flow ? msturn_flow_session(flow, frame) : NULL;
}

/* Its TCP may be older than its first message. */
static const struct msturn_session *session_of_conversation(packet_info *pinfo)
{
    conversation_t *conversation = pinfo->ptype == PT_TCP ? msturn_conversation_of(pinfo) : NULL;
    const struct msturn_connection *connection =
        conversation ? conversation_get_proto_data(conversation, proto_msturn) : NULL;

    return connection ? msturn_session_of_connection(connection->flow, pinfo->num) : NULL;
}

const struct msturn_session *msturn_session_of_frame(packet_info *pinfo)
{
    const struct msturn_message_facts *facts;

    for (uint32_t number = msturn_message_facts_first(pinfo->num);
         (facts = msturn_message_facts_at(number, pinfo->num)); number++) {
        const struct msturn_session *session = msturn_transaction_session(facts->transaction);
        if (session)
            return session;
    }
    const struct msturn_session *session =
        msturn_flow_context_session(msturn_flow_context_known(msturn_connection_find(pinfo), pinfo), pinfo->num);
    return session ? session : session_of_conversation(pinfo);
}

/* ---- messages ---- */

/* For when TCP's analysis of the frame is there: whether it arrives. */
static void note_for_delivery(packet_info *pinfo, struct msturn_frame_pass *pass, struct msturn_flow_context place,
                              const struct msturn_message *message, struct msturn_transaction *transaction)
{
    struct msturn_sent_message *sent = wmem_new(pinfo->pool, struct msturn_sent_message);

    *sent = (struct msturn_sent_message){ .flow = place.flow,
                                          .message = msturn_transaction_message(transaction, &message->header),
                                          .end = place.end,
                                          .next = pass->sent };
    pass->sent = sent;
}

const struct msturn_message_facts *msturn_observe_message(packet_info *pinfo, struct msturn_frame_pass *pass,
                                                          struct msturn_flow_context place,
                                                          const struct msturn_message *message, uint32_t digest)
{
    if (pinfo->flags.in_error_pkt)
        return NULL;
    if (PINFO_FD_VISITED(pinfo))
        return msturn_message_facts_at(pass->next_message++, pinfo->num);
    if (!place.flow)
        place = msturn_flow_context_of_datagram(pinfo, &message->header);
    const struct msturn_message_context context = {
        .flow = place.flow,
        .side = place.side,
        .leg = place.leg,
        .framed = place.framed,
        .misframed = place.misframed,
        .frameless = place.frameless,
        .in_stream = place.in_stream,
        .stream_offset = place.stream_offset,
        .far = place.side == 0 ? msturn_endpoint_of(&pinfo->dst, pinfo->destport)
                               : msturn_endpoint_of(&pinfo->src, pinfo->srcport),
        .event = msturn_event_of_frame(pinfo),
        .message = message,
        .digest = digest,
    };
    struct msturn_message_facts *facts = msturn_message_facts_keep(pinfo->num, msturn_track_message(&context));
    msturn_track_kept(facts);
    if (facts->repeat == MSTURN_REPEAT_NONE && place.flow->transport == MSTURN_TCP)
        note_for_delivery(pinfo, pass, place, message, facts->transaction);
    return facts;
}

void msturn_observe_media(packet_info *pinfo, struct msturn_flow_context place, uint32_t length)
{
    if (place.flow)
        msturn_track_media(place.flow, place.leg, place.side, length, msturn_event_of_frame(pinfo));
}

/* ---- TCP's own events ---- */

/* The bits of tcp.completeness, which its display filter made an interface. A SYN is not noted on a connection that
 * was expected. */
enum { COMPLETENESS_BOTH_SYNS = 0x03, COMPLETENESS_SYN_ACK = 0x02, COMPLETENESS_FIN = 0x10, COMPLETENESS_RST = 0x20 };

/* The first frame of a connection between endpoints that matter to a call, though no message was on it yet. */
static struct msturn_connection *watch_new(packet_info *pinfo, const struct tcp_analysis *tcp)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);

    /* The packets of two interfaces: a peer's SYN may come before the answer that names the relayed address. */
    const bool may_be_relayed = tcp->server_port != 0 && msturn_ports_is_relay(tcp->server_port);
    if (nstime_cmp(&tcp->ts_first, &pinfo->abs_ts) != 0 || !(may_be_relayed || msturn_track_expects(&from, &to)))
        return NULL;
    return msturn_connection_watch(pinfo);
}

/* Were bytes of a direction sent that are not in the capture? TCP numbers them up to `end`, a FIN included. */
static bool lacks_bytes(const struct msturn_stream *stream, uint32_t end, uint32_t base)
{
    /* The numbers that a dissector is given count from the SYN, or do not: a preference. The right ones are near. */
    const int64_t relative = (int32_t)(end - base - stream->next_offset);
    const int64_t absolute = (int32_t)(end - stream->next_offset);

    return stream->started && (ABS(relative) < ABS(absolute) ? relative : absolute) > 1;
}

/* What is missing at the end of a connection shows only in the numbers of the packet that ends it. */
static void note_missing_end(struct msturn_connection *connection, const struct tcp_analysis *tcp, uint8_t side)
{
    const tcp_analyze_seq_flow_info_t *seen = tcp->fwd->tcp_analyze_seq_info; /* NULL: by preference */

    if (!seen || connection->flow->in_tls || connection->handed_over)
        return;
    if (lacks_bytes(&connection->streams[side], seen->nextseq, tcp->fwd->base_seq))
        msturn_track_gap(connection->flow, side);
    if (lacks_bytes(&connection->streams[1 - side], seen->lastack, tcp->rev->base_seq))
        msturn_track_gap(connection->flow, 1 - side);
}

static void note_relay_ports(struct msturn_flow *flow)
{
    for (unsigned side = 0; side < 2; side++)
        flow->relay_port[side] = msturn_ports_is_relay(flow->ends[side].port);
}

static void take_events(packet_info *pinfo, struct msturn_connection *connection, const struct tcp_analysis *tcp,
                        const struct msturn_sent_message *sent)
{
    const uint8_t side = msturn_connection_side(pinfo);
    const uint8_t completeness = tcp->conversation_completeness;
    const uint8_t news = completeness & (uint8_t)~connection->completeness;
    struct msturn_flow *flow = connection->flow;

    if (flow->observed >= pinfo->num)
        return;
    flow->observed = pinfo->num;
    if (connection->completeness == 0)
        note_relay_ports(flow);
    connection->completeness = completeness;
    flow->sent[side] = true;
    msturn_connection_note_opening(flow, tcp, pinfo);
    if ((news & COMPLETENESS_BOTH_SYNS) && (completeness & COMPLETENESS_BOTH_SYNS) == COMPLETENESS_BOTH_SYNS)
        flow->sent[0] = flow->sent[1] = true;
    if (!flow->established && side == (uint8_t)flow->opened_by &&
        !(completeness & (COMPLETENESS_SYN_ACK | COMPLETENESS_FIN | COMPLETENESS_RST)))
        msturn_track_syn(flow, msturn_event_of_frame(pinfo));
    if (news & COMPLETENESS_SYN_ACK)
        msturn_track_established(flow);
    if (flow->round_trip == 0 && !nstime_is_zero(&tcp->ts_first_rtt))
        msturn_track_round_trip(flow, msturn_nanoseconds(&tcp->ts_first_rtt));
    if (news & (COMPLETENESS_FIN | COMPLETENESS_RST)) {
        note_missing_end(connection, tcp, side);
        msturn_track_ended(flow, side, news & COMPLETENESS_RST ? MSTURN_ENDING_RST : MSTURN_ENDING_FIN,
                           msturn_event_of_frame(pinfo));
    }
    msturn_acknowledgement_observe(pinfo, flow, side, tcp, completeness & COMPLETENESS_RST, sent);
}

/* Does the packet open, close or reset its connection? `flags`: of its TCP header; 0: not known. */
static void note_event(tvbuff_t *frame, const packet_info *pinfo, struct msturn_flow *flow, uint16_t flags)
{
    if (flags != 0 ? (flags & (TH_FIN | TH_SYN | TH_RST)) != 0 : msturn_tcp_is_event(frame, pinfo))
        msturn_track_event(flow, pinfo->num);
}

/* The TCP dissector calls others only for payload. What the handshake and the end of a connection say is in its
 * analysis afterwards. */
static void observe_tcp(tvbuff_t *frame, packet_info *pinfo)
{
    conversation_t *conversation = msturn_conversation_of(pinfo);
    const struct tcp_analysis *tcp = conversation ? msturn_tcp_analysis_of(conversation) : NULL;
    if (!tcp)
        return;
    struct msturn_connection *connection = conversation_get_proto_data(conversation, proto_msturn);
    if (!connection)
        connection = watch_new(pinfo, tcp);
    if (!connection)
        return;
    take_events(pinfo, connection, tcp, NULL);
    note_event(frame, pinfo, connection->flow, 0);
}

void msturn_observe_icmp(tvbuff_t *frame, const packet_info *pinfo)
{
    const struct msturn_event event = msturn_event_of_frame(pinfo);
    struct msturn_icmp_error error;

    if (!msturn_icmp_error_in(frame, pinfo, &error))
        return;
    struct msturn_flow *flow = error.is_udp ? msturn_track_undelivered(&error.sender, &error.receiver, event)
                                            : msturn_track_unreachable(&error.sender, error.receiver.port, event);
    if (flow)
        msturn_track_event(flow, pinfo->num);
}

void msturn_observe_time(const packet_info *pinfo)
{
    msturn_track_time(msturn_event_of_frame(pinfo));
    msturn_track_begun_at(msturn_nanoseconds(&pinfo->abs_ts) - msturn_nanoseconds(&pinfo->rel_ts));
}

void msturn_observe_frame(tvbuff_t *frame, packet_info *pinfo)
{
    msturn_observe_time(pinfo);
    if (msturn_track_is_empty() || pinfo->flags.in_error_pkt)
        return;
    if (msturn_tracker.observed_from == 0)
        msturn_tracker.observed_from = pinfo->num;
    const struct msturn_frame_pass *pass = p_get_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_PASS);

    if (pass && pass->connection && pass->connection->tcp) {
        take_events(pinfo, pass->connection, pass->connection->tcp, pass->sent);
        note_event(frame, pinfo, pass->connection->flow, pass->tcp_flags);
    } else if (msturn_icmp_is_in(pinfo)) {
        /* In Wireshark 4.0 the type is that of what ICMP quotes. */
        msturn_observe_icmp(frame, pinfo);
    } else if (pinfo->ptype == PT_TCP) {
        observe_tcp(frame, pinfo);
    }
}

/* Of the frames before the first message nothing was noted. */
static const struct msturn_flow *missed_event(tvbuff_t *frame, packet_info *pinfo)
{
    if (pinfo->ptype != PT_TCP || pinfo->flags.in_error_pkt || !msturn_tcp_is_event(frame, pinfo))
        return NULL;
    conversation_t *conversation = msturn_conversation_of(pinfo);
    const struct msturn_connection *connection =
        conversation ? conversation_get_proto_data(conversation, proto_msturn) : NULL;
    return connection ? connection->flow : NULL;
}

const struct msturn_flow *msturn_observed_event(tvbuff_t *frame, packet_info *pinfo)
{
    return pinfo->num < msturn_tracker.observed_from ? missed_event(frame, pinfo) : msturn_event_in(pinfo->num);
}
