/* fields.c
 * The fields, subtrees and expert items of msturn, registered from tables.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/fields.h"

#include "plugin/wire/fingerprint.h"
#include "plugin/wire/ms_wire.h"
#include "plugin/show/attr_fields.h"
#include "plugin/show/stun_alias.h"
#include "plugin/show/value_strings.h"
#include "plugin/host/protocol.h"
#include "plugin/track/track.h"
#include "plugin/wire/preamble.h"

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
FIELD(field_delivered_in);
FIELD(field_undelivered);
FIELD(field_retransmissions);
FIELD(field_seen_before_in);
FIELD(field_seen_again_in);
FIELD(field_duplicate_of);
FIELD(field_crc_duplicate_of);
FIELD(field_dialect);
FIELD(field_attributes);
FIELD(field_attr_type);
FIELD(field_attr_length);
FIELD(field_attr_value);
FIELD(field_attr_padding);
FIELD(field_attr_reserved);
FIELD(field_attr_unknown);
FIELD(field_attr_undecoded);
FIELD(field_nomination);
FIELD(field_fingerprint_crc32);
FIELD(field_fingerprint_status);
FIELD(field_fingerprint_table);
FIELD(field_integrity_status);
FIELD(field_userhash_user);
FIELD(field_rfc4571_length);
FIELD(field_channel);
FIELD(field_channel_length);
FIELD(field_channel_data);
FIELD(field_channel_padding);
FIELD(field_payload_kind);
FIELD(field_opaque);
FIELD(field_preamble);
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
FIELD(field_session_tunnel);
FIELD(field_session_previous);
FIELD(field_session_next);
FIELD(field_path);
FIELD(field_path_outcome);
FIELD(field_path_verdict);
FIELD(field_path_stopped_at);
FIELD(field_path_place);
FIELD(field_path_summary);
FIELD(field_session_state);
FIELD(field_session_client);
FIELD(field_session_server);
FIELD(field_session_relayed);
FIELD(field_session_user);
FIELD(field_pair);
FIELD(field_pair_verdict);
FIELD(field_pair_reason);
FIELD(field_pair_direction);
FIELD(field_connection);
FIELD(field_connection_peer);
FIELD(field_connection_state);
FIELD(field_connection_announced_in);
FIELD(field_connection_bound_in);
FIELD(field_finding);
FIELD(field_advice);
FIELD(field_told_in);
FIELD(field_ice_warning);

int ett_msturn = -1;
int ett_msturn_type = -1;
int ett_msturn_attributes = -1;
int ett_msturn_attr = -1;
int ett_msturn_frame = -1;
int ett_msturn_channel = -1;
int ett_msturn_call = -1;

/* ---- value names ---- */

static const struct msturn_name preamble_names[] = {
    { MSTURN_PREAMBLE_SSLTCP_CLIENT, "SSLTCP Client Hello" },
    { MSTURN_PREAMBLE_SSLTCP_SERVER, "SSLTCP Server Hello" },
    { MSTURN_PREAMBLE_PROXY_V1, "PROXY protocol version 1" },
    { MSTURN_PREAMBLE_PROXY_V2, "PROXY protocol version 2" },
    { 0, NULL },
};

static const struct msturn_name tls_content_names[] = { { 22, "Handshake" }, { 0, NULL } };

static const struct msturn_name tls_handshake_names[] = {
    { 1, "Client Hello" },
    { 2, "Server Hello" },
    { 14, "Server Hello Done" },
    { 0, NULL },
};

static const struct msturn_name tls_cipher_names[] = { { 0x18, "TLS_DH_anon_WITH_RC4_128_MD5" }, { 0, NULL } };

static const struct msturn_name ms_frame_names[] = {
    { MSTURN_MS_FRAME_CONTROL, "TURN message" },
    { MSTURN_MS_FRAME_DATA, "End-to-end data" },
    { 0, NULL },
};

static const struct msturn_name fingerprint_table_names[] = {
    { MSTURN_FINGERPRINT_NEITHER, "Neither" },
    { MSTURN_FINGERPRINT_STANDARD, "Standard" },
    { MSTURN_FINGERPRINT_FAULTY, "Microsoft's faulty table" },
    { MSTURN_FINGERPRINT_BOTH, "Both" },
    { 0, NULL },
};

/* ---- fields that are not an attribute's ---- */

struct field_row {
    struct msturn_field *field;
    const char *name;
    const char *abbrev;
    enum ftenum type;
    int display;
    const char *blurb;
    const char *stun;             /* the field of the built-in STUN dissector for the same bytes, or NULL */
    enum ft_framenum_type frames; /* of a FT_FRAMENUM: how the two frames belong together */
    /* The names of values: one of these, or none. */
    const struct msturn_name *names;
    const value_string *(*strings)(void);
};

/* On Windows the address of what another DLL has is not known when a table is compiled. */
static const value_string *checksum_strings(void)
{
    return proto_checksum_vals;
}

/* clang-format off */
static const struct field_row field_rows[] = {
    { &field_type, "Message type", "msturn.type", FT_UINT16, BASE_HEX,
      .strings = msturn_message_type_strings, .stun = "stun.type",
      .blurb = "Method and class of the message in one number, as on the wire (RFC 8489 5, [MS-TURN] 2.2.1)" },
    { &field_class, "Message class", "msturn.class", FT_UINT8, BASE_DEC,
      .names = msturn_class_names,
      .blurb = "Whether the message is a request, an indication, a success response or an error response (RFC 8489 "
               "5)" },
    { &field_method, "Method", "msturn.method", FT_UINT16, BASE_HEX,
      .strings = msturn_method_strings,
      .blurb = "What the message is about (RFC 8489 18.2); of MS-TURN messages, which have no method of their own "
               "on the wire, the equal one, or one above 0xfff where there is none ([MS-TURN] 2.2.1)" },
    { &field_length, "Message length", "msturn.length", FT_UINT16, BASE_DEC,
      .stun = "stun.length",
      .blurb = "Length of the attributes, without the 20 bytes of the header (RFC 8489 5)" },
    { &field_cookie, "Magic Cookie", "msturn.cookie", FT_UINT32, BASE_HEX,
      .stun = "stun.cookie",
      .blurb = "The fixed value 0x2112a442, by which STUN messages are recognised (RFC 8489 5)" },
    { &field_transaction_id, "Transaction ID", "msturn.transaction_id", FT_BYTES, BASE_NONE,
      .stun = "stun.id",
      .blurb = "Number that request and response have in common, and no other message (RFC 8489 5)" },
    { &field_dialect, "Dialect", "msturn.dialect", FT_UINT8, BASE_DEC,
      .names = msturn_dialect_names, .stun = "stun.network_version",
      .blurb = "The rules by which the attributes are read" },
    { &field_response_in, "Response in", "msturn.response_in", FT_FRAMENUM, BASE_NONE,
      .frames = FT_FRAMENUM_RESPONSE, .stun = "stun.response-in",
      .blurb = "The frame of the response to this request" },
    { &field_response_to, "Response to", "msturn.response_to", FT_FRAMENUM, BASE_NONE,
      .frames = FT_FRAMENUM_REQUEST, .stun = "stun.response-to",
      .blurb = "The frame of the request that this is the response to" },
    { &field_time, "Response time", "msturn.time", FT_RELATIVE_TIME, BASE_NONE,
      .stun = "stun.time",
      .blurb = "From the request to this response" },
    { &field_delivered_in, "Delivered", "msturn.delivered_in", FT_FRAMENUM, BASE_NONE,
      .frames = FT_FRAMENUM_ACK,
      .blurb = "The frame in which TCP of the next host acknowledged this message" },
    { &field_undelivered, "Not delivered", "msturn.undelivered", FT_NONE, BASE_NONE,
      .blurb = "TCP sent this message, or bytes before it, again and again, and no acknowledgement came" },
    { &field_retransmissions, "Retransmissions", "msturn.retransmissions", FT_UINT32, BASE_DEC,
      .blurb = "How often TCP sent this message again, for want of an acknowledgement" },
    { &field_seen_before_in, "Seen before in", "msturn.seen_before_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame with this check, or its answer, on the leg of the pair where it came from" },
    { &field_seen_again_in, "Seen again in", "msturn.seen_again_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame with this check, or its answer, on the leg of the pair where it went on" },
    { &field_session, "TURN session", "msturn.session", FT_UINT32, BASE_DEC,
      .blurb = "Number of the TURN session, an allocation with all that belongs to it, in order of appearance" },
    { &field_session_allocate_in, "Allocated in", "msturn.session.allocate_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame of the response that made the relayed address" },
    { &field_session_tunnel, "Tunnel to", "msturn.session.tunnel", FT_STRING, BASE_NONE,
      .blurb = "The TURN server as the client named it to a proxy, by HTTP CONNECT or SOCKS" },
    { &field_session_previous, "Previous message of the session in", "msturn.previous_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame of the message before this one in the session, on whatever connection" },
    { &field_session_next, "Next message of the session in", "msturn.next_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame of the message after this one in the session, on whatever connection" },
    { &field_session_state, "State of the session", "msturn.session.state", FT_STRING, BASE_NONE,
      .blurb = "pending, allocated, refused, expired or released, as the capture ends" },
    { &field_session_client, "Client", "msturn.session.client", FT_STRING, BASE_NONE,
      .blurb = "Address and port of the TURN client" },
    { &field_session_server, "TURN server", "msturn.session.server", FT_STRING, BASE_NONE,
      .blurb = "Address and port of the TURN server, as the client uses them" },
    { &field_session_relayed, "Relayed address of the session", "msturn.session.relayed", FT_STRING, BASE_NONE,
      .blurb = "Address and port that the server gave the client" },
    { &field_session_user, "User of the session", "msturn.session.user", FT_STRING, BASE_NONE,
      .blurb = "USERNAME of the client's requests" },
    { &field_path, "Path", "msturn.path", FT_UINT32, BASE_DEC,
      .blurb = "Number of the path, the way of a call from a client over its TURN server to a peer" },
    { &field_path_outcome, "Outcome", "msturn.path.outcome", FT_STRING, BASE_NONE,
      .blurb = "What became of the call, in the words of the report: the verdict, and the step at which it stopped" },
    { &field_path_verdict, "Verdict on the path", "msturn.path.verdict", FT_STRING, BASE_NONE,
      .blurb = "nominated, valid, broken, unfinished or unknown, as the capture ends" },
    { &field_path_stopped_at, "Stopped at", "msturn.path.stopped_at", FT_STRING, BASE_NONE,
      .blurb = "The first step of the call that failed or is missing" },
    { &field_path_place, "Place", "msturn.path.place", FT_STRING, BASE_NONE,
      .blurb = "Where the call stopped: at an end, at the server, or on the way between them" },
    { &field_path_summary, "Summary", "msturn.path.summary", FT_STRING, BASE_NONE,
      .blurb = "What became of the call, and why, in one sentence" },
    { &field_pair, "Candidate pair", "msturn.pair", FT_UINT32, BASE_DEC,
      .blurb = "Number of the ICE candidate pair, in order of appearance" },
    { &field_pair_verdict, "Verdict on the pair", "msturn.pair.verdict", FT_STRING, BASE_NONE,
      .blurb = "nominated, valid, broken, unfinished or unknown; the first pass over a capture knows only what "
               "came so far" },
    { &field_pair_reason, "Reason", "msturn.pair.reason", FT_STRING, BASE_NONE,
      .blurb = "Why the pair is broken" },
    { &field_pair_direction, "Direction", "msturn.pair.direction", FT_STRING, BASE_NONE,
      .blurb = "Which way the check that failed went" },
    { &field_connection, "Peer connection", "msturn.connection", FT_UINT32, BASE_HEX,
      .blurb = "The CONNECTION-ID by which server and client know this TCP connection with a peer (RFC 6062 6.2.1)" },
    { &field_connection_peer, "Peer", "msturn.connection.peer", FT_STRING, BASE_NONE,
      .blurb = "Address and port of the peer as the relay sees it" },
    { &field_connection_state, "State of the peer connection", "msturn.connection.state", FT_STRING, BASE_NONE,
      .blurb = "pending, bound, never-bound or failed" },
    { &field_connection_announced_in, "Announced in", "msturn.connection.announced_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame of the ConnectionAttempt, or of the response to Connect" },
    { &field_connection_bound_in, "Bound in", "msturn.connection.bound_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame of the ConnectionBind success response" },
    { &field_finding, "Finding", "msturn.finding", FT_STRING, BASE_NONE,
      .blurb = "Code of a finding, as in msturn.finding.CODE: whatever msturn found wrong or worth knowing" },
    { &field_advice, "Advice", "msturn.finding.advice", FT_STRING, BASE_NONE,
      .blurb = "What a finding means for the call, and what to do" },
    { &field_told_in, "Told in", "msturn.finding.told_in", FT_FRAMENUM, BASE_NONE,
      .blurb = "The frame with the finding that tells of this, too" },
    { &field_ice_warning, "ICE warning", "msturn.finding.ice_warning", FT_STRING, BASE_NONE,
      .blurb = "What Microsoft's clients report for this finding ([MS-QoE] 2.2.1.7.1)" },
    { &field_duplicate_of, "Duplicate of", "msturn.duplicate_of", FT_FRAMENUM, BASE_NONE,
      .stun = "stun.reqduplicate",
      .blurb = "The frame of the first message of this class with this transaction id" },
    { &field_crc_duplicate_of, "Duplicate by the other CRC table of", "msturn.crc_duplicate_of", FT_FRAMENUM, BASE_NONE,
      .stun = "stun.reqduplicate",
      .blurb = "The frame of the same message with FINGERPRINT by the other CRC table ([MS-ICE2] 3.1.4.8.2)" },
    { &field_attributes, "Attributes", "msturn.attributes", FT_NONE, BASE_NONE,
      .stun = "stun.attributes",
      .blurb = "All attributes of the message" },
    { &field_attr_type, "Attribute type", "msturn.attr.type", FT_UINT16, BASE_HEX,
      .stun = "stun.att.type",
      .blurb = "The number of the attribute; up to 0x7fff the receiver must understand it (RFC 8489 14)" },
    { &field_attr_length, "Attribute length", "msturn.attr.length", FT_UINT16, BASE_DEC,
      .stun = "stun.att.length",
      .blurb = "Length of the value, without padding (RFC 8489 14)" },
    { &field_attr_value, "Attribute value", "msturn.attr.value", FT_BYTES, BASE_NONE,
      .stun = "stun.value",
      .blurb = "The value as it is on the wire, of an attribute that is not decoded" },
    { &field_attr_padding, "Attribute padding", "msturn.attr.padding", FT_BYTES, BASE_NONE,
      .stun = "stun.att.padding",
      .blurb = "Bytes after the value, up to a multiple of 4 (RFC 8489 14)" },
    { &field_attr_reserved, "Reserved bytes of the attribute", "msturn.attr.reserved", FT_BYTES, BASE_NONE,
      .stun = "stun.att.reserved",
      .blurb = "Bytes of the value that have no meaning" },
    { &field_attr_unknown, "Unknown attribute", "msturn.attr.unknown", FT_UINT16, BASE_HEX,
      .blurb = "The number of an attribute that is not in the table" },
    { &field_attr_undecoded, "Attribute without a value", "msturn.attr.undecoded", FT_NONE, BASE_NONE,
      .blurb = "A known attribute whose value is too short or cut" },
    { &field_nomination, "NOMINATION", "msturn.nomination", FT_UINT32, BASE_DEC,
      .blurb = "The controlling ICE agent nominates this pair; of several pairs the one with the highest number counts; in "
               "a Binding request with 4 bytes of attribute ENF-FLOW-DESCRIPTION (draft-thatcher-ice-renomination)" },
    { &field_fingerprint_crc32, "FINGERPRINT CRC-32", "msturn.fingerprint.crc32", FT_UINT32, BASE_HEX,
      .blurb = "The value of FINGERPRINT, and what it should be (RFC 8489 14.7)" },
    { &field_fingerprint_status, "FINGERPRINT status", "msturn.fingerprint.status", FT_UINT8, BASE_DEC,
      .strings = checksum_strings, .stun = "stun.att.crc32.status",
      .blurb = "Whether FINGERPRINT is the CRC-32 of the message, by the standard table or by Microsoft's faulty "
               "one (RFC 8489 14.7)" },
    { &field_fingerprint_table, "CRC table", "msturn.fingerprint.table", FT_UINT8, BASE_DEC,
      .names = fingerprint_table_names,
      .blurb = "The CRC table that gives this value of FINGERPRINT; old Microsoft clients have a faulty one "
               "([MS-ICE2] 3.1.4.8.2)" },
    { &field_integrity_status, "MESSAGE-INTEGRITY status", "msturn.message_integrity.status", FT_UINT8, BASE_DEC,
      .strings = checksum_strings,
      .blurb = "Whether MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 fits a known password; without any password "
               "there is no such field (RFC 8489 14.5, 14.6)" },
    { &field_userhash_user, "User", "msturn.userhash.user", FT_STRING, BASE_NONE,
      .blurb = "The user whose name and realm give this USERHASH, if the table of passwords has it (RFC 8489 14.4)" },
    { &field_rfc4571_length, "RFC 4571 length", "msturn.rfc4571.length", FT_UINT16, BASE_DEC,
      .stun = "stun.tcp_frame_length",
      .blurb = "Length of the packet in the RFC 4571 frame" },
    { &field_channel, "ChannelData channel", "msturn.channel", FT_UINT16, BASE_HEX,
      .stun = "stun.channel",
      .blurb = "The channel that the packet goes through; a ChannelBind request has it in CHANNEL-NUMBER (RFC 8656 "
               "12.4)" },
    { &field_channel_length, "ChannelData length", "msturn.channel.length", FT_UINT16, BASE_DEC,
      .stun = "stun.length",
      .blurb = "Length of the packet in ChannelData, without padding (RFC 8656 12.4)" },
    { &field_channel_data, "ChannelData data", "msturn.channel.data", FT_BYTES, BASE_NONE,
      .blurb = "The packet that goes to the peer or comes from it" },
    { &field_channel_padding, "ChannelData padding", "msturn.channel.padding", FT_BYTES, BASE_NONE,
      .blurb = "Bytes after the packet, up to a multiple of 4 (RFC 8656 12.5)" },
    { &field_payload_kind, "Payload", "msturn.payload", FT_UINT8, BASE_DEC,
      .names = msturn_payload_names,
      .blurb = "What is in the packet, by its first bytes (RFC 7983)" },
    { &field_opaque, "Bytes that are no message", "msturn.opaque", FT_BYTES, BASE_NONE,
      .blurb = "Bytes of this connection that are not framed as a message" },
    { &field_preamble, "Before the first message", "msturn.preamble", FT_UINT8, BASE_DEC,
      .names = preamble_names,
      .blurb = "What stands before the first message of a connection and is no part of it" },
    { &field_tls_content_type, "Pseudo-TLS content type", "msturn.pseudo_tls.content_type", FT_UINT8, BASE_DEC,
      .names = tls_content_names,
      .blurb = "Kind of TLS record: always a handshake ([MS-TURN] 2.1.1)" },
    { &field_tls_version, "Pseudo-TLS record version", "msturn.pseudo_tls.version", FT_UINT16, BASE_HEX,
      .blurb = "Version of TLS in the record: always 1.0 ([MS-TURN] 2.1.1)" },
    { &field_tls_length, "Pseudo-TLS record length", "msturn.pseudo_tls.length", FT_UINT16, BASE_DEC,
      .blurb = "Length of what follows in the record ([MS-TURN] 2.1.1)" },
    { &field_tls_handshake_type, "Pseudo-TLS handshake type", "msturn.pseudo_tls.handshake_type", FT_UINT8, BASE_DEC,
      .names = tls_handshake_names,
      .blurb = "Which handshake message the record has ([MS-TURN] 2.1.1)" },
    { &field_tls_handshake_length, "Pseudo-TLS handshake length", "msturn.pseudo_tls.handshake_length", FT_UINT24, BASE_DEC,
      .blurb = "Length of what follows in the handshake message ([MS-TURN] 2.1.1)" },
    { &field_tls_handshake_version, "Pseudo-TLS handshake version", "msturn.pseudo_tls.handshake_version", FT_UINT16, BASE_HEX,
      .blurb = "Version of TLS in the handshake message: always 1.0 ([MS-TURN] 2.1.1)" },
    { &field_tls_time, "Pseudo-TLS time stamp", "msturn.pseudo_tls.time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC,
      .blurb = "Time of the sender's clock, or any number ([MS-TURN] 2.1.1)" },
    { &field_tls_random, "Pseudo-TLS random value", "msturn.pseudo_tls.random", FT_BYTES, BASE_NONE,
      .blurb = "Random bytes without a use ([MS-TURN] 2.1.1)" },
    { &field_tls_session_id_length, "Pseudo-TLS session ID length", "msturn.pseudo_tls.session_id_length", FT_UINT8, BASE_DEC,
      .blurb = "0 from the client, 32 from the server ([MS-TURN] 2.1.1)" },
    { &field_tls_session_id, "Pseudo-TLS session ID", "msturn.pseudo_tls.session_id", FT_BYTES, BASE_NONE,
      .blurb = "A TLS session ID without a use; not the TURN session ([MS-TURN] 2.1.1)" },
    { &field_tls_cipher_suites_length, "Pseudo-TLS cipher suites length", "msturn.pseudo_tls.cipher_suites_length", FT_UINT16, BASE_DEC,
      .blurb = "Length of the list of cipher suites: always one ([MS-TURN] 2.1.1)" },
    { &field_tls_cipher_suite, "Pseudo-TLS cipher suite", "msturn.pseudo_tls.cipher_suite", FT_UINT16, BASE_HEX,
      .names = tls_cipher_names,
      .blurb = "The one cipher suite of pseudo-TLS, which nothing is encrypted with ([MS-TURN] 2.1.1)" },
    { &field_tls_compression_methods_length, "Pseudo-TLS compression methods length", "msturn.pseudo_tls.compression_methods_length", FT_UINT8, BASE_DEC,
      .blurb = "Length of the list of compression methods: always one ([MS-TURN] 2.1.1)" },
    { &field_tls_compression_method, "Pseudo-TLS compression method", "msturn.pseudo_tls.compression_method", FT_UINT8, BASE_DEC,
      .blurb = "The one compression method: always 0, no compression ([MS-TURN] 2.1.1)" },
    { &field_ms_frame_type, "MS-TURN frame type", "msturn.ms_frame.type", FT_UINT8, BASE_DEC,
      .names = ms_frame_names,
      .blurb = "Whether the frame has a TURN message or data for the active destination ([MS-TURN] 2.1.4)" },
    { &field_ms_frame_reserved, "MS-TURN frame reserved", "msturn.ms_frame.reserved", FT_UINT8, BASE_HEX,
      .blurb = "A byte without a meaning, which must be 0 ([MS-TURN] 2.1.4)" },
    { &field_ms_frame_length, "MS-TURN frame length", "msturn.ms_frame.length", FT_UINT16, BASE_DEC,
      .blurb = "Length of what follows in the frame ([MS-TURN] 2.1.4)" },
    { &field_multiplex_channel, "Multiplexed TURN channel", "msturn.multiplex.channel", FT_UINT16, BASE_HEX,
      .blurb = "The fixed channel number that tells multiplexed packets from others ([MS-TURN] 2.2.3)" },
    { &field_multiplex_length, "Multiplexed TURN length", "msturn.multiplex.length", FT_UINT16, BASE_DEC,
      .blurb = "Length of what follows, session ID included ([MS-TURN] 2.2.3)" },
    { &field_multiplex_session_id, "Multiplexed TURN session ID", "msturn.multiplex.session_id", FT_BYTES, BASE_NONE,
      .blurb = "The allocation on that server that the packet belongs to; the server hands it out in "
               "MS-MULTIPLEXED-TURN-SESSION-ID ([MS-TURN] 2.2.3)" },
};
/* clang-format on */

/* What goes with type and display in a header_field_info. */
static const void *strings_of(const struct field_row *row)
{
    if (row->type == FT_FRAMENUM)
        return FRAMENUM_TYPE(row->frames);
    if (row->names)
        return VALS(msturn_value_strings(row->names));
    return row->strings ? VALS(row->strings()) : NULL;
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
            .strings = strings_of(row),
            .blurb = row->blurb,
        };
        HFILL_INIT(hf[i]);
    }
    proto_register_field_array(proto_msturn, hf, (int)count);
}

void msturn_register_fields(void)
{
    static int *ett[] = {
        &ett_msturn,       &ett_msturn_type,    &ett_msturn_attributes, &ett_msturn_attr,
        &ett_msturn_frame, &ett_msturn_channel, &ett_msturn_call,
    };

    register_general_fields();
    msturn_register_attr_fields();
    proto_register_subtree_array(ett, array_length(ett));
}

void msturn_link_stun_fields(void)
{
    for (size_t i = 0; i < array_length(field_rows); i++)
        field_rows[i].field->stun_hf = msturn_stun_field(field_rows[i].stun);
    msturn_link_stun_attr_fields();
}
