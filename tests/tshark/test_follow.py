"""Follow > MSTURN Stream, as tshark -z follow,msturn,FORM,SESSION shows it: the messages of a session as text, or as bytes.

Frames are those of sample-captures/README.md. How records are laid out is tshark's own (ui/cli/tap-follow.c): ascii begins
each with its length, behind a tab if it is the server's; raw is one line a record, behind a tab likewise.
"""

import base64
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Type
from relayed_call import CLIENT, PEER, RelayedCall, WrappedCall

HEALTHY = "cms-expressway-skype"
CONTROL, DATA, OUTSIDE = "10.48.54.230:33347", "10.48.54.230:44342", "192.168.1.229:24000"
SERVER, EDGE = "10.48.54.229:3478", "192.168.1.252:53577"
WAYS = {
    4: (CONTROL, SERVER, None), 9: (SERVER, CONTROL, None), 22: (EDGE, OUTSIDE, None), 27: (DATA, SERVER, None),
    31: (DATA, SERVER, ("to", EDGE)), 35: (DATA, SERVER, ("to", EDGE)), 41: (SERVER, DATA, ("from", EDGE)),
    49: (OUTSIDE, EDGE, None),
}  # source, destination and peer by frame
RULE = "=" * 67
HEADING = re.compile(r"\[(\d+\.\d{6})\] frames? (\d+)(?: to (\d+))?, (\S+) -> ([^\s,]+)(?:, (to|from) peer ([^\s,]+))?(, no response)?")


@dataclass
class Record:
    """A record of ascii."""

    from_server: bool
    offset: Decimal
    frame: int
    last_frame: int
    source: str
    destination: str
    peer: tuple[str, str] | None
    unanswered: bool
    text: str


class Stream:
    """What tshark prints."""

    def __init__(self, printed: str):
        lines = printed.strip("\n").splitlines()
        assert lines[0] == lines[-1] == RULE
        self.heading = dict(line.split(": ", 1) for line in lines[1:5])
        self.body = lines[5:-1]

    @property
    def records(self) -> list[Record]:
        lines = iter(self.body)
        return [_record(length, next(lines), next(lines), next(lines)) for length in lines]

    @property
    def packets(self) -> list[tuple[bool, bytes]]:
        """Of raw: is it the server's, and the bytes."""
        return [(line.startswith("\t"), bytes.fromhex(line)) for line in self.body]


def _record(length: str, heading: str, text: str, end: str) -> Record:
    assert (int(length), end) == (len(heading) + len(text) + 2, "")
    offset, frame, last, source, destination, way, peer, unanswered = HEADING.fullmatch(heading).groups()
    return Record(length.startswith("\t"), Decimal(offset), int(frame), int(last or frame), source, destination,
                  (way, peer) if way else None, unanswered is not None, text)


def follow(tshark, capture, what, form="ascii", *options) -> Stream:
    return Stream(tshark.run(capture, "-q", "-z", f"follow,msturn,{form},{what}", *options))


def is_media(record: Record) -> bool:
    return re.match(r"\d+ packets? of ", record.text) is not None


def is_end(record: Record) -> bool:
    """Of a connection, not of a session; test_who_closed.py has them."""
    return record.text.startswith(("Connection closed by", "Connection reset by"))


def texts_by_frame(records: list[Record]) -> dict[int, str]:
    """Of messages, as in the Info column."""
    messages = (record for record in records if not is_media(record) and not is_end(record))
    return {frame: ", ".join(record.text for record in group) for frame, group in groupby(messages, lambda record: record.frame)}


# ---- text ----


def test_every_message_of_the_session(tshark, sample, passes):
    path = sample(HEALTHY)
    info = tshark.column(path, "_ws.col.Info", "-Y", "msturn.session == 0 && msturn.type", *passes)
    assert texts_by_frame(follow(tshark, path, 0, "ascii", *passes).records) == {frame: text for frame, (text,) in info.items()}


def test_heading_time_and_direction(tshark, sample):
    path = sample(HEALTHY)
    stream = follow(tshark, path, 0)
    assert stream.heading == {"Follow": "msturn,ascii", "Filter": "msturn.session == 0", "Node 0": CONTROL, "Node 1": SERVER}
    messages = [record for record in stream.records if not is_media(record) and not is_end(record)]
    times = {frame: Decimal(time) for frame, (time,) in tshark.column(path, "frame.time_epoch").items()}
    for record in messages:
        assert record.offset == (times[record.frame] - times[4]).quantize(Decimal("0.000001"))
        # The client is the client, on whichever connection; what the Edge sends is on its way to it.
        assert record.from_server == (record.source in (SERVER, EDGE))
    by_frame = {record.frame: record for record in messages}
    assert {frame: (record.source, record.destination, record.peer) for frame, record in by_frame.items() if frame in WAYS} == WAYS


def test_what_was_not_answered(tshark, sample):
    """On both sides of the relay. That is known when all frames were seen."""
    path = sample("broken-edge-no-answer")
    unanswered = [[record.frame for record in follow(tshark, path, 0, "ascii", *options).records if record.unanswered]
                  for options in (("-2",), ())]
    assert unanswered == [tshark.matching(path, "msturn.class == 0 && !msturn.response_in", "-2"), []]
    assert unanswered[0]


def test_media_is_summarised_by_run(tshark, sample):
    """A run is in one direction of one connection, and ends with the next message (frame 83)."""
    media = [record for record in follow(tshark, sample(HEALTHY), 0).records if is_media(record)]
    assert [(record.frame, record.last_frame, record.source, record.text) for record in media] == [
        (51, 75, EDGE, "4 packets of RTP, 2628 bytes, in 0.302 s"), (53, 77, SERVER, "4 packets of RTP, 2628 bytes, in 0.302 s"),
        (63, 79, DATA, "2 packets of RTP, 104 bytes, in 0.201 s"), (65, 81, OUTSIDE, "2 packets of RTP, 104 bytes, in 0.201 s"),
        (67, 67, EDGE, "1 packet of RTCP, 56 bytes"), (69, 69, SERVER, "1 packet of RTCP, 56 bytes"),
        (71, 71, DATA, "1 packet of RTCP, 60 bytes"), (73, 73, OUTSIDE, "1 packet of RTCP, 60 bytes"),
    ]


def test_messages_end_runs(tshark, write, capture):
    call = RelayedCall(capture).connected()
    call.checked(PEER, "first")
    for media, check in ((2, "one"), (1, "two"), (3, None)):
        for number in range(media):
            call.pass_on(CLIENT, turn.rtp(number), "media", lost=True)
        if check:
            call.check(CLIENT, check, lost=True)
    records = follow(tshark, write(capture), 0).records[-5:]
    assert [record.text.split(",")[0].split(" priority")[0] for record in records] == [
        "2 packets of RTP", "Binding Request", "1 packet of RTP", "Binding Request", "3 packets of RTP"]


def test_each_session_by_its_number(tshark, sample):
    path = sample("broken-two-calls")
    frames = [set(texts_by_frame(follow(tshark, path, number).records)) for number in (0, 1)]
    assert all(frames) and not frames[0] & frames[1]
    assert frames[0] | frames[1] == set(tshark.matching(path, "msturn.session && msturn.type"))


def test_no_such_session(tshark, sample):
    assert follow(tshark, sample(HEALTHY), 7).body == []


def test_range_of_records(tshark, sample):
    assert [record.frame for record in follow(tshark, sample(HEALTHY), "0,2-3").records] == [6, 8]


def test_ipv6(tshark, sample):
    stream = follow(tshark, sample("cms-expressway-skype-ipv6"), "0,1-1")
    assert (stream.heading["Node 0"], stream.heading["Node 1"]) == ("[2001:db8:10::230]:33347", "[2001:db8:10::229]:3478")
    assert (stream.records[0].source, stream.records[0].destination) == ("[2001:db8:10::230]:33347", "[2001:db8:10::229]:3478")


def test_text_of_others_stays_on_its_line(tshark, write, capture):
    control = capture.connection()
    user = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST, stun.transaction_id("x"),
                        [(stun.Attribute.USERNAME, b"two\nlines\t\x01\xff")]).encode(None, fingerprint=True)
    control.client(user)
    control.server(turn.refused("x"))
    assert [record.text.split()[0] for record in follow(tshark, write(capture), 0).records] == ["Allocate", "Allocate"]


# ---- what is in messages and channels ----


def test_message_in_a_message_follows_it(tshark, sample):
    """[MS-TURN] Send request (frame 28) and Data indication (30), end-to-end data (36, 38)."""
    records = [record for record in follow(tshark, sample("ms-turn-constructed"), 0).records if record.frame in (28, 30, 36, 38)]
    peer = "192.168.1.252:53577"
    assert [(record.frame, record.text.split(" Re")[0].split(" from")[0], record.peer) for record in records] == [
        (28, "Send", None), (28, "Binding", ("to", peer)), (30, "Data Indication", None),
        (30, "Binding Success", ("from", peer)), (36, "Binding", ("from", peer)), (38, "Binding Success", ("to", peer))]


def test_channel(tshark, write, capture):
    call = WrappedCall(capture, channel=0x4001).connected()
    call.checked(PEER, "first")
    call.pass_on(PEER, turn.rtp(1), "media")
    *_, check, answer, media = follow(tshark, write(capture), 0).records
    peer = ":".join(map(str, call.ends.peer))
    assert (check.peer, answer.peer) == (("from", peer), ("to", peer))
    assert media.text.startswith("1 packet of RTP, ")


# ---- bytes ----


@pytest.fixture(scope="module")
def healthy_packets(tshark, sample):
    return follow(tshark, sample(HEALTHY), 0, "raw").packets


def test_raw_is_the_bytes_of_messages(tshark, sample, healthy_packets):
    ids = tshark.column(sample(HEALTHY), "msturn.transaction_id", "-Y", "msturn.session == 0 && msturn.type")
    assert [packet[8:20].hex() for _, packet in healthy_packets] == [identity for frame in ids.values() for identity in frame]
    assert all(len(packet) == 20 + int.from_bytes(packet[2:4], "big") for _, packet in healthy_packets)
    assert [from_server for from_server, _ in healthy_packets[:4]] == [False, True, False, True]


def test_hex_and_yaml_are_the_same_bytes(tshark, sample, healthy_packets):
    dump = follow(tshark, sample(HEALTHY), 0, "hex").body
    # Offset, two blanks, sixteen bytes with an extra blank in the middle.
    assert b"".join(bytes.fromhex(line.strip()[10:58]) for line in dump) == b"".join(packet for _, packet in healthy_packets)
    yaml = tshark.run(sample(HEALTHY), "-q", "-z", "follow,msturn,yaml,0")
    binary = [base64.b64decode(text) for text in re.findall(r"!!binary \|\n((?: {6}\S+\n)+)", yaml)]
    assert binary == [packet for _, packet in healthy_packets]
    assert re.findall(r"packet: (\d+)\n", yaml)[:3] == ["4", "6", "8"]


def test_bytes_of_a_message_in_a_message_are_there_once(tshark, write, capture):
    request = ms.start(Type.SEND_REQUEST, ms.transaction_id("send"))
    check = turn.check()
    request.add(ms.Attribute.DESTINATION_ADDRESS, stun.address(*turn.PEER)).add(ms.Attribute.DATA, check)
    control = capture.connection()
    allocate = ms.start(Type.ALLOCATE_REQUEST, ms.transaction_id("allocate")).encode()
    control.client(ms.frame(ms.CONTROL, allocate))
    control.client(ms.frame(ms.CONTROL, request.encode()))
    assert follow(tshark, write(capture), 0, "raw").packets == [(False, allocate), (False, request.encode())]


# ---- one connection ----


def test_by_addresses(tshark, sample):
    """One connection; also where there is no session, as outside of the relay."""
    data = follow(tshark, sample(HEALTHY), f"{DATA},{SERVER}").records
    assert [record.frame for record in data if not is_media(record)] == [27, 29, 29, 31, 35, 41, 45, 47]
    outside = follow(tshark, sample("broken-outside-only"), f"{EDGE},{OUTSIDE}")
    assert outside.heading["Node 0"] == EDGE
    assert {(record.source, record.destination) for record in outside.records} == {(EDGE, OUTSIDE), (OUTSIDE, EDGE)}
    assert all(record.from_server == (record.source == OUTSIDE) for record in outside.records)
