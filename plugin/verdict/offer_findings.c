/* offer_findings.c
 * The rules about what was offered, what was tried, and what was answered.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/candidates.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/joining.h"
#include "plugin/verdict/offer_parts.h"

/* A log has no frames: what is said of it stands at the beginning of the session that it is about, else of the capture. */
static uint32_t frame_for(const struct msturn_description *description, const struct msturn_session *session)
{
    if (description->event.frame != 0)
        return description->event.frame;
    return session ? session->first.frame : 1;
}

void msturn_add_to_description(struct msturn_evaluation *evaluation, enum msturn_finding finding,
                               const struct msturn_description *description, const struct msturn_session *session,
                               const char *text)
{
    msturn_add_finding(evaluation, finding, frame_for(description, session), NULL, session, NULL, text);
}

/* "(line 12 of the log)" or "(frame 7)". */
static const char *where_text(const struct msturn_evaluation *evaluation, const struct msturn_candidate *candidate)
{
    return candidate->line != 0
               ? wmem_strdup_printf(evaluation->scope, "line %u of the log", candidate->line)
               : wmem_strdup_printf(evaluation->scope, "frame %u", candidate->description->event.frame);
}

/* ---- offer and answer ---- */

static bool is_tcp_media(const struct msturn_media *media)
{
    return g_ascii_strncasecmp(media->protocol, "TCP", 3) == 0;
}

static bool is_sharing(const struct msturn_media *media)
{
    return g_ascii_strcasecmp(media->name, "applicationsharing") == 0;
}

/* RFC 3264 section 6: the n-th m-line of the answer is for the n-th one of the offer. */
static void compare_media(struct msturn_evaluation *evaluation, const struct msturn_description *answer,
                          const struct msturn_media *offered, const struct msturn_media *answered)
{
    const char *source = msturn_description_end(evaluation->scope, answer);

    if (offered->port == 0)
        return;
    if (answered->port == 0 && is_sharing(offered))
        msturn_add_to_description(evaluation, MSTURN_FINDING_MEDIA_REFUSED, answer, NULL,
                                  wmem_strdup_printf(evaluation->scope, "The answer of %s refuses m=%s: port 0", source,
                                                     offered->name));
    else if (answered->port != 0 && is_tcp_media(offered) && offered->tcp_candidates > 0 &&
             answered->tcp_candidates == 0)
        msturn_add_to_description(
            evaluation, MSTURN_FINDING_TCP_CANDIDATE_MISSING, answer, NULL,
            wmem_strdup_printf(evaluation->scope,
                               "The answer of %s has no TCP candidate for m=%s, which was offered %u", source,
                               offered->name, offered->tcp_candidates));
}

static void find_in_answer(struct msturn_evaluation *evaluation, const struct msturn_description *answer)
{
    const struct msturn_media *offered = answer->answers ? answer->answers->media : NULL;

    for (const struct msturn_media *answered = answer->media; offered && answered;
         offered = offered->next, answered = answered->next)
        compare_media(evaluation, answer, offered, answered);
}

/* ---- relayed addresses ---- */

/* Is raddr what the client of this allocation has, or is seen as (RFC 8839 section 5.1)? */
static bool is_base_of(const struct msturn_candidate *candidate, const struct msturn_session *session)
{
    return candidate->related.family != 0 && (msturn_endpoint_equal(&candidate->related, &session->client) ||
                                              msturn_endpoint_equal(&candidate->related, &session->mapped));
}

static bool is_relayed_address(const struct msturn_session *session, const struct msturn_endpoint *address)
{
    return msturn_endpoint_equal(&session->relayed, address) ||
           msturn_endpoint_equal(&session->relayed_second, address);
}

/* The allocation that the candidate should be of, though it gave another address; NULL: none. */
static const struct msturn_session *session_of_other_address(const struct msturn_evaluation *evaluation,
                                                             const struct msturn_candidate *candidate)
{
    const struct msturn_session *found = NULL;

    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        if (!is_base_of(candidate, session) || !msturn_happened(&session->allocated) || session->relayed.family == 0)
            continue;
        if (is_relayed_address(session, &candidate->address))
            return NULL;
        found = session;
    }
    return found;
}

static void find_unallocated(struct msturn_evaluation *evaluation, const struct msturn_candidate_outcome *outcome)
{
    const struct msturn_candidate *candidate = outcome->candidate;

    if (candidate->type != MSTURN_CANDIDATE_RELAY || candidate->address.family == 0 || outcome->pair ||
        outcome->session)
        return;
    const struct msturn_session *session = session_of_other_address(evaluation, candidate);
    if (session)
        msturn_add_to_description(evaluation, MSTURN_FINDING_RELAYED_NOT_ALLOCATED, candidate->description, session,
                                  wmem_strdup_printf(evaluation->scope,
                                                     "Relayed candidate %s was offered; allocated was %s",
                                                     msturn_address_text(evaluation->scope, &candidate->address),
                                                     msturn_address_text(evaluation->scope, &session->relayed)));
}

/* How long there was time to try it, in seconds. */
static double time_to_try(const struct msturn_evaluation *evaluation, const struct msturn_candidate_outcome *outcome)
{
    const struct msturn_session *session = outcome->session;
    const struct msturn_pair_outcome *beside =
        session ? NULL : msturn_direct_pair_beside(evaluation, outcome->candidate);

    if (!session && !beside)
        return 0;
    return session ? msturn_wait_on_flow(evaluation, session->flow, &session->allocated, 0).seconds
                   : msturn_wait_on_flow(evaluation, beside->legs->leg->flow, &beside->first, 0).seconds;
}

static void find_untried(struct msturn_evaluation *evaluation, const struct msturn_candidate_outcome *outcome)
{
    const struct msturn_candidate *candidate = outcome->candidate;
    const struct msturn_description *other = msturn_description_other_end(candidate->description);

    if (outcome->fate != MSTURN_FATE_UNTRIED || candidate->component != 1 || !other ||
        time_to_try(evaluation, outcome) < MSTURN_SECONDS_DUE_OPEN)
        return;
    msturn_add_to_description(evaluation, MSTURN_FINDING_CANDIDATE_UNTRIED, candidate->description, outcome->session,
                              wmem_strdup_printf(evaluation->scope,
                                                 "%s candidate %s (%s) was never tried: %s should have",
                                                 outcome->session                           ? "Relayed"
                                                 : candidate->type == MSTURN_CANDIDATE_HOST ? "Host"
                                                                                            : "Reflexive",
                                                 msturn_address_text(evaluation->scope, &candidate->address),
                                                 where_text(evaluation, candidate),
                                                 msturn_description_end(evaluation->scope, other)));
}

/* Did this host offer anything after the allocation, and the relayed address in none of it? */
static const struct msturn_description *offer_without(const struct msturn_evaluation *evaluation,
                                                      const struct msturn_session *session)
{
    const struct msturn_description *found = NULL;

    if (msturn_candidate_at(&session->relayed))
        return NULL;
    for (const struct msturn_description *each = evaluation->tracker->offers->descriptions; each; each = each->next) {
        if (each->candidates > 0 && !found && msturn_endpoint_same_host(&each->from, &session->client) &&
            msturn_seconds(&session->allocated, &each->event) > 0)
            found = each;
    }
    return found;
}

static void find_unoffered(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_session *session = evaluation->tracker->sessions; session; session = session->next) {
        if (!msturn_happened(&session->allocated) || session->relayed.family == 0)
            continue;
        const struct msturn_description *description = offer_without(evaluation, session);
        if (description)
            msturn_add_to_description(evaluation, MSTURN_FINDING_RELAYED_NOT_OFFERED, description, session,
                                      wmem_strdup_printf(evaluation->scope, "%s allocated %s and does not offer it",
                                                         msturn_host_text(evaluation->scope, &session->client),
                                                         msturn_address_text(evaluation->scope, &session->relayed)));
    }
}

/* ---- pairs and user fragments ---- */

/* Was some candidate of this host offered whose port shows only when it connects? */
static bool may_be_active(const struct msturn_evaluation *evaluation, const struct msturn_endpoint *end)
{
    for (const struct msturn_candidate_outcome *each = evaluation->candidates; each; each = each->next) {
        if (each->candidate->transport == MSTURN_CANDIDATE_TCP_ACTIVE &&
            msturn_endpoint_same_host(&each->candidate->address, end))
            return true;
    }
    return false;
}

/* RFC 8445 section 7.3.1.3: peer reflexive, which is no fault. */
static void find_reflexive(struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair)
{
    const struct msturn_endpoint *end = &pair->remote;

    if (end->family == 0 || pair->checks[0].requests + pair->checks[1].requests == 0 ||
        !msturn_candidate_at(&pair->local) || msturn_candidate_at(end) || may_be_active(evaluation, end))
        return;
    msturn_add_finding(evaluation, MSTURN_FINDING_CANDIDATE_NOT_OFFERED, pair->first.frame, NULL, pair->session, pair,
                       wmem_strdup_printf(evaluation->scope, "Checks with %s, which nobody offered: peer reflexive",
                                          msturn_address_text(evaluation->scope, end)));
}

static void find_strangers(struct msturn_evaluation *evaluation)
{
    const struct msturn_unknown_ufrag *unknown = evaluation->tracker->offers->unknown_ufrags;

    for (; unknown; unknown = unknown->next) {
        const struct msturn_transaction *check = unknown->transaction;
        if (!msturn_description_other_end(unknown->other)) /* only one of the two descriptions is known */
            continue;
        msturn_add_finding(evaluation, MSTURN_FINDING_UFRAG_NOT_OFFERED, check->request.frame, check,
                           msturn_transaction_session(check), msturn_outcome_of_leg(evaluation, check->exchange->leg),
                           wmem_strdup_printf(evaluation->scope,
                                              "Nobody offered the user fragment \"%s\" of this check", unknown->ufrag));
    }
}

void msturn_find_in_offers(struct msturn_evaluation *evaluation)
{
    const struct msturn_offers *offers = evaluation->tracker->offers;

    if (!offers)
        return;
    for (const struct msturn_description *each = offers->descriptions; each; each = each->next)
        find_in_answer(evaluation, each);
    for (const struct msturn_candidate_outcome *each = evaluation->candidates; each; each = each->next) {
        find_unallocated(evaluation, each);
        find_untried(evaluation, each);
    }
    find_unoffered(evaluation);
    find_strangers(evaluation);
    for (const struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next)
        find_reflexive(evaluation, pair);
    msturn_find_after_nomination(evaluation);
}
