/* show_path.c
 * How far the call of a message got.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/show_path.h"

#include "plugin/show/text.h"
#include "plugin/verdict/evaluation.h"

static proto_item *add_word(const struct msturn_view *view, proto_tree *tree, const struct msturn_field *field,
                            const char *word)
{
    proto_item *item = proto_tree_add_string(tree, field->hf, view->tvb, view->base, 0, word);

    proto_item_set_generated(item);
    return item;
}

/* A word of ours, and what it is for people. */
static void add_code(const struct msturn_view *view, proto_tree *tree, const struct msturn_field *field,
                     const char *code, const char *words)
{
    proto_item_set_generated(
        proto_tree_add_string_format_value(tree, field->hf, view->tvb, view->base, 0, code, "%s (%s)", words, code));
}

static void add_stop(const struct msturn_view *view, proto_tree *tree, const struct msturn_path *path)
{
    add_code(view, tree, &field_path_stopped_at, msturn_name_of(msturn_step_names, path->stopped_at),
             msturn_name_of(msturn_step_labels, path->stopped_at));
    add_code(view, tree, &field_path_place, msturn_name_of(msturn_place_names, path->place), msturn_place_text(path));
}

/* The sentence takes all the steps: not made for a filter that does not ask for it. */
static void add_summary(const struct msturn_view *view, proto_tree *tree, const struct msturn_path *path)
{
    const struct msturn_evaluation *evaluation = msturn_evaluation_now();
    struct msturn_step steps[MSTURN_STEP_COUNT];

    if (!proto_field_is_referenced(view->tree, field_path_summary.hf))
        return;
    msturn_path_tell(evaluation, path, view->pinfo->pool, steps);
    add_word(view, tree, &field_path_summary, msturn_path_summary(evaluation, path, steps, view->pinfo->pool));
}

void msturn_show_path(const struct msturn_view *view, const struct msturn_path *path)
{
    if (!view->tree || !path)
        return;
    const char *outcome = msturn_outcome_text(view->pinfo->pool, path);
    proto_item *item = msturn_add_number(view, &field_path, 0, 0, path->id);
    proto_tree *tree = proto_item_add_subtree(item, ett_msturn_call);

    proto_item_set_generated(item);
    proto_item_append_text(item, ", %s", outcome);
    proto_item_set_hidden(add_word(view, tree, &field_path_outcome, outcome));
    add_word(view, tree, &field_path_verdict, msturn_name_of(msturn_verdict_names, path->verdict));
    if (path->stopped_at < MSTURN_STEP_COUNT)
        add_stop(view, tree, path);
    add_summary(view, tree, path);
}
