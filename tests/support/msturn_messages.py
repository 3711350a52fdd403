"""MS-TURN messages and framing for tests: build and read. Standard library only.

Rules: [MS-TURN] (messages 2.2, TCP framing 2.1.4, pseudo-TLS 2.1.1, multiplexed TURN 2.2.3), [MS-TURNBWM] 2.2 and
[MS-ICE2] 2.2.2. What these documents leave open follows libnice: the HMAC's padding and key, the bytes of pseudo-TLS.
Everything on the wire is big-endian. Ordinary STUN messages are built by stun.py.

    request = start(Type.ALLOCATE_REQUEST, transaction_id("first")).add(Attribute.MS_VERSION, unsigned32(1))
    data = frame(CONTROL, request.encode(key=long_term_key(b"user", b"realm", b"password")))
    ((kind, message),) = read_frames(data)
    assert Message.decode(message).get(Attribute.MS_VERSION) == unsigned32(1)
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass, field
from enum import IntEnum

from stun import FINGERPRINT_XOR, HEADER_LENGTH, StunError, address, read_address, unsigned32

MAGIC_COOKIE = 0x72C64BC6  # value of the attribute, [MS-TURN] 2.2.2.8
TRANSACTION_ID_LENGTH = 16
HMAC_BLOCK = 64

CONTROL, END_TO_END = 2, 3  # types of frames on TCP, [MS-TURN] 2.1.4
MULTIPLEXED = 0xFF10  # Channel_ID, [MS-TURN] 2.2.3

CLIENT_HELLO_LENGTH, SERVER_HELLO_LENGTH = 50, 83


class Type(IntEnum):
    """Message types of [MS-TURN] 2.2.1; a split into method and class does not apply to them."""

    ALLOCATE_REQUEST = 0x0003
    ALLOCATE_RESPONSE = 0x0103
    ALLOCATE_ERROR = 0x0113
    SEND_REQUEST = 0x0004
    DATA_INDICATION = 0x0115
    SET_ACTIVE_DESTINATION_REQUEST = 0x0006
    SET_ACTIVE_DESTINATION_RESPONSE = 0x0106
    SET_ACTIVE_DESTINATION_ERROR = 0x0116
    BINDING_REQUEST = 0x0001
    BINDING_RESPONSE = 0x0101
    BINDING_ERROR = 0x0111


class Attribute(IntEnum):
    """[MS-TURN] 2.2.2, [MS-TURNBWM] 2.2 and [MS-ICE2] 2.2.2."""

    MAPPED_ADDRESS = 0x0001
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    LIFETIME = 0x000D
    ALTERNATE_SERVER = 0x000E
    MAGIC_COOKIE = 0x000F
    BANDWIDTH = 0x0010
    DESTINATION_ADDRESS = 0x0011
    REMOTE_ADDRESS = 0x0012
    DATA = 0x0013
    NONCE = 0x0014  # REALM in RFC 8489
    REALM = 0x0015  # NONCE in RFC 8489
    REQUESTED_ADDRESS_FAMILY = 0x0017
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    UNDOCUMENTED_8006 = 0x8006
    MS_VERSION = 0x8008
    XOR_MAPPED_ADDRESS = 0x8020
    SOFTWARE = 0x8022
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A
    MS_ALTERNATE_HOST_NAME = 0x8032
    UNDOCUMENTED_8033 = 0x8033
    UNDOCUMENTED_8036 = 0x8036
    MS_APP_ID = 0x8037
    MS_SECURE_TAG = 0x8039
    MS_SEQUENCE_NUMBER = 0x8050
    CANDIDATE_IDENTIFIER = 0x8054
    MS_SERVICE_QUALITY = 0x8055
    BANDWIDTH_ADMISSION_CONTROL_MESSAGE = 0x8056
    BANDWIDTH_RESERVATION_IDENTIFIER = 0x8057
    BANDWIDTH_RESERVATION_AMOUNT = 0x8058
    REMOTE_SITE_ADDRESS = 0x8059
    REMOTE_RELAY_SITE_ADDRESS = 0x805A
    LOCAL_SITE_ADDRESS = 0x805B
    LOCAL_RELAY_SITE_ADDRESS = 0x805C
    REMOTE_SITE_ADDRESS_RESPONSE = 0x805D
    REMOTE_RELAY_SITE_ADDRESS_RESPONSE = 0x805E
    LOCAL_SITE_ADDRESS_RESPONSE = 0x805F
    LOCAL_RELAY_SITE_ADDRESS_RESPONSE = 0x8060
    SIP_DIALOG_IDENTIFIER = 0x8061
    SIP_CALL_IDENTIFIER = 0x8062
    LOCATION_PROFILE = 0x8068
    IMPLEMENTATION_VERSION = 0x8070
    MS_ALTERNATE_MAPPED_ADDRESS = 0x8090
    MS_MULTIPLEXED_TURN_SESSION_ID = 0x8095


def transaction_id(label: str) -> bytes:
    """The same 16 bytes for the same label: random to the eye, equal in every run."""
    return noise(f"transaction {label}", TRANSACTION_ID_LENGTH)


def noise(label: str, length: int) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(label.encode()).digest(length)


@dataclass
class Message:
    """One message without padding; attributes keep their order and may repeat.

    Also fits the checks of draft-ietf-behave-rfc3489bis-02, which have no padding either.
    """

    kind: int
    transaction_id: bytes
    attributes: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, number: int, value: bytes = b"") -> "Message":
        """Append an attribute; returns the message, so that calls chain."""
        self.attributes.append((number, value))
        return self

    def get(self, number: int) -> bytes | None:
        """Value of the first attribute of this number."""
        return next((value for n, value in self.attributes if n == number), None)

    def encode(self, key: bytes | None = None, digest: str = "sha1") -> bytes:
        """The bytes of the message, followed by Message Integrity if there is a key."""
        body = b"".join(encode_attribute(number, value) for number, value in self.attributes)
        if key is not None:
            size = hashlib.new(digest).digest_size
            covered = self._header(len(body) + 4 + size) + body
            body += encode_attribute(Attribute.MESSAGE_INTEGRITY, padded_hmac(key, covered, digest))
        return self._header(len(body)) + body

    def _header(self, length: int) -> bytes:
        return struct.pack("!HH", self.kind, length) + self.transaction_id

    @classmethod
    def decode(cls, data: bytes) -> "Message":
        """Read exactly one message; StunError if the bytes are anything else."""
        if len(data) < HEADER_LENGTH:
            raise StunError(f"{len(data)} bytes are no header")
        kind, length = struct.unpack_from("!HH", data)
        if kind & 0xC000 or HEADER_LENGTH + length != len(data):
            raise StunError(f"no message of {len(data)} bytes: starts with {data[:8].hex()}")
        attributes = [(number, data[start:end]) for number, start, end in attribute_spans(data)]
        return cls(kind, data[4:HEADER_LENGTH], attributes)


def start(kind: int, transaction: bytes) -> Message:
    """An MS-TURN message: Magic Cookie comes first ([MS-TURN] 2.2.2)."""
    return Message(kind, transaction).add(Attribute.MAGIC_COOKIE, unsigned32(MAGIC_COOKIE))


def has_cookie(data: bytes) -> bool:
    """True for a message whose first attribute is Magic Cookie."""
    return data[HEADER_LENGTH : HEADER_LENGTH + 8] == struct.pack("!HHI", Attribute.MAGIC_COOKIE, 4, MAGIC_COOKIE)


def encode_attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value


def attribute_spans(data: bytes, alignment: int = 1):
    """Number, start and end of the value of each attribute; checks in the format of RFC 5389 have alignment 4."""
    offset = HEADER_LENGTH
    while offset < len(data):
        if offset + 4 > len(data):
            raise StunError(f"attribute header cut at {offset}")
        number, length = struct.unpack_from("!HH", data, offset)
        first, end = offset + 4, offset + 4 + length
        offset = end + -length % alignment
        if offset > len(data):
            raise StunError(f"attribute {number:#06x} reaches past the end")
        yield number, first, end


# Integrity and fingerprint


def long_term_key(username: bytes, realm: bytes, password: bytes) -> bytes:
    """Key of MS-TURN requests and answers: quotation marks around the three are not part of it."""
    return hashlib.md5(b":".join(part.strip(b'"') for part in (username, realm, password))).digest()


def padded_hmac(key: bytes, covered: bytes, digest: str = "sha1") -> bytes:
    """The HMAC over the text filled up with NULs to a multiple of 64 bytes (RFC 3489 11.2.8)."""
    return hmac.digest(key, covered + bytes(-len(covered) % HMAC_BLOCK), digest)


def integrity_is_valid(data: bytes, key: bytes, alignment: int = 1) -> bool:
    """True if the message has a Message Integrity and this key made it.

    The header counts all attributes, also a FINGERPRINT behind the integrity: so do libnice's checks.
    """
    for number, first, end in attribute_spans(data, alignment):
        if number == Attribute.MESSAGE_INTEGRITY:
            digest = {20: "sha1", 32: "sha256"}[end - first]
            return hmac.compare_digest(padded_hmac(key, data[: first - 4], digest), data[first:end])
    return False


def with_fingerprint(data: bytes, faulty: bool = False) -> bytes:
    """The message (in RFC 5389 format) with a FINGERPRINT behind it."""
    (length,) = struct.unpack_from("!H", data, 2)
    covered = data[:2] + struct.pack("!H", length + 8) + data[4:]
    return covered + encode_attribute(Attribute.FINGERPRINT, fingerprint(covered, faulty))


def fingerprint(covered: bytes, faulty: bool = False) -> bytes:
    """The value of FINGERPRINT; faulty: with the table of old peers ([MS-ICE2] 3.1.4.8.2)."""
    table = _FAULTY_CRC_TABLE if faulty else _CRC_TABLE
    crc = 0xFFFFFFFF
    for byte in covered:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return unsigned32(crc ^ 0xFFFFFFFF ^ FINGERPRINT_XOR)


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    return table


_CRC_TABLE = _crc_table()
_FAULTY_CRC_TABLE = [0x08BBE8EA if entry == 0x8BBEB8EA else entry for entry in _CRC_TABLE]


# Attribute values


def xor_address(host: str, port: int, transaction: bytes) -> bytes:
    """XOR Mapped Address and the site addresses: the key is the transaction id ([MS-TURN] 2.2.2.16)."""
    return _xor(address(host, port), transaction)


def read_xor_address(value: bytes, transaction: bytes) -> tuple[str, int]:
    return read_address(_xor(value, transaction))


def _xor(value: bytes, transaction: bytes) -> bytes:
    mask = bytes(2) + transaction[:2] + transaction
    return bytes(a ^ b for a, b in zip(value, mask))


def sequence_number(connection_id: bytes, number: int) -> bytes:
    """[MS-TURN] 2.2.2.21."""
    return connection_id + unsigned32(number)


def site_response(valid: bool, failover: bool, send: int, receive: int) -> bytes:
    """[MS-TURNBWM] 2.2.8 to 2.2.11; only those about a site itself know failover."""
    return struct.pack("!III", valid << 31 | failover << 30, send, receive)


# Framing


def frame(kind: int, payload: bytes) -> bytes:
    """The header in front of everything on TCP, [MS-TURN] 2.1.4."""
    return struct.pack("!BBH", kind, 0, len(payload)) + payload


def read_frames(data: bytes):
    """Type and payload of each frame; StunError if the bytes do not end with a frame."""
    offset = 0
    while offset < len(data):
        kind, reserved, length = struct.unpack_from("!BBH", data.ljust(offset + 4, b"\0"), offset)
        if kind not in (CONTROL, END_TO_END) or reserved:
            raise StunError(f"no frame header: {data[offset : offset + 4].hex()}")
        offset += 4 + length
        if offset > len(data):
            raise StunError(f"{offset - len(data)} bytes of a frame are missing")
        yield kind, data[offset - length : offset]


def multiplexed(session: bytes, packet: bytes) -> bytes:
    """A packet of multiplexed TURN: the length counts the session id, nothing is padded ([MS-TURN] 2.2.3)."""
    return struct.pack("!HH", MULTIPLEXED, len(session) + len(packet)) + session + packet


# Pseudo-TLS, [MS-TURN] 2.1.1


def client_hello(time: int, random: bytes) -> bytes:
    """TLS 1.0, no session, TLS_DH_anon_WITH_RC4_128_MD5 alone, no compression, no extensions."""
    hello = struct.pack("!HI28sBHHBB", 0x0301, time, random, 0, 2, 0x0018, 1, 0)
    return tls_record(tls_handshake(1, hello))


def server_hello(time: int, random: bytes, session: bytes) -> bytes:
    """ServerHello and ServerHelloDone in one record."""
    return tls_record(server_hello_message(time, random, session) + tls_handshake(14, b""))


def server_hello_message(time: int, random: bytes, session: bytes) -> bytes:
    return tls_handshake(2, struct.pack("!HI28sB32sHB", 0x0301, time, random, 32, session, 0x0018, 0))


def tls_handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def tls_record(content: bytes, kind: int = 0x16, version: int = 0x0301) -> bytes:
    return struct.pack("!BHH", kind, version, len(content)) + content


def is_client_hello(data: bytes) -> bool:
    """True for the 50 bytes of the client, with any time and random."""
    return len(data) == CLIENT_HELLO_LENGTH and data == client_hello(*struct.unpack_from("!I28s", data, 11))


def is_server_hello(data: bytes) -> bool:
    """True for the 83 bytes of the server, with any time, random and session."""
    if len(data) != SERVER_HELLO_LENGTH:
        return False
    return data == server_hello(*struct.unpack_from("!I28sx32s", data, 11))
