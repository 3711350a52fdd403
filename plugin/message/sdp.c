/* sdp.c
 * Lines of a session description, as far as ICE needs them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/message/sdp.h"

#include "plugin/message/ip_text.h"

#include <string.h>

const struct msturn_name msturn_candidate_transport_names[] = {
    { MSTURN_CANDIDATE_UDP, "udp" },
    { MSTURN_CANDIDATE_TCP, "tcp" },
    { MSTURN_CANDIDATE_TCP_ACTIVE, "tcp-active" },
    { MSTURN_CANDIDATE_TCP_PASSIVE, "tcp-passive" },
    { MSTURN_CANDIDATE_TCP_SO, "tcp-so" },
    { 0, NULL },
};

const struct msturn_name msturn_candidate_type_names[] = {
    { MSTURN_CANDIDATE_HOST, "host" },
    { MSTURN_CANDIDATE_SRFLX, "srflx" },
    { MSTURN_CANDIDATE_PRFLX, "prflx" },
    { MSTURN_CANDIDATE_RELAY, "relay" },
    { 0, NULL },
};

/* ---- words ---- */

static uint8_t as_lower(uint8_t character)
{
    return character >= 'A' && character <= 'Z' ? character | 0x20 : character;
}

static bool is_letter_or_digit(uint8_t character)
{
    return (as_lower(character) >= 'a' && as_lower(character) <= 'z') || (character >= '0' && character <= '9');
}

static bool is_space(uint8_t character)
{
    return character == ' ' || character == '\t';
}

/* Names and values of SDP are compared without regard to case where a sender may have changed it. */
static bool starts_with(struct msturn_bytes bytes, const char *text)
{
    const size_t length = strlen(text);

    if (bytes.captured < length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (as_lower(bytes.data[i]) != as_lower((uint8_t)text[i]))
            return false;
    }
    return true;
}

static bool equals(struct msturn_bytes bytes, const char *text)
{
    return bytes.captured == strlen(text) && starts_with(bytes, text);
}

static struct msturn_bytes after(struct msturn_bytes bytes, uint32_t length)
{
    return msturn_bytes_slice(bytes, length, UINT32_MAX);
}

static struct msturn_bytes trimmed(struct msturn_bytes bytes)
{
    while (bytes.captured > 0 && is_space(bytes.data[0]))
        bytes = after(bytes, 1);
    while (bytes.captured > 0 && (is_space(bytes.data[bytes.captured - 1]) || bytes.data[bytes.captured - 1] == 0))
        bytes = msturn_bytes_slice(bytes, 0, bytes.captured - 1);
    return bytes;
}

/* Cuts the next word off; empty: there is none. */
static struct msturn_bytes next_word(struct msturn_bytes *rest)
{
    uint32_t length = 0;

    *rest = trimmed(*rest);
    while (length < rest->captured && !is_space(rest->data[length]))
        length++;
    const struct msturn_bytes word = msturn_bytes_slice(*rest, 0, length);
    *rest = after(*rest, length);
    return word;
}

static bool read_number(struct msturn_bytes word, uint32_t *number)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < word.captured; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || value > UINT32_MAX)
            return false;
        value = value * 10 + (uint64_t)(word.data[i] - '0');
    }
    *number = (uint32_t)value;
    return word.captured > 0 && value <= UINT32_MAX;
}

static bool read_port(struct msturn_bytes word, uint16_t *port)
{
    uint32_t number;

    if (!read_number(word, &number) || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

/* ---- candidates ---- */

struct word_value {
    const char *word;
    unsigned value;
};

static const struct word_value transports[] = {
    { "UDP", MSTURN_CANDIDATE_UDP },
    { "TCP", MSTURN_CANDIDATE_TCP },
    { "TCP-ACT", MSTURN_CANDIDATE_TCP_ACTIVE }, /* [MS-SDPEXT] 3.1.5.22 */
    { "TCP-PASS", MSTURN_CANDIDATE_TCP_PASSIVE },
    { "TCP-SO", MSTURN_CANDIDATE_TCP_SO },
    { NULL, MSTURN_CANDIDATE_OTHER },
};

static const struct word_value tcp_types[] = {
    /* RFC 6544 section 4.5 */
    { "active", MSTURN_CANDIDATE_TCP_ACTIVE },
    { "passive", MSTURN_CANDIDATE_TCP_PASSIVE },
    { "so", MSTURN_CANDIDATE_TCP_SO },
    { NULL, MSTURN_CANDIDATE_TCP },
};

static const struct word_value types[] = {
    { "host", MSTURN_CANDIDATE_HOST },   { "srflx", MSTURN_CANDIDATE_SRFLX }, { "prflx", MSTURN_CANDIDATE_PRFLX },
    { "relay", MSTURN_CANDIDATE_RELAY }, { NULL, MSTURN_CANDIDATE_UNKNOWN },
};

static unsigned value_of(const struct word_value *values, struct msturn_bytes word)
{
    while (values->word && !equals(word, values->word))
        values++;
    return values->value;
}

/* "0.830" as 830. */
static bool read_thousandths(struct msturn_bytes word, uint32_t *number)
{
    uint32_t value = 0, digits = 0;

    if (word.captured < 3 || (word.data[0] != '0' && word.data[0] != '1') || word.data[1] != '.')
        return false;
    for (uint32_t i = 2; i < word.captured; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        if (digits++ < 3)
            value = value * 10 + (uint32_t)(word.data[i] - '0');
    }
    for (; digits < 3; digits++)
        value *= 10;
    *number = value + (uint32_t)(word.data[0] - '0') * 1000;
    return true;
}

static bool read_host_and_port(struct msturn_bytes *rest, struct msturn_sdp_candidate *candidate)
{
    candidate->host = next_word(rest);
    if (!read_port(next_word(rest), &candidate->address.port))
        return false;
    msturn_read_ip_text(candidate->host, &candidate->address);
    return candidate->host.captured > 0;
}

/* What follows address and port: names and values (RFC 8839 section 5.1). */
static void read_extensions(struct msturn_bytes rest, struct msturn_sdp_candidate *candidate)
{
    for (struct msturn_bytes name = next_word(&rest); name.captured > 0; name = next_word(&rest)) {
        const struct msturn_bytes value = next_word(&rest);
        if (equals(name, "typ"))
            candidate->type = value_of(types, value);
        else if (equals(name, "raddr"))
            msturn_read_ip_text(value, &candidate->related);
        else if (equals(name, "rport"))
            read_port(value, &candidate->related.port);
        else if (equals(name, "tcptype") && candidate->transport == MSTURN_CANDIDATE_TCP)
            candidate->transport = value_of(tcp_types, value);
    }
    if (candidate->related.family == 0)
        candidate->related = (struct msturn_endpoint){ .family = 0 };
}

/* RFC 8839 section 5.1: foundation, component, transport, priority, address, port. Draft 6, as [MS-ICE] has it: user name,
 * component, password, transport, priority as a fraction, address, port. */
static bool read_candidate(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    struct msturn_sdp_candidate *candidate = &line->candidate;
    struct msturn_bytes rest = text;

    candidate->foundation = next_word(&rest);
    if (!read_number(next_word(&rest), &candidate->component))
        return false;
    const struct msturn_bytes third = next_word(&rest), fourth = next_word(&rest);
    if (read_number(fourth, &candidate->priority)) {
        candidate->transport = value_of(transports, third);
    } else {
        candidate->password = third;
        candidate->transport = value_of(transports, fourth);
        if (!read_thousandths(next_word(&rest), &candidate->priority))
            return false;
    }
    if (!read_host_and_port(&rest, candidate))
        return false;
    read_extensions(rest, candidate);
    return true;
}

/* ---- other lines ---- */

static bool read_text(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    line->text = trimmed(text);
    return line->text.captured > 0;
}

static bool read_word(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    struct msturn_bytes rest = text;

    line->text = next_word(&rest);
    return line->text.captured > 0;
}

/* RFC 8839 section 5.4; in a log a quotation mark may follow. */
static bool read_ice_text(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    const struct msturn_bytes value = trimmed(text);
    uint32_t length = 0;

    while (length < value.captured &&
           (is_letter_or_digit(value.data[length]) || (value.data[length] != 0 && strchr("+/=-_", value.data[length]))))
        length++;
    line->text = msturn_bytes_slice(value, 0, length);
    return length > 0;
}

static bool read_nothing(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    (void)line;
    return trimmed(text).captured == 0;
}

/* "jdoe 3724394400 3724394405 IN IP4 198.51.100.1" */
static bool read_origin(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    struct msturn_bytes rest = text;

    for (unsigned i = 0; i < 3; i++)
        next_word(&rest);
    return equals(next_word(&rest), "IN") && read_text(text, line);
}

static bool read_connection(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    struct msturn_bytes rest = text;
    const struct msturn_bytes network = next_word(&rest), family = next_word(&rest), address = next_word(&rest);
    uint32_t length = 0;

    if (!equals(network, "IN") || !(equals(family, "IP4") || equals(family, "IP6")))
        return false;
    while (length < address.captured && address.data[length] != '/') /* multicast: what follows is a TTL */
        length++;
    line->text = msturn_bytes_slice(address, 0, length);
    msturn_read_ip_text(line->text, &line->address);
    return length > 0;
}

static bool read_media(struct msturn_bytes text, struct msturn_sdp_line *line)
{
    struct msturn_bytes rest = text;
    uint32_t length = 0;

    line->media.name = next_word(&rest);
    const struct msturn_bytes port = next_word(&rest);
    while (length < port.captured && port.data[length] != '/') /* what follows is a number of ports */
        length++;
    line->media.protocol = next_word(&rest);
    line->text = trimmed(text);
    return line->media.name.captured > 0 && line->media.protocol.captured > 0 &&
           read_number(msturn_bytes_slice(port, 0, length), &line->media.port) && line->media.port <= UINT16_MAX;
}

/* ---- a line ---- */

#define CALL_ID "Call-ID:"     /* RFC 3261 section 20.8 */
#define CALL_ID_COMPACT "\ni:" /* after the end of a line */

struct line_form {
    const char *begin;
    enum msturn_sdp_kind kind;
    bool (*read)(struct msturn_bytes text, struct msturn_sdp_line *line);
};

static const struct line_form forms[] = {
    { "v=0", MSTURN_SDP_VERSION, read_nothing },
    { "o=", MSTURN_SDP_ORIGIN, read_origin },
    { "c=", MSTURN_SDP_CONNECTION, read_connection },
    { "m=", MSTURN_SDP_MEDIA, read_media },
    { "a=ice-ufrag:", MSTURN_SDP_UFRAG, read_ice_text },
    { "a=ice-pwd:", MSTURN_SDP_PWD, read_ice_text },
    { "a=ice-lite", MSTURN_SDP_LITE, read_nothing },
    { "a=ice-options:", MSTURN_SDP_OPTIONS, read_text },
    { "a=candidate:", MSTURN_SDP_CANDIDATE, read_candidate },
    { "a=remote-candidates:", MSTURN_SDP_REMOTE_CANDIDATES, read_text },
    { "a=remote-candidate:", MSTURN_SDP_REMOTE_CANDIDATES, read_text }, /* [MS-ICE] */
    { "a=setup:", MSTURN_SDP_SETUP, read_text },
    { "a=x-applicationsharing-", MSTURN_SDP_APPLICATION_SHARING, read_text },
    { CALL_ID, MSTURN_SDP_CALL_ID, read_word },
};

bool msturn_sdp_read_line(struct msturn_bytes line, struct msturn_sdp_line *read)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        *read = (struct msturn_sdp_line){ .kind = forms[i].kind };
        if (starts_with(line, forms[i].begin))
            return forms[i].read(after(line, (uint32_t)strlen(forms[i].begin)), read);
    }
    return false;
}

static bool is_line_end(uint8_t character)
{
    return character == '\r' || character == '\n';
}

bool msturn_sdp_next_line(struct msturn_bytes *rest, struct msturn_bytes *line)
{
    uint32_t length = 0;

    while (length < rest->captured && !is_line_end(rest->data[length]))
        length++;
    if (rest->captured == 0 || (length == rest->captured && rest->captured < rest->reported))
        return false;
    *line = msturn_bytes_slice(*rest, 0, length);
    line->reported = length;
    if (length + 1 < rest->captured && rest->data[length] == '\r' && rest->data[length + 1] == '\n')
        length++;
    *rest = length < rest->captured ? after(*rest, length + 1) : after(*rest, length);
    return true;
}

static bool may_begin_line(struct msturn_bytes rest)
{
    return rest.data[1] == '=' || starts_with(rest, CALL_ID);
}

/* "v=0" is not the end of a longer word, and nothing follows it. */
struct msturn_bytes msturn_sdp_in_log_line(struct msturn_bytes line)
{
    for (uint32_t at = 0; at + 2 < line.captured; at++) {
        const struct msturn_bytes rest = after(line, at);
        struct msturn_sdp_line read;
        if (may_begin_line(rest) && (at == 0 || !is_letter_or_digit(line.data[at - 1])) &&
            msturn_sdp_read_line(rest, &read))
            return rest;
    }
    return after(line, line.captured);
}

/* Every message has one, so the last one before a body is that of its message. */
struct msturn_bytes msturn_sip_call_id(struct msturn_bytes before)
{
    for (uint32_t at = before.captured; at > 0; at--) {
        struct msturn_bytes rest = after(before, at - 1);
        if (rest.data[0] != '\n')
            continue;
        const bool compact = starts_with(rest, CALL_ID_COMPACT);
        if (!compact && !starts_with(after(rest, 1), CALL_ID))
            continue;
        rest = after(rest, compact ? (uint32_t)strlen(CALL_ID_COMPACT) : 1 + (uint32_t)strlen(CALL_ID));
        uint32_t end = 0;
        while (end < rest.captured && !is_line_end(rest.data[end]))
            end++;
        rest = msturn_bytes_slice(rest, 0, end);
        return next_word(&rest);
    }
    return after(before, before.captured);
}
