/* permission.h
 * Permissions and channel bindings of allocations, RFC 8656 sections 9 and 12: what was asked for, and until when it holds.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_PERMISSION_H
#define MSTURN_PERMISSION_H

#include "plugin/track/model.h"

enum { MSTURN_GRANT_ASKS = 4 }; /* requests in flight at a time; more are not looked at */

/* What a client asks for again and again, since it runs out. */
struct msturn_grant {
    const struct msturn_transaction *asks[MSTURN_GRANT_ASKS]; /* the last ones */
    unsigned count;
    struct msturn_event granted; /* the last success of those before */
    struct msturn_event given;   /* the first one */
    /* A permission: */
    struct msturn_endpoint host;
    struct msturn_grant *next; /* of the session, the last one first */
};

struct msturn_channel {
    struct msturn_endpoint peer;
    struct msturn_grant grant;
    bool expired;                /* and this was reported */
    struct msturn_channel *next; /* of the session, the last one first */
};

enum msturn_permitted { MSTURN_NEVER_PERMITTED, MSTURN_PERMISSION_RAN_OUT, MSTURN_PERMITTED };

/* A request asks for permissions for all the peers that it names (RFC 8656 section 10.1). First pass. */
void msturn_ask_permissions(struct msturn_session *session, const struct msturn_message_context *context,
                            const struct msturn_transaction *transaction);

/* Was a permission for this peer's address in force at that time? A request that is not answered yet counts: a server does
 * one thing after the other. */
enum msturn_permitted msturn_session_permits(const struct msturn_session *session, const struct msturn_endpoint *peer,
                                             const struct msturn_event *at);

/* Was one ever asked for? */
bool msturn_permission_was_asked(const struct msturn_session *session, const struct msturn_endpoint *peer);

/* The permission for this peer's address; NULL: none was asked for. Those of a session: msturn_session.permissions. */
const struct msturn_grant *msturn_permission_of(const struct msturn_session *session,
                                                const struct msturn_endpoint *peer);

/* When it was granted first; frame 0: never. */
struct msturn_event msturn_grant_given(const struct msturn_grant *grant);

/* When it was granted last; frame 0: never. */
struct msturn_event msturn_grant_renewed(const struct msturn_grant *grant);

/* The last request for it, which may have been refused. */
const struct msturn_transaction *msturn_grant_last_asked(const struct msturn_grant *grant);

/* The frame in which the last request for it was refused; 0: it was not. */
uint32_t msturn_permission_refused_in(const struct msturn_session *session, const struct msturn_endpoint *peer);

/* A ChannelBind request. First pass. */
void msturn_bind_channel(struct msturn_session *session, const struct msturn_message_context *context,
                         const struct msturn_transaction *transaction);

/* The session's channel with this number, or NULL. */
struct msturn_channel *msturn_channel_of(const struct msturn_session *session, uint16_t number);

/* The last channel of the session for this peer, or NULL. */
const struct msturn_channel *msturn_channel_for(const struct msturn_session *session,
                                                const struct msturn_endpoint *peer);

/* The same for a channel as for a permission. */
enum msturn_permitted msturn_channel_permits(const struct msturn_channel *channel, const struct msturn_event *at);

#endif
