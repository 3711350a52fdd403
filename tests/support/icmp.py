"""ICMP errors about packets that were sent. Standard library only."""

import struct

from tcpcap import ETHERTYPE, checksum, ip_address

ETHERNET = 14
UNREACHABLE, REDIRECT, TIME_EXCEEDED = 3, 5, 11  # RFC 792
HOST, PORT, FRAGMENTATION_NEEDED, PROHIBITED = 1, 3, 4, 13  # codes of the first, RFC 792 and RFC 1812 5.2.7.1
ROUTER = {4: "10.30.0.1", 6: "2001:db8:30::1"}
IPV4_HEADER = 20
ICMP, ICMPV6 = 1, 58  # IP protocol numbers
ENOUGH = 28  # the IP header without options, and 8 bytes more: what RFC 792 asks for


def unreachable(packet: bytes, code: int, **options) -> bytes:
    return error(packet, UNREACHABLE, code, **options)


def error(packet: bytes, kind: int, code: int, quoted: int | None = None, rest: bytes = bytes(4), ip_options: bytes = b"") -> bytes:
    """About this Ethernet packet, in Ethernet, to its sender. `quoted`: so many bytes of it from its IP header on; `rest`: what
    stands between the checksum and them."""
    version = packet[ETHERNET] >> 4
    about = packet[ETHERNET:ETHERNET + (quoted or (ENOUGH if version == 4 else ENOUGH + 20))]
    body = struct.pack("!BBH", kind, code, 0) + rest + about
    sender = packet[26:30] if version == 4 else packet[22:38]
    header = ipv4(ROUTER[4], sender, body, ip_options) if version == 4 else ipv6(ROUTER[6], sender, body)
    return packet[6:12] + packet[:6] + struct.pack("!H", ETHERTYPE[version]) + header


def ipv4(source: str, destination: bytes, body: bytes, options: bytes = b"") -> bytes:
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    length = IPV4_HEADER + len(options)
    header = struct.pack("!BBHHHBBH", 0x40 | length // 4, 0, length + len(body), 0, 0, 64, ICMP, 0)
    header += ip_address(source).packed + destination + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body


def ipv6(source: str, destination: bytes, body: bytes) -> bytes:
    ends = ip_address(source).packed + destination
    pseudo = ends + struct.pack("!II", len(body), ICMPV6)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    return struct.pack("!IHBB", 6 << 28, len(body), ICMPV6, 64) + ends + body
