"""TCP connections that carry files, and whole messages of ours in them. Standard library only.

The bytes of a message are nothing special there: a capture file, an archive, a picture, a log. Conversations as in foreign.py.
"""

import io
import struct
import tarfile
from collections.abc import Callable, Iterable
from random import Random

import turn
from case_calls import datagram
from foreign import Conversation
from tcpcap import LINK_ETHERNET, PCAP_MAGIC, SNAPLEN_NONE, START

Family = Callable[[Random], Conversation]

MESSAGES = [turn.check("a"), turn.answer("a"), turn.allocate("b"), turn.allocated("b"), turn.keep_alive("c"), turn.refresh("d"),
            turn.send(b"payload", "e"), turn.bind("f"), turn.bound("f")]


# Files


def pcap_file(random: Random) -> bytes:
    """Datagrams with STUN: each message stands whole in the file."""
    records = [struct.pack("<IHHiIII", PCAP_MAGIC, 2, 4, 0, 0, SNAPLEN_NONE, LINK_ETHERNET)]
    for number in range(12):
        packet = datagram(("10.0.0.1", 40000), ("192.0.2.1", 3478), random.choice(MESSAGES))
        records.append(struct.pack("<IIII", START // 1_000_000, number, len(packet), len(packet)) + packet)
    return b"".join(records)


def tar_file(random: Random) -> bytes:
    """A folder of messages: each begins at a multiple of 512."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for number in range(8):
            message = random.choice(MESSAGES)
            member = tarfile.TarInfo(f"message-{number}.bin")
            member.size = len(message)
            archive.addfile(member, io.BytesIO(message))
    return file.getvalue()


def jpeg_file(random: Random) -> bytes:
    """JFIF header, a message as a comment, and pixels with more of them (ITU-T T.81 annex B)."""
    message = random.choice(MESSAGES)
    comment = b"\xff\xfe" + struct.pack("!H", 2 + len(message)) + message
    pixels = b"".join(random.randbytes(random.randrange(1, 300)) + random.choice(MESSAGES) for _ in range(6))
    head, scan = bytes.fromhex("ffd8ffe000104a46494600010100000100010000"), bytes.fromhex("ffda0008010100003f00")
    return head + comment + scan + pixels + b"\xff\xd9"


FILES: dict[str, Callable[[Random], bytes]] = {make.__name__: make for make in (pcap_file, tar_file, jpeg_file)}


# Segments


def anywhere(random: Random, data: bytes) -> list[bytes]:
    """Cut at random places, but not where a message begins."""
    beginnings = {place for message in MESSAGES for place in occurrences(data, message)}
    cuts = sorted(random.sample([place for place in range(1, len(data)) if place not in beginnings], 6))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)])]


def at_messages(_random: Random, data: bytes) -> list[bytes]:
    """Each message in a segment of its own, the worst that can happen."""
    places = sorted({place for message in MESSAGES for place in occurrences(data, message)})
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)])]


def occurrences(data: bytes, part: bytes) -> Iterable[int]:
    place = data.find(part)
    while place >= 0:
        yield place
        place = data.find(part, place + 1)


CUTS = {"anywhere": anywhere, "at_messages": at_messages}


# Protocols


def raw(segments: list[bytes]) -> Conversation:
    """As with nc, or the data connection of FTP: the file alone."""
    return [(False, segment) for segment in segments]


def http(segments: list[bytes]) -> Conversation:
    request = b"GET /file HTTP/1.1\r\nHost: www.example\r\n\r\n"
    length = sum(map(len, segments))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n".encode()
    return [(True, request), (False, head + segments[0]), *((False, segment) for segment in segments[1:])]


def chunked(segments: list[bytes]) -> Conversation:
    """The chunk's size stands in a segment of its own, so that a chunk begins where its segment does."""
    request = b"GET /file HTTP/1.1\r\nHost: www.example\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [part for segment in segments for part in ((False, f"{len(segment):x}\r\n".encode()), (False, segment + b"\r\n"))]
    return [(True, request), (False, head), *chunks, (False, b"0\r\n\r\n")]


def mail(segments: list[bytes]) -> Conversation:
    """BINARYMIME (RFC 3030): bytes as they are."""
    size = sum(map(len, segments))
    return [(False, b"220 mail.example\r\n"), (True, b"EHLO there\r\n"), (False, b"250 BINARYMIME\r\n"),
            (True, f"BDAT {size} LAST\r\n".encode() + segments[0]), *((True, segment) for segment in segments[1:])]


def tls(segments: list[bytes]) -> Conversation:
    """Records whose bytes happen to be a message, as if nothing were encrypted."""
    return [(False, struct.pack("!BHH", 23, 0x0303, len(segment)) + segment) for segment in segments]


WAYS = {way.__name__: way for way in (raw, http, chunked, mail, tls)}


def download(file: str, cut: str, way: str) -> Family:
    def make(random: Random) -> Conversation:
        return WAYS[way](CUTS[cut](random, FILES[file](random)))

    return make


ALL: dict[str, Family] = {f"{file}, {way}, cut {cut}": download(file, cut, way) for file in FILES for cut in CUTS for way in WAYS}
