"""UDP: datagrams with the Magic Cookie attribute and multiplexed TURN are msturn's; other STUN stays with the built-in dissector.

[MS-TURN] 2.2.2.8, 2.2.3; microsoft.md 2.4 and 3.1.
"""

import re
import struct
from xml.etree import ElementTree

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Attribute, Type, noise, start, transaction_id
from stun import address, unsigned32
from test_ms_dialogue import (CLIENT, SESSION, active, allocate, allocated, data_indication, datagram, first_allocate,
                              message, send_request, set_active, unauthorized, version)

PORTS = [3478, 3481, 50000, 9321]  # of the preference, and found by the heuristic
CHECK = turn.check("inner")
PLAIN_STUN_UDP = ("-o", "msturn.plain_stun_udp:TRUE")


def same(text: str) -> str:
    """PDML without the time when it was written."""
    return re.sub(r'time="[^"]*"', "", text, count=1)


def takers(tshark, path, passes) -> dict[int, str]:
    """The dissector that took each datagram: what stands behind udp in the list of those that were called."""
    protocols = tshark.column(path, "frame.protocols", *passes)
    return {frame: value.split(":udp:")[1].split(":")[0] for frame, (value,) in protocols.items()}


@pytest.mark.parametrize("port", PORTS)
def test_ms_turn_messages_are_decoded_on_any_port(tshark, write, passes, capture, port):
    server = ("192.0.2.1", port)
    sent = [(True, first_allocate()), (False, unauthorized()), (True, allocate()), (False, allocated(mapped=CLIENT)),
            (True, send_request(CHECK)), (False, data_indication(turn.answer("inner"))), (True, set_active()), (False, active())]
    frames = [datagram(capture, *((CLIENT, server) if up else (server, CLIENT)), data) for up, data in sent]
    path = write(capture)
    packets = tshark.trees(path, *passes)
    for frame, (_, data) in zip(frames, sent):
        shown = packets[frame].messages[0]
        wanted = ms.Message.decode(data)
        assert shown.get("msturn.type") == f"0x{wanted.kind:04x}"
        assert shown.get("msturn.transaction_id") == wanted.transaction_id.hex()
        assert shown.all("msturn.attr.type") == [f"0x{number:04x}" for number, _ in wanted.attributes]
        assert shown.get("msturn.dialect") == "1"
        assert packets[frame].findings == []
    assert packets[frames[4]].all("msturn.type") == ["0x0004", "0x0001"]
    assert set(takers(tshark, path, passes).values()) == {"msturn"}
    shown = tshark.column(path, "_ws.col.Protocol", *passes)
    assert {shown[frame][0] for frame in frames} == {"MSTURN"}


def challenge(capture, server: tuple[str, int]) -> None:
    """The exchange in which the server hands out the session id."""
    datagram(capture, CLIENT, server, first_allocate())
    datagram(capture, server, CLIENT, unauthorized())


@pytest.mark.parametrize("port", PORTS)
def test_multiplexed_turn_section_2_2_3(tshark, write, passes, capture, port):
    """A check, and an MS-TURN message, of any length: the datagram has no padding."""
    server = ("192.0.2.1", port)
    challenge(capture, server)
    inner = [CHECK, data_indication(b"odd"), turn.answer("inner")]
    frames = [datagram(capture, CLIENT, server, ms.multiplexed(SESSION, packet)) for packet in inner]
    packets = tshark.trees(write(capture), *passes)
    for frame, packet in zip(frames, inner):
        assert packets[frame].all("msturn.multiplex.channel") == ["0xff10"]
        assert packets[frame].all("msturn.multiplex.length") == [str(8 + len(packet))]
        assert packets[frame].all("msturn.multiplex.session_id") == [SESSION.hex()]
        assert packets[frame].all("msturn.type") == [f"0x{packet[:2].hex()}"]
        assert packets[frame].findings == []


def test_multiplexed_media_behind_a_message_of_the_session(tshark, write, passes, capture):
    """RTP and RTCP in 0xFF10 on a port of the preference: the session id was seen before."""
    server = ("192.0.2.1", 3480)
    datagram(capture, CLIENT, server, ms.multiplexed(SESSION, CHECK))
    frames = [datagram(capture, CLIENT, server, ms.multiplexed(SESSION, packet)) for packet in (turn.rtp(5, length=51), turn.rtcp())]
    packets = tshark.trees(write(capture), *passes)
    assert packets[frames[0]].all("msturn.multiplex.session_id") == [SESSION.hex()]
    assert packets[frames[0]].all("rtp.seq") == ["5"]
    assert packets[frames[1]].all("rtcp.pt") == ["201", "202"]


@pytest.mark.parametrize("difference", [-8, -1, 1, 8])
def test_multiplexed_length_that_is_not_the_datagrams_T10(tshark, write, passes, capture, difference):
    server = ("192.0.2.1", 3478)
    challenge(capture, server)
    data = struct.pack("!HH", 0xFF10, 8 + len(CHECK) + difference) + SESSION + CHECK
    frames = [datagram(capture, CLIENT, server, packet) for packet in (data, ms.multiplexed(SESSION, turn.check("next")))]
    packets = tshark.trees(write(capture), *passes)
    assert "multiplex_length" in packets[frames[0]].findings
    assert packets[frames[0]].all("msturn.type") == ["0x0001"]
    assert packets[frames[1]].findings == []


def plain_stun(capture) -> None:
    """What is on UDP beside MS-TURN: STUN and TURN of the RFCs, ChannelData, media, and other protocols on these ports."""
    old = bytes.fromhex("00010008") + noise("rfc 3489", 16) + bytes.fromhex("0003000400000000")
    packets = [turn.check("a"), turn.answer("a"), turn.allocate(), turn.allocated(), turn.send(b"hello"), turn.keep_alive(),
               stun.channel_data(0x4001, b"data"), turn.rtp(1), turn.rtcp(), turn.dtls(), old, b"", b"\0", b"\xff\x10", noise("x", 30),
               struct.pack("!HH", 0xFF10, 40) + noise("no session", 40)]
    for port in (3478, 3479, 3481, 50000, 9321):
        for number, packet in enumerate(packets):
            datagram(capture, ("10.9.0.2", 40000 + number), ("192.0.2.1", port), packet)
            datagram(capture, ("192.0.2.1", port), ("10.9.0.2", 40000 + number), packet)


def is_of_msturn(item: ElementTree.Element) -> bool:
    return any(field.get("name", "").startswith("msturn.") for field in item)


def without_the_call(text: str) -> list[list[str]]:
    """The layers of PDML's packets, without what msturn adds to the end of one that it has only heard."""
    return [[ElementTree.tostring(item, encoding="unicode").strip() for item in packet if not is_of_msturn(item)]
            for packet in ElementTree.fromstring(text).iter("packet")]


def test_plain_stun_stays_with_the_built_in_dissector(tshark, stock, write, passes, capture):
    """What is heard of it stands at the end of the packet, and nothing else is changed."""
    plain_stun(capture)
    path = write(capture)
    ours, theirs = tshark.pdml(path, *passes), stock.pdml(path, *passes)
    assert without_the_call(ours) == without_the_call(theirs) and same(ours) != same(theirs)


def test_plain_stun_is_taken_if_the_preference_says_so(tshark, write, passes, capture):
    frames = [datagram(capture, CLIENT, ("192.0.2.1", port), turn.check("a")) for port in PORTS]
    path = write(capture)
    packets = tshark.trees(path, *PLAIN_STUN_UDP, *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x0001"]] * len(frames)
    assert tshark.matching(path, "msturn", *passes) == []


@pytest.mark.parametrize("port", [3478, 50000])
def test_both_kinds_on_one_pair_of_addresses(tshark, write, passes, capture, port):
    """Decided by each datagram (microsoft.md 1): plain checks of the built-in dissector, and MS-TURN and 0xFF10 among them."""
    server = ("192.0.2.1", port)
    sent = [CHECK, allocate(), turn.answer("inner"), ms.multiplexed(SESSION, CHECK), turn.check("more"), data_indication(CHECK)]
    for data in sent:
        datagram(capture, CLIENT, server, data)
    path = write(capture)
    names = ["stun", "msturn", "stun", "msturn", "stun", "msturn"]
    assert list(takers(tshark, path, passes).values()) == names


def test_msturn_disabled_gives_everything_back(tshark, stock, write, passes, capture):
    plain_stun(capture)
    for data in (allocate(), ms.multiplexed(SESSION, CHECK)):
        datagram(capture, CLIENT, ("192.0.2.1", 3478), data)
    path = write(capture)
    assert same(tshark.pdml(path, "--disable-protocol", "msturn", *passes)) == same(stock.pdml(path, *passes))


def test_answer_from_another_address_belongs_to_the_request(tshark, write, passes, capture):
    """microsoft.md 7.1: Teams' answer comes from the first server although the request went to the alternate one."""
    asked = datagram(capture, CLIENT, ("192.0.2.2", 3478), allocate())
    answered = datagram(capture, ("192.0.2.1", 3478), CLIENT, allocated())
    packets = tshark.trees(write(capture), *passes)
    assert packets[answered].all("msturn.response_to") == [str(asked)]


def test_same_transaction_id_of_two_clients_is_not_one_transaction(tshark, write, passes, capture):
    """Match by id and client endpoint (microsoft.md 7.1)."""
    server, other = ("192.0.2.1", 3478), ("10.9.0.77", 50016)
    asked = [datagram(capture, client, server, allocate()) for client in (CLIENT, other)]
    answered = [datagram(capture, server, client, allocated()) for client in (CLIENT, other)]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.response_to") for frame in answered] == [[str(frame)] for frame in asked]
    assert packets[asked[1]].all("msturn.duplicate_of") == []


def test_repeated_request_is_a_duplicate(tshark, write, passes, capture):
    server = ("192.0.2.1", 3478)
    frames = [datagram(capture, CLIENT, server, allocate()) for _ in range(3)]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.duplicate_of") for frame in frames] == [[], [str(frames[0])], [str(frames[0])]]


def test_ipv6_addresses_of_20_bytes(tshark, write, passes, capture):
    peer = ("2001:db8::7", 3479)
    data = message(Type.SEND_REQUEST, "ipv6", version(4), (Attribute.DESTINATION_ADDRESS, address(*peer)), (Attribute.DATA, CHECK))
    frame = datagram(capture, CLIENT, ("192.0.2.1", 3478), data)
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.ms_destination_address") == ["[2001:db8::7]:3479"]
    assert packet.all("msturn.type") == ["0x0004", "0x0001"]


@pytest.mark.parametrize("extra", [1, 4, 40])
def test_bytes_behind_a_message_are_not_lost_without_a_word(tshark, write, passes, capture, extra):
    frame = datagram(capture, CLIENT, ("192.0.2.1", 3478), first_allocate() + bytes(extra))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.type") == ["0x0003"]
    assert packet.findings != []


def test_datagram_shorter_than_its_message(tshark, write, passes, capture):
    """An expert item says at which attribute."""
    data = start(Type.ALLOCATE_REQUEST, transaction_id("short")).add(*version(2)).add(Attribute.LIFETIME, unsigned32(60)).encode()
    frame = datagram(capture, CLIENT, ("192.0.2.1", 3478), data[:-2])
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.ms_version") == ["2"]
    assert packet.findings == ["attribute_overrun"]


def test_all_messages_of_the_teams_capture(tshark, shared_capture, passes):
    """34 MS-TURN messages on UDP 3478: shared/captures/README.md counts them by type. None malformed, nothing unknown.

    The client is behind a NAT, and servers answer from other addresses, which is normal for Teams (microsoft.md A17).
    """
    path = shared_capture("teams.pcap")
    frames = tshark.frames(path, ["msturn.type", "msturn.dialect", "udp.port", "msturn.attr.unknown", "msturn.attr.undecoded",
                                  "_ws.malformed", "msturn.opaque"], "-Y", "msturn", *passes)
    counts = {}
    for row in frames.values():
        if row["msturn.dialect"] and row["msturn.dialect"][0] == "1":
            counts[row["msturn.type"][0]] = counts.get(row["msturn.type"][0], 0) + 1
        for name in ("msturn.attr.unknown", "msturn.attr.undecoded", "_ws.malformed", "msturn.opaque"):
            assert row[name] == []
    assert counts == {"0x0003": 11, "0x0103": 7, "0x0113": 4, "0x0004": 6, "0x0115": 6}
    packets = tshark.trees(path, "-Y", "msturn", *passes)
    notes = {name for packet in packets.values() for name in packet.findings}
    assert notes == {"reflexive_differs", "answered_elsewhere"}


def test_values_of_the_teams_capture(tshark, shared_capture, passes):
    """As read from the bytes for microsoft.md: version 6, lifetime 60, realm with quotation marks, error text of 57 bytes."""
    path = shared_capture("teams.pcap")
    names = ["ms_version", "lifetime", "realm", "error_code", "error_code.reason", "ms_remote_address", "software",
             "ms_sequence_number", "ms_app_id", "bandwidth", "ms_service_quality.stream_type", "ms_service_quality.quality"]
    rows = tshark.rows(path, [f"msturn.{name}" for name in names], "-Y", "msturn.dialect == 1", *passes)
    seen = {name: {value for row in rows for value in row[f"msturn.{name}"]} for name in names}
    assert seen["ms_version"] == {"6"} and seen["realm"] == {'"rtcmedia"'} and seen["lifetime"] == {"60", "0"}
    assert seen["error_code"] == {"401"} and seen["software"] == {"2.0.1.211"}
    assert seen["error_code.reason"] == {"The request did not contain a Message-Integrity attribute"}
    assert "93.71.110.205:16332" in seen["ms_remote_address"]
    assert seen["ms_app_id"] == {"2"} and seen["bandwidth"] == {"12000"} and "1" in seen["ms_sequence_number"]
    assert seen["ms_service_quality.quality"] == {"2"}
