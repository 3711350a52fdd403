"""What happens without payload is seen from the first message on, in its own frame too, and in the next file as well."""

import stun
import turn
from sharkd import load
from tcpcap import ACK, FIN, PSH, Capture
from verdicts import report_of


def ended_with_its_only_message(capture: Capture) -> int:
    """The first frame of the file that is msturn's ends the connection."""
    connection = capture.connection(server=("192.0.2.1", 9321))
    return connection.packet(True, PSH | ACK | FIN, stun.frame(turn.check()))


def test_frame_with_the_first_message(tshark, write, capture):
    """Nobody answers for 30 s, and the one that asked has closed: without the FIN nothing could be said."""
    frame = ended_with_its_only_message(capture)
    other = capture.connection(server=("192.0.2.7", 8080))
    other.client(b"GET / HTTP/1.0\r\n\r\n", wait=30_000_000)
    (pair,) = report_of(tshark, write(capture)).pairs
    assert pair["first_frame"] == frame
    assert pair["verdict"] != "unfinished"


def test_next_file(sharkd, write):
    """What was registered in the file before holds."""
    capture = Capture()
    frame = ended_with_its_only_message(capture)
    path = write(capture)
    first, second = sharkd.matching("msturn.finding.advice", load(path), load(path))
    assert first == second == [frame]
