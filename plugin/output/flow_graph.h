/* flow_graph.h
 * The ladder of a call: Statistics > Flow Graph, and tshark -z flow,msturn,standard.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FLOW_GRAPH_H
#define MSTURN_FLOW_GRAPH_H

/* Call when the tap for messages is registered. */
void msturn_flow_register(int protocol);

#endif
