"""TCP in adversity: every way in which a stream gets into a capture other than whole and in order, on every kind of stream.

CONDITIONS names them all. Each is sent on each of the kinds of support/adversity.py, in one pass and in two, with tshark's own
reassembly as it is by default, put in order, and switched off. What is expected comes from what was sent: the messages of the
plain connection, without those of which bytes are not there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import adverse_lines as lines
import pytest
from adversity import KINDS, LABELS, AdverseCapture, Line, once
from wireshark import Packet

NAMES = ["msturn.type", "msturn.length", "msturn.transaction_id", "msturn.attr.type", "msturn.attr.length", "msturn.username",
         "msturn.lifetime", "msturn.priority", "msturn.fingerprint.status", "msturn.rfc4571.length", "msturn.ms_frame.length"]
IN_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
OF_INTEREST = "msturn || _ws.malformed"
NOT_JOINED = ("-o", "tcp.desegment_tcp_streams:FALSE")
SENDERS_FAULTS = {"framing_lost", "channel_unpadded", "attribute_overrun", "attribute_truncated", "frame_length", "frame_missing",
                "fingerprint", "attribute_unknown_required", "length_not_multiple"}  # and here no sender has any


@dataclass(frozen=True)
class Condition:
    """What happens, and what is there to be found with tshark's default settings."""

    send: Callable[[Line], None]
    seen: str = LABELS  # the messages of which all bytes are there
    findings: frozenset[str] = field(default_factory=frozenset)  # about form
    cut: bool = False  # of each message only the beginning is there
    options: tuple[str, ...] = ()  # for tshark, without which the messages are not found
    in_order: str | None = None  # what is seen when TCP puts segments in order, if something else: it waits for lost ones


def finds(*names: str) -> frozenset[str]:
    return frozenset(names)


CUT = finds("cut_by_capture")
CONDITIONS = {
    "plain": Condition(lines.plain),
    "out of order": Condition(lines.out_of_order, options=IN_ORDER),
    "out of order, a message each": Condition(lines.units_out_of_order, options=IN_ORDER),
    "overlap": Condition(lines.overlap, options=IN_ORDER),
    "overlap in a message": Condition(lines.overlap_in_a_message),
    "retransmission": Condition(lines.retransmission),
    "retransmission with other content": Condition(lines.other_content),
    "retransmission with other content in a message": Condition(lines.other_content_in_a_message),
    "loss of a header": Condition(lines.lost_header, seen="abdefgh", findings=finds("mid_stream"), in_order="ab"),
    "loss in a body": Condition(lines.lost_body, seen="abdefgh", in_order="ab"),
    "loss of a message": Condition(lines.lost_message, seen="abdefgh", in_order="ab"),
    "zero-window probes": Condition(lines.zero_window_probe),
    "zero-window probe in a message": Condition(lines.zero_window_probe_in_a_message),
    "keep-alives between messages": Condition(lines.keep_alive_between),
    "keep-alives in a message": Condition(lines.keep_alive_inside),
    "keep-alives without a byte": Condition(lines.empty_keep_alive_inside),
    "mid-stream start": Condition(lines.mid_stream, seen=LABELS[1:]),
    "snaplen 64": Condition(lines.snaplen_64, seen="", findings=CUT, cut=True),
    "snaplen 96": Condition(lines.snaplen_96, findings=CUT, cut=True),
    "snaplen 128": Condition(lines.snaplen_128, findings=CUT, cut=True),
    "one direction only": Condition(lines.one_direction),
    "1-byte segments": Condition(lines.bytes_alone),
    "coalesced": Condition(lines.coalesced),
    "sequence wrap in a message": Condition(lines.wrap),
    "sequence wrap between messages": Condition(lines.wrap_between),
    "IPv6": Condition(lines.ipv6),
    "VLAN": Condition(lines.vlan),
    "IP fragments": Condition(lines.ip_fragments),
    "duplicates from two interfaces": Condition(lines.two_interfaces),
}


# ---- what is found ----


@dataclass
class Found:
    """What tshark shows of each condition, on connections of one kind."""

    packets: dict[str, list[Packet]]
    reference: dict[str, dict[str, list[str]]]  # by label, what a message of its own has
    known: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def values(self, name: str) -> dict[str, list[str]]:
        if name not in self.known:
            self.known[name] = _values(self.packets[name])
        return self.known[name]

    def wanted(self, labels: str) -> dict[str, list[str]]:
        return {name: [value for label in labels for value in self.reference[label][name]] for name in NAMES}

    def labels(self, name: str, kind: str) -> str:
        known = {KINDS[kind].identity(label).hex(): label for label in LABELS + "z"}
        return "".join(known.get(value, "?") for value in self.values(name)["msturn.transaction_id"])

    def findings(self, name: str) -> set[str]:
        return {finding for packet in self.packets[name] for finding in packet.form_findings}

    def malformed(self, name: str) -> list[int]:
        return [packet.number for packet in self.packets[name] if "_ws.malformed" in packet.names]


def _values(packets: list[Packet]) -> dict[str, list[str]]:
    found = {name: [] for name in NAMES}
    for item in (item for packet in packets for protocol in packet.protocols for item in protocol.walk()):
        if item.name in found:
            found[item.name].append(item.show)
    return found


@pytest.fixture(scope="module")
def found(tshark, write):
    """All conditions of a kind in one capture, each on a connection of its own; read once with each set of options."""
    known: dict[tuple, Found] = {}
    written: dict[str, tuple] = {}

    def find(kind: str, options: tuple[str, ...]) -> Found:
        if kind not in written:
            written[kind] = _write_all(write, kind)
        if (kind, options) not in known:
            path, frames = written[kind]
            packets = tshark.trees(path, "-Y", OF_INTEREST, *options)
            of_each = {name: [packets[number] for number in numbers if number in packets] for name, numbers in frames.items()}
            reference = {label: _values([packet]) for label, packet in zip(LABELS, of_each["plain"][-len(LABELS) :])}
            known[kind, options] = Found(of_each, reference)
        return known[kind, options]

    return find


def _write_all(write, kind: str) -> tuple:
    """The capture's path, and by condition the frames behind the opening."""
    capture, frames = AdverseCapture(), {}
    for name, condition in CONDITIONS.items():
        line = _Watched(capture, KINDS[kind])
        condition.send(line)
        capture.rewrite = once
        frames[name] = range(line.opened + 1, capture.frames + 1)
    return write(capture), frames


class _Watched(Line):
    """A line that knows behind which frame its units begin."""

    opened = 0

    def open(self, **options) -> None:
        super().open(**options)
        self.opened = self.capture.frames


# ---- tests ----

each_kind = pytest.mark.parametrize("kind", KINDS)
each_condition = pytest.mark.parametrize("name", CONDITIONS)


@each_kind
def test_plain_connection_shows_each_message_once(found, kind, passes):
    """The reference of all others."""
    assert found(kind, passes).labels("plain", kind) == LABELS


@each_condition
@each_kind
def test_messages_of_which_all_bytes_are_there(found, kind, name, passes):
    condition = CONDITIONS[name]
    seen = found(kind, passes + condition.options)
    assert seen.malformed(name) == []
    assert seen.labels(name, kind) == condition.seen
    if not condition.cut:
        assert seen.values(name) == seen.wanted(condition.seen)


@each_condition
@each_kind
def test_findings_name_what_the_capture_lacks_and_nothing_else(found, kind, name, passes):
    condition = CONDITIONS[name]
    seen = found(kind, passes + condition.options)
    assert seen.findings(name) == condition.findings


@each_condition
@each_kind
def test_segments_put_in_order(found, kind, name, passes):
    """TCP hands on what is in front of a hole, and nothing behind it, as long as the rest may come."""
    condition = CONDITIONS[name]
    seen = found(kind, passes + IN_ORDER)
    assert seen.malformed(name) == []
    assert seen.labels(name, kind) == (condition.in_order or condition.seen)
    assert not SENDERS_FAULTS & seen.findings(name)


@each_condition
@each_kind
def test_segments_that_are_not_joined(found, kind, name, passes):
    """What is shown is of the messages that were sent, once each and in their order; no sender is blamed."""
    seen = found(kind, passes + NOT_JOINED)
    labels = seen.labels(name, kind)
    assert seen.malformed(name) == []
    assert set(labels) <= set(LABELS) and len(set(labels)) == len(labels)
    assert not SENDERS_FAULTS & seen.findings(name)
