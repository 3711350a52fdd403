"""Captures: any file that editcap reads, as packets; and pcapng with nothing in it but packets.

Comments, names of hosts and interfaces, the program and machine that captured: none of them is written.
"""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SECTION, INTERFACE, SIMPLE, ENHANCED, SECRETS = 0x0A0D0D0A, 1, 3, 6, 10
JOURNAL = 9  # a frame of its own, without a packet
TIME_OPTIONS = (9, 14)  # if_tsresol and if_tsoffset


class NoCapture(Exception):
    pass


@dataclass(frozen=True)
class Interface:
    link_type: int
    snaplen: int
    times: bytes  # the options of TIME_OPTIONS


@dataclass
class Packet:
    frame: int
    interface: int
    time: bytes  # as it stands in the block
    length: int  # on the wire
    data: bytes


@dataclass
class Capture:
    interfaces: list[Interface] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    secrets: list[bytes] = field(default_factory=list)  # bodies of blocks: keys of TLS


def blocks(data: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Type, byte order and body."""
    offset, order = 0, "<"
    while offset + 12 <= len(data):
        if data[offset : offset + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[offset + 8 : offset + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(f"{order}II", data, offset)
        if length < 12 or length % 4 or offset + length > len(data):
            raise NoCapture("the capture file is damaged")
        yield kind, order, data[offset + 8 : offset + length - 4]
        offset += length


def options(order: str, data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + 4 <= len(data):
        code, length = struct.unpack_from(f"{order}HH", data, offset)
        if code == 0:
            return
        yield code, data[offset + 4 : offset + 4 + length]
        offset += 4 + length + -length % 4


def read(data: bytes, wanted: set[int]) -> Capture:
    """Of a pcapng file, as editcap writes it, the packets of the wanted frames."""
    capture, frame, first = Capture(), 0, 0
    for kind, order, body in blocks(data):
        if kind == SECTION:
            first = len(capture.interfaces)
        elif kind == INTERFACE:
            link_type, _, snaplen = struct.unpack_from(f"{order}HHI", body)
            times = b"".join(_option(code, _turned(code, value, order)) for code, value in options(order, body[8:])
                             if code in TIME_OPTIONS)
            capture.interfaces.append(Interface(link_type, snaplen, times))
        elif kind == SECRETS:
            kind_of_secrets, length = struct.unpack_from(f"{order}II", body)
            capture.secrets.append(struct.pack("<II", kind_of_secrets, length) + body[8:])
        elif kind in (ENHANCED, SIMPLE, JOURNAL):
            frame += 1
            if kind == ENHANCED and frame in wanted:
                interface, high, low, captured, length = struct.unpack_from(f"{order}IIIII", body)
                capture.packets.append(Packet(frame, first + interface, struct.pack("<II", high, low), length, body[20 : 20 + captured]))
    return capture


def _turned(code: int, value: bytes, order: str) -> bytes:
    return value[::-1] if code == 14 and order == ">" else value


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def write(capture: Capture) -> bytes:
    used = sorted({packet.interface for packet in capture.packets})
    numbers = {interface: number for number, interface in enumerate(used)}
    parts = [_block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for number in used:
        interface = capture.interfaces[number]
        end = struct.pack("<I", 0) if interface.times else b""
        parts.append(_block(INTERFACE, struct.pack("<HHI", interface.link_type, 0, interface.snaplen) + interface.times + end))
    parts += [_block(SECRETS, body) for body in capture.secrets]
    for packet in capture.packets:
        head = struct.pack("<I", numbers[packet.interface]) + packet.time + struct.pack("<II", len(packet.data), packet.length)
        parts.append(_block(ENHANCED, head + packet.data))
    return b"".join(parts)
