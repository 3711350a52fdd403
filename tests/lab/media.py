"""RTP and RTCP of an application sharing stream (RFC 3550); the payload stands in for encrypted RDP."""

import hashlib
import struct

VERSION = 2 << 6
PAYLOAD_TYPE = 127  # x-data in the SDP of Microsoft clients
SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION = 200, 201, 202
CNAME = 1
MARKER = 0x80


class Stream:
    """The packets of one synchronization source: the same ones in every run."""

    def __init__(self, name: str):
        seed = hashlib.sha256(f"rtp {name}".encode()).digest()
        self.name = name
        self.source, self.timestamp, self.sequence = struct.unpack_from("!IIH", seed)
        self.packets = self.octets = 0

    def rtp(self, length: int, marker: bool = False) -> bytes:
        """The next packet, with so many bytes of payload."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + 4500) & 0xFFFFFFFF
        self.packets, self.octets = self.packets + 1, self.octets + length
        payload = hashlib.shake_256(f"{self.name} {self.sequence}".encode()).digest(length)
        second = PAYLOAD_TYPE | (MARKER if marker else 0)
        return struct.pack("!BBHII", VERSION, second, self.sequence, self.timestamp, self.source) + payload

    def sender_report(self) -> bytes:
        """A compound packet: sender report without report blocks, and the CNAME."""
        ntp = 0xE9000000_80000000  # an arbitrary fixed moment
        body = struct.pack("!IQIII", self.source, ntp, self.timestamp, self.packets, self.octets)
        return _rtcp(SENDER_REPORT, 0, body) + self._description()

    def receiver_report(self, about: "Stream") -> bytes:
        """A compound packet: one report block, nothing lost, and the CNAME."""
        block = struct.pack("!IIIIII", about.source, 0, about.sequence, 0, 0, 0)
        return _rtcp(RECEIVER_REPORT, 1, struct.pack("!I", self.source) + block) + self._description()

    def _description(self) -> bytes:
        name = f"{self.name}@lab.example".encode()
        chunk = struct.pack("!IBB", self.source, CNAME, len(name)) + name
        # A chunk ends with one to four NULs, on a multiple of four (RFC 3550 6.5).
        return _rtcp(SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))


def _rtcp(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", VERSION | count, kind, len(body) // 4) + body
