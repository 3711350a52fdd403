"""Captures that begin in mid-stream, and segments that were lost: everything that can be known is decoded.

`lost` segments reached their receiver but not the capture. Where a message begins is then known again from its own
bytes: the cookie, lengths that chain up, and in frames a length that fits (RFC 4571).
"""

import pytest
import stun
import turn
from relayed_call import CLIENT, WrappedCall, packet_later
from verdicts import report_of
from wireshark import Packet

ANY_PORT = ("192.0.2.9", 9321)
DAY = 86_400_000_000  # microseconds
CHECK = stun.frame(turn.check())
OUT_OF_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
WORSE = {"framing_lost", "channel_unpadded", "attribute_overrun", "attribute_truncated", "frame_length", "frame_missing"}


def labels(packet: Packet, names) -> list[str]:
    """Labels of the messages by their transaction ids."""
    known = {stun.transaction_id(name): name for name in names}
    return [known[bytes.fromhex(value)] for value in packet.all("msturn.transaction_id")]


# Without a beginning


def test_no_handshake(tshark, write, passes, capture):
    control = capture.connection(handshake=False)
    frames = [control.client(turn.allocate()), control.server(turn.allocated())]
    packets = tshark.trees(write(capture), *passes)
    assert [t for frame in frames for t in packets[frame].all("msturn.type")] == ["0x0003", "0x0103"]


def test_capture_begins_inside_a_message_on_a_turn_port(tshark, write, passes, capture):
    """The rest of it is shown as such, and the next message in the segment is found."""
    frames = {}
    for place in (1, 2, 3, 10, 19, 20, 21, 24, 60, 80):
        control = capture.connection(handshake=False)
        frames[place] = (control.server(turn.allocated("cut")[place:] + turn.refreshed("whole")),
                         control.server(turn.keep_alive("after")))
    packets = tshark.trees(write(capture), *passes)
    for place, (frame, after) in frames.items():
        assert labels(packets[frame], ["whole"]) == ["whole"], f"begins at {place}"
        assert bytes.fromhex(packets[frame].all("msturn.opaque")[0]) == turn.allocated("cut")[place:]
        assert labels(packets[after], ["after"]) == ["after"], f"begins at {place}"
        assert not WORSE & set(packets[frame].findings), f"begins at {place}"


@pytest.mark.parametrize("port", [3478, 25000])
def test_capture_begins_inside_a_frame(tshark, write, passes, capture, port):
    """The next frame with a check is found, and everything from there on."""
    frames = {}
    for place in (1, 2, 3, 5, 10, 21, 22, 24, 50):
        connection = capture.connection(server=("192.0.2.1", port), handshake=False)
        connection.client(CHECK[place:])
        frames[place] = connection.client(stun.frame(turn.check("whole")) + stun.frame(turn.rtp(1)))
    packets = tshark.trees(write(capture), *passes)
    for place, frame in frames.items():
        assert labels(packets[frame], ["whole"]) == ["whole"], f"begins at {place}"
        assert packets[frame].all("rtp.seq") == ["1"], f"begins at {place}"


def test_capture_begins_inside_media_on_a_turn_port(tshark, write, passes, capture):
    """The bind was not captured; media is given back until a check tells what the connection is."""
    data = capture.connection(handshake=False)
    data.server(stun.frame(turn.rtp(1))[9:])
    check = data.server(stun.frame(turn.check("a")))
    after = data.server(stun.frame(turn.rtp(2)))
    other = data.client(stun.frame(turn.rtp(9)))
    packets = tshark.trees(write(capture), *passes)
    assert labels(packets[check], ["a"]) == ["a"]
    assert packets[after].all("rtp.seq") == ["2"]
    assert packets[other].all("rtp.seq") == ["9"]


def test_one_direction_only(tshark, write, passes, capture):
    """Asymmetric paths: what one end sends is decoded alone, the switch behind the bind included."""
    control, data, reverse = capture.connection(), capture.connection(handshake=False), capture.connection(handshake=False)
    frames = [control.server(turn.allocated()), data.server(turn.bound() + CHECK), data.server(stun.frame(turn.rtp(4))),
              reverse.client(turn.bind()), reverse.client(CHECK + stun.frame(turn.rtp(5)))]
    packets = tshark.trees(write(capture), *passes)
    types = [packets[frame].all("msturn.type") for frame in frames]
    assert types == [["0x0103"], ["0x010b", "0x0001"], [], ["0x000b"], ["0x0001"]]
    assert packets[frames[2]].all("rtp.seq") == ["4"]
    assert packets[frames[4]].all("rtp.seq") == ["5"]


# Loss


def test_lost_messages_leave_the_others_alone(tshark, write, passes, capture):
    control = capture.connection()
    frames = [control.client(turn.allocate("a"))]
    control.client(turn.allocate("b") + turn.refresh("c"), lost=True)
    frames += [control.client(turn.refresh("d")), control.client(turn.keep_alive("e"))]
    packets = tshark.trees(write(capture), *passes)
    assert [labels(packets[frame], "ade") for frame in frames] == [["a"], ["d"], ["e"]]
    assert [name for frame in frames for name in packets[frame].findings] == []


def test_lost_end_of_a_message(tshark, write, passes, capture):
    """The next message begins where a segment begins."""
    control = capture.connection()
    message = turn.allocate("a")
    control.client(message[:50])
    control.client(message[50:], lost=True)
    frames = [control.client(turn.refresh("b")), control.client(turn.keep_alive("c"))]
    packets = tshark.trees(write(capture), *passes)
    assert [labels(packets[frame], "abc")[-1:] for frame in frames] == [["b"], ["c"]]


def test_lost_beginning_of_a_message(tshark, write, passes, capture):
    """What is left of it is flagged, and the next one is found in the same segment."""
    frames, message = {}, turn.refresh("b")
    for place in (1, 2, 3, 10, 19, 20, 22, 30):
        control = capture.connection()
        control.client(turn.allocate("a"))
        control.client(message[:place], lost=True)
        frames[place] = control.client(message[place:] + turn.keep_alive("c")), control.client(turn.keep_alive("d"))
    packets = tshark.trees(write(capture), *passes)
    for place, (frame, after) in frames.items():
        assert labels(packets[frame], "abcd") == ["c"], f"{place} bytes lost"
        assert bytes.fromhex(packets[frame].all("msturn.opaque")[0]) == message[place:]
        assert packets[frame].findings, f"{place} bytes lost"
        assert labels(packets[after], "abcd") == ["d"] and packets[after].findings == []


def test_lost_end_and_beginning(tshark, write, passes, capture):
    """The hole goes from inside of a message into the next one."""
    control = capture.connection()
    stream = b"".join(turn.refresh(label) for label in "abcde")
    size = len(turn.refresh("a"))
    frames = [control.client(stream[: size + 40])]
    control.client(stream[size + 40 : 2 * size + 60], lost=True)
    frames += [control.client(stream[2 * size + 60 : 3 * size + 30]), control.client(stream[3 * size + 30 :])]
    packets = tshark.trees(write(capture), *passes)
    found = [label for frame in frames for label in labels(packets[frame], "abcde")]
    assert found in (["a", "d", "e"], ["a", "b", "d", "e"])  # of b the first 40 bytes are there


def test_hole_between_frames_with_media(tshark, write, passes, capture):
    """After a check, media; somewhere bytes are lost; the next check at the latest tells where frames begin."""
    stream = b"".join(stun.frame(turn.rtp(n)) for n in range(1, 9))
    frames = {}
    for lost in (1, 2, 30, 41, 42, 43, 100):
        connection = capture.connection(server=ANY_PORT)
        connection.client(CHECK)
        connection.client(stream[:100])
        connection.client(stream[100 : 100 + lost], lost=True)
        connection.client(stream[100 + lost :])
        frames[lost] = (connection.client(stun.frame(turn.check("next")) + stun.frame(turn.rtp(20))),
                        connection.client(stun.frame(turn.rtp(21))))
    packets = tshark.trees(write(capture), *passes)
    for lost, (check, after) in frames.items():
        assert labels(packets[check], ["next"]) == ["next"], f"{lost} bytes lost"
        assert packets[check].all("rtp.seq")[-1:] == ["20"], f"{lost} bytes lost"
        assert packets[after].all("rtp.seq") == ["21"], f"{lost} bytes lost"


def test_media_in_segments_of_their_own_is_found_after_a_hole(tshark, write, passes, capture):
    """Without any check: frames with media that fill a segment are frames."""
    connection = capture.connection(server=ANY_PORT)
    connection.client(CHECK)
    connection.client(stun.frame(turn.rtp(1)))
    connection.client(stun.frame(turn.rtp(2)), lost=True)
    frames = [connection.client(stun.frame(turn.rtp(3))),
              connection.client(stun.frame(turn.rtp(4)) + stun.frame(turn.rtp(5)))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("rtp.seq") for frame in frames] == [["3"], ["4", "5"]]
    assert [name for frame in frames for name in packets[frame].findings] == []


def test_lost_bind_response(tshark, write, passes, capture):
    """The client's framing tells what the server's bytes are."""
    data = capture.connection()
    data.client(turn.bind())
    data.server(turn.bound(), lost=True)
    frames = [data.server(CHECK), data.server(stun.frame(turn.rtp(3))), data.client(CHECK)]
    packets = tshark.trees(write(capture), *passes)
    assert packets[frames[0]].all("msturn.type") == packets[frames[2]].all("msturn.type") == ["0x0001"]
    assert packets[frames[1]].all("rtp.seq") == ["3"]


def test_lost_bind_request(tshark, write, passes, capture):
    data = capture.connection()
    data.client(turn.bind(), lost=True)
    frames = [data.server(turn.bound() + CHECK), data.client(stun.frame(turn.answer())), data.client(stun.frame(turn.rtp(3)))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x010b", "0x0001"], ["0x0101"], []]
    assert packets[frames[2]].all("rtp.seq") == ["3"]


def test_hole_in_one_direction_leaves_the_other_alone(tshark, write, passes, capture):
    connection = capture.connection(server=ANY_PORT)
    connection.client(CHECK)
    connection.server(stun.frame(turn.answer()))
    connection.client(stun.frame(turn.rtp(1))[:20], lost=True)
    frame = connection.server(stun.frame(turn.rtp(8)) + stun.frame(turn.noise(11)))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("rtp.seq") == ["8"]
    assert packet.all("msturn.rfc4571.length") == [str(len(turn.rtp(8))), "11"]


# Retransmission and order


def test_retransmission_is_no_second_message(tshark, write, passes, capture):
    control = capture.connection()
    message = turn.allocate("a")
    first = control.client(message)
    again = control.client(message, at=-len(message))
    packets = tshark.trees(write(capture), *passes)
    assert packets[first].all("msturn.type") == ["0x0003"]
    assert packets[again].all("msturn.type") == []
    assert packets[first].all("msturn.duplicate_of") == []


def test_retransmission_with_new_bytes_behind(tshark, write, passes, capture):
    """Repacketized: the second segment repeats the first and goes on. TCP may withhold it (4.0 does)."""
    control = capture.connection()
    first = turn.refresh("a")
    frame = control.client(first)
    stream = first + turn.refresh("b")
    control.skip(True, len(turn.refresh("b")))
    again = control.client(stream, at=-len(stream))
    after = control.client(turn.keep_alive("c"))
    packets = tshark.trees(write(capture), *passes)
    found = [labels(packets[number], "abc") for number in (frame, again, after)]
    assert found in ([["a"], ["b"], ["c"]], [["a"], [], ["c"]])


def test_segments_out_of_order(tshark, write, passes, capture):
    """With the preference of the TCP dissector that puts them in order."""
    data = capture.connection()
    data.client(turn.bind("bind"))
    stream = turn.bound("bind") + stun.frame(turn.check("a")) + stun.frame(turn.rtp(1)) + stun.frame(turn.check("b"))
    parts = [stream[:90], stream[90:150], stream[150:]]
    data.skip(False, len(stream))
    frames = [data.server(parts[0], at=-len(stream)), data.server(parts[2], at=-len(parts[2])),
              data.server(parts[1], at=-len(parts[1]) - len(parts[2]))]
    packets = tshark.trees(write(capture), *OUT_OF_ORDER, *passes)
    found = [label for frame in frames for label in labels(packets[frame], ["bind", "a", "b"])]
    assert found == ["bind", "a", "b"]
    assert [v for frame in frames for v in packets[frame].all("rtp.seq")] == ["1"]


def test_keep_alive_of_tcp_is_nothing(tshark, write, passes, capture):
    """One byte, already sent (RFC 9293 3.8.4): it must not confuse the stream."""
    control = capture.connection()
    message = turn.allocate("a")
    control.client(message)
    keep_alive = control.client(message[-1:], at=-1)
    after = control.client(turn.refresh("b"))
    packets = tshark.trees(write(capture), *passes)
    assert packets[keep_alive].units == []
    assert labels(packets[after], "ab") == ["b"]


# Captures of several days in one file


@pytest.mark.parametrize("later", [DAY, 400 * DAY, -400 * DAY], ids=["a-day", "a-year", "a-year-before"])
@pytest.mark.parametrize("gap, verdict", [(0.3, "unfinished"), (4.0, "broken")])
def test_capture_of_another_day(tshark, write, passes, capture, gap, verdict, later):
    """What the other one shows is no time that was given to a check of this one, or to an allocation."""
    call = WrappedCall(capture).connected()
    call.check(CLIENT, "open")
    packet_later(capture, gap)
    capture.time += later
    packet_later(capture, 1, "10.99.0.3")
    packet_later(capture, 10, "10.99.0.4")
    report = report_of(tshark, write(capture), *passes)
    assert [pair["verdict"] for pair in report.pairs] == [verdict]
    assert [session["state"] for session in report.sessions] == ["allocated"]


def test_day_of_silence(tshark, write, passes, capture):
    """Less is one capture: the allocation ran out."""
    WrappedCall(capture).connected()
    capture.time += DAY - 20_000_000
    packet_later(capture, 1)
    assert [session["state"] for session in report_of(tshark, write(capture), *passes).sessions] == ["expired"]
