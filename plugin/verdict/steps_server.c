/* steps_server.c
 * The steps between the client and its server: connection, allocation, permission.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/permission.h"
#include "plugin/track/transaction.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

/* ---- the connection to the server ---- */

static const char *several(const struct msturn_telling *telling)
{
    const uint32_t attempts = telling->path->attempts;

    return attempts > 1 ? msturn_say(telling, ", %u times", attempts) : "";
}

/* What became of a connection without messages, where it went wrong, and what to do. Who only tries whether somebody listens, or
 * speaks another protocol, is no client that fails. */
struct silence_row {
    enum msturn_step_status status;
    enum msturn_place place;
    const char *text, *advice;
};

static const struct silence_row silences[] = {
    [MSTURN_SILENCE_UNREACHABLE] = { MSTURN_STATUS_FAILED, MSTURN_PLACE_CLIENT_SERVER_PATH,
                                     "got an ICMP error to its SYN to",
                                     "Open the TURN server's port on the firewall that sent the ICMP error." },
    [MSTURN_SILENCE_REFUSED] = { MSTURN_STATUS_FAILED, MSTURN_PLACE_SERVER, "was refused by",
                                 "No TURN service listens there, or a firewall resets: check that it runs, and its "
                                 "port (3478 to "
                                 "3483, or 443)." },
    [MSTURN_SILENCE_UNANSWERED] = { MSTURN_STATUS_MISSING, MSTURN_PLACE_CLIENT_SERVER_PATH,
                                    "got no answer to its SYN to",
                                    "A firewall drops the SYN, or the server is down: open the TURN server's port "
                                    "(3478 to 3483, or "
                                    "443) between the two." },
    [MSTURN_SILENCE_TLS_ALERT] = { MSTURN_STATUS_FAILED, MSTURN_PLACE_SERVER, "got no further than a TLS alert with",
                                   "Compare certificates, names and TLS versions of the two ends." },
    [MSTURN_SILENCE_TLS_UNANSWERED] = { MSTURN_STATUS_MISSING, MSTURN_PLACE_SERVER,
                                        "got no answer to its TLS hello from",
                                        "The server does not speak TLS on that port, or a proxy in between drops it." },
    [MSTURN_SILENCE_CLOSED] = { MSTURN_STATUS_FAILED, MSTURN_PLACE_SERVER, "was accepted and closed at once by",
                                "The server is full, or a device in between accepts for it: read the server's log." },
};

static enum msturn_place place_of_alert(const struct msturn_flow *flow)
{
    return flow->alert_by == (uint8_t)flow->opened_by ? MSTURN_PLACE_CLIENT : MSTURN_PLACE_SERVER;
}

/* "frame 1, sent 4 times in 7.0 s", "frame 1, RST frame 2" */
static const char *say_attempt(const struct msturn_telling *telling, const struct msturn_flow *flow)
{
    const struct msturn_event end = msturn_flow_end(flow);

    if (msturn_happened(&flow->unreachable))
        return msturn_say(telling, "frame %u, ICMP frame %u", flow->first.frame, flow->unreachable.frame);
    if (msturn_happened(&flow->alert))
        return msturn_say(telling, "frame %u, alert %u frame %u", flow->first.frame, flow->alert_description,
                          flow->alert.frame);
    if (msturn_happened(&flow->ended))
        return msturn_say(telling, "frame %u, %s frame %u", flow->first.frame,
                          flow->ending == MSTURN_ENDING_RST ? "RST" : "FIN", flow->ended.frame);
    return msturn_say(telling, "frame %u, sent %s in %s", flow->first.frame,
                      flow->syns > 1 ? msturn_say(telling, "%u times", flow->syns) : "once",
                      msturn_say_seconds(telling, msturn_seconds(&flow->first, &end)));
}

bool msturn_is_failed_attempt(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow)
{
    const enum msturn_silence silence = msturn_silence_of(evaluation, flow);

    return silence < G_N_ELEMENTS(silences) && silences[silence].text != NULL;
}

static void tell_silent_connection(const struct msturn_telling *telling, struct msturn_step *step,
                                   const struct msturn_flow *flow)
{
    const enum msturn_silence silence = msturn_silence_of(telling->evaluation, flow);
    const struct silence_row *row = &silences[silence];

    if (!msturn_is_failed_attempt(telling->evaluation, flow))
        return;
    msturn_add_frame(step, flow->first.frame);
    msturn_add_frame(step, flow->unreachable.frame);
    msturn_add_frame(step, flow->alert.frame);
    msturn_add_frame(step, flow->ended.frame);
    if (silence == MSTURN_SILENCE_UNANSWERED)
        step->delivered = MSTURN_UNDELIVERED;
    msturn_stop(step, row->status, silence == MSTURN_SILENCE_TLS_ALERT ? place_of_alert(flow) : row->place,
                msturn_say(telling, "%s %s %s (%s)%s", msturn_say_role(telling, MSTURN_ROLE_CLIENT), row->text,
                           msturn_say_role(telling, MSTURN_ROLE_SERVER), say_attempt(telling, flow), several(telling)),
                row->advice);
}

static bool hello_was_answered(const struct msturn_flow *flow)
{
    return msturn_happened(&flow->last_data[1 - flow->hello_side]);
}

/* [MS-TURN] 2.1.1. */
static void tell_unanswered_hello(const struct msturn_telling *telling, struct msturn_step *step,
                                  const struct msturn_flow *flow)
{
    msturn_add_frame(step, flow->hello.frame);
    msturn_stop(step, MSTURN_STATUS_MISSING, MSTURN_PLACE_SERVER,
                msturn_say(telling, "%s did not answer the pseudo-TLS hello of %s (frame %u)%s",
                           msturn_say_role(telling, MSTURN_ROLE_SERVER), msturn_say_role(telling, MSTURN_ROLE_CLIENT),
                           flow->hello.frame, msturn_say_end(telling)),
                "Something other than the A/V Edge has the port, or a proxy inspects TLS: let the client reach the "
                "Edge directly.");
}

static void tell_open_connection(const struct msturn_telling *telling, struct msturn_step *step,
                                 const struct msturn_flow *flow)
{
    if (flow->transport == MSTURN_TCP && flow->opened_by < 0) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        step->text =
            msturn_say(telling, "The capture begins after the connection of %s to %s was opened",
                       msturn_say_role(telling, MSTURN_ROLE_CLIENT), msturn_say_role(telling, MSTURN_ROLE_SERVER));
        return;
    }
    step->status = MSTURN_STATUS_OK;
    step->event = flow->first;
    msturn_add_frame(step, flow->first.frame);
    step->text = msturn_say(telling, "%s reached %s over %s%s (frame %u)", msturn_say_role(telling, MSTURN_ROLE_CLIENT),
                            msturn_say_role(telling, MSTURN_ROLE_SERVER), flow->transport == MSTURN_TCP ? "TCP" : "UDP",
                            flow->in_tls ? " and TLS" : "", flow->first.frame);
}

/* Over UDP: what the client sent came back as an ICMP error, and nothing else did. Of a server that answers a client that is gone such
 * errors are no news. */
static bool got_icmp_error(const struct msturn_flow *flow, uint8_t client)
{
    return msturn_happened(&flow->undelivered) && flow->undelivered_by == client && !flow->sent[1 - client];
}

static void tell_icmp_error(const struct msturn_telling *telling, struct msturn_step *step,
                            const struct msturn_flow *flow)
{
    msturn_add_frame(step, flow->first.frame);
    msturn_add_frame(step, flow->undelivered.frame);
    step->delivered = MSTURN_UNDELIVERED;
    msturn_stop(
        step, MSTURN_STATUS_FAILED, MSTURN_PLACE_CLIENT_SERVER_PATH,
        msturn_say(telling, "%s got an ICMP error (frame %u) to what it sent to %s over UDP (frame %u)",
                   msturn_say_role(telling, MSTURN_ROLE_CLIENT), flow->undelivered.frame,
                   msturn_say_role(telling, MSTURN_ROLE_SERVER), flow->first.frame),
        "Open the TURN server's UDP port on the firewall that sent the ICMP error; if the server itself sent it, "
        "no TURN service listens there.");
}

void msturn_tell_server(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_flow *flow = telling->control;

    if (!flow)
        return;
    if (telling->path->session && got_icmp_error(flow, telling->path->session->client_side))
        tell_icmp_error(telling, step, flow);
    else if (telling->path->session)
        tell_open_connection(telling, step, flow);
    else
        tell_silent_connection(telling, step, flow);
    if (msturn_happened(&flow->hello) && !hello_was_answered(flow) && msturn_flow_is_whole(flow))
        tell_unanswered_hello(telling, step, flow);
}

/* ---- the allocation ---- */

/* What an error code says of where the request went wrong, and what to do (RFC 8489 section 18.4, RFC 8656 section 19). */
struct refusal {
    uint16_t code;
    enum msturn_place place;
    const char *advice;
};

static const struct refusal refusals[] = {
    { 300, MSTURN_PLACE_SERVER,
      "The server sends the client to its alternate server: that one must be reachable from the client." },
    { 400, MSTURN_PLACE_CLIENT,
      "The server does not accept the request's form: compare the server's words with the request." },
    { 401, MSTURN_PLACE_CLIENT, "Wrong user or password, or a time-limited user name that has expired." },
    { 403, MSTURN_PLACE_SERVER, "The server's rules forbid it: check its list of peers and of users." },
    { 420, MSTURN_PLACE_CLIENT, "The client uses an attribute that the server does not know." },
    { 437, MSTURN_PLACE_CLIENT,
      "The allocation is gone, or belongs to another connection: the client has to allocate again." },
    { 438, MSTURN_PLACE_CLIENT, "The client has to repeat the request with the new nonce." },
    { 441, MSTURN_PLACE_CLIENT, "The client uses another user than in its Allocate." },
    { 442, MSTURN_PLACE_SERVER,
      "The server does not relay this transport: switch TCP relays on, where it has such a setting." },
    { 486, MSTURN_PLACE_SERVER,
      "The user has all the allocations that it may have: raise the quota, or let it release those that it no longer "
      "uses." },
    { 508, MSTURN_PLACE_SERVER, "The server's relay ports are used up: add ports or servers." },
};

static const struct refusal *refusal_row_of(uint16_t code)
{
    static const struct refusal other = { 0, MSTURN_PLACE_SERVER, "Read the server's log at that time." };

    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        if (refusals[i].code == code)
            return &refusals[i];
    }
    return &other;
}

void msturn_tell_refusal(const struct msturn_telling *telling, struct msturn_step *step,
                         const struct msturn_transaction *transaction, const char *what)
{
    const struct refusal *refusal = refusal_row_of(transaction->error_code);

    msturn_add_frame(step, transaction->request.frame);
    msturn_add_frame(step, transaction->exchange->response.frame);
    msturn_stop(step, MSTURN_STATUS_FAILED, refusal->place,
                msturn_say(telling, "%s refused the %s of %s (frame %u) with %s (frame %u)",
                           msturn_say_role(telling, MSTURN_ROLE_SERVER), what,
                           msturn_say_role(telling, MSTURN_ROLE_CLIENT), transaction->request.frame,
                           msturn_say_error(telling, transaction->error_code,
                                            msturn_transaction_error_reason(transaction)),
                           transaction->exchange->response.frame),
                refusal->advice);
}

/* Could an answer have been seen? Over UDP that a client repeats its request (RFC 8489 section 6.2.1) tells so. */
static bool shows_no_answer(const struct msturn_transaction *transaction)
{
    return msturn_flow_is_whole(transaction->flow) ||
           (transaction->flow->transport == MSTURN_UDP && transaction->request.repeats > 1);
}

bool msturn_was_cut_off(const struct msturn_transaction *transaction)
{
    const struct msturn_flow *flow = transaction->flow;

    return transaction->exchange->response.frame == 0 && msturn_happened(&flow->ended) &&
           flow->ended_by != transaction->side && flow->ended.frame > transaction->request.frame &&
           msturn_flow_is_whole(flow);
}

/* Before the end. What resets on the way acknowledges in its reset, too. */
static uint32_t acknowledged_before(const struct msturn_transaction *transaction, const struct msturn_flow *flow)
{
    const uint32_t acknowledged = transaction->request.acknowledged;

    return flow->ending == MSTURN_ENDING_RST && acknowledged == flow->ended.frame ? 0 : acknowledged;
}

void msturn_tell_cut_off(const struct msturn_telling *telling, struct msturn_step *step,
                         const struct msturn_transaction *transaction, const char *what)
{
    const struct msturn_flow *flow = transaction->flow;
    const uint32_t acknowledged = acknowledged_before(transaction, flow);

    step->delivered = acknowledged != 0 ? MSTURN_DELIVERED : MSTURN_DELIVERY_UNKNOWN;
    msturn_add_frame(step, transaction->request.frame);
    msturn_add_frame(step, acknowledged);
    msturn_add_frame(step, flow->ended.frame);
    msturn_stop(step, MSTURN_STATUS_FAILED, acknowledged != 0 ? MSTURN_PLACE_SERVER : MSTURN_PLACE_UNKNOWN,
                msturn_say(telling, "The %s of %s (frame %u%s) got %s, frame %u) from %s instead of an answer", what,
                           msturn_say_role(telling, MSTURN_ROLE_CLIENT), transaction->request.frame,
                           acknowledged != 0 ? msturn_say(telling, ", acknowledged in frame %u", acknowledged) : "",
                           flow->ending == MSTURN_ENDING_RST ? "a reset (RST" : "the end of the connection (FIN",
                           flow->ended.frame, msturn_say_role(telling, MSTURN_ROLE_SERVER)),
                acknowledged != 0
                    ? "The server has the request and gave the connection up: read its log at that time."
                    : "A firewall or NAT in between resets the connection, or the server does, say because it was "
                      "restarted: a capture at the server tells whether the request arrives.");
}

/* A request without answer, when it is due. */
static void tell_unanswered(const struct msturn_telling *telling, struct msturn_step *step,
                            const struct msturn_transaction *transaction, const char *what)
{
    const struct msturn_wait wait = msturn_wait_for_answer(telling->evaluation, transaction);

    if (!shows_no_answer(transaction)) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        return;
    }
    if (!msturn_is_overdue(&wait)) {
        if (msturn_was_cut_off(transaction))
            msturn_tell_cut_off(telling, step, transaction, what);
        return;
    }
    step->delivered = msturn_request_delivery(transaction).delivered;
    msturn_add_frame(step, transaction->request.frame);
    msturn_add_frame(step, transaction->request.acknowledged);
    const bool lost = step->delivered == MSTURN_UNDELIVERED;
    const bool known = step->delivered != MSTURN_DELIVERY_UNKNOWN;
    msturn_stop(step, MSTURN_STATUS_MISSING,
                lost    ? MSTURN_PLACE_CLIENT_SERVER_PATH
                : known ? MSTURN_PLACE_SERVER
                        : MSTURN_PLACE_UNKNOWN,
                msturn_say(telling, "%s did not answer the %s of %s (frame %u)%s in %s%s",
                           msturn_say_role(telling, MSTURN_ROLE_SERVER), what,
                           msturn_say_role(telling, MSTURN_ROLE_CLIENT), transaction->request.frame,
                           lost ? ", which its TCP never acknowledged," : "", msturn_say_seconds(telling, wait.seconds),
                           msturn_say_end(telling)),
                lost    ? "The bytes do not get through: a firewall or NAT between the two has dropped the connection."
                : known ? "The server has the request and is silent: read its log at that time."
                        : "Nothing here tells whether the request arrives: a capture at the server does.");
}

/* RFC 8489 section 9.2.5. A client that closes at once had no use for the answer. */
static void tell_challenged(const struct msturn_telling *telling, struct msturn_step *step,
                            const struct msturn_transaction *allocate)
{
    const struct msturn_wait wait = msturn_wait_for_credentials(telling->evaluation, allocate);

    if (!msturn_flow_is_whole(allocate->flow) || !msturn_is_overdue(&wait))
        return;
    msturn_add_frame(step, allocate->request.frame);
    msturn_add_frame(step, allocate->exchange->response.frame);
    msturn_stop(step, MSTURN_STATUS_MISSING, MSTURN_PLACE_CLIENT,
                msturn_say(telling, "%s was asked for credentials (401, frame %u) and sent none in %s%s",
                           msturn_say_role(telling, MSTURN_ROLE_CLIENT), allocate->exchange->response.frame,
                           msturn_say_seconds(telling, wait.seconds), msturn_say_end(telling)),
                "The client has no user and password for this server: configure them.");
}

static void tell_unallocated(const struct msturn_telling *telling, struct msturn_step *step,
                             const struct msturn_session *session)
{
    const struct msturn_transaction *allocate = session->allocate;

    if (!allocate) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
    } else if (allocate->exchange->response.frame == 0) {
        tell_unanswered(telling, step, allocate, "Allocate");
    } else if (allocate->error_code == 300 && msturn_has_followed(telling->evaluation, session)) {
        step->status = MSTURN_STATUS_NOT_NEEDED;
        step->text =
            msturn_say(telling, "%s sent %s to the alternate server %s (frame %u), where it went",
                       msturn_say_role(telling, MSTURN_ROLE_SERVER), msturn_say_role(telling, MSTURN_ROLE_CLIENT),
                       msturn_say_endpoint(telling, &session->alternate), allocate->exchange->response.frame);
    } else if (allocate->is_error && (allocate->exchange->has & MSTURN_HAS_INTEGRITY || allocate->error_code != 401)) {
        msturn_tell_refusal(telling, step, allocate, "Allocate");
    } else if (allocate->is_error) {
        tell_challenged(telling, step, allocate);
    }
}

void msturn_tell_allocation(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_session *session = telling->path->session;

    if (!session)
        return;
    if (msturn_happened(&session->allocated)) {
        step->status = MSTURN_STATUS_OK;
        step->event = session->allocated;
        msturn_add_frame(step, session->allocated.frame);
        step->text =
            msturn_say(telling, "%s gave %s the relayed address %s (frame %u)",
                       msturn_say_role(telling, MSTURN_ROLE_SERVER), msturn_say_role(telling, MSTURN_ROLE_CLIENT),
                       msturn_say_endpoint(telling, &session->relayed), session->allocated.frame);
    } else if (session->state == MSTURN_SESSION_PENDING || session->state == MSTURN_SESSION_REFUSED) {
        tell_unallocated(telling, step, session);
    } else {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        step->text = "The capture begins after the allocation";
    }
}

/* ---- the permission ---- */

/* When it had to be there: when the peer came, or the client sent to it. */
static struct msturn_event needed_at(const struct msturn_telling *telling)
{
    const struct msturn_path *path = telling->path;

    if (telling->outer)
        return telling->outer->first;
    if (path->peer_connection)
        return path->peer_connection->announced;
    return path->pair ? path->pair->first : path->leg ? path->leg->first_packet : (struct msturn_event){ .frame = 0 };
}

static void tell_no_permission(const struct msturn_telling *telling, struct msturn_step *step,
                               const struct msturn_grant *grant)
{
    const struct msturn_transaction *last = grant ? msturn_grant_last_asked(grant) : NULL;
    const char *client = msturn_say_role(telling, MSTURN_ROLE_CLIENT),
               *peer = msturn_say_role(telling, MSTURN_ROLE_PEER);

    if (last && last->exchange->response.frame != 0 && last->is_error) {
        msturn_tell_refusal(telling, step, last, "CreatePermission");
    } else if (last && last->exchange->response.frame == 0) {
        tell_unanswered(telling, step, last, "CreatePermission");
    } else if (last) {
        msturn_add_frame(step, last->request.frame);
        msturn_stop(step, MSTURN_STATUS_FAILED, MSTURN_PLACE_CLIENT,
                    msturn_say(telling, "The permission of %s (frame %u) had run out%s", peer, last->request.frame,
                               msturn_say_end(telling)),
                    "The client has to renew it within 300 s.");
    } else {
        msturn_stop(step, MSTURN_STATUS_MISSING, MSTURN_PLACE_CLIENT,
                    msturn_say(telling, "%s never asked for a permission for %s%s", client, peer,
                               msturn_say_end(telling)),
                    "The client has to send CreatePermission with the peer's address, which it has from the peer's "
                    "candidates: compare them.");
    }
}

static void tell_given_permission(const struct msturn_telling *telling, struct msturn_step *step,
                                  const struct msturn_grant *grant)
{
    const struct msturn_event given = msturn_grant_given(grant);

    step->status = MSTURN_STATUS_OK;
    step->event = given;
    msturn_add_frame(step, given.frame);
    step->text = msturn_say(telling, "%s permitted %s (frame %u)", msturn_say_role(telling, MSTURN_ROLE_SERVER),
                            msturn_say_host(telling, &grant->host), given.frame);
}

/* No peer has come yet. */
static void tell_permission_in_advance(const struct msturn_telling *telling, struct msturn_step *step,
                                       const struct msturn_session *session)
{
    const struct msturn_grant *last = NULL;

    for (const struct msturn_grant *grant = session->permissions; grant; grant = grant->next) {
        const struct msturn_event given = msturn_grant_given(grant);
        if (msturn_happened(&given)) {
            tell_given_permission(telling, step, grant);
            return;
        }
        last = grant;
    }
    if (last && msturn_happened(&session->allocated))
        tell_no_permission(telling, step, last);
}

static bool is_resolved(const struct msturn_path *path)
{
    return path->pair &&
           (path->pair->verdict == MSTURN_VERDICT_NOMINATED || path->pair->verdict == MSTURN_VERDICT_VALID);
}

void msturn_tell_permission(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_session *session = path->session;
    const struct msturn_event at = needed_at(telling);

    if (!session)
        return;
    if (path->peer.family == 0) {
        tell_permission_in_advance(telling, step, session);
        return;
    }
    const struct msturn_grant *grant = msturn_permission_of(session, &path->peer);
    const struct msturn_event given = grant ? msturn_grant_given(grant) : (struct msturn_event){ .frame = 0 };
    const bool had_run_out = msturn_session_permits(session, &path->peer, &at) == MSTURN_PERMISSION_RAN_OUT;
    const bool broken = path->verdict == MSTURN_VERDICT_BROKEN;
    if (msturn_happened(&given) && !(had_run_out && broken)) {
        tell_given_permission(telling, step, grant);
    } else if (!session->begun || !msturn_flow_is_whole(session->flow) || is_resolved(path) ||
               (path->peer_connection && msturn_happened(&path->peer_connection->announced))) {
        /* The server has let the peer through. */
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        step->text = "No CreatePermission was captured, but the server acted as if there was one";
    } else if (broken) {
        tell_no_permission(telling, step, grant);
    }
}
