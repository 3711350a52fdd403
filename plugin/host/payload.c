/* payload.c
 * Giving what messages, frames and channels carry to the dissectors of other protocols.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/host/payload.h"

#include "plugin/host/protocol.h"

#include <epan/exceptions.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>

/* A dissector that is called leaves its layers in the packet, and more than 500 of them Wireshark takes for an endless recursion. A
 * segment that was put together may hold more packets than that, each of them at the same depth. */
enum { LAYERS_MAX = 100 };

/* Key for p_add_proto_data(), out of the way of small numbers and of stream offsets. */
enum { KEY_SPARE_LAYERS = 0x7FFFFFFF };

static void call(dissector_handle_t handle, tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    /* As in tcp_dissect_pdus(): what goes wrong in one packet does not end the next one. */
    TRY
    {
        if (!handle || call_dissector_only(handle, payload, pinfo, tree, NULL) == 0)
            call_data_dissector(payload, pinfo, tree);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(payload, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
}

int msturn_call_and_finish(dissector_handle_t handle, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data,
                           void (*finish)(const void *context), const void *context)
{
    volatile int taken = 0;

    TRY
    {
        taken = call_dissector_only(handle, tvb, pinfo, tree, data);
    }
    FINALLY
    {
        finish(context);
    }
    ENDTRY;
    return taken;
}

/* A copy of the packet's layers as they are when there are enough of them, made once a packet. */
static wmem_list_t *spare_layers(packet_info *pinfo)
{
    wmem_list_t *spare = p_get_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_SPARE_LAYERS);

    if (spare)
        return spare;
    spare = wmem_list_new(pinfo->pool);
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer))
        wmem_list_append(spare, wmem_list_frame_data(layer));
    p_add_proto_data(pinfo->pool, pinfo, proto_msturn, KEY_SPARE_LAYERS, spare);
    return spare;
}

void msturn_call_payload_dissector(dissector_handle_t handle, tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    wmem_list_t *const layers = pinfo->layers;

    if (wmem_list_count(layers) < LAYERS_MAX) {
        call(handle, payload, pinfo, tree);
        return;
    }
    /* What is called from here on adds its layers to the copy, which loses them afterwards; frame.protocols has enough. */
    wmem_list_t *const spare = spare_layers(pinfo);
    const unsigned depth = wmem_list_count(spare);

    pinfo->layers = spare;
    call(handle, payload, pinfo, tree);
    pinfo->layers = layers;
    while (wmem_list_count(spare) > depth)
        wmem_list_remove_frame(spare, wmem_list_tail(spare));
}
