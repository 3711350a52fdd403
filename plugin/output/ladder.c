/* ladder.c
 * Who sent what to whom on a path: the rows of its ladder.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/ladder.h"

#include "plugin/show/text.h"
#include "plugin/track/pair.h"
#include "plugin/track/permission.h"

#include <string.h>

enum { ROWS_MOST = 96 };

#define CLIENT MSTURN_COLUMN_CLIENT
#define INSIDE MSTURN_COLUMN_INSIDE
#define OUTSIDE MSTURN_COLUMN_OUTSIDE
#define PEER MSTURN_COLUMN_PEER

/* What a step waits for: a request, and its answer the other way. */
struct expectation {
    enum msturn_ladder_column from, to;
    const char *request, *answer; /* NULL: no row tells it */
    bool also_failed;             /* it is due too when the step did not fail by an answer */
};

static const struct expectation expectations[MSTURN_STEP_COUNT] = {
    [MSTURN_STEP_SERVER] = { CLIENT, INSIDE, "SYN", "answer", false },
    [MSTURN_STEP_ALLOCATION] = { CLIENT, INSIDE, "Allocate with credentials", "Allocate response", false },
    [MSTURN_STEP_PERMISSION] = { CLIENT, INSIDE, "CreatePermission request", "CreatePermission response", false },
    [MSTURN_STEP_PEER] = { PEER, OUTSIDE, "SYN to the relayed address", "SYN, ACK", false },
    [MSTURN_STEP_ANNOUNCEMENT] = { INSIDE, CLIENT, "ConnectionAttempt", NULL, false },
    [MSTURN_STEP_BIND] = { CLIENT, INSIDE, "ConnectionBind request", "ConnectionBind response", true },
    [MSTURN_STEP_REMOTE_CHECK] = { PEER, CLIENT, "Binding request", "Binding response", false },
    [MSTURN_STEP_LOCAL_CHECK] = { CLIENT, PEER, "Binding request", "Binding response", false },
    [MSTURN_STEP_UPKEEP] = { CLIENT, INSIDE, "Refresh request", "Refresh response", true },
};

struct builder {
    const struct msturn_report *report;
    const struct msturn_told_path *told;
    const struct msturn_path *path;
    struct msturn_path_flows flows;
    struct msturn_ladder ladder;
    struct {
        bool asked, answered;
        enum msturn_ladder_column from, to;
    } steps[MSTURN_STEP_COUNT];
};

static struct msturn_ladder_row *row_at(const wmem_array_t *rows, unsigned index)
{
    return wmem_array_index((wmem_array_t *)rows, index);
}

/* ---- rows ---- */

static bool is_there(const struct builder *builder, const struct msturn_ladder_row *wanted)
{
    for (unsigned i = 0; i < wmem_array_get_count(builder->ladder.rows); i++) {
        const struct msturn_ladder_row *row = row_at(builder->ladder.rows, i);
        if (row->event.frame == wanted->event.frame && row->from == wanted->from && row->to == wanted->to &&
            strcmp(row->text, wanted->text) == 0)
            return true;
    }
    return false;
}

static void add_row(struct builder *builder, struct msturn_ladder_row row)
{
    row.order = wmem_array_get_count(builder->ladder.rows);
    if (msturn_happened(&row.event) && row.order < ROWS_MOST && !is_there(builder, &row))
        wmem_array_append_one(builder->ladder.rows, row);
}

static enum msturn_ladder_kind row_kind(const struct msturn_delivery *delivery)
{
    static const enum msturn_ladder_kind kinds[] = {
        [MSTURN_DELIVERY_UNKNOWN] = MSTURN_ROW_SEEN,
        [MSTURN_DELIVERED] = MSTURN_ROW_DELIVERED,
        [MSTURN_UNDELIVERED] = MSTURN_ROW_LOST,
    };

    return kinds[delivery->delivered];
}

static void note_asked(struct builder *builder, enum msturn_step_number step, enum msturn_ladder_column from,
                       enum msturn_ladder_column to, bool answered)
{
    builder->steps[step].asked = true;
    builder->steps[step].answered |= answered;
    builder->steps[step].from = from;
    builder->steps[step].to = to;
}

static const char *sent_often(const struct builder *builder, const char *text, uint32_t again)
{
    return again > 0 ? wmem_strdup_printf(builder->told->scope, "%s, sent %u times", text, again + 1) : text;
}

/* "Allocate request", and "Allocate success" or "Allocate 401 Unauthenticated". */
static void add_transaction(struct builder *builder, const struct msturn_transaction *transaction, const char *method,
                            enum msturn_ladder_column from, enum msturn_ladder_column to)
{
    wmem_allocator_t *scope = builder->told->scope;
    const struct msturn_delivery request = msturn_request_delivery(transaction),
                                 response = msturn_response_delivery(transaction);
    const char *text =
        wmem_strdup_printf(scope, "%s request%s", method, transaction->nominates ? ", USE-CANDIDATE" : "");
    const char *error = transaction->is_error ? msturn_error_text(scope, transaction->error_code) : NULL;

    add_row(builder, (struct msturn_ladder_row){
                         .event = msturn_event_of(&transaction->request),
                         .kind = transaction->exchange->response.frame != 0 ? MSTURN_ROW_DELIVERED : row_kind(&request),
                         .from = from,
                         .to = to,
                         .text = sent_often(builder, text, transaction->request.retransmissions),
                     });
    add_row(builder, (struct msturn_ladder_row){
                         .event = msturn_event_of(&transaction->exchange->response),
                         .kind = row_kind(&response),
                         .from = to,
                         .to = from,
                         .refuses = transaction->is_error,
                         .text = transaction->is_error
                                     ? wmem_strdup_printf(scope, "%s %s", method, error ? error : "error response")
                                     : wmem_strdup_printf(scope, "%s success", method),
                     });
}

/* Between client and server. */
static void add_control(struct builder *builder, enum msturn_step_number step,
                        const struct msturn_transaction *transaction, const char *method)
{
    if (!transaction)
        return;
    add_transaction(builder, transaction, method, CLIENT, INSIDE);
    if (transaction->request.frame != 0)
        note_asked(builder, step, CLIENT, INSIDE, transaction->exchange->response.frame != 0);
}

static void add_sent(struct builder *builder, struct msturn_event event, enum msturn_ladder_column from,
                     enum msturn_ladder_column to, const char *text)
{
    add_row(builder, (struct msturn_ladder_row){
                         .event = event, .kind = MSTURN_ROW_SEEN, .from = from, .to = to, .text = text });
}

/* ---- connections ---- */

/* A connection between two columns; `local` is the side of it that is in the first one. */
struct connection {
    const struct msturn_flow *flow;
    uint8_t local;
    enum msturn_ladder_column columns[2];
    enum msturn_step_number step; /* that its SYN is a request of; MSTURN_STEP_COUNT: of none */
};

static void add_opening(struct builder *builder, const struct connection *connection)
{
    const struct msturn_flow *flow = connection->flow;
    const bool local = flow->opened_by == (int)connection->local;
    const enum msturn_ladder_column from = connection->columns[local ? 0 : 1], to = connection->columns[local ? 1 : 0];
    const bool answered = flow->established || flow->refused;
    const bool unreachable = msturn_happened(&flow->unreachable);

    if (flow->transport != MSTURN_TCP || flow->opened_by < 0)
        return;
    add_row(builder, (struct msturn_ladder_row){
                         .event = flow->first,
                         .kind = answered                        ? MSTURN_ROW_DELIVERED
                                 : flow->syns > 1 || unreachable ? MSTURN_ROW_LOST
                                                                 : MSTURN_ROW_SEEN,
                         .from = from,
                         .to = to,
                         .text = sent_often(builder, "SYN", flow->syns > 1 ? flow->syns - 1 : 0),
                     });
    add_row(builder, (struct msturn_ladder_row){
                         .event = flow->unreachable, .from = to, .to = from, .refuses = true, .text = "ICMP error" });
    if (connection->step != MSTURN_STEP_COUNT)
        note_asked(builder, connection->step, from, to, answered || unreachable);
}

static void add_ending(struct builder *builder, const struct connection *connection)
{
    const struct msturn_flow *flow = connection->flow;
    const bool local = flow->ended_by == connection->local;

    add_row(builder, (struct msturn_ladder_row){
                         .event = flow->ended,
                         .kind = flow->ending == MSTURN_ENDING_RST ? MSTURN_ROW_RST : MSTURN_ROW_FIN,
                         .from = connection->columns[local ? 0 : 1],
                         .to = connection->columns[local ? 1 : 0],
                         .text = flow->ending == MSTURN_ENDING_RST ? "RST" : "FIN",
                     });
}

static bool has_lost_row(const struct builder *builder, uint32_t frame)
{
    for (unsigned i = 0; i < wmem_array_get_count(builder->ladder.rows); i++) {
        const struct msturn_ladder_row *row = row_at(builder->ladder.rows, i);
        if (row->event.frame == frame && row->kind == MSTURN_ROW_LOST)
            return true;
    }
    return false;
}

/* What was never acknowledged and is no message that has a row. */
static void add_lost_data(struct builder *builder, const struct connection *connection)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct msturn_delivery data = msturn_outstanding(connection->flow, side);
        const bool local = side == connection->local;
        if (connection->flow->transport != MSTURN_TCP || data.delivered != MSTURN_UNDELIVERED ||
            has_lost_row(builder, data.sent.frame))
            continue;
        add_row(builder, (struct msturn_ladder_row){
                             .event = data.sent,
                             .kind = MSTURN_ROW_LOST,
                             .from = connection->columns[local ? 0 : 1],
                             .to = connection->columns[local ? 1 : 0],
                             .text = sent_often(builder, "data", data.retransmissions),
                         });
    }
}

static void add_alert(struct builder *builder, const struct connection *connection)
{
    const struct msturn_flow *flow = connection->flow;
    const bool local = flow->alert_by == connection->local;

    add_row(builder, (struct msturn_ladder_row){
                         .event = flow->alert,
                         .from = connection->columns[local ? 0 : 1],
                         .to = connection->columns[local ? 1 : 0],
                         .refuses = true,
                         .text = wmem_strdup_printf(builder->told->scope, "TLS alert %u", flow->alert_description),
                     });
    if (!msturn_happened(&flow->hello))
        return;
    add_sent(builder, flow->hello, CLIENT, INSIDE, "pseudo-TLS hello");
    note_asked(builder, MSTURN_STEP_SERVER, CLIENT, INSIDE, msturn_happened(&flow->last_data[1 - flow->hello_side]));
}

static void add_connections(struct builder *builder)
{
    const bool direct = builder->ladder.is_direct;
    const struct msturn_path_flows *flows = &builder->flows;
    const struct connection connections[] = {
        { flows->control, flows->control_client, { CLIENT, INSIDE }, MSTURN_STEP_SERVER },
        { flows->inner, flows->inner_client, { CLIENT, INSIDE }, MSTURN_STEP_COUNT },
        { flows->outer, flows->outer_local, { direct ? CLIENT : OUTSIDE, PEER }, MSTURN_STEP_PEER },
    };

    for (size_t i = 0; i < array_length(connections); i++) {
        if (!connections[i].flow)
            continue;
        add_opening(builder, &connections[i]);
        add_lost_data(builder, &connections[i]);
        add_alert(builder, &connections[i]);
        add_ending(builder, &connections[i]);
    }
}

/* ---- TURN ---- */

static void add_session(struct builder *builder, const struct msturn_session *session)
{
    if (!session->allocate || session->allocate->exchange->response.frame != session->challenged.frame)
        add_row(builder, (struct msturn_ladder_row){ .event = session->challenged,
                                                     .from = INSIDE,
                                                     .to = CLIENT,
                                                     .refuses = true,
                                                     .text = "401 Unauthenticated" });
    add_control(builder, MSTURN_STEP_ALLOCATION, session->allocate, "Allocate");
    if (!session->allocate || session->allocate->exchange->response.frame != session->allocated.frame)
        add_sent(builder, session->allocated, INSIDE, CLIENT, "Allocate success");
    if (session->refresh != session->release)
        add_control(builder, MSTURN_STEP_UPKEEP, session->refresh, "Refresh");
    if (session->release)
        add_transaction(builder, session->release, "Release: Refresh", CLIENT, INSIDE);
}

static void add_permission(struct builder *builder, const struct msturn_session *session)
{
    const struct msturn_grant *grant =
        builder->path->peer.family != 0 ? msturn_permission_of(session, &builder->path->peer) : session->permissions;

    if (!grant)
        return;
    const struct msturn_event given = msturn_grant_given(grant);
    const struct msturn_transaction *last = msturn_grant_last_asked(grant);
    if (last)
        add_control(builder, MSTURN_STEP_PERMISSION, last, "CreatePermission");
    if (!last || last->exchange->response.frame != given.frame)
        add_sent(builder, given, INSIDE, CLIENT, "CreatePermission success");
}

static void add_bind_rows(struct builder *builder, const struct msturn_peer_connection *bind)
{
    if (bind->bind_transaction)
        add_control(builder, MSTURN_STEP_BIND, bind->bind_transaction, "ConnectionBind");
    else
        add_sent(builder, bind->bound, INSIDE, CLIENT, "ConnectionBind success");
}

static void add_peer_connection(struct builder *builder, const struct msturn_peer_connection *connection)
{
    const struct msturn_transaction *announcement = connection->announcement;

    if (connection->origin == MSTURN_ORIGIN_CONNECT) {
        const char *error = msturn_error_text(builder->told->scope, connection->error_code);
        add_sent(builder, connection->connect, CLIENT, INSIDE, "Connect request");
        add_sent(builder, connection->announced, INSIDE, CLIENT, "Connect success");
        if (!msturn_happened(&connection->announced))
            add_row(builder, (struct msturn_ladder_row){
                                 .event = connection->failed,
                                 .from = INSIDE,
                                 .to = CLIENT,
                                 .refuses = true,
                                 .text = wmem_strdup_printf(builder->told->scope, "Connect %s",
                                                            error ? error : "error response"),
                             });
    } else {
        const struct msturn_delivery delivery =
            announcement ? msturn_request_delivery(announcement) : (struct msturn_delivery){ 0 };
        add_row(builder, (struct msturn_ladder_row){
                             .event = connection->announced,
                             .kind = row_kind(&delivery),
                             .from = INSIDE,
                             .to = CLIENT,
                             .text = sent_often(builder, "ConnectionAttempt", delivery.retransmissions),
                         });
    }
    add_bind_rows(builder, connection);
    if (builder->flows.wrong_bind)
        add_bind_rows(builder, builder->flows.wrong_bind);
}

/* ---- checks ---- */

/* Of the checks in one direction those that tell most. */
enum pick { FIRST, ANSWERED, NOMINATING, REFUSED, UNANSWERED, PICK_COUNT };

struct picks {
    const struct msturn_transaction *of[2][PICK_COUNT]; /* by enum msturn_direction */
};

static void pick_earlier(const struct msturn_transaction **pick, const struct msturn_transaction *check)
{
    if (!*pick || check->request.frame < (*pick)->request.frame)
        *pick = check;
}

static void pick_check(const struct msturn_transaction **picks, const struct msturn_transaction *check)
{
    const bool answered = check->exchange->response.frame != 0;

    if (check->request.frame == 0)
        return;
    pick_earlier(&picks[FIRST], check);
    if (answered && !check->is_error)
        pick_earlier(&picks[ANSWERED], check);
    if (check->nominated)
        pick_earlier(&picks[NOMINATING], check);
    if (check->is_error && (!picks[REFUSED] || check->request.frame > picks[REFUSED]->request.frame))
        picks[REFUSED] = check;
    if (!answered)
        pick_earlier(&picks[UNANSWERED], check);
}

static void pick_checks(const struct msturn_pair_outcome *pair, struct picks *picks)
{
    for (const struct msturn_pair_leg *entry = pair->legs; entry; entry = entry->next) {
        if (entry->leg->flow && entry->leg->flow->copy_of)
            continue;
        for (const struct msturn_transaction *check = entry->leg->checks; check; check = check->exchange->next_of_leg)
            pick_check(picks->of[check->side == entry->local_side ? MSTURN_LOCAL_TO_REMOTE : MSTURN_REMOTE_TO_LOCAL],
                       check);
    }
}

/* Between which columns the leg is. */
static void add_check_on_leg(struct builder *builder, const struct msturn_transaction *check,
                             enum msturn_direction direction)
{
    const bool inside = msturn_leg_is_relayed(check->exchange->leg);
    const enum msturn_ladder_column local = inside || builder->ladder.is_direct ? CLIENT : OUTSIDE,
                                    remote = inside ? INSIDE : PEER;

    if (check->flow && check->flow->copy_of)
        return;
    add_transaction(builder, check, "Binding", direction == MSTURN_LOCAL_TO_REMOTE ? local : remote,
                    direction == MSTURN_LOCAL_TO_REMOTE ? remote : local);
}

/* On each leg where it was seen. */
static void add_check(struct builder *builder, const struct msturn_transaction *check, enum msturn_direction direction)
{
    const enum msturn_step_number step =
        direction == MSTURN_LOCAL_TO_REMOTE ? MSTURN_STEP_LOCAL_CHECK : MSTURN_STEP_REMOTE_CHECK;

    for (const struct msturn_transaction *each = msturn_first_of_check(check); each;
         each = each->exchange->next_of_check)
        add_check_on_leg(builder, each, direction);
    builder->steps[step].asked = true;
    builder->steps[step].answered |= check->exchange->response.frame != 0;
}

static void add_checks(struct builder *builder, const struct msturn_pair_outcome *pair)
{
    struct picks picks = { 0 };

    pick_checks(pair, &picks);
    for (enum msturn_direction direction = 0; direction < MSTURN_NO_DIRECTION; direction++) {
        for (enum pick pick = 0; pick < PICK_COUNT; pick++) {
            if (picks.of[direction][pick])
                add_check(builder, picks.of[direction][pick], direction);
        }
    }
}

/* ---- media ---- */

static const char *band_text(const struct builder *builder, const struct msturn_path_media *media)
{
    wmem_allocator_t *scope = builder->told->scope;
    const char *packets = plurality(media->packets, "packet", "packets");

    if (media->first.frame == media->last.frame)
        return wmem_strdup_printf(scope, "media: %u %s, frame %u", media->packets, packets, media->first.frame);
    return wmem_strdup_printf(scope, "media: %u %s, frames %u to %u", media->packets, packets, media->first.frame,
                              media->last.frame);
}

static void add_band(struct builder *builder, enum msturn_direction direction)
{
    const struct msturn_path_media *media = &builder->path->media[direction];
    const bool direct = builder->ladder.is_direct, out = direction == MSTURN_LOCAL_TO_REMOTE;
    const bool inside = builder->flows.inner || builder->path->leg ||
                        (builder->path->pair && msturn_outcome_relayed_leg(builder->path->pair));
    const enum msturn_ladder_column local = inside || direct ? CLIENT : OUTSIDE,
                                    remote = builder->flows.outer || direct ? PEER : INSIDE;

    if (media->packets == 0)
        return;
    add_row(builder, (struct msturn_ladder_row){
                         .event = media->first,
                         .kind = MSTURN_ROW_MEDIA,
                         .from = out ? local : remote,
                         .to = out ? remote : local,
                         .text = band_text(builder, media),
                     });
}

/* ---- what did not come ---- */

/* The last that was seen of the step and of those before it. */
static struct msturn_event due_after(const struct builder *builder)
{
    const struct msturn_path *path = builder->path;
    struct msturn_event after = path->first;

    for (unsigned number = 0; number <= path->stopped_at; number++) {
        const struct msturn_step *step = &builder->told->steps[number];
        for (unsigned i = 0; i < MSTURN_STEP_FRAMES && step->frames[i] != 0; i++) {
            if (step->frames[i] != path->ended.event.frame)
                after.frame = MAX(after.frame, step->frames[i]);
        }
    }
    return after;
}

static void add_due(struct builder *builder)
{
    const enum msturn_step_number stop = builder->path->stopped_at;

    if (stop == MSTURN_STEP_COUNT || !expectations[stop].request)
        return;
    const struct expectation *row = &expectations[stop];
    const bool missing = builder->told->steps[stop].status == MSTURN_STATUS_MISSING;
    const bool answer = builder->steps[stop].asked && !builder->steps[stop].answered;
    const bool expired =
        stop == MSTURN_STEP_UPKEEP && builder->path->session &&
        msturn_evaluated_session_state(builder->report->evaluation, builder->path->session) == MSTURN_SESSION_EXPIRED;
    if (!missing && !(row->also_failed && answer) && !expired)
        return;
    const char *text = answer ? row->answer : row->request;
    if (!text)
        return;
    add_row(builder, (struct msturn_ladder_row){
                         .event = due_after(builder),
                         .kind = MSTURN_ROW_DUE,
                         .from = answer ? builder->steps[stop].to : builder->steps[stop].from,
                         .to = answer ? builder->steps[stop].from : builder->steps[stop].to,
                         .text = text,
                     });
}

/* ---- the ladder ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct msturn_ladder_row *left = a, *right = b;

    if (left->event.frame != right->event.frame)
        return left->event.frame < right->event.frame ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static struct builder begin_ladder(const struct msturn_report *report, const struct msturn_told_path *told)
{
    const struct msturn_path *path = told->path;
    const bool direct = path->kind == MSTURN_PATH_DIRECT;
    const bool has_peer = direct || path->relayed.family != 0 || path->peer.family != 0;
    struct builder builder = {
        .report = report,
        .told = told,
        .path = path,
        .flows = msturn_flows_of_path(report->evaluation, path),
        .ladder = { .columns = { true, !direct, !direct && has_peer, has_peer },
                    .is_direct = direct,
                    .rows = wmem_array_new(told->scope, sizeof(struct msturn_ladder_row)) },
    };

    for (unsigned step = 0; step < MSTURN_STEP_COUNT; step++) {
        builder.steps[step].from = expectations[step].from;
        builder.steps[step].to = expectations[step].to;
    }
    return builder;
}

struct msturn_ladder msturn_ladder_of(const struct msturn_report *report, const struct msturn_told_path *told)
{
    struct builder builder = begin_ladder(report, told);
    const struct msturn_path *path = told->path;

    if (path->session) {
        add_session(&builder, path->session);
        add_permission(&builder, path->session);
    }
    if (path->peer_connection)
        add_peer_connection(&builder, path->peer_connection);
    if (path->pair)
        add_checks(&builder, path->pair);
    add_connections(&builder);
    add_band(&builder, MSTURN_LOCAL_TO_REMOTE);
    add_band(&builder, MSTURN_REMOTE_TO_LOCAL);
    add_due(&builder);
    wmem_array_sort(builder.ladder.rows, compare_rows);
    return builder.ladder;
}
