#!/usr/bin/python3
"""Check a capture of the lab: every byte of every TCP connection is accounted for, every HMAC and CRC is right.

tshark only puts the segments (and TLS records) together here; cutting and verifying is done by support/stun.py.
The last number in the output is how many segments this machine's tshark, without the user's plugins, leaves undecoded.
"""

import argparse
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import ice
from stun import (
    COOKIE,
    Attribute,
    Class,
    Message,
    Method,
    fingerprint_is_valid,
    integrity_is_valid,
    long_term_key,
    message_length,
    short_term_key,
)

PATIENCE = 60  # seconds for a run of tshark
TLS_HANDSHAKE = 0x16
DECODED = {"stun", "rtp", "rtcp", "sip"}
SIP = b"INVITE "


class Wrong(Exception):
    """The capture is not what it should be."""


@dataclass
class Checker:
    """Walks byte streams and counts what it found."""

    keys: list[bytes]
    verify: bool
    framed_peer_data: bool
    counts: Counter = field(default_factory=Counter)
    outer: Counter = field(default_factory=Counter)  # bytes of a direction, as the peer's side of the relay saw them
    inner: Counter = field(default_factory=Counter)  # the same on bound data connections

    def connection(self, directions: tuple[bytes, bytes]) -> None:
        first = next((data for data in directions if data), b"")
        if first.startswith(SIP):
            for data in directions:
                self.sip(data)
            return
        for data in directions:
            if first[6:10] == struct.pack("!I", COOKIE):
                self.outer[data] += 1
                self.packets(data)
            else:
                self.turn(data)

    def turn(self, data: bytes) -> None:
        """Messages back to back; behind ConnectionBind the peer's bytes (RFC 6062 5.4)."""
        offset = 0
        while offset < len(data):
            if data[offset] & 0xC0 == 0x40:  # ChannelData, padded to four (RFC 8656 12.5)
                length = struct.unpack_from("!H", data, offset + 2)[0]
                offset += 4 + length + -length % 4
                self.counts["ChannelData"] += 1
                continue
            end = offset + message_length(data[offset : offset + 4])
            message = self.message(data[offset:end])
            offset = end
            if message.method == Method.CONNECTION_BIND and message.message_class in (Class.REQUEST, Class.SUCCESS):
                self.peer_data(data[offset:])
                return
        if offset != len(data):
            raise Wrong(f"{offset - len(data)} bytes missing at the end of a TURN connection")

    def sip(self, data: bytes) -> None:
        """RFC 3261 18.3: the body is as long as Content-Length says."""
        while data:
            headers, end, rest = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\nContent-Length: *(\d+)", headers)
            if not end or not length or len(rest) < int(length[1]):
                raise Wrong(f"no SIP message: {data[:40]!r}")
            self.counts["SIP"] += 1
            self.counts["SDP"] += int(length[1]) > 0
            data = rest[int(length[1]):]

    def peer_data(self, data: bytes) -> None:
        if self.framed_peer_data:
            self.inner[data] += 1
            self.packets(data)
        else:
            self.counts["bytes of unframed peer data"] += len(data)

    def packets(self, data: bytes) -> None:
        """RFC 4571 frames: STUN, RTP or RTCP."""
        offset = 0
        while offset < len(data):
            (length,) = struct.unpack_from("!H", data, offset)
            packet = data[offset + 2 : offset + 2 + length]
            offset += 2 + length
            if packet[4:8] == struct.pack("!I", COOKIE):
                self.message(packet)
            elif packet[0] >> 6 == 2:
                self.counts["RTCP" if 200 <= packet[1] <= 204 else "RTP"] += 1
            else:
                raise Wrong(f"unknown packet in an RFC 4571 frame: {packet[:8].hex()}")
        if offset != len(data):
            raise Wrong(f"RFC 4571 frame cut at the end, {offset - len(data)} bytes missing")

    def message(self, data: bytes) -> Message:
        message = Message.decode(data)
        self.counts["STUN"] += 1
        if self.verify and message.get(Attribute.MESSAGE_INTEGRITY) is not None:
            if not any(integrity_is_valid(data, key) for key in self.keys):
                raise Wrong(f"no known password made the integrity of {data.hex()}")
            self.counts["integrity right"] += 1
        if self.verify and message.get(Attribute.FINGERPRINT) is not None:
            if not fingerprint_is_valid(data):
                raise Wrong(f"wrong fingerprint in {data.hex()}")
            self.counts["fingerprint right"] += 1
        return message


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("captures", nargs="+", type=Path)
    parser.add_argument("--turn-user", nargs=3, default=("", "", ""), metavar=("NAME", "REALM", "PASSWORD"))
    parser.add_argument("--raw-peer-data", action="store_true", help="peers that do not frame (not ICE-TCP)")
    parser.add_argument("--unverified", action="store_true", help="integrity and fingerprint cannot be right")
    arguments = parser.parse_args()
    keys = [long_term_key(*arguments.turn_user), *(short_term_key(i.password) for i in (ice.EDGE, ice.CMS))]
    for path in arguments.captures:
        checker = Checker(keys, not arguments.unverified, not arguments.raw_peer_data)
        try:
            for directions in connections(path):
                checker.connection(directions)
            # What the relay took on one side it gave on the other, unchanged.
            if checker.inner and checker.outer and checker.inner != checker.outer:
                raise Wrong("the two sides of the relay differ")
        except (Wrong, ValueError, struct.error) as error:
            sys.exit(f"{path}: {error}")
        segments, undecoded = count_segments(path)
        found = ", ".join(f"{count} {what}" for what, count in checker.counts.items())
        print(f"{path.name}: {found}; {segments} TCP segments with payload, {undecoded} undecoded")


def connections(path: Path):
    """The two byte streams of each TCP connection, decrypted where the capture has the keys."""
    for number in sorted({int(line) for line in tshark(path, "-T", "fields", "-e", "tcp.stream").split()}):
        directions = follow(path, "tcp", number)
        if any(data[:1] == bytes([TLS_HANDSHAKE]) for data in directions):
            directions = follow(path, "tls", number)
            if not any(directions):
                raise Wrong(f"TLS connection {number} does not decrypt")
        yield directions


def follow(path: Path, protocol: str, number: int) -> tuple[bytes, bytes]:
    """tshark prints one line of hex a chunk; those of the second end are indented."""
    text = tshark(path, "-q", "-z", f"follow,{protocol},raw,{number}")
    lines = re.findall(r"^(\t?)([0-9a-f]+)$", text, re.MULTILINE)
    first = "".join(data for indent, data in lines if not indent)
    second = "".join(data for indent, data in lines if indent)
    return bytes.fromhex(first), bytes.fromhex(second)


def count_segments(path: Path) -> tuple[int, int]:
    """TCP segments with messages or media in them, and how many of these show neither to tshark."""
    payload = "tcp.len > 0 && !tcp.analysis.retransmission && !tls.handshake && !tls.alert_message"
    lines = tshark(path, "-Y", payload, "-T", "fields", "-e", "frame.protocols").splitlines()
    return len(lines), sum(not DECODED.intersection(line.split(":")) for line in lines)


def tshark(path: Path, *options: str) -> str:
    with tempfile.TemporaryDirectory() as home:
        # An empty home: no plugins and no preferences of the user.
        environment = os.environ | {"HOME": home, "XDG_CONFIG_HOME": home}
        command = ["tshark", "-n", "-r", str(path), *options]
        run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False)
    if run.returncode:
        raise Wrong(f"tshark: {run.stderr}")
    return run.stdout


if __name__ == "__main__":
    main()
