/* signalling.c
 * Session descriptions on their way to Wireshark's dissector, and those of a log file.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SIP, HTTP, MIME and others look a description's dissector up by its media type. In its place stands a gate, a dissector handle
 * without a protocol, which leaves no trace: it reads what passes, and passes it on.
 */
#include "plugin/host/signalling.h"

#include "plugin/host/bytes.h"
#include "plugin/host/connection.h"
#include "plugin/host/protocol.h"
#include "plugin/host/tap.h"
#include "plugin/track/signalling_log.h"
#include "plugin/track/state.h"

#include <wsutil/report_message.h>

#define MEDIA_TYPES "media_type"
#define SDP_TYPE "application/sdp"

static dissector_handle_t owner; /* of the media type */

static const char *log_file = "";

/* ---- from the capture ---- */

/* What is in the packet, or in TCP's stream, before the body: the headers of its message. */
static struct msturn_bytes headers_of(tvbuff_t *body)
{
    tvbuff_t *source = tvb_get_ds_tvb(body);
    const int offset = tvb_raw_offset(body);

    return msturn_bytes_slice(msturn_tvb_bytes(source), 0, offset > 0 ? (uint32_t)offset : 0);
}

static void observe_description(tvbuff_t *tvb, packet_info *pinfo)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);
    const struct msturn_event event = { .frame = pinfo->num, .time = msturn_nanoseconds(&pinfo->abs_ts) };

    msturn_track_description(msturn_tvb_bytes(tvb), msturn_sip_call_id(headers_of(tvb)), &from, &to, event);
}

static int dissect_sdp_gate(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!pinfo->flags.in_error_pkt && tvb_captured_length(tvb) > 0 &&
        proto_is_protocol_enabled(find_protocol_by_id(proto_msturn))) {
        if (!PINFO_FD_VISITED(pinfo))
            observe_description(tvb, pinfo);
        msturn_tap_offer(pinfo);
    }
    return call_dissector_only(owner, tvb, pinfo, tree, data);
}

void msturn_signalling_handoff(void)
{
    owner = dissector_get_string_handle(find_dissector_table(MEDIA_TYPES), SDP_TYPE);
    if (owner)
        dissector_add_string(MEDIA_TYPES, SDP_TYPE,
                             create_dissector_handle_with_name_and_description(dissect_sdp_gate, -1, NULL,
                                                                               "SDP, which MSTURN reads too"));
}

/* ---- from a log ---- */

void msturn_signalling_register_preferences(module_t *module)
{
    prefs_register_filename_preference(
        module, "signalling_file", "Log with SDP",
        "Any text file with the session descriptions of the call, as logs of SIP have them: what was offered is read "
        "from "
        "it, and the passwords of ICE. For signalling that is not in the capture, or is encrypted there.",
        &log_file, false);
}

void msturn_signalling_begin(void)
{
    GError *error = NULL;
    char *text = NULL;
    gsize length = 0;

    if (!log_file || !*log_file)
        return;
    if (!g_file_get_contents(log_file, &text, &length, &error)) {
        report_failure("msturn: the log with SDP cannot be read: %s", error->message);
        g_error_free(error);
        return;
    }
    if (msturn_track_log((uint8_t *)text, length) == 0)
        report_failure("msturn: there is no session description in the log with SDP, %s", log_file);
    g_free(text);
}
