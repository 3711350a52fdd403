/* permission.c
 * Permissions of allocations, RFC 8656 section 9.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/permission.h"

#include "plugin/track/state.h"

enum { PERMISSION_SECONDS = 300 /* RFC 8656 section 9 */ };

/* RFC 8656 section 9: the port does not count. */
static void ask_permission(const struct msturn_session *session, const struct msturn_endpoint *peer,
                           const struct msturn_transaction *transaction)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(peer);
    const struct msturn_ends_key key = msturn_session_key(session, &host);
    struct msturn_permission *permission = msturn_map_find(msturn_tracker.permissions, key);

    if (!permission) {
        permission = wmem_new0(msturn_tracker.scope, struct msturn_permission);
        msturn_map_put(msturn_tracker.permissions, key, permission);
    } else if (permission->asked->response.frame != 0 && !permission->asked->is_error) {
        permission->granted = msturn_event_of(&permission->asked->response);
    }
    permission->asked = transaction;
}

/* RFC 8656 section 10.1: one request may ask for several peers. */
void msturn_ask_permissions(const struct msturn_session *session, const struct msturn_sighting *sighting,
                            const struct msturn_transaction *transaction)
{
    struct msturn_walk walk = sighting->message->walk;
    struct msturn_span span;
    struct msturn_endpoint peer;

    while (msturn_walk_next(&walk, &span)) {
        if (span.state != MSTURN_SPAN_TRUNCATED && span.type == MSTURN_ATTR_XOR_PEER_ADDRESS &&
            msturn_read_endpoint(sighting->message->bytes, sighting->message->header.dialect, &span, &peer))
            ask_permission(session, &peer, transaction);
    }
}

static enum msturn_permitted in_force(const struct msturn_event *granted, const struct msturn_event *at)
{
    if (!msturn_happened(granted) || msturn_seconds(granted, at) < 0)
        return MSTURN_NEVER_PERMITTED;
    return msturn_seconds(granted, at) <= PERMISSION_SECONDS ? MSTURN_PERMITTED : MSTURN_PERMISSION_RAN_OUT;
}

enum msturn_permitted msturn_session_permits(const struct msturn_session *session, const struct msturn_endpoint *peer,
                                             const struct msturn_event *at)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(peer);
    const struct msturn_permission *permission =
        msturn_map_find(msturn_tracker.permissions, msturn_session_key(session, &host));
    enum msturn_permitted permitted = MSTURN_NEVER_PERMITTED;

    if (!permission)
        return MSTURN_NEVER_PERMITTED;
    /* It is asked for, and a server does one thing after the other. */
    if (permission->asked->response.frame == 0)
        return MSTURN_PERMITTED;
    if (permission->asked->response.frame != 0 && !permission->asked->is_error) {
        const struct msturn_event granted = msturn_event_of(&permission->asked->response);
        permitted = in_force(&granted, at);
    }
    return permitted != MSTURN_NEVER_PERMITTED ? permitted : in_force(&permission->granted, at);
}
