/* permission.h
 * Permissions of allocations, RFC 8656 section 9.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PERMISSION_H
#define MSTURN_PERMISSION_H

#include "plugin/track/model.h"

struct msturn_permission {
    const struct msturn_transaction *asked; /* the last request; granted if its response is a success */
    struct msturn_event granted;            /* before that */
};

/* A request asks for permissions for all the peers that it names (RFC 8656 section 10.1). First pass. */
void msturn_ask_permissions(const struct msturn_session *session, const struct msturn_sighting *sighting,
                            const struct msturn_transaction *transaction);

/* Was a permission for this peer's address in force at that time? */
enum msturn_permitted { MSTURN_NEVER_PERMITTED, MSTURN_PERMISSION_RAN_OUT, MSTURN_PERMITTED };
enum msturn_permitted msturn_session_permits(const struct msturn_session *session, const struct msturn_endpoint *peer,
                                             const struct msturn_event *at);

#endif
