/* cut.c
 * Cuts what arrives into units, and has them dissected.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/dissect/cut.h"

#include "plugin/host/bytes.h"
#include "plugin/track/track.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/wire/stream.h"

static struct msturn_stream *stream_of(const struct msturn_arrival *arrival)
{
    return &arrival->connection->streams[arrival->side];
}

static void *alloc_in_file_scope(void *arena _U_, size_t size)
{
    return wmem_alloc0(wmem_file_scope(), size);
}

/* From `offset` in the arrival on. First pass only. */
static void set_framing(const struct msturn_arrival *arrival, uint32_t offset, enum msturn_framing framing)
{
    msturn_stream_set_framing(stream_of(arrival), arrival->pinfo->num, arrival->stream_offset + offset, framing,
                              alloc_in_file_scope, NULL);
}

static struct msturn_circumstances circumstances_at(const struct msturn_arrival *arrival, uint32_t offset)
{
    struct msturn_circumstances at = {
        .framing = MSTURN_FRAMING_UNDECIDED,
        .known = arrival->connection != NULL,
        .may_wait = arrival->may_wait,
        .may_scan = arrival->may_scan,
        .shared = arrival->shared,
        .at_switch = true,
    };

    if (arrival->connection) {
        const uint32_t frame = arrival->pinfo->num;
        const struct msturn_stream *stream = stream_of(arrival);
        const struct msturn_stream *other = &arrival->connection->streams[1 - arrival->side];
        at.framing = msturn_stream_framing_at(stream, frame, arrival->stream_offset + offset, &at.at_switch);
        if (at.framing == MSTURN_FRAMING_UNDECIDED)
            at.at_switch = at.at_switch || arrival->stream_offset + offset == stream->first_offset;
        at.other_framing = msturn_stream_latest_framing(other, frame);
        at.other_began = msturn_stream_first_framing(other, frame);
    }
    return at;
}

/* [MS-TURN] 2.1.1: the client sends nothing after its hello until the server has answered. */
static bool is_early(const struct msturn_arrival *arrival, const struct msturn_circumstances *at)
{
    return at->framing == MSTURN_FRAMING_MS_FRAME && at->other_framing == MSTURN_FRAMING_UNDECIDED &&
           msturn_stream_first_framing(stream_of(arrival), arrival->pinfo->num) == MSTURN_FRAMING_PSEUDO_TLS &&
           arrival->acknowledged == arrival->connection->hello_acknowledged;
}

static enum msturn_finding pseudo_tls_finding(const struct msturn_unit *unit, struct msturn_bytes bytes)
{
    if (unit->length == MSTURN_SERVER_HELLO_SPLIT_LENGTH)
        return MSTURN_FINDING_PSEUDO_TLS_TWO_RECORDS;
    if (unit->length == MSTURN_SERVER_HELLO_LENGTH && msturn_fit_server_hello(bytes) == MSTURN_FIT_NO)
        return MSTURN_FINDING_PSEUDO_TLS_REWRITTEN;
    return MSTURN_FINDING_NONE;
}

/* A segment in which no message begins where one was due, or where none could be recognised. */
static enum msturn_finding lost_finding(const struct msturn_unit *unit)
{
    return (msturn_framing_is_plain(unit->framing) && unit->framing != MSTURN_FRAMING_PLAIN_LOST) ||
                   unit->framing == MSTURN_FRAMING_MS_FRAME
               ? MSTURN_FINDING_FRAMING_LOST
               : MSTURN_FINDING_MID_STREAM;
}

/* Why a unit is not shown whole, or what is wrong with where it is. */
static enum msturn_finding unit_finding(const struct msturn_arrival *arrival, const struct msturn_unit *unit,
                                        const struct msturn_circumstances *at, struct msturn_bytes bytes)
{
    if (bytes.captured < bytes.reported)
        return MSTURN_FINDING_CUT;
    if (unit->kind == MSTURN_UNIT_INCOMPLETE)
        return MSTURN_FINDING_NOT_REASSEMBLED;
    if (unit->framing == MSTURN_FRAMING_REFUSED && at->at_switch)
        return msturn_payload_kind(bytes) == MSTURN_PAYLOAD_TLS ? MSTURN_FINDING_PSEUDO_TLS_REAL_TLS
                                                                : MSTURN_FINDING_PSEUDO_TLS_NO_TLS;
    if (unit->lost)
        return lost_finding(unit);
    if (unit->unpadded)
        return MSTURN_FINDING_CHANNEL_UNPADDED;
    if (unit->kind == MSTURN_UNIT_MESSAGE && unit->framing == MSTURN_FRAMING_RFC4571)
        return MSTURN_FINDING_FRAME_MISSING;
    if (unit->kind == MSTURN_UNIT_MESSAGE && unit->framing == MSTURN_FRAMING_MS_FRAME)
        return MSTURN_FINDING_STANDARD_TURN;
    if (unit->kind == MSTURN_UNIT_MULTIPLEXED && unit->length < MSTURN_MULTIPLEX_HEADER_LENGTH)
        return MSTURN_FINDING_MULTIPLEX_LENGTH;
    if (unit->kind == MSTURN_UNIT_PSEUDO_TLS)
        return pseudo_tls_finding(unit, bytes);
    return is_early(arrival, at) ? MSTURN_FINDING_PSEUDO_TLS_EARLY : MSTURN_FINDING_NONE;
}

/* What a unit says about the bytes after it. First pass only. */
static void follow_unit(const struct msturn_arrival *arrival, const struct msturn_unit *unit, uint32_t offset,
                        uint32_t length)
{
    if (unit->kind == MSTURN_UNIT_MESSAGE && arrival->binds)
        set_framing(arrival, offset + length, MSTURN_FRAMING_BOUND);
    if (unit->kind == MSTURN_UNIT_PSEUDO_TLS && unit->length == MSTURN_CLIENT_HELLO_LENGTH)
        arrival->connection->hello_acknowledged = arrival->acknowledged;
    if (unit->next_framing != unit->framing)
        set_framing(arrival, offset + length, unit->next_framing);
    /* It goes on in a segment that will not be joined to this one. */
    if (unit->kind == MSTURN_UNIT_INCOMPLETE)
        set_framing(arrival, offset + length, msturn_framing_when_lost(unit->framing));
}

/* First pass only. */
static void note_arrival(const struct msturn_arrival *arrival)
{
    if (!stream_of(arrival)->arrived && !arrival->in_tls &&
        !msturn_connection_may_begin_at(arrival->connection, arrival->pinfo, arrival->stream_offset))
        msturn_track_gap(arrival->connection->flow, arrival->side);
    if (msturn_stream_arrive(stream_of(arrival), arrival->pinfo->num, arrival->stream_offset, alloc_in_file_scope,
                             NULL))
        msturn_track_gap(arrival->connection->flow, arrival->side);
}

/* Asks TCP or TLS to call again when the rest of the unit at `offset` is there. */
static void wait_for_more(struct msturn_arrival *arrival, uint32_t offset, const struct msturn_unit *unit)
{
    arrival->pinfo->desegment_offset = (int)offset;
    arrival->pinfo->desegment_len = unit->missing > 0 ? unit->missing : DESEGMENT_ONE_MORE_SEGMENT;
    if (!msturn_is_first_pass(arrival))
        return;
    if (arrival->connection)
        msturn_stream_consumed(stream_of(arrival), arrival->stream_offset + offset, unit->length);
    else if (!arrival->in_tls)
        msturn_connection_note_awaited(arrival->pinfo);
}

/* A connection that is nobody's yet. */
static bool may_claim(struct msturn_arrival *arrival)
{
    if (arrival->in_tls)
        return true;
    if (!arrival->may_wait)
        return msturn_connection_may_begin(arrival->pinfo, arrival->stream_offset);
    arrival->may_scan = !msturn_connection_is_from_its_start(arrival->pinfo);
    return true;
}

/* Bytes that merely might begin a message are waited for, but are no evidence yet. */
static bool is_evidence(const struct msturn_unit *unit)
{
    return unit->kind != MSTURN_UNIT_FOREIGN && unit->begun != MSTURN_UNIT_INCOMPLETE;
}

/* A connection whose bytes are evidence. In a later pass it is ours already, or did not become so. */
static bool may_claim_now(const struct msturn_arrival *arrival)
{
    return msturn_is_first_pass(arrival) && (arrival->in_tls || !msturn_connection_other_side_is_held(arrival->pinfo));
}

/* Finds the connection. False: the bytes are not ours, whatever they are. */
static bool find_connection(struct msturn_arrival *arrival)
{
    arrival->bytes = msturn_tvb_bytes(arrival->tvb);
    if (arrival->bytes.reported == 0)
        return false;
    arrival->side = msturn_connection_side(arrival->pinfo);
    arrival->connection = msturn_connection_find(arrival->pinfo);
    return arrival->connection || may_claim(arrival);
}

static struct msturn_unit first_unit(const struct msturn_arrival *arrival)
{
    return msturn_stream_next(arrival->bytes, circumstances_at(arrival, 0));
}

bool msturn_takes_arrival(struct msturn_arrival *arrival)
{
    if (!find_connection(arrival))
        return false;
    const struct msturn_unit unit = first_unit(arrival);

    if (arrival->connection)
        return true;
    /* Bytes that merely might begin a message are taken where they can be waited for. */
    return is_evidence(&unit) ? may_claim_now(arrival)
                              : unit.kind != MSTURN_UNIT_FOREIGN && arrival->pinfo->can_desegment;
}

int msturn_dissect_arrival(struct msturn_arrival *arrival)
{
    uint32_t offset = 0;

    if (!find_connection(arrival))
        return 0;
    const uint32_t end = arrival->bytes.reported;
    if (arrival->connection && msturn_is_first_pass(arrival))
        note_arrival(arrival);
    while (offset < end) {
        const struct msturn_circumstances at = circumstances_at(arrival, offset);
        const struct msturn_unit unit = msturn_stream_next(msturn_bytes_slice(arrival->bytes, offset, UINT32_MAX), at);
        const bool incomplete = unit.kind == MSTURN_UNIT_INCOMPLETE;

        if (unit.kind == MSTURN_UNIT_FOREIGN)
            return 0;
        if (!arrival->connection && is_evidence(&unit)) {
            if (!may_claim_now(arrival))
                return 0;
            arrival->connection = msturn_connection_claim(arrival->pinfo, arrival->in_tls);
            note_arrival(arrival);
        }
        if (incomplete && arrival->pinfo->can_desegment) {
            wait_for_more(arrival, offset, &unit);
            return (int)tvb_captured_length(arrival->tvb);
        }
        if (!arrival->connection)
            return 0;
        const uint32_t length = incomplete ? end - offset : unit.length;
        const enum msturn_finding finding =
            unit_finding(arrival, &unit, &at, msturn_bytes_slice(arrival->bytes, offset, length));
        if (msturn_is_first_pass(arrival))
            set_framing(arrival, offset, unit.framing);
        arrival->pass = msturn_frame_pass_on(arrival->pinfo, arrival->connection, arrival->tcp_flags);
        msturn_dissect_unit(arrival, &unit, offset, length, finding);
        if (msturn_is_first_pass(arrival))
            follow_unit(arrival, &unit, offset, length);
        offset += length;
    }
    if (msturn_is_first_pass(arrival))
        msturn_stream_consumed(stream_of(arrival), arrival->stream_offset + end, 0);
    return (int)tvb_captured_length(arrival->tvb);
}

int msturn_dissect_one_unit(struct msturn_arrival *arrival, enum msturn_unit_kind kind)
{
    const struct msturn_bytes bytes = arrival->bytes = msturn_tvb_bytes(arrival->tvb);
    const struct msturn_unit unit = { .kind = kind, .begun = kind, .length = bytes.reported };

    arrival->pass = msturn_frame_pass_of(arrival->pinfo);
    msturn_dissect_unit(arrival, &unit, 0, bytes.reported,
                        bytes.captured < bytes.reported ? MSTURN_FINDING_CUT : MSTURN_FINDING_NONE);
    return (int)tvb_captured_length(arrival->tvb);
}
