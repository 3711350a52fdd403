"""The adverse ways in which a line's stream gets into a capture, each a function that sends it. Standard library only.

Which messages are to be found then says the table in tests/tshark/test_adversity.py.
"""

from adversity import HEADERS, LABELS, Line, fragmented, tagged, twice


def plain(line: Line) -> None:
    line.open()
    line.rest("a")


# ---- order and repetition ----


def out_of_order(line: Line) -> None:
    """Segments that end anywhere, the second in front of the first, and so on."""
    line.open()
    places = list(line.cut(70))
    for first, second in zip(places[::2], places[1::2]):
        line.part(*second)
        line.part(*first)
    if len(places) % 2:
        line.part(*places[-1])


def units_out_of_order(line: Line) -> None:
    line.open()
    line.units("acbdfegh")


def overlap(line: Line) -> None:
    """Each segment begins with the last 30 bytes of the one in front, and the whole of c and d comes once more."""
    line.open()
    line.units("a")
    for start, end in line.cut(90, line.begin("b")):
        line.part(max(start - 30, line.begin("b")), end)
    line.part(line.begin("c"), line.end("d"))


def overlap_in_a_message(line: Line) -> None:
    """While the rest of c is waited for, its middle comes again."""
    line.open()
    line.units("ab")
    start, end = line.begin("c"), line.end("c")
    line.part(start, start + 50)
    line.part(start + 20, start + 50)
    line.part(start + 50, end)
    line.rest("d")


def retransmission(line: Line) -> None:
    line.open()
    line.units("abc")
    line.units("bc")
    line.rest("d")


def other_content(line: Line) -> None:
    """c again, with the bytes of another message of the same length: the receiver has the first ones."""
    line.open()
    line.units("abc")
    line.part(line.begin("c"), line.end("c"), other=line.kind.unit("z"))
    line.rest("d")


def other_content_in_a_message(line: Line) -> None:
    """The same for the first half of c, while the second is waited for."""
    line.open()
    line.units("ab")
    start, end = line.begin("c"), line.end("c")
    line.part(start, start + 50)
    line.part(start, start + 50, other=line.kind.unit("z")[:50])
    line.part(start + 50, end)
    line.rest("d")


# ---- loss ----


def lost_header(line: Line) -> None:
    """The segment with the first 24 bytes of c."""
    line.open()
    line.units("ab")
    line.part(line.begin("c") + 24, line.end("c"))
    line.rest("d")


def lost_body(line: Line) -> None:
    """The segment with the middle of c."""
    line.open()
    line.units("ab")
    start, end = line.begin("c"), line.end("c")
    line.part(start, start + 40)
    line.part(start + 60, end)
    line.rest("d")


def lost_message(line: Line) -> None:
    line.open()
    line.units("ab")
    line.rest("d")


# ---- what TCP sends to ask ----


def zero_window_probe(line: Line) -> None:
    """The server has no room: the client sends the first byte of d again and again, and then all of it (RFC 9293 3.8.6.1)."""
    line.open()
    line.units("abc")
    line.acknowledge(line.end("c"), window=0)
    for _ in range(3):
        line.part(line.begin("d"), line.begin("d") + 1, wait=1_000_000)
        line.acknowledge(line.end("c"), window=0)
    line.acknowledge(line.end("c"))
    line.rest("d")


def zero_window_probe_in_a_message(line: Line) -> None:
    """The same where the window closes in the middle of c."""
    line.open()
    line.units("ab")
    place = line.begin("c") + 30
    line.part(line.begin("c"), place)
    line.acknowledge(place, window=0)
    line.part(place, place + 1, wait=1_000_000)
    line.acknowledge(place, window=0)
    line.acknowledge(place)
    line.part(place, line.end("c"))
    line.rest("d")


def keep_alives(line: Line, length: int, place: int) -> None:
    """Of TCP: the byte in front of the next one, or none (RFC 9293 3.8.4)."""
    line.open()
    line.units("a")
    line.part(line.begin("b"), place)
    line.acknowledge(place)
    for _ in range(2):
        line.part(place - 1, place - 1 + length, wait=45_000_000)
        line.acknowledge(place)
    if place < line.end("b"):
        line.part(place, line.end("b"))
    line.rest("c")


def keep_alive_between(line: Line) -> None:
    keep_alives(line, 1, line.end("b"))


def keep_alive_inside(line: Line) -> None:
    keep_alives(line, 1, line.begin("b") + 33)


def empty_keep_alive_inside(line: Line) -> None:
    keep_alives(line, 0, line.begin("b") + 33)


# ---- what was not captured ----


def mid_stream(line: Line) -> None:
    """The capture begins 27 bytes behind the beginning of a."""
    line.open(captured=False)
    line.part(27, line.end("a"))
    line.rest("b")


def snaplen(line: Line, length: int) -> None:
    line.open()
    line.units(LABELS, snaplen=length)


def snaplen_64(line: Line) -> None:
    """10 bytes of TCP's payload: no whole header."""
    snaplen(line, HEADERS + 10)


def snaplen_96(line: Line) -> None:
    snaplen(line, 96)


def snaplen_128(line: Line) -> None:
    snaplen(line, 128)


def one_direction(line: Line) -> None:
    """The client's packets only."""
    line.open(answers=False)
    line.rest("a")


# ---- segments and sequence numbers ----


def bytes_alone(line: Line) -> None:
    """Segments of one byte."""
    line.open()
    for place in line.cut(1):
        line.part(*place)


def coalesced(line: Line) -> None:
    """All in one segment; a megabyte is in a test of its own."""
    line.open()
    line.part(0, len(line.data))


def wrap(line: Line) -> None:
    """Sequence number 0 is in the middle of c."""
    asked = len(line.kind.asked)
    line.open(client_sequence=2**32 - 1 - asked - line.begin("c") - 20)
    for place in line.cut(50):
        line.part(*place)


def wrap_between(line: Line) -> None:
    """Sequence number 0 is the first byte of c."""
    line.open(client_sequence=2**32 - 1 - len(line.kind.asked) - line.begin("c"))
    line.rest("a")


# ---- below TCP ----


def ipv6(line: Line) -> None:
    line.open(version=6)
    for place in line.cut(100):
        line.part(*place)


def vlan(line: Line) -> None:
    line.capture.rewrite = tagged
    ipv4_in_parts(line)


def ip_fragments(line: Line) -> None:
    line.capture.rewrite = fragmented
    ipv4_in_parts(line)


def two_interfaces(line: Line) -> None:
    line.capture.rewrite = twice
    ipv4_in_parts(line)


def ipv4_in_parts(line: Line) -> None:
    line.open()
    for place in line.cut(100):
        line.part(*place)
