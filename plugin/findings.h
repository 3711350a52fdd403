/* findings.h
 * THE table of findings: what is wrong or worth knowing, how bad it is, and what to do about it; and the
 * rules that find it in one message.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows wire, attrs and names only.
 */
#ifndef MSTURN_FINDINGS_H
#define MSTURN_FINDINGS_H

#include "attrs.h"
#include "wire.h"

enum msturn_severity { MSTURN_NOTE, MSTURN_WARNING, MSTURN_ERROR };

/* What part of the call a finding is about. */
enum msturn_group {
    MSTURN_GROUP_MALFORMED, /* bytes that cannot be read as they should */
    MSTURN_GROUP_PROTOCOL,  /* readable, but against a rule */
    MSTURN_GROUP_CHECKSUM,
    MSTURN_GROUP_UNDECODED, /* not wrong, but not decoded or not there */
    MSTURN_GROUP_SEQUENCE   /* bytes or messages missing, or in the wrong order */
};

enum msturn_finding {
    MSTURN_FINDING_NONE,
    /* framing */
    MSTURN_FINDING_CUT,
    MSTURN_FINDING_NOT_REASSEMBLED,
    MSTURN_FINDING_MID_STREAM,
    MSTURN_FINDING_FRAMING_LOST,
    MSTURN_FINDING_FRAME_LENGTH,
    MSTURN_FINDING_FRAME_MISSING,
    MSTURN_FINDING_CHANNEL_RESERVED,
    MSTURN_FINDING_MULTIPLEX_LENGTH,
    MSTURN_FINDING_NESTING,
    MSTURN_FINDING_TRAILING,
    /* pseudo-TLS */
    MSTURN_FINDING_PSEUDO_TLS_REAL_TLS,
    MSTURN_FINDING_PSEUDO_TLS_NO_TLS,
    MSTURN_FINDING_PSEUDO_TLS_REWRITTEN,
    MSTURN_FINDING_PSEUDO_TLS_EARLY,
    MSTURN_FINDING_PSEUDO_TLS_TWO_RECORDS,
    /* messages */
    MSTURN_FINDING_METHOD_UNKNOWN,
    MSTURN_FINDING_LENGTH_NOT_MULTIPLE,
    MSTURN_FINDING_FORBIDDEN_TYPE,
    MSTURN_FINDING_COOKIE_MISSING,
    MSTURN_FINDING_STANDARD_TURN,
    MSTURN_FINDING_XOR_MAPPED_MISSING,
    MSTURN_FINDING_RELAYED_MISSING,
    /* attributes */
    MSTURN_FINDING_ATTRIBUTE_UNKNOWN_REQUIRED,
    MSTURN_FINDING_ATTRIBUTE_UNKNOWN_OPTIONAL,
    MSTURN_FINDING_ATTRIBUTE_LENGTH,
    MSTURN_FINDING_ATTRIBUTE_OVERRUN,
    MSTURN_FINDING_ATTRIBUTE_STUMP,
    MSTURN_FINDING_PADDING_NOT_ZERO,
    MSTURN_FINDING_PADDING_CONTRARY,
    MSTURN_FINDING_AFTER_INTEGRITY,
    MSTURN_FINDING_INTEGRITY_FORBIDDEN,
    MSTURN_FINDING_INTEGRITY_LENGTH,
    MSTURN_FINDING_REALM_NONCE_SWAPPED,
    MSTURN_FINDING_FAMILY_UNKNOWN,
    MSTURN_FINDING_VERSION_UNKNOWN,
    MSTURN_FINDING_FINGERPRINT,
    MSTURN_FINDING_COUNT
};

struct msturn_finding_row {
    const char *code;   /* filter name behind "msturn.finding." */
    enum msturn_severity severity;
    enum msturn_group group;
    const char *text;
    const char *advice; /* what it means for the call, and what to do; one line */
    const char *reference;
};

/* By enum msturn_finding; the row of NONE is empty. */
extern const struct msturn_finding_row msturn_findings[MSTURN_FINDING_COUNT];

/* Takes a finding; it is about the attribute at `offset` of the message, or about the whole (0). */
typedef void (*msturn_finding_fn)(void *context, enum msturn_finding finding, uint32_t offset);

/* Applies the rules about one message as a whole; those about the form of a single attribute are applied
 * where it is decoded. `in_ms_frame`: the message is the content of a type 02 frame of [MS-TURN] 2.1.4. */
void msturn_check_message(struct msturn_bytes message, const struct msturn_header *header, bool in_ms_frame,
                          msturn_finding_fn take, void *context);

#endif
