/* passwords.c
 * The tables of passwords that a user fills.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Not preferences for passwords, for tshark never fills those.
 */
#include "plugin/host/passwords.h"

#include "plugin/track/password.h"

#include <epan/uat.h>

enum { NAME, PASSWORD, REALM, TEXTS };

/* A row of either table. */
struct row {
    char *texts[TEXTS]; /* NULL: the table has no such column */
};

struct table {
    struct row *rows;
    unsigned count;
};

static struct table turn, ice;

/* ---- rows ---- */

static void *copy_password_row(void *to, const void *from, size_t length _U_)
{
    for (unsigned i = 0; i < TEXTS; i++)
        ((struct row *)to)->texts[i] = g_strdup(((const struct row *)from)->texts[i]);
    return to;
}

static void free_password_row(void *row)
{
    for (unsigned i = 0; i < TEXTS; i++)
        g_free(((struct row *)row)->texts[i]);
}

static compat_row_is_good update_password_row(void *row, char **error)
{
    const char *name = ((const struct row *)row)->texts[NAME];

    *error = name && *name ? NULL : g_strdup("The user name is missing.");
    return *error == NULL;
}

/* `which`: the column. */
static void set_column(void *row, const char *text, unsigned length, const void *unused _U_, const void *which)
{
    char **place = &((struct row *)row)->texts[GPOINTER_TO_UINT(which)];

    g_free(*place);
    *place = g_strndup(text, length);
}

static void get_column(void *row, char **text, unsigned *length, const void *unused _U_, const void *which)
{
    const char *held = ((const struct row *)row)->texts[GPOINTER_TO_UINT(which)];

    *text = g_strdup(held ? held : "");
    *length = (unsigned)strlen(*text);
}

/* ---- tables ---- */

#define COLUMN(name, title, which, description) \
    { \
        name, title, PT_TXTMOD_STRING, { uat_fld_chk_str, set_column, get_column }, { NULL, NULL, NULL }, \
            GUINT_TO_POINTER(which), description, FLDFILL \
    }

static uat_t *new_password_table(const char *title, const char *file, struct table *table, uat_field_t *columns)
{
    return uat_new(title, sizeof *table->rows, file, true, (void *)&table->rows, &table->count, UAT_AFFECTS_DISSECTION,
                   NULL, copy_password_row, update_password_row, free_password_row, NULL, NULL, columns);
}

void msturn_passwords_register_preferences(module_t *module)
{
    static uat_field_t turn_columns[] = {
        COLUMN("user", "User", NAME, "User name, as in USERNAME; of MS-TURN in base64"),
        COLUMN("realm", "Realm", REALM, "Realm, as in REALM; empty: any"),
        COLUMN("password", "Password", PASSWORD, "The password; of MS-TURN in base64"),
        UAT_END_FIELDS,
    };
    static uat_field_t ice_columns[] = {
        COLUMN("ufrag", "User fragment", NAME, "The agent's own, as in its ice-ufrag"),
        COLUMN("password", "Password", PASSWORD, "As in its ice-pwd"),
        UAT_END_FIELDS,
    };

    prefs_register_uat_preference(module, "credentials", "Passwords for TURN",
                                  "With these MESSAGE-INTEGRITY of TURN's messages is verified.",
                                  new_password_table("MSTURN passwords for TURN", "msturn_credentials", &turn,
                                                     turn_columns));
    prefs_register_uat_preference(module, "ice_credentials", "Passwords for ICE",
                                  "With these MESSAGE-INTEGRITY of connectivity checks is verified.",
                                  new_password_table("MSTURN passwords for ICE", "msturn_ice_credentials", &ice,
                                                     ice_columns));
}

static const char *text_in(const struct row *row, unsigned which)
{
    return row->texts[which] ? row->texts[which] : "";
}

void msturn_passwords_begin(void)
{
    for (unsigned i = 0; i < turn.count; i++)
        msturn_track_turn_password(text_in(&turn.rows[i], NAME), text_in(&turn.rows[i], REALM),
                                   text_in(&turn.rows[i], PASSWORD));
    for (unsigned i = 0; i < ice.count; i++)
        msturn_track_ice_password(text_in(&ice.rows[i], NAME), text_in(&ice.rows[i], PASSWORD));
}
