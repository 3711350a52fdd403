/* fields.c
 * The fields, subtrees and expert items of msturn, registered from tables.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/fields.h"

#include "plugin/wire/fingerprint.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/show/stun_alias.h"
#include "plugin/host/protocol.h"
#include "plugin/track/track.h"

#define FIELD(name) struct msturn_field name = { -1, 0 }

FIELD(field_type);
FIELD(field_class);
FIELD(field_method);
FIELD(field_length);
FIELD(field_cookie);
FIELD(field_transaction_id);
FIELD(field_response_in);
FIELD(field_response_to);
FIELD(field_time);
FIELD(field_duplicate_of);
FIELD(field_twin_of);
FIELD(field_dialect);
FIELD(field_attributes);
FIELD(field_attr_type);
FIELD(field_attr_length);
FIELD(field_attr_value);
FIELD(field_attr_padding);
FIELD(field_attr_reserved);
FIELD(field_attr_unknown);
FIELD(field_attr_undecoded);
FIELD(field_fingerprint_status);
FIELD(field_fingerprint_table);
FIELD(field_frame_length);
FIELD(field_channel);
FIELD(field_channel_length);
FIELD(field_channel_data);
FIELD(field_channel_padding);
FIELD(field_payload_kind);
FIELD(field_opaque);
FIELD(field_tls_content_type);
FIELD(field_tls_version);
FIELD(field_tls_length);
FIELD(field_tls_handshake_type);
FIELD(field_tls_handshake_length);
FIELD(field_tls_handshake_version);
FIELD(field_tls_time);
FIELD(field_tls_random);
FIELD(field_tls_session_id_length);
FIELD(field_tls_session_id);
FIELD(field_tls_cipher_suites_length);
FIELD(field_tls_cipher_suite);
FIELD(field_tls_compression_methods_length);
FIELD(field_tls_compression_method);
FIELD(field_ms_frame_type);
FIELD(field_ms_frame_reserved);
FIELD(field_ms_frame_length);
FIELD(field_multiplex_channel);
FIELD(field_multiplex_length);
FIELD(field_multiplex_session_id);
FIELD(field_session);
FIELD(field_session_allocate_in);
FIELD(field_session_previous);
FIELD(field_session_next);
FIELD(field_pair);
FIELD(field_pair_verdict);
FIELD(field_pair_reason);
FIELD(field_pair_direction);
FIELD(field_connection_id);
FIELD(field_connection_peer);
FIELD(field_connection_state);
FIELD(field_connection_announced_in);
FIELD(field_connection_bound_in);
FIELD(field_advice);
FIELD(field_ice_warning);

int ett_msturn = -1;
int ett_msturn_type = -1;
int ett_msturn_attributes = -1;
int ett_msturn_attr = -1;
int ett_msturn_frame = -1;
int ett_msturn_channel = -1;
int ett_msturn_call = -1;


/* ---- value names ---- */

static const struct msturn_name tls_content_names[] = { { 22, "Handshake" }, { 0, NULL } };

static const struct msturn_name tls_handshake_names[] = {
    { 1, "Client Hello" }, { 2, "Server Hello" }, { 14, "Server Hello Done" }, { 0, NULL }
};

static const struct msturn_name tls_cipher_names[] = { { 0x18, "TLS_DH_anon_WITH_RC4_128_MD5" }, { 0, NULL } };

static const struct msturn_name ms_frame_names[] = {
    { MSTURN_MS_FRAME_CONTROL, "TURN message" }, { MSTURN_MS_FRAME_DATA, "End-to-end data" }, { 0, NULL }
};

static const struct msturn_name fingerprint_table_names[] = {
    { MSTURN_FINGERPRINT_NEITHER, "Neither" },
    { MSTURN_FINGERPRINT_STANDARD, "Standard" },
    { MSTURN_FINGERPRINT_FAULTY, "Microsoft's faulty table" },
    { MSTURN_FINGERPRINT_BOTH, "Both" },
    { 0, NULL }
};

static const struct msturn_name checksum_names[] = {
    { PROTO_CHECKSUM_E_BAD, "Bad" },
    { PROTO_CHECKSUM_E_GOOD, "Good" },
    { 0, NULL }
};

/* The same list in the host's form; lives as long as the program. */
static const value_string *value_strings(const struct msturn_name *names)
{
    size_t count = 0;

    while (names[count].name)
        count++;
    value_string *strings = wmem_alloc0_array(wmem_epan_scope(), value_string, count + 1);
    for (size_t i = 0; i < count; i++) {
        strings[i].value = names[i].value;
        strings[i].strptr = names[i].name;
    }
    return strings;
}

static const value_string *attr_type_strings(void)
{
    value_string *strings = wmem_alloc0_array(wmem_epan_scope(), value_string, msturn_attr_count + 1);

    for (unsigned i = 0; i < msturn_attr_count; i++) {
        strings[i].value = msturn_attrs[i].type;
        strings[i].strptr = msturn_attrs[i].name;
    }
    return strings;
}

static const value_string *method_strings(void)
{
    value_string *strings = wmem_alloc0_array(wmem_epan_scope(), value_string, msturn_method_count + 1);

    for (unsigned i = 0; i < msturn_method_count; i++) {
        strings[i].value = msturn_methods[i].number;
        strings[i].strptr = msturn_methods[i].name;
    }
    return strings;
}

/* ---- fields that are not an attribute's ---- */

struct field_row {
    struct msturn_field *field;
    const char *name;
    const char *abbrev;
    const char *stun; /* the field of the built-in STUN dissector for the same bytes, or NULL */
    enum ftenum type;
    int display;
    const struct msturn_name *names;
    const char *blurb;
};

static const struct field_row field_rows[] = {
    { &field_type, "Message type", "msturn.type", "stun.type", FT_UINT16, BASE_HEX, NULL, "Method and class, RFC 8489 section 5" },
    { &field_class, "Class", "msturn.class", NULL, FT_UINT8, BASE_DEC, msturn_class_names, "RFC 8489 section 5" },
    { &field_method, "Method", "msturn.method", NULL, FT_UINT16, BASE_HEX, NULL, "RFC 8489 section 18.2" },
    { &field_length, "Message length", "msturn.length", "stun.length", FT_UINT16, BASE_DEC, NULL, "Without the 20 bytes of the header" },
    { &field_cookie, "Magic Cookie", "msturn.cookie", "stun.cookie", FT_UINT32, BASE_HEX, NULL, "RFC 8489 section 5" },
    { &field_transaction_id, "Transaction ID", "msturn.transaction_id", "stun.id", FT_BYTES, BASE_NONE, NULL, "RFC 8489 section 5" },
    { &field_dialect, "Dialect", "msturn.dialect", "stun.network_version", FT_UINT8, BASE_DEC, msturn_dialect_names, "The rules by which the attributes are read" },
    { &field_response_in, "Response in", "msturn.response_in", "stun.response-in", FT_FRAMENUM, FT_FRAMENUM_RESPONSE, NULL, "The frame of the answer to this request" },
    { &field_response_to, "Response to", "msturn.response_to", "stun.response-to", FT_FRAMENUM, FT_FRAMENUM_REQUEST, NULL, "The frame of the request that this answers" },
    { &field_time, "Time", "msturn.time", "stun.time", FT_RELATIVE_TIME, BASE_NONE, NULL, "From the request to this response" },
    { &field_session, "Session", "msturn.session", NULL, FT_UINT32, BASE_DEC, NULL, "Number of the TURN session, in order of appearance" },
    { &field_session_allocate_in, "Allocated in", "msturn.session.allocate_in", NULL, FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "The frame of the response that made the relayed address" },
    { &field_session_previous, "Previous message of the session in", "msturn.previous_in", NULL, FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "On whatever connection" },
    { &field_session_next, "Next message of the session in", "msturn.next_in", NULL, FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "On whatever connection" },
    { &field_pair, "Candidate pair", "msturn.pair", NULL, FT_UINT32, BASE_DEC, NULL, "Number of the ICE candidate pair, in order of appearance" },
    { &field_pair_verdict, "Verdict", "msturn.pair.verdict", NULL, FT_STRING, BASE_NONE, NULL, "nominated, valid, broken, unfinished or unknown; the first pass over a capture knows only what came so far" },
    { &field_pair_reason, "Reason", "msturn.pair.reason", NULL, FT_STRING, BASE_NONE, NULL, "Why the pair is broken" },
    { &field_pair_direction, "Direction", "msturn.pair.direction", NULL, FT_STRING, BASE_NONE, NULL, "The way of the check that failed" },
    { &field_connection_id, "Peer connection", "msturn.connection.id", NULL, FT_UINT32, BASE_HEX, NULL, "CONNECTION-ID, RFC 6062 section 6.2.1" },
    { &field_connection_peer, "Peer", "msturn.connection.peer", NULL, FT_STRING, BASE_NONE, NULL, "Address and port of the peer as the relay sees it" },
    { &field_connection_state, "State", "msturn.connection.state", NULL, FT_STRING, BASE_NONE, NULL, "pending, bound, never-bound or failed" },
    { &field_connection_announced_in, "Announced in", "msturn.connection.announced_in", NULL, FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "The frame of the ConnectionAttempt, or of the answer to Connect" },
    { &field_connection_bound_in, "Bound in", "msturn.connection.bound_in", NULL, FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "The frame of the ConnectionBind success response" },
    { &field_advice, "Advice", "msturn.finding.advice", NULL, FT_STRING, BASE_NONE, NULL, "What a finding means for the call, and what to do" },
    { &field_ice_warning, "ICE warning", "msturn.finding.ice_warning", NULL, FT_STRING, BASE_NONE, NULL, "What Microsoft's clients report for it, [MS-QoE] 2.2.1.7.1" },
    { &field_duplicate_of, "Duplicate of", "msturn.duplicate_of", "stun.reqduplicate", FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "The frame of the first message of this class with this transaction id" },
    { &field_twin_of, "Twin of", "msturn.twin_of", "stun.reqduplicate", FT_FRAMENUM, FT_FRAMENUM_NONE, NULL, "The frame of the same message with FINGERPRINT by the other CRC table ([MS-ICE2] 3.1.4.8.2)" },
    { &field_attributes, "Attributes", "msturn.attributes", "stun.attributes", FT_NONE, BASE_NONE, NULL, NULL },
    { &field_attr_type, "Attribute type", "msturn.attr.type", "stun.att.type", FT_UINT16, BASE_HEX, NULL, "RFC 8489 section 14" },
    { &field_attr_length, "Attribute length", "msturn.attr.length", "stun.att.length", FT_UINT16, BASE_DEC, NULL, "Of the value, without padding" },
    { &field_attr_value, "Value", "msturn.attr.value", "stun.value", FT_BYTES, BASE_NONE, NULL, "The value as it is on the wire" },
    { &field_attr_padding, "Padding", "msturn.attr.padding", "stun.att.padding", FT_BYTES, BASE_NONE, NULL, "RFC 8489 section 14" },
    { &field_attr_reserved, "Reserved", "msturn.attr.reserved", "stun.att.reserved", FT_BYTES, BASE_NONE, NULL, NULL },
    { &field_attr_unknown, "Unknown attribute", "msturn.attr.unknown", NULL, FT_UINT16, BASE_HEX, NULL, "The type of an attribute that is not in the table" },
    { &field_attr_undecoded, "Attribute without a value", "msturn.attr.undecoded", NULL, FT_NONE, BASE_NONE, NULL, "A known attribute whose value is too short or cut" },
    { &field_fingerprint_status, "Fingerprint status", "msturn.fingerprint.status", "stun.att.crc32.status", FT_UINT8, BASE_DEC, checksum_names, "RFC 8489 section 14.7" },
    { &field_fingerprint_table, "CRC table", "msturn.fingerprint.table", NULL, FT_UINT8, BASE_DEC, fingerprint_table_names, "The CRC table that gives this value; old Microsoft clients have a faulty one" },
    { &field_frame_length, "RFC 4571 length", "msturn.frame.length", "stun.tcp_frame_length", FT_UINT16, BASE_DEC, NULL, "Of the packet in the frame" },
    { &field_channel, "Channel number", "msturn.channel", "stun.channel", FT_UINT16, BASE_HEX, NULL, "RFC 8656 section 12.4" },
    { &field_channel_length, "Channel data length", "msturn.channel.length", "stun.length", FT_UINT16, BASE_DEC, NULL, "Without padding" },
    { &field_channel_data, "Channel data", "msturn.channel.data", NULL, FT_BYTES, BASE_NONE, NULL, NULL },
    { &field_channel_padding, "Padding", "msturn.channel.padding", NULL, FT_BYTES, BASE_NONE, NULL, "RFC 8656 section 12.5" },
    { &field_payload_kind, "Payload", "msturn.payload", NULL, FT_UINT8, BASE_DEC, msturn_payload_names, "What is in the packet, by its first bytes (RFC 7983)" },
    { &field_opaque, "Bytes that are no message", "msturn.opaque", NULL, FT_BYTES, BASE_NONE, NULL, "Bytes of this connection that are not framed as a message" },
    { &field_tls_content_type, "Content type", "msturn.pseudo_tls.content_type", NULL, FT_UINT8, BASE_DEC, tls_content_names, "[MS-TURN] 2.1.1" },
    { &field_tls_version, "Record version", "msturn.pseudo_tls.version", NULL, FT_UINT16, BASE_HEX, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_length, "Record length", "msturn.pseudo_tls.length", NULL, FT_UINT16, BASE_DEC, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_handshake_type, "Handshake type", "msturn.pseudo_tls.handshake_type", NULL, FT_UINT8, BASE_DEC, tls_handshake_names, "[MS-TURN] 2.1.1" },
    { &field_tls_handshake_length, "Handshake length", "msturn.pseudo_tls.handshake_length", NULL, FT_UINT24, BASE_DEC, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_handshake_version, "Handshake version", "msturn.pseudo_tls.handshake_version", NULL, FT_UINT16, BASE_HEX, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_time, "Time stamp", "msturn.pseudo_tls.time", NULL, FT_UINT32, BASE_HEX, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_random, "Random value", "msturn.pseudo_tls.random", NULL, FT_BYTES, BASE_NONE, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_session_id_length, "Session ID length", "msturn.pseudo_tls.session_id_length", NULL, FT_UINT8, BASE_DEC, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_session_id, "Session ID", "msturn.pseudo_tls.session_id", NULL, FT_BYTES, BASE_NONE, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_cipher_suites_length, "Cipher suites length", "msturn.pseudo_tls.cipher_suites_length", NULL, FT_UINT16, BASE_DEC, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_cipher_suite, "Cipher suite", "msturn.pseudo_tls.cipher_suite", NULL, FT_UINT16, BASE_HEX, tls_cipher_names, "[MS-TURN] 2.1.1" },
    { &field_tls_compression_methods_length, "Compression methods length", "msturn.pseudo_tls.compression_methods_length", NULL, FT_UINT8, BASE_DEC, NULL, "[MS-TURN] 2.1.1" },
    { &field_tls_compression_method, "Compression method", "msturn.pseudo_tls.compression_method", NULL, FT_UINT8, BASE_DEC, NULL, "[MS-TURN] 2.1.1" },
    { &field_ms_frame_type, "Frame type", "msturn.ms_frame.type", NULL, FT_UINT8, BASE_DEC, ms_frame_names, "[MS-TURN] 2.1.4" },
    { &field_ms_frame_reserved, "Reserved", "msturn.ms_frame.reserved", NULL, FT_UINT8, BASE_HEX, NULL, "[MS-TURN] 2.1.4" },
    { &field_ms_frame_length, "Frame length", "msturn.ms_frame.length", NULL, FT_UINT16, BASE_DEC, NULL, "Of what is behind it" },
    { &field_multiplex_channel, "Channel ID", "msturn.multiplex.channel", NULL, FT_UINT16, BASE_HEX, NULL, "[MS-TURN] 2.2.3" },
    { &field_multiplex_length, "Length", "msturn.multiplex.length", NULL, FT_UINT16, BASE_DEC, NULL, "Of what is behind it, session id included" },
    { &field_multiplex_session_id, "Session ID", "msturn.multiplex.session_id", NULL, FT_BYTES, BASE_NONE, NULL, "[MS-TURN] 2.2.3: the stream on that server" },
};

/* ---- fields of the attributes ---- */

/* By row of a table, then by part. */
static struct msturn_field **attr_fields, **ms_attr_fields;

struct msturn_field *msturn_attr_field(const struct msturn_attr *attr, unsigned part)
{
    if (attr >= msturn_ms_attrs && attr < msturn_ms_attrs + msturn_ms_attr_count)
        return &ms_attr_fields[attr - msturn_ms_attrs][part];
    return &attr_fields[attr - msturn_attrs][part];
}

static enum ftenum unsigned_type(unsigned width)
{
    return width == 1 ? FT_UINT8 : width == 2 ? FT_UINT16 : FT_UINT32;
}

/* Type and display of a field of this kind. */
static void describe_kind(const struct msturn_part *part, header_field_info *info)
{
    info->display = BASE_NONE;
    switch (part->kind) {
    case MSTURN_KIND_FLAG:
        info->type = FT_NONE;
        break;
    case MSTURN_KIND_NUMBER:
        info->type = unsigned_type(part->width);
        info->display = BASE_DEC;
        break;
    case MSTURN_KIND_HEX:
    case MSTURN_KIND_TYPE:
        info->type = unsigned_type(part->width);
        info->display = BASE_HEX;
        break;
    case MSTURN_KIND_BIT:
        info->type = FT_BOOLEAN;
        info->display = part->width * 8;
        info->strings = TFS(&tfs_set_notset);
        break;
    case MSTURN_KIND_TEXT:
    case MSTURN_KIND_ENDPOINT:
        info->type = FT_STRING;
        break;
    case MSTURN_KIND_IPV4:
        info->type = FT_IPv4;
        break;
    case MSTURN_KIND_IPV6:
        info->type = FT_IPv6;
        break;
    case MSTURN_KIND_BYTES:
    case MSTURN_KIND_RESERVED:
        info->type = FT_BYTES;
        break;
    }
}

static void describe_part(const struct msturn_attr *attr, const struct msturn_part *part, hf_register_info *hf)
{
    const struct msturn_name *names = part->suffix || !attr->names ? part->names : attr->names;
    wmem_allocator_t *scope = wmem_epan_scope();

    hf->hfinfo = (header_field_info){
        .name = part->suffix ? part->name : attr->name,
        .abbrev = part->suffix ? wmem_strdup_printf(scope, "msturn.%s.%s", attr->abbrev, part->suffix)
                               : wmem_strdup_printf(scope, "msturn.%s", attr->abbrev),
        .bitmask = part->mask,
        .blurb = attr->reference,
    };
    HFILL_INIT(*hf);
    describe_kind(part, &hf->hfinfo);
    if (names)
        hf->hfinfo.strings = VALS(value_strings(names));
    else if (part->kind == MSTURN_KIND_TYPE)
        hf->hfinfo.strings = VALS(attr_type_strings());
}

static struct msturn_field *register_attr(const struct msturn_attr *attr)
{
    wmem_allocator_t *scope = wmem_epan_scope();
    unsigned count, registered = 0;
    const struct msturn_part *parts = msturn_attr_parts(attr, &count);
    hf_register_info *hf = wmem_alloc0_array(scope, hf_register_info, count);
    struct msturn_field *fields = wmem_alloc0_array(scope, struct msturn_field, count);

    for (unsigned part = 0; part < count; part++) {
        fields[part].hf = -1;
        if (parts[part].kind == MSTURN_KIND_RESERVED)
            continue; /* all of them are msturn.attr.reserved */
        hf[registered].p_id = &fields[part].hf;
        describe_part(attr, &parts[part], &hf[registered]);
        registered++;
    }
    proto_register_field_array(proto_msturn, hf, (int)registered);
    return fields;
}

/* The fields of an attribute that both dialects have, under different numbers perhaps. */
static struct msturn_field *fields_by_abbrev(const char *abbrev)
{
    for (unsigned row = 0; row < msturn_attr_count; row++) {
        if (strcmp(msturn_attrs[row].abbrev, abbrev) == 0)
            return attr_fields[row];
    }
    return NULL;
}

static void register_attr_fields(void)
{
    attr_fields = wmem_alloc_array(wmem_epan_scope(), struct msturn_field *, msturn_attr_count);
    for (unsigned row = 0; row < msturn_attr_count; row++)
        attr_fields[row] = register_attr(&msturn_attrs[row]);
    ms_attr_fields = wmem_alloc_array(wmem_epan_scope(), struct msturn_field *, msturn_ms_attr_count);
    for (unsigned row = 0; row < msturn_ms_attr_count; row++) {
        struct msturn_field *fields = fields_by_abbrev(msturn_ms_attrs[row].abbrev);
        ms_attr_fields[row] = fields ? fields : register_attr(&msturn_ms_attrs[row]);
    }
}

static void register_general_fields(void)
{
    const size_t count = array_length(field_rows);
    hf_register_info *hf = wmem_alloc0_array(wmem_epan_scope(), hf_register_info, count);

    for (size_t i = 0; i < count; i++) {
        const struct field_row *row = &field_rows[i];

        hf[i].p_id = &row->field->hf;
        hf[i].hfinfo = (header_field_info){
            .name = row->name,
            .abbrev = row->abbrev,
            .type = row->type,
            .display = row->display,
            .strings = row->names ? VALS(value_strings(row->names)) : NULL,
            .blurb = row->blurb,
        };
        if (row->type == FT_FRAMENUM) {
            hf[i].hfinfo.display = BASE_NONE;
            hf[i].hfinfo.strings = FRAMENUM_TYPE(row->display);
        }
        if (row->field == &field_method)
            hf[i].hfinfo.strings = VALS(method_strings());
        HFILL_INIT(hf[i]);
    }
    proto_register_field_array(proto_msturn, hf, (int)count);
}

void msturn_register_fields(void)
{
    static int *ett[] = {
        &ett_msturn, &ett_msturn_type, &ett_msturn_attributes, &ett_msturn_attr, &ett_msturn_frame, &ett_msturn_channel,
        &ett_msturn_call,
    };

    register_general_fields();
    register_attr_fields();
    proto_register_subtree_array(ett, array_length(ett));
}

static void link_attr(const struct msturn_attr *attr)
{
    unsigned count;
    const struct msturn_part *parts = msturn_attr_parts(attr, &count);

    for (unsigned part = 0; part < count; part++)
        msturn_attr_field(attr, part)->stun_hf = msturn_stun_field(part == 0 ? attr->stun : parts[part].stun);
}

void msturn_link_stun_fields(void)
{
    for (size_t i = 0; i < array_length(field_rows); i++)
        field_rows[i].field->stun_hf = msturn_stun_field(field_rows[i].stun);
    for (unsigned row = 0; row < msturn_attr_count; row++)
        link_attr(&msturn_attrs[row]);
    for (unsigned row = 0; row < msturn_ms_attr_count; row++)
        link_attr(&msturn_ms_attrs[row]);
}
