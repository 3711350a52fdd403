"""TCP has no message boundaries: however a stream is cut into segments, it contains the same messages."""

import itertools
import random
import struct

import pytest
import stun
import turn
from tcpcap import Capture

# Fields whose values a message brings along, wherever it is.
FIELDS = ["msturn.type", "msturn.class", "msturn.method", "msturn.length", "msturn.transaction_id", "msturn.rfc4571.length",
          "msturn.channel", "msturn.channel.length", "msturn.channel.data", "msturn.attr.type", "msturn.attr.length",
          "msturn.username", "msturn.realm", "msturn.lifetime", "msturn.connection_id", "msturn.xor_peer_address.ip",
          "msturn.xor_peer_address.port", "msturn.xor_relayed_address.ip", "msturn.xor_relayed_address.port",
          "msturn.message_integrity", "msturn.fingerprint", "msturn.fingerprint.status", "msturn.error_code",
          "rtp.seq", "rtp.payload", "rtcp.pt", "dtls.record.content_type"]

CONTROL_CLIENT = (turn.allocate("first") + turn.allocate("second") + turn.refresh() + stun.channel_data(0x4001, turn.noise(5))
                  + stun.channel_data(0x4002, turn.check("in channel")) + turn.send(turn.rtp(3)) + turn.keep_alive())
CONTROL_SERVER = turn.refused("first") + turn.allocated("second") + turn.refreshed() + turn.attempt() + turn.keep_alive("s")
DATA_CLIENT = turn.bind() + b"".join(map(stun.frame, [turn.answer("a"), turn.check("b"), turn.rtp(1), b"", turn.rtcp(),
                                                       turn.rtp(2, length=700), turn.dtls(), turn.noise(9)]))
DATA_SERVER = turn.bound() + b"".join(map(stun.frame, [turn.check("a"), turn.answer("b"), turn.rtp(9), turn.rtcp(),
                                                        turn.keep_alive("framed")]))

SIZES = {
    "1 byte": itertools.repeat(1),
    "2 bytes": itertools.repeat(2),
    "3 bytes": itertools.repeat(3),
    "7 bytes": itertools.repeat(7),
    "23 bytes": itertools.repeat(23),
    "100 bytes": itertools.repeat(100),
    "1460 bytes": itertools.repeat(1460),
    "one segment": itertools.repeat(60_000),
}


def sizes_at_random(seed: int) -> list[int]:
    return random.Random(seed).choices([1, 2, 3, 4, 5, 19, 20, 21, 22, 60, 111, 400], k=2000)


def call(capture: Capture, sizes) -> dict[str, list[int]]:
    """A control connection and a data connection, the streams of each cut like this; frames by direction."""
    sizes = list(itertools.islice(sizes, 5000))
    control, data = capture.connection(), capture.connection()
    return {
        "control client": control.client_stream(CONTROL_CLIENT, sizes),
        "control server": control.server_stream(CONTROL_SERVER, sizes),
        "data client": data.client_stream(DATA_CLIENT, sizes),
        "data server": data.server_stream(DATA_SERVER, sizes),
    }


def values(rows, frames: dict[str, list[int]]) -> dict[str, dict[str, list[str]]]:
    """All values of each field, by direction, in order."""
    return {direction: {name: [value for number in numbers for value in rows[number][name]] for name in FIELDS}
            for direction, numbers in frames.items()}


@pytest.fixture(scope="module")
def reference(tshark, write):
    """One message a segment, which other tests verify value by value."""
    capture = Capture()
    control, data = capture.connection(), capture.connection()
    frames = {
        "control client": [control.client(unit) for unit in plain_units(CONTROL_CLIENT)],
        "control server": [control.server(unit) for unit in plain_units(CONTROL_SERVER)],
        "data client": [data.client(turn.bind())] + [data.client(u) for u in frame_units(DATA_CLIENT[len(turn.bind()):])],
        "data server": [data.server(turn.bound())] + [data.server(u) for u in frame_units(DATA_SERVER[len(turn.bound()):])],
    }
    return values(tshark.frames(write(capture), FIELDS), frames)


def plain_units(stream: bytes):
    while stream:
        length = struct.unpack_from("!H", stream, 2)[0]
        size = 4 + length + -length % 4 if stream[0] & 0xC0 == 0x40 else 20 + length
        yield stream[:size]
        stream = stream[size:]


def frame_units(stream: bytes):
    while stream:
        size = 2 + struct.unpack_from("!H", stream)[0]
        yield stream[:size]
        stream = stream[size:]


def test_reference_contains_what_was_sent(reference):
    """Types, ids and packets by the bytes of this file."""
    assert reference["control client"]["msturn.type"] == ["0x0003", "0x0003", "0x0004", "0x0001", "0x0016", "0x0011"]
    assert reference["control server"]["msturn.type"] == ["0x0113", "0x0103", "0x0104", "0x001c", "0x0011"]
    assert reference["data client"]["msturn.type"] == ["0x000b", "0x0101", "0x0001"]
    assert reference["data server"]["msturn.type"] == ["0x010b", "0x0001", "0x0101", "0x0011"]
    assert reference["control client"]["msturn.channel"] == ["0x4001", "0x4002"]
    assert reference["data client"]["msturn.rfc4571.length"] == [str(len(u) - 2) for u in frame_units(
        DATA_CLIENT[len(turn.bind()):])]
    assert reference["data client"]["rtp.seq"] == ["1", "2"]
    assert reference["data client"]["dtls.record.content_type"] == ["20"]
    ids = [bytes.fromhex(value) for value in reference["data server"]["msturn.transaction_id"]]
    assert ids == [stun.transaction_id(label) for label in ("bind", "a", "b", "framed")]


@pytest.mark.parametrize("name", SIZES)
def test_segments_of_any_size_contain_the_same_messages(tshark, write, passes, capture, reference, name):
    frames = call(capture, SIZES[name])
    assert values(tshark.frames(write(capture), FIELDS, *passes), frames) == reference


def test_segments_of_random_sizes_contain_the_same_messages(tshark, write, passes, capture, reference):
    """Ten calls in one capture, each cut in another way."""
    calls = {seed: call(capture, sizes_at_random(seed)) for seed in range(10)}
    path = write(capture)
    rows = tshark.frames(path, FIELDS, *passes)
    assert [seed for seed, frames in calls.items() if values(rows, frames) != reference] == []


def test_no_cut_is_reported_as_a_fault(tshark, write, passes, capture):
    call(capture, itertools.repeat(7))
    call(capture, sizes_at_random(1))
    call(capture, itertools.repeat(60_000))
    found = {number: packet.form_findings for number, packet in tshark.trees(write(capture), *passes).items()}
    assert {number: names for number, names in found.items() if names} == {}


def cuts(capture: Capture, server, stream: bytes, places) -> dict[int, list[int]]:
    """Connections on which the stream comes in two segments; frames by the place of the cut."""
    frames = {}
    for place in places:
        connection = capture.connection(server=server)
        frames[place] = [connection.client(stream[:place]), connection.client(stream[place:])]
    return frames


def ids_by_place(tshark, path, frames, passes) -> dict[int, list[bytes]]:
    found = tshark.column(path, "msturn.transaction_id", *passes)
    return {place: [bytes.fromhex(v) for number in numbers for v in found.get(number, [])] for place, numbers in frames.items()}


TWO = turn.keep_alive("a") + turn.keep_alive("b")
TWO_IDS = [stun.transaction_id("a"), stun.transaction_id("b")]


def test_every_place_of_a_cut_on_a_turn_port(tshark, write, passes, capture):
    frames = cuts(capture, ("192.0.2.1", 3478), TWO, range(1, len(TWO)))
    ids = ids_by_place(tshark, write(capture), frames, passes)
    assert [place for place in ids if ids[place] != TWO_IDS] == []


@pytest.mark.parametrize("port", [8347, 443, 25000])
@pytest.mark.parametrize("framed", [False, True], ids=["plain", "framed"])
def test_message_is_waited_for_once_the_cookie_is_there(tshark, write, passes, capture, port, framed):
    """Everywhere: no other protocol's bytes look so."""
    stream = stun.frame(TWO[:28]) + stun.frame(TWO[28:]) if framed else TWO
    frames = cuts(capture, ("192.0.2.1", port), stream, range(10 if framed else 8, len(stream)))
    ids = ids_by_place(tshark, write(capture), frames, passes)
    assert [place for place in ids if ids[place] != TWO_IDS] == []


@pytest.mark.parametrize("port", [8347, 25000])
def test_later_messages_are_found_when_the_first_one_was_not(tshark, write, passes, capture, port):
    """The first bytes came alone and could have been anybody's. (On a port of somebody else they become his.)"""
    third = {}
    for place in range(1, 8):
        connection = capture.connection(server=("192.0.2.1", port))
        connection.client(TWO[:place])
        connection.client(TWO[place:])
        third[connection.client(turn.keep_alive("c"))] = place
    found = tshark.column(write(capture), "msturn.transaction_id", *passes)
    assert [place for frame, place in third.items() if frame not in found] == []


def test_length_of_a_frame_in_a_segment_of_its_own(tshark, write, passes, capture):
    """Agents that write it apart: the first one could be anybody's, the second one is known."""
    connection = capture.connection(server=("192.0.2.1", 8347))
    frames = []
    for packet in (turn.check("a"), turn.check("b"), turn.rtp(1), turn.check("c")):
        length, data = stun.frame(packet)[:2], packet
        frames += [connection.client(length), connection.client(data)]
    packets = tshark.trees(write(capture), *passes)
    ids = [bytes.fromhex(value) for frame in frames for value in packets[frame].all("msturn.transaction_id")]
    assert ids == [stun.transaction_id(label) for label in "abc"]
    assert "rtp" in packets[frames[5]].names


def test_both_directions_interleave(tshark, write, passes, capture):
    """Bytes of a direction wait for their own rest, not for the other direction."""
    control = capture.connection()
    half = len(turn.allocate()) // 2
    first = control.client(turn.allocate()[:half])
    other = control.server(turn.refused()[:half])
    second = control.client(turn.allocate()[half:])
    last = control.server(turn.refused()[half:])
    found = tshark.column(write(capture), "msturn.type", *passes)
    assert found == {second: ["0x0003"], last: ["0x0113"]}
    assert first and other


def test_sequence_numbers_wrap(tshark, write, passes, capture, reference):
    """In the middle of a message, and just in front of one."""
    first = len(turn.allocate("first"))
    for sequence in (2**32 - 100, 2**32 - 1 - first):
        control = capture.connection(client_sequence=sequence, server_sequence=2**32 - 51)
        frames = {"control client": control.client_stream(CONTROL_CLIENT, itertools.repeat(33)),
                  "control server": control.server_stream(CONTROL_SERVER, itertools.repeat(33))}
        data = capture.connection(client_sequence=2**32 - 1 - len(turn.bind()), server_sequence=2**32 - 90)
        frames["data client"] = data.client_stream(DATA_CLIENT, itertools.repeat(41))
        frames["data server"] = data.server_stream(DATA_SERVER, itertools.repeat(41))
        assert values(tshark.frames(write(capture), FIELDS, *passes), frames) == reference


@pytest.mark.parametrize("sequence", [2**32 - 1, 2**32 - 1 - len(turn.bind()), 2**32 - 300, 2**31 - 50],
                         ids=lambda sequence: f"{sequence:#x}")
def test_absolute_sequence_numbers_wrap(tshark, write, passes, capture, reference, sequence):
    """The user may want TCP's own numbers. One message a segment: tshark itself does not reassemble over the wrap."""
    data = capture.connection(client_sequence=sequence, server_sequence=sequence)
    client, server = len(turn.bind()), len(turn.bound())
    frames = {"data client": [data.client(turn.bind())] + [data.client(u) for u in frame_units(DATA_CLIENT[client:])],
              "data server": [data.server(turn.bound())] + [data.server(u) for u in frame_units(DATA_SERVER[server:])]}
    absolute = ("-o", "tcp.relative_sequence_numbers:FALSE")
    found = values(tshark.frames(write(capture), FIELDS, *passes, *absolute), frames)
    assert found == {direction: reference[direction] for direction in frames}


def test_without_desegmentation_nothing_breaks_and_later_messages_are_found(tshark, write, passes, capture):
    """The user may switch it off; then a message over two segments is shown as far as it goes."""
    control = capture.connection()
    control.client_stream(turn.allocate() + turn.refresh(), [60])
    after = control.client(turn.keep_alive())
    path = write(capture)
    packets = tshark.trees(path, "-o", "tcp.desegment_tcp_streams:FALSE", *passes)
    assert packets[4].all("msturn.type") == ["0x0003"]
    assert set(packets[4].findings) == {"not_reassembled"}
    assert "0x0011" in packets[after].all("msturn.type")
