"""How messages are cut from a TCP connection: plain STUN/TURN, ChannelData (RFC 8656 12.5), RFC 4571 frames."""

import pytest
import stun
import turn
from tcpcap import Capture
from wireshark import Packet

RTCP_PARTS = 2  # of the compound packet: each is a protocol of its own in the tree
ANY_PORT = ("192.0.2.9", 9321)  # of nobody, and in none of the ranges


def types(packet: Packet) -> list[str]:
    return [message.get("msturn.type") for message in packet.messages]


def test_messages_follow_each_other_without_framing(tshark, write, passes, capture):
    frame = capture.connection().client(turn.allocate() + turn.refresh() + turn.keep_alive())
    packet = tshark.trees(write(capture), *passes)[frame]
    assert types(packet) == ["0x0003", "0x0004", "0x0011"]
    ids = [bytes.fromhex(message.get("msturn.transaction_id")) for message in packet.messages]
    assert ids == [stun.transaction_id(label) for label in ("allocate", "refresh", "keep-alive")]
    assert packet.findings == []


def test_info_names_every_message_of_a_segment(tshark, write, passes, capture):
    frame = capture.connection().client(turn.allocate() + turn.refresh() + turn.keep_alive())
    info = tshark.column(write(capture), "_ws.col.Info", *passes)[frame][0]
    places = [info.index(name) for name in ("Allocate Request", "Refresh Request", "Binding Indication")]
    assert places == sorted(places)


def test_message_of_the_greatest_length(tshark, write, passes, capture):
    """65532 bytes of attributes: 20 more do not fit into 16 bits."""
    control = capture.connection()
    data = turn.noise(65532 - 4)
    message = stun.Message(stun.Method.SEND, stun.Class.INDICATION, stun.transaction_id("big"))
    message.add(stun.Attribute.DATA, data)
    frames = control.client_stream(message.encode() + turn.keep_alive())
    packets = tshark.trees(write(capture), *passes)
    assert [t for frame in frames for t in types(packets[frame])] == ["0x0016", "0x0011"]
    big = packets[frames[-1]].messages[0]
    assert big.get("msturn.length") == "65532"
    assert bytes.fromhex(big.get("msturn.data")) == data


# ChannelData


def channel_packets(tshark, write, capture, passes, data: bytes) -> Packet:
    """What follows the Allocate of a UDP relay, which alone has channels (RFC 6062 3), in the server's direction."""
    control = capture.connection()
    control.client(turn.allocate(transport=turn.UDP))
    control.server(turn.allocated())
    frame = control.server(data)
    return tshark.trees(write(capture), *passes)[frame]


def test_channel_data_is_padded_to_four_bytes(tshark, write, passes, capture):
    stream = b"".join(stun.channel_data(0x4001, turn.noise(n)) + turn.keep_alive(f"after {n}") for n in range(9))
    packet = channel_packets(tshark, write, capture, passes, stream)
    assert packet.all("msturn.channel") == ["0x4001"] * 9
    assert packet.all("msturn.channel.length") == [str(n) for n in range(9)]
    assert [bytes.fromhex(value) for value in packet.all("msturn.channel.data")] == [turn.noise(n) for n in range(1, 9)]
    paddings = [len(bytes.fromhex(value)) for value in packet.all("msturn.channel.padding")]
    assert paddings == [3, 2, 1, 3, 2, 1]
    assert types(packet) == ["0x0011"] * 9
    assert packet.findings == []


def test_channel_numbers_up_to_4fff_are_legal_and_above_are_flagged(tshark, write, passes, capture):
    numbers = [0x4000, 0x4FFF, 0x5000, 0x7FFF]
    stream = b"".join(stun.channel_data(number, turn.noise(8)) for number in numbers)
    packet = channel_packets(tshark, write, capture, passes, stream)
    assert packet.all("msturn.channel") == [f"0x{number:04x}" for number in numbers]
    flagged = [unit.get("msturn.channel") for unit in packet.units if "channel_reserved" in unit.findings]
    assert flagged == ["0x5000", "0x7fff"]


def test_first_bytes_from_128_on_are_no_channel(tshark, write, passes, capture):
    packet = channel_packets(tshark, write, capture, passes, b"\x80\x00\x00\x04" + turn.noise(4))
    assert packet.all("msturn.channel") == []
    assert packet.findings == ["framing_lost"]


def test_info_names_the_channel(tshark, write, passes, capture):
    control = capture.connection()
    control.client(turn.allocate())
    frame = control.client(stun.channel_data(0x4001, turn.noise(10)))
    info = tshark.column(write(capture), "_ws.col.Info", *passes)[frame][0]
    assert "ChannelData" in info and "0x4001" in info and "10" in info


def test_payload_of_channel_data_is_told_apart_by_its_first_byte(tshark, write, passes, capture):
    """RFC 7983."""
    control = capture.connection()
    control.client(turn.allocate())
    payloads = {"rtp": turn.rtp(), "rtcp": turn.rtcp(), "dtls": turn.dtls(), "data": turn.noise(20)}
    frames = {name: control.client(stun.channel_data(0x4001, payload)) for name, payload in payloads.items()}
    inner = control.client(stun.channel_data(0x4001, turn.check()))
    packets = tshark.trees(write(capture), *passes)
    for name, frame in frames.items():
        assert list(dict.fromkeys(packets[frame].names))[-2:] == ["msturn", name]
    assert types(packets[inner]) == ["0x0001"]
    assert packets[inner].all("msturn.username") == ["there:here"]


def test_payload_of_send_indications_is_told_apart_by_its_first_byte(tshark, write, passes, capture):
    control = capture.connection()
    payloads = {"rtp": turn.rtp(), "rtcp": turn.rtcp(), "dtls": turn.dtls(), "data": turn.noise(20)}
    frames = {name: control.client(turn.send(payload)) for name, payload in payloads.items()}
    inner = control.client(turn.send(turn.check()))
    packets = tshark.trees(write(capture), *passes)
    for name, frame in frames.items():
        assert list(dict.fromkeys(packets[frame].names))[-2:] == ["msturn", name]
        assert bytes.fromhex(packets[frame].messages[0].get("msturn.data")) == payloads[name]
    assert types(packets[inner]) == ["0x0016", "0x0001"]


def test_channel_data_in_a_message_is_no_end_of_nesting(tshark, write, passes, capture):
    """Messages in messages in messages: a bounded number of them is followed, and the rest is flagged."""
    data = turn.noise(4)
    for level in range(300):
        data = turn.send(data, f"level {level}")
    control = capture.connection()
    frame = control.client(data)
    after = control.client(turn.keep_alive())
    packets = tshark.trees(write(capture), *passes)
    assert 1 < len(packets[frame].messages) < 300
    assert packets[frame].findings == ["nesting"]
    assert types(packets[after]) == ["0x0011"]


# RFC 4571


def framed_connection(capture: Capture, server=ANY_PORT):
    """A connection of two ICE agents."""
    connection = capture.connection(server=server)
    connection.client(stun.frame(turn.check()))
    connection.server(stun.frame(turn.answer()))
    return connection


def test_check_in_a_frame_is_found_on_any_port(tshark, write, passes, capture):
    connection = capture.connection(server=ANY_PORT)
    request = connection.client(stun.frame(turn.check()))
    response = connection.server(stun.frame(turn.answer()))
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[request]) == ["0x0001"]
    assert types(packets[response]) == ["0x0101"]
    assert packets[request].all("msturn.rfc4571.length") == [str(len(turn.check()))]
    assert packets[request].findings == packets[response].findings == []


def test_packets_in_frames_are_told_apart_by_their_first_byte(tshark, write, passes, capture):
    connection = framed_connection(capture)
    payloads = {"rtp": turn.rtp(), "rtcp": turn.rtcp(), "dtls": turn.dtls(), "data": turn.noise(20)}
    frames = {name: connection.client(stun.frame(payload)) for name, payload in payloads.items()}
    packets = tshark.trees(write(capture), *passes)
    for name, frame in frames.items():
        assert list(dict.fromkeys(packets[frame].names))[-2:] == ["msturn", name]
        assert packets[frame].all("msturn.rfc4571.length") == [str(len(payloads[name]))]


def test_frames_of_all_kinds_share_a_segment(tshark, write, passes, capture):
    connection = framed_connection(capture)
    packets = [turn.rtp(1), turn.check("second"), turn.rtcp(), turn.dtls(), turn.noise(7), turn.rtp(2), turn.answer("x")]
    frame = connection.server(b"".join(map(stun.frame, packets)))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.rfc4571.length") == [str(len(data)) for data in packets]
    assert types(packet) == ["0x0001", "0x0101"]
    assert [packet.names.count(name) for name in ("rtp", "rtcp", "dtls", "data")] == [2, RTCP_PARTS, 1, 1]


def test_rtp_gets_its_fields(tshark, write, passes, capture):
    connection = framed_connection(capture)
    frame = connection.client(stun.frame(turn.rtp(7, length=33)))
    row = tshark.frames(write(capture), ["rtp.seq", "rtp.ssrc", "rtp.p_type", "rtp.payload"], *passes)[frame]
    assert (row["rtp.seq"], row["rtp.ssrc"], row["rtp.p_type"]) == (["7"], ["0xdecafbad"], ["127"])
    assert len(bytes.fromhex(row["rtp.payload"][0])) == 33


def test_empty_frame_is_legal(tshark, write, passes, capture):
    """RFC 4571 2: a length of zero is a frame without a packet."""
    connection = framed_connection(capture)
    frame = connection.client(stun.frame(b"") + stun.frame(turn.check("after")))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.rfc4571.length") == ["0", str(len(turn.check()))]
    assert types(packet) == ["0x0001"]
    assert packet.findings == []


def test_frame_of_the_greatest_length(tshark, write, passes, capture):
    connection = framed_connection(capture)
    frames = connection.client_stream(stun.frame(turn.rtp(1, length=65535 - 12)) + stun.frame(turn.check("after")))
    packets = tshark.trees(write(capture), *passes)
    assert [v for frame in frames for v in packets[frame].all("msturn.rfc4571.length")] == ["65535", str(len(turn.check()))]
    assert types(packets[frames[-1]]) == ["0x0001"]


def test_frame_length_that_is_not_the_messages_is_flagged(tshark, write, passes, capture):
    """One frame with four bytes behind the message, the next one is where the frame's length says."""
    connection = framed_connection(capture)
    frame = connection.client(stun.frame(turn.check("x") + turn.noise(4)) + stun.frame(turn.check("y")))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.findings == ["frame_length"]
    assert types(packet) == ["0x0001", "0x0001"]


def test_message_without_a_frame_among_frames_is_flagged(tshark, write, passes, capture):
    connection = framed_connection(capture)
    frame = connection.client(turn.check("bare"))
    after = connection.client(stun.frame(turn.check("after")))
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[frame]) == ["0x0001"]
    assert packets[frame].findings == ["frame_missing"]
    assert types(packets[after]) == ["0x0001"] and packets[after].findings == []


def test_framing_is_that_of_a_direction(tshark, write, passes, capture):
    """A client that frames and a server that does not: wrong of one of them, and both are decoded."""
    connection = capture.connection(server=ANY_PORT)
    request = connection.client(stun.frame(turn.check()))
    response = connection.server(turn.answer())
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[request]) == ["0x0001"]
    assert types(packets[response]) == ["0x0101"]


def test_frames_go_over_ipv6(tshark, write, passes, capture):
    connection = framed_connection(capture, server=("2001:db8:1::9", 9321))
    frame = connection.client(stun.frame(turn.rtp()))
    packets = tshark.trees(write(capture), *passes)
    assert "rtp" in packets[frame].names


# Each message once


def test_type_is_there_once_a_message(tshark, write, passes, capture):
    plain = capture.connection()
    plain.client(turn.allocate() + turn.send(turn.check()) + stun.channel_data(0x4001, turn.check("in channel")))
    framed = framed_connection(capture)
    framed.client(stun.frame(turn.check("a")) + stun.frame(turn.rtp()) + stun.frame(turn.check("b")))
    for packet in tshark.trees(write(capture), *passes).values():
        assert len(packet.all("msturn.type")) == len(packet.messages) == len(packet.all("msturn.transaction_id"))


def bound_connection(capture: Capture):
    connection = capture.connection()
    connection.client(turn.bind())
    connection.server(turn.bound())
    return connection


def misframed(packet: bytes, error: int) -> bytes:
    """RFC 4571 with a length that is not the packet's."""
    return (len(packet) + error).to_bytes(2, "big") + packet


@pytest.mark.parametrize("error", [4, -4, 2, 1000, -60])
@pytest.mark.parametrize("together", [False, True], ids=["segment-each", "together"])
def test_frames_with_a_wrong_length_are_not_waited_for(tshark, write, passes, capture, error, together):
    """The receiver waits for what never comes, or cuts at the wrong place; what was sent is shown all the same."""
    direct, bound = capture.connection(server=ANY_PORT), bound_connection(capture)
    sent = [misframed(turn.check("a"), error), misframed(turn.check("b"), error), stun.frame(turn.check("c"))]
    frames = []
    for connection in (direct, bound):
        frames += [connection.server(b"".join(sent))] if together else [connection.server(part) for part in sent]
    packets = tshark.trees(write(capture), *passes)
    assert [value for frame in frames for value in types(packets[frame])] == ["0x0001"] * 6
    findings = [name for frame in frames for name in packets[frame].form_findings]
    assert findings == ["frame_length"] * 4
