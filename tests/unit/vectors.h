/* vectors.h
 * Good messages as bytes.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TEST_VECTORS_H
#define MSTURN_TEST_VECTORS_H

#include <glib.h>

enum vector_id {
    VECTOR_RFC5769_REQUEST,   /* RFC 5769 section 2.1 */
    VECTOR_RFC5769_IPV4,      /* RFC 5769 section 2.2 */
    VECTOR_RFC5769_IPV6,      /* RFC 5769 section 2.3 */
    VECTOR_RFC5769_LONG_TERM, /* RFC 5769 section 2.4 */
    VECTOR_RFC8489_SHA256,    /* RFC 8489 appendix B.1, as corrected by erratum 6268 */
    VECTOR_MICROSOFT_CHECK,   /* an ICE check of Skype for Business, illegible bytes zero, nothing verifies */
    VECTOR_ALLOCATE_ERROR,
    VECTOR_ALLOCATE_SUCCESS,
    VECTOR_CHANNEL_BIND,
    VECTOR_DATA_INDICATION,
    VECTOR_CONNECTION_ATTEMPT,
    VECTOR_BIND_SUCCESS, /* no attributes: RFC 6062 section 5.4 asks for none */
    VECTOR_COUNT
};

GByteArray *vector_new(enum vector_id id);

#endif
