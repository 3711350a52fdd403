"""The same messages in segments of any size, on 443, on TURN's port and on nobody's: streams of the sample captures, and made ones.

What is expected is read from the bytes by msturn_messages.py. [MS-TURN] 2.1.1, 2.1.4, 2.2.3.
"""

import itertools
import random
from dataclasses import dataclass

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import transaction_id
from reference import read_segments
from test_ms_dialogue import (HELLO, HELLO_ANSWER, SESSION, active, allocate, allocated, control, data_indication, end_to_end,
                              first_allocate, send_request, set_active, unauthorized)

NOBODYS = 8443
PORTS = [NOBODYS, 443, 3478]
SIZES = {"1": itertools.repeat(1), "2": itertools.repeat(2), "7": itertools.repeat(7), "23": itertools.repeat(23),
         "1460": itertools.repeat(1460), "coalesced": itertools.repeat(60_000)}
NAMES = ["msturn.type", "msturn.transaction_id", "msturn.ms_frame.type", "msturn.ms_frame.length", "msturn.attr.type",
         "msturn.message_integrity", "msturn.multiplex.session_id", "rtp.seq", "msturn.pseudo_tls.handshake_type"]


@dataclass
class Run:
    """Bytes of one direction that came without any of the other in between."""

    from_client: bool
    data: bytes


def conversations(segments) -> dict[int, list[Run]]:
    """What each connection's ends said, in turns, without retransmissions."""
    found, clients, seen = {}, {}, {}
    for segment in segments:
        client = clients.setdefault(segment.stream, segment.source)
        runs = found.setdefault(segment.stream, [])
        from_client = segment.source == client
        said = seen.setdefault((segment.stream, from_client), set())
        if len(segment.data) > 20 and segment.data in said:
            continue
        said.add(segment.data)
        if runs and runs[-1].from_client == from_client:
            runs[-1].data += segment.data
        else:
            runs.append(Run(from_client, segment.data))
    return found


def made() -> list[Run]:
    """Pseudo-TLS and one of each thing that frames hold, several in a run, odd lengths among them."""
    return [
        Run(True, HELLO), Run(False, HELLO_ANSWER), Run(True, control(first_allocate())), Run(False, control(unauthorized())),
        Run(True, control(allocate())), Run(False, control(allocated())),
        Run(True, control(send_request(b"\xf1" * 9)) + control(send_request(turn.check("a"), "second")) + control(set_active())),
        Run(False, control(data_indication(b"\xf2" * 61)) + control(active()) + end_to_end(turn.rtp(1)) + end_to_end(turn.rtp(2, length=33))),
        Run(True, end_to_end(stun.frame(turn.check("b"))) + end_to_end(ms.multiplexed(SESSION, turn.rtp(3, length=51)))),
        Run(False, end_to_end(turn.check("c"))), Run(True, control(allocate("release", lifetime=0))),
    ]


def expected(runs: list[Run]) -> dict[bool, dict[str, list[str]]]:
    """Frames and the messages directly in them, and in their Data, by their bytes."""
    found = {side: {"msturn.ms_frame.type": [], "msturn.ms_frame.length": [], "control": []} for side in (True, False)}
    for run in runs:
        side, data = found[run.from_client], run.data
        for length, test in ((ms.CLIENT_HELLO_LENGTH, ms.is_client_hello), (ms.SERVER_HELLO_LENGTH, ms.is_server_hello)):
            data = data[length:] if test(data[:length]) else data
        for kind, payload in ms.read_frames(data):
            side["msturn.ms_frame.type"].append(str(kind))
            side["msturn.ms_frame.length"].append(str(len(payload)))
            if kind == ms.CONTROL:
                side["control"].append(ms.Message.decode(payload).transaction_id.hex())
    return found


def replay(capture, runs: list[Run], port: int, size) -> dict[bool, list[int]]:
    connection = capture.connection(server=("192.0.2.1", port))
    frames = {True: [], False: []}
    for run in runs:
        frames[run.from_client] += connection.client_stream(run.data, size()) if run.from_client else connection.server_stream(run.data, size())
    return frames


def values(found, frames) -> dict[bool, dict[str, list[str]]]:
    """Of what was found in a capture, that in these frames."""
    return {side: {name: [value for frame in numbers for value in found[frame][name]] for name in NAMES}
            for side, numbers in frames.items()}


@pytest.fixture(scope="module")
def streams(stock, sample):
    """Connections with frames, by a name: of the sample captures, and a made one."""
    known = {"made": made()}
    for name in ("ms-turn-pseudo-tls-443", "ms-turn-constructed", "ms-turn-tcp-3478"):
        for number, runs in conversations(read_segments(stock, sample(name))).items():
            first = runs[0].data
            if ms.is_client_hello(first[:50]) or first[:2] in (b"\2\0", b"\3\0"):
                known[f"{name} {number}"] = runs
    return known


@pytest.fixture(scope="module")
def references(tshark, workspace, streams):
    """What is found when each run comes in segments of a message each is what is found however it comes."""
    known = {}

    def reference(name: str, write, capture_class):
        if name not in known:
            capture = capture_class()
            connection = capture.connection(server=("192.0.2.1", 443))
            frames = {True: [], False: []}
            for run in streams[name]:
                for unit in units(run.data):
                    frames[run.from_client].append(connection.client(unit) if run.from_client else connection.server(unit))
            known[name] = values(tshark.frames(write(capture), NAMES), frames)
        return known[name]

    return reference


def units(data: bytes):
    """Records and frames, one by one."""
    for length, test in ((ms.CLIENT_HELLO_LENGTH, ms.is_client_hello), (ms.SERVER_HELLO_LENGTH, ms.is_server_hello)):
        if test(data[:length]):
            yield data[:length]
            data = data[length:]
    for kind, payload in ms.read_frames(data):
        yield ms.frame(kind, payload)


def test_samples_have_streams_with_pseudo_tls_and_without(streams):
    hello = [ms.is_client_hello(runs[0].data[:50]) for runs in streams.values()]
    assert len(streams) >= 5 and any(hello) and not all(hello)


SHORT = ["made", "ms-turn-constructed 2"]  # one with and one without pseudo-TLS, for sizes that make many segments


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("pseudo_tls", [True, False], ids=["pseudo-tls", "no-pseudo-tls"])
def test_segments_of_any_size_contain_the_same_messages(tshark, write, passes, capture, streams, references, pseudo_tls, name):
    """Several streams in one capture, on several ports: the connections have nothing to do with each other.

    On a port of nobody so few bytes as one or two could be anybody's: see the test of the first segments.
    """
    few = name in ("1", "2")
    chosen = {stream: runs for stream, runs in streams.items() if ms.is_client_hello(runs[0].data[:50]) == pseudo_tls
              and (not few or stream in SHORT)}
    assert chosen
    frames = {(stream, port): replay(capture, runs, port, lambda: SIZES[name]) for port in PORTS if port != NOBODYS or not few
              for stream, runs in chosen.items()}
    found = tshark.frames(write(capture), NAMES, *passes)
    assert {where for where, sides in frames.items()
            if values(found, sides) != references(where[0], write, type(capture))} == set()


def test_reference_contains_what_is_in_the_bytes(write, capture, streams, references):
    """Each run in a segment per frame: lengths and control messages by the bytes."""
    for stream, runs in streams.items():
        reference, wanted = references(stream, write, type(capture)), expected(runs)
        for side in (True, False):
            assert reference[side]["msturn.ms_frame.type"] == wanted[side]["msturn.ms_frame.type"], stream
            assert reference[side]["msturn.ms_frame.length"] == wanted[side]["msturn.ms_frame.length"], stream
            ids = [v for v in reference[side]["msturn.transaction_id"] if v in set(wanted[side]["control"])]
            assert ids == wanted[side]["control"], stream
    assert references("made", write, type(capture))[False]["rtp.seq"] == ["1", "2"]


@pytest.mark.parametrize("pseudo_tls", [True, False], ids=["pseudo-tls", "no-pseudo-tls"])
def test_first_segments_of_few_bytes_on_a_port_of_nobody(tshark, write, passes, capture, pseudo_tls):
    """They could be anybody's there, so what they begin may be missed; whole frames later are not."""
    frames = {}
    for size in range(1, 6):
        connection = capture.connection(server=("192.0.2.1", NOBODYS))
        if pseudo_tls:
            connection.client_stream(HELLO, itertools.repeat(size))
            connection.server_stream(HELLO_ANSWER, itertools.repeat(size))
        connection.client_stream(control(first_allocate()), itertools.repeat(size))
        connection.server_stream(control(unauthorized()), itertools.repeat(size))
        frames[size] = [connection.client(control(set_active())), connection.server(control(active()))]
    found = tshark.column(write(capture), "msturn.type", *passes)
    assert {size for size, (up, down) in frames.items() if (found.get(up), found.get(down)) != (["0x0006"], ["0x0106"])} == set()


@pytest.mark.parametrize("seed", range(4))
def test_segments_of_random_sizes_contain_the_same_messages(tshark, write, passes, capture, streams, references, seed):
    number = random.Random(seed)
    frames = {stream: replay(capture, runs, number.choice((443, 3478)), lambda: (number.randrange(1, 300) for _ in itertools.count()))
              for stream, runs in streams.items()}
    found = tshark.frames(write(capture), NAMES, *passes)
    assert {stream for stream, sides in frames.items()
            if values(found, sides) != references(stream, write, type(capture))} == set()


@pytest.mark.parametrize("name", ["7", "23", "coalesced"])
def test_no_cut_is_reported_as_a_fault(tshark, write, passes, capture, streams, name):
    for port, runs in ((443, streams["made"]), (3478, streams["ms-turn-tcp-3478 0"])):
        replay(capture, runs, port, lambda: SIZES[name])
    packets = tshark.trees(write(capture), "-Y", "msturn || _ws.malformed", *passes)
    assert packets
    assert {n: p.form_findings for n, p in packets.items() if p.form_findings} == {}
    assert [n for n, p in packets.items() if "_ws.malformed" in p.names] == []


def test_every_place_of_a_cut_in_two_frames(tshark, write, passes, capture):
    """On an unknown connection of TURN's port, without pseudo-TLS."""
    data = control(first_allocate("a")) + control(set_active("b"))
    frames = {}
    for place in range(1, len(data)):
        connection = capture.connection()
        frames[place] = [connection.client(data[:place]), connection.client(data[place:])]
    found = tshark.column(write(capture), "msturn.transaction_id", *passes)
    wanted = [transaction_id("a").hex(), transaction_id("b").hex()]
    assert [place for place, numbers in frames.items() if [v for n in numbers for v in found.get(n, [])] != wanted] == []


@pytest.mark.parametrize("port", [443, 8443])
def test_frame_is_waited_for_where_its_lengths_agree(tshark, write, passes, capture, port):
    """From 8 bytes on header and message are consistent: nobody else's bytes look so."""
    data = control(first_allocate("a")) + control(set_active("b"))
    frames = {}
    for place in range(8, len(data)):
        connection = capture.connection(server=("192.0.2.1", port))
        frames[place] = [connection.client(data[:place]), connection.client(data[place:])]
    found = tshark.column(write(capture), "msturn.transaction_id", *passes)
    wanted = [transaction_id("a").hex(), transaction_id("b").hex()]
    assert [place for place, numbers in frames.items() if [v for n in numbers for v in found.get(n, [])] != wanted] == []


def test_without_desegmentation_later_frames_are_found(tshark, write, passes, capture):
    """The user may switch it off: nothing breaks, and what is cut is said to be cut by that."""
    connection = capture.connection(server=("192.0.2.1", 3478))
    frames = connection.client_stream(control(allocate()), [60])
    after = connection.client(control(set_active()))
    packets = tshark.trees(write(capture), "-o", "tcp.desegment_tcp_streams:FALSE", *passes)
    assert packets[frames[0]].all("msturn.type") == ["0x0003"]
    assert "not_reassembled" in packets[frames[0]].findings
    assert packets[after].all("msturn.type") == ["0x0006"]
