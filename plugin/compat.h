/* compat.h
 * Every difference between Wireshark 4.0, 4.2, 4.4 and 4.6, and nowhere else.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_COMPAT_H
#define MSTURN_COMPAT_H

#include <glib.h>

#include <epan/packet.h>
#include <epan/tfs.h>
#include <epan/strutil.h>
#include <epan/unit_strings.h>
#include <ws_version.h>

#define MSTURN_WIRESHARK_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

#if MSTURN_WIRESHARK_AT_LEAST(4, 4)
#include <wsutil/plugins.h>

typedef bool wsbool;
#else
/* Of wsutil/plugins.h, which 4.0 does not ship. */
#ifndef WS_PLUGIN_DESC_DISSECTOR
#define WS_PLUGIN_DESC_DISSECTOR (1UL << 0)
#endif

typedef gboolean wsbool;
#endif

#if MSTURN_WIRESHARK_AT_LEAST(4, 2)
/* What says whether a row of a table of preferences is good. */
typedef bool compat_row_is_good;

/* The last parameter of a conversation filter's callbacks, and of its registration. */
#define COMPAT_USER_DATA , void *user_data _U_
#define COMPAT_NO_USER_DATA , NULL

/* What HTTP's dissector keeps of the last request of a connection, NULL: nothing. */
#define compat_http_request http_req_res_t
#define compat_http_last_request(http) ((http)->req_res_tail)

/* Printable text of bytes that may be anything; non-printable characters escaped. */
#define compat_format_text(scope, bytes, length) format_text(scope, (const char *)(bytes), length)

/* A follower without sub-streams; 4.0 cannot be told how many streams there are. */
#define compat_register_follow_stream(protocol, tap, packet_filter, index_filter, address_filter, port_text, take, \
                                      count) \
    register_follow_stream(protocol, tap, packet_filter, index_filter, address_filter, port_text, take, count, NULL)

/* A string buffer with room for `size` bytes; it grows. */
#define compat_strbuf_new(scope, size) wmem_strbuf_new_sized(scope, size)

/* Of show_type_t, which 4.0 declares in epan/follow.h and later versions in ui/cli/tap-follow.c. A new version is looked
 * at first: nothing tells its numbers. */
enum { SHOW_HEXDUMP = 3, SHOW_RAW = 4, SHOW_YAML = 6 };
#define COMPAT_HAS_KNOWN_SHOW_TYPES (!MSTURN_WIRESHARK_AT_LEAST(4, 7))
#else
typedef gboolean compat_row_is_good;

#define COMPAT_USER_DATA
#define COMPAT_NO_USER_DATA

#define compat_http_request http_conv_t
#define compat_http_last_request(http) (http)

#define FT_IS_UINT32 IS_FT_UINT32
#define compat_format_text(scope, bytes, length) format_text(scope, (const guchar *)(bytes), length)

#define compat_register_follow_stream(protocol, tap, packet_filter, index_filter, address_filter, port_text, take, \
                                      count) \
    ((void)(count), register_follow_stream(protocol, tap, packet_filter, index_filter, address_filter, port_text, take))

#define compat_strbuf_new(scope, size) wmem_strbuf_sized_new(scope, size, 0)

#define COMPAT_HAS_KNOWN_SHOW_TYPES true
#endif

/* Units of a field, for `strings`. */
#ifndef UNS
#define UNS(units) (units)
#endif

/* The init routine of a -z option: how it ends. Before 4.6 tshark cannot be told that the option is wrong, so
 * its own ones exit. */
#if MSTURN_WIRESHARK_AT_LEAST(4, 6)
typedef bool compat_stat_init_result;
#define COMPAT_STAT_INIT_RETURN(accepted) return accepted
#else
#include <stdlib.h>

typedef void compat_stat_init_result;
#define COMPAT_STAT_INIT_RETURN(accepted) \
    do { \
        if (!(accepted)) \
            exit(EXIT_FAILURE); \
    } while (0)
#endif

#endif
