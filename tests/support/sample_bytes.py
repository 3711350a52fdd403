"""The messages of a sample capture as its bytes have them: put together, cut and read here, not by a dissector.

Names and layouts are those of RFC 8489, RFC 8656, RFC 6062, [MS-TURN], [MS-TURNBWM] and [MS-ICE2]. tshark without plugins
only finds where the payload of TCP and UDP begins, and decrypts TLS.
"""

import csv
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import golden
import msturn_messages as ms
import stun
from wireshark import Tshark

COOKIE = struct.pack("!I", stun.COOKIE)
BIND = 0x000B  # ConnectionBind, RFC 6062 6.1
MULTIPLEXED = struct.pack("!H", ms.MULTIPLEXED)
REPEATED = ("tcp.analysis.retransmission", "tcp.analysis.spurious_retransmission", "tcp.analysis.fast_retransmission")
CLASSES = {0: "Request", 1: "Indication", 2: "Success Response", 3: "Error Response"}  # RFC 8489 5

# [MS-TURN] 2.2.1
MS_TURN = {ms.Type.ALLOCATE_REQUEST: "Allocate Request", ms.Type.ALLOCATE_RESPONSE: "Allocate Response",
           ms.Type.ALLOCATE_ERROR: "Allocate Error Response", ms.Type.SEND_REQUEST: "Send Request",
           ms.Type.DATA_INDICATION: "Data Indication",
           ms.Type.SET_ACTIVE_DESTINATION_REQUEST: "Set Active Destination Request",
           ms.Type.SET_ACTIVE_DESTINATION_RESPONSE: "Set Active Destination Response",
           ms.Type.SET_ACTIVE_DESTINATION_ERROR: "Set Active Destination Error Response"}


def methods() -> dict[int, str]:
    with (Path(__file__).resolve().parents[1] / "data" / "stun-methods.csv").open(newline="") as file:
        return {int(row["number"], 16): row["name"] for row in csv.DictReader(file)}


METHODS = methods()

# Shapes of values by attribute, where the value is more than bytes; the same numbers mean other things in MS-TURN.
TEXT, NUMBER, HEX_NUMBER, FIRST_BYTE, CHANNEL, ERROR, ADDRESS, XOR_ADDRESS, LAST_NUMBER, PARTS = range(10)
EITHER = {0x0009: ERROR, 0x000A: PARTS, 0x000D: NUMBER, 0x0017: FIRST_BYTE, 0x0024: NUMBER, 0x8008: NUMBER,
          0x8020: XOR_ADDRESS, 0x8022: TEXT, 0x8032: TEXT, 0x8037: NUMBER, 0x8050: LAST_NUMBER, 0x8054: TEXT,
          0x8055: PARTS, 0x8056: NUMBER, 0x8058: PARTS, **dict.fromkeys(range(0x8059, 0x805D), XOR_ADDRESS),
          **dict.fromkeys(range(0x805D, 0x8061), HEX_NUMBER), 0x8061: TEXT, 0x8062: TEXT, 0x8068: PARTS, 0x8070: NUMBER,
          0x8090: ADDRESS}
STUN = EITHER | {0x0001: ADDRESS, 0x0006: TEXT, 0x000C: CHANNEL, 0x0012: XOR_ADDRESS, 0x0014: TEXT, 0x0015: TEXT,
                 0x0016: XOR_ADDRESS, 0x0018: HEX_NUMBER, 0x0019: FIRST_BYTE, 0x0020: XOR_ADDRESS, 0x002A: HEX_NUMBER}
MS = EITHER | {0x0001: ADDRESS, 0x000E: ADDRESS, 0x000F: HEX_NUMBER, 0x0010: NUMBER, 0x0011: ADDRESS, 0x0012: ADDRESS,
               0x0015: TEXT, 0x7FF1: PARTS}  # README: an attribute that nobody knows


def _value(shape: int | None, value: bytes, read_xor_address) -> str:
    if shape is None:
        return value.hex()
    if shape == TEXT:
        return value.rstrip(b"\0").decode()  # Microsoft's clients fill texts with NULs
    if shape in (NUMBER, LAST_NUMBER):
        return str(int.from_bytes(value[-4:], "big"))
    if shape == HEX_NUMBER:
        return f"0x{value[:4].hex()}"
    if shape == FIRST_BYTE:
        return str(value[0])
    if shape == CHANNEL:
        return f"0x{value[:2].hex()}"
    if shape == ERROR:
        return str(stun.read_error_code(value))
    if shape == PARTS:
        return ""
    host, port = stun.read_address(value) if shape == ADDRESS else read_xor_address(value)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ms_line(frame: int, data: bytes) -> str:
    message = ms.Message.decode(data)
    values = [(number, _value(MS.get(number), value, lambda v: ms.read_xor_address(v, message.transaction_id)))
              for number, value in message.attributes]
    return golden.line(frame, MS_TURN[message.kind], message.transaction_id.hex(), values)


def _stun_line(frame: int, data: bytes) -> str:
    message = stun.Message.decode(data)
    words = f"{METHODS[message.method]} {CLASSES[message.message_class]}"
    values = [(number, _value(STUN.get(number), value, lambda v: stun.read_xor_address(v, message.transaction_id)))
              for number, value in message.attributes]
    return golden.line(frame, words, message.transaction_id.hex(), values)


def _packet(frame: int, data: bytes) -> Iterator[str]:
    """A packet of a known length; what MS-TURN's Data holds may have an RFC 4571 length."""
    if data[:2] == MULTIPLEXED:
        yield from _packet(frame, data[12:])
    elif ms.has_cookie(data):
        yield _ms_line(frame, data)
        inner = ms.Message.decode(data).get(ms.Attribute.DATA)
        if inner is not None:
            yield from _rfc4571(frame, inner) if inner[6:10] == COOKIE else _packet(frame, inner)
    elif data[4:8] == COOKIE and data[0] < 4:
        yield _stun_line(frame, data)


def _rfc4571(frame: int, data: bytes) -> Iterator[str]:
    while len(data) > 2:
        end = 2 + struct.unpack_from("!H", data)[0]
        yield from _packet(frame, data[2:end])
        data = data[end:]


class Stream:
    """One direction of a connection: takes segments, and yields the lines of what has become whole."""

    def __init__(self) -> None:
        self.buffer = b""
        self.framing = ""

    def add(self, frame: int, data: bytes) -> Iterator[str]:
        self.buffer += data
        while length := self._length():
            unit, self.buffer = self.buffer[:length], self.buffer[length:]
            yield from self._unit(frame, unit)

    def _length(self) -> int:
        """Of the next unit; 0 if there is no whole one."""
        data = self.buffer
        for hello, test in ((ms.CLIENT_HELLO_LENGTH, ms.is_client_hello), (ms.SERVER_HELLO_LENGTH, ms.is_server_hello)):
            if test(data[:hello]):
                self.framing = "hello"
                return hello
        if len(data) < 4:
            return 0
        if self.framing in ("", "hello", "bound"):
            self.framing = self._guess()
        first, second = struct.unpack_from("!HH", data)
        lengths = {"ms": 4 + second, "multiplexed": 4 + second, "rfc4571": 2 + first, "turn": self._turn_length(second)}
        length = lengths.get(self.framing, len(data))
        return length if length <= len(data) else 0

    def _guess(self) -> str:
        data = self.buffer
        if data[4:8] == COOKIE:
            return "turn"  # also where a bind was refused
        if self.framing != "bound":
            if data[0] in (ms.CONTROL, ms.END_TO_END) and data[1] == 0:
                return "ms"
            if data[:2] == MULTIPLEXED:
                return "multiplexed"
        return "rfc4571" if data[6:10] == COOKIE else ""

    def _turn_length(self, length: int) -> int:
        return 4 + length + -length % 4 if self.buffer[0] >> 6 == 1 else stun.HEADER_LENGTH + length

    def _unit(self, frame: int, data: bytes) -> Iterator[str]:
        if self.framing == "rfc4571":
            yield from _rfc4571(frame, data)
        elif self.framing == "ms":
            yield from _rfc4571(frame, data[4:]) if data[10:14] == COOKIE else _packet(frame, data[4:])
        elif self.framing in ("turn", "multiplexed"):
            yield from _packet(frame, data)
            if self.framing == "turn" and stun.split_type(struct.unpack_from("!H", data)[0]) in ((BIND, 0), (BIND, 2)):
                self.framing = "bound"


def lines(stock: Tshark, path: Path) -> list[str]:
    """Of all messages that are msturn's: STUN without MS-TURN on UDP is not."""
    names = ["tcp.stream", "tcp.srcport", "ip.src", "ipv6.src", "tcp.payload", "udp.payload", *REPEATED]
    streams: dict[tuple, Stream] = {}
    found = []
    for frame, row in stock.frames(path, names, "-Y", "tcp.len > 0 || udp").items():
        if row["udp.payload"]:
            data = bytes.fromhex(row["udp.payload"][0])
            if ms.has_cookie(data) or data[:2] == MULTIPLEXED:
                found += _packet(frame, data)
        elif not any(row[name] for name in REPEATED):
            source = row["tcp.stream"][0], row["tcp.srcport"][0], *row["ip.src"], *row["ipv6.src"]
            found += streams.setdefault(source, Stream()).add(frame, bytes.fromhex(row["tcp.payload"][0]))
    return found


def decrypted_lines(stock: Tshark, path: Path, stream: int) -> list[str]:
    """Of a TLS connection. Which frame a message is in is not told: it is 0."""
    ends = Stream(), Stream()
    found = []
    followed = stock.run(path, "-q", "-z", f"follow,tls,raw,{stream}")
    for indent, data in re.findall(r"^(\t?)([0-9a-f]+)$", followed, re.MULTILINE):
        found += ends[bool(indent)].add(0, bytes.fromhex(data))
    return found
