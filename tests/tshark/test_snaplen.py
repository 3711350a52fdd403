"""Packets that the capture cut (snaplen): what is there is decoded, what is not is no fault of the sender."""

import itertools

import pytest
import stun
import turn
from reference import cut, read_segments
from wireshark import Packet

HEADERS = 14 + 20 + 20  # Ethernet, IPv4, TCP without options
SENDERS_FAULTS = {"attribute_overrun", "attribute_truncated", "attribute_length", "length_not_multiple",
                  "framing_lost", "frame_length", "fingerprint", "frame_missing",
                  "attribute_unknown_required"}
SAMPLES = ["cms-expressway-skype-ipv6", "turn-on-443", "turnutils-uclient-channels"]


@pytest.fixture(scope="module")
def whole_ids(tshark, sample):
    """Transaction ids of all messages of a capture that is not cut."""
    known = {}

    def ids(name: str) -> set[str]:
        if name not in known:
            known[name] = {value for values in tshark.column(sample(name), "msturn.transaction_id").values() for value in values}
        return known[name]

    return ids


def assert_no_fault(packet: Packet) -> None:
    assert not SENDERS_FAULTS & set(packet.findings), f"frame {packet.number}: {packet.findings}"
    assert "_ws.malformed" not in packet.names, f"frame {packet.number}"


@pytest.mark.parametrize("length", [60, 90, 128])
@pytest.mark.parametrize("name", SAMPLES)
def test_cut_samples_have_no_faults(tshark, sample, editcap, whole_ids, passes, name, length):
    """Nothing malformed, and each message that is left is one of those that were sent."""
    path = editcap(sample(name), "-s", str(length))
    for packet in tshark.trees(path, *passes).values():
        if "msturn" in packet.names:
            assert_no_fault(packet)
        assert {message.get("msturn.transaction_id") for message in packet.messages} <= whole_ids(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_headers_are_enough_to_list_the_messages(tshark, stock, sample, editcap, passes, name):
    """With 20 bytes of a message its type and transaction id are there: with the largest headers 66 + 2 + 20 bytes."""
    length = 14 + (40 if name.endswith("ipv6") else 20) + 32 + 2 + 20
    expected = {}
    for unit in cut(read_segments(stock, sample(name))):
        if unit.is_message:
            expected.setdefault(unit.frame, unit.message.transaction_id.hex())
    packets = tshark.trees(editcap(sample(name), "-s", str(length)), *passes)
    missing = [frame for frame, identity in expected.items()
               if identity not in {m.get("msturn.transaction_id") for m in packets[frame].messages}]
    assert missing == []


def cut_message(capture, message: bytes, length: int) -> int:
    """A control connection whose second message is cut after this many bytes."""
    control = capture.connection()
    control.client(turn.keep_alive())
    return control.client(message, snaplen=HEADERS + length)


def test_every_cut_of_a_message(tshark, write, passes, capture):
    """Attributes that are there in full have their values, and the cut is named."""
    message = turn.allocate()
    frames = {length: cut_message(capture, message, length) for length in range(20, len(message))}
    ends = {number: end for number, _, end in stun.attribute_spans(message)}
    packets = tshark.trees(write(capture), *passes)
    for length, frame in frames.items():
        packet = packets[frame]
        assert_no_fault(packet)
        assert "cut_by_capture" in packet.findings, f"cut at {length}"
        assert packet.all("msturn.type") == ["0x0003"]
        assert packet.all("msturn.length") == [str(len(message) - 20)]
        known = {"msturn.lifetime": (stun.Attribute.LIFETIME, "600"), "msturn.username": (stun.Attribute.USERNAME, "turn"),
                 "msturn.realm": (stun.Attribute.REALM, "TANDBERG")}
        for name, (number, value) in known.items():
            if length >= ends[number]:
                assert packet.all(name) == [value], f"cut at {length}"


def test_messages_shorter_than_a_header(tshark, write, passes, capture):
    """Nothing to show, nothing to complain about; on a known connection not given to anybody else."""
    frames = [cut_message(capture, turn.allocate(), length) for length in range(1, 20)]
    for frame, packet in tshark.trees(write(capture), *passes).items():
        if frame in frames:
            assert_no_fault(packet)
            assert packet.all("msturn.type") == []


def test_messages_behind_the_cut_are_not_made_up(tshark, write, passes, capture):
    control = capture.connection()
    stream = turn.refresh("a") + turn.refresh("b") + turn.refresh("c")
    frame = control.client(stream, snaplen=HEADERS + len(turn.refresh("a")) + 30)
    after = control.client(turn.refresh("d"))
    packets = tshark.trees(write(capture), *passes)
    ids = [bytes.fromhex(value) for value in packets[frame].all("msturn.transaction_id")]
    assert ids == [stun.transaction_id("a"), stun.transaction_id("b")]
    assert_no_fault(packets[frame])
    assert [bytes.fromhex(v) for v in packets[after].all("msturn.transaction_id")] == [stun.transaction_id("d")]
    assert packets[after].findings == []


def test_stream_goes_on_behind_cut_packets(tshark, write, passes, capture):
    """Framing is known by the lengths on the wire: cut media does not confuse a framed connection."""
    connection = capture.connection(server=("192.0.2.9", 9321))
    connection.client(stun.frame(turn.check()))
    frames = [connection.client(stun.frame(turn.rtp(n, length=500)), snaplen=HEADERS + 2 + 40) for n in range(1, 6)]
    last = connection.client(stun.frame(turn.check("last")))
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("rtp.seq") for frame in frames] == [[str(n)] for n in range(1, 6)]
    assert packets[last].all("msturn.type") == ["0x0001"]
    for frame in (*frames, last):
        assert_no_fault(packets[frame])


CHANNEL_AND_MESSAGE = stun.channel_data(0x4001, turn.noise(50)) + turn.keep_alive("behind")


def test_cut_channel_data(tshark, write, passes, capture):
    """Each length on a connection of its own."""
    frames = {}
    for length in range(4, len(CHANNEL_AND_MESSAGE)):
        control = capture.connection()
        control.client(turn.allocate())
        frames[length] = control.client(CHANNEL_AND_MESSAGE, snaplen=HEADERS + length)
    packets = tshark.trees(write(capture), *passes)
    for length, frame in frames.items():
        assert packets[frame].all("msturn.channel") == ["0x4001"], f"cut at {length}"
        assert_no_fault(packets[frame])
        shown = b"".join(map(bytes.fromhex, packets[frame].all("msturn.channel.data")))
        assert shown == turn.noise(50)[: length - 4]
        assert packets[frame].all("msturn.type") == (["0x0011"] if length >= 56 + 20 else [])


def test_cut_channel_data_goes_on(tshark, write, passes, capture):
    """Where the second unit of a segment ends is not known; the next segment begins with a channel that is."""
    control = capture.connection()
    control.client(turn.allocate())
    frames = [control.client(CHANNEL_AND_MESSAGE, snaplen=HEADERS + length) for length in (40, 20, 4, 60)]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.channel") for frame in frames] == [["0x4001"]] * 4


def test_cut_frames(tshark, write, passes, capture):
    connection = capture.connection(server=("192.0.2.9", 9321))
    connection.client(stun.frame(turn.check()))
    data = stun.frame(turn.check("cut")) + stun.frame(turn.rtp())
    frames = {length: connection.client(data, snaplen=HEADERS + length) for length in range(1, len(data))}
    packets = tshark.trees(write(capture), *passes)
    for length, frame in frames.items():
        assert_no_fault(packets[frame])
        assert packets[frame].all("msturn.type") == (["0x0001"] if length >= 22 else []), f"cut at {length}"


def test_bind_in_a_cut_packet_still_switches(tshark, write, passes, capture):
    """The header tells that it is ConnectionBind, the length where it ends."""
    data = capture.connection()
    data.client(turn.bind(), snaplen=HEADERS + 40)
    data.server(turn.bound(), snaplen=HEADERS + 40)
    frames = [data.server(stun.frame(turn.rtp(1))), data.client(stun.frame(turn.rtp(2)))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("rtp.seq") for frame in frames] == [["1"], ["2"]]


def test_fields_of_cut_messages_are_the_same_without_a_filter(tshark, write, passes, capture):
    frames = [cut_message(capture, turn.allocate(), length) for length in itertools.chain(range(20, 60, 7))]
    found = tshark.column(write(capture), "msturn.type", *passes)
    assert {frame: found[frame] for frame in frames} == {frame: ["0x0003"] for frame in frames}
