/* preamble.c
 * What may stand before STUN and TURN on a TCP connection, and belongs to neither.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/preamble.h"

#include <stddef.h>
#include <string.h>

/* The records look like SSL to a firewall. Nothing in them varies, the "random" values included. */
/* clang-format off */
static const uint8_t ssltcp_client[MSTURN_SSLTCP_CLIENT_LENGTH] = {
    0x80, 0x46,                         /* SSL 2.0 record of 70 bytes */
    0x01, 0x03, 0x01,                   /* ClientHello, TLS 1.0 */
    0x00, 0x2D, 0x00, 0x00, 0x00, 0x10, /* lengths of cipher specs, session id, challenge */
    0x01, 0x00, 0x80, 0x03, 0x00, 0x80, 0x07, 0x00, 0xC0, 0x06, 0x00, 0x40, 0x02, 0x00, 0x80, 0x04, 0x00, 0x80,
    0x00, 0x00, 0x04, 0x00, 0xFE, 0xFF, 0x00, 0x00, 0x0A, 0x00, 0xFE, 0xFE, 0x00, 0x00, 0x09, 0x00, 0x00, 0x64,
    0x00, 0x00, 0x62, 0x00, 0x00, 0x03, 0x00, 0x00, 0x06, /* cipher specs */
    0x1F, 0x17, 0x0C, 0xA6, 0x2F, 0x00, 0x78, 0xFC, 0x46, 0x55, 0x2E, 0xB1, 0x83, 0x39, 0xF1, 0xEA, /* challenge */
};
/* clang-format on */

/* clang-format off */
static const uint8_t ssltcp_server[MSTURN_SSLTCP_SERVER_LENGTH] = {
    0x16, 0x03, 0x01, 0x00, 0x4A,                   /* handshake record of TLS 1.0, 74 bytes */
    0x02, 0x00, 0x00, 0x46, 0x03, 0x01,             /* ServerHello, TLS 1.0 */
    0x42, 0x85, 0x45, 0xA7, 0x27, 0xA9, 0x5D, 0xA0, 0xB3, 0xC5, 0xE7, 0x53, 0xDA, 0x48, 0x2B, 0x3F,
    0xC6, 0x5A, 0xCA, 0x89, 0xC1, 0x58, 0x52, 0xA1, 0x78, 0x3C, 0x5B, 0x17, 0x46, 0x00, 0x85, 0x3F, /* random */
    0x20, 0x0E, 0xD3, 0x06, 0x72, 0x5B, 0x5B, 0x1B, 0x5F, 0x15, 0xAC, 0x13, 0xF9, 0x88, 0x53, 0x9D, 0x9B,
    0xE8, 0x3D, 0x7B, 0x0C, 0x30, 0x32, 0x6E, 0x38, 0x4D, 0xA2, 0x75, 0x57, 0x41, 0x6C, 0x34, 0x5C, /* session id */
    0x00, 0x04, 0x00,                               /* RSA with RC4 and MD5, no compression */
};
/* clang-format on */

static const uint8_t proxy_v2[12] = { 0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A };

static bool has_prefix(struct msturn_bytes bytes, const void *beginning, uint32_t length)
{
    /* Mostly the first byte is enough to tell that it is not. */
    return bytes.captured >= length && *bytes.data == *(const uint8_t *)beginning &&
           memcmp(bytes.data, beginning, length) == 0;
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 1000 443" and an end of line, 107 characters at most (PROXY protocol 2.1); 0: no such line. */
static uint32_t proxy_v1_length(struct msturn_bytes bytes)
{
    enum { LINE_MAX_LENGTH = 107 };
    static const char *const families[] = { "PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN" };

    for (unsigned i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (!has_prefix(bytes, families[i], (uint32_t)strlen(families[i])))
            continue;
        for (uint32_t end = 0; end + 1 < bytes.captured && end + 1 < LINE_MAX_LENGTH; end++) {
            if (bytes.data[end] == '\r' && bytes.data[end + 1] == '\n')
                return end + 2;
        }
    }
    return 0;
}

/* PROXY protocol 2.2: version 2, command LOCAL or PROXY; 0: no such header, or not all of it. */
static uint32_t proxy_v2_length(struct msturn_bytes bytes)
{
    if (bytes.captured < MSTURN_PROXY_V2_HEADER_LENGTH || !has_prefix(bytes, proxy_v2, sizeof proxy_v2) ||
        (bytes.data[12] & 0xFE) != 0x20)
        return 0;
    const uint32_t length = MSTURN_PROXY_V2_HEADER_LENGTH + (uint32_t)msturn_get16(bytes.data + 14);

    return length <= bytes.captured ? length : 0;
}

bool msturn_preamble_may_begin(uint8_t first)
{
    return first == *ssltcp_client || first == *ssltcp_server || first == 'P' || first == *proxy_v2;
}

enum msturn_preamble msturn_preamble_of(struct msturn_bytes bytes, uint32_t *length)
{
    if (has_prefix(bytes, ssltcp_client, *length = sizeof ssltcp_client))
        return MSTURN_PREAMBLE_SSLTCP_CLIENT;
    if (has_prefix(bytes, ssltcp_server, *length = sizeof ssltcp_server))
        return MSTURN_PREAMBLE_SSLTCP_SERVER;
    if ((*length = proxy_v1_length(bytes)) > 0)
        return MSTURN_PREAMBLE_PROXY_V1;
    if ((*length = proxy_v2_length(bytes)) > 0)
        return MSTURN_PREAMBLE_PROXY_V2;
    return MSTURN_PREAMBLE_NONE;
}

bool msturn_preamble_is_ssltcp(enum msturn_preamble preamble)
{
    return preamble == MSTURN_PREAMBLE_SSLTCP_CLIENT || preamble == MSTURN_PREAMBLE_SSLTCP_SERVER;
}

/* RFC 1928 sections 3 to 6: a choice of methods, then a request or reply with an address, of a type that says how long it is. */
static bool is_socks5(struct msturn_bytes bytes)
{
    enum { IPV4 = 1, NAME = 3, IPV6 = 4, ADDRESS = 4, PORT_LENGTH = 2 };
    const uint8_t *data = bytes.data;

    if (bytes.captured < 2 || data[0] != 5)
        return false;
    if (bytes.reported == 2 || bytes.reported == 2u + data[1])
        return true;
    if (bytes.captured <= ADDRESS || data[2] != 0)
        return false;
    const uint32_t lengths[] = { [IPV4] = 4, [NAME] = 1u + data[ADDRESS], [IPV6] = 16 };
    return data[3] >= IPV4 && data[3] <= IPV6 && lengths[data[3]] > 0 &&
           bytes.reported == ADDRESS + lengths[data[3]] + PORT_LENGTH;
}

/* RFC 1929: user and password, each after its length; the answer. */
static bool is_socks5_login(struct msturn_bytes bytes)
{
    if (bytes.captured < 2 || bytes.data[0] != 1)
        return false;
    const uint32_t password = 2u + bytes.data[1];

    return bytes.reported == 2 || (bytes.captured > password && bytes.reported == password + 1 + bytes.data[password]);
}

/* Version, CONNECT, port, address, and a name that ends with 0; eight bytes of answer. */
static bool is_socks4(struct msturn_bytes bytes)
{
    enum { REQUEST_LENGTH_MIN = 9, ANSWER_LENGTH = 8, GRANTED = 0x5A };
    const uint8_t *data = bytes.data;

    if (bytes.captured < 2 || bytes.captured < bytes.reported)
        return false;
    return (data[0] == 4 && data[1] == 1 && bytes.reported >= REQUEST_LENGTH_MIN && data[bytes.captured - 1] == 0) ||
           (data[0] == 0 && data[1] == GRANTED && bytes.reported == ANSWER_LENGTH);
}

/* RFC 1928 section 4. */
static void read_socks5_target(struct msturn_bytes bytes, struct msturn_socks_target *target)
{
    enum { NAME = 3, ADDRESS = 4 };

    target->port = msturn_get16(bytes.data + bytes.captured - 2);
    if (bytes.data[3] == NAME) {
        target->name = msturn_bytes_slice(bytes, ADDRESS + 1, bytes.data[ADDRESS]);
        return;
    }
    target->address = bytes.data + ADDRESS;
    target->address_length = bytes.captured - ADDRESS - 2;
}

/* In SOCKS 4a an address 0.0.0.x stands for a name, after that of the user. */
static void read_socks4_target(struct msturn_bytes bytes, struct msturn_socks_target *target)
{
    enum { ADDRESS = 4, USER = 8 };
    const uint8_t *data = bytes.data, *user_end = memchr(data + USER, 0, bytes.captured - USER);
    const uint32_t name = user_end ? (uint32_t)(user_end - data) + 1 : bytes.captured;

    target->port = msturn_get16(data + 2);
    if (data[ADDRESS] == 0 && data[ADDRESS + 1] == 0 && data[ADDRESS + 2] == 0 && name < bytes.captured) {
        target->name = msturn_bytes_slice(bytes, name, bytes.captured - name - 1);
        return;
    }
    target->address = data + ADDRESS;
    target->address_length = 4;
}

bool msturn_socks_target(struct msturn_bytes bytes, struct msturn_socks_target *target)
{
    enum { REQUEST_LENGTH_MIN = 9, CONNECT = 1 };

    *target = (struct msturn_socks_target){ .port = 0 };
    if (bytes.captured < REQUEST_LENGTH_MIN || bytes.captured < bytes.reported || bytes.data[1] != CONNECT)
        return false;
    if (is_socks5(bytes) && bytes.reported != 2u + bytes.data[1])
        read_socks5_target(bytes, target);
    else if (bytes.data[0] == 4 && is_socks4(bytes))
        read_socks4_target(bytes, target);
    else
        return false;
    return true;
}

static bool is_whole_preamble(struct msturn_bytes bytes)
{
    uint32_t length;

    return bytes.captured > 0 && msturn_preamble_may_begin(*bytes.data) &&
           msturn_preamble_of(bytes, &length) != MSTURN_PREAMBLE_NONE && length == bytes.reported;
}

bool msturn_may_precede(struct msturn_bytes bytes)
{
    return is_whole_preamble(bytes) || is_socks5(bytes) || is_socks5_login(bytes) || is_socks4(bytes);
}
