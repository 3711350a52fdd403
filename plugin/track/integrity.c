/* integrity.c
 * MESSAGE-INTEGRITY, where a password is known.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/integrity.h"

#include "plugin/track/state.h"
#include "plugin/wire/fingerprint.h"

#include <string.h>

enum { BLOCK = 64, SHA1_LENGTH = 20, SHA256_LENGTH = 32 };

/* ---- one code ---- */

/* How the bytes are taken. Microsoft's stacks do it as RFC 3489 did: NULs up to a multiple of 64, and libnice,
 * where it talks to them, leaves the length of a check as it is. */
struct way {
    bool padded;
    bool whole_length;
};

static const struct way ways[] = { { false, false }, { true, false }, { true, true }, { false, true } };

/* The attribute's value against the HMAC of what comes before it. */
static bool fits_key(const struct msturn_message *message, const struct msturn_span *span, GChecksumType hash,
                     const struct msturn_key *key, struct way way)
{
    static const uint8_t zeros[BLOCK];
    const uint32_t counted =
        way.whole_length ? message->header.length : span->value_offset + span->length - MSTURN_HEADER_LENGTH;
    const uint8_t length[2] = { (uint8_t)(counted >> 8), (uint8_t)counted };
    uint8_t digest[SHA256_LENGTH];
    gsize digest_length = sizeof digest;
    GHmac *hmac = g_hmac_new(hash, key->data, key->length);

    g_hmac_update(hmac, message->bytes.data, 2);
    g_hmac_update(hmac, length, sizeof length);
    g_hmac_update(hmac, message->bytes.data + 4, (gssize)(span->offset - 4));
    if (way.padded)
        g_hmac_update(hmac, zeros, (BLOCK - span->offset % BLOCK) % BLOCK);
    g_hmac_get_digest(hmac, digest, &digest_length);
    g_hmac_unref(hmac);
    return memcmp(digest, span->value.data, span->length) == 0;
}

static bool fits_any(const struct msturn_message *message, const struct msturn_span *span, GChecksumType hash,
                     const struct msturn_key *keys)
{
    const bool standard =
        message->header.dialect == MSTURN_DIALECT_RFC && message->header.method != MSTURN_METHOD_BINDING;
    const size_t count = standard ? 1 : G_N_ELEMENTS(ways);

    for (const struct msturn_key *key = keys; key; key = key->next) {
        for (size_t i = 0; i < count; i++) {
            if (fits_key(message, span, hash, key, ways[i]))
                return true;
        }
    }
    return false;
}

/* May a code have this length, and which hash is it made with? */
static bool hash_of(const struct msturn_span *span, enum msturn_dialect dialect, GChecksumType *hash)
{
    const bool sha256 = span->type == MSTURN_ATTR_MESSAGE_INTEGRITY_SHA256 && dialect == MSTURN_DIALECT_RFC;
    const bool ms_sha256 = dialect == MSTURN_DIALECT_MS_TURN && span->length == SHA256_LENGTH;

    *hash = sha256 || ms_sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA1;
    if (span->state != MSTURN_SPAN_WHOLE || span->value.captured != span->length)
        return false;
    return sha256 ? span->length >= 16 && span->length <= SHA256_LENGTH : ms_sha256 || span->length == SHA1_LENGTH;
}

static enum msturn_integrity verify(const struct msturn_message *message, const struct msturn_span *span,
                                    const struct msturn_signer *signer)
{
    const enum msturn_dialect dialect = message->header.dialect;
    GChecksumType hash;

    if (!signer || !hash_of(span, dialect, &hash))
        return MSTURN_INTEGRITY_UNVERIFIED;
    if (fits_any(message, span, hash, signer->keys))
        return MSTURN_INTEGRITY_GOOD;
    if (fits_any(message, span, hash, signer->wrong))
        return MSTURN_INTEGRITY_WRONG_SIDE;
    /* How a key for SHA-256 is made no specification of Microsoft's says. */
    if (!signer->keys || (dialect == MSTURN_DIALECT_MS_TURN && hash == G_CHECKSUM_SHA256))
        return MSTURN_INTEGRITY_UNVERIFIED;
    return MSTURN_INTEGRITY_BAD;
}

/* ---- the codes of a message ---- */

static bool fingerprint_is_wrong(const struct msturn_message_context *context)
{
    const struct msturn_decoded *decoded = &context->message->decoded;

    return decoded->fingerprint_offset != 0 &&
           msturn_fingerprint_table_of(decoded->fingerprint, context->digest ^ MSTURN_FINGERPRINT_XOR,
                                       context->message->bytes.data,
                                       decoded->fingerprint_offset) == MSTURN_FINGERPRINT_NEITHER;
}

static void verify_codes(const struct msturn_message *message, const struct msturn_signer *signer,
                         struct msturn_message_facts *facts)
{
    static const uint16_t types[] = { MSTURN_ATTR_MESSAGE_INTEGRITY, MSTURN_ATTR_MESSAGE_INTEGRITY_SHA256 };
    const size_t count = message->header.dialect == MSTURN_DIALECT_RFC ? 2 : 1;

    for (size_t i = 0; i < count; i++) {
        const struct msturn_span *span = msturn_message_find(message, types[i]);
        if (span)
            facts->integrity[i] = (uint8_t)verify(message, span, signer);
    }
}

/* The worse of the two: a receiver that knows both verifies the better code only, but the sender made both. */
static uint8_t worse(const struct msturn_message_facts *facts)
{
    return MAX(facts->integrity[0], facts->integrity[1]);
}

static struct msturn_signature *signature_for(const struct msturn_message_context *context,
                                              const struct msturn_transaction *transaction)
{
    struct msturn_signature *signature = wmem_map_lookup(msturn_tracker.signatures, transaction);
    const bool request = context->message->header.msg_class == MSTURN_CLASS_REQUEST;
    struct msturn_signer *signer = !signature && request ? msturn_signer_of(context->message) : NULL;

    if (!signer)
        return signature;
    signature = wmem_new0(msturn_tracker.scope, struct msturn_signature);
    signature->transaction = transaction;
    signature->signer = signer;
    if (msturn_tracker.last_signature)
        msturn_tracker.last_signature->next = signature;
    else
        msturn_tracker.first_signature = signature;
    msturn_tracker.last_signature = signature;
    wmem_map_insert(msturn_tracker.signatures, transaction, signature);
    return signature;
}

void msturn_track_integrity(const struct msturn_message_context *context, struct msturn_message_facts *facts)
{
    const enum msturn_class msg_class = context->message->header.msg_class;
    const unsigned which = msg_class == MSTURN_CLASS_REQUEST ? 0 : 1;

    if (!msturn_knows_passwords() || msg_class == MSTURN_CLASS_INDICATION)
        return;
    if (!msturn_tracker.signatures)
        msturn_tracker.signatures = wmem_map_new(msturn_tracker.scope, g_direct_hash, g_direct_equal);
    struct msturn_signature *signature = signature_for(context, facts->transaction);
    verify_codes(context->message, signature ? signature->signer : NULL, facts);
    const uint8_t status = worse(facts);
    if (!signature || status <= signature->status[which])
        return;
    signature->status[which] = status;
    signature->event[which] = context->event;
    signature->changed[which] = fingerprint_is_wrong(context);
    signature->signer->fits[which] |= status == MSTURN_INTEGRITY_GOOD;
}

const struct msturn_signature *msturn_signature_of(const struct msturn_transaction *transaction)
{
    return transaction && msturn_tracker.signatures ? wmem_map_lookup(msturn_tracker.signatures, transaction) : NULL;
}
