/* payload.h
 * Giving what messages, frames and channels carry to the dissectors of other protocols.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PAYLOAD_H
#define MSTURN_PAYLOAD_H

#include "plugin/compat.h"

/* Calls the dissector, or that of data if there is none or it rejects the payload. What goes wrong in it is shown in the tree and
 * does not end what comes next. */
void msturn_call_payload_dissector(dissector_handle_t handle, tvbuff_t *payload, packet_info *pinfo, proto_tree *tree);

/* Calls the dissector, and then `finish`, even if the dissector throws an exception, which goes on after that. */
int msturn_call_and_finish(dissector_handle_t handle, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data,
                           void (*finish)(const void *context), const void *context);

#endif
