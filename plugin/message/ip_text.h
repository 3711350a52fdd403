/* ip_text.h
 * IP addresses as text.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_IP_TEXT_H
#define MSTURN_IP_TEXT_H

#include "plugin/message/decoded.h"

/* Reads an address of either family, the whole text of it, and keeps the endpoint's port. Returns false, with nothing changed,
 * if it is none: the name of a host, for example. */
bool msturn_read_ip_text(struct msturn_bytes text, struct msturn_endpoint *endpoint);

#endif
