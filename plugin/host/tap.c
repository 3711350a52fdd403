/* tap.c
 * What passes, for those who listen: each call queues a struct msturn_tap.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/tap.h"

#include "plugin/output/report.h"

#include <epan/tap.h>

static int event_tap = -1;

const struct msturn_name msturn_payload_words[] = {
    { MSTURN_PAYLOAD_EMPTY, "nothing" }, { MSTURN_PAYLOAD_STUN, "STUN" }, /* that was too short, or too deep, to be read */
    { MSTURN_PAYLOAD_ZRTP, "ZRTP" }, { MSTURN_PAYLOAD_DTLS, "DTLS" }, { MSTURN_PAYLOAD_TLS, "TLS" },
    { MSTURN_PAYLOAD_RTP, "RTP" },   { MSTURN_PAYLOAD_RTCP, "RTCP" }, { MSTURN_PAYLOAD_UNKNOWN, "data" },
    { 0, NULL }
};

void msturn_tap_register(void)
{
    event_tap = register_tap(MSTURN_EVENT_TAP_NAME);
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

    if (!transaction || !(have_tap_listener(msturn_tap) || have_tap_listener(event_tap)))
        return;
    const struct msturn_tap *record = queue_event(pinfo, (struct msturn_tap){
        .kind = MSTURN_TAP_MESSAGE,
        .session = msturn_transaction_session(transaction),
        .flow = transaction->flow,
        .leg = transaction->leg,
        .side = is_answer ? 1 - transaction->side : transaction->side,
        .transaction = transaction,
        .carries = facts->carries,
        .header = *header,
        .message = message->bytes,
        .repeated = facts->repeat != MSTURN_REPEAT_NONE,
        .nested = nested,
        .final = PINFO_FD_VISITED(pinfo), /* for a listener every frame is visited */
    });
    tap_queue_packet(msturn_tap, pinfo, record);
}

void msturn_tap_media(packet_info *pinfo, struct msturn_place place, struct msturn_bytes packet)
{
    if (!have_tap_listener(event_tap))
        return;
    queue_event(pinfo, (struct msturn_tap){
        .kind = MSTURN_TAP_MEDIA,
        .session = msturn_place_session(place, pinfo->num),
        .flow = place.flow,
        .leg = place.flow ? place.flow->leg : NULL,
        .side = place.side,
        .payload = msturn_payload_kind(packet),
        .length = packet.reported,
    });
}

void msturn_tap_finding(packet_info *pinfo, enum msturn_finding finding)
{
    if (have_tap_listener(event_tap))
        queue_event(pinfo, (struct msturn_tap){ .kind = MSTURN_TAP_FINDING, .finding = finding });
}

static bool is_unanswered(const struct msturn_tap *message)
{
    return message->final && message->header.msg_class == MSTURN_CLASS_REQUEST &&
           message->transaction->response.frame == 0;
}

const char *msturn_tap_remark(packet_info *pinfo, const struct msturn_tap *message)
{
    const struct msturn_leg *leg = message->leg;
    wmem_strbuf_t *text = wmem_strbuf_new(pinfo->pool, NULL);

    if (leg && leg->kind != MSTURN_LEG_DIRECT && leg->peer.family != 0)
        wmem_strbuf_append_printf(text, ", %s peer %s", message->side == leg->local_side ? "to" : "from",
                                  msturn_endpoint_text(pinfo->pool, &leg->peer));
    if (is_unanswered(message))
        wmem_strbuf_append(text, ", no response");
    return wmem_strbuf_get_str(text);
}

/* [MS-TURN] 2.2.1: the type without the bits that tell the class. */
enum { MS_CLASS_BITS = 0x0110 };

static const struct msturn_name ms_method_words[] = {
    { 1, "Binding" }, { 2, "Shared Secret" }, { 3, "Allocate" }, { 4, "Send" }, { 5, "Data" },
    { 6, "Set Active Destination" }, { 0, NULL }
};

const char *msturn_method_word(const struct msturn_header *header)
{
    return header->dialect == MSTURN_DIALECT_MS_TURN
               ? msturn_name_of(ms_method_words, header->type & ~(unsigned)MS_CLASS_BITS)
               : msturn_name_of(msturn_method_names, header->method);
}
