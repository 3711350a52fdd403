"""Capture files of TCP connections that never took place. Standard library only.

    capture = Capture()
    turn = capture.connection(server=("192.0.2.1", 3478))
    request_frame = turn.client(request)               # one segment; returns its frame number
    turn.client(b"not in the file", lost=True)         # sent, but not captured: only the sequence numbers know
    turn.server(response, snaplen=100)                 # 100 bytes of the packet captured, all of it reported
    turn.client_stream(stream, sizes=repeat(1))        # one segment a byte
    capture.write(path)

Each connection has its own client address unless one is given, so that many fit into one file without having
anything to do with each other. Headers, sequence numbers and checksums (RFC 791, RFC 8200, RFC 9293) are right.
"""

import functools
import ipaddress
import struct
from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path

PCAP_MAGIC = 0xA1B2C3D4  # times in microseconds
LINK_ETHERNET = 1
SNAPLEN_NONE = 262144
ETHERTYPE = {4: 0x0800, 6: 0x86DD}
PROTOCOL_TCP = 6
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
WINDOW = 65535
START = 1_700_000_000_000_000  # microseconds since 1970
INTERVAL = 10_000  # microseconds between packets
MAX_PAYLOAD = 65_000  # of a segment: an IP packet has at most 65535 bytes

CLIENT_PORT = 61234  # no dissector of any version has it, nor is it in a range of the preferences

Endpoint = tuple[str, int]


class Capture:
    """Packets in the order in which they were sent."""

    def __init__(self):
        self._packets: list[tuple[int, bytes, int]] = []  # time, bytes, bytes on the wire
        self._clients = 0
        self.time = START

    def connection(
        self,
        client: Endpoint | None = None,
        server: Endpoint = ("192.0.2.1", 3478),
        handshake: bool = True,
        client_sequence: int = 1000,
        server_sequence: int = 2000,
        client_port: int = CLIENT_PORT,
    ) -> "Connection":
        """A new connection. Without a handshake the capture begins in its middle."""
        if client is None:
            self._clients += 1
            network = "10.0.0.0" if ipaddress.ip_address(server[0]).version == 4 else "2001:db8::"
            client = (str(ipaddress.ip_address(network) + self._clients), client_port)
        connection = Connection(self, client, server, client_sequence, server_sequence)
        if handshake:
            connection.open()
        return connection

    def add(self, packet: bytes, snaplen: int | None = None, wait: int = INTERVAL) -> int:
        """Appends an Ethernet packet, `wait` microseconds after the last one; returns its frame number."""
        self.time += wait
        self._packets.append((self.time, packet[:snaplen], len(packet)))
        return len(self._packets)

    @property
    def frames(self) -> int:
        return len(self._packets)

    def bytes_of(self, frame: int) -> bytes:
        return self._packets[frame - 1][1]

    def write(self, path: Path) -> Path:
        header = struct.pack("<IHHiIII", PCAP_MAGIC, 2, 4, 0, 0, SNAPLEN_NONE, LINK_ETHERNET)
        with path.open("wb") as file:
            file.write(header)
            for time, data, length in self._packets:
                file.write(struct.pack("<IIII", *divmod(time, 1_000_000), len(data), length) + data)
        return path


def write_large(path: Path) -> Path:
    """A capture of 4 TB on no space at all, whose first packet is longer than any: nobody reads on after that."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", PCAP_MAGIC, 2, 4, 0, 0, SNAPLEN_NONE, LINK_ETHERNET) + struct.pack("<IIII", 0, 0, *2 * [0xFFFFFFFF]))
        file.truncate(1 << 42)
    return path


class Connection:
    """One TCP connection. Every method that sends returns the frame number of what it sent."""

    def __init__(self, capture: Capture, client: Endpoint, server: Endpoint, client_sequence: int, server_sequence: int):
        self.capture = capture
        self.ends = {True: client, False: server}
        self.next = {True: client_sequence, False: server_sequence}  # sequence numbers; True: the client's

    def open(self) -> None:
        self.packet(True, SYN)
        self.packet(False, SYN | ACK)
        self.packet(True, ACK)

    def close(self) -> None:
        self.packet(True, FIN | ACK)
        self.packet(False, FIN | ACK)
        self.packet(True, ACK)

    def client(self, data: bytes, **options) -> int:
        """A segment of the client; the options are those of send()."""
        return self.send(True, data, **options)

    def server(self, data: bytes, **options) -> int:
        return self.send(False, data, **options)

    def send(
        self,
        from_client: bool,
        data: bytes,
        lost: bool = False,
        at: int | None = None,
        snaplen: int | None = None,
        wait: int = INTERVAL,
    ) -> int:
        """One segment with these bytes.

        lost: the receiver got it and the capture did not. at: sequence number, counted from that of the next byte to
        be sent (-len(data): a retransmission); the segment then does not count as new bytes. snaplen: of the packet,
        Ethernet header included.
        """
        if len(data) > MAX_PAYLOAD:
            raise ValueError(f"{len(data)} bytes do not fit into a segment")
        if lost:
            self.skip(from_client, len(data))
            return 0
        return self.packet(from_client, PSH | ACK, data, at=at, snaplen=snaplen, wait=wait)

    def client_stream(self, data: bytes, sizes: Iterable[int] = repeat(MAX_PAYLOAD)) -> list[int]:
        """These bytes in segments of these sizes."""
        return [self.client(part) for part in segments(data, sizes)]

    def server_stream(self, data: bytes, sizes: Iterable[int] = repeat(MAX_PAYLOAD)) -> list[int]:
        return [self.server(part) for part in segments(data, sizes)]

    def skip(self, from_client: bool, length: int) -> None:
        """So many bytes went by without being captured."""
        self.next[from_client] = (self.next[from_client] + length) & 0xFFFFFFFF

    def packet(
        self,
        from_client: bool,
        flags: int,
        data: bytes = b"",
        at: int | None = None,
        snaplen: int | None = None,
        wait: int = INTERVAL,
    ) -> int:
        """Any packet of this connection."""
        sequence = self.next[from_client] + (at or 0)
        acknowledged = self.next[not from_client] if flags & ACK else 0
        if at is None:
            self.skip(from_client, len(data) + bool(flags & SYN) + bool(flags & FIN))
        source, destination = self.ends[from_client], self.ends[not from_client]
        packet = ethernet(source, destination, sequence & 0xFFFFFFFF, acknowledged, flags, data)
        return self.capture.add(packet, snaplen, wait)


def segments(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """A stream cut into parts of these sizes; what is left when they end is one part more."""
    offset = 0
    for size in sizes:
        if offset >= len(data):
            return
        yield data[offset : offset + size]
        offset += size
    if offset < len(data):
        yield data[offset:]


# Headers


ip_address = functools.cache(ipaddress.ip_address)  # the same few again and again


def ethernet(source: Endpoint, destination: Endpoint, sequence: int, acknowledged: int, flags: int, data: bytes) -> bytes:
    """A TCP segment in IP in Ethernet. MAC addresses are from the range for documentation (RFC 9542)."""
    ends = [ip_address(end[0]) for end in (source, destination)]
    version = ends[0].version
    segment = tcp(source, destination, sequence, acknowledged, flags, data)
    if version == 4:
        fields = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, PROTOCOL_TCP, 0)
        header = fields + ends[0].packed + ends[1].packed
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    else:
        header = struct.pack("!IHBB", 6 << 28, len(segment), PROTOCOL_TCP, 64) + ends[0].packed + ends[1].packed
    macs = b"".join(bytes([0, 0, 0x5E, 0, 0x53, end.packed[-1]]) for end in reversed(ends))
    return macs + struct.pack("!H", ETHERTYPE[version]) + header + segment


def tcp(source: Endpoint, destination: Endpoint, sequence: int, acknowledged: int, flags: int, data: bytes) -> bytes:
    ends = [ip_address(end[0]).packed for end in (source, destination)]
    header = struct.pack("!HHIIBBHHH", source[1], destination[1], sequence, acknowledged, 5 << 4, flags, WINDOW, 0, 0)
    segment = header + data
    # The pseudo header of IPv6 has other widths, but the same sum (RFC 8200 8.1).
    pseudo = b"".join(ends) + struct.pack("!II", len(segment), PROTOCOL_TCP)
    return segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
