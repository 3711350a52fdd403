"""Nothing that merely looks like ours is ever claimed: connections of others come out as without the plugin.

Thousands of connections from generators with fixed seeds, on every kind of port, whole, in parts, and in packets that the capture
cut. What is compared is the whole PDML and the packet list. On the ports of TURN servers the built-in STUN dissector would claim whatever comes there; so
it is disabled in both.
"""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import downloads
import foreign
import lookalikes
import pytest
import stun
import turn
from relayed_call import RelayedCall
from tcpcap import CLIENT_PORT, Capture

PORTS = {"shared": (80, 443), "relay": (24000, 27017, 53577, 59999), "others": (1433, 5061, 5672, 5900, 8347, 12345),
         "turn": (3478, 3481, 5349)}
ROUNDS = 2  # of each family on each port
SERVER = "192.0.2.1"
PACKET = b"<packet>"
WITHOUT_STUN = ("--disable-protocol", "stun")

Segments = list[tuple[bool, bytes]]
Cut = Callable[[Random, foreign.Conversation], Segments]


# Conversations in a capture


def whole(_random: Random, conversation: foreign.Conversation) -> Segments:
    return conversation


def parts(random: Random, conversation: foreign.Conversation) -> Segments:
    """Each packet in several segments, some of a few bytes."""
    return [(up, part) for up, data in conversation for part in cut(random, data)]


def cut(random: Random, data: bytes) -> Iterable[bytes]:
    while data:
        size = random.choice((random.randrange(1, 9), random.randrange(9, 40), 1000))
        yield data[:size]
        data = data[size:]


class Labels:
    """Which conversation a frame belongs to."""

    def __init__(self, capture: Capture):
        self.capture = capture
        self.ends: list[tuple[int, str]] = []

    def ends_here(self, label: str) -> None:
        self.ends.append((self.capture.frames, label))

    def of(self, frames: Iterable[int]) -> list[str]:
        """The first and the number of frames for each label."""
        found: dict[str, list[int]] = {}
        for frame in frames:
            label = next((label for end, label in self.ends if frame <= end), "behind the last one")
            found.setdefault(label, []).append(frame)
        return [f"{label}: {len(numbers)} frames from {numbers[0]} on" for label, numbers in found.items()]


def replay(capture: Capture, families: dict[str, lookalikes.Family], ports: Iterable[int], how: Cut = whole, snaplen: bool = False,
           host: str = SERVER, client_port: int = CLIENT_PORT) -> Labels:
    """Each family several times on each port."""
    labels = Labels(capture)
    for port, (name, family), number in itertools.product(ports, families.items(), range(ROUNDS)):
        random = Random(f"{name} {port} {number}")
        connection = capture.connection(server=(host, port), client_port=client_port)
        for up, data in how(random, family(random)):
            connection.send(up, data, snaplen=random.randrange(54, 140) if snaplen else None)
        labels.ends_here(f"{name} on {port}, {number}")
    return labels


# Comparison


def different_packets(tshark, stock, path: Path, *options: str) -> list[int]:
    """Frame numbers of the packets that PDML shows differently with the plugin and without."""
    return _different(PACKET, tshark, stock, path, "-T", "pdml", *options)


def different_lines(tshark, stock, path: Path, *options: str) -> list[int]:
    """The same for the packet list."""
    return _different(b"\n", tshark, stock, path, *options)


def _different(separator: bytes, tshark, stock, path: Path, *options: str) -> list[int]:
    ours, theirs = (program.run_bytes(path, *options) for program in (tshark, stock))
    ours, theirs = (output[max(output.find(PACKET), 0):] for output in (ours, theirs))  # the head of PDML has the time
    if ours == theirs:
        return []
    parts = itertools.zip_longest(ours.split(separator), theirs.split(separator))
    return [number for number, (one, other) in enumerate(parts, separator == b"\n") if one != other]


def assert_untouched(tshark, stock, path: Path, labels: Labels, *options: str) -> None:
    """Nothing in the capture is ours, and nothing that tshark prints of it is different from what a stock one prints.

    PDML has all fields, hidden ones too: what comes out as without the plugin has none of msturn's.
    """
    assert labels.of(different_packets(tshark, stock, path, *options)) == []
    assert labels.of(different_lines(tshark, stock, path, *options)) == []


# Look-alikes


@pytest.mark.parametrize("ports", ["shared", "relay", "others"])
def test_look_alikes_come_out_as_without_the_plugin(tshark, stock, write, passes, capture, ports):
    labels = replay(capture, lookalikes.ALL | lookalikes.CLOSE | lookalikes.BROKEN, PORTS[ports])
    assert_untouched(tshark, stock, write(capture), labels, *passes)


@pytest.mark.parametrize("ports", ["shared", "relay", "others"])
def test_look_alikes_in_parts_come_out_as_without_the_plugin(tshark, stock, write, passes, capture, ports):
    """First segments of a few bytes: not even more is waited for."""
    labels = replay(capture, lookalikes.ALL, PORTS[ports], parts)
    assert_untouched(tshark, stock, write(capture), labels, *passes)


@pytest.mark.parametrize("ports", ["shared", "relay", "others"])
def test_look_alikes_that_the_capture_cut_come_out_as_without_the_plugin(tshark, stock, write, passes, capture, ports):
    labels = replay(capture, lookalikes.ALL | lookalikes.CLOSE, PORTS[ports], snaplen=True)
    assert_untouched(tshark, stock, write(capture), labels, *passes)


def test_look_alikes_on_a_port_of_turn_servers_are_given_back(tshark, stock, write, passes, capture):
    """The port is a reason to wait for more, but not to claim: the other dissectors get all of it.

    Not on 5349: there TLS names the protocol of its port, as it does with 443.
    """
    labels = replay(capture, without_few_bytes(lookalikes.ALL | lookalikes.CLOSE), (3478, 3481))
    assert_untouched(tshark, stock, write(capture), labels, *WITHOUT_STUN, *passes)


@pytest.mark.parametrize("how, snaplen", [(parts, False), (whole, True)], ids=["parts", "cut"])
def test_look_alikes_on_a_port_of_turn_servers_are_not_claimed(tshark, write, passes, capture, how, snaplen):
    labels = replay(capture, lookalikes.ALL | lookalikes.CLOSE, PORTS["turn"], how, snaplen)
    assert labels.of(tshark.matching(write(capture), "msturn", *passes)) == []


def without_few_bytes(families: dict[str, lookalikes.Family]) -> dict[str, lookalikes.Family]:
    """Where a TURN server is expected, first bytes that fit are waited upon."""
    few = ("short_segments", "zeros_and_ones")
    return {name: family for name, family in families.items() if name not in few}


def test_look_alikes_from_a_port_of_a_relay_come_out_as_without_the_plugin(tshark, stock, write, passes, capture):
    """Ports that clients get from their systems are in the range, too."""
    labels = replay(capture, lookalikes.ALL, (22, 443, 8080, 60000, 65000), client_port=53577)
    assert_untouched(tshark, stock, write(capture), labels, *passes)


def test_look_alikes_come_out_as_without_the_plugin_when_heuristics_go_first(tshark, stock, write, passes, capture):
    labels = replay(capture, lookalikes.ALL, (80, 443, 27017, 8347), parts)
    assert_untouched(tshark, stock, write(capture), labels, "-o", "tcp.try_heuristic_first:TRUE", *passes)


# Beside a call


def assert_untouched_from(first: int, tshark, stock, path: Path, labels: Labels, passes: tuple[str, ...]) -> None:
    """PDML of all frames with payload from this one on is the same; in front of it there is a call, to which handshakes and ends of
    connections at its addresses belong."""
    changed = different_packets(tshark, stock, path, *passes)
    payload = set(stock.matching(path, "tcp.len > 0"))
    assert payload != set() and labels.of(frame for frame in changed if frame >= first and frame in payload) == []


@pytest.mark.parametrize("families", [lookalikes.ALL, downloads.ALL], ids=["look-alikes", "downloads"])
def test_connections_beside_a_call_come_out_as_without_the_plugin(tshark, stock, write, passes, capture, families):
    """Relayed addresses are announced, but on other hosts: nobody expects anything there, and nothing is said of them."""
    RelayedCall(capture).healthy()
    first = capture.frames + 1
    labels = replay(capture, families, (443, 25000, 53577, 59999, 8347))
    assert_untouched_from(first, tshark, stock, write(capture), labels, passes)


def test_other_protocols_at_an_announced_address_come_out_as_without_the_plugin(tshark, stock, write, passes, capture):
    """The announcement alone makes nothing ours. (TCP itself tells the first connection there from others: a peer's, here.)"""
    relayed = ("192.0.2.9", 50505)
    control = capture.connection()
    control.client(turn.allocate())
    control.server(turn.allocated(relayed=relayed))
    capture.connection(server=relayed).client(stun.frame(turn.check()))
    first = capture.frames + 1
    labels = replay(capture, without_few_bytes(lookalikes.ALL), relayed[1:], host=relayed[0])
    assert_untouched_from(first, tshark, stock, write(capture), labels, passes)


# Real ones


@pytest.mark.parametrize("options", [(), ("-o", "tcp.try_heuristic_first:TRUE"), ("-o", "tcp.desegment_tcp_streams:FALSE")],
                         ids=["default", "heuristics", "segments"])
def test_real_connections_of_others_come_out_as_without_the_plugin(tshark, stock, shared_capture, passes, options):
    """teams.pcap: on TCP there is TLS of others only."""
    path = shared_capture("teams.pcap")
    assert different_packets(tshark, stock, path, "-Y", "tcp", *options, *passes) == []


# What they look like is found: the generators test something


def test_look_alikes_with_the_right_cookie_are_found(tshark, write, passes, capture):
    """The same bytes in front, and the bits that were missing: the plugin looked at them."""
    ports = [*PORTS["shared"], *PORTS["relay"], *PORTS["turn"], 8347, 12345]
    frames = [capture.connection(server=(SERVER, port)).client(turn.check()) for port in ports]
    assert tshark.matching(write(capture), "msturn", *passes) == frames
