/* stream.h
 * How messages are cut from one direction of a TCP connection: which framing from which stream
 * offset on, loss and resynchronisation.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows wire only. A stream offset is a TCP sequence number (relative or not): 32 bits that wrap.
 */
#ifndef MSTURN_STREAM_H
#define MSTURN_STREAM_H

#include "plugin/wire/wire.h"

#include <stddef.h>

enum msturn_framing {
    MSTURN_FRAMING_UNDECIDED,
    MSTURN_FRAMING_PLAIN,          /* STUN messages and ChannelData back to back */
    MSTURN_FRAMING_PLAIN_LOST,     /* the same, but where a message begins is not known */
    MSTURN_FRAMING_BOUND,          /* after a ConnectionBind: the peer's bytes, form still unknown */
    MSTURN_FRAMING_RFC4571,        /* 2-byte length before each packet */
    MSTURN_FRAMING_RFC4571_LOST,   /* the same, but where a frame begins is not known */
    MSTURN_FRAMING_PSEUDO_TLS,     /* the one record of [MS-TURN] 2.1.1 before MS_FRAME */
    MSTURN_FRAMING_MS_FRAME,       /* frames of [MS-TURN] 2.1.4, and multiplexed TURN of 2.2.3 */
    MSTURN_FRAMING_MS_FRAME_LOST,  /* the same, but where a frame begins is not known */
    MSTURN_FRAMING_PREAMBLE,       /* what stands before the first message and says nothing of what follows it */
    MSTURN_FRAMING_PLAIN_UNPADDED, /* PLAIN, from a sender that does not pad its ChannelData */
    MSTURN_FRAMING_REFUSED         /* what answers a pseudo-TLS hello and is not pseudo-TLS */
};

enum msturn_unit_kind {
    MSTURN_UNIT_FOREIGN,      /* not ours: give the bytes back */
    MSTURN_UNIT_INCOMPLETE,   /* needs `missing` more bytes; 0: some more, not known how many */
    MSTURN_UNIT_MESSAGE,      /* a STUN/TURN message */
    MSTURN_UNIT_CHANNEL_DATA, /* RFC 8656 section 12.4, with the padding of 12.5 */
    MSTURN_UNIT_FRAME,        /* an RFC 4571 frame */
    MSTURN_UNIT_PSEUDO_TLS,   /* a record of [MS-TURN] 2.1.1 */
    MSTURN_UNIT_MS_FRAME,     /* a frame of [MS-TURN] 2.1.4 */
    MSTURN_UNIT_MULTIPLEXED,  /* multiplexed TURN, [MS-TURN] 2.2.3 */
    MSTURN_UNIT_PREAMBLE,     /* see preamble.h */
    MSTURN_UNIT_OPAQUE        /* bytes of the connection that are none of these */
};

struct msturn_unit {
    enum msturn_unit_kind kind;
    uint32_t length;                  /* on the wire, framing and padding included; 0: not known yet */
    uint32_t missing;                 /* INCOMPLETE only */
    enum msturn_unit_kind begun;      /* the kind; of one that is INCOMPLETE, what it will be if that is known */
    enum msturn_framing framing;      /* of the bytes from this unit on */
    enum msturn_framing next_framing; /* of the bytes after it */
    bool lost;                        /* OPAQUE only: a message should have begun here */
    bool unpadded;                    /* CHANNEL_DATA only: the padding of RFC 8656 12.5 is missing */
};

/* What is known beside the bytes themselves. */
struct msturn_circumstances {
    enum msturn_framing framing;       /* of this direction at this place */
    enum msturn_framing other_framing; /* of the other direction, UNDECIDED if not known */
    enum msturn_framing other_began;   /* its first one */
    bool known;                        /* the connection is ours: undecided bytes are never FOREIGN */
    bool may_wait;                     /* wait for more bytes where the first ones fit, before there is evidence */
    bool shared;    /* the port's owner waits for fewer than 5 bytes (as TLS does), and would take what comes then */
    bool may_scan;  /* look for a message after the first byte: the capture may begin in one */
    bool at_switch; /* these are the first bytes after a ConnectionBind, or of the connection */
};

/* The unit that begins with bytes.data[0]. bytes.reported ends where the segment (or what was
 * reassembled of it) ends: a unit may be longer. Decides from its arguments alone. */
struct msturn_unit msturn_stream_next(struct msturn_bytes bytes, struct msturn_circumstances circumstances);

/* Messages and ChannelData back to back? */
bool msturn_framing_is_plain(enum msturn_framing framing);

/* Does the frame that begins here end with its message, though its length says otherwise: with the segment, or because the next
 * frame begins there? Its receiver waits, or cuts at the wrong place; here nothing is waited for that does not come. 0: no. */
uint32_t msturn_length_of_misframed(struct msturn_bytes bytes);

/* ---- framing by stream offset ---- */

/* Allocates zeroed memory that lives as long as the stream. */
typedef void *(*msturn_alloc_fn)(void *arena, size_t size);

struct msturn_framing_change;

/* One direction of a connection. All zero: nothing known. */
struct msturn_stream {
    struct msturn_framing_change *changes;
    uint32_t count, capacity;
    uint32_t first_offset; /* where its first bytes arrived */
    uint32_t next_offset;  /* after the last byte seen */
    uint32_t unit_end;     /* where a unit ends that was not complete yet */
    bool arrived;          /* first_offset holds */
    bool started;          /* next_offset holds */
    bool unit_open;        /* unit_end holds */
};

/* The framing at `offset` as known in frame `frame`, and whether it begins just there. A revisit of
 * the frame gets the answer of the first pass. */
enum msturn_framing msturn_stream_framing_at(const struct msturn_stream *stream, uint32_t frame, uint32_t offset,
                                             bool *begins_here);

/* The first and the last framing of the stream that were known in frame `frame`. */
enum msturn_framing msturn_stream_first_framing(const struct msturn_stream *stream, uint32_t frame);
enum msturn_framing msturn_stream_latest_framing(const struct msturn_stream *stream, uint32_t frame);

/* From `offset` on the framing is `framing`, learnt in `frame`. First pass only; frames ascend. */
void msturn_stream_set_framing(struct msturn_stream *stream, uint32_t frame, uint32_t offset,
                               enum msturn_framing framing, msturn_alloc_fn alloc, void *arena);

/* What a framing becomes when it is not known any more where a frame begins. */
enum msturn_framing msturn_framing_when_lost(enum msturn_framing framing);

/* Bytes from `offset` on are about to be cut, in `frame`: finds bytes missing before them and
 * marks a stream of frames as lost. Returns whether any are missing. First pass only. */
bool msturn_stream_arrive(struct msturn_stream *stream, uint32_t frame, uint32_t offset, msturn_alloc_fn alloc,
                          void *arena);

/* The bytes before `offset` have been cut; a unit that goes on after what there was ends at
 * offset + open_length (0: none, or unknown). First pass only. */
void msturn_stream_consumed(struct msturn_stream *stream, uint32_t offset, uint32_t open_length);

#endif
