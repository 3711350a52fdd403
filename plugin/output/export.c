/* export.c
 * Messages for File > Export PDUs, and tshark -U MSTURN; with the frame or channel that they are in.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/export.h"

#include "plugin/host/protocol.h"
#include "plugin/wire/ms_wire.h"

#include <epan/exported_pdu.h>
#include <epan/tap.h>
#include <wsutil/exported_pdu_tlvs.h>

#define EXPORT_NAME "MSTURN" /* in the list of what can be exported */

static int export_tap = -1;

void msturn_export_register(void)
{
    export_tap = register_export_pdu_tap(EXPORT_NAME);
}

void msturn_export_unit(packet_info *pinfo, tvbuff_t *tvb, uint32_t offset, struct msturn_bytes unit)
{
    if (!have_tap_listener(export_tap))
        return;
    exp_pdu_data_t *pdu = export_pdu_create_common_tags(pinfo, MSTURN_FILTER_NAME, EXP_PDU_TAG_DISSECTOR_NAME);
    pdu->tvb_captured_length = unit.captured;
    pdu->tvb_reported_length = unit.reported;
    pdu->pdu_tvb = tvb_new_subset_length_caplen(tvb, (int)offset, (int)unit.captured, (int)unit.reported);
    tap_queue_packet(export_tap, pinfo, pdu);
}

enum msturn_unit_kind msturn_exported_kind(struct msturn_bytes unit)
{
    if (msturn_payload_kind(unit) == MSTURN_PAYLOAD_STUN)
        return MSTURN_UNIT_MESSAGE;
    if (unit.captured < MSTURN_CHANNEL_HEADER_LENGTH)
        return MSTURN_UNIT_FOREIGN;
    if (msturn_payload_kind(msturn_bytes_slice(unit, MSTURN_FRAME_HEADER_LENGTH, UINT32_MAX)) == MSTURN_PAYLOAD_STUN)
        return MSTURN_UNIT_FRAME;
    if (unit.captured >= MSTURN_MULTIPLEX_HEADER_LENGTH && msturn_may_be_multiplexed(unit))
        return MSTURN_UNIT_MULTIPLEXED;
    if (msturn_is_channel_byte(unit.data[0]))
        return MSTURN_UNIT_CHANNEL_DATA;
    return msturn_may_be_ms_frame(unit) ? MSTURN_UNIT_MS_FRAME : MSTURN_UNIT_FOREIGN;
}
