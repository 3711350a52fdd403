/* state.c
 * The state of the tracker, its keys and its clock.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/state.h"

#include "plugin/rules/timers.h"

#include <string.h>

#define NANOSECONDS 1000000000 /* in a second */

struct msturn_tracker msturn_tracker;

enum { WORD = sizeof(uint32_t), HASHED_WORDS = 4 };

static uint64_t secret[HASHED_WORDS + 1];

void msturn_hash_begin(void)
{
    if (secret[0] != 0)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(secret); i++)
        secret[i] = (uint64_t)g_random_int() << 32 | g_random_int() | 1;
}

guint msturn_hash_words(const uint8_t *bytes, unsigned count)
{
    uint64_t sum = secret[0];

    for (unsigned i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, bytes + (size_t)WORD * i, sizeof word);
        sum += secret[i + 1] * word;
    }
    return (guint)(sum >> 32);
}

guint msturn_endpoint_hash(gconstpointer key)
{
    const struct msturn_endpoint *endpoint = key;

    return msturn_hash_words(endpoint->address, HASHED_WORDS) + endpoint->port * 2654435761u;
}

gboolean msturn_endpoints_equal(gconstpointer a, gconstpointer b)
{
    return msturn_endpoint_equal(a, b);
}

guint msturn_ends_hash(gconstpointer key)
{
    const struct msturn_ends_key *ends = key;

    return msturn_endpoint_hash(&ends->a) * 31 + msturn_endpoint_hash(&ends->b) + ends->number;
}

gboolean msturn_ends_equal(gconstpointer a, gconstpointer b)
{
    const struct msturn_ends_key *left = a, *right = b;

    return left->number == right->number && msturn_endpoint_equal(&left->a, &right->a) &&
           msturn_endpoint_equal(&left->b, &right->b);
}

struct msturn_ends_key msturn_session_key(const struct msturn_session *session, const struct msturn_endpoint *endpoint)
{
    return (struct msturn_ends_key){ .a = *endpoint, .number = session->id };
}

void *msturn_map_find(wmem_map_t *map, struct msturn_ends_key key)
{
    return wmem_map_lookup(map, &key);
}

void msturn_map_put(wmem_map_t *map, struct msturn_ends_key key, void *value)
{
    wmem_map_insert(map, wmem_memdup(msturn_tracker.scope, &key, sizeof key), value);
}

bool msturn_happened(const struct msturn_event *event)
{
    return event->frame != 0;
}

double msturn_seconds(const struct msturn_event *a, const struct msturn_event *b)
{
    if (!msturn_happened(a) || !msturn_happened(b))
        return 0;
    return (double)(b->time - a->time) / NANOSECONDS;
}

struct msturn_event msturn_event_of(const struct msturn_first_message *message)
{
    return (struct msturn_event){ .frame = message->frame, .time = message->time };
}

const char *msturn_decimal_text(wmem_allocator_t *scope, double number, unsigned decimals)
{
    const char format[] = { '%', '.', (char)('0' + decimals), 'f', '\0' };
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(text, sizeof text, format, number);
    return wmem_strdup(scope, text);
}

int64_t msturn_nanoseconds(const nstime_t *time)
{
    return (int64_t)time->secs * NANOSECONDS + time->nsecs;
}

nstime_t msturn_nstime(int64_t nanoseconds)
{
    return (nstime_t){ .secs = (time_t)(nanoseconds / NANOSECONDS), .nsecs = (int)(nanoseconds % NANOSECONDS) };
}

/* Between two frames of a call no day passes; and two capture points of which one's clock is so wrong would have very many ends. */
static void note_break(struct msturn_event event)
{
    struct msturn_tracker *tracker = &msturn_tracker;
    const bool goes_on = tracker->before == 0 ||
                         ABS(event.time - tracker->before) < (int64_t)(MSTURN_SECONDS_OTHER_CAPTURE * NANOSECONDS);

    if (!goes_on) {
        if (tracker->end_count < MSTURN_CAPTURES_MAX)
            tracker->ends[tracker->end_count] =
                (struct msturn_event){ .frame = tracker->now.frame, .time = tracker->latest };
        tracker->end_count++;
    }
    tracker->latest = goes_on ? MAX(tracker->latest, event.time) : event.time;
    tracker->before = event.time;
}

struct msturn_event msturn_capture_end(const struct msturn_tracker *tracker, uint32_t frame)
{
    if (tracker->end_count == 0 || tracker->end_count > MSTURN_CAPTURES_MAX)
        return tracker->now;
    for (unsigned i = 0; i < tracker->end_count; i++) {
        if (tracker->ends[i].frame >= frame)
            return tracker->ends[i];
    }
    return (struct msturn_event){ .frame = tracker->now.frame, .time = tracker->latest };
}

void msturn_track_time(struct msturn_event event)
{
    if (event.frame != msturn_tracker.now.frame)
        note_break(event);
    /* Frames of several interfaces need not be in the order of their times. */
    if (event.time > msturn_tracker.now.time)
        msturn_tracker.now.time = event.time;
    msturn_tracker.now.frame = event.frame;
}

void msturn_track_begun_at(int64_t time)
{
    if (msturn_tracker.begun_at == 0)
        msturn_tracker.begun_at = time;
}

bool msturn_track_is_empty(void)
{
    return !msturn_tracker.begun;
}

const struct msturn_session *msturn_sessions(void)
{
    return msturn_tracker.sessions;
}

const struct msturn_pair *msturn_pairs(void)
{
    return msturn_tracker.pairs;
}

struct msturn_endpoint msturn_host_of_endpoint(const struct msturn_endpoint *endpoint)
{
    struct msturn_endpoint host = *endpoint;

    host.port = 0;
    return host;
}
