/* every_frame.c
 * A dissector that is called for each frame after all others, once there is a reason to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A post-dissector costs each packet of every capture one or two per cent, mostly for Wireshark's way of calling it. Who opens a
 * capture without any message of ours shall not pay that, so it is registered when the first one comes, and not in the handoff. That
 * is no more than Wireshark promises: register_postdissector() adds to a list that is gone through when a frame has been dissected,
 * never while it is. tests/tshark/test_every_frame.py shows that the very frame in which it is registered gets the call.
 */
#include "plugin/host/every_frame.h"

static dissector_handle_t frame_handle;

void msturn_every_frame_handoff(dissector_handle_t handle)
{
    frame_handle = handle;
}

void msturn_every_frame_begin(void)
{
    if (frame_handle)
        register_postdissector(frame_handle);
    frame_handle = NULL;
}
