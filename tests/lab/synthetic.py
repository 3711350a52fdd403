"""Packets that were never on a wire: TCP connections and datagrams over IPv4 and Ethernet, with correct checksums."""

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pcapng
from frame_2597 import with_checksum

TCP, UDP = 6, 17
FIN, SYN, PUSH, ACK = 0x01, 0x02, 0x08, 0x10
WINDOW = 64240
START = 1_500_000_000 * 10**9
STEP = 5_000_000  # nanoseconds from one packet to the next

Endpoint = tuple[str, int]


@dataclass
class Tape:
    """The packets so far, all on one interface."""

    interface: str
    packets: list[pcapng.Packet] = field(default_factory=list)

    def write(self, path: Path) -> None:
        pcapng.write(path, pcapng.Capture([pcapng.Interface(self.interface)], self.packets))

    def datagram(self, source: Endpoint, target: Endpoint, payload: bytes) -> None:
        udp = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload
        self.ip(UDP, source[0], target[0], with_checksum(udp, 6, pseudo_header(UDP, source[0], target[0], len(udp))))

    def ip(self, protocol: int, source: str, target: str, payload: bytes) -> None:
        number = len(self.packets) + 1
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), number, 0x4000, 64, protocol, 0)
        packet = with_checksum(header + packed(source) + packed(target), 10) + payload
        data = hardware_address(target) + hardware_address(source) + b"\x08\x00" + packet
        self.packets.append(pcapng.Packet(0, START + STEP * number, len(data), data))

    def connect(self, client: Endpoint, server: Endpoint) -> "Connection":
        return Connection(self, client, server)


class Connection:
    """A TCP connection; opens at once."""

    def __init__(self, tape: Tape, client: Endpoint, server: Endpoint):
        self.tape, self.client, self.server = tape, client, server
        self.sent = {client: 1000, server: 5000}
        self._segment(client, SYN)
        self._segment(server, SYN | ACK)
        self._segment(client, ACK)

    def from_client(self, data: bytes, cuts: Iterable[int] = ()) -> None:
        self._send(self.client, data, cuts)

    def from_server(self, data: bytes, cuts: Iterable[int] = ()) -> None:
        self._send(self.server, data, cuts)

    def close(self) -> None:
        self._segment(self.client, FIN | ACK)
        self._segment(self.server, FIN | ACK)
        self._segment(self.client, ACK)

    def _send(self, sender: Endpoint, data: bytes, cuts: Iterable[int]) -> None:
        """One segment, or one more at each of the cuts; the other side acknowledges them together."""
        edges = [0, *cuts, len(data)]
        for start, end in zip(edges, edges[1:]):
            self._segment(sender, PUSH | ACK, data[start:end])
        self._segment(self._other(sender), ACK)

    def _other(self, end: Endpoint) -> Endpoint:
        return self.server if end == self.client else self.client

    def _segment(self, sender: Endpoint, flags: int, data: bytes = b"") -> None:
        receiver = self._other(sender)
        acknowledged = self.sent[receiver] if flags & ACK else 0
        numbers = sender[1], receiver[1], self.sent[sender], acknowledged
        tcp = struct.pack("!HHIIBBHHH", *numbers, 5 << 4, flags, WINDOW, 0, 0) + data
        pseudo = pseudo_header(TCP, sender[0], receiver[0], len(tcp))
        self.tape.ip(TCP, sender[0], receiver[0], with_checksum(tcp, 16, pseudo))
        self.sent[sender] += len(data) + bool(flags & (SYN | FIN))


def packed(host: str) -> bytes:
    return ipaddress.IPv4Address(host).packed


def pseudo_header(protocol: int, source: str, target: str, length: int) -> bytes:
    return packed(source) + packed(target) + struct.pack("!HH", protocol, length)


def hardware_address(host: str) -> bytes:
    """One of those for documentation (RFC 9542)."""
    return bytes.fromhex("00005e0053") + packed(host)[3:]
