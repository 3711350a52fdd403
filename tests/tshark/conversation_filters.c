/* conversation_filters.c
 * What the conversation filters of msturn make of a packet: for LD_PRELOAD into tshark, which has no use for them. The environment
 * variable FRAME is the number of the packet.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE

#include "plugin/compat.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <epan/conversation_filter.h>
#include <epan/epan_dissect.h>

enum { FILTERS = 4 };

static struct {
    const char *name;
    is_filter_valid_func is_valid;
    build_filter_string_func build;
} filters[FILTERS];
static unsigned count;

#if MSTURN_WIRESHARK_AT_LEAST(4, 4)
#define USER_DATA , void *user_data
#define PASSED , user_data
#define NONE , NULL
#else
#define USER_DATA
#define PASSED
#define NONE
#endif

/* `function` points to a pointer to it. */
static void find_real(void *function, const char *name)
{
    *(void **)function = dlsym(RTLD_NEXT, name);
}

void register_conversation_filter(const char *protocol, const char *name, is_filter_valid_func is_valid,
                                  build_filter_string_func build USER_DATA)
{
    void (*real)(const char *, const char *, is_filter_valid_func, build_filter_string_func USER_DATA);

    find_real(&real, "register_conversation_filter");
    real(protocol, name, is_valid, build PASSED);
    if (strncmp(protocol, "msturn", strlen("msturn")) != 0 || count == FILTERS)
        return;
    filters[count].name = name;
    filters[count].is_valid = is_valid;
    filters[count++].build = build;
}

/* tshark is done with a packet. */
void epan_dissect_reset(epan_dissect_t *edt)
{
    void (*real)(epan_dissect_t *);
    const char *frame = getenv("FRAME");

    for (unsigned i = 0; i < count && frame && edt->pi.num == (uint32_t)atoi(frame); i++) {
        char *text = filters[i].is_valid(&edt->pi NONE) ? filters[i].build(&edt->pi NONE) : NULL;
        fprintf(stderr, "%s: %s\n", filters[i].name, text ? text : "");
        g_free(text);
    }
    find_real(&real, "epan_dissect_reset");
    real(edt);
}
