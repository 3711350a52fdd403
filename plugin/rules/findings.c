/* findings.c
 * THE table of findings.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/rules/findings.h"

#define E MSTURN_ERROR
#define W MSTURN_WARNING
#define N MSTURN_NOTE
#define MALFORMED MSTURN_GROUP_MALFORMED
#define PROTOCOL MSTURN_GROUP_PROTOCOL
#define CHECKSUM MSTURN_GROUP_CHECKSUM
#define UNDECODED MSTURN_GROUP_UNDECODED
#define SEQUENCE MSTURN_GROUP_SEQUENCE
#define RESPONSE MSTURN_GROUP_RESPONSE

/* clang-format off */
const struct msturn_finding_row msturn_findings[MSTURN_FINDING_COUNT] = {
    [MSTURN_FINDING_CUT] = {
        "cut_by_capture", N, UNDECODED, "Cut by the capture: the rest was on the wire but was not recorded",
        "Capture again without a snapshot length.", "-" },
    [MSTURN_FINDING_NOT_REASSEMBLED] = {
        "not_reassembled", N, UNDECODED, "Goes on in another segment, but was not reassembled",
        "Allow TCP to reassemble streams, and ignore wrong TCP checksums.", "-" },
    [MSTURN_FINDING_MID_STREAM] = {
        "mid_stream", N, SEQUENCE, "Where a message begins is not known: bytes before these were not captured",
        "Start the capture before the call.", "-" },
    [MSTURN_FINDING_FRAMING_LOST] = {
        "framing_lost", E, PROTOCOL, "No message begins where one should: framing lost",
        "The receiver cannot go on either. A capture at the sender tells whether it wrote these bytes, or a relay lost some.",
        "RFC 8489 6.2.2, [MS-TURN] 2.1.4" },
    [MSTURN_FINDING_FRAME_LENGTH] = {
        "frame_length", E, PROTOCOL, "Length of the frame is not the length of the message in it",
        "The receiver cuts the stream at the wrong place from here on.", "RFC 4571 2, [MS-TURN] 2.1.4" },
    [MSTURN_FINDING_FRAME_MISSING] = {
        "frame_missing", E, PROTOCOL, "Message without the RFC 4571 length that this connection uses",
        "The other end does not recognise this message.", "RFC 6544 7.1" },
    [MSTURN_FINDING_CHANNEL_RESERVED] = {
        "channel_reserved", W, PROTOCOL, "Channel number above 0x4FFF is reserved",
        "A newer receiver drops it; RFC 5766 allowed it.", "RFC 8656 12" },
    [MSTURN_FINDING_CHANNEL_UNPADDED] = {
        "channel_unpadded", E, PROTOCOL, "ChannelData is not padded to a multiple of 4 bytes",
        "Over TCP the padding is mandatory: the receiver takes the next header for it, and loses what follows. Mend the sender.",
        "RFC 8656 12.5" },
    [MSTURN_FINDING_PADDING_FORWARDED] = {
        "padding_forwarded", E, PROTOCOL, "The relay passed on the padding of ChannelData as if it were part of the packet",
        "The packet is longer than it was sent: the receiver drops it where it is protected, as SRTP is. Mend the relay.",
        "RFC 8656 12.6" },
    [MSTURN_FINDING_MULTIPLEX_LENGTH] = {
        "multiplex_length", E, PROTOCOL, "Length of the multiplexed packet is not that of what holds it",
        "The relay cannot tell which stream the rest belongs to.", "[MS-TURN] 2.2.3" },
    [MSTURN_FINDING_NESTING] = {
        "nesting", W, UNDECODED, "Messages nested too deeply, not decoded further",
        "No relay does this: a fault of the sender, or an attack.", "-" },

    [MSTURN_FINDING_TRAILING] = {
        "trailing_bytes", W, PROTOCOL, "Bytes after the end of the message",
        "The receiver drops them, or the message too.", "RFC 8489 5" },

    [MSTURN_FINDING_PSEUDO_TLS_REAL_TLS] = {
        "pseudo_tls_real_tls", E, PROTOCOL, "A real TLS server answered the pseudo-TLS hello",
        "The address leads to a web or SIP service or an inspecting proxy, not to the A/V Edge.",
        "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_NO_TLS] = {
        "pseudo_tls_no_tls", E, PROTOCOL, "Something other than pseudo-TLS answered the pseudo-TLS hello",
        "A proxy or another service has the port: let the client reach the A/V Edge directly.",
        "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_REWRITTEN] = {
        "pseudo_tls_rewritten", W, PROTOCOL, "Fixed fields of the pseudo-TLS record were changed",
        "A middlebox rewrites the handshake; clients may refuse it.", "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_EARLY] = {
        "pseudo_tls_early", W, SEQUENCE, "Client sent before the server answered its pseudo-TLS hello",
        "The server may drop these bytes.", "[MS-TURN] 2.1.1" },
    [MSTURN_FINDING_PSEUDO_TLS_TWO_RECORDS] = {
        "pseudo_tls_two_records", W, PROTOCOL, "ServerHello and ServerHelloDone are in records of their own",
        "Clients expect one record of 83 bytes; a middlebox may have split it.", "[MS-TURN] 2.1.1" },

    [MSTURN_FINDING_METHOD_UNKNOWN] = {
        "method_unknown", W, UNDECODED, "Unknown method", "The receiver drops or refuses it.", "RFC 8489 18.2" },
    [MSTURN_FINDING_LENGTH_NOT_MULTIPLE] = {
        "length_not_multiple", E, MALFORMED, "Message length is not a multiple of 4",
        "The receiver drops the message.", "RFC 8489 5" },
    [MSTURN_FINDING_FORBIDDEN_TYPE] = {
        "forbidden_type", W, PROTOCOL, "Message type that must not be sent",
        "No client or server of this dialect uses it: the sender speaks another one, or is faulty.", "[MS-TURN] 2.2.1" },
    [MSTURN_FINDING_COOKIE_MISSING] = {
        "cookie_missing", E, PROTOCOL, "The Magic Cookie attribute is not the first attribute, or is wrong",
        "The server does not take this for a TURN message.", "[MS-TURN] 2.2.2.8" },
    [MSTURN_FINDING_STANDARD_TURN] = {
        "standard_turn", E, PROTOCOL, "Standard TURN message where MS-TURN is spoken",
        "A standard TURN client talks to a Microsoft server: they do not understand each other.", "[MS-TURN] 2.2.1" },
    [MSTURN_FINDING_XOR_MAPPED_MISSING] = {
        "xor_mapped_missing", W, PROTOCOL, "Allocate response without XOR Mapped Address",
        "The client gets no reflexive candidate from it.", "[MS-TURN] 3.2.5.1" },
    [MSTURN_FINDING_RELAYED_MISSING] = {
        "relayed_missing", E, PROTOCOL, "Allocate response without a relayed address",
        "The client has no relayed candidate to offer.", "[MS-TURN] 3.2.5.1" },

    [MSTURN_FINDING_ATTRIBUTE_UNKNOWN_REQUIRED] = {
        "attribute_unknown_required", W, UNDECODED, "Unknown attribute that the receiver must understand",
        "A receiver that does not know it refuses the request with 420, or drops the message.", "RFC 8489 6.3" },
    [MSTURN_FINDING_ATTRIBUTE_UNKNOWN_OPTIONAL] = {
        "attribute_unknown_optional", N, UNDECODED, "Unknown attribute that the receiver may ignore",
        "Nothing to do.", "RFC 8489 14" },
    [MSTURN_FINDING_ATTRIBUTE_LENGTH] = {
        "attribute_length", W, PROTOCOL, "Wrong length for this attribute",
        "The receiver may refuse the message.", "RFC 8489 14, [MS-TURN] 2.2.2" },
    [MSTURN_FINDING_ATTRIBUTE_OVERRUN] = {
        "attribute_overrun", E, MALFORMED, "Attribute goes past the end of the message",
        "The receiver drops the message.", "RFC 8489 14" },
    [MSTURN_FINDING_ATTRIBUTE_TRUNCATED] = {
        "attribute_truncated", E, MALFORMED, "Bytes at the end of the message are too few for an attribute",
        "The receiver drops the message.", "RFC 8489 14" },
    [MSTURN_FINDING_PADDING_NOT_ZERO] = {
        "padding_not_zero", N, PROTOCOL, "Padding is not zero", "RFC 5389 allowed it.", "RFC 8489 14" },
    [MSTURN_FINDING_PADDING_WRONG] = {
        "padding_wrong", E, PROTOCOL, "Padding of the attributes is not that of the message's dialect",
        "The receiver reads other attributes than the sender wrote.", "[MS-TURN] 2.2.2, RFC 8489 14" },
    [MSTURN_FINDING_AFTER_INTEGRITY] = {
        "after_integrity", W, PROTOCOL, "Attribute after MESSAGE-INTEGRITY",
        "It is not protected, and the receiver ignores it.", "RFC 8489 14.5, [MS-TURN] 2.2.2.3" },
    [MSTURN_FINDING_INTEGRITY_FORBIDDEN] = {
        "integrity_forbidden", W, PROTOCOL, "401 with Message Integrity",
        "The server cannot have a key at this point: a fault of the server, and the client may ignore its answer.",
        "[MS-TURN] 3.3.5.1" },
    [MSTURN_FINDING_INTEGRITY_LENGTH] = {
        "integrity_length", W, PROTOCOL, "HMAC-SHA256 from a sender whose version does not have it",
        "The receiver cannot verify the message.", "[MS-TURN] 2.2.2.17" },
    [MSTURN_FINDING_REALM_NONCE_SWAPPED] = {
        "realm_nonce_swapped", E, PROTOCOL, "Realm and Nonce have the numbers of standard TURN",
        "The server takes the nonce for the realm, and refuses.", "[MS-TURN] 2.2.2.13" },
    [MSTURN_FINDING_FAMILY_UNKNOWN] = {
        "family_unknown", W, PROTOCOL, "Address family is neither IPv4 nor IPv6",
        "The receiver silently ignores the attribute.", "RFC 8489 14.1, [MS-TURN] 2.2.2" },
    [MSTURN_FINDING_VERSION_UNKNOWN] = {
        "version_unknown", N, PROTOCOL, "MS-Version is not one of 1 to 6",
        "A newer product; what follows is read as far as it is known.", "[MS-TURN] 2.2.2.17" },
    [MSTURN_FINDING_FINGERPRINT] = {
        "fingerprint", E, CHECKSUM, "FINGERPRINT does not match the message",
        "The receiver drops the message: something on the way, or the sender, damaged it.", "RFC 8489 14.7" },
    [MSTURN_FINDING_NO_RESPONSE] = {
        "no_response", E, SEQUENCE, "Request was never answered",
        "If it was delivered, the log of the end that has to answer says why; if not, mend the firewall, NAT or route.",
        "RFC 8489 6.2" },
    [MSTURN_FINDING_RESPONSE_OVERDUE] = {
        "response_overdue", W, SEQUENCE, "No answer within 3 s",
        "If it was delivered, the end that has to answer is slow or silent: read its log; if not, the path loses it.",
        "RFC 8489 6.2" },
    [MSTURN_FINDING_RESPONSE_LATE] = {
        "response_late", W, SEQUENCE, "Response came late",
        "The end that answers, or the path to it, was slow: what waits for the answer may have given up.",
        "RFC 8489 6.2" },
    [MSTURN_FINDING_OPEN_AT_END] = {
        "open_at_end", E, SEQUENCE, "Connection ended with this request open",
        "The log of the end that closed says why; an RST with another TTL than its other packets may be a firewall's.",
        "RFC 8489 6.2.2" },
    [MSTURN_FINDING_RESPONSE_UNEXPECTED] = {
        "response_unexpected", W, SEQUENCE, "Response to a request that was not sent here",
        "The request went out on another connection, or its sender gave it up.", "RFC 8489 6.3" },
    [MSTURN_FINDING_TRANSACTION_REPEATED] = {
        "transaction_repeated", W, SEQUENCE, "Message repeated on a connection that loses nothing",
        "Its sender resends as it would over UDP; a server may do things twice.", "RFC 8489 6.2.2" },
    [MSTURN_FINDING_TRANSACTION_REUSED] = {
        "transaction_reused", W, SEQUENCE, "Another message with the same transaction id",
        "The receiver takes it for a repetition, or its answer for another one's.", "RFC 8489 5" },
    [MSTURN_FINDING_CHECK_REPEATED] = {
        "check_repeated", N, SEQUENCE, "Check repeated on a connection that loses nothing",
        "Harmless: the sender resends as it would over UDP.", "RFC 6544 7.1" },
    [MSTURN_FINDING_LOST_IN_RELAY] = {
        "lost_in_relay", E, SEQUENCE, "Entered the relay and did not leave it",
        "The relay dropped it: read the server's log, and compare its buffers and bandwidth limits.", "RFC 6062 3" },
    [MSTURN_FINDING_ANSWERED_ELSEWHERE] = {
        "answered_elsewhere", N, SEQUENCE, "Answer from another address than the request went to",
        "Normal for Teams' relays, but a firewall of the client may drop it.", "[MS-TURN] 2.2.2.7" },
    [MSTURN_FINDING_ONE_SIDED] = {
        "one_sided", N, UNDECODED, "Only one direction was captured",
        "Nothing can be said of what the other end did: capture both directions.", "-" },

    [MSTURN_FINDING_AUTH_LOOP] = {
        "auth_loop", E, PROTOCOL, "Credentials refused",
        "Wrong user or password, or a time-limited user name that has expired.",
        "RFC 8489 9.2.5, [MS-TURN] 3.1.12" },
    [MSTURN_FINDING_AUTH_GIVEN_UP] = {
        "auth_given_up", E, SEQUENCE, "Challenge, and no request with credentials followed",
        "The client has no credentials for this realm, or cannot reach the server it was told to use.",
        "RFC 8489 9.2.5, [MS-TURN] 3.2.5.2" },
    [MSTURN_FINDING_NONCE_IGNORED] = {
        "nonce_ignored", E, PROTOCOL, "Stale nonce, and no request with the new one",
        "The client does not use the nonce that the server gives with 438.", "RFC 8489 9.2.5" },
    [MSTURN_FINDING_NONCE_STORM] = {
        "nonce_storm", W, PROTOCOL, "Nonces go stale again and again",
        "The server's nonces expire too soon, or it does not recognise its own: several servers behind one address?",
        "RFC 8656 5" },
    [MSTURN_FINDING_REALM_WRONG] = {
        "realm_wrong", E, PROTOCOL, "REALM is not the server's",
        "The client computes its key for another realm: it is refused.", "RFC 8489 14.9" },
    [MSTURN_FINDING_NONCE_FOREIGN] = {
        "nonce_foreign", W, PROTOCOL, "NONCE that this server did not give here",
        "The client uses a nonce of another connection or server; most servers refuse it.", "RFC 8489 9.2.4" },
    [MSTURN_FINDING_USER_CHANGED] = {
        "user_changed", E, PROTOCOL, "USERNAME is not that of the Allocate",
        "The server refuses with 441.", "RFC 8656 5" },
    [MSTURN_FINDING_INTEGRITY_MISSING] = {
        "integrity_missing", E, PROTOCOL, "No MESSAGE-INTEGRITY where one is needed",
        "The receiver refuses or drops it.", "RFC 8489 9.1.3, 9.2.4" },
    [MSTURN_FINDING_REDIRECT_IGNORED] = {
        "redirect_ignored", E, SEQUENCE, "Alternate server that the client never contacts",
        "It may be unreachable from the client, or the client does not follow.", "RFC 8489 10, [MS-TURN] 2.2.2.7" },

    [MSTURN_FINDING_ALLOCATION_EXPIRED] = {
        "allocation_expired", E, SEQUENCE, "Allocation expired: no Refresh in time",
        "The server closes all of it. No Refresh sent: mend the client; sent in vain: lengthen the firewall's idle timer.",
        "RFC 8656 8, [MS-TURN] 2.2.2.6" },
    [MSTURN_FINDING_REFRESH_LATE] = {
        "refresh_late", N, SEQUENCE, "Refresh in the last tenth of the lifetime",
        "A lost packet, and the allocation is gone.", "RFC 8656 8" },
    [MSTURN_FINDING_REFRESH_MISPLACED] = {
        "refresh_misplaced", E, PROTOCOL, "Refresh on a data connection",
        "It must be sent on the control connection.", "RFC 6062 4.2" },
    [MSTURN_FINDING_PERMISSION_MISSING] = {
        "permission_missing", E, SEQUENCE, "The peer has no permission",
        "The relay drops or resets what comes from it: the client must ask with CreatePermission first.",
        "RFC 8656 9, RFC 6062 5.3" },
    [MSTURN_FINDING_PERMISSION_EXPIRED] = {
        "permission_expired", W, SEQUENCE, "The peer's permission ran out",
        "The client must renew it within 300 s.", "RFC 8656 9" },
    [MSTURN_FINDING_CHANNEL_EXPIRED] = {
        "channel_expired", E, SEQUENCE, "Data on a channel whose binding ran out after 600 s",
        "The server drops it: the client has to send ChannelBind again before the binding runs out.", "RFC 8656 12" },
    [MSTURN_FINDING_RELAYED_PRIVATE] = {
        "relayed_private", W, PROTOCOL, "Relayed address is private, the client's own is public",
        "Peers outside cannot reach it: set the server's public (static NAT) address.",
        "RFC 8656 7.2, [MS-TURN] 2.2.2.1" },
    [MSTURN_FINDING_REFLEXIVE_DIFFERS] = {
        "reflexive_differs", N, PROTOCOL, "The server sees the client at another address",
        "There is a NAT on the way.", "RFC 8489 14.2" },
    [MSTURN_FINDING_REFLEXIVE_CHANGED] = {
        "reflexive_changed", W, PROTOCOL, "The server sees the client at a new address",
        "A NAT changed its binding: connections through it break.", "[MS-TURN] 2.2.2.16" },
    [MSTURN_FINDING_NOT_RELEASED] = {
        "not_released", N, SEQUENCE, "Control connection ended without a release",
        "The server keeps the allocation until it expires.", "RFC 8656 8" },
    [MSTURN_FINDING_DATA_ON_CONTROL] = {
        "data_on_control", E, PROTOCOL, "Relayed data on the control connection of a TCP allocation",
        "It belongs on the peer connection's own data connection.", "RFC 6062 3" },

    [MSTURN_FINDING_CONNECT_AGAIN] = {
        "connect_again", W, PROTOCOL, "Connect to a peer while another is open or has just failed",
        "The server answers 446, or the peer is no more reachable than before.", "RFC 6062 4.3, 5.2" },
    [MSTURN_FINDING_NEVER_BOUND] = {
        "never_bound", E, SEQUENCE, "Peer connection that was never bound",
        "The client has to send ConnectionBind on a second connection to the TURN port: let the firewall pass more than one.",
        "RFC 6062 5.2, 5.3" },
    [MSTURN_FINDING_BIND_LATE] = {
        "bind_late", E, SEQUENCE, "ConnectionBind later than 30 s",
        "The server has closed the peer connection by then.", "RFC 6062 5.2" },
    [MSTURN_FINDING_BIND_UNKNOWN] = {
        "bind_unknown", E, PROTOCOL, "ConnectionBind with a CONNECTION-ID that the server did not give",
        "The client mixes up its connections.", "RFC 6062 5.4" },
    [MSTURN_FINDING_BIND_CLOSED] = {
        "bind_closed", E, SEQUENCE, "Connection closed instead of an answer to ConnectionBind",
        "Unknown CONNECTION-ID, wrong credentials, or the peer has gone: some servers close instead of 400 or 401.",
        "RFC 6062 5.4" },
    [MSTURN_FINDING_BIND_MISPLACED] = {
        "bind_misplaced", E, PROTOCOL, "ConnectionBind where it must not be",
        "It must be the first message on a new connection to the server of the allocation.", "RFC 6062 4.3" },
    [MSTURN_FINDING_ATTEMPT_REPEATED] = {
        "attempt_repeated", W, PROTOCOL, "ConnectionAttempt with a CONNECTION-ID that is in use",
        "The server mixes up its connections.", "RFC 6062 5.3" },
    [MSTURN_FINDING_ATTEMPT_WITHOUT_PERMISSION] = {
        "attempt_without_permission", W, PROTOCOL, "ConnectionAttempt for a peer without permission",
        "The server does not check permissions.", "RFC 6062 5.3" },
    [MSTURN_FINDING_CLOSED_AT_ONCE] = {
        "closed_at_once", W, SEQUENCE, "Server closed the data connection at once",
        "The peer has gone, or the server's buffer was full.", "RFC 6062 5.5" },
    [MSTURN_FINDING_PEER_CLOSED] = {
        "peer_closed", W, SEQUENCE, "Peer closed its connection to the relay before any check",
        "The peer gave up the connection that it had just made: its log says why.", "RFC 6062 5.5" },
    [MSTURN_FINDING_ONE_WAY_DATA] = {
        "one_way_data", W, SEQUENCE, "Data in one direction only",
        "The other end sends nothing, or the relay does not forward it.", "RFC 6062 3" },
    [MSTURN_FINDING_TURN_AFTER_BIND] = {
        "turn_after_bind", W, PROTOCOL, "TURN message on a bound connection",
        "The peer gets it as data.", "RFC 6062 3" },

    [MSTURN_FINDING_CONNECTION_REFUSED] = {
        "connection_refused", E, SEQUENCE, "Connection refused or not answered",
        "Nothing listens there, or a firewall is in between.", "RFC 8489 6.2.2" },
    [MSTURN_FINDING_SERVER_SILENT] = {
        "server_silent", E, SEQUENCE, "Connection to a TURN server, and no message came on it",
        "Whoever listens there is no TURN server, or it refuses this client: its log says why.", "RFC 8489 6.2.2" },
    [MSTURN_FINDING_RESET_LIVE] = {
        "reset_live", W, SEQUENCE, "Connection ended while its allocation was live",
        "The call loses this relay: the log of the end that closed says why; an RST with another TTL may be a firewall's.",
        "[MS-TURN] 2.1" },
    [MSTURN_FINDING_PSEUDO_TLS_UNANSWERED] = {
        "pseudo_tls_unanswered", E, SEQUENCE, "Pseudo-TLS hello was never answered",
        "A proxy or firewall lets the connection through and drops what is in it, or the server is no A/V Edge.",
        "[MS-TURN] 2.1.1" },

    [MSTURN_FINDING_CHECKS_ONE_WAY] = {
        "checks_one_way", W, SEQUENCE, "One end answers checks and sends none",
        "Without its own check the pair never becomes valid for that end.", "RFC 8445 7.3.1.4" },
    [MSTURN_FINDING_RESPONSES_ONE_WAY] = {
        "responses_one_way", E, SEQUENCE, "One end answers checks, the other never does",
        "One direction of the path is dead, or that end has stopped.", "RFC 8445 7.2.5" },
    [MSTURN_FINDING_NEVER_CHECKED] = {
        "never_checked", E, SEQUENCE, "Connected, and nobody checks",
        "The active end is silent: it has given up, or waits for signalling.", "RFC 6544 7.1" },
    [MSTURN_FINDING_NOMINATED_EARLY] = {
        "nominated_early", N, PROTOCOL, "USE-CANDIDATE before any check succeeded",
        "Not allowed with TCP candidates; older agents do so.", "RFC 8445 8.1.1, RFC 6544 8" },
    [MSTURN_FINDING_NEVER_NOMINATED] = {
        "never_nominated", W, SEQUENCE, "Valid in both directions, and never nominated",
        "The controlling end chose another pair, or waits.", "RFC 8445 8.1.1" },
    [MSTURN_FINDING_NOMINATED_BY_CONTROLLED] = {
        "nominated_by_controlled", E, PROTOCOL, "USE-CANDIDATE from the controlled end",
        "Only the controlling end nominates: the roles are mixed up.", "RFC 8445 7.1.2" },
    [MSTURN_FINDING_ROLE_SAME] = {
        "role_same", W, PROTOCOL, "Both ends have the same role",
        "One of them must answer 487 and the other change its role.", "RFC 8445 7.3.1.1" },
    [MSTURN_FINDING_ROLE_KEPT] = {
        "role_kept", E, PROTOCOL, "Check repeated in the same role after 487",
        "The end must change its role: both go on refusing each other.", "RFC 8445 7.2.5.1" },
    [MSTURN_FINDING_CHECK_INCOMPLETE] = {
        "check_incomplete", W, PROTOCOL, "Check without role, PRIORITY or USERNAME",
        "The other end may refuse it.", "RFC 8445 7.1" },
    [MSTURN_FINDING_FIRST_NOT_STUN] = {
        "first_not_stun", E, PROTOCOL, "Answer to the first check is not STUN",
        "Something else listens at this candidate's address.", "RFC 6544 7.1" },
    [MSTURN_FINDING_PAIR_UNFINISHED] = {
        "pair_unfinished", W, SEQUENCE, "Connection ended before the pair was valid",
        "Harmless if the call was ended or another pair won; else the log of the end that closed says why.",
        "RFC 6544 7.1" },
    [MSTURN_FINDING_MEDIA_EARLY] = {
        "media_early", W, SEQUENCE, "Media before the pair is valid",
        "The other end may drop it.", "RFC 8445 12.1" },
    [MSTURN_FINDING_CONSENT_LOST] = {
        "consent_lost", E, SEQUENCE, "No answer to a check for 30 s while data is sent",
        "The sender must stop: the path is dead, or the other end has gone.", "RFC 7675 5.1" },

    [MSTURN_FINDING_DATA_BEFORE_ACTIVE] = {
        "data_before_active", W, SEQUENCE, "End-to-end data before an active destination was set",
        "The server drops it.", "[MS-TURN] 2.1.4" },
    [MSTURN_FINDING_MULTIPLEX_ID_UNKNOWN] = {
        "multiplex_id_unknown", N, PROTOCOL, "Multiplexed session id that was not handed out in this capture",
        "It may have come through signalling.", "[MS-TURN] 2.2.3" },
    [MSTURN_FINDING_SEQUENCE_GAP] = {
        "sequence_gap", W, SEQUENCE, "Gap or step back in the sequence numbers",
        "A request is missing, or was replayed: the server drops what comes out of order.", "[MS-TURN] 2.2.2.21" },
    [MSTURN_FINDING_DATA_NEVER] = {
        "data_never", W, SEQUENCE, "Send requests, and never a Data indication",
        "The far side is blocked, or the peer's relay is not open.", "[MS-TURN] 3.2.5" },
    [MSTURN_FINDING_ACTIVE_DESTINATION_REFUSED] = {
        "active_destination_refused", E, PROTOCOL, "Set Active Destination was refused",
        "Data stays in Send requests and Data indications; older servers do not know it.", "[MS-TURN] 3.3.5.3" },

    [MSTURN_FINDING_METHOD_CLASS] = {
        "method_class", W, PROTOCOL, "Method that is never used in this class of message",
        "The receiver drops it: a fault of the sender.", "RFC 8656 17, RFC 6062 6.1" },
    [MSTURN_FINDING_CONTENT_MISSING] = {
        "content_missing", E, PROTOCOL, "Message lacks an attribute that it must have",
        "The receiver refuses the request, or can do nothing with the answer: a fault of the sender.",
        "RFC 8489 6.3, RFC 8656 7.2, RFC 6062 4" },
    [MSTURN_FINDING_ATTRIBUTE_FORBIDDEN] = {
        "attribute_forbidden", E, PROTOCOL, "Allocate for TCP has an attribute that is for UDP only",
        "The server refuses it with 400: the client must leave the attribute out.", "RFC 6062 4.1, 5.1" },
    [MSTURN_FINDING_FINGERPRINT_MISSING] = {
        "fingerprint_missing", E, PROTOCOL, "Check without FINGERPRINT",
        "The other end may take it for media and never answer.", "RFC 8445 7.2.4" },
    [MSTURN_FINDING_FINGERPRINT_NOT_LAST] = {
        "fingerprint_not_last", W, PROTOCOL, "FINGERPRINT is not the last attribute",
        "The receiver may not find it, or ignores what follows it.", "RFC 8489 14.7" },
    [MSTURN_FINDING_IMPLEMENTATION_VERSION_MISSING] = {
        "implementation_version_missing", N, PROTOCOL, "Check of Microsoft's ICE without IMPLEMENTATION-VERSION",
        "The other end takes the sender for an older one, and may choose the older format of checks.",
        "[MS-ICE2] 2.2.2" },
    [MSTURN_FINDING_CANDIDATE_IDENTIFIER_IN_RESPONSE] = {
        "candidate_identifier_in_response", W, PROTOCOL, "CANDIDATE-IDENTIFIER in a response",
        "Only requests carry it: a fault of the sender.", "[MS-ICE2] 2.2.2" },
    [MSTURN_FINDING_REALM_QUOTED] = {
        "realm_quoted", W, PROTOCOL, "REALM has quotes in its value",
        "If one end counts them and the other does not, their keys differ and the credentials are refused.",
        "RFC 8489 14.9" },
    [MSTURN_FINDING_BID_DOWN] = {
        "bid_down", E, PROTOCOL, "Password algorithms: what one attribute says, another one does not confirm",
        "A client must stop here, a server answers 400: something on the way changed the offer, or an end is wrong.",
        "RFC 8489 9.2.4, 9.2.5" },
    [MSTURN_FINDING_ALTERNATE_SERVER_PRIVATE] = {
        "alternate_server_private", E, PROTOCOL, "Alternate server is private, the client's own address is public",
        "The client cannot reach it: set the public (NAT) address of the Edge server in its topology.",
        "[MS-TURN] 2.2.2.7, RFC 8489 10" },

    [MSTURN_FINDING_ERROR_CODE_MISSING] = {
        "error_code_missing", E, RESPONSE, "Error response without an error code",
        "The client cannot tell why it was refused; the server's log can.", "RFC 8489 6.3.4" },
    [MSTURN_FINDING_CHALLENGE_INCOMPLETE] = {
        "challenge_incomplete", E, RESPONSE, "Challenge (401 or 438) lacks what credentials are made with",
        "The client cannot log on: a fault of the server, or messages are changed on the way; a capture at the server tells.",
        "RFC 8489 9.2.4, [MS-TURN] 3.3.5.1" },
    [MSTURN_FINDING_CHALLENGE_WITH_INTEGRITY] = {
        "challenge_with_integrity", N, RESPONSE, "401 with MESSAGE-INTEGRITY",
        "Unusual, for the server does not know the client yet; the client may ignore it.", "RFC 8489 9.2.4" },
    [MSTURN_FINDING_REDIRECTED] = {
        "redirected", W, RESPONSE, "Redirected to another server (300)",
        "This server has no room: the one that is named must be reachable from the client.",
        "RFC 8489 10, [MS-TURN] 2.2.2.7" },
    [MSTURN_FINDING_REDIRECT_WITHOUT_SERVER] = {
        "redirect_without_server", E, RESPONSE, "Redirected (300), but no other server is named",
        "The client has nowhere to go: enter alternates in the server's configuration, or give this one more room.",
        "RFC 8489 10, [MS-TURN] 2.2.2.7" },
    [MSTURN_FINDING_ATTRIBUTE_REFUSED] = {
        "attribute_refused", E, RESPONSE, "Refused for an attribute that the server does not know (420)",
        "The client must do without it, or use a server that knows it.", "RFC 8489 14.13, [MS-TURN] 2.2.2.5" },
    [MSTURN_FINDING_CREDENTIALS_INVALID] = {
        "credentials_invalid", E, RESPONSE, "Credentials are not valid (430, 431, 436)",
        "Wrong password, or a token that has expired or is another pool's: compare clocks, sign in again.",
        "[MS-TURN] 3.3.5.1" },
    [MSTURN_FINDING_CREDENTIALS_MISMATCH] = {
        "credentials_mismatch", E, RESPONSE, "Credentials are not those of the allocation (441)",
        "The client must go on as the user of its Allocate: it changed its user name, or mixes up two sessions.",
        "RFC 8656 5" },
    [MSTURN_FINDING_AUTH_ATTRIBUTE_MISSING] = {
        "auth_attribute_missing", E, RESPONSE, "User name, realm or nonce missing, says the server (432, 434, 435)",
        "If the request has it, it was changed on the way: a capture at the server tells. If not, mend the client.",
        "[MS-TURN] 3.3.5.1" },
    [MSTURN_FINDING_FORBIDDEN] = {
        "forbidden", E, RESPONSE, "Refused by the server's policy (403)",
        "The server denies this peer or kind of relay, as many deny private addresses: allow it there, if policy permits.",
        "RFC 8656 7.4, 10.2, RFC 6062 5.1, 5.2" },
    [MSTURN_FINDING_CHANNEL_REFUSED] = {
        "channel_refused", E, RESPONSE, "ChannelBind refused (400, 403)",
        "A TCP allocation has no channels. On others: the number or peer is bound otherwise (400), or denied by policy (403).",
        "RFC 8656 12.2, RFC 6062 3" },
    [MSTURN_FINDING_ALLOCATION_EXISTS] = {
        "allocation_exists", E, RESPONSE, "Allocate where there is an allocation already (437)",
        "The client must use another port of its own: the allocation of a former call from this one is still live.",
        "RFC 8656 7.2, 7.4" },
    [MSTURN_FINDING_ALLOCATION_MISMATCH] = {
        "allocation_mismatch", E, RESPONSE, "The allocation that this is about does not exist (437)",
        "It expired, was released or lost by the server, or is another connection's: its relayed candidate is dead.",
        "RFC 8656 5" },
    [MSTURN_FINDING_REFRESH_MISMATCH] = {
        "refresh_mismatch", W, RESPONSE, "Refresh of an allocation that does not exist (437)",
        "Harmless if the client only wanted to release it (LIFETIME 0); else its relayed candidate is dead.",
        "RFC 8656 5, 8" },
    [MSTURN_FINDING_ADDRESS_FAMILY_REFUSED] = {
        "address_family_refused", W, RESPONSE, "Requested address family refused (440)",
        "The client gets no relayed candidate of this family: enough if it has one of the other.",
        "RFC 8656 7.2, [MS-TURN] 3.2.5.1" },
    [MSTURN_FINDING_TRANSPORT_REFUSED] = {
        "transport_refused", E, RESPONSE, "Requested transport refused (442)",
        "For TCP: this server relays no TCP, which content sharing with Skype needs: allow TCP relays there.",
        "RFC 8656 7.2, RFC 6062 5.1" },
    [MSTURN_FINDING_NO_CAPACITY] = {
        "no_capacity", E, RESPONSE, "The server has no room (486, 507, 508)",
        "Quota, ports or bandwidth are used up: release allocations left behind, raise the limits, or add a server.",
        "RFC 8656 7.2, 7.4" },
    [MSTURN_FINDING_PEER_FAMILY_MISMATCH] = {
        "peer_family_mismatch", E, RESPONSE, "Peer's address family is not that of the relayed address (443)",
        "This pair cannot work: the client needs an allocation of the peer's family.", "RFC 8656 10.2" },
    [MSTURN_FINDING_CONNECTION_EXISTS] = {
        "connection_exists", W, RESPONSE, "Connect to a peer that is connected already (446)",
        "The client must use that connection, or wait until it has ended.", "RFC 6062 4.3, 5.2" },
    [MSTURN_FINDING_CONNECT_FAILED] = {
        "connect_failed", E, RESPONSE, "The server could not connect to the peer (447)",
        "A firewall drops the server's SYN, or the candidate is wrong: a capture at the server's outer side tells which.",
        "RFC 6062 5.2" },
    [MSTURN_FINDING_BIND_REFUSED] = {
        "bind_refused", E, RESPONSE, "ConnectionBind refused",
        "CONNECTION-ID unknown or too old, another user, or the peer has gone: this path carries nothing.",
        "RFC 6062 5.4" },
    [MSTURN_FINDING_CHECK_REFUSED] = {
        "check_refused", E, RESPONSE, "Check refused (400, 401, 403)",
        "Name or password of another ICE session: compare USERNAME with both SDPs; 403: consent withdrawn.",
        "RFC 8489 9.1.3, RFC 7675 5.2" },
    [MSTURN_FINDING_ROLE_CONFLICT] = {
        "role_conflict", W, RESPONSE, "Both ends have the same role (487)",
        "Normal if the end that gets this changes its role; if it goes on, no pair is ever nominated.",
        "RFC 8445 7.2.5.1" },
    [MSTURN_FINDING_CANDIDATE_DENIED] = {
        "candidate_denied", E, RESPONSE, "Candidate disabled by the bandwidth policy (274, 275)",
        "Call admission control forbids this path: if it should not, change the bandwidth policy of both sites.",
        "[MS-ICE2BWM]" },
    [MSTURN_FINDING_REQUEST_REFUSED] = {
        "request_refused", W, RESPONSE, "Request refused",
        "The error code and its reason say why; only after 500 may the client repeat it unchanged.", "RFC 8489 6.3.4" },

    [MSTURN_FINDING_INTEGRITY_BAD] = {
        "integrity_bad", E, CHECKSUM, "MESSAGE-INTEGRITY does not fit the known password",
        "Who gets the message refuses or drops it: compare the passwords of both ends.",
        "RFC 8489 9.1, 9.2, 14.5, [MS-TURN] 2.2.2.3" },
    [MSTURN_FINDING_PASSWORD_OTHER] = {
        "password_other", N, CHECKSUM, "Both ends use another password than the known one",
        "The call does not suffer: give the right password to have its messages verified.", "RFC 8489 14.5" },
    [MSTURN_FINDING_PASSWORD_REFUSED] = {
        "password_refused", N, RESPONSE, "Refused, although it is signed with the known password",
        "Who refuses it has another password for this user, or does not know the user.", "RFC 8489 9.1.3, 9.2.4" },
    [MSTURN_FINDING_MEDIA_REFUSED] = {
        "media_refused", W, RESPONSE, "The answer refuses application sharing: its m-line has port 0",
        "Nothing can be shown, whatever the network does: see policy and licences of the end that answered.",
        "RFC 3264 6" },
    [MSTURN_FINDING_TCP_CANDIDATE_MISSING] = {
        "tcp_candidate_missing", W, RESPONSE, "The answer has no TCP candidate where TCP was offered",
        "There is no pair to check: the end that answered needs a TCP candidate, and for that a TURN server that relays TCP.",
        "RFC 6544 4" },
    [MSTURN_FINDING_RELAYED_NOT_ALLOCATED] = {
        "relayed_not_allocated", W, PROTOCOL, "A relayed candidate was offered that was never allocated",
        "The peer connects to an address that is not the relay's: see what rewrites SDP, or static NAT of the server.",
        "RFC 8839 5.1" },
    [MSTURN_FINDING_RELAYED_NOT_OFFERED] = {
        "relayed_not_offered", N, PROTOCOL, "A relayed address was allocated and not offered",
        "The peer cannot know it. It may be for another call.", "RFC 8445 5.1.1" },
    [MSTURN_FINDING_CANDIDATE_UNTRIED] = {
        "candidate_untried", N, SEQUENCE, "A candidate was offered and never tried",
        "Normal where another pair won. Else the other end did not come: a firewall at that port, or it got no answer.",
        "RFC 8445 6.1.4" },
    [MSTURN_FINDING_CANDIDATE_NOT_OFFERED] = {
        "candidate_not_offered", N, PROTOCOL, "Checks with an address that nobody offered: peer reflexive",
        "Nothing to do: a NAT gave it.", "RFC 8445 7.3.1.3" },
    [MSTURN_FINDING_UFRAG_NOT_OFFERED] = {
        "ufrag_not_offered", W, PROTOCOL, "Nobody offered a user fragment of this check",
        "An end uses those of an earlier offer, or of another call: its checks are refused.", "RFC 8445 7.2.2" },
    [MSTURN_FINDING_DESTINATION_OTHER] = {
        "destination_other", N, SEQUENCE, "What was offered after the nomination names another address than the pair that won",
        "Some ends then send media there.", "RFC 8839 4.4.1" },
    [MSTURN_FINDING_NEW_OFFER_MISSING] = {
        "new_offer_missing", N, SEQUENCE, "No new offer after the nomination, and the last one names other addresses",
        "The end that controls has to make one, else some ends send media to the old address: its log says why it made none.",
        "RFC 5245 8.1.2" },
    [MSTURN_FINDING_CANDIDATE_UNREACHABLE] = {
        "candidate_unreachable", N, PROTOCOL, "A private candidate was offered to an end that has public addresses only",
        "Normal where a reflexive or relayed candidate is offered too, which has to carry the call. Else a TURN server is needed.",
        "RFC 1918 3" },
    [MSTURN_FINDING_BANDWIDTH_DIRECT_DENIED] = {
        "bandwidth_direct_denied", E, RESPONSE, "Bandwidth policy denies the direct path",
        "The call must be relayed, or fails: if it should not, change the bandwidth policy between the two sites.",
        "[MS-TURNBWM] 3.2.5.1, 2.2.8" },
    [MSTURN_FINDING_BANDWIDTH_RELAY_DENIED] = {
        "bandwidth_relay_denied", W, RESPONSE, "Bandwidth policy denies the relayed path",
        "The call must go another way: if it should not, change the bandwidth policy between the sites of end and relay.",
        "[MS-TURNBWM] 2.2.9, 2.2.11" },
    [MSTURN_FINDING_BANDWIDTH_PSTN_REROUTE] = {
        "bandwidth_pstn_reroute", N, RESPONSE, "Call may go over the telephone network instead",
        "The bandwidth policy allows that where it denies the path.", "[MS-TURNBWM] 2.2.8" },
    [MSTURN_FINDING_BANDWIDTH_FAILOVER_CONTRADICTORY] = {
        "bandwidth_failover_contradictory", N, PROTOCOL, "PSTN failover for a path that is allowed",
        "It means nothing there: the client ignores it.", "[MS-TURNBWM] 2.2.8" },
    [MSTURN_FINDING_BANDWIDTH_ZERO] = {
        "bandwidth_zero", N, RESPONSE, "Path is allowed, but with no bandwidth to send or to receive",
        "No media can go this way in at least one direction.", "[MS-TURNBWM] 2.2.8" },
    [MSTURN_FINDING_BANDWIDTH_ATTRIBUTE_MISSING] = {
        "bandwidth_attribute_missing", W, PROTOCOL, "Bandwidth message lacks an attribute that it must have",
        "The server takes it for a plain Allocate, and says nothing about bandwidth.",
        "[MS-TURNBWM] 3.3.5.1 - 3.3.5.3" },
    [MSTURN_FINDING_BANDWIDTH_RANGE] = {
        "bandwidth_range", W, PROTOCOL, "Minimum bandwidth above the maximum",
        "The sender has the fields in the wrong order, or computes them wrong.", "[MS-TURNBWM] 2.2.3" },
};
/* clang-format on */

const char *const msturn_ice_warnings[MSTURN_FINDING_COUNT] = {
    [MSTURN_FINDING_PSEUDO_TLS_REAL_TLS] = "pseudoTLSFailure",
    [MSTURN_FINDING_PSEUDO_TLS_NO_TLS] = "pseudoTLSFailure",
    [MSTURN_FINDING_PSEUDO_TLS_UNANSWERED] = "pseudoTLSFailure",
    [MSTURN_FINDING_AUTH_LOOP] = "turnAuthUnknownUsernameError",
    [MSTURN_FINDING_CHECK_REFUSED] = "connCheckOtherError",
    [MSTURN_FINDING_REDIRECTED] = "alternateServerReceived",
};

bool msturn_finding_is_of_credentials(enum msturn_finding finding)
{
    return finding == MSTURN_FINDING_AUTH_LOOP || finding == MSTURN_FINDING_CREDENTIALS_INVALID ||
           finding == MSTURN_FINDING_CHECK_REFUSED || finding == MSTURN_FINDING_BIND_REFUSED ||
           finding == MSTURN_FINDING_BIND_CLOSED;
}
