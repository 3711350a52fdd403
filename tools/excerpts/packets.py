"""Packets from the link layer up: each is made anew, and only what is known to be harmless is taken from the old one."""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct
from dataclasses import dataclass, field

from excerpts.capture import Packet
from excerpts.streams import Content, Stream
from excerpts.values import Values

ETHERNET, NULL, RAW_BSD, RAW, LOOP, LINUX_COOKED, LINUX_COOKED_2, IPV4, IPV6 = 1, 0, 12, 101, 108, 113, 276, 228, 229
ETHERTYPES = {0x0800: 4, 0x86DD: 6}
TAGS = {0x8100, 0x88A8, 0x9100, 0x9200}
PPPOE, PPP = 0x8864, {0x0021: 4, 0x0057: 6}
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
QUOTING = {ICMP: {3, 11, 12}, ICMP6: {1, 2, 3, 4}}  # errors
TCP_OPTIONS = {2, 3, 4, 5, 8}  # segment size, window, SACK, time stamps
NO_OPERATION = 1
ADDRESSES = {4: (4, 12), 6: (16, 8)}  # size, and where the first one is
CHECKSUM_AT = {TCP: 16, UDP: 6, ICMP: 2, ICMP6: 2}


class NotUnderstood(Exception):
    """And so left out."""


def number16(data: bytes, at: int) -> int:
    if at + 2 > len(data):
        raise NotUnderstood("cut within its headers")
    return int.from_bytes(data[at : at + 2], "big")


def checksum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


# ---- where things are ----


@dataclass
class Layout:
    """Offsets in one packet."""

    ip: int = 0
    version: int = 4
    macs: list[tuple[int, int]] = field(default_factory=list)  # offset and length
    protocol: int = 0
    transport: int = 0
    end: int = 0  # of the IP packet, as far as captured
    whole: bool = True  # all of it was captured


def link(link_type: int, data: bytes) -> Layout:
    """Up to where the IP packet begins."""
    if link_type == ETHERNET:
        return _ethernet(data)
    if link_type in (LINUX_COOKED, LINUX_COOKED_2):
        length, at, kind, end = (number16(data, 4), 6, number16(data, 14), 16) if link_type == LINUX_COOKED else (
            data[11] if len(data) > 11 else 0, 12, number16(data, 0), 20)
        if kind in TAGS:
            kind, end = number16(data, end + 2), end + 4
        return Layout(end, _version(ETHERTYPES, kind), [(at, min(length, 8))])
    if link_type in (NULL, LOOP):
        return _raw(data, 4)
    if link_type in (RAW_BSD, RAW, IPV4, IPV6, 14):
        return _raw(data, 0)
    raise NotUnderstood(f"link type {link_type}")


def _ethernet(data: bytes) -> Layout:
    at = 12
    while number16(data, at) in TAGS:
        at += 4
    kind, macs = number16(data, at), [(0, 6), (6, 6)]
    if kind == PPPOE:
        return Layout(at + 10, _version(PPP, number16(data, at + 8)), macs)
    return Layout(at + 2, _version(ETHERTYPES, kind), macs)


def _raw(data: bytes, at: int) -> Layout:
    return Layout(at, _version({4: 4, 6: 6}, data[at] >> 4 if at < len(data) else 0))


def _version(known: dict[int, int], kind: int) -> int:
    if kind not in known:
        raise NotUnderstood(f"protocol 0x{kind:04x}")
    return known[kind]


def network(layout: Layout, data: bytes, length: int) -> None:
    """The IP packet at layout.ip, of a packet that had this length on the wire."""
    at = layout.ip
    if len(data) < at + (20 if layout.version == 4 else 40) or data[at] >> 4 != layout.version:
        raise NotUnderstood("cut within its headers")
    if layout.version == 4:
        layout.protocol, layout.transport = data[at + 9], at + 4 * (data[at] & 15)
        total = number16(data, at + 2)
        if number16(data, at + 6) & 0x3FFF:
            raise NotUnderstood("a fragment")
    else:
        layout.protocol, layout.transport = data[at + 6], at + 40
        total = 40 + number16(data, at + 4) if number16(data, at + 4) else 0
    end = at + total if total else length  # 0: cut into packets by the network card
    layout.end, layout.whole = min(end, len(data)), end <= len(data)
    if layout.protocol not in CHECKSUM_AT:
        raise NotUnderstood("a fragment" if layout.protocol == 44 else f"IP protocol {layout.protocol}")
    if layout.transport < at + 20 or layout.transport + 8 > layout.end:
        raise NotUnderstood("cut within its headers")


def tcp_header_length(data: bytes, layout: Layout) -> int:
    if layout.transport + 20 > layout.end:
        raise NotUnderstood("cut within its headers")
    return max(4 * (data[layout.transport + 12] >> 4), 20)


# ---- a whole capture ----


@dataclass
class Rewriter:
    values: Values
    content: Content
    streams: dict[tuple, Stream] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def rewrite(self, packets: list[tuple[Packet, int, int | None]]) -> list[Packet]:
        """Each with its link type, and its TCP connection's number."""
        understood = []
        self.streams, self.left_out = {}, {}
        for packet, link_type, stream in packets:
            try:
                layout = link(link_type, packet.data)
                network(layout, packet.data, packet.length)
                place = self._collect(packet.data, layout, stream) if layout.protocol == TCP else None
                understood.append((packet, layout, place, link_type))
            except NotUnderstood as why:
                self._leave_out(str(why))
        for stream_of_bytes in self.streams.values():
            stream_of_bytes.rewrite(self.content)
        new = []
        for packet, layout, place, link_type in understood:
            try:
                data = self._packet(packet.data, layout, place, link_type)
                new.append(Packet(packet.frame, packet.interface, packet.time, packet.length, data))
            except NotUnderstood as why:
                self._leave_out(str(why))
        return new

    def _leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def _collect(self, data: bytes, layout: Layout, stream: int | None) -> tuple[Stream, int]:
        at = layout.transport
        start = at + tcp_header_length(data, layout)
        size, first = ADDRESSES[layout.version]
        addresses = data[layout.ip + first : layout.ip + first + 2 * size]
        bytes_of = self.streams.setdefault((stream, addresses, data[at : at + 4]), Stream())
        syn = data[at + 13] >> 1 & 1
        offset = bytes_of.offset((int.from_bytes(data[at + 4 : at + 8], "big") + syn) & 0xFFFFFFFF)
        bytes_of.add(offset, data[start : layout.end])
        return bytes_of, offset

    # ---- one packet ----

    def _packet(self, data: bytes, layout: Layout, place: tuple[Stream, int] | None, link_type: int) -> bytes:
        new = bytearray(len(data))
        new[: layout.ip] = data[: layout.ip]
        for at, length in layout.macs:
            new[at : at + length] = self.values.mac(data[at : at + length])
        if link_type in (LINUX_COOKED, LINUX_COOKED_2):
            at, length = layout.macs[0]
            new[at + length : at + 8] = bytes(8 - length)
            if link_type == LINUX_COOKED_2:
                new[4:8] = bytes(4)  # the interface's number
        self._network(data, new, layout, place)
        return bytes(new)

    def _network(self, data: bytes, new: bytearray, layout: Layout, place: tuple[Stream, int] | None) -> None:
        self._ip_header(data, new, layout)
        {TCP: self._tcp, UDP: self._udp, ICMP: self._icmp, ICMP6: self._icmp}[layout.protocol](data, new, layout, place)
        self._checksum(data, new, layout)

    def _ip_header(self, data: bytes, new: bytearray, layout: Layout) -> None:
        at, (size, first) = layout.ip, ADDRESSES[layout.version]
        new[at : at + first + 2 * size] = data[at : at + first + 2 * size]
        for address in (at + first, at + first + size):
            new[address : address + size] = self.values.address(data[address : address + size])
        if layout.version == 4:
            new[at + 20 : layout.transport] = bytes([NO_OPERATION]) * (layout.transport - at - 20)
            new[at + 10 : at + 12] = bytes(2)
            new[at + 10 : at + 12] = checksum(bytes(new[at : layout.transport])).to_bytes(2, "big")

    def _tcp(self, data: bytes, new: bytearray, layout: Layout, place: tuple[Stream, int] | None) -> None:
        at = layout.transport
        start = at + tcp_header_length(data, layout)
        new[at : at + 20] = data[at : at + 20]
        new[at + 20 : min(start, layout.end)] = tcp_options(data[at + 20 : min(start, layout.end)])
        if place and start < layout.end:
            new[start : layout.end] = place[0].part(place[1], layout.end - start)

    def _udp(self, data: bytes, new: bytearray, layout: Layout, _place) -> None:
        at = layout.transport
        new[at : at + 8] = data[at : at + 8]
        new[at + 8 : layout.end] = self.content.rewrite(data[at + 8 : layout.end])

    def _icmp(self, data: bytes, new: bytearray, layout: Layout, _place) -> None:
        """An error, and the headers of the packet that it is about."""
        at = layout.transport
        if data[at] not in QUOTING[layout.protocol]:
            raise NotUnderstood(f"ICMP of type {data[at]}")
        new[at : at + 8] = data[at : at + 8]
        new[at + 4 : at + 6] = bytes(2)  # of extensions there is nothing left (RFC 4884)
        quoted = Layout(at + 8, data[at + 8] >> 4 if at + 8 < layout.end else 0)
        inside = data[: layout.end]
        network(quoted, inside, layout.end)
        if quoted.protocol == TCP:
            self._quoted_tcp(inside, new, quoted)
        elif quoted.protocol == UDP:
            self._ip_header(inside, new, quoted)
            new[quoted.transport : quoted.transport + 8] = inside[quoted.transport : quoted.transport + 8]
            new[quoted.transport + 6 : quoted.transport + 8] = bytes(2)
        else:
            raise NotUnderstood("ICMP about another protocol")

    def _quoted_tcp(self, data: bytes, new: bytearray, quoted: Layout) -> None:
        self._ip_header(data, new, quoted)
        at = quoted.transport
        header = min(20, quoted.end - at)
        new[at : at + header] = data[at : at + header]
        if header == 20:
            end = min(at + 4 * (data[at + 12] >> 4), quoted.end)
            new[at + 20 : end] = tcp_options(data[at + 20 : end])
            new[at + 16 : at + 18] = bytes(2)
            if quoted.whole:
                self._checksum(data, new, quoted)

    def _checksum(self, data: bytes, new: bytearray, layout: Layout) -> None:
        """Right, or none where not all of the packet is there to tell."""
        at = layout.transport + CHECKSUM_AT[layout.protocol]
        had_none = layout.protocol == UDP and data[at : at + 2] == b"\0\0"
        new[at : at + 2] = bytes(2)
        if not layout.whole or had_none:
            return
        segment = bytes(new[layout.transport : layout.end])
        pseudo = b""
        if layout.protocol != ICMP:
            size, first = ADDRESSES[layout.version]
            pseudo = bytes(new[layout.ip + first : layout.ip + first + 2 * size]) + struct.pack("!II", len(segment), layout.protocol)
        total = checksum(pseudo + segment)
        new[at : at + 2] = (total or (0xFFFF if layout.protocol == UDP else 0)).to_bytes(2, "big")


def tcp_options(data: bytes) -> bytes:
    """Those that say nothing of persons; the others become no operation."""
    new, at = bytearray([NO_OPERATION]) * len(data), 0
    while at < len(data) and data[at] != 0:
        if data[at] == NO_OPERATION:
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        if length < 2:
            break
        if data[at] in TCP_OPTIONS:
            new[at : at + length] = data[at : at + length]
        at += length
    return bytes(new[: len(data)])
