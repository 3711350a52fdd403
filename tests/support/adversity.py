"""What happens to TCP on its way into a capture file: the same stream of messages, sent in every adverse way. Standard library only.

    capture = AdverseCapture()
    line = Line(capture, KINDS["rfc4571"])
    line.open()
    line.units("ab")  # a segment each
    line.rest("d")    # to the end of the stream; what was sent of c was not captured

A line carries eight units from the client, called a to h, unless it is given other labels: bare messages on TURN's port,
messages in RFC 4571 frames behind a ConnectionBind (RFC 6062 4.3), or messages in frames of [MS-TURN] 2.1.4 behind pseudo-TLS.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msturn_messages as ms
import stun
import tcpcap
import turn
from tcpcap import ACK, PSH, Capture, Connection, checksum, ethernet

LABELS = "abcdefgh"
HEADERS = 14 + 20 + 20  # Ethernet, IPv4, TCP without options
ETHERNET, IP, TCP = 14, 20, 20
VLAN = 0x8100
MORE_FRAGMENTS = 0x2000
SERVERS = {4: "192.0.2.1", 6: "2001:db8:1::1"}

HELLO = ms.client_hello(0x5A5A1234, ms.noise("client random", 28))
HELLO_ANSWER = ms.server_hello(0x5A5A5678, ms.noise("server random", 28), ms.noise("session id", 32))


# ---- streams ----


@dataclass(frozen=True)
class Kind:
    """A kind of stream: what goes before, in each direction, and what a unit looks like, and the answer to it."""

    asked: bytes
    answered: bytes
    unit: Callable[[str], bytes]
    answer: Callable[[str], bytes]
    identity: Callable[[str], bytes]  # the transaction id as the plugin shows it


def _ms_frame(kind: int, label: str) -> bytes:
    """Set Active Destination, [MS-TURN] 2.2.1."""
    message = ms.start(kind, ms.transaction_id(label)).add(ms.Attribute.MS_VERSION, stun.unsigned32(2))
    if kind == ms.Type.SET_ACTIVE_DESTINATION_REQUEST:
        message.add(ms.Attribute.USERNAME, ms.noise("token", 56)).add(ms.Attribute.DESTINATION_ADDRESS, stun.address(*turn.PEER))
    return ms.frame(ms.CONTROL, message.encode(key=ms.long_term_key(b"user", b"realm", b"password")))


KINDS = {
    "plain": Kind(turn.allocate(), turn.allocated(), turn.refresh, turn.refreshed, stun.transaction_id),
    "rfc4571": Kind(turn.bind(), turn.bound(), lambda label: stun.frame(turn.check(label)), lambda label: stun.frame(turn.answer(label)),
                    stun.transaction_id),
    "ms": Kind(HELLO, HELLO_ANSWER, lambda label: _ms_frame(ms.Type.SET_ACTIVE_DESTINATION_REQUEST, label),
               lambda label: _ms_frame(ms.Type.SET_ACTIVE_DESTINATION_RESPONSE, label), ms.transaction_id),
}


class Line:
    """A connection whose client sends the units of a kind, in segments that the caller chooses."""

    def __init__(self, capture: Capture, kind: Kind, labels: Sequence[str] = LABELS):
        self.capture = capture
        self.kind = kind
        self.data = b"".join(map(kind.unit, labels))
        self.connection: Connection | None = None

    def open(self, *, captured: bool = True, answers: bool = True, version: int = 4, snaplen: int | None = None, **options) -> None:
        """The handshake, and what goes before the units. captured: at all. answers: what the server sends is captured."""
        server = (SERVERS[version], 3478)
        self.connection = self.capture.connection(server=server, handshake=captured and answers, **options)
        if captured and not answers:
            self.connection.packet(True, tcpcap.SYN, at=-1)
        self._say(True, self.kind.asked, captured, snaplen)
        self._say(False, self.kind.answered, captured and answers, snaplen)
        self.connection.skip(True, len(self.data))

    def _say(self, from_client: bool, data: bytes, captured: bool, snaplen: int | None) -> None:
        if data:
            self.connection.send(from_client, data, lost=not captured, snaplen=snaplen)

    def begin(self, label: str) -> int:
        """Where in the data this unit begins; behind the last one for a label that is none."""
        return sum(len(self.kind.unit(each)) for each in LABELS.partition(label)[0])

    def end(self, label: str) -> int:
        return self.begin(label) + len(self.kind.unit(label))

    def part(self, start: int, end: int, other: bytes | None = None, **options) -> int:
        """A segment with these bytes of the data, or with others in their place."""
        data = self.data[start:end] if other is None else other
        return self.connection.client(data, at=start - len(self.data), **options)

    def units(self, labels: str, **options) -> list[int]:
        """A segment for each of these units."""
        return [self.part(self.begin(label), self.end(label), **options) for label in labels]

    def rest(self, label: str) -> list[int]:
        """A segment for each unit from this one on."""
        return self.units(LABELS[LABELS.index(label) :])

    def cut(self, size: int, start: int = 0) -> Iterator[tuple[int, int]]:
        """Places of segments of this size, from `start` to the end."""
        return ((at, min(at + size, len(self.data))) for at in range(start, len(self.data), size))

    def acknowledge(self, end: int, window: int = tcpcap.WINDOW) -> int:
        """The server has got the data up to here."""
        connection = self.connection
        acknowledged = connection.next[True] - (len(self.data) - end) & 0xFFFFFFFF
        packet = ethernet(connection.ends[False], connection.ends[True], connection.next[False], acknowledged, ACK, b"")
        return self.capture.add(with_window(packet, window))

    def giant(self, start: int, end: int) -> int:
        """One packet with all of this, longer than IP can say: so it is captured in front of a card that makes the segments."""
        connection = self.connection
        sequence = connection.next[True] - (len(self.data) - start) & 0xFFFFFFFF
        packet = ethernet(connection.ends[True], connection.ends[False], sequence, connection.next[False], PSH | ACK, b"")
        return self.capture.add(without_length(packet) + self.data[start:end])


# ---- packets ----


def once(packet: bytes) -> list[bytes]:
    return [packet]


class AdverseCapture(Capture):
    """A capture in which each packet is what `rewrite` makes of it."""

    def __init__(self):
        super().__init__()
        self.rewrite: Callable[[bytes], list[bytes]] = once

    def add(self, packet: bytes, snaplen: int | None = None, wait: int = tcpcap.INTERVAL) -> int:
        frame = 0
        for number, each in enumerate(self.rewrite(packet)):
            frame = super().add(each, snaplen, 1 if number else wait)
        return frame


def tagged(packet: bytes) -> list[bytes]:
    """With an IEEE 802.1Q tag."""
    return [packet[:12] + struct.pack("!HH", VLAN, 100) + packet[12:]]


def twice(packet: bytes) -> list[bytes]:
    """Captured on two interfaces of a router: the second time with a tag, and one hop further."""
    return [packet, tagged(_with_ip(packet, 8, bytes([packet[ETHERNET + 8] - 1])))[0]]


def fragmented(packet: bytes, size: int = 64) -> list[bytes]:
    """In IPv4 fragments of this size (RFC 791 2.3)."""
    payload = packet[ETHERNET + IP :]
    identification = struct.pack("!H", checksum(payload))  # the same for all fragments of a packet, another one for the next packet
    return [_fragment(packet, identification, at, payload[at : at + size], at + size < len(payload)) for at in range(0, len(payload), size)]


def _fragment(packet: bytes, identification: bytes, at: int, part: bytes, more: bool) -> bytes:
    fields = struct.pack("!H", IP + len(part)) + identification + struct.pack("!H", at // 8 | (MORE_FRAGMENTS if more else 0))
    return _with_ip(packet, 2, fields)[: ETHERNET + IP] + part


def without_length(packet: bytes) -> bytes:
    """With 0 for the length of the IPv4 packet, as it is captured in front of segmentation by the network card."""
    return _with_ip(packet, 2, bytes(2))


def with_window(packet: bytes, window: int) -> bytes:
    """The TCP checksum is made good by RFC 1624."""
    at = len(packet) - TCP
    old_window, old_sum = struct.unpack_from("!H", packet, at + 14)[0], struct.unpack_from("!H", packet, at + 16)[0]
    total = (~old_sum & 0xFFFF) + (~old_window & 0xFFFF) + window
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return packet[: at + 14] + struct.pack("!HH", window, ~total & 0xFFFF) + packet[at + 18 :]


def _with_ip(packet: bytes, offset: int, value: bytes) -> bytes:
    """With other bytes at this place of the IPv4 header, and its checksum made good."""
    header = bytearray(packet[ETHERNET : ETHERNET + IP])
    header[offset : offset + len(value)] = value
    header[10:12] = bytes(2)
    header[10:12] = struct.pack("!H", checksum(bytes(header)))
    return packet[:ETHERNET] + bytes(header) + packet[ETHERNET + IP :]
