/* report.c
 * The report at the end of a capture: its -z options, and the tap that feeds it.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report.h"

#include "plugin/output/report_select.h"

#include <epan/stat_tap_ui.h>
#include <epan/to_str.h>

#include <string.h>

/* One of the two forms. */
struct output {
    const char *option;
    void (*write)(const struct msturn_report *report);
};

static const struct output outputs[] = {
    { "msturn,report", msturn_report_text },
    { "msturn,json", msturn_report_json },
};

/* One -z option at work. */
struct listener {
    const struct output *output;
    char *filter; /* NULL: none */
    struct msturn_selection *selection;
};

/* ---- listening ---- */

static void reset(void *tapdata)
{
    const struct listener *listener = tapdata;

    msturn_selection_clear(listener->selection);
}

static tap_packet_status take_message(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                      tap_flags_t flags _U_)
{
    const struct listener *listener = tapdata;

    msturn_selection_add_message(listener->selection, pinfo->num, data);
    return TAP_PACKET_REDRAW;
}

static void draw(void *tapdata)
{
    const struct listener *listener = tapdata;
    struct msturn_report report = {
        .scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK_FAST),
        .filter = listener->filter,
        .sessions = g_ptr_array_new(),
        .peer_connections = g_ptr_array_new(),
        .pairs = g_ptr_array_new(),
        .problems = g_ptr_array_new(),
    };

    msturn_judge();
    msturn_selection_fill(listener->selection, &report);
    listener->output->write(&report);
    g_ptr_array_unref(report.sessions);
    g_ptr_array_unref(report.peer_connections);
    g_ptr_array_unref(report.pairs);
    g_ptr_array_unref(report.problems);
    wmem_destroy_allocator(report.scope);
}

static void finish(void *tapdata)
{
    struct listener *listener = tapdata;

    msturn_selection_free(listener->selection);
    g_free(listener->filter);
    g_free(listener);
}

/* ---- the options ---- */

/* Says what was wrong, if something was. */
static bool succeeded(const char *option, GString *error)
{
    if (!error)
        return true;
    fprintf(stderr, "-z %s: %s\n", option, error->str);
    g_string_free(error, TRUE);
    return false;
}

/* The filter in the option, NULL without one; false: the option is another one. */
static bool filter_of(const char *option, const struct output *output, const char **filter)
{
    const char *rest = option + strlen(output->option);

    *filter = rest[0] == ',' && rest[1] != '\0' ? rest + 1 : NULL;
    if (rest[0] == '\0' || rest[0] == ',')
        return true;
    fprintf(stderr, "-z %s: did you mean %s[,FILTER]?\n", option, output->option);
    return false;
}

static bool start_listening(const char *option, const struct output *output)
{
    const char *filter;

    if (!filter_of(option, output, &filter))
        return false;
    struct listener *listener = g_new0(struct listener, 1);
    listener->output = output;
    listener->filter = g_strdup(filter);
    listener->selection = msturn_selection_new(filter == NULL);
    if (succeeded(option, register_tap_listener(MSTURN_TAP_NAME, listener, filter, TL_REQUIRES_NOTHING, reset,
                                                take_message, draw, finish)))
        return true;
    finish(listener);
    return false;
}

static compat_stat_init_result init(const char *option, void *userdata)
{
    COMPAT_STAT_INIT_RETURN(start_listening(option, userdata));
}

void msturn_report_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    static stat_tap_ui uis[array_length(outputs)];

    for (size_t i = 0; i < array_length(outputs); i++) {
        uis[i] = (stat_tap_ui){
            .group = REGISTER_STAT_GROUP_GENERIC,
            .title = "Candidate pairs and TURN sessions",
            .cli_string = outputs[i].option,
            .tap_init_cb = init,
            .nparams = array_length(parameters),
            .params = parameters,
        };
        register_stat_tap_ui(&uis[i], (void *)&outputs[i]);
    }
}
