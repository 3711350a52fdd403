/* text.h
 * Words and texts that trees, columns, reports and statistics have in common.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEXT_H
#define MSTURN_TEXT_H

#include "plugin/compat.h"
#include "plugin/host/tap.h"
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path.h"

/* "error", "warning", "note": the worst first. */
extern const struct msturn_name msturn_severity_words[];

enum { MSTURN_DECIMAL_TEXT = sizeof "4294967295", MSTURN_ENDPOINT_TEXT = WS_INET6_ADDRSTRLEN + sizeof "[]:4294967295" };

/* Writes the number in decimal, and a NUL at the place that is returned. */
char *msturn_write_decimal(char *at, uint32_t number);

/* Writes "ip:port" or "[ipv6]:port" into MSTURN_ENDPOINT_TEXT bytes. `family`: 4 or 6. */
void msturn_write_endpoint(char *at, uint8_t family, const uint8_t *host, uint32_t port);

/* Appends a text in one piece: wmem_strbuf_append() of Wireshark 4.0 does it byte by byte. */
void msturn_append(wmem_strbuf_t *text, const char *more);

/* "ip:port" or "[ipv6]:port"; NULL when there is none. */
const char *msturn_endpoint_text(wmem_allocator_t *scope, const struct msturn_endpoint *endpoint);

/* The mean round trip in milliseconds, with three decimals and a point in any locale; NULL without a success. */
const char *msturn_mean_rtt_text(wmem_allocator_t *scope, const struct msturn_check_count *count);

/* "401 Unauthenticated"; NULL for 0. */
const char *msturn_error_text(wmem_allocator_t *scope, uint16_t code);

/* "400 Bad Request (\"No such realm\")": the error with these words, if there are any. NULL for 0. */
const char *msturn_refusal_text(wmem_allocator_t *scope, uint16_t code, const char *reason);

/* Text that a client or server sent: on one line, and printable in any locale. NULL for NULL. */
const char *msturn_foreign_text(wmem_allocator_t *scope, const char *text);

/* What is told with the problem: "frame 34: Request was never answered"; NULL: nothing. */
const char *msturn_effects_text(wmem_allocator_t *scope, const struct msturn_problem *problem);

/* A request that was never answered; false as long as that is not known. */
bool msturn_tap_is_unanswered(const struct msturn_tap *message);

/* What a message does not say of itself: ", to peer 192.168.1.252:53577" if it goes through a relay, ", no response"
 * once all frames were seen; or "". */
const char *msturn_tap_remark(packet_info *pinfo, const struct msturn_tap *message);

/* "FIN by peer" */
const char *msturn_end_label(wmem_allocator_t *scope, const struct msturn_tap *end);

/* "Connection closed by the peer (FIN)"; without a session nobody knows who is who. */
const char *msturn_end_text(wmem_allocator_t *scope, const struct msturn_tap *end);

/* "at the client": where the path stopped. */
const char *msturn_place_text(const struct msturn_path *path);

/* "broken: Peer's check": what became of the path, and the step at which it stopped. */
const char *msturn_outcome_text(wmem_allocator_t *scope, const struct msturn_path *path);

/* What a message is about, as "Allocate", whichever dialect it is of; NULL: not known. */
const char *msturn_method_word(const struct msturn_header *header);

#endif
