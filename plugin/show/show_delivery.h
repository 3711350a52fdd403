/* show_delivery.h
 * Whether a message arrived, and where else it was seen.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_SHOW_DELIVERY_H
#define MSTURN_SHOW_DELIVERY_H

#include "plugin/show/show.h"

/* Generated items in the message's subtree, which is `view`; on the first pass only what earlier frames know. */
void msturn_show_delivery(const struct msturn_view *view, const struct msturn_header *header,
                          const struct msturn_message_facts *facts);

#endif
