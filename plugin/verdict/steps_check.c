/* steps_check.c
 * The steps of ICE: a check each way, and the nomination.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/transaction.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

/* Who asks and who has to answer, of a direction. */
static enum msturn_role asker_of(enum msturn_direction direction)
{
    return direction == MSTURN_LOCAL_TO_REMOTE ? MSTURN_ROLE_CLIENT : MSTURN_ROLE_PEER;
}

static enum msturn_role answerer_of(enum msturn_direction direction)
{
    return asker_of(1 - direction);
}

/* The path between the relay and that end. */
static enum msturn_place path_to(const struct msturn_telling *telling, enum msturn_role role)
{
    if (telling->path->kind == MSTURN_PATH_DIRECT)
        return MSTURN_PLACE_SERVER_PEER_PATH;
    return role == MSTURN_ROLE_CLIENT ? MSTURN_PLACE_CLIENT_SERVER_PATH : MSTURN_PLACE_SERVER_PEER_PATH;
}

static bool has_passed(enum msturn_verdict verdict)
{
    return verdict == MSTURN_VERDICT_NOMINATED || verdict == MSTURN_VERDICT_VALID;
}

/* ---- where a check was seen ---- */

struct check_seen {
    const struct msturn_transaction *near, *far; /* on the asker's leg, and on the answerer's; NULL: not seen there */
};

/* Without a relay, or with one of which no message shows which connection is on which side: it passed first where the asker is. */
static struct check_seen seen_in_order(const struct msturn_transaction *any)
{
    struct check_seen seen = { any, any };

    for (const struct msturn_transaction *each = msturn_first_of_check(any); each;
         each = each->exchange->next_of_check) {
        if (each->request.frame == 0)
            continue;
        if (each->request.frame < seen.near->request.frame)
            seen.near = each;
        if (each->request.frame > seen.far->request.frame && !each->flow->copy_of)
            seen.far = each;
    }
    return seen;
}

static struct check_seen seen_on_legs(const struct msturn_telling *telling, const struct msturn_transaction *any,
                                      enum msturn_direction direction)
{
    struct check_seen seen = { NULL, NULL };

    if (!msturn_outcome_relayed_leg(telling->path->pair))
        return seen_in_order(any);
    for (const struct msturn_transaction *each = msturn_first_of_check(any); each;
         each = each->exchange->next_of_check) {
        const bool inside = msturn_leg_is_relayed(each->exchange->leg);
        const bool near = inside == (direction == MSTURN_LOCAL_TO_REMOTE);
        if (!seen.near && near)
            seen.near = each;
        if (!seen.far && !near)
            seen.far = each;
    }
    return seen;
}

static bool is_far_leg_captured(const struct msturn_telling *telling, enum msturn_direction direction)
{
    const struct msturn_flow *flow = direction == MSTURN_LOCAL_TO_REMOTE ? telling->outer : telling->inner;

    return flow && msturn_flow_is_whole(flow);
}

/* ---- a check that nobody answered ---- */

/* Where it got to. */
struct location {
    enum msturn_place place;
    enum msturn_delivered delivered;
    const char *text, *advice;
};

static const char silent_advice[] =
    "That end got the check and is silent: compare user fragments and passwords in the SDP, and read "
    "its log at that time.";

/* It was on the last leg that leads to who has to answer. */
static struct location locate_on_last_leg(const struct msturn_telling *telling, const struct msturn_transaction *seen,
                                          enum msturn_direction direction, bool relayed_on)
{
    const enum msturn_role answerer = answerer_of(direction);
    const char *who = msturn_say_role(telling, answerer);
    const struct msturn_delivery delivery = msturn_request_delivery(seen);
    struct location location = { .delivered = delivery.delivered, .place = MSTURN_PLACE_UNKNOWN };
    const char *relayed = relayed_on ? msturn_say(telling, " was relayed (frame %u)", seen->request.frame) : "";

    if (location.delivered == MSTURN_DELIVERED) {
        location.place = msturn_place_of_role(answerer);
        location.text = msturn_say(telling, "%s%s acknowledged by %s (frame %u)", relayed, relayed_on ? " and" : " was",
                                   who, delivery.acknowledged_in);
        location.advice = silent_advice;
    } else if (location.delivered == MSTURN_UNDELIVERED) {
        location.place = path_to(telling, answerer);
        location.text = msturn_say(telling, "%s%s sent %u times, and never acknowledged by %s", relayed,
                                   relayed_on ? "," : " was", delivery.retransmissions + 1U, who);
        location.advice = "The bytes do not get through: a firewall or NAT on this path, or that host is gone. A "
                          "capture there tells.";
    } else {
        location.text = relayed;
        location.advice = "A capture at the end that has to answer tells whether the check arrives.";
    }
    return location;
}

static const char lost_before_relay_advice[] =
    "The bytes do not get through to the TURN server: a firewall or NAT between the two.";

/* Only the asker's side of the relay shows it. */
static struct location locate_before_relay(const struct msturn_telling *telling, const struct msturn_transaction *seen,
                                           enum msturn_direction direction)
{
    const struct msturn_delivery delivery = msturn_request_delivery(seen);
    struct location location = { .delivered = delivery.delivered, .place = MSTURN_PLACE_UNKNOWN };

    if (location.delivered == MSTURN_UNDELIVERED) {
        location.place = path_to(telling, asker_of(direction));
        location.text = " was never acknowledged by the TURN server";
        location.advice = lost_before_relay_advice;
    } else if (is_far_leg_captured(telling, direction)) {
        location.place = MSTURN_PLACE_SERVER;
        location.text = " entered the relay and did not come out";
        location.advice = "The relay dropped it: read the server's log, and compare its buffers and bandwidth limits.";
    } else if (location.delivered == MSTURN_DELIVERED) {
        location.place = MSTURN_PLACE_BEYOND_SERVER;
        location.text =
            msturn_say(telling, " was acknowledged by the TURN server (frame %u)", delivery.acknowledged_in);
        location.advice = "The other side of the TURN server was not captured: a capture there tells who is silent.";
    } else {
        location.text = "";
        location.advice = "A capture at the other side of the TURN server tells whether the check comes out.";
    }
    return location;
}

/* The answer was sent on one leg, to the relay, and did not come out on the other. */
static struct location locate_lost_answer(const struct msturn_telling *telling, const struct msturn_transaction *far,
                                          enum msturn_direction direction)
{
    if (msturn_response_delivery(far).delivered == MSTURN_UNDELIVERED)
        return (struct location){
            .place = path_to(telling, answerer_of(direction)),
            .delivered = MSTURN_DELIVERED,
            .text = msturn_say(telling,
                               " was answered (frame %u), but the answer was never acknowledged by the TURN server",
                               far->exchange->response.frame),
            .advice = lost_before_relay_advice,
        };
    return (struct location){
        .place = MSTURN_PLACE_SERVER,
        .delivered = MSTURN_DELIVERED,
        .text = msturn_say(telling, " was answered (frame %u), but the answer did not come out of the relay",
                           far->exchange->response.frame),
        .advice = "The relay dropped the answer: read the server's log, and compare its buffers and bandwidth limits.",
    };
}

static struct location locate(const struct msturn_telling *telling, const struct msturn_transaction *check,
                              enum msturn_direction direction)
{
    const struct check_seen seen = seen_on_legs(telling, check, direction);
    struct location location;

    if (seen.far && seen.far->exchange->response.frame != 0 && seen.near && seen.near->exchange->response.frame == 0)
        return locate_lost_answer(telling, seen.far, direction);
    if (seen.far)
        location = locate_on_last_leg(telling, seen.far, direction, seen.near && seen.near != seen.far);
    else
        location = locate_before_relay(telling, seen.near, direction);
    /* Who listens on a port of relays may be one; what is behind it was not captured. */
    if (telling->path->kind == MSTURN_PATH_DIRECT && location.delivered == MSTURN_DELIVERED &&
        msturn_end_may_be_relay(telling, answerer_of(direction))) {
        location.place = MSTURN_PLACE_BEYOND_SERVER;
        location.advice =
            "By its port that end is a relay: a capture on the other side of its TURN server tells who is silent.";
    }
    return location;
}

/* Where it was seen, and acknowledged. */
static void add_check_frames(struct msturn_step *step, const struct msturn_telling *telling,
                             const struct msturn_transaction *check, enum msturn_direction direction)
{
    const struct check_seen seen = seen_on_legs(telling, check, direction);

    for (unsigned i = 0; i < 2; i++) {
        const struct msturn_transaction *each = i == 0 ? seen.near : seen.far;
        if (!each)
            continue;
        msturn_add_frame(step, each->request.frame);
        msturn_add_frame(step, each->request.acknowledged);
    }
}

static const char misframed_advice[] =
    "A fault of the end that sends it: the RFC 4571 length must be that of the message.";

/* The first frame of an answer that its receiver cannot cut out of the stream; 0: none. */
static uint32_t misframed_response_to(const struct msturn_transaction *check)
{
    uint32_t frame = 0;

    for (const struct msturn_transaction *each = msturn_first_of_check(check); each;
         each = each->exchange->next_of_check) {
        if (each->exchange->misframed_response != 0 && (frame == 0 || each->exchange->misframed_response < frame))
            frame = each->exchange->misframed_response;
    }
    return frame;
}

static void tell_unanswered_check(const struct msturn_telling *telling, struct msturn_step *step,
                                  const struct msturn_transaction *check, enum msturn_direction direction)
{
    const struct msturn_wait wait = msturn_wait_for_answer(telling->evaluation, check);
    const struct check_seen seen = seen_on_legs(telling, check, direction);

    if (!msturn_is_overdue(&wait) && !(wait.ended && telling->path->verdict == MSTURN_VERDICT_BROKEN))
        return;
    struct location location = locate(telling, check, direction);
    const uint32_t misframed_answer = misframed_response_to(check);
    if (misframed_answer != 0) {
        location.place = msturn_place_of_role(answerer_of(direction));
        location.text =
            msturn_say(telling, " was answered (frame %u), with a length in front that is not the answer's own",
                       misframed_answer);
        location.advice = misframed_advice;
        msturn_add_frame(step, misframed_answer);
    } else if (check->misframed) {
        location.place = msturn_place_of_role(asker_of(direction));
        location.text = " has a length in front that is not its own, so the other end waits for more";
        location.advice = misframed_advice;
    } else if (check->frameless) {
        location.place = msturn_place_of_role(asker_of(direction));
        location.text = " has no RFC 4571 length in front, unlike what was sent before it, so the other end does not "
                        "recognise it";
        location.advice = "A fault of the end that sends it: over TCP each message needs its length in front "
                          "(RFC 6544 7.1).";
    }
    step->delivered = location.delivered;
    add_check_frames(step, telling, check, direction);
    msturn_add_frame(step, telling->path->ended.event.frame);
    const bool overdue = msturn_is_overdue(&wait);
    if (!overdue)
        location.place = msturn_place_of_closer(telling, location.place);
    const uint32_t frame = seen.near ? seen.near->request.frame : check->request.frame;
    msturn_stop(step, overdue ? MSTURN_STATUS_MISSING : MSTURN_STATUS_FAILED, location.place,
                msturn_say(telling, "The check of %s (frame %u)%s; %s %s%s",
                           msturn_say_role(telling, asker_of(direction)), frame, location.text,
                           misframed_answer != 0 ? "its receiver waits for more, for" : "no answer in",
                           msturn_say_seconds(telling, wait.seconds), msturn_say_end(telling)),
                overdue ? location.advice : msturn_advice_on_closer(telling));
}

static void tell_refused_check(const struct msturn_telling *telling, struct msturn_step *step,
                               const struct msturn_direction_stats *stats, enum msturn_direction direction)
{
    const struct msturn_transaction *refused = stats->refused;
    const uint16_t code = stats->last_error_code;

    if (telling->path->verdict != MSTURN_VERDICT_BROKEN)
        return;
    msturn_add_frame(step, refused->request.frame);
    msturn_add_frame(step, refused->exchange->response.frame);
    step->delivered = MSTURN_DELIVERED;
    msturn_stop(
        step, MSTURN_STATUS_FAILED, msturn_place_of_role(asker_of(direction)),
        msturn_say(telling, "%s refused %u check%s of %s with %s (last in frame %u, answer frame %u)%s",
                   msturn_say_role(telling, answerer_of(direction)), stats->count.errors,
                   stats->count.errors == 1 ? "" : "s", msturn_say_role(telling, asker_of(direction)),
                   msturn_say_error(telling, code, msturn_transaction_error_reason(refused)), refused->request.frame,
                   refused->exchange->response.frame, msturn_say_end(telling)),
        code == 487
            ? "Both ends have the same ICE role, and who gets 487 has to change its own: a fault of the end that asked."
        : code == 401
            ? "User fragment or password of the check are not those that the other end gave in its SDP: compare "
              "offer and answer (a re-INVITE may have changed them)."
            : "Read the log of the end that refused.");
}

/* ---- a check that was not sent ---- */

/* RFC 6544 section 7.1: who opened the connection checks first. */
static bool opens(const struct msturn_telling *telling, enum msturn_role role)
{
    if (telling->path->kind == MSTURN_PATH_ACTIVE)
        return role == MSTURN_ROLE_CLIENT;
    if (telling->path->kind != MSTURN_PATH_DIRECT)
        return role == MSTURN_ROLE_PEER;
    return telling->outer &&
           ((uint8_t)telling->outer->opened_by == telling->outer_local) == (role == MSTURN_ROLE_CLIENT);
}

/* Nobody sent one. */
static void tell_no_check(const struct msturn_telling *telling, struct msturn_step *step, enum msturn_role role)
{
    const struct msturn_pair_facts *facts = telling->facts;
    const struct msturn_path_end *end = &telling->path->ended;
    const struct msturn_event over = end->how == MSTURN_HOW_CAPTURE ? telling->evaluation->tracker->now : end->event;
    const enum msturn_place own = msturn_place_of_role(role);
    enum msturn_place place = own;

    if (!opens(telling, role))
        return;
    if (telling->path->pair->reason == MSTURN_REASON_RESET)
        place = msturn_place_of_closer(telling, own);
    else if (role == MSTURN_ROLE_PEER && telling->path->kind != MSTURN_PATH_DIRECT && !telling->outer)
        place = MSTURN_PLACE_BEYOND_SERVER;
    msturn_add_frame(step, facts->connected.frame);
    msturn_add_frame(step, end->event.frame);
    msturn_stop(step, MSTURN_STATUS_MISSING, place,
                msturn_say(telling, "%s was connected (frame %u) and sent no check in %s%s",
                           msturn_say_role(telling, role), facts->connected.frame,
                           msturn_say_seconds(telling, msturn_seconds(&facts->connected, &over)),
                           msturn_say_end(telling)),
                place == MSTURN_PLACE_BEYOND_SERVER ? "The other side of the TURN server was not captured: a capture "
                                                      "there tells whether the peer sends a check."
                : place != own                      ? msturn_advice_on_closer(telling)
                                                    : "That end does not take the connection for a candidate pair: "
                                                      "compare the candidates in the SDP, and read its log.");
}

static const char check_back_advice[] =
    "Who is checked has to check, too (RFC 8445 7.3.1.4): that end does not take the pair, or "
    "lacks the other's candidate. Compare the SDP of both, and read its log.";

static void tell_missing_check(const struct msturn_telling *telling, struct msturn_step *step,
                               enum msturn_direction direction)
{
    const struct msturn_pair_outcome *pair = telling->path->pair;
    const enum msturn_role role = asker_of(direction);
    const struct msturn_direction_stats *other = &telling->facts->stats[1 - direction];

    if (pair->reason == MSTURN_REASON_NEVER_CHECKED ||
        (pair->reason == MSTURN_REASON_RESET && other->count.requests == 0)) {
        tell_no_check(telling, step, role);
        return;
    }
    if (pair->reason != MSTURN_REASON_NO_REQUEST && pair->reason != MSTURN_REASON_NO_RESPONSE)
        return;
    const struct msturn_path_end *end = &telling->path->ended;
    const struct msturn_event over = end->how == MSTURN_HOW_CAPTURE ? telling->evaluation->tracker->now : end->event;
    const struct msturn_event since =
        other->first_answered ? msturn_event_of(&other->first_answered->exchange->response) : other->first_request;
    enum msturn_place place = msturn_place_of_role(role);
    if (role == MSTURN_ROLE_PEER && telling->path->kind != MSTURN_PATH_DIRECT && !telling->outer)
        place = MSTURN_PLACE_BEYOND_SERVER;
    const char *who = msturn_say_role(telling, role), *asked_by = msturn_say_role(telling, answerer_of(direction));
    const char *waited = msturn_say_seconds(telling, msturn_seconds(&since, &over));
    msturn_add_frame(step, since.frame);
    if (other->first_answered || !other->unanswered) {
        msturn_stop(step, MSTURN_STATUS_MISSING, place,
                    msturn_say(telling, "%s answered the check of %s (frame %u) and sent none of its own in %s%s", who,
                               asked_by, other->first_request.frame, waited, msturn_say_end(telling)),
                    check_back_advice);
        return;
    }
    /* What became of the other one's check tells whether anything gets there. */
    const struct location location = locate(telling, other->unanswered, 1 - direction);
    step->delivered = location.delivered;
    add_check_frames(step, telling, other->unanswered, 1 - direction);
    const bool arrived = location.delivered == MSTURN_DELIVERED;
    msturn_stop(step, MSTURN_STATUS_MISSING, arrived ? place : location.place,
                msturn_say(telling, "%s sent no check and did not answer that of %s (frame %u)%s%s; silent for %s%s",
                           who, asked_by, other->first_request.frame,
                           location.text && location.text[0] ? ", which" : "", location.text, waited,
                           msturn_say_end(telling)),
                arrived && place != MSTURN_PLACE_BEYOND_SERVER ? check_back_advice : location.advice);
}

static void tell_absent_check(const struct msturn_telling *telling, struct msturn_step *step,
                              enum msturn_direction direction)
{
    switch (telling->path->pair->verdict) {
    case MSTURN_VERDICT_NOMINATED:
    case MSTURN_VERDICT_VALID:
        step->status = MSTURN_STATUS_NOT_NEEDED;
        step->text = msturn_say(telling, "%s sends no checks: it is ICE-lite, or they were not captured",
                                msturn_say_role(telling, asker_of(direction)));
        break;
    case MSTURN_VERDICT_UNKNOWN:
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        break;
    case MSTURN_VERDICT_BROKEN:
        tell_missing_check(telling, step, direction);
        break;
    default:
        break;
    }
}

/* ---- both ---- */

static void tell_answered_check(const struct msturn_telling *telling, struct msturn_step *step,
                                const struct msturn_transaction *check, enum msturn_direction direction)
{
    const struct msturn_event asked = msturn_event_of(&check->request),
                              answered = msturn_event_of(&check->exchange->response);
    const double seconds = msturn_seconds(&asked, &answered);
    const struct check_seen seen = seen_on_legs(telling, check, direction);

    step->status = seconds > MSTURN_SECONDS_DUE_OPEN ? MSTURN_STATUS_LATE : MSTURN_STATUS_OK;
    step->event = answered;
    step->delivered = MSTURN_DELIVERED;
    msturn_add_frame(step, check->request.frame);
    if (seen.far && seen.far != check) {
        msturn_add_frame(step, seen.far->request.frame);
        msturn_add_frame(step, seen.far->exchange->response.frame);
    }
    msturn_add_frame(step, check->exchange->response.frame);
    step->text =
        msturn_say(telling, "%s answered the check of %s (frame %u) in %s (frame %u)",
                   msturn_say_role(telling, answerer_of(direction)), msturn_say_role(telling, asker_of(direction)),
                   check->request.frame, msturn_say_seconds(telling, seconds), check->exchange->response.frame);
}

static void tell_check(const struct msturn_telling *telling, struct msturn_step *step, enum msturn_direction direction)
{
    if (!telling->facts) {
        if (telling->path->leg)
            step->status = MSTURN_STATUS_NOT_NEEDED; /* data without ICE */
        return;
    }
    const struct msturn_direction_stats *stats = &telling->facts->stats[direction];
    if (stats->first_answered)
        tell_answered_check(telling, step, stats->first_answered, direction);
    else if (stats->count.requests == 0)
        tell_absent_check(telling, step, direction);
    else if (has_passed(telling->path->verdict) || telling->path->verdict == MSTURN_VERDICT_UNKNOWN)
        step->status = MSTURN_STATUS_NOT_CAPTURED;
    else if (stats->unanswered && !(stats->refused && stats->unanswered->request.time < stats->last_error.time))
        tell_unanswered_check(telling, step, stats->unanswered, direction);
    else
        tell_refused_check(telling, step, stats, direction);
}

void msturn_tell_remote_check(const struct msturn_telling *telling, struct msturn_step *step)
{
    tell_check(telling, step, MSTURN_REMOTE_TO_LOCAL);
}

void msturn_tell_local_check(const struct msturn_telling *telling, struct msturn_step *step)
{
    tell_check(telling, step, MSTURN_LOCAL_TO_REMOTE);
}

/* ---- nomination ---- */

void msturn_tell_nomination(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_pair_outcome *pair = telling->path->pair;

    if (!pair) {
        if (telling->path->leg)
            step->status = MSTURN_STATUS_NOT_NEEDED;
    } else if (msturn_happened(&pair->nominated)) {
        step->status = MSTURN_STATUS_OK;
        step->event = pair->nominated;
        msturn_add_frame(step, pair->nominated.frame);
        step->text = msturn_say(telling, "Nominated (answer to the check in frame %u)", pair->nominated.frame);
    } else if (pair->verdict == MSTURN_VERDICT_VALID) {
        step->text = "Valid, and not nominated: another pair may have been chosen";
    } else if (pair->verdict == MSTURN_VERDICT_UNKNOWN) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
    }
}
