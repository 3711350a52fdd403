/* methods.h
 * THE table of methods: what messages are about, in any dialect.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Knows the C library only.
 */
#ifndef MSTURN_METHODS_H
#define MSTURN_METHODS_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 8489 section 5. */
enum msturn_class {
    MSTURN_CLASS_REQUEST = 0,
    MSTURN_CLASS_INDICATION = 1,
    MSTURN_CLASS_SUCCESS = 2,
    MSTURN_CLASS_ERROR = 3
};

enum { MSTURN_TYPE_CLASS_BITS = 0x0110 }; /* of a message type, RFC 8489 section 5 */

/* RFC 8489 section 18.2. Above the 12 bits of a method: what only [MS-TURN] has. */
enum {
    MSTURN_METHOD_BINDING = 0x001,            /* RFC 8489 section 18.2 */
    MSTURN_METHOD_SHARED_SECRET = 0x002,      /* RFC 3489 section 11.1, now reserved */
    MSTURN_METHOD_ALLOCATE = 0x003,           /* RFC 8656 section 17 */
    MSTURN_METHOD_REFRESH = 0x004,            /* RFC 8656 section 17 */
    MSTURN_METHOD_SEND = 0x006,               /* RFC 8656 section 17 */
    MSTURN_METHOD_DATA = 0x007,               /* RFC 8656 section 17 */
    MSTURN_METHOD_CREATE_PERMISSION = 0x008,  /* RFC 8656 section 17 */
    MSTURN_METHOD_CHANNEL_BIND = 0x009,       /* RFC 8656 section 17 */
    MSTURN_METHOD_CONNECT = 0x00A,            /* RFC 6062 section 6.1 */
    MSTURN_METHOD_CONNECTION_BIND = 0x00B,    /* RFC 6062 section 6.1 */
    MSTURN_METHOD_CONNECTION_ATTEMPT = 0x00C, /* RFC 6062 section 6.1 */
    MSTURN_METHOD_GOOG_PING = 0x080,          /* registered without a specification */
    MSTURN_METHOD_SET_ACTIVE_DESTINATION = 0x1006
};

/* What a message is for. */
enum msturn_action {
    MSTURN_ACTION_OTHER,
    MSTURN_ACTION_BINDING,
    MSTURN_ACTION_ALLOCATE,
    MSTURN_ACTION_REFRESH,
    MSTURN_ACTION_SEND,
    MSTURN_ACTION_DATA,
    MSTURN_ACTION_CREATE_PERMISSION,
    MSTURN_ACTION_CHANNEL_BIND,
    MSTURN_ACTION_CONNECT,
    MSTURN_ACTION_CONNECTION_BIND,
    MSTURN_ACTION_CONNECTION_ATTEMPT,
    MSTURN_ACTION_SET_ACTIVE_DESTINATION,
    MSTURN_ACTION_COUNT
};

struct msturn_method {
    uint16_t number;
    enum msturn_action action;
    const char *name; /* as registered, or as in [MS-TURN] */
    uint8_t classes;  /* that it is used in: bits 1 << enum msturn_class */
    /* [MS-TURN] 2.2.1 */
    uint16_t ms_number; /* its types without MSTURN_TYPE_CLASS_BITS; 0: it has none */
    const char *ms_name;
    uint8_t ms_classes;   /* by the bits of the type */
    uint8_t ms_forbidden; /* of these, what must not be sent */
    bool begins_ms_turn;  /* a message of these types can be recognised as one of [MS-TURN] */
};

extern const struct msturn_method msturn_methods[];
extern const unsigned msturn_method_count;

/* The row of a method of RFC 8489 section 18.2; NULL when there is none. */
const struct msturn_method *msturn_method_find(uint16_t number);

/* The row of a message type of [MS-TURN] 2.2.1, or of [MS-ICE]; NULL when there is none. */
const struct msturn_method *msturn_method_find_ms(uint16_t type);

/* The class in the bits of a message type, RFC 8489 section 5. In [MS-TURN] 0x0115 is an indication all the same. */
enum msturn_class msturn_class_bits(uint16_t type);

#endif
