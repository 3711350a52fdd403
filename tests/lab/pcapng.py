"""Read and write pcapng files, as far as the lab needs it (draft-ietf-opsawg-pcapng)."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
ENHANCED_PACKET = 6
DECRYPTION_SECRETS = 10

BYTE_ORDER_MAGIC = 0x1A2B3C4D
LENGTH_UNKNOWN = 0xFFFFFFFFFFFFFFFF
LINK_ETHERNET = 1

OPTION_END = 0
OPTION_IF_NAME = 2
OPTION_IF_TSRESOL = 9


@dataclass(frozen=True)
class Interface:
    name: str
    link_type: int = LINK_ETHERNET
    snap_length: int = 262144
    resolution: int = 9  # if_tsresol: ten to the minus so many seconds


@dataclass(frozen=True)
class Packet:
    interface: int
    time: int  # in the interface's resolution, since 1970
    length: int  # on the wire
    data: bytes


@dataclass
class Capture:
    interfaces: list[Interface] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    secrets: list[tuple[int, bytes]] = field(default_factory=list)  # type and data of each


def read(path: Path) -> Capture:
    """One section's interfaces, packets and secrets; everything else in the file is left out."""
    data = path.read_bytes()
    order = "<" if data[8:12] == struct.pack("<I", BYTE_ORDER_MAGIC) else ">"
    capture = Capture()
    offset = 0
    while offset < len(data):
        kind, length = struct.unpack_from(order + "II", data, offset)
        body = data[offset + 8 : offset + length - 4]
        offset += length
        if kind == SECTION_HEADER and capture.interfaces:
            raise ValueError(f"{path}: more than one section")
        if kind == INTERFACE_DESCRIPTION:
            capture.interfaces.append(_read_interface(order, body))
        elif kind == ENHANCED_PACKET:
            interface, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
            capture.packets.append(Packet(interface, high << 32 | low, wire, body[20 : 20 + captured]))
        elif kind == DECRYPTION_SECRETS:
            secret, size = struct.unpack_from(order + "II", body)
            capture.secrets.append((secret, body[8 : 8 + size]))
    return capture


def _read_interface(order: str, body: bytes) -> Interface:
    link_type, _, snap_length = struct.unpack_from(order + "HHI", body)
    name, resolution = "", 6  # the resolution without an option: microseconds
    offset = 8
    while offset < len(body):
        code, length = struct.unpack_from(order + "HH", body, offset)
        value = body[offset + 4 : offset + 4 + length]
        offset += 4 + length + -length % 4
        if code == OPTION_IF_NAME:
            name = value.decode()
        elif code == OPTION_IF_TSRESOL:
            resolution = value[0]
    return Interface(name, link_type, snap_length, resolution)


def write(path: Path, capture: Capture) -> None:
    """Section header, interfaces, secrets, packets: no options but an interface's name and resolution."""
    blocks = [_block(SECTION_HEADER, struct.pack("<IHHQ", BYTE_ORDER_MAGIC, 1, 0, LENGTH_UNKNOWN))]
    for interface in capture.interfaces:
        fixed = struct.pack("<HHI", interface.link_type, 0, interface.snap_length)
        name = _option(OPTION_IF_NAME, interface.name.encode())
        resolution = _option(OPTION_IF_TSRESOL, bytes([interface.resolution]))
        blocks.append(_block(INTERFACE_DESCRIPTION, fixed + name + resolution + _option(OPTION_END)))
    for kind, data in capture.secrets:
        # Ahead of the packets: a reader decrypts in one pass.
        blocks.append(_block(DECRYPTION_SECRETS, struct.pack("<II", kind, len(data)) + data))
    for packet in capture.packets:
        time = packet.time >> 32, packet.time & 0xFFFFFFFF
        fixed = struct.pack("<IIIII", packet.interface, *time, len(packet.data), packet.length)
        blocks.append(_block(ENHANCED_PACKET, fixed + packet.data))
    path.write_bytes(b"".join(blocks))


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
