"""Messages on ports of other protocols: the report says where they are, and what shows them."""

import pytest
import stun
import turn
from tcpcap import Capture

REPORT = ("-q", "-z", "msturn,report")
FIRST = ("-o", "tcp.try_heuristic_first:TRUE")
NOTHING = "No STUN or TURN message over TCP, and no MS-TURN message."
OWNED, OTHER_OWNED = 5672, 5900  # AMQP, VNC


def report(tshark, path, *options: str) -> list[str]:
    """Without rules and heading."""
    lines = tshark.run(path, *REPORT, *options).splitlines()[1:-1]
    return [line for line in lines if not line.startswith(("msturn ", "Captured "))]


def turn_on(capture: Capture, port: int, handshake: bool = True):
    connection = capture.connection(server=("192.0.2.1", port), handshake=handshake)
    connection.client(turn.allocate())
    connection.server(turn.allocated())
    connection.client(turn.keep_alive())
    return connection


def told(*ports: str) -> list[str]:
    return [NOTHING, "There are bytes that look like STUN on ports of other protocols:", *ports,
            "The option -o tcp.try_heuristic_first:TRUE shows them."]


@pytest.mark.parametrize("options", [(), ("-o", "tcp.relative_sequence_numbers:FALSE")], ids=["relative", "absolute"])
def test_port_and_frames(tshark, write, capture, passes, options):
    turn_on(capture, OWNED)
    turn_on(capture, OTHER_OWNED)
    assert report(tshark, write(capture), *passes, *options) == told(
        f"  TCP port {OWNED}: frame 4 and 2 more", f"  TCP port {OTHER_OWNED}: frame 10 and 2 more")


def test_what_is_said_helps(tshark, write, capture):
    turn_on(capture, OWNED)
    assert report(tshark, write(capture), *FIRST)[0].startswith("No candidate pair. 1 session: allocated.")


def test_beginning_not_captured(tshark, write, capture, passes):
    turn_on(capture, OWNED, handshake=False)
    assert report(tshark, write(capture), *passes)[2] == f"  TCP port {OWNED}: frame 1 and 2 more"


def test_framed(tshark, write, capture, passes):
    connection = capture.connection(server=("192.0.2.1", OWNED))
    connection.client(stun.frame(turn.check()))
    assert report(tshark, write(capture), *passes) == told(f"  TCP port {OWNED}: frame 4")


def test_part_of_a_transfer(tshark, write, capture, passes):
    """In the middle of another protocol's bytes it is one of them."""
    connection = capture.connection(server=("192.0.2.1", OWNED))
    connection.client(b"AMQP\x00\x00\x09\x01")
    connection.client(turn.allocate())
    assert report(tshark, write(capture), *passes) == [NOTHING]


@pytest.mark.parametrize("dissector", ["stun", "data"])
def test_decode_as(tshark, write, capture, passes, dissector):
    """What built-in stun shows is not missing, nor what TCP does not give it again; and who chose a dissector knows."""
    connection = turn_on(capture, 3478)
    connection.client(turn.keep_alive(), at=-len(turn.keep_alive()))
    assert report(tshark, write(capture), *passes, "-d", f"tcp.port==3478,{dissector}") == [NOTHING]


def test_filter(tshark, write, capture):
    turn_on(capture, OWNED)
    lines = tshark.run(write(capture), "-q", "-z", "msturn,report,frame.number==1").splitlines()
    assert not [line for line in lines if str(OWNED) in line]


def test_many_ports(tshark, write, capture):
    ports = range(6000, 6020)  # X11
    for port in ports:
        turn_on(capture, port)
    lines = report(tshark, write(capture))
    assert lines[2:11] == [f"  TCP port {port}: frame {4 + 6 * (port - 6000)} and 2 more" for port in ports[:8]] + ["  and more"]
    assert max(map(len, lines)) <= 78
