"""Capture files that are too large to be kept in memory: written packet by packet, from templates. Standard library only.

    with Writer(path) as writer:
        connection = Connection(writer, ("10.0.0.1", 40000), ("192.0.2.1", 3478))
        connection.open()
        connection.client(ALLOCATE.fill(identity, xored_address))

Unlike tests/support/tcpcap.py this leaves checksums out (tshark does not verify them unless told to), and headers and
messages are made once and patched. So it is fast enough for ten million packets.
"""

import hmac
import ipaddress
import struct
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import stun  # noqa: E402
from stun import Attribute  # noqa: E402
from tcpcap import ACK, FIN, LINK_ETHERNET, PCAP_MAGIC, PROTOCOL_TCP, PSH, SNAPLEN_NONE, START, SYN, Endpoint  # noqa: E402

PROTOCOL_UDP = 17
INTERVAL = 100  # microseconds between packets
RECORD = struct.Struct("<IIII")  # seconds, microseconds, length captured, length
NUMBERS = struct.Struct("!IIBBHHH")  # of a TCP header, from the sequence number on
HEADERS = 14 + 20 + 20  # Ethernet, IPv4, TCP
INTEGRITY_FROM_END = 4 + stun.INTEGRITY_LENGTH + 8  # where MESSAGE-INTEGRITY begins: only FINGERPRINT is behind it


class Writer:
    """A capture file; packets are INTERVAL apart."""

    def __init__(self, path: Path):
        self._file = path.open("wb", buffering=1 << 20)
        self._file.write(struct.pack("<IHHiIII", PCAP_MAGIC, 2, 4, 0, 0, SNAPLEN_NONE, LINK_ETHERNET))
        self._time = START

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_) -> None:
        self._file.close()

    def add(self, headers: bytes, data: bytes) -> None:
        self._time += INTERVAL
        length = len(headers) + len(data)
        self._file.write(RECORD.pack(*divmod(self._time, 1_000_000), length, length) + headers + data)


class Connection:
    """A TCP connection over IPv4."""

    def __init__(self, writer: Writer, client: Endpoint, server: Endpoint):
        self._writer = writer
        self._begin = {True: _headers(client, server), False: _headers(server, client)}  # True: from the client
        self._next = {True: 1000, False: 2000}  # sequence numbers

    def open(self) -> None:
        self.packet(True, SYN)
        self.packet(False, SYN | ACK)
        self.packet(True, ACK)

    def client(self, data: bytes) -> None:
        self.packet(True, PSH | ACK, data)

    def server(self, data: bytes) -> None:
        self.packet(False, PSH | ACK, data)

    def packet(self, from_client: bool, flags: int, data: bytes = b"") -> None:
        sequence = self._next[from_client]
        acknowledged = self._next[not from_client] if flags & ACK else 0
        self._next[from_client] = (sequence + len(data) + (1 if flags & (SYN | FIN) else 0)) & 0xFFFFFFFF
        before_length, behind_length = self._begin[from_client]
        length = (HEADERS - 14 + len(data)).to_bytes(2, "big")
        numbers = NUMBERS.pack(sequence, acknowledged, 0x50, flags, 65535, 0, 0)
        self._writer.add(before_length + length + behind_length + numbers, data)


def add_datagram(writer: Writer, source: Endpoint, destination: Endpoint, data: bytes) -> None:
    """UDP over IPv4, without checksums."""
    before_length, behind_length = _headers(source, destination, PROTOCOL_UDP)
    length = 8 + len(data)
    writer.add(before_length + (20 + length).to_bytes(2, "big") + behind_length + struct.pack("!HH", length, 0), data)


def _headers(source: Endpoint, destination: Endpoint, protocol: int = PROTOCOL_TCP) -> tuple[bytes, bytes]:
    """What never changes in the headers of one direction: before and behind the length of the IP packet."""
    ends = [ipaddress.ip_address(end[0]).packed for end in (source, destination)]
    macs = b"".join(bytes([0, 0, 0x5E, 0, 0x53, end[-1]]) for end in reversed(ends))
    behind_length = struct.pack("!HHBBH", 0, 0x4000, 64, protocol, 0) + b"".join(ends)
    return macs + b"\x08\x00\x45\x00", behind_length + struct.pack("!HH", source[1], destination[1])


class Template:
    """A message with a FINGERPRINT of which the transaction id and the values of some attributes change."""

    def __init__(self, message: stun.Message, *variable: Attribute, key: bytes | None = None):
        """The attributes' values in the message stand for others of their length. With a key there is a MESSAGE-INTEGRITY."""
        self._key = key
        self._data = message.encode(key, fingerprint=True)
        starts = {number: start for number, start, _ in stun.attribute_spans(self._data)}
        self._starts = [starts[number] for number in variable]

    def fill(self, identity: bytes, *values: bytes) -> bytes:
        """The message with this transaction id, and these values in the order of the attributes in the constructor."""
        data = bytearray(self._data)
        data[8 : stun.HEADER_LENGTH] = identity
        for start, value in zip(self._starts, values, strict=True):
            data[start : start + len(value)] = value
        if self._key is not None:
            self._sign(data)
        struct.pack_into("!I", data, len(data) - 4, zlib.crc32(data[:-8]) ^ stun.FINGERPRINT_XOR)
        return bytes(data)

    def _sign(self, data: bytearray) -> None:
        begin = len(data) - INTEGRITY_FROM_END
        covered = data[:begin]
        struct.pack_into("!H", covered, 2, len(data) - 8 - stun.HEADER_LENGTH)  # without FINGERPRINT (RFC 8489 14.5)
        data[begin + 4 : begin + 4 + stun.INTEGRITY_LENGTH] = hmac.digest(self._key, covered, "sha1")


def interleaved(dialogues: Iterable[Iterator[None]], live: int) -> Iterator[None]:
    """Takes a step of each of `live` dialogues in turn; where one ends, the next one begins."""
    waiting = iter(dialogues)
    turns = deque(islice(waiting, live))
    while turns:
        dialogue = turns.popleft()
        for step in dialogue:
            yield step
            turns.append(dialogue)
            break
        else:
            turns.extend(islice(waiting, 1))
