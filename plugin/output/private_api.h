/* private_api.h
 * What msturn uses of Wireshark that no development package declares. Each part is checked before it is relied on; where
 * Wireshark is not as expected, the feature is off, and the user is told.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PRIVATE_API_H
#define MSTURN_PRIVATE_API_H

#include "plugin/compat.h"

#include <epan/follow.h>
#include <epan/tap.h>

/* ---- the flow graph: epan/sequence_analysis.h ---- */

/* The structures are public to dissectors in Wireshark's own tree only, and there is no other way into the flow graph. */

/* seq_analysis_item_t: an arrow. */
struct msturn_arrow {
    uint32_t frame_number;
    address src_addr;
    uint16_t port_src;
    address dst_addr;
    uint16_t port_dst;
    char *frame_label; /* on top of the arrow; it and the comment are freed by g_free() */
    char *time_str;
    char *comment;
    uint16_t conv_num;
    unsigned fg_color, bg_color;
    wsbool has_color_filter;
    wsbool display;
    unsigned src_node, dst_node;
    uint16_t line_style; /* width in pixels */
};

void msturn_register_flow_graph(const char *name, const char *ui_name, int protocol, const char *tap,
                                tap_packet_cb add_packet);

/* A new arrow with the packet's addresses, time and colours, for the `tapdata` of add_packet(). NULL: the packet has no
 * addresses, or this Wireshark's arrows are laid out otherwise. */
struct msturn_arrow *msturn_arrow_new(void *tapdata, packet_info *pinfo);

/* Hands it over. */
void msturn_arrow_add(void *tapdata, struct msturn_arrow *arrow);

/* ---- tshark -z follow: ui/cli/tap-follow.c ---- */

/* A follower is not told how its records will be shown, and text for people is of no use in a hexadecimal dump. tshark
 * shows them once, and in gui_data is how. Wireshark's window may show the same records now in this form and then in
 * another: there they are text.
 *
 * Does tshark want this follower's records as bytes (hex, raw, yaml)? */
bool msturn_follow_wants_bytes(const follow_info_t *follow, const register_follow_t *follower);

#endif
