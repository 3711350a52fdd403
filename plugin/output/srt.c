/* srt.c
 * Statistics > Service Response Time > MSTURN, and tshark -z msturn,srt: response time by method.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/stats.h"

#include "plugin/host/tap.h"

#include <epan/srt_table.h>

static void create_table(register_srt_t *srt _U_, GArray *tables)
{
    srt_stat_table *table = init_srt_table("MSTURN", NULL, tables, MSTURN_ACTION_COUNT, "Method", NULL, NULL);

    init_srt_table_row(table, MSTURN_ACTION_OTHER, "Other");
    for (unsigned i = 0; i < msturn_method_count; i++) {
        if (msturn_methods[i].action != MSTURN_ACTION_OTHER)
            init_srt_table_row(table, (int)msturn_methods[i].action, msturn_methods[i].name);
    }
}

/* The first response counts; what is sent again does not take longer by that. */
static tap_packet_status add_response_time(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                           tap_flags_t flags _U_)
{
    const srt_data_t *srt = tapdata;
    const struct msturn_tap *message = data;
    const struct msturn_transaction *transaction = message->transaction;
    const bool is_answer =
        message->header.msg_class == MSTURN_CLASS_SUCCESS || message->header.msg_class == MSTURN_CLASS_ERROR;

    if (!is_answer || message->repeated || transaction->request.frame == 0)
        return TAP_PACKET_DONT_REDRAW;
    const nstime_t asked = msturn_nstime(transaction->request.time);
    add_srt_table_data(g_array_index(srt->srt_array, srt_stat_table *, 0), transaction->action, &asked, pinfo);
    return TAP_PACKET_REDRAW;
}

void msturn_srt_register(int protocol)
{
    register_srt_table(protocol, MSTURN_TAP_NAME, 1, add_response_time, create_table, NULL);
}
