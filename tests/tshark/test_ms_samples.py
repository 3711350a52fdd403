"""The sample captures of Microsoft's dialect: every payload decoded, every value the one in the bytes, nothing to complain about.

Frames are those of sample-captures/README.md; values are read from the bytes by msturn_messages.py.
"""

import struct

import msturn_messages as ms
import pytest
import stun
from calls import bytes_alone, known_of_calls
from msturn_messages import Attribute
from reference import read_segments
from stun import read_address
from wireshark import SEVERITY_NOTE

RETRANSMITTED = "tcp.analysis.retransmission or tcp.analysis.spurious_retransmission or tcp.analysis.fast_retransmission"
CALLS = ["ms-turn-pseudo-tls-443", "ms-turn-tcp-3478", "ms-turn-udp-3478", "ms-turn-wlm2009"]
ALL = [*CALLS, "ms-turn-constructed"]

# README, "Steps": frames of the columns pseudo-tls-443, tcp-3478, udp-3478, wlm2009; None: not in this call.
STEPS = {
    "Pseudo-TLS Client Hello": [4, None, None, None],
    "Pseudo-TLS Server Hello": [6, None, None, None],
    "Allocate Request": [8, 4, 1, None],
    "Allocate Error Response": [9, 6, 2, None],
    "Allocate Request with user": [10, 8, 3, 1],
    "Allocate Response": [11, 9, 4, 2],
    "Send Request": [20, 18, 7, 4],
    "Send Request again": [21, 19, 8, None],
    "Data Indication": [36, 40, 14, 7],
    "Set Active Destination Request": [48, 51, 19, 12],
    "Set Active Destination Response": [51, 54, 24, 17],
    "Allocate Request release": [None, 87, 39, 30],
    "Allocate Response release": [None, 89, 40, 31],
}
# README: what the server denies and refuses, the attribute that the 420 is about (78), and a pair of which one end has checked
# when it is closed (118); libnice closes behind pseudo-TLS without a release (51 is the last message).
ON_PURPOSE = {
    "ms-turn-constructed": {18: "denies the direct path", 22: "denies the direct path", 70: "Redirected", 78: "must understand",
                            80: "(420)", 104: "Set Active Destination was refused", 118: "before the pair was valid"},
    "ms-turn-pseudo-tls-443": {51: "while its allocation was live"},
}
RTP = {"ms-turn-pseudo-tls-443": [55, 56, 67, 68], "ms-turn-tcp-3478": [57, 58, 69, 70]}
RTCP = {"ms-turn-pseudo-tls-443": [73, 75], "ms-turn-tcp-3478": [75, 77]}

NUMBER = {Attribute.LIFETIME: "lifetime", Attribute.BANDWIDTH: "bandwidth", Attribute.MS_VERSION: "ms_version", Attribute.MS_APP_ID: "ms_app_id"}
BYTES = {Attribute.USERNAME: "ms_username", Attribute.NONCE: "ms_nonce", Attribute.MESSAGE_INTEGRITY: "message_integrity",
         Attribute.MS_SECURE_TAG: "ms_secure_tag", Attribute.MS_MULTIPLEXED_TURN_SESSION_ID: "ms_multiplexed_turn_session_id",
         Attribute.BANDWIDTH_RESERVATION_IDENTIFIER: "bandwidth_reservation_id"}
TEXT = {Attribute.REALM: "realm", Attribute.SOFTWARE: "software", Attribute.MS_ALTERNATE_HOST_NAME: "ms_alternate_host_name",
        Attribute.SIP_CALL_IDENTIFIER: "sip_call_id", Attribute.SIP_DIALOG_IDENTIFIER: "sip_dialog_id"}
CLEAR = {Attribute.MAPPED_ADDRESS: "ms_mapped_address", Attribute.ALTERNATE_SERVER: "ms_alternate_server",
         Attribute.DESTINATION_ADDRESS: "ms_destination_address", Attribute.REMOTE_ADDRESS: "ms_remote_address",
         Attribute.MS_ALTERNATE_MAPPED_ADDRESS: "ms_alternate_mapped_address"}
XORED = {Attribute.XOR_MAPPED_ADDRESS: "ms_xor_mapped_address", Attribute.REMOTE_SITE_ADDRESS: "remote_site_address",
         Attribute.LOCAL_SITE_ADDRESS: "local_site_address", Attribute.REMOTE_RELAY_SITE_ADDRESS: "remote_relay_site_address",
         Attribute.LOCAL_RELAY_SITE_ADDRESS: "local_relay_site_address"}


def endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def expected_fields(message: ms.Message) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {"attr.type": []}
    for number, value in message.attributes:
        fields["attr.type"].append(f"0x{number:04x}")
        for table, read in ((NUMBER, lambda v: str(int.from_bytes(v, "big"))), (BYTES, bytes.hex), (TEXT, bytes.decode),
                            (CLEAR, lambda v: endpoint(*read_address(v))),
                            (XORED, lambda v: endpoint(*ms.read_xor_address(v, message.transaction_id)))):
            if number in table:
                fields.setdefault(table[number], []).append(read(value))
        if number == Attribute.MS_SEQUENCE_NUMBER:
            fields.setdefault("ms_sequence_number", []).append(str(int.from_bytes(value[-4:], "big")))
        if number == Attribute.ERROR_CODE:
            fields |= {"error_code": [str(stun.read_error_code(value))], "error_code.reason": [value[4:].decode()]}
    return fields


@pytest.fixture(scope="module")
def trees(tshark, sample):
    known = {}

    def trees_of(name, passes):
        if (name, passes) not in known:
            known[name, passes] = tshark.trees(sample(name), *passes)
        return known[name, passes]

    return trees_of


@pytest.fixture(scope="module")
def messages(stock, sample):
    """MS-TURN messages in the bytes: frame in which they end, and the message. Streams are put together here."""
    known = {}

    def messages_of(name):
        if name not in known:
            repeated = set(stock.matching(sample(name), RETRANSMITTED))
            segments = [segment for segment in read_segments(stock, sample(name)) if segment.frame not in repeated]
            known[name] = list(framed_messages(segments)) + list(datagram_messages(stock, sample(name)))
        return known[name]

    return messages_of


def framed_messages(segments):
    streams = {}
    for segment in segments:
        buffer = streams.setdefault((segment.stream, segment.source), bytearray())
        buffer += segment.data
        for length, test in ((ms.CLIENT_HELLO_LENGTH, ms.is_client_hello), (ms.SERVER_HELLO_LENGTH, ms.is_server_hello)):
            if test(bytes(buffer[:length])):
                del buffer[:length]
        while len(buffer) >= 4 and buffer[0] in (ms.CONTROL, ms.END_TO_END) and buffer[1] == 0:
            end = 4 + struct.unpack_from("!H", buffer, 2)[0]
            if end > len(buffer):
                break
            if buffer[0] == ms.CONTROL:
                yield segment.frame, ms.Message.decode(bytes(buffer[4:end]))
            del buffer[:end]


def datagram_messages(stock, path):
    for frame, row in stock.frames(path, ["udp.payload"], "-Y", "udp").items():
        data = bytes.fromhex(row["udp.payload"][0])
        if ms.has_cookie(data):
            yield frame, ms.Message.decode(data)


@pytest.mark.parametrize("name", ALL)
def test_messages_and_their_values_are_those_in_the_bytes(messages, trees, passes, name):
    """All types, ids and attributes of [MS-TURN] and [MS-TURNBWM] in all frames and datagrams, in order."""
    packets, place = trees(name, passes), {}
    assert len(messages(name)) >= 7
    for frame, message in messages(name):
        shown = [unit for unit in packets[frame].messages if unit.get("msturn.dialect") in ("1", None)
                 and len(unit.get("msturn.transaction_id")) == 32]
        index = place[frame] = place.get(frame, -1) + 1
        unit = shown[index]
        assert unit.get("msturn.type") == f"0x{message.kind:04x}", f"frame {frame}"
        assert unit.get("msturn.transaction_id") == message.transaction_id.hex()
        for field, values in expected_fields(message).items():
            assert unit.all(f"msturn.{field}") == values, f"frame {frame}: {field}"
    assert {f for f, packet in packets.items() if "1" in packet.all("msturn.dialect")} == set(place)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_left_undecoded(tshark, stock, sample, trees, passes, name):
    """Every TCP segment and datagram with payload: a message, a frame, a part of one, or media.

    But for bare media on UDP, which is nobody's without a setting of the RTP dissector.
    """
    packets = trees(name, passes)
    datagrams = stock.column(sample(name), "udp.payload")
    payloads = stock.matching(sample(name), "tcp.len > 0")
    payloads += [n for n, (data,) in datagrams.items() if bytes.fromhex(data)[0] >> 6 != 2]  # not RTP or RTCP
    known = {"msturn", "rtp", "rtcp", "stun", "classicstun", "tcp.segments"}
    retransmitted = set(stock.matching(sample(name), RETRANSMITTED))
    pieces = set(tshark.matching(sample(name), "tcp.segment_data or tcp.reassembled_in", *passes))
    left = [n for n in payloads if not known & set(packets[n].names) and n not in retransmitted | pieces]
    assert left == []


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_malformed_or_unknown(trees, passes, name):
    for number, packet in trees(name, passes).items():
        assert "_ws.malformed" not in packet.names, f"frame {number}"
        unknown = packet.all("msturn.attr.unknown")
        assert unknown == (["0x7ff1"] if name == "ms-turn-constructed" and number == 78 else []), f"frame {number}"
        assert packet.all("msturn.attr.undecoded") == packet.all("msturn.opaque") == [], f"frame {number}"


@pytest.mark.parametrize("name", ALL)
def test_healthy_calls_have_nothing_worse_than_notes(tshark, sample, passes, name):
    frames = tshark.frames(sample(name), ["_ws.expert.message", "_ws.expert.severity"], "-Y", "msturn", *passes)
    for number, row in frames.items():
        found = zip(row["_ws.expert.message"], map(int, row["_ws.expert.severity"]))
        worse = [text for text, severity in found if severity > SEVERITY_NOTE and "RST" not in text]
        wanted = ON_PURPOSE.get(name, {}).get(number)
        worse = [text for text in worse if not wanted or wanted not in text]
        assert not worse, f"frame {number}"


@pytest.mark.parametrize("column, name", enumerate(CALLS))
def test_steps_of_the_call_are_in_the_list(tshark, sample, passes, column, name):
    info = tshark.column(sample(name), "_ws.col.Info", *passes)
    protocol = tshark.column(sample(name), "_ws.col.Protocol", *passes)
    for step, frames in STEPS.items():
        if frames[column] is not None:
            text = step.removesuffix(" again").removesuffix(" release").removesuffix(" with user")
            assert info[frames[column]][0].lower().startswith(text.lower()), f"frame {frames[column]}: {info[frames[column]]}"
            assert protocol[frames[column]] == ["MSTURN"]


@pytest.mark.parametrize("name", list(RTP))
def test_media_is_given_to_its_dissectors(trees, passes, name):
    packets = trees(name, passes)
    assert [n for n in RTP[name] if "rtp" not in packets[n].names] == []
    assert [n for n in RTCP[name] if "rtcp" not in packets[n].names] == []


@pytest.mark.parametrize("name", ["ms-turn-pseudo-tls-443", "ms-turn-tcp-3478"])
def test_checks_in_data_and_in_frames_are_messages_of_their_own(trees, passes, name):
    """The client's check is relayed: in the Send request with an RFC 4571 length, and outside with the same id."""
    packets = trees(name, passes)
    inside, outside = {"ms-turn-pseudo-tls-443": (20, 29), "ms-turn-tcp-3478": (18, 29)}[name]
    nested, relayed = packets[inside].messages[-1], packets[outside].messages[-1]
    assert packets[inside].all("msturn.type") == ["0x0004", "0x0001"]
    assert nested.get("msturn.dialect") == relayed.get("msturn.dialect") == "3"
    assert nested.get("msturn.transaction_id") == relayed.get("msturn.transaction_id")
    assert nested.get("msturn.implementation_version") == "2"
    assert len(packets[inside].all("msturn.rfc4571.length")) == 1


def test_two_packets_in_one_data_attribute(trees, passes):
    packet = trees("ms-turn-pseudo-tls-443", passes)[23]
    assert packet.all("msturn.type") == ["0x0115", "0x0001", "0x0001"]
    assert len(packet.all("msturn.rfc4571.length")) == 2


def test_constructed_capture_by_its_readme(trees, passes):
    """What frames hold: inner lengths, none, multiplexed, two in a segment, one in three."""
    packets = trees("ms-turn-constructed", passes)
    assert all(packets[n].all("msturn.rfc4571.length") and packets[n].all("msturn.ms_frame.type") == ["3"] for n in (36, 38))
    assert [packets[n].all("msturn.rfc4571.length") for n in (40, 42, 44)] == [[], [], []]
    assert [packets[n].all("msturn.multiplex.channel") for n in (46, 48)] == [["0xff10"]] * 2
    assert len(packets[50].all("rtp.seq")) == 2
    assert packets[52].all("msturn.ms_frame.type") == ["3", "3"]
    assert packets[56].all("rtp.seq") and not packets[54].all("rtp.seq")
    assert packets[18].all("msturn.remote_site_address_response.valid") == ["0"]
    assert packets[18].all("msturn.remote_site_address_response.pstn_failover") == ["1"]
    assert packets[70].all("msturn.error_code") == ["300"] and packets[80].all("msturn.error_code") == ["420"]
    assert packets[122].all("msturn.multiplex.length") == [str(8 + 113), str(8 + 12 + 64)]
    assert len(packets[122].all("rtp.seq")) == 2
    assert [packets[n].all("msturn.multiplex.channel") for n in (134, 139)] == [["0xff10"]] * 2


@pytest.mark.parametrize("name", ALL)
def test_two_passes_show_what_one_pass_shows(trees, name):
    """But for what only later frames tell."""
    one, two = trees(name, ()), trees(name, ("-2",))
    assert {n: bytes_alone(packet) for n, packet in two.items()} == {n: bytes_alone(packet) for n, packet in one.items()}
    assert [n for n in one if not known_of_calls(one[n]) <= known_of_calls(two[n])] == []
