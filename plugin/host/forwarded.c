/* forwarded.c
 * Packets that a relay passed on together with the padding of the ChannelData in which it got them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A packet is known again by its first bytes, which hold the counters of RTP, SRTP and DTLS. Of the last packets one a slot is
 * remembered: a relay passes them on at once.
 */
#include "plugin/host/forwarded.h"

#include "plugin/host/protocol.h"

#include <epan/proto_data.h>
#include <wsutil/crc32.h>

#include <string.h>

enum { BEGINNING = 13 /* RFC 6347 4.1: up to the length of the record */, SLOTS = 1024 };

struct sent_packet {
    uint8_t beginning[BEGINNING];
    uint16_t length; /* 0: none */
};

static struct sent_packet *sent;
static wmem_allocator_t *arena;

void msturn_forwarded_begin(wmem_allocator_t *scope)
{
    sent = NULL;
    arena = scope;
}

static struct sent_packet *slot_of(struct msturn_bytes packet)
{
    if (!sent)
        sent = wmem_alloc0_array(arena, struct sent_packet, SLOTS);
    return &sent[crc32_ccitt(packet.data, BEGINNING) % SLOTS];
}

static void note_sent(struct msturn_bytes packet)
{
    if (packet.captured < BEGINNING || packet.reported % 4 == 0)
        return;
    struct sent_packet *slot = slot_of(packet);

    memcpy(slot->beginning, packet.data, BEGINNING);
    slot->length = (uint16_t)packet.reported;
}

static bool has_padding(struct msturn_bytes packet)
{
    if (!sent || packet.captured < BEGINNING || packet.reported % 4 != 0)
        return false;
    const struct sent_packet *slot = slot_of(packet);

    return slot->length != 0 && memcmp(slot->beginning, packet.data, BEGINNING) == 0 &&
           slot->length < packet.reported && packet.reported - slot->length < 4;
}

bool msturn_forwarded_with_padding(packet_info *pinfo, uint32_t stream_offset, struct msturn_bytes packet,
                                   bool over_tcp)
{
    /* Keys that others use are small numbers. */
    const uint32_t key = stream_offset | UINT32_C(0x80000000);

    if (PINFO_FD_VISITED(pinfo))
        return p_get_proto_data(wmem_file_scope(), pinfo, proto_msturn, key) != NULL;
    const bool padded = has_padding(packet);
    if (padded)
        p_add_proto_data(wmem_file_scope(), pinfo, proto_msturn, key, sent);
    if (over_tcp)
        note_sent(packet);
    return padded;
}
