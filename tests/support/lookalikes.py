"""TCP connections of others that begin like ours, a new one for each state of a random generator. Standard library only.

Each function makes one conversation as in foreign.py. None of them contains what would be a message at the beginning of a
direction: that would be one.
"""

import struct
from collections.abc import Callable
from random import Random

import stun
from foreign import Conversation, handshake

Family = Callable[[Random], Conversation]

COOKIE = struct.pack("!I", stun.COOKIE)


def talk(random: Random, turns: int, packet: Callable[[], bytes]) -> Conversation:
    """Both ends by turns, either of them first."""
    first = random.random() < 0.5
    return [((turn % 2 == 0) == first, packet()) for turn in range(turns)]


def length_prefixed(content: bytes) -> bytes:
    return struct.pack("!H", len(content)) + content


# Nothing, and anything


def random_bytes(random: Random) -> Conversation:
    return talk(random, 4, lambda: random.randbytes(random.randrange(1, 1400)))


def zeros_and_ones(random: Random) -> Conversation:
    """Small numbers: most fields of binary protocols."""
    return talk(random, 4, lambda: bytes(random.choices(range(4), k=random.randrange(1, 300))))


def short_segments(random: Random) -> Conversation:
    """First bytes that fit and no more of them: nothing to decide from."""
    return talk(random, 3, lambda: bytes([random.randrange(4), 0, 0, 4 * random.randrange(64)])[:random.randrange(1, 5)])


# A length in front, as in RFC 4571


def random_with_length(random: Random) -> Conversation:
    return talk(random, 4, lambda: length_prefixed(random.randbytes(random.randrange(20, 600))))


def stun_sized_with_length(random: Random) -> Conversation:
    """A multiple of four, and a type and a length behind it that would be those of a message: only the cookie is missing."""

    def packet() -> bytes:
        words = random.randrange(40)
        kind, identity = random.choice((1, 3, 0x101, 0x113)), random.randbytes(12)
        return length_prefixed(struct.pack("!HHI", kind, 4 * words, stun.COOKIE ^ 1 << random.randrange(32)) + identity
                               + random.randbytes(4 * words))

    return talk(random, 4, packet)


def dns(random: Random) -> Conversation:
    """RFC 1035 4.2.2; the id may be anything, also the type of a message."""

    def message() -> bytes:
        name = random.randbytes(8).hex().encode()[:random.randrange(1, 16)]
        identity = random.choice((1, 3, 0x101, random.randrange(0x10000)))
        return struct.pack("!HHHHHH", identity, 0x0100, 1, 0, 0, 0) + bytes([len(name)]) + name + b"\0" + struct.pack("!HH", 1, 1)

    return talk(random, 4, lambda: length_prefixed(message()))


def framed_rtp(random: Random) -> Conversation:
    """RFC 4571 without ICE: a camera, say. Nothing but the first byte tells RTP."""

    def packet(sequence: int) -> bytes:
        header = struct.pack("!BBHII", 0x80, 127, sequence, 160 * sequence, 0xDECAFBAD)
        return length_prefixed(header + random.randbytes(random.randrange(20, 200)))

    return [(True, b"".join(packet(10 * segment + i) for i in range(random.randrange(1, 5)))) for segment in range(3)]


def tpkt(random: Random) -> Conversation:
    """RFC 1006: 3, 0 and a length; RDP and H.225."""

    def packet() -> bytes:
        data = random.randbytes(random.randrange(1, 80))
        return struct.pack("!BBHBBB", 3, 0, 7 + len(data), 2, 0xF0, 0x80) + data

    return talk(random, 4, packet)


def bgp(random: Random) -> Conversation:
    """RFC 4271 4.1: marker, length, type."""
    keep_alive = b"\xff" * 16 + struct.pack("!HB", 19, 4)
    open_ = b"\xff" * 16 + struct.pack("!HBBHHIB", 29, 1, 4, random.randrange(1, 0xFFFF), 180, random.getrandbits(32), 0)
    return [(True, open_), (False, open_ + keep_alive), (True, keep_alive)]


def length_of_32_bits(random: Random) -> Conversation:
    """NetBIOS sessions, Kafka, ZooKeeper, Thrift: the first bytes are 0."""

    def packet() -> bytes:
        data = random.choice((b"\xfeSMB", b"\xffSMB", bytes(4), b"\0\x12\0\4")) + random.randbytes(random.randrange(16, 200))
        return struct.pack("!I", len(data)) + data

    return talk(random, 4, packet)


# 2 or 3, and 0, as in Microsoft's frames


def tds(random: Random) -> Conversation:
    """[MS-TDS] 2.2.3: type, status, length with the header, process, packet number, window."""

    def packet() -> bytes:
        data = random.randbytes(random.choice((13, 268, random.randrange(8, 400))))
        return struct.pack("!BBHHBB", random.choice((1, 2, 3, 4, 18)), random.choice((0, 0, 1)), 8 + len(data), 0, 1, 0) + data

    return talk(random, 4, packet)


def amqp(random: Random) -> Conversation:
    """AMQP 0-9-1 4.2.3: type (2: header, 3: body), channel, size, end; the first bytes of the connection are its name, or not captured."""

    def frame() -> bytes:
        data = random.randbytes(random.randrange(4, 200))
        return struct.pack("!BHI", random.choice((1, 2, 3)), random.choice((0, 1)), len(data)) + data + b"\xce"

    greeting = [(True, b"AMQP\0\0\x09\x01")] if random.random() < 0.5 else []
    return greeting + talk(random, 4, frame)


def vnc(random: Random) -> Conversation:
    """RFC 6143 7.5: SetEncodings is 2 and 0, FramebufferUpdateRequest 3 and 0 or 1."""
    encodings = [random.getrandbits(32) for _ in range(random.randrange(1, 12))]
    hello = [(False, b"RFB 003.008\n"), (True, b"RFB 003.008\n"), (False, b"\2\1\2"), (True, b"\2")]
    messages = [struct.pack("!BBH", 2, 0, len(encodings)) + b"".join(struct.pack("!I", one) for one in encodings),
                struct.pack("!BBHHHH", 3, 0, 0, 0, random.randrange(0xFFFF), random.randrange(0xFFFF))]
    return (hello if random.random() < 0.5 else []) + [(True, data) for data in messages]


def rtmp(random: Random) -> Conversation:
    """C0 is 3, C1 begins with a time and four zeros."""
    hello = struct.pack("!BII", 3, random.choice((0, random.getrandbits(32))), 0) + random.randbytes(1528)
    return [(True, hello), (False, hello + hello[1:])]


def microsoft_frame_but_for_the_cookie(random: Random) -> Conversation:
    """Header, type and both lengths fit; one bit of the Magic Cookie attribute does not."""

    def packet() -> bytes:
        cookie = int.from_bytes(bytes.fromhex("000f000472c64bc6"), "big") ^ 1 << random.randrange(64)
        rest = random.randbytes(random.randrange(200))
        header = struct.pack("!HH", random.choice((2, 3, 4, 6, 0x103, 0x115)), 8 + len(rest)) + random.randbytes(16)
        message = header + cookie.to_bytes(8, "big") + rest
        return struct.pack("!BBH", 2, 0, len(message)) + message

    return talk(random, 4, packet)


def multiplexed_but_for_the_message(random: Random) -> Conversation:
    """The channel of multiplexed TURN and a length that fits; behind the session id there is anything."""

    def packet() -> bytes:
        data = random.randbytes(random.randrange(20, 200))
        return struct.pack("!HH", 0xFF10, 8 + len(data)) + random.randbytes(8) + data

    return talk(random, 4, packet)


# TLS


def record(kind: int, version: int, content: bytes) -> bytes:
    return struct.pack("!BHH", kind, version, len(content)) + content


def tls_hello_of_50_bytes(random: Random) -> Conversation:
    """A ClientHello with one cipher suite has the length of the pseudo-TLS record; the same suite with another version is none, too."""
    outer, inner, suite = random.choice((
        (0x0301, 0x0301, random.choice((0x0017, 0x0019, 0x0034, 0x0005, 0x002F))), (0x0301, 0x0303, 0x0018),
        (0x0300, 0x0300, 0x0018), (0x0303, 0x0303, 0x0018)))
    hello = struct.pack("!H32sBHHBB", inner, random.randbytes(32), 0, 2, suite, 1, 0)
    session, alert = random.randbytes(32), record(21, outer, b"\2\x28")
    answer = handshake(2, struct.pack("!H32sB32sHB", inner, random.randbytes(32), 32, session, suite, 0))
    key_exchange = handshake(12, random.randbytes(200))
    return [(True, record(22, outer, handshake(1, hello))), random.choice((
        (False, record(22, outer, answer + handshake(14, b""))),
        (False, record(22, outer, answer) + record(22, outer, key_exchange) + record(22, outer, handshake(14, b""))),
        (False, alert)))]


def tls_server_hello_of_the_same_length(random: Random) -> Conversation:
    """Another suite, version or compression; resumed or not; the client's hello has extensions."""
    version, suite, compression = random.choice(((0x0301, 0x0005, 0), (0x0301, 0x0018, 1), (0x0303, 0x0018, 0), (0x0302, 0x0034, 0)))
    server_name = struct.pack("!HHHBH", 0, 12, 10, 0, 7) + b"example"
    client = struct.pack("!H32sBHHHBBH", version, random.randbytes(32), 0, 4, suite, 0x00FF, 1, 0, len(server_name)) + server_name
    answer = handshake(2, struct.pack("!H32sB32sHB", version, random.randbytes(32), 32, random.randbytes(32), suite, compression))
    certificate = handshake(11, (3 + 200).to_bytes(3, "big") + (200).to_bytes(3, "big") + random.randbytes(200))
    flight = random.choice((record(22, version, answer + handshake(14, b"")),
                            record(22, version, answer) + record(22, version, certificate) + record(22, version, handshake(14, b"")),
                            record(22, version, answer) + record(20, version, b"\1") + record(22, version, random.randbytes(40))))
    return [(True, record(22, 0x0301, handshake(1, client))), (False, flight)]


def tls_records_of_random_bytes(random: Random) -> Conversation:
    """A capture that begins behind the handshake."""
    return talk(random, 4, lambda: record(23, 0x0303, random.randbytes(random.randrange(24, 700))))


def tls_alert(random: Random) -> Conversation:
    return [(random.random() < 0.5, record(21, random.choice((0x0301, 0x0303)), bytes([2, random.randrange(120)])))]


# The cookie, and messages that are none


def almost_a_header(random: Random) -> Conversation:
    """All but one thing of a message: a bit of the cookie, the first byte, or the length."""

    def packet() -> bytes:
        identity, value = random.randbytes(12), random.randbytes(64)
        return random.choice((
            struct.pack("!HHI", 0x0001, 68, stun.COOKIE ^ 1 << random.randrange(32)) + identity + b"\0\6\0\x40" + value,
            struct.pack("!HHI", 0x0401, 68, stun.COOKIE) + identity + b"\0\6\0\x40" + value,
            struct.pack("!HHI", 0x0001, 66, stun.COOKIE) + identity + b"\0\6\0\x3e" + value[:62]))

    return talk(random, 4, packet)


def almost_attributes(random: Random) -> Conversation:
    """A whole header, and an attribute that nobody uses, or one or two that do not end where the message does."""

    def packet() -> bytes:
        value = random.randbytes(64)
        attributes = random.choice((b"\x41\6\0\x40" + value, b"\0\6\0\x41" + value, b"\0\6\0\x3a" + value[:60] + b"\0\6\0\1"))
        return struct.pack("!HHI", 0x0001, len(attributes), stun.COOKIE) + random.randbytes(12) + attributes

    return talk(random, 4, packet)


def cookies_among_random_bytes(random: Random) -> Conversation:
    def data() -> bytes:
        parts = (random.randbytes(random.randrange(4, 60)) + COOKIE * random.randrange(1, 3) for _ in range(8))
        return b"\x99" + b"".join(parts)

    return talk(random, 4, data)


def by_name(*families: Family) -> dict[str, Family]:
    return {family.__name__: family for family in families}


ALL = by_name(random_bytes, zeros_and_ones, short_segments, random_with_length, dns, framed_rtp, tpkt, bgp, length_of_32_bits, tds, amqp,
              vnc, rtmp, multiplexed_but_for_the_message, tls_server_hello_of_the_same_length, tls_records_of_random_bytes, tls_alert,
              almost_a_header, cookies_among_random_bytes)

# What is wrong stands so far behind that more is waited for when the first segment ends in front of it.
CLOSE = by_name(stun_sized_with_length, tls_hello_of_50_bytes, microsoft_frame_but_for_the_cookie)

# A header without a fault: where TURN servers are, or where the capture kept no more than that, it is a broken message.
BROKEN = by_name(almost_attributes)
