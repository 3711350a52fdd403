/* path_symptoms.c
 * Which findings say no more than the step at which their path stopped.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The step knows who, how long and whether it was delivered; a finding knows its packet. Reports tell of it, and leave the advice
 * to the path.
 */
#include "plugin/verdict/evaluation.h"
#include "plugin/verdict/path_parts.h"

#define STEP(name) (1U << MSTURN_STEP_##name)
#define CHECKS (STEP(REMOTE_CHECK) | STEP(LOCAL_CHECK))

/* In whichever frame it is: if a path stopped at one of these steps, the finding about its pair or session says the same. */
static const struct symptom_row {
    enum msturn_finding finding;
    unsigned steps;
} symptoms[] = {
    { MSTURN_FINDING_AUTH_LOOP, STEP(ALLOCATION) },
    { MSTURN_FINDING_AUTH_GIVEN_UP, STEP(ALLOCATION) },
    { MSTURN_FINDING_NONCE_IGNORED, STEP(ALLOCATION) | STEP(PERMISSION) },
    { MSTURN_FINDING_PERMISSION_MISSING, STEP(PERMISSION) },
    { MSTURN_FINDING_CONNECT_FAILED, STEP(PEER) },
    { MSTURN_FINDING_NEVER_BOUND, STEP(ANNOUNCEMENT) | STEP(BIND) },
    { MSTURN_FINDING_BIND_CLOSED, STEP(BIND) },
    { MSTURN_FINDING_BIND_REFUSED, STEP(BIND) },
    { MSTURN_FINDING_BIND_UNKNOWN, STEP(BIND) },
    { MSTURN_FINDING_BIND_MISPLACED, STEP(BIND) },
    { MSTURN_FINDING_NEVER_CHECKED, CHECKS },
    { MSTURN_FINDING_CHECKS_ONE_WAY, CHECKS },
    { MSTURN_FINDING_RESPONSES_ONE_WAY, CHECKS },
    { MSTURN_FINDING_CHECK_REFUSED, CHECKS },
    { MSTURN_FINDING_PEER_CLOSED, CHECKS },
    { MSTURN_FINDING_CLOSED_AT_ONCE, CHECKS },
    { MSTURN_FINDING_PAIR_UNFINISHED, CHECKS },
    { MSTURN_FINDING_ALLOCATION_EXPIRED, STEP(UPKEEP) },
    { MSTURN_FINDING_CHANNEL_EXPIRED, STEP(UPKEEP) },
    { MSTURN_FINDING_CONSENT_LOST, STEP(UPKEEP) },
};

/* Of its pair; what is about a session is about each of its paths. */
static bool is_of_path(const struct msturn_problem *problem, const struct msturn_path *path)
{
    return problem->pair ? problem->pair == path->pair : problem->session == path->session;
}

/* What did not happen, or was refused; what is wrong with a message may be why, and is told by itself. */
static bool is_symptom(enum msturn_finding finding)
{
    const enum msturn_group group = msturn_findings[finding].group;

    return group == MSTURN_GROUP_SEQUENCE || group == MSTURN_GROUP_RESPONSE;
}

void msturn_note_symptoms(const struct msturn_evaluation *evaluation, const struct msturn_path *path,
                          const struct msturn_step *step)
{
    for (unsigned i = 0; i < MSTURN_STEP_FRAMES && step->frames[i] != 0; i++) {
        const uint32_t frame = step->frames[i];
        struct msturn_problem *problem = wmem_map_lookup(evaluation->problems_by_frame, GUINT_TO_POINTER(frame));
        for (; problem && problem->frame == frame; problem = problem->next)
            problem->stops_path |= is_symptom(problem->finding) && is_of_path(problem, path);
    }
}

static bool says_the_same(enum msturn_finding finding, const struct msturn_path *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(symptoms); i++) {
        if (symptoms[i].finding == finding)
            return path->stopped_at < MSTURN_STEP_COUNT && (symptoms[i].steps & 1U << path->stopped_at);
    }
    return false;
}

void msturn_note_told_symptoms(const struct msturn_evaluation *evaluation)
{
    for (struct msturn_problem *problem = evaluation->sorted; problem; problem = problem->next) {
        const struct msturn_path *path = NULL;
        if (problem->pair)
            path = wmem_map_lookup(evaluation->paths_by_pair, problem->pair);
        else if (problem->session)
            path = wmem_map_lookup(evaluation->paths_by_session, problem->session);
        if (path)
            problem->stops_path |= says_the_same(problem->finding, path);
    }
}
