/* judge_pair.c
 * The rules about the checks of a pair.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/judge.h"

#include "plugin/track/permission.h"

enum {
    PATIENCE = 3,   /* seconds, for what takes milliseconds on a working path */
    NOMINATION = 5, /* seconds */
    CONSENT = 30,   /* seconds, RFC 7675 section 5.1 */
    ONE_WAY = 5,    /* seconds */
    AT_ONCE = 1     /* second, between a SYN without permission and its reset */
};

/* What a rule looks at. */
struct scene {
    const struct msturn_pair *pair;
    const struct msturn_pair_facts *facts;
};

static void raise_about(const struct scene *scene, enum msturn_finding finding,
                        const struct msturn_transaction *transaction, uint32_t frame)
{
    msturn_judged(finding, frame, transaction, msturn_pair_session(scene->pair), scene->pair, NULL);
}

static void raise_request(const struct scene *scene, enum msturn_finding finding,
                          const struct msturn_transaction *transaction)
{
    if (transaction)
        raise_about(scene, finding, transaction, transaction->request.frame);
}

static const struct msturn_way *other_way(const struct scene *scene, enum msturn_direction direction)
{
    return &scene->facts->ways[1 - direction];
}

static double waited(const struct scene *scene, const struct msturn_event *since)
{
    return msturn_seconds(since,
                          msturn_happened(&scene->facts->ended) ? &scene->facts->ended : &msturn_tracker.now);
}

/* RFC 8445 section 7.3.1.4: who gets a check sends one. */
static void judge_one_way(const struct scene *scene, enum msturn_direction direction)
{
    const struct msturn_way *way = &scene->facts->ways[direction], *other = other_way(scene, direction);

    if (way->count.responses > 0 && other->count.requests == 0 && scene->facts->begun &&
        waited(scene, &way->first_success) >= PATIENCE)
        raise_request(scene, MSTURN_FINDING_CHECKS_ONE_WAY, way->first);
    if (way->count.responses > 0 && other->count.requests > 0 && other->count.responses + other->count.errors == 0 &&
        waited(scene, &other->first_request) >= PATIENCE)
        raise_request(scene, MSTURN_FINDING_RESPONSES_ONE_WAY, other->first);
}

/* RFC 8445 section 7.3.1.1. */
static void judge_roles(const struct scene *scene)
{
    const struct msturn_way *ways = scene->facts->ways;

    if (ways[0].role != 0 && ways[0].role == ways[1].role && ways[0].count.errors + ways[1].count.errors == 0)
        raise_request(scene, MSTURN_FINDING_ROLE_SAME, ways[1].first);
}

/* RFC 8445 section 8.1.1; between TCP candidates only a valid pair is nominated (RFC 6544 section 8). */
static void judge_nomination(const struct scene *scene)
{
    const struct msturn_way *ways = scene->facts->ways;

    if (scene->facts->begun && (ways[0].early || ways[1].early))
        raise_request(scene, MSTURN_FINDING_NOMINATED_EARLY, ways[0].early ? ways[0].early : ways[1].early);
    if (scene->pair->verdict == MSTURN_VERDICT_VALID && waited(scene, &ways[0].first_success) >= NOMINATION &&
        waited(scene, &ways[1].first_success) >= NOMINATION)
        raise_request(scene, MSTURN_FINDING_NEVER_NOMINATED, ways[0].first);
}

static void judge_silence(const struct scene *scene)
{
    const struct msturn_peer_connection *connection = scene->facts->peer_connection;
    const struct msturn_transaction *bind = connection ? connection->bind_transaction : NULL;

    if (scene->pair->reason == MSTURN_REASON_NEVER_CHECKED)
        raise_about(scene, MSTURN_FINDING_NEVER_CHECKED, bind, bind ? bind->response.frame
                                                                    : scene->facts->connected.frame);
}

static void judge_end(const struct scene *scene)
{
    const struct msturn_way *ways = scene->facts->ways;
    const struct msturn_transaction *first = ways[0].first ? ways[0].first : ways[1].first;

    if (scene->pair->reason == MSTURN_REASON_RESET && first)
        raise_request(scene, MSTURN_FINDING_PAIR_UNFINISHED, first);
}

/* RFC 7675 section 5.1. */
static void judge_consent(const struct scene *scene, enum msturn_direction direction)
{
    const struct msturn_way *way = &scene->facts->ways[direction];
    const struct msturn_event *data = &scene->facts->last_data[direction];

    if (way->waiting_again && msturn_happened(&way->last_success) &&
        msturn_seconds(&way->last_success, data) >= CONSENT)
        raise_request(scene, MSTURN_FINDING_CONSENT_LOST, way->waiting_again);
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
    for (const struct msturn_transaction *check = leg->checks; check; check = check->next_of_leg) {
        struct side_events *asker = &sides[check->side], *answerer = &sides[1 - check->side];
        keep_first(&asker->first_request, &check->request);
        keep_first(&answerer->first_answer, &check->response);
        if (!check->is_error)
            keep_first(&asker->first_success, &check->response);
    }
}

/* RFC 8445 section 12.1, RFC 6544 section 7.1. */
static void judge_media(const struct scene *scene, const struct msturn_leg *leg)
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
            raise_about(scene, MSTURN_FINDING_FIRST_NOT_STUN, NULL, media->frame);
        else if (msturn_seconds(media, &own->first_success) > 0)
            raise_about(scene, MSTURN_FINDING_MEDIA_EARLY, NULL, media->frame);
    }
}

static void judge_all_media(const struct scene *scene)
{
    if (!scene->facts->begun)
        return;
    for (const struct msturn_leg *leg = scene->pair->legs; leg; leg = leg->next_of_pair) {
        if (leg->flow && msturn_flow_is_whole(leg->flow))
            judge_media(scene, leg);
    }
}

static void judge_way(const struct scene *scene, enum msturn_direction direction)
{
    const struct msturn_way *way = &scene->facts->ways[direction];

    judge_one_way(scene, direction);
    judge_consent(scene, direction);
    raise_request(scene, MSTURN_FINDING_ROLE_KEPT, way->kept_role);
    if (scene->pair->reason == MSTURN_REASON_INTEGRITY && scene->pair->direction == direction)
        raise_request(scene, MSTURN_FINDING_INTEGRITY_SUSPECTED, way->again);
}

/* Data of something else than ICE, on a connection that carries only the one direction. */
static void judge_one_way_data(const struct scene *scene)
{
    const struct msturn_pair_facts *facts = scene->facts;
    const unsigned sender = msturn_happened(&facts->media[0]) ? 0 : 1;

    if (facts->peer_connection && facts->ways[0].count.requests + facts->ways[1].count.requests == 0 &&
        msturn_happened(&facts->media[sender]) && !msturn_happened(&facts->media[1 - sender]) &&
        msturn_seconds(&facts->connected, &facts->last_data[sender]) > ONE_WAY)
        raise_about(scene, MSTURN_FINDING_ONE_WAY_DATA, NULL, facts->media[sender].frame);
}

/* RFC 6062 section 5.3: the relay closes what comes from a peer that has no permission. */
static void judge_permission(const struct scene *scene)
{
    const struct msturn_pair *pair = scene->pair;
    const struct msturn_session *session = wmem_map_lookup(msturn_tracker.relayed, &pair->local);
    const struct msturn_flow *flow = scene->facts->ended_flow;

    if (pair->reason != MSTURN_REASON_RESET || pair->relayed_leg || !session || !session->begun || !flow ||
        flow->opened_by < 0 || msturn_seconds(&flow->first, &flow->ended) > AT_ONCE)
        return;
    const enum msturn_permitted permitted = msturn_session_permits(session, &pair->remote, &flow->first);
    if (permitted != MSTURN_PERMITTED && flow->ended_by == 1 - flow->opened_by)
        msturn_judged(permitted == MSTURN_PERMISSION_RAN_OUT ? MSTURN_FINDING_PERMISSION_EXPIRED
                                                             : MSTURN_FINDING_PERMISSION_MISSING,
                      flow->ended.frame, NULL, session, pair, NULL);
}

void msturn_judge_pair_rules(const struct msturn_pair *pair, const struct msturn_pair_facts *facts)
{
    const struct scene scene = { pair, facts };

    if (!facts->whole)
        return;
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++)
        judge_way(&scene, direction);
    judge_roles(&scene);
    judge_nomination(&scene);
    judge_silence(&scene);
    judge_one_way_data(&scene);
    judge_all_media(&scene);
    judge_end(&scene);
    judge_permission(&scene);
}
