/* message_rules.c
 * The rules that one message alone proves: its form, the checks of ICE, authentication, addresses.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/message_rules.h"

#include "plugin/message/attrs.h"
#include "plugin/message/names.h"
#include "plugin/rules/ms_rules.h"
#include "plugin/rules/response_rules.h"

#include <stddef.h>
#include <string.h>

/* ---- order of the attributes ---- */

/* What integrity there was so far. */
struct integrity {
    bool any, sha256;
};

/* RFC 8489 sections 14.5 and 14.6: after MESSAGE-INTEGRITY only the one of SHA-256 and FINGERPRINT count, and after that
 * only FINGERPRINT; [MS-TURN] 2.2.2.3: it is the last one. Clients with libwebrtc put the number behind it that is for their
 * server's log: to be ignored by all others is what it is for. */
static bool may_follow_integrity(const struct msturn_subject *s, struct integrity before, uint16_t type)
{
    if (msturn_is_ms_turn(s))
        return false;
    return type == MSTURN_ATTR_FINGERPRINT || type == MSTURN_ATTR_GOOG_LOGGING_ID ||
           (type == MSTURN_ATTR_MESSAGE_INTEGRITY_SHA256 && !before.sha256);
}

static void check_order(const struct msturn_subject *s)
{
    struct integrity before = { false, false };

    for (unsigned i = 0; i < s->message->attribute_count; i++) {
        const uint16_t type = s->message->attributes[i].span.type;
        if (before.any && !may_follow_integrity(s, before, type))
            msturn_report(s, MSTURN_FINDING_AFTER_INTEGRITY, type);
        before.sha256 = before.sha256 || (!msturn_is_ms_turn(s) && type == MSTURN_ATTR_MESSAGE_INTEGRITY_SHA256);
        before.any = before.any || before.sha256 || type == MSTURN_ATTR_MESSAGE_INTEGRITY;
    }
    const struct msturn_span *fingerprint = msturn_find(s, MSTURN_ATTR_FINGERPRINT);
    if (s->message->header.dialect == MSTURN_DIALECT_RFC && fingerprint &&
        fingerprint != &s->message->attributes[s->message->attribute_count - 1].span)
        msturn_report(s, MSTURN_FINDING_FINGERPRINT_NOT_LAST, MSTURN_ATTR_FINGERPRINT);
}

/* ---- methods and what they must carry ---- */

static void check_class(const struct msturn_subject *s)
{
    const struct msturn_method *method = s->message->header.method_row;

    if (method && (method->classes & 1u << s->message->header.msg_class) == 0)
        msturn_report(s, MSTURN_FINDING_METHOD_CLASS, 0);
}

/* What the receiver cannot do without: RFC 8656 sections 7 to 12, RFC 6062 sections 4 and 5. */
static const struct {
    uint16_t method;
    enum msturn_class msg_class;
    uint16_t type;
} mandatory[] = {
    { MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_REQUEST, MSTURN_ATTR_REQUESTED_TRANSPORT },
    { MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_SUCCESS, MSTURN_ATTR_XOR_RELAYED_ADDRESS },
    { MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_SUCCESS, MSTURN_ATTR_LIFETIME },
    { MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_SUCCESS, MSTURN_ATTR_XOR_MAPPED_ADDRESS },
    { MSTURN_METHOD_REFRESH, MSTURN_CLASS_SUCCESS, MSTURN_ATTR_LIFETIME },
    { MSTURN_METHOD_SEND, MSTURN_CLASS_INDICATION, MSTURN_ATTR_XOR_PEER_ADDRESS },
    { MSTURN_METHOD_SEND, MSTURN_CLASS_INDICATION, MSTURN_ATTR_DATA },
    { MSTURN_METHOD_DATA, MSTURN_CLASS_INDICATION, MSTURN_ATTR_XOR_PEER_ADDRESS },
    { MSTURN_METHOD_CREATE_PERMISSION, MSTURN_CLASS_REQUEST, MSTURN_ATTR_XOR_PEER_ADDRESS },
    { MSTURN_METHOD_CHANNEL_BIND, MSTURN_CLASS_REQUEST, MSTURN_ATTR_CHANNEL_NUMBER },
    { MSTURN_METHOD_CHANNEL_BIND, MSTURN_CLASS_REQUEST, MSTURN_ATTR_XOR_PEER_ADDRESS },
    { MSTURN_METHOD_CONNECT, MSTURN_CLASS_REQUEST, MSTURN_ATTR_XOR_PEER_ADDRESS },
    { MSTURN_METHOD_CONNECT, MSTURN_CLASS_SUCCESS, MSTURN_ATTR_CONNECTION_ID },
    { MSTURN_METHOD_CONNECTION_BIND, MSTURN_CLASS_REQUEST, MSTURN_ATTR_CONNECTION_ID },
    { MSTURN_METHOD_CONNECTION_ATTEMPT, MSTURN_CLASS_INDICATION, MSTURN_ATTR_XOR_PEER_ADDRESS },
    { MSTURN_METHOD_CONNECTION_ATTEMPT, MSTURN_CLASS_INDICATION, MSTURN_ATTR_CONNECTION_ID },
};

static void check_mandatory(const struct msturn_subject *s)
{
    for (size_t i = 0; i < sizeof mandatory / sizeof mandatory[0]; i++) {
        if (msturn_is(s, mandatory[i].method, mandatory[i].msg_class) && !msturn_has(s, mandatory[i].type))
            msturn_report(s, MSTURN_FINDING_CONTENT_MISSING, mandatory[i].type);
    }
    /* Servers from before RFC 5389 answer with the address in clear text, or XOR-ed under its first number. */
    if (msturn_is(s, MSTURN_METHOD_BINDING, MSTURN_CLASS_SUCCESS) && !msturn_has(s, MSTURN_ATTR_XOR_MAPPED_ADDRESS) &&
        !msturn_has(s, MSTURN_ATTR_MAPPED_ADDRESS) && !msturn_has(s, MSTURN_ATTR_MS_XOR_MAPPED_ADDRESS))
        msturn_report(s, MSTURN_FINDING_CONTENT_MISSING, MSTURN_ATTR_XOR_MAPPED_ADDRESS);
}

/* RFC 6062 section 4.1. */
static void check_tcp_allocate(const struct msturn_subject *s)
{
    static const uint16_t for_udp[] = { MSTURN_ATTR_EVEN_PORT, MSTURN_ATTR_DONT_FRAGMENT,
                                        MSTURN_ATTR_RESERVATION_TOKEN };
    enum { TCP = 6 };

    if (!msturn_is(s, MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_REQUEST) || s->message->decoded.requested_transport != TCP)
        return;
    for (size_t i = 0; i < sizeof for_udp / sizeof for_udp[0]; i++) {
        if (msturn_has(s, for_udp[i]))
            msturn_report(s, MSTURN_FINDING_ATTRIBUTE_FORBIDDEN, for_udp[i]);
    }
}

/* ---- connectivity checks ---- */

static bool is_ms_check(const struct msturn_subject *s)
{
    /* The last two are in checks of Teams' clients. */
    return msturn_has(s, MSTURN_ATTR_CANDIDATE_IDENTIFIER) || msturn_has(s, MSTURN_ATTR_MS_UNKNOWN_8033) ||
           msturn_has(s, MSTURN_ATTR_MS_UNKNOWN_8036);
}

/* [MS-ICE2] 2.2.2. */
static void check_ms_ice(const struct msturn_subject *s)
{
    if (s->message->header.method != MSTURN_METHOD_BINDING || s->message->header.msg_class == MSTURN_CLASS_INDICATION)
        return;
    if (s->message->header.msg_class != MSTURN_CLASS_REQUEST && msturn_has(s, MSTURN_ATTR_CANDIDATE_IDENTIFIER))
        msturn_report(s, MSTURN_FINDING_CANDIDATE_IDENTIFIER_IN_RESPONSE, MSTURN_ATTR_CANDIDATE_IDENTIFIER);
    if (s->message->whole && is_ms_check(s) && !msturn_has(s, MSTURN_ATTR_IMPLEMENTATION_VERSION))
        msturn_report(s, MSTURN_FINDING_IMPLEMENTATION_VERSION_MISSING, 0);
}

/* RFC 8445 section 7. */
static void check_connectivity_check(const struct msturn_subject *s)
{
    const uint32_t has = s->message->decoded.has;
    const uint32_t role = MSTURN_HAS_CONTROLLING | MSTURN_HAS_CONTROLLED;
    const bool of_ice = (has & (role | MSTURN_HAS_PRIORITY | MSTURN_HAS_USE_CANDIDATE)) != 0;
    const bool controlled_nominates = (has & MSTURN_HAS_USE_CANDIDATE) && (has & MSTURN_HAS_CONTROLLED);

    if (!s->message->whole || !msturn_is(s, MSTURN_METHOD_BINDING, MSTURN_CLASS_REQUEST))
        return;
    /* A Meeting Server in Microsoft's ICE does so in calls that work. */
    if (controlled_nominates && !msturn_has(s, MSTURN_ATTR_IMPLEMENTATION_VERSION))
        msturn_report(s, MSTURN_FINDING_NOMINATED_BY_CONTROLLED, 0);
    if (of_ice && !((has & role) && (has & MSTURN_HAS_PRIORITY) && (has & MSTURN_HAS_USERNAME)))
        msturn_report(s, MSTURN_FINDING_CHECK_INCOMPLETE, 0);
    if ((of_ice || (has & MSTURN_HAS_USERNAME)) && !(has & MSTURN_HAS_INTEGRITY))
        msturn_report(s, MSTURN_FINDING_INTEGRITY_MISSING, 0);
    if (of_ice && !(has & MSTURN_HAS_FINGERPRINT))
        msturn_report(s, MSTURN_FINDING_FINGERPRINT_MISSING, 0);
}

/* ---- authentication ---- */

/* RFC 3261 section 25.1: a realm's quote would have to be a quoted-pair. */
static bool has_bare_quote(struct msturn_bytes text)
{
    for (uint32_t i = 0; i < text.captured; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            return true;
    }
    return false;
}

/* RFC 8489 section 14.11. */
static bool lists_algorithm(struct msturn_bytes list, uint16_t algorithm)
{
    for (uint32_t at = 0; at + 4 <= list.captured; at += 4 + msturn_round_up_4(msturn_get16(list.data + at + 2))) {
        if (msturn_get16(list.data + at) == algorithm)
            return true;
    }
    return false;
}

/* RFC 8489 section 9.2.4: a request names the offer and the choice, or neither. */
static void check_chosen_algorithm(const struct msturn_subject *s)
{
    const struct msturn_span *offer = msturn_find(s, MSTURN_ATTR_PASSWORD_ALGORITHMS);
    const struct msturn_span *choice = msturn_find(s, MSTURN_ATTR_PASSWORD_ALGORITHM);

    if (!offer && !choice)
        return;
    if (!offer)
        msturn_report(s, MSTURN_FINDING_BID_DOWN, MSTURN_ATTR_PASSWORD_ALGORITHMS);
    else if (!choice ||
             (choice->value.captured >= 2 && !lists_algorithm(offer->value, msturn_get16(choice->value.data))))
        msturn_report(s, MSTURN_FINDING_BID_DOWN, MSTURN_ATTR_PASSWORD_ALGORITHM);
}

static void check_authentication(const struct msturn_subject *s)
{
    if (has_bare_quote(s->message->decoded.realm))
        msturn_report(s, MSTURN_FINDING_REALM_QUOTED, 0);
    if (s->message->header.msg_class == MSTURN_CLASS_REQUEST && s->message->whole)
        check_chosen_algorithm(s);
}

/* ---- addresses ---- */

/* What a client elsewhere in the Internet cannot reach, though the server says so. */
static bool is_unreachable(const struct msturn_endpoint *endpoint)
{
    return endpoint->family != 0 && msturn_endpoint_is_private(endpoint);
}

static void check_addresses(const struct msturn_subject *s)
{
    const struct msturn_decoded *decoded = &s->message->decoded;
    const bool released = (decoded->has & MSTURN_HAS_LIFETIME) && decoded->lifetime == 0;

    if (decoded->mapped.family == 0 || msturn_endpoint_is_private(&decoded->mapped))
        return;
    if (is_unreachable(&decoded->alternate))
        msturn_report(s, MSTURN_FINDING_ALTERNATE_SERVER_PRIVATE, 0);
    if (msturn_is(s, MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_SUCCESS) && !released && is_unreachable(&decoded->relayed))
        msturn_report(s, MSTURN_FINDING_RELAYED_PRIVATE, 0);
}

/* Without the cookie attribute these are a standard client's; Refresh and Send have numbers of [MS-TURN] too. */
static bool is_standard_turn(const struct msturn_subject *s)
{
    return msturn_has(s, MSTURN_ATTR_REQUESTED_TRANSPORT) ||
           s->message->header.method == MSTURN_METHOD_CREATE_PERMISSION ||
           s->message->header.method == MSTURN_METHOD_CHANNEL_BIND;
}

/* ---- all of them ---- */

static void check_rfc(const struct msturn_subject *s)
{
    check_tcp_allocate(s);
    check_authentication(s);
    check_connectivity_check(s);
    check_ms_ice(s);
    if (s->message->whole) { /* else its dialect may be another one */
        check_class(s);
        check_mandatory(s);
    }
}

void msturn_check_message(const struct msturn_message *message, bool in_ms_frame, msturn_finding_fn found,
                          void *context)
{
    const struct msturn_subject s = { .message = message, .found = found, .context = context };

    check_order(&s);
    if (in_ms_frame && !msturn_is_ms_turn(&s)) {
        /* Read by the wrong rules: all else that could be said of it would mislead. */
        if (message->whole)
            msturn_report(&s, is_standard_turn(&s) ? MSTURN_FINDING_STANDARD_TURN : MSTURN_FINDING_COOKIE_MISSING, 0);
        return;
    }
    if (msturn_is_ms_turn(&s))
        msturn_check_ms_turn(&s);
    else if (message->header.dialect == MSTURN_DIALECT_RFC)
        check_rfc(&s);
    if (message->header.msg_class == MSTURN_CLASS_ERROR)
        msturn_check_error_response(&s);
    check_addresses(&s);
}
