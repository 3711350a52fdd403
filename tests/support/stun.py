"""STUN messages for tests: build, read, verify. Standard library only.

Numbers and rules: RFC 8489 (STUN), RFC 8656 (TURN), RFC 6062 (TURN over TCP), RFC 8445 (ICE), RFC 4571 (framing)
and [MS-ICE2] 2.2.2 (Microsoft's attributes in checks). Everything on the wire is big-endian.

    request = Message(Method.BINDING, Class.REQUEST, transaction_id("first"))
    request.add(Attribute.USERNAME, b"bob:alice")
    data = request.encode(key=short_term_key("password of bob"), fingerprint=True)
    assert Message.decode(data).get(Attribute.USERNAME) == b"bob:alice"
    assert integrity_is_valid(data, b"password of bob") and fingerprint_is_valid(data)
"""

import hashlib
import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass, field
from enum import IntEnum

COOKIE = 0x2112A442
HEADER_LENGTH = 20
FINGERPRINT_XOR = 0x5354554E  # "STUN", RFC 8489 14.7
INTEGRITY_LENGTH = 20  # HMAC-SHA1


class StunError(ValueError):
    """The bytes are not one whole, well-formed STUN message."""


class Class(IntEnum):
    """Message classes, RFC 8489 5."""

    REQUEST = 0
    INDICATION = 1
    SUCCESS = 2
    ERROR = 3


class Method(IntEnum):
    """Methods of RFC 8489, RFC 8656 and RFC 6062."""

    BINDING = 0x001
    ALLOCATE = 0x003
    REFRESH = 0x004
    SEND = 0x006
    DATA = 0x007
    CREATE_PERMISSION = 0x008
    CHANNEL_BIND = 0x009
    CONNECT = 0x00A
    CONNECTION_BIND = 0x00B
    CONNECTION_ATTEMPT = 0x00C


class Attribute(IntEnum):
    """The attributes that the tests use."""

    MAPPED_ADDRESS = 0x0001
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    CHANNEL_NUMBER = 0x000C
    LIFETIME = 0x000D
    XOR_PEER_ADDRESS = 0x0012
    DATA = 0x0013
    REALM = 0x0014
    NONCE = 0x0015
    XOR_RELAYED_ADDRESS = 0x0016
    REQUESTED_ADDRESS_FAMILY = 0x0017
    EVEN_PORT = 0x0018
    REQUESTED_TRANSPORT = 0x0019
    DONT_FRAGMENT = 0x001A
    MESSAGE_INTEGRITY_SHA256 = 0x001C
    XOR_MAPPED_ADDRESS = 0x0020
    RESERVATION_TOKEN = 0x0022
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    CONNECTION_ID = 0x002A
    SOFTWARE = 0x8022
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A
    MS_CANDIDATE_IDENTIFIER = 0x8054
    MS_IMPLEMENTATION_VERSION = 0x8070


def message_type(method: int, message_class: int) -> int:
    """Mix the class bits into the method bits (RFC 8489 5)."""
    return (
        (method & 0x000F)
        | (method & 0x0070) << 1
        | (method & 0x0F80) << 2
        | (message_class & 1) << 4
        | (message_class & 2) << 7
    )


def split_type(number: int) -> tuple[int, int]:
    """The reverse of message_type: method and class."""
    method = (number & 0x000F) | (number & 0x00E0) >> 1 | (number & 0x3E00) >> 2
    return method, (number & 0x0010) >> 4 | (number & 0x0100) >> 7


def transaction_id(label: str) -> bytes:
    """The same 12 bytes for the same label: random to the eye, equal in every run."""
    return hashlib.sha256(label.encode()).digest()[:12]


@dataclass
class Message:
    """One STUN message; attributes keep their order and may repeat."""

    method: int
    message_class: int
    transaction_id: bytes
    attributes: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, number: int, value: bytes = b"") -> "Message":
        """Append an attribute; returns the message, so that calls chain."""
        self.attributes.append((number, value))
        return self

    def get(self, number: int) -> bytes | None:
        """Value of the first attribute of this number: only the first counts (RFC 8489 14)."""
        return next((value for n, value in self.attributes if n == number), None)

    def is_a(self, method: int, message_class: int) -> bool:
        return self.method == method and self.message_class == message_class

    def encode(self, key: bytes | None = None, fingerprint: bool = False) -> bytes:
        """The bytes of the message, followed by MESSAGE-INTEGRITY if there is a key, and by FINGERPRINT."""
        body = b"".join(encode_attribute(number, value) for number, value in self.attributes)
        if key is not None:
            # The header's length counts the attribute that is being calculated, and nothing behind it (14.5).
            covered = self._header(len(body) + 4 + INTEGRITY_LENGTH) + body
            body += encode_attribute(Attribute.MESSAGE_INTEGRITY, hmac.digest(key, covered, "sha1"))
        if fingerprint:
            covered = self._header(len(body) + 8) + body
            body += encode_attribute(Attribute.FINGERPRINT, _fingerprint(covered))
        return self._header(len(body)) + body

    def _header(self, length: int) -> bytes:
        number = message_type(self.method, self.message_class)
        return struct.pack("!HHI", number, length, COOKIE) + self.transaction_id

    @classmethod
    def decode(cls, data: bytes) -> "Message":
        """Read exactly one message; StunError if the bytes are anything else."""
        if len(data) < HEADER_LENGTH:
            raise StunError(f"{len(data)} bytes are no STUN header")
        number, length, cookie = struct.unpack_from("!HHI", data)
        if number & 0xC000 or cookie != COOKIE:
            raise StunError(f"no STUN message: starts with {data[:8].hex()}")
        if HEADER_LENGTH + length != len(data):
            raise StunError(f"header says {HEADER_LENGTH + length} bytes, there are {len(data)}")
        attributes = [(number, data[start:end]) for number, start, end in attribute_spans(data)]
        return cls(*split_type(number), data[8:HEADER_LENGTH], attributes)


def encode_attribute(number: int, value: bytes) -> bytes:
    """Type, length, value, and padding to four bytes that the length does not count (RFC 8489 14)."""
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def attribute_spans(data: bytes):
    """Number, start and end of the value of each attribute in a message."""
    offset = HEADER_LENGTH
    while offset < len(data):
        if offset + 4 > len(data):
            raise StunError(f"attribute header cut at {offset}")
        number, length = struct.unpack_from("!HH", data, offset)
        start, end = offset + 4, offset + 4 + length
        offset = end + -length % 4
        if offset > len(data):
            raise StunError(f"attribute {number:#06x} reaches past the end")
        yield number, start, end


# Keys and checks


def long_term_key(username: str, realm: str, password: str) -> bytes:
    """Key of TURN requests and their answers (RFC 8489 9.2.2, MD5)."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode()).digest()


def short_term_key(password: str) -> bytes:
    """Key of ICE checks: the password of the agent that receives the request (RFC 8489 9.1.1)."""
    return password.encode()


def integrity_is_valid(data: bytes, key: bytes) -> bool:
    """True if the message has a MESSAGE-INTEGRITY and this key made it."""
    for number, start, end in attribute_spans(data):
        if number == Attribute.MESSAGE_INTEGRITY:
            covered = data[:2] + struct.pack("!H", end - HEADER_LENGTH) + data[4 : start - 4]
            return hmac.compare_digest(hmac.digest(key, covered, "sha1"), data[start:end])
    return False


def fingerprint_is_valid(data: bytes) -> bool:
    """True if the last attribute is a correct FINGERPRINT."""
    *_, last = [(0, 0, 0), *attribute_spans(data)]
    number, start, end = last
    return number == Attribute.FINGERPRINT and data[start:end] == _fingerprint(data[: start - 4])


def _fingerprint(covered: bytes) -> bytes:
    return struct.pack("!I", zlib.crc32(covered) ^ FINGERPRINT_XOR)


# Attribute values


def unsigned32(value: int) -> bytes:
    return struct.pack("!I", value)


def address(host: str, port: int) -> bytes:
    """A MAPPED-ADDRESS value (RFC 8489 14.1)."""
    ip = ipaddress.ip_address(host)
    return struct.pack("!BBH", 0, 1 if ip.version == 4 else 2, port) + ip.packed


def read_address(value: bytes) -> tuple[str, int]:
    zero, family, port = struct.unpack_from("!BBH", value)
    if (zero, family, len(value)) not in ((0, 1, 8), (0, 2, 20)):
        raise StunError(f"no address: {value.hex()}")
    return str(ipaddress.ip_address(value[4:])), port


def xor_address(host: str, port: int, transaction: bytes) -> bytes:
    """An XOR-MAPPED-, XOR-PEER- or XOR-RELAYED-ADDRESS value (RFC 8489 14.2)."""
    return _xor(address(host, port), transaction)


def read_xor_address(value: bytes, transaction: bytes) -> tuple[str, int]:
    return read_address(_xor(value, transaction))


def _xor(value: bytes, transaction: bytes) -> bytes:
    cookie = struct.pack("!I", COOKIE)
    mask = bytes(2) + cookie[:2] + cookie + transaction
    return bytes(a ^ b for a, b in zip(value, mask))


def error_code(code: int, reason: str) -> bytes:
    """An ERROR-CODE value: hundreds and rest in a byte each (RFC 8489 14.8)."""
    return struct.pack("!HBB", 0, code // 100, code % 100) + reason.encode()


def read_error_code(value: bytes) -> int:
    return (value[2] & 7) * 100 + value[3]


# Framing on TCP


def message_length(header: bytes) -> int:
    """Length of the whole message from its first four bytes."""
    return HEADER_LENGTH + struct.unpack_from("!H", header, 2)[0]


def frame(packet: bytes) -> bytes:
    """A packet in its RFC 4571 frame, as on every ICE-TCP connection (RFC 6544 3)."""
    return struct.pack("!H", len(packet)) + packet


def channel_data(channel: int, data: bytes) -> bytes:
    """ChannelData on TCP: padded to four bytes that the length does not count (RFC 8656 12.5)."""
    return struct.pack("!HH", channel, len(data)) + data + bytes(-len(data) % 4)
