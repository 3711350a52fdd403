/* names.c
 * Numbers and their registered names.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "names.h"

#include <stddef.h>

const struct msturn_name msturn_method_names[] = {
    { 0x001, "Binding" },           /* RFC 8489 */
    { 0x002, "SharedSecret" },      /* RFC 3489, now reserved */
    { 0x003, "Allocate" },          /* RFC 8656 */
    { 0x004, "Refresh" },           /* RFC 8656 */
    { 0x006, "Send" },              /* RFC 8656 */
    { 0x007, "Data" },              /* RFC 8656 */
    { 0x008, "CreatePermission" },  /* RFC 8656 */
    { 0x009, "ChannelBind" },       /* RFC 8656 */
    { 0x00A, "Connect" },           /* RFC 6062 */
    { 0x00B, "ConnectionBind" },    /* RFC 6062 */
    { 0x00C, "ConnectionAttempt" }, /* RFC 6062 */
    { 0x080, "GOOG-PING" },         /* registered without a specification */
    { 0, NULL }
};

const struct msturn_name msturn_class_names[] = {
    { 0, "Request" },
    { 1, "Indication" },
    { 2, "Success Response" },
    { 3, "Error Response" },
    { 0, NULL }
};

const struct msturn_name msturn_error_names[] = {
    { 300, "Try Alternate" },                      /* RFC 8489 */
    { 400, "Bad Request" },                        /* RFC 8489 */
    { 401, "Unauthenticated" },                    /* RFC 8489; Unauthorized in RFC 5389 */
    { 403, "Forbidden" },                          /* RFC 8656, RFC 7675 */
    { 405, "Mobility Forbidden" },                 /* RFC 8016 */
    { 420, "Unknown Attribute" },                  /* RFC 8489 */
    { 437, "Allocation Mismatch" },                /* RFC 8656 */
    { 438, "Stale Nonce" },                        /* RFC 8489 */
    { 440, "Address Family not Supported" },       /* RFC 8656 */
    { 441, "Wrong Credentials" },                  /* RFC 8656 */
    { 442, "Unsupported Transport Protocol" },     /* RFC 8656 */
    { 443, "Peer Address Family Mismatch" },       /* RFC 8656 */
    { 446, "Connection Already Exists" },          /* RFC 6062 */
    { 447, "Connection Timeout or Failure" },      /* RFC 6062 */
    { 486, "Allocation Quota Reached" },           /* RFC 8656 */
    { 487, "Role Conflict" },                      /* RFC 8445 */
    { 500, "Server Error" },                       /* RFC 8489 */
    { 508, "Insufficient Capacity" },              /* RFC 8656 */
    { 0, NULL }
};

const struct msturn_name msturn_family_names[] = {
    { 0x01, "IPv4" },
    { 0x02, "IPv6" },
    { 0, NULL }
};

const struct msturn_name msturn_transport_names[] = {
    { 6, "TCP" },
    { 17, "UDP" },
    { 0, NULL }
};

const struct msturn_name msturn_algorithm_names[] = {
    { 1, "MD5" },
    { 2, "SHA-256" },
    { 0, NULL }
};

const char *msturn_name_of(const struct msturn_name *list, uint32_t value)
{
    for (; list->name; list++) {
        if (list->value == value)
            return list->name;
    }
    return NULL;
}
