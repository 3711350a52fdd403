/* fingerprint.c
 * The FINGERPRINT that Microsoft's faulty CRC table gives.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/fingerprint.h"

#include <stdbool.h>

#define CRC32_POLYNOMIAL UINT32_C(0xEDB88320) /* reflected, as in RFC 8489 section 14.7 */

/* The one entry: the standard table has 0x8BBEB8EA there. As libnice has it for [MS-ICE2]. */
enum { FAULTY_INDEX = 0x5A };
#define FAULTY_ENTRY UINT32_C(0x08BBE8EA)

static const uint32_t *faulty_table(void)
{
    static uint32_t table[256];
    static bool ready = false;

    if (!ready) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t entry = i;
            for (int bit = 0; bit < 8; bit++)
                entry = entry & 1 ? entry >> 1 ^ CRC32_POLYNOMIAL : entry >> 1;
            table[i] = entry;
        }
        table[FAULTY_INDEX] = FAULTY_ENTRY;
        ready = true;
    }
    return table;
}

uint32_t msturn_faulty_fingerprint(const uint8_t *data, uint32_t length)
{
    const uint32_t *table = faulty_table();
    uint32_t crc = UINT32_MAX;

    for (uint32_t i = 0; i < length; i++)
        crc = table[(crc ^ data[i]) & 0xFF] ^ crc >> 8;
    return ~crc ^ MSTURN_FINGERPRINT_XOR;
}

enum msturn_fingerprint_table msturn_fingerprint_table_of(uint32_t fingerprint, uint32_t standard, const uint8_t *data,
                                                          uint32_t length)
{
    const bool faulty = fingerprint == msturn_faulty_fingerprint(data, length);

    if (fingerprint == standard)
        return faulty ? MSTURN_FINGERPRINT_BOTH : MSTURN_FINGERPRINT_STANDARD;
    return faulty ? MSTURN_FINGERPRINT_FAULTY : MSTURN_FINGERPRINT_NEITHER;
}
