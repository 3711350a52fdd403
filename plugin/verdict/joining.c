/* joining.c
 * Which pair, and which allocation, a candidate is of.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Two calls may use the same addresses. The user fragments in the checks tell which offer they are about; where these are not
 * known, time does: an offer holds until another one has the same address.
 */
#include "plugin/verdict/joining.h"

#include "plugin/rules/timers.h"
#include "plugin/verdict/evaluation.h"

#include <string.h>

/* A pair at an address. */
struct place {
    const struct msturn_pair_outcome *pair;
    struct place *next;
};

/* User fragments of checks of a pair. */
struct names {
    const struct msturn_ice_use *use;
    struct names *next;
};

/* ---- pairs by their addresses ---- */

static void add_place(const struct msturn_evaluation *evaluation, const struct msturn_endpoint *end,
                      const struct msturn_pair_outcome *pair)
{
    struct place *before = end->family != 0 ? wmem_map_lookup(evaluation->places, end) : NULL;

    if (end->family == 0 || (before && before->pair == pair))
        return;
    struct place *place = wmem_new(evaluation->scope, struct place);
    *place = (struct place){ .pair = pair, .next = before };
    wmem_map_insert(evaluation->places, wmem_memdup(evaluation->scope, end, sizeof *end), place);
}

static void add_places(const struct msturn_evaluation *evaluation, const struct msturn_pair_outcome *pair)
{
    const struct msturn_endpoint hosts[2] = { msturn_host_of_endpoint(&pair->local),
                                              msturn_host_of_endpoint(&pair->remote) };

    add_place(evaluation, &pair->local, pair);
    add_place(evaluation, &pair->remote, pair);
    add_place(evaluation, &hosts[0], pair);
    add_place(evaluation, &hosts[1], pair);
}

static void add_names(const struct msturn_evaluation *evaluation, const struct msturn_ice_use *use)
{
    const struct msturn_leg *leg = use->leg;

    while (leg->absorbed_by)
        leg = leg->absorbed_by;
    const struct msturn_pair_outcome *pair = msturn_outcome_of_leg(evaluation, leg);
    if (!pair)
        return;
    struct names *names = wmem_new(evaluation->scope, struct names);
    *names = (struct names){ .use = use, .next = wmem_map_lookup(evaluation->names, pair) };
    wmem_map_insert(evaluation->names, pair, names);
}

void msturn_begin_joining(struct msturn_evaluation *evaluation)
{
    evaluation->places = wmem_map_new(evaluation->scope, msturn_endpoint_hash, msturn_endpoints_equal);
    evaluation->names = wmem_map_new(evaluation->scope, g_direct_hash, g_direct_equal);
    for (const struct msturn_pair_outcome *pair = evaluation->pairs; pair; pair = pair->next)
        add_places(evaluation, pair);
    for (const struct msturn_ice_use *use = evaluation->tracker->offers->uses; use; use = use->next)
        add_names(evaluation, use);
}

/* Where an active candidate comes from shows only when it connects. */
static bool is_without_port(const struct msturn_candidate *candidate)
{
    return candidate->transport == MSTURN_CANDIDATE_TCP_ACTIVE || candidate->address.port == MSTURN_PORT_DISCARD ||
           candidate->address.port == 0;
}

static const struct place *places_of(const struct msturn_evaluation *evaluation,
                                     const struct msturn_candidate *candidate)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(&candidate->address);
    const struct place *exact = wmem_map_lookup(evaluation->places, &candidate->address);

    return exact || !is_without_port(candidate) ? exact : wmem_map_lookup(evaluation->places, &host);
}

/* ---- time ---- */

/* Who answers may check before its answer is seen. */
static const struct msturn_event *begin_of_offer(const struct msturn_description *description)
{
    return description->answers ? &description->answers->event : &description->event;
}

static bool are_of_one_call(const struct msturn_candidate *a, const struct msturn_candidate *b)
{
    const char *one = msturn_candidate_ufrag(a), *other = msturn_candidate_ufrag(b);

    return a->description->call != 0 && a->description->call == b->description->call && one && other &&
           strcmp(one, other) == 0;
}

/* When another offer has the same address; NULL: never. */
static const struct msturn_event *end_of_offer(const struct msturn_candidate *candidate)
{
    for (const struct msturn_candidate *each = candidate->next_at; each; each = each->next_at) {
        if (each->line == 0 && each->description != candidate->description && !are_of_one_call(each, candidate))
            return begin_of_offer(each->description);
    }
    return NULL;
}

static bool is_after(const struct msturn_event *event, const struct msturn_event *limit, double seconds)
{
    return msturn_happened(event) && msturn_happened(limit) && msturn_seconds(limit, event) > seconds;
}

bool msturn_candidate_is_offered_in(const struct msturn_candidate *candidate, const struct msturn_span_of_time *time)
{
    if (candidate->line != 0)
        return true;
    const struct msturn_event *end = end_of_offer(candidate);
    return !is_after(begin_of_offer(candidate->description), &time->last, 0) &&
           !(end && is_after(&time->first, end, 0));
}

static void stretch(struct msturn_event *last, const struct msturn_event *event)
{
    if (msturn_happened(event) && (!msturn_happened(last) || event->time > last->time))
        *last = *event;
}

/* From its first packet to its end, or to its last sign of life. */
static struct msturn_span_of_time time_of_pair(const struct msturn_pair_outcome *pair)
{
    struct msturn_span_of_time time = { .first = pair->first, .last = pair->ended };

    if (msturn_happened(&time.last))
        return time;
    time.last = pair->first;
    for (unsigned i = 0; pair->facts && i < 2; i++) {
        const struct msturn_direction_stats *stats = &pair->facts->stats[i];
        stretch(&time.last, &stats->first_request);
        stretch(&time.last, &stats->last_success);
        stretch(&time.last, &stats->last_error);
        stretch(&time.last, &pair->facts->last_media[i]);
    }
    return time;
}

/* ---- user fragments ---- */

enum match { UNKNOWN, OTHER, SAME };

static enum match match_ufrag(const struct msturn_evaluation *evaluation, const char *ufrag,
                              const struct msturn_pair_outcome *pair)
{
    const struct names *names = ufrag ? wmem_map_lookup(evaluation->names, pair) : NULL;

    if (!names)
        return UNKNOWN;
    for (; names; names = names->next) {
        if (strcmp(names->use->ufrags[0], ufrag) == 0 || strcmp(names->use->ufrags[1], ufrag) == 0)
            return SAME;
    }
    return OTHER;
}

/* With the right fragment the beginning is not asked for: clocks may differ. A fragment that comes again in another call is rare. */
bool msturn_is_pair_of_offer(const struct msturn_evaluation *evaluation, const struct msturn_candidate *candidate,
                             const struct msturn_pair_outcome *pair)
{
    const enum match match = match_ufrag(evaluation, msturn_candidate_ufrag(candidate), pair);
    struct msturn_span_of_time time = time_of_pair(pair);

    if (match == SAME)
        time.last = (struct msturn_event){ .frame = 0 };
    return match != OTHER && msturn_candidate_is_offered_in(candidate, &time);
}

bool msturn_description_may_be_of_pair(const struct msturn_evaluation *evaluation,
                                       const struct msturn_description *description,
                                       const struct msturn_pair_outcome *pair)
{
    enum match best = match_ufrag(evaluation, description->ufrag, pair);

    for (const struct msturn_media *media = description->media; media; media = media->next) {
        const enum match match = match_ufrag(evaluation, media->ufrag, pair);
        best = MAX(best, match);
    }
    return best != OTHER;
}

/* ---- joining ---- */

const struct msturn_pair_outcome *msturn_next_pair_of_candidate(const struct msturn_evaluation *evaluation,
                                                                const struct msturn_candidate *candidate,
                                                                const struct msturn_pair_outcome *before)
{
    const struct place *place = places_of(evaluation, candidate);

    while (before && place && place->pair != before)
        place = place->next;
    if (before && place)
        place = place->next;
    while (place && !msturn_is_pair_of_offer(evaluation, candidate, place->pair))
        place = place->next;
    return place ? place->pair : NULL;
}

static bool is_checked_directly(const struct msturn_pair_outcome *pair, enum msturn_transport transport)
{
    const struct msturn_leg *leg = pair->legs ? pair->legs->leg : NULL;

    return leg && leg->kind == MSTURN_LEG_DIRECT && leg->flow && leg->flow->transport == transport && !pair->session &&
           pair->checks[0].requests + pair->checks[1].requests > 0;
}

const struct msturn_pair_outcome *msturn_direct_pair_beside(const struct msturn_evaluation *evaluation,
                                                            const struct msturn_candidate *candidate)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(&candidate->address);
    const enum msturn_transport transport = candidate->transport == MSTURN_CANDIDATE_UDP ? MSTURN_UDP : MSTURN_TCP;
    const struct place *place = wmem_map_lookup(evaluation->places, &host);

    if (is_without_port(candidate) || candidate->transport == MSTURN_CANDIDATE_OTHER ||
        (candidate->type != MSTURN_CANDIDATE_HOST && candidate->type != MSTURN_CANDIDATE_SRFLX))
        return NULL;
    while (place && !(is_checked_directly(place->pair, transport) &&
                      msturn_is_pair_of_offer(evaluation, candidate, place->pair)))
        place = place->next;
    return place ? place->pair : NULL;
}

/* Was the allocation there when the candidate was offered? */
static bool is_allocated_then(const struct msturn_session *session, const struct msturn_candidate *candidate)
{
    const struct msturn_event *offered = &candidate->description->event;

    return !is_after(&session->first, offered, MSTURN_SECONDS_SKEW) &&
           !is_after(begin_of_offer(candidate->description), &session->released, MSTURN_SECONDS_SKEW);
}

const struct msturn_session *msturn_session_of_candidate(const struct msturn_evaluation *evaluation,
                                                         const struct msturn_candidate *candidate,
                                                         const struct msturn_pair_outcome *pair)
{
    const struct msturn_relayed *relayed = wmem_map_lookup(evaluation->tracker->relayed, &candidate->address);

    for (const struct msturn_relayed *each = relayed; each && pair; each = each->earlier) {
        if (each->session == pair->session)
            return each->session;
    }
    if (candidate->line != 0)
        return relayed && !relayed->earlier ? relayed->session : NULL;
    while (relayed && !is_allocated_then(relayed->session, candidate))
        relayed = relayed->earlier;
    return relayed ? relayed->session : NULL;
}
