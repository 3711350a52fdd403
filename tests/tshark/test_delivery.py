"""Was a message acknowledged by TCP of the next host, and where else was it seen: msturn.delivered_in, undelivered,
retransmissions, seen_before_in, seen_again_in.

What a capture shows of itself is worked out from TCP's own numbers. "Not delivered" is never said where it could be otherwise.
"""

from pathlib import Path

import pytest
import turn
from relayed_call import CLIENT, PEER, RelayedCall, packet_later
from reorder import (INSIDE, OUTSIDE, SECOND, directions_apart, doubled_on_a_vlan, interface_ahead, read_pcapng, taps_apart,
                     write_pcapng)
from stun import Class, Method
from tcpcap import ACK, FIN, PSH, RST, Capture, Connection
from verdicts import TWO_PASSES
from wireshark import Tshark

SAMPLES = Path(__file__).resolve().parents[2] / "sample-captures"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.pcapng"))
# No message that TCP acknowledges.
WITHOUT = {"broken-one-direction", "broken-server-silent", "frame-2597", "ms-turn-udp-3478", "ms-turn-wlm2009", "tls-only-443"}
FIELDS = ["msturn.delivered_in", "msturn.retransmissions", "msturn.undelivered"]
NUMBERS = ["tcp.stream", "tcp.srcport", "ip.src", "ipv6.src", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.flags.ack"]
MILLISECOND, SECONDS = 1_000, 1_000_000  # of tcpcap.py

# By capture: frame, acknowledged in, sent again. As read in tshark's TCP of these captures, without the plugin.
FAULTS = {
    "check-acked-silent-fin.pcapng": {46: (47, 0), 48: (49, 0)},
    "silent-2s-then-reset.pcapng": {34: (35, 0), 36: (37, 0)},
    "check-never-acked.pcapng": {34: (35, 0), 36: (None, 6)},
    "control-connection-dead.pcapng": {17: (18, 0), 22: (None, 8)},
    "nat-idle-drop-control.pcap": {14: (15, 0), 16: (None, 8)},
}


def delivery(tshark: Tshark, path: Path, *options: str) -> dict[int, tuple[list[int], list[int], int]]:
    """By frame with a message: where its messages were acknowledged, how often they were sent again, how many are undelivered."""
    return delivered(tshark.frames(path, FIELDS, "-Y", "msturn.type", *TWO_PASSES, *options))


def delivered(rows: dict[int, dict[str, list[str]]]) -> dict[int, tuple[list[int], list[int], int]]:
    return {frame: ([int(value) for value in row["msturn.delivered_in"]], [int(value) for value in row["msturn.retransmissions"]],
                    len(row["msturn.undelivered"])) for frame, row in rows.items()}


def label_of(tshark: Tshark, path: Path, frame: int, name: str) -> str:
    (label,) = [item.label for unit in tshark.trees(path, *TWO_PASSES)[frame].units for item in unit.walk() if item.name == name]
    return label


# ---- what a capture shows of itself ----


def acknowledged_in(rows: dict[int, dict[str, list[str]]], frame: int) -> int | None:
    """The first frame in the other direction that acknowledges all of this one."""

    def sender(row):
        return row["ip.src"], row["ipv6.src"], row["tcp.srcport"]

    def has_ack(row):
        return row["tcp.flags.ack"][0] in ("1", "True")

    own = rows[frame]
    end = int(own["tcp.seq_raw"][0]) + int(own["tcp.len"][0])
    others = {later: row for later, row in rows.items()
              if later > frame and row["tcp.stream"] == own["tcp.stream"] and sender(row) != sender(own) and has_ack(row)}
    return next((later for later, row in others.items() if int(row["tcp.ack_raw"][0]) - end & 0xFFFFFFFF < 1 << 31), None)


@pytest.mark.parametrize("name", NAMES)
def test_samples_as_tcp_has_them(tshark, stock, sample, name):
    """All messages of all samples, also inside TLS; over UDP nothing is known."""
    path = sample(name)
    rows = {frame: row for frame, row in stock.frames(path, NUMBERS).items() if row["tcp.stream"]}
    kinds = ["msturn.class", "msturn.duplicate_of", "msturn.crc_duplicate_of"]
    messages = tshark.frames(path, [*kinds, *FIELDS], "-Y", "msturn.type", *TWO_PASSES)
    expected = {}
    for frame, row in messages.items():
        new = len(row["msturn.class"]) - len(row["msturn.duplicate_of"]) - len(row["msturn.crc_duplicate_of"])
        where = acknowledged_in(rows, frame) if frame in rows else None
        expected[frame] = [where] * new if where else []
    assert {frame: where for frame, (where, _, _) in delivered(messages).items()} == expected
    assert bool(any(expected.values())) == (name not in WITHOUT)


@pytest.mark.parametrize("name", FAULTS)
def test_faults(tshark, shared_capture, name):
    path = shared_capture(f"faults/{name}")
    seen = delivery(tshark, path)
    for frame, (where, again) in FAULTS[name].items():
        assert seen[frame] == ([where] if where else [], [again] if again else [], 0 if where else 1), frame
    wanted = [frame for frame, (where, _) in FAULTS[name].items() if not where]
    assert tshark.matching(path, "msturn.undelivered", *TWO_PASSES) == wanted


def test_words(tshark, shared_capture):
    """0.540 s to 7.256 s."""
    path = shared_capture("faults/check-never-acked.pcapng")
    assert label_of(tshark, path, 36, "msturn.undelivered") == "Not delivered: sent 7 times in 6.7 s, never acknowledged"
    assert label_of(tshark, path, 34, "msturn.delivered_in") == "Delivered: acknowledged in frame 35"


# ---- one connection, packet by packet ----


def request(label: str) -> bytes:
    """Short, and on the port of a TURN server no less certain."""
    return turn.message(Method.BINDING, Class.REQUEST, label)


def acknowledge(line: Connection, **options) -> int:
    """The server's."""
    return line.packet(False, ACK, **options)


def send_in_vain(line: Connection, data: bytes, times: int = 5, first: int = 200 * MILLISECOND, sender: bool = CLIENT) -> list[int]:
    """TCP sends it again, and waits twice as long each time; the other side never counts it as received."""
    return [line.send(sender, data, at=0, wait=first << number if number else 10 * MILLISECOND) for number in range(times)]


@pytest.fixture
def line(capture) -> Connection:
    """With a first exchange on it."""
    connection = capture.connection()
    connection.client(request("first"))
    connection.server(turn.message(Method.BINDING, Class.SUCCESS, "first"))
    return connection


def test_only_a_later_pass_knows(tshark, write, capture, line):
    asked = line.client(request("asked"))
    acknowledged = acknowledge(line)
    path = write(capture)
    assert delivery(tshark, path)[asked] == ([acknowledged], [], 0)
    assert tshark.matching(path, "msturn.delivered_in") == []


def test_never_acknowledged(tshark, write, capture, line):
    frames = send_in_vain(line, request("asked"))
    packet_later(capture, 10)
    path = write(capture)
    assert delivery(tshark, path)[frames[0]] == ([], [4], 1)
    assert label_of(tshark, path, frames[0], "msturn.undelivered") == "Not delivered: sent 5 times in 6.0 s, never acknowledged"
    assert tshark.matching(path, "msturn.undelivered") == []  # in one pass


def test_acknowledged_in_the_end(tshark, write, capture, line):
    data = request("asked")
    frames = send_in_vain(line, data)
    line.skip(CLIENT, len(data))
    acknowledged = acknowledge(line)
    packet_later(capture, 10)
    assert delivery(tshark, write(capture))[frames[0]] == ([acknowledged], [4], 0)


@pytest.mark.parametrize("options", [("-o", "tcp.relative_sequence_numbers:FALSE"), ("-o", "tcp.reassemble_out_of_order:TRUE")],
                         ids=["absolute", "out-of-order"])
def test_whatever_the_preferences_show(tshark, write, capture, options):
    """Also where the numbers wrap."""
    line = capture.connection(client_sequence=0xFFFFFF80, server_sequence=0xFFFFFFF0)
    asked, lost = line.client(request("a") + request("b")), request("c")
    acknowledged = acknowledge(line)
    frames = send_in_vain(line, lost)
    packet_later(capture, 10)
    seen = delivery(tshark, write(capture), *options)
    assert seen[asked] == ([acknowledged] * 2, [], 0)
    assert seen[frames[0]] == ([], [4], 1)


def test_without_tcps_analysis_nothing_is_known(tshark, write, capture, line):
    send_in_vain(line, request("asked"))
    packet_later(capture, 10)
    path = write(capture)
    off = ("-o", "tcp.analyze_sequence_numbers:FALSE")
    assert all(where == again == [] and not lost for where, again, lost in delivery(tshark, path, *off).values())


def test_each_message_of_a_segment(tshark, write, capture, line):
    """The receiver's TCP took the first message, and after that the others."""
    first, rest = request("one"), request("two") + request("three")
    asked = line.packet(CLIENT, PSH | ACK, first + rest, at=0)
    line.skip(CLIENT, len(first))
    part = acknowledge(line)
    line.skip(CLIENT, len(rest))
    whole = acknowledge(line)
    assert delivery(tshark, write(capture))[asked] == ([part, whole, whole], [], 0)


def test_message_over_several_segments(tshark, write, capture, line):
    data = request("asked")
    parts = [data[:10], data[10:-1], data[-1:]]
    frames = []
    for part in parts:
        frames.append(line.client(part))
        acknowledged = acknowledge(line)
    assert delivery(tshark, write(capture))[frames[-1]] == ([acknowledged], [], 0)


def test_late_segment_is_no_retransmission(tshark, write, capture, line):
    """What comes first in the stream is captured last."""
    first, second = request("one"), request("two")
    line.client(second, at=len(first))
    both = line.client(first)
    line.skip(CLIENT, len(second))
    acknowledged = acknowledge(line)
    seen = delivery(tshark, write(capture), "-o", "tcp.reassemble_out_of_order:TRUE")
    assert seen[both] == ([acknowledged] * 2, [], 0)


def test_keep_alives_are_no_retransmissions(tshark, write, capture, line):
    """RFC 9293 3.8.4: with the byte before the next one, or without any."""
    asked = line.client(request("asked"))
    for number in range(5):
        line.packet(CLIENT, ACK, b"\0" if number % 2 else b"", at=-1, wait=5 * SECONDS)
    assert delivery(tshark, write(capture))[asked] == ([], [], 0)


def test_probes_of_a_closed_window_are_no_retransmissions(tshark, write, capture, line):
    """RFC 9293 3.8.6.1: the next byte again and again, which a receiver that is alive does not take."""
    data = request("asked")
    for number in range(5):
        line.packet(CLIENT, ACK, data[:1], at=0, wait=SECONDS << number)
        acknowledge(line)
    asked = line.client(data, at=0)
    packet_later(capture, 10)
    assert delivery(tshark, write(capture))[asked] == ([], [], 0)


@pytest.mark.parametrize("flags, arrives", [(RST, False), (RST | ACK, True)], ids=["rst", "rst-ack"])
def test_reset(tshark, write, capture, flags, arrives):
    """Without ACK the number means nothing; it is 0, and here that is ahead. With it the other TCP has taken the bytes."""
    line = capture.connection(client_sequence=0xC0000000)
    line.client(request("first"))
    line.server(turn.message(Method.BINDING, Class.SUCCESS, "first"))
    data = request("asked")
    asked = line.client(data) if arrives else line.client(data, at=0)
    reset = line.packet(PEER, flags)
    packet_later(capture, 10)
    assert delivery(tshark, write(capture))[asked] == ([reset] if arrives else [], [], 0)


def test_fin_with_a_message(tshark, write, capture, line):
    asked = line.packet(CLIENT, PSH | ACK | FIN, request("asked"))
    acknowledged = acknowledge(line)
    assert delivery(tshark, write(capture))[asked] == ([acknowledged], [], 0)


def test_cut_by_snaplen(tshark, write, capture, line):
    """TCP's header is there."""
    asked = line.client(request("asked"), snaplen=14 + 20 + 20 + 20)
    acknowledged = acknowledge(line)
    assert delivery(tshark, write(capture))[asked] == ([acknowledged], [], 0)


def test_begun_late(tshark, write, capture):
    """The capture begins with the last repetition but one: what was before is not known."""
    line = capture.connection(handshake=False)
    data = request("asked")
    asked = line.client(data, at=0)
    line.client(data, at=0, wait=3 * SECONDS)
    line.skip(CLIENT, len(data))
    acknowledged = acknowledge(line)
    assert delivery(tshark, write(capture))[asked] == ([acknowledged], [1], 0)


# ---- where nothing can be said ----


def test_only_one_direction(tshark, write, capture):
    line = capture.connection(handshake=False)
    send_in_vain(line, request("asked"))
    line.skip(CLIENT, len(request("asked")))
    line.client(request("next"))
    packet_later(capture, 10)
    assert all(where == [] and not lost for where, _, lost in delivery(tshark, write(capture)).values())


def test_capture_ends(tshark, write, capture, line):
    """Sent twice, and the capture ends before an answer to that could come."""
    frames = send_in_vain(line, request("asked"), times=2, first=4 * SECONDS)
    packet_later(capture, 0.1)
    assert delivery(tshark, write(capture))[frames[0]] == ([], [1], 0)


@pytest.mark.parametrize("later", [3, 4 * MILLISECOND], ids=["microseconds", "milliseconds"])
def test_recorded_twice(tshark, write, capture, line, later):
    """By a SPAN port; and no acknowledgement came before the capture ended."""
    data = request("asked")
    asked = line.client(data)
    line.client(data, at=-len(data), wait=later)
    packet_later(capture, 60)
    assert delivery(tshark, write(capture))[asked] == ([], [], 0)


ORDERS = {
    "directions-apart": lambda capture: directions_apart(capture, 2),
    "taps-apart": lambda capture: taps_apart(capture, 2),
    "outside-first": lambda capture: interface_ahead(capture, OUTSIDE),
    "inside-first": lambda capture: interface_ahead(capture, INSIDE),
    "one-second": lambda capture: interface_ahead(capture, INSIDE, SECOND),
    "doubled-on-a-vlan": doubled_on_a_vlan,
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ["cms-expressway-skype", "broken-two-calls", "broken-cms-silent"])
def test_in_another_order(tshark, workspace, name, order):
    """As several interfaces, taps or a switch that copies would have recorded it: what arrived is not called lost."""
    path = workspace / f"delivery-{name}-{order}.pcapng"
    write_pcapng(path, ORDERS[order](read_pcapng(SAMPLES / f"{name}.pcapng")))
    seen = delivery(tshark, path, "-o", "tcp.reassemble_out_of_order:TRUE")
    assert any(where for where, _, _ in seen.values())
    assert all(not lost for _, _, lost in seen.values())
    if order != "taps-apart":  # there an acknowledgement stands in front of what it is for
        assert all(again == [] for _, again, _ in seen.values())


# ---- on the legs of a pair ----


def test_copies(tshark, write, capture, passes):
    """A check and its answer in front of the relay, and behind it."""
    call = RelayedCall(capture).connected()
    checks = call.nominated()
    lost = call.check(CLIENT, "lost", lost=True)
    call.hang_up()
    path = write(capture)
    rows = tshark.frames(path, ["msturn.seen_before_in", "msturn.seen_again_in"], "-Y", "msturn.type", *passes)
    for into, out_of in checks:
        assert rows[out_of] == {"msturn.seen_before_in": [str(into)], "msturn.seen_again_in": []}
        assert rows[into] == {"msturn.seen_before_in": [], "msturn.seen_again_in": [str(out_of)] if passes else []}
    others = rows.keys() - {frame for pair in checks for frame in pair}
    assert lost[0] in others
    assert all(rows[frame] == {"msturn.seen_before_in": [], "msturn.seen_again_in": []} for frame in others)


def test_copies_at_three_points(tshark, shared_capture):
    """Before a NAT, inside and outside: each frame says the next one. All frames of a check have its transaction id."""
    path = shared_capture("faults/three-points-nat.pcapng")
    names = ["msturn.transaction_id", "msturn.class", "msturn.method", "msturn.seen_before_in", "msturn.seen_again_in"]
    rows = tshark.frames(path, names, "-Y", "msturn.method == 1", *TWO_PASSES)
    chains = {}
    for frame, row in rows.items():
        for transaction, kind in zip(row["msturn.transaction_id"], row["msturn.class"]):
            chains.setdefault((transaction, kind), []).append(frame)
    assert {len(chain) for chain in chains.values()} == {3}
    for chain in chains.values():
        assert [rows[frame]["msturn.seen_again_in"] for frame in chain] == [[str(chain[1])], [str(chain[2])], []]
        assert [rows[frame]["msturn.seen_before_in"] for frame in chain] == [[], [str(chain[0])], [str(chain[1])]]


def test_media_on_a_stalled_connection_is_no_message(tshark, shared_capture):
    """Nothing is said of single packets of media."""
    path = shared_capture("faults/media-never-acked.pcapng")
    assert tshark.matching(path, "msturn.undelivered", *TWO_PASSES) == []
