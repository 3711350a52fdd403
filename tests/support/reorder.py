"""The same packets in other orders, as captures have them that are made in several places at a time. Standard library only.

TCP gives an order to the packets of one direction of a connection, and to no others: two interfaces, two taps of a line or
several queues of a network card come into the file one ahead of the other. Times stay what they are unless said
otherwise. For captures of TCP in Ethernet, in pcapng.
"""

import random
import struct
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path

# At the end of the path: none of the lab's modules takes the place of another.
sys.path.append(str(Path(__file__).resolve().parents[1] / "lab"))

from pcapng import Capture, Packet  # noqa: E402
from pcapng import read as read_pcapng  # noqa: E402
from pcapng import write as write_pcapng  # noqa: E402
from tcpcap import FIN, RST, SYN, checksum  # noqa: E402

MILLISECOND = 1_000_000  # in the captures' unit, nanoseconds
SECOND = 1000 * MILLISECOND
IPV4, IPV6, VLAN = 0x0800, 0x86DD, 0x8100
MACS_LENGTH = 12
OUTSIDE, INSIDE = "outside", "inside"  # interfaces in the sample captures

Key = Callable[[Packet], Hashable]


# ---- what is in a packet ----


def _headers(data: bytes) -> tuple[int, int, int]:
    """Where the addresses begin, where they end, and where TCP begins."""
    (kind,) = struct.unpack_from("!H", data, MACS_LENGTH)
    if kind == IPV4:
        assert data[23] == 6, "not TCP"
        return 26, 34, 14 + (data[14] & 0x0F) * 4
    assert kind == IPV6 and data[20] == 6, "not TCP"
    return 22, 54, 54


def direction(packet: Packet) -> tuple[bytes, bytes]:
    """Source and destination: addresses with ports."""
    begin, end, tcp = _headers(packet.data)
    middle = (begin + end) // 2
    return packet.data[begin:middle] + packet.data[tcp : tcp + 2], packet.data[middle:end] + packet.data[tcp + 2 : tcp + 4]


def connection(packet: Packet) -> frozenset[bytes]:
    return frozenset(direction(packet))


def payload_span(data: bytes) -> tuple[int, int]:
    """Where the TCP payload begins and ends; an Ethernet packet may have padding behind it."""
    begin, end, tcp = _headers(data)
    start = tcp + (data[tcp + 12] >> 4) * 4
    if end - begin == 32:  # IPv6 does not count its header
        return start, 54 + struct.unpack_from("!H", data, 18)[0]
    return start, 14 + struct.unpack_from("!H", data, 16)[0]


def _numbers(data: bytes) -> tuple[int, int, int]:
    """Sequence numbers of the first byte and of that behind the last one, and the number that it acknowledges."""
    _, _, tcp = _headers(data)
    first, acknowledged = struct.unpack_from("!II", data, tcp + 4)
    start, end = payload_span(data)
    flags = _flags(data)
    return first, first + end - start + bool(flags & SYN) + bool(flags & FIN), acknowledged


def _flags(data: bytes) -> int:
    return data[_headers(data)[2] + 13]


# ---- other orders ----


def keeping_order(packets: list[Packet], places: list[float], key: Key) -> list[Packet]:
    """Sorts packets by place; those with the same key then stand in their own order, in the places of all of them."""
    waiting = defaultdict(deque)
    for packet in packets:
        waiting[key(packet)].append(packet)
    order = sorted(range(len(packets)), key=lambda i: places[i])
    return [waiting[key(packets[i])].popleft() for i in order]


def taps_apart(capture: Capture, seed: int, key: Key = direction) -> Capture:
    """Each packet comes into the file up to 50 ms late, in the order of its direction.

    Bytes then stand behind their acknowledgement: Wireshark takes them for sent twice, and shows them to no dissector
    unless tcp.reassemble_out_of_order is on. What was sent before a reset stays in front of it: from 4.4 on Wireshark
    makes two connections of a reset and a SYN behind it.
    """
    chance = random.Random(seed)
    places, latest = [], defaultdict(int)
    for packet in capture.packets:
        place = packet.time + chance.uniform(0, 50 * MILLISECOND)
        if _flags(packet.data) & RST:
            place = max(place, latest[connection(packet)] + 1)
        latest[connection(packet)] = max(latest[connection(packet)], place)
        places.append(place)
    return replace(capture, packets=keeping_order(capture.packets, places, key))


def directions_apart(capture: Capture, seed: int, key: Key = direction) -> Capture:
    """The same, but no packet comes ahead of bytes that it acknowledges, as on the wire."""
    chance = random.Random(seed)
    places, latest, sent = [], {}, defaultdict(list)
    for packet in capture.packets:
        sender, receiver = direction(packet)
        _, behind, acknowledged = _numbers(packet.data)
        place = max(packet.time + chance.uniform(0, 50 * MILLISECOND), latest.get(key(packet), 0))
        for end, earlier in sent[receiver, sender]:
            if acknowledged - end & 0xFFFFFFFF < 1 << 31:
                place = max(place, earlier)
        latest[key(packet)] = place
        sent[sender, receiver].append((behind, place))
        places.append(place)
    order = sorted(range(len(places)), key=lambda i: places[i])
    return replace(capture, packets=[capture.packets[i] for i in order])


def connections_apart(capture: Capture, seed: int) -> Capture:
    """Each packet comes into the file up to twenty packets late, in the order of its connection; not over a pause."""
    chance = random.Random(seed)
    block, places, before = 0, [], None
    for number, packet in enumerate(capture.packets):
        if before is not None and packet.time - before > SECOND:
            block += 2 * len(capture.packets)
        places.append(block + number + chance.uniform(0, 20))
        before = packet.time
    return replace(capture, packets=keeping_order(capture.packets, places, connection))


def interface_ahead(capture: Capture, name: str, by: int = 40 * MILLISECOND) -> Capture:
    """The clock of this interface is slow, so its packets have earlier times; sorted by time, as mergecap does it."""
    names = [interface.name for interface in capture.interfaces]
    packets = [replace(p, time=p.time - by) if names[p.interface] == name else p for p in capture.packets]
    return replace(capture, packets=sorted(packets, key=lambda packet: packet.time))


def doubled_on_a_vlan(capture: Capture) -> Capture:
    """Every packet a second time, a microsecond later, with an IEEE 802.1Q tag."""
    return replace(capture, packets=[copy for packet in capture.packets for copy in (packet, _tagged(packet))])


def _tagged(packet: Packet) -> Packet:
    data = packet.data[:MACS_LENGTH] + struct.pack("!HH", VLAN, 100) + packet.data[MACS_LENGTH:]
    return replace(packet, data=data, length=packet.length + 4, time=packet.time + 1000)


# ---- packets that are not there ----


def without(capture: Capture, frames: set[int]) -> Capture:
    """The capture missed these: TCP shows that bytes are missing."""
    return replace(capture, packets=[p for frame, p in enumerate(capture.packets, 1) if frame not in frames])


def only(capture: Capture, name: str) -> Capture:
    """What this interface saw."""
    return replace(capture, packets=[packet for packet in capture.packets if capture.interfaces[packet.interface].name == name])


def never_sent(capture: Capture, frame: int) -> Capture:
    """As if this segment, one of a kind, had not been sent at all: TCP counts on without its bytes."""
    gone = capture.packets[frame - 1]
    start, end = payload_span(gone.data)
    length = end - start
    first, _, _ = _numbers(gone.data)
    packets = []
    for number, packet in enumerate(capture.packets, 1):
        if number > frame and direction(packet) == direction(gone):
            packet = _counting_less(packet, 4, first, length)
        elif number > frame and direction(packet) == direction(gone)[::-1]:
            packet = _counting_less(packet, 8, first, length)
        if number != frame:
            packets.append(packet)
    return replace(capture, packets=packets)


def _counting_less(packet: Packet, offset: int, first: int, length: int) -> Packet:
    """With its sequence number (offset 4) or acknowledgement number (8) less by `length`, if behind the bytes at `first`."""
    begin, end, tcp = _headers(packet.data)
    (value,) = struct.unpack_from("!I", packet.data, tcp + offset)
    if value - first & 0xFFFFFFFF < length or value - first & 0x80000000:
        return packet
    data = bytearray(packet.data)
    struct.pack_into("!I", data, tcp + offset, value - length & 0xFFFFFFFF)
    data[tcp + 16 : tcp + 18] = bytes(2)
    segment = bytes(data[tcp : payload_span(packet.data)[1]])
    pseudo = bytes(data[begin:end]) + struct.pack("!II", len(segment), 6)
    struct.pack_into("!H", data, tcp + 16, checksum(pseudo + segment))
    return replace(packet, data=bytes(data))
