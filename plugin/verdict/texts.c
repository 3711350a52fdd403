/* texts.c
 * Addresses as texts, and texts that are put together.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each path has some dozen of them: printf would take a third of what its report costs.
 */
#include "plugin/verdict/evaluation_parts.h"

#include <wsutil/inet_addr.h>
#include <wsutil/to_str.h>

#include <string.h>

/* Writes it backwards; returns where it begins. */
static const char *write_ipv4(const uint8_t *address, char *end)
{
    for (unsigned i = 4; i-- > 0;) {
        end = uint_to_str_back(end, address[i]);
        if (i > 0)
            *--end = '.';
    }
    return end;
}

const char *msturn_host_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint)
{
    char text[WS_INET6_ADDRSTRLEN] = "";

    if (endpoint->family == 4)
        return wmem_strdup(scope, write_ipv4(endpoint->address, text + sizeof text - 1));
    if (endpoint->family == 6)
        ws_inet_ntop6(endpoint->address, text, sizeof text);
    return wmem_strdup(scope, endpoint->family == 0 ? "an unknown host" : text);
}

const char *msturn_address_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint)
{
    const bool brackets = endpoint->family == 6;

    return MSTURN_JOIN(scope, brackets ? "[" : "", msturn_host_text(scope, endpoint), brackets ? "]:" : ":",
                       msturn_number_text(scope, endpoint->port));
}

const char *msturn_number_text(wmem_allocator_t *scope, uint32_t number)
{
    char digits[sizeof "4294967295"] = "";

    return wmem_strdup(scope, uint_to_str_back(digits + sizeof digits - 1, number));
}

const char *msturn_join_texts(wmem_allocator_t *scope, const char *const texts[])
{
    size_t size = sizeof "";

    for (unsigned i = 0; texts[i]; i++)
        size += strlen(texts[i]);
    char *joined = wmem_alloc(scope, size), *end = joined;
    *end = '\0';
    for (unsigned i = 0; texts[i]; i++)
        end = g_stpcpy(end, texts[i]);
    return joined;
}
