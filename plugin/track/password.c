/* password.c
 * The passwords that are known, and the keys that are made of them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Long-term keys: RFC 8489 sections 9.2.2 and 18.5.1; short-term keys: section 9.1.1. [MS-AVEDGEA] hands out user names and
 * passwords of MS-TURN in base64; they are used decoded.
 */
#include "plugin/track/password.h"

#include "plugin/track/password_form.h"
#include "plugin/track/state.h"

#include <string.h>

struct turn_password {
    const char *user, *realm, *password;
    struct turn_password *next;
};

struct ice_password {
    const char *ufrag, *password;
    struct ice_password *next;
};

struct msturn_passwords {
    struct turn_password *turn;
    struct ice_password *ice;
    wmem_map_t *signers; /* by struct signer_name */
};

/* ---- what is known ---- */

static struct msturn_passwords *passwords(void)
{
    if (!msturn_tracker.passwords)
        msturn_tracker.passwords = wmem_new0(msturn_tracker.scope, struct msturn_passwords);
    msturn_tracker.passwords->signers = NULL; /* they may have more keys now */
    return msturn_tracker.passwords;
}

void msturn_track_turn_password(const char *user, const char *realm, const char *password)
{
    struct turn_password *known = wmem_new(msturn_tracker.scope, struct turn_password);

    *known = (struct turn_password){
        .user = wmem_strdup(msturn_tracker.scope, user),
        .realm = wmem_strdup(msturn_tracker.scope, realm),
        .password = wmem_strdup(msturn_tracker.scope, password),
        .next = passwords()->turn,
    };
    msturn_tracker.passwords->turn = known;
}

void msturn_track_ice_password(const char *ufrag, const char *password)
{
    const struct msturn_passwords *before = msturn_tracker.passwords;

    for (const struct ice_password *known = before ? before->ice : NULL; known; known = known->next) {
        if (strcmp(known->ufrag, ufrag) == 0 && strcmp(known->password, password) == 0)
            return;
    }
    struct ice_password *known = wmem_new(msturn_tracker.scope, struct ice_password);
    *known = (struct ice_password){
        .ufrag = wmem_strdup(msturn_tracker.scope, ufrag),
        .password = wmem_strdup(msturn_tracker.scope, password),
        .next = passwords()->ice,
    };
    msturn_tracker.passwords->ice = known;
}

bool msturn_knows_passwords(void)
{
    return msturn_tracker.passwords != NULL;
}

const char *msturn_only_turn_user(void)
{
    const struct turn_password *first = msturn_tracker.passwords ? msturn_tracker.passwords->turn : NULL;

    for (const struct turn_password *known = first; known; known = known->next) {
        if (strcmp(known->user, first->user) != 0)
            return NULL;
    }
    return first ? first->user : NULL;
}

/* ---- bytes ---- */

static struct msturn_bytes bytes_of_text(const char *text)
{
    const uint32_t length = (uint32_t)strlen(text);

    return (struct msturn_bytes){ .data = (const uint8_t *)text, .captured = length, .reported = length };
}

static bool bytes_equal(struct msturn_bytes a, struct msturn_bytes b)
{
    return a.captured == b.captured && (a.captured == 0 || memcmp(a.data, b.data, a.captured) == 0);
}

/* Some ends fill texts with NULs. */
static struct msturn_bytes without_nuls(struct msturn_bytes bytes)
{
    while (bytes.captured > 0 && bytes.data[bytes.captured - 1] == 0)
        bytes.captured = --bytes.reported;
    return bytes;
}

/* RFC 8489 section 9.2.2: quotes around a value and NULs after it are no part of it. */
static struct msturn_bytes bare(struct msturn_bytes bytes)
{
    struct msturn_bytes inner = without_nuls(bytes);

    if (inner.captured >= 2 && inner.data[0] == '"' && inner.data[inner.captured - 1] == '"')
        inner = msturn_bytes_slice(inner, 1, inner.captured - 2);
    return inner;
}

static struct msturn_bytes kept(struct msturn_bytes bytes)
{
    bytes.data = wmem_memdup(msturn_tracker.scope, bytes.data, bytes.captured);
    return bytes;
}

/* ---- keys ---- */

static void add_key(struct msturn_key **keys, const uint8_t *data, size_t length)
{
    for (const struct msturn_key *key = *keys; key; key = key->next) {
        if (key->length == length && memcmp(key->data, data, length) == 0)
            return;
    }
    struct msturn_key *key = wmem_new(msturn_tracker.scope, struct msturn_key);
    *key =
        (struct msturn_key){ .data = wmem_memdup(msturn_tracker.scope, data, length), .length = length, .next = *keys };
    *keys = key;
}

static void add_hashed_key(struct msturn_key **keys, GChecksumType type, struct msturn_bytes user,
                           struct msturn_bytes realm, struct msturn_bytes password)
{
    uint8_t digest[32];
    gsize length = sizeof digest;
    GChecksum *hash = g_checksum_new(type);

    g_checksum_update(hash, user.data, user.captured);
    g_checksum_update(hash, (const guchar *)":", 1);
    g_checksum_update(hash, realm.data, realm.captured);
    g_checksum_update(hash, (const guchar *)":", 1);
    g_checksum_update(hash, password.data, password.captured);
    g_checksum_get_digest(hash, digest, &length);
    g_checksum_free(hash);
    add_key(keys, digest, length);
}

/* What a request says of its long-term key. */
struct long_term {
    struct msturn_bytes user, realm;
    struct msturn_key **keys;
};

static void add_long_term_keys(void *context, struct msturn_bytes password)
{
    const struct long_term *key = context;
    const struct msturn_bytes plain_user = bare(key->user), plain_realm = bare(key->realm);

    add_hashed_key(key->keys, G_CHECKSUM_SHA256, plain_user, plain_realm, password);
    add_hashed_key(key->keys, G_CHECKSUM_MD5, key->user, key->realm, password); /* some do not take the quotes off */
    add_hashed_key(key->keys, G_CHECKSUM_MD5, plain_user, plain_realm, password);
}

static void add_short_term_key(void *context, struct msturn_bytes password)
{
    add_key((struct msturn_key **)context, password.data, password.captured);
}

/* ---- who signs ---- */

struct signer_name {
    struct msturn_bytes user, realm;
};

static guint hash_bytes(struct msturn_bytes bytes)
{
    return bytes.captured > 0 ? wmem_strong_hash(bytes.data, bytes.captured) : 0;
}

static guint hash_name(gconstpointer name)
{
    const struct signer_name *signer = name;

    return hash_bytes(signer->user) * 31 + hash_bytes(signer->realm);
}

static gboolean names_equal(gconstpointer a, gconstpointer b)
{
    const struct signer_name *left = a, *right = b;

    return bytes_equal(left->user, right->user) && bytes_equal(left->realm, right->realm);
}

/* Is it this text, or what the text is the base64 of? */
static bool is_this_text(struct msturn_bytes bytes, const char *text)
{
    gsize length;

    if (bytes_equal(bytes, bytes_of_text(text)))
        return true;
    guchar *decoded = g_base64_decode(text, &length);
    const bool equal = length > 0 && length == bytes.captured && memcmp(decoded, bytes.data, length) == 0;
    g_free(decoded);
    return equal;
}

const char *msturn_only_realm_of_user(struct msturn_bytes user)
{
    const struct turn_password *known = msturn_tracker.passwords ? msturn_tracker.passwords->turn : NULL;
    const char *realm = NULL;

    for (; known; known = known->next) {
        if (!is_this_text(bare(user), known->user))
            continue;
        if (!*known->realm || (realm && strcmp(realm, known->realm) != 0))
            return NULL;
        realm = known->realm;
    }
    return realm;
}

static void add_turn_keys(struct msturn_signer *signer, struct msturn_bytes realm)
{
    struct long_term context = { .user = signer->user, .realm = realm, .keys = &signer->keys };

    for (const struct turn_password *known = msturn_tracker.passwords->turn; known; known = known->next) {
        if (is_this_text(bare(signer->user), known->user) &&
            (!*known->realm || bytes_equal(bare(realm), bare(bytes_of_text(known->realm)))))
            msturn_password_forms(known->password, add_long_term_keys, &context);
    }
}

/* RFC 8445 section 7.2.2: USERNAME is the receiver's user fragment, a colon, and the sender's. */
static void add_check_keys(struct msturn_signer *signer)
{
    const struct msturn_bytes user = without_nuls(signer->user);
    const uint8_t *colon = user.captured > 0 ? memchr(user.data, ':', user.captured) : NULL;
    const uint32_t length = colon ? (uint32_t)(colon - user.data) : user.captured;
    const struct msturn_bytes receiver = msturn_bytes_slice(user, 0, length);
    const struct msturn_bytes sender = msturn_bytes_slice(user, MIN(length + 1, user.captured), UINT32_MAX);

    for (const struct ice_password *known = msturn_tracker.passwords->ice; known; known = known->next) {
        if (is_this_text(receiver, known->ufrag))
            msturn_password_forms(known->password, add_short_term_key, (void *)&signer->keys);
        if (is_this_text(sender, known->ufrag))
            msturn_password_forms(known->password, add_short_term_key, (void *)&signer->wrong);
    }
}

static struct msturn_signer *new_signer(struct msturn_bytes user, struct msturn_bytes realm)
{
    struct msturn_signer *signer = wmem_new0(msturn_tracker.scope, struct msturn_signer);
    struct signer_name *name = wmem_new(msturn_tracker.scope, struct signer_name);

    *name = (struct signer_name){ .user = kept(user), .realm = kept(realm) };
    signer->user = name->user;
    signer->realm = name->realm;
    signer->is_check = !realm.data;
    if (signer->is_check)
        add_check_keys(signer);
    else
        add_turn_keys(signer, realm);
    wmem_map_insert(msturn_tracker.passwords->signers, name, signer);
    return signer;
}

/* RFC 8489 section 14.4. */
const char *msturn_user_of_hash(struct msturn_bytes userhash, struct msturn_bytes realm)
{
    const struct turn_password *known = msturn_tracker.passwords ? msturn_tracker.passwords->turn : NULL;
    const struct msturn_bytes plain_realm = bare(realm);

    for (; known; known = known->next) {
        uint8_t digest[32];
        gsize length = sizeof digest;
        GChecksum *hash = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(hash, (const guchar *)known->user, (gssize)strlen(known->user));
        g_checksum_update(hash, (const guchar *)":", 1);
        g_checksum_update(hash, plain_realm.data, plain_realm.captured);
        g_checksum_get_digest(hash, digest, &length);
        g_checksum_free(hash);
        if (userhash.captured == length && memcmp(userhash.data, digest, length) == 0)
            return known->user;
    }
    return NULL;
}

struct msturn_signer *msturn_signer_of(const struct msturn_message *message)
{
    const struct msturn_decoded *decoded = &message->decoded;
    const struct msturn_span *hash = msturn_message_find(message, MSTURN_ATTR_USERHASH);
    struct signer_name name = { .user = decoded->username, .realm = decoded->realm };

    if (!name.user.data && hash && message->header.dialect == MSTURN_DIALECT_RFC) {
        const char *user = msturn_user_of_hash(hash->value, decoded->realm);
        if (user)
            name.user = bytes_of_text(user);
    }
    if (!name.user.data || msturn_message_find(message, MSTURN_ATTR_ACCESS_TOKEN)) /* RFC 7635: another key */
        return NULL;
    if (!msturn_tracker.passwords->signers)
        msturn_tracker.passwords->signers = wmem_map_new(msturn_tracker.scope, hash_name, names_equal);
    struct msturn_signer *signer = wmem_map_lookup(msturn_tracker.passwords->signers, &name);
    return signer ? signer : new_signer(name.user, name.realm);
}
