/* ms_rules.c
 * The rules that one message of [MS-TURN] and [MS-TURNBWM] alone proves.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/ms_rules.h"

#include "plugin/message/attrs.h"
#include "plugin/message/names.h"

#include <stddef.h>

/* ---- bandwidth policy ---- */

/* [MS-TURNBWM] 2.2.8 to 2.2.11: the server's answer about one path. */
static const struct {
    uint16_t type;
    enum msturn_finding denied;
    bool has_failover;
} paths[] = {
    { MSTURN_ATTR_REMOTE_SITE_ADDRESS_RESPONSE, MSTURN_FINDING_BANDWIDTH_DIRECT_DENIED, true },
    { MSTURN_ATTR_REMOTE_RELAY_SITE_ADDRESS_RESPONSE, MSTURN_FINDING_BANDWIDTH_RELAY_DENIED, false },
    { MSTURN_ATTR_LOCAL_SITE_ADDRESS_RESPONSE, MSTURN_FINDING_BANDWIDTH_DIRECT_DENIED, true },
    { MSTURN_ATTR_LOCAL_RELAY_SITE_ADDRESS_RESPONSE, MSTURN_FINDING_BANDWIDTH_RELAY_DENIED, false },
};

enum { PATH_COUNT = sizeof paths / sizeof paths[0] };

static void check_paths(const struct msturn_subject *s)
{
    for (unsigned i = 0; i < PATH_COUNT; i++) {
        const uint16_t type = paths[i].type;
        const uint8_t *value = msturn_find_value(s, type, 12);
        if (!value)
            continue;
        const bool valid = value[0] & 0x80;
        const bool failover = paths[i].has_failover && (value[0] & 0x40);
        if (!valid)
            msturn_report(s, paths[i].denied, type);
        if (failover)
            msturn_report(s,
                          valid ? MSTURN_FINDING_BANDWIDTH_FAILOVER_CONTRADICTORY
                                : MSTURN_FINDING_BANDWIDTH_PSTN_REROUTE,
                          type);
        if (valid && (msturn_get32(value + 4) == 0 || msturn_get32(value + 8) == 0))
            msturn_report(s, MSTURN_FINDING_BANDWIDTH_ZERO, type);
    }
}

static bool answers_about_bandwidth(const struct msturn_subject *s)
{
    bool answers = msturn_has(s, MSTURN_ATTR_BANDWIDTH_RESERVATION_IDENTIFIER) ||
                   msturn_has(s, MSTURN_ATTR_BANDWIDTH_RESERVATION_AMOUNT);

    for (unsigned i = 0; i < PATH_COUNT; i++)
        answers = answers || msturn_has(s, paths[i].type);
    return answers;
}

/* [MS-TURNBWM] 2.2.3: minimum and maximum to send, then to receive. */
static void check_reservation_amount(const struct msturn_subject *s)
{
    const uint8_t *value = msturn_find_value(s, MSTURN_ATTR_BANDWIDTH_RESERVATION_AMOUNT, 16);

    if (value && (msturn_get32(value) > msturn_get32(value + 4) || msturn_get32(value + 8) > msturn_get32(value + 12)))
        msturn_report(s, MSTURN_FINDING_BANDWIDTH_RANGE, MSTURN_ATTR_BANDWIDTH_RESERVATION_AMOUNT);
}

/* [MS-TURNBWM] 3.3.5.1 to 3.3.5.3. */
static void check_admission_request(const struct msturn_subject *s)
{
    enum { CHECK = 1 << 0, COMMIT = 1 << 1, UPDATE = 1 << 2 }; /* 2.2.1: bits 1 << message type */
    static const struct {
        unsigned messages;
        uint16_t type;
    } needed[] = {
        { CHECK | COMMIT, MSTURN_ATTR_BANDWIDTH_RESERVATION_AMOUNT },
        { CHECK | COMMIT, MSTURN_ATTR_REMOTE_SITE_ADDRESS },
        { COMMIT, MSTURN_ATTR_LOCAL_SITE_ADDRESS },
        { CHECK | COMMIT, MSTURN_ATTR_LOCATION_PROFILE },
        { UPDATE, MSTURN_ATTR_BANDWIDTH_RESERVATION_IDENTIFIER },
    };
    const uint8_t *value = msturn_find_value(s, MSTURN_ATTR_BANDWIDTH_ADMISSION_CONTROL_MESSAGE, 4);
    const uint16_t message_type = value ? msturn_get16(value + 2) : UINT16_MAX;

    if (message_type > 2 || s->message->header.msg_class != MSTURN_CLASS_REQUEST)
        return;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if ((needed[i].messages & 1u << message_type) && !msturn_has(s, needed[i].type))
            msturn_report(s, MSTURN_FINDING_BANDWIDTH_ATTRIBUTE_MISSING, needed[i].type);
    }
}

/* ---- [MS-TURN] ---- */

static bool is_forbidden_type(uint16_t type)
{
    const struct msturn_method *method = msturn_method_find_ms(type);

    return method && (method->ms_forbidden & 1u << msturn_class_bits(type)) != 0;
}

/* [MS-TURN] 2.2.2.17. */
static void check_ms_version(const struct msturn_subject *s)
{
    enum { VERSION_SHA256 = 3, VERSION_MAX = 6, SHA256_LENGTH = 32 };
    const uint8_t *value = msturn_find_value(s, MSTURN_ATTR_MS_VERSION, 4);
    const struct msturn_span *integrity = msturn_find(s, MSTURN_MS_ATTR_MESSAGE_INTEGRITY);
    const uint32_t version = value ? msturn_get32(value) : 0;

    if (!value)
        return;
    if (version < 1 || version > VERSION_MAX)
        msturn_report(s, MSTURN_FINDING_VERSION_UNKNOWN, MSTURN_ATTR_MS_VERSION);
    if (version < VERSION_SHA256 && integrity && integrity->length == SHA256_LENGTH)
        msturn_report(s, MSTURN_FINDING_INTEGRITY_LENGTH, MSTURN_MS_ATTR_MESSAGE_INTEGRITY);
}

static bool is_text(struct msturn_bytes value)
{
    for (uint32_t i = 0; i < value.captured; i++) {
        if (value.data[i] < 0x20 || value.data[i] > 0x7E)
            return false;
    }
    return value.captured > 0;
}

/* What is missing, and values that count as a whole. */
static void check_whole(const struct msturn_subject *s)
{
    const bool released = (s->message->decoded.has & MSTURN_HAS_LIFETIME) && s->message->decoded.lifetime == 0;

    if (msturn_has(s, MSTURN_MS_ATTR_REALM) && is_text(s->message->decoded.nonce) &&
        !is_text(s->message->decoded.realm))
        msturn_report(s, MSTURN_FINDING_REALM_NONCE_SWAPPED, MSTURN_MS_ATTR_REALM);
    check_admission_request(s);
    if (!msturn_is(s, MSTURN_METHOD_ALLOCATE, MSTURN_CLASS_SUCCESS))
        return;
    if (!msturn_has(s, MSTURN_ATTR_MS_XOR_MAPPED_ADDRESS))
        msturn_report(s, MSTURN_FINDING_XOR_MAPPED_MISSING, 0);
    if (!msturn_has(s, MSTURN_MS_ATTR_MAPPED_ADDRESS) && !msturn_has(s, MSTURN_ATTR_MS_ALTERNATE_MAPPED_ADDRESS) &&
        !released && !answers_about_bandwidth(s))
        msturn_report(s, MSTURN_FINDING_RELAYED_MISSING, 0);
}

void msturn_check_ms_turn(const struct msturn_subject *s)
{
    if (is_forbidden_type(s->message->header.type))
        msturn_report(s, MSTURN_FINDING_FORBIDDEN_TYPE, 0);
    check_ms_version(s);
    if (msturn_has(s, MSTURN_ATTR_REQUESTED_TRANSPORT))
        msturn_report(s, MSTURN_FINDING_STANDARD_TURN, 0);
    check_paths(s);
    check_reservation_amount(s);
    if (s->message->whole)
        check_whole(s);
}
