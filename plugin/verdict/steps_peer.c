/* steps_peer.c
 * The steps by which a peer is connected to a TCP allocation, RFC 6062: its connection, the announcement, the ConnectionBind; and
 * the connection of a direct path.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/permission.h"
#include "plugin/track/transaction.h"
#include "plugin/verdict/path_parts.h"

static const char relay_ports_advice[] = "Open the server's relay ports for TCP from the peer: 24000-29999 on an "
                                         "Expressway-E, 32768-65535 on a CMS, 50000-59999 on "
                                         "an Edge.";

/* ---- the peer's connection ---- */

/* Who opened it, and who should have accepted. */
static enum msturn_role opener_of(const struct msturn_telling *telling)
{
    const bool local = (uint8_t)telling->outer->opened_by == telling->outer_local;

    if (!local)
        return MSTURN_ROLE_PEER;
    return telling->path->kind == MSTURN_PATH_DIRECT ? MSTURN_ROLE_CLIENT : MSTURN_ROLE_SERVER;
}

static enum msturn_role acceptor_of(const struct msturn_telling *telling)
{
    if (opener_of(telling) != MSTURN_ROLE_PEER)
        return MSTURN_ROLE_PEER;
    return telling->path->kind == MSTURN_PATH_DIRECT ? MSTURN_ROLE_CLIENT : MSTURN_ROLE_SERVER;
}

static const struct msturn_endpoint *listener_of(const struct msturn_flow *flow)
{
    return &flow->ends[flow->opened_by == 1 ? 0 : 1];
}

static void tell_failed_connection(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_flow *flow = telling->outer;
    const struct msturn_event end = msturn_flow_end(flow);
    const char *opener = msturn_say_role(telling, opener_of(telling));
    const char *listener = msturn_say_endpoint(telling, listener_of(flow));
    const bool to_peer = acceptor_of(telling) == MSTURN_ROLE_PEER;
    const char *advice =
        to_peer ? "Nothing accepts at the peer's candidate: compare it with the peer's SDP, and open its port."
                : relay_ports_advice;

    msturn_add_frame(step, flow->first.frame);
    if (msturn_happened(&flow->unreachable)) {
        msturn_add_frame(step, flow->unreachable.frame);
        msturn_stop(step, MSTURN_STATUS_FAILED, MSTURN_PLACE_SERVER_PEER_PATH,
                    msturn_say(telling, "The SYN of %s to %s (frame %u) got an ICMP error (frame %u)", opener, listener,
                               flow->first.frame, flow->unreachable.frame),
                    advice);
    } else if (flow->refused) {
        msturn_add_frame(step, flow->ended.frame);
        msturn_stop(step, MSTURN_STATUS_FAILED, msturn_place_of_role(acceptor_of(telling)),
                    msturn_say(telling, "%s refused the connection of %s (SYN frame %u, RST frame %u)", listener,
                               opener, flow->first.frame, flow->ended.frame),
                    to_peer ? "Nothing listens at the peer's candidate any more, or a firewall resets: the peer's side "
                              "has to say why."
                            : "The allocation was gone, or a firewall resets: compare with the time of its release.");
    } else if (msturn_opening_failed(telling->evaluation, flow) == MSTURN_SILENCE_UNANSWERED) {
        step->delivered = MSTURN_UNDELIVERED;
        msturn_stop(step, MSTURN_STATUS_MISSING, MSTURN_PLACE_SERVER_PEER_PATH,
                    msturn_say(telling, "%s did not answer the SYN of %s (frame %u), sent %u times in %s", listener,
                               opener, flow->first.frame, flow->syns,
                               msturn_say_seconds(telling, msturn_seconds(&flow->first, &end))),
                    advice);
    }
}

static void tell_connection(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_flow *flow = telling->outer;

    if (flow->opened_by < 0) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        step->text = "The capture begins after this connection was opened";
        return;
    }
    if (!flow->established) {
        tell_failed_connection(telling, step);
        return;
    }
    step->status = MSTURN_STATUS_OK;
    step->event = flow->first;
    msturn_add_frame(step, flow->first.frame);
    step->text = msturn_say(telling, "%s connected to %s (frame %u)", msturn_say_role(telling, opener_of(telling)),
                            msturn_say_endpoint(telling, listener_of(flow)), flow->first.frame);
}

/* The Connect request was refused. */
static void tell_refused_connect(const struct msturn_telling *telling, struct msturn_step *step,
                                 const struct msturn_peer_connection *connection)
{
    const char *error = msturn_say_error(telling, connection->error_code, connection->error_reason);

    if (telling->outer && !telling->outer->established)
        tell_failed_connection(telling, step);
    if (step->text || step->status == MSTURN_STATUS_FAILED || step->status == MSTURN_STATUS_MISSING)
        return;
    msturn_add_frame(step, connection->connect.frame);
    msturn_add_frame(step, connection->failed.frame);
    const bool beyond = connection->error_code == 447;
    msturn_stop(
        step, MSTURN_STATUS_FAILED, beyond ? MSTURN_PLACE_BEYOND_SERVER : MSTURN_PLACE_SERVER,
        msturn_say(telling, "%s could not connect to %s (Connect frame %u, %s frame %u, after %s)",
                   msturn_say_role(telling, MSTURN_ROLE_SERVER), msturn_say_role(telling, MSTURN_ROLE_PEER),
                   connection->connect.frame, error, connection->failed.frame,
                   msturn_say_seconds(telling, msturn_seconds(&connection->connect, &connection->failed))),
        beyond ? "A capture at the server's outer interface tells whether the peer refused its SYN or never answered."
               : "The server refuses to connect to this peer: read its log at that time.");
}

/* ---- nobody came ---- */

static struct msturn_event permitted_since(const struct msturn_session *session)
{
    struct msturn_event since = { .frame = 0 };

    for (const struct msturn_grant *grant = session->permissions; grant; grant = grant->next) {
        const struct msturn_event given = msturn_grant_given(grant);
        if (msturn_happened(&given) && (!msturn_happened(&since) || given.time < since.time))
            since = given;
    }
    return since;
}

/* A client that gives a call up does not renew what it has for it. */
static bool was_renewed(const struct msturn_session *session, const struct msturn_event *since)
{
    if (session->refresh && session->refresh->request.time > since->time)
        return true;
    for (const struct msturn_grant *grant = session->permissions; grant; grant = grant->next) {
        const struct msturn_event given = msturn_grant_given(grant);
        if (msturn_happened(&given) && msturn_grant_last_asked(grant)->request.time > given.time)
            return true;
    }
    return false;
}

static const char *permitted_hosts(const struct msturn_telling *telling)
{
    wmem_strbuf_t *hosts = telling->scope ? wmem_strbuf_new(telling->scope, NULL) : NULL;
    unsigned count = 0;

    if (!hosts)
        return NULL;
    for (const struct msturn_grant *grant = telling->path->session->permissions; grant; grant = grant->next) {
        if (++count <= 3)
            wmem_strbuf_append_printf(hosts, "%s%s", count > 1 ? ", " : "", msturn_say_host(telling, &grant->host));
    }
    if (count > 3)
        wmem_strbuf_append_printf(hosts, " and %u more", count - 3);
    return wmem_strbuf_get_str(hosts);
}

static void tell_nobody_came(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_session *session = telling->path->session;
    const struct msturn_event since = permitted_since(session);
    const bool released = msturn_happened(&session->released);
    const struct msturn_event end = released ? session->released : msturn_flow_end(session->flow);
    const double waited = msturn_seconds(&since, &end);

    if (session->requested_transport != MSTURN_TCP || !msturn_happened(&since) || waited < MSTURN_SECONDS_PEER ||
        !msturn_flow_is_whole(session->flow) || msturn_client_has_won(telling->evaluation, telling->path))
        return;
    msturn_add_frame(step, since.frame);
    const bool outside = msturn_outside_is_captured(telling);
    const enum msturn_step_status status = was_renewed(session, &since) ? MSTURN_STATUS_PENDING : MSTURN_STATUS_MISSING;
    msturn_stop(
        step, status, MSTURN_PLACE_UNKNOWN,
        msturn_say(telling, "Nobody connected to the relayed address %s in %s after %s was permitted (frame %u)%s",
                   msturn_say_endpoint(telling, &session->relayed), msturn_say_seconds(telling, waited),
                   permitted_hosts(telling), since.frame,
                   outside ? ": no SYN came to it" : "; what comes to it from outside was not captured"),
        outside ? "The peer never tried, or a firewall before the server drops its SYN. Compare the candidates in the "
                  "SDP with this address, and open TCP 24000-29999 (Expressway-E) from outside."
                : "Open the relay ports for TCP from outside (24000-29999 on an Expressway-E), and compare the address "
                  "with the SDP (static NAT). A capture at the server's outer interface tells whether a SYN comes.");
}

void msturn_tell_peer(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_peer_connection *connection = path->peer_connection;

    if (connection && msturn_happened(&connection->failed) && !msturn_happened(&connection->announced) &&
        msturn_happened(&connection->connect)) {
        tell_refused_connect(telling, step, connection);
    } else if (telling->outer && telling->outer->transport == MSTURN_UDP) {
        step->status = MSTURN_STATUS_NOT_NEEDED;
    } else if (telling->outer) {
        tell_connection(telling, step);
    } else if (connection) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        step->text = "The server's side towards the peer was not captured";
    } else if (path->session && path->peer.family == 0) {
        tell_nobody_came(telling, step);
    }
}

/* ---- the announcement ---- */

static void tell_unannounced(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_flow *outer = telling->outer, *control = telling->control;

    if (!control || !msturn_flow_is_whole(control) || !outer || !outer->established ||
        telling->path->verdict != MSTURN_VERDICT_BROKEN)
        return;
    if (outer->opened_by < 0 || control->first.time > outer->first.time) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
        step->text = "The capture begins after the peer had connected";
        return;
    }
    const struct msturn_event end = msturn_flow_end(outer);
    msturn_add_frame(step, outer->first.frame);
    msturn_stop(step, MSTURN_STATUS_MISSING, MSTURN_PLACE_SERVER,
                msturn_say(telling,
                           "%s sent no ConnectionAttempt to %s in %s after the peer had connected (frame %u)%s",
                           msturn_say_role(telling, MSTURN_ROLE_SERVER), msturn_say_role(telling, MSTURN_ROLE_CLIENT),
                           msturn_say_seconds(telling, msturn_seconds(&outer->first, &end)), outer->first.frame,
                           msturn_say_end(telling)),
                "The server did not pass the connection on: read its log at that time.");
}

static void tell_lost_announcement(const struct msturn_telling *telling, struct msturn_step *step,
                                   const struct msturn_delivery *delivery, const char *what)
{
    const struct msturn_event end = msturn_flow_end(telling->control);

    msturn_stop(
        step, MSTURN_STATUS_FAILED, MSTURN_PLACE_CLIENT_SERVER_PATH,
        msturn_say(telling, "The %s (frame %u) was sent %u times in %s and never acknowledged by %s", what,
                   delivery->sent.frame, delivery->retransmissions + 1U,
                   msturn_say_seconds(telling, msturn_seconds(&delivery->sent, &end)),
                   msturn_say_role(telling, MSTURN_ROLE_CLIENT)),
        "The control connection is dead: a firewall or NAT between client and server has forgotten it. Keep it alive "
        "(Binding indications, TCP keep-alive), or raise that device's idle timeout.");
}

void msturn_tell_announcement(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_peer_connection *connection = telling->path->peer_connection;

    if (!connection || !msturn_happened(&connection->announced)) {
        if (connection && !connection->session)
            step->status = MSTURN_STATUS_NOT_CAPTURED;
        else
            tell_unannounced(telling, step);
        return;
    }
    const struct msturn_transaction *transaction = connection->announcement;
    const bool attempt = connection->origin == MSTURN_ORIGIN_ATTEMPT;
    struct msturn_delivery delivery = { .delivered = MSTURN_DELIVERY_UNKNOWN };
    const char *what = attempt ? "ConnectionAttempt" : "Connect success response";

    step->status = MSTURN_STATUS_OK;
    step->event = connection->announced;
    msturn_add_frame(step, connection->announced.frame);
    if (transaction)
        delivery = attempt ? msturn_request_delivery(transaction) : msturn_response_delivery(transaction);
    step->delivered = delivery.delivered;
    msturn_add_frame(step, delivery.acknowledged_in);
    if (delivery.delivered == MSTURN_UNDELIVERED && !msturn_happened(&connection->bind)) {
        tell_lost_announcement(telling, step, &delivery, what);
        return;
    }
    step->text =
        msturn_say(telling, "%s announced %s with a %s (frame %u)%s", msturn_say_role(telling, MSTURN_ROLE_SERVER),
                   msturn_say_role(telling, MSTURN_ROLE_PEER), what, connection->announced.frame,
                   msturn_say_acknowledged(telling, "the client", delivery.acknowledged_in));
}

/* ---- the ConnectionBind ---- */

/* A second connection between the two hosts that carried no message. */
static const struct msturn_flow *silent_data_connection(const struct msturn_telling *telling,
                                                        const struct msturn_event *since)
{
    const struct msturn_flow *flow =
        msturn_silent_flow_between(telling->evaluation, &telling->path->client, &telling->path->server);

    return flow && flow->first.time >= since->time ? flow : NULL;
}

static void tell_unopened_second(const struct msturn_telling *telling, struct msturn_step *step,
                                 const struct msturn_flow *second)
{
    const bool unreachable = msturn_happened(&second->unreachable), refused = second->refused && !unreachable;
    const char *how = unreachable ? msturn_say(telling, "got an ICMP error (frame %u)", second->unreachable.frame)
                      : refused   ? msturn_say(telling, "was refused (RST frame %u)", second->ended.frame)
                                  : "was not answered";

    msturn_add_frame(step, second->first.frame);
    msturn_add_frame(step, unreachable ? second->unreachable.frame : second->ended.frame);
    msturn_stop(
        step, MSTURN_STATUS_FAILED, refused ? MSTURN_PLACE_SERVER : MSTURN_PLACE_CLIENT_SERVER_PATH,
        msturn_say(telling, "The second connection of %s to %s (SYN frame %u) %s",
                   msturn_say_role(telling, MSTURN_ROLE_CLIENT), msturn_say_role(telling, MSTURN_ROLE_SERVER),
                   second->first.frame, how),
        refused ? "The client must be able to open several connections to the TURN server: raise the server's "
                  "limit of connections for each host, or that of a firewall that resets."
                : "The client must be able to open several connections to the TURN server: let the firewall between "
                  "the two pass more than one.");
}

static void tell_never_bound(const struct msturn_telling *telling, struct msturn_step *step,
                             const struct msturn_peer_connection *connection)
{
    const struct msturn_flow *second = silent_data_connection(telling, &connection->announced);
    const struct msturn_event end = msturn_flow_end(connection->session->flow);
    const char *client = msturn_say_role(telling, MSTURN_ROLE_CLIENT);

    msturn_add_frame(step, connection->announced.frame);
    if (second && !second->established) {
        tell_unopened_second(telling, step, second);
        return;
    }
    msturn_stop(
        step, MSTURN_STATUS_MISSING, MSTURN_PLACE_CLIENT,
        msturn_say(telling, "%s got the announcement (frame %u) and sent no ConnectionBind in %s%s%s", client,
                   connection->announced.frame,
                   msturn_say_seconds(telling, msturn_seconds(&connection->announced, &end)),
                   second ? "; its second connection carried nothing" : "; it opened no second connection",
                   msturn_say_end(telling)),
        "The client ignores the peer: it has left the call, or does not know this peer from the SDP. Read its log.");
}

/* Nobody closed, or the client did. */
static void tell_unanswered_bind(const struct msturn_telling *telling, struct msturn_step *step,
                                 const struct msturn_transaction *bind)
{
    const struct msturn_wait wait = msturn_wait_for_answer(telling->evaluation, bind);
    const struct msturn_delivery delivery = msturn_request_delivery(bind);
    const bool lost = delivery.delivered == MSTURN_UNDELIVERED, arrived = delivery.delivered == MSTURN_DELIVERED;
    const bool closed = wait.ended && !msturn_is_overdue(&wait);

    step->delivered = delivery.delivered;
    msturn_add_frame(step, delivery.acknowledged_in);
    msturn_stop(step, closed ? MSTURN_STATUS_FAILED : MSTURN_STATUS_MISSING,
                closed    ? MSTURN_PLACE_CLIENT
                : lost    ? MSTURN_PLACE_CLIENT_SERVER_PATH
                : arrived ? MSTURN_PLACE_SERVER
                          : MSTURN_PLACE_UNKNOWN,
                msturn_say(telling, "%s did not answer the ConnectionBind of %s (frame %u)%s in %s%s",
                           msturn_say_role(telling, MSTURN_ROLE_SERVER), msturn_say_role(telling, MSTURN_ROLE_CLIENT),
                           bind->request.frame,
                           lost ? msturn_say(telling, ", which was sent %u times and never acknowledged,",
                                             delivery.retransmissions + 1U)
                                : msturn_say_acknowledged(telling, "the server", delivery.acknowledged_in),
                           msturn_say_seconds(telling, wait.seconds),
                           wait.ended ? msturn_say(telling, ", then the client closed that connection (frame %u)",
                                                   bind->flow->ended.frame)
                                      : ""),
                closed    ? "The client gave up at once: the call ended there, or another path was taken."
                : lost    ? "The bytes do not get through: a firewall or NAT between the two lets the connection be "
                            "opened, and drops what is in it."
                : arrived ? "The server has the request and is silent: read its log at that time."
                          : "A capture at the server tells whether the request arrives.");
}

static void tell_failed_bind(const struct msturn_telling *telling, struct msturn_step *step,
                             const struct msturn_peer_connection *bind, const struct msturn_peer_connection *wanted)
{
    const char *client = msturn_say_role(telling, MSTURN_ROLE_CLIENT),
               *server = msturn_say_role(telling, MSTURN_ROLE_SERVER);
    const struct msturn_flow *flow = bind->bind_transaction ? bind->bind_transaction->flow : NULL;
    const bool wrong = bind != wanted;

    msturn_add_frame(step, bind->bind.frame);
    if (msturn_happened(&bind->failed)) {
        msturn_add_frame(step, bind->failed.frame);
        msturn_stop(
            step, MSTURN_STATUS_FAILED, MSTURN_PLACE_CLIENT,
            msturn_say(telling, "%s refused the ConnectionBind of %s (frame %u) with %s (frame %u)%s", server, client,
                       bind->bind.frame, msturn_say_error(telling, bind->error_code, bind->error_reason),
                       bind->failed.frame, wrong ? ": not the CONNECTION-ID that was announced" : ""),
            "ConnectionBind goes on a new connection to the server, with the announced CONNECTION-ID and the user's "
            "credentials.");
        return;
    }
    const bool closed = flow && msturn_bind_was_closed(bind->bind_transaction);
    const uint32_t closed_in = flow ? flow->ended.frame : 0;

    msturn_add_frame(step, closed_in);
    if (flow && !closed && !wrong) {
        tell_unanswered_bind(telling, step, bind->bind_transaction);
        return;
    }
    msturn_stop(
        step, MSTURN_STATUS_FAILED, wrong ? MSTURN_PLACE_CLIENT : MSTURN_PLACE_SERVER,
        msturn_say(telling, "%s %s to the ConnectionBind of %s (frame %u)%s", server,
                   closed ? msturn_say(telling, "closed without an answer (frame %u)", closed_in) : "gave no answer",
                   client, bind->bind.frame,
                   wrong ? msturn_say(telling, ": CONNECTION-ID 0x%08x, announced was 0x%08x", bind->id, wanted->id)
                         : ""),
        wrong ? "The client binds an id that the server did not give: a fault of the client."
              : "Some servers close when the id or the credentials do not fit: compare the password, and read the "
                "server's log.");
}

static void tell_open_bind(const struct msturn_telling *telling, struct msturn_step *step,
                           const struct msturn_peer_connection *connection)
{
    const struct msturn_transaction *bind = connection->bind_transaction;
    const struct msturn_wait wait =
        bind ? msturn_wait_for_answer(telling->evaluation, bind) : (struct msturn_wait){ 0 };

    msturn_add_frame(step, connection->bind.frame);
    if (!bind || !msturn_flow_is_whole(bind->flow))
        step->status = MSTURN_STATUS_NOT_CAPTURED;
    else if (msturn_is_overdue(&wait))
        tell_unanswered_bind(telling, step, bind);
}

void msturn_tell_bind(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_peer_connection *connection = telling->path->peer_connection;
    const struct msturn_connection_outcome *outcome =
        connection ? msturn_connection_outcome_of(telling->evaluation, connection) : NULL;

    if (!outcome)
        return;
    if (msturn_happened(&connection->bound)) {
        step->status = MSTURN_STATUS_OK;
        step->event = connection->bound;
        msturn_add_frame(step, connection->bind.frame);
        msturn_add_frame(step, connection->bound.frame);
        step->text =
            msturn_say(telling, "%s bound it on a second connection (ConnectionBind frame %u, success frame %u)",
                       msturn_say_role(telling, MSTURN_ROLE_CLIENT), connection->bind.frame, connection->bound.frame);
    } else if (outcome->wrong_bind) {
        tell_failed_bind(telling, step, outcome->wrong_bind, connection);
    } else if (outcome->state == MSTURN_PEER_FAILED && msturn_happened(&connection->bind)) {
        tell_failed_bind(telling, step, connection, connection);
    } else if (outcome->state == MSTURN_PEER_NEVER_BOUND && telling->path->verdict != MSTURN_VERDICT_BROKEN) {
        step->status = MSTURN_STATUS_NOT_NEEDED;
        step->text = msturn_say(telling, "%s did not bind it: it had chosen another pair of this allocation",
                                msturn_say_role(telling, MSTURN_ROLE_CLIENT));
    } else if (outcome->state == MSTURN_PEER_NEVER_BOUND) {
        tell_never_bound(telling, step, connection);
    } else if (msturn_happened(&connection->bind)) {
        tell_open_bind(telling, step, connection);
    } else if (connection->session && !msturn_flow_is_whole(connection->session->flow)) {
        step->status = MSTURN_STATUS_NOT_CAPTURED;
    }
}
