/* stun_alias.c
 * The fields of the built-in STUN dissector, hidden beside those of msturn that say the same.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/stun_alias.h"

#include "plugin/compat.h"

int msturn_stun_field(const char *stun)
{
    const int id = stun ? proto_registrar_get_id_byname(stun) : 0;

    return id > 0 ? id : 0;
}

static bool is_wanted(proto_tree *tree, int hf)
{
    return hf > 0 && proto_field_is_referenced(tree, hf);
}

void msturn_add_stun(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, uint32_t number)
{
    if (!is_wanted(tree, hf))
        return;
    const enum ftenum type = proto_registrar_get_nth(hf)->type;
    proto_item *item;

    if (type == FT_BOOLEAN)
        item = proto_tree_add_boolean(tree, hf, tvb, offset, length, number);
    else if (type == FT_STRING)
        item = proto_tree_add_item(tree, hf, tvb, offset, length, ENC_UTF_8 | ENC_NA);
    else if (FT_IS_UINT32(type))
        item = proto_tree_add_uint(tree, hf, tvb, offset, length, number);
    else
        item = proto_tree_add_item(tree, hf, tvb, offset, length, ENC_NA);
    proto_item_set_hidden(item);
}

void msturn_add_stun_address(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, const uint8_t *address)
{
    if (!is_wanted(tree, hf))
        return;
    proto_item *item;

    if (length == FT_IPv4_LEN) {
        ws_in4_addr ipv4;
        memcpy(&ipv4, address, sizeof ipv4);
        item = proto_tree_add_ipv4(tree, hf, tvb, offset, length, ipv4);
    } else {
        ws_in6_addr ipv6;
        memcpy(&ipv6, address, sizeof ipv6);
        item = proto_tree_add_ipv6(tree, hf, tvb, offset, length, &ipv6);
    }
    proto_item_set_hidden(item);
}

void msturn_add_stun_time(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, const nstime_t *time)
{
    if (is_wanted(tree, hf))
        proto_item_set_hidden(proto_tree_add_time(tree, hf, tvb, offset, length, time));
}
