"""Every attribute, method, class and error code: its fields and their values, from a message made for it.

Values follow the specifications (RFC numbers in tests/data); the lists of numbers and names are the registry's.
"""

import collections
import csv
import re
import struct
from pathlib import Path

import calls
import pytest
import stun
import turn
from stun import Attribute, Class, Message, Method
from tcpcap import Capture

DATA = Path(__file__).resolve().parents[1] / "data"
LABEL = "attribute"
IDENTITY = stun.transaction_id(LABEL)
V4, V6 = ("198.51.100.7", 53577), ("2001:db8::7", 443)


def registry(name: str) -> list[dict[str, str]]:
    with (DATA / f"stun-{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def endpoint(end) -> tuple[str, dict[str, list[str]]]:
    host, port = end
    family, ip, text = ("2", "ipv6", f"[{host}]:{port}") if ":" in host else ("1", "ip", f"{host}:{port}")
    return text, {".family": [family], f".{ip}": [host], ".port": [str(port)]}


def address(*ends) -> list:
    return [(stun.address(*end), *endpoint(end)) for end in ends]


def xor_address(*ends) -> list:
    """XOR-ed with cookie and transaction id (RFC 8489 14.2); the bytes of the wire are shown, too."""
    cases = []
    for end in ends:
        value = stun.xor_address(*end, IDENTITY)
        text, parts = endpoint(end)
        xored = ".xored_ipv6" if ":" in end[0] else ".xored_ip"
        parts |= {".xored_port": [f"0x{value[2:4].hex()}"], xored: [value[4:].hex()]}
        cases.append((value, text, parts))
    return cases


def text(*values: str) -> list:
    return [(value.encode(), value, {}) for value in values]


def opaque(*values: bytes) -> list:
    return [(value, value.hex(), {}) for value in values]


def number(width: int, *values: int) -> list:
    """Decimal; narrow ones are followed by zeros up to four bytes."""
    return [(value.to_bytes(width, "big") + bytes(4 - width), str(value), {}) for value in values]


def parts(value: bytes, own: str = "", /, **fields) -> tuple:
    """An attribute with several fields; a list of values where one field repeats."""
    return value, own, {f".{name}": v if isinstance(v, list) else [v] for name, v in fields.items()}


ANY = opaque(bytes(range(5)))

# Type: a list of values, each with the attribute's own field and those below it.
ATTRIBUTES = {
    0x0001: address(V4, V6),
    0x0002: address(V4),
    0x0003: [parts(b"\0\0\0\6", "0x00000006", ip="1", port="1"), parts(b"\0\0\0\2", "0x00000002", ip="0", port="1")],
    0x0004: address(V4),
    0x0005: address(V4),
    0x0006: text("turn", "peer:own", "größe"),
    0x0007: opaque(b"secret00"),
    0x0008: opaque(bytes(range(20))),
    0x0009: [parts(stun.error_code(401, "Unauthorized"), "401", **{"class": "4", "number": "1", "reason": "Unauthorized"}),
             parts(stun.error_code(300, ""), "300", **{"class": "3", "number": "0"})],
    0x000A: [parts(struct.pack("!HHH", 0x8029, 0x0024, 0x7777), type=["0x8029", "0x0024", "0x7777"])],
    0x000B: address(V4),
    0x000C: [parts(struct.pack("!HH", 0x4001, 0), "0x4001")],
    0x000D: number(4, 600, 0, 0xFFFFFFFF),
    0x0010: number(4, 1500),
    0x0012: xor_address(V4, V6),
    0x0013: opaque(turn.noise(9)),
    0x0014: text("TANDBERG"),
    0x0015: text("obMatJos2AAACnonce"),
    0x0016: xor_address(V4, V6),
    0x0017: number(1, 1, 2),
    0x0018: [parts(b"\x80", "0x80", reserve_next="1"), parts(b"\0", "0x00", reserve_next="0")],
    0x0019: number(1, 6, 17),
    0x001A: opaque(b""),
    0x001B: [parts(struct.pack("!H", 3) + b"abc" + b"block", nonce_length="3", nonce=b"abc".hex(),
                   encrypted_block=b"block".hex())],
    0x001C: opaque(bytes(range(32)), bytes(range(16))),
    0x001D: [parts(struct.pack("!HH", 2, 0), algorithm="2", parameter_length="0"),
             parts(struct.pack("!HH", 9, 2) + b"ab\0\0", algorithm="9", parameter_length="2", parameters=b"ab".hex())],
    0x001E: opaque(bytes(range(32))),
    0x0020: xor_address(V4, V6),
    0x0022: opaque(bytes(range(8))),
    # RFC 8445 5.1.2.1: the recommended preferences of peer-reflexive, host and relayed candidates; components 1, 1 and 2.
    0x0024: [parts(stun.unsigned32(value), str(value), type=kind, local=local, component=component) for value, kind, local, component in (
        (1862270975, "110", "65535", "1"), (2130706431, "126", "65535", "1"), (65534, "0", "255", "2"))],
    0x0025: opaque(b""),
    0x0026: opaque(turn.noise(13)),
    0x0027: [parts(struct.pack("!HH", 4321, 0), "4321"), parts(struct.pack("!H", 4321), "4321")],
    0x002A: [parts(bytes.fromhex("0b651e00"), "0x0b651e00")],
    0x8000: number(1, 2),
    0x8001: [parts(struct.pack("!BBBB", 2, 0, 4, 40) + b"no IPv6", "440",
                   **{"family": "2", "class": "4", "number": "40", "reason": "no IPv6"})],
    0x8002: [parts(struct.pack("!HHHH", 1, 0, 2, 0), algorithm=["1", "2"], parameter_length=["0", "0"]),
             parts(struct.pack("!HH", 1, 1) + b"x\0\0\0" + struct.pack("!HH", 2, 0), algorithm=["1", "2"],
                   parameter_length=["1", "0"], parameters=b"x".hex())],
    0x8003: text("turn.example"),
    0x8004: [parts(struct.pack("!HBBI", 0, 3, 4, 1280), type="3", code="4", data="0x00000500")],
    0x8022: text("Coturn-4.6.1 'Gorst'"),
    0x8023: address(V4, V6),
    0x8025: [parts(bytes([0, 0, 3, 2]), requests="3", responses="2")],
    0x8027: number(4, 86400),
    0x8028: [parts(bytes.fromhex("deadbeef"), "0xdeadbeef")],
    0x8029: opaque(bytes(range(8))),
    0x802A: opaque(bytes(range(8))),
    0x802B: address(V4, V6),
    0x802C: address(V4, V6),
    0x802D: [parts(b"\0\0\0\5", "0x00000005", ecf="2", valid="1")],
    0x802E: text("server.example"),
    0x8030: opaque(b"ticket"),
    0x8054: [(b"3\0\0\0", "3", {})],
    0x8070: number(4, 2),
    0xC000: ANY, 0xC001: ANY, 0xC002: ANY, 0xC003: ANY, 0xC056: ANY,
    0xC057: [parts(struct.pack("!HH", 3, 10), id="3", cost="10")],
    0xC058: opaque(bytes(range(12))),
    0xC059: [parts(struct.pack("!HHH", 1, 2, 3), value=["1", "2", "3"])],
    0xC05A: ANY, 0xC05B: ANY, 0xC05C: ANY, 0xC05D: ANY, 0xC05E: ANY,
    0xC060: opaque(bytes(range(4))),
    0xC070: ANY,
    0xC071: [parts(struct.pack("!II", 1, 0x1234), number=["0x00000001", "0x00001234"])],
}
# Names that are not the registered one in lower case; Microsoft's have no registered one.
FILTER_NAMES = {0x802D: "ecn_check"}
MICROSOFT = {0x8054: "CANDIDATE-IDENTIFIER", 0x8070: "IMPLEMENTATION-VERSION"}
NAMES = {int(row["type"], 16): row["name"] for row in registry("attributes")} | MICROSOFT
CASES = [(number, index) for number, values in ATTRIBUTES.items() for index in range(len(values))]


def filter_name(number: int) -> str:
    return "msturn." + FILTER_NAMES.get(number, NAMES[number].lower().replace("-", "_"))


def on_its_own_connection(capture: Capture, message: bytes) -> int:
    """Behind a keep-alive; returns the frame. The messages here have one transaction id, which is unique on a connection."""
    control = capture.connection()
    control.client(turn.keep_alive())
    return control.client(message)


@pytest.fixture(scope="module")
def dissected(tshark, write):
    """One message for each value of each attribute; by attribute and place, for each pass."""
    capture, frames = Capture(), {}
    for number, index in CASES:
        message = Message(Method.BINDING, Class.INDICATION, IDENTITY, [(number, ATTRIBUTES[number][index][0])])
        frames[number, index] = on_its_own_connection(capture, message.encode())
    path = write(capture)
    trees = {passes: tshark.trees(path, *passes) for passes in ((), ("-2",))}
    return lambda case, passes: trees[passes][frames[case]]


def test_every_registered_attribute_is_tested_here():
    assert set(NAMES) == set(ATTRIBUTES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{NAMES[case[0]]}-{case[1]}")
def test_attribute_has_its_fields(dissected, passes, case):
    number, index = case
    value, own, below = ATTRIBUTES[number][index]
    message, = dissected(case, passes).messages
    name = filter_name(number)
    assert message.all(name) == [own]
    item = next(item for item in message.walk() if item.name == name)
    assert NAMES[number] in item.label
    assert message.all("msturn.attr.type") == [f"0x{number:04x}"]
    assert message.all("msturn.attr.length") == [str(len(value))]
    assert {name + part: message.all(name + part) for part in below} == {
        name + part: values for part, values in below.items()}
    calculated = {"msturn.fingerprint.crc32", "msturn.fingerprint.status", "msturn.fingerprint.table"}
    own_parts = {n for n in message.names() if n.startswith(f"{name}.") and n not in calculated}
    assert own_parts - {name + part for part in below} == set()
    assert message.findings == (["fingerprint"] if number == Attribute.FINGERPRINT else [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{NAMES[case[0]]}-{case[1]}")
def test_item_of_an_attribute_covers_its_bytes(dissected, passes, case):
    """Header, value and padding: what the GUI highlights."""
    number, index = case
    value = ATTRIBUTES[number][index][0]
    message, = dissected(case, passes).messages
    item = next(item for item in message.walk() if item.name == filter_name(number))
    begin = int(message.attributes["pos"]) + 20
    assert (int(item.attributes["pos"]), int(item.attributes["size"])) == (begin, 4 + len(value) + -len(value) % 4)
    kind = next(child for child in item.walk() if child.name == "msturn.attr.type")
    assert (int(kind.attributes["pos"]), int(kind.attributes["size"])) == (begin, 2)


def one_message_each(tshark, write, messages: dict, *options: str) -> dict:
    """Each of these messages in a segment of its own; their packets and Info columns by the same keys."""
    capture = Capture()
    frames = {key: on_its_own_connection(capture, message) for key, message in messages.items()}
    path = write(capture)
    trees, info = tshark.trees(path, *options), tshark.column(path, "_ws.col.Info", *options)
    return {key: (trees[frame], info[frame][0]) for key, frame in frames.items()}


ADDRESS = stun.xor_address(*V4, IDENTITY)
CHALLENGE = [(Attribute.ERROR_CODE, stun.error_code(401, "")), (Attribute.REALM, b"TANDBERG"), (Attribute.NONCE, b"nonce")]
DATA_OF_A_PEER = [(Attribute.XOR_PEER_ADDRESS, ADDRESS), (Attribute.DATA, turn.noise(4))]
# What messages must have: RFC 8489 6.3, RFC 8656 7 to 12, RFC 6062 4 and 5. Of the refusals only a challenge is no trouble.
MANDATORY = {
    (Method.BINDING, Class.SUCCESS): [(Attribute.XOR_MAPPED_ADDRESS, ADDRESS)],
    (Method.ALLOCATE, Class.REQUEST): [(Attribute.REQUESTED_TRANSPORT, turn.TCP)],
    (Method.ALLOCATE, Class.SUCCESS): [(Attribute.XOR_RELAYED_ADDRESS, ADDRESS), (Attribute.XOR_MAPPED_ADDRESS, ADDRESS),
                                       (Attribute.LIFETIME, stun.unsigned32(600))],
    (Method.REFRESH, Class.SUCCESS): [(Attribute.LIFETIME, stun.unsigned32(600))],
    (Method.SEND, Class.INDICATION): DATA_OF_A_PEER,
    (Method.DATA, Class.INDICATION): DATA_OF_A_PEER,
    (Method.CREATE_PERMISSION, Class.REQUEST): [(Attribute.XOR_PEER_ADDRESS, ADDRESS)],
    (Method.CHANNEL_BIND, Class.REQUEST): [(Attribute.CHANNEL_NUMBER, b"\x40\1\0\0"), (Attribute.XOR_PEER_ADDRESS, ADDRESS)],
    (Method.CONNECT, Class.REQUEST): [(Attribute.XOR_PEER_ADDRESS, ADDRESS)],
    (Method.CONNECT, Class.SUCCESS): [(Attribute.CONNECTION_ID, turn.CONNECTION_ID)],
    (Method.CONNECTION_BIND, Class.REQUEST): [(Attribute.CONNECTION_ID, turn.CONNECTION_ID)],
    (Method.CONNECTION_ATTEMPT, Class.INDICATION): [(Attribute.CONNECTION_ID, turn.CONNECTION_ID), (Attribute.XOR_PEER_ADDRESS, ADDRESS)],
}


def complete(kind: str, method: int, message_class: int) -> bytes:
    """A message of this type, as the registry writes it, with all that it must have."""
    attributes = CHALLENGE if message_class == Class.ERROR else MANDATORY.get((method, message_class), [])
    return bytes.fromhex(kind[2:]) + Message(method, message_class, IDENTITY, attributes).encode()[2:]


def test_methods_and_classes(tshark, write, passes):
    """Types, numbers and names of the registry."""
    classes = {"request": (0, "Request"), "indication": (1, "Indication"), "success": (2, "Success Response"),
               "error": (3, "Error Response")}
    expected, messages = {}, {}
    for row in registry("methods"):
        for column, (number, name) in classes.items():
            if row[column]:
                key = row["number"], number
                messages[key] = complete(row[column], int(row["number"], 16), number)
                expected[key] = row[column].lower(), f"{row['name']} {name}"
    for (method, number), (packet, info) in one_message_each(tshark, write, messages, *passes).items():
        message, = packet.messages
        kind, name = expected[method, number]
        assert message.get("msturn.type") == kind
        assert (message.get("msturn.method"), message.get("msturn.class")) == (f"0x{int(method, 16):04x}", str(number))
        assert info.startswith(name)
        assert name in next(item.label for item in message.walk() if item.name == "msturn.type")
        assert packet.form_findings == []


def test_filter_names_are_valid(tshark):
    """As Wireshark's own checks want them: in lower case, under the protocol's name, once, and no word twice in a row."""
    rows = [line.split("\t") for line in tshark.output("-G", "fields").splitlines()]
    names = [row[2] for row in rows if row[0] == "F" and row[4] == "msturn"]
    assert len(names) > 400
    assert [name for name in names if not re.fullmatch(r"msturn(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+", name)] == []
    assert [name for name in names if re.search(r"(?<![^.])(\w+)\.\1(?![^.])", name)] == []
    assert len(set(names)) == len(names)


def test_fields_have_a_name_and_say_more_than_it(tshark):
    """Wireshark shows the name in the tree and the blurb in the status bar: a sentence, not just where it is specified."""
    rows = [line.split("\t") for line in tshark.output("-G", "fields").splitlines()]
    fields = {row[2]: (row[1], row[7]) for row in rows if row[0] == "F" and row[4] == "msturn"}
    assert {name: title for name, (title, _) in fields.items() if not title or title != title.strip()} == {}
    assert {name: blurb for name, (title, blurb) in fields.items() if blurb.lower() in ("", title.lower(), name)} == {}
    plain = {name: re.sub(r"\([^()]*\)$|RFC \d+|\[MS-\w+\] [\d.]+", "", blurb) for name, (_, blurb) in fields.items()}
    assert {name: text for name, text in plain.items() if len(re.findall("[A-Za-z]{2,}", text)) < 3} == {}


def test_no_two_fields_have_one_name(tshark):
    """In the tree a name has to say what the value belongs to."""
    rows = [line.split("\t") for line in tshark.output("-G", "fields").splitlines()]
    names = collections.Counter(row[1] for row in rows if row[0] == "F" and row[4] == "msturn")
    assert len(names) > 400
    assert [name for name, count in names.items() if count > 1] == []


def test_class_and_method_show_their_bits_of_the_type(tshark, write, passes):
    """RFC 8489 5, figure 3: an Allocate error response is 0x0113."""
    message, = one_message_each(tshark, write, {0: complete("0x0113", Method.ALLOCATE, Class.ERROR)}, *passes)[0][0].messages
    labels = {item.name: item.label for item in message.walk()}
    assert labels["msturn.type"] == "Message type: Allocate Error Response (0x0113)"
    assert labels["msturn.class"] == ".... ...1 ...1 .... = Message class: Error Response (3)"
    assert labels["msturn.method"] == "..00 000. 000. 0011 = Method: Allocate (0x003)"


def test_types_can_be_filtered_by_name(tshark, write):
    message = complete("0x0113", Method.ALLOCATE, Class.ERROR)
    capture = Capture()
    frame = on_its_own_connection(capture, message)
    path = write(capture)
    assert list(tshark.matching(path, 'msturn.type == "Allocate Error Response"')) == [frame]
    assert list(tshark.matching(path, 'msturn.type == "Allocate Request"')) == []


def test_any_finding_is_a_field(tshark, write, passes):
    """Its code, as in the filter of the finding."""
    wrong = turn.message(Method.BINDING, Class.REQUEST, LABEL, (0x7FFF, b"hello"))
    capture = Capture()
    frames = [on_its_own_connection(capture, message) for message in (wrong, turn.keep_alive("right"))]
    found = tshark.column(write(capture), "msturn.finding", *passes)
    assert found[frames[0]] == ["attribute_unknown_required"]
    assert found.get(frames[1], []) == []


def test_times_and_bandwidths_have_a_unit(tshark, write, passes):
    attributes = (Attribute.LIFETIME, stun.unsigned32(600)), (0x0010, stun.unsigned32(1500)), (0x8027, stun.unsigned32(1))
    message, = one_message_each(tshark, write, {0: turn.message(Method.REFRESH, Class.REQUEST, LABEL, *attributes)},
                                *passes)[0][0].messages
    labels = {item.name: item.label for item in message.walk()}
    assert labels["msturn.lifetime"] == "LIFETIME: 600 seconds"
    assert labels["msturn.bandwidth"] == "BANDWIDTH: 1500 kbit/s"
    assert labels["msturn.cache_timeout"] == "CACHE-TIMEOUT: 1 second"


def test_findings_about_calls_are_registered(tshark):
    """The list in support/calls.py, by which the others here are told from these."""
    fields = {line.split("\t")[2] for line in tshark.output("-G", "fields").splitlines() if line.startswith("F\t")}
    assert {f"msturn.finding.{code}" for code in calls.FINDINGS} - fields == set()


def test_unknown_method_is_flagged(tshark, write, passes):
    messages = {m: Message(m, Class.REQUEST, IDENTITY).encode() for m in (0x000, 0x005, 0x00D, 0x07F, 0x0FF)}
    for method, (packet, info) in one_message_each(tshark, write, messages, *passes).items():
        message, = packet.messages
        assert message.get("msturn.method") == f"0x{method:04x}"
        assert message.findings == ["method_unknown"]
        assert f"0x{method:03x}" in info


@pytest.mark.parametrize("phrase, shown", [(b"Unauthorized", "Unauthorized"), (b"no \x1b[31m", "no \\033[31m")])
def test_what_the_server_says_of_an_error_is_shown(tshark, write, passes, phrase, shown):
    """As the built-in dissector prints it: the code, its registered name, and the phrase that was sent."""
    message = turn.message(Method.ALLOCATE, Class.ERROR, LABEL, (Attribute.ERROR_CODE, stun.error_code(401, phrase.decode())),
                           *CHALLENGE[1:])
    packet, info = one_message_each(tshark, write, {0: message}, *passes)[0]
    assert info.startswith(f"Allocate Error Response error-code: 401 (Unauthenticated) {shown} realm: TANDBERG")
    label = next(item.label for item in packet.messages[0].walk() if item.name == "msturn.error_code")
    assert label == f"ERROR-CODE: Unauthenticated (401): {shown}"


def test_nomination_is_told_from_the_attribute_of_its_number(tshark, write, passes):
    """draft-thatcher-ice-renomination has no number of its own: libwebrtc, libnice and pion take 0xC001 in their requests."""
    nomination = 0xC001, stun.unsigned32(2)
    messages = {
        "request": turn.message(Method.BINDING, Class.REQUEST, LABEL, nomination),
        "response": turn.message(Method.BINDING, Class.SUCCESS, LABEL, nomination, (Attribute.XOR_MAPPED_ADDRESS, ADDRESS)),
        "longer": turn.message(Method.BINDING, Class.REQUEST, LABEL, (0xC001, bytes(8))),
        "allocate": turn.message(Method.ALLOCATE, Class.REQUEST, LABEL, nomination, (Attribute.REQUESTED_TRANSPORT, turn.TCP)),
    }
    packets = one_message_each(tshark, write, messages, *passes)
    assert {name: packet.all("msturn.nomination") for name, (packet, _) in packets.items()} == {
        "request": ["2"], "response": [], "longer": [], "allocate": []}
    packet, info = packets["request"]
    assert packet.all("msturn.enf_flow_description") == ["00000002"]
    item = next(item for item in packet.messages[0].walk() if item.name == "msturn.enf_flow_description")
    assert item.label == "ENF-FLOW-DESCRIPTION: 00000002, here NOMINATION: 2"
    assert info.removesuffix(" (no response)").endswith("nomination: 2")


def test_error_codes_have_their_names(tshark, write, passes):
    codes = {int(row["code"]): row["name"] for row in registry("error-codes")}
    messages = {code: turn.message(Method.ALLOCATE, Class.ERROR, LABEL, (Attribute.ERROR_CODE, stun.error_code(code, "why")))
                for code in codes}
    for code, (packet, info) in one_message_each(tshark, write, messages, *passes).items():
        message, = packet.messages
        assert message.get("msturn.error_code") == str(code)
        assert message.get("msturn.error_code.reason") == "why"
        assert codes[code] in next(item.label for item in message.walk() if item.name == "msturn.error_code")
        assert str(code) in info and codes[code] in info


@pytest.mark.parametrize("number, expert", [(0x7FFF, "required"), (0x0031, "required"), (0x8005, "optional"), (0xC0FE, "optional")])
def test_unknown_attribute_is_shown_and_flagged(tshark, write, passes, number, expert):
    """Below 0x8000 the receiver must understand it (RFC 8489 14)."""
    message = turn.message(Method.BINDING, Class.REQUEST, LABEL, (number, b"hello"), (Attribute.SOFTWARE, b"next"))
    packet, _ = one_message_each(tshark, write, {0: message}, *passes)[0]
    assert packet.all("msturn.attr.unknown") == [f"0x{number:04x}"]
    assert b"hello".hex() in packet.all("msturn.attr.value")
    assert packet.findings == [f"attribute_unknown_{expert}"]
    assert packet.all("msturn.software") == ["next"]


def test_repeated_attributes_are_all_there(tshark, write, passes):
    """XOR-PEER-ADDRESS may repeat in a CreatePermission request (RFC 8656 9.1)."""
    peers = [f"203.0.113.{n}" for n in range(1, 6)]
    attributes = [(Attribute.XOR_PEER_ADDRESS, stun.xor_address(peer, 0, IDENTITY)) for peer in peers]
    packet, _ = one_message_each(tshark, write, {0: turn.message(Method.CREATE_PERMISSION, Class.REQUEST, LABEL, *attributes)},
                                 *passes)[0]
    assert packet.all("msturn.xor_peer_address.ip") == peers


def test_padding_is_a_field_and_flagged_when_not_zero(tshark, write, passes):
    zero = stun.encode_attribute(Attribute.SOFTWARE, b"abcde")
    other = zero[:-3] + b"\1\2\3"
    messages = {}
    for name, attribute in (("zero", zero), ("other", other)):
        messages[name] = struct.pack("!HHI", 0x0011, len(attribute), stun.COOKIE) + IDENTITY + attribute
    packets = one_message_each(tshark, write, messages, *passes)
    assert packets["zero"][0].all("msturn.attr.padding") == ["000000"]
    assert packets["other"][0].all("msturn.attr.padding") == ["010203"]
    assert packets["zero"][0].findings == []
    assert packets["other"][0].findings == ["padding_not_zero"]
    assert packets["other"][0].all("msturn.software") == ["abcde"]


def test_fingerprint_is_checked(tshark, write, passes):
    right = turn.keep_alive("checked")
    wrong = right[:8] + bytes([right[8] ^ 1]) + right[9:]
    packets = one_message_each(tshark, write, {"right": right, "wrong": wrong}, *passes)
    assert packets["right"][0].all("msturn.fingerprint.status") == ["1"]
    assert packets["wrong"][0].all("msturn.fingerprint.status") == ["0"]
    assert packets["right"][0].findings == []
    assert packets["wrong"][0].findings == ["fingerprint"]


def test_fingerprint_in_a_frame_does_not_cover_the_frame(tshark, write, passes, capture):
    frame = capture.connection(server=("192.0.2.9", 9321)).client(stun.frame(turn.check()))
    assert tshark.column(write(capture), "msturn.fingerprint.status", *passes) == {frame: ["1"]}


# Without a filter that names them


@pytest.fixture(scope="module")
def attempt(tshark, write):
    capture = Capture()
    control = capture.connection()
    control.client(turn.allocate())
    control.server(turn.allocated())
    control.server(turn.attempt())
    return write(capture)


@pytest.mark.parametrize("name, values", [
    ("msturn.xor_peer_address.ip", [turn.PEER[0]]),
    ("msturn.xor_peer_address.port", [str(turn.PEER[1])]),
    ("msturn.connection_id", ["0x01020304"]),
    ("msturn.username", ["turn"]),
    ("msturn.type", ["0x0003", "0x0103", "0x001c"]),
    ("msturn.response_to", ["4"]),
])
def test_field_is_filled_when_it_alone_is_asked_for(tshark, attempt, passes, name, values):
    printed = tshark.run(attempt, "-T", "fields", "-e", name, *passes)
    assert [line for line in printed.splitlines() if line] == values


@pytest.mark.parametrize("name, values", [
    ("msturn.xor_peer_address.ip", [turn.PEER[0]]),
    ("msturn.connection_id", ["0x01020304"]),
    ("msturn.xor_relayed_address.port", [str(turn.RELAYED[1])]),
])
def test_field_is_filled_in_a_custom_column(tshark, attempt, passes, name, values):
    printed = tshark.run(attempt, "-o", f'gui.column.format:"Field","%Cus:{name}:0:R"', *passes)
    assert [line.strip() for line in printed.splitlines() if line.strip()] == values


def test_info_is_the_same_without_a_packet_tree(tshark, attempt, passes):
    """A plain list needs no tree; asking for a field makes one."""
    plain = tshark.run(attempt, "-o", 'gui.column.format:"Info","%i"', *passes).splitlines()
    with_tree = tshark.column(attempt, "_ws.col.Info", "-e", "msturn.attr.length", *passes)
    assert [line.strip() for line in plain if "Request" in line or "Response" in line or "Indication" in line] == [
        with_tree[frame][0].strip() for frame in sorted(with_tree) if frame > 3]
