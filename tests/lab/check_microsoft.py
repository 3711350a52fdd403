#!/usr/bin/python3
"""Check a capture with MS-TURN in it: every byte of every connection and every datagram is accounted for.

Every Message Integrity was made with a known password, every FINGERPRINT with one of the two CRC tables. tshark only
puts the segments together here; cutting and verifying is done by support/msturn_messages.py. What --require names must
have been found. Segments and datagrams that this machine's tshark, without the user's plugins, leaves undecoded are
counted last.
"""

import argparse
import struct
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import ice
import msturn_messages as ms
import msturn_session
import stun
from check_capture import DECODED, Wrong, follow, tshark

PADDED = 4  # alignment of attributes in the format of RFC 5389
CHECKS = {0x0001: "check", 0x0101: "answer to a check", 0x0111: "error to a check", 0x0011: "keep-alive"}


@dataclass
class Checker:
    """Walks byte streams and datagrams, and counts what it found."""

    keys: list[bytes]
    counts: Counter = field(default_factory=Counter)

    def stream(self, data: bytes) -> None:
        """One direction of a TCP connection."""
        hello = self._hello(data)
        data = data[hello:]
        if not data:
            return
        if data[:2] == struct.pack("!H", ms.MULTIPLEXED):
            self._multiplexed_stream(data)
        elif hello or data[:2] in (bytes([ms.CONTROL, 0]), bytes([ms.END_TO_END, 0])):
            self._frames(data)
        else:
            self._rfc4571(data)

    def _hello(self, data: bytes) -> int:
        for name, length, test in (
            ("ClientHello", ms.CLIENT_HELLO_LENGTH, ms.is_client_hello),
            ("ServerHello", ms.SERVER_HELLO_LENGTH, ms.is_server_hello),
        ):
            if test(data[:length]):
                self.counts[name] += 1
                return length
        return 0

    def _frames(self, data: bytes) -> None:
        """What is in frames of type 03 is one stream again, if it is framed by itself ([MS-TURN] 2.1.4)."""
        framed = b""
        for kind, payload in ms.read_frames(data):
            if kind == ms.CONTROL:
                self.packet(payload)
                continue
            self.counts["frame 03"] += 1
            if framed or self._is_rfc4571(payload):
                framed += payload
                if self._is_whole(framed):
                    self._rfc4571(framed)
                    framed = b""
            else:
                self.packet(payload)
        if framed:
            raise Wrong(f"frames of type 03 end within a packet: {framed[:8].hex()}")

    @staticmethod
    def _is_rfc4571(data: bytes) -> bool:
        """A length, and then the start of something known."""
        if data[:2] == struct.pack("!H", ms.MULTIPLEXED):
            return False
        return data[6:10] == struct.pack("!I", stun.COOKIE) or (data[0] >> 6 != 2 and data[2] >> 6 == 2)

    @staticmethod
    def _is_whole(data: bytes) -> bool:
        """True if the bytes end where an RFC 4571 packet does."""
        offset = 0
        while offset + 2 <= len(data):
            offset += 2 + struct.unpack_from("!H", data, offset)[0]
        return offset == len(data)

    def _rfc4571(self, data: bytes) -> None:
        if not self._is_whole(data):
            raise Wrong(f"no RFC 4571 frames: {data[:12].hex()}")
        offset = 0
        while offset < len(data):
            (length,) = struct.unpack_from("!H", data, offset)
            self.counts["RFC 4571 packet"] += 1
            self.packet(data[offset + 2 : offset + 2 + length])
            offset += 2 + length

    def _multiplexed_stream(self, data: bytes) -> None:
        while data:
            end = 4 + struct.unpack_from("!H", data, 2)[0]
            self.packet(data[:end])
            data = data[end:]

    def packet(self, data: bytes) -> None:
        """A datagram, or what a frame holds."""
        if data[:2] == struct.pack("!H", ms.MULTIPLEXED):
            if len(data) != 4 + struct.unpack_from("!H", data, 2)[0]:
                raise Wrong(f"length of multiplexed TURN: {data[:12].hex()}")
            self.counts["multiplexed"] += 1
            self.packet(data[12:])
        elif data[0] >> 6 == 2:
            self.counts["RTCP" if 200 <= data[1] <= 204 else "RTP"] += 1
        elif ms.has_cookie(data):
            self._control(data)
        else:
            self._check(data)

    def _control(self, data: bytes) -> None:
        message = ms.Message.decode(data)
        name = ms.Type(message.kind).name.replace("_", " ").lower()
        if message.get(ms.Attribute.ERROR_CODE):
            name += f" {stun.read_error_code(message.get(ms.Attribute.ERROR_CODE))}"
        elif message.kind == ms.Type.ALLOCATE_REQUEST and message.get(ms.Attribute.LIFETIME) == bytes(4):
            name += " of release"
        self.counts[name] += 1
        if message.get(ms.Attribute.MESSAGE_INTEGRITY) is not None:
            if not any(ms.integrity_is_valid(data, key) for key in self.keys):
                raise Wrong(f"no known password made the integrity of {data.hex()}")
            self.counts["integrity right"] += 1
        inner = message.get(ms.Attribute.DATA)
        if inner is not None and self._is_rfc4571(inner):
            self._rfc4571(inner)
        elif inner is not None:
            self.packet(inner)

    def _check(self, data: bytes) -> None:
        """The format of RFC 5389 has the cookie in the header, that of RFC 3489bis-02 has no padding."""
        modern = data[4:8] == struct.pack("!I", stun.COOKIE)
        alignment = PADDED if modern else 1
        kind, length = struct.unpack_from("!HH", data)
        spans = list(ms.attribute_spans(data, alignment))
        if length + stun.HEADER_LENGTH != len(data) or kind not in CHECKS:
            raise Wrong(f"unknown packet: {data[:24].hex()}")
        self.counts[CHECKS[kind] + ("" if modern else " without a cookie")] += 1
        numbers = [number for number, _, _ in spans]
        if ms.Attribute.MESSAGE_INTEGRITY in numbers:
            if not any(self._is_signed(data, key, alignment) for key in self.keys):
                raise Wrong(f"no known password made the integrity of {data.hex()}")
            self.counts["integrity right"] += 1
        if numbers[-1:] == [ms.Attribute.FINGERPRINT]:
            value, covered = data[-4:], data[:-8]
            if value == ms.fingerprint(covered):
                self.counts["fingerprint right"] += 1
            elif value == ms.fingerprint(covered, faulty=True):
                self.counts["fingerprint of old peers"] += 1
            else:
                raise Wrong(f"wrong fingerprint in {data.hex()}")

    @staticmethod
    def _is_signed(data: bytes, key: bytes, alignment: int) -> bool:
        """By libnice's rule, or that of RFC 8489."""
        if ms.integrity_is_valid(data, key, alignment):
            return True
        return alignment == PADDED and stun.integrity_is_valid(data, key)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("captures", nargs="+", type=Path)
    parser.add_argument("--require", nargs="+", default=[], metavar="WHAT", help="must be in each of the captures")
    arguments = parser.parse_args()
    passwords = [stun.short_term_key(agent.password) for agent in (ice.EDGE, ice.CMS)]
    keys = [msturn_session.LONG_TERM_KEY, msturn_session.SHORT_TERM_KEY, *passwords]
    for path in arguments.captures:
        checker = Checker(keys)
        try:
            check(path, checker)
            missing = [what for what in arguments.require if not checker.counts[what]]
            if missing:
                raise Wrong(f"not in the capture: {', '.join(missing)}")
        except (Wrong, ValueError, struct.error) as error:
            sys.exit(f"{path}: {error}")
        total, undecoded = count_undecoded(path)
        found = ", ".join(f"{count} {what}" for what, count in checker.counts.items())
        print(f"{path.name}: {found}; {total} segments and datagrams with payload, {undecoded} undecoded")


def check(path: Path, checker: Checker) -> None:
    for number in sorted({int(line) for line in tshark(path, "-T", "fields", "-e", "tcp.stream").split()}):
        for data in follow(path, "tcp", number):
            checker.stream(data)
    for line in tshark(path, "-Y", "udp", "-T", "fields", "-e", "udp.payload").splitlines():
        checker.packet(bytes.fromhex(line))


def count_undecoded(path: Path) -> tuple[int, int]:
    """TCP segments and datagrams with payload, and how many of these show neither STUN nor media to tshark."""
    payload = "(tcp.len > 0 && !tcp.analysis.retransmission || udp) && !tls.handshake"
    lines = tshark(path, "-Y", payload, "-T", "fields", "-e", "frame.protocols").splitlines()
    return len(lines), sum(not (DECODED | {"classicstun"}).intersection(line.split(":")) for line in lines)


if __name__ == "__main__":
    main()
