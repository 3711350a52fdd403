/* fingerprint.c
 * FINGERPRINT: CRC-32, and what Microsoft's faulty table gives.
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

enum { ENTRIES = 256, STEP = 8 };

static uint32_t entry_of(uint32_t byte)
{
    uint32_t entry = byte;

    for (int bit = 0; bit < 8; bit++)
        entry = entry & 1 ? entry >> 1 ^ CRC32_POLYNOMIAL : entry >> 1;
    return entry;
}

/* The first is the standard's; the n-th is for a byte that n - 1 others follow before it counts. */
static const uint32_t (*standard_tables(void))[ENTRIES]
{
    static uint32_t tables[STEP][ENTRIES];
    static bool ready = false;

    if (!ready) {
        for (uint32_t i = 0; i < ENTRIES; i++)
            tables[0][i] = entry_of(i);
        for (unsigned n = 1; n < STEP; n++) {
            for (uint32_t i = 0; i < ENTRIES; i++)
                tables[n][i] = tables[n - 1][i] >> 8 ^ tables[0][tables[n - 1][i] & 0xFF];
        }
        ready = true;
    }
    return (const uint32_t(*)[ENTRIES])tables;
}

static const uint32_t *faulty_table(void)
{
    static uint32_t table[ENTRIES];
    static bool ready = false;

    if (!ready) {
        for (uint32_t i = 0; i < ENTRIES; i++)
            table[i] = entry_of(i);
        table[FAULTY_INDEX] = FAULTY_ENTRY;
        ready = true;
    }
    return table;
}

/* Every message has one, so eight bytes are taken at a time. */
uint32_t msturn_crc32(const uint8_t *data, uint32_t length)
{
    const uint32_t(*tables)[ENTRIES] = standard_tables();
    uint32_t crc = UINT32_MAX;

    for (; length >= STEP; length -= STEP, data += STEP) {
        crc ^= (uint32_t)data[3] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[1] << 8 | data[0];
        crc = tables[7][crc & 0xFF] ^ tables[6][crc >> 8 & 0xFF] ^ tables[5][crc >> 16 & 0xFF] ^ tables[4][crc >> 24] ^
              tables[3][data[4]] ^ tables[2][data[5]] ^ tables[1][data[6]] ^ tables[0][data[7]];
    }
    for (; length > 0; length--)
        crc = tables[0][(crc ^ *data++) & 0xFF] ^ crc >> 8;
    return ~crc;
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
