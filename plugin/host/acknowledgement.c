/* acknowledgement.c
 * What TCP's own analysis says of what was sent and acknowledged, for the tracker.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * TCP's dissector keeps the segments of each direction that wait for an acknowledgement, the last one first, and the number that
 * each side acknowledged last. Both are the numbers in the packets, whatever its preferences show.
 */
#include "plugin/host/acknowledgement.h"

#include "plugin/track/delivery.h"

#include <epan/dissectors/packet-tcp.h>

/* The segment in this frame; its end includes a FIN. NULL: it has neither payload nor SYN nor FIN. */
static const tcp_unacked_t *segment_of(const packet_info *pinfo, const tcp_analyze_seq_flow_info_t *sender)
{
    return sender->segments && sender->segments->frame == pinfo->num ? sender->segments : NULL;
}

/* A SYN takes the first number of its direction. */
static bool is_syn(const tcp_unacked_t *segment, const tcp_flow_t *direction)
{
    return segment && segment->seq == direction->base_seq;
}

/* A reset need not acknowledge anything, and then has any number there. */
static bool may_acknowledge(uint32_t number, const struct tcp_analysis *tcp, bool reset)
{
    return !reset || (int32_t)(number - tcp->rev->tcp_analyze_seq_info->nextseq) <= 0;
}

/* The numbers that a dissector is given count from the SYN, or do not: a preference. The right ones are near. Inside TLS there are
 * none: a message was complete with its segment. */
static uint32_t number_after(const struct msturn_sent_message *sent, uint32_t base, uint32_t segment_end)
{
    const uint32_t from_syn = base + sent->end;
    const int64_t relative = (int32_t)(from_syn - segment_end), absolute = (int32_t)(sent->end - segment_end);

    if (sent->flow->in_tls)
        return segment_end;
    return ABS(relative) < ABS(absolute) ? from_syn : sent->end;
}

static void observe_segment(const packet_info *pinfo, struct msturn_flow *flow, uint8_t side, const tcp_flow_t *sender,
                            const struct msturn_sent_message *messages)
{
    const tcp_unacked_t *segment = segment_of(pinfo, sender->tcp_analyze_seq_info);
    const struct msturn_event event = msturn_event_of_frame(pinfo);

    if (!segment || is_syn(segment, sender))
        return;
    const uint32_t end = segment->nextseq - (sender->fin == pinfo->num ? 1 : 0);
    /* One byte is a keep-alive or the probe of a closed window, unless it is what a message lacked. */
    if (end - segment->seq > 1 || messages)
        msturn_track_segment(flow, side, segment->seq, end, event);
    for (const struct msturn_sent_message *sent = messages; sent; sent = sent->next) {
        if (sent->flow == flow)
            msturn_track_message_end(flow, side, number_after(sent, sender->base_seq, end), event, sent->message);
    }
}

void msturn_acknowledgement_observe(const packet_info *pinfo, struct msturn_flow *flow, uint8_t side,
                                    const struct tcp_analysis *tcp, bool reset,
                                    const struct msturn_sent_message *messages)
{
    const tcp_analyze_seq_flow_info_t *sender = tcp->fwd->tcp_analyze_seq_info; /* NULL: by preference */

    if (!sender || !tcp->rev->tcp_analyze_seq_info)
        return;
    if (!is_syn(segment_of(pinfo, sender), tcp->fwd) && may_acknowledge(sender->lastack, tcp, reset))
        msturn_track_acknowledgement(flow, 1 - side, sender->lastack, msturn_event_of_frame(pinfo));
    observe_segment(pinfo, flow, side, tcp->fwd, messages);
}
