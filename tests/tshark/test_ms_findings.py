"""Findings about one message of MS-TURN: each with a case that has it and one that does not.

The rules are those of microsoft.md 8.2 (M1, M2, M4 to M15), the severities too.
"""

import struct

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Attribute, Message, Type, noise, start, transaction_id
from stun import Method, address, error_code, unsigned32
from test_ms_dialogue import (KEY, MAPPED, NONCE, PEER, REALM, RELAYED, USERNAME, active, allocate, allocated, control,
                              data_indication, end_to_end, first_allocate, framed_connection, message, send_request, set_active,
                              unauthorized, version)

LABEL = "finding"
COOKIE = unsigned32(ms.MAGIC_COOKIE)
XOR_MAPPED = Attribute.XOR_MAPPED_ADDRESS, ms.xor_address(*MAPPED, transaction_id(LABEL))
MAPPED_ADDRESS = Attribute.MAPPED_ADDRESS, address(*RELAYED)
ERROR, WARNING, NOTE = "8388608", "6291456", "4194304"  # PI_ERROR, PI_WARN, PI_NOTE of epan/proto.h


def request(*attributes: tuple[int, bytes], kind: int = Type.ALLOCATE_REQUEST, key: bytes | None = None, digest: str = "sha1") -> bytes:
    return message(kind, LABEL, *attributes, key=key, digest=digest)


def response(*attributes: tuple[int, bytes]) -> bytes:
    return message(Type.ALLOCATE_RESPONSE, LABEL, *attributes, key=KEY)


def without_cookie(kind: int, *attributes: tuple[int, bytes], identity: bytes = transaction_id(LABEL)) -> bytes:
    return Message(kind, identity, list(attributes)).encode()


def with_attributes(kind: int, encoded: bytes) -> bytes:
    """Attributes as they are, behind the Magic Cookie."""
    good = start(kind, transaction_id(LABEL)).encode()
    return good[:2] + struct.pack("!H", 8 + len(encoded)) + good[4:] + encoded


def padded(*attributes: tuple[int, bytes]) -> bytes:
    return with_attributes(Type.ALLOCATE_REQUEST, b"".join(stun.encode_attribute(*attribute) for attribute in attributes))


def family(number: int, of: int, length: int = 8) -> tuple[int, bytes]:
    return number, bytes([0, of]) + bytes(length - 2)


def standard(method: int, *attributes: tuple[int, bytes]) -> bytes:
    return turn.message(method, stun.Class.REQUEST, LABEL, *attributes, *turn.credentials(), key=turn.KEY)


RFC_PEER = 0x0012, stun.xor_address(*PEER, stun.transaction_id(LABEL))
BINARY, TEXT = noise("nonce", 20), b"0123456789abcdef"

# Finding and severity; a message that has it. M7 is a matter of length.
HAS_IT = {
    "M1 missing": ("cookie_missing", ERROR, without_cookie(Type.SEND_REQUEST, (Attribute.DATA, b"x"))),
    "M1 second": ("cookie_missing", ERROR, without_cookie(Type.ALLOCATE_REQUEST, version(2), (Attribute.MAGIC_COOKIE, COOKIE))),
    "M1 wrong": ("cookie_missing", ERROR, without_cookie(Type.ALLOCATE_REQUEST, (Attribute.MAGIC_COOKIE, unsigned32(0x72C64BC7)))),
    "M1 with header cookie": ("cookie_missing", ERROR, without_cookie(
        Type.SET_ACTIVE_DESTINATION_REQUEST, (Attribute.DESTINATION_ADDRESS, address(*PEER)),
        identity=unsigned32(stun.COOKIE) + noise("t", 12))),
    "M2": ("after_integrity", WARNING, request((Attribute.MESSAGE_INTEGRITY, bytes(20)), version(2))),
    "M2 fingerprint": ("after_integrity", WARNING, request((Attribute.MESSAGE_INTEGRITY, bytes(20)), (Attribute.SOFTWARE, b"x"))),
    "M4": ("integrity_forbidden", WARNING, message(Type.ALLOCATE_ERROR, LABEL, (Attribute.ERROR_CODE, error_code(401, "no")),
                                                   (Attribute.NONCE, NONCE), (Attribute.REALM, REALM), key=KEY)),
    "M5": ("integrity_length", WARNING, request(version(2), key=KEY, digest="sha256")),
    "M6 version": ("attribute_length", WARNING, request((Attribute.MS_VERSION, bytes(3)))),
    "M6 quality": ("attribute_length", WARNING, request((Attribute.MS_SERVICE_QUALITY, bytes(8)))),
    "M6 sequence": ("attribute_length", WARNING, request((Attribute.MS_SEQUENCE_NUMBER, bytes(20)))),
    "M6 amount": ("attribute_length", WARNING, request((Attribute.BANDWIDTH_RESERVATION_AMOUNT, bytes(12)))),
    "M6 integrity": ("attribute_length", WARNING, request((Attribute.MESSAGE_INTEGRITY, bytes(24)))),
    "M6 session": ("attribute_length", WARNING, request((Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, bytes(9)))),
    "M7 realm": ("attribute_length", WARNING, request((Attribute.REALM, b"r" * 129))),
    "M7 nonce": ("attribute_length", WARNING, request((Attribute.NONCE, bytes(129)))),
    "M8": ("realm_nonce_swapped", ERROR, request((Attribute.NONCE, TEXT), (Attribute.REALM, BINARY))),
    "M9": ("padding_wrong", ERROR, padded((Attribute.SOFTWARE, b"2.0.1.211"), version(2))),
    "M10 destination": ("family_unknown", WARNING, request(family(0x0011, 3), kind=Type.SEND_REQUEST)),
    "M10 remote": ("family_unknown", WARNING, request(family(0x0012, 0), kind=Type.DATA_INDICATION)),
    "M10 xor": ("family_unknown", WARNING, request(family(0x8020, 9))),
    "M10 site": ("family_unknown", WARNING, request(family(0x805B, 3))),
    "M10 requested": ("family_unknown", WARNING, request((Attribute.REQUESTED_ADDRESS_FAMILY, bytes([3, 0, 0, 0])))),
    **{f"M11 {number:04x}": ("forbidden_type", WARNING, message(number, LABEL, version(2)))
       for number in (0x0104, 0x0114, 0x0002, 0x0102, 0x0112)},
    "M12 allocate": ("standard_turn", ERROR, turn.allocate(LABEL)),
    "M12 permission": ("standard_turn", ERROR, standard(Method.CREATE_PERMISSION, RFC_PEER)),
    "M12 channel": ("standard_turn", ERROR, standard(Method.CHANNEL_BIND, (0x000C, b"\x40\1\0\0"), RFC_PEER)),
    "M13": ("xor_mapped_missing", WARNING, response(MAPPED_ADDRESS)),
    "M14": ("relayed_missing", ERROR, response(XOR_MAPPED)),
    "M15 0": ("version_unknown", NOTE, request(version(0))),
    "M15 7": ("version_unknown", NOTE, request(version(7))),
}

# Finding, and what could be mistaken for it.
HAS_IT_NOT = {
    "M1": ("cookie_missing", allocate(LABEL)),
    "M1 check": ("cookie_missing", end_to_end(turn.check())),
    "M2": ("after_integrity", request(version(2), key=KEY)),
    "M2 check with fingerprint": ("after_integrity", end_to_end(turn.check())),
    "M4 other error": ("integrity_forbidden", message(Type.ALLOCATE_ERROR, LABEL, (Attribute.ERROR_CODE, error_code(438, "")), key=KEY)),
    "M4 401": ("integrity_forbidden", unauthorized(LABEL)),
    "M5 version 3": ("integrity_length", request(version(3), key=KEY, digest="sha256")),
    "M5 no version": ("integrity_length", request(key=KEY, digest="sha256")),
    "M5 20 bytes": ("integrity_length", request(version(2), key=KEY)),
    "M6 sequence 4": ("attribute_length", request((Attribute.MS_SEQUENCE_NUMBER, bytes(4)))),
    "M6 sequence 24": ("attribute_length", request((Attribute.MS_SEQUENCE_NUMBER, bytes(24)))),
    "M7 128": ("attribute_length", request((Attribute.REALM, b"r" * 128), (Attribute.NONCE, bytes(128)))),
    "M8 text and text": ("realm_nonce_swapped", request((Attribute.NONCE, TEXT), (Attribute.REALM, REALM))),
    "M8 right": ("realm_nonce_swapped", request((Attribute.NONCE, BINARY), (Attribute.REALM, REALM))),
    "M9 length of four": ("padding_wrong", padded((Attribute.SOFTWARE, b"2.0.1.21"), version(2))),
    "M9 unpadded": ("padding_wrong", request((Attribute.SOFTWARE, b"2.0.1.211"), version(2))),
    "M10 IPv4": ("family_unknown", send_request(b"x", LABEL)),
    "M10 IPv6": ("family_unknown", request((Attribute.DESTINATION_ADDRESS, address("2001:db8::1", 1)))),
    "M11 error": ("forbidden_type", message(Type.SET_ACTIVE_DESTINATION_ERROR, LABEL, (Attribute.ERROR_CODE, error_code(439, "")))),
    "M12": ("standard_turn", request((Attribute.USERNAME, USERNAME), key=KEY)),
    "M13": ("xor_mapped_missing", response(MAPPED_ADDRESS, XOR_MAPPED)),
    "M13 error response": ("xor_mapped_missing", unauthorized(LABEL)),
    "M14 IPv6 only": ("relayed_missing", response(XOR_MAPPED, (Attribute.MS_ALTERNATE_MAPPED_ADDRESS, address("2001:db8::1", 1)))),
    "M14 release": ("relayed_missing", response(XOR_MAPPED, (Attribute.LIFETIME, unsigned32(0)))),
    "M14 bandwidth": ("relayed_missing", response(XOR_MAPPED, *((number, ms.site_response(True, False, 1, 1)) for number in (
        Attribute.REMOTE_SITE_ADDRESS_RESPONSE, Attribute.LOCAL_SITE_ADDRESS_RESPONSE)))),
    **{f"M15 {n}": ("version_unknown", request(version(n))) for n in range(1, 7)},
}


def on_a_connection(capture, data: bytes) -> int:
    connection = framed_connection(capture)
    send = connection.server if data[0] & 1 else connection.client
    return send(data if data[0] == ms.END_TO_END and data[1] == 0 and data[4:5] == b"\0" else control(data))


@pytest.fixture(scope="module")
def dissected(tshark, write):
    """All cases in one capture, each on a connection of its own; by the options of the pass."""
    from tcpcap import Capture

    known = {}

    def packets(passes):
        if passes not in known:
            capture = Capture()
            frames = {name: on_a_connection(capture, data) for name, (_, _, data) in HAS_IT.items()}
            frames |= {f"not {name}": on_a_connection(capture, data) for name, (_, data) in HAS_IT_NOT.items()}
            trees = tshark.trees(write(capture), *passes)
            known[passes] = {name: trees[frame] for name, frame in frames.items()}
        return known[passes]

    return packets


@pytest.mark.parametrize("name", HAS_IT)
def test_message_that_has_it(dissected, passes, name):
    finding, severity, data = HAS_IT[name]
    packet = dissected(passes)[name]
    assert finding in packet.findings
    assert packet.findings.count(finding) == 1
    experts = [item for top in packet.protocols for item in top.walk() if item.name == "_ws.expert"
               and any(child.name == f"msturn.finding.{finding}" for child in item.children)]
    assert [item.all("_ws.expert.severity") for item in experts] == [[severity]]
    assert packet.messages[0].get("msturn.type") == f"0x{data[:2].hex()}", "it is shown all the same"
    assert "_ws.malformed" not in packet.names


@pytest.mark.parametrize("name", HAS_IT_NOT)
def test_message_that_has_it_not(dissected, passes, name):
    packet = dissected(passes)[f"not {name}"]
    assert packet.messages, "it is decoded"
    assert HAS_IT_NOT[name][0] not in packet.findings


def test_standard_turn_beside_frames_M12(tshark, write, passes, capture):
    """Without any frame header, as a standard client sends it behind nothing but its own wrong idea of the server."""
    connection = framed_connection(capture)
    frame = connection.client(turn.message(Method.ALLOCATE, stun.Class.REQUEST, LABEL, (stun.Attribute.REQUESTED_TRANSPORT, turn.TCP)))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.type") == ["0x0003"]
    assert packet.findings == ["standard_turn"]


def test_padded_message_is_read_with_the_other_rule_M9(tshark, write, passes, capture):
    connection = framed_connection(capture)
    frame = connection.client(control(HAS_IT["M9"][2]))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.software") == ["2.0.1.211"]
    assert packet.all("msturn.ms_version") == ["2"]
    assert packet.findings == ["padding_wrong"]


def test_unpadded_check_is_read_with_the_other_rule_M9(tshark, write, passes, capture):
    """The other way round: a message with the header cookie, whose attributes are not padded."""
    identity = unsigned32(stun.COOKIE) + stun.transaction_id("unpadded")
    check = Message(Type.BINDING_REQUEST, identity).add(0x0006, b"there:her").add(0x0024, unsigned32(99)).add(0x8037, unsigned32(2))
    frame = framed_connection(capture).client(end_to_end(check.add(0x8022, b"abc").encode()))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.username") == ["there:her"] and packet.all("msturn.priority") == ["99"]
    assert "padding_wrong" in packet.findings


def test_bad_input_names_the_attribute(tshark, write, passes, capture):
    """An attribute past the end, and a stump: what is in front of them is shown."""
    connection = framed_connection(capture)
    frames = [connection.client(control(with_attributes(Type.ALLOCATE_REQUEST, ms.encode_attribute(*version(2)) + tail)))
              for tail in (b"\x80\x37\0\xff\0\0\0\2", b"\x80\x37", b"\x80\x37\0")]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].findings for frame in frames] == [
        ["attribute_length", "attribute_overrun"], ["attribute_truncated"], ["attribute_truncated"]]
    assert [packets[frame].all("msturn.ms_version") for frame in frames] == [["2"]] * 3


def test_every_message_of_a_session_is_free_of_findings(tshark, write, passes, capture):
    connection = framed_connection(capture)
    here = connection.ends[True]
    sent = [first_allocate(), allocate(), send_request(turn.check()), set_active(), allocate("release", lifetime=0)]
    answers = [unauthorized(), allocated(mapped=here), data_indication(turn.answer()), active(), allocated("release", 0, mapped=here)]
    frames = [frame for asked, answer in zip(sent, answers)
              for frame in (connection.client(control(asked)), connection.server(control(answer)))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].findings for frame in frames] == [[]] * len(frames)
