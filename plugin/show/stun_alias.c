/* stun_alias.c
 * Which field of the built-in STUN dissector says the same as a field of msturn.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/stun_alias.h"

#include "plugin/compat.h"

struct alias {
    const char *abbrev; /* of msturn; one that does not begin with the protocol stands for all that end so */
    const char *stun;
};

/* Fields of one attribute first: the first row that fits counts. */
static const struct alias aliases[] = {
    { "msturn.type", "stun.type" },
    { "msturn.length", "stun.length" },
    { "msturn.cookie", "stun.cookie" },
    { "msturn.transaction_id", "stun.id" },
    { "msturn.dialect", "stun.network_version" },
    { "msturn.response_in", "stun.response-in" },
    { "msturn.response_to", "stun.response-to" },
    { "msturn.time", "stun.time" },
    { "msturn.duplicate_of", "stun.reqduplicate" },
    { "msturn.twin_of", "stun.reqduplicate" },
    { "msturn.attributes", "stun.attributes" },
    { "msturn.attr.type", "stun.att.type" },
    { "msturn.attr.length", "stun.att.length" },
    { "msturn.attr.padding", "stun.att.padding" },
    { "msturn.attr.reserved", "stun.att.reserved" },
    { "msturn.attr.value", "stun.value" },
    { "msturn.frame.length", "stun.tcp_frame_length" },
    { "msturn.channel", "stun.channel" },
    { "msturn.channel.length", "stun.length" },
    { "msturn.fingerprint.status", "stun.att.crc32.status" },

    { "msturn.username", "stun.att.username" },
    { "msturn.password", "stun.att.password" },
    { "msturn.message_integrity", "stun.att.hmac" },
    { "msturn.error_code.class", "stun.att.error.class" },
    { "msturn.error_code.number", "stun.att.error" },
    { "msturn.error_code.reason", "stun.att.error.reason" },
    { "msturn.unknown_attributes.type", "stun.att.unknown" },
    { "msturn.channel_number", "stun.att.channelnum" },
    { "msturn.lifetime", "stun.att.lifetime" },
    { "msturn.bandwidth", "stun.port.bandwidth" },
    { "msturn.data", "stun.value" },
    { "msturn.realm", "stun.att.realm" },
    { "msturn.nonce", "stun.att.nonce" },
    { "msturn.requested_address_family", "stun.att.family" },
    { "msturn.requested_transport", "stun.att.transp" },
    { "msturn.even_port.reserve_next", "stun.att.even-port.reserve-next" },
    { "msturn.password_algorithm.algorithm", "stun.att.pw_alg" },
    { "msturn.password_algorithm.parameter_length", "stun.att.pw_alg_len" },
    { "msturn.password_algorithm.parameters", "stun.att.pw_alg_data" },
    { "msturn.password_algorithms.algorithm", "stun.att.pw_alg" },
    { "msturn.password_algorithms.parameter_length", "stun.att.pw_alg_len" },
    { "msturn.password_algorithms.parameters", "stun.att.pw_alg_data" },
    { "msturn.reservation_token", "stun.att.token" },
    { "msturn.priority", "stun.att.priority" },
    { "msturn.change_request.ip", "stun.att.change-ip" },
    { "msturn.change_request.port", "stun.att.change-port" },
    { "msturn.icmp.type", "stun.att.icmp.type" },
    { "msturn.icmp.code", "stun.att.icmp.code" },
    { "msturn.software", "stun.att.software" },
    { "msturn.padding", "stun.att.padding" },
    { "msturn.legacy_icmp.type", "stun.att.icmp.type" },
    { "msturn.legacy_icmp.code", "stun.att.icmp.code" },
    { "msturn.ms_magic_cookie", "stun.att.magic_cookie" },
    { "msturn.cache_timeout", "stun.att.cache-timeout" },
    { "msturn.fingerprint", "stun.att.crc32" },
    { "msturn.ice_controlled", "stun.att.tie-breaker" },
    { "msturn.ice_controlling", "stun.att.tie-breaker" },
    { "msturn.candidate_identifier", "stun.att.ms.foundation" },
    { "msturn.implementation_version", "stun.att.ms.version.ice" },
    { "msturn.ms_unknown_8006", "stun.att.unknown8006" },
    { "msturn.ms_version", "stun.att.ms.version" },
    { "msturn.ms_sequence_number", "stun.att.ms.sequence_number" },
    { "msturn.ms_sequence_number.connection_id", "stun.att.ms.connection_id" },
    { "msturn.ms_service_quality.stream_type", "stun.att.ms.stream_type" },
    { "msturn.ms_service_quality.quality", "stun.att.ms.service_quality" },
    { "msturn.ms_multiplexed_turn_session_id", "stun.att.ms.multiplexed_turn_session_id" },
    { "msturn.bandwidth_admission", "stun.att.bandwidth_acm.type" },
    { "msturn.bandwidth_reservation_id", "stun.att.bandwidth_rsv_id" },
    /* The built-in dissector has minimum and maximum the other way round; these are the same bytes. */
    { "msturn.bandwidth_reservation_amount.minimum_send", "stun.att.bandwidth_rsv_amount.masb" },
    { "msturn.bandwidth_reservation_amount.maximum_send", "stun.att.bandwidth_rsv_amount.misb" },
    { "msturn.bandwidth_reservation_amount.minimum_receive", "stun.att.bandwidth_rsv_amount.marb" },
    { "msturn.bandwidth_reservation_amount.maximum_receive", "stun.att.bandwidth_rsv_amount.mirb" },
    { "msturn.sip_dialog_id", "stun.att.sip_dialog_id" },
    { "msturn.sip_call_id", "stun.att.sip_call_id" },
    { "msturn.location_profile.peer_location", "stun.att.lp.peer_location" },
    { "msturn.location_profile.self_location", "stun.att.lp.seft_location" },
    { "msturn.location_profile.federation", "stun.att.lp.federation" },
    { "msturn.goog_network_info.id", "stun.att.google.network_id" },
    { "msturn.goog_network_info.cost", "stun.att.google.network_cost" },

    { ".family", "stun.att.family" },
    { ".port", "stun.att.port" },
    { ".ip", "stun.att.ipv4" },
    { ".ipv6", "stun.att.ipv6" },
    { "_response.valid", "stun.att.address_rp.valid" },
    { "_response.pstn_failover", "stun.att.address_rp.pstn" },
    { "_response.maximum_send", "stun.att.address_rp.masb" },
    { "_response.maximum_receive", "stun.att.address_rp.marb" },
    { "_response", "stun.att.address_rp.reserved" },
    { ".xored_port", "stun.att.port-xord" },
    { ".xored_ip", "stun.att.ipv4-xord" },
    { ".xored_ipv6", "stun.att.ipv6-xord" },
};

/* Attributes of which the built-in dissector shows the bytes only, as stun.value. */
static const uint16_t raw_attributes[] = {
    0x001A, 0x001B, 0x001C, 0x001E, 0x0025, 0x002A, 0x8000, 0x8001, 0x8003, 0x8025, 0x802D, 0x802E, 0x8030, 0x8032, 0x8033,
    0x8036, 0x8037, 0x8039, 0xC000, 0xC001, 0xC002, 0xC003, 0xC056, 0xC058, 0xC059, 0xC05A, 0xC05B, 0xC05C, 0xC05D, 0xC05E,
    0xC060, 0xC070, 0xC071, 0xFF04, 0xFF05,
};

bool msturn_stun_value_is_raw(uint16_t attr_type)
{
    for (size_t i = 0; i < array_length(raw_attributes); i++) {
        if (raw_attributes[i] == attr_type)
            return true;
    }
    return false;
}

int msturn_stun_field(const char *stun)
{
    const int id = proto_registrar_get_id_byname(stun);

    return id > 0 ? id : 0;
}

int msturn_stun_alias_of(const char *abbrev)
{
    for (size_t i = 0; i < array_length(aliases); i++) {
        const bool any = !g_str_has_prefix(aliases[i].abbrev, "msturn.");
        if (any ? g_str_has_suffix(abbrev, aliases[i].abbrev) : strcmp(abbrev, aliases[i].abbrev) == 0)
            return msturn_stun_field(aliases[i].stun);
    }
    return 0;
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
