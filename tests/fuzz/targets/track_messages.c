/* track_messages.c
 * Messages for made-up calls: of few users, peers and ids, so that they have to do with each other.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "track_messages.h"

#include "build.h"

#include <string.h>

const struct msturn_endpoint *known_endpoint(uint32_t index)
{
    static const struct msturn_endpoint endpoints[ENDPOINT_COUNT] = {
        { 4, { 10, 0, 0, 1 }, 1000 },
        { 4, { 10, 0, 0, 1 }, 1001 },
        { 4, { 10, 0, 0, 2 }, 1000 },
        { 4, { 192, 0, 2, 1 }, 3478 },
        { 4, { 192, 0, 2, 1 }, 50000 },
        { 4, { 192, 0, 2, 1 }, 50001 },
        { 4, { 192, 0, 2, 2 }, 3478 },
        { 4, { 192, 0, 2, 2 }, 50000 },
        { 4, { 198, 51, 100, 1 }, 6000 },
        { 4, { 198, 51, 100, 1 }, 6001 },
        { 6, { 0x20, 1, 0xD, 0xB8, [15] = 1 }, 3478 },
        { 6, { 0x20, 1, 0xD, 0xB8, [15] = 2 }, 6000 },
    };
    return &endpoints[index % ENDPOINT_COUNT];
}

/* ---- attributes ---- */

enum { FINGERPRINT_LENGTH = 4, INTEGRITY_LENGTH = 20 };

/* RFC 8489 sections 14.1 and 14.2. */
static void add_address(GByteArray *message, uint16_t type, const struct msturn_endpoint *endpoint, bool hidden)
{
    static const uint8_t clear[16];
    const uint8_t *key = hidden ? message->data + 4 : clear;
    const unsigned length = endpoint->family == 6 ? 16 : 4;
    uint8_t value[20] = { 0, endpoint->family == 6 ? 2 : 1, (uint8_t)(endpoint->port >> 8) ^ key[0],
                          (uint8_t)endpoint->port ^ key[1] };

    for (unsigned i = 0; i < length; i++)
        value[4 + i] = endpoint->address[i] ^ key[i];
    message_add(message, type, value, (uint16_t)(4 + length));
}

static void add_number(GByteArray *message, uint16_t type, uint32_t number)
{
    const uint8_t value[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                               (uint8_t)number };

    message_add(message, type, value, sizeof value);
}

static void add_zeros(GByteArray *message, uint16_t type, uint16_t length)
{
    static const uint8_t zeros[INTEGRITY_LENGTH];

    message_add(message, type, zeros, length);
}

static void add_error(GByteArray *message, struct input *input)
{
    static const uint16_t codes[] = { 401, 438, 300, 400, 403, 437, 441, 446, 447, 486, 487, 500, 508 };
    const uint16_t code = codes[input_below(input, G_N_ELEMENTS(codes))];

    add_number(message, 0x0009, (uint32_t)(code / 100) << 8 | code % 100);
}

static void add_choice(GByteArray *message, uint16_t type, struct input *input, const char *letters)
{
    message_add(message, type, letters + input_below(input, (uint32_t)strlen(letters)), 1);
}

static void add_lifetime(GByteArray *message, struct input *input)
{
    static const uint32_t seconds[] = { 600, 0, 1, 60, 3600 };

    add_number(message, 0x000D, seconds[input_below(input, G_N_ELEMENTS(seconds))]);
}

static void add_sequence(GByteArray *message, struct input *input)
{
    uint8_t value[24] = { (uint8_t)input_below(input, 2), [23] = (uint8_t)input_below(input, 4) };

    message_add(message, 0x8050, value, sizeof value);
}

static void add_session_id(GByteArray *message, struct input *input)
{
    const uint8_t value[8] = { (uint8_t)input_below(input, 3) };

    message_add(message, 0x8095, value, sizeof value);
}

/* A bit an attribute; some mean another one in a response. */
enum with {
    WITH_USERNAME = 1 << 0,
    WITH_REALM = 1 << 1,
    WITH_NONCE = 1 << 2,
    WITH_INTEGRITY = 1 << 3,
    WITH_ERROR = 1 << 4,
    WITH_LIFETIME = 1 << 5,
    WITH_PEER = 1 << 6,
    WITH_RELAYED = 1 << 7,
    WITH_MAPPED = 1 << 8,
    WITH_TRANSPORT = 1 << 9,
    WITH_CHANNEL = 1 << 10,
    WITH_CONNECTION_ID = 1 << 11,
    WITH_DATA = 1 << 12,
    WITH_ICE = 1 << 13,
    WITH_NOMINATION = 1 << 14,
    WITH_REST = 1 << 15 /* ALTERNATE-SERVER, and what only Microsoft has */
};

#define SIGNED (WITH_USERNAME | WITH_REALM | WITH_NONCE | WITH_INTEGRITY)

static void add_credentials(GByteArray *message, struct input *input, uint32_t with, bool ms)
{
    if (with & WITH_USERNAME)
        add_choice(message, 0x0006, input, "ab");
    if (with & WITH_REALM)
        add_choice(message, ms ? 0x0015 : 0x0014, input, "rs");
    if (with & WITH_NONCE)
        add_choice(message, ms ? 0x0014 : 0x0015, input, "123");
}

static void add_rfc_attributes(GByteArray *message, struct input *input, uint32_t with)
{
    add_credentials(message, input, with, false);
    if (with & WITH_ERROR)
        add_error(message, input);
    if (with & WITH_LIFETIME)
        add_lifetime(message, input);
    if (with & WITH_PEER)
        add_address(message, 0x0012, known_endpoint(input_byte(input)), true);
    if (with & WITH_RELAYED)
        add_address(message, 0x0016, known_endpoint(input_byte(input)), true);
    if (with & WITH_MAPPED)
        add_address(message, 0x0020, known_endpoint(input_byte(input)), true);
    if (with & WITH_TRANSPORT)
        add_number(message, 0x0019, input_below(input, 2) ? 17u << 24 : 6u << 24);
    if (with & WITH_CHANNEL)
        add_number(message, 0x000C, 0x40000000 + (input_below(input, 2) << 16));
    if (with & WITH_CONNECTION_ID)
        add_number(message, 0x002A, input_below(input, 4));
    if (with & WITH_DATA)
        message_add(message, 0x0013, "data", 4);
    if (with & WITH_ICE) {
        add_number(message, 0x0024, 0x6E0001FF);
        message_add(message, input_below(input, 2) ? 0x8029 : 0x802A, "tiebreak", 8);
    }
    if (with & WITH_NOMINATION)
        message_add(message, 0x0025, "", 0);
    if (with & WITH_REST)
        add_address(message, 0x8023, known_endpoint(input_byte(input)), false);
    if (with & WITH_INTEGRITY)
        add_zeros(message, 0x0008, INTEGRITY_LENGTH);
    if (with & WITH_ICE)
        add_zeros(message, 0x8028, FINGERPRINT_LENGTH);
}

/* [MS-TURN] 2.2.2; the values are of such lengths that padding makes no difference. */
static void add_ms_attributes(GByteArray *message, struct input *input, uint32_t with)
{
    add_number(message, 0x000F, 0x72C64BC6);
    if (with & WITH_ERROR)
        add_error(message, input);
    if (with & WITH_LIFETIME)
        add_lifetime(message, input);
    if (with & WITH_PEER)
        add_address(message, input_below(input, 2) ? 0x0011 : 0x0012, known_endpoint(input_byte(input)), false);
    if (with & WITH_RELAYED)
        add_address(message, 0x0001, known_endpoint(input_byte(input)), false);
    if (with & WITH_MAPPED)
        add_address(message, 0x8020, known_endpoint(input_byte(input)), true);
    if (with & WITH_DATA)
        message_add(message, 0x0013, "data", 4);
    if (with & WITH_NOMINATION)
        add_sequence(message, input);
    if (with & WITH_CONNECTION_ID)
        add_session_id(message, input);
    if (with & WITH_REST)
        add_address(message, 0x000E, known_endpoint(input_byte(input)), false);
    if (with & WITH_INTEGRITY)
        add_zeros(message, 0x0008, INTEGRITY_LENGTH);
    add_credentials(message, input, with, true);
}

/* ---- messages ---- */

struct model {
    uint16_t type;
    uint32_t with; /* what such a message has */
    bool ms;
};

static const struct model models[] = {
    /* RFC 8656, RFC 6062 */
    { 0x0003, WITH_TRANSPORT, false },
    { 0x0113, WITH_ERROR | WITH_REALM | WITH_NONCE, false },
    { 0x0003, WITH_TRANSPORT | SIGNED, false },
    { 0x0103, WITH_RELAYED | WITH_MAPPED | WITH_LIFETIME | WITH_INTEGRITY, false },
    { 0x0004, WITH_LIFETIME | SIGNED, false },
    { 0x0104, WITH_LIFETIME | WITH_INTEGRITY, false },
    { 0x0114, WITH_ERROR, false },
    { 0x0008, WITH_PEER | SIGNED, false },
    { 0x0108, WITH_INTEGRITY, false },
    { 0x0118, WITH_ERROR, false },
    { 0x0009, WITH_PEER | WITH_CHANNEL | SIGNED, false },
    { 0x0109, WITH_INTEGRITY, false },
    { 0x0119, WITH_ERROR, false },
    { 0x0016, WITH_PEER | WITH_DATA, false },
    { 0x0017, WITH_PEER | WITH_DATA, false },
    { 0x000A, WITH_PEER | SIGNED, false },
    { 0x010A, WITH_CONNECTION_ID | WITH_INTEGRITY, false },
    { 0x011A, WITH_ERROR, false },
    { 0x000B, WITH_CONNECTION_ID | SIGNED, false },
    { 0x010B, WITH_INTEGRITY, false },
    { 0x011B, WITH_ERROR, false },
    { 0x001C, WITH_PEER | WITH_CONNECTION_ID, false },
    /* RFC 8445 */
    { 0x0001, WITH_USERNAME | WITH_ICE | WITH_INTEGRITY, false },
    { 0x0001, WITH_USERNAME | WITH_ICE | WITH_NOMINATION | WITH_INTEGRITY, false },
    { 0x0101, WITH_MAPPED | WITH_INTEGRITY, false },
    { 0x0111, WITH_ERROR, false },
    { 0x0011, 0, false },
    /* [MS-TURN] 2.2.1 */
    { 0x0003, 0, true },
    { 0x0113, WITH_ERROR | WITH_REALM | WITH_NONCE, true },
    { 0x0003, SIGNED | WITH_NOMINATION, true },
    { 0x0103, WITH_RELAYED | WITH_MAPPED | WITH_LIFETIME | WITH_INTEGRITY | WITH_CONNECTION_ID, true },
    { 0x0004, WITH_PEER | WITH_DATA | SIGNED, true },
    { 0x0115, WITH_PEER | WITH_DATA, true },
    { 0x0006, WITH_PEER | SIGNED, true },
    { 0x0106, WITH_PEER, true },
    { 0x0116, WITH_ERROR, true },
};

/* The attributes are the usual ones but for those that the input changes, which mostly are none. */
GByteArray *new_call_message(struct input *input)
{
    enum { IDS = 12, LAST_OF_ID = 19 };
    const struct model *model = &models[input_below(input, G_N_ELEMENTS(models))];
    const uint8_t id = (uint8_t)input_below(input, IDS);
    const uint32_t change = input_below(input, 4) == 3 ? input_number16(input) : 0;
    GByteArray *message = message_new(model->type);

    message->data[LAST_OF_ID] = id;
    if (model->ms)
        add_ms_attributes(message, input, model->with ^ change);
    else
        add_rfc_attributes(message, input, model->with ^ change);
    return message;
}
