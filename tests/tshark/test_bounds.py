"""What hostile bytes may cost: depth, items and memory are bounded by what was captured, not by what it says.

Memory is what the whole process has asked for at its peak (support/memory.py), compared between captures that differ in one thing.
"""

import struct
from collections.abc import Callable

import msturn_messages as ms
import pytest
import stun
import tcpcap
import turn
from memory import peak
from stun import Attribute, Class, Message, Method
from tcpcap import Capture
from wireshark import Packet

MOST = 64_900  # bytes of a segment that a unit may have
DEPTH = 8  # NESTING_MAX of plugin/dissect/dissect.c; a relay behind a relay makes two
TREE_DEPTH = 500  # Wireshark's own limit, preference gui.max_tree_depth


def identity(number: int) -> bytes:
    """A transaction id for each number; they look nothing like each other."""
    return stun.transaction_id(str(number))


def indication(number: int, *attributes: tuple[int, bytes]) -> bytes:
    return Message(Method.BINDING, Class.INDICATION, identity(number), list(attributes)).encode()


# ---- depth ----


def in_data(packet: bytes) -> bytes:
    return turn.message(Method.DATA, Class.INDICATION, "data", (Attribute.DATA, packet))


def in_framed_data(packet: bytes) -> bytes:
    return in_data(stun.frame(packet))


def in_ms_data(packet: bytes) -> bytes:
    message = ms.start(ms.Type.DATA_INDICATION, ms.transaction_id("data")).add(ms.Attribute.REMOTE_ADDRESS, stun.address(*turn.PEER))
    return message.add(ms.Attribute.DATA, packet).encode()


def in_multiplexed(packet: bytes) -> bytes:
    return ms.multiplexed(bytes(8), packet)


# With the session id that multiplexed TURN has here.
MS_OPENING = ms.frame(ms.CONTROL, ms.start(ms.Type.ALLOCATE_ERROR, ms.transaction_id("opening"))
                      .add(ms.Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, bytes(8)).encode())

# What wraps a packet, and what is around all of them on the connection.
NESTS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "Data in Data": (in_data, bytes),
    "Data in RFC 4571 frames in Data": (in_framed_data, bytes),
    "Data in Data in ChannelData": (in_data, lambda packet: stun.channel_data(0x4001, packet)),
    "Data in Data in a frame": (in_data, stun.frame),
    "Data of Microsoft's in Data": (in_ms_data, lambda packet: ms.frame(ms.CONTROL, packet)),
    "multiplexed TURN in multiplexed TURN": (in_multiplexed, bytes),
    "Data in multiplexed TURN in Data": (lambda packet: in_multiplexed(in_ms_data(packet)),
                                         lambda packet: ms.frame(ms.CONTROL, in_ms_data(packet))),
}


def nested(wrap: Callable[[bytes], bytes], size: int) -> tuple[bytes, int]:
    """A check, wrapped until it is as large as this; and how often it was."""
    packet, levels = turn.check(), 0
    while len(wrapped := wrap(packet)) <= size:
        packet, levels = wrapped, levels + 1
    return packet, levels


def nest(tshark, write, passes, name: str, size: int) -> tuple[Packet, int]:
    """The packet with such a nest, on a connection that is known, and its levels."""
    wrap, around = NESTS[name]
    packet, levels = nested(wrap, size)
    capture = Capture()
    connection = capture.connection()
    opening = MS_OPENING if "Microsoft" in name or "multiplexed" in name else turn.keep_alive()
    connection.client(stun.frame(opening) if around is stun.frame else opening)
    frame = connection.client(around(packet))
    return tshark.trees(write(capture), *passes)[frame], levels


@pytest.mark.parametrize("name", NESTS)
def test_nesting_stops_at_a_limit_with_an_item_that_says_so(tshark, write, passes, name):
    deep, levels = nest(tshark, write, passes, name, MOST)
    less_deep, fewer_levels = nest(tshark, write, passes, name, MOST // 4)
    assert levels > TREE_DEPTH and fewer_levels > 2 * DEPTH, "else the limit is not reached"
    for packet in (deep, less_deep):
        assert packet.findings.count("nesting") == 1
        assert "_ws.malformed" not in packet.names
        assert len(packet.units) == DEPTH + 2, "the outermost one, those inside of it, and the rest in one piece"
    assert count(deep) == count(less_deep), "what is behind the limit costs nothing"


def count(packet: Packet) -> int:
    """Items in the tree."""
    return sum(1 for protocol in packet.protocols for _ in protocol.walk())


@pytest.mark.parametrize("levels", range(1, DEPTH + 1))
def test_nesting_up_to_the_limit_is_followed(tshark, write, passes, levels):
    packet = turn.check("innermost")
    for _ in range(levels):
        packet = in_data(packet)
    capture = Capture()
    frame = capture.connection().client(packet)
    found = tshark.trees(write(capture), *passes)[frame]
    assert stun.transaction_id("innermost").hex() in found.all("msturn.transaction_id")
    assert "nesting" not in found.findings


# ---- many in one packet ----

# Each payload goes to a dissector of its own, and Wireshark takes 500 calls in a packet for an endless recursion.
MANY = 1500
PAYLOADS = {"RTP": turn.rtp(1, length=4), "bytes of nobody": b"\xff"}
HOLDERS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "RFC 4571 frames": (turn.bind() + stun.frame(turn.check()), stun.frame),
    "ChannelData": (turn.keep_alive(), lambda packet: stun.channel_data(0x4001, packet)),
    "frames of MS-TURN": (MS_OPENING, lambda packet: ms.frame(ms.END_TO_END, packet)),
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_payloads_of_one_packet_are_all_shown(tshark, write, passes, holder, payload):
    opening, hold = HOLDERS[holder]
    capture = Capture()
    connection = capture.connection()
    connection.client(opening)
    frame = connection.client(hold(PAYLOADS[payload]) * MANY)
    packet = tshark.trees(write(capture), *passes)[frame]
    assert len(packet.units) == MANY
    assert packet.names.count("rtp" if payload == "RTP" else "data") == MANY
    assert "_ws.malformed" not in packet.names


# ---- memory ----

CONNECTIONS = 4_000
SENT = 100  # bytes, of each

ANNOUNCED = 65_535 - 65_535 % 4  # a length of STUN ends with two bits of 0 (RFC 8489 section 5)
BEGINNINGS: dict[str, Callable[[int], bytes]] = {
    "message": lambda length: indication(1)[:2] + length.to_bytes(2, "big") + indication(1)[4:]
    + struct.pack("!HH", stun.Attribute.SOFTWARE, length - 4),
    "ChannelData": lambda length: (0x4001).to_bytes(2, "big") + length.to_bytes(2, "big"),
    "RFC 4571 frame": lambda length: length.to_bytes(2, "big"),
    "frame of MS-TURN": lambda length: bytes([ms.CONTROL, 0]) + length.to_bytes(2, "big"),
}
OPENINGS = {"message": b"", "ChannelData": turn.keep_alive(), "RFC 4571 frame": stun.frame(turn.check()),
            "frame of MS-TURN": MS_OPENING}


def beginners(write, kind: str, announced: int):
    """Connections on each of which a unit begins that announces so many bytes."""
    capture = Capture()
    for _ in range(CONNECTIONS):
        connection = capture.connection(handshake=False)
        connection.client(OPENINGS[kind] + BEGINNINGS[kind](announced).ljust(SENT, b"\xf1"))
    return write(capture)


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_announced_bytes_cost_nothing_until_they_are_there(tshark, write, kind):
    """TCP keeps what was captured of a unit that waits; what is announced beyond that must not show."""
    captures = [beginners(write, kind, announced) for announced in (ANNOUNCED, 2 * SENT)]
    for path in captures:
        assert len(tshark.matching(path, "tcp.segment_data")) == CONNECTIONS, "the rest is waited for"
    much, little = (peak(tshark, path) for path in captures)
    assert (much - little) / CONNECTIONS < 10 * SENT


def growth(tshark, write, make: Callable[[Capture, int], None], number: int) -> list[float]:
    """The bytes that so many more cost, when there were as many before, and when there were twice as many."""
    peaks = []
    for factor in (1, 2, 4):
        capture = Capture()
        make(capture, factor * number)
        peaks.append(peak(tshark, write(capture)))
    return [peaks[1] - peaks[0], (peaks[2] - peaks[1]) / 2]


def messages_on_a_connection(capture: Capture, number: int) -> None:
    connection = capture.connection()
    connection.client_stream(b"".join(indication(n) for n in range(number)))


def open_transactions(capture: Capture, number: int) -> None:
    connection = capture.connection()
    stream = (Message(Method.REFRESH, Class.REQUEST, identity(n)).encode() for n in range(number))
    connection.client_stream(b"".join(stream))


def unknown_connection_ids(capture: Capture, number: int) -> None:
    """After each bind the framing is open, and then it is found again: two changes to be remembered for each."""
    connection = capture.connection()
    stream = (Message(Method.CONNECTION_BIND, Class.REQUEST, identity(n), [(Attribute.CONNECTION_ID, stun.unsigned32(n))]).encode()
              for n in range(number))
    connection.client_stream(b"".join(stream))


def holes(capture: Capture, number: int) -> None:
    """A framing that is lost and found with each message."""
    connection = capture.connection()
    for n in range(number):
        connection.client(indication(n), wait=100)
        connection.client(bytes(8), lost=True)
        if n % 100 == 0:
            connection.packet(False, tcpcap.ACK, wait=1)


# What comes again and again, and how often: the more bytes of capture one costs, the fewer.
REPEATED = {messages_on_a_connection: 10_000, open_transactions: 10_000, unknown_connection_ids: 5_000, holes: 4_000}


@pytest.mark.parametrize("make", REPEATED, ids=lambda make: make.__name__.replace("_", " "))
def test_memory_grows_in_proportion(tshark, write, make):
    """Tables double in size, so that steps are seen at powers of two: hence doubled numbers are compared."""
    before, after = growth(tshark, write, make, REPEATED[make])
    assert 0 < after < 1.5 * before
    assert after < 2048 * REPEATED[make], "a few structures for each"


@pytest.mark.parametrize("number", [Attribute.USERNAME, Attribute.NONCE, Attribute.REALM])
def test_long_texts_cost_no_more_than_they_are_long(tshark, write, number):
    """A user name of 64,000 bytes, another one in each request, or a nonce or realm in each response."""
    times, length = 200, 64_000
    capture = Capture()
    connection = capture.connection()
    for n in range(times):
        text = n.to_bytes(4, "big").hex().encode().ljust(length, b"x")
        connection.client(Message(Method.ALLOCATE, Class.REQUEST, identity(n), [(number, text)]).encode())
        answer = [(Attribute.ERROR_CODE, stun.error_code(438, "Stale")), (number, text)]
        connection.server(Message(Method.ALLOCATE, Class.ERROR, identity(n), answer).encode())
    one = Capture()
    one.connection().client(turn.allocate())
    assert peak(tshark, write(capture)) - peak(tshark, write(one)) < 1.5 * 2 * times * length
