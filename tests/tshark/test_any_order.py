"""What is msturn's depends on its bytes, not on what came before: in the file, in another file, under other preferences.

A heuristic that recognised a packet moves to the front of Wireshark's list, for as long as the program runs.
"""

import msturn_messages as ms
import pytest
import stun
import turn
from sharkd import load, preference
from tcpcap import Capture
from test_ms_dialogue import SESSION, datagram, first_allocate

# In no range of the preferences, in that of relayed addresses without and with an owner, and the owner's of msturn.
PORTS = [9321, 40001, 24123, 53577, 27017, 3478, 443]
UDP_PORTS = [9321, 50123, 53577, 3481]


def unknown_method(capture: Capture) -> None:
    """Of this the built-in dissector says that it is STUN."""
    message = bytearray(turn.keep_alive())
    message[:2] = stun.message_type(0x7FF, stun.Class.REQUEST).to_bytes(2, "big")
    capture.connection(server=("192.0.2.77", 4444)).client(bytes(message))


def broken_attribute(capture: Capture) -> None:
    """The first attribute goes on behind the end of the message."""
    message = bytearray(turn.keep_alive())
    message[22:24] = b"\x40\x00"
    capture.connection(server=("192.0.2.77", 4444)).client(bytes(message))


def plain_stun_over_udp(capture: Capture) -> None:
    datagram(capture, ("10.9.9.1", 7000), ("10.9.9.2", 7001), turn.check("foreign"))


def classic_stun_over_udp(capture: Capture) -> None:
    """RFC 3489: without a cookie."""
    datagram(capture, ("10.9.9.1", 7000), ("10.9.9.2", 7001), b"\0\1\0\x08" + bytes(range(16)) + b"\0\3\0\4" + bytes(4))


FOREIGN = [unknown_method, broken_attribute, plain_stun_over_udp, classic_stun_over_udp]


def ours(capture: Capture, number: int = 0) -> list[int]:
    """Messages over TCP on ports of every kind, and over UDP what is msturn's by default."""
    frames = []
    for port in PORTS:
        control = capture.connection(server=("192.0.2.1", port))
        checks = capture.connection(server=("192.0.2.2", port))
        frames += [control.client(turn.allocate()), control.server(turn.refused()),
                   checks.client(stun.frame(turn.check())), checks.server(stun.frame(turn.answer()))]
    for port in UDP_PORTS:
        client, server = (f"10.1.{number}.1", 41000), ("192.0.2.3", port)
        frames += [datagram(capture, client, server, first_allocate()),
                   datagram(capture, server, client, ms.multiplexed(SESSION, turn.check("wrapped")))]
    return frames


@pytest.fixture(scope="module")
def files(write):
    """A foreign file of each kind, and one of ours with its frames."""
    foreign = {}
    for make in FOREIGN:
        capture = Capture()
        make(capture)
        foreign[make.__name__] = write(capture)
    capture = Capture()
    frames = ours(capture)
    return foreign, write(capture), frames


@pytest.mark.parametrize("order", [FOREIGN, FOREIGN[::-1]], ids=["one-way", "other-way"])
def test_in_one_file(tshark, write, passes, capture, order):
    """Before, between and after."""
    frames = ours(capture, 0)
    for number, make in enumerate(order, start=1):
        make(capture)
        frames += ours(capture, number)
    path = write(capture)
    assert tshark.matching(path, "msturn", *passes) == frames


@pytest.mark.parametrize("name", [make.__name__ for make in FOREIGN])
def test_file_after_file(sharkd, files, name):
    foreign, path, frames = files
    theirs, found, again, found_again = sharkd.matching("msturn", *[load(foreign[name]), load(path)] * 2)
    assert theirs == again == []
    assert found == found_again == frames


def test_all_stun_over_udp_from_now_on(sharkd, write):
    """The preference is switched on when the built-in dissector has recognised STUN, and off again."""
    capture = Capture()
    sent = [(9321, turn.check("a")), (50123, turn.allocate()), (3478, turn.check("b")), (7002, turn.keep_alive())]
    plain = [datagram(capture, (f"10.2.{number}.1", 41000), ("192.0.2.3", port), data)
             for number, (port, data) in enumerate(sent)]
    path = write(capture)
    off, on, off_again = sharkd.matching(
        "msturn", load(path), preference("msturn.plain_stun_udp", "TRUE"), load(path),
        preference("msturn.plain_stun_udp", "FALSE"), load(path))
    assert off == off_again == []
    assert on == plain


def test_conversation_of_plain_stun(tshark, write, passes, capture):
    """A peer's check between the datagrams of a multiplexed conversation, on a port of nobody."""
    client, server = ("10.1.1.1", 41000), ("192.0.2.3", 9321)
    theirs = datagram(capture, server, client, turn.check("plain"))
    frames = [datagram(capture, client, server, first_allocate()),
              datagram(capture, server, client, ms.multiplexed(SESSION, turn.check("wrapped")))]
    last = datagram(capture, server, client, turn.check("plain again"))
    path = write(capture)
    assert tshark.matching(path, "msturn", *passes) == frames
    assert tshark.matching(path, "stun && !msturn", *passes) == [theirs, last]


def test_heuristic_that_is_switched_off_takes_nothing(tshark, stock, write, passes, capture):
    """Then the built-in dissector has what it has without the plugin."""
    unknown_method(capture)
    connection = capture.connection(server=("192.0.2.1", 9321))
    frames = [connection.client(turn.allocate()), connection.server(turn.refused())]
    frames.append(datagram(capture, ("10.1.1.1", 41000), ("192.0.2.3", 9321), turn.check("plain")))
    path = write(capture)
    off = ("--disable-heuristic", "msturn_tcp", "--disable-heuristic", "msturn_udp", *passes)
    assert tshark.matching(path, "msturn", *off) == []
    assert tshark.column(path, "frame.protocols", *off) == stock.column(path, "frame.protocols", *passes)
    assert set(frames) <= set(tshark.matching(path, "stun", *off))


def test_ports_come_and_go(sharkd, write):
    """Ports of nobody, of which the messages are behind bytes that are not ours: only the preference finds them."""
    capture = Capture()
    frames = {}
    for port in (3478, 3479, 9000):
        connection = capture.connection(server=("192.0.2.1", port), handshake=False)
        frames[port] = connection.client(turn.noise(5) + turn.allocate())
    path = write(capture)
    ranges = ["3478-3483,5349", "9000", "3479,9000", "", "3478-3483,5349"]
    found = sharkd.matching("msturn", *(request for ports in ranges
                                        for request in (preference("msturn.turn_ports", ports), load(path))))
    first, second, third = frames.values()
    assert found == [[first, second], [third], [second, third], [], [first, second]]


def test_port_that_another_protocol_was_given(sharkd, write):
    """By its own preference, which does what Decode As does: it keeps the port, whatever ours say of it meanwhile."""
    capture = Capture()
    frames = {port: capture.connection(server=("192.0.2.1", port)).client(turn.allocate()) for port in (3478, 3479, 9000)}
    path = write(capture)
    found = sharkd.matching(
        "msturn", load(path), preference("http.tcp.port", "80,8080,3478,9000"), load(path),
        preference("msturn.turn_ports", "3479,9000"), load(path), preference("msturn.turn_ports", "3478-3479"), load(path))
    assert found == [list(frames.values())] + [[frames[3479]]] * 3
