"""Frames of [MS-TURN] 2.1.4 and multiplexed TURN of 2.2.3 on TCP: what is in them, what is wrong with them, and loss."""

import struct

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Attribute, noise, transaction_id
from stun import unsigned32
from test_ms_dialogue import (MAPPED, SESSION, allocate, allocated, control, data_indication, end_to_end, first_allocate,
                              framed_connection, message, relayed_connection, send_request, set_active, unauthorized, version)

PORTS = [443, 3478, 8443]
CHECK, RTP = turn.check("inner"), turn.rtp(7, length=41)


def shown(packets, frame: int, *names: str) -> list[list[str]]:
    return [packets[frame].all(name) for name in names]


# ---- types 02 and 03 ----


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("pseudo_tls", [True, False], ids=["pseudo-tls", "no-pseudo-tls"])
def test_header_is_shown_section_2_1_4(tshark, write, passes, capture, port, pseudo_tls):
    """The length counts what follows the four bytes of the header."""
    connection = relayed_connection(capture, port, pseudo_tls)
    request = allocate()
    frames = [connection.client(control(request)), connection.client(end_to_end(CHECK))]
    packets = tshark.trees(write(capture), *passes)
    names = "msturn.ms_frame.type", "msturn.ms_frame.reserved", "msturn.ms_frame.length", "msturn.type"
    assert shown(packets, frames[0], *names) == [["2"], ["0x00"], [str(len(request))], ["0x0003"]]
    assert shown(packets, frames[1], *names) == [["3"], ["0x00"], [str(len(CHECK))], ["0x0001"]]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


def test_frames_in_one_segment_have_no_padding_between_them(tshark, write, passes, capture):
    """microsoft.md 2.3: also behind odd lengths."""
    connection = relayed_connection(capture)
    odd = send_request(b"\xf1" * 9, "odd")
    assert len(odd) % 2
    frame = connection.client(control(odd) + end_to_end(RTP) + control(set_active()) + end_to_end(stun.frame(CHECK)))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.ms_frame.type") == ["2", "3", "2", "3"]
    assert packet.all("msturn.type") == ["0x0004", "0x0006", "0x0001"]
    assert packet.all("rtp.seq") == ["7"]
    assert packet.findings == []


CARRIERS = {"03": end_to_end, "data-indication": lambda content: control(data_indication(content)),
            "send-request": lambda content: control(send_request(content))}
OLD_CHECK = ms.Message(0x0001, transaction_id("old")).add(Attribute.PRIORITY, unsigned32(1)).encode(b"password")


@pytest.mark.parametrize("packet", ["check", "rtp", "old check"])
def test_inner_length_is_decided_from_the_bytes(tshark, write, passes, capture, packet):
    """microsoft.md 2.3: the first two bytes are an RFC 4571 length if they are Length - 2."""
    data = {"check": CHECK, "rtp": RTP, "old check": OLD_CHECK}[packet]
    frames = {(carrier, inner): relayed_connection(capture).server(build(stun.frame(data) if inner else data))
              for carrier, build in CARRIERS.items() for inner in (True, False)}
    packets = tshark.trees(write(capture), *passes)
    for (carrier, inner), frame in frames.items():
        found, case = packets[frame], f"{carrier}, {'RFC 4571' if inner else 'bare'}"
        assert found.all("msturn.rfc4571.length") == ([str(len(data))] if inner else []), case
        if packet == "rtp":
            assert found.all("rtp.seq") == ["7"], case
        else:
            assert found.all("msturn.type")[-1] == "0x0001", case
            assert found.all("msturn.dialect")[-1] == ("3" if packet == "check" else "2"), case
        assert found.findings == [], case


def test_two_packets_in_one_data_indication(tshark, write, passes, capture):
    """The relay reads a stream of bytes: sample-captures/README.md, the check and its CRC duplicate."""
    connection = framed_connection(capture)
    frame = connection.server(control(data_indication(stun.frame(turn.check("a")) + stun.frame(turn.check("b")))))
    packet = tshark.trees(write(capture), *passes)[frame]
    ids = [transaction_id("indication"), stun.transaction_id("a"), stun.transaction_id("b")]
    assert [bytes.fromhex(value) for value in packet.all("msturn.transaction_id")] == ids
    assert packet.findings == []


def test_unknown_data_in_frames_is_shown_as_data(tshark, write, passes, capture):
    connection = relayed_connection(capture)
    frames = [connection.client(end_to_end(b"\xf1\xf2\xf3")), connection.client(end_to_end(b"")),
              connection.client(end_to_end(b"\x16")), connection.client(control(allocate()))]
    packets = tshark.trees(write(capture), *passes)
    assert packets[frames[0]].all("data.data") == ["f1f2f3"]
    assert packets[frames[1]].all("msturn.ms_frame.length") == ["0"]
    assert packets[frames[3]].all("msturn.type") == ["0x0003"]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


def test_longest_frame(tshark, write, passes, capture):
    """65535 bytes, over two segments."""
    connection = relayed_connection(capture)
    data = end_to_end(turn.rtp(9, length=65535 - 12))
    *_, last = connection.client_stream(data + control(allocate()), [60_000])
    packet = tshark.trees(write(capture), *passes)[last]
    assert packet.all("msturn.ms_frame.length") == ["65535", str(len(allocate()))]
    assert packet.all("rtp.seq") == ["9"]
    assert packet.findings == []


# ---- multiplexed TURN ----


@pytest.mark.parametrize("framed", [True, False], ids=["in-frames", "alone"])
@pytest.mark.parametrize("port", PORTS)
def test_multiplexed_turn_section_2_2_3(tshark, write, passes, capture, framed, port):
    """The length counts the session id; packets of odd length follow each other without padding."""
    wrap = end_to_end if framed else bytes
    connection = relayed_connection(capture, port)
    if not framed:
        connection = capture.connection(server=("192.0.2.1", port))
    packets = [CHECK, RTP, data_indication(b"abc")]
    first = connection.client(wrap(ms.multiplexed(SESSION, packets[0])))
    second = connection.client(b"".join(wrap(ms.multiplexed(SESSION, packet)) for packet in packets[1:]))
    trees = tshark.trees(write(capture), *passes)
    names = "msturn.multiplex.channel", "msturn.multiplex.length", "msturn.multiplex.session_id"
    assert shown(trees, first, *names) == [["0xff10"], [str(8 + len(CHECK))], [SESSION.hex()]]
    assert trees[first].all("msturn.type") == ["0x0001"]
    assert shown(trees, second, *names) == [["0xff10"] * 2, [str(8 + len(p)) for p in packets[1:]], [SESSION.hex()] * 2]
    assert trees[second].all("rtp.seq") == ["7"]
    assert trees[second].all("msturn.type") == ["0x0115"]
    assert trees[first].findings == trees[second].findings == []


def test_multiplexed_turn_in_a_control_frame(tshark, write, passes, capture):
    """Which type of frame it has is not known (microsoft.md 2.4): both are read."""
    connection = relayed_connection(capture)
    frame = connection.client(control(ms.multiplexed(SESSION, CHECK)))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.multiplex.session_id") == [SESSION.hex()]
    assert packet.all("msturn.type") == ["0x0001"]
    assert packet.findings == []


@pytest.mark.parametrize("difference", [-4, -1, 1, 4])
def test_multiplexed_length_that_does_not_fit_T10(tshark, write, passes, capture, difference):
    data = struct.pack("!HH", 0xFF10, 8 + len(CHECK) + difference) + SESSION + CHECK
    connection = relayed_connection(capture)
    frames = [connection.client(end_to_end(data)), connection.client(end_to_end(ms.multiplexed(SESSION, turn.check("next"))))]
    packets = tshark.trees(write(capture), *passes)
    assert "multiplex_length" in packets[frames[0]].findings
    assert packets[frames[0]].all("msturn.multiplex.session_id") == [SESSION.hex()]
    assert packets[frames[1]].findings == []


@pytest.mark.parametrize("length", [0, 7])
def test_multiplexed_length_without_room_for_the_session_T10(tshark, write, passes, capture, length):
    connection = relayed_connection(capture)
    frame = connection.client(end_to_end(struct.pack("!HH", 0xFF10, length) + SESSION + CHECK))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.findings == ["multiplex_length"]


# ---- T6, T7 ----


@pytest.mark.parametrize("difference", [-8, -1, 1, 8])
def test_frame_length_that_is_not_the_messages_T6(tshark, write, passes, capture, difference):
    """The message is shown as far as it is there, and what follows is found again."""
    request = allocate()
    connection = framed_connection(capture)
    connection.client(control(first_allocate("good")))
    frame = connection.client(struct.pack("!BBH", 2, 0, len(request) + difference) + request + bytes(max(0, difference)))
    later = connection.client(control(set_active()))
    packets = tshark.trees(write(capture), *passes)
    assert "frame_length" in packets[frame].findings
    assert packets[frame].all("msturn.type") == ["0x0003"]
    assert packets[later].all("msturn.type") == ["0x0006"]


def test_control_frame_too_short_for_a_message_T6(tshark, write, passes, capture):
    connection = framed_connection(capture)
    frames = [connection.client(control(bytes(length))) for length in (0, 1, 19)]
    later = connection.client(control(allocate()))
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].findings for frame in frames] == [["frame_length"]] * 3
    assert packets[later].all("msturn.type") == ["0x0003"]
    assert packets[later].findings == []


@pytest.mark.parametrize("header", ["0400", "0000", "0201", "03ff", "1603"])
def test_header_that_is_none_T6_T7(tshark, write, passes, capture, header):
    """A finding where sync was lost, and the next frame is found: in the same segment and behind it."""
    connection = framed_connection(capture)
    junk = bytes.fromhex(header) + noise("junk", 40)
    frames = [connection.client(control(first_allocate("good"))), connection.client(junk + control(allocate())),
              connection.client(control(set_active()))]
    packets = tshark.trees(write(capture), *passes)
    assert packets[frames[1]].findings == ["framing_lost"]
    assert packets[frames[1]].all("msturn.opaque") == [junk.hex()]
    assert packets[frames[1]].all("msturn.type") == ["0x0003"]
    assert packets[frames[2]].all("msturn.type") == ["0x0006"]
    assert packets[frames[2]].findings == []


# ---- loss ----


@pytest.mark.parametrize("place", [0, 1, 3, 4, 30, 100])
def test_lost_segment_and_resynchronisation(tshark, write, passes, capture, place):
    """The capture misses the beginning of a frame: its rest is no frame, the next one is; nothing is called broken."""
    connection = framed_connection(capture)
    lost, rest = control(allocate("lost"))[:place], control(allocate("lost"))[place:]
    connection.client(control(first_allocate("before")))
    if lost:
        connection.client(lost, lost=True)
    frames = [connection.client(rest + control(set_active("same"))), connection.client(control(set_active("next"))),
              connection.client(end_to_end(RTP))]
    connection.server(control(unauthorized("other side")))
    packets = tshark.trees(write(capture), *passes)
    ids = [bytes.fromhex(value) for frame in frames for value in packets[frame].all("msturn.transaction_id")]
    wanted = [transaction_id(label) for label in ("lost", "same", "next")]
    assert ids == (wanted if place == 0 else wanted[1:])
    assert packets[frames[2]].all("rtp.seq") == ["7"]
    assert "framing_lost" not in [name for packet in packets.values() for name in packet.findings]


def test_end_of_a_frame_is_lost(tshark, write, passes, capture):
    connection = framed_connection(capture)
    data = control(allocate("cut"))
    connection.client(data[:50])
    connection.client(data[50:], lost=True)
    frames = [connection.client(control(set_active("next"))), connection.client(control(set_active("last")))]
    packets = tshark.trees(write(capture), *passes)
    ids = [bytes.fromhex(value) for frame in frames for value in packets[frame].all("msturn.transaction_id")]
    assert ids[-2:] == [transaction_id("next"), transaction_id("last")]


@pytest.mark.parametrize("port", PORTS)
def test_capture_begins_in_mid_stream(tshark, write, passes, capture, port):
    """Without pseudo-TLS, without a handshake: the first whole control frame is enough evidence."""
    connection = capture.connection(client=MAPPED, server=("192.0.2.1", port), handshake=False)
    frames = [connection.client(control(allocate())), connection.server(control(allocated())),
              connection.server(end_to_end(RTP))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x0003"], ["0x0103"], []]
    assert packets[frames[2]].all("rtp.seq") == ["7"]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


def test_retransmitted_and_reordered_segments(tshark, write, passes, capture):
    """Reordering is TCP's matter, when its preference is set; nothing is shown twice."""
    connection = framed_connection(capture)
    one, two = control(allocate("one")), control(set_active("two"))
    rest = len(one) - 30
    connection.client(one[:30])
    connection.client(one[:30], at=-30)
    connection.skip(True, rest)
    connection.client(two)
    connection.client(one[30:], at=-len(two) - rest)
    connection.client(one[30:], at=-len(two) - rest)
    last = connection.client(control(first_allocate("three")))
    packets = tshark.trees(write(capture), "-o", "tcp.reassemble_out_of_order:TRUE", *passes)
    ids = [bytes.fromhex(v) for packet in packets.values() for v in packet.all("msturn.transaction_id")]
    assert [ids.count(transaction_id(label)) for label in ("one", "two", "three")] == [1, 1, 1]
    assert packets[last].all("msturn.type") == ["0x0003"]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


def test_standard_frames_on_other_connections_stay_what_they_are(tshark, write, passes, capture):
    """RFC 4571 and plain TURN beside MS-TURN, on the same ports."""
    framed_connection(capture, 3478)
    plain, direct = capture.connection(), capture.connection(server=("192.0.2.9", 9321))
    frames = [plain.client(turn.allocate()), direct.client(stun.frame(CHECK)), direct.client(stun.frame(RTP))]
    packets = tshark.trees(write(capture), *passes)
    assert packets[frames[0]].all("msturn.dialect") == ["3"]
    assert packets[frames[1]].all("msturn.rfc4571.length") == [str(len(CHECK))]
    assert packets[frames[2]].all("rtp.seq") == ["7"]
    assert [packets[frame].all("msturn.ms_frame.type") for frame in frames] == [[], [], []]


def test_message_with_ms_version_alone_claims_nothing(tshark, write, passes, capture):
    """Evidence is the Magic Cookie attribute with consistent lengths: a wrong length or cookie is not ours (8443)."""
    good = message(0x0003, "x", version(2))
    wrong = [struct.pack("!BBH", 2, 0, len(good) + 1) + good, control(good[:24] + b"\0\0\0\0" + good[28:]),
             control(b"\0\x0f" + good[2:])]
    for data in wrong:
        capture.connection(server=("192.0.2.1", 8443)).client(data)
    assert tshark.matching(write(capture), "msturn", *passes) == []
