/* acknowledgement.h
 * What TCP's own analysis says of what was sent and acknowledged, for the tracker.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is known where the user turned that analysis off.
 */
#ifndef MSTURN_ACKNOWLEDGEMENT_H
#define MSTURN_ACKNOWLEDGEMENT_H

#include "plugin/host/connection.h"

/* A message in this frame that was not seen before. Lives as long as the packet. */
struct msturn_sent_message {
    const struct msturn_flow *flow;
    struct msturn_first_message *message;
    uint32_t end; /* stream offset, as TCP's dissector counts */
    struct msturn_sent_message *next;
};

/* Tells the tracker which bytes of the flow this frame sends and acknowledges; `side` sent it. `reset`: somebody has reset
 * the connection. First pass only. */
void msturn_acknowledgement_observe(const packet_info *pinfo, struct msturn_flow *flow, uint8_t side,
                                    const struct tcp_analysis *tcp, bool reset,
                                    const struct msturn_sent_message *messages);

#endif
