"""Every sample capture: everything decoded, and every value the one in the bytes.

What the captures contain is taken from sample-captures/README.md, from the code that made them (tests/lab) and from
their bytes as support/reference.py reads them.
"""

import hashlib

import pytest
import stun
from calls import bytes_alone, known_of_calls
from reference import cut, expected_fields, read_segments, shown_fields
from wireshark import SEVERITY_NOTE

CALLS = ["cms-expressway-skype", "cms-expressway-skype-active", "cms-expressway-skype-ipv6", "turn-on-443",
         "turn-other-port"]
TURNUTILS = ["turnutils-uclient-tcp", "turnutils-uclient-channels"]
CLEAR = [*CALLS, *TURNUTILS, "frame-2597"]
ALL = [*CLEAR, "turn-tls"]

# Frames of the README's table, column by column; None: not in this call.
STEPS = {
    "Allocate Request": [4, 4, 4, 4, 13],
    "Allocate Error Response": [6, 6, 6, 6, 14],
    "Allocate Request user: turn": [8, 8, 8, 8, 16],
    "Allocate Success Response": [9, 9, 9, 9, 17],
    "Refresh Request": [11, 11, 11, 11, 19],
    "Refresh Success Response": [12, 12, 12, 12, 20],
    "CreatePermission Request": [14, 14, 14, 14, 22],
    "CreatePermission Success Response": [15, 15, 15, 15, 23],
    "Connect Request": [None, 17, None, None, None],
    "Connect Success Response": [None, 21, None, None, None],
    "ConnectionAttempt Indication": [20, None, 20, 20, 28],
    "ConnectionBind Request": [27, 26, 27, 25, 44],
    "ConnectionBind Success Response": [29, 28, 29, 27, 45],
    "Binding Indication": [83, 86, 83, 85, 99],
    "Refresh Request lifetime: 0": [88, 91, 88, 90, 106],
    "Refresh Success Response lifetime: 0": [90, 93, 90, 92, 108],
}
COLUMNS = {
    "cms-expressway-skype": 0,
    "cms-expressway-skype-active": 1,
    "cms-expressway-skype-ipv6": 2,
    "turn-on-443": 3,
    "turn-other-port": 3,
    "turn-tls": 4,
}
# Checks and their answers: frames on the leg of the Edge (outside) and on that of CMS (inside). README, same columns.
CHECKS = {
    "edge check 1": ([22, 38, 22, 29, 30], [29, 40, 29, 31, 45]),
    "answer of cms": ([32, 44, 32, 34, 48], [31, 42, 31, 33, 47]),
    "cms check 1": ([37, 31, 37, 39, 53], [35, 30, 35, 37, 51]),
    "answer of edge": ([39, 34, 39, 41, 55], [41, 36, 41, 43, 57]),
    "edge check 2": ([43, 46, 43, 45, 59], [45, 48, 45, 47, 61]),
    "second answer of cms": ([49, 52, 49, 51, 65], [47, 50, 47, 49, 63]),
}
MEDIA = {"rtp": ([51, 54, 51, 53, 67], [53, 56, 53, 55, 69]), "rtcp": ([67, 70, 67, 69, 83], [69, 72, 69, 71, 85])}

# The reader's listing in the published trace of this call (frame, text), by the frames here. Its Expressway put lifetimes
# into a 401 and a Refresh response into another form; what is compared is what the bytes here contain.
LISTING = {
    4: ["Allocate Request", "TCP", "lifetime: 600"],
    6: ["Allocate Error Response", "with nonce", "realm: TANDBERG"],
    8: ["Allocate Request", "user: turn", "realm: TANDBERG", "with nonce", "TCP"],
    9: ["Allocate Success Response", "lifetime: 600", "mapped: 10.48.54.230",
        "relayed: 192.168.1.229:24000"],
    11: ["Refresh Request", "user: turn", "realm: TANDBERG", "with nonce", "lifetime: 600"],
    12: ["Refresh Success Response", "lifetime: 600"],
    20: ["ConnectionAttempt Indication", "peer: 192.168.1.252:53577"],
    27: ["ConnectionBind Request", "user: turn", "realm: TANDBERG", "with nonce"],
    29: ["ConnectionBind Success Response"],
    83: ["Binding Indication"],
}


@pytest.fixture(scope="module")
def units(stock, sample):
    """The units of a capture, from its bytes."""
    known = {}

    def units_of(name):
        if name not in known:
            known[name] = cut(read_segments(stock, sample(name)))
        return known[name]

    return units_of


FIELDS = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "frame.protocols", "_ws.col.Info", "_ws.col.Protocol",
          "_ws.expert.message", "_ws.expert.severity", "msturn.type", "msturn.transaction_id", "tls.app_data", "rtp.ssrc"]


@pytest.fixture(scope="module")
def rows(tshark, sample):
    """FIELDS of a capture by frame number."""
    known = {}

    def rows_of(name, passes):
        if (name, passes) not in known:
            known[name, passes] = tshark.frames(sample(name), FIELDS, *passes)
        return known[name, passes]

    return rows_of


@pytest.fixture(scope="module")
def trees(tshark, sample):
    """The packet trees of a capture; each is dissected once."""
    known = {}

    def trees_of(name, passes):
        if (name, passes) not in known:
            known[name, passes] = tshark.trees(sample(name), *passes)
        return known[name, passes]

    return trees_of


@pytest.mark.parametrize("name", CLEAR)
def test_every_segment_is_decoded(units, trees, passes, name):
    packets = trees(name, passes)
    for frame in {unit.frame for unit in units(name)}:
        assert {"msturn", "rtp", "rtcp"} & set(packets[frame].names), f"frame {frame}: {packets[frame].names}"
    inside = {"channel", "raw"} if name in TURNUTILS else set()  # there, noise of turnutils
    for unit in units(name):
        carries_data = unit.framing in inside or stun.Attribute.DATA in dict(unit.message.attributes if unit.is_message else [])
        assert carries_data or "data" not in packets[unit.frame].names, f"frame {unit.frame}"


def test_every_tls_record_with_a_message_is_decoded(rows, passes):
    records = rows("turn-tls", passes)
    ours = [number for number, row in records.items() if row["tls.app_data"]]
    assert ours
    for number in ours:
        assert ":msturn" in records[number]["frame.protocols"][0], f"frame {number}"


@pytest.mark.parametrize("name", CLEAR)
def test_messages_are_those_in_the_bytes(units, trees, passes, name):
    expected, found = {}, {}
    for unit in units(name):
        if unit.is_message:
            message = unit.message
            row = (str(int(message.message_class)), f"0x{message.method:04x}", message.transaction_id.hex())
            expected.setdefault(unit.frame, []).append(row)
    for number, packet in trees(name, passes).items():
        for message in packet.messages:
            row = (message.get("msturn.class"), message.get("msturn.method"),
                   message.get("msturn.transaction_id"))
            found.setdefault(number, []).append(row)
    assert found == expected


@pytest.mark.parametrize("name", CLEAR)
def test_values_are_those_in_the_bytes(units, trees, passes, name):
    packets = trees(name, passes)
    places = {}
    for unit in units(name):
        if not unit.is_message:
            continue
        place = places[unit.frame] = places.get(unit.frame, -1) + 1
        expected = expected_fields(unit.message)
        assert shown_fields(packets[unit.frame].messages[place], expected) == expected, f"frame {unit.frame}"


@pytest.mark.parametrize("name", CLEAR)
def test_framing_is_that_of_the_bytes(units, trees, passes, name):
    lengths, channels, opaque = {}, {}, {}
    for unit in units(name):
        if unit.framing == "frame":
            lengths.setdefault(unit.frame, []).append(str(len(unit.data)))
        elif unit.framing == "channel":
            channels.setdefault(unit.frame, []).append((f"0x{unit.channel:04x}", str(len(unit.data)), unit.data.hex()))
        elif unit.framing == "raw":
            opaque.setdefault(unit.frame, []).append(unit.data.hex())
    packets = trees(name, passes)
    for number, packet in packets.items():
        assert packet.all("msturn.rfc4571.length") == lengths.get(number, []), f"frame {number}"
        shown = zip(packet.all("msturn.channel"), packet.all("msturn.channel.length"), packet.all("msturn.channel.data"))
        assert [(a, b, c) for a, b, c in shown] == channels.get(number, []), f"frame {number}"
        assert [v for v in packet.all("msturn.opaque")] == opaque.get(number, []), f"frame {number}"


@pytest.mark.parametrize("name", CLEAR)
def test_fingerprints_are_checked(units, trees, passes, name):
    """They are right in every capture but the one with illegible bytes."""
    packets = trees(name, passes)
    expected, found = {}, {}
    for unit in units(name):
        if unit.is_message and unit.message.get(stun.Attribute.FINGERPRINT):
            status = str(int(stun.fingerprint_is_valid(unit.data)))
            expected.setdefault(unit.frame, []).append(status)
    for number, packet in packets.items():
        if packet.all("msturn.fingerprint.status"):
            found[number] = packet.all("msturn.fingerprint.status")
    assert found == expected
    assert name != "frame-2597" or found == {1: ["0"]}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_steps_of_the_call_are_in_the_list(rows, passes, name):
    info = {frame: row["_ws.col.Info"] for frame, row in rows(name, passes).items()}
    for step, frames in STEPS.items():
        frame = frames[COLUMNS[name]]
        if frame is not None:
            kind, _, detail = step.partition(" lifetime: ") if " lifetime: " in step else step.partition(" user: ")
            assert info[frame][0].startswith(kind), f"frame {frame}: {info[frame]}"
            assert detail in info[frame][0], f"frame {frame}: {info[frame]}"


@pytest.mark.parametrize("name", list(COLUMNS))
def test_four_checks_are_on_both_legs(rows, passes, name):
    """A request and a success response in each direction, on the Edge's connection and on the bound one."""
    edge, relay, expressway, cms = ("192.168.1.252", "192.168.1.229", "10.48.54.229", "10.48.54.230")
    if name.endswith("ipv6"):
        edge, relay, expressway, cms = (f"2001:db8:{n}" for n in ("192::252", "192::229", "10::229", "10::230"))
    frames = rows(name, passes)
    ids = {}
    for label, legs in CHECKS.items():
        for leg, (near, far) in zip(legs, ((edge, relay), (cms, expressway))):
            frame = frames[leg[COLUMNS[name]]]
            from_edge = "edge" in label
            sent_by_near = from_edge == (near == edge)
            ends = (near, far) if sent_by_near else (far, near)
            assert ((frame["ip.src"] or frame["ipv6.src"])[0], (frame["ip.dst"] or frame["ipv6.dst"])[0]) == ends
            is_check = "check" in label
            assert frame["msturn.type"][-1] == ("0x0001" if is_check else "0x0101")
            assert ("Binding Request" if is_check else "Binding Success Response") in frame["_ws.col.Info"][0]
            ids.setdefault(label, set()).add(frame["msturn.transaction_id"][-1])
    check = {label: {stun.transaction_id(label).hex()} for label in ("edge check 1", "cms check 1", "edge check 2")}
    assert ids == check | {
        "answer of cms": check["edge check 1"],
        "answer of edge": check["cms check 1"],
        "second answer of cms": check["edge check 2"],
    }


@pytest.mark.parametrize("name", list(COLUMNS))
def test_media_is_given_to_its_dissectors(rows, passes, name):
    protocols = {frame: row["frame.protocols"] for frame, row in rows(name, passes).items()}
    for protocol, legs in MEDIA.items():
        for leg in legs:
            frame = leg[COLUMNS[name]]
            assert protocol in protocols[frame][0].split(":"), f"frame {frame}: {protocols[frame]}"
    # Six RTP packets and two compound RTCP packets, each on both legs: `share` in tests/lab/call.py.
    kinds = [set(value[0].split(":")) for value in protocols.values()]
    assert sum("rtp" in kind for kind in kinds) == 2 * 6
    assert sum("rtcp" in kind for kind in kinds) == 2 * 2


def test_media_comes_from_the_presenter_and_the_viewer(rows, passes):
    presenter, viewer = (int.from_bytes(hashlib.sha256(f"rtp {name}".encode()).digest()[:4], "big")
                         for name in ("skype", "cms"))  # tests/lab/media.py
    packets = rows("cms-expressway-skype", passes).values()
    assert {(row["ip.src"][0], int(row["rtp.ssrc"][0], 16)) for row in packets if row["rtp.ssrc"]} == {
        ("192.168.1.252", presenter), ("10.48.54.229", presenter), ("192.168.1.229", viewer), ("10.48.54.230", viewer)}


def test_info_tells_what_the_published_listing_tells(rows, passes):
    packets = rows("cms-expressway-skype", passes)
    for frame, texts in LISTING.items():
        for text in texts:
            assert text in packets[frame]["_ws.col.Info"][0], f"frame {frame}"


@pytest.mark.parametrize("name", ["cms-expressway-skype", "turn-tls"])
def test_protocol_column_names_the_plugin(rows, passes, name):
    packets = rows(name, passes)
    frames = [step[COLUMNS[name]] for step in STEPS.values() if step[COLUMNS[name]]]
    assert {packets[frame]["_ws.col.Protocol"][0] for frame in frames} == {"MSTURN"}


@pytest.mark.parametrize("name", [*CALLS, "turn-tls", *TURNUTILS])
def test_healthy_calls_have_nothing_worse_than_notes(rows, passes, name):
    for number, row in rows(name, passes).items():
        if "msturn" not in row["frame.protocols"][0]:
            continue
        found = dict(zip(row["_ws.expert.message"], map(int, row["_ws.expert.severity"])))
        # The reset that coturn closes with is TCP's own warning.
        worse = [text for text, severity in found.items() if severity > SEVERITY_NOTE and "RST" not in text]
        if name == "turnutils-uclient-channels":  # channels that RFC 8656 does not allow any more, README
            worse = [text for text in worse if "0x4FFF" not in text]
        assert not worse, f"frame {number}"


def test_channels_above_4fff_are_flagged(units, trees, passes):
    packets = trees("turnutils-uclient-channels", passes)
    beyond = {unit.frame for unit in units("turnutils-uclient-channels") if unit.channel > 0x4FFF}
    assert beyond
    assert {number for number, p in packets.items() if "channel_reserved" in p.findings} == beyond


def test_frame_of_the_published_trace(tshark, sample, passes):
    """Values as scenario and README give them; illegible bytes are zero."""
    packet = tshark.trees(sample("frame-2597"), *passes)[1]
    message, = packet.messages
    assert packet.all("msturn.rfc4571.length") == ["108"]
    assert message.get("msturn.type") == "0x0001"
    assert message.get("msturn.length") == "88"
    assert message.get("msturn.transaction_id") == "a7d42d519e4d78c593819521"
    assert message.all("msturn.use_candidate") == [""]
    assert message.get("msturn.priority") == "1862270975"
    assert bytes.fromhex(message.get("msturn.ice_controlled"))[2:].hex() == "674a8beecd68"
    assert message.get("msturn.candidate_identifier") == "3"
    assert message.get("msturn.implementation_version") == "2"
    assert message.get("msturn.fingerprint") == "0xff2fa718"
    assert message.all("msturn.attr.type") == [
        "0x0025", "0x0024", "0x8029", "0x0006", "0x8054", "0x8070", "0x0008", "0x8028"]
    assert packet.form_findings == ["fingerprint"]


@pytest.mark.parametrize("name", ALL)
def test_two_passes_show_what_one_pass_shows(trees, name):
    """But for what only later frames tell."""
    one, two = trees(name, ()), trees(name, ("-2",))
    assert {n: bytes_alone(packet) for n, packet in two.items()} == {n: bytes_alone(packet) for n, packet in one.items()}
    assert [n for n in one if not known_of_calls(one[n]) <= known_of_calls(two[n])] == []


@pytest.mark.parametrize("name", ALL)
def test_type_appears_once_a_message(trees, passes, name):
    for number, packet in trees(name, passes).items():
        assert len(packet.all("msturn.type")) == len(packet.messages), f"frame {number}"


def test_real_capture_of_ice_tcp_and_turn_over_tcp(tshark, shared_capture, passes):
    """Counts of messages in the README of the captures."""
    path = shared_capture("stun.pcap")
    types = tshark.frames(path, ["tcp.port", "msturn.type"], "-Y", "msturn.type", *passes)
    ice = [row["msturn.type"] for row in types.values() if "42000" in row["tcp.port"]]
    turn = [row["msturn.type"] for row in types.values() if "3478" in row["tcp.port"]]
    assert sum(map(len, ice)) == 12
    # Three of the 21 are Send indications with a check inside.
    assert (sum(map(len, turn)), len(turn)) == (21 + 3, 19)
