/* test_sdp.c
 * message: lines of session descriptions. Those of RFC 8839 and RFC 6544, of [MS-SDPEXT], and those of draft 6 of ICE.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "build.h"
#include "plugin/message/ip_text.h"
#include "plugin/message/sdp.h"

#include <string.h>

static struct msturn_bytes line_of(const char *text)
{
    return (struct msturn_bytes){ (const uint8_t *)text, (uint32_t)strlen(text), (uint32_t)strlen(text) };
}

static void assert_bytes(struct msturn_bytes bytes, const char *expected)
{
    g_assert_cmpmem(bytes.data, bytes.captured, expected, strlen(expected));
}

static struct msturn_sdp_line read_good(const char *text, enum msturn_sdp_kind kind)
{
    struct msturn_sdp_line line;

    g_assert_true(msturn_sdp_read_line(line_of(text), &line));
    g_assert_cmpint(line.kind, ==, kind);
    return line;
}

static void assert_bad(const char *text)
{
    struct msturn_sdp_line line;

    g_assert_false(msturn_sdp_read_line(line_of(text), &line));
}

/* ---- addresses ---- */

static void assert_address(const char *text, uint8_t family, const char *hex)
{
    struct msturn_endpoint endpoint = { .port = 7 };
    GByteArray *expected = bytes_from_hex(hex);

    g_assert_true(msturn_read_ip_text(line_of(text), &endpoint));
    g_assert_cmpuint(endpoint.family, ==, family);
    g_assert_cmpuint(endpoint.port, ==, 7);
    g_assert_cmpmem(endpoint.address, family == 4 ? 4 : 16, expected->data, expected->len);
    g_byte_array_unref(expected);
}

static void test_addresses(void)
{
    static const char *const wrong[] = { "",
                                         "1.2.3",
                                         "1.2.3.256",
                                         "1.2.3.4.5",
                                         "1.2.3.4 ",
                                         "host.example",
                                         ":",
                                         ":::",
                                         "1::2::3",
                                         "1:2:3:4:5:6:7",
                                         "1:2:3:4:5:6:7:8:9",
                                         "12345::",
                                         "g::",
                                         "1:2:3:4:5:6:7:8::",
                                         "fe80::1%eth0",
                                         "1:",
                                         "1.2.3.4:5" };

    assert_address("192.168.1.252", 4, "c0a801fc");
    assert_address("0.0.0.0", 4, "00000000");
    assert_address("2001:db8::1", 6, "20010db8000000000000000000000001");
    assert_address("::", 6, "00000000000000000000000000000000");
    assert_address("::1", 6, "00000000000000000000000000000001");
    assert_address("FE80::", 6, "fe800000000000000000000000000000");
    assert_address("1:2:3:4:5:6:7:8", 6, "00010002000300040005000600070008");
    assert_address("::ffff:192.0.2.1", 6, "00000000000000000000ffffc0000201");
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct msturn_endpoint endpoint = { .family = 9 };
        g_assert_false(msturn_read_ip_text(line_of(wrong[i]), &endpoint));
        g_assert_cmpuint(endpoint.family, ==, 9);
    }
}

/* ---- candidates ---- */

static void assert_candidate(const char *text, const char *foundation, uint32_t component,
                             enum msturn_candidate_transport transport, uint32_t priority, const char *host,
                             uint16_t port, enum msturn_candidate_type type)
{
    const struct msturn_sdp_candidate candidate = read_good(text, MSTURN_SDP_CANDIDATE).candidate;

    assert_bytes(candidate.foundation, foundation);
    g_assert_cmpuint(candidate.component, ==, component);
    g_assert_cmpint(candidate.transport, ==, transport);
    g_assert_cmpuint(candidate.priority, ==, priority);
    assert_bytes(candidate.host, host);
    g_assert_cmpuint(candidate.address.port, ==, port);
    g_assert_cmpint(candidate.type, ==, type);
}

static void test_candidates(void)
{
    /* RFC 8839 section 5.1 */
    assert_candidate("a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998", "2", 1,
                     MSTURN_CANDIDATE_UDP, 1694498815, "192.0.2.3", 45664, MSTURN_CANDIDATE_SRFLX);
    /* RFC 6544 section 4.5 */
    assert_candidate("a=candidate:1 1 TCP 2128609279 198.51.100.1 9 typ host tcptype active", "1", 1,
                     MSTURN_CANDIDATE_TCP_ACTIVE, 2128609279, "198.51.100.1", 9, MSTURN_CANDIDATE_HOST);
    assert_candidate("a=candidate:3 1 TCP 1688207359 192.0.2.3 9 typ srflx raddr 198.51.100.1 rport 9 tcptype so", "3",
                     1, MSTURN_CANDIDATE_TCP_SO, 1688207359, "192.0.2.3", 9, MSTURN_CANDIDATE_SRFLX);
    /* [MS-SDPEXT] 3.1.5.22, as in the call that this project is about */
    assert_candidate("a=candidate:3 1 TCP-PASS 174455807 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417",
                     "3", 1, MSTURN_CANDIDATE_TCP_PASSIVE, 174455807, "192.168.1.252", 53577, MSTURN_CANDIDATE_RELAY);
    assert_candidate("a=candidate:2 2 tcp-act 2121006078 192.168.251.128 13450 typ host ", "2", 2,
                     MSTURN_CANDIDATE_TCP_ACTIVE, 2121006078, "192.168.251.128", 13450, MSTURN_CANDIDATE_HOST);
    /* A name instead of an address, and names and values that are not known. */
    assert_candidate("a=candidate:1 1 udp 1 f2b1.local 5000 typ host generation 0 network-id 1", "1", 1,
                     MSTURN_CANDIDATE_UDP, 1, "f2b1.local", 5000, MSTURN_CANDIDATE_HOST);
    g_assert_cmpuint(
        read_good("a=candidate:1 1 udp 1 f2b1.local 5000 typ host", MSTURN_SDP_CANDIDATE).candidate.address.family, ==,
        0);
}

static void test_related_address(void)
{
    static const struct msturn_endpoint expected = { 4, { 10, 149, 4, 201 }, 65417 };
    const struct msturn_sdp_candidate candidate =
        read_good("a=candidate:3 1 TCP-PASS 1 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417",
                  MSTURN_SDP_CANDIDATE)
            .candidate;

    g_assert_true(msturn_endpoint_equal(&candidate.related, &expected));
}

/* draft-ietf-mmusic-ice-06, as Office Communicator 2007 has it: user name and password in the line. */
static void test_older_candidates(void)
{
    static const char text[] =
        "a=candidate:Ohn0q9ruMq3Hw0IGP+1qk5Fs+ 1 kIP6rXfa7BmS8N6PFMqvdA UDP 0.830 192.168.1.100 5000";

    assert_candidate(text, "Ohn0q9ruMq3Hw0IGP+1qk5Fs+", 1, MSTURN_CANDIDATE_UDP, 830, "192.168.1.100", 5000,
                     MSTURN_CANDIDATE_UNKNOWN);
    assert_bytes(read_good(text, MSTURN_SDP_CANDIDATE).candidate.password, "kIP6rXfa7BmS8N6PFMqvdA");
    assert_candidate("a=candidate:u 2 p TCP 0.19 10.0.0.1 1", "u", 2, MSTURN_CANDIDATE_TCP, 190, "10.0.0.1", 1,
                     MSTURN_CANDIDATE_UNKNOWN);
}

static void test_what_is_no_candidate(void)
{
    static const char *const wrong[] = {
        "a=candidate:",
        "a=candidate:1",
        "a=candidate:1 1 UDP 1 192.0.2.1",
        "a=candidate:1 1 UDP 1 192.0.2.1 65536 typ host",
        "a=candidate:1 one UDP 1 192.0.2.1 1 typ host",
        "a=candidate:1 4294967296 UDP 1 192.0.2.1 1 typ host",
        "a=candidate:u 1 p UDP 0. 192.0.2.1 1",
        "a=candidate:u 1 p UDP 0.x 192.0.2.1 1",
        " a=candidate:1 1 UDP 1 192.0.2.1 1 typ host",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_bad(wrong[i]);
}

/* ---- other lines ---- */

static void test_other_lines(void)
{
    assert_bytes(read_good("a=ice-ufrag:9uB6", MSTURN_SDP_UFRAG).text, "9uB6");
    assert_bytes(read_good("a=ice-pwd:YH75Fviy6338Vbrhrlp8Yh\"", MSTURN_SDP_PWD).text, "YH75Fviy6338Vbrhrlp8Yh");
    read_good("a=ice-lite", MSTURN_SDP_LITE);
    assert_bytes(read_good("a=ice-options:ice2 trickle", MSTURN_SDP_OPTIONS).text, "ice2 trickle");
    assert_bytes(read_good("a=setup:passive", MSTURN_SDP_SETUP).text, "passive");
    assert_bytes(read_good("a=x-applicationsharing-role:viewer", MSTURN_SDP_APPLICATION_SHARING).text, "role:viewer");
    read_good("a=remote-candidates:1 192.0.2.3 45664", MSTURN_SDP_REMOTE_CANDIDATES);
    read_good("o=jdoe 2890844526 2890842807 IN IP4 203.0.113.141", MSTURN_SDP_ORIGIN);
    read_good("v=0", MSTURN_SDP_VERSION);
    assert_bad("v=1");
    assert_bad("v=0;x=1");
    assert_bad("o=jdoe");
    assert_bad("a=rtpmap:0 PCMU/8000");
    assert_bad("s=-");
    assert_bad("");
}

static void test_media_and_connection(void)
{
    const struct msturn_sdp_media media =
        read_good("m=applicationsharing 53577 TCP/RTP/SAVP 127", MSTURN_SDP_MEDIA).media;
    const struct msturn_sdp_line connection = read_good("c=IN IP4 192.168.1.252", MSTURN_SDP_CONNECTION);

    assert_bytes(media.name, "applicationsharing");
    assert_bytes(media.protocol, "TCP/RTP/SAVP");
    g_assert_cmpuint(media.port, ==, 53577);
    g_assert_cmpuint(read_good("m=video 0 RTP/SAVP 121", MSTURN_SDP_MEDIA).media.port, ==, 0);
    g_assert_cmpuint(read_good("m=audio 49170/2 RTP/AVP 0", MSTURN_SDP_MEDIA).media.port, ==, 49170);
    g_assert_cmpuint(connection.address.family, ==, 4);
    assert_bytes(read_good("c=IN IP4 233.252.0.1/127", MSTURN_SDP_CONNECTION).text, "233.252.0.1");
    assert_bad("m=audio");
    assert_bad("m=audio 65536 RTP/AVP 0");
    assert_bad("c=IN IP5 1");
}

static void test_lines(void)
{
    struct msturn_bytes rest = line_of("a\r\nb\nc\rd\n\ne"), line;
    static const char *const expected[] = { "a", "b", "c", "d", "", "e" };

    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_true(msturn_sdp_next_line(&rest, &line));
        assert_bytes(line, expected[i]);
    }
    g_assert_false(msturn_sdp_next_line(&rest, &line));
}

/* What was cut by the capture may have gone on. */
static void test_the_last_line_of_a_cut_description_is_not_read(void)
{
    struct msturn_bytes rest = line_of("v=0\r\na=ice-ufrag:9u"), line;

    rest.reported += 2;
    g_assert_true(msturn_sdp_next_line(&rest, &line));
    g_assert_false(msturn_sdp_next_line(&rest, &line));
}

static void test_log_lines(void)
{
    assert_bytes(msturn_sdp_in_log_line(line_of("08:03:51.966 INFO : call 3: a=ice-ufrag:9uB6")), "a=ice-ufrag:9uB6");
    assert_bytes(msturn_sdp_in_log_line(line_of("\tv=0")), "v=0");
    assert_bytes(msturn_sdp_in_log_line(line_of("|a=candidate:1 1 UDP 1 192.0.2.1 1 typ host")),
                 "a=candidate:1 1 UDP 1 192.0.2.1 1 typ host");
    assert_bytes(msturn_sdp_in_log_line(line_of("Contact: <sip:a@b;transport=tls;v=0.1>")), "");
    assert_bytes(msturn_sdp_in_log_line(line_of("extra=ice-ufrag:9uB6 ma=setup:x")), "");
    assert_bytes(msturn_sdp_in_log_line(line_of("")), "");
}

/* Every beginning of a line, in memory of just that size. */
static void test_any_bytes(void)
{
    static const char text[] =
        "a=candidate:3 1 TCP-PASS 174455807 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417";

    for (uint32_t length = 0; length < sizeof text; length++) {
        const struct msturn_bytes bytes = exact_bytes(text, length, length);
        struct msturn_sdp_line line;
        msturn_sdp_read_line(bytes, &line);
        msturn_sdp_in_log_line(bytes);
        free_exact_bytes(bytes);
    }
}

/* RFC 3261 sections 7.3.1 and 20.8. */
static void test_call_ids(void)
{
    static const char *const with_one[] = {
        "INVITE sip:a@b SIP/2.0\r\nCall-ID: one@host\r\nContent-Length: 3\r\n\r\n",
        "INVITE sip:a@b SIP/2.0\r\ni:one@host\r\n\r\n",
        "SIP/2.0 200 OK\r\nCall-ID: other\r\n\r\nSIP/2.0 200 OK\nCALL-ID:\tone@host\n",
    };
    static const char *const without[] = { "", "\n", "\r\nVia: x;i:no\r\n", "Call-ID: first line\r\n", "\nCall-I" };

    for (size_t i = 0; i < G_N_ELEMENTS(with_one); i++)
        assert_bytes(msturn_sip_call_id(line_of(with_one[i])), "one@host");
    for (size_t i = 0; i < G_N_ELEMENTS(without); i++)
        g_assert_cmpuint(msturn_sip_call_id(line_of(without[i])).captured, ==, 0);
    assert_bytes(msturn_sdp_in_log_line(line_of("08:03 INFO: Call-ID: one@host")), "Call-ID: one@host");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdp/addresses", test_addresses);
    g_test_add_func("/sdp/candidates", test_candidates);
    g_test_add_func("/sdp/related_address", test_related_address);
    g_test_add_func("/sdp/older_candidates", test_older_candidates);
    g_test_add_func("/sdp/no_candidates", test_what_is_no_candidate);
    g_test_add_func("/sdp/other_lines", test_other_lines);
    g_test_add_func("/sdp/media_and_connection", test_media_and_connection);
    g_test_add_func("/sdp/lines", test_lines);
    g_test_add_func("/sdp/cut", test_the_last_line_of_a_cut_description_is_not_read);
    g_test_add_func("/sdp/log_lines", test_log_lines);
    g_test_add_func("/sdp/any_bytes", test_any_bytes);
    g_test_add_func("/sdp/call_ids", test_call_ids);
    return g_test_run();
}
