/* cut.h
 * Cuts what arrives into units, and has them dissected.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_CUT_H
#define MSTURN_CUT_H

#include "plugin/dissect/dissect.h"

/* Cuts the bytes into units and dissects them. Returns 0 when they are not ours. */
int msturn_dissect_arrival(struct msturn_arrival *arrival);

/* Would msturn_dissect_arrival() take the bytes? */
bool msturn_takes_arrival(struct msturn_arrival *arrival);

/* A unit that fills what there is. */
int msturn_dissect_one_unit(struct msturn_arrival *arrival, enum msturn_unit_kind kind);

#endif
