/* stats.h
 * Statistics windows, and the same at tshark's -z.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_STATS_H
#define MSTURN_STATS_H

/* Call when the taps are registered. */
void msturn_stats_tree_register(void);  /* -z msturn,tree: what was seen, and how often */
void msturn_srt_register(int protocol); /* -z msturn,srt: response time by method */
void msturn_windows_register(void);     /* tables of sessions and pairs, as windows */

#endif
