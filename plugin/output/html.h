/* html.h
 * Writing HTML to the standard output.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All of it is ASCII, whatever is in a text: a shell that recodes what it redirects cannot spoil it.
 */
#ifndef MSTURN_HTML_H
#define MSTURN_HTML_H

#include <glib.h>

/* Text: nothing in it is markup, what no font shows is written as its number, and what is very long is cut. */
void msturn_html_text(const char *text);
void msturn_html_printf(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* An element with text in it, and a class or NULL. */
void msturn_html_element(const char *tag, const char *css_class, const char *text);

#endif
