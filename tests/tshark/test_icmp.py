"""ICMP errors about SYNs: which refuse a connection, and which not, however they are wrapped and cut.

RFC 792, RFC 4443; the connections are those of test_silent.py, so nothing else is in the capture.
"""

import struct

import icmp
import pytest
from tcpcap import ACK, ETHERTYPE, RST, SYN, Capture
from verdicts import report_of

SERVERS = {4: ("192.0.2.1", 3478), 6: ("2001:db8:1::1", 3478)}
REFUSED = "Connection refused by an ICMP error (frame 2)"
UNREACHABLE_V6, TOO_BIG_V6, TIME_EXCEEDED_V6 = 1, 2, 3  # RFC 4443 section 3
SOURCE_QUENCH, ECHO_REPLY = 4, 0
IN_IP, GRE = 4, 47  # IP protocol numbers
OUTER = bytes([172, 16, 0, 1]) + bytes([172, 16, 0, 2])


def texts(tshark, path, *options: str) -> list[str]:
    return [problem["text"] for problem in report_of(tshark, path, *options).problems]


def answered_by(capture: Capture, version: int, kind: int, code: int, wrap=lambda packet: packet, client=None, **options) -> Capture:
    """A SYN, and an ICMP message about it."""
    connection = capture.connection(client=client, server=SERVERS[version], handshake=False)
    inside = Capture()
    syn = inside.connection(client=connection.ends[True], server=SERVERS[version], handshake=False).packet(True, SYN)
    packet = inside.bytes_of(syn)
    capture.add(wrap(packet))
    capture.add(wrap(icmp.error(packet, kind, code, **options)))
    return capture


# ---- which messages ----


@pytest.mark.parametrize("version, kind, code, refuses", [
    *[(4, icmp.UNREACHABLE, code, True) for code in (0, 1, 2, 3, 5, 9, 10, 13)],
    (4, icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED, False),
    (4, icmp.TIME_EXCEEDED, 0, True),
    (4, icmp.REDIRECT, 1, False),
    (4, SOURCE_QUENCH, 0, False),
    (4, ECHO_REPLY, 0, False),
    *[(6, UNREACHABLE_V6, code, True) for code in (0, 1, 3, 4)],
    (6, TOO_BIG_V6, 0, False),
    (6, TIME_EXCEEDED_V6, 0, True),
    (6, 137, 0, False),  # redirect, RFC 4861
])
def test_what_refuses(tshark, write, capture, passes, version, kind, code, refuses):
    answered_by(capture, version, kind, code)
    assert texts(tshark, write(capture), *passes) == ([REFUSED] if refuses else [])


def test_before_a_connection_after_all(tshark, write, capture):
    """RFC 9293 3.9.2.2: a soft error; the next SYN got through."""
    connection = capture.connection(server=SERVERS[4], handshake=False)
    syn = connection.packet(True, SYN)
    capture.add(icmp.unreachable(capture.bytes_of(syn), icmp.HOST))
    connection.packet(True, SYN, at=-1, wait=1_000_000)
    connection.packet(False, SYN | ACK)
    connection.packet(True, ACK)
    assert texts(tshark, write(capture)) == []


def test_about_another_connection(tshark, write, capture):
    """To another port of the server."""
    connection = capture.connection(server=SERVERS[4], handshake=False)
    other = capture.connection(client=connection.ends[True], server=("192.0.2.1", 3477), handshake=False)
    connection.packet(True, SYN)
    syn = other.packet(True, SYN)
    capture.add(icmp.unreachable(capture.bytes_of(syn), icmp.PORT))
    assert texts(tshark, write(capture)) == []


# ---- how they are wrapped ----


def vlan(packet: bytes) -> bytes:
    """IEEE 802.1Q."""
    return packet[:12] + struct.pack("!HH", 0x8100, 7) + packet[12:]


def qinq(packet: bytes) -> bytes:
    """IEEE 802.1ad."""
    return packet[:12] + struct.pack("!HH", 0x88A8, 7) + vlan(packet)[12:]


def tunnel(packet: bytes, protocol: int, header: bytes = b"", outer: bytes = OUTER) -> bytes:
    inner = header + packet[icmp.ETHERNET:]
    fields = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 0, 0, 64, protocol, 0) + outer
    return packet[:12] + struct.pack("!H", ETHERTYPE[4]) + fields + inner


def in_ip(packet: bytes) -> bytes:
    """RFC 2003."""
    return tunnel(packet, IN_IP)


def in_gre(packet: bytes) -> bytes:
    """RFC 2784."""
    return tunnel(packet, GRE, struct.pack("!HH", 0, ETHERTYPE[4]))


def between_the_same_hosts(packet: bytes) -> bytes:
    """The tunnel's ends are those of the packet in it."""
    return tunnel(packet, IN_IP, outer=packet[26:34])


@pytest.mark.parametrize("wrap", [vlan, qinq, in_ip, in_gre, between_the_same_hosts], ids=lambda wrap: wrap.__name__)
def test_wrapped(tshark, write, capture, passes, wrap):
    answered_by(capture, 4, icmp.UNREACHABLE, icmp.PORT, wrap)
    assert texts(tshark, write(capture), *passes) == [REFUSED]


@pytest.mark.parametrize("wrap", [vlan, qinq], ids=lambda wrap: wrap.__name__)
def test_wrapped_ipv6(tshark, write, capture, passes, wrap):
    answered_by(capture, 6, UNREACHABLE_V6, 4, wrap)
    assert texts(tshark, write(capture), *passes) == [REFUSED]


def test_tunnel_that_is_refused(tshark, write, capture):
    """The error is about the tunnel's packet: whose ports would be those of the packet in it, is not asked."""
    connection = capture.connection(server=SERVERS[4], handshake=False)
    inside = Capture()
    syn = inside.connection(client=connection.ends[True], server=SERVERS[4], handshake=False).packet(True, SYN)
    packet = in_ip(inside.bytes_of(syn))
    capture.add(packet)
    capture.add(icmp.unreachable(packet, icmp.HOST, quoted=68))
    assert texts(tshark, write(capture)) == []


# ---- how much of the packet they quote ----


@pytest.mark.parametrize("quoted", [24, 28, 40, 54])
def test_quoted_and_cut(tshark, write, capture, passes, quoted):
    """RFC 792: the IP header and 8 bytes; the ports are in the first four."""
    answered_by(capture, 4, icmp.UNREACHABLE, icmp.PORT, quoted=quoted)
    assert texts(tshark, write(capture), *passes) == [REFUSED]


@pytest.mark.parametrize("quoted", [20, 23])
def test_quoted_without_ports(tshark, write, capture, quoted):
    answered_by(capture, 4, icmp.UNREACHABLE, icmp.PORT, quoted=quoted)
    assert texts(tshark, write(capture)) == []


def test_ip_options(tshark, write, capture, passes):
    """RFC 791: router alert before the ICMP message."""
    answered_by(capture, 4, icmp.UNREACHABLE, icmp.PORT, ip_options=bytes([0x94, 4, 0, 0]))
    assert texts(tshark, write(capture), *passes) == [REFUSED]


def test_ip_options_of_the_quoted_packet(tshark, write, capture, passes):
    connection = capture.connection(server=SERVERS[4], handshake=False)
    inside = Capture()
    syn = inside.connection(client=connection.ends[True], server=SERVERS[4], handshake=False).packet(True, SYN)
    packet = inside.bytes_of(syn)
    length = struct.unpack("!H", packet[16:18])[0] + 4
    longer = packet[:14] + b"\x46\x00" + struct.pack("!H", length) + packet[18:34] + bytes([0x94, 4, 0, 0]) + packet[34:]
    capture.add(longer)
    capture.add(icmp.unreachable(longer, icmp.PORT, quoted=32))
    assert texts(tshark, write(capture), *passes) == [REFUSED]


def test_wrong_checksum(tshark, write, capture, passes):
    """Network cards fill it in; routers of the field do not always."""

    def spoil(packet: bytes) -> bytes:
        return packet if packet[23] != icmp.ICMP else packet[:36] + bytes([packet[36] ^ 0xFF]) + packet[37:]

    answered_by(capture, 4, icmp.UNREACHABLE, icmp.PORT, spoil)
    assert texts(tshark, write(capture), *passes) == [REFUSED]


def test_extension_header(tshark, write, capture, passes):
    """RFC 8200 section 4: hop-by-hop options before the ICMPv6 message."""

    def extend(packet: bytes) -> bytes:
        if packet[20] != icmp.ICMPV6:
            return packet
        length = struct.unpack("!H", packet[18:20])[0] + 8
        options = bytes([icmp.ICMPV6, 0, 5, 2, 0, 0, 1, 0])  # router alert, RFC 2711
        return packet[:18] + struct.pack("!HB", length, 0) + packet[21:54] + options + packet[54:]

    answered_by(capture, 6, UNREACHABLE_V6, 4, extend)
    assert texts(tshark, write(capture), *passes) == [REFUSED]


def test_answer_of_the_server_decides(tshark, write, capture):
    """Whatever else is said: RST came first."""
    connection = capture.connection(server=SERVERS[4], handshake=False)
    syn = connection.packet(True, SYN)
    connection.packet(False, RST | ACK)
    capture.add(icmp.error(capture.bytes_of(syn), icmp.REDIRECT, 1))
    assert texts(tshark, write(capture)) == ["Connection refused by a reset (frame 2)"]
