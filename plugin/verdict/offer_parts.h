/* offer_parts.h
 * What the findings about offers share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_OFFER_PARTS_H
#define MSTURN_OFFER_PARTS_H

#include "plugin/track/offer.h"
#include "plugin/verdict/evaluation_parts.h"

/* A finding about a description, in its packet; `session`: that it is about, or NULL. */
void msturn_add_to_description(struct msturn_evaluation *evaluation, enum msturn_finding finding,
                               const struct msturn_description *description, const struct msturn_session *session,
                               const char *text);

/* What was offered after a pair was nominated, or should have been. */
void msturn_find_after_nomination(struct msturn_evaluation *evaluation);

#endif
