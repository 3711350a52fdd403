"""MS-TURN messages by their own names, in pseudo-TLS and frames; and the builders that other tests of this dialect use.

Names, numbers and layouts are those of [MS-TURN] 2.1 and 2.2.
"""

import struct

import msturn_messages as ms
import pytest
import stun
from msturn_messages import Attribute, Type, noise, start, transaction_id
from stun import address, error_code, unsigned32
from tcpcap import ETHERTYPE, checksum

# ---- builders ----

SERVER, CLIENT = ("192.0.2.1", 443), ("10.9.0.1", 50016)
RELAYED, PEER, MAPPED = ("198.51.100.1", 50000), ("198.51.100.7", 53577), ("203.0.113.9", 1025)
USERNAME, REALM, NONCE = b"\2\0\0\x24" + noise("token", 52), b'"rtcmedia"', noise("nonce", 20)  # microsoft.md 4.6, 4.2
KEY = ms.long_term_key(USERNAME, REALM, b"password")
CONNECTION_ID, SESSION = noise("connection id", 20), noise("session", 8)
HELLO = ms.client_hello(0x5A5A1234, noise("client random", 28))
HELLO_ANSWER = ms.server_hello(0x5A5A5678, noise("server random", 28), noise("session id", 32))


def message(kind: int, label: str, *attributes: tuple[int, bytes], key: bytes | None = None, digest: str = "sha1") -> bytes:
    """With the Magic Cookie first, and Message Integrity last if there is a key."""
    built = start(kind, transaction_id(label))
    for number, value in attributes:
        built.add(number, value)
    return built.encode(key, digest)


def version(number: int) -> tuple[int, bytes]:
    return Attribute.MS_VERSION, unsigned32(number)


def first_allocate(label: str = "first", number: int = 2) -> bytes:
    return message(Type.ALLOCATE_REQUEST, label, version(number))


def unauthorized(label: str = "first") -> bytes:
    """The first answer, with an error text of odd length; it hands out the id of multiplexed TURN (microsoft.md 4.2)."""
    return message(Type.ALLOCATE_ERROR, label, version(2),
                   (Attribute.ERROR_CODE, error_code(401, "The request did not contain a Message-Integrity attribute")),
                   (Attribute.ALTERNATE_SERVER, address(*SERVER)), (Attribute.NONCE, NONCE), (Attribute.REALM, REALM),
                   (Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION))


def allocate(label: str = "second", lifetime: int | None = None) -> bytes:
    attributes = [] if lifetime is None else [(Attribute.LIFETIME, unsigned32(lifetime))]
    return message(Type.ALLOCATE_REQUEST, label, version(2), *attributes, (Attribute.NONCE, NONCE), (Attribute.REALM, REALM),
                   (Attribute.USERNAME, USERNAME), key=KEY)


def allocated(label: str = "second", lifetime: int = 60, *attributes: tuple[int, bytes], mapped: tuple[str, int] = MAPPED) -> bytes:
    seen = ms.xor_address(*mapped, transaction_id(label))
    return message(Type.ALLOCATE_RESPONSE, label, (Attribute.LIFETIME, unsigned32(lifetime)),
                   (Attribute.MAPPED_ADDRESS, address(*RELAYED)), version(2), (Attribute.XOR_MAPPED_ADDRESS, seen),
                   (Attribute.MS_SEQUENCE_NUMBER, ms.sequence_number(CONNECTION_ID, 0)), *attributes, key=KEY)


def send_request(data: bytes, label: str = "send") -> bytes:
    return message(Type.SEND_REQUEST, label, version(2), (Attribute.USERNAME, USERNAME),
                   (Attribute.DESTINATION_ADDRESS, address(*PEER)), (Attribute.DATA, data), key=KEY)


def data_indication(data: bytes, label: str = "indication") -> bytes:
    return message(Type.DATA_INDICATION, label, (Attribute.REMOTE_ADDRESS, address(*PEER)), (Attribute.DATA, data))


def set_active(label: str = "active") -> bytes:
    return message(Type.SET_ACTIVE_DESTINATION_REQUEST, label, version(2), (Attribute.USERNAME, USERNAME),
                   (Attribute.DESTINATION_ADDRESS, address(*PEER)), key=KEY)


def active(label: str = "active") -> bytes:
    return message(Type.SET_ACTIVE_DESTINATION_RESPONSE, label, key=KEY)


def control(data: bytes) -> bytes:
    return ms.frame(ms.CONTROL, data)


def end_to_end(data: bytes) -> bytes:
    return ms.frame(ms.END_TO_END, data)


def framed_connection(capture, port: int = 443, pseudo_tls: bool = True):
    """A connection on which pseudo-TLS, if wanted, and a first exchange have taken place."""
    connection = capture.connection(server=("192.0.2.1", port))
    if pseudo_tls:
        connection.client(HELLO)
        connection.server(HELLO_ANSWER)
    connection.client(control(first_allocate("opening")))
    connection.server(control(unauthorized("opening")))
    return connection


def relayed_connection(capture, port: int = 443, pseudo_tls: bool = True):
    """The same with an allocation, and an active destination for what is in frames of type 03 ([MS-TURN] 2.1.4)."""
    connection = framed_connection(capture, port, pseudo_tls)
    connection.client(control(allocate("allocation")))
    connection.server(control(allocated("allocation", mapped=connection.ends[True])))
    connection.client(control(set_active("destination")))
    connection.server(control(active("destination")))
    return connection


def datagram(capture, source: tuple[str, int], destination: tuple[str, int], data: bytes, snaplen: int | None = None) -> int:
    """A UDP datagram on IPv4; returns its frame number."""
    ends = [bytes(map(int, end[0].split("."))) for end in (source, destination)]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(data), 0, 0x4000, 64, 17, 0) + ends[0] + ends[1]
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(data), 0)  # no checksum
    macs = b"".join(bytes([0, 0, 0x5E, 0, 0x53, end[-1]]) for end in reversed(ends))
    return capture.add(macs + struct.pack("!H", ETHERTYPE[4]) + header + udp + data, snaplen)


# ---- tests ----

# [MS-TURN] 2.2.1 and, for Binding, [MS-ICE2]: type, name, class (RFC 8489 section 5 numbers).
REQUEST, INDICATION, SUCCESS, ERROR = 0, 1, 2, 3
TYPES = [
    (0x0003, "Allocate request", REQUEST), (0x0103, "Allocate response", SUCCESS), (0x0113, "Allocate error response", ERROR),
    (0x0004, "Send request", REQUEST), (0x0115, "Data indication", INDICATION),
    (0x0006, "Set Active Destination request", REQUEST), (0x0106, "Set Active Destination response", SUCCESS),
    (0x0116, "Set Active Destination error response", ERROR), (0x0104, "Send response", SUCCESS),
    (0x0114, "Send error response", ERROR), (0x0002, "Shared Secret request", REQUEST),
    (0x0102, "Shared Secret response", SUCCESS), (0x0112, "Shared Secret error response", ERROR),
]
# By the type without the bits of the class: the method of RFC 8489 18.2 that is the same, or one of its own above 0xfff.
METHODS = {0x0002: "0x0002", 0x0003: "0x0003", 0x0004: "0x0006", 0x0005: "0x0007", 0x0006: "0x1006"}
RFC_NAMES = ("refresh", "success response")  # of the same numbers in RFC 8656 and RFC 8489


@pytest.mark.parametrize("port", [443, 3478, 8443])
@pytest.mark.parametrize("pseudo_tls", [True, False], ids=["pseudo-tls", "no-pseudo-tls"])
def test_types_have_the_names_of_ms_turn_2_2_1(tshark, write, passes, capture, port, pseudo_tls):
    connection = framed_connection(capture, port, pseudo_tls)
    frames = {connection.client(control(message(number, f"type {number}", version(2)))): (number, name, kind)
              for number, name, kind in TYPES}
    path = write(capture)
    info = tshark.column(path, "_ws.col.Info", *passes)
    packets = tshark.trees(path, *passes)
    for frame, (number, name, kind) in frames.items():
        shown, = packets[frame].messages
        assert shown.get("msturn.type") == f"0x{number:04x}"
        assert shown.get("msturn.class") == str(kind)
        assert shown.get("msturn.method") == METHODS[number & ~0x0110], name
        assert name.lower() in shown.label.lower()
        assert info[frame][0].lower().startswith(name.lower()), info[frame]
        assert not any(wrong in info[frame][0].lower() for wrong in RFC_NAMES)


def test_transaction_id_has_16_bytes_of_ms_turn_2_2_1(tshark, write, passes, capture):
    """Also where its beginning is the Magic Cookie of RFC 8489, as Teams has it (microsoft.md 3.1)."""
    connection = framed_connection(capture)
    teams = unsigned32(stun.COOKIE) + noise("teams", 12)
    ids = [transaction_id("old"), teams]
    frames = [connection.client(control(start(Type.ALLOCATE_REQUEST, identity).encode())) for identity in ids]
    packets = tshark.trees(write(capture), *passes)
    for frame, identity in zip(frames, ids):
        shown, = packets[frame].messages
        assert shown.get("msturn.transaction_id") == identity.hex()
        assert shown.get("msturn.dialect") == "1"
        assert shown.get("msturn.cookie") is None, "it is part of the transaction id"


def test_requests_and_responses_are_linked(tshark, write, passes, capture):
    connection = framed_connection(capture)
    exchanges = [(allocate("a"), allocated("a")), (first_allocate("b"), unauthorized("b")), (set_active("c"), active("c"))]
    frames = [(connection.client(control(asked)), connection.server(control(answered))) for asked, answered in exchanges]
    packets = tshark.trees(write(capture), *passes)
    for asked, answered in frames:
        assert packets[answered].all("msturn.response_to") == [str(asked)]
        assert packets[answered].all("msturn.time") == ["0.010000000"]
        if passes:
            assert packets[asked].all("msturn.response_in") == [str(answered)]


def test_send_requests_and_data_indications_have_no_answer(tshark, write, passes, capture):
    """[MS-TURN] 2.2.1: none, ever. So they are not marked as repeated either."""
    connection = framed_connection(capture)
    frames = [connection.client(control(send_request(b"data", "s"))), connection.server(control(data_indication(b"data", "d")))]
    packets = tshark.trees(write(capture), *passes)
    for frame in frames:
        for name in ("msturn.response_to", "msturn.response_in", "msturn.duplicate_of", "msturn.crc_duplicate_of"):
            assert packets[frame].all(name) == []


def test_whole_session_has_no_finding(tshark, write, passes, capture):
    """Pseudo-TLS, 401, allocation, data, active destination, release: each message decoded, nothing to complain about."""
    connection = capture.connection(client=MAPPED, server=SERVER)
    asked = [HELLO, control(first_allocate()), control(allocate()), control(send_request(b"to the peer")),
             control(set_active()), end_to_end(b"\x80\x60" + bytes(30)), control(allocate("release", lifetime=0))]
    answers = [HELLO_ANSWER, control(unauthorized()), control(allocated()), control(data_indication(b"from the peer")),
               control(active()), end_to_end(b"\x80\x60" + bytes(30)), control(allocated("release", lifetime=0))]
    for one, other in zip(asked, answers):
        connection.client(one)
        connection.server(other)
    connection.close()
    packets = tshark.trees(write(capture), *passes)
    types = [value for packet in packets.values() for value in packet.all("msturn.type")]
    assert types == ["0x0003", "0x0113", "0x0003", "0x0103", "0x0004", "0x0115", "0x0006", "0x0106", "0x0003", "0x0103"]
    assert {number: packet.findings for number, packet in packets.items() if packet.findings} == {}
    assert [number for number, packet in packets.items() if "_ws.malformed" in packet.names] == []
