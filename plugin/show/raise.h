/* raise.h
 * The expert items of the findings.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_RAISE_H
#define MSTURN_RAISE_H

#include "plugin/compat.h"
#include "plugin/rules/findings.h"

/* Raises the expert item of a finding (NONE: nothing) on an item, which may be NULL; with its own text, or
 * with one that says more. On the first pass the tracker learns it too. */
void msturn_raise(packet_info *pinfo, proto_item *item, enum msturn_finding finding);
void msturn_raise_text(packet_info *pinfo, proto_item *item, enum msturn_finding finding, const char *text);

/* The same for what the tracker has told: it knows it already. `advice`: in the place of the finding's own, or NULL. */
void msturn_raise_known(packet_info *pinfo, proto_item *item, enum msturn_finding finding, const char *text,
                        const char *advice);

/* Registers the expert items of all findings for proto_msturn. */
void msturn_register_findings(void);

#endif
