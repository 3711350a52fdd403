"""Who opened, closed and refused the connections of a session: in the packet list, in Follow, in the ladder, and in filters."""

import copy
import os
import shutil

import icmp
import pytest
import turn
from relayed_call import CLIENT, PEER, RelayedCall
from sharkd import load
from tcpcap import ACK, FIN, RST, SYN, Capture

HEALTHY = "cms-expressway-skype"
OPENED = [1, 2, 17, 18, 24, 25]  # the SYNs of the control connection, of the peer's, and of the one that was bound
CLOSED = {85: "FIN by peer", 86: "RST by server", 87: None, 92: "FIN by client", 93: None}  # None: the other one was first
TEXT = {"FIN": "closed", "RST": "reset"}


def events(tshark, path, *options: str) -> list[list[str]]:
    """Frames without a message that are of a session, with session, pair and path."""
    printed = tshark.run(path, "-Y", "msturn.session && !msturn", "-T", "fields", "-e", "frame.number", "-e", "msturn.session",
                         "-e", "msturn.pair", "-e", "msturn.path", *options)
    return [line.split("\t") for line in printed.splitlines()]


# ---- the packet list ----


def test_frames_of_the_sample(tshark, sample):
    paired = {17, 18, 24, 25, 85, 86, 87}
    assert events(tshark, sample(HEALTHY), "-2") == [
        [str(frame), "0", "0" if frame in paired else "", "0"] for frame in (*OPENED, *CLOSED)]


def test_frames_of_the_sample_in_one_pass(tshark, sample):
    """What comes later is not known: neither session nor pair of what is opened."""
    assert [int(frame) for frame, *_ in events(tshark, sample(HEALTHY)) if int(frame) > 25] == [*CLOSED]


def test_next_file(sharkd, sample):
    """There msturn is called for every frame, but nothing is known before the first message."""
    path = sample(HEALTHY)
    first, second = sharkd.matching("msturn.session && !msturn", load(path), load(path))
    assert first == second == [*OPENED, *CLOSED]


def test_no_protocol_and_no_verdict(tshark, sample):
    """The frames are TCP's: what counts or colours messages does not see them."""
    assert tshark.run(sample(HEALTHY), "-2", "-Y", "msturn && frame.number in {1, 2, 85, 86, 87}") == ""
    assert tshark.run(sample(HEALTHY), "-2", "-Y", "msturn.pair.verdict && frame.number in {17, 18, 85}") == ""


def test_refused_by_icmp(tshark, write, capture):
    """The ICMP message is of the session, and of the pair that it breaks."""
    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    outside = capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    syn = outside.packet(True, SYN)
    error = capture.add(icmp.unreachable(capture.bytes_of(syn), icmp.PROHIBITED))
    call.release()
    assert [str(error), "0", "0", "0"] in events(tshark, write(capture), "-2")


def test_refused_by_the_server(tshark, write, capture):
    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    outside = capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    outside.packet(True, SYN)
    reset = outside.packet(False, RST | ACK)
    assert [str(reset), "0", "0", "0"] in events(tshark, write(capture), "-2")
    assert "Connection reset by the server (RST)" in follow(tshark, write(capture))


def two_sessions(capture: Capture):
    """One after the other on one connection: what opened it is the first one's, what closed it the second one's."""
    connection = capture.connection(server=("192.0.2.1", 3478))
    for name in ("first", "second"):
        connection.client(turn.allocate(name))
        connection.server(turn.allocated(name, mapped=connection.ends[True]))
        connection.client(turn.message(0x004, 0, f"{name} release", (0x000D, bytes(4)), *turn.credentials(), key=turn.KEY))
        connection.server(turn.message(0x004, 2, f"{name} release", (0x000D, bytes(4)), key=turn.KEY))
    return connection, connection.packet(True, FIN | ACK)


def test_two_sessions_on_one_connection(tshark, write, capture):
    _, end = two_sessions(capture)
    assert [event[:2] for event in events(tshark, write(capture), "-2")] == [["1", "0"], ["2", "0"], [str(end), "1"]]


def test_frames_of_other_connections(tshark, write, capture):
    capture.connection(server=("192.0.2.9", 8080)).close()
    RelayedCall(capture).connected().nominated()
    web = capture.frames + 1
    capture.connection(server=("192.0.2.9", 8080)).close()
    found = {int(frame) for frame, *_ in events(tshark, write(capture), "-2")}
    assert found and not found & {*range(1, 7), *range(web, web + 7)}


# ---- Follow and the ladder ----


def follow(tshark, path, form: str = "ascii") -> str:
    return tshark.run(path, "-q", "-z", f"follow,msturn,{form},0")


def test_follow(tshark, sample, passes):
    printed = tshark.run(sample(HEALTHY), "-q", "-z", "follow,msturn,ascii,0", *passes)
    for frame, label in CLOSED.items():
        if label is None:
            assert f" frame {frame}," not in printed
            continue
        how, who = label.split(" by ")
        line = next(below for line, below in zip(printed.splitlines(), printed.splitlines()[1:]) if f" frame {frame}," in line)
        assert line == f"Connection {TEXT[how]} by the {who} ({how})"


@pytest.mark.parametrize("form", ["raw", "hex", "yaml"])
def test_follow_of_bytes(tshark, sample, form):
    assert "closed" not in bytes.fromhex("".join(
        line.strip() for line in follow(tshark, sample(HEALTHY), form).splitlines() if set(line.strip()) <= set("0123456789abcdef")
        and len(line.strip()) % 2 == 0)).decode("latin-1")


def test_ladder(tshark, sample, passes):
    printed = tshark.run(sample(HEALTHY), "-q", "-z", "flow,msturn,standard", *passes).splitlines()
    ends = [line.split("|") for line in printed if "FIN by" in line or "RST by" in line]
    assert [[part.strip() for part in line if part.strip()][1] for line in ends] == [label for label in CLOSED.values() if label]
    assert ends[0][-1] == "Connection closed by the peer (FIN), at relayed 192.168.1.229:24000"


@pytest.mark.parametrize("flags, who, label", [
    (FIN | ACK, CLIENT, "FIN by client"), (RST | ACK, CLIENT, "RST by client"), (RST | ACK, PEER, "RST by peer")])
def test_who_it_was(tshark, write, capture, flags, who, label):
    call = RelayedCall(capture).connected()
    call.nominated()
    (call.data if who == CLIENT else call.outside).packet(who == CLIENT or call.outside.ends[True] == call.ends.peer, flags)
    printed = tshark.run(write(capture), "-q", "-z", "flow,msturn,standard")
    assert printed.count(label) == 1


# ---- conversation filters ----


@pytest.fixture(scope="module")
def filters_of(tshark, workspace):
    """The conversation filters that a packet offers."""
    if "CONVERSATION_FILTERS_LIBRARY" not in os.environ:
        pytest.skip("conversation_filters.c is not built")
    library = shutil.copy(os.environ["CONVERSATION_FILTERS_LIBRARY"], workspace)

    def ask(path, frame: int) -> dict[str, str]:
        program = copy.copy(tshark)
        program.environment = tshark.environment | {"LD_PRELOAD": str(library), "FRAME": str(frame)}
        lines = program.start("-2", "-r", str(path)).stderr.decode().splitlines()
        return dict(line.split(": ", 1) for line in lines if line.startswith("MSTURN"))

    return ask


@pytest.mark.parametrize("frame", [1, 3, 20, 29, 30, 41, 85, 93])
def test_session_with_its_tcp(tshark, sample, filters_of, frame):
    offered = filters_of(sample(HEALTHY), frame)
    assert offered["MSTURN session"] == "msturn.session == 0"
    found = offered["MSTURN session with its TCP"]
    streams = {int(number) for number in found[found.index("{") + 1:found.index("}")].split(",")}
    frames = tshark.run(sample(HEALTHY), "-2", "-Y", found, "-T", "fields", "-e", "frame.number").split()
    everything = tshark.run(sample(HEALTHY), "-Y", "tcp.port in {33347, 44342, 53577}", "-T", "fields", "-e", "frame.number")
    assert len(streams) == 3 and frames == everything.split()


def test_no_session(write, capture, filters_of):
    """Nothing is offered for a packet of somebody else's."""
    frame = capture.connection(server=("192.0.2.9", 8080)).client(b"GET / HTTP/1.0\r\n\r\n")
    RelayedCall(capture).connected().nominated()
    assert not any(filters_of(write(capture), frame).values())
