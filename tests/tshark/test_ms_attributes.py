"""Every attribute of [MS-TURN], [MS-TURNBWM] and [MS-ICE2] as typed fields: the values are those put into the bytes.

Layouts: microsoft.md sections 4.2 to 4.7, of which each row names the document's section.
"""

import struct

import msturn_messages as ms
import pytest
import stun
from msturn_messages import Attribute, Message, Type, noise, transaction_id
from stun import address, error_code, unsigned32
from test_ms_dialogue import SESSION, USERNAME, control, framed_connection, message, relayed_connection

IPV4, IPV6 = ("198.51.100.7", 53577), ("2001:db8::7", 3479)
CONNECTION_ID, RESERVATION, TAG = noise("connection", 20), noise("reservation", 16), noise("tag", 40)
NONCE = noise("nonce", 20)

# Attribute, value, fields and what they show; a name in the label behind "|".
CLEAR = [
    # [MS-TURN] 2.2.2.2 to 2.2.2.15: the mandatory space
    (0x0006, USERNAME, {"ms_username": USERNAME.hex()}),
    (0x0009, error_code(401, "x" * 57), {"error_code": "401", "error_code.class": "4", "error_code.number": "1",
                                         "error_code.reason": "x" * 57}),
    (0x0009, error_code(436, "Unknown User"), {"error_code": "436|Unknown User"}),
    (0x0009, error_code(274, ""), {"error_code": "274|Disable Candidate"}),
    (0x0009, error_code(275, ""), {"error_code": "275|Disable Candidate Pair"}),
    (0x000A, struct.pack("!HHH", 0x7FF1, 0x0017, 0x0019), {"unknown_attributes.type": ["0x7ff1", "0x0017", "0x0019"]}),
    (0x000D, unsigned32(60), {"lifetime": "60"}),
    (0x0010, unsigned32(12000), {"bandwidth": "12000"}),
    (0x0013, b"\xf1\xf2\xf3", {"data": "f1f2f3"}),
    (0x0014, NONCE, {"ms_nonce": NONCE.hex()}),
    (0x0015, b'"rtcmedia"', {"realm": '"rtcmedia"'}),
    (0x0017, bytes([1, 0, 0, 0]), {"requested_address_family": "1|IPv4"}),
    (0x0017, bytes([2, 0, 0, 0]), {"requested_address_family": "2|IPv6"}),
    # 2.2.2.17: MS-Version
    *((0x8008, unsigned32(n), {"ms_version": f"{n}|{text}"}) for n, text in (
        (1, "ICE"), (2, "MS-ICE2"), (3, "SHA256"), (4, "IPv6"), (5, "UDP"), (6, "UDP and TCP"))),
    # 2.2.2.18 to 2.2.2.20
    (0x8032, b"edge2.example", {"ms_alternate_host_name": "edge2.example"}),
    (0x8037, unsigned32(2), {"ms_app_id": "2"}),
    (0x8039, TAG, {"ms_secure_tag": TAG.hex()}),
    # 2.2.2.21: 24 bytes, and 4 as Teams sends it
    (0x8050, CONNECTION_ID + unsigned32(7), {"ms_sequence_number": "7", "ms_sequence_number.connection_id": CONNECTION_ID.hex()}),
    (0x8050, unsigned32(9), {"ms_sequence_number": "9", "ms_sequence_number.connection_id": []}),
    # 2.2.2.22
    *((0x8055, struct.pack("!HH", n, 1), {"ms_service_quality.stream_type": f"{n}|{text}",
                                          "ms_service_quality.quality": "1|Reliable"})
      for n, text in ((1, "Audio"), (2, "Video"), (3, "Supplemental"), (4, "Data"))),
    (0x8055, struct.pack("!HH", 2, 0), {"ms_service_quality.quality": "0|Best effort"}),
    (0x8055, struct.pack("!HH", 2, 2), {"ms_service_quality.stream_type": "2", "ms_service_quality.quality": "2"}),
    # 2.2.2.24
    (0x8095, SESSION, {"ms_multiplexed_turn_session_id": SESSION.hex()}),
    (0x8022, b"2.0.1.211", {"software": "2.0.1.211"}),
    (0x8006, unsigned32(1), {"ms_unknown_8006": "00000001"}),
    (0x8036, unsigned32(1), {"ms_unknown_8036": "00000001"}),
    (0x8033, b"", {"ms_unknown_8033": ""}),
    # [MS-TURNBWM] 2.2.1 to 2.2.14
    *((0x8056, struct.pack("!HH", 0, n), {"bandwidth_admission": f"{n}|Reservation {text}"})
      for n, text in enumerate(("Check", "Commit", "Update"))),
    (0x8057, RESERVATION, {"bandwidth_reservation_id": RESERVATION.hex()}),
    (0x8058, struct.pack("!IIII", 64, 512, 32, 256), {
        "bandwidth_reservation_amount.minimum_send": "64", "bandwidth_reservation_amount.maximum_send": "512",
        "bandwidth_reservation_amount.minimum_receive": "32", "bandwidth_reservation_amount.maximum_receive": "256"}),
    *((number, ms.site_response(valid, failover, 300, 200), {
        f"{name}.valid": str(int(valid)), f"{name}.pstn_failover": str(int(failover)),
        f"{name}.maximum_send": "300", f"{name}.maximum_receive": "200"})
      for number, name in ((0x805D, "remote_site_address_response"), (0x805F, "local_site_address_response"))
      for valid, failover in ((True, False), (False, True), (False, False))),
    *((number, ms.site_response(valid, False, 300, 200), {
        f"{name}.valid": str(int(valid)), f"{name}.maximum_send": "300", f"{name}.maximum_receive": "200"})
      for number, name in ((0x805E, "remote_relay_site_address_response"), (0x8060, "local_relay_site_address_response"))
      for valid in (True, False)),
    (0x8061, b"call;from-tag=a;to-tag=b", {"sip_dialog_id": "call;from-tag=a;to-tag=b"}),
    (0x8062, b"3f0c1a77d2b94e58", {"sip_call_id": "3f0c1a77d2b94e58"}),
    (0x8068, bytes([2, 1, 1, 0]), {"location_profile.peer_location": "2|Intranet", "location_profile.self_location": "1|Internet",
                                   "location_profile.federation": "1|Enterprise"}),
    (0x8068, bytes([0, 2, 2, 0]), {"location_profile.peer_location": "0|Unknown", "location_profile.self_location": "2|Intranet",
                                   "location_profile.federation": "2|Public cloud"}),
    (0x8068, bytes([1, 0, 0, 0]), {"location_profile.peer_location": "1|Internet", "location_profile.federation": "0|No"}),
    # [MS-ICE2] 2.2.2
    (0x8054, b"1", {"candidate_identifier": "1"}),
    (0x8054, b"12\0\0", {"candidate_identifier": "12"}),
    (0x8070, unsigned32(3), {"implementation_version": "3"}),
]
ADDRESSES = {0x0001: "ms_mapped_address", 0x000E: "ms_alternate_server", 0x0011: "ms_destination_address",
             0x0012: "ms_remote_address", 0x8090: "ms_alternate_mapped_address"}
XOR_ADDRESSES = {0x8020: "ms_xor_mapped_address", 0x8059: "remote_site_address", 0x805A: "remote_relay_site_address",
                 0x805B: "local_site_address", 0x805C: "local_relay_site_address"}
LABEL = "attributes"


def endpoint(name: str, host: str, port: int) -> dict[str, str]:
    family, part = ("2|IPv6", "ipv6") if ":" in host else ("1|IPv4", "ip")
    text = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {name: text, f"{name}.family": family, f"{name}.port": str(port), f"{name}.{part}": host}


def rows():
    yield from CLEAR
    for number, name in ADDRESSES.items():
        yield number, address(*IPV6), endpoint(name, *IPV6)
        if number != 0x8090:  # [MS-TURN] 2.2.2.23: IPv6 only
            yield number, address(*IPV4), endpoint(name, *IPV4)
    for number, name in XOR_ADDRESSES.items():
        for end in (IPV4, IPV6):
            yield number, ms.xor_address(*end, transaction_id(LABEL)), endpoint(name, *end)


def assert_shows(shown, expected: dict[str, str | list[str]], what: str) -> None:
    for name, wanted in expected.items():
        items = [item for item in shown.walk() if item.name == f"msturn.{name}"]
        values = wanted if isinstance(wanted, list) else [wanted]
        assert len(items) == len(values), f"{what}: {name} is there {len(items)} times"
        for item, value in zip(items, values):
            text, _, label = value.partition("|")
            shows = item.show if item.show.startswith("0x") or not text.startswith("0x") else item.show.lower()
            assert shows == text, f"{what}: {name}"
            assert label in item.label, f"{what}: {item.label}"


def test_every_attribute_has_typed_fields(tshark, write, passes, capture):
    """In an unpadded message, with MS-Version behind it to show that the next one is found."""
    connection = framed_connection(capture)
    frames = {}
    for number, value, expected in rows():
        data = message(Type.DATA_INDICATION, LABEL, (number, value), (Attribute.MS_SEQUENCE_NUMBER, unsigned32(77)))
        frames[connection.server(control(data))] = number, expected
    packets = tshark.trees(write(capture), *passes)
    for frame, (number, expected) in frames.items():
        shown, = packets[frame].messages
        what = f"0x{number:04x} in frame {frame}"
        if number != Attribute.MS_SEQUENCE_NUMBER:
            assert_shows(shown, expected | {"ms_sequence_number": "77"}, what)
        else:
            assert_shows(shown, {name: [value, "77"] if name.endswith("number") else value for name, value in expected.items()}, what)
        assert shown.all("msturn.attr.type") == ["0x000f", f"0x{number:04x}", "0x8050"], what
        assert [name for name in packets[frame].findings if not name.startswith("bandwidth_")] == [], what
        assert shown.all("msturn.attr.padding") == [], what


def test_attribute_numbers_of_ms_turn_have_their_own_names(tshark, write, passes, capture):
    """[MS-TURN] 2.2.2.10 to 2.2.2.14: Nonce 0x0014, Realm 0x0015, clear Remote Address 0x0012, as labels too."""
    names = {0x0001: "Mapped Address", 0x0006: "Username", 0x0008: "Message Integrity", 0x0009: "Error Code",
             0x000A: "Unknown Attributes", 0x000D: "Lifetime", 0x000E: "Alternate Server", 0x000F: "Magic Cookie",
             0x0010: "Bandwidth", 0x0011: "Destination Address", 0x0012: "Remote Address", 0x0013: "Data", 0x0014: "Nonce",
             0x0015: "Realm", 0x0017: "Requested Address Family"}
    connection = framed_connection(capture)
    values = {number: value for number, value, _ in rows()}
    attributes = [(number, values[number]) for number in names if number in values]
    frame = connection.server(control(message(Type.ALLOCATE_ERROR, LABEL, *attributes, key=b"key")))
    packet = tshark.trees(write(capture), *passes)[frame]
    labels = [item.label for item in packet.messages[0].walk() if item.name == "msturn.attr.type"]
    assert len(labels) == len(names)
    for label, number in zip(labels, [0x000F, *(number for number, _ in attributes), 0x0008]):
        assert label.endswith(f"({names[number]})"), label


@pytest.mark.parametrize("digest, size", [("sha1", 20), ("sha256", 32)])
def test_integrity_of_20_and_of_32_bytes_in_0x0008_section_2_2_2_3(tshark, write, passes, capture, digest, size):
    connection = framed_connection(capture)
    data = message(Type.ALLOCATE_REQUEST, LABEL, (Attribute.MS_VERSION, unsigned32(6)), key=b"key", digest=digest)
    frame = connection.client(control(data))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.message_integrity") == [data[-size:].hex()]
    assert packet.findings == []


def test_xor_of_the_whole_transaction_id_section_2_2_2_16(tshark, write, passes, capture):
    """The example of the specification: port 0x1122 under a transaction id that begins 0x4455 is 0x5577 on the wire."""
    identity = bytes.fromhex("44556677") + noise("rest", 12)
    value = bytes.fromhex("0001 5577") + bytes(a ^ b for a, b in zip(bytes([192, 0, 2, 9]), identity))
    connection = framed_connection(capture)
    frame = connection.client(control(ms.start(Type.ALLOCATE_REQUEST, identity).add(0x8020, value).encode()))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.ms_xor_mapped_address") == [f"192.0.2.9:{0x1122}"]
    assert packet.all("msturn.ms_xor_mapped_address.xored_port") == ["0x5577"]
    assert packet.findings == []


def test_rfc_dialect_keeps_its_own_numbers(tshark, write, passes, capture):
    """The same numbers in a message without the Magic Cookie attribute: REALM 0x0014, NONCE 0x0015, XOR-PEER-ADDRESS 0x0012."""
    control_connection = capture.connection()
    identity = stun.transaction_id("rfc")
    data = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST, identity, [
        (0x0012, stun.xor_address(*IPV4, identity)), (0x0014, b"example.org"), (0x0015, b"a nonce"), (0x0006, b"user")])
    frame = control_connection.client(data.encode())
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.realm") == ["example.org"]
    assert packet.all("msturn.nonce") == ["a nonce"]
    assert packet.all("msturn.username") == ["user"]
    assert packet.all("msturn.xor_peer_address") == ["198.51.100.7:53577"]
    assert packet.all("msturn.ms_nonce") == packet.all("msturn.ms_remote_address") == []


def test_unknown_attributes_of_both_spaces_are_shown_as_bytes(tshark, write, passes, capture):
    """[MS-TURN] 2.2.2: below 0x8000 the server answers 420, above it is ignored."""
    connection = framed_connection(capture)
    frame = connection.client(control(message(Type.ALLOCATE_REQUEST, LABEL, (0x7FF1, b"odd"), (0xBEEF, b"12345"))))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.attr.unknown") == ["0x7ff1", "0xbeef"]
    assert packet.all("msturn.attr.value") == [b"odd".hex(), b"12345".hex()]
    assert packet.findings == ["attribute_unknown_required", "attribute_unknown_optional"]


def test_check_in_the_format_of_rfc3489bis_is_decoded(tshark, write, passes, capture):
    """[MS-ICE]: no header cookie, no padding; XOR-MAPPED-ADDRESS under 128 bits of transaction id (microsoft.md 4.3)."""
    identity = transaction_id("old answer")
    check = Message(Type.BINDING_REQUEST, identity).add(0x0006, b"there:her").add(0x0024, unsigned32(99)).add(0x8054, b"1")
    answer = Message(Type.BINDING_RESPONSE, identity).add(0x0020, ms.xor_address(*IPV6, identity)).add(0x8070, unsigned32(1))
    connection = relayed_connection(capture)
    frames = [connection.client(ms.frame(ms.END_TO_END, check.encode(b"password"))),
              connection.server(ms.frame(ms.END_TO_END, answer.encode(b"password")))]
    packets = tshark.trees(write(capture), *passes)
    asked, answered = (packets[frame] for frame in frames)
    assert asked.all("msturn.dialect") == answered.all("msturn.dialect") == ["2"]
    assert asked.all("msturn.transaction_id") == [identity.hex()]
    assert asked.all("msturn.username") == ["there:her"]
    assert asked.all("msturn.priority") == ["99"]
    assert asked.all("msturn.candidate_identifier") == ["1"]
    assert answered.all("msturn.xor_mapped_address") == ["[2001:db8::7]:3479"]
    assert answered.all("msturn.implementation_version") == ["1"]
    assert answered.all("msturn.response_to") == [str(frames[0])]
    assert asked.findings == answered.findings == []
