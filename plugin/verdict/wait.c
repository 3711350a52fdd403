/* wait.c
 * How long something was waited for, and whether it is missing.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An answer is due after half a second, or ten round trips where that is longer. What had its time before the connection
 * ended is missing; as long as nobody closed, more patience is needed. Times are taken on one connection each: the clocks of
 * two capture points differ.
 */
#include "plugin/rules/timers.h"
#include "plugin/track/pair.h"
#include "plugin/verdict/evaluation_parts.h"

#define NANOSECONDS 1e9

enum {
    MS_SENDS = 3, /* [MS-TURN] 3.2.5: of an Allocate over UDP */
    UDP_SENDS = 7 /* RFC 8489 section 6.2.1: that often, then it failed */
};

static int64_t round_trip_of(const struct msturn_transaction *transaction)
{
    const struct msturn_leg *leg = transaction->exchange->leg;

    return leg && leg->answered > 0 ? leg->round_trips / leg->answered : 0;
}

struct msturn_wait msturn_wait_on_flow(const struct msturn_evaluation *evaluation, const struct msturn_flow *flow,
                                       const struct msturn_event *since, int64_t round_trip)
{
    const int64_t longest = MAX(flow->round_trip, round_trip);
    const bool ended = msturn_happened(&flow->ended);
    const struct msturn_event end = ended ? flow->ended : msturn_capture_end(evaluation->tracker, since->frame);

    return (struct msturn_wait){
        .seconds = msturn_seconds(since, &end),
        .due = MAX(MSTURN_SECONDS_DUE_LEAST, MSTURN_ROUND_TRIPS_DUE * (double)longest / NANOSECONDS),
        .ended = ended,
    };
}

/* The connection that ended first decides: what was to pass both could not after that. */
static struct msturn_wait shortest_wait(const struct msturn_evaluation *evaluation,
                                        const struct msturn_transaction *transaction, bool since_response)
{
    struct msturn_wait shortest = { .seconds = -1 };

    for (const struct msturn_transaction *seen = msturn_first_of_check(transaction); seen;
         seen = seen->exchange->next_of_check) {
        const struct msturn_event since = msturn_event_of(since_response ? &seen->exchange->response : &seen->request);
        if (!msturn_happened(&since))
            continue;
        const struct msturn_wait wait = msturn_wait_on_flow(evaluation, seen->flow, &since, round_trip_of(seen));
        if (shortest.seconds < 0 || (wait.ended && !shortest.ended) ||
            (wait.ended == shortest.ended && wait.seconds < shortest.seconds))
            shortest = wait;
    }
    return shortest;
}

struct msturn_wait msturn_wait_for_answer(const struct msturn_evaluation *evaluation,
                                          const struct msturn_transaction *transaction)
{
    return shortest_wait(evaluation, transaction, false);
}

struct msturn_wait msturn_wait_since_response(const struct msturn_evaluation *evaluation,
                                              const struct msturn_transaction *transaction)
{
    return shortest_wait(evaluation, transaction, true);
}

struct msturn_wait msturn_wait_for_credentials(const struct msturn_evaluation *evaluation,
                                               const struct msturn_transaction *challenge)
{
    const struct msturn_event challenged = msturn_event_of(&challenge->exchange->response);
    struct msturn_wait wait = msturn_wait_on_flow(evaluation, challenge->flow, &challenged, 0);

    if (!wait.ended)
        wait.due = MAX(wait.due, MSTURN_SECONDS_CREDENTIALS);
    return wait;
}

bool msturn_is_overdue(const struct msturn_wait *wait)
{
    return wait->seconds >= (wait->ended ? wait->due : MAX(wait->due, MSTURN_SECONDS_DUE_OPEN));
}

bool msturn_was_sent_in_vain(const struct msturn_transaction *transaction, const struct msturn_wait *wait)
{
    const struct msturn_session *session = msturn_transaction_session(transaction);
    const uint32_t sends = session && session->dialect == MSTURN_DIALECT_MS_TURN ? MS_SENDS : UDP_SENDS;
    const uint32_t repeats = transaction->request.repeats;

    return repeats + 1 >= sends || (repeats > 0 && wait->seconds > MSTURN_SECONDS_TRANSACTION);
}
