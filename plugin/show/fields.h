/* fields.h
 * The fields, subtrees and expert items of msturn, registered from tables.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FIELDS_H
#define MSTURN_FIELDS_H

#include "plugin/show/field.h"

/* Message header and what is known of a message as a whole. */
extern struct msturn_field field_type, field_class, field_method, field_length, field_cookie, field_transaction_id,
    field_response_in, field_response_to, field_time, field_delivered_in, field_undelivered, field_retransmissions,
    field_seen_before_in, field_seen_again_in, field_duplicate_of, field_crc_duplicate_of, field_dialect;
/* What the tracker knows of the message's call. */
extern struct msturn_field field_session, field_session_allocate_in, field_session_tunnel, field_session_previous,
    field_session_next, field_pair, field_pair_verdict, field_pair_reason, field_pair_direction, field_connection,
    field_connection_peer, field_connection_state, field_connection_announced_in, field_connection_bound_in,
    field_finding, field_advice, field_told_in, field_ice_warning, field_path, field_path_outcome, field_path_verdict,
    field_path_stopped_at, field_path_place, field_path_summary, field_session_state, field_session_client,
    field_session_server, field_session_relayed, field_session_user;
/* Any attribute. */
extern struct msturn_field field_attributes, field_attr_type, field_attr_length, field_attr_value, field_attr_padding,
    field_attr_reserved, field_attr_unknown, field_attr_undecoded, field_nomination, field_fingerprint_crc32,
    field_fingerprint_status, field_fingerprint_table, field_integrity_status, field_userhash_user;
/* Framing and payload. */
extern struct msturn_field field_rfc4571_length, field_channel, field_channel_length, field_channel_data,
    field_channel_padding, field_payload_kind, field_opaque, field_preamble;
/* Microsoft's framing. */
extern struct msturn_field field_tls_content_type, field_tls_version, field_tls_length, field_tls_handshake_type,
    field_tls_handshake_length, field_tls_handshake_version, field_tls_time, field_tls_random,
    field_tls_session_id_length, field_tls_session_id, field_tls_cipher_suites_length, field_tls_cipher_suite,
    field_tls_compression_methods_length, field_tls_compression_method, field_ms_frame_type, field_ms_frame_reserved,
    field_ms_frame_length, field_multiplex_channel, field_multiplex_length, field_multiplex_session_id;

extern int ett_msturn, ett_msturn_type, ett_msturn_attributes, ett_msturn_attr, ett_msturn_frame, ett_msturn_channel,
    ett_msturn_call;

/* Registers all of the above, and the fields of the attributes, for proto_msturn. */
void msturn_register_fields(void);

/* Looks up the fields of the built-in STUN dissector; call when all protocols are registered. */
void msturn_link_stun_fields(void);

#endif
