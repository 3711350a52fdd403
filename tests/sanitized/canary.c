/* canary.c
 * A plugin with a fault, to show that the sanitizers of the tests would tell of one. The environment variable
 * MSTURN_CANARY chooses it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/compat.h"

#include <stdlib.h>
#include <string.h>

WS_DLL_PUBLIC_DEF const char plugin_version[] = "1";
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

/* Results go here, so that the compiler leaves nothing out. */
static volatile int result;

/* Block and index, so that the compiler does not know them. */
static const volatile uint8_t *volatile block;
static volatile unsigned behind = 10;

static void read_behind_memory(void)
{
    block = malloc(behind);
    result = block[behind];
}

static void read_behind_wireshark_memory(void)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK);

    block = wmem_alloc0(scope, behind);
    result = block[behind];
}

static void shift_too_far(void)
{
    result = 1 << (behind * 10);
}

static void sing(void)
{
    const char *fault = getenv("MSTURN_CANARY");

    if (fault && strcmp(fault, "memory") == 0)
        read_behind_memory();
    if (fault && strcmp(fault, "wmem") == 0)
        read_behind_wireshark_memory();
    if (fault && strcmp(fault, "undefined") == 0)
        shift_too_far();
}

uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR;
}

void plugin_register(void)
{
    static const proto_plugin plugin = { .register_handoff = sing };

    proto_register_plugin(&plugin);
}
