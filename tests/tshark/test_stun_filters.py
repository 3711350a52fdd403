"""Filters on stun and its fields go on working: what they match without the plugin they match with it.

Differential: the built-in dissector alone against the plugin, on every TCP frame of the sample captures and of messages
made with each attribute. The plugin may show more (messages that the built-in one does not find), never less.
"""

import xml.etree.ElementTree as ET

import pytest
import stun
import turn
from stun import Attribute, Class, Message, Method
from test_fields import ATTRIBUTES, registry

SAMPLES = ["cms-expressway-skype", "cms-expressway-skype-active", "cms-expressway-skype-ipv6", "turn-on-443",
           "turn-other-port", "turn-tls", "turnutils-uclient-tcp", "turnutils-uclient-channels", "frame-2597"]
OBSERVED = (0x8033, 0x8036)  # Microsoft's, without a specification; msturn has rows for them
# What the built-in dissector says of an attribute and is wrong about: (first four) it reads the value by other rules than
# the specification in tests/data; (others) the attribute is not unknown any more.
XOR_RESPONSE_TARGET = {f"stun.att.{name}" for name in ("family", "port", "port-xord", "ipv4", "ipv4-xord", "ipv6", "ipv6-xord",
                                                       "reserved")}
WRONG_IN_BUILT_IN = {
    0x0027: XOR_RESPONSE_TARGET,  # RESPONSE-PORT
    0x8004: {"stun.att.icmp.type", "stun.att.icmp.code"},  # they are behind two reserved bytes
    0x001D: {"stun.short_packet"}, 0x8002: {"stun.short_packet"},  # the length of the parameters is right
} | {number: {"stun.unknown_attribute"} for number in (*ATTRIBUTES, *OBSERVED) if number not in (0x0027, 0x8004, 0x001D, 0x8002)}
# The built-in dissector cuts these to their length, or looks for a part of them in any: only the right length counts.
OF_ONE_LENGTH = {0x0022: 8, 0x8028: 4, 0x8029: 8, 0x802A: 8, 0x8050: 24, 0x8057: 16}
EXPRESSIONS = [
    'stun.att.username == "turn" && stun.type.class == 0x0000', 'stun.att.software contains "Coturn" && stun.att.crc32.status == 1',
    "stun.att.port == 53577 || stun.att.ipv4 == 192.168.1.252", "stun && ip.addr == 10.48.54.230",
    "stun.cookie == 21:12:a4:42 && stun.att.lifetime > 100", "stun.time > 0.0001 && stun.response-to", "!stun",
]


@pytest.fixture(scope="module")
def stun_fields(stock) -> list[str]:
    """Names of all fields of the built-in dissector."""
    columns = (line.split("\t") for line in stock.output("-G", "fields").splitlines())
    names = sorted({column[2] for column in columns if column[0] == "F" and column[2].startswith("stun.")})
    assert len(names) > 80
    return names


def is_subsequence(few: list[str], many: list[str]) -> bool:
    rest = iter(many)
    return all(value in rest for value in few)


def named(names: list[str]) -> tuple[str, str]:
    """A filter that matches everything on TCP and names these fields: then they are made."""
    return "-Y", f"tcp && (tcp || {' || '.join(names)})"


def losses(stock, tshark, path, names, *options: str) -> list[tuple[int, str, str]]:
    """Frame and field of what the plugin loses or changes, and how."""
    alone, both = (t.hidden_rows(path, names, *named(names), *options) for t in (stock, tshark))
    return [(frame, name, f"{expected[name]} without and {both[frame][name]} with the plugin")
            for frame, expected in alone.items() for name in names if not is_subsequence(expected[name], both[frame][name])]


def additions(stock, tshark, path, names, *options: str) -> list[tuple[int, str, str]]:
    """What the plugin adds to frames in which both find the same messages."""
    names = [*names, "msturn.type"]
    alone, both = (t.hidden_rows(path, names[:-1] if t is stock else names, *named(names[:-1]), *options) for t in (stock, tshark))
    return [(frame, name, f"{expected[name]} without and {both[frame][name]} with the plugin")
            for frame, expected in alone.items() for name in names[:-1]
            if expected["stun.type"] and len(expected["stun.type"]) == len(both[frame]["msturn.type"])
            and len(expected[name]) < len(both[frame][name])]


@pytest.mark.parametrize("name", SAMPLES)
def test_fields_of_the_samples(stock, tshark, sample, stun_fields, name):
    assert losses(stock, tshark, sample(name), stun_fields) == []


def test_fields_in_two_passes(stock, tshark, sample, stun_fields):
    """With response-in, which only a second pass knows."""
    assert losses(stock, tshark, sample("cms-expressway-skype"), stun_fields, "-2") == []


def test_nothing_is_added_to_messages_of_the_samples(stock, tshark, sample, stun_fields):
    """Where the built-in dissector finds all messages, filters match what they matched, and no more."""
    assert additions(stock, tshark, sample("cms-expressway-skype"), stun_fields) == []


def test_fields_are_filled_without_a_filter(stock, tshark, sample, stun_fields, passes):
    """-T fields alone: as scripts ask for them."""
    path = sample("cms-expressway-skype")
    alone, both = (t.hidden_rows(path, stun_fields, *passes) for t in (stock, tshark))
    lost = [f"frame {frame}: {name}" for frame in alone for name in stun_fields
            if not is_subsequence(alone[frame][name], both[frame][name])]
    assert lost == []


def test_fields_of_a_real_capture(stock, tshark, shared_capture, stun_fields):
    assert losses(stock, tshark, shared_capture("stun.pcap"), stun_fields) == []


def one_attribute(number: int, value: bytes) -> bytes:
    identity = stun.transaction_id(f"{number} {value.hex()}")
    return Message(Method.BINDING, Class.REQUEST, identity, [(number, value)]).encode()


def losses_by_attribute(stock, tshark, path, names, frames: dict[int, int]) -> dict[int, list]:
    """Losses by the number of the attribute in the frame, without those that are none."""
    found = {}
    for frame, name, text in losses(stock, tshark, path, names):
        number = frames[frame]
        if name not in WRONG_IN_BUILT_IN.get(number, ()):
            found.setdefault(f"{number:#06x}", []).append((name, text))
    return found


def test_fields_of_each_attribute(stock, tshark, write, stun_fields, capture):
    """All values of test_fields.py. They come from the specification; the transaction id is not that of XOR-ed addresses."""
    control, frames = capture.connection(), {}
    for number, values in ATTRIBUTES.items():
        frames |= {control.client(one_attribute(number, value)): number for value, _, _ in values}
    assert losses_by_attribute(stock, tshark, write(capture), stun_fields, frames) == {}


@pytest.mark.parametrize("page", [0x00, 0x80, 0xC0, 0xFF], ids=lambda page: f"{page:02x}")
def test_fields_of_every_attribute_number(stock, tshark, write, stun_fields, capture, page):
    """Whatever a number means: values that are short and long numbers, IPv4 and IPv6 addresses, or text."""
    values = [bytes.fromhex("00010002"), bytes.fromhex("0001414243444546"), bytes.fromhex("00020050") + bytes(range(0x30, 0x40))]
    control, frames = capture.connection(), {}
    for number in range(page << 8, page + 1 << 8):
        right = [bytes(range(0x30, 0x30 + OF_ONE_LENGTH[number]))] if number in OF_ONE_LENGTH else values
        frames |= {control.client(one_attribute(number, value)): number for value in right}
    assert losses_by_attribute(stock, tshark, write(capture), stun_fields, frames) == {}


def test_fields_of_methods_classes_and_errors(stock, tshark, write, stun_fields, passes, capture):
    control = capture.connection()
    for row in registry("methods"):
        for message_class in Class:
            control.client(turn.message(int(row["number"], 16), message_class, f"{row['number']} {message_class}"))
    for code in (300, 400, 401, 420, 437, 438, 486, 508):
        control.client(turn.message(Method.ALLOCATE, Class.ERROR, f"{code}", (Attribute.ERROR_CODE, stun.error_code(code, "why"))))
    assert losses(stock, tshark, write(capture), stun_fields, *passes) == []


def test_fields_of_a_whole_call(stock, tshark, write, stun_fields, passes, capture):
    """With transactions, repeats, a wrong fingerprint, unknown attributes, padding and ChannelData."""
    control = capture.connection()
    control.client(turn.allocate("1"))
    control.client(turn.allocate("1"))
    control.server(turn.refused("1"))
    control.client(turn.allocate("2") + turn.refresh("3"))
    control.server(turn.allocated("2"))
    control.server(turn.refreshed("3"))
    wrong = turn.keep_alive()
    control.client(wrong[:8] + bytes(12) + wrong[20:])
    control.client(turn.message(Method.SEND, Class.INDICATION, "4", (0x7777, b"x"), (0xBEEF, b"yz"), (Attribute.SOFTWARE, b"abcde")))
    control.client(stun.channel_data(0x4001, turn.noise(20)))
    control.client(stun.channel_data(0x4001, turn.noise(21)))
    control.client(turn.send(turn.noise(9)))
    checks = capture.connection(server=("192.0.2.9", 9321))
    checks.client(stun.frame(turn.check()))
    checks.server(stun.frame(turn.answer()))
    assert losses(stock, tshark, write(capture), stun_fields, *passes) == []


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_filter_expressions(stock, tshark, sample, expression):
    path = sample("cms-expressway-skype")
    alone, both = (set(t.matching(path, f"tcp.len > 0 && ({expression})")) for t in (stock, tshark))
    assert alone
    assert both <= alone if expression.startswith("!") else alone <= both


def test_disabling_the_built_in_protocol_leaves_msturn(tshark, sample, passes):
    path = sample("cms-expressway-skype")
    options = ("--disable-protocol", "stun", *passes)
    assert tshark.matching(path, "msturn", *options) == tshark.matching(path, "msturn", *passes)


def test_hidden_fields_are_not_shown(tshark, sample):
    """The aliases are for filters: text shows each value once, under msturn; PDML marks them as hidden, as it marks ip.addr."""
    path = sample("cms-expressway-skype")
    printed = tshark.run(path, "-Y", "msturn", "-V")
    assert "Session Traversal Utilities" not in printed
    assert printed.count("User name: turn") + printed.count("USERNAME: turn") == len(tshark.matching(path, 'msturn.username == "turn"'))
    nodes = [node for node in ET.fromstring(tshark.pdml(path)).iter() if node.get("name", "").split(".")[0] == "stun"]
    assert nodes and {node.get("hide") for node in nodes} == {"yes"}
