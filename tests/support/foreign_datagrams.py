"""Datagrams of others that look like ours, for each state of a random generator. Standard library only.

As in foreign.py: True and the bytes for the client, False for the server.
"""

import struct
from collections.abc import Callable
from random import Random

import stun
import turn
from foreign import Conversation
from lookalikes import talk

Family = Callable[[Random], Conversation]

MULTIPLEXED = 0xFF10  # [MS-TURN] 2.2.3


def quic(random: Random) -> Conversation:
    """RFC 9000 17: long headers, then short ones."""
    long = struct.pack("!BIB", 0xC0 | random.randrange(64), 1, 8) + random.randbytes(8) + b"\x08" + random.randbytes(1185)
    return [(True, long), (False, long)] + talk(random, 3, lambda: bytes([0x40 | random.randrange(64)]) + random.randbytes(60))


def rtp(random: Random) -> Conversation:
    start = random.randrange(0x8000)
    return [(True, turn.rtp(start + i, length=random.randrange(1, 200))) for i in range(4)] + [(False, turn.rtcp())]


def dtls(random: Random) -> Conversation:
    def packet() -> bytes:
        data = random.randbytes(random.randrange(20, 200))
        return struct.pack("!BHHIHH", random.choice((20, 21, 22, 23)), 0xFEFD, 0, 0, random.randrange(9), len(data)) + data

    return talk(random, 4, packet)


def zrtp(random: Random) -> Conversation:
    """RFC 6189 5: the cookie is another one, in the same place."""
    return talk(random, 3, lambda: struct.pack("!HHII", 0x1000, random.randrange(99), 0x5A525450, 1) + random.randbytes(60))


def wireguard(random: Random) -> Conversation:
    """Types 1, 2 and 4 with three bytes of zero behind them, as the type and length of a message."""
    return [(True, b"\1\0\0\0" + random.randbytes(144)), (False, b"\2\0\0\0" + random.randbytes(88)),
            *talk(random, 3, lambda: b"\4\0\0\0" + random.randbytes(4 + 8 + 16 * random.randrange(2, 9)))]


def micro_transport(random: Random) -> Conversation:
    """uTP of BitTorrent (BEP 29): type and version, extension, connection, times."""
    return talk(random, 4, lambda: bytes([random.choice((0x01, 0x11, 0x21, 0x41)), random.randrange(3)]) + random.randbytes(18 + 40))


def dns(random: Random) -> Conversation:
    return talk(random, 2, lambda: struct.pack("!HHHHHH", random.choice((1, 3, 0x0101)), 0x0100, 1, 0, 0, 0) + b"\7example\0\0\1\0\1")


def random_bytes(random: Random) -> Conversation:
    return talk(random, 4, lambda: random.randbytes(random.randrange(1, 1200)))


def small_numbers(random: Random) -> Conversation:
    return talk(random, 4, lambda: bytes(random.choices(range(4), k=random.randrange(1, 120))))


def message_of_another_length(random: Random) -> Conversation:
    """Header and cookie fit; the datagram is shorter or longer than the message, or the attributes do not chain."""

    def packet() -> bytes:
        message = random.choice((turn.check(), turn.allocate(), turn.keep_alive()))
        return random.choice((message[:-4 * random.randrange(1, 5)], message + random.randbytes(random.randrange(1, 40)),
                              message[:20] + b"\x41" + message[21:]))

    return talk(random, 4, packet)


def cookie_elsewhere(random: Random) -> Conversation:
    cookie = struct.pack("!I", stun.COOKIE)
    return talk(random, 4, lambda: random.randbytes(random.choice((0, 1, 8, 12))) + cookie + random.randbytes(40))


def microsoft_message_but_for_the_cookie(random: Random) -> Conversation:
    """[MS-TURN] 2.2.2.8: one bit of the attribute that makes it one."""

    def packet() -> bytes:
        cookie = int.from_bytes(bytes.fromhex("000f000472c64bc6"), "big") ^ 1 << random.randrange(64)
        header = struct.pack("!HH", random.choice((3, 4, 0x103, 0x115)), 28) + random.randbytes(16)
        return header + cookie.to_bytes(8, "big") + random.randbytes(20)

    return talk(random, 4, packet)


def channel_of_multiplexed_turn(random: Random) -> Conversation:
    """The channel number and a length that fits; the session id was never handed out, and what follows is anything, media included."""

    def packet() -> bytes:
        data = random.choice((random.randbytes(40), turn.rtp(random.randrange(0x8000)), turn.rtcp(), turn.dtls()))
        return struct.pack("!HH", MULTIPLEXED, 8 + len(data) + random.choice((0, 0, 1, -1))) + random.randbytes(8) + data

    return talk(random, 4, packet)


ALL: dict[str, Family] = {family.__name__: family for family in (
    quic, rtp, dtls, zrtp, wireguard, micro_transport, dns, random_bytes, small_numbers, message_of_another_length, cookie_elsewhere,
    microsoft_message_but_for_the_cookie, channel_of_multiplexed_turn)}
