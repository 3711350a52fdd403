/* path_timers.c
 * What has to be renewed on a path before it runs out, and when it was renewed last.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/timers.h"
#include "plugin/track/permission.h"
#include "plugin/verdict/evaluation_parts.h"
#include "plugin/verdict/path.h"

static const struct msturn_event never = { .frame = 0 };

static struct msturn_event last_of_allocation(const struct msturn_path *path)
{
    return path->session ? path->session->granted : never;
}

/* Before there is a peer, the permission that was asked for last. */
static struct msturn_event last_of_permission(const struct msturn_path *path)
{
    const struct msturn_session *session = path->session;

    if (!session)
        return never;
    const struct msturn_grant *grant =
        path->peer.family != 0 ? msturn_permission_of(session, &path->peer) : session->permissions;
    return grant ? msturn_grant_renewed(grant) : never;
}

static struct msturn_event last_of_channel(const struct msturn_path *path)
{
    const struct msturn_channel *channel = path->session ? msturn_channel_for(path->session, &path->peer) : NULL;

    return channel ? msturn_grant_renewed(&channel->grant) : never;
}

static struct msturn_event last_of_nonce(const struct msturn_path *path)
{
    return path->session ? path->session->nonce_given : never;
}

static struct msturn_event last_consent(const struct msturn_path *path, enum msturn_direction direction)
{
    return path->pair && path->pair->facts ? path->pair->facts->stats[direction].last_success : never;
}

static struct msturn_event last_consent_of_peer(const struct msturn_path *path)
{
    return last_consent(path, MSTURN_LOCAL_TO_REMOTE);
}

static struct msturn_event last_consent_of_client(const struct msturn_path *path)
{
    return last_consent(path, MSTURN_REMOTE_TO_LOCAL);
}

/* `seconds`: 0 for the allocation, whose server says it, and for the nonce, which its server ends when it likes. */
static const struct timer_row {
    const char *name, *label;
    double seconds;
    struct msturn_event (*last)(const struct msturn_path *path);
} timer_rows[MSTURN_PATH_TIMERS] = {
    { "allocation", "Allocation", 0, last_of_allocation },
    { "permission", "Permission", MSTURN_SECONDS_PERMISSION, last_of_permission },
    { "channel", "Channel", MSTURN_SECONDS_CHANNEL, last_of_channel },
    { "nonce", "Nonce", 0, last_of_nonce },
    { "consent_of_peer", "Peer's consent", MSTURN_SECONDS_CONSENT, last_consent_of_peer },
    { "consent_of_client", "Client's consent", MSTURN_SECONDS_CONSENT, last_consent_of_client },
};

unsigned msturn_path_timers(const struct msturn_path *path, struct msturn_path_timer timers[MSTURN_PATH_TIMERS])
{
    unsigned count = 0;

    for (unsigned i = 0; i < MSTURN_PATH_TIMERS; i++) {
        const struct timer_row *row = &timer_rows[i];
        const struct msturn_event last = row->last(path);
        if (msturn_happened(&last))
            timers[count++] = (struct msturn_path_timer){
                .name = row->name,
                .label = row->label,
                .seconds = row->last == last_of_allocation ? path->session->lifetime : row->seconds,
                .last = last,
            };
    }
    return count;
}
