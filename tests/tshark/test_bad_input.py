"""Any bytes at all: a tree, a finding that says what is wrong and where, and never a crash, a hang or an assertion.

WIRESHARK_ABORT_ON_DISSECTOR_BUG is set (support/wireshark.py), so that an assertion ends tshark; every run is also
searched for the words that a broken dissector makes it print.
"""

import random
import re
import struct

import pytest
import stun
import turn
from stun import Attribute, Class, Method
from test_fields import ATTRIBUTES, NAMES, filter_name, registry
from wireshark import Packet

GOOD = {"allocate": turn.allocate(), "allocated": turn.allocated(), "refused": turn.refused(), "bind": turn.bind(),
        "check": turn.check(), "send": turn.send(turn.check())}
ERRORS = {"attribute_overrun", "attribute_truncated", "length_not_multiple", "framing_lost"}


def raw(kind: int, length: int, body: bytes) -> bytes:
    """A message whose header says so."""
    return struct.pack("!HHI", kind, length, stun.COOKIE) + stun.transaction_id("raw") + body


def survives(tshark, path, *passes: str) -> None:
    """Whole trees and JSON come out, and no exception ended one of msturn's."""
    printed = tshark.run(path, "-V", *passes)
    assert "[Malformed Packet: MSTURN" not in printed
    if not passes:
        tshark.run(path, "-T", "json")


def trees(tshark, path, *passes: str) -> dict[int, Packet]:
    """The trees, when all that went well."""
    survives(tshark, path, *passes)
    return tshark.trees(path, *passes)


def texts(packet: Packet) -> str:
    """What the expert items say."""
    return " ".join(item.label for protocol in packet.protocols for item in protocol.walk() if item.name == "_ws.expert")


# What is wrong, and where


def test_message_that_ends_too_early(tshark, write, passes, capture):
    """Cut at each multiple of four, with a header that agrees: a fault where an attribute is cut, none between two."""
    frames = {}
    for name, message in GOOD.items():
        ends = {20} | {end + -end % 4 for _, _, end in stun.attribute_spans(message)}
        for length in range(20, len(message), 4):
            control = capture.connection()
            control.client(turn.keep_alive())
            frame = control.client(message[:2] + struct.pack("!H", length - 20) + message[4:length])
            frames[name, length] = frame, length not in ends
    packets = trees(tshark, write(capture), *passes)
    for (name, length), (frame, broken) in frames.items():
        outer = packets[frame].messages[0]
        assert outer.get("msturn.length") == str(length - 20)
        assert bool(ERRORS & set(outer.findings)) == broken, f"{name} cut at {length}"


def test_overrun_names_the_attribute_and_its_lengths(tshark, write, passes, capture):
    control = capture.connection()
    control.client(turn.keep_alive())
    frame = control.client(raw(0x0001, 16, struct.pack("!HH", Attribute.USERNAME, 255) + b"abcdefghijkl"))
    packet = trees(tshark, write(capture), *passes)[frame]
    assert packet.findings == ["attribute_overrun"]
    assert "USERNAME" in texts(packet) and "255" in texts(packet) and "12" in texts(packet)


def test_attributes_in_front_of_a_broken_one_are_decoded(tshark, write, passes, capture):
    body = stun.encode_attribute(Attribute.LIFETIME, stun.unsigned32(777)) + struct.pack("!HH", Attribute.REALM, 9999) + b"abcd"
    control = capture.connection()
    control.client(turn.keep_alive())
    frame = control.client(raw(0x0004, len(body), body))
    after = control.client(turn.keep_alive("after"))
    packets = trees(tshark, write(capture), *passes)
    assert packets[frame].all("msturn.lifetime") == ["777"]
    assert "attribute_overrun" in packets[frame].findings
    assert packets[after].all("msturn.type") == ["0x0011"] and packets[after].findings == []


def test_broken_message_may_be_the_first_of_a_connection(tshark, write, passes, capture):
    """On a TURN port it is seen for what it is."""
    body = struct.pack("!HH", Attribute.USERNAME, 255) + b"abcdefghijkl"
    frame = capture.connection().client(raw(0x0001, 16, body))
    packet = trees(tshark, write(capture), *passes)[frame]
    assert packet.all("msturn.type") == ["0x0001"]
    assert packet.findings == ["attribute_overrun"]


def test_length_that_is_no_multiple_of_four(tshark, write, passes, capture):
    """RFC 8489 5: no receiver takes it for a message. It is flagged, and the next message is found."""
    frames = {}
    for length in (1, 2, 3, 5, 6, 7, 21, 0xFFFF):
        control = capture.connection()
        control.client(turn.keep_alive())
        frames[length] = control.client(raw(0x0001, length, bytes(min(length, 21)))), control.client(turn.keep_alive("after"))
    packets = trees(tshark, write(capture), *passes)
    for length, (frame, after) in frames.items():
        assert ERRORS & set(packets[frame].findings), f"length {length}"
        assert packets[after].all("msturn.type") == ["0x0011"], f"length {length}"


@pytest.mark.parametrize("framed", [False, True], ids=["plain", "framed"])
def test_header_alone(tshark, write, passes, capture, framed):
    """Binding without attributes is legal; so is any other method as far as the form goes."""
    control = capture.connection(server=("192.0.2.1", 9321) if framed else ("192.0.2.1", 3478))
    wrap = stun.frame if framed else bytes
    control.client(wrap(turn.keep_alive()))
    frames = [control.client(wrap(raw(kind, 0, b""))) for kind in (0x0001, 0x0003, 0x03FF, 0x0113)]
    packets = trees(tshark, write(capture), *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x0001"], ["0x0003"], ["0x03ff"], ["0x0113"]]


def allowed(rule: str, length: int) -> bool:
    """A length rule of tests/data/stun-attributes.csv."""
    if rule == "any":
        return True
    if "/" in rule:
        return length in map(int, rule.split("/"))
    least, most, step = re.fullmatch(r"(\d+)(?:-(\d+))?(?: step (\d+))?", rule).groups()
    return int(least) <= length <= int(most or least) and (length - int(least)) % int(step or 1) == 0


def test_lengths_of_every_attribute(tshark, write, capture):
    """Each attribute with 0 to 21 bytes and more: flagged when the specification does not allow the length, and shown."""
    rules = {int(row["type"], 16): row["length"] for row in registry("attributes") if row["status"] == "registered"}
    control, frames = capture.connection(), {}
    control.client(turn.keep_alive())
    for number in ATTRIBUTES:
        for length in (*range(22), 32, 33, 36, 40):
            value = bytes([0, 2 if length == 20 else 1])[:length] + bytes(max(0, length - 2))  # the family of an address
            frames[number, length] = control.client(turn.message(Method.BINDING, Class.INDICATION, "x", (number, value)))
    path = write(capture)
    survives(tshark, path)
    kinds, flagged = tshark.column(path, "msturn.attr.type"), set(tshark.matching(path, "msturn.finding.attribute_length"))
    assert {frame: kinds[frame][0] for frame in frames.values()} == {frame: f"0x{n:04x}" for (n, _), frame in frames.items()}
    wrong = [f"{NAMES[number]} of {length} bytes" for (number, length), frame in frames.items()
             if number in rules and (frame in flagged) == allowed(rules[number], length)]
    assert wrong == []


def test_addresses_of_unknown_families(tshark, write, passes, capture):
    control, frames = capture.connection(), []
    control.client(turn.keep_alive())
    for number in (0x0001, 0x0012, 0x0016, 0x0020, 0x8023, 0x802B):
        for family in (0, 3, 255):
            frames.append((number, control.client(turn.message(Method.BINDING, Class.SUCCESS, "x", (number, bytes([0, family]) + bytes(6))))))
    packets = trees(tshark, write(capture), *passes)
    for number, frame in frames:
        assert packets[frame].all(f"{filter_name(number)}.ip") == packets[frame].all(f"{filter_name(number)}.ipv6") == []
        assert packets[frame].findings


# Quantities


def test_as_many_attributes_as_fit(tshark, write, capture):
    """16383 empty ones, known, unknown and repeated, and a list of 32766 numbers."""
    control, frames = capture.connection(), []
    for number in (0x0025, 0x7F00, 0xFF00):
        frames.append(control.client_stream(raw(0x0001, 65532, struct.pack("!HH", number, 0) * 16383))[-1])
    unknown = stun.encode_attribute(Attribute.UNKNOWN_ATTRIBUTES, bytes(65528))
    frames.append(control.client_stream(raw(0x0111, 65532, unknown))[-1])
    after = control.client(turn.keep_alive())
    path = write(capture)
    survives(tshark, path)
    rows = tshark.frames(path, ["msturn.type", "msturn.attr.type"])
    assert [len(rows[frame]["msturn.attr.type"]) for frame in frames] == [16383, 16383, 16383, 1]
    assert rows[after]["msturn.type"] == ["0x0011"]


@pytest.mark.parametrize("framed, unit", [(False, stun.channel_data(0x4001, b"")), (True, stun.frame(b"")),
                                          (False, raw(0x0001, 0, b"")), (True, stun.frame(raw(0x0001, 0, b"")))],
                         ids=["channel", "empty-frame", "message", "framed-message"])
def test_as_many_units_as_fit(tshark, write, capture, framed, unit):
    connection = capture.connection(server=("192.0.2.1", 9321) if framed else ("192.0.2.1", 3478))
    connection.client(stun.frame(turn.check()) if framed else turn.keep_alive())
    count = 64000 // len(unit)
    frame = connection.client(unit * count)
    path = write(capture)
    survives(tshark, path)
    names = ["msturn.type", "msturn.channel", "msturn.rfc4571.length"]
    found = tshark.frames(path, names)[frame]
    assert max(len(found[name]) for name in names) == count


# Everything else


@pytest.mark.parametrize("name", ["cms-expressway-skype", "turn-on-443", "turnutils-uclient-channels"])
@pytest.mark.parametrize("seed", range(1, 3))
def test_random_changes_to_samples(tshark, sample, editcap, passes, name, seed):
    """Behind the headers of Ethernet, IPv4 and TCP one byte in thirty is another one."""
    path = editcap(sample(name), "-E", "0.03", "-o", "66", "--seed", str(seed))
    survives(tshark, path, *passes)


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_to_messages(tshark, write, passes, capture, seed):
    """Lengths and types are hit more often than editcap would; on all framings, cut anywhere."""
    chance = random.Random(seed)
    for server in (("192.0.2.1", 3478), ("192.0.2.1", 9321), ("2001:db8::1", 443)):
        for _ in range(40):
            connection = capture.connection(server=server)
            messages = chance.choices(list(GOOD.values()), k=4)
            stream = bytearray(b"".join(map(stun.frame, messages) if server[1] == 9321 else messages))
            for _ in range(chance.randint(1, 5)):
                stream[chance.randrange(len(stream))] = chance.choice([0, 1, 2, 4, 0x40, 0x7F, 0x80, 0xFF, chance.randrange(256)])
            connection.client_stream(bytes(stream), chance.choices([1, 20, 60, 200, 1000], k=100))
    survives(tshark, write(capture), *passes)


@pytest.mark.parametrize("server", [("192.0.2.1", 3478), ("192.0.2.1", 50000)], ids=["turn", "relay"])
def test_random_bytes_behind_good_messages(tshark, write, passes, capture, server):
    """On a connection that is known to be ours, everything has to be shown as something."""
    for seed in range(30):
        connection = capture.connection(server=server)
        chance = random.Random(seed)
        connection.client(chance.choice([turn.bind(), turn.allocate(), stun.frame(turn.check())]))
        for _ in range(6):
            connection.client(chance.randbytes(chance.randint(1, 300)))
            connection.server(chance.randbytes(chance.randint(1, 300)))
    survives(tshark, write(capture), *passes)


def test_every_first_two_bytes(tshark, write, capture):
    """Whatever a segment begins with, on a known connection and in a frame."""
    for first in range(256):
        for second in (0, 3, 0xC8, 0xFE):
            begin = bytes([first, second])
            if first % 16 == 0:
                connection, framed = capture.connection(), capture.connection(server=("192.0.2.1", 9321))
                connection.client(turn.keep_alive())
                framed.client(stun.frame(turn.check()))
            framed.client(stun.frame(begin + bytes(30)))
            connection.client(begin + bytes(14))
    survives(tshark, write(capture))
