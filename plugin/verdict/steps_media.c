/* steps_media.c
 * The steps after the nomination: media, upkeep, and the end.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

/* ---- media ---- */

/* What a side of a connection sent and that was never acknowledged. */
struct lost_bytes {
    const struct msturn_flow *flow;
    uint8_t side;
    enum msturn_place place;
    enum msturn_role receiver;
};

static bool is_lost(const struct msturn_flow *flow, uint8_t side)
{
    return flow->transport == MSTURN_TCP && msturn_outstanding(flow, side).delivered == MSTURN_UNDELIVERED;
}

/* In Send indications or ChannelData on the control connection: what else is on it is no media. */
static bool find_lost_wrapped(const struct msturn_telling *telling, struct lost_bytes *lost)
{
    const struct msturn_leg *leg = msturn_wrapped_leg(telling->path);

    for (uint8_t side = 0; leg && leg->flow->transport == MSTURN_TCP && side < 2; side++) {
        if (!msturn_happened(&leg->last_media[side]) ||
            msturn_data_delivery(leg->flow, side, leg->last_media[side]).delivered != MSTURN_UNDELIVERED)
            continue;
        *lost = (struct lost_bytes){ leg->flow, side, MSTURN_PLACE_CLIENT_SERVER_PATH,
                                     side == leg->client_side ? MSTURN_ROLE_SERVER : MSTURN_ROLE_CLIENT };
        return true;
    }
    return false;
}

static bool find_lost_media(const struct msturn_telling *telling, struct lost_bytes *lost)
{
    const bool direct = telling->path->kind == MSTURN_PATH_DIRECT;
    const struct msturn_flow *inner = telling->inner, *outer = telling->outer;

    if (inner) {
        const uint8_t client = telling->path->peer_connection->leg->client_side;
        if (is_lost(inner, 1 - client)) {
            *lost = (struct lost_bytes){ inner, 1 - client, MSTURN_PLACE_CLIENT_SERVER_PATH, MSTURN_ROLE_CLIENT };
            return true;
        }
        if (is_lost(inner, client)) {
            *lost = (struct lost_bytes){ inner, client, MSTURN_PLACE_CLIENT_SERVER_PATH, MSTURN_ROLE_SERVER };
            return true;
        }
    }
    for (uint8_t side = 0; outer && side < 2; side++) {
        if (!is_lost(outer, side))
            continue;
        const bool to_peer = side == telling->outer_local;
        *lost = (struct lost_bytes){ outer, side, MSTURN_PLACE_SERVER_PEER_PATH,
                                     to_peer  ? MSTURN_ROLE_PEER
                                     : direct ? MSTURN_ROLE_CLIENT
                                              : MSTURN_ROLE_SERVER };
        return true;
    }
    return false;
}

static void tell_lost_bytes(const struct msturn_telling *telling, struct msturn_step *step,
                            const struct lost_bytes *lost, const char *advice)
{
    const struct msturn_delivery data = msturn_outstanding(lost->flow, lost->side);
    const struct msturn_event end = msturn_flow_end(lost->flow);

    step->delivered = MSTURN_UNDELIVERED;
    msturn_add_frame(step, data.sent.frame);
    msturn_add_frame(step, data.last.frame);
    msturn_stop(step, MSTURN_STATUS_FAILED, lost->place,
                msturn_say(telling,
                           "What was sent to %s from frame %u on was never acknowledged (sent again %u times, last in "
                           "frame %u) in %s%s",
                           msturn_say_role(telling, lost->receiver), data.sent.frame, data.retransmissions,
                           data.last.frame, msturn_say_seconds(telling, msturn_seconds(&data.sent, &end)),
                           msturn_say_end(telling)),
                advice);
}

static const char *say_media(const struct msturn_telling *telling, enum msturn_direction direction)
{
    const struct msturn_path_media *media = &telling->path->media[direction];
    const char *to =
        msturn_say_role(telling, direction == MSTURN_LOCAL_TO_REMOTE ? MSTURN_ROLE_PEER : MSTURN_ROLE_CLIENT);

    if (media->packets == 0)
        return msturn_say(telling, "none to %s", to);
    if (media->packets == 1)
        return msturn_say(telling, "1 packet to %s (frame %u)", to, media->first.frame);
    return msturn_say(telling, "%u packets to %s (frames %u to %u)", media->packets, to, media->first.frame,
                      media->last.frame);
}

/* How long before the end the last of it came. */
static const char *say_stop(const struct msturn_telling *telling)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_event *out = &path->media[0].last, *in = &path->media[1].last;
    const struct msturn_event last = out->time > in->time ? *out : *in;
    const struct msturn_event over =
        path->ended.how == MSTURN_HOW_CAPTURE ? telling->evaluation->tracker->now : path->ended.event;
    const double silent = msturn_seconds(&last, &over);

    return silent >= MSTURN_SECONDS_ONE_WAY
               ? msturn_say(telling, "; stopped %s before the end", msturn_say_seconds(telling, silent))
               : "";
}

void msturn_tell_media(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_path_media *out = &path->media[MSTURN_LOCAL_TO_REMOTE],
                                   *in = &path->media[MSTURN_REMOTE_TO_LOCAL];
    struct lost_bytes lost;

    if (path->verdict == MSTURN_VERDICT_BROKEN)
        return;
    if (find_lost_media(telling, &lost) || find_lost_wrapped(telling, &lost)) {
        tell_lost_bytes(telling, step, &lost,
                        "The connection broke in mid-call: a firewall or NAT on this path has dropped it, or that "
                        "host is gone.");
        return;
    }
    if (out->packets + in->packets == 0) {
        if (path->verdict == MSTURN_VERDICT_NOMINATED)
            step->text = msturn_say(telling, "No media%s", msturn_say_end(telling));
        return;
    }
    step->status = MSTURN_STATUS_OK;
    step->event = out->packets == 0 || (in->packets > 0 && in->first.time < out->first.time) ? in->first : out->first;
    msturn_add_frame(step, out->first.frame);
    msturn_add_frame(step, out->last.frame);
    msturn_add_frame(step, in->first.frame);
    msturn_add_frame(step, in->last.frame);
    step->text = msturn_say(telling, "Media%s: %s, %s%s", out->packets == 0 || in->packets == 0 ? " one way" : "",
                            say_media(telling, MSTURN_LOCAL_TO_REMOTE), say_media(telling, MSTURN_REMOTE_TO_LOCAL),
                            say_stop(telling));
}

/* ---- upkeep ---- */

/* Over UDP nothing but an answer tells that it arrived. */
static void tell_refresh_in_vain(const struct msturn_telling *telling, struct msturn_step *step,
                                 const struct msturn_transaction *refresh)
{
    const struct msturn_wait wait = msturn_wait_for_answer(telling->evaluation, refresh);

    msturn_add_frame(step, refresh->request.frame);
    msturn_stop(step, MSTURN_STATUS_FAILED, MSTURN_PLACE_UNKNOWN,
                msturn_say(telling, "The Refresh of %s (frame %u) was sent %u times, and %s did not answer in %s%s",
                           msturn_say_role(telling, MSTURN_ROLE_CLIENT), refresh->request.frame,
                           refresh->request.repeats + 1U, msturn_say_role(telling, MSTURN_ROLE_SERVER),
                           msturn_say_seconds(telling, wait.seconds), msturn_say_end(telling)),
                "A NAT or firewall between the two has forgotten the client's port, or the server is gone: a capture "
                "at the server tells which.");
}

static const char dead_control_advice[] =
    "The control connection is dead: a firewall or NAT between the two has forgotten it. Keep it alive, or "
    "raise that device's idle timeout.";

static void tell_lost_refresh(const struct msturn_telling *telling, struct msturn_step *step,
                              const struct msturn_transaction *refresh)
{
    const struct msturn_event end = msturn_flow_end(telling->control);
    const struct msturn_event sent = msturn_event_of(&refresh->request);
    const struct msturn_delivery delivery = msturn_request_delivery(refresh);
    const bool undelivered = delivery.delivered == MSTURN_UNDELIVERED;

    step->delivered = delivery.delivered;

    msturn_add_frame(step, refresh->request.frame);
    msturn_stop(step, MSTURN_STATUS_FAILED, undelivered ? MSTURN_PLACE_CLIENT_SERVER_PATH : MSTURN_PLACE_SERVER,
                msturn_say(telling, "The Refresh of %s (frame %u) %s in %s%s",
                           msturn_say_role(telling, MSTURN_ROLE_CLIENT), refresh->request.frame,
                           undelivered
                               ? msturn_say(telling, "was sent %u times and never acknowledged by %s",
                                            delivery.retransmissions + 1U, msturn_say_role(telling, MSTURN_ROLE_SERVER))
                               : msturn_say(telling, "was acknowledged by %s (frame %u) and not answered",
                                            msturn_say_role(telling, MSTURN_ROLE_SERVER), delivery.acknowledged_in),
                           msturn_say_seconds(telling, msturn_seconds(&sent, &end)), msturn_say_end(telling)),
                undelivered ? dead_control_advice
                            : "The server has the Refresh and is silent: read its log at that time.");
}

/* A server that closes in good order has its reasons; a reset is a fault. */
static bool refresh_was_reset(const struct msturn_transaction *refresh)
{
    return msturn_was_cut_off(refresh) && refresh->flow->ending == MSTURN_ENDING_RST;
}

/* The last Refresh got no answer: does that say something? */
static bool refresh_is_lost(const struct msturn_telling *telling, const struct msturn_transaction *refresh)
{
    const struct msturn_wait wait = msturn_wait_for_answer(telling->evaluation, refresh);
    const enum msturn_delivered delivered = msturn_request_delivery(refresh).delivered;

    if (refresh->exchange->response.frame != 0 || !msturn_is_overdue(&wait))
        return false;
    if (telling->control->transport == MSTURN_UDP)
        return msturn_was_sent_in_vain(refresh, &wait);
    /* An answer may be among the bytes that were not captured. */
    return delivered == MSTURN_UNDELIVERED || (delivered == MSTURN_DELIVERED && msturn_flow_is_whole(telling->control));
}

/* Keep-alives and whatever else is no Refresh, up to a release. What is wrapped is told as media. */
static bool control_is_dead(const struct msturn_telling *telling)
{
    const struct msturn_session *session = telling->path->session;
    const struct msturn_delivery data = msturn_outstanding(telling->control, session->client_side);

    return telling->control->transport == MSTURN_TCP && data.delivered == MSTURN_UNDELIVERED &&
           !msturn_wrapped_leg(telling->path) &&
           !(session->release && data.sent.time >= session->release->request.time);
}

static void tell_dead_control(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct lost_bytes lost = { telling->control, telling->path->session->client_side,
                                     MSTURN_PLACE_CLIENT_SERVER_PATH, MSTURN_ROLE_SERVER };

    tell_lost_bytes(telling, step, &lost, dead_control_advice);
}

static void tell_expired(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_session *session = telling->path->session;

    if (msturn_refusal_of_refresh(session)) {
        msturn_tell_refusal(telling, step, session->refresh, "Refresh");
        return;
    }
    const char *late =
        msturn_happened(&session->expired)
            ? msturn_say(telling, "; the next request came %s after the grant (frame %u)",
                         msturn_say_seconds(telling, msturn_seconds(&session->granted, &session->expired)),
                         session->expired.frame)
            : "";

    msturn_add_frame(step, session->granted.frame);
    msturn_add_frame(step, session->expired.frame);
    msturn_stop(
        step, MSTURN_STATUS_FAILED, MSTURN_PLACE_CLIENT,
        msturn_say(telling,
                   "The allocation ran out: %u s were granted (frame %u), and %s sent no Refresh in that time%s%s",
                   session->lifetime, session->granted.frame, msturn_say_role(telling, MSTURN_ROLE_CLIENT), late,
                   msturn_say_end(telling)),
        "The client has to send Refresh before the lifetime runs out: a fault of the client, or it was suspended.");
}

static void tell_upkeep_problem(const struct msturn_telling *telling, struct msturn_step *step,
                                const struct msturn_problem *problem)
{
    const enum msturn_place place =
        problem->finding == MSTURN_FINDING_CONSENT_LOST ? MSTURN_PLACE_UNKNOWN : MSTURN_PLACE_CLIENT;

    msturn_add_frame(step, problem->frame);
    msturn_stop(step, MSTURN_STATUS_FAILED, place,
                msturn_say(telling, "%s (frame %u)%s", problem->text, problem->frame, msturn_say_end(telling)),
                msturn_findings[problem->finding].advice);
}

/* How long before the end it ran out, if it did: that harms a call only where a rule says so. */
static const char *say_ran_out(const struct msturn_telling *telling, const struct msturn_path_timer *timer)
{
    const struct msturn_path_end *end = &telling->path->ended;
    const struct msturn_event over = end->how == MSTURN_HOW_CAPTURE ? telling->evaluation->tracker->now : end->event;
    const double seconds = msturn_seconds(&timer->last, &over) - timer->seconds;

    return timer->seconds > 0 && msturn_happened(&over) && seconds > 0
               ? msturn_say(telling, ", ran out %s before the end", msturn_say_seconds(telling, seconds))
               : "";
}

/* "Renewed last: allocation for 600 s (frame 20), permission for 300 s (frame 22, ran out 5.0 s before the end)". */
static const char *say_renewed(const struct msturn_telling *telling, struct msturn_step *step)
{
    struct msturn_path_timer timers[MSTURN_PATH_TIMERS];
    const unsigned count = msturn_path_timers(telling->path, timers);
    const char *text = "";

    for (unsigned i = 0; i < count; i++) {
        const struct msturn_path_timer *timer = &timers[i];
        const char *holds = timer->seconds > 0 ? msturn_say(telling, " for %u s", (unsigned)timer->seconds) : "";
        msturn_add_frame(step, timer->last.frame);
        text =
            msturn_say(telling, "%s%s %c%s%s (frame %u%s)", text, i == 0 ? ":" : ",", g_ascii_tolower(timer->label[0]),
                       timer->label + 1, holds, timer->last.frame, say_ran_out(telling, timer));
    }
    return msturn_say(telling, "Renewed last%s", text);
}

void msturn_tell_upkeep(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_session *session = path->session;
    const struct msturn_problem *problem = msturn_upkeep_problem(telling->evaluation, session, path->pair);

    if (path->verdict == MSTURN_VERDICT_BROKEN && path->pair)
        return;
    if (session && session->refresh && refresh_was_reset(session->refresh)) {
        msturn_tell_cut_off(telling, step, session->refresh, "Refresh");
    } else if (session && session->refresh && refresh_is_lost(telling, session->refresh)) {
        if (telling->control->transport == MSTURN_UDP)
            tell_refresh_in_vain(telling, step, session->refresh);
        else
            tell_lost_refresh(telling, step, session->refresh);
    } else if (session && control_is_dead(telling)) {
        tell_dead_control(telling, step);
    } else if (session && msturn_evaluated_session_state(telling->evaluation, session) == MSTURN_SESSION_EXPIRED) {
        tell_expired(telling, step);
    } else if (problem) {
        tell_upkeep_problem(telling, step, problem);
    } else if (session && msturn_happened(&session->granted)) {
        step->status = MSTURN_STATUS_OK;
        step->event = session->granted;
        step->text = say_renewed(telling, step);
    }
}

/* ---- the end ---- */

void msturn_tell_bad_end(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_event *over =
        msturn_happened(&path->ended.event) ? &path->ended.event : &telling->evaluation->tracker->now;

    msturn_add_frame(step, path->ended.event.frame);
    msturn_stop(
        step, MSTURN_STATUS_FAILED, msturn_place_of_closer(telling, MSTURN_PLACE_UNKNOWN),
        msturn_say(telling, "Not usable after %s%s", msturn_say_seconds(telling, msturn_seconds(&path->first, over)),
                   msturn_say_end(telling)),
        "Who closed gave the pair up: its log has the reason, and the findings of this pair what was wrong before.");
}

void msturn_tell_end(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_path_end *end = &telling->path->ended;
    const char *said = msturn_say_end(telling);

    if (end->how == MSTURN_HOW_CAPTURE) {
        step->text = "Still going on when the capture ends";
        return;
    }
    step->status = MSTURN_STATUS_OK;
    step->event = end->event;
    msturn_add_frame(step, end->event.frame);
    if (end->how == MSTURN_HOW_EXPIRY)
        step->text =
            msturn_say(telling, "The server closed when the allocation had run out (frame %u)", end->event.frame);
    else if (said && said[0] != '\0')
        step->text = said + strlen(", then ");
    else
        step->text = "Never answered";
}
