/* permission.c
 * Permissions and channel bindings of allocations, RFC 8656 sections 9 and 12: what was asked for, and until when it holds.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/track/permission.h"

#include "plugin/rules/timers.h"
#include "plugin/track/state.h"


/* ---- grants ---- */

/* Forgets what is answered, or the oldest when there are too many. */
static void fold_first(struct msturn_grant *grant)
{
    const struct msturn_transaction *first = grant->asks[0];

    if (first->exchange->response.frame != 0 && !first->is_error) {
        grant->granted = msturn_event_of(&first->exchange->response);
        if (!msturn_happened(&grant->given))
            grant->given = grant->granted;
    }
    grant->count--;
    for (uint32_t i = 0; i < grant->count; i++)
        grant->asks[i] = grant->asks[i + 1];
}

static void ask(struct msturn_grant *grant, const struct msturn_transaction *transaction)
{
    while (grant->count > 0 && (grant->count == MSTURN_GRANT_ASKS || grant->asks[0]->exchange->response.frame != 0))
        fold_first(grant);
    grant->asks[grant->count++] = transaction;
}

static enum msturn_permitted in_force(const struct msturn_event *granted, const struct msturn_event *at, double seconds)
{
    if (!msturn_happened(granted) || msturn_seconds(granted, at) < 0)
        return MSTURN_NEVER_PERMITTED;
    return msturn_seconds(granted, at) <= seconds ? MSTURN_PERMITTED : MSTURN_PERMISSION_RAN_OUT;
}

static enum msturn_permitted permits(const struct msturn_grant *grant, const struct msturn_event *at, double seconds)
{
    enum msturn_permitted permitted = in_force(&grant->granted, at, seconds);

    for (unsigned i = 0; i < grant->count; i++) {
        const struct msturn_transaction *asked = grant->asks[i];
        if (asked->exchange->response.frame == 0)
            return MSTURN_PERMITTED;
        const struct msturn_event granted = msturn_event_of(&asked->exchange->response);
        if (!asked->is_error)
            permitted = MAX(permitted, in_force(&granted, at, seconds));
    }
    return permitted;
}

/* ---- permissions ---- */

/* RFC 8656 section 9: the port does not count. */
static struct msturn_grant *permission_for(const struct msturn_session *session, const struct msturn_endpoint *peer)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(peer);

    return msturn_map_find(msturn_tracker.permissions, msturn_session_key(session, &host));
}

static void ask_permission(struct msturn_session *session, const struct msturn_endpoint *peer,
                           const struct msturn_transaction *transaction)
{
    const struct msturn_endpoint host = msturn_host_of_endpoint(peer);
    struct msturn_grant *permission = permission_for(session, peer);

    if (!permission) {
        permission = wmem_new0(msturn_tracker.scope, struct msturn_grant);
        permission->host = host;
        permission->next = session->permissions;
        session->permissions = permission;
        msturn_map_put(msturn_tracker.permissions, msturn_session_key(session, &host), permission);
    }
    ask(permission, transaction);
}

void msturn_ask_permissions(struct msturn_session *session, const struct msturn_message_context *context,
                            const struct msturn_transaction *transaction)
{
    struct msturn_attributes attributes = msturn_attributes_of(context->message);
    const struct msturn_attribute *attribute;
    struct msturn_endpoint peer;

    while ((attribute = msturn_attributes_next(&attributes))) {
        if (attribute->row && attribute->span.type == MSTURN_ATTR_XOR_PEER_ADDRESS &&
            msturn_read_endpoint(context->message->bytes, context->message->header.dialect, &attribute->span, &peer))
            ask_permission(session, &peer, transaction);
    }
}

bool msturn_permission_was_asked(const struct msturn_session *session, const struct msturn_endpoint *peer)
{
    return permission_for(session, peer) != NULL;
}

enum msturn_permitted msturn_session_permits(const struct msturn_session *session, const struct msturn_endpoint *peer,
                                             const struct msturn_event *at)
{
    const struct msturn_grant *permission = permission_for(session, peer);

    return permission ? permits(permission, at, MSTURN_SECONDS_PERMISSION) : MSTURN_NEVER_PERMITTED;
}

const struct msturn_grant *msturn_permission_of(const struct msturn_session *session,
                                                const struct msturn_endpoint *peer)
{
    return permission_for(session, peer);
}

struct msturn_event msturn_grant_given(const struct msturn_grant *grant)
{
    struct msturn_event given = grant->given;

    for (unsigned i = 0; i < grant->count && !msturn_happened(&given); i++) {
        if (grant->asks[i]->exchange->response.frame != 0 && !grant->asks[i]->is_error)
            given = msturn_event_of(&grant->asks[i]->exchange->response);
    }
    return given;
}

struct msturn_event msturn_grant_renewed(const struct msturn_grant *grant)
{
    struct msturn_event granted = grant->granted;

    for (unsigned i = 0; i < grant->count; i++) {
        if (grant->asks[i]->exchange->response.frame != 0 && !grant->asks[i]->is_error)
            granted = msturn_event_of(&grant->asks[i]->exchange->response);
    }
    return granted;
}

const struct msturn_transaction *msturn_grant_last_asked(const struct msturn_grant *grant)
{
    return grant->asks[grant->count - 1];
}

uint32_t msturn_permission_refused_in(const struct msturn_session *session, const struct msturn_endpoint *peer)
{
    const struct msturn_grant *permission = permission_for(session, peer);
    const struct msturn_transaction *last = permission ? msturn_grant_last_asked(permission) : NULL;

    return last && last->is_error ? last->exchange->response.frame : 0;
}

/* ---- channels ---- */

struct msturn_channel *msturn_channel_of(const struct msturn_session *session, uint16_t number)
{
    const struct msturn_endpoint key = { .port = number };

    return msturn_map_find(msturn_tracker.channels, msturn_session_key(session, &key));
}

void msturn_bind_channel(struct msturn_session *session, const struct msturn_message_context *context,
                         const struct msturn_transaction *transaction)
{
    const struct msturn_decoded *decoded = &context->message->decoded;
    const struct msturn_endpoint key = { .port = decoded->channel };

    if (!(decoded->has & MSTURN_HAS_CHANNEL) || decoded->peer.family == 0)
        return;
    struct msturn_channel *channel = msturn_channel_of(session, decoded->channel);
    if (!channel || !msturn_endpoint_equal(&channel->peer, &decoded->peer)) {
        channel = wmem_new0(msturn_tracker.scope, struct msturn_channel);
        channel->peer = decoded->peer;
        channel->next = session->channels;
        session->channels = channel;
        msturn_map_put(msturn_tracker.channels, msturn_session_key(session, &key), channel);
    }
    channel->expired = false;
    ask(&channel->grant, transaction);
}

const struct msturn_channel *msturn_channel_for(const struct msturn_session *session,
                                                const struct msturn_endpoint *peer)
{
    const struct msturn_channel *channel = session->channels;

    while (channel && !msturn_endpoint_equal(&channel->peer, peer))
        channel = channel->next;
    return channel;
}

enum msturn_permitted msturn_channel_permits(const struct msturn_channel *channel, const struct msturn_event *at)
{
    return permits(&channel->grant, at, MSTURN_SECONDS_CHANNEL);
}
