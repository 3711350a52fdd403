/* sentences.c
 * The words of which the sentences about steps are made.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/verdict/candidates.h"
#include "plugin/verdict/path_parts.h"

const char *msturn_say(const struct msturn_telling *telling, const char *format, ...)
{
    va_list arguments;

    if (!telling->scope)
        return NULL;
    va_start(arguments, format);
    const char *text = wmem_strdup_vprintf(telling->scope, format, arguments);
    va_end(arguments);
    return text;
}

const char *msturn_say_seconds(const struct msturn_telling *telling, double seconds)
{
    const bool is_short = seconds < 0.1;

    if (!telling->scope)
        return NULL;
    return msturn_say(telling, "%s %s",
                      msturn_decimal_text(telling->scope, is_short ? seconds * 1000 : seconds, seconds < 100 ? 1 : 0),
                      is_short ? "ms" : "s");
}

const char *msturn_say_host(const struct msturn_telling *telling, const struct msturn_endpoint *endpoint)
{
    return telling->scope ? msturn_host_text(telling->scope, endpoint) : NULL;
}

const char *msturn_say_endpoint(const struct msturn_telling *telling, const struct msturn_endpoint *endpoint)
{
    const char *host = msturn_say_host(telling, endpoint);

    if (endpoint->family == 0 || endpoint->port == 0)
        return host;
    return msturn_say(telling, endpoint->family == 6 ? "[%s]:%u" : "%s:%u", host, endpoint->port);
}

static const char *name_role(const struct msturn_telling *telling, enum msturn_role role)
{
    const struct msturn_path *path = telling->path;

    if (role == MSTURN_ROLE_SERVER)
        return path->server.family == 0
                   ? "TURN server"
                   : msturn_say(telling, "TURN server %s", msturn_say_endpoint(telling, &path->server));
    const struct msturn_endpoint *end = role == MSTURN_ROLE_CLIENT ? &path->client : &path->peer;
    if (path->kind == MSTURN_PATH_DIRECT)
        return msturn_say_endpoint(telling, end);
    if (role == MSTURN_ROLE_CLIENT)
        return msturn_say(telling, "client %s", msturn_say_host(telling, end));
    return end->family == 0 ? "the peer" : msturn_say(telling, "peer %s", msturn_say_endpoint(telling, end));
}

void msturn_name_roles(struct msturn_telling *telling)
{
    for (enum msturn_role role = 0; role < MSTURN_ROLE_COUNT; role++)
        telling->roles[role] = name_role(telling, role);
}

const char *msturn_say_role(const struct msturn_telling *telling, enum msturn_role role)
{
    return telling->roles[role];
}

const char *msturn_say_error(const struct msturn_telling *telling, uint16_t code, const char *reason)
{
    const char *name = msturn_name_of(msturn_error_names, code);

    const char *words = msturn_error_words(code, reason);
    if (!telling->scope)
        return NULL;
    if (words && words[0] != '\0') {
        char *printable = g_strescape(words, "\"\\");
        const char *text = name ? msturn_say(telling, "%u %s (\"%s\")", code, name, printable)
                                : msturn_say(telling, "%u (\"%s\")", code, printable);
        g_free(printable);
        return text;
    }
    return name ? msturn_say(telling, "%u %s", code, name) : msturn_say(telling, "%u", code);
}

/* The sentence has named them before, but on a direct path. */
static const char *who_ended(const struct msturn_telling *telling)
{
    const bool direct = telling->path->kind == MSTURN_PATH_DIRECT;

    switch (telling->path->ended.by) {
    case MSTURN_BY_CLIENT:
        return direct ? msturn_say_role(telling, MSTURN_ROLE_CLIENT) : "the client";
    case MSTURN_BY_SERVER:
        return "the TURN server";
    case MSTURN_BY_PEER:
        return direct ? msturn_say_role(telling, MSTURN_ROLE_PEER) : "the peer";
    default:
        return NULL;
    }
}

const char *msturn_say_end(const struct msturn_telling *telling)
{
    const struct msturn_path_end *end = &telling->path->ended;
    const char *who = who_ended(telling);

    if (!telling->scope || !who)
        return "";
    switch (end->how) {
    case MSTURN_HOW_FIN:
        return msturn_say(telling, ", then %s closed (FIN, frame %u)", who, end->event.frame);
    case MSTURN_HOW_RST:
        return msturn_say(telling, ", then %s reset the connection (RST, frame %u)", who, end->event.frame);
    case MSTURN_HOW_RELEASE:
        return msturn_say(telling, ", then %s released the allocation (frame %u)", who, end->event.frame);
    default:
        return "";
    }
}

const char *msturn_say_acknowledged(const struct msturn_telling *telling, const char *by, uint32_t frame)
{
    return frame != 0 ? msturn_say(telling, ", acknowledged by %s (frame %u)", by, frame) : "";
}
