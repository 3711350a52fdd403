/* step.c
 * What the rules do with their step.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/path_parts.h"

bool msturn_is_stop(enum msturn_step_status status)
{
    return status == MSTURN_STATUS_FAILED || status == MSTURN_STATUS_MISSING;
}

void msturn_add_frame(struct msturn_step *step, uint32_t frame)
{
    for (unsigned i = 0; i < MSTURN_STEP_FRAMES && frame != 0; i++) {
        if (step->frames[i] == frame)
            return;
        if (step->frames[i] == 0) {
            step->frames[i] = frame;
            return;
        }
    }
}

void msturn_stop(struct msturn_step *step, enum msturn_step_status status, enum msturn_place place, const char *text,
                 const char *advice)
{
    step->status = status;
    step->place = place;
    step->text = text;
    step->advice = advice;
}

enum msturn_place msturn_place_of_role(enum msturn_role role)
{
    static const enum msturn_place places[] = {
        [MSTURN_ROLE_CLIENT] = MSTURN_PLACE_CLIENT,
        [MSTURN_ROLE_SERVER] = MSTURN_PLACE_SERVER,
        [MSTURN_ROLE_PEER] = MSTURN_PLACE_PEER,
    };

    return places[role];
}

/* RFC 6062 section 5.5: a relay closes one side when the other one is closed. */
static bool may_have_passed_on(const struct msturn_telling *telling)
{
    const enum msturn_end_by by = telling->path->ended.by;

    if (telling->path->kind == MSTURN_PATH_DIRECT)
        return (by == MSTURN_BY_CLIENT && msturn_end_may_be_relay(telling, MSTURN_ROLE_CLIENT)) ||
               (by == MSTURN_BY_PEER && msturn_end_may_be_relay(telling, MSTURN_ROLE_PEER));
    return by == MSTURN_BY_SERVER && telling->inner && !telling->outer;
}

enum msturn_place msturn_place_of_closer(const struct msturn_telling *telling, enum msturn_place otherwise)
{
    static const enum msturn_place places[] = {
        [MSTURN_BY_CLIENT] = MSTURN_PLACE_CLIENT,
        [MSTURN_BY_SERVER] = MSTURN_PLACE_SERVER,
        [MSTURN_BY_PEER] = MSTURN_PLACE_PEER,
    };

    if (may_have_passed_on(telling))
        return MSTURN_PLACE_UNKNOWN;
    return telling->path->ended.by == MSTURN_BY_NOBODY ? otherwise : places[telling->path->ended.by];
}

const char *msturn_advice_on_closer(const struct msturn_telling *telling)
{
    return may_have_passed_on(telling)
               ? "A relay closes one side when the other one is closed: a capture there tells who gave up."
               : "Who closed gave up at once: the call ended there, or another path was taken. Read its log.";
}
