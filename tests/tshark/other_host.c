/* other_host.c
 * A Wireshark whose private structures are others than msturn expects: for LD_PRELOAD. The environment variable
 * OTHER_HOST says what is otherwise.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <epan/follow.h>

enum { ITEM_SIZE = 512, SHIFT = 16 };

static int is_wanted(const char *what)
{
    const char *wanted = getenv("OTHER_HOST");

    return wanted && strcmp(wanted, what) == 0;
}

/* `function` points to a pointer to it. */
static void find_real(void *function, const char *name)
{
    *(void **)function = dlsym(RTLD_NEXT, name);
}

/* ---- the flow graph: "shifted" has a new member at the beginning of an item ---- */

void *sequence_analysis_create_sai_with_addresses(packet_info *pinfo, void *sequence);

void *sequence_analysis_create_sai_with_addresses(packet_info *pinfo, void *sequence)
{
    void *(*real)(packet_info *, void *);

    find_real(&real, "sequence_analysis_create_sai_with_addresses");
    void *item = real(pinfo, sequence);

    if (!item || !is_wanted("shifted"))
        return item;
    char *shifted = g_malloc0(ITEM_SIZE);
    memcpy(shifted + SHIFT, item, 2 * sizeof(address)); /* no more than there is */
    return shifted;
}

/* "columns": what tells that an item is shown is elsewhere. */
int sequence_analysis_get_nodes(void *sequence);

int sequence_analysis_get_nodes(void *sequence)
{
    int (*real)(void *);

    find_real(&real, "sequence_analysis_get_nodes");
    return is_wanted("columns") ? 0 : real(sequence);
}

/* "colours": and what is next to it. */
void sequence_analysis_use_color_filter(packet_info *pinfo, void *item);

void sequence_analysis_use_color_filter(packet_info *pinfo, void *item)
{
    void (*real)(packet_info *, void *);

    find_real(&real, "sequence_analysis_use_color_filter");
    if (!is_wanted("colours"))
        real(pinfo, item);
}

/* ---- tshark -z follow: "follow" has a new member before those that msturn reads ---- */

static tap_packet_cb real_follower;

static tap_packet_status follow_otherwise(void *tapdata, packet_info *pinfo, epan_dissect_t *edt, const void *data,
                                          tap_flags_t flags)
{
    follow_info_t *follow = tapdata;
    void *kept = follow->gui_data;
    char shifted[ITEM_SIZE] = { 0 };

    memcpy(shifted + SHIFT, kept, 2 * sizeof(void *));
    follow->gui_data = shifted;
    const tap_packet_status status = real_follower(tapdata, pinfo, edt, data, flags);
    follow->gui_data = kept;
    return status;
}

tap_packet_cb get_follow_tap_handler(register_follow_t *follower);

tap_packet_cb get_follow_tap_handler(register_follow_t *follower)
{
    tap_packet_cb (*real)(register_follow_t *);

    find_real(&real, "get_follow_tap_handler");
    real_follower = real(follower);
    return is_wanted("follow") ? follow_otherwise : real_follower;
}
