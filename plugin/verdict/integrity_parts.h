/* integrity_parts.h
 * What known passwords prove: what the findings about it and the advice of others share.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_INTEGRITY_PARTS_H
#define MSTURN_INTEGRITY_PARTS_H

#include "plugin/track/integrity.h"
#include "plugin/verdict/evaluation_parts.h"

/* Indices of what struct msturn_signature has of both messages. */
enum { MSTURN_SIGNED_REQUEST, MSTURN_SIGNED_RESPONSE };

/* A name from the wire, with what is not printable as dots. */
const char *msturn_name_text(const struct msturn_evaluation *evaluation, struct msturn_bytes name);

/* Was the request refused for its user, password or code; or dropped without a word? */
bool msturn_signature_is_refused(const struct msturn_signature *signature);
bool msturn_signature_is_dropped(const struct msturn_signature *signature);

#endif
