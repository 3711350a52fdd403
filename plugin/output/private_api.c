/* private_api.c
 * What msturn uses of Wireshark that no development package declares.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/private_api.h"

#include <epan/color_filters.h>
#include <wsutil/report_message.h>

#include <string.h>

/* ---- the flow graph: epan/sequence_analysis.h ---- */

/* seq_analysis_info_t, up to the last member that is needed. */
struct sequence {
    const char *name;
    wsbool any_addr;
    int nconv;
    GQueue *items; /* of struct msturn_arrow */
};

#if defined(__has_include) && !defined(__cppcheck__) /* which has it for C23 only */
#if __has_include(<epan/sequence_analysis.h>)
#define IN_WIRESHARKS_TREE
#endif
#endif

#ifdef IN_WIRESHARKS_TREE
#include <epan/sequence_analysis.h>

#define SAME_PLACE(member) \
    _Static_assert(offsetof(struct msturn_arrow, member) == offsetof(seq_analysis_item_t, member), \
                   "elsewhere: " #member)

SAME_PLACE(frame_number);
SAME_PLACE(src_addr);
SAME_PLACE(port_src);
SAME_PLACE(dst_addr);
SAME_PLACE(port_dst);
SAME_PLACE(frame_label);
SAME_PLACE(time_str);
SAME_PLACE(comment);
SAME_PLACE(conv_num);
SAME_PLACE(fg_color);
SAME_PLACE(bg_color);
SAME_PLACE(has_color_filter);
SAME_PLACE(display);
SAME_PLACE(src_node);
SAME_PLACE(dst_node);
SAME_PLACE(line_style);
_Static_assert(offsetof(struct sequence, items) == offsetof(seq_analysis_info_t, items), "elsewhere: items");
#else
typedef struct msturn_arrow seq_analysis_item_t;
typedef struct sequence seq_analysis_info_t;

WS_DLL_PUBLIC void register_seq_analysis(const char *name, const char *ui_name, const int protocol, const char *tap,
                                         unsigned tap_flags, tap_packet_cb add_packet);
WS_DLL_PUBLIC seq_analysis_info_t *sequence_analysis_info_new(void);
WS_DLL_PUBLIC void sequence_analysis_info_free(seq_analysis_info_t *sequence);
WS_DLL_PUBLIC seq_analysis_item_t *sequence_analysis_create_sai_with_addresses(packet_info *pinfo,
                                                                               seq_analysis_info_t *sequence);
WS_DLL_PUBLIC void sequence_analysis_use_color_filter(packet_info *pinfo, seq_analysis_item_t *item);
WS_DLL_PUBLIC int sequence_analysis_get_nodes(seq_analysis_info_t *sequence);
#endif

/* Is it a copy of the address? It is read only where it may be one. */
static bool is_copy(const address *copy, const address *original)
{
    return copy->type == original->type && copy->len == original->len && copy->data && original->data &&
           copy->data != original->data && memcmp(copy->data, original->data, (size_t)original->len) == 0;
}

/* Is in a new arrow what Wireshark has put there, and nothing where msturn will write? */
static bool is_new_arrow(const struct msturn_arrow *arrow, const packet_info *pinfo)
{
    return is_copy(&arrow->src_addr, &pinfo->src) && is_copy(&arrow->dst_addr, &pinfo->dst) && arrow->time_str &&
           arrow->frame_number == 0 && arrow->port_src == 0 && arrow->port_dst == 0 && !arrow->frame_label &&
           !arrow->comment && arrow->conv_num == 0 && !arrow->has_color_filter && !arrow->display &&
           arrow->src_node == 0 && arrow->dst_node == 0 && arrow->line_style == 0;
}

/* Are the colours where Wireshark puts those of a packet? */
static bool gets_colours(struct msturn_arrow *arrow, const packet_info *pinfo)
{
    const color_filter_t filter = { .fg_color = { 0x1111, 0x2222, 0x3333 }, .bg_color = { 0x4444, 0x5555, 0x6666 } };
    frame_data frame = *pinfo->fd;
    packet_info packet = *pinfo;

    frame.color_filter = &filter;
    packet.fd = &frame;
    sequence_analysis_use_color_filter(&packet, (seq_analysis_item_t *)arrow);
    return arrow->fg_color == 0x112233 && arrow->bg_color == 0x445566 && arrow->has_color_filter;
}

/* Does Wireshark find the arrow in the list, see that it is to be shown, and give it columns? */
static bool gets_columns(struct sequence *sequence, struct msturn_arrow *arrow)
{
    const unsigned destination = addresses_equal(&arrow->src_addr, &arrow->dst_addr) ? 0 : 1;

    arrow->src_node = arrow->dst_node = UINT32_MAX;
    arrow->display = true;
    return sequence_analysis_get_nodes((seq_analysis_info_t *)sequence) == 1 && arrow->src_node == 0 &&
           arrow->dst_node == destination;
}

static bool is_new_sequence(const struct sequence *sequence)
{
    return !sequence->name && !sequence->any_addr && sequence->nconv == 0 && sequence->items &&
           sequence->items->length == 0 && !sequence->items->head && !sequence->items->tail;
}

/* What is not as expected is left alone, and not freed either. */
static bool is_as_declared(packet_info *pinfo, struct sequence *sequence)
{
    if (!is_new_sequence(sequence))
        return false;
    struct msturn_arrow *arrow =
        (struct msturn_arrow *)sequence_analysis_create_sai_with_addresses(pinfo, (seq_analysis_info_t *)sequence);
    if (!arrow || !is_new_arrow(arrow, pinfo) || !gets_colours(arrow, pinfo))
        return false;
    g_queue_push_tail(sequence->items, arrow);
    return gets_columns(sequence, arrow);
}

/* Checked by a packet of a graph that is not shown. */
static bool check_flow_graph(packet_info *pinfo)
{
    seq_analysis_info_t *sequence = sequence_analysis_info_new();

    if (is_as_declared(pinfo, (struct sequence *)sequence)) {
        sequence_analysis_info_free(sequence);
        return true;
    }
    report_warning("msturn: the flow graph of this Wireshark is laid out in a way that msturn does not know. "
                   "There is no flow graph of MSTURN.");
    return false;
}

static bool has_flow_graph(packet_info *pinfo)
{
    static enum { UNCHECKED, USABLE, OFF } state;

    if (state == UNCHECKED)
        state = check_flow_graph(pinfo) ? USABLE : OFF;
    return state == USABLE;
}

void msturn_register_flow_graph(const char *name, const char *ui_name, int protocol, const char *tap,
                                tap_packet_cb add_packet)
{
    register_seq_analysis(name, ui_name, protocol, tap, 0, add_packet);
}

struct msturn_arrow *msturn_arrow_new(void *tapdata, packet_info *pinfo)
{
    if (pinfo->src.type == AT_NONE || pinfo->dst.type == AT_NONE || !has_flow_graph(pinfo))
        return NULL;
    seq_analysis_item_t *item = sequence_analysis_create_sai_with_addresses(pinfo, tapdata);
    if (item)
        sequence_analysis_use_color_filter(pinfo, item);
    return (struct msturn_arrow *)item;
}

void msturn_arrow_add(void *tapdata, struct msturn_arrow *arrow)
{
    const struct sequence *sequence = tapdata;

    g_queue_push_tail(sequence->items, arrow);
}

/* ---- tshark -z follow: ui/cli/tap-follow.c ---- */

/* cli_follow_info_t, up to the last member that is needed. */
struct tshark_follow {
    unsigned show_type; /* show_type_t; SHOW_YAML is the last one */
    const register_follow_t *follower;
};

/* That it is tshark's own structure is told by the follower in it, which tshark got from the same place. */
static bool is_as_expected(const struct tshark_follow *option, const register_follow_t *follower)
{
    return COMPAT_HAS_KNOWN_SHOW_TYPES && option->follower == follower && option->show_type <= SHOW_YAML;
}

static bool is_tshark(void)
{
    return g_ascii_strcasecmp(get_friendly_program_name(), "tshark") == 0;
}

bool msturn_follow_wants_bytes(const follow_info_t *follow, const register_follow_t *follower)
{
    static bool warned;
    const struct tshark_follow *option = follow->gui_data;

    if (!option || !is_tshark())
        return false;
    if (is_as_expected(option, follower))
        return option->show_type == SHOW_HEXDUMP || option->show_type == SHOW_RAW || option->show_type == SHOW_YAML;
    if (!warned)
        report_warning("msturn: how this tshark shows what it follows is not known. It gets text in every form.");
    warned = true;
    return false;
}
