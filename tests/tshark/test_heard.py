"""Standard STUN and TURN over UDP that stays with the built-in dissector: the tracker hears it, and the report is the same.

plain_stun_udp decides who decodes these messages, not what is known of the call.
"""

import json
import struct

import icmp
import pytest
import stun
import turn
from healthy import UDP, UDP_BOTH, UDP_TURN, media, nominated
from relayed_call import CLIENT
from rule_cases import Scene
from stun import Attribute, Class, Method, transaction_id
from tcpcap import Capture
from test_ms_dialogue import datagram

PLAIN_UDP = ("-o", "msturn.plain_stun_udp:TRUE")
JSON = ("-q", "-z", "msturn,json")
PATHS = UDP, UDP_TURN, UDP_BOTH
REAL = "stun.pcap", "stun_google_meet.pcapng", "stun_signal.pcapng", "teams.pcap"
# Built-in stun checks FINGERPRINT on its own screen; Zoom's in frame 195 is wrong.
ON_THE_SCREEN = {("stun.pcap", 195, "fingerprint")}


def report(tshark, path, *options: str) -> dict:
    return json.loads(tshark.run(path, *JSON, *options))


@pytest.mark.parametrize("name", REAL)
def test_real_calls_are_told_the_same(tshark, shared_capture, name):
    path = shared_capture(name)
    heard, decoded, twice = report(tshark, path), report(tshark, path, *PLAIN_UDP), report(tshark, path, "-2")
    told = [problem for problem in decoded["problems"] if (name, problem["frame"], problem["code"]) not in ON_THE_SCREEN]
    assert heard["problems"] == told
    assert heard["paths"] == decoded["paths"] == twice["paths"] != []
    assert heard["pairs"] == decoded["pairs"] and heard["sessions"] == decoded["sessions"]


@pytest.fixture(scope="module")
def calls(tshark, write):
    """On each path a healthy call of its own; one capture for all tests here."""
    scenes = [Scene(number, str(path)) for number, path in enumerate(PATHS)]
    for scene, path in zip(scenes, PATHS):
        scene.capture = scenes[0].capture
        call = path.begin(scene)
        nominated(call)
        media(call)
        path.end(call)
    return write(scenes[0].capture)


def test_calls_over_udp_are_in_the_report(tshark, calls):
    told = report(tshark, calls)
    assert told == report(tshark, calls, *PLAIN_UDP) == report(tshark, calls, "-2")
    assert [(path["verdict"], path["stopped_at"], path["transport"]) for path in told["paths"]] == [("nominated", None, "udp")] * 3
    for path in told["paths"]:
        assert path["media"]["to_remote"]["packets"] > 0 < path["media"]["to_local"]["packets"]


def test_the_screen_is_the_built_in_dissectors(tshark, calls):
    assert tshark.matching(calls, "msturn") == []
    protocols = {line.split("\t")[0] for line in tshark.run(calls, "-T", "fields", "-e", "_ws.col.Protocol").splitlines()}
    assert "STUN" in protocols and "MSTURN" not in protocols


def test_what_was_heard_stands_at_the_end_of_the_packet(tshark, calls):
    """Session, pair and path are there for a filter, on checks and on media."""
    checks = tshark.matching(calls, "stun.att.username && stun.type == 1", "-2")
    everything = tshark.matching(calls, "udp", "-2")
    assert set(checks) <= set(tshark.matching(calls, "msturn.pair && msturn.path", "-2"))
    assert tshark.matching(calls, "msturn.pair || msturn.session", "-2") == everything
    assert tshark.matching(calls, 'msturn.path.verdict == "nominated"', "-2") != []


@pytest.mark.parametrize("option", [("--disable-heuristic", "msturn_udp"), ("--disable-protocol", "msturn")])
def test_switched_off_nothing_is_heard(tshark, calls, option):
    assert tshark.matching(calls, "msturn.session || msturn.pair", *option) == []


def client_to_server(capture: Capture, sent: bool, data: bytes) -> int:
    ends = ("192.0.2.10", 41000), ("192.0.2.1", 3478)
    return datagram(capture, *(ends if sent == CLIENT else ends[::-1]), data)


def test_channel_data(tshark, write, capture):
    """RFC 8656 section 12: the peer is known by the channel that was bound to it; padding is optional over UDP."""
    peer = ("198.51.100.9", 7000)
    client_to_server(capture, CLIENT, turn.allocate(transport=b"\x11\0\0\0"))
    client_to_server(capture, not CLIENT, turn.allocated())
    attributes = [(Attribute.CHANNEL_NUMBER, b"\x40\x01\0\0"), (Attribute.XOR_PEER_ADDRESS, stun.xor_address(*peer, transaction_id("channel")))]
    client_to_server(capture, CLIENT, turn.message(Method.CHANNEL_BIND, Class.REQUEST, "channel", *attributes, *turn.credentials()))
    client_to_server(capture, not CLIENT, turn.message(Method.CHANNEL_BIND, Class.SUCCESS, "channel"))
    packet = turn.rtp(length=41)
    unpadded = struct.pack("!HH", 0x4001, len(packet)) + packet
    frames = [client_to_server(capture, side, unpadded + padding)
              for side in (CLIENT, not CLIENT) for padding in (b"", bytes(3))]
    path, = report(tshark, write(capture))["paths"]
    assert path["peer"] == "198.51.100.9:7000"
    assert path["media"]["to_remote"] == {"packets": 2, "bytes": 2 * len(packet), "first_frame": frames[0], "last_frame": frames[1]}
    assert path["media"]["to_local"] == {"packets": 2, "bytes": 2 * len(packet), "first_frame": frames[2], "last_frame": frames[3]}


def bind_channel(capture: Capture, number: int, peer: tuple[str, int]) -> None:
    attributes = [(Attribute.CHANNEL_NUMBER, struct.pack("!HH", number, 0)),
                  (Attribute.XOR_PEER_ADDRESS, stun.xor_address(*peer, transaction_id(f"channel {number}")))]
    client_to_server(capture, CLIENT, turn.message(Method.CHANNEL_BIND, Class.REQUEST, f"channel {number}", *attributes, *turn.credentials()))
    client_to_server(capture, not CLIENT, turn.message(Method.CHANNEL_BIND, Class.SUCCESS, f"channel {number}"))


@pytest.mark.parametrize("option", [(), PLAIN_UDP], ids=["heard", "decoded"])
def test_channel_data_of_two_peers(tshark, write, capture, option):
    """On one flow: what a channel carries is of the pair and path with its peer, with checks and without."""
    client_to_server(capture, CLIENT, turn.allocate(transport=b"\x11\0\0\0"))
    client_to_server(capture, not CLIENT, turn.allocated())
    peers = {0x4001: ("198.51.100.9", 7000), 0x4002: ("198.51.100.10", 7001)}
    for number, peer in peers.items():
        bind_channel(capture, number, peer)

    def send(side: bool, number: int, packet: bytes) -> int:
        return client_to_server(capture, side, struct.pack("!HH", number, len(packet)) + packet)

    send(CLIENT, 0x4001, turn.check())
    send(not CLIENT, 0x4001, turn.answer())
    frames = {number: send(CLIENT, number, turn.rtp()) for number in peers}
    path = write(capture)
    told = {row["peer"]: row for row in report(tshark, path, *option)["paths"]}
    shown = tshark.column(path, "msturn.path", "-2", *option), tshark.column(path, "msturn.pair", "-2", *option)
    for number, (host, port) in peers.items():
        wanted = told[f"{host}:{port}"]
        pair = [] if wanted["pair"] is None else [str(wanted["pair"])]
        assert [column.get(frames[number], []) for column in shown] == [[str(wanted["id"])], pair], number
    assert [row["pair"] is None for row in told.values()] == [False, True]


def test_what_icmp_quotes_is_no_message(tshark, write, capture):
    """The host that got it answers with an error: it was sent once."""
    check = turn.check()
    sent = datagram(capture, ("192.0.2.10", 41000), ("192.0.2.20", 42000), check)
    capture.add(icmp.unreachable(capture.bytes_of(sent), icmp.PORT, quoted=28 + len(check)))
    for options in ((), PLAIN_UDP):
        path, = report(tshark, write(capture), *options)["paths"]
        assert (path["first_frame"], path["last_frame"]) == (sent, sent)


# ---- ICMP errors about datagrams ----

ALLOCATE = turn.allocate(transport=b"\x11\0\0\0")


def sent_in_vain(capture: Capture, side: bool, data: bytes) -> tuple[int, int]:
    """A datagram, and the ICMP error about it."""
    sent = client_to_server(capture, side, data)
    return sent, capture.add(icmp.unreachable(capture.bytes_of(sent), icmp.PORT))


def later(capture: Capture) -> None:
    """The capture goes on for 30 s, elsewhere."""
    other = capture.connection(server=("198.51.100.99", 4711))
    other.client(b"x", wait=30_000_000)


@pytest.mark.parametrize("option", [(), PLAIN_UDP, ("-2",)], ids=["heard", "decoded", "two-passes"])
def test_server_that_sends_icmp_errors(tshark, write, capture, option):
    """Nobody has the port: each Allocate comes back."""
    sent = [sent_in_vain(capture, CLIENT, ALLOCATE) for _ in range(3)]
    later(capture)
    path, = report(tshark, write(capture), *option)["paths"]
    assert (path["verdict"], path["stopped_at"], path["place"]) == ("broken", "server", "client_server_path")
    assert path["summary"] == (f"Client 192.0.2.10 got an ICMP error (frame {sent[-1][1]}) to what it sent to TURN server 192.0.2.1:3478 "
                               f"over UDP (frame {sent[0][0]})")


def test_icmp_error_before_an_answer(tshark, write, capture):
    """The server was about to start: the Allocate was sent again and answered."""
    sent_in_vain(capture, CLIENT, ALLOCATE)
    client_to_server(capture, CLIENT, ALLOCATE)
    client_to_server(capture, not CLIENT, turn.allocated())
    path, = report(tshark, write(capture))["paths"]
    assert (path["relayed"] is not None, path["stopped_at"]) == (True, None)


def test_icmp_error_to_the_server(tshark, write, capture):
    """A client that has closed its socket refuses what comes late: that is no failure of the server's."""
    client_to_server(capture, CLIENT, ALLOCATE)
    sent_in_vain(capture, not CLIENT, turn.allocated())
    later(capture)
    path, = report(tshark, write(capture))["paths"]
    assert path["stopped_at"] != "server" and "ICMP" not in path["summary"]
