"""What happens in a capture of the lab, frame by frame, read by tests/support/stun.py and not by a dissector."""

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import broken_two
import ice
from check_capture import Wrong, tshark
from stun import (
    COOKIE,
    Attribute,
    Class,
    Message,
    Method,
    fingerprint_is_valid,
    integrity_is_valid,
    message_length,
    read_error_code,
    short_term_key,
)

HOSTS = {"10.48.54.230": "CMS", "192.168.1.252": "Edge", "10.48.54.229": "server", "192.168.1.229": "relay"}
FLAGS = {0x02: "SYN", 0x01: "FIN", 0x04: "RST"}
COLUMNS = ("frame.number", "frame.time_relative", "ip.src", "tcp.flags", "tcp.payload")
METHODS = {method: "".join(word.capitalize() for word in method.name.split("_")) for method in Method}
IDENTITIES = (ice.EDGE, ice.CMS, broken_two.SECOND_EDGE, broken_two.SECOND_CMS)


@dataclass(frozen=True)
class Event:
    frame: int
    time: float  # in seconds
    text: str  # who: what; "server" and "relay" are the two sides of the Expressway-E


def events(path: Path, turn_key: bytes):
    """Openings and ends of connections, messages and media; every byte belongs to one of them."""
    keys = [turn_key, *(short_term_key(identity.password) for identity in IDENTITIES)]
    fields = [word for column in COLUMNS for word in ("-e", column)]
    for line in tshark(path, "-T", "fields", *fields).splitlines():
        number, time, source, flags, payload = line.split("\t")
        frame, who = (int(number), float(time)), HOSTS[source]
        for what in _messages(bytes.fromhex(payload), keys):
            yield Event(*frame, f"{who}: {what}")
        for flag, what in FLAGS.items():
            # Not the answer to a SYN: one event a connection.
            if int(flags, 16) & flag and int(flags, 16) & 0x12 != 0x12:
                yield Event(*frame, f"{who}: {what}")


def _messages(data: bytes, keys: list[bytes]):
    """The messages of one segment: in this lab none is split."""
    while data:
        if data[4:8] == struct.pack("!I", COOKIE):
            length = message_length(data)
            packet = data[:length]
        else:  # an RFC 4571 frame
            length = 2 + int.from_bytes(data[:2], "big")
            packet = data[2:length]
        if length > len(data):
            raise Wrong(f"a segment ends inside a message: {data.hex()}")
        data = data[length:]
        yield _describe(packet, keys)


def _describe(packet: bytes, keys: list[bytes]) -> str:
    if packet[:1] and packet[0] >> 6 == 2:
        return "media"
    message = Message.decode(packet)
    if message.get(Attribute.FINGERPRINT) is not None and not fingerprint_is_valid(packet):
        raise Wrong(f"wrong fingerprint in {packet.hex()}")
    text = f"{METHODS[message.method]} {Class(message.message_class).name.lower()}"
    if message.message_class == Class.ERROR:
        text += f" {read_error_code(message.get(Attribute.ERROR_CODE))}"
    if message.get(Attribute.USE_CANDIDATE) is not None:
        text += ", nominating"
    if message.get(Attribute.LIFETIME) == bytes(4):
        text += ", lifetime 0"
    if message.get(Attribute.MESSAGE_INTEGRITY) is not None:
        text += ", signed" if any(integrity_is_valid(packet, key) for key in keys) else ", signed wrongly"
    return text
