"""On which ports messages are found, how ports are given back, and what becomes of everybody else's traffic."""

import itertools

import foreign
import pytest
import stun
import turn
from tcpcap import CLIENT_PORT, Capture
from verdicts import report_of

TURN_PORTS = [3478, 3479, 3481, 3483, 5349]
RELAY_PORTS = [24000, 27017, 29999, 50000, 53577, 59999]
SHARED_PORTS = [80, 443]
OTHER_PORTS = [8347, 12345, 23999, 30000, 60000]
ALL_PORTS = [*TURN_PORTS, *RELAY_PORTS, *SHARED_PORTS, *OTHER_PORTS]


def exchange(capture: Capture, port: int) -> list[int]:
    """A TURN exchange, and an ICE check on another connection to the same port."""
    control, checks = capture.connection(server=("192.0.2.1", port)), capture.connection(server=("192.0.2.1", port))
    return [control.client(turn.allocate()), control.server(turn.refused()), control.client(turn.refresh()),
            checks.client(stun.frame(turn.check())), checks.server(stun.frame(turn.answer()))]


EXCHANGE = [["0x0003"], ["0x0113"], ["0x0004"], ["0x0001"], ["0x0101"]]


def found(tshark, path, frames: list[int], *options: str) -> list[list[str]]:
    types = tshark.column(path, "msturn.type", *options)
    return [types.get(frame, []) for frame in frames]


def difference(text: str, expected: str) -> str:
    """The first line of PDML in which they differ; the head of it names the time of the run."""
    if text.split("<packet>", 1)[1:] == expected.split("<packet>", 1)[1:]:
        return ""
    packet = ""
    for ours, theirs in itertools.zip_longest(text.splitlines()[4:], expected.splitlines()[4:]):
        packet = ours if ours and 'name="num"' in ours else packet
        if ours != theirs:
            return f"{packet.strip()}: {ours} instead of {theirs}"
    return "nothing but the ends of lines"


def replay(capture: Capture, conversation: foreign.Conversation, port: int, sizes=None, client_port: int = CLIENT_PORT) -> None:
    """The conversation on this port; with sizes, each segment cut again."""
    connection = capture.connection(server=("192.0.2.1", port), client_port=client_port)
    for from_client, data in conversation:
        if sizes:
            (connection.client_stream if from_client else connection.server_stream)(data, sizes)
        else:
            connection.send(from_client, data)
    connection.close()


# Found by default


def test_messages_are_found_on_every_port(tshark, write, passes, capture):
    frames = {port: exchange(capture, port) for port in ALL_PORTS}
    path = write(capture)
    types = tshark.column(path, "msturn.type", *passes)
    missing = [port for port in frames if [types.get(frame, []) for frame in frames[port]] != EXCHANGE]
    assert missing == []


def test_port_of_the_client_is_as_good(tshark, write, passes, capture):
    """A relay that connects to a peer from its relayed port."""
    frames = {}
    for port in RELAY_PORTS:
        connection = capture.connection(client=("192.0.2.1", port), server=("198.51.100.7", 61234))
        frames[port] = [connection.client(stun.frame(turn.check())), connection.server(stun.frame(turn.answer()))]
    path = write(capture)
    types = tshark.column(path, "msturn.type", *passes)
    assert [port for port in frames if [types.get(f) for f in frames[port]] != [["0x0001"], ["0x0101"]]] == []


def test_connection_remembers_what_it_is(tshark, write, passes, capture):
    """Behind one message everything is ours, also bytes that say nothing by themselves."""
    frames = {}
    for port in ALL_PORTS:
        connection = capture.connection(server=("192.0.2.1", port))
        connection.client(turn.allocate())
        frames[port] = connection.server(stun.channel_data(0x4001, turn.noise(9)))
    channels = tshark.column(write(capture), "msturn.channel", *passes)
    assert [port for port in frames if channels.get(frames[port]) != ["0x4001"]] == []


def test_heuristics_first_changes_nothing(tshark, write, passes, capture):
    frames = {port: exchange(capture, port) for port in ALL_PORTS}
    types = tshark.column(write(capture), "msturn.type", "-o", "tcp.try_heuristic_first:TRUE", *passes)
    assert [port for port in frames if [types.get(f, []) for f in frames[port]] != EXCHANGE] == []


# Everybody else's traffic


OTHERS_PORTS = (*SHARED_PORTS, *RELAY_PORTS, *OTHER_PORTS, 22, 25, 53, 3389, 8080)


@pytest.mark.parametrize("sizes", [None, [1] * 8 + [30] * 9, [5, 200]], ids=["whole", "bytes", "parts"])
def test_other_protocols_come_out_as_without_the_plugin(tshark, stock, write, passes, capture, sizes):
    """The whole PDML is the same, on shared ports, on relay ports with and without an owner, and on others."""
    for port in OTHERS_PORTS if not sizes else (80, 443, 27017, 50000, 8347, 22):
        for name, conversation in foreign.ALL.items():
            if not sizes or name != "cookie_in_the_wrong_place":
                replay(capture, conversation, port, sizes)
    path = write(capture)
    assert difference(tshark.pdml(path, *passes), stock.pdml(path, *passes)) == ""


@pytest.mark.parametrize("size", [1, 4, 5, 7])
def test_bytes_that_stop_fitting_come_out_as_without_the_plugin(tshark, stock, write, capture, size):
    """Segments that might begin a message, but the cookie is not there yet, and behind it the message is none."""
    for port in OTHERS_PORTS:
        replay(capture, foreign.cookie_in_the_wrong_place(), port, [size, 200])
    path = write(capture)
    assert difference(tshark.pdml(path), stock.pdml(path)) == ""


def test_ephemeral_ports_in_the_relay_range_come_out_as_without_the_plugin(tshark, stock, write, passes, capture):
    """Clients of other services use 50000 to 59999, also against higher ports."""
    for port in (80, 443, 22, 8080, 60000, 61616, 65000):
        for conversation in foreign.ALL.values():
            replay(capture, conversation, port, client_port=53577)
    path = write(capture)
    assert difference(tshark.pdml(path, *passes), stock.pdml(path, *passes)) == ""


def test_message_in_the_middle_of_another_protocol_is_not_ours(tshark, stock, write, passes, capture):
    """A download of messages, with the reassembly of bodies switched off: each segment is handed over alone."""
    for port in (80, 443, 8080, 25000):
        replay(capture, foreign.http_with_messages_in_segments(), port)
    path = write(capture)
    options = ("-o", "http.desegment_body:FALSE", "-Y", "http", *passes)
    assert difference(tshark.pdml(path, *options), stock.pdml(path, *options)) == ""
    assert tshark.matching(path, "msturn && tcp.port == 80", *options[:2], *passes) == []


def test_turn_port_is_given_up_when_the_bytes_are_not_ours(tshark, write, passes, capture):
    """Nothing of msturn on a TURN port with other traffic; where another dissector recognises it, it gets it."""
    ours = {"http_with_messages_in_segments", "cookie_in_the_wrong_place"}
    for port in TURN_PORTS:
        for name, conversation in foreign.ALL.items():
            if name not in ours:
                replay(capture, conversation, port)
    path = write(capture)
    assert tshark.matching(path, "msturn", *passes) == []
    rows = tshark.frames(path, ["frame.protocols", "tcp.port"], *passes).values()
    for port in TURN_PORTS:
        protocols = {row["frame.protocols"][0].split(":")[-1] for row in rows if str(port) in row["tcp.port"]}
        assert {"tls", "http"} <= protocols, f"port {port}"


@pytest.mark.parametrize("port", [27017, 50000])
def test_owner_of_a_relay_port_keeps_it(tshark, stock, write, passes, capture, port):
    """By its own bytes each connection is what it is."""
    ours = exchange(capture, port)
    replay(capture, foreign.mongodb(), port)
    path = write(capture)
    assert found(tshark, path, ours, *passes) == EXCHANGE
    theirs, theirs_alone = (t.column(path, "frame.protocols", *passes) for t in (tshark, stock))
    others = [frame for frame in theirs if frame > ours[-1]]
    assert [theirs[frame] for frame in others] == [theirs_alone[frame] for frame in others]


def test_real_tcp_traffic_of_others_comes_out_as_without_the_plugin(tshark, stock, shared_capture, passes):
    """teams.pcap: on TCP it has ordinary TLS only."""
    path = shared_capture("teams.pcap")
    assert difference(tshark.pdml(path, "-Y", "tcp", *passes), stock.pdml(path, "-Y", "tcp", *passes)) == ""
    assert tshark.matching(path, "msturn && tcp") == []


# Giving ports back


def test_ranges_give_ports_back_and_take_others(tshark, write, passes, capture):
    """A port of no range any more is the built-in dissector's again; the new one is waited on from the first byte."""
    given, taken = exchange(capture, 3478), capture.connection(server=("192.0.2.1", 9000))
    frames = taken.client_stream(turn.allocate(), [1] * 40)
    path = write(capture)
    options = ("-o", "msturn.turn_ports:3479,9000", *passes)
    protocols = tshark.column(path, "frame.protocols", *options)
    assert [protocols[frame][0].split(":")[-1] for frame in given[:3]] == ["stun"] * 3
    assert [t for types in found(tshark, path, frames, *options) for t in types] == ["0x0003"]


@pytest.mark.parametrize("preference, port", [("turn_ports", 3478), ("shared_ports", 443), ("shared_ports", 80)])
def test_released_port_comes_out_as_without_the_plugin(tshark, stock, write, passes, capture, preference, port):
    exchange(capture, port)
    for conversation in foreign.ALL.values():
        replay(capture, conversation, port)
    path = write(capture)
    # By content a message would be found on any port: the heuristic is another switch.
    options = ("-o", f"msturn.{preference}:", "--disable-heuristic", "msturn_tcp", *passes)
    assert difference(tshark.pdml(path, *options), stock.pdml(path, *passes)) == ""


def test_released_relay_range_leaves_ports_to_their_owners(tshark, stock, write, passes, capture):
    for port in (27017, 50000, 25000):
        exchange(capture, port)
        replay(capture, foreign.mongodb(), port)
    path = write(capture)
    options = ("-o", "msturn.relay_ports:", "--disable-heuristic", "msturn_tcp", *passes)
    assert difference(tshark.pdml(path, *options), stock.pdml(path, *passes)) == ""


def test_ranges_can_be_moved_onto_each_other(tshark, write, passes, capture):
    """A port that goes from one range to another, and an owner's port that comes and stays."""
    frames = {port: exchange(capture, port) for port in (443, 3478, 25000, 8080)}
    options = ("-o", "msturn.turn_ports:443,8080", "-o", "msturn.relay_ports:3478", "-o", "msturn.shared_ports:25000")
    types = tshark.column(write(capture), "msturn.type", *options, *passes)
    assert [port for port in frames if [types.get(f, []) for f in frames[port]] != EXCHANGE] == []


def test_decode_as_gives_a_port_to_the_built_in_dissector(tshark, write, passes, capture):
    control = exchange(capture, 3478)[:3]
    path = write(capture)
    options = ("-d", "tcp.port==3478,stun", *passes)
    protocols = tshark.column(path, "frame.protocols", *options)
    assert [protocols[frame][0].split(":")[-1] for frame in control] == ["stun"] * 3
    assert tshark.matching(path, "stun", *options)[:3] == control


def test_decode_as_gives_a_port_to_anybody(tshark, write, passes, capture):
    """On every kind of port."""
    ports = [3478, 443, 25000, 8347]
    frames = {port: exchange(capture, port) for port in ports}
    decode_as = [word for port in ports for word in ("-d", f"tcp.port=={port},data")]
    types = tshark.column(write(capture), "msturn.type", *decode_as, *passes)
    assert [port for port in ports if any(frame in types for frame in frames[port])] == []


def test_decode_as_chooses_msturn_for_any_port(tshark, write, passes, capture):
    """The user says so: the first byte that fits is waited on."""
    connection = capture.connection(server=("192.0.2.1", 9999))
    frames = connection.client_stream(turn.allocate(), [1] * 40)
    types = found(tshark, write(capture), frames, "-d", "tcp.port==9999,msturn", *passes)
    assert [t for value in types for t in value] == ["0x0003"]


def test_disabled_heuristic_leaves_other_ports(tshark, write, passes, capture):
    frames = {port: exchange(capture, port) for port in (3478, 8347)}
    path = write(capture)
    types = tshark.column(path, "msturn.type", "--disable-heuristic", "msturn_tcp", *passes)
    assert [types.get(frame, []) for frame in frames[3478]] == EXCHANGE
    assert not [frame for frame in frames[8347] if frame in types]


@pytest.mark.parametrize("name", ["cms-expressway-skype", "turn-on-443", "turn-tls", "turnutils-uclient-channels"])
def test_disabled_protocol_comes_out_as_without_the_plugin(tshark, stock, sample, passes, name):
    """3478 included: the built-in dissector has it again."""
    path = sample(name)
    assert difference(tshark.pdml(path, "--disable-protocol", "msturn", *passes), stock.pdml(path, *passes)) == ""


def test_disabled_protocol_on_every_port(tshark, stock, write, passes, capture):
    for port in ALL_PORTS:
        exchange(capture, port)
        replay(capture, foreign.mongodb(), port)
        replay(capture, foreign.ssh(), port)
    path = write(capture)
    assert difference(tshark.pdml(path, "--disable-protocol", "msturn", *passes), stock.pdml(path, *passes)) == ""


def test_disabled_protocol_gives_tls_back(tshark, stock, write, passes, capture):
    for port in ALL_PORTS:
        replay(capture, foreign.tls(), port)
    path = write(capture)
    assert difference(tshark.pdml(path, "--disable-protocol", "msturn", *passes), stock.pdml(path, *passes)) == ""


def test_preferences_are_listed_with_their_defaults(tshark):
    listed = tshark.output("-G", "defaultprefs")
    for line in ("msturn.turn_ports: 3478-3483,5349", "msturn.relay_ports: 24000-29999,50000-59999",
                 "msturn.shared_ports: 80,443"):
        assert f"#{line}" in listed


# Both directions or neither


def whole_call(capture: Capture, port: int) -> tuple[list[int], list[int]]:
    """Some requests with their responses: what the client and what the server sends."""
    connection = capture.connection(server=("192.0.2.1", port))
    turns = [(turn.allocate("a"), turn.allocated("a", mapped=connection.ends[True])), (turn.refresh("b"), turn.refreshed("b")),
             (turn.refresh("c"), turn.refreshed("c")), (turn.refresh("d"), turn.refreshed("d"))]
    up, down = zip(*((connection.client(request), connection.server(response)) for request, response in turns))
    connection.close()
    return list(up), list(down)


@pytest.mark.parametrize("port", [10000, 2049, 3868, 1935, 8009, 9042, 9092, 44818])
def test_port_of_a_dissector_that_waits(tshark, write, passes, capture, port):
    """Whoever has the port may have the connection, but not one direction of it."""
    up, down = whole_call(capture, port)
    path = write(capture)
    found = tshark.matching(path, "msturn", *passes)
    assert found in ([], sorted(up + down)), found
    assert {problem["code"] for problem in report_of(tshark, path).problems} <= {"not_released"}
