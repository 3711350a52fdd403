/* integrity_advice.c
 * What known passwords say of requests that were refused, and of findings about that.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/integrity_parts.h"

/* A name from the wire, with what is not printable as dots. */
const char *msturn_name_text(const struct msturn_evaluation *evaluation, struct msturn_bytes name)
{
    enum { LONGEST = 40 };
    const uint32_t length = MIN(name.captured, LONGEST);
    char *text = wmem_strndup(evaluation->scope, (const char *)name.data, length);

    for (uint32_t i = 0; i < length; i++) {
        if (!g_ascii_isprint(text[i]))
            text[i] = '.';
    }
    return text;
}

/* RFC 8489 sections 9.1.3 and 9.2.4, [MS-TURN] 3.3.5.1: user, password or code were not right. */
static bool refuses_signature(uint16_t error_code)
{
    return error_code == 400 || error_code == 401 || (error_code >= 430 && error_code <= 436);
}

bool msturn_signature_is_refused(const struct msturn_signature *signature)
{
    const struct msturn_transaction *transaction = signature->transaction;

    return transaction->is_error && refuses_signature(transaction->error_code);
}

/* Who drops the request says nothing; a TURN server may close the connection. */
bool msturn_signature_is_dropped(const struct msturn_signature *signature)
{
    const struct msturn_transaction *transaction = signature->transaction;

    return transaction->exchange->response.frame == 0 &&
           (signature->signer->is_check || signature->changed[MSTURN_SIGNED_REQUEST] ||
            msturn_happened(&transaction->flow->ended));
}

static const char *other_realm_advice(const struct msturn_evaluation *evaluation, const struct msturn_signer *signer)
{
    const char *realm = msturn_only_realm_of_user(signer->user);

    return realm ? wmem_strdup_printf(evaluation->scope,
                                      "The client's realm is \"%s\"; for \"%s\" a password is known in \"%s\" only.",
                                      msturn_name_text(evaluation, signer->realm),
                                      msturn_name_text(evaluation, signer->user), realm)
                 : NULL;
}

/* No password is known for it. */
static const char *unknown_signer_advice(const struct msturn_evaluation *evaluation, const struct msturn_signer *signer)
{
    if (signer->is_check || signer->keys)
        return NULL;
    const char *advice = other_realm_advice(evaluation, signer), *user = msturn_only_turn_user();
    if (advice || !user)
        return advice;
    return wmem_strdup_printf(evaluation->scope, "The client is \"%s\"; a password is known for \"%s\" only.",
                              msturn_name_text(evaluation, signer->user), user);
}

#define CHANGED_REQUEST \
    "A NAT or proxy changed the request on the way: a capture at the end that refuses shows what arrived there."
#define CHANGED_RESPONSE \
    "A NAT or proxy changed the answer on the way: a capture at the end that gave it shows what left there."
#define SWAPPED "Local and remote password are swapped: the sender of the check has to use the receiver's."

/* Of a response that does not fit its own advice says enough: compare the passwords. */
static const char *response_advice(const struct msturn_signature *signature)
{
    return signature->changed[MSTURN_SIGNED_RESPONSE] ? CHANGED_RESPONSE : NULL;
}

/* Of a request that was refused or dropped. */
static const char *request_advice(const struct msturn_evaluation *evaluation, const struct msturn_signature *signature)
{
    if (signature->changed[MSTURN_SIGNED_REQUEST])
        return CHANGED_REQUEST;
    if (signature->status[MSTURN_SIGNED_REQUEST] == MSTURN_INTEGRITY_WRONG_SIDE)
        return SWAPPED;
    if (signature->status[MSTURN_SIGNED_REQUEST] == MSTURN_INTEGRITY_BAD)
        return "The password is wrong: the request is signed with another one than the one known.";
    if (signature->status[MSTURN_SIGNED_REQUEST] == MSTURN_INTEGRITY_GOOD)
        return "The request is signed with the known password: who refuses it has another one for this user, or none.";
    return unknown_signer_advice(evaluation, signature->signer);
}

const char *msturn_proved_advice(const struct msturn_evaluation *evaluation, const struct msturn_problem *problem)
{
    const struct msturn_signature *signature = msturn_signature_of(problem->transaction);

    if (signature && problem->finding == MSTURN_FINDING_INTEGRITY_BAD)
        return signature->event[MSTURN_SIGNED_REQUEST].frame == problem->frame ? request_advice(evaluation, signature)
                                                                               : response_advice(signature);
    if (!signature || !msturn_finding_is_of_credentials(problem->finding) ||
        !(msturn_signature_is_refused(signature) || msturn_signature_is_dropped(signature)))
        return NULL;
    return request_advice(evaluation, signature);
}
