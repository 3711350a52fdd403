"""What TCP and UDP carry, cut into messages, frames and channels: these are rewritten, and of all else only headers stay.

Whatever is not recognised becomes zeros, so an error in here shows in the report and gives nothing away.
"""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
from dataclasses import dataclass, field

from excerpts import preambles
from excerpts.messages import COOKIE, HEADER, MS_COOKIE_ATTRIBUTE, Messages, is_bind, is_rfc3489, message_length

START, PLAIN, BOUND, RFC4571, MS_FRAME, TLS, OPAQUE = "start", "plain", "bound", "rfc4571", "ms", "tls", "opaque"
HELLOS = [(b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x01", 50), (b"\x16\x03\x01\x00\x4e\x02\x00\x00\x46\x03\x01", 83),
          (b"\x16\x03\x01\x00\x4a\x02\x00\x00\x46\x03\x01", 88)]  # [MS-TURN] 2.1.1, in one record or two
RTP_HEADER, RTCP_HEADER, DTLS_HEADER = 12, 8, 13
SOURCE_DESCRIPTION = 202


def number16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def kept(data: bytes, count: int) -> bytes:
    return data[:count] + bytes(max(len(data) - count, 0))


@dataclass
class Content:
    """Of packets: a datagram, what a frame, a channel or DATA holds."""

    messages: Messages

    def __post_init__(self):
        self.messages.content = self.rewrite

    def rewrite(self, data: bytes) -> bytes:
        length = message_length(data)
        if length:
            return self._padded(self.messages.rewrite(data[:length], length), data)
        if is_rfc3489(data):
            return self.messages.rewrite(data, len(data))
        if number16(data, 0) + 2 == len(data) or message_length(data, 2) == number16(data, 0) > 0:
            return self.frames(data)
        if data[:2] == b"\xff\x10" and len(data) >= 12:  # multiplexed TURN, [MS-TURN] 2.2.3
            return data[:12] + self.rewrite(data[12:])
        if 0x40 <= data[0] <= 0x7F and 4 <= 4 + number16(data, 2) <= len(data) <= 7 + number16(data, 2) if data else False:
            end = 4 + number16(data, 2)
            return self._padded(data[:4] + self.rewrite(data[4:end]), data)
        return self.media(data)

    def frames(self, data: bytes) -> bytes:
        new, at = bytearray(), 0
        while at + 2 <= len(data):
            end = min(at + 2 + number16(data, at), len(data))
            inner = data[at + 2 : end]
            new += data[at : at + 2] + (self.rewrite(inner) if message_length(inner) else self.media(inner))
            at = end
        return self._padded(bytes(new), data)

    def media(self, data: bytes) -> bytes:
        """RFC 7983 section 7, RFC 5761 section 4: headers stay, as far as they say nothing of persons."""
        if not data:
            return data
        if 128 <= data[0] <= 191 and len(data) >= 2 and 192 <= data[1] <= 223:
            return self._rtcp(data)
        if 128 <= data[0] <= 191:
            return kept(data, RTP_HEADER)
        if 20 <= data[0] <= 63:
            return kept(data, DTLS_HEADER if data[1:2] == b"\xfe" else 5 if data[1:2] == b"\x03" else 1)
        return kept(data, 1)

    def _rtcp(self, data: bytes) -> bytes:
        """A compound: of each packet its header and who sends it. What is encrypted has no second one."""
        new, at = bytearray(), 0
        while at + 4 <= len(data) and data[at] >> 6 == 2 and 192 <= data[at + 1] <= 223:
            packet = data[at : at + 4 + 4 * number16(data, at + 2)]
            new += self._descriptions(packet) if packet[1] == SOURCE_DESCRIPTION else kept(packet, RTCP_HEADER)
            at += len(packet)
        return self._padded(bytes(new), data)

    @staticmethod
    def _descriptions(packet: bytes) -> bytes:
        """RFC 3550 6.5: sources, and items whose texts are names."""
        new, at = bytearray(kept(packet, 4)), 4
        for _ in range(packet[0] & 31):
            new[at : at + 4] = packet[at : at + 4]
            at += 4
            while at + 2 <= len(packet) and packet[at]:
                length = min(packet[at + 1], len(packet) - at - 2)
                new[at : at + 2 + length] = packet[at : at + 2] + b"x" * length
                at += 2 + length
            at += 4 - at % 4
        return bytes(new[: len(packet)])

    @staticmethod
    def _padded(new: bytes, data: bytes) -> bytes:
        return new + bytes(len(data) - len(new))


@dataclass
class Cutter:
    """One direction of a connection, as far as it was captured: runs of bytes that follow each other."""

    content: Content
    framing: str = START
    new: bytearray = field(default_factory=bytearray)
    expected: int | None = None  # where in the stream the unit ends that the last run broke off in

    def run(self, start: int, data: bytes) -> bytes:
        """start: the stream's offset of the first byte."""
        self.new = bytearray(len(data))
        at = 0
        if self.expected is not None:
            if start != self.expected and start < self.expected <= start + len(data):
                at = self.expected - start
            elif start != self.expected:
                at = self._next(data, 0) if self.framing != TLS else 0
        while at < len(data):
            at = max(self._unit(data, at), at + 1)
        self.expected = start + at
        return bytes(self.new)

    # ---- units ----

    def _unit(self, data: bytes, at: int) -> int:
        """Rewrites the unit that begins here; returns its end."""
        if self.framing == START:
            end = self._beginning(data, at)
            if end:
                return end
        if self.framing == TLS:
            return self._record(data, at)
        if self.framing == MS_FRAME:
            return self._ms_frame(data, at)
        if self.framing == RFC4571 and not message_length(data, at):
            return self._frame(data, at)
        if self._frame_begins(data, at):
            self.framing = RFC4571
            return self._frame(data, at)
        if message_length(data, at):
            return self._message(data, at)
        if self.framing == PLAIN and 0x40 <= data[at] <= 0x7F:
            return self._channel(data, at)
        if self.framing == BOUND and self._media_frame_begins(data, at):
            self.framing = RFC4571
            return self._frame(data, at)
        return self._next(data, at + 1)

    def _beginning(self, data: bytes, at: int) -> int:
        for hello, length in HELLOS:
            if data.startswith(hello, at) and not (length == 88 and data[at + 76 : at + 78] != b"\x00\x18"):
                self._keep(data, at, at + length)
                self.framing = MS_FRAME
                return at + length
        if data[at] == 2 and data[at + 24 : at + 32] == MS_COOKIE_ATTRIBUTE or data[at : at + 2] == b"\xff\x10":
            self.framing = MS_FRAME
            return 0
        new = preambles.rewrite(data[at:], self.content.messages.values)
        if new:
            self.new[at : at + len(new)] = new
            return at + len(new)
        if 20 <= data[at] <= 23 and data[at + 1 : at + 2] == b"\x03":
            self.framing = TLS
        elif message_length(data, at):
            self.framing = PLAIN
        elif self._media_frame_begins(data, at):
            self.framing = BOUND
        elif 0x40 <= data[at] <= 0x7F and self._channels_fill(data, at):
            self.framing = PLAIN
        return 0

    def _message(self, data: bytes, at: int) -> int:
        length = message_length(data, at)
        if self.framing not in (RFC4571, MS_FRAME):
            self.framing = BOUND if is_bind(data, at) else PLAIN
        self._put(at, self.content.messages.rewrite(data[at : at + length], length))
        return at + length

    def _frame_begins(self, data: bytes, at: int) -> bool:
        length = message_length(data, at + 2)
        if length and (length == number16(data, at) or self.framing in (BOUND, RFC4571)):
            return True
        return self.framing == BOUND and data[at : at + 2] == b"\0\0" and message_length(data, at + 4) > 0

    def _media_frame_begins(self, data: bytes, at: int) -> bool:
        first = data[at + 2 : at + 4]
        return len(first) == 2 and number16(data, at) > 0 and (128 <= first[0] <= 191 or (20 <= first[0] <= 63 and first[1] == 0xFE))

    def _frame(self, data: bytes, at: int) -> int:
        """With a message in it, and a wrong length, it ends with the message."""
        said, message = number16(data, at), message_length(data, at + 2)
        self._keep(data, at, at + 2)
        ends_there = message and at + 2 + message <= len(data) and said != message and (
            message_length(data, at + 4 + message) or at + 2 + message == len(data))
        end = at + 2 + (message if ends_there else said)
        self._put(at + 2, self.content.rewrite(data[at + 2 : end]) if message else self._inner(data[at + 2 : end], said))
        return end

    def _inner(self, data: bytes, length: int) -> bytes:
        return self.content.messages.rewrite(data, length) if len(data) == length and is_rfc3489(data) else self.content.media(data)

    def _channel(self, data: bytes, at: int) -> int:
        end = at + 4 + number16(data, at + 2)
        self._keep(data, at, at + 4)
        self._put(at + 4, self.content.rewrite(data[at + 4 : end]))
        padded = end + -(end - at) % 4
        if message_length(data, end) or data[end : end + 2] == data[at : at + 2]:
            return end
        return padded

    def _channels_fill(self, data: bytes, at: int) -> bool:
        while at + 4 <= len(data) and 0x40 <= data[at] <= 0x7F:
            length = 4 + number16(data, at + 2)
            at += length + -length % 4
        return at == len(data) or message_length(data, at) > 0

    def _ms_frame(self, data: bytes, at: int) -> int:
        """[MS-TURN] 2.1.4 and 2.2.3, which has no padding."""
        header = data[at : at + 2]
        if header not in (b"\x02\x00", b"\x03\x00", b"\xff\x10"):
            return self._message(data, at) if message_length(data, at) else self._next(data, at + 1)
        end = at + 4 + number16(data, at + 2)
        start = at + (12 if header == b"\xff\x10" else 4)
        self._keep(data, at, start)
        self._put(start, self.content.rewrite(data[start:end]))
        return end

    def _record(self, data: bytes, at: int) -> int:
        """TLS: what a record is stays, and alerts as long as they can be read."""
        end = at + 5 + number16(data, at + 3)
        if not 20 <= data[at] <= 23 or data[at + 1 : at + 2] != b"\x03":
            return len(data)
        readable = 7 if data[at] in (20, 21) and end - at <= 7 else 11 if data[at] == 22 and data[at + 5 : at + 6] in (b"\1", b"\2") else 5
        self._keep(data, at, min(at + readable, end))
        return end

    def _next(self, data: bytes, at: int) -> int:
        """Where something begins that is certain."""
        while at < len(data):
            cookie = data.find(COOKIE, at)
            microsoft = data.find(MS_COOKIE_ATTRIBUTE, at)
            found = min((hit for hit in (cookie - 4 if cookie >= 0 else -1, microsoft - HEADER) if hit >= at), default=len(data))
            if found == len(data) and cookie < 0:
                return found
            if found < len(data) and message_length(data, found):
                if self.framing == MS_FRAME:
                    return found - 4 if found - 4 >= at and data[found - 4] in (2, 3) else found
                framed = found - 2 >= at and number16(data, found - 2) == message_length(data, found)
                return found - 2 if framed else found
            at = max(found, cookie - 3, at) + 1 if found < len(data) else cookie + 1
        return len(data)

    # ---- bytes ----

    def _keep(self, data: bytes, start: int, end: int) -> None:
        self.new[start : min(end, len(data))] = data[start:end]

    def _put(self, at: int, new: bytes) -> None:
        self.new[at : at + len(new)] = new


# ---- TCP ----


@dataclass
class Stream:
    """The bytes of one direction, by sequence number; what was sent twice counts as it came first."""

    base: int | None = None
    last: int = 0
    segments: list[tuple[int, bytes]] = field(default_factory=list)
    new: list[tuple[int, bytes]] = field(default_factory=list)  # runs of bytes without a gap

    def offset(self, sequence: int) -> int:
        """Unwrapped: near the last one."""
        if self.base is None:
            self.base = sequence
        difference = (sequence - self.base - self.last + 0x80000000) % 0x100000000 - 0x80000000
        self.last += difference
        return self.last

    def add(self, offset: int, data: bytes) -> None:
        if data:
            self.segments.append((offset, data))

    def rewrite(self, content: Content) -> None:
        runs: list[tuple[int, bytearray]] = []
        for offset, data in sorted(self.segments, key=lambda segment: segment[0]):
            if not runs or offset > runs[-1][0] + len(runs[-1][1]):
                runs.append((offset, bytearray(data)))
            else:
                start, run = runs[-1]
                run += data[start + len(run) - offset :]
        cutter = Cutter(content)
        self.new = [(start, cutter.run(start, bytes(run))) for start, run in runs]

    def part(self, offset: int, length: int) -> bytes:
        start, data = self.new[bisect.bisect_right(self.new, offset, key=lambda run: run[0]) - 1]
        return data[offset - start : offset - start + length]
