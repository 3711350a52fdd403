/* play.h
 * A made-up call that is told to the tracker: its connections, its messages, and the time between them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_PLAY_H
#define MSTURN_TEST_PLAY_H

#include "plugin/track/track.h"
#include "plugin/verdict/evaluation.h"

/* Plays the call in two captures: one is evaluated after every message and pause, one only at the end. Both say the same,
 * and `check` looks at it. */
void play_twice(void (*call)(void), void (*check)(const struct msturn_evaluation *evaluation));

/* ---- for the call ---- */

/* Nothing happens for so long; the next frame comes then. */
void pause_seconds(double seconds);

/* A TCP connection, with its handshake. */
struct msturn_flow *tcp_connect(const struct msturn_endpoint *client, const struct msturn_endpoint *server);

/* The end that closes sends a FIN. */
void tcp_close(struct msturn_flow *flow, const struct msturn_endpoint *closer);

/* Sends the message, which is freed; from peer to peer it is in a frame of RFC 4571. Returns its frame number. */
uint32_t send_message(struct msturn_flow *flow, const struct msturn_endpoint *sender, GByteArray *message);
uint32_t send_framed(struct msturn_flow *flow, const struct msturn_endpoint *sender, GByteArray *message);

/* ---- messages ---- */

/* Transactions are told apart by a number. */
GByteArray *turn_message(uint16_t type, uint32_t transaction);

void add_number(GByteArray *message, uint16_t attribute, uint32_t number);
void add_xor_address(GByteArray *message, uint16_t attribute, const struct msturn_endpoint *endpoint); /* IPv4 */
void add_error_code(GByteArray *message, uint16_t code, const void *reason, uint16_t reason_length);

/* User, realm, nonce and MESSAGE-INTEGRITY, or only the last one; nobody verifies it. */
void add_credentials(GByteArray *message);
void add_integrity(GByteArray *message);

#endif
