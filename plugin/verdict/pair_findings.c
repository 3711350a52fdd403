/* pair_findings.c
 * The rules about the checks and the media of a pair.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/permission.h"
#include "plugin/track/session.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/evaluation_parts.h"

static void add_finding(const struct msturn_pair_facts *facts, enum msturn_finding finding,
                        const struct msturn_transaction *transaction, uint32_t frame)
{
    msturn_add_finding(facts->evaluation, finding, frame, transaction, facts->pair->session, facts->pair, NULL);
}

static void add_to_request(const struct msturn_pair_facts *facts, enum msturn_finding finding,
                           const struct msturn_transaction *transaction)
{
    if (transaction)
        add_finding(facts, finding, transaction, transaction->request.frame);
}

/* ---- checks ---- */

/* RFC 8445 section 7.3.1.4: who gets a check sends one, unless it is ICE-lite, which a valid pair shows. */
static void find_one_way(const struct msturn_pair_facts *facts, enum msturn_direction direction)
{
    const struct msturn_direction_stats *stats = &facts->stats[direction], *other = &facts->stats[1 - direction];

    if (facts->pair->reason == MSTURN_REASON_NO_REQUEST && facts->pair->direction == 1 - direction)
        add_to_request(facts, MSTURN_FINDING_CHECKS_ONE_WAY, stats->first);
    if (facts->pair->reason != MSTURN_REASON_NO_RESPONSE || facts->pair->direction != direction)
        return;
    if (other->count.responses > 0)
        add_to_request(facts, MSTURN_FINDING_RESPONSES_ONE_WAY, stats->first);
    /* Between UDP candidates most checks go nowhere; through a relay they should not. */
    if (facts->pair->session && stats->unanswered->flow->transport == MSTURN_UDP)
        add_to_request(facts, MSTURN_FINDING_NO_RESPONSE, stats->unanswered);
}

/* RFC 8445 section 7.3.1.1. */
static void find_same_roles(const struct msturn_pair_facts *facts)
{
    const struct msturn_direction_stats *stats = facts->stats;

    if (stats[0].role != 0 && stats[0].role == stats[1].role && stats[0].count.errors + stats[1].count.errors == 0)
        add_to_request(facts, MSTURN_FINDING_ROLE_SAME, stats[1].first);
}

static bool is_on_tcp(const struct msturn_transaction *check)
{
    return check->exchange->leg->kind != MSTURN_LEG_WRAPPED && check->flow->transport == MSTURN_TCP;
}

/* RFC 8445 section 8.1.1; between TCP candidates only a valid pair is nominated (RFC 6544 section 8). */
static void find_in_nomination(const struct msturn_pair_facts *facts)
{
    const struct msturn_direction_stats *stats = facts->stats;
    const struct msturn_transaction *early = stats[0].early ? stats[0].early : stats[1].early;

    if (!facts->from_its_start)
        return;
    if (early && is_on_tcp(early))
        add_to_request(facts, MSTURN_FINDING_NOMINATED_EARLY, early);
    if (facts->pair->verdict != MSTURN_VERDICT_VALID || msturn_was_given_up(facts->evaluation, facts->pair) ||
        !stats[0].first_answered || !stats[1].first_answered)
        return;
    const struct msturn_wait out = msturn_wait_since_response(facts->evaluation, stats[0].first_answered);
    const struct msturn_wait in = msturn_wait_since_response(facts->evaluation, stats[1].first_answered);
    if (MIN(out.seconds, in.seconds) >= MSTURN_SECONDS_NOMINATION)
        add_to_request(facts, MSTURN_FINDING_NEVER_NOMINATED, stats[0].first);
}

static void find_silence(const struct msturn_pair_facts *facts)
{
    const struct msturn_transaction *bind = facts->peer_connection ? facts->peer_connection->bind_transaction : NULL;

    if (facts->pair->reason == MSTURN_REASON_NEVER_CHECKED)
        add_finding(facts, MSTURN_FINDING_NEVER_CHECKED, bind,
                    bind ? bind->exchange->response.frame : facts->connected.frame);
}

static void find_end(const struct msturn_pair_facts *facts)
{
    const struct msturn_direction_stats *stats = facts->stats;

    if (facts->pair->reason == MSTURN_REASON_RESET)
        add_to_request(facts, MSTURN_FINDING_PAIR_UNFINISHED, stats[0].first ? stats[0].first : stats[1].first);
}

/* RFC 7675 section 5.1. */
static void find_lost_consent(const struct msturn_pair_facts *facts, enum msturn_direction direction)
{
    const struct msturn_direction_stats *stats = &facts->stats[direction];

    if (stats->unanswered_again && msturn_happened(&stats->last_success) &&
        msturn_seconds(&stats->last_success, &facts->last_media[direction]) >= MSTURN_SECONDS_CONSENT)
        add_to_request(facts, MSTURN_FINDING_CONSENT_LOST, stats->unanswered_again);
}

/* ---- media, by what one leg shows: the clocks of two interfaces may differ ---- */

/* What one side of a leg did. */
struct side_events {
    struct msturn_event first_request, first_answer; /* first_answer: to a check of the other side */
    struct msturn_event first_success;               /* of its own checks */
};

static void keep_first(struct msturn_event *first, const struct msturn_first_message *message)
{
    if (message->frame != 0 && (!msturn_happened(first) || message->time < first->time))
        *first = msturn_event_of(message);
}

static void read_leg(const struct msturn_leg *leg, struct side_events sides[2])
{
    for (const struct msturn_transaction *check = leg->checks; check; check = check->exchange->next_of_leg) {
        struct side_events *asker = &sides[check->side], *answerer = &sides[1 - check->side];
        keep_first(&asker->first_request, &check->request);
        keep_first(&answerer->first_answer, &check->exchange->response);
        if (!check->is_error)
            keep_first(&asker->first_success, &check->exchange->response);
    }
}

/* RFC 8445 section 12.1, RFC 6544 section 7.1. */
static void find_early_media(const struct msturn_pair_facts *facts, const struct msturn_leg *leg)
{
    struct side_events sides[2] = { { .first_request = { .frame = 0 } }, { .first_request = { .frame = 0 } } };

    read_leg(leg, sides);
    for (unsigned side = 0; side < 2; side++) {
        const struct msturn_event *media = &leg->media[side];
        const struct side_events *own = &sides[side], *other = &sides[1 - side];
        if (!msturn_happened(media))
            continue;
        if (msturn_seconds(&other->first_request, media) > 0 && !msturn_happened(&own->first_answer) &&
            !msturn_happened(&own->first_request))
            add_finding(facts, MSTURN_FINDING_FIRST_NOT_STUN, NULL, media->frame);
        else if (msturn_seconds(media, &own->first_success) > 0)
            add_finding(facts, MSTURN_FINDING_MEDIA_EARLY, NULL, media->frame);
    }
}

static void find_in_media(const struct msturn_pair_facts *facts)
{
    if (!facts->from_its_start)
        return;
    for (const struct msturn_pair_leg *leg = facts->pair->legs; leg; leg = leg->next) {
        const struct msturn_flow *flow = leg->leg->flow;
        /* Over UDP media of the generation before goes on while ICE restarts (RFC 8445 section 9). */
        if (flow && flow->transport == MSTURN_TCP && msturn_flow_is_whole(flow))
            find_early_media(facts, leg->leg);
    }
}

/* Data of something else than ICE, on a connection that carries only the one direction. */
static void find_one_way_data(const struct msturn_pair_facts *facts)
{
    const unsigned sender = msturn_happened(&facts->media[0]) ? 0 : 1;

    if (facts->peer_connection && facts->stats[0].count.requests + facts->stats[1].count.requests == 0 &&
        msturn_happened(&facts->media[sender]) && !msturn_happened(&facts->media[1 - sender]) &&
        msturn_seconds(&facts->connected, &facts->last_media[sender]) > MSTURN_SECONDS_ONE_WAY)
        add_finding(facts, MSTURN_FINDING_ONE_WAY_DATA, NULL, facts->media[sender].frame);
}

/* ---- permission ---- */

/* RFC 6062 section 5.3: the relay closes what comes from a peer that has no permission. */
static void find_missing_permission(const struct msturn_pair_facts *facts)
{
    const struct msturn_pair_outcome *pair = facts->pair;
    const struct msturn_flow *flow = facts->ended_flow;

    if (pair->reason != MSTURN_REASON_RESET || msturn_outcome_relayed_leg(pair) || !flow || flow->opened_by < 0 ||
        msturn_seconds(&flow->first, &flow->ended) > MSTURN_SECONDS_AT_ONCE)
        return;
    const struct msturn_session *session = msturn_session_of_relayed(&pair->local, &flow->first);
    if (!session || !session->begun || flow->ended_by != 1 - flow->opened_by)
        return;
    const enum msturn_permitted permitted = msturn_session_permits(session, &pair->remote, &flow->first);
    if (permitted != MSTURN_PERMITTED)
        msturn_add_finding(facts->evaluation,
                           permitted == MSTURN_PERMISSION_RAN_OUT ? MSTURN_FINDING_PERMISSION_EXPIRED
                                                                  : MSTURN_FINDING_PERMISSION_MISSING,
                           flow->ended.frame, NULL, session, pair, NULL);
}

void msturn_find_in_pair(const struct msturn_pair_facts *facts)
{
    if (!facts->whole)
        return;
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        find_one_way(facts, direction);
        find_lost_consent(facts, direction);
        add_to_request(facts, MSTURN_FINDING_ROLE_KEPT, facts->stats[direction].kept_role);
    }
    find_same_roles(facts);
    find_in_nomination(facts);
    find_silence(facts);
    find_one_way_data(facts);
    find_in_media(facts);
    find_end(facts);
    find_missing_permission(facts);
}
