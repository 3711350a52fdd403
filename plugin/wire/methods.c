/* methods.c
 * THE table of methods: what messages are about, in any dialect.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/methods.h"

#include <stddef.h>

enum {
    REQUEST = 1 << MSTURN_CLASS_REQUEST,
    INDICATION = 1 << MSTURN_CLASS_INDICATION,
    SUCCESS = 1 << MSTURN_CLASS_SUCCESS,
    ERROR = 1 << MSTURN_CLASS_ERROR,
    TRANSACTION = REQUEST | SUCCESS | ERROR,
    ALL = TRANSACTION | INDICATION
};

#define NOT_IN_MS_TURN 0, NULL, 0, 0, false

/* Classes: RFC 8656 section 17, RFC 6062 section 6.1, and the registry. In [MS-TURN] the method and class bits of RFC
 * 8489 say nothing: its Send request has the bits of a Refresh, its Data indication those of an error response. Its
 * Binding messages are from [MS-ICE] and [MS-ICE2]. */
/* clang-format off */
const struct msturn_method msturn_methods[] = {
    { MSTURN_METHOD_BINDING, MSTURN_ACTION_BINDING, "Binding", ALL,
      0x001, "Binding", ALL, 0, false },
    { MSTURN_METHOD_SHARED_SECRET, MSTURN_ACTION_OTHER, "SharedSecret", TRANSACTION,
      0x002, "Shared Secret", TRANSACTION, TRANSACTION, true },
    { MSTURN_METHOD_ALLOCATE, MSTURN_ACTION_ALLOCATE, "Allocate", TRANSACTION,
      0x003, "Allocate", TRANSACTION, 0, true },
    { MSTURN_METHOD_REFRESH, MSTURN_ACTION_REFRESH, "Refresh", TRANSACTION, NOT_IN_MS_TURN },
    { MSTURN_METHOD_SEND, MSTURN_ACTION_SEND, "Send", INDICATION,
      0x004, "Send", TRANSACTION, SUCCESS | ERROR, true },
    { MSTURN_METHOD_DATA, MSTURN_ACTION_DATA, "Data", INDICATION,
      0x005, "Data", ERROR, 0, true },
    { MSTURN_METHOD_CREATE_PERMISSION, MSTURN_ACTION_CREATE_PERMISSION, "CreatePermission", TRANSACTION, NOT_IN_MS_TURN },
    { MSTURN_METHOD_CHANNEL_BIND, MSTURN_ACTION_CHANNEL_BIND, "ChannelBind", TRANSACTION, NOT_IN_MS_TURN },
    { MSTURN_METHOD_CONNECT, MSTURN_ACTION_CONNECT, "Connect", TRANSACTION, NOT_IN_MS_TURN },
    { MSTURN_METHOD_CONNECTION_BIND, MSTURN_ACTION_CONNECTION_BIND, "ConnectionBind", TRANSACTION, NOT_IN_MS_TURN },
    { MSTURN_METHOD_CONNECTION_ATTEMPT, MSTURN_ACTION_CONNECTION_ATTEMPT, "ConnectionAttempt", INDICATION,
      NOT_IN_MS_TURN },
    { MSTURN_METHOD_GOOG_PING, MSTURN_ACTION_OTHER, "GOOG-PING", TRANSACTION, NOT_IN_MS_TURN },
    { MSTURN_METHOD_SET_ACTIVE_DESTINATION, MSTURN_ACTION_SET_ACTIVE_DESTINATION, "Set Active Destination", 0,
      0x006, "Set Active Destination", TRANSACTION, 0, true },
};
/* clang-format on */

const unsigned msturn_method_count = sizeof msturn_methods / sizeof msturn_methods[0];

const struct msturn_method *msturn_method_find(uint16_t number)
{
    for (unsigned i = 0; i < msturn_method_count; i++) {
        if (msturn_methods[i].number == number)
            return &msturn_methods[i];
    }
    return NULL;
}

const struct msturn_method *msturn_method_find_ms(uint16_t type)
{
    const unsigned number = type & ~(unsigned)MSTURN_TYPE_CLASS_BITS;

    for (unsigned i = 0; number != 0 && i < msturn_method_count; i++) {
        if (msturn_methods[i].ms_number == number)
            return msturn_methods[i].ms_classes & 1u << msturn_class_bits(type) ? &msturn_methods[i] : NULL;
    }
    return NULL;
}

enum msturn_class msturn_class_bits(uint16_t type)
{
    return (enum msturn_class)((type & 0x100) >> 7 | (type & 0x10) >> 4);
}
