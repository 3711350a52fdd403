/* steps_offer.c
 * The step before all others, where it is known: who offered what.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/candidates.h"
#include "plugin/verdict/path_parts.h"

static const struct msturn_candidate *candidate_at(const struct msturn_telling *telling,
                                                   const struct msturn_endpoint *address)
{
    const struct msturn_pair_outcome *pair = telling->path->pair;

    return pair ? msturn_candidate_offered(telling->evaluation, address, pair) : NULL;
}

/* Without a pair there is an allocation, or nothing. */
static const struct msturn_candidate *local_candidate(const struct msturn_telling *telling)
{
    const struct msturn_path *path = telling->path;

    if (path->pair)
        return candidate_at(telling, path->kind == MSTURN_PATH_DIRECT ? &path->client : &path->relayed);
    return msturn_candidate_of_session(telling->evaluation, path->session);
}

/* "10.48.54.230 offered 192.168.1.229:24000" */
static const char *say_offer(const struct msturn_telling *telling, const struct msturn_candidate *candidate)
{
    const char *source = telling->scope ? msturn_description_end(telling->scope, candidate->description) : "";

    return msturn_say(telling, "%s offered %s", source, msturn_say_endpoint(telling, &candidate->address));
}

/* A candidate of the log has no frame. */
void msturn_tell_offer(const struct msturn_telling *telling, struct msturn_step *step)
{
    const struct msturn_candidate *local = local_candidate(telling);
    const struct msturn_candidate *remote = candidate_at(telling, &telling->path->peer);
    const struct msturn_candidate *first = local ? local : remote;

    step->status = first ? MSTURN_STATUS_OK : MSTURN_STATUS_NOT_NEEDED;
    if (!first)
        return;
    if (local)
        msturn_add_frame(step, local->description->event.frame);
    if (remote)
        msturn_add_frame(step, remote->description->event.frame);
    step->text = local && remote
                     ? msturn_say(telling, "%s, and %s", say_offer(telling, local), say_offer(telling, remote))
                     : say_offer(telling, first);
}
