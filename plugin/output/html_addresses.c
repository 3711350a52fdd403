/* html_addresses.c
 * The addresses that each side of a path saw, in the HTML report.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/report_html.h"

#include "plugin/output/html.h"
#include "plugin/show/text.h"

#include <stdio.h>

static void write_address(const struct msturn_told_path *told, const struct msturn_path_address *address)
{
    fputs("<tr>", stdout);
    msturn_html_element("td", NULL, address->who);
    msturn_html_element("td", "hops", msturn_endpoint_text(told->scope, &address->address));
    msturn_html_element("td", NULL, address->source);
    msturn_html_element("td", NULL, address->remark ? address->remark : "");
    fputs("</tr>\n", stdout);
}

void msturn_html_addresses(const struct msturn_told_path *told)
{
    fputs("<h3>Addresses</h3>\n<table><thead><tr><th>Whose</th><th>Address</th><th>Known by</th><th>Remark</th></tr>"
          "</thead>\n<tbody>\n",
          stdout);
    for (unsigned i = 0; i < told->address_count; i++)
        write_address(told, &told->addresses[i]);
    fputs("</tbody></table>\n", stdout);
}
