/* sdp.h
 * Lines of a session description, as far as ICE needs them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * RFC 8866, RFC 8839, RFC 6544 section 4.5, RFC 4145; Microsoft's forms of candidates: [MS-SDPEXT] and [MS-ICE], by draft 6
 * of ICE. Any bytes are taken; a line that is not understood is none of these. Texts point into the line.
 */
#ifndef MSTURN_SDP_H
#define MSTURN_SDP_H

#include "plugin/message/decoded.h"
#include "plugin/message/names.h"

enum msturn_sdp_kind {
    MSTURN_SDP_VERSION, /* v=0: a description begins */
    MSTURN_SDP_ORIGIN,
    MSTURN_SDP_CONNECTION, /* c= */
    MSTURN_SDP_MEDIA,
    MSTURN_SDP_UFRAG,
    MSTURN_SDP_PWD,
    MSTURN_SDP_LITE,
    MSTURN_SDP_OPTIONS,
    MSTURN_SDP_CANDIDATE,
    MSTURN_SDP_REMOTE_CANDIDATES,
    MSTURN_SDP_SETUP,
    MSTURN_SDP_APPLICATION_SHARING, /* a=x-applicationsharing-..., its name and value */
    MSTURN_SDP_CALL_ID              /* of SIP: in a log it tells whose the next description is */
};

enum msturn_candidate_transport {
    MSTURN_CANDIDATE_OTHER,
    MSTURN_CANDIDATE_UDP,
    MSTURN_CANDIDATE_TCP, /* without saying more */
    MSTURN_CANDIDATE_TCP_ACTIVE,
    MSTURN_CANDIDATE_TCP_PASSIVE,
    MSTURN_CANDIDATE_TCP_SO
};

enum msturn_candidate_type {
    MSTURN_CANDIDATE_UNKNOWN,
    MSTURN_CANDIDATE_HOST,
    MSTURN_CANDIDATE_SRFLX,
    MSTURN_CANDIDATE_PRFLX,
    MSTURN_CANDIDATE_RELAY
};

/* As in the JSON report. */
extern const struct msturn_name msturn_candidate_transport_names[], msturn_candidate_type_names[];

struct msturn_sdp_candidate {
    struct msturn_bytes foundation; /* in Microsoft's older form the user name */
    struct msturn_bytes password;   /* older form only; else none */
    uint32_t component;
    enum msturn_candidate_transport transport;
    uint32_t priority;               /* in the older form thousandths */
    struct msturn_bytes host;        /* as it is written */
    struct msturn_endpoint address;  /* family 0: the host is a name */
    enum msturn_candidate_type type; /* unknown in the older form */
    struct msturn_endpoint related;  /* raddr and rport */
};

struct msturn_sdp_media {
    struct msturn_bytes name, protocol; /* "applicationsharing", "TCP/RTP/SAVP" */
    uint32_t port;                      /* 0: refused */
};

struct msturn_sdp_line {
    enum msturn_sdp_kind kind;
    struct msturn_bytes text;              /* what follows the name; all of o= */
    struct msturn_sdp_candidate candidate; /* of CANDIDATE */
    struct msturn_sdp_media media;         /* of MEDIA */
    struct msturn_endpoint address;        /* of CONNECTION; family 0: a name */
};

/* Reads a line, without its end. False: it is none of the above. */
bool msturn_sdp_read_line(struct msturn_bytes line, struct msturn_sdp_line *read);

/* Cuts the next line off, without its end: CR, LF, or both. False: there is none. One that is not whole, because the rest was not
 * captured, is not given. */
bool msturn_sdp_next_line(struct msturn_bytes *rest, struct msturn_bytes *line);

/* In a line of a log, which has other things before it, as time stamps: the part that may be a line of a description; empty if
 * there is none. */
struct msturn_bytes msturn_sdp_in_log_line(struct msturn_bytes line);

/* The Call-ID of the SIP message whose headers are the last ones in these bytes; empty if there is none. */
struct msturn_bytes msturn_sip_call_id(struct msturn_bytes before);

#endif
