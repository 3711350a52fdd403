"""Connections to TURN servers on which no message ever came: what the reports say of them.

Nothing of that is dissected. The reports listen to TCP's tap, and only while they are there.
"""

import struct

import icmp
import pytest
import turn
from sharkd import load, rows
from tcpcap import ACK, FIN, RST, SYN, Capture
from verdicts import report_of

SECOND = 1_000_000
SERVER, TLS_SERVER = ("192.0.2.1", 3478), ("192.0.2.1", 5349)


def record(kind: int, body: bytes) -> bytes:
    """Of TLS, RFC 8446 section 5.1."""
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


CLIENT_HELLO = record(22, bytes([1, 0, 0, 38, 3, 3]) + bytes(36))
SERVER_HELLO = record(22, bytes([2, 0, 0, 38, 3, 3]) + bytes(36))
APPLICATION_DATA = record(23, bytes(range(64)))
UNKNOWN_CA, HANDSHAKE_FAILURE = 48, 40


def alert(description: int, level: int = 2) -> bytes:
    return record(21, bytes([level, description]))


def unopened(capture: Capture, server=SERVER, **options):
    return capture.connection(server=server, handshake=False, **options)


def later(capture: Capture, seconds: float) -> None:
    """The capture goes on for so long, elsewhere."""
    capture.connection(server=("198.51.100.99", 4711), handshake=False).packet(True, SYN, wait=int(seconds * SECOND))


def problems(tshark, path, *options: str) -> list[tuple[int, str, str]]:
    report = report_of(tshark, path, *options)
    return [(problem["frame"], problem["code"], problem["text"]) for problem in report.problems]


def told(found: list) -> list:
    return [problem for problem in found if problem[1] in ("connection_refused", "server_silent")]


# ---- connections that fail, and what the report says of them ----

failing: dict = {}


def fails(code: str, text: str):
    """A connection of which the report says this, in the frame of its SYN."""

    def register(build):
        failing[build.__name__] = (build, code, text)
        return build

    return register


@fails("connection_refused", "Connection not answered: SYN sent 4 times in 8.0 s")
def unanswered(capture):
    connection = unopened(capture)
    syn = connection.packet(True, SYN)
    for wait in (1, 2, 4):
        connection.packet(True, SYN, at=-1, wait=wait * SECOND)
    later(capture, 1)
    return syn


@fails("connection_refused", "Connection not answered: SYN sent 2 times in 1.0 s")
def unanswered_and_repeated_in_the_last_frame(capture):
    connection = unopened(capture)
    syn = connection.packet(True, SYN)
    connection.packet(True, SYN, at=-1, wait=SECOND)
    return syn


@fails("connection_refused", "Connection not answered: SYN sent 1 time in 3.1 s")
def unanswered_once(capture):
    syn = unopened(capture).packet(True, SYN)
    later(capture, 3.1)
    return syn


@fails("connection_refused", "Connection not answered: SYN sent 2 times in 1.0 s")
def unanswered_and_mirrored(capture):
    connection = unopened(capture)
    syn = connection.packet(True, SYN)
    for wait in (1000, SECOND - 1000, 1000):
        connection.packet(True, SYN, at=-1, wait=wait)
    return syn


@fails("connection_refused", "Connection refused by a reset (frame 2)")
def refused(capture):
    connection = unopened(capture)
    syn = connection.packet(True, SYN)
    connection.packet(False, RST | ACK)
    return syn


@fails("connection_refused", "Connection refused by a reset (frame 2)")
def refused_three_times(capture):
    """One problem: the client tries again."""
    for port in (40001, 40002, 40003):
        connection = unopened(capture, client=("10.0.0.1", port))
        connection.packet(True, SYN, wait=SECOND)
        connection.packet(False, RST | ACK)
    return 1


@fails("connection_refused", "Connection refused by a reset (frame 2)")
def refused_over_ipv6(capture):
    connection = unopened(capture, server=("2001:db8:1::1", 3478))
    syn = connection.packet(True, SYN)
    connection.packet(False, RST | ACK)
    return syn


@fails("connection_refused", "Connection refused by an ICMP error (frame 2)")
def refused_by_icmp(capture):
    syn = unopened(capture).packet(True, SYN)
    capture.add(icmp.unreachable(capture.bytes_of(syn), icmp.PROHIBITED))
    later(capture, 1)
    return syn


@fails("server_silent", "Server closed the connection (frame 4) before anything was sent")
def accepted_and_closed(capture):
    capture.connection(server=SERVER).packet(False, FIN | ACK)
    return 1


@fails("server_silent", "Server closed the connection (frame 4) before anything was sent")
def accepted_and_reset(capture):
    capture.connection(server=SERVER).packet(False, RST | ACK)
    return 1


@fails("server_silent", "TLS failed: alert 40 (handshake_failure) of the server (frame 5)")
def tls_refused_by_the_server(capture):
    connection = capture.connection(server=TLS_SERVER)
    connection.client(CLIENT_HELLO)
    connection.server(alert(HANDSHAKE_FAILURE))
    connection.close()
    return 1


@fails("server_silent", "TLS failed: alert 48 (unknown_ca) of the client (frame 6)")
def tls_refused_by_the_client(capture):
    connection = capture.connection(server=TLS_SERVER)
    connection.client(CLIENT_HELLO)
    connection.server(SERVER_HELLO)
    connection.client(alert(UNKNOWN_CA))
    connection.close()
    return 1


@fails("server_silent", "TLS failed: the server did not answer the client's hello")
def tls_unanswered(capture):
    connection = capture.connection(server=TLS_SERVER)
    connection.client(CLIENT_HELLO)
    later(capture, 3.1)
    return 1


@fails("server_silent", "TLS failed: the server did not answer the client's hello")
def tls_closed(capture):
    connection = capture.connection(server=TLS_SERVER)
    connection.client(CLIENT_HELLO)
    connection.packet(False, FIN | ACK)
    return 1


@pytest.mark.parametrize("name", failing)
def test_failing(tshark, write, capture, passes, name):
    build, code, text = failing[name]
    frame = build(capture)
    assert problems(tshark, write(capture), *passes) == [(frame, code, text)]


@pytest.mark.parametrize("name", failing)
def test_failing_beside_a_call(tshark, write, capture, passes, name):
    """The post-dissector is there, too, from the frame before on: nothing is counted twice."""
    turn_connection = capture.connection(client=("10.9.9.9", 40000), server=("192.0.2.77", 3478))
    turn_connection.client(turn.allocate())
    before = capture.frames
    build, code, text = failing[name]
    frame = build(capture)
    (found,) = told(problems(tshark, write(capture), *passes))
    assert found[:2] == (before + frame if frame == 1 else frame, code)


# ---- connections that are none of that ----

fine: list = []


@fine.append
def answered_late(capture):
    """A SYN was lost."""
    connection = unopened(capture)
    connection.packet(True, SYN)
    connection.packet(True, SYN, at=-1, wait=SECOND)
    connection.packet(False, SYN | ACK)
    connection.packet(True, ACK)
    connection.client(turn.allocate())
    connection.server(turn.allocated())
    connection.close()


@fine.append
def waited_for(capture):
    unopened(capture).packet(True, SYN)
    later(capture, 2.9)


@fine.append
def mirrored(capture):
    """Each packet is captured twice, a millisecond apart."""
    connection = unopened(capture)
    for wait in (0, 1000):
        connection.packet(True, SYN, at=0, wait=wait)
    later(capture, 1)


@fine.append
def only_syn_ack_captured(capture):
    unopened(capture).packet(False, SYN | ACK)
    later(capture, 10)


@fine.append
def only_the_client_captured(capture):
    """It acknowledges what was not captured."""
    connection = unopened(capture)
    connection.packet(True, SYN)
    connection.packet(True, ACK)
    later(capture, 10)


@fine.append
def only_the_end_captured(capture):
    connection = unopened(capture)
    connection.packet(False, RST | ACK)
    later(capture, 10)


@fine.append
def probed(capture):
    """Whoever watches over a server opens a connection and closes it."""
    for _ in range(5):
        capture.connection(client=("10.0.0.1", 40000 + capture.frames), server=SERVER).close()


@fine.append
def half_open_scan(capture):
    connection = unopened(capture)
    connection.packet(True, SYN)
    connection.packet(False, SYN | ACK)
    connection.packet(True, RST)


@fine.append
def tls_without_keys(capture):
    """What is in it is not known."""
    connection = capture.connection(server=TLS_SERVER)
    connection.client(CLIENT_HELLO)
    connection.server(SERVER_HELLO)
    connection.client(APPLICATION_DATA)
    connection.server(APPLICATION_DATA)
    connection.server(record(21, bytes(26)))
    connection.close()


@fine.append
def tls_warning(capture):
    connection = capture.connection(server=TLS_SERVER)
    connection.client(CLIENT_HELLO)
    connection.server(alert(112, level=1) + SERVER_HELLO)
    connection.client(APPLICATION_DATA)
    connection.server(APPLICATION_DATA)
    connection.close()


@fine.append
def hello_waits(capture):
    capture.connection(server=TLS_SERVER).client(CLIENT_HELLO)
    later(capture, 2.9)


@fine.append
def another_protocol(capture):
    """A port says little."""
    connection = capture.connection(server=("192.0.2.1", 3480))
    connection.client(b"GET / HTTP/1.1\r\n\r\n")
    connection.server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    connection.close()


@fine.append
def other_ports(capture):
    for port in (3477, 3484, 5348, 5350):
        connection = unopened(capture, server=("192.0.2.1", port))
        connection.packet(True, SYN)
        connection.packet(False, RST | ACK)


@fine.append
def icmp_that_refuses_nothing(capture):
    connection = unopened(capture)
    syn = connection.packet(True, SYN)
    capture.add(icmp.error(capture.bytes_of(syn), icmp.REDIRECT, 1))
    connection.packet(False, SYN | ACK)
    connection.packet(True, ACK)
    connection.client(turn.allocate())
    connection.server(turn.allocated())
    connection.close()


@pytest.mark.parametrize("build", fine, ids=lambda build: build.__name__)
def test_fine(tshark, write, capture, passes, build):
    build(capture)
    assert told(problems(tshark, write(capture), *passes)) == []


# ---- ports that TURN servers share with others ----

WEB = ("192.0.2.1", 443)


def ends_badly(capture) -> list[int]:
    """Connections to a web server, in each way that is told of a TURN server."""
    frames = []
    for number, (build, _, _) in enumerate(failing.values()):
        server, before = (f"192.0.2.{100 + number}", 443), capture.frames
        part = Elsewhere(capture, server)
        build(part)
        frames.append(before + 1)
    return frames


class Elsewhere:
    """A capture in which all connections are to this server."""

    def __init__(self, capture: Capture, server):
        self._capture, self._server = capture, server

    def __getattr__(self, name):
        return getattr(self._capture, name)

    def connection(self, server, **options):
        ours = server if server[1] == 4711 else ("2001:db8:1::1", 443) if ":" in server[0] else self._server
        return self._capture.connection(server=ours, **options)


def test_web_servers(tshark, write, capture, passes):
    ends_badly(capture)
    assert problems(tshark, write(capture), *passes) == []


@pytest.mark.parametrize("known", ["before", "after"])
def test_turn_server_on_a_shared_port(tshark, write, capture, passes, known):
    """A message shows what it is, be it later."""
    refused_at = []

    def refuse():
        connection = unopened(capture, client=("10.0.0.1", 40000 + capture.frames), server=WEB)
        refused_at.append(connection.packet(True, SYN))
        connection.packet(False, RST | ACK)

    def works():
        connection = capture.connection(client=("10.0.0.2", 40000), server=WEB)
        connection.client(turn.allocate())
        connection.server(turn.allocated())

    for step in (works, refuse) if known == "before" else (refuse, works):
        step()
    assert [problem[:2] for problem in told(problems(tshark, write(capture), *passes))] == [
        (refused_at[0], "connection_refused")]


@pytest.mark.parametrize("answer", [SERVER_HELLO, b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["tls", "http"])
def test_other_connections_to_a_turn_server_on_a_shared_port(tshark, write, capture, passes, answer):
    """Whatever passes there, it is answered."""
    turn_connection = capture.connection(server=WEB)
    turn_connection.client(turn.allocate())
    turn_connection.server(turn.allocated())
    other = capture.connection(server=WEB)
    other.client(CLIENT_HELLO)
    other.server(answer)
    other.packet(False, RST | ACK)
    assert told(problems(tshark, write(capture), *passes)) == []


def test_http_connect_on_a_shared_port(tshark, write, capture, passes):
    """The connection is a silent one until a message comes out of the tunnel."""
    tunnel = capture.connection(server=("192.0.2.9", 443))
    tunnel.client(b"CONNECT 192.0.2.1:3478 HTTP/1.1\r\nHost: 192.0.2.1:3478\r\n\r\n")
    tunnel.server(b"HTTP/1.1 200 Connection established\r\n\r\n")
    tunnel.client(turn.allocate())
    tunnel.server(turn.allocated())
    report = report_of(tshark, write(capture), *passes)
    assert [session["state"] for session in report.sessions] == ["allocated"]
    assert told([(p["frame"], p["code"], p["text"]) for p in report.problems]) == []


# ---- many of them, and several passes ----


def test_scan_of_a_thousand_clients(tshark, write, capture):
    """Each is a client of its own, for all that is known."""
    for number in range(1000):
        connection = unopened(capture)
        connection.packet(True, SYN, wait=100)
        connection.packet(False, RST | ACK, wait=100)
    assert len(problems(tshark, write(capture))) == 1000


@pytest.mark.parametrize("port", [3478, 3483, 5349])
def test_default_ports(tshark, write, capture, port):
    """An Expressway-E listens on 3478 to 3483."""
    connection = unopened(capture, server=("192.0.2.1", port))
    connection.packet(True, SYN)
    connection.packet(False, RST | ACK)
    assert [problem[1] for problem in problems(tshark, write(capture))] == ["connection_refused"]


def test_ports_of_the_preference(tshark, write, capture):
    refused(capture)
    assert problems(tshark, write(capture), "-o", "msturn.turn_ports:5349") == []


def unanswered_and_then_a_call(capture):
    unanswered(capture)
    connection = capture.connection(client=("10.8.8.8", 40000), server=("192.0.2.77", 3478))
    connection.client(turn.allocate())
    connection.server(turn.allocated())


def test_window_that_is_opened_twice(sharkd, write, capture):
    """Frames that come again are not counted again; before the window was opened nobody had looked."""
    unanswered_and_then_a_call(capture)
    told_by = [("frames", {"filter": 'msturn.finding.connection_refused && _ws.expert.message contains "sent 4 times"' + " " * n})
               for n in range(3)]
    window = ("tap", {"tap0": "nstat:msturn,pairs"})
    before, _, first, _, second = sharkd(told_by[0], window, told_by[1], window, told_by[2], capture=write(capture))
    assert [[frame["num"] for frame in frames] for frames in (before, first, second)] == [[], [1], [1]]


def test_next_file(sharkd, write, capture):
    """What is known of a connection belongs to its file."""
    unanswered_and_then_a_call(capture)
    path = write(capture)
    window = ("tap", {"tap0": "nstat:msturn,sessions"})
    found = sharkd.matching('_ws.expert.message contains "sent 4 times"', load(path), window, load(path))
    assert found == [[], []]
    asked = ("frames", {"filter": '_ws.expert.message contains "sent 4 times"'})
    assert [frame["num"] for frame in sharkd(window, load(path), window, asked, capture=path)[-1]] == [1]


# ---- Statistics > MSTURN paths ----

WINDOW = ("tap", {"tap0": "nstat:msturn,paths"})


def test_window_has_them(sharkd, write):
    """Rows come from messages, and here there are none: neither before nor after, and not in the file before."""
    requests, expected = [], []
    for build, _, _ in failing.values():
        capture = Capture()
        expected.append(build(capture))
        requests += [load(write(capture)), WINDOW]
    idle = Capture()
    idle.connection(server=SERVER).close()
    answers = sharkd(*requests, load(write(idle)), WINDOW)
    shown = [rows(answer["taps"][0]) for answer in answers if "taps" in answer]
    assert [(row["verdict"], row["stopped at"], row["first frame"], row["session"], row["pair"])
            for table in shown[:-1] for row in table] == [("broken", "TURN server", frame, None, None) for frame in expected]
    assert [len(table) for table in shown] == [1] * len(failing) + [0]


def test_window_says_what_the_report_says(tshark, sharkd, write, capture):
    """As of the end, opened twice; a call that works stands behind."""
    unanswered_and_then_a_call(capture)
    refused_three_times(capture)
    path = write(capture)
    for answer in sharkd(WINDOW, WINDOW, capture=path):
        found = sorted(rows(answer["taps"][0]), key=lambda row: row["id"])
        assert [(row["verdict"], row["client"], row["server"], row["summary"]) for row in found] == [
            tuple(told_path[key] for key in ("verdict", "client", "server", "summary"))
            for told_path in report_of(tshark, path).paths]


# ---- many of them ----


@pytest.mark.parametrize("hosts, rows", [(8, 8), (20, 1)])
def test_port_scan(tshark, write, capture, hosts, rows):
    """One row with a count, where one by one they would hide all else; the JSON has each."""
    for host in range(hosts):
        connection = unopened(capture, server=(f"192.0.2.{host + 1}", 3478), client=("10.0.0.1", 40000 + host))
        connection.packet(True, SYN)
        connection.packet(False, RST | ACK)
    path = write(capture)
    assert len(told(problems(tshark, path))) == hosts
    lines = [line for line in tshark.run(path, "-q", "-z", "msturn,report").splitlines() if line.startswith("  error ")]
    assert len(lines) == rows
    if rows == 1:
        assert lines[0].split() == "error frames 1, 3, 5, 7, 9, 11, 13, 15 and 12 more: Connection refused or".split()
