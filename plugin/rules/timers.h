/* timers.h
 * How long things may take: name, value in seconds, and where it stands.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_TIMERS_H
#define MSTURN_TIMERS_H

/* Of the specifications. */
#define MSTURN_SECONDS_PERMISSION 300.0   /* lifetime of a permission, RFC 8656 section 9 */
#define MSTURN_SECONDS_CHANNEL 600.0      /* lifetime of a channel binding, RFC 8656 section 12 */
#define MSTURN_SECONDS_BIND 30.0          /* from ConnectionAttempt to ConnectionBind, RFC 6062 section 5.3 */
#define MSTURN_SECONDS_BIND_EARLY 0.05    /* a server counts from when it took the peer, in steps of its own clock */
#define MSTURN_SECONDS_CONNECT 31.0       /* a server gives up after 30 s, RFC 6062 section 5.2, and says so */
#define MSTURN_SECONDS_TRANSACTION 39.5   /* RFC 8489 section 6.2.2 */
#define MSTURN_SECONDS_CONNECT_LOST 40.0  /* Connect: the longer one of the two above */
#define MSTURN_SECONDS_CONSENT 30.0       /* RFC 7675 section 5.1 */
#define MSTURN_SECONDS_CONNECT_AGAIN 10.0 /* after a 447, RFC 6062 section 4.3 */

#define MSTURN_SECONDS_SYN_AGAIN 0.2    /* no TCP repeats a SYN sooner: RFC 6298 section 2 has 1 s */
#define MSTURN_SECONDS_SYN_REPEATED 3.0 /* the longest that TCP waits before, RFC 1122 section 4.2.3.1 */

/* Of what takes milliseconds where it works. */
#define MSTURN_SECONDS_DUE_LEAST 0.5   /* an answer is due after this, or ... */
#define MSTURN_ROUND_TRIPS_DUE 10.0    /* ... after so many round trips, whichever is longer */
#define MSTURN_SECONDS_DUE_OPEN 3.0    /* the same as long as nobody closed the connection */
#define MSTURN_SECONDS_NOMINATION 5.0  /* from a valid pair to its nomination */
#define MSTURN_SECONDS_CREDENTIALS 5.0 /* from a challenge to the request with credentials */
#define MSTURN_SECONDS_ANSWER 180.0    /* from an offer to its answer: as long as a telephone rings, RFC 3261 16.6 */
#define MSTURN_SECONDS_NEW_OFFER 10.0  /* from a nomination to the offer that names the pair */
#define MSTURN_SECONDS_ONE_WAY 5.0     /* of data in one direction only */
#define MSTURN_SECONDS_PEER 10.0       /* from the first permission to the peer's connection */
#define MSTURN_SECONDS_AT_ONCE 1.0     /* from an opening to the close that refuses it */
#define MSTURN_SECONDS_SKEW 2.0        /* by which the clocks of two capture points may differ */
#define MSTURN_SECONDS_RTO_LEAST 0.1   /* TCP without acknowledgement waits longer: 1 s by RFC 6298, often 0.2 s */
#define MSTURN_SECONDS_COPY 0.005      /* between the two records of one packet, by a switch that copies */
#define MSTURN_SECONDS_STORM 60.0      /* from one 438 to the next: a nonce should live an hour, RFC 8656 section 5 */
#define MSTURN_LIFETIME_LATE 0.9       /* not seconds: the part of a lifetime after which a Refresh is late */

#define MSTURN_SECONDS_OTHER_CAPTURE 86400.0 /* from a frame to the next one: they are of two captures */

#endif
