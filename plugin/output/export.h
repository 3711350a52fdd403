/* export.h
 * Messages for File > Export PDUs, and tshark -U MSTURN; with the frame or channel that they are in.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_EXPORT_H
#define MSTURN_EXPORT_H

#include "plugin/compat.h"
#include "plugin/wire/stream.h"

/* Call in the handoff. */
void msturn_export_register(void);

/* Exports the unit at `offset` in tvb, if anybody wants it. */
void msturn_export_unit(packet_info *pinfo, tvbuff_t *tvb, uint32_t offset, struct msturn_bytes unit);

/* The kind of a unit that was exported; FOREIGN: it is none of ours. */
enum msturn_unit_kind msturn_exported_kind(struct msturn_bytes unit);

#endif
