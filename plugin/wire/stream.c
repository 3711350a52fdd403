/* stream.c
 * How messages are cut from one direction of a TCP connection.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/stream.h"

#include "plugin/wire/ms_wire.h"
#include "plugin/wire/preamble.h"

#include <string.h>

/* ---- units ---- */

static struct msturn_unit unit_of(enum msturn_unit_kind kind, uint32_t length, enum msturn_framing framing)
{
    return (struct msturn_unit){
        .kind = kind, .length = length, .begun = kind, .framing = framing, .next_framing = framing
    };
}

/* A unit of `length` bytes, or what it lacks. */
static struct msturn_unit whole_or_incomplete(struct msturn_bytes bytes, enum msturn_unit_kind kind, uint32_t length,
                                              enum msturn_framing framing)
{
    struct msturn_unit unit = unit_of(kind, length, framing);

    if (length > bytes.reported) {
        unit.kind = MSTURN_UNIT_INCOMPLETE;
        unit.missing = length - bytes.reported;
    }
    return unit;
}

static struct msturn_unit message_unit(struct msturn_bytes bytes, enum msturn_framing framing)
{
    const uint32_t length = MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);

    return whole_or_incomplete(bytes, MSTURN_UNIT_MESSAGE, length, framing);
}

static bool frame_may_begin_with_message(struct msturn_bytes bytes)
{
    return msturn_message_is_certain(msturn_bytes_slice(bytes, MSTURN_FRAME_HEADER_LENGTH, UINT32_MAX));
}

uint32_t msturn_length_of_misframed(struct msturn_bytes bytes)
{
    if (bytes.captured < MSTURN_FRAME_HEADER_LENGTH + MSTURN_HEADER_LENGTH || !frame_may_begin_with_message(bytes))
        return 0;
    const uint32_t said = MSTURN_FRAME_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data);
    const uint32_t message = msturn_get16(bytes.data + MSTURN_FRAME_HEADER_LENGTH + 2);
    const uint32_t end = MSTURN_FRAME_HEADER_LENGTH + MSTURN_HEADER_LENGTH + message;

    if (said == end || bytes.reported < end)
        return 0;
    const bool goes_on_there = frame_may_begin_with_message(msturn_bytes_slice(bytes, end, UINT32_MAX)) &&
                               !frame_may_begin_with_message(msturn_bytes_slice(bytes, said, UINT32_MAX));
    return bytes.reported == end || goes_on_there ? end : 0;
}

static bool frame_begins(struct msturn_bytes bytes)
{
    return msturn_fit_frame(bytes) == MSTURN_FIT_YES || msturn_length_of_misframed(bytes) > 0;
}

/* A frame of length zero, which keeps a connection open (RFC 6544 section 10.1), before one with a message. */
static bool null_frame_begins(struct msturn_bytes bytes)
{
    return bytes.captured > MSTURN_FRAME_HEADER_LENGTH && msturn_get16(bytes.data) == 0 &&
           frame_begins(msturn_bytes_slice(bytes, MSTURN_FRAME_HEADER_LENGTH, UINT32_MAX));
}

static struct msturn_unit frame_unit(struct msturn_bytes bytes, enum msturn_framing framing)
{
    const uint32_t misframed = msturn_length_of_misframed(bytes);

    if (misframed > 0)
        return unit_of(MSTURN_UNIT_FRAME, misframed, framing);
    const uint32_t length = MSTURN_FRAME_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data);

    return whole_or_incomplete(bytes, MSTURN_UNIT_FRAME, length, framing);
}

/* Everything up to the next message, or to the end. */
static struct msturn_unit opaque_unit(struct msturn_bytes bytes, enum msturn_framing framing)
{
    const uint32_t next = msturn_find_message(bytes, 1);

    return unit_of(MSTURN_UNIT_OPAQUE, next < bytes.captured ? next : bytes.reported, framing);
}

static struct msturn_unit lost_unit(struct msturn_bytes bytes, enum msturn_framing framing)
{
    struct msturn_unit unit = opaque_unit(bytes, framing);

    unit.lost = true;
    return unit;
}

static struct msturn_unit more(enum msturn_framing framing)
{
    return unit_of(MSTURN_UNIT_INCOMPLETE, 0, framing);
}

/* Are there bytes to come that would decide what is undecided, or did the capture cut them off? */
static bool everything_captured(struct msturn_bytes bytes)
{
    return bytes.captured == bytes.reported;
}

/* ---- ChannelData ---- */

/* What may follow ChannelData: a message, a frame, ChannelData. */
static bool plain_may_begin(struct msturn_bytes bytes)
{
    return bytes.captured > 0 && (msturn_fit_message(bytes) != MSTURN_FIT_NO ||
                                  msturn_fit_frame(bytes) != MSTURN_FIT_NO || msturn_is_channel_byte(bytes.data[0]));
}

/* The same with evidence: a message's cookie, or a header of this channel. MORE also when not all of the unit is there: who waited
 * for it has to wait for its end, since TCP gives what was taken of an older segment once more. */
static enum msturn_fit fit_next_plain(struct msturn_bytes bytes, const uint8_t *channel)
{
    enum { CHANNEL_LENGTH = 2 };
    const struct msturn_bytes number = msturn_bytes_slice(bytes, 0, CHANNEL_LENGTH);
    const bool same_channel = number.captured > 0 && memcmp(number.data, channel, number.captured) == 0;

    if (!same_channel && msturn_fit_message(bytes) != MSTURN_FIT_YES)
        return msturn_fit_message(bytes);
    if (bytes.captured < MSTURN_CHANNEL_HEADER_LENGTH)
        return MSTURN_FIT_MORE;
    const uint32_t header = same_channel ? MSTURN_CHANNEL_HEADER_LENGTH : MSTURN_HEADER_LENGTH;
    return header + (uint32_t)msturn_get16(bytes.data + 2) > bytes.reported ? MSTURN_FIT_MORE : MSTURN_FIT_YES;
}

static bool is_zero(struct msturn_bytes bytes)
{
    for (uint32_t i = 0; i < bytes.captured; i++) {
        if (bytes.data[i] != 0)
            return false;
    }
    return true;
}

/* Do the bytes go on with the next header where ChannelData of `length` bytes should have its padding, up to `padded`? All of
 * these are there. */
static enum msturn_fit fit_unpadded(struct msturn_bytes bytes, uint32_t length, uint32_t padded)
{
    const struct msturn_bytes after = msturn_bytes_slice(bytes, length, UINT32_MAX);
    const bool at_end = bytes.reported == padded;
    const bool goes_on = at_end || plain_may_begin(msturn_bytes_slice(bytes, padded, UINT32_MAX));

    if (goes_on && is_zero(msturn_bytes_slice(after, 0, padded - length)))
        return MSTURN_FIT_NO;
    const enum msturn_fit next = fit_next_plain(after, bytes.data);
    /* At the end of what there is, padding that may be anything is likelier than the beginning of something. */
    if (at_end && (padded - length == 1 || msturn_fit_message(after) != MSTURN_FIT_NO))
        return MSTURN_FIT_NO;
    return next == MSTURN_FIT_MORE && !everything_captured(bytes) ? MSTURN_FIT_NO : next;
}

static struct msturn_unit unpadded_unit(struct msturn_bytes bytes, uint32_t length)
{
    struct msturn_unit unit =
        whole_or_incomplete(bytes, MSTURN_UNIT_CHANNEL_DATA, length, MSTURN_FRAMING_PLAIN_UNPADDED);

    unit.unpadded = true;
    return unit;
}

/* RFC 8656 section 12.5: over TCP the padding is mandatory and not in the length. A sender that leaves it out shows by what comes
 * next; from then on nothing else is expected of it. */
static struct msturn_unit channel_unit(struct msturn_bytes bytes, enum msturn_framing framing)
{
    enum { SEGMENT_MAX = 1460 };
    const uint32_t length = MSTURN_CHANNEL_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);
    const uint32_t padded = msturn_round_up_4(length);

    if (length == padded)
        return whole_or_incomplete(bytes, MSTURN_UNIT_CHANNEL_DATA, padded, framing);
    const enum msturn_fit unpadded = bytes.reported < padded ? MSTURN_FIT_NO : fit_unpadded(bytes, length, padded);
    if (framing == MSTURN_FRAMING_PLAIN_UNPADDED || unpadded == MSTURN_FIT_YES)
        return unpadded_unit(bytes, length);
    struct msturn_unit unit = whole_or_incomplete(bytes, MSTURN_UNIT_CHANNEL_DATA, padded, framing);
    if (unpadded == MSTURN_FIT_MORE)
        unit.kind = MSTURN_UNIT_INCOMPLETE;
    /* What comes after the padding may be what tells that there is none, so the next segment is asked for as a whole. */
    if (unit.missing <= SEGMENT_MAX && everything_captured(bytes))
        unit.missing = 0;
    return unit;
}

/* ---- what begins here, by framing ---- */

/* `framing`: PLAIN or PLAIN_UNPADDED. */
static struct msturn_unit next_plain(struct msturn_bytes bytes, enum msturn_framing framing)
{
    const enum msturn_fit message = msturn_fit_message(bytes);

    if (message == MSTURN_FIT_YES)
        return message_unit(bytes, framing);
    /* The other end of a ConnectionBind that was not captured. */
    if (msturn_fit_frame(bytes) == MSTURN_FIT_YES)
        return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    if (message == MSTURN_FIT_MORE && everything_captured(bytes))
        return more(framing);
    if (bytes.captured > 0 && msturn_is_channel_byte(bytes.data[0])) {
        if (bytes.captured >= MSTURN_CHANNEL_HEADER_LENGTH)
            return channel_unit(bytes, framing);
        if (everything_captured(bytes))
            return more(framing);
    }
    return lost_unit(bytes, framing);
}

/* Do messages and ChannelData follow each other up to the end of the segment, or to where the capture cut it? */
static bool plain_units_fill(struct msturn_bytes bytes)
{
    uint32_t offset = 0;

    while (offset < bytes.reported) {
        const struct msturn_bytes rest = msturn_bytes_slice(bytes, offset, UINT32_MAX);
        const enum msturn_fit message = msturn_fit_message(rest);
        if (message == MSTURN_FIT_MORE || rest.captured < MSTURN_CHANNEL_HEADER_LENGTH)
            return offset > 0 && rest.captured < rest.reported;
        if (message == MSTURN_FIT_YES)
            offset += message_unit(rest, MSTURN_FRAMING_PLAIN).length;
        else if (msturn_is_channel_byte(rest.data[0]))
            offset += channel_unit(rest, MSTURN_FRAMING_PLAIN).length;
        else
            return false;
    }
    return offset == bytes.reported;
}

/* Any two bytes in three are a channel number and a length: after a loss that is no evidence. */
static struct msturn_unit next_plain_lost(struct msturn_bytes bytes)
{
    if (msturn_fit_message(bytes) == MSTURN_FIT_YES || msturn_fit_frame(bytes) == MSTURN_FIT_YES ||
        plain_units_fill(bytes))
        return next_plain(bytes, MSTURN_FRAMING_PLAIN);
    return lost_unit(bytes, MSTURN_FRAMING_PLAIN_LOST);
}

static struct msturn_unit next_rfc4571(struct msturn_bytes bytes)
{
    /* A bare message in a framed stream: both peers are wrong, but it is one. */
    if (msturn_message_is_certain(bytes) && msturn_fit_frame(bytes) != MSTURN_FIT_YES)
        return message_unit(bytes, MSTURN_FRAMING_RFC4571);
    if (bytes.captured >= MSTURN_FRAME_HEADER_LENGTH)
        return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    return everything_captured(bytes) ? more(MSTURN_FRAMING_RFC4571) : lost_unit(bytes, MSTURN_FRAMING_RFC4571);
}

/* Could an RFC 4571 frame with media begin here? */
static bool media_frame_begins(struct msturn_bytes bytes)
{
    if (bytes.captured < MSTURN_FRAME_HEADER_LENGTH + 2)
        return false;
    const uint32_t length = msturn_get16(bytes.data);
    struct msturn_bytes payload = msturn_bytes_slice(bytes, MSTURN_FRAME_HEADER_LENGTH, length);

    payload.reported = length;
    return msturn_payload_is_media(payload);
}

/* Do frames with media follow each other up to the end of the segment? What has a message's cookie is that message, all of which may
 * not be here, and a later pass takes it for one. */
static bool media_frames_fill(struct msturn_bytes bytes)
{
    uint32_t offset = 0;

    if (msturn_message_is_certain(bytes))
        return false;
    while (offset < bytes.reported) {
        const struct msturn_bytes rest = msturn_bytes_slice(bytes, offset, UINT32_MAX);
        if (!media_frame_begins(rest))
            return false;
        offset += MSTURN_FRAME_HEADER_LENGTH + (uint32_t)msturn_get16(rest.data);
    }
    return offset > 0 && offset == bytes.reported;
}

static struct msturn_unit next_rfc4571_lost(struct msturn_bytes bytes)
{
    if (frame_begins(bytes) || media_frames_fill(bytes))
        return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    if (msturn_message_is_certain(bytes))
        return message_unit(bytes, MSTURN_FRAMING_RFC4571_LOST);
    return lost_unit(bytes, MSTURN_FRAMING_RFC4571_LOST);
}

/* RFC 6062 section 3: a raw copy of the peer's stream. With ICE-TCP that is RFC 4571 (RFC 6544
 * section 7.1), but nothing says that the peer speaks ICE. */
static struct msturn_unit next_bound(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    const enum msturn_fit frame = msturn_fit_frame(bytes);
    const enum msturn_fit message = msturn_fit_message(bytes);

    if (frame_begins(bytes) || null_frame_begins(bytes))
        return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    if (message == MSTURN_FIT_YES)
        return message_unit(bytes, MSTURN_FRAMING_PLAIN);
    if (at.at_switch) {
        const bool too_few =
            frame == MSTURN_FIT_MORE || message == MSTURN_FIT_MORE || bytes.captured < MSTURN_FRAME_HEADER_LENGTH + 2;
        if (too_few && everything_captured(bytes))
            return more(MSTURN_FRAMING_BOUND);
        if (media_frame_begins(bytes))
            return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    } else if (at.other_framing == MSTURN_FRAMING_RFC4571 && media_frames_fill(bytes)) {
        return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    }
    return opaque_unit(bytes, MSTURN_FRAMING_BOUND);
}

/* ---- [MS-TURN] ---- */

static struct msturn_unit hello_unit(struct msturn_bytes bytes, uint32_t length)
{
    struct msturn_unit unit = whole_or_incomplete(bytes, MSTURN_UNIT_PSEUDO_TLS, length, MSTURN_FRAMING_PSEUDO_TLS);

    unit.next_framing = MSTURN_FRAMING_MS_FRAME;
    return unit;
}

static struct msturn_unit ms_frame_unit(struct msturn_bytes bytes)
{
    const uint32_t length = MSTURN_MS_FRAME_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);

    return whole_or_incomplete(bytes, MSTURN_UNIT_MS_FRAME, length, MSTURN_FRAMING_MS_FRAME);
}

/* No padding: [MS-TURN] 2.2.3 has none, though RFC 8656 would for a channel. */
static struct msturn_unit multiplexed_unit(struct msturn_bytes bytes)
{
    const uint32_t length = MSTURN_CHANNEL_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2);

    return whole_or_incomplete(bytes, MSTURN_UNIT_MULTIPLEXED, length, MSTURN_FRAMING_MS_FRAME);
}

static struct msturn_unit ms_lost_unit(struct msturn_bytes bytes, enum msturn_framing framing)
{
    const uint32_t next = msturn_find_ms_frame(bytes, 1);
    struct msturn_unit unit = unit_of(MSTURN_UNIT_OPAQUE, next < bytes.captured ? next : bytes.reported, framing);

    unit.lost = true;
    return unit;
}

static struct msturn_unit next_ms_frame(struct msturn_bytes bytes)
{
    const bool frame = msturn_may_be_ms_frame(bytes);
    const bool multiplexed = msturn_may_be_multiplexed(bytes);

    if (bytes.captured >= MSTURN_MS_FRAME_HEADER_LENGTH && frame)
        return ms_frame_unit(bytes);
    if (bytes.captured >= MSTURN_CHANNEL_HEADER_LENGTH && multiplexed)
        return multiplexed_unit(bytes);
    if ((frame || multiplexed) && everything_captured(bytes))
        return more(MSTURN_FRAMING_MS_FRAME);
    if (msturn_message_is_certain(bytes)) /* a standard TURN client at a Microsoft server */
        return message_unit(bytes, MSTURN_FRAMING_MS_FRAME);
    return ms_lost_unit(bytes, MSTURN_FRAMING_MS_FRAME);
}

/* Do frames that are recognised by more than their header follow each other up to the segment's end? */
static bool ms_frames_fill(struct msturn_bytes bytes)
{
    uint32_t offset = 0;

    while (offset < bytes.reported) {
        const struct msturn_bytes rest = msturn_bytes_slice(bytes, offset, UINT32_MAX);
        if (rest.captured < MSTURN_MS_FRAME_HEADER_LENGTH || !msturn_may_be_ms_frame(rest))
            return false;
        const uint32_t length = msturn_get16(rest.data + 2);
        const struct msturn_bytes content = msturn_bytes_slice(rest, MSTURN_MS_FRAME_HEADER_LENGTH, length);
        const uint32_t inner = msturn_begins_frames(content) ? MSTURN_FRAME_HEADER_LENGTH : 0;
        if (!msturn_payload_is_media(msturn_bytes_slice(content, inner, UINT32_MAX)))
            return false;
        offset += MSTURN_MS_FRAME_HEADER_LENGTH + length;
    }
    return offset > 0 && offset == bytes.reported;
}

static struct msturn_unit next_ms_frame_lost(struct msturn_bytes bytes)
{
    if (msturn_fit_ms_frame(bytes) == MSTURN_FIT_YES || ms_frames_fill(bytes))
        return ms_frame_unit(bytes);
    if (msturn_fit_multiplexed(bytes) == MSTURN_FIT_YES)
        return multiplexed_unit(bytes);
    return ms_lost_unit(bytes, MSTURN_FRAMING_MS_FRAME_LOST);
}

/* What is certainly Microsoft's, in a stream of which nothing is known; FOREIGN if nothing is. */
static struct msturn_unit begin_ms(struct msturn_bytes bytes)
{
    if (msturn_fit_client_hello(bytes) == MSTURN_FIT_YES)
        return hello_unit(bytes, MSTURN_CLIENT_HELLO_LENGTH);
    if (msturn_fit_server_hello(bytes) == MSTURN_FIT_YES)
        return hello_unit(bytes, MSTURN_SERVER_HELLO_LENGTH);
    if (msturn_fit_split_server_hello(bytes) == MSTURN_FIT_YES)
        return hello_unit(bytes, MSTURN_SERVER_HELLO_SPLIT_LENGTH);
    if (msturn_fit_ms_frame(bytes) == MSTURN_FIT_YES)
        return ms_frame_unit(bytes);
    if (msturn_fit_multiplexed(bytes) == MSTURN_FIT_YES)
        return multiplexed_unit(bytes);
    return unit_of(MSTURN_UNIT_FOREIGN, 0, MSTURN_FRAMING_UNDECIDED);
}

/* A later pass comes to where the first one found a record. */
static struct msturn_unit next_pseudo_tls(struct msturn_bytes bytes)
{
    const struct msturn_unit unit = begin_ms(bytes);

    if (unit.kind != MSTURN_UNIT_FOREIGN)
        return unit;
    return msturn_is_rewritten_server_hello(bytes) ? hello_unit(bytes, MSTURN_SERVER_HELLO_LENGTH)
                                                   : next_ms_frame(bytes);
}

bool msturn_framing_is_plain(enum msturn_framing framing)
{
    return framing == MSTURN_FRAMING_PLAIN || framing == MSTURN_FRAMING_PLAIN_UNPADDED ||
           framing == MSTURN_FRAMING_PLAIN_LOST;
}

static bool framing_is_ms(enum msturn_framing framing)
{
    return framing == MSTURN_FRAMING_PSEUDO_TLS || framing == MSTURN_FRAMING_MS_FRAME ||
           framing == MSTURN_FRAMING_MS_FRAME_LOST;
}

/* The first bytes against a stream of Microsoft's framing that are no clear case of it. */
static struct msturn_unit answer_ms(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    if (msturn_is_rewritten_server_hello(bytes))
        return hello_unit(bytes, MSTURN_SERVER_HELLO_LENGTH);
    if (!at.at_switch)
        return next_ms_frame_lost(bytes);
    if (msturn_may_be_ms_frame(bytes) || msturn_may_be_multiplexed(bytes))
        return next_ms_frame(bytes);
    if (at.other_began == MSTURN_FRAMING_PSEUDO_TLS)
        return unit_of(MSTURN_UNIT_OPAQUE, bytes.reported, MSTURN_FRAMING_REFUSED);
    return ms_lost_unit(bytes, MSTURN_FRAMING_UNDECIDED);
}

/* ---- the beginning of a stream ---- */

/* Is there a message with attributes after the first byte, all of it? Below 2^-48 for all places of a segment
 * together. */
static bool holds_message(struct msturn_bytes bytes)
{
    for (uint32_t at = msturn_find_message(bytes, 1); at < bytes.captured; at = msturn_find_message(bytes, at + 1)) {
        const struct msturn_bytes rest = msturn_bytes_slice(bytes, at, UINT32_MAX);
        if (msturn_fit_frame(rest) == MSTURN_FIT_YES)
            return true;
        const uint32_t length = msturn_get16(rest.data + 2);
        if (length > 0 && MSTURN_HEADER_LENGTH + length <= rest.captured)
            return true;
    }
    return false;
}

/* On a connection of ours a header is enough, whatever its attributes are: broken ones must be seen. */
static bool has_header_and_more(struct msturn_bytes bytes)
{
    const bool cut = bytes.captured < bytes.reported;

    return msturn_fit_message(bytes) == MSTURN_FIT_YES &&
           (cut || bytes.captured >= MSTURN_HEADER_LENGTH + MSTURN_ATTR_HEADER_LENGTH);
}

/* Where a TURN server is expected, the header of a message that fits into a packet is enough. Below 2^-48 for random
 * bytes. */
static bool has_likely_header(struct msturn_bytes bytes)
{
    enum { PACKET_MAX = 1460 };

    return has_header_and_more(bytes) && msturn_message_type_is_in_use(msturn_get16(bytes.data)) &&
           MSTURN_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 2) <= PACKET_MAX;
}

/* How many bytes of a message there must be before it is waited for. What fits so far is little evidence on a
 * port of anybody's: the cookie has to be there. */
static uint32_t enough_to_wait(struct msturn_circumstances at)
{
    if (at.may_wait || at.known)
        return 1;
    return at.shared ? 5 : 8;
}

/* May these bytes become a message or a frame with one? */
static bool worth_waiting(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    const enum msturn_fit message = msturn_fit_message(bytes);
    const uint32_t enough = enough_to_wait(at);

    if (message == MSTURN_FIT_MORE)
        return bytes.captured >= enough;
    if (message == MSTURN_FIT_YES)
        return !has_header_and_more(bytes);
    return msturn_fit_frame(bytes) == MSTURN_FIT_MORE &&
           (enough == 1 || bytes.captured >= MSTURN_FRAME_HEADER_LENGTH + enough);
}

/* May these bytes become something of Microsoft's? */
static bool worth_waiting_ms(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    enum { TYPE_BEGUN = 5, TYPE_KNOWN = 6, RECORD_HEADER = 5, MULTIPLEXED_COOKIE_END = 20 };
    const bool patient = enough_to_wait(at) == 1;

    if (msturn_fit_ms_frame(bytes) == MSTURN_FIT_MORE)
        return patient || bytes.captured >= (at.shared ? TYPE_BEGUN : TYPE_KNOWN);
    if (msturn_fit_multiplexed(bytes) == MSTURN_FIT_MORE)
        return patient || bytes.captured >= MULTIPLEXED_COOKIE_END;
    return (patient || bytes.captured >= RECORD_HEADER) && msturn_fit_hello(bytes) == MSTURN_FIT_MORE;
}

/* Length and message are those of an RFC 4571 frame, and before them stands a channel number: as much evidence as a frame is. */
static bool channel_data_begins(struct msturn_bytes bytes)
{
    return bytes.captured > 2 && msturn_is_channel_byte(bytes.data[0]) &&
           msturn_fit_frame(msturn_bytes_slice(bytes, 2, UINT32_MAX)) == MSTURN_FIT_YES;
}

static struct msturn_unit preamble_unit(uint32_t length)
{
    struct msturn_unit unit = unit_of(MSTURN_UNIT_PREAMBLE, length, MSTURN_FRAMING_PREAMBLE);

    unit.next_framing = MSTURN_FRAMING_UNDECIDED;
    return unit;
}

/* Without a preamble. */
static struct msturn_unit next_bare(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    if (msturn_message_is_certain(bytes) || (at.known && has_header_and_more(bytes)) ||
        (at.may_wait && has_likely_header(bytes)))
        return message_unit(bytes, MSTURN_FRAMING_PLAIN);
    if (frame_begins(bytes) || null_frame_begins(bytes))
        return frame_unit(bytes, MSTURN_FRAMING_RFC4571);
    if (channel_data_begins(bytes))
        return channel_unit(bytes, MSTURN_FRAMING_PLAIN);
    const struct msturn_unit ms = begin_ms(bytes);
    if (ms.kind != MSTURN_UNIT_FOREIGN)
        return ms;
    if (everything_captured(bytes) && bytes.captured > 0 && (worth_waiting(bytes, at) || worth_waiting_ms(bytes, at)))
        return more(MSTURN_FRAMING_UNDECIDED);
    if (at.known && framing_is_ms(at.other_framing))
        return answer_ms(bytes, at);
    if (at.known && msturn_framing_is_plain(at.other_framing))
        return next_plain_lost(bytes);
    if (at.known && at.other_framing == MSTURN_FRAMING_RFC4571)
        return at.at_switch && media_frame_begins(bytes) ? next_rfc4571(bytes) : next_rfc4571_lost(bytes);
    if (at.known || (at.may_scan && holds_message(bytes)))
        return lost_unit(bytes, MSTURN_FRAMING_UNDECIDED);
    return unit_of(MSTURN_UNIT_FOREIGN, 0, MSTURN_FRAMING_UNDECIDED);
}

/* A header of the PROXY protocol counts as much as what follows it. Where the port is shared with TLS, the hello of SSLTCP is left to
 * TLS, which some servers answer it with; their own answer tells. */
static struct msturn_unit next_undecided(struct msturn_bytes bytes, struct msturn_circumstances at)
{
    uint32_t length;
    const enum msturn_preamble preamble = msturn_preamble_of(bytes, &length);

    if (preamble == MSTURN_PREAMBLE_NONE)
        return next_bare(bytes, at);
    const bool ssltcp = msturn_preamble_is_ssltcp(preamble);
    if (at.known || (ssltcp && !(at.shared && preamble == MSTURN_PREAMBLE_SSLTCP_CLIENT)))
        return preamble_unit(length);
    if (length == bytes.reported)
        return unit_of(MSTURN_UNIT_FOREIGN, 0, MSTURN_FRAMING_UNDECIDED);
    struct msturn_unit unit = next_bare(msturn_bytes_slice(bytes, length, UINT32_MAX), at);
    if (unit.begun != MSTURN_UNIT_INCOMPLETE && unit.kind != MSTURN_UNIT_FOREIGN)
        return preamble_unit(length);
    if (unit.length > 0)
        unit.length += length;
    return unit;
}

struct msturn_unit msturn_stream_next(struct msturn_bytes bytes, struct msturn_circumstances circumstances)
{
    switch (circumstances.framing) {
    case MSTURN_FRAMING_PLAIN:
    case MSTURN_FRAMING_PLAIN_UNPADDED:
        return next_plain(bytes, circumstances.framing);
    case MSTURN_FRAMING_PLAIN_LOST:
        return next_plain_lost(bytes);
    case MSTURN_FRAMING_BOUND:
        return next_bound(bytes, circumstances);
    case MSTURN_FRAMING_RFC4571:
        return next_rfc4571(bytes);
    case MSTURN_FRAMING_RFC4571_LOST:
        return next_rfc4571_lost(bytes);
    case MSTURN_FRAMING_PSEUDO_TLS:
        return next_pseudo_tls(bytes);
    case MSTURN_FRAMING_MS_FRAME:
        return next_ms_frame(bytes);
    case MSTURN_FRAMING_MS_FRAME_LOST:
        return next_ms_frame_lost(bytes);
    case MSTURN_FRAMING_REFUSED:
        return unit_of(MSTURN_UNIT_OPAQUE, bytes.reported, MSTURN_FRAMING_REFUSED);
    case MSTURN_FRAMING_PREAMBLE:
        circumstances.known = true;
        break;
    case MSTURN_FRAMING_UNDECIDED:
        break;
    }
    return next_undecided(bytes, circumstances);
}
