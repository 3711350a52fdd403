/* response_rules.c
 * The rules that one error response alone proves.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/response_rules.h"

#include "plugin/message/attrs.h"
#include "plugin/message/names.h"

#include <stddef.h>
#include <string.h>

/* ---- refusals ---- */

enum { ANY = 0 };

/* The first row that fits counts; OTHER: whatever the request was. */
static const struct {
    enum msturn_action action;
    uint16_t code;
    enum msturn_finding finding;
} refusals[] = {
    { MSTURN_ACTION_BINDING, 400, MSTURN_FINDING_CHECK_REFUSED },
    { MSTURN_ACTION_BINDING, 401, MSTURN_FINDING_CHECK_REFUSED },
    { MSTURN_ACTION_BINDING, 403, MSTURN_FINDING_CHECK_REFUSED },
    { MSTURN_ACTION_ALLOCATE, 437, MSTURN_FINDING_ALLOCATION_EXISTS },
    { MSTURN_ACTION_REFRESH, 437, MSTURN_FINDING_REFRESH_MISMATCH },
    { MSTURN_ACTION_REFRESH, 443, MSTURN_FINDING_PEER_FAMILY_MISMATCH },
    { MSTURN_ACTION_CREATE_PERMISSION, 443, MSTURN_FINDING_PEER_FAMILY_MISMATCH },
    { MSTURN_ACTION_CHANNEL_BIND, 400, MSTURN_FINDING_CHANNEL_REFUSED },
    { MSTURN_ACTION_CHANNEL_BIND, 403, MSTURN_FINDING_CHANNEL_REFUSED },
    { MSTURN_ACTION_CHANNEL_BIND, 443, MSTURN_FINDING_PEER_FAMILY_MISMATCH },
    { MSTURN_ACTION_CONNECT, 443, MSTURN_FINDING_PEER_FAMILY_MISMATCH },
    { MSTURN_ACTION_CONNECT, 446, MSTURN_FINDING_CONNECTION_EXISTS },
    { MSTURN_ACTION_CONNECT, 447, MSTURN_FINDING_CONNECT_FAILED },
    { MSTURN_ACTION_CONNECTION_BIND, 403, MSTURN_FINDING_BIND_REFUSED },
    { MSTURN_ACTION_CONNECTION_BIND, 437, MSTURN_FINDING_BIND_REFUSED },
    { MSTURN_ACTION_CONNECTION_BIND, 441, MSTURN_FINDING_BIND_REFUSED },
    { MSTURN_ACTION_SET_ACTIVE_DESTINATION, ANY, MSTURN_FINDING_ACTIVE_DESTINATION_REFUSED },
    { MSTURN_ACTION_OTHER, 274, MSTURN_FINDING_CANDIDATE_DENIED },
    { MSTURN_ACTION_OTHER, 275, MSTURN_FINDING_CANDIDATE_DENIED },
    { MSTURN_ACTION_OTHER, 300, MSTURN_FINDING_REDIRECTED },
    { MSTURN_ACTION_OTHER, 420, MSTURN_FINDING_ATTRIBUTE_REFUSED },
    { MSTURN_ACTION_OTHER, 403, MSTURN_FINDING_FORBIDDEN },
    { MSTURN_ACTION_OTHER, 430, MSTURN_FINDING_CREDENTIALS_INVALID },
    { MSTURN_ACTION_OTHER, 431, MSTURN_FINDING_CREDENTIALS_INVALID },
    { MSTURN_ACTION_OTHER, 432, MSTURN_FINDING_AUTH_ATTRIBUTE_MISSING },
    { MSTURN_ACTION_OTHER, 434, MSTURN_FINDING_AUTH_ATTRIBUTE_MISSING },
    { MSTURN_ACTION_OTHER, 435, MSTURN_FINDING_AUTH_ATTRIBUTE_MISSING },
    { MSTURN_ACTION_OTHER, 436, MSTURN_FINDING_CREDENTIALS_INVALID },
    { MSTURN_ACTION_OTHER, 437, MSTURN_FINDING_ALLOCATION_MISMATCH },
    { MSTURN_ACTION_OTHER, 440, MSTURN_FINDING_ADDRESS_FAMILY_REFUSED },
    { MSTURN_ACTION_OTHER, 441, MSTURN_FINDING_CREDENTIALS_MISMATCH },
    { MSTURN_ACTION_OTHER, 442, MSTURN_FINDING_TRANSPORT_REFUSED },
    { MSTURN_ACTION_OTHER, 486, MSTURN_FINDING_NO_CAPACITY },
    { MSTURN_ACTION_OTHER, 487, MSTURN_FINDING_ROLE_CONFLICT },
    { MSTURN_ACTION_OTHER, 507, MSTURN_FINDING_NO_CAPACITY },
    { MSTURN_ACTION_OTHER, 508, MSTURN_FINDING_NO_CAPACITY },
    { MSTURN_ACTION_CONNECTION_BIND, ANY, MSTURN_FINDING_BIND_REFUSED },
    { MSTURN_ACTION_OTHER, ANY, MSTURN_FINDING_REQUEST_REFUSED },
};

static enum msturn_finding refusal_of(enum msturn_action action, uint16_t code)
{
    size_t i = 0;

    while ((refusals[i].action != MSTURN_ACTION_OTHER && refusals[i].action != action) ||
           (refusals[i].code != ANY && refusals[i].code != code))
        i++;
    return refusals[i].finding;
}

/* ---- challenges ---- */

/* A 401 or 438 asks for credentials or for others, and only the dialogue tells whether that is trouble. But an
 * ICE agent that refuses a check with 401 gives no realm, RFC 8489 section 9.1.3. */
static bool is_challenge(const struct msturn_subject *s)
{
    const bool of_ice = s->message->header.method == MSTURN_METHOD_BINDING && s->message->whole &&
                        (s->message->decoded.has & (MSTURN_HAS_REALM | MSTURN_HAS_NONCE)) == 0;

    return s->message->decoded.error_code == 438 || (s->message->decoded.error_code == 401 && !of_ice);
}

/* [MS-TURN] 3.3.5.1: with 401 come both; a stale nonce needs a new one. */
static void check_ms_challenge(const struct msturn_subject *s)
{
    if (s->message->decoded.error_code == 401 && (s->message->decoded.has & MSTURN_HAS_INTEGRITY))
        msturn_report(s, MSTURN_FINDING_INTEGRITY_FORBIDDEN, MSTURN_MS_ATTR_MESSAGE_INTEGRITY);
    if (s->message->whole && s->message->decoded.error_code == 401 && !msturn_has(s, MSTURN_MS_ATTR_REALM))
        msturn_report(s, MSTURN_FINDING_CHALLENGE_INCOMPLETE, MSTURN_MS_ATTR_REALM);
    if (s->message->whole && !msturn_has(s, MSTURN_MS_ATTR_NONCE))
        msturn_report(s, MSTURN_FINDING_CHALLENGE_INCOMPLETE, MSTURN_MS_ATTR_NONCE);
}

static unsigned base64_digit(uint8_t digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = memchr(digits, digit, sizeof digits - 1);

    return found ? (unsigned)(found - digits) : 0;
}

/* RFC 8489 sections 9.2 and 18.1: the nonce begins with a cookie and 24 bits of features. Bit 0 is the most
 * significant one there, and the least significant one in erratum 6290 and in B.1: either counts. */
static bool promises_algorithms(struct msturn_bytes nonce)
{
    static const char cookie[] = "obMatJos2";
    enum { COOKIE = sizeof cookie - 1, FEATURES = 4 };

    if (nonce.captured < COOKIE + FEATURES || memcmp(nonce.data, cookie, COOKIE) != 0)
        return false;
    return (base64_digit(nonce.data[COOKIE]) & 0x20) != 0 || (base64_digit(nonce.data[COOKIE + FEATURES - 1]) & 1) != 0;
}

/* RFC 8489 sections 9.2.4 and 9.2.5. */
static void check_challenge(const struct msturn_subject *s)
{
    if (s->message->decoded.error_code == 401 && (s->message->decoded.has & MSTURN_HAS_INTEGRITY))
        msturn_report(s, MSTURN_FINDING_CHALLENGE_WITH_INTEGRITY, 0);
    if (!s->message->whole)
        return;
    if (!msturn_has(s, MSTURN_ATTR_REALM))
        msturn_report(s, MSTURN_FINDING_CHALLENGE_INCOMPLETE, MSTURN_ATTR_REALM);
    if (!msturn_has(s, MSTURN_ATTR_NONCE))
        msturn_report(s, MSTURN_FINDING_CHALLENGE_INCOMPLETE, MSTURN_ATTR_NONCE);
    if (promises_algorithms(s->message->decoded.nonce) && !msturn_has(s, MSTURN_ATTR_PASSWORD_ALGORITHMS))
        msturn_report(s, MSTURN_FINDING_BID_DOWN, MSTURN_ATTR_PASSWORD_ALGORITHMS);
}

/* ---- all of them ---- */

static bool names_alternate_server(const struct msturn_subject *s)
{
    if (msturn_is_ms_turn(s))
        return msturn_has(s, MSTURN_MS_ATTR_ALTERNATE_SERVER) || msturn_has(s, MSTURN_ATTR_MS_ALTERNATE_HOST_NAME);
    return msturn_has(s, MSTURN_ATTR_ALTERNATE_SERVER);
}

/* RFC 8489 section 14.13, [MS-TURN] 2.2.2.5; in RFC 3489 the last type may stand there twice. */
static void report_refused_attributes(const struct msturn_subject *s)
{
    const struct msturn_bytes types = s->message->decoded.unknown_attributes;
    enum { LENGTH_MAX = 8 * 2 }; /* of the list that is reported */
    uint32_t previous = UINT32_MAX;

    for (uint32_t at = 0; at < LENGTH_MAX && at + 2 <= types.captured; at += 2) {
        const uint16_t type = msturn_get16(types.data + at);
        if (type != previous)
            msturn_report(s, MSTURN_FINDING_ATTRIBUTE_REFUSED, type);
        previous = type;
    }
    if (types.captured < 2)
        msturn_report(s, MSTURN_FINDING_ATTRIBUTE_REFUSED, 0);
}

void msturn_check_error_response(const struct msturn_subject *s)
{
    if (!(s->message->decoded.has & MSTURN_HAS_ERROR_CODE)) {
        if (s->message->whole)
            msturn_report(s, MSTURN_FINDING_ERROR_CODE_MISSING, 0);
        return;
    }
    if (is_challenge(s)) {
        if (msturn_is_ms_turn(s))
            check_ms_challenge(s);
        else if (s->message->header.dialect == MSTURN_DIALECT_RFC)
            check_challenge(s);
        return;
    }
    const enum msturn_finding finding =
        refusal_of(msturn_action_of(&s->message->header), s->message->decoded.error_code);
    if (finding == MSTURN_FINDING_ATTRIBUTE_REFUSED)
        report_refused_attributes(s);
    else if (finding == MSTURN_FINDING_REDIRECTED && s->message->whole && !names_alternate_server(s))
        msturn_report(s, MSTURN_FINDING_REDIRECT_WITHOUT_SERVER, 0);
    else
        msturn_report(s, finding, 0);
}
