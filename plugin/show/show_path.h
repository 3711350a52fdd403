/* show_path.h
 * How far the call of a message got.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SHOW_PATH_H
#define MSTURN_SHOW_PATH_H

#include "plugin/show/show.h"
#include "plugin/verdict/path.h"

/* The path of a message, or of what a connection carries; it may be NULL. Later passes only. */
void msturn_show_path(const struct msturn_view *view, const struct msturn_path *path);

#endif
