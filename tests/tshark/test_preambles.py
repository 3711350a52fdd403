"""What stands before STUN and TURN on TCP: SSLTCP of libwebrtc and Jitsi, the PROXY protocol, tunnels of proxies.

https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt; RFC 9110 9.3.6 (CONNECT); RFC 1928 (SOCKS).
"""

import struct

import foreign
import pytest
import stun
import turn
from tcpcap import Capture
from test_ports import difference
from verdicts import report_of, trees_and_report
from wireshark import frames_with

SSLTCP_CLIENT = bytes.fromhex(
    "8046010301002d000000100100800300800700c006004002008004008000000400feff00000a00fefe00000900006400006200000300000"
    "6" "1f170ca62f0078fc46552eb18339f1ea")
SSLTCP_SERVER = bytes.fromhex(
    "160301004a020000460301428545a727a95da0b3c5e753da482b3fc65aca89c15852a1783c5b174600853f20"
    "0ed306725b5b1b5f15ac13f988539d9be83d7b0c30326e384da27557416c345c000400")
PROXY_V1 = b"PROXY TCP4 198.51.100.9 192.0.2.1 41000 443\r\n"
PROXY_V1_UNKNOWN = b"PROXY UNKNOWN\r\n"
PROXY_V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([198, 51, 100, 9, 192, 0, 2, 1, 160, 40, 1, 187])
PROXY_V2_TLV = PROXY_V2[:14] + struct.pack("!H", 12 + 7) + PROXY_V2[16:] + b"\x04\0\x04test"
PROXY_V2_LOCAL = PROXY_V2[:12] + bytes([0x20, 0x00, 0, 0])
PROXIES = {"v1": PROXY_V1, "unknown": PROXY_V1_UNKNOWN, "v2": PROXY_V2, "tlv": PROXY_V2_TLV, "local": PROXY_V2_LOCAL}
LOST = ("msturn.opaque", "msturn.finding.mid_stream", "msturn.finding.framing_lost")
PORTS = [443, 80, 3478, 9321, 40001, 24123, 8443]


def dialogue(mapped) -> list[tuple[bytes, bytes]]:
    return [(turn.allocate("a"), turn.allocated("a", mapped=mapped)), (turn.refresh("b"), turn.refreshed("b"))]


def framed_dialogue() -> list[tuple[bytes, bytes]]:
    return [(stun.frame(turn.check("a")), stun.frame(turn.answer("a"))), (stun.frame(turn.rtp(1)), stun.frame(turn.rtp(2)))]


# SSLTCP


@pytest.mark.parametrize("framed", [True, False], ids=["rfc4571", "turn"])
def test_ssltcp(tshark, write, passes, capture, framed):
    """On the ports of TLS and HTTP the client's hello stays with these: the server's answer tells."""
    frames, hellos = [], []
    for port in PORTS:
        connection = capture.connection(server=("192.0.2.1", port))
        hello, answer = connection.client(SSLTCP_CLIENT), connection.server(SSLTCP_SERVER)
        hellos += [answer] if port in (80, 443) else [hello, answer]
        frames += hellos[-1:] if port in (80, 443) else hellos[-2:]
        for request, response in framed_dialogue() if framed else dialogue(connection.ends[True]):
            frames += [connection.client(request), connection.server(response)]
    packets = tshark.trees(write(capture), *passes)
    assert frames_with(packets, "msturn") == frames
    assert [frame for frame, packet in packets.items() if {"1", "2"} & set(packet.all("msturn.preamble"))] == hellos
    assert frames_with(packets, *LOST) == []


def test_ssltcp_in_pieces(tshark, write, passes, capture):
    """On ports on which nobody else waits."""
    connection = capture.connection(server=("192.0.2.1", 3478))
    connection.client_stream(SSLTCP_CLIENT + turn.allocate("a"), [72, 50, 50])
    connection.server_stream(SSLTCP_SERVER + turn.allocated("a", mapped=connection.ends[True]), [79, 10, 10])
    path = write(capture)
    types = tshark.column(path, "msturn.type", *passes)
    assert sorted(value for values in types.values() for value in values) == ["0x0003", "0x0103"]


@pytest.mark.parametrize("port", [80, 443])
def test_ssltcp_that_a_real_tls_server_answers(tshark, stock, write, passes, capture, port):
    """libnice's client at a web server."""
    connection = capture.connection(server=("192.0.2.1", port))
    connection.client(SSLTCP_CLIENT)
    for from_client, data in foreign.tls()[1:]:
        connection.send(from_client, data)
    path = write(capture)
    assert difference(tshark.pdml(path, *passes), stock.pdml(path, *passes)) == ""


def test_other_hello_is_not_ssltcp(tshark, stock, write, passes, capture):
    """A browser of old with its own challenge, and a server of TLS with another random value."""
    connection = capture.connection(server=("192.0.2.1", 443))
    connection.client(SSLTCP_CLIENT[:-16] + turn.noise(16))
    connection.server(SSLTCP_SERVER[:20] + turn.noise(16) + SSLTCP_SERVER[36:])
    for from_client, data in foreign.tls():
        connection.send(from_client, data)
    path = write(capture)
    assert difference(tshark.pdml(path, *passes), stock.pdml(path, *passes)) == ""


# The PROXY protocol


@pytest.mark.parametrize("together", [True, False], ids=["together", "alone"])
@pytest.mark.parametrize("name", PROXIES)
def test_proxy_protocol(tshark, write, passes, capture, name, together):
    """In a segment with the first message, and in one of its own, which then is whoever's it was."""
    frames = []
    for port in PORTS:
        connection = capture.connection(server=("192.0.2.1", port))
        (first, answer), *rest = dialogue(connection.ends[True])
        if together:
            frames.append(connection.client(PROXIES[name] + first))
        else:
            connection.client(PROXIES[name])
            frames.append(connection.client(first))
        frames.append(connection.server(answer))
        for request, response in rest:
            frames += [connection.client(request), connection.server(response)]
    packets, report = trees_and_report(tshark, write(capture), *passes)
    assert [frame for frame in frames if not packets[frame].all("msturn.type")] == []
    if together:
        assert len([packet for packet in packets.values() if {"3", "4"} & set(packet.all("msturn.preamble"))]) == len(PORTS)
    assert frames_with(packets, *LOST) == []
    assert {problem["code"] for problem in report.problems} <= {"not_released"}


@pytest.mark.parametrize("header", [PROXY_V1, PROXY_V2], ids=["v1", "v2"])
def test_proxy_protocol_before_others(tshark, stock, write, passes, capture, header):
    """Nothing of anybody else's changes, not if messages are part of a later transfer either."""
    for port in (443, 80, 9321, 40001, 24123):
        for name, conversation in foreign.ALL.items():
            if name == "cookie_in_the_wrong_place":
                continue
            for together in (True, False):
                connection = capture.connection(server=("192.0.2.1", port))
                if not together:
                    connection.client(header)
                for number, (from_client, data) in enumerate(conversation):
                    connection.send(from_client, header + data if together and number == 0 else data)
        connection = capture.connection(server=("192.0.2.1", port))
        connection.client(header)
        connection.client(turn.noise(1500))
        connection.client(turn.allocate())
    path = write(capture)
    assert difference(tshark.pdml(path, *passes), stock.pdml(path, *passes)) == ""


# Tunnels


def connect(port: int) -> list[tuple[bool, bytes]]:
    return [(True, f"CONNECT turn.example:{port} HTTP/1.1\r\nHost: turn.example:{port}\r\n\r\n".encode()),
            (False, b"HTTP/1.1 200 Connection established\r\n\r\n")]


def socks5(port: int) -> list[tuple[bool, bytes]]:
    address = bytes([1, 192, 0, 2, 1]) + struct.pack("!H", port)
    return [(True, bytes([5, 1, 0])), (False, bytes([5, 0])),
            (True, bytes([5, 1, 0]) + address), (False, bytes([5, 0, 0]) + address)]


def socks4(port: int) -> list[tuple[bool, bytes]]:
    address = struct.pack("!H", port) + bytes([192, 0, 2, 1])
    return [(True, bytes([4, 1]) + address + b"user\0"), (False, bytes([0, 90]) + address)]


@pytest.mark.parametrize("opening, proxy", [(connect, 3128), (connect, 8080), (connect, 9999), (socks5, 1080), (socks5, 9050),
                                            (socks4, 1080), (socks4, 9050)])
def test_tunnel(tshark, write, passes, capture, opening, proxy):
    """The number of the stream is the one that the packets have."""
    capture.connection(server=("192.0.2.99", 7)).client(b"another stream")
    tunnels, targets = [], {}
    for target in (3478, 443, 9321, 8443):
        connection = capture.connection(server=("192.0.2.55", proxy))
        for from_client, data in opening(target):
            connection.send(from_client, data)
        named = f"{'turn.example' if opening == connect else '192.0.2.1'}:{target}"
        tunnels.append(("{}:{}".format(*connection.ends[True]), named, capture.frames + 1))
        for request, response in dialogue(connection.ends[True]):
            targets |= {connection.client(request): [named], connection.server(response): [named]}
    packets, report = trees_and_report(tshark, write(capture), *passes)
    assert frames_with(packets, "msturn.type") == list(targets)
    assert {frame: packets[frame].all("msturn.session.tunnel") for frame in frames_with(packets, "msturn.session.tunnel")} == targets
    assert [(session["client"], session["tunnel"], session["first_frame"]) for session in report.sessions] == tunnels
    assert [str(session["stream"]) for session in report.sessions] == [packets[frame].all("tcp.stream")[0] for *_, frame in tunnels]


def socks5_name(port: int) -> list[tuple[bool, bytes]]:
    name = bytes([3, 12]) + b"turn.example" + struct.pack("!H", port)
    return [*socks5(port)[:2], (True, bytes([5, 1, 0]) + name), (False, bytes([5, 0, 0, 1]) + bytes(6))]


def socks5_ipv6(port: int) -> list[tuple[bool, bytes]]:
    host = bytes([4]) + bytes.fromhex("20010db8000000000000000000000001") + struct.pack("!H", port)
    return [*socks5(port)[:2], (True, bytes([5, 1, 0]) + host), (False, bytes([5, 0, 0, 1]) + bytes(6))]


def socks4a(port: int) -> list[tuple[bool, bytes]]:
    return [(True, bytes([4, 1]) + struct.pack("!H", port) + bytes([0, 0, 0, 1]) + b"user\0turn.example\0"),
            (False, bytes([0, 90]) + bytes(6))]


@pytest.mark.parametrize("opening, named", [(socks5_name, "turn.example:3478"), (socks5_ipv6, "[2001:db8::1]:3478"),
                                            (socks4a, "turn.example:3478")])
def test_name_of_a_tunnel(tshark, write, capture, opening, named):
    """RFC 1928 4; SOCKS 4a."""
    connection = capture.connection(server=("192.0.2.55", 9050))
    for from_client, data in opening(3478):
        connection.send(from_client, data)
    for request, response in dialogue(connection.ends[True]):
        connection.client(request)
        connection.server(response)
    (session,) = report_of(tshark, write(capture)).sessions
    assert session["tunnel"] == named


def test_tunnel_to_something_else(tshark, stock, write, passes, capture):
    for opening, proxy in ((connect, 3128), (socks5, 1080), (socks5, 9050), (socks4, 9050)):
        for target in (443, 9321):
            connection = capture.connection(server=("192.0.2.55", proxy))
            for from_client, data in [*opening(target), *foreign.tls()]:
                connection.send(from_client, data)
    path = write(capture)
    assert difference(tshark.pdml(path, *passes), stock.pdml(path, *passes)) == ""
