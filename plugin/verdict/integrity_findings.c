/* integrity_findings.c
 * What the codes for integrity prove, where a password is known.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/integrity_parts.h"

#include <string.h>

/* ---- words ---- */

/* The part of a check's USERNAME before the colon: whose password it has to be signed with. */
static const char *receiver_text(const struct msturn_evaluation *evaluation, const struct msturn_signer *signer)
{
    const uint8_t *colon = memchr(signer->user.data, ':', signer->user.captured);
    const uint32_t length = colon ? (uint32_t)(colon - signer->user.data) : signer->user.captured;

    return msturn_name_text(evaluation, msturn_bytes_slice(signer->user, 0, length));
}

static const char *whose_text(const struct msturn_evaluation *evaluation, const struct msturn_signer *signer)
{
    return signer->is_check ? receiver_text(evaluation, signer) : msturn_name_text(evaluation, signer->user);
}

/* ---- rules ---- */

static void add_of_signature(struct msturn_evaluation *evaluation, enum msturn_finding finding,
                             const struct msturn_signature *signature, unsigned which, const char *text)
{
    msturn_add_finding(evaluation, finding, signature->event[which].frame, signature->transaction,
                       msturn_transaction_session(signature->transaction),
                       msturn_outcome_of_leg(evaluation, signature->transaction->exchange->leg), text);
}

static bool is_bad(const struct msturn_signature *signature, unsigned which)
{
    return signature->status[which] >= MSTURN_INTEGRITY_WRONG_SIDE;
}

/* Another error comes after the code was verified; but 438 may come before. */
static bool is_accepted(const struct msturn_signature *signature)
{
    const struct msturn_transaction *transaction = signature->transaction;

    return transaction->exchange->response.frame != 0 && !msturn_signature_is_refused(signature) &&
           transaction->error_code != 438;
}

static const char *bad_request_text(const struct msturn_evaluation *evaluation,
                                    const struct msturn_signature *signature)
{
    const struct msturn_signer *signer = signature->signer;
    const char *whose = whose_text(evaluation, signer);

    if (signature->changed[MSTURN_SIGNED_REQUEST])
        return "Changed on the way: neither MESSAGE-INTEGRITY nor FINGERPRINT fits the message";
    if (signature->status[MSTURN_SIGNED_REQUEST] == MSTURN_INTEGRITY_WRONG_SIDE)
        return wmem_strdup_printf(evaluation->scope,
                                  "Check signed with the password of its sender, not of its receiver \"%s\"", whose);
    return wmem_strdup_printf(evaluation->scope, "%s signs with another password than the one known for \"%s\"%s",
                              signer->is_check ? "The sender of the check" : "The client", whose,
                              signer->fits[MSTURN_SIGNED_REQUEST] ? "; other requests fit it" : "");
}

/* Of signers whose requests are accepted though none of them fits: the first one. The known password is not theirs. */
static wmem_map_t *mistaken_signers(const struct msturn_evaluation *evaluation)
{
    wmem_map_t *mistaken = wmem_map_new(evaluation->scope, g_direct_hash, g_direct_equal);
    const struct msturn_signature *signature = evaluation->tracker->first_signature;

    for (; signature; signature = signature->next) {
        if (is_bad(signature, MSTURN_SIGNED_REQUEST) && is_accepted(signature) &&
            !signature->signer->fits[MSTURN_SIGNED_REQUEST] && !wmem_map_lookup(mistaken, signature->signer))
            wmem_map_insert(mistaken, signature->signer, (void *)signature);
    }
    return mistaken;
}

static void tell_mistake(struct msturn_evaluation *evaluation, const struct msturn_signature *signature)
{
    add_of_signature(evaluation, MSTURN_FINDING_PASSWORD_OTHER, signature, MSTURN_SIGNED_REQUEST,
                     wmem_strdup_printf(evaluation->scope,
                                        "Both ends use another password than the one known for \"%s\"",
                                        whose_text(evaluation, signature->signer)));
}

static void judge_request(struct msturn_evaluation *evaluation, const struct msturn_signature *signature)
{
    const bool refused = msturn_signature_is_refused(signature);

    if (is_bad(signature, MSTURN_SIGNED_REQUEST) && (refused || msturn_signature_is_dropped(signature)))
        add_of_signature(evaluation, MSTURN_FINDING_INTEGRITY_BAD, signature, MSTURN_SIGNED_REQUEST,
                         bad_request_text(evaluation, signature));
    else if (signature->status[MSTURN_SIGNED_REQUEST] == MSTURN_INTEGRITY_GOOD && refused)
        add_of_signature(evaluation, MSTURN_FINDING_PASSWORD_REFUSED, signature, MSTURN_SIGNED_REQUEST, NULL);
}

static void judge_response(struct msturn_evaluation *evaluation, const struct msturn_signature *signature)
{
    const struct msturn_signer *signer = signature->signer;

    if (!is_bad(signature, MSTURN_SIGNED_RESPONSE) || signature->status[MSTURN_SIGNED_REQUEST] != MSTURN_INTEGRITY_GOOD)
        return;
    add_of_signature(
        evaluation, MSTURN_FINDING_INTEGRITY_BAD, signature, MSTURN_SIGNED_RESPONSE,
        signature->changed[MSTURN_SIGNED_RESPONSE]
            ? "Changed on the way: neither MESSAGE-INTEGRITY nor FINGERPRINT fits the message"
            : wmem_strdup_printf(evaluation->scope,
                                 "The answer is signed with another password than its request, that of \"%s\"",
                                 whose_text(evaluation, signer)));
}

void msturn_find_in_integrity(struct msturn_evaluation *evaluation)
{
    const struct msturn_signature *signature = evaluation->tracker->first_signature;
    wmem_map_t *mistaken = signature ? mistaken_signers(evaluation) : NULL;

    for (; signature; signature = signature->next) {
        const struct msturn_signature *mistake = wmem_map_lookup(mistaken, signature->signer);
        if (mistake == signature)
            tell_mistake(evaluation, signature);
        if (mistake)
            continue;
        judge_request(evaluation, signature);
        judge_response(evaluation, signature);
    }
}
