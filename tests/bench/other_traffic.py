"""Traffic without STUN for the measures: TLS, HTTP, SMB, QUIC, DNS, and protocols that nobody knows. Standard library only.

Client ports are ephemeral ones of Linux and Windows, so some are in the range of ports where the plugin looks for relayed
addresses; so are the ports of some servers, as those of Windows' RPC are.
"""

import struct
from collections.abc import Iterator
from itertools import count as numbers
from itertools import islice, repeat
from pathlib import Path
from random import Random

from capture import Connection, Writer, add_datagram, interleaved
from tcpcap import ACK, FIN, segments

LIVE = 100  # connections at the same time
SEGMENT = 1448
EPHEMERAL = (32768, 65535)
NOISE = Random(5).randbytes(1 << 20)


class Exchange:
    """A connection that is stepped through packet by packet."""

    def __init__(self, writer: Writer, number: int, random: Random, port: int):
        client = f"10.{number >> 14 & 0xFF}.{number >> 6 & 0xFF}.{1 + (number & 0x3F)}", random.randint(*EPHEMERAL)
        self.connection = Connection(writer, client, (f"203.0.113.{1 + number % 200}", port))
        self.random = random

    def noise(self, length: int) -> bytes:
        begin = self.random.randrange(len(NOISE) - length)
        return NOISE[begin : begin + length]

    def size(self) -> int:
        """Of a document: mostly some kilobytes, sometimes a hundred."""
        return min(int(self.random.lognormvariate(9, 1.3)), 200_000)

    def open(self) -> Iterator[None]:
        self.connection.open()
        yield from repeat(None, 3)

    def close(self) -> Iterator[None]:
        for from_client in (True, False):
            self.connection.packet(from_client, FIN | ACK)
            yield
        self.connection.packet(True, ACK)
        yield

    def send(self, from_client: bool, data: bytes) -> Iterator[None]:
        """In full segments, every second of which is acknowledged."""
        for number, part in enumerate(segments(data, repeat(SEGMENT))):
            self.connection.packet(from_client, ACK, part)
            yield
            if number % 2:
                self.connection.packet(not from_client, ACK)
                yield


def other(path: Path, count: int) -> int:
    """Packets: half of them TLS, a quarter HTTP, the others SMB and unknown protocols."""
    random = Random(6)
    with Writer(path) as writer:
        dialogues = (_dialogue(writer, number, random) for number in numbers())
        return sum(1 for _ in islice(interleaved(dialogues, LIVE), count))


def _dialogue(writer: Writer, number: int, random: Random) -> Iterator[None]:
    (ports,) = random.choices(list(TRAFFIC), [share for _, share in TRAFFIC.values()])
    talk = TRAFFIC[ports][0]
    exchange = Exchange(writer, number, random, random.choice(ports))
    yield from exchange.open()
    yield from talk(exchange)
    yield from exchange.close()


# UDP


def datagrams(path: Path, count: int) -> int:
    """UDP packets: half of them QUIC in the middle of connections, a fifth RTP that nobody announced, DNS, unknown protocols."""
    random = Random(7)
    with Writer(path) as writer:
        talks = (_datagram_talk(writer, number, random) for number in numbers())
        return sum(1 for _ in islice(interleaved(talks, LIVE), count))


def _datagram_talk(writer: Writer, number: int, random: Random) -> Iterator[None]:
    """So many questions and answers between two ports."""
    (kind,) = random.choices([_quic, _dns, _speech, _unknown_datagrams], [50, 15, 20, 15])
    client = f"10.{number >> 14 & 0xFF}.{number >> 6 & 0xFF}.{1 + (number & 0x3F)}", random.randint(*EPHEMERAL)
    port, pairs = kind(random)
    server = f"203.0.113.{1 + number % 200}", port
    for question, answer in pairs:
        add_datagram(writer, client, server, question)
        yield
        add_datagram(writer, server, client, answer)
        yield


def _noise(random: Random, length: int) -> bytes:
    begin = random.randrange(len(NOISE) - length)
    return NOISE[begin : begin + length]


Pairs = Iterator[tuple[bytes, bytes]]


def _quic(random: Random) -> tuple[int, Pairs]:
    """RFC 9000 section 17.3: short headers."""
    return 443, ((b"\x40" + _noise(random, 40), b"\x40" + _noise(random, 1200)) for _ in range(200))


def _dns(random: Random) -> tuple[int, Pairs]:
    identity, name = _noise(random, 2), b"\x03www\x07example\x03org\0\0\x01\0\x01"
    question = identity + b"\x01\0\0\x01\0\0\0\0\0\0" + name
    answer = identity + b"\x81\x80\0\x01\0\x01\0\0\0\0" + name + b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04" + _noise(random, 4)
    return 53, iter([(question, answer)] * 20)


def _speech(random: Random) -> tuple[int, Pairs]:
    def packet(number: int) -> bytes:
        return struct.pack("!BBHII", 0x80, 0, number, 160 * number, 1) + _noise(random, 160)

    return random.randint(16_384, 60_000), ((packet(number), packet(number)) for number in range(200))


def _unknown_datagrams(random: Random) -> tuple[int, Pairs]:
    sizes = (20, 1000)
    pairs = ((_noise(random, random.randint(*sizes)), _noise(random, random.randint(*sizes))) for _ in range(100))
    return random.choice([9009, 24_680, 50_500, 55_555]), pairs


# TLS 1.3


def _record(content_type: int, data: bytes, version: int = 0x0303) -> bytes:
    return struct.pack("!BHH", content_type, version, len(data)) + data


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack("!HH", number, len(data)) + data


def _hello(kind: int, random: bytes, session: bytes, suites: bytes, extensions: bytes) -> bytes:
    body = b"\x03\x03" + random + bytes([len(session)]) + session + suites + struct.pack("!H", len(extensions)) + extensions
    return _record(22, bytes([kind]) + len(body).to_bytes(3, "big") + body, 0x0301 if kind == 1 else 0x0303)


def _client_hello(exchange: Exchange) -> bytes:
    name = b"www.example.org"
    server_name = _extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name)
    versions, groups = _extension(43, b"\x02\x03\x04"), _extension(10, b"\x00\x02\x00\x1d")
    key = _extension(51, struct.pack("!HHH", 36, 0x001D, 32) + exchange.noise(32))
    suites = b"\x00\x04\x13\x01\x13\x02" + b"\x01\x00"
    return _hello(1, exchange.noise(32), exchange.noise(32), suites, server_name + versions + groups + key)


def _server_hello(exchange: Exchange) -> bytes:
    version, key = _extension(43, b"\x03\x04"), _extension(51, struct.pack("!HH", 0x001D, 32) + exchange.noise(32))
    return _hello(2, exchange.noise(32), exchange.noise(32), b"\x13\x01\x00", version + key)


CHANGE_CIPHER_SPEC = _record(20, b"\x01")


def _tls(exchange: Exchange) -> Iterator[None]:
    yield from exchange.send(True, _client_hello(exchange))
    yield from exchange.send(False, _server_hello(exchange) + CHANGE_CIPHER_SPEC + _record(23, exchange.noise(2500)))
    yield from exchange.send(True, CHANGE_CIPHER_SPEC + _record(23, exchange.noise(74)))
    for _ in range(exchange.random.randint(1, 6)):
        yield from exchange.send(True, _record(23, exchange.noise(exchange.random.randint(200, 900))))
        document = exchange.noise(exchange.size())
        yield from exchange.send(False, b"".join(_record(23, part) for part in segments(document, repeat(16_384))))


# HTTP 1.1


def _http(exchange: Exchange) -> Iterator[None]:
    for number in range(exchange.random.randint(1, 4)):
        request = f"GET /documents/{number} HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: browser/1.0\r\nAccept: */*\r\n\r\n"
        yield from exchange.send(True, request.encode())
        document = exchange.noise(exchange.size())
        header = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(document)}\r\n\r\n"
        yield from exchange.send(False, header.encode() + document)


# SMB 2: [MS-SMB2] 2.2.1.2, 2.2.19, 2.2.20

READ = 8
RESPONSE = 1  # SMB2_FLAGS_SERVER_TO_REDIR


def _smb2(number: int, flags: int, body: bytes) -> bytes:
    header = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, 0, READ, 1, flags, 0, number, 0xFEFF, 1, 0x1001, bytes(16))
    return struct.pack("!I", len(header) + len(body)) + header + body  # behind the length of direct TCP transport


def _smb(exchange: Exchange) -> Iterator[None]:
    handle = exchange.noise(16)
    for number in range(exchange.random.randint(2, 10)):
        data = exchange.noise(min(exchange.size(), 65_000))
        request = struct.pack("<HBBIQ16sIIIHH", 49, 80, 0, len(data), number << 16, handle, 1, 0, 0, 0, 0) + b"\0"
        yield from exchange.send(True, _smb2(number, 0, request))
        response = struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data
        yield from exchange.send(False, _smb2(number, RESPONSE, response))


# Anything else: length and bytes without meaning


def _unknown(exchange: Exchange) -> Iterator[None]:
    for _ in range(exchange.random.randint(2, 20)):
        for from_client in (True, False):
            data = exchange.noise(exchange.random.randint(20, 3000))
            yield from exchange.send(from_client, struct.pack("<I", len(data)) + data)


# Ports, what passes on them, and how many connections of a hundred have them. 24000 and 50000 up: see above.
TRAFFIC = {
    (443, 443, 443, 8443): (_tls, 50),
    (80, 8080): (_http, 25),
    (445,): (_smb, 10),
    (9009, 24_680, 49_700, 50_500, 55_555): (_unknown, 15),
}
