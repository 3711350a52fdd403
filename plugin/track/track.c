/* track.c
 * The tracker's state, flows, problems, and the way of a message through its parts.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/track.h"

#include "plugin/wire/ms_wire.h"
#include "plugin/track/tracker.h"

#include <string.h>

#define NANOSECONDS 1000000000 /* in a second */

struct msturn_tracker msturn_tracker;

/* ---- keys ---- */

guint msturn_endpoint_hash(gconstpointer key)
{
    const struct msturn_endpoint *endpoint = key;
    const size_t length = endpoint->family == 4 ? 4 : sizeof endpoint->address;

    return wmem_strong_hash(endpoint->address, length) + endpoint->port * 2654435761u;
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

/* ---- time ---- */

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

int64_t msturn_nanoseconds(const nstime_t *time)
{
    return (int64_t)time->secs * NANOSECONDS + time->nsecs;
}

nstime_t msturn_nstime(int64_t nanoseconds)
{
    return (nstime_t){ .secs = (time_t)(nanoseconds / NANOSECONDS), .nsecs = (int)(nanoseconds % NANOSECONDS) };
}

void msturn_track_time(struct msturn_event event)
{
    /* Frames of several interfaces need not be in the order of their times. */
    if (event.time > msturn_tracker.now.time)
        msturn_tracker.now.time = event.time;
    msturn_tracker.now.frame = event.frame;
}

/* ---- a capture file ---- */

void msturn_track_begin(wmem_allocator_t *file_scope)
{
    msturn_tracker = (struct msturn_tracker){
        .scope = file_scope,
        .halves = wmem_list_new(file_scope),
        .transactions = wmem_map_new(file_scope, msturn_transaction_hash, msturn_transaction_equal),
        .checks = wmem_map_new(file_scope, msturn_check_hash, msturn_check_equal),
        .udp_flows = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .sessions_by_tuple = wmem_map_new(file_scope, msturn_session_hash, msturn_session_equal),
        .relayed = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .client_hosts = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .servers = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .sessions_of_flow = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .multiplexed = wmem_map_new(file_scope, msturn_endpoint_hash, msturn_endpoints_equal),
        .peer_connections = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .connects = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .permissions = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .channels = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .wrapped_legs = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .pairs_by_ends = wmem_map_new(file_scope, msturn_ends_hash, msturn_ends_equal),
        .found.by_frame = wmem_map_new(file_scope, g_direct_hash, g_direct_equal),
        .judgement = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK),
    };
}

void msturn_track_end(void)
{
    if (msturn_tracker.judgement)
        wmem_destroy_allocator(msturn_tracker.judgement);
    msturn_tracker = (struct msturn_tracker){ .scope = NULL };
}

bool msturn_track_is_empty(void)
{
    return msturn_tracker.flows == NULL;
}

const struct msturn_session *msturn_sessions(void)
{
    return msturn_tracker.sessions;
}

const struct msturn_pair *msturn_pairs(void)
{
    return msturn_tracker.pairs;
}

const struct msturn_peer_connection *msturn_unclaimed_binds(void)
{
    return msturn_tracker.unclaimed;
}

/* ---- flows ---- */

static struct msturn_flow *add_flow(enum msturn_transport transport, const struct msturn_endpoint *ends,
                                    uint32_t stream, struct msturn_event event)
{
    struct msturn_flow *flow = wmem_new0(msturn_tracker.scope, struct msturn_flow);

    flow->transport = transport;
    flow->stream = stream;
    flow->ends[0] = ends[0];
    flow->ends[1] = ends[1];
    flow->opened_by = -1;
    flow->first = event;
    if (msturn_tracker.last_flow)
        msturn_tracker.last_flow->next = flow;
    else
        msturn_tracker.flows = flow;
    return msturn_tracker.last_flow = flow;
}

struct msturn_flow *msturn_track_new_flow(const struct msturn_endpoint *ends, uint32_t stream,
                                          struct msturn_event event)
{
    return add_flow(MSTURN_TCP, ends, stream, event);
}

static struct msturn_flow *find_or_add_udp(struct msturn_ends_key key, const struct msturn_endpoint *ends,
                                           struct msturn_event event)
{
    struct msturn_flow *flow = msturn_map_find(msturn_tracker.udp_flows, key);

    if (!flow) {
        flow = add_flow(MSTURN_UDP, ends, UINT32_MAX, event);
        msturn_map_put(msturn_tracker.udp_flows, key, flow);
    }
    return flow;
}

struct msturn_flow *msturn_track_udp_flow(const struct msturn_endpoint *ends, struct msturn_event event)
{
    return find_or_add_udp((struct msturn_ends_key){ .a = ends[0], .b = ends[1] }, ends, event);
}

struct msturn_flow *msturn_track_udp_client(const struct msturn_endpoint *client, const struct msturn_endpoint *server,
                                            struct msturn_event event)
{
    const struct msturn_endpoint ends[2] = { *client, *server };
    struct msturn_flow *flow = find_or_add_udp((struct msturn_ends_key){ .a = *client }, ends, event);

    flow->any_server = true;
    return flow;
}

struct msturn_flow *msturn_track_known_udp_client(const struct msturn_endpoint *client)
{
    return msturn_map_find(msturn_tracker.udp_flows, (struct msturn_ends_key){ .a = *client });
}

void msturn_track_opened(struct msturn_flow *flow, uint8_t by)
{
    if (flow->opened_by < 0)
        flow->opened_by = (int8_t)by;
}

void msturn_track_established(struct msturn_flow *flow)
{
    flow->established = true;
}

void msturn_track_ended(struct msturn_flow *flow, uint8_t by, enum msturn_ending ending, struct msturn_event event)
{
    if (flow->ending != MSTURN_ENDING_NONE)
        return;
    flow->ending = ending;
    flow->ended_by = by;
    flow->ended = event;
    flow->refused = ending == MSTURN_ENDING_RST && !flow->established && flow->opened_by == 1 - by;
}

void msturn_track_gap(struct msturn_flow *flow, uint8_t side)
{
    flow->lossy[side] = true;
}

bool msturn_is_relayed_address(const struct msturn_endpoint *endpoint)
{
    return wmem_map_contains(msturn_tracker.relayed, endpoint);
}

bool msturn_track_expects(const struct msturn_endpoint *a, const struct msturn_endpoint *b)
{
    return msturn_is_relayed_address(a) || msturn_is_relayed_address(b) ||
           wmem_map_contains(msturn_tracker.servers, a) || wmem_map_contains(msturn_tracker.servers, b);
}

void msturn_track_hello(struct msturn_flow *flow, uint8_t side, struct msturn_event event)
{
    flow->hello = event;
    flow->hello_side = side;
}

static struct msturn_endpoint session_id_key(const uint8_t *session_id)
{
    struct msturn_endpoint key = { .family = 0 };

    memcpy(key.address, session_id, MSTURN_SESSION_ID_LENGTH);
    return key;
}

struct msturn_multiplexed *msturn_multiplexed_of(const uint8_t *session_id)
{
    const struct msturn_endpoint key = session_id_key(session_id);

    struct msturn_multiplexed *multiplexed = wmem_map_lookup(msturn_tracker.multiplexed, &key);
    if (!multiplexed) {
        multiplexed = wmem_new0(msturn_tracker.scope, struct msturn_multiplexed);
        wmem_map_insert(msturn_tracker.multiplexed, wmem_memdup(msturn_tracker.scope, &key, sizeof key), multiplexed);
    }
    return multiplexed;
}

void msturn_track_multiplexed(const uint8_t *session_id, uint32_t frame)
{
    struct msturn_multiplexed *multiplexed = msturn_multiplexed_of(session_id);

    if (multiplexed->frame == 0)
        multiplexed->frame = frame;
}

void msturn_track_multiplexed_evidence(const uint8_t *session_id, uint32_t frame, bool is_message)
{
    struct msturn_multiplexed *multiplexed = msturn_multiplexed_of(session_id);

    /* A frame may be shown to several of msturn's dissectors. */
    if (multiplexed->known == 0 && (is_message || (multiplexed->seen != 0 && multiplexed->seen < frame)))
        multiplexed->known = frame;
    if (multiplexed->seen == 0)
        multiplexed->seen = frame;
}

bool msturn_multiplexed_is_known(const uint8_t *session_id, uint32_t frame)
{
    const struct msturn_endpoint key = session_id_key(session_id);
    const struct msturn_multiplexed *multiplexed = wmem_map_lookup(msturn_tracker.multiplexed, &key);

    return multiplexed && multiplexed->known != 0 && multiplexed->known <= frame;
}

void msturn_track_data(struct msturn_flow *flow, uint8_t side, struct msturn_event event)
{
    flow->sent[side] = true;
    flow->last_data[side] = event;
}

void msturn_track_media(struct msturn_flow *flow, struct msturn_leg *leg, uint8_t side, struct msturn_event event)
{
    msturn_track_data(flow, side, event);
    if (!leg)
        leg = flow->bound ? flow->bound->leg : flow->leg;
    if (leg && !msturn_happened(&leg->media[side]))
        leg->media[side] = flow->last_data[side];
}

bool msturn_flow_is_whole(const struct msturn_flow *flow)
{
    return flow->sent[0] && flow->sent[1] && !flow->lossy[0] && !flow->lossy[1];
}

struct msturn_event msturn_flow_end(const struct msturn_flow *flow)
{
    return msturn_happened(&flow->ended) ? flow->ended : msturn_tracker.now;
}

/* ---- messages ---- */

enum msturn_action msturn_action_of(const struct msturn_header *header)
{
    static const struct {
        uint16_t number;
        enum msturn_action action;
    } methods[] = { /* RFC 8656 section 18, RFC 6062 section 6.1 */
        { 0x001, MSTURN_ACTION_BINDING },
        { 0x003, MSTURN_ACTION_ALLOCATE },
        { 0x004, MSTURN_ACTION_REFRESH },
        { 0x006, MSTURN_ACTION_SEND },
        { 0x007, MSTURN_ACTION_DATA },
        { 0x008, MSTURN_ACTION_CREATE_PERMISSION },
        { 0x009, MSTURN_ACTION_CHANNEL_BIND },
        { 0x00A, MSTURN_ACTION_CONNECT },
        { 0x00B, MSTURN_ACTION_CONNECTION_BIND },
        { 0x00C, MSTURN_ACTION_CONNECTION_ATTEMPT },
    }, ms_types[] = { /* [MS-TURN] 2.2.1 */
        { 0x0003, MSTURN_ACTION_ALLOCATE }, { 0x0103, MSTURN_ACTION_ALLOCATE }, { 0x0113, MSTURN_ACTION_ALLOCATE },
        { 0x0004, MSTURN_ACTION_SEND }, { 0x0115, MSTURN_ACTION_DATA },
        { 0x0006, MSTURN_ACTION_SET_ACTIVE_DESTINATION }, { 0x0106, MSTURN_ACTION_SET_ACTIVE_DESTINATION },
        { 0x0116, MSTURN_ACTION_SET_ACTIVE_DESTINATION },
    };

    if (header->dialect == MSTURN_DIALECT_MS_TURN) {
        for (size_t i = 0; i < G_N_ELEMENTS(ms_types); i++) {
            if (ms_types[i].number == header->type)
                return ms_types[i].action;
        }
        return MSTURN_ACTION_OTHER;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (methods[i].number == header->method)
            return methods[i].action;
    }
    return MSTURN_ACTION_OTHER;
}

const struct msturn_session *msturn_transaction_session(const struct msturn_transaction *transaction)
{
    if (transaction->session)
        return transaction->session;
    if (transaction->peer_connection)
        return transaction->peer_connection->session;
    const struct msturn_leg *leg = transaction->leg;
    if (!leg || leg->session)
        return leg ? leg->session : NULL;
    return leg->pair ? msturn_pair_session(leg->pair) : NULL;
}

static void note_traffic(const struct msturn_sighting *sighting)
{
    struct msturn_flow *flow = sighting->flow;

    /* What an attribute would have said that was cut off nobody knows. */
    if (sighting->message->bytes.captured < MSTURN_HEADER_LENGTH + sighting->message->header.length)
        msturn_track_gap(flow, sighting->side);

    msturn_track_data(flow, sighting->side, sighting->event);
    flow->established = true;
    if (flow->any_server && sighting->side == 0)
        flow->ends[1] = sighting->far;
}

static struct msturn_leg *carried_by(const struct msturn_sighting *sighting,
                                     const struct msturn_transaction *transaction)
{
    const bool relays = transaction->action == MSTURN_ACTION_SEND || transaction->action == MSTURN_ACTION_DATA;
    struct msturn_leg *leg = relays && (sighting->message->content.has & MSTURN_HAS_DATA)
                                 ? msturn_track_wrapped_leg(sighting->flow, &sighting->message->content.peer) : NULL;

    if (leg && leg->packets[sighting->side]++ == 0 && !msturn_happened(&leg->first_packet))
        leg->first_packet = sighting->event;
    return leg;
}

void msturn_track_chain(struct msturn_message_facts *facts)
{
    struct msturn_session *session = (struct msturn_session *)msturn_transaction_session(facts->transaction);

    if (!session)
        return;
    if (session->last_message && session->last_message->frame != facts->frame) {
        facts->previous_frame = session->last_message->frame;
        session->last_message->next_frame = facts->frame;
    }
    session->last_message = facts;
}

static void hand_out(const uint8_t *session_id, uint32_t frame)
{
    msturn_multiplexed_of(session_id)->handed_out = true;
    msturn_track_multiplexed_evidence(session_id, frame, true);
}

struct msturn_message_facts msturn_track_message(const struct msturn_sighting *sighting)
{
    struct msturn_message_facts facts = { .repeat = MSTURN_REPEAT_NONE };

    msturn_tracker.of_message = NULL;
    note_traffic(sighting);
    if (sighting->message->content.multiplexed.captured == MSTURN_SESSION_ID_LENGTH)
        hand_out(sighting->message->content.multiplexed.data, sighting->event.frame);
    sighting->flow->messages[sighting->side]++;
    facts.transaction = msturn_transaction_take(sighting, &facts.repeat);
    if (msturn_is_check(sighting, facts.transaction))
        msturn_check_take(sighting, facts.transaction);
    else if (!sighting->leg && !sighting->framed)
        msturn_session_take(sighting, facts.transaction, facts.repeat);
    if (sighting->flow->any_server && sighting->side == 1 && facts.transaction->request.frame != 0 &&
        !msturn_endpoint_equal(&sighting->far, &sighting->flow->ends[1]))
        msturn_found(MSTURN_FINDING_ANSWERED_ELSEWHERE, sighting->event.frame, facts.transaction,
                     facts.transaction->session, NULL);
    facts.carries = carried_by(sighting, facts.transaction);
    facts.problems = msturn_tracker.of_message;
    msturn_tracker.current = facts.transaction;
    msturn_tracker.current_frame = sighting->event.frame;
    return facts;
}
