/* fuzz_message.c
 * libFuzzer: any bytes as a message, through the layers that know one message: wire, ms_wire, attrs, decoded, rules,
 * fingerprint.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The input is a number (16 bits) and the message. The number says how much of the message was captured: what was cut off
 * must not be made up.
 */
#include "build.h"
#include "input.h"
#include "inspect.h"

#include "plugin/message/decoded.h"
#include "plugin/wire/fingerprint.h"
#include "plugin/rules/message_rules.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/message/names.h"

#include <string.h>

/* ---- what begins here ---- */

typedef enum msturn_fit (*fit_fn)(struct msturn_bytes bytes);

/* In multiplexed TURN what it carries counts. */
static bool has_multiplexed_ms_message(struct msturn_bytes bytes)
{
    return msturn_is_ms_turn_message(msturn_bytes_slice(bytes, MSTURN_MULTIPLEX_HEADER_LENGTH, UINT32_MAX));
}

/* More bytes decide what was undecided, and nothing else. But attributes that chain up so far need not do so to the end,
 * and for a message without RFC 8489's cookie multiplexed TURN is not waited for. */
static void check_fits(struct msturn_bytes whole, uint32_t part)
{
    static const fit_fn fits[] = { msturn_fit_message,           msturn_fit_frame,        msturn_fit_ms_frame,
                                   msturn_fit_multiplexed,       msturn_fit_client_hello, msturn_fit_server_hello,
                                   msturn_fit_split_server_hello };
    const struct msturn_bytes arrived = exact_bytes(whole.data, part, part);

    for (guint i = 0; i < G_N_ELEMENTS(fits); i++) {
        const enum msturn_fit before = fits[i](arrived);
        if (fits[i] == msturn_fit_multiplexed && (before == MSTURN_FIT_YES || has_multiplexed_ms_message(whole)))
            continue;
        if (before != MSTURN_FIT_MORE)
            g_assert_cmpint(before, ==, fits[i](whole));
    }
    free_exact_bytes(arrived);
}

static void check_searches(struct msturn_bytes bytes, uint32_t from)
{
    const uint32_t message = msturn_find_message(bytes, from);
    const uint32_t ms_frame = msturn_find_ms_frame(bytes, from);

    g_assert_true(message == bytes.captured || message >= from);
    if (message < bytes.captured) {
        const struct msturn_bytes found = msturn_bytes_slice(bytes, message, UINT32_MAX);
        g_assert_true(msturn_message_is_certain(found) || msturn_fit_frame(found) == MSTURN_FIT_YES);
    }
    g_assert_true(ms_frame == bytes.captured || ms_frame >= from);
    if (ms_frame < bytes.captured)
        g_assert_cmpint(msturn_fit_ms_frame(msturn_bytes_slice(bytes, ms_frame, UINT32_MAX)), ==, MSTURN_FIT_YES);
}

static void check_claims(struct msturn_bytes bytes)
{
    if (msturn_message_is_certain(bytes))
        g_assert_cmpint(msturn_fit_message(bytes), ==, MSTURN_FIT_YES);
    if (msturn_is_ms_turn_message(bytes))
        g_assert_cmpint(msturn_message_dialect(bytes), ==, MSTURN_DIALECT_MS_TURN);
    if (msturn_fit_ms_frame(bytes) == MSTURN_FIT_YES)
        g_assert_true(msturn_may_be_ms_frame(bytes));
    if (msturn_fit_multiplexed(bytes) == MSTURN_FIT_YES)
        g_assert_true(msturn_may_be_multiplexed(bytes));
    if (msturn_fit_server_hello(bytes) == MSTURN_FIT_YES)
        g_assert_true(msturn_is_rewritten_server_hello(bytes)); /* which asks for less */
    if (msturn_fit_message(bytes) == MSTURN_FIT_YES)
        g_assert_cmpint(msturn_payload_kind(bytes), ==, MSTURN_PAYLOAD_STUN);
    if (msturn_payload_is_media(bytes))
        g_assert_cmpuint(bytes.captured, >, 0);
    if (msturn_begins_frames(bytes))
        g_assert_cmpuint(bytes.captured, >=, MSTURN_FRAME_HEADER_LENGTH);
}

/* ---- values ---- */

static void check_shown(const struct msturn_attr *attr, const struct msturn_span *span, const GArray *values)
{
    unsigned count;
    const struct msturn_part *parts = msturn_attr_parts(attr, &count);
    uint8_t family;

    for (guint i = 0; i < values->len; i++) {
        const struct msturn_value *value = &g_array_index(values, struct msturn_value, i);
        if (parts[value->part].names)
            msturn_name_of(parts[value->part].names, value->number);
    }
    if (msturn_attr_family(attr, span, &family) && msturn_family_length(family) != 0)
        g_assert_true(family == 1 || family == 2); /* RFC 8489 section 14.1 */
    if (msturn_attr_length_fits(attr, span->length))
        g_assert_true(span->length >= attr->length_min && span->length <= attr->length_max);
}

static bool has_address(enum msturn_kind kind)
{
    return kind == MSTURN_KIND_IPV4 || kind == MSTURN_KIND_IPV6 || kind == MSTURN_KIND_ENDPOINT;
}

/* A value that goes on to the end of what was captured is shorter than the whole one. */
static bool is_value_of(const struct msturn_value *cut, const struct msturn_value *whole, enum msturn_kind kind)
{
    if (cut->part != whole->part || cut->offset != whole->offset)
        return false;
    if (cut->length < whole->length)
        return kind == MSTURN_KIND_TEXT || kind == MSTURN_KIND_BYTES || kind == MSTURN_KIND_RESERVED ||
               kind == MSTURN_KIND_FLAG;
    if (has_address(kind) && memcmp(cut->address, whole->address, sizeof cut->address) != 0)
        return false;
    return cut->length == whole->length && cut->number == whole->number && cut->computed == whole->computed;
}

static void check_values_of_cut(const struct msturn_attr *attr, const GArray *cut, const GArray *whole)
{
    unsigned count;
    const struct msturn_part *parts = msturn_attr_parts(attr, &count);

    for (guint i = 0; i < cut->len; i++) {
        const struct msturn_value *value = &g_array_index(cut, struct msturn_value, i);
        bool found = false;
        for (guint j = 0; j < whole->len && !found; j++)
            found = is_value_of(value, &g_array_index(whole, struct msturn_value, j), parts[value->part].kind);
        g_assert_true(found);
    }
}

/* ---- what the attributes say together ---- */

static void check_inside(struct msturn_bytes message, struct msturn_bytes value)
{
    if (!value.data)
        return;
    g_assert_true(value.data >= message.data);
    g_assert_cmpuint(value.data + value.captured - message.data, <=, message.captured);
    g_assert_cmpuint(value.captured, ==, value.reported);
}

static void check_endpoint(const struct msturn_endpoint *endpoint)
{
    g_assert_true(endpoint->family == 0 || endpoint->family == 4 || endpoint->family == 6);
    g_assert_true(msturn_endpoint_equal(endpoint, endpoint));
    g_assert_false(endpoint->family == 0 && msturn_endpoint_is_private(endpoint));
}

static void check_decoded(struct msturn_bytes message, const struct msturn_decoded *decoded)
{
    check_inside(message, decoded->username);
    check_inside(message, decoded->realm);
    check_inside(message, decoded->nonce);
    check_inside(message, decoded->unknown_attributes);
    check_inside(message, decoded->error_reason);
    check_inside(message, decoded->sequence_connection_id);
    check_inside(message, decoded->multiplexed);
    check_endpoint(&decoded->peer);
    check_endpoint(&decoded->relayed);
    check_endpoint(&decoded->mapped);
    check_endpoint(&decoded->alternate);
    g_assert_cmpuint(decoded->error_code, <=, 7 * 100 + UINT8_MAX); /* RFC 8489 section 14.8: 3 bits and a byte */
}

/* ---- spans ---- */

static void check_span_of_cut(struct msturn_bytes cut, const struct msturn_span *of_cut, struct msturn_bytes whole,
                              const struct msturn_span *of_whole, enum msturn_dialect dialect)
{
    g_assert_cmpuint(of_cut->offset, ==, of_whole->offset);
    if (of_cut->state == MSTURN_SPAN_TRUNCATED || of_whole->state == MSTURN_SPAN_TRUNCATED) {
        g_assert_cmpint(of_cut->state, ==, of_whole->state);
        return;
    }
    g_assert_cmpuint(of_cut->type, ==, of_whole->type);
    g_assert_cmpuint(of_cut->length, ==, of_whole->length);
    const struct msturn_attr *attr = msturn_attr_lookup(dialect, of_cut->type);
    if (!attr)
        return;
    GArray *cut_values = inspect_values(attr, cut, of_cut);
    GArray *whole_values = inspect_values(attr, whole, of_whole);
    check_shown(attr, of_cut, cut_values);
    check_shown(attr, of_whole, whole_values);
    check_values_of_cut(attr, cut_values, whole_values);
    g_array_unref(cut_values);
    g_array_unref(whole_values);
}

/* Of the numbers that a message gives several times the last one counts, which a cut one may not have. */
static bool last_is_unique(const GArray *spans)
{
    const struct msturn_span *last = &g_array_index(spans, struct msturn_span, spans->len - 1);

    for (guint i = 0; i + 1 < spans->len; i++) {
        if (g_array_index(spans, struct msturn_span, i).type == last->type)
            return false;
    }
    return true;
}

/* What a message says whose last attribute was cut. */
static void compare_decoded(const struct msturn_decoded *some, const struct msturn_decoded *all)
{
    g_assert_cmphex(some->has & ~all->has, ==, 0);
    g_assert_true(some->lifetime == 0 || some->lifetime == all->lifetime);
    g_assert_true(some->channel == 0 || some->channel == all->channel);
    g_assert_true(some->connection_id == 0 || some->connection_id == all->connection_id);
    g_assert_true(some->error_code == 0 || some->error_code == all->error_code);
    g_assert_true(some->requested_transport == 0 || some->requested_transport == all->requested_transport);
    g_assert_true(some->sequence == 0 || some->sequence == all->sequence);
    g_assert_true(some->peer.family == 0 || msturn_endpoint_equal(&some->peer, &all->peer));
    g_assert_true(some->relayed.family == 0 || msturn_endpoint_equal(&some->relayed, &all->relayed));
    g_assert_true(some->mapped.family == 0 || msturn_endpoint_equal(&some->mapped, &all->mapped));
    g_assert_true(some->alternate.family == 0 || msturn_endpoint_equal(&some->alternate, &all->alternate));
}

/* A message that is read by the other rule of padding is so because of its end: a cut one is not. Where a message ends is
 * said by its header: there may be more bytes. */
static void compare_messages(struct msturn_bytes cut, struct msturn_bytes whole)
{
    struct msturn_message some, all;

    if (!msturn_read_message(cut, cut.reported, &some) || !msturn_read_message(whole, whole.reported, &all) ||
        some.header.dialect != all.header.dialect || all.rest.wrong_padding)
        return;
    GArray *cut_spans = inspect_message(some.bytes);
    GArray *whole_spans = inspect_message(all.bytes);
    g_assert_cmpuint(cut_spans->len, <=, whole_spans->len);
    for (guint i = 0; i < cut_spans->len; i++)
        check_span_of_cut(some.bytes, &g_array_index(cut_spans, struct msturn_span, i), all.bytes,
                          &g_array_index(whole_spans, struct msturn_span, i), all.header.dialect);
    if (cut_spans->len > 0 && cut_spans->len == whole_spans->len && last_is_unique(whole_spans))
        compare_decoded(&some.decoded, &all.decoded);
    g_array_unref(cut_spans);
    g_array_unref(whole_spans);
}

/* ---- one message ---- */

static void take_finding(void *context, enum msturn_finding finding, uint16_t type)
{
    (void)context;
    (void)type;
    g_assert_cmpint(finding, >, MSTURN_FINDING_NONE);
    g_assert_cmpint(finding, <, MSTURN_FINDING_COUNT);
    g_assert_nonnull(msturn_findings[finding].code);
}

static void check_fingerprints(struct msturn_bytes message)
{
    const uint32_t faulty = msturn_faulty_fingerprint(message.data, message.captured);
    const uint32_t other = ~faulty;

    g_assert_cmpint(msturn_fingerprint_table_of(faulty, faulty, message.data, message.captured), ==,
                    MSTURN_FINGERPRINT_BOTH);
    g_assert_cmpint(msturn_fingerprint_table_of(faulty, other, message.data, message.captured), ==,
                    MSTURN_FINGERPRINT_FAULTY);
    g_assert_cmpint(msturn_fingerprint_table_of(other, other, message.data, message.captured), ==,
                    MSTURN_FINGERPRINT_STANDARD);
    g_assert_cmpint(msturn_fingerprint_table_of(other, faulty, message.data, message.captured), ==,
                    MSTURN_FINGERPRINT_NEITHER);
}

/* All that is done with a message. */
static void check_message(struct msturn_bytes message)
{
    struct msturn_message read;

    check_claims(message);
    check_searches(message, 0);
    check_searches(message, 1);
    check_fingerprints(message);
    if (!msturn_read_message(message, message.reported, &read)) {
        g_assert_cmpuint(message.captured, <, MSTURN_HEADER_LENGTH);
        return;
    }
    g_assert_true(read.header.transaction_id == message.data + MSTURN_HEADER_LENGTH - MSTURN_TRANSACTION_ID_LENGTH);
    check_decoded(read.bytes, &read.decoded);
    for (unsigned in_ms_frame = 0; in_ms_frame < 2; in_ms_frame++)
        msturn_check_message(&read, in_ms_frame, take_finding, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    const uint32_t number = input_number16(&input);

    if (input.size > UINT16_MAX + MSTURN_HEADER_LENGTH)
        return -1;
    const uint32_t length = (uint32_t)input.size;
    const uint32_t captured = number % (length + 1);
    const struct msturn_bytes whole = exact_bytes(input.data, length, length);
    const struct msturn_bytes cut = exact_bytes(input.data, captured, length);
    check_message(whole);
    check_message(cut);
    check_fits(whole, captured);
    compare_messages(cut, whole);
    free_exact_bytes(cut);
    free_exact_bytes(whole);
    return 0;
}
