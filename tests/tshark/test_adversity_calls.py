"""Adversity that is not of one stream: port reuse, a megabyte in a few packets, and what the capture missed against what was never sent."""

import itertools
import json
from collections.abc import Callable

import pytest
import tcpcap
from adversity import KINDS, LABELS, AdverseCapture, Line
from relayed_call import CLIENT, PEER, RelayedCall, ends, packet_later, text

MEGABYTE = 1_000_000
GIANT = 250_000  # of a packet that a card will cut; Wireshark reads packets of up to 262,144 bytes

each_kind = pytest.mark.parametrize("kind", KINDS)


# ---- port reuse ----


@each_kind
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "not closed"])
def test_port_reuse_begins_anew(tshark, write, passes, kind, closed):
    """The same ports, the same transaction ids, other sequence numbers: only the second call is answered."""
    capture = AdverseCapture()
    first, asked, answered = [], [], []
    for sequence, frames in ((1000, first), (3_000_000_000, asked)):
        line = Line(capture, KINDS[kind])
        line.open(client=("10.0.0.77", 50123), client_sequence=sequence, server_sequence=sequence)
        frames += line.rest("a")
        if closed:
            line.connection.packet(True, tcpcap.RST | tcpcap.ACK)
    answered += [line.connection.server(KINDS[kind].answer(label)) for label in LABELS]
    names = ["tcp.stream", "msturn.transaction_id", "msturn.response_to", "msturn.response_in", "msturn.duplicate_of"]
    rows = tshark.frames(write(capture), names, *passes)
    assert {frame: rows[frame]["tcp.stream"] for frame in first + asked} == {**dict.fromkeys(first, ["0"]), **dict.fromkeys(asked, ["1"])}
    assert [rows[frame]["msturn.transaction_id"] for frame in first] == [rows[frame]["msturn.transaction_id"] for frame in asked]
    assert [rows[frame]["msturn.response_to"] for frame in answered] == [[str(frame)] for frame in asked]
    assert [frame for frame in first + asked + answered if rows[frame]["msturn.duplicate_of"]] == []
    assert [frame for frame in first if rows[frame]["msturn.response_in"]] == []
    if passes:
        assert [rows[frame]["msturn.response_in"] for frame in asked] == [[str(frame)] for frame in answered]


def test_port_reuse_does_not_mix_sessions_and_pairs(tshark, write, passes):
    """The same call twice on the same ports; in the second one the peer's check is never answered."""
    capture = AdverseCapture()
    RelayedCall(capture).healthy()
    second = RelayedCall(capture, name="second", sequence=2_000_000_000, connection_id=bytes.fromhex("05060708")).connected()
    second.check(PEER, "first")
    second.hang_up()
    second.release()
    path = write(capture)
    report = json.loads(tshark.run(path, "-q", "-z", "msturn,json", *passes))
    assert [session["state"] for session in report["sessions"]] == ["released", "released"]
    assert len({session["stream"] for session in report["sessions"]}) == 2
    assert [connection["session"] for connection in report["connections"]] == [0, 1]


# ---- a megabyte ----


@pytest.mark.parametrize("size", [GIANT, tcpcap.MAX_PAYLOAD], ids=["packets of 250,000 bytes", "segments of 65,000 bytes"])
@each_kind
def test_a_megabyte_in_few_packets(tshark, write, passes, kind, size):
    """Some of the messages begin in one packet and end in the next one."""
    unit = len(KINDS[kind].unit("a"))
    labels = [str(number) for number in range(MEGABYTE // unit)]
    capture = AdverseCapture()
    line = Line(capture, KINDS[kind], labels)
    line.open()
    frames = [line.giant(*place) if size == GIANT else line.part(*place) for place in line.cut(size)]
    found = tshark.column(write(capture), "msturn.transaction_id", *passes)
    ids = [value for frame in frames for value in found[frame]]
    assert ids == [KINDS[kind].identity(label).hex() for label in labels]


# ---- the capture's fault, or the network's ----


def dropping(number: int) -> Callable[[bytes], list[bytes]]:
    """The capture missed the packet of this number, counted from 0; it was on the wire."""
    count = itertools.count()
    return lambda packet: [] if next(count) == number else [packet]


def packets_of_a_call() -> int:
    capture = AdverseCapture()
    RelayedCall(capture).healthy()
    return capture.frames


def test_call_of_which_the_capture_missed_a_packet_is_not_called_broken(tshark, write, passes):
    """Each packet of a call that works, one a call."""
    capture = AdverseCapture()
    total = packets_of_a_call()
    for number in range(total):
        capture.rewrite = dropping(number)
        RelayedCall(capture, ends(number=number), f"call {number}", connection_id=number.to_bytes(4, "big")).healthy()
    capture.rewrite = dropping(-1)
    packet_later(capture, 60)
    report = json.loads(tshark.run(write(capture), "-q", "-z", "msturn,json", *passes))
    verdicts = {pair["verdict"] for pair in report["pairs"]}
    assert "nominated" in verdicts
    assert [pair for pair in report["pairs"] if pair["verdict"] == "broken"] == []
    assert [problem for problem in report["problems"] if problem["severity"] == "error"] == []


@pytest.mark.parametrize("silent", [CLIENT, PEER], ids=["client", "peer"])
def test_call_in_which_an_answer_was_never_sent_is_broken(tshark, write, passes, silent):
    """The counterpart: TCP shows that nothing is missing."""
    capture = AdverseCapture()
    call = RelayedCall(capture).connected()
    call.check(not silent, "first")
    if silent == CLIENT:
        call.checked(CLIENT, "back")
    packet_later(capture, 60)
    pair, = json.loads(tshark.run(write(capture), "-q", "-z", "msturn,json", *passes))["pairs"]
    assert (pair["verdict"], pair["reason"]) == ("broken", "no-response")
    assert {pair["local"], pair["remote"]} == {text(call.ends.relayed), text(call.ends.peer)}
