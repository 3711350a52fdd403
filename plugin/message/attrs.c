/* attrs.c
 * The attribute table, one row an attribute, and the typed values of an attribute.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/attrs.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What the decoders of the shapes work with. */
struct decoding {
    const struct msturn_shape *shape;
    struct msturn_bytes value;
    uint32_t value_offset; /* in the message */
    const uint8_t *xor_key; /* cookie and transaction id, 16 bytes; NULL when not captured */
    msturn_value_fn take;
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
    return kind == MSTURN_KIND_NUMBER || kind == MSTURN_KIND_HEX || kind == MSTURN_KIND_BIT ||
           kind == MSTURN_KIND_TYPE;
}

/* Hands on part `index` as it stands at `offset` in the value, `length` bytes long; false when it
 * is not there. */
static bool take_at(const struct decoding *d, unsigned index, uint32_t offset, uint32_t length)
{
    if (offset > d->value.captured || length > d->value.captured - offset)
        return false;
    struct msturn_value value = { .part = index, .offset = d->value_offset + offset, .length = length };

    if (kind_is_number(d->shape->parts[index].kind))
        value.number = msturn_get_number(d->value.data + offset, length);
    d->take(d->context, &value);
    return true;
}

/* A part at the place that the table gives. One that runs to the end takes what was captured. */
static bool take_part(const struct decoding *d, unsigned index)
{
    const struct msturn_part *part = &d->shape->parts[index];
    const uint32_t offset = part->offset;

    if (part->width > 0 || part->kind == MSTURN_KIND_FLAG)
        return take_at(d, index, offset, part->width);
    return offset <= d->value.captured && take_at(d, index, offset, d->value.captured - offset);
}

static void decode_fixed(const struct decoding *d)
{
    for (unsigned i = 0; i < d->shape->count; i++)
        take_part(d, i);
}

/* Part 1 over and over, to the end of the value. */
static void decode_list(const struct decoding *d)
{
    const uint32_t width = d->shape->parts[1].width;

    take_part(d, 0);
    for (uint32_t offset = 0; take_at(d, 1, offset, width); offset += width)
        ;
}

/* ---- shapes of one value ---- */

#define SHAPE(shape_name, shape_parts, decode_function) \
    static const struct msturn_shape shape_name = { \
        shape_parts, sizeof(shape_parts) / sizeof(shape_parts)[0], decode_function }

/* The own value of an attribute that says something by its presence or only through its parts. */
#define OWN_FLAG { NULL, NULL, MSTURN_KIND_FLAG, 0, 0, 0, NULL }

static const struct msturn_part flag_parts[] = { OWN_FLAG };
SHAPE(shape_flag, flag_parts, decode_fixed);

static const struct msturn_part text_parts[] = { { NULL, NULL, MSTURN_KIND_TEXT, 0, 0, 0, NULL } };
SHAPE(shape_text, text_parts, decode_fixed);

static const struct msturn_part bytes_parts[] = { { NULL, NULL, MSTURN_KIND_BYTES, 0, 0, 0, NULL } };
SHAPE(shape_bytes, bytes_parts, decode_fixed);

static const struct msturn_part number8_parts[] = {
    { NULL, NULL, MSTURN_KIND_NUMBER, 0, 1, 0, NULL },
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 1, 3, 0, NULL },
};
SHAPE(shape_number8, number8_parts, decode_fixed);

static const struct msturn_part number32_parts[] = { { NULL, NULL, MSTURN_KIND_NUMBER, 0, 4, 0, NULL } };
SHAPE(shape_number32, number32_parts, decode_fixed);

static const struct msturn_part hex32_parts[] = { { NULL, NULL, MSTURN_KIND_HEX, 0, 4, 0, NULL } };
SHAPE(shape_hex32, hex32_parts, decode_fixed);

static const struct msturn_part hex16_parts[] = {
    { NULL, NULL, MSTURN_KIND_HEX, 0, 2, 0, NULL },
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 2, 2, 0, NULL },
};
SHAPE(shape_hex16, hex16_parts, decode_fixed);

static const struct msturn_part port_parts[] = {
    { NULL, NULL, MSTURN_KIND_NUMBER, 0, 2, 0, NULL },
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 2, 2, 0, NULL },
};
SHAPE(shape_port, port_parts, decode_fixed);

static const struct msturn_part type_list_parts[] = {
    OWN_FLAG,
    { "type", "Attribute type", MSTURN_KIND_TYPE, 0, 2, 0, NULL },
};
SHAPE(shape_type_list, type_list_parts, decode_list);

static const struct msturn_part number16_list_parts[] = {
    OWN_FLAG,
    { "value", "Value", MSTURN_KIND_NUMBER, 0, 2, 0, NULL },
};
SHAPE(shape_number16_list, number16_list_parts, decode_list);

static const struct msturn_part hex32_list_parts[] = {
    OWN_FLAG,
    { "number", "Number", MSTURN_KIND_HEX, 0, 4, 0, NULL },
};
SHAPE(shape_hex32_list, hex32_list_parts, decode_list);

/* ---- shapes of several values ---- */

static const struct msturn_part change_request_parts[] = { /* RFC 5780 section 7.2 */
    { NULL, NULL, MSTURN_KIND_HEX, 0, 4, 0, NULL },
    { "ip", "Change IP", MSTURN_KIND_BIT, 0, 4, 0x04, NULL },
    { "port", "Change port", MSTURN_KIND_BIT, 0, 4, 0x02, NULL },
};
SHAPE(shape_change_request, change_request_parts, decode_fixed);

static const struct msturn_part even_port_parts[] = { /* RFC 8656 section 18.7 */
    { NULL, NULL, MSTURN_KIND_HEX, 0, 1, 0, NULL },
    { "reserve_next", "Reserve next port", MSTURN_KIND_BIT, 0, 1, 0x80, NULL },
};
SHAPE(shape_even_port, even_port_parts, decode_fixed);

static const struct msturn_part icmp_parts[] = { /* RFC 8656 section 18.13 */
    OWN_FLAG,
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 0, 2, 0, NULL },
    { "type", "ICMP type", MSTURN_KIND_NUMBER, 2, 1, 0, NULL },
    { "code", "ICMP code", MSTURN_KIND_NUMBER, 3, 1, 0, NULL },
    { "data", "ICMP data", MSTURN_KIND_HEX, 4, 4, 0, NULL },
};
SHAPE(shape_icmp, icmp_parts, decode_fixed);

static const struct msturn_part legacy_icmp_parts[] = { /* early drafts of RFC 5766 */
    OWN_FLAG,
    { "type", "ICMP type", MSTURN_KIND_NUMBER, 0, 1, 0, NULL },
    { "code", "ICMP code", MSTURN_KIND_NUMBER, 1, 1, 0, NULL },
};
SHAPE(shape_legacy_icmp, legacy_icmp_parts, decode_fixed);

static const struct msturn_part counter_parts[] = { /* RFC 7982 section 3.1 */
    OWN_FLAG,
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 0, 2, 0, NULL },
    { "requests", "Requests sent", MSTURN_KIND_NUMBER, 2, 1, 0, NULL },
    { "responses", "Responses sent", MSTURN_KIND_NUMBER, 3, 1, 0, NULL },
};
SHAPE(shape_counter, counter_parts, decode_fixed);

static const struct msturn_part ecn_check_parts[] = { /* RFC 6679 section 7.2.2 */
    { NULL, NULL, MSTURN_KIND_HEX, 0, 4, 0, NULL },
    { "ecf", "ECN field received", MSTURN_KIND_NUMBER, 0, 4, 0x06, NULL },
    { "valid", "ECN field is valid", MSTURN_KIND_BIT, 0, 4, 0x01, NULL },
};
SHAPE(shape_ecn_check, ecn_check_parts, decode_fixed);

static const struct msturn_part network_info_parts[] = { /* libwebrtc */
    OWN_FLAG,
    { "id", "Network id", MSTURN_KIND_NUMBER, 0, 2, 0, NULL },
    { "cost", "Network cost", MSTURN_KIND_NUMBER, 2, 2, 0, NULL },
};
SHAPE(shape_network_info, network_info_parts, decode_fixed);

static const struct msturn_part service_quality_parts[] = { /* [MS-TURN] 2.2.2.22 */
    OWN_FLAG,
    { "stream_type", "Stream type", MSTURN_KIND_NUMBER, 0, 2, 0, msturn_ms_stream_type_names },
    { "quality", "Service quality", MSTURN_KIND_NUMBER, 2, 2, 0, msturn_ms_quality_names },
};
SHAPE(shape_service_quality, service_quality_parts, decode_fixed);

static const struct msturn_part admission_message_parts[] = { /* [MS-TURNBWM] 2.2.1 */
    { NULL, NULL, MSTURN_KIND_NUMBER, 2, 2, 0, NULL },
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 0, 2, 0, NULL },
};
SHAPE(shape_admission_message, admission_message_parts, decode_fixed);

static const struct msturn_part reservation_amount_parts[] = { /* [MS-TURNBWM] 2.2.3, kbit/s */
    OWN_FLAG,
    { "minimum_send", "Minimum send bandwidth", MSTURN_KIND_NUMBER, 0, 4, 0, NULL },
    { "maximum_send", "Maximum send bandwidth", MSTURN_KIND_NUMBER, 4, 4, 0, NULL },
    { "minimum_receive", "Minimum receive bandwidth", MSTURN_KIND_NUMBER, 8, 4, 0, NULL },
    { "maximum_receive", "Maximum receive bandwidth", MSTURN_KIND_NUMBER, 12, 4, 0, NULL },
};
SHAPE(shape_reservation_amount, reservation_amount_parts, decode_fixed);

static const struct msturn_part site_response_parts[] = { /* [MS-TURNBWM] 2.2.8, kbit/s */
    { NULL, NULL, MSTURN_KIND_HEX, 0, 4, 0, NULL },
    { "valid", "Valid", MSTURN_KIND_BIT, 0, 4, 0x80000000, NULL },
    { "pstn_failover", "PSTN failover", MSTURN_KIND_BIT, 0, 4, 0x40000000, NULL },
    { "maximum_send", "Maximum send bandwidth", MSTURN_KIND_NUMBER, 4, 4, 0, NULL },
    { "maximum_receive", "Maximum receive bandwidth", MSTURN_KIND_NUMBER, 8, 4, 0, NULL },
};
SHAPE(shape_site_response, site_response_parts, decode_fixed);

static const struct msturn_part relay_response_parts[] = { /* [MS-TURNBWM] 2.2.9, kbit/s */
    { NULL, NULL, MSTURN_KIND_HEX, 0, 4, 0, NULL },
    { "valid", "Valid", MSTURN_KIND_BIT, 0, 4, 0x80000000, NULL },
    { "maximum_send", "Maximum send bandwidth", MSTURN_KIND_NUMBER, 4, 4, 0, NULL },
    { "maximum_receive", "Maximum receive bandwidth", MSTURN_KIND_NUMBER, 8, 4, 0, NULL },
};
SHAPE(shape_relay_response, relay_response_parts, decode_fixed);

static const struct msturn_part location_profile_parts[] = { /* [MS-TURNBWM] 2.2.14 */
    OWN_FLAG,
    { "peer_location", "Peer location", MSTURN_KIND_NUMBER, 0, 1, 0, msturn_ms_location_names },
    { "self_location", "Self location", MSTURN_KIND_NUMBER, 1, 1, 0, msturn_ms_location_names },
    { "federation", "Federation", MSTURN_KIND_NUMBER, 2, 1, 0, msturn_ms_federation_names },
    { "reserved", "Reserved", MSTURN_KIND_RESERVED, 3, 1, 0, NULL },
};
SHAPE(shape_location_profile, location_profile_parts, decode_fixed);

/* [MS-TURN] 2.2.2.21: a connection id and a number; Teams' clients send the number alone. */
enum { SEQUENCE_OWN, SEQUENCE_CONNECTION_ID, SEQUENCE_LENGTH = 24, SEQUENCE_CONNECTION_ID_LENGTH = 20 };

static const struct msturn_part sequence_number_parts[] = {
    [SEQUENCE_OWN] = { NULL, NULL, MSTURN_KIND_NUMBER, 0, 4, 0, NULL },
    [SEQUENCE_CONNECTION_ID] = { "connection_id", "Connection ID", MSTURN_KIND_BYTES, 0, 20, 0, NULL },
};

static void decode_sequence_number(const struct decoding *d)
{
    if (d->value.reported < SEQUENCE_LENGTH) {
        take_at(d, SEQUENCE_OWN, 0, 4);
        return;
    }
    take_at(d, SEQUENCE_OWN, SEQUENCE_CONNECTION_ID_LENGTH, 4);
    take_part(d, SEQUENCE_CONNECTION_ID);
}
SHAPE(shape_sequence_number, sequence_number_parts, decode_sequence_number);

/* ---- addresses, RFC 8489 sections 14.1 and 14.2 ---- */

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

enum { ADDRESS_OWN, ADDRESS_RESERVED, ADDRESS_FAMILY, ADDRESS_PORT, ADDRESS_IPV4, ADDRESS_IPV6,
       ADDRESS_XORED_PORT, ADDRESS_XORED_IPV4, ADDRESS_XORED_IPV6 };

/* An address in the clear has all but the last three. */
static const struct msturn_part address_parts[] = {
    [ADDRESS_OWN] = { NULL, NULL, MSTURN_KIND_ENDPOINT, 0, 0, 0, NULL },
    [ADDRESS_RESERVED] = { "reserved", "Reserved", MSTURN_KIND_RESERVED, 0, 1, 0, NULL },
    [ADDRESS_FAMILY] = { "family", "Protocol family", MSTURN_KIND_NUMBER, 1, 1, 0, msturn_family_names },
    [ADDRESS_PORT] = { "port", "Port", MSTURN_KIND_NUMBER, 2, 2, 0, NULL },
    [ADDRESS_IPV4] = { "ip", "IP", MSTURN_KIND_IPV4, 4, 4, 0, NULL },
    [ADDRESS_IPV6] = { "ipv6", "IPv6", MSTURN_KIND_IPV6, 4, 16, 0, NULL },
    [ADDRESS_XORED_PORT] = { "xored_port", "Port (XOR-d)", MSTURN_KIND_HEX, 2, 2, 0, NULL },
    [ADDRESS_XORED_IPV4] = { "xored_ip", "IP (XOR-d)", MSTURN_KIND_BYTES, 4, 4, 0, NULL },
    [ADDRESS_XORED_IPV6] = { "xored_ipv6", "IPv6 (XOR-d)", MSTURN_KIND_BYTES, 4, 16, 0, NULL },
};

/* `key`: 16 bytes to remove from the address, their first 2 from the port. */
static void take_address(const struct decoding *d, const uint8_t *key)
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
        d->take(d->context, &value);
    }
    take_part(d, ADDRESS_RESERVED);
    take_part(d, ADDRESS_FAMILY);
    value.computed = d->shape->count > ADDRESS_XORED_PORT;
    if (captured >= 4) {
        value.part = ADDRESS_PORT;
        value.offset = d->value_offset + 2;
        value.length = 2;
        d->take(d->context, &value);
    }
    if (whole) {
        value.part = ipv6 ? ADDRESS_IPV6 : ADDRESS_IPV4;
        value.offset = d->value_offset + 4;
        value.length = address_length;
        d->take(d->context, &value);
    }
}

static void decode_address(const struct decoding *d)
{
    static const uint8_t no_key[16] = { 0 };

    take_address(d, no_key);
}
static const struct msturn_shape shape_address = { address_parts, ADDRESS_XORED_PORT, decode_address };

static void decode_xor_address(const struct decoding *d)
{
    take_address(d, d->xor_key);
    take_part(d, ADDRESS_XORED_PORT);
    if (d->value.captured >= 2)
        take_part(d, d->value.data[1] == FAMILY_IPV6 ? ADDRESS_XORED_IPV6 : ADDRESS_XORED_IPV4);
}
SHAPE(shape_xor_address, address_parts, decode_xor_address);

/* ---- error codes, RFC 8489 section 14.8, RFC 8656 section 18.12 ---- */

enum { ERROR_OWN, ERROR_RESERVED, ERROR_CLASS, ERROR_NUMBER, ERROR_REASON, ERROR_FAMILY };

static const struct msturn_part error_code_parts[] = {
    [ERROR_OWN] = { NULL, NULL, MSTURN_KIND_NUMBER, 2, 2, 0, NULL },
    [ERROR_RESERVED] = { "reserved", "Reserved", MSTURN_KIND_RESERVED, 0, 2, 0, NULL },
    [ERROR_CLASS] = { "class", "Class", MSTURN_KIND_NUMBER, 2, 1, 0x07, NULL },
    [ERROR_NUMBER] = { "number", "Number", MSTURN_KIND_NUMBER, 3, 1, 0, NULL },
    [ERROR_REASON] = { "reason", "Reason phrase", MSTURN_KIND_TEXT, 4, 0, 0, NULL },
};

static const struct msturn_part address_error_parts[] = {
    [ERROR_OWN] = { NULL, NULL, MSTURN_KIND_NUMBER, 2, 2, 0, NULL },
    [ERROR_RESERVED] = { "reserved", "Reserved", MSTURN_KIND_RESERVED, 1, 1, 0, NULL },
    [ERROR_CLASS] = { "class", "Class", MSTURN_KIND_NUMBER, 2, 1, 0x07, NULL },
    [ERROR_NUMBER] = { "number", "Number", MSTURN_KIND_NUMBER, 3, 1, 0, NULL },
    [ERROR_REASON] = { "reason", "Reason phrase", MSTURN_KIND_TEXT, 4, 0, 0, NULL },
    [ERROR_FAMILY] = { "family", "Protocol family", MSTURN_KIND_NUMBER, 0, 1, 0, msturn_family_names },
};

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
        d->take(d->context, &code);
    }
    for (unsigned i = ERROR_RESERVED; i < d->shape->count; i++) {
        if (i != ERROR_REASON || d->value.captured > 4)
            take_part(d, i);
    }
}
SHAPE(shape_error_code, error_code_parts, decode_error);
SHAPE(shape_address_error, address_error_parts, decode_error);

/* ---- PASSWORD-ALGORITHM(S), RFC 8489 sections 14.11 and 14.12 ---- */

enum { ALGORITHM_OWN, ALGORITHM_NUMBER, ALGORITHM_LENGTH, ALGORITHM_PARAMETERS };

static const struct msturn_part algorithm_parts[] = {
    [ALGORITHM_OWN] = OWN_FLAG,
    [ALGORITHM_NUMBER] = { "algorithm", "Algorithm", MSTURN_KIND_NUMBER, 0, 2, 0, msturn_algorithm_names },
    [ALGORITHM_LENGTH] = { "parameter_length", "Parameter length", MSTURN_KIND_NUMBER, 2, 2, 0, NULL },
    [ALGORITHM_PARAMETERS] = { "parameters", "Parameters", MSTURN_KIND_BYTES, 4, 0, 0, NULL },
};

static void decode_algorithms(const struct decoding *d)
{
    uint32_t offset = 0;

    take_part(d, ALGORITHM_OWN);
    while (take_at(d, ALGORITHM_NUMBER, offset, 2) && take_at(d, ALGORITHM_LENGTH, offset + 2, 2)) {
        const uint32_t length = msturn_get16(d->value.data + offset + 2);
        if (length > 0 && !take_at(d, ALGORITHM_PARAMETERS, offset + 4, length))
            break;
        offset += 4 + ((length + 3u) & ~UINT32_C(3));
    }
}
SHAPE(shape_algorithms, algorithm_parts, decode_algorithms);

/* ---- ACCESS-TOKEN, RFC 7635 section 6.2 ---- */

enum { TOKEN_OWN, TOKEN_NONCE_LENGTH, TOKEN_NONCE, TOKEN_BLOCK };

static const struct msturn_part access_token_parts[] = {
    [TOKEN_OWN] = OWN_FLAG,
    [TOKEN_NONCE_LENGTH] = { "nonce_length", "Nonce length", MSTURN_KIND_NUMBER, 0, 2, 0, NULL },
    [TOKEN_NONCE] = { "nonce", "Nonce", MSTURN_KIND_BYTES, 2, 0, 0, NULL },
    [TOKEN_BLOCK] = { "encrypted_block", "Encrypted block", MSTURN_KIND_BYTES, 2, 0, 0, NULL },
};

static void decode_access_token(const struct decoding *d)
{
    take_part(d, TOKEN_OWN);
    if (!take_part(d, TOKEN_NONCE_LENGTH))
        return;
    const uint32_t nonce_length = msturn_get16(d->value.data);
    if (take_at(d, TOKEN_NONCE, 2, nonce_length))
        take_at(d, TOKEN_BLOCK, 2 + nonce_length, d->value.captured - 2 - nonce_length);
}
SHAPE(shape_access_token, access_token_parts, decode_access_token);

/* ---- the table ---- */

#define ANY_LENGTH 0, 65535, 1
#define EXACTLY(n) n, n, 1
#define ADDRESS_LENGTH 8, 20, 12 /* RFC 8489 section 14.1: 8 for IPv4, 20 for IPv6 */

/* [MS-TURN] 2.2.2.21: Teams' clients send 4 bytes, everybody else 24. */
#define SEQUENCE_NUMBER_LENGTH 4, 24, 20

#include "plugin/message/attrs_table.inc"

const unsigned msturn_attr_count = sizeof msturn_attrs / sizeof msturn_attrs[0];
const unsigned msturn_ms_attr_count = sizeof msturn_ms_attrs / sizeof msturn_ms_attrs[0];

static int compare_type(const void *key, const void *row)
{
    return (int)*(const uint16_t *)key - (int)((const struct msturn_attr *)row)->type;
}

const struct msturn_attr *msturn_attr_find(uint16_t type)
{
    return bsearch(&type, msturn_attrs, msturn_attr_count, sizeof msturn_attrs[0], compare_type);
}

const struct msturn_attr *msturn_attr_lookup(enum msturn_dialect dialect, uint16_t type)
{
    /* RFC 8489 section 14: the mandatory space is below 0x8000. */
    if (dialect == MSTURN_DIALECT_MS_TURN && type < 0x8000)
        return bsearch(&type, msturn_ms_attrs, msturn_ms_attr_count, sizeof msturn_ms_attrs[0], compare_type);
    return msturn_attr_find(type);
}

const struct msturn_part *msturn_attr_parts(const struct msturn_attr *attr, unsigned *count)
{
    *count = attr->shape->count;
    return attr->shape->parts;
}

bool msturn_attr_family(const struct msturn_attr *attr, const struct msturn_span *span, uint8_t *family)
{
    const bool address = attr->shape->parts[0].kind == MSTURN_KIND_ENDPOINT;
    const uint32_t offset = address ? 1 : 0;

    if ((!address && attr->names != msturn_family_names) || span->value.captured <= offset)
        return false;
    *family = span->value.data[offset];
    return true;
}

uint32_t msturn_family_length(uint8_t family)
{
    return family == FAMILY_IPV4 ? 8 : family == FAMILY_IPV6 ? 20 : 0;
}

bool msturn_attr_length_fits(const struct msturn_attr *attr, uint32_t length)
{
    return length >= attr->length_min && length <= attr->length_max &&
           (length - attr->length_min) % attr->length_multiple == 0;
}

void msturn_attr_decode(const struct msturn_attr *attr, struct msturn_bytes message,
                        const struct msturn_span *span, msturn_value_fn take, void *context)
{
    const struct decoding decoding = {
        .shape = attr->shape,
        .value = span->value,
        .value_offset = span->value_offset,
        .xor_key = message.data + 4,
        .take = take,
        .context = context,
    };
    attr->shape->decode(&decoding);
}

struct own_value {
    struct msturn_value value;
    bool found;
};

static void keep_own_value(void *context, const struct msturn_value *value)
{
    struct own_value *own = context;

    if (value->part == 0) {
        own->value = *value;
        own->found = true;
    }
}

bool msturn_attr_own_value(const struct msturn_attr *attr, struct msturn_bytes message,
                           const struct msturn_span *span, struct msturn_value *value)
{
    struct own_value own = { .found = false };

    msturn_attr_decode(attr, message, span, keep_own_value, &own);
    if (own.found)
        *value = own.value;
    return own.found;
}
