/* path_summary.c
 * What became of a path, in one sentence.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

static const char *say_success(const struct msturn_telling *telling, const struct msturn_step *steps)
{
    const struct msturn_path *path = telling->path;
    const struct msturn_step *checks = steps[MSTURN_STEP_LOCAL_CHECK].event.frame != 0
                                           ? &steps[MSTURN_STEP_LOCAL_CHECK]
                                           : &steps[MSTURN_STEP_REMOTE_CHECK];
    const struct msturn_event *done =
        path->verdict == MSTURN_VERDICT_NOMINATED ? &path->pair->nominated : &checks->event;
    const char *media = steps[MSTURN_STEP_MEDIA].text;

    return msturn_say(telling, "%s after %s (frame %u). %s",
                      path->verdict == MSTURN_VERDICT_NOMINATED ? "Nominated" : "Valid, not nominated,",
                      msturn_say_seconds(telling, msturn_seconds(&path->first, done)), done->frame,
                      media ? media : "No media");
}

/* " in 0.3 s, then the peer closed (FIN, frame 31)", or that the capture ends: how long it is says nothing of the path. */
static const char *say_until_when(const struct msturn_telling *telling)
{
    const struct msturn_path *path = telling->path;

    if (path->ended.how == MSTURN_HOW_CAPTURE)
        return " when the capture ends";
    return msturn_say(telling, " in %s%s",
                      msturn_say_seconds(telling, msturn_seconds(&path->first, &path->ended.event)),
                      msturn_say_end(telling));
}

static const char *say_why_undecided(const struct msturn_telling *telling)
{
    const struct msturn_pair_outcome *winner = msturn_winner_over(telling->evaluation, telling->path->pair);

    return winner ? msturn_say(telling, "Not decided: another pair was nominated (frame %u)", winner->nominated.frame)
                  : msturn_say(telling, "Not decided, and nothing was overdue%s", say_until_when(telling));
}

static const char *say_why_unknown(const struct msturn_telling *telling)
{
    const struct msturn_pair_facts *facts = telling->facts;
    const char *missing = "";

    if (facts && !facts->whole)
        missing = ": one direction, or packets in between, are missing";
    else if (facts && !facts->begun)
        missing = ": the capture begins in the middle of it";
    return msturn_say(telling, "Not enough was captured to tell how it went%s", missing);
}

static const char *say_how_it_went(const struct msturn_telling *telling, const struct msturn_step *steps)
{
    const struct msturn_path *path = telling->path;

    switch (path->verdict) {
    case MSTURN_VERDICT_NOMINATED:
    case MSTURN_VERDICT_VALID:
        return say_success(telling, steps);
    case MSTURN_VERDICT_UNKNOWN:
        return path->leg ? msturn_say(telling, "Data without ICE checks. %s",
                                      steps[MSTURN_STEP_MEDIA].text ? steps[MSTURN_STEP_MEDIA].text : "No media")
                         : say_why_unknown(telling);
    default:
        if (!path->pair && steps[MSTURN_STEP_PEER].text)
            return steps[MSTURN_STEP_PEER].text;
        return path->pair ? say_why_undecided(telling)
                          : msturn_say(telling, "No peer was seen, and none was overdue%s", say_until_when(telling));
    }
}

const char *msturn_path_summary(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                                const struct msturn_step steps[MSTURN_STEP_COUNT], wmem_allocator_t *scope)
{
    const struct msturn_telling telling = msturn_begin_telling(evaluation, path, scope);

    if (path->stopped_at < MSTURN_STEP_COUNT && steps[path->stopped_at].text)
        return steps[path->stopped_at].text;
    return say_how_it_went(&telling, steps);
}
