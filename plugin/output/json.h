/* json.h
 * Writing JSON to the standard output.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It is laid out as by Wireshark's json_dumper, which calls a function for each blank and each character of a text: a report
 * would cost five times as much.
 */
#ifndef MSTURN_JSON_H
#define MSTURN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Being written; { .is_inline = true } to begin with. */
struct msturn_json {
    char pending[4096];
    size_t length; /* of what is pending */
    unsigned depth;
    bool is_inline; /* what comes next stays on this line: the first value of all, and the value of a member */
    bool is_empty;  /* nothing stands in the object or array yet */
};

/* Objects with '{' and '}', arrays with '[' and ']'. */
void msturn_json_open(struct msturn_json *json, char bracket);
void msturn_json_close(struct msturn_json *json, char bracket);

/* The name of a member, which needs no escape; its value comes next. */
void msturn_json_name(struct msturn_json *json, const char *name);

/* Values: a text whatever is in it, a number, and what stands for itself as "null" and "0.25" do. */
void msturn_json_text(struct msturn_json *json, const char *text);
void msturn_json_number(struct msturn_json *json, uint32_t number);
void msturn_json_word(struct msturn_json *json, const char *word);

/* Writes what is pending, when all is closed. */
void msturn_json_finish(struct msturn_json *json);

#endif
