/* pair.h
 * Candidate pairs, the legs on which their checks are seen, and the checks.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PAIR_H
#define MSTURN_PAIR_H

#include "plugin/track/model.h"

/* The session that a message belongs to; NULL: none, or not known (yet). */
const struct msturn_session *msturn_transaction_session(const struct msturn_transaction *transaction);

/* The session that relays this pair; NULL: the capture does not show one. */
const struct msturn_session *msturn_pair_session(const struct msturn_pair *pair);

/* What is known so far and cannot turn out wrong, NOMINATED or UNFINISHED. For the first pass. */
enum msturn_verdict msturn_pair_verdict_so_far(const struct msturn_pair *pair);

struct msturn_transaction *msturn_transaction_take(const struct msturn_sighting *sighting,
                                                   enum msturn_repeat *repeat);
guint msturn_transaction_hash(gconstpointer key);
gboolean msturn_transaction_equal(gconstpointer a, gconstpointer b);
guint msturn_check_hash(gconstpointer key);
gboolean msturn_check_equal(gconstpointer a, gconstpointer b);

struct msturn_leg *msturn_leg_new(enum msturn_leg_kind kind, struct msturn_flow *flow);

/* What was seen on one leg was seen on the other: its peer connection is known now. */
void msturn_leg_take_over(struct msturn_leg *leg, struct msturn_leg *from);

/* Makes a leg one of this pair's. */
void msturn_leg_join(struct msturn_leg *leg, struct msturn_pair *pair);

/* Is a Binding message a check, between peers, and not a client's question to its server? */
bool msturn_is_check(const struct msturn_sighting *sighting, const struct msturn_transaction *transaction);

/* A Binding message between peers. */
void msturn_check_take(const struct msturn_sighting *sighting, struct msturn_transaction *transaction);

/* Finds the pair of a leg, if its ends are known by now. */
void msturn_leg_resolve(struct msturn_leg *leg);

/* Gives each leg a pair, also those that carried no check; those of a ConnectionBind of no known session only if
 * `unclaimed`. */
void msturn_pairs_complete(bool unclaimed);

#endif
