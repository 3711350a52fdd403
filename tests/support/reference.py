"""What a capture contains according to its bytes: cut and read by support/stun.py, not by a dissector.

Works on segments that begin and end with a message, as those of the sample captures do.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import stun
from stun import Attribute, Class, Message, Method
from wireshark import Item, Tshark

TEXT = {Attribute.USERNAME: "username", Attribute.REALM: "realm", Attribute.NONCE: "nonce", Attribute.SOFTWARE: "software",
        Attribute.MS_CANDIDATE_IDENTIFIER: "candidate_identifier"}
NUMBER = {Attribute.LIFETIME: "lifetime", Attribute.PRIORITY: "priority",
          Attribute.MS_IMPLEMENTATION_VERSION: "implementation_version"}
FIRST_BYTE = {Attribute.REQUESTED_TRANSPORT: "requested_transport",
              Attribute.REQUESTED_ADDRESS_FAMILY: "requested_address_family"}
HEX = {Attribute.CONNECTION_ID: "connection_id", Attribute.FINGERPRINT: "fingerprint"}
BYTES = {Attribute.MESSAGE_INTEGRITY: "message_integrity", Attribute.ICE_CONTROLLED: "ice_controlled",
         Attribute.ICE_CONTROLLING: "ice_controlling", Attribute.RESERVATION_TOKEN: "reservation_token",
         Attribute.DATA: "data"}
XOR_ADDRESS = {Attribute.XOR_PEER_ADDRESS: "xor_peer_address", Attribute.XOR_RELAYED_ADDRESS: "xor_relayed_address",
               Attribute.XOR_MAPPED_ADDRESS: "xor_mapped_address"}
ADDRESS = {Attribute.MAPPED_ADDRESS: "mapped_address"}


@dataclass(frozen=True)
class Segment:
    frame: int
    stream: int
    source: tuple[str, int]
    destination: tuple[str, int]
    data: bytes


@dataclass(frozen=True)
class Unit:
    """A message, or the packet in a frame or in ChannelData."""

    frame: int
    source: tuple[str, int]
    destination: tuple[str, int]
    framing: str  # "plain", "frame", "channel", "raw"
    data: bytes
    channel: int = 0

    @property
    def is_message(self) -> bool:
        return len(self.data) >= stun.HEADER_LENGTH and self.data[4:8] == struct.pack("!I", stun.COOKIE)

    @property
    def message(self) -> Message:
        return Message.decode(self.data)


def read_segments(stock: Tshark, path: Path) -> list[Segment]:
    """All TCP segments with payload. tshark without plugins only finds where it begins."""
    names = ["tcp.stream", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.payload"]
    found = []
    for number, row in stock.frames(path, names, "-Y", "tcp.len > 0").items():
        (source,), (destination,) = row["ip.src"] or row["ipv6.src"], row["ip.dst"] or row["ipv6.dst"]
        ends = (source, int(row["tcp.srcport"][0])), (destination, int(row["tcp.dstport"][0]))
        found.append(Segment(number, int(row["tcp.stream"][0]), *ends, bytes.fromhex(row["tcp.payload"][0])))
    return found


def cut(segments: list[Segment]) -> list[Unit]:
    """The units of all connections, in the order of the capture."""
    framing: dict[tuple, str] = {}  # of each direction
    units = []
    for segment in segments:
        direction = segment.stream, segment.source
        offset = 0
        while offset < len(segment.data):
            rest = segment.data[offset:]
            if framing.get(direction, "bound") == "bound" and rest[6:10] == struct.pack("!I", stun.COOKIE):
                framing[direction] = "frame"
            elif direction not in framing:
                framing[direction] = "plain"
            elif framing[direction] == "bound":
                framing[direction] = "raw"
            unit, length = _first_unit(segment, rest, framing[direction])
            offset += length
            units.append(unit)
            if framing[direction] == "plain" and unit.is_message and _binds(unit.message):
                framing[direction] = "bound"
    return units


def _first_unit(segment: Segment, data: bytes, framing: str) -> tuple[Unit, int]:
    where = segment.frame, segment.source, segment.destination
    if framing == "raw":
        return Unit(*where, "raw", data), len(data)
    if framing == "frame":
        (length,) = struct.unpack_from("!H", data)
        return Unit(*where, "frame", data[2 : 2 + length]), 2 + length
    if data[0] & 0xC0 == 0x40:
        channel, length = struct.unpack_from("!HH", data)
        return Unit(*where, "channel", data[4 : 4 + length], channel), 4 + length + -length % 4
    length = stun.message_length(data)
    return Unit(*where, "plain", data[:length]), length


def _binds(message: Message) -> bool:
    return message.method == Method.CONNECTION_BIND and message.message_class in (Class.REQUEST, Class.SUCCESS)


def expected_fields(message: Message) -> dict[str, list[str]]:
    """Fields of msturn and their values for the attributes that are known here; repeated attributes in order."""
    fields: dict[str, list[str]] = {}
    for number, value in message.attributes:
        for name, text in _expected(number, value, message.transaction_id):
            fields.setdefault(f"msturn.{name}", []).append(text)
    return fields


def _expected(number: int, value: bytes, transaction: bytes):
    if number in TEXT:
        text = value.rstrip(b"\0")  # Microsoft's clients fill texts with NULs
        if b"\0" not in text:  # else versions differ in how they escape it
            yield TEXT[number], text.decode()
    elif number in NUMBER:
        yield NUMBER[number], str(int.from_bytes(value, "big"))
    elif number in FIRST_BYTE:
        yield FIRST_BYTE[number], str(value[0])
    elif number in HEX:
        yield HEX[number], f"0x{value.hex()}"
    elif number in BYTES:
        yield BYTES[number], value.hex()
    elif number in XOR_ADDRESS:
        yield from _endpoint(XOR_ADDRESS[number], *stun.read_xor_address(value, transaction))
    elif number in ADDRESS:
        yield from _endpoint(ADDRESS[number], *stun.read_address(value))
    elif number == Attribute.ERROR_CODE:
        yield "error_code", str(stun.read_error_code(value))
        yield "error_code.reason", value[4:].decode()
    elif number == Attribute.CHANNEL_NUMBER:
        yield "channel_number", f"0x{value[:2].hex()}"


def _endpoint(name: str, host: str, port: int):
    yield f"{name}.port", str(port)
    yield (f"{name}.ipv6" if ":" in host else f"{name}.ip"), host


def shown_fields(message: Item, names) -> dict[str, list[str]]:
    """The same fields as a dissected message shows them."""
    return {name: message.all(name) for name in names}
