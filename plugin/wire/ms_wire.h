/* ms_wire.h
 * Microsoft's framing of TURN on TCP: pseudo-TLS, the frame header, multiplexed TURN.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows wire only.
 */
#ifndef MSTURN_MS_WIRE_H
#define MSTURN_MS_WIRE_H

#include "plugin/wire/wire.h"

enum {
    MSTURN_CLIENT_HELLO_LENGTH = 50,       /* [MS-TURN] 2.1.1 */
    MSTURN_SERVER_HELLO_LENGTH = 83,       /* [MS-TURN] 2.1.1 */
    MSTURN_SERVER_HELLO_SPLIT_LENGTH = 88, /* the same in two records, which 2.1.1 does not allow */
    MSTURN_MS_FRAME_HEADER_LENGTH = 4,     /* [MS-TURN] 2.1.4 */
    MSTURN_MULTIPLEX_HEADER_LENGTH = 12,   /* [MS-TURN] 2.2.3 */
    MSTURN_SESSION_ID_LENGTH = 8,          /* [MS-TURN] 2.2.3: a part of that header, counted in its length */
    MSTURN_MS_FRAME_CONTROL = 2,           /* [MS-TURN] 2.1.4: a TURN message */
    MSTURN_MS_FRAME_DATA = 3,              /* [MS-TURN] 2.1.4: end-to-end data */
    MSTURN_MULTIPLEX_CHANNEL = 0xFF10      /* [MS-TURN] 2.2.3 */
};

/* Does the client's pseudo-TLS record begin here? All but time stamp and random value are fixed, so a
 * ClientHello of the same length does not fit. */
enum msturn_fit msturn_fit_client_hello(struct msturn_bytes bytes);

/* Does the server's pseudo-TLS answer begin here: ServerHello and ServerHelloDone? All but time stamp,
 * random value and session id are fixed. */
enum msturn_fit msturn_fit_server_hello(struct msturn_bytes bytes);

/* The same in two records. */
enum msturn_fit msturn_fit_split_server_hello(struct msturn_bytes bytes);

/* Does any of these three begin here? */
enum msturn_fit msturn_fit_hello(struct msturn_bytes bytes);

/* An answer of the same build in which a middlebox changed fixed fields, but no length. */
bool msturn_is_rewritten_server_hello(struct msturn_bytes bytes);

/* Could this be the first byte of one of these records, of a frame with a message ([MS-TURN] 2.1.4) or of multiplexed TURN
 * (2.2.3)? */
bool msturn_may_begin_ms(uint8_t first);

/* Could a frame header of [MS-TURN] 2.1.4 be here? False when captured bytes contradict. */
bool msturn_may_be_ms_frame(struct msturn_bytes bytes);

/* Does a frame with an MS-TURN message begin here: YES needs the Magic Cookie attribute and consistent
 * lengths, below 2^-64 for random bytes. */
enum msturn_fit msturn_fit_ms_frame(struct msturn_bytes bytes);

/* Does multiplexed TURN with a message in it begin here? */
enum msturn_fit msturn_fit_multiplexed(struct msturn_bytes bytes);

/* Could multiplexed TURN be here, where it is expected? */
bool msturn_may_be_multiplexed(struct msturn_bytes bytes);

/* The first offset >= `from` at which a frame with an MS-TURN message begins; bytes.captured if none. */
uint32_t msturn_find_ms_frame(struct msturn_bytes bytes, uint32_t from);

/* Does what a relay took from a peer begin with RFC 4571 frames: one that fills it, or one with a message?
 * Implementations differ, so the bytes decide. */
bool msturn_begins_frames(struct msturn_bytes content);

#endif
