/* path_columns.c
 * What there is to say of a path and of its steps.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/columns.h"

#include "plugin/output/told.h"
#include "plugin/show/text.h"

#define NANOSECONDS 1000000000

static struct msturn_cell seconds_cell(const struct msturn_report *report, const struct msturn_event *from,
                                       const struct msturn_event *to)
{
    if (!msturn_happened(from) || !msturn_happened(to))
        return msturn_no_cell;
    return msturn_decimal_cell(msturn_decimal_text(report->told->scope, msturn_seconds(from, to), 6));
}

/* ISO 8601, in UTC. */
static struct msturn_cell time_cell(const struct msturn_report *report, const struct msturn_event *event)
{
    GDateTime *time = g_date_time_new_from_unix_utc(event->time / NANOSECONDS);

    if (!time)
        return msturn_no_cell;
    char *text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");
    g_date_time_unref(time);
    const struct msturn_cell cell = msturn_text_cell(
        wmem_strdup_printf(report->told->scope, "%s.%06uZ", text, (unsigned)(event->time % NANOSECONDS / 1000)));
    g_free(text);
    return cell;
}

/* ---- what ended it ---- */

#define END(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_path_end *end = item; \
        return expression; \
    }

END(end_frame, msturn_frame_cell(end->event.frame))
END(end_by, msturn_word_cell(msturn_end_by_names, end->by))
END(end_how, msturn_word_cell(msturn_end_how_names, end->how))

static const struct msturn_column end_columns[] = {
    { end_frame, { "frame", NULL, NULL }, true },
    { end_by, { "by", NULL, NULL }, false },
    { end_how, { "how", NULL, NULL }, false },
};

const struct msturn_columns msturn_end_columns = { end_columns, array_length(end_columns) };

/* ---- steps ---- */

#define STEP(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_step *step = item; \
        return expression; \
    }

static unsigned step_number_of(const struct msturn_report *report, const struct msturn_step *step)
{
    return (unsigned)(step - report->told->steps);
}

static struct msturn_cell step_frames(const struct msturn_report *report, const void *item)
{
    const struct msturn_step *step = item;
    wmem_array_t *frames = wmem_array_new(report->told->scope, sizeof(uint32_t));

    for (unsigned i = 0; i < MSTURN_STEP_FRAMES && step->frames[i] != 0; i++)
        wmem_array_append_one(frames, step->frames[i]);
    return (struct msturn_cell){ .kind = MSTURN_CELL_NUMBERS, .numbers = frames };
}

STEP(step_name, msturn_word_cell(msturn_step_names, step_number_of(report, step)))
STEP(step_status, msturn_word_cell(msturn_status_names, step->status))
STEP(step_time, seconds_cell(report, &report->told->path->first, &step->event))
STEP(step_delivered, msturn_truth_cell(step->delivered != MSTURN_DELIVERY_UNKNOWN, step->delivered == MSTURN_DELIVERED))
STEP(step_text, msturn_foreign_cell(step->text))
STEP(step_ice_warning, msturn_text_cell(step->ice_warning))

static const struct msturn_column step_columns[] = {
    { step_name, { "step", NULL, NULL }, false },
    { step_status, { "status", NULL, NULL }, false },
    { step_frames, { "frames", NULL, NULL }, false },
    { step_time, { "time_s", NULL, NULL }, true },
    { step_delivered, { "delivered", NULL, NULL }, false },
    { step_text, { "text", NULL, NULL }, false },
    { step_ice_warning, { "ice_warning", NULL, NULL }, false },
};

static const struct msturn_columns step_members = { step_columns, array_length(step_columns) };

/* ---- timers ---- */

#define TIMER(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_path_timer *timer = item; \
        return expression; \
    }

TIMER(timer_name, msturn_text_cell(timer->name))
TIMER(timer_holds, msturn_number_cell_if(timer->seconds > 0, (uint32_t)timer->seconds))
TIMER(timer_frame, msturn_frame_cell(timer->last.frame))
TIMER(timer_time, seconds_cell(report, &report->told->path->first, &timer->last))

static const struct msturn_column timer_columns[] = {
    { timer_name, { "timer", NULL, NULL }, false },
    { timer_holds, { "holds_s", NULL, NULL }, true },
    { timer_frame, { "renewed_frame", NULL, NULL }, true },
    { timer_time, { "renewed_time_s", NULL, NULL }, true },
};

static const struct msturn_columns timer_members = { timer_columns, array_length(timer_columns) };

/* ---- addresses ---- */

#define ADDRESS(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_path_address *address = item; \
        return expression; \
    }

ADDRESS(address_name, msturn_text_cell(address->name))
ADDRESS(address_endpoint, msturn_endpoint_cell(report, &address->address))
ADDRESS(address_remark, msturn_text_cell(address->remark))

static const struct msturn_column address_columns[] = {
    { address_name, { "seen", NULL, NULL }, false },
    { address_endpoint, { "address", NULL, NULL }, false },
    { address_remark, { "remark", NULL, NULL }, false },
};

static const struct msturn_columns address_members = { address_columns, array_length(address_columns) };

/* ---- media ---- */

#define MEDIA(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_path_media *media = item; \
        return expression; \
    }

static struct msturn_cell media_bytes(const struct msturn_report *report, const void *item)
{
    const struct msturn_path_media *media = item;

    return msturn_decimal_cell(wmem_strdup_printf(report->told->scope, "%" PRIu64, media->bytes));
}

MEDIA(media_packets, msturn_number_cell(media->packets))
MEDIA(media_first, msturn_frame_cell(media->first.frame))
MEDIA(media_last, msturn_frame_cell(media->last.frame))

static const struct msturn_column direction_columns[] = {
    { media_packets, { "packets", NULL, NULL }, true },
    { media_bytes, { "bytes", NULL, NULL }, true },
    { media_first, { "first_frame", NULL, NULL }, true },
    { media_last, { "last_frame", NULL, NULL }, true },
};

static const struct msturn_columns direction_members = { direction_columns, array_length(direction_columns) };

/* ---- paths ---- */

#define PATH(name, expression) \
    static struct msturn_cell name(const struct msturn_report *report _U_, const void *item) \
    { \
        const struct msturn_path *path = item; \
        return expression; \
    }

static struct msturn_cell path_steps(const struct msturn_report *report, const void *item)
{
    const struct msturn_told_path *told = msturn_tell(report, item);
    wmem_array_t *steps = wmem_array_new(told->scope, sizeof(const struct msturn_step *));

    for (unsigned number = 0; number < MSTURN_STEP_COUNT; number++) {
        const struct msturn_step *step = &told->steps[number];
        /* Without SDP nobody asks for what was offered. */
        if (number != MSTURN_STEP_OFFER || step->status != MSTURN_STATUS_NOT_NEEDED)
            wmem_array_append_one(steps, step);
    }
    return msturn_objects_cell(&step_members, steps);
}

static struct msturn_cell path_timers(const struct msturn_report *report, const void *item)
{
    const struct msturn_told_path *told = msturn_tell(report, item);
    wmem_array_t *timers = wmem_array_new(told->scope, sizeof(const struct msturn_path_timer *));

    for (unsigned number = 0; number < told->timer_count; number++) {
        const struct msturn_path_timer *timer = &told->timers[number];
        wmem_array_append_one(timers, timer);
    }
    return msturn_objects_cell(&timer_members, timers);
}

static struct msturn_cell path_addresses(const struct msturn_report *report, const void *item)
{
    const struct msturn_told_path *told = msturn_tell(report, item);
    wmem_array_t *addresses = wmem_array_new(told->scope, sizeof(const struct msturn_path_address *));

    for (unsigned number = 0; number < told->address_count; number++) {
        const struct msturn_path_address *address = &told->addresses[number];
        wmem_array_append_one(addresses, address);
    }
    return msturn_objects_cell(&address_members, addresses);
}

static const char *stop_name(const struct msturn_path *path)
{
    return path->stopped_at < MSTURN_STEP_COUNT ? msturn_name_of(msturn_step_names, path->stopped_at) : NULL;
}

static const struct msturn_name json_transports[] = { { MSTURN_TCP, "tcp" }, { MSTURN_UDP, "udp" }, { 0, NULL } };

PATH(path_id, msturn_number_cell(path->id))
PATH(path_session, msturn_session_cell(path->session))
PATH(path_pair, path->pair ? msturn_number_cell(path->pair->id) : msturn_no_cell)
PATH(path_connection, msturn_number_cell_if(path->peer_connection && path->peer_connection->has_id,
                                            path->peer_connection ? path->peer_connection->id : 0))
PATH(path_client, msturn_endpoint_cell(report, &path->client))
PATH(path_server, msturn_endpoint_cell(report, &path->server))
PATH(path_relayed, msturn_endpoint_cell(report, &path->relayed))
PATH(path_peer, msturn_endpoint_cell(report, &path->peer))
PATH(path_transport, msturn_word_cell(json_transports, msturn_path_transport(path)))
PATH(path_verdict, msturn_word_cell(msturn_verdict_names, path->verdict))
PATH(path_stopped_at, msturn_text_cell(stop_name(path)))
PATH(path_stopped_label,
     msturn_text_cell(path->stopped_at < MSTURN_STEP_COUNT ? msturn_name_of(msturn_step_labels, path->stopped_at)
                                                           : NULL))
PATH(path_place, msturn_word_cell(msturn_place_names, path->place))
PATH(path_place_words, msturn_text_cell(msturn_place_text(path)))
PATH(path_summary, msturn_foreign_cell(msturn_tell(report, path)->summary))
PATH(path_advice, msturn_text_cell(msturn_told_advice(msturn_tell(report, path))))
PATH(path_first_frame, msturn_frame_cell(path->first.frame))
PATH(path_last_frame, msturn_frame_cell(path->last.frame))
PATH(path_start, time_cell(report, &path->first))
PATH(path_duration, seconds_cell(report, &path->first, &path->last))
PATH(path_ended, msturn_object_cell(&msturn_end_columns, &path->ended))
PATH(path_to_remote, msturn_object_cell(&direction_members, &path->media[MSTURN_LOCAL_TO_REMOTE]))
PATH(path_to_local, msturn_object_cell(&direction_members, &path->media[MSTURN_REMOTE_TO_LOCAL]))

static const struct msturn_column media_columns[] = {
    { path_to_remote, { "to_remote", NULL, NULL }, false },
    { path_to_local, { "to_local", NULL, NULL }, false },
};

static const struct msturn_columns media_members = { media_columns, array_length(media_columns) };

PATH(path_media, msturn_object_cell(&media_members, path))

/* A window is sorted by what it shows first: "broken" comes before the other verdicts. */
static const struct msturn_column path_columns[] = {
    { path_id, { "id", NULL, NULL }, true },
    { path_verdict, { "verdict", "verdict", NULL }, false },
    { path_stopped_at, { "stopped_at", NULL, NULL }, false },
    { path_stopped_label, { NULL, "stopped at", NULL }, false },
    { path_place, { "place", NULL, NULL }, false },
    { path_place_words, { NULL, "place", NULL }, false },
    { path_summary, { "summary", "summary", NULL }, false },
    { path_id, { NULL, "id", NULL }, true },
    { path_session, { "session", NULL, NULL }, true },
    { path_pair, { "pair", NULL, NULL }, true },
    { path_connection, { "connection", NULL, NULL }, true },
    { path_client, { "client", "client", NULL }, false },
    { path_server, { "server", "server", NULL }, false },
    { path_relayed, { "relayed", "relayed", NULL }, false },
    { path_peer, { "peer", "peer", NULL }, false },
    { path_transport, { "transport", NULL, NULL }, false },
    { path_advice, { "advice", NULL, NULL }, false },
    { path_first_frame, { "first_frame", "first frame", NULL }, true },
    { path_session, { NULL, "session", NULL }, true }, /* not every path has one: Wireshark copies no empty cell */
    { path_pair, { NULL, "pair", NULL }, true },
    { path_last_frame, { "last_frame", NULL, NULL }, true },
    { path_start, { "start", NULL, NULL }, false },
    { path_duration, { "duration_s", NULL, NULL }, true },
    { path_ended, { "ended", NULL, NULL }, false },
    { path_steps, { "steps", NULL, NULL }, false },
    { path_media, { "media", NULL, NULL }, false },
    { path_timers, { "timers", NULL, NULL }, false },
    { path_addresses, { "addresses", NULL, NULL }, false },
};

const struct msturn_columns msturn_path_columns = { path_columns, array_length(path_columns) };
