/* names.c
 * Numbers and their registered names.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/names.h"

#include "plugin/wire/wire.h"

#include <stddef.h>

const struct msturn_name msturn_class_names[] = {
    { 0, "Request" }, { 1, "Indication" }, { 2, "Success Response" }, { 3, "Error Response" }, { 0, NULL },
};

const struct msturn_name msturn_ms_class_names[] = {
    { 0, "Request" }, { 1, "Indication" }, { 2, "Response" }, { 3, "Error Response" }, { 0, NULL },
};

/* Registered, and those of Microsoft's documents and of the drafts that they are based on. */
/* clang-format off */
const struct msturn_name msturn_error_names[] = {
    { 274, "Disable Candidate" },                  /* [MS-ICE2BWM] */
    { 275, "Disable Candidate Pair" },             /* [MS-ICE2BWM] */
    { 300, "Try Alternate" },                      /* RFC 8489 */
    { 400, "Bad Request" },                        /* RFC 8489 */
    { 401, "Unauthenticated" },                    /* RFC 8489; Unauthorized in RFC 5389 */
    { 403, "Forbidden" },                          /* RFC 8656, RFC 7675 */
    { 405, "Mobility Forbidden" },                 /* RFC 8016 */
    { 420, "Unknown Attribute" },                  /* RFC 8489 */
    { 430, "Stale Credentials" },                  /* draft-ietf-behave-rfc3489bis-02 */
    { 431, "Integrity Check Failure" },            /* draft-ietf-behave-rfc3489bis-02 */
    { 432, "Missing Username" },                   /* [MS-TURN] 3.3.5.1 */
    { 434, "Missing Realm" },                      /* draft-ietf-behave-rfc3489bis-02 */
    { 435, "Missing Nonce" },                      /* draft-ietf-behave-rfc3489bis-02 */
    { 436, "Unknown User" },                       /* [MS-TURN] 3.3.5.1 */
    { 437, "Allocation Mismatch" },                /* RFC 8656 */
    { 438, "Stale Nonce" },                        /* RFC 8489 */
    { 440, "Address Family not Supported" },       /* RFC 8656 */
    { 441, "Wrong Credentials" },                  /* RFC 8656 */
    { 442, "Unsupported Transport Protocol" },     /* RFC 8656 */
    { 443, "Peer Address Family Mismatch" },       /* RFC 8656 */
    { 446, "Connection Already Exists" },          /* RFC 6062 */
    { 447, "Connection Timeout or Failure" },      /* RFC 6062 */
    { 486, "Allocation Quota Reached" },           /* RFC 8656 */
    { 487, "Role Conflict" },                      /* RFC 8445 */
    { 500, "Server Error" },                       /* RFC 8489 */
    { 508, "Insufficient Capacity" },              /* RFC 8656 */
    { 600, "Global Failure" },                     /* draft-ietf-behave-rfc3489bis-02 */
    { 0, NULL },
};
/* clang-format on */

const struct msturn_name msturn_tls_alert_names[] = {
    { 0, "close_notify" },
    { 10, "unexpected_message" },
    { 20, "bad_record_mac" },
    { 22, "record_overflow" },
    { 40, "handshake_failure" },
    { 42, "bad_certificate" },
    { 43, "unsupported_certificate" },
    { 44, "certificate_revoked" },
    { 45, "certificate_expired" },
    { 46, "certificate_unknown" },
    { 47, "illegal_parameter" },
    { 48, "unknown_ca" },
    { 49, "access_denied" },
    { 50, "decode_error" },
    { 51, "decrypt_error" },
    { 70, "protocol_version" },
    { 71, "insufficient_security" },
    { 80, "internal_error" },
    { 86, "inappropriate_fallback" },
    { 90, "user_canceled" },
    { 109, "missing_extension" },
    { 110, "unsupported_extension" },
    { 112, "unrecognized_name" },
    { 113, "bad_certificate_status_response" },
    { 115, "unknown_psk_identity" },
    { 116, "certificate_required" },
    { 120, "no_application_protocol" },
    { 0, NULL },
};

const struct msturn_name msturn_family_names[] = {
    { 0x01, "IPv4" },
    { 0x02, "IPv6" },
    { 0, NULL },
};

const struct msturn_name msturn_transport_names[] = {
    { 6, "TCP" },
    { 17, "UDP" },
    { 0, NULL },
};

const struct msturn_name msturn_algorithm_names[] = {
    { 1, "MD5" },
    { 2, "SHA-256" },
    { 0, NULL },
};

const struct msturn_name msturn_ms_version_names[] = {
    { 1, "ICE" },
    { 2, "MS-ICE2" },
    { 3, "MS-ICE2, HMAC-SHA256" },
    { 4, "MS-ICE2, HMAC-SHA256, IPv6" },
    { 5, "multiplexed TURN over UDP" },
    { 6, "multiplexed TURN over UDP and TCP" },
    { 0, NULL },
};

const struct msturn_name msturn_ms_stream_type_names[] = {
    { 1, "Audio" }, { 2, "Video" }, { 3, "Supplemental video" }, { 4, "Data" }, { 0, NULL },
};

const struct msturn_name msturn_ms_quality_names[] = {
    { 0, "Best effort delivery" },
    { 1, "Reliable delivery" },
    { 0, NULL },
};

const struct msturn_name msturn_ms_admission_names[] = {
    { 0, "Reservation Check" },
    { 1, "Reservation Commit" },
    { 2, "Reservation Update" },
    { 0, NULL },
};

/* What is recommended; an agent may have others. */
const struct msturn_name msturn_type_preference_names[] = {
    { 126, "host, as recommended" },
    { 110, "peer reflexive, as recommended" },
    { 100, "server reflexive, as recommended" },
    { 0, "relayed, as recommended" },
    { 0, NULL },
};

const struct msturn_name msturn_ms_location_names[] = {
    { 0, "Unknown" },
    { 1, "Internet" },
    { 2, "Intranet" },
    { 0, NULL },
};

const struct msturn_name msturn_ms_federation_names[] = {
    { 0, "No federation" },
    { 1, "Enterprise federation" },
    { 2, "Public cloud federation" },
    { 0, NULL },
};

const struct msturn_name msturn_dialect_names[] = {
    { MSTURN_DIALECT_MS_TURN, "MS-TURN" },
    { MSTURN_DIALECT_RFC3489, "RFC 3489" },
    { MSTURN_DIALECT_RFC, "RFC 8489" },
    { 0, NULL },
};

const struct msturn_name msturn_dialect_keys[] = {
    { MSTURN_DIALECT_MS_TURN, "ms-turn" },
    { MSTURN_DIALECT_RFC3489, "rfc3489" },
    { MSTURN_DIALECT_RFC, "rfc" },
    { 0, NULL },
};

const struct msturn_name msturn_payload_names[] = {
    { MSTURN_PAYLOAD_EMPTY, "nothing" }, { MSTURN_PAYLOAD_STUN, "STUN" },    { MSTURN_PAYLOAD_ZRTP, "ZRTP" },
    { MSTURN_PAYLOAD_DTLS, "DTLS" },     { MSTURN_PAYLOAD_TLS, "TLS" },      { MSTURN_PAYLOAD_RTP, "RTP" },
    { MSTURN_PAYLOAD_RTCP, "RTCP" },     { MSTURN_PAYLOAD_UNKNOWN, "data" }, { 0, NULL },
};

const char *msturn_name_of(const struct msturn_name *list, uint32_t value)
{
    for (; list->name; list++) {
        if (list->value == value)
            return list->name;
    }
    return NULL;
}

/* ---- what the sender of an error says of it ---- */

/* Of ASCII, in any language. */
static int lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
}

static bool is_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *msturn_error_words(uint16_t code, const char *reason)
{
    const char *name = msturn_name_of(msturn_error_names, code);
    const char *older = code == 401 ? "Unauthorized" : NULL; /* RFC 5389 section 15.6 */

    if (!reason || (name && is_same(name, reason)) || (older && is_same(older, reason)))
        return NULL;
    return reason;
}
