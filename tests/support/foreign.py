"""Connections of other protocols, some of which begin like ours. Standard library only.

Each is a list of segments: True and the bytes for the client, False for the server.
"""

import hashlib
import struct

import stun
import turn

Conversation = list[tuple[bool, bytes]]


def random_bytes(seed: str, length: int) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(length)


def tls() -> Conversation:
    """ClientHello and ServerHello of TLS 1.2 without extensions, and application data."""
    hello = b"\x03\x03" + random_bytes("client", 32) + b"\0" + b"\0\x02\xc0\x2f" + b"\1\0"
    server = b"\x03\x03" + random_bytes("server", 32) + b"\0" + b"\xc0\x2f" + b"\0"
    return [(True, record(22, handshake(1, hello))), (False, record(22, handshake(2, server)) + record(22, handshake(14, b""))),
            (True, record(20, b"\1") + record(22, random_bytes("finished", 40))),
            (True, record(23, random_bytes("up", 300))), (False, record(23, random_bytes("down", 1300)))]


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(data)) + data


def handshake(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(3, "big") + data


def http() -> Conversation:
    """The body is a message of ours, as in the download of a capture file."""
    body = turn.allocate() * 3
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return [(True, b"GET /stun.pcap HTTP/1.1\r\nHost: www.example\r\n\r\n"), (False, head + body[:50]), (False, body[50:]),
            (True, b"POST /up HTTP/1.1\r\nHost: www.example\r\nContent-Length: 5\r\n\r\nhello"),
            (False, b"HTTP/1.1 204 No Content\r\n\r\n")]


def http_with_messages_in_segments() -> Conversation:
    """A body of which each segment is one of our messages."""
    body = [turn.allocate("a"), turn.refresh("b"), turn.check("c")]
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {sum(map(len, body))}\r\n\r\n".encode()
    return [(True, b"GET /messages HTTP/1.1\r\nHost: www.example\r\n\r\n"), (False, head), *((False, part) for part in body)]


def mongodb() -> Conversation:
    """OP_MSG with an empty document: little-endian length, ids, opcode 2013."""
    document = struct.pack("<IB", 5, 0)
    section = struct.pack("<IB", 0, 0) + document

    def message(request: int, response: int) -> bytes:
        return struct.pack("<IIII", 16 + len(section), request, response, 2013) + section

    return [(True, message(1, 0)), (False, message(2, 1))]


def ssh() -> Conversation:
    packet = struct.pack("!IBB", 300, 4, 20) + random_bytes("kex", 298)
    return [(False, b"SSH-2.0-OpenSSH_9.2p1\r\n"), (True, b"SSH-2.0-OpenSSH_9.2p1\r\n"), (True, packet), (False, packet)]


def rdp() -> Conversation:
    """TPKT begins with 3 and 0, as a message of ours may, and a length (RFC 1006)."""
    request = bytes.fromhex("030000130ee000000000000100080003000000")
    confirm = bytes.fromhex("030000130ed000001234000200080002000000")
    return [(True, request), (False, confirm), (True, struct.pack("!BBH", 3, 0, 20) + bytes(16))]


def dns() -> Conversation:
    """A 2-byte length in front of each message (RFC 1035 4.2.2), as in RFC 4571."""
    query = struct.pack("!HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\7example\0" + struct.pack("!HH", 1, 1)
    answer = struct.pack("!HHHHHH", 1, 0x8180, 1, 0, 0, 0) + query[12:]
    return [(True, stun.frame(query)), (False, stun.frame(answer))]


def zeros() -> Conversation:
    return [(True, bytes(1)), (False, bytes(20)), (True, bytes(500))]


def random_data() -> Conversation:
    return [(i % 2 == 0, random_bytes(f"noise {i}", 400)) for i in range(6)]


def cookie_in_the_wrong_place() -> Conversation:
    """The magic cookie alone makes no message: wrong type byte, length that is no multiple of 4, attributes that do not chain."""
    cookie = struct.pack("!I", stun.COOKIE)
    return [(True, b"\x04\x01\0\x08" + cookie + bytes(20)), (False, b"\0\1\0\x07" + cookie + bytes(19)),
            (True, b"\0\1\0\x10" + cookie + random_bytes("id", 12) + b"\0\x06\0\xff" + bytes(12)),
            (False, cookie * 20)]


def channel_look_alike() -> Conversation:
    """ASCII is in the range of channel numbers."""
    return [(True, b"EHLO mail.example\r\n"), (False, b"@ABCDEFGHIJKLMNOP\r\n"), (True, b"QUIT\r\n")]


def rfc4571_look_alike() -> Conversation:
    """Lengths in front of packets that could be RTP: no evidence without a check."""
    return [(True, stun.frame(turn.rtp(1))), (False, stun.frame(turn.rtp(2)) + stun.frame(turn.rtp(3)))]


ALL = {function.__name__: function() for function in (
    tls, http, http_with_messages_in_segments, mongodb, ssh, rdp, dns, zeros, random_data, cookie_in_the_wrong_place,
    channel_look_alike, rfc4571_look_alike)}
