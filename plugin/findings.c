/* findings.c
 * THE table of findings, and the rules that find them in one message.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "findings.h"

#include <stddef.h>

#define E MSTURN_ERROR
#define W MSTURN_WARNING
#define N MSTURN_NOTE
#define MALFORMED MSTURN_GROUP_MALFORMED
#define PROTOCOL MSTURN_GROUP_PROTOCOL
#define CHECKSUM MSTURN_GROUP_CHECKSUM
#define UNDECODED MSTURN_GROUP_UNDECODED
#define SEQUENCE MSTURN_GROUP_SEQUENCE

const struct msturn_finding_row msturn_findings[MSTURN_FINDING_COUNT] = {
    [MSTURN_FINDING_CUT] = {
        "cut_by_capture", N, UNDECODED, "Cut by the capture: the rest was on the wire but was not recorded",
        "Capture again without a snapshot length.", "-" },
    [MSTURN_FINDING_NOT_REASSEMBLED] = {
        "not_reassembled", N, UNDECODED, "Goes on in another segment, but was not reassembled",
        "Allow TCP to reassemble streams, and ignore wrong TCP checksums.", "-" },
    [MSTURN_FINDING_MID_STREAM] = {
        "mid_stream", N, SEQUENCE, "Where a message begins is not known: bytes before these were not captured",
        "Start the capture before the call.", "-" },
    [MSTURN_FINDING_FRAMING_LOST] = {
        "framing_lost", E, PROTOCOL, "No message begins where one should: framing lost",
        "The receiver cannot go on either: look at the sender, or for a relay that dropped bytes.",
        "RFC 8489 6.2.2, [MS-TURN] 2.1.4" },
    [MSTURN_FINDING_FRAME_LENGTH] = {
        "frame_length", E, PROTOCOL, "Length of the frame is not the length of the message in it",
        "The receiver cuts the stream at the wrong place from here on.", "RFC 4571 2, [MS-TURN] 2.1.4" },
    [MSTURN_FINDING_FRAME_MISSING] = {
        "frame_missing", E, PROTOCOL, "Message without the RFC 4571 length that this connection uses",
        "The peer does not recognise this message.", "RFC 6544 7.1" },
    [MSTURN_FINDING_CHANNEL_RESERVED] = {
        "channel_reserved", W, PROTOCOL, "Channel number above 0x4FFF is reserved",
        "A newer receiver drops it; RFC 5766 allowed it.", "RFC 8656 12" },
    [MSTURN_FINDING_MULTIPLEX_LENGTH] = {
        "multiplex_length", E, PROTOCOL, "Length of the multiplexed packet is not that of what holds it",
        "The relay cannot tell which stream the rest belongs to.", "[MS-TURN] 2.2.3" },
    [MSTURN_FINDING_NESTING] = {
        "nesting", W, UNDECODED, "Messages nested too deeply, not decoded further",
        "No relay does this; look at the sender.", "-" },

    [MSTURN_FINDING_TRAILING] = {
        "trailing_bytes", W, PROTOCOL, "Bytes behind the end of the message",
        "The receiver drops them, or the message too.", "RFC 8489 5" },

    [MSTURN_FINDING_PSEUDO_TLS_REAL_TLS] = {
        "pseudo_tls_real_tls", E, PROTOCOL, "A real TLS server answered the pseudo-TLS hello",
        "The address leads to a web or SIP service or an inspecting proxy, not to the A/V Edge.", "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_NO_TLS] = {
        "pseudo_tls_no_tls", E, PROTOCOL, "Something else than pseudo-TLS answered the pseudo-TLS hello",
        "A proxy or another service has the port: let the client reach the A/V Edge directly.", "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_REWRITTEN] = {
        "pseudo_tls_rewritten", W, PROTOCOL, "Fixed fields of the pseudo-TLS record were changed",
        "A middlebox rewrites the handshake; clients may refuse it.", "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_EARLY] = {
        "pseudo_tls_early", W, SEQUENCE, "Client sent before the server answered its pseudo-TLS hello",
        "The server may drop these bytes.", "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_TWO_RECORDS] = {
        "pseudo_tls_two_records", W, PROTOCOL, "ServerHello and ServerHelloDone are in records of their own",
        "Clients expect one record of 83 bytes; a middlebox may have split it.", "[MS-TURN] 2.1.1" },

    [MSTURN_FINDING_METHOD_UNKNOWN] = {
        "method_unknown", W, UNDECODED, "Unknown method", "The receiver drops or refuses it.", "RFC 8489 18.2" },
    [MSTURN_FINDING_LENGTH_NOT_MULTIPLE] = {
        "length_not_multiple", E, MALFORMED, "Message length is not a multiple of 4",
        "The receiver drops the message.", "RFC 8489 5" },
    [MSTURN_FINDING_FORBIDDEN_TYPE] = {
        "forbidden_type", W, PROTOCOL, "Message type that must not be sent",
        "No client or server of this dialect uses it; look at the sender.", "[MS-TURN] 2.2.1" },
    [MSTURN_FINDING_COOKIE_MISSING] = {
        "cookie_missing", E, PROTOCOL, "The Magic Cookie attribute is not the first attribute, or is wrong",
        "The server does not take this for a TURN message.", "[MS-TURN] 2.2.2.8" },
    [MSTURN_FINDING_STANDARD_TURN] = {
        "standard_turn", E, PROTOCOL, "Standard TURN message where MS-TURN is spoken",
        "A standard TURN client talks to a Microsoft server: they do not understand each other.", "[MS-TURN] 2.2.1" },
    [MSTURN_FINDING_XOR_MAPPED_MISSING] = {
        "xor_mapped_missing", W, PROTOCOL, "Allocate response without XOR Mapped Address",
        "The client gets no reflexive candidate from it.", "[MS-TURN] 3.2.5.1" },
    [MSTURN_FINDING_RELAYED_MISSING] = {
        "relayed_missing", E, PROTOCOL, "Allocate response without a relayed address",
        "The client has no relayed candidate to offer.", "[MS-TURN] 3.2.5.1" },

    [MSTURN_FINDING_ATTRIBUTE_UNKNOWN_REQUIRED] = {
        "attribute_unknown_required", W, UNDECODED, "Unknown attribute that the receiver must understand",
        "A receiver that does not know it refuses the request with 420, or drops the message.", "RFC 8489 6.3" },
    [MSTURN_FINDING_ATTRIBUTE_UNKNOWN_OPTIONAL] = {
        "attribute_unknown_optional", N, UNDECODED, "Unknown attribute that the receiver may ignore",
        "Nothing to do.", "RFC 8489 14" },
    [MSTURN_FINDING_ATTRIBUTE_LENGTH] = {
        "attribute_length", W, PROTOCOL, "Wrong length for this attribute",
        "The receiver may refuse the message.", "RFC 8489 14, [MS-TURN] 2.2.2" },
    [MSTURN_FINDING_ATTRIBUTE_OVERRUN] = {
        "attribute_overrun", E, MALFORMED, "Attribute goes past the end of the message",
        "The receiver drops the message.", "RFC 8489 14" },
    [MSTURN_FINDING_ATTRIBUTE_STUMP] = {
        "attribute_stump", E, MALFORMED, "Bytes at the end of the message are too few for an attribute",
        "The receiver drops the message.", "RFC 8489 14" },
    [MSTURN_FINDING_PADDING_NOT_ZERO] = {
        "padding_not_zero", N, PROTOCOL, "Padding is not zero", "RFC 5389 allowed it.", "RFC 8489 14" },
    [MSTURN_FINDING_PADDING_CONTRARY] = {
        "padding_contrary", E, PROTOCOL, "Attributes are padded (or not) contrary to the message's dialect",
        "The receiver reads other attributes than the sender wrote.", "[MS-TURN] 2.2.2, RFC 8489 14" },
    [MSTURN_FINDING_AFTER_INTEGRITY] = {
        "after_integrity", W, PROTOCOL, "Attribute behind MESSAGE-INTEGRITY",
        "It is not protected, and the receiver ignores it.", "RFC 8489 14.5, [MS-TURN] 2.2.2.3" },
    [MSTURN_FINDING_INTEGRITY_FORBIDDEN] = {
        "integrity_forbidden", W, PROTOCOL, "401 with Message Integrity",
        "The server cannot have a key at this point; look at the server.", "[MS-TURN] 3.3.5.1" },
    [MSTURN_FINDING_INTEGRITY_LENGTH] = {
        "integrity_length", W, PROTOCOL, "HMAC-SHA256 from a sender whose version does not have it",
        "The receiver cannot verify the message.", "[MS-TURN] 2.2.2.17" },
    [MSTURN_FINDING_REALM_NONCE_SWAPPED] = {
        "realm_nonce_swapped", E, PROTOCOL, "Realm and Nonce have the numbers of standard TURN",
        "The server takes the nonce for the realm, and refuses.", "[MS-TURN] 2.2.2.13" },
    [MSTURN_FINDING_FAMILY_UNKNOWN] = {
        "family_unknown", W, PROTOCOL, "Address family is neither IPv4 nor IPv6",
        "The receiver ignores the attribute without a word.", "RFC 8489 14.1, [MS-TURN] 2.2.2" },
    [MSTURN_FINDING_VERSION_UNKNOWN] = {
        "version_unknown", N, PROTOCOL, "MS-Version is not one of 1 to 6",
        "A newer product; what follows is read as far as it is known.", "[MS-TURN] 2.2.2.17" },
    [MSTURN_FINDING_FINGERPRINT] = {
        "fingerprint", E, CHECKSUM, "FINGERPRINT does not match the message",
        "The receiver drops the message: something on the way, or the sender, damaged it.", "RFC 8489 14.7" },
};

/* ---- rules about one message ---- */

enum {
    ATTR_INTEGRITY = 0x0008,
    ATTR_INTEGRITY_SHA256 = 0x001C,
    ATTR_ERROR_CODE = 0x0009,
    ATTR_LIFETIME = 0x000D,
    ATTR_MS_MAPPED = 0x0001,
    ATTR_MS_NONCE = 0x0014,
    ATTR_MS_REALM = 0x0015,
    ATTR_MS_VERSION = 0x8008,
    ATTR_RESERVATION_ID = 0x8057, /* these six: the answer is about bandwidth, [MS-TURNBWM] 3.3.5 */
    ATTR_RESERVATION_AMOUNT = 0x8058,
    ATTR_REMOTE_SITE_RESPONSE = 0x805D,
    ATTR_REMOTE_RELAY_RESPONSE = 0x805E,
    ATTR_LOCAL_SITE_RESPONSE = 0x805F,
    ATTR_LOCAL_RELAY_RESPONSE = 0x8060,
    ATTR_MS_XOR_MAPPED = 0x8020,
    ATTR_MS_ALTERNATE_MAPPED = 0x8090,
    METHOD_CREATE_PERMISSION = 0x008, /* RFC 8656 section 18 */
    METHOD_CHANNEL_BIND = 0x009,
    INTEGRITY_SHA256_LENGTH = 32,
    VERSION_SHA256 = 3, /* [MS-TURN] 2.2.2.17 */
    VERSION_MAX = 6
};

/* What the attributes of a message say together. */
struct content {
    bool integrity, xor_mapped, relayed, bandwidth, requested_transport;
    uint32_t integrity_offset, integrity_length;
    uint32_t error_code, version, version_offset;
    bool has_lifetime;
    uint32_t lifetime;
    bool nonce_is_text, realm_is_binary;
    uint32_t realm_offset;
};

static bool is_text(struct msturn_bytes value)
{
    for (uint32_t i = 0; i < value.captured; i++) {
        if (value.data[i] < 0x20 || value.data[i] > 0x7E)
            return false;
    }
    return value.captured > 0;
}

static void note_attribute(struct content *content, const struct msturn_span *span)
{
    const struct msturn_bytes value = span->value;
    const bool has_word = value.captured >= 4;

    switch (span->type) {
    case ATTR_INTEGRITY:
        content->integrity = true;
        content->integrity_offset = span->offset;
        content->integrity_length = span->length;
        break;
    case ATTR_ERROR_CODE:
        if (has_word)
            content->error_code = (value.data[2] & 7u) * 100 + value.data[3];
        break;
    case ATTR_LIFETIME:
        content->has_lifetime = has_word;
        if (has_word)
            content->lifetime = msturn_get32(value.data);
        break;
    case ATTR_MS_MAPPED:
    case ATTR_MS_ALTERNATE_MAPPED:
        content->relayed = true;
        break;
    case ATTR_MS_XOR_MAPPED:
        content->xor_mapped = true;
        break;
    case ATTR_RESERVATION_ID:
    case ATTR_RESERVATION_AMOUNT:
    case ATTR_REMOTE_SITE_RESPONSE:
    case ATTR_REMOTE_RELAY_RESPONSE:
    case ATTR_LOCAL_SITE_RESPONSE:
    case ATTR_LOCAL_RELAY_RESPONSE:
        content->bandwidth = true;
        break;
    case MSTURN_ATTR_REQUESTED_TRANSPORT:
        content->requested_transport = true;
        break;
    case ATTR_MS_NONCE:
        content->nonce_is_text = is_text(value);
        break;
    case ATTR_MS_REALM:
        content->realm_is_binary = !is_text(value);
        content->realm_offset = span->offset;
        break;
    case ATTR_MS_VERSION:
        if (has_word) {
            content->version = msturn_get32(value.data);
            content->version_offset = span->offset;
        }
        break;
    default:
        break;
    }
}

/* RFC 8489 section 14.5: behind it only the SHA-256 twin and FINGERPRINT count; [MS-TURN] 2.2.2.3: it is
 * the last one. */
static bool may_follow_integrity(enum msturn_dialect dialect, uint16_t type)
{
    return dialect != MSTURN_DIALECT_MS_TURN &&
           (type == ATTR_INTEGRITY || type == ATTR_INTEGRITY_SHA256 || type == MSTURN_ATTR_FINGERPRINT);
}

static bool is_forbidden_type(uint16_t type)
{
    return type == 0x0104 || type == 0x0114 || type == 0x0002 || type == 0x0102 || type == 0x0112;
}

static void check_ms_turn(const struct content *content, const struct msturn_header *header,
                          msturn_finding_fn take, void *context)
{
    if (is_forbidden_type(header->type))
        take(context, MSTURN_FINDING_FORBIDDEN_TYPE, 0);
    if (content->integrity && content->error_code == 401)
        take(context, MSTURN_FINDING_INTEGRITY_FORBIDDEN, content->integrity_offset);
    if (content->integrity_length == INTEGRITY_SHA256_LENGTH && content->version_offset != 0 &&
        content->version < VERSION_SHA256)
        take(context, MSTURN_FINDING_INTEGRITY_LENGTH, content->integrity_offset);
    if (content->version_offset != 0 && (content->version < 1 || content->version > VERSION_MAX))
        take(context, MSTURN_FINDING_VERSION_UNKNOWN, content->version_offset);
    if (content->nonce_is_text && content->realm_is_binary)
        take(context, MSTURN_FINDING_REALM_NONCE_SWAPPED, content->realm_offset);
    if (content->requested_transport)
        take(context, MSTURN_FINDING_STANDARD_TURN, 0);
    if (header->type == 0x0103) {
        const bool released = content->has_lifetime && content->lifetime == 0;
        if (!content->xor_mapped)
            take(context, MSTURN_FINDING_XOR_MAPPED_MISSING, 0);
        if (!content->relayed && !released && !content->bandwidth)
            take(context, MSTURN_FINDING_RELAYED_MISSING, 0);
    }
}

/* Without the cookie attribute these are a standard client's; Refresh and Send have numbers of [MS-TURN] too. */
static bool is_standard_turn(const struct content *content, const struct msturn_header *header)
{
    return content->requested_transport || header->method == METHOD_CREATE_PERMISSION ||
           header->method == METHOD_CHANNEL_BIND;
}

void msturn_check_message(struct msturn_bytes message, const struct msturn_header *header, bool in_ms_frame,
                          msturn_finding_fn take, void *context)
{
    struct msturn_walk walk = msturn_walk_begin(message);
    struct msturn_span span;
    struct content content = { .error_code = 0 };

    while (msturn_walk_next(&walk, &span)) {
        if (span.state == MSTURN_SPAN_STUMP)
            break;
        if (content.integrity && !may_follow_integrity(header->dialect, span.type))
            take(context, MSTURN_FINDING_AFTER_INTEGRITY, span.offset);
        note_attribute(&content, &span);
    }
    if (message.captured < message.reported)
        return; /* what is missing may be what was cut */
    if (header->dialect == MSTURN_DIALECT_MS_TURN)
        check_ms_turn(&content, header, take, context);
    else if (in_ms_frame)
        take(context, is_standard_turn(&content, header) ? MSTURN_FINDING_STANDARD_TURN : MSTURN_FINDING_COOKIE_MISSING,
             0);
}
