/* decoded.h
 * What the attributes of one message say together: decoded, for the rules about calls.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_DECODED_H
#define MSTURN_DECODED_H

#include "plugin/wire/wire.h"

#include <stddef.h>

/* An IP address and a port. All zero: none. */
struct msturn_endpoint {
    uint8_t family; /* 4, 6, or 0 for none */
    uint8_t address[16];
    uint16_t port;
};

bool msturn_endpoint_equal(const struct msturn_endpoint *a, const struct msturn_endpoint *b);
bool msturn_endpoint_same_host(const struct msturn_endpoint *a, const struct msturn_endpoint *b);

/* Is the address one that cannot be reached from elsewhere in the Internet: private (RFC 1918, RFC 6598, RFC 4193),
 * loopback, link-local, or none at all? */
bool msturn_endpoint_is_private(const struct msturn_endpoint *endpoint);

/* 0.0.0.0 or ::, with any port. */
bool msturn_endpoint_is_unspecified(const struct msturn_endpoint *endpoint);

/* A bit an attribute that matters to the rules about calls. */
enum msturn_decoded_flag {
    MSTURN_HAS_INTEGRITY = 1 << 0, /* of either hash */
    MSTURN_HAS_FINGERPRINT = 1 << 1,
    MSTURN_HAS_USE_CANDIDATE = 1 << 2,
    MSTURN_HAS_PRIORITY = 1 << 3,
    MSTURN_HAS_CONTROLLING = 1 << 4,
    MSTURN_HAS_CONTROLLED = 1 << 5,
    MSTURN_HAS_LIFETIME = 1 << 6,
    MSTURN_HAS_CONNECTION_ID = 1 << 7,
    MSTURN_HAS_ERROR_CODE = 1 << 8,
    MSTURN_HAS_ALTERNATE_SERVER = 1 << 9,
    MSTURN_HAS_DATA = 1 << 10,
    MSTURN_HAS_CHANNEL = 1 << 11,
    MSTURN_HAS_SEQUENCE = 1 << 12,
    MSTURN_HAS_USERNAME = 1 << 13, /* or its hash */
    MSTURN_HAS_REALM = 1 << 14,
    MSTURN_HAS_NONCE = 1 << 15,
    MSTURN_HAS_NOMINATION = 1 << 16
};

struct msturn_decoded {
    uint32_t has; /* bits of enum msturn_decoded_flag */
    struct msturn_bytes username, realm, nonce, unknown_attributes, error_reason, sequence_connection_id,
        multiplexed; /* in the message, if whole; the last: Multiplexed TURN Session ID, [MS-TURN] 2.2.2.24 */
    struct msturn_endpoint peer;      /* XOR-PEER-ADDRESS, Destination or Remote Address: the first */
    struct msturn_endpoint relayed;   /* XOR-RELAYED-ADDRESS, Mapped Address of [MS-TURN]: the first */
    struct msturn_endpoint mapped;    /* XOR-MAPPED-ADDRESS */
    struct msturn_endpoint alternate; /* ALTERNATE-SERVER */
    uint16_t error_code;              /* 0: none */
    uint16_t channel;
    uint8_t integrity_length;    /* 20 or 32 in [MS-TURN]; 0: none */
    uint8_t requested_transport; /* IP protocol number; 0: none */
    uint32_t lifetime;           /* in seconds */
    uint32_t connection_id;      /* RFC 6062 section 6.2.1 */
    uint32_t nomination;         /* draft-thatcher-ice-renomination: the highest that was sent counts */
    uint32_t sequence;           /* MS-Sequence-Number, [MS-TURN] 2.2.2.21 */
    uint32_t fingerprint;        /* CRC-32 as in FINGERPRINT, RFC 8489 section 14.7; it covers what comes before it: */
    uint32_t fingerprint_offset; /* in the message; 0: no FINGERPRINT of 4 bytes was captured */
};

/* Which form a value has in struct msturn_decoded. */
enum msturn_decoded_form {
    MSTURN_DECODED_NONE,
    MSTURN_DECODED_FLAG, /* that it is there is all that matters */
    MSTURN_DECODED_BYTES,
    MSTURN_DECODED_LENGTH,
    MSTURN_DECODED_ENDPOINT,
    MSTURN_DECODED_NUMBER8,
    MSTURN_DECODED_NUMBER16,
    MSTURN_DECODED_NUMBER32,
    MSTURN_DECODED_ERROR, /* a number and a reason phrase */
    MSTURN_DECODED_SEQUENCE,
    MSTURN_DECODED_NOMINATION, /* only where it is one */
    MSTURN_DECODED_FINGERPRINT
};

/* What becomes of an attribute. */
struct msturn_decoded_rule {
    enum msturn_decoded_form form;
    uint32_t flag; /* of enum msturn_decoded_flag */
    size_t member; /* its offset in struct msturn_decoded */
};

#endif
