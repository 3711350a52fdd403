/* pair.h
 * Candidate pairs, the legs on which their checks are seen, and the checks.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PAIR_H
#define MSTURN_PAIR_H

#include "plugin/track/model.h"

/* Does the leg go through a relay? */
bool msturn_leg_is_relayed(const struct msturn_leg *leg);

/* The address that the leg's session has for its peer, of the peer's family; family 0: not known. */
struct msturn_endpoint msturn_leg_relayed_address(const struct msturn_leg *leg);

/* The side of a flow where the local end of a pair is: a relayed address, else the host of a relay's client; where neither
 * is known, the end that listens. */
uint8_t msturn_flow_local_side(const struct msturn_flow *flow);

/* The leg through a relay whose peer made or accepted this connection to a relayed address, by addresses and time. NULL:
 * none, or others have their connection already. */
struct msturn_leg *msturn_relayed_leg_of_flow(const struct msturn_flow *flow);

/* The first leg of the pair through a relay, or NULL. */
const struct msturn_leg *msturn_pair_relayed_leg(const struct msturn_pair *pair);

/* The session that relays this pair; NULL: the capture does not show one. */
const struct msturn_session *msturn_pair_session(const struct msturn_pair *pair);

/* The session that a message belongs to; NULL: none, or not known (yet). */
const struct msturn_session *msturn_transaction_session(const struct msturn_transaction *transaction);

/* The ends of the pair as far as they are known now; family 0: not. */
void msturn_pair_ends_so_far(const struct msturn_pair *pair, struct msturn_endpoint *local,
                             struct msturn_endpoint *remote);

/* Have checks of both ends succeeded, one of them with a nomination, on each leg that was captured by then? Then the verdict
 * is that, whatever comes later in the capture. */
bool msturn_pair_is_nominated_so_far(const struct msturn_pair *pair);


/* ---- the first pass ---- */

struct msturn_leg *msturn_leg_new(enum msturn_leg_kind kind, struct msturn_flow *flow);

/* What was seen on one leg was seen on the other: its peer connection is known now. */
void msturn_leg_absorb(struct msturn_leg *leg, struct msturn_leg *from);

/* Both are legs of one pair. */
void msturn_leg_join(struct msturn_leg *a, struct msturn_leg *b);

/* Is a Binding message a check, between peers, and not a client's question to its server? */
bool msturn_is_check(const struct msturn_message_context *context, const struct msturn_transaction *transaction);

/* The first transaction of its check, from which exchange->next_of_check leads to all of them; itself if it is of none. */
const struct msturn_transaction *msturn_first_of_check(const struct msturn_transaction *transaction);

/* A Binding message between peers. */
void msturn_check_update(const struct msturn_message_context *context, struct msturn_transaction *transaction);

/* Gives a leg its pair. Of a relayed leg session and peer are known. */
void msturn_leg_resolve(struct msturn_leg *leg);

#endif
