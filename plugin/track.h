/* track.h
 * Transactions: a request, its repeats and its response.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows wire, wmem and nstime; no tvbuff, no tree, no packet_info. Changes on the first pass only.
 */
#ifndef MSTURN_TRACK_H
#define MSTURN_TRACK_H

#include "plugin/wire.h"

#include <glib.h>
#include <wsutil/nstime.h>
#include <wsutil/wmem/wmem.h>

/* The first message of a class in a transaction; a frame number of 0 is "not seen". */
struct msturn_first_message {
    uint32_t frame;
    nstime_t time;
    uint32_t digest;      /* of the bytes in front of FINGERPRINT */
    uint32_t fingerprint; /* 0: it has none */
    uint32_t repeats;     /* how often it came again */
};

/* One transaction. Lives in the tracker's scope. */
struct msturn_transaction {
    const void *scope; /* what the transaction id is unique in: a connection, or a client */
    uint8_t id[MSTURN_TRANSACTION_ID_LENGTH];
    uint8_t requested_transport; /* IP protocol number in an Allocate request; 0: none */
    struct msturn_first_message request, response, indication;
};

/* What a message repeats. */
enum msturn_repeat {
    MSTURN_REPEAT_NONE,
    MSTURN_REPEAT_DUPLICATE, /* the same transaction id again */
    MSTURN_REPEAT_TWIN       /* the same message with FINGERPRINT by the other table, [MS-ICE2] 3.1.4.8.2 */
};

/* A message as the tracker sees it. */
struct msturn_message_facts {
    const struct msturn_header *header;
    const void *scope;
    uint32_t frame;
    const nstime_t *time;
    uint8_t requested_transport;
    uint32_t digest, fingerprint; /* as above */
    bool tables_agree;            /* both CRC tables give this fingerprint */
};

/* Makes the tracker's tables, which live in `scope` and are emptied with it. */
void msturn_track_init(wmem_allocator_t *epan_scope, wmem_allocator_t *file_scope);

/* Takes in a message and returns its transaction; what it repeats goes to *repeat. */
struct msturn_transaction *msturn_track_message(const struct msturn_message_facts *facts,
                                                enum msturn_repeat *repeat);

#endif
