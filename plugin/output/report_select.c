/* report_select.c
 * What a report is about: everything, or what messages in the frames that match a filter belong to.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report_select.h"

/* With `everything` the sets stay empty. */
struct msturn_selection {
    bool everything;
    const struct msturn_evaluation *evaluation;
    uint32_t messages;
    GHashTable *frames, *transactions, *legs;        /* of messages in frames that match */
    GHashTable *sessions, *peer_connections, *pairs; /* that they belong to */
};

struct msturn_selection *msturn_selection_new(bool everything)
{
    struct msturn_selection *selection = g_new0(struct msturn_selection, 1);

    selection->everything = everything;
    selection->frames = g_hash_table_new(NULL, NULL);
    selection->transactions = g_hash_table_new(NULL, NULL);
    selection->legs = g_hash_table_new(NULL, NULL);
    selection->sessions = g_hash_table_new(NULL, NULL);
    selection->peer_connections = g_hash_table_new(NULL, NULL);
    selection->pairs = g_hash_table_new(NULL, NULL);
    return selection;
}

void msturn_selection_clear(struct msturn_selection *selection)
{
    selection->messages = 0;
    g_hash_table_remove_all(selection->frames);
    g_hash_table_remove_all(selection->transactions);
    g_hash_table_remove_all(selection->legs);
    g_hash_table_remove_all(selection->sessions);
    g_hash_table_remove_all(selection->peer_connections);
    g_hash_table_remove_all(selection->pairs);
}

void msturn_selection_free(struct msturn_selection *selection)
{
    g_hash_table_destroy(selection->frames);
    g_hash_table_destroy(selection->transactions);
    g_hash_table_destroy(selection->legs);
    g_hash_table_destroy(selection->sessions);
    g_hash_table_destroy(selection->peer_connections);
    g_hash_table_destroy(selection->pairs);
    g_free(selection);
}

/* Is it new in the set? NULL is in no set. */
static bool add(GHashTable *set, const void *item)
{
    return item && g_hash_table_add(set, (void *)item);
}

void msturn_selection_add_message(struct msturn_selection *selection, uint32_t frame, const struct msturn_tap *message)
{
    selection->messages++;
    if (selection->everything)
        return;
    add(selection->frames, GUINT_TO_POINTER(frame));
    add(selection->transactions, message->transaction);
    add(selection->legs, message->leg);
    add(selection->sessions, message->session);
}

/* ---- what messages belong to ---- */

static void select_pair(struct msturn_selection *selection, const struct msturn_pair_outcome *pair);

static void select_peer_connection(struct msturn_selection *selection,
                                   const struct msturn_peer_connection *peer_connection)
{
    if (!add(selection->peer_connections, peer_connection))
        return;
    add(selection->sessions, peer_connection->session);
    select_pair(selection, msturn_outcome_of_leg(selection->evaluation, peer_connection->leg));
}

static void select_pair(struct msturn_selection *selection, const struct msturn_pair_outcome *pair)
{
    if (!add(selection->pairs, pair))
        return;
    add(selection->sessions, pair->session);
    for (const struct msturn_pair_leg *leg = pair->legs; leg; leg = leg->next)
        select_peer_connection(selection, leg->leg->peer_connection);
}

static void select_leg(void *key, void *value _U_, void *context)
{
    const struct msturn_leg *leg = key;
    struct msturn_selection *selection = context;

    add(selection->sessions, leg->session);
    select_peer_connection(selection, leg->peer_connection);
    select_pair(selection, msturn_outcome_of_leg(selection->evaluation, leg));
}

static void select_transaction(void *key, void *value _U_, void *context)
{
    const struct msturn_transaction *transaction = key;
    struct msturn_selection *selection = context;

    add(selection->sessions, transaction->session);
    select_peer_connection(selection, transaction->exchange->peer_connection);
    if (transaction->exchange->leg)
        add(selection->legs, transaction->exchange->leg);
}

static bool is_selected(const struct msturn_selection *selection, GHashTable *set, const void *item)
{
    return selection->everything || g_hash_table_contains(set, item);
}

static bool is_problem_selected(const struct msturn_selection *selection, const struct msturn_problem *problem)
{
    if (problem->pair)
        return is_selected(selection, selection->pairs, problem->pair);
    if (problem->session)
        return is_selected(selection, selection->sessions, problem->session);
    return is_selected(selection, selection->frames, GUINT_TO_POINTER(problem->frame)) ||
           is_selected(selection, selection->transactions, problem->transaction);
}

/* ---- the report's lists ---- */

static void fill_peer_connection(const struct msturn_selection *selection,
                                 const struct msturn_peer_connection *peer_connection, GPtrArray *list)
{
    if (is_selected(selection, selection->peer_connections, peer_connection))
        g_ptr_array_add(list, (void *)peer_connection);
}

static void fill_sessions(const struct msturn_selection *selection, struct msturn_report *report)
{
    for (const struct msturn_session *session = msturn_sessions(); session; session = session->next) {
        if (is_selected(selection, selection->sessions, session))
            g_ptr_array_add(report->sessions, (void *)session);
        for (const struct msturn_peer_connection *each = session->peer_connections; each; each = each->next)
            fill_peer_connection(selection, each, report->peer_connections);
    }
    const GPtrArray *binds = msturn_unclaimed_binds(selection->evaluation);
    for (guint i = 0; i < binds->len; i++)
        fill_peer_connection(selection, g_ptr_array_index(binds, i), report->peer_connections);
}

static void fill_pairs(const struct msturn_selection *selection, struct msturn_report *report)
{
    for (const struct msturn_pair_outcome *pair = msturn_pair_outcomes(selection->evaluation); pair;
         pair = pair->next) {
        if (is_selected(selection, selection->pairs, pair))
            g_ptr_array_add(report->pairs, (void *)pair);
    }
}

static bool is_path_selected(const struct msturn_selection *selection, const struct msturn_path *path)
{
    return is_selected(selection, selection->pairs, path->pair) || is_selected(selection, selection->legs, path->leg) ||
           (!path->pair && is_selected(selection, selection->sessions, path->session));
}

static void fill_paths(const struct msturn_selection *selection, struct msturn_report *report)
{
    for (const struct msturn_path *path = msturn_paths(selection->evaluation); path; path = path->next) {
        if (is_path_selected(selection, path))
            g_ptr_array_add(report->paths, (void *)path);
    }
}

static void fill_media(const struct msturn_description *description, struct msturn_report *report)
{
    for (const struct msturn_media *media = description->media; media; media = media->next)
        g_ptr_array_add(report->descriptions, (void *)media);
}

/* With a filter those of the candidates. */
static void fill_descriptions(const struct msturn_selection *selection, struct msturn_report *report)
{
    const struct msturn_description *last = NULL;

    for (const struct msturn_description *each = msturn_descriptions(); each && selection->everything;
         each = each->next)
        fill_media(each, report);
    for (unsigned i = 0; i < report->candidates->len && !selection->everything; i++) {
        const struct msturn_candidate_outcome *outcome = g_ptr_array_index(report->candidates, i);
        if (outcome->candidate->description != last)
            fill_media(outcome->candidate->description, report);
        last = outcome->candidate->description;
    }
}

/* With a filter those of the pairs that it lets through. */
static void fill_candidates(const struct msturn_selection *selection, struct msturn_report *report)
{
    for (const struct msturn_candidate_outcome *each = msturn_candidate_outcomes(selection->evaluation); each;
         each = each->next) {
        if (is_selected(selection, selection->pairs, each->pair))
            g_ptr_array_add(report->candidates, (void *)each);
    }
}

static void fill_problems(const struct msturn_selection *selection, struct msturn_report *report)
{
    for (const struct msturn_problem *problem = msturn_problems(selection->evaluation); problem;
         problem = problem->next) {
        if (is_problem_selected(selection, problem))
            g_ptr_array_add(report->problems, (void *)problem);
    }
}

void msturn_selection_fill(struct msturn_selection *selection, struct msturn_report *report)
{
    selection->evaluation = report->evaluation;
    g_hash_table_foreach(selection->transactions, select_transaction, selection);
    g_hash_table_foreach(selection->legs, select_leg, selection);
    report->messages = selection->messages;
    fill_sessions(selection, report);
    fill_pairs(selection, report);
    fill_candidates(selection, report);
    fill_descriptions(selection, report);
    fill_problems(selection, report);
    fill_paths(selection, report);
}
