/* tap.c
 * What passes, for those who listen: each call queues a struct msturn_tap.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/tap.h"

#include <epan/tap.h>

static int message_tap = -1, event_tap = -1;

static bool messages_seen_again;

bool msturn_tap_knows_all(void)
{
    return messages_seen_again;
}

void msturn_tap_register(void)
{
    message_tap = register_tap(MSTURN_TAP_NAME);
    event_tap = register_tap(MSTURN_EVENT_TAP_NAME);
}

bool msturn_tap_is_heard(void)
{
    return have_tap_listener(message_tap) || have_tap_listener(event_tap);
}

bool msturn_tap_wants_media(void)
{
    return have_tap_listener(event_tap);
}

static struct msturn_tap *queue_event(packet_info *pinfo, struct msturn_tap event)
{
    struct msturn_tap *record = wmem_memdup(pinfo->pool, &event, sizeof event);

    tap_queue_packet(event_tap, pinfo, record);
    return record;
}

void msturn_tap_message(packet_info *pinfo, const struct msturn_message *message,
                        const struct msturn_message_facts *facts, bool nested)
{
    const struct msturn_header *header = &message->header;
    const bool is_answer = header->msg_class == MSTURN_CLASS_SUCCESS || header->msg_class == MSTURN_CLASS_ERROR;
    const struct msturn_transaction *transaction = facts ? facts->transaction : NULL;

    if (!transaction || !(have_tap_listener(message_tap) || have_tap_listener(event_tap)))
        return;
    messages_seen_again |= PINFO_FD_VISITED(pinfo);
    const struct msturn_tap *record =
        queue_event(pinfo, (struct msturn_tap){
                               .kind = MSTURN_TAP_MESSAGE,
                               .session = msturn_transaction_session(transaction),
                               .flow = transaction->flow,
                               .leg = transaction->exchange->leg,
                               .side = is_answer ? 1 - transaction->side : transaction->side,
                               .transaction = transaction,
                               .carries = facts->carries,
                               .header = *header,
                               .message = message->bytes,
                               .repeated = facts->repeat != MSTURN_REPEAT_NONE,
                               .nested = nested,
                               .final = PINFO_FD_VISITED(pinfo), /* for a listener every frame is visited */
                           });
    tap_queue_packet(message_tap, pinfo, record);
}

void msturn_tap_media(packet_info *pinfo, struct msturn_flow_context place, struct msturn_bytes packet)
{
    if (!have_tap_listener(event_tap))
        return;
    queue_event(pinfo, (struct msturn_tap){
                           .kind = MSTURN_TAP_MEDIA,
                           .session = msturn_flow_context_session(place, pinfo->num),
                           .flow = place.flow,
                           .leg = place.flow ? place.flow->leg : NULL,
                           .side = place.side,
                           .payload = msturn_payload_kind(packet),
                           .length = packet.reported,
                       });
}

void msturn_tap_end(packet_info *pinfo, const struct msturn_flow *flow)
{
    if (flow->ended.frame != pinfo->num || !have_tap_listener(event_tap))
        return;
    queue_event(pinfo, (struct msturn_tap){
                           .kind = MSTURN_TAP_END,
                           .session = msturn_session_of_connection(flow, pinfo->num),
                           .flow = flow,
                           .leg = flow->leg,
                           .side = flow->ended_by,
                       });
}

void msturn_tap_offer(packet_info *pinfo)
{
    if (have_tap_listener(event_tap))
        queue_event(pinfo, (struct msturn_tap){
                               .kind = MSTURN_TAP_OFFER, .frame = pinfo->num, .final = PINFO_FD_VISITED(pinfo) });
}

void msturn_tap_finding(packet_info *pinfo, enum msturn_finding finding)
{
    if (have_tap_listener(event_tap))
        queue_event(pinfo, (struct msturn_tap){ .kind = MSTURN_TAP_FINDING, .finding = finding });
}

void msturn_tap_silent(packet_info *pinfo, uint32_t stream)
{
    if (have_tap_listener(event_tap))
        queue_event(pinfo, (struct msturn_tap){ .kind = MSTURN_TAP_SILENT, .stream = stream });
}
