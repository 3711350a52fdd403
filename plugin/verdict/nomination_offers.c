/* nomination_offers.c
 * The rules about offers after a pair was nominated.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * RFC 5245 section 8.1.2: if the pair that won is not the one that m= and c= name, the controlling agent makes a new offer, which
 * names it. Agents that trickle candidates, or know "ice2", are not asked for one.
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/candidates.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/joining.h"
#include "plugin/verdict/offer_parts.h"

#include <string.h>

/* A nominated pair, and who offered its ends. */
struct winner {
    const struct msturn_pair_outcome *pair;
    const struct msturn_candidate *local, *remote; /* either may be NULL */
};

/* ---- the same call ---- */

static bool is_in_call_of(const struct msturn_description *description, const struct msturn_candidate *candidate)
{
    return candidate && candidate->description->call != 0 && candidate->description->call == description->call;
}

/* Of the same dialog and, by its user fragments, not a restart of ICE. */
static bool is_of_winner(const struct msturn_evaluation *evaluation, const struct msturn_description *description,
                         const struct winner *winner)
{
    return description->line == 0 &&
           (is_in_call_of(description, winner->local) || is_in_call_of(description, winner->remote)) &&
           msturn_description_may_be_of_pair(evaluation, description, winner->pair);
}

/* ---- a new offer that names something else ---- */

/* Is this the default destination of some m-line, which a new offer makes the pair that won? */
static bool names_end(const struct msturn_description *description, const struct msturn_pair_outcome *pair)
{
    for (const struct msturn_media *media = description->media; media; media = media->next) {
        if (msturn_endpoint_equal(&media->at, &pair->local) || msturn_endpoint_equal(&media->at, &pair->remote))
            return true;
    }
    return false;
}

static void find_other_destination(struct msturn_evaluation *evaluation, const struct winner *winner)
{
    const struct msturn_pair_outcome *pair = winner->pair;
    const struct msturn_description *wrong = NULL;

    for (const struct msturn_description *each = evaluation->tracker->offers->descriptions; each; each = each->next) {
        if (!each->media || each->media->port == 0 || !is_of_winner(evaluation, each, winner) ||
            msturn_seconds(&pair->nominated, &each->event) <= 0)
            continue;
        if (names_end(each, pair))
            return;
        wrong = wrong ? wrong : each;
    }
    if (wrong)
        msturn_add_finding(evaluation, MSTURN_FINDING_DESTINATION_OTHER, wrong->event.frame, NULL, pair->session, pair,
                           wmem_strdup_printf(evaluation->scope, "After the nomination of %s and %s, %s names %s",
                                              msturn_address_text(evaluation->scope, &pair->local),
                                              msturn_address_text(evaluation->scope, &pair->remote),
                                              msturn_description_end(evaluation->scope, wrong),
                                              msturn_address_text(evaluation->scope, &wrong->media->at)));
}

/* ---- a new offer that does not come ---- */

static bool has_option(const char *options, const char *option)
{
    return options && strstr(options, option);
}

/* By rules under which a new offer is due: RFC 5245, [MS-ICE2]. */
static bool is_asked_for_offer(const struct msturn_candidate *candidate)
{
    const struct msturn_media *media = candidate->media;
    const char *options = media->options ? media->options : candidate->description->options;

    return candidate->line == 0 && candidate->component == 1 && media->port != 0 &&
           media->port != MSTURN_PORT_DISCARD && media->at.family != 0 && !msturn_endpoint_is_unspecified(&media->at) &&
           !has_option(options, "trickle") && !has_option(options, "ice2");
}

static bool is_default(const struct msturn_candidate *candidate)
{
    return msturn_endpoint_equal(&candidate->media->at, &candidate->address);
}

static bool has_later(const struct msturn_evaluation *evaluation, const struct winner *winner)
{
    const uint32_t last = MAX(winner->local->description->id, winner->remote->description->id);

    for (const struct msturn_description *each = winner->local->description->next; each; each = each->next) {
        if (each->id > last && each->call == winner->local->description->call)
            return true;
    }
    return evaluation->tracker->offers->descriptions->line != 0; /* a log may have it */
}

/* The pair was in use, and captured, for so long. */
static double seconds_in_use(const struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair)
{
    const struct msturn_event end = msturn_capture_end(evaluation->tracker, pair->nominated.frame);
    const bool ended = msturn_happened(&pair->ended);

    return msturn_seconds(&pair->nominated, ended ? &pair->ended : &end);
}

static void find_no_offer(struct msturn_evaluation *evaluation, const struct winner *winner)
{
    const struct msturn_pair_outcome *pair = winner->pair;
    const struct msturn_candidate *local = winner->local, *remote = winner->remote;
    const double seconds = seconds_in_use(evaluation, pair);

    if (!local || !remote || msturn_description_other_end(local->description) != remote->description ||
        local->description->call == 0 || local->description->call != remote->description->call ||
        !is_asked_for_offer(local) || !is_asked_for_offer(remote) || (is_default(local) && is_default(remote)) ||
        seconds < MSTURN_SECONDS_NEW_OFFER || has_later(evaluation, winner))
        return;
    const struct msturn_candidate *named = is_default(local) ? remote : local;
    msturn_add_finding(
        evaluation, MSTURN_FINDING_NEW_OFFER_MISSING, pair->nominated.frame, NULL, pair->session, pair,
        wmem_strdup_printf(evaluation->scope,
                           "No new offer in %s s after the nomination of %s and %s, though %s had named %s",
                           msturn_decimal_text(evaluation->scope, seconds, 1),
                           msturn_address_text(evaluation->scope, &pair->local),
                           msturn_address_text(evaluation->scope, &pair->remote),
                           msturn_description_end(evaluation->scope, named->description),
                           msturn_address_text(evaluation->scope, &named->media->at)));
}

void msturn_find_after_nomination(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next) {
        if (pair->verdict != MSTURN_VERDICT_NOMINATED || !msturn_happened(&pair->nominated))
            continue;
        const struct winner winner = { .pair = pair,
                                       .local = msturn_candidate_offered(evaluation, &pair->local, pair),
                                       .remote = msturn_candidate_offered(evaluation, &pair->remote, pair) };
        find_other_destination(evaluation, &winner);
        find_no_offer(evaluation, &winner);
    }
}
