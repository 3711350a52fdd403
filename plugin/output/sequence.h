/* sequence.h
 * What flow.c needs of epan/sequence_analysis.h, which no development package ships.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An item is allocated by Wireshark, and of the sequence only what comes before its list is declared: what later
 * versions append to either does no harm. So far 4.0, 4.4 and 4.6 agree, but for the booleans.
 */
#ifndef MSTURN_SEQUENCE_H
#define MSTURN_SEQUENCE_H

#include "plugin/compat.h"

#include <epan/tap.h>

/* seq_analysis_item_t */
struct msturn_sequence_item {
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

/* seq_analysis_info_t */
struct msturn_sequence {
    const char *name;
    wsbool any_addr;
    int nconv;
    GQueue *items;
};

WS_DLL_PUBLIC void register_seq_analysis(const char *name, const char *ui_name, const int proto_id,
                                         const char *tap_listener, unsigned tap_flags, tap_packet_cb tap_func);

/* A new item with time and addresses; NULL: the packet has none. */
WS_DLL_PUBLIC struct msturn_sequence_item *sequence_analysis_create_sai_with_addresses(packet_info *pinfo,
                                                                                      struct msturn_sequence *sequence);

/* The colours of the packet list. */
WS_DLL_PUBLIC void sequence_analysis_use_color_filter(packet_info *pinfo, struct msturn_sequence_item *item);

#endif
