/* plugin.c
 * What Wireshark looks up in a plugin.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-msturn.h"
#include "plugin/compat.h"

WS_DLL_PUBLIC_DEF const char plugin_version[] = MSTURN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR;
}

void plugin_register(void)
{
    static const proto_plugin plugin = {
        .register_protoinfo = proto_register_msturn,
        .register_handoff = proto_reg_handoff_msturn,
    };
    proto_register_plugin(&plugin);
}
