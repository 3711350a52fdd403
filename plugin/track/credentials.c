/* credentials.c
 * What a session's client and server say of user, realm and nonce, and who signs.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/credentials.h"

#include "plugin/rules/timers.h"
#include "plugin/track/flow.h"
#include "plugin/track/problem.h"
#include "plugin/track/state.h"
#include "plugin/track/transaction.h"
#include "plugin/track/transaction_table.h"

#include <string.h>

enum {
    STORM = 3,     /* 438 in a row */
    CHALLENGES = 2 /* that a client of [MS-TURN] may need */
};

static const char *text_of(struct msturn_bytes bytes)
{
    return wmem_strndup(msturn_tracker.scope, (const char *)bytes.data, bytes.captured);
}

/* What was sent, for a sentence: what is not printable as dots, and not all of it if it is long. */
static const char *quoted(struct msturn_bytes bytes)
{
    enum { LONGEST = 32 };
    const uint32_t length = MIN(bytes.captured, (uint32_t)LONGEST);
    char text[LONGEST + 1] = "";

    for (uint32_t i = 0; i < length; i++)
        text[i] = g_ascii_isprint(bytes.data[i]) ? (char)bytes.data[i] : '.';
    return wmem_strdup_printf(msturn_tracker.scope, "\"%s%s\"", text, length < bytes.captured ? "..." : "");
}

static const char *quoted_text(const char *text)
{
    const uint32_t length = (uint32_t)strlen(text);

    return quoted((struct msturn_bytes){ (const uint8_t *)text, length, length });
}

/* FNV-1a. 0: there is none. */
uint64_t msturn_hash_of(struct msturn_bytes bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (!bytes.data || bytes.captured == 0)
        return 0;
    for (uint32_t i = 0; i < bytes.captured; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool text_equal(const char *text, struct msturn_bytes bytes)
{
    return strlen(text) == bytes.captured && memcmp(text, bytes.data, bytes.captured) == 0;
}

/* In MS-TURN user names are opaque tokens ([MS-TURN] 2.2.2.2). */
static void update_user(struct msturn_session *session, const struct msturn_message_context *context,
                        const struct msturn_transaction *transaction)
{
    const struct msturn_bytes user = context->message->decoded.username;

    if (!user.data || session->dialect == MSTURN_DIALECT_MS_TURN)
        return;
    if (session->username && text_equal(session->username, user))
        return;
    if (session->username && session->state == MSTURN_SESSION_ALLOCATED)
        msturn_note_problem(MSTURN_FINDING_USER_CHANGED, context->event.frame, transaction, session,
                            wmem_strdup_printf(msturn_tracker.scope, "USERNAME is %s, and that of the Allocate %s",
                                               quoted(user), quoted_text(session->username)));
    else
        session->username = text_of(user);
}

/* RFC 8489 section 9.2.5: the client takes realm and nonce of the server's last challenge. */
static void compare_challenge(struct msturn_session *session, const struct msturn_message_context *context,
                              struct msturn_transaction *transaction)
{
    const struct msturn_decoded *decoded = &context->message->decoded;

    const uint64_t nonce = msturn_hash_of(decoded->nonce);

    msturn_exchange_of(transaction)->nonce = (uint32_t)nonce;
    if (nonce == 0 || session->nonces[0] == 0)
        return;
    if (session->realm && decoded->realm.data && !text_equal(session->realm, decoded->realm))
        msturn_note_problem(MSTURN_FINDING_REALM_WRONG, context->event.frame, transaction, session,
                            wmem_strdup_printf(msturn_tracker.scope, "REALM is %s, and that of the server %s",
                                               quoted(decoded->realm), quoted_text(session->realm)));
    if (nonce == session->nonces[0])
        return;
    for (unsigned i = 1; i < G_N_ELEMENTS(session->nonces); i++)
        transaction->old_nonce |= nonce == session->nonces[i];
    if (!transaction->old_nonce && session->begun)
        msturn_note_problem(
            MSTURN_FINDING_NONCE_FOREIGN, context->event.frame, transaction, session,
            wmem_strdup_printf(msturn_tracker.scope,
                               "NONCE is %s, which this server did not give here; its last is in frame %u",
                               quoted(decoded->nonce), session->nonce_given.frame));
}

void msturn_session_check_credentials(struct msturn_session *session, const struct msturn_message_context *context,
                                      struct msturn_transaction *transaction)
{
    update_user(session, context, transaction);
    compare_challenge(session, context, transaction);
}

/* RFC 8489 section 9.2.4: what comes after a challenge is authenticated; a new Allocate may try without. [MS-TURN]
 * 3.1.11: so are all requests of an allocation. */
bool msturn_session_needs_integrity(const struct msturn_session *session, enum msturn_action action)
{
    if (session->dialect == MSTURN_DIALECT_RFC)
        return msturn_happened(&session->challenged) && action != MSTURN_ACTION_ALLOCATE;
    return msturn_happened(&session->challenged) && session->state == MSTURN_SESSION_ALLOCATED;
}

void msturn_session_check_integrity(const struct msturn_session *session, const struct msturn_message_context *context,
                                    bool needed, const struct msturn_transaction *transaction)
{
    if (needed && msturn_flow_is_whole(context->flow) && !(context->message->decoded.has & MSTURN_HAS_INTEGRITY))
        msturn_note_problem(MSTURN_FINDING_INTEGRITY_MISSING, context->event.frame, transaction, session, NULL);
}

void msturn_session_update_nonce(struct msturn_session *session, const struct msturn_message_context *context)
{
    const struct msturn_decoded *decoded = &context->message->decoded;
    const uint64_t nonce = msturn_hash_of(decoded->nonce);

    if (decoded->realm.data && (!session->realm || !text_equal(session->realm, decoded->realm)))
        session->realm = text_of(decoded->realm);
    if (nonce == 0 || nonce == session->nonces[0])
        return;
    memmove(session->nonces + 1, session->nonces, sizeof session->nonces - sizeof session->nonces[0]);
    session->nonces[0] = nonce;
    session->nonce_given = context->event;
}

static void handle_unauthenticated(struct msturn_session *session, const struct msturn_message_context *context,
                                   struct msturn_transaction *transaction)
{
    session->challenged = context->event;
    session->challenge = transaction;
    /* [MS-TURN]: the first one is without credentials, and one more may come from the server that is told to use. */
    const bool again = session->dialect == MSTURN_DIALECT_MS_TURN && ++session->challenges > CHALLENGES;
    /* A server may renew its challenge at any time. */
    const bool renewed = session->accepted && !again &&
                         (uint32_t)msturn_hash_of(context->message->decoded.nonce) != transaction->exchange->nonce;
    session->accepted = false;
    if ((!(transaction->exchange->has & MSTURN_HAS_INTEGRITY) && !again) || renewed)
        return;
    if (transaction->action == MSTURN_ACTION_ALLOCATE && session->state == MSTURN_SESSION_PENDING)
        session->state = MSTURN_SESSION_REFUSED;
    session->error_code = transaction->error_code;
    session->error_reason = msturn_transaction_error_reason(transaction);
    msturn_note_problem(MSTURN_FINDING_AUTH_LOOP, context->event.frame, transaction, session, NULL);
}

/* RFC 8656 section 5: a nonce should live for an hour. */
static void check_storm(struct msturn_session *session, const struct msturn_message_context *context,
                        const struct msturn_transaction *transaction)
{
    const bool soon =
        msturn_happened(&session->stale) && msturn_seconds(&session->stale, &context->event) < MSTURN_SECONDS_STORM;

    if (msturn_happened(&session->stale) && transaction->exchange->nonce == session->stale_nonce)
        return; /* both were on the way when it went stale */
    session->stale_in_a_row = soon ? session->stale_in_a_row + 1 : 1;
    if (session->stale_in_a_row == STORM)
        msturn_note_problem(MSTURN_FINDING_NONCE_STORM, context->event.frame, transaction, session, NULL);
    session->stale = context->event;
    session->stale_nonce = transaction->exchange->nonce;
}

static void handle_stale_nonce(struct msturn_session *session, const struct msturn_message_context *context,
                               struct msturn_transaction *transaction)
{
    if (transaction->old_nonce)
        msturn_note_problem(MSTURN_FINDING_NONCE_IGNORED, context->event.frame, transaction, session,
                            wmem_strdup_printf(msturn_tracker.scope,
                                               "Stale nonce again, and no request with that of frame %u",
                                               session->nonce_given.frame));
    else
        check_storm(session, context, transaction);
    session->challenge = transaction;
}

void msturn_session_handle_challenge(struct msturn_session *session, const struct msturn_message_context *context,
                                     struct msturn_transaction *transaction)
{
    if (context->message->decoded.error_code == 401)
        handle_unauthenticated(session, context, transaction);
    else if (context->message->decoded.error_code == 438)
        handle_stale_nonce(session, context, transaction);
}
