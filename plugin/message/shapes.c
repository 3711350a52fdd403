/* shapes.c
 * The forms of attribute values: their parts, and how these are found in a value.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/shapes.h"

#include <stddef.h>

/* What the decoders work with. */
struct decoding {
    const struct msturn_shape *shape;
    unsigned wanted; /* so many of its parts */
    struct msturn_bytes value;
    uint32_t value_offset;  /* in the message */
    const uint8_t *xor_key; /* cookie and transaction id, 16 bytes */
    msturn_value_fn found;
    void *context;
};

struct msturn_shape {
    const struct msturn_part *parts;
    unsigned count;
    void (*decode)(const struct decoding *decoding);
};

/* ---- finding values ---- */

static bool kind_is_number(enum msturn_kind kind)
{
    return kind == MSTURN_KIND_NUMBER || kind == MSTURN_KIND_HEX || kind == MSTURN_KIND_BIT || kind == MSTURN_KIND_TYPE;
}

/* Hands on part `index` as it stands at `offset` in the value, `length` bytes long; false when it
 * is not there, or not wanted. */
static bool give_at(const struct decoding *d, unsigned index, uint32_t offset, uint32_t length)
{
    if (index >= d->wanted || offset > d->value.captured || length > d->value.captured - offset)
        return false;
    struct msturn_value value = { .part = index, .offset = d->value_offset + offset, .length = length };

    if (kind_is_number(d->shape->parts[index].kind))
        value.number = msturn_get_number(d->value.data + offset, length);
    d->found(d->context, &value);
    return true;
}

/* A part at the place that the table gives. One that runs to the end takes what was captured. */
static bool give_part(const struct decoding *d, unsigned index)
{
    const struct msturn_part *part = &d->shape->parts[index];
    const uint32_t offset = part->offset;

    if (part->width > 0 || part->kind == MSTURN_KIND_FLAG)
        return give_at(d, index, offset, part->width);
    return offset <= d->value.captured && give_at(d, index, offset, d->value.captured - offset);
}

static void decode_fixed(const struct decoding *d)
{
    for (unsigned i = 0; i < d->wanted; i++)
        give_part(d, i);
}

/* Part 1 over and over, to the end of the value. */
static void decode_list(const struct decoding *d)
{
    const uint32_t width = d->shape->parts[1].width;

    give_part(d, 0);
    for (uint32_t offset = 0; give_at(d, 1, offset, width); offset += width)
        ;
}

/* ---- shapes of one value ---- */

#define SHAPE(shape_name, shape_parts, decode_function) \
    const struct msturn_shape shape_name = { shape_parts, sizeof(shape_parts) / sizeof(shape_parts)[0], \
                                             decode_function }

/* The own value of an attribute that says something by its presence or only through its parts. */
/* clang-format off */
#define OWN_FLAG { .kind = MSTURN_KIND_FLAG }
/* clang-format on */

/* clang-format off */
#define RESERVED(at, bytes) \
    { .suffix = "reserved", .name = "reserved", .kind = MSTURN_KIND_RESERVED, .offset = (at), .width = (bytes) }
/* clang-format on */

static const struct msturn_part flag_parts[] = { OWN_FLAG };
SHAPE(msturn_shape_flag, flag_parts, decode_fixed);

static const struct msturn_part text_parts[] = { { .kind = MSTURN_KIND_TEXT } };
SHAPE(msturn_shape_text, text_parts, decode_fixed);

static const struct msturn_part bytes_parts[] = { { .kind = MSTURN_KIND_BYTES } };
SHAPE(msturn_shape_bytes, bytes_parts, decode_fixed);

static const struct msturn_part number8_parts[] = {
    { .kind = MSTURN_KIND_NUMBER, .width = 1 },
    RESERVED(1, 3),
};
SHAPE(msturn_shape_number8, number8_parts, decode_fixed);

static const struct msturn_part number32_parts[] = { { .kind = MSTURN_KIND_NUMBER, .width = 4 } };
SHAPE(msturn_shape_number32, number32_parts, decode_fixed);

static const struct msturn_part seconds_parts[] = {
    { .kind = MSTURN_KIND_NUMBER, .width = 4, .unit = MSTURN_UNIT_SECONDS },
};
SHAPE(msturn_shape_seconds, seconds_parts, decode_fixed);

static const struct msturn_part bandwidth_parts[] = {
    { .kind = MSTURN_KIND_NUMBER, .width = 4, .unit = MSTURN_UNIT_KBIT_PER_SECOND },
};
SHAPE(msturn_shape_bandwidth, bandwidth_parts, decode_fixed);

static const struct msturn_part hex32_parts[] = { { .kind = MSTURN_KIND_HEX, .width = 4 } };
SHAPE(msturn_shape_hex32, hex32_parts, decode_fixed);

static const struct msturn_part hex16_parts[] = {
    { .kind = MSTURN_KIND_HEX, .width = 2 },
    RESERVED(2, 2),
};
SHAPE(msturn_shape_hex16, hex16_parts, decode_fixed);

static const struct msturn_part port_parts[] = {
    { .kind = MSTURN_KIND_NUMBER, .width = 2 },
    RESERVED(2, 2),
};
SHAPE(msturn_shape_port, port_parts, decode_fixed);

static const struct msturn_part type_list_parts[] = {
    OWN_FLAG,
    { "type", "type", MSTURN_KIND_TYPE, 0, 2, .stun = "stun.att.unknown",
      .meaning = "The number of an attribute that the server does not know" },
};
SHAPE(msturn_shape_type_list, type_list_parts, decode_list);

static const struct msturn_part number16_list_parts[] = {
    OWN_FLAG,
    { "value", "value", MSTURN_KIND_NUMBER, 0, 2, .meaning = "One of the numbers in the list" },
};
SHAPE(msturn_shape_number16_list, number16_list_parts, decode_list);

static const struct msturn_part hex32_list_parts[] = {
    OWN_FLAG,
    { "number", "number", MSTURN_KIND_HEX, 0, 4, .meaning = "One of the numbers in the list" },
};
SHAPE(msturn_shape_hex32_list, hex32_list_parts, decode_list);

/* ---- shapes of several values ---- */

/* RFC 8445 section 5.1.2.1 */
enum { PRIORITY_OWN, PRIORITY_TYPE, PRIORITY_LOCAL, PRIORITY_COMPONENT };

static const struct msturn_part priority_parts[] = {
    [PRIORITY_OWN] = { .kind = MSTURN_KIND_NUMBER, .width = 4 },
    [PRIORITY_TYPE] = { "type", "type preference", MSTURN_KIND_NUMBER, 0, 1, .names = msturn_type_preference_names,
                        .meaning = "The first 8 bits: the higher, the more the agent likes candidates of this type" },
    [PRIORITY_LOCAL] = { "local", "local preference", MSTURN_KIND_NUMBER, 1, 2,
                         .meaning = "The next 16 bits: the preference among the agent's addresses, for one component" },
    [PRIORITY_COMPONENT] = { "component", "component", MSTURN_KIND_NUMBER, 3, 1,
                             .meaning =
                                 "The component of the candidate, 1 for RTP and 2 for RTCP: 256 less the last 8 bits" },
};

static void decode_priority(const struct decoding *d)
{
    give_part(d, PRIORITY_OWN);
    give_part(d, PRIORITY_TYPE);
    give_part(d, PRIORITY_LOCAL);
    if (d->value.captured < 4 || d->wanted == 1)
        return;
    const struct msturn_value component = {
        .part = PRIORITY_COMPONENT,
        .offset = d->value_offset + 3,
        .length = 1,
        .computed = true,
        .number = 256U - d->value.data[3],
    };
    d->found(d->context, &component);
}
SHAPE(msturn_shape_priority, priority_parts, decode_priority);

/* RFC 5780 section 7.2 */
static const struct msturn_part change_request_parts[] = {
    { .kind = MSTURN_KIND_HEX, .width = 4 },
    { "ip", "IP flag", MSTURN_KIND_BIT, 0, 4, .mask = 0x04, .stun = "stun.att.change-ip",
      .meaning = "The server is asked to answer from its other address" },
    { "port", "port flag", MSTURN_KIND_BIT, 0, 4, .mask = 0x02, .stun = "stun.att.change-port",
      .meaning = "The server is asked to answer from its other port" },
};
SHAPE(msturn_shape_change_request, change_request_parts, decode_fixed);

/* RFC 8656 section 18.7 */
static const struct msturn_part even_port_parts[] = {
    { .kind = MSTURN_KIND_HEX, .width = 1 },
    { "reserve_next", "reserve flag", MSTURN_KIND_BIT, 0, 1, .mask = 0x80, .stun = "stun.att.even-port.reserve-next",
      .meaning = "The server is asked to reserve the next higher port as well" },
};
SHAPE(msturn_shape_even_port, even_port_parts, decode_fixed);

/* RFC 8656 section 18.13 */
static const struct msturn_part icmp_parts[] = {
    OWN_FLAG,
    RESERVED(0, 2),
    { "type", "type", MSTURN_KIND_NUMBER, 2, 1, .stun = "stun.att.icmp.type",
      .meaning = "Type of the ICMP message that the server received from the peer's side" },
    { "code", "code", MSTURN_KIND_NUMBER, 3, 1, .stun = "stun.att.icmp.code",
      .meaning = "Code of the ICMP message that the server received from the peer's side" },
    { "data", "data", MSTURN_KIND_HEX, 4, 4,
      .meaning = "Data of the ICMP message: with Packet Too Big the MTU of the next hop" },
};
SHAPE(msturn_shape_icmp, icmp_parts, decode_fixed);

/* early drafts of RFC 5766 */
static const struct msturn_part legacy_icmp_parts[] = {
    OWN_FLAG,
    { "type", "type", MSTURN_KIND_NUMBER, 0, 1, .stun = "stun.att.icmp.type",
      .meaning = "Type of the ICMP message that the server received from the peer's side" },
    { "code", "code", MSTURN_KIND_NUMBER, 1, 1, .stun = "stun.att.icmp.code",
      .meaning = "Code of the ICMP message that the server received from the peer's side" },
};
SHAPE(msturn_shape_legacy_icmp, legacy_icmp_parts, decode_fixed);

/* RFC 7982 section 3.1 */
static const struct msturn_part counter_parts[] = {
    OWN_FLAG,
    RESERVED(0, 2),
    { "requests", "requests", MSTURN_KIND_NUMBER, 2, 1,
      .meaning = "How many times the client has sent this request by now" },
    { "responses", "responses", MSTURN_KIND_NUMBER, 3, 1,
      .meaning = "How many times the server has answered this request by now" },
};
SHAPE(msturn_shape_counter, counter_parts, decode_fixed);

/* RFC 6679 section 7.2.2 */
static const struct msturn_part ecn_check_parts[] = {
    { .kind = MSTURN_KIND_HEX, .width = 4 },
    { "ecf", "ECN field", MSTURN_KIND_NUMBER, 0, 4, .mask = 0x06,
      .meaning = "The ECN field of the IP packet that the request came in" },
    { "valid", "valid flag", MSTURN_KIND_BIT, 0, 4, .mask = 0x01,
      .meaning = "The ECN field could be read where the request was received" },
};
SHAPE(msturn_shape_ecn_check, ecn_check_parts, decode_fixed);

/* libwebrtc */
static const struct msturn_part network_info_parts[] = {
    OWN_FLAG,
    { "id", "network id", MSTURN_KIND_NUMBER, 0, 2, .stun = "stun.att.google.network_id",
      .meaning = "Number that the sender has given to its network interface" },
    { "cost", "network cost", MSTURN_KIND_NUMBER, 2, 2, .stun = "stun.att.google.network_cost",
      .meaning = "How costly the sender considers its network interface; 0 is the cheapest" },
};
SHAPE(msturn_shape_network_info, network_info_parts, decode_fixed);

/* [MS-TURN] 2.2.2.22 */
/* clang-format off */
static const struct msturn_part service_quality_parts[] = {
    OWN_FLAG,
    { "stream_type", "stream type", MSTURN_KIND_NUMBER, 0, 2,
      .names = msturn_ms_stream_type_names, .stun = "stun.att.ms.stream_type",
      .meaning = "What the allocation is for" },
    { "quality", "quality", MSTURN_KIND_NUMBER, 2, 2,
      .names = msturn_ms_quality_names, .stun = "stun.att.ms.service_quality",
      .meaning = "The quality of delivery that is asked for" },
};
/* clang-format on */
SHAPE(msturn_shape_service_quality, service_quality_parts, decode_fixed);

/* [MS-TURNBWM] 2.2.1 */
static const struct msturn_part admission_message_parts[] = {
    { .kind = MSTURN_KIND_NUMBER, .offset = 2, .width = 2 },
    RESERVED(0, 2),
};
SHAPE(msturn_shape_admission_message, admission_message_parts, decode_fixed);

/* [MS-TURNBWM] 2.2.3 */
/* clang-format off */
static const struct msturn_part reservation_amount_parts[] = {
    OWN_FLAG,
    { "minimum_send", "minimum to send", MSTURN_KIND_NUMBER, 0, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.bandwidth_rsv_amount.masb",
      .meaning = "The least bandwidth that is needed to send" },
    { "maximum_send", "maximum to send", MSTURN_KIND_NUMBER, 4, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.bandwidth_rsv_amount.misb",
      .meaning = "The most bandwidth that can be used to send" },
    { "minimum_receive", "minimum to receive", MSTURN_KIND_NUMBER, 8, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.bandwidth_rsv_amount.marb",
      .meaning = "The least bandwidth that is needed to receive" },
    { "maximum_receive", "maximum to receive", MSTURN_KIND_NUMBER, 12, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.bandwidth_rsv_amount.mirb",
      .meaning = "The most bandwidth that can be used to receive" },
};
/* clang-format on */
SHAPE(msturn_shape_reservation_amount, reservation_amount_parts, decode_fixed);

/* [MS-TURNBWM] 2.2.8 */
/* clang-format off */
static const struct msturn_part site_response_parts[] = {
    { .kind = MSTURN_KIND_HEX, .width = 4 },
    { "valid", "valid flag", MSTURN_KIND_BIT, 0, 4, .mask = UINT32_C(1) << 31, .stun = "stun.att.address_rp.valid",
      .meaning = "The bandwidth policy allows this path" },
    { "pstn_failover", "PSTN failover flag", MSTURN_KIND_BIT, 0, 4,
      .mask = UINT32_C(1) << 30, .stun = "stun.att.address_rp.pstn",
      .meaning = "Where the policy denies the path, the call may go over the telephone network" },
    { "maximum_send", "maximum to send", MSTURN_KIND_NUMBER, 4, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.address_rp.masb",
      .meaning = "The most bandwidth that may be used to send on this path" },
    { "maximum_receive", "maximum to receive", MSTURN_KIND_NUMBER, 8, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.address_rp.marb",
      .meaning = "The most bandwidth that may be used to receive on this path" },
};
/* clang-format on */
SHAPE(msturn_shape_site_response, site_response_parts, decode_fixed);

/* [MS-TURNBWM] 2.2.9 */
/* clang-format off */
static const struct msturn_part relay_response_parts[] = {
    { .kind = MSTURN_KIND_HEX, .width = 4 },
    { "valid", "valid flag", MSTURN_KIND_BIT, 0, 4, .mask = UINT32_C(1) << 31, .stun = "stun.att.address_rp.valid",
      .meaning = "The bandwidth policy allows this path" },
    { "maximum_send", "maximum to send", MSTURN_KIND_NUMBER, 4, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.address_rp.masb",
      .meaning = "The most bandwidth that may be used to send on this path" },
    { "maximum_receive", "maximum to receive", MSTURN_KIND_NUMBER, 8, 4,
      .unit = MSTURN_UNIT_KBIT_PER_SECOND, .stun = "stun.att.address_rp.marb",
      .meaning = "The most bandwidth that may be used to receive on this path" },
};
/* clang-format on */
SHAPE(msturn_shape_relay_response, relay_response_parts, decode_fixed);

/* [MS-TURNBWM] 2.2.14 */
/* clang-format off */
static const struct msturn_part location_profile_parts[] = {
    OWN_FLAG,
    { "peer_location", "peer location", MSTURN_KIND_NUMBER, 0, 1,
      .names = msturn_ms_location_names, .stun = "stun.att.lp.peer_location",
      .meaning = "Where the other end of the call is" },
    { "self_location", "self location", MSTURN_KIND_NUMBER, 1, 1,
      .names = msturn_ms_location_names, .stun = "stun.att.lp.seft_location",
      .meaning = "Where the sender is" },
    { "federation", "federation", MSTURN_KIND_NUMBER, 2, 1,
      .names = msturn_ms_federation_names, .stun = "stun.att.lp.federation",
      .meaning = "How the two ends' organisations are connected" },
    RESERVED(3, 1),
};
/* clang-format on */
SHAPE(msturn_shape_location_profile, location_profile_parts, decode_fixed);

/* [MS-TURN] 2.2.2.21: a connection id and a number; Teams' clients send the number alone. */
enum { SEQUENCE_OWN, SEQUENCE_CONNECTION_ID, SEQUENCE_LENGTH = 24, SEQUENCE_CONNECTION_ID_LENGTH = 20 };

static const struct msturn_part sequence_number_parts[] = {
    [SEQUENCE_OWN] = { .kind = MSTURN_KIND_NUMBER, .width = 4 },
    [SEQUENCE_CONNECTION_ID] = { "connection_id", "connection id", MSTURN_KIND_BYTES, 0, 20,
                                 .stun = "stun.att.ms.connection_id",
                                 .meaning = "The connection of the client and server that the number counts in" },
};

static void decode_sequence_number(const struct decoding *d)
{
    if (d->value.reported < SEQUENCE_LENGTH) {
        give_at(d, SEQUENCE_OWN, 0, 4);
        return;
    }
    give_at(d, SEQUENCE_OWN, SEQUENCE_CONNECTION_ID_LENGTH, 4);
    give_part(d, SEQUENCE_CONNECTION_ID);
}
SHAPE(msturn_shape_sequence_number, sequence_number_parts, decode_sequence_number);

/* ---- addresses, RFC 8489 sections 14.1 and 14.2 ---- */

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

enum {
    ADDRESS_OWN,
    ADDRESS_RESERVED,
    ADDRESS_FAMILY,
    ADDRESS_PORT,
    ADDRESS_IPV4,
    ADDRESS_IPV6,
    ADDRESS_XORED_PORT,
    ADDRESS_XORED_IPV4,
    ADDRESS_XORED_IPV6
};

/* An address in the clear has all but the last three. */
/* clang-format off */
static const struct msturn_part address_parts[] = {
    [ADDRESS_OWN] = { .kind = MSTURN_KIND_ENDPOINT },
    [ADDRESS_RESERVED] = RESERVED(0, 1),
    [ADDRESS_FAMILY] = { "family", "family", MSTURN_KIND_NUMBER, 1, 1,
      .names = msturn_family_names, .stun = "stun.att.family",
      .meaning = "Address family: IPv4 or IPv6" },
    [ADDRESS_PORT] = { "port", "port", MSTURN_KIND_NUMBER, 2, 2, .stun = "stun.att.port",
      .meaning = "The port of this address" },
    [ADDRESS_IPV4] = { "ip", "IPv4 address", MSTURN_KIND_IPV4, 4, 4, .stun = "stun.att.ipv4",
      .meaning = "The IPv4 address without its port" },
    [ADDRESS_IPV6] = { "ipv6", "IPv6 address", MSTURN_KIND_IPV6, 4, 16, .stun = "stun.att.ipv6",
      .meaning = "The IPv6 address without its port" },
    [ADDRESS_XORED_PORT] = { "xored_port", "port as sent", MSTURN_KIND_HEX, 2, 2, .stun = "stun.att.port-xord",
      .meaning = "The port as it is on the wire, XOR-ed with the Magic Cookie" },
    [ADDRESS_XORED_IPV4] = { "xored_ip", "IPv4 address as sent", MSTURN_KIND_BYTES, 4, 4, .stun = "stun.att.ipv4-xord",
      .meaning = "The IPv4 address as it is on the wire, XOR-ed with the Magic Cookie" },
    [ADDRESS_XORED_IPV6] = { "xored_ipv6", "IPv6 address as sent", MSTURN_KIND_BYTES, 4, 16,
      .stun = "stun.att.ipv6-xord",
      .meaning = "The IPv6 address as it is on the wire, XOR-ed with Magic Cookie and transaction id" },
};
/* clang-format on */

/* `key`: 16 bytes to remove from the address, their first 2 from the port. */
static void give_address(const struct decoding *d, const uint8_t *key)
{
    const uint8_t *data = d->value.data;
    const uint32_t captured = d->value.captured;
    const uint8_t family = captured >= 2 ? data[1] : 0;
    const bool ipv6 = family == FAMILY_IPV6;
    const uint32_t address_length = ipv6 ? 16 : 4;
    const bool whole = (family == FAMILY_IPV4 || ipv6) && captured >= 4 + address_length;
    struct msturn_value value = { .computed = true, .ipv6 = ipv6 };

    if (captured >= 4)
        value.number = msturn_get16(data + 2) ^ (uint32_t)msturn_get16(key);
    if (whole) {
        for (uint32_t i = 0; i < address_length; i++)
            value.address[i] = data[4 + i] ^ key[i];
        value.part = ADDRESS_OWN;
        value.offset = d->value_offset;
        value.length = 4 + address_length;
        d->found(d->context, &value);
    }
    if (d->wanted == 1)
        return;
    give_part(d, ADDRESS_RESERVED);
    give_part(d, ADDRESS_FAMILY);
    value.computed = d->shape->count > ADDRESS_XORED_PORT;
    if (captured >= 4) {
        value.part = ADDRESS_PORT;
        value.offset = d->value_offset + 2;
        value.length = 2;
        d->found(d->context, &value);
    }
    if (whole) {
        value.part = ipv6 ? ADDRESS_IPV6 : ADDRESS_IPV4;
        value.offset = d->value_offset + 4;
        value.length = address_length;
        d->found(d->context, &value);
    }
}

static void decode_address(const struct decoding *d)
{
    static const uint8_t no_key[16] = { 0 };

    give_address(d, no_key);
}
const struct msturn_shape msturn_shape_address = { address_parts, ADDRESS_XORED_PORT, decode_address };

static void decode_xor_address(const struct decoding *d)
{
    give_address(d, d->xor_key);
    give_part(d, ADDRESS_XORED_PORT);
    if (d->value.captured >= 2)
        give_part(d, d->value.data[1] == FAMILY_IPV6 ? ADDRESS_XORED_IPV6 : ADDRESS_XORED_IPV4);
}
SHAPE(msturn_shape_xor_address, address_parts, decode_xor_address);

/* ---- error codes, RFC 8489 section 14.8, RFC 8656 section 18.12 ---- */

enum { ERROR_OWN, ERROR_RESERVED, ERROR_CLASS, ERROR_NUMBER, ERROR_REASON, ERROR_FAMILY };

/* clang-format off */
static const struct msturn_part error_code_parts[] = {
    [ERROR_OWN] = { .kind = MSTURN_KIND_NUMBER, .offset = 2, .width = 2 },
    [ERROR_RESERVED] = RESERVED(0, 2),
    [ERROR_CLASS] = { "class", "class", MSTURN_KIND_NUMBER, 2, 1, .mask = 0x07, .stun = "stun.att.error.class",
      .meaning = "The hundreds of the error code" },
    [ERROR_NUMBER] = { "number", "number", MSTURN_KIND_NUMBER, 3, 1, .stun = "stun.att.error",
      .meaning = "The error code modulo 100" },
    [ERROR_REASON] = { "reason", "reason phrase", MSTURN_KIND_TEXT, 4, 0, .stun = "stun.att.error.reason",
      .meaning = "What the server says of the error, for people" },
};
/* clang-format on */

/* clang-format off */
static const struct msturn_part address_error_parts[] = {
    [ERROR_OWN] = { .kind = MSTURN_KIND_NUMBER, .offset = 2, .width = 2 },
    [ERROR_RESERVED] = RESERVED(1, 1),
    [ERROR_CLASS] = { "class", "class", MSTURN_KIND_NUMBER, 2, 1, .mask = 0x07,
      .meaning = "The hundreds of the error code" },
    [ERROR_NUMBER] = { "number", "number", MSTURN_KIND_NUMBER, 3, 1,
      .meaning = "The error code modulo 100" },
    [ERROR_REASON] = { "reason", "reason phrase", MSTURN_KIND_TEXT, 4, 0,
      .meaning = "What the server says of the error, for people" },
    [ERROR_FAMILY] = { "family", "family", MSTURN_KIND_NUMBER, 0, 1,
      .names = msturn_family_names, .stun = "stun.att.family",
      .meaning = "The address family of which the client gets no relayed address" },
};
/* clang-format on */

static void decode_error(const struct decoding *d)
{
    if (d->value.captured >= 4) {
        const struct msturn_value code = {
            .part = ERROR_OWN,
            .offset = d->value_offset + 2,
            .length = 2,
            .computed = true,
            .number = (d->value.data[2] & 0x07u) * 100 + d->value.data[3],
        };
        d->found(d->context, &code);
    }
    for (unsigned i = ERROR_RESERVED; i < d->wanted; i++) {
        if (i != ERROR_REASON || d->value.captured > 4)
            give_part(d, i);
    }
}
SHAPE(msturn_shape_error_code, error_code_parts, decode_error);
SHAPE(msturn_shape_address_error, address_error_parts, decode_error);

/* ---- PASSWORD-ALGORITHM(S), RFC 8489 sections 14.11 and 14.12 ---- */

enum { ALGORITHM_OWN, ALGORITHM_NUMBER, ALGORITHM_LENGTH, ALGORITHM_PARAMETERS };

/* clang-format off */
static const struct msturn_part algorithm_parts[] = {
    [ALGORITHM_OWN] = OWN_FLAG,
    [ALGORITHM_NUMBER] = { "algorithm", "algorithm", MSTURN_KIND_NUMBER, 0, 2,
      .names = msturn_algorithm_names, .stun = "stun.att.pw_alg",
      .meaning = "A hash by which the key is made from user, realm and password" },
    [ALGORITHM_LENGTH] = { "parameter_length", "parameter length", MSTURN_KIND_NUMBER, 2, 2,
      .stun = "stun.att.pw_alg_len",
      .meaning = "Length of the algorithm's parameters, without padding" },
    [ALGORITHM_PARAMETERS] = { "parameters", "parameters", MSTURN_KIND_BYTES, 4, 0, .stun = "stun.att.pw_alg_data",
      .meaning = "Parameters of the algorithm" },
};
/* clang-format on */

static void decode_algorithms(const struct decoding *d)
{
    uint32_t offset = 0;

    give_part(d, ALGORITHM_OWN);
    while (give_at(d, ALGORITHM_NUMBER, offset, 2) && give_at(d, ALGORITHM_LENGTH, offset + 2, 2)) {
        const uint32_t length = msturn_get16(d->value.data + offset + 2);
        if (length > 0 && !give_at(d, ALGORITHM_PARAMETERS, offset + 4, length))
            break;
        offset += 4 + msturn_round_up_4(length);
    }
}
SHAPE(msturn_shape_algorithms, algorithm_parts, decode_algorithms);

/* ---- ACCESS-TOKEN, RFC 7635 section 6.2 ---- */

enum { TOKEN_OWN, TOKEN_NONCE_LENGTH, TOKEN_NONCE, TOKEN_BLOCK };

/* clang-format off */
static const struct msturn_part access_token_parts[] = {
    [TOKEN_OWN] = OWN_FLAG,
    [TOKEN_NONCE_LENGTH] = { "nonce_length", "nonce length", MSTURN_KIND_NUMBER, 0, 2,
      .meaning = "Length of the nonce that the token is encrypted with" },
    [TOKEN_NONCE] = { "nonce", "nonce", MSTURN_KIND_BYTES, 2, 0,
      .meaning = "The nonce that the token is encrypted with" },
    [TOKEN_BLOCK] = { "encrypted_block", "encrypted block", MSTURN_KIND_BYTES, 2, 0,
      .meaning = "Key, time stamp and lifetime, encrypted for the server" },
};
/* clang-format on */

static void decode_access_token(const struct decoding *d)
{
    give_part(d, TOKEN_OWN);
    if (!give_part(d, TOKEN_NONCE_LENGTH))
        return;
    const uint32_t nonce_length = msturn_get16(d->value.data);
    if (give_at(d, TOKEN_NONCE, 2, nonce_length))
        give_at(d, TOKEN_BLOCK, 2 + nonce_length, d->value.captured - 2 - nonce_length);
}
SHAPE(msturn_shape_access_token, access_token_parts, decode_access_token);

/* ---- for all shapes ---- */

const struct msturn_part *msturn_shape_parts(const struct msturn_shape *shape, unsigned *count)
{
    *count = shape->count;
    return shape->parts;
}

uint32_t msturn_family_length(uint8_t family)
{
    return family == FAMILY_IPV4 ? 8 : family == FAMILY_IPV6 ? 20 : 0;
}

static void decode(const struct msturn_shape *shape, unsigned wanted, struct msturn_bytes message,
                   const struct msturn_span *span, msturn_value_fn found, void *context)
{
    const struct decoding decoding = {
        .shape = shape,
        .wanted = wanted,
        .value = span->value,
        .value_offset = span->value_offset,
        .xor_key = message.data + 4,
        .found = found,
        .context = context,
    };
    shape->decode(&decoding);
}

void msturn_shape_decode(const struct msturn_shape *shape, struct msturn_bytes message, const struct msturn_span *span,
                         msturn_value_fn found, void *context)
{
    decode(shape, shape->count, message, span, found, context);
}

struct own_value {
    struct msturn_value *value;
    bool found;
};

static void keep_own_value(void *context, const struct msturn_value *value)
{
    struct own_value *own = context;

    *own->value = *value;
    own->found = true;
}

bool msturn_shape_own_value(const struct msturn_shape *shape, struct msturn_bytes message,
                            const struct msturn_span *span, struct msturn_value *value)
{
    struct own_value own = { .value = value };

    decode(shape, 1, message, span, keep_own_value, &own);
    return own.found;
}
