/* fingerprint.h
 * The FINGERPRINT that Microsoft's faulty CRC table gives.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FINGERPRINT_H
#define MSTURN_FINGERPRINT_H

#include <stdint.h>

#define MSTURN_FINGERPRINT_XOR UINT32_C(0x5354554E) /* RFC 8489 section 14.7 */

/* The tables that give a FINGERPRINT. They mostly agree for short messages. */
enum msturn_fingerprint_table {
    MSTURN_FINGERPRINT_NEITHER,
    MSTURN_FINGERPRINT_STANDARD,
    MSTURN_FINGERPRINT_FAULTY,
    MSTURN_FINGERPRINT_BOTH
};

/* CRC-32 as in RFC 8489 section 14.7, before the XOR. */
uint32_t msturn_crc32(const uint8_t *data, uint32_t length);

/* Which tables give this FINGERPRINT to `length` bytes before the attribute; `standard` is what the
 * standard one gives. */
enum msturn_fingerprint_table msturn_fingerprint_table_of(uint32_t fingerprint, uint32_t standard, const uint8_t *data,
                                                          uint32_t length);

/* FINGERPRINT of `length` bytes before the attribute, by the table with one wrong entry that old
 * Microsoft clients have. Newer ones send each check twice, once with it ([MS-ICE2] 3.1.4.8.2). */
uint32_t msturn_faulty_fingerprint(const uint8_t *data, uint32_t length);

#endif
