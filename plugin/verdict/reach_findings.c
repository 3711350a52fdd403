/* reach_findings.c
 * The rule about candidates that the other end cannot reach.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Private addresses are routed within a site, and over a VPN. Two ends that both have some may be in one network, so nothing is said
 * of them; of an end behind a NAT the related addresses tell. Who has public addresses only is not in it.
 */
#include "plugin/verdict/candidates.h"
#include "plugin/verdict/offer_parts.h"

/* Of an end, what its description says: has it addresses of this family, and none that is private or not known? */
static bool is_public_only(const struct msturn_description *description, uint8_t family)
{
    bool found = false;

    for (const struct msturn_candidate *each = description->first_candidate; each;
         each = msturn_candidate_beside(each)) {
        if (each->address.family == 0 || msturn_endpoint_is_private(&each->address) ||
            msturn_endpoint_is_private(&each->related))
            return false;
        found |= each->address.family == family;
    }
    return found && !msturn_endpoint_is_private(&description->connection);
}

/* The first candidate of its host in the description stands for all of them. */
static bool is_first_of_host(const struct msturn_candidate *candidate)
{
    const struct msturn_candidate *each = candidate->description->first_candidate;

    while (each != candidate && !msturn_endpoint_same_host(&each->address, &candidate->address))
        each = each->next;
    return each == candidate;
}

/* A VPN shows by what passes; `outcome`: of the first candidate of its host. */
static bool is_reached(const struct msturn_candidate_outcome *outcome)
{
    const struct msturn_candidate *first = outcome->candidate;

    for (; outcome && outcome->candidate->description == first->description; outcome = outcome->next) {
        if (outcome->fate >= MSTURN_FATE_VALID &&
            msturn_endpoint_same_host(&outcome->candidate->address, &first->address))
            return true;
    }
    return false;
}

static bool is_out_of_reach(const struct msturn_candidate_outcome *outcome, const struct msturn_description *other)
{
    const struct msturn_candidate *candidate = outcome->candidate;

    return other && msturn_endpoint_is_private(&candidate->address) && is_first_of_host(candidate) &&
           !is_reached(outcome) && is_public_only(other, candidate->address.family);
}

void msturn_find_unreachable(struct msturn_evaluation *evaluation)
{
    for (const struct msturn_candidate_outcome *each = evaluation->candidates; each; each = each->next) {
        const struct msturn_candidate *candidate = each->candidate;
        const struct msturn_description *other = msturn_description_other_end(candidate->description);
        if (is_out_of_reach(each, other))
            msturn_add_to_description(
                evaluation, MSTURN_FINDING_CANDIDATE_UNREACHABLE, candidate->description, each->session,
                wmem_strdup_printf(evaluation->scope,
                                   "Candidate %s is private, and %s has public addresses only: without a VPN no "
                                   "packet gets there",
                                   msturn_address_text(evaluation->scope, &candidate->address),
                                   msturn_description_end(evaluation->scope, other)));
    }
}
