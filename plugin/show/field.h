/* field.h
 * A field of msturn.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FIELD_H
#define MSTURN_FIELD_H

/* A field of msturn, and the field of the built-in STUN dissector that a user's filters may name
 * for the same bytes (0: none). */
struct msturn_field {
    int hf;
    int stun_hf;
};

#endif
