"""Sessions, peer connections, pairs, and the links between messages.

Rules: RFC 6062 4.3 to 5.5, RFC 8656 3 to 12, RFC 8445 7, [MS-TURN] 3; times: RFC 6062 5.2 (30 s), RFC 8489 6.2.2 (39.5 s).
Frames of sample captures are those of sample-captures/README.md.
"""

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Type
from relayed_call import CLIENT, PEER, RelayedCall, WrappedCall, ends, packet_later, text
from reorder import never_sent, read_pcapng, without, write_pcapng
from stun import Attribute, Class, Method
from verdicts import TROUBLE, TWO_PASSES, messages_of, report_of, trees_and_report

HEALTHY = "cms-expressway-skype"

# README, "Frames to look at": columns of CALLS. Announced: ConnectionAttempt, or the success response to Connect.
CALLS = [HEALTHY, "cms-expressway-skype-active", "cms-expressway-skype-ipv6", "turn-on-443", "turn-other-port", "turn-tls"]
FIRST = [4, 4, 4, 4, 4, 13]
ALLOCATED = [9, 9, 9, 9, 9, 17]
ANNOUNCED = [20, 21, 20, 20, 20, 28]
BOUND = [29, 28, 29, 27, 27, 45]
# Inside: the Edge's check and the answer, the check of CMS and the answer, the nomination and the answer.
INSIDE = [(29, 31, 35, 41, 45, 47), (40, 42, 30, 36, 48, 50), (29, 31, 35, 41, 45, 47), (31, 33, 37, 43, 47, 49),
          (31, 33, 37, 43, 47, 49), (45, 47, 51, 57, 61, 63)]
OUTSIDE = [(22, 32, 37, 39, 43, 49), (38, 44, 31, 34, 46, 52), (22, 32, 37, 39, 43, 49), (29, 34, 39, 41, 45, 51),
           (29, 34, 39, 41, 45, 51), (30, 48, 53, 55, 59, 65)]
COLUMNS = {name: column for column, name in enumerate(CALLS)}


@pytest.fixture
def report(tshark, write, passes):
    """Report of a capture that the test makes, in one pass and in two."""
    return lambda capture: report_of(tshark, write(capture), *passes)


@pytest.fixture(scope="module")
def sampled(tshark, sample):
    """Packet trees and report of a sample capture."""
    known = {}

    def run(name, passes=TWO_PASSES):
        if (name, passes) not in known:
            known[name, passes] = trees_and_report(tshark, sample(name), *passes)
        return known[name, passes]

    return run


@pytest.fixture
def dissected(tshark, write):
    """Packet trees and report of a capture that the test makes; two passes unless it says otherwise."""
    return lambda capture, *passes: trees_and_report(tshark, write(capture), *(passes or TWO_PASSES))


def only(items: list):
    assert len(items) == 1, items
    return items[0]


def verdicts(report) -> list[tuple]:
    """Of all pairs, in their order: verdict, reason, direction; nothing is the empty string."""
    return [(pair["verdict"], pair["reason"] or "", pair["direction"] or "") for pair in report.pairs]


NOMINATED = ("nominated", "", "")


# ---- sessions ----


@pytest.mark.parametrize("version", [4, 6])
def test_a_call_from_end_to_end(report, capture, version):
    """The constructed call that other tests leave steps out of has nothing wrong in itself."""
    where = ends(version)
    call = RelayedCall(capture, where).healthy()
    found = report(capture)
    assert found.trouble() == []
    session, connection, pair = only(found.sessions), only(found.connections), only(found.pairs)
    expected = {"client": text(where.client), "server": text(where.server), "relayed": text(where.relayed),
                "mapped": text(where.client), "dialect": "rfc", "state": "released", "username": "turn", "realm": "TANDBERG",
                "stream": 0, "first_frame": 4}
    assert {key: session[key] for key in expected} == expected
    assert (connection["session"], connection["peer"], connection["origin"]) == (session["id"], text(where.peer), "attempt")
    assert (connection["state"], connection["data_stream"]) == ("bound", 2)
    assert int(str(connection["connection_id"]), 0) == int.from_bytes(call.connection_id, "big")
    assert (pair["local"], pair["remote"], pair["via"]) == (text(where.relayed), text(where.peer), text(where.client))
    assert sorted(pair["streams"]) == [1, 2]
    assert verdicts(found) == [NOMINATED]


@pytest.mark.parametrize("name", CALLS)
def test_sessions_and_connections_of_the_sample_calls(sampled, passes, name):
    """One each; frames of the README. The call ends with a Refresh to lifetime 0 (RFC 8656 7): released."""
    _, found = sampled(name, passes)
    column = COLUMNS[name]
    session, connection = only(found.sessions), only(found.connections)
    assert (session["state"], session["first_frame"]) == ("released", FIRST[column])
    assert (session["username"], session["realm"]) == ("turn", "TANDBERG")
    assert session["mapped"] == session["client"] == ("[2001:db8:10::230]:33347" if "ipv6" in name else "10.48.54.230:33347")
    assert connection["origin"] == ("connect" if "active" in name else "attempt")
    assert (connection["state"], connection["error"]) == ("bound", None)
    assert (connection["announced_frame"], connection["bound_frame"]) == (ANNOUNCED[column], BOUND[column])


# How each scenario leaves its allocation and its peer connection, by README, "Frames to look at": state of the session;
# origin, state and error of the connection. Several states: the README leaves it open.
ANY = {"allocated", "expired", "released"}
UNBOUND = {"failed", "never-bound"}
STATES = {
    "broken-wrong-password": ({"refused"}, []),
    "broken-no-permission": (ANY, []),
    "broken-connect-refused": ({"released"}, [("connect", {"failed"}, 447)]),
    "broken-connect-timeout": ({"released"}, [("connect", {"failed"}, 447)]),
    "broken-never-bound": (ANY, [("attempt", {"never-bound"}, None)]),
    "broken-bind-wrong-id": (ANY, [("attempt", UNBOUND, None)]),
    "broken-bind-wrong-password": (ANY, [("attempt", UNBOUND, None)]),
    "broken-bind-on-control": ({"released"}, [("attempt", {"failed"}, 400)]),
    "broken-edge-silent": ({"released"}, [("attempt", {"bound"}, None)]),
    "broken-allocation-expired": ({"expired"}, [("attempt", {"bound"}, None)]),
    "broken-ended-early": ({"allocated"}, [("attempt", {"bound"}, None)]),
}


@pytest.mark.parametrize("name", STATES)
def test_states_at_the_end_of_broken_calls(sampled, passes, name):
    _, found = sampled(name, passes)
    states, connections = STATES[name]
    assert only(found.sessions)["state"] in states
    shown = [connection for connection in found.connections if connection["peer"] == "192.168.1.252:53577"]
    assert [(connection["origin"], connection["error"] or None) for connection in shown] == [(o, e) for o, _, e in connections]
    assert all(connection["state"] in states for connection, (_, states, _) in zip(shown, connections))


def test_two_sessions_on_one_pair_of_hosts(dissected, capture):
    """Step by step at the same time; nothing of one gets to the other."""
    calls = [RelayedCall(capture, ends(number=i), f"call {i}", connection_id=bytes([0, 0, 7, i])) for i in range(2)]
    for step in ("allocate", "permit", "peer_connects", "bind", "nominated", "hang_up", "release"):
        for call in calls:
            getattr(call, step)()
    packets, found = dissected(capture)
    assert found.trouble() == []
    assert [s["client"] for s in found.sessions] == [text(call.ends.client) for call in calls]
    assert [s["relayed"] for s in found.sessions] == [text(call.ends.relayed) for call in calls]
    assert verdicts(found) == [NOMINATED, NOMINATED]
    by_client = {session["client"]: session["id"] for session in found.sessions}
    for call in calls:
        mine = by_client[text(call.ends.client)]
        assert only([c for c in found.connections if c["peer"] == text(call.ends.peer)])["session"] == mine
        assert only([p for p in found.pairs if p["remote"] == text(call.ends.peer)])["via"] == text(call.ends.client)
    owners = {str(port): by_client[text(call.ends.client)] for call in calls for port in (call.ends.client[1], call.ends.data[1])}
    shown = [(frame, owners[port], message.get("msturn.session")) for frame, message in messages_of(packets)
             for port in ports_of(packets[frame]) if port in owners]
    assert len(shown) > 20
    assert [frame for frame, owner, session in shown if session != str(owner)] == []


def ports_of(packet) -> list[str]:
    return packet.all("tcp.srcport") + packet.all("tcp.dstport")


def test_port_that_is_used_again_is_another_session(dissected, capture):
    """Also with the same relayed address, peer and CONNECTION-ID: the server may give them out again (RFC 6062 5.2)."""
    first = RelayedCall(capture, name="first").healthy()
    begun = capture.frames + 1
    RelayedCall(capture, name="second", sequence=900_000).healthy()
    packets, found = dissected(capture)
    assert [s["client"] for s in found.sessions] == [text(first.ends.client)] * 2
    assert [s["state"] for s in found.sessions] == ["released"] * 2
    assert found.trouble() == [] and set(verdicts(found)) == {NOMINATED}
    assert [c["session"] for c in found.connections] == [s["id"] for s in found.sessions]
    inside = {frame: message.get("msturn.session") for frame, message in messages_of(packets)
              if "3478" in ports_of(packets[frame])}
    assert {session for frame, session in inside.items() if frame < begun} == {str(found.sessions[0]["id"])}
    assert {session for frame, session in inside.items() if frame >= begun} == {str(found.sessions[1]["id"])}


def test_two_peers_on_one_relayed_address(report, capture):
    """RFC 6062 3: one connection per peer. One of them is nominated, so the other one, of which nobody says anything, is not needed."""
    call = RelayedCall(capture).connected()
    other = RelayedCall(capture, name="other", connection_id=bytes(4))
    other.control = call.control
    other.ends = type(call.ends)(call.ends.client, call.ends.server, call.ends.relayed, (call.ends.peer[0], 60001),
                                 (call.ends.client[0], 44999))
    other.peer_connects()
    other.bind()
    call.nominated()
    capture.time += 5_000_000
    other.hang_up()
    call.hang_up()
    call.release()
    found = report(capture)
    assert len(found.sessions) == 1 and len(found.connections) == 2
    assert {pair["remote"]: (pair["verdict"], pair["reason"]) for pair in found.pairs} == {
        text(call.ends.peer): ("nominated", None), text(other.ends.peer): ("unfinished", None)}


def test_same_connection_id_of_two_servers(report, capture):
    """Only the server that gave it out knows what it is for."""
    calls = []
    for number, server in enumerate([("10.20.0.2", 3478), ("10.20.0.3", 3478)]):
        where = ends(number=number)
        calls.append(RelayedCall(capture, type(where)(where.client, server, where.relayed, where.peer, where.data), f"call {number}"))
    for step in ("allocate", "permit", "peer_connects"):
        for call in calls:
            getattr(call, step)()
    for call in reversed(calls):
        call.bind()
    for call in calls:
        call.nominated()
        call.hang_up()
        call.release()
    found = report(capture)
    assert verdicts(found) == [NOMINATED, NOMINATED] and found.trouble() == []
    servers = {session["id"]: session["server"] for session in found.sessions}
    assert {c["peer"]: servers[c["session"]] for c in found.connections} == {
        text(call.ends.peer): text(call.ends.server) for call in calls}


# ---- links ----


@pytest.mark.parametrize("leg", [INSIDE, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize("name", CALLS)
def test_checks_are_linked_to_what_made_their_way(sampled, name, leg):
    """The Allocate that made the relay, the message that announced the connection, the bind."""
    packets, found = sampled(name)
    column = COLUMNS[name]
    wanted = {"session.allocate_in": ALLOCATED[column], "connection.announced_in": ANNOUNCED[column],
              "connection.bound_in": BOUND[column]}
    for frame in leg[column]:
        check = [message for message in packets[frame].messages if message.get("msturn.method") == "0x0001"][0]
        assert check.get("msturn.pair") == str(only(found.pairs)["id"])
        assert {name: check.get(f"msturn.{name}") for name in wanted} == {name: str(n) for name, n in wanted.items()}, f"frame {frame}"
        assert check.get("msturn.connection.peer") == only(found.connections)["peer"]
        assert [check.get("msturn.connection")] == packets[ANNOUNCED[column]].all("msturn.connection_id")


def test_single_pass_links_to_what_came_before(sampled):
    """At the ConnectionBind request (27) the bind is not known yet; the links of the first answer (31) all lead back."""
    packets, _ = sampled(HEALTHY, ())
    names = [f"msturn.{name}" for name in ("session.allocate_in", "connection.announced_in", "connection.bound_in")]
    assert [packets[27].messages[0].get(name) for name in names] == ["9", "20", None]
    assert [packets[31].messages[0].get(name) for name in names] == ["9", "20", "29"]


@pytest.mark.parametrize("name", CALLS)
def test_checks_are_linked_to_their_answers_on_the_same_leg(sampled, name):
    packets, _ = sampled(name)
    for frames in (INSIDE[COLUMNS[name]], OUTSIDE[COLUMNS[name]]):
        for asked, answered in zip(frames[::2], frames[1::2]):
            request, response = packets[asked].messages[-1], packets[answered].messages[0]
            assert request.get("msturn.response_in") == str(answered)
            assert response.get("msturn.response_to") == str(asked)


def frames_of_sessions(packets) -> dict[str, list[int]]:
    """Frames with messages of each session, in their order."""
    found = {}
    for frame, message in messages_of(packets):
        frames = found.setdefault(message.get("msturn.session"), [])
        if frame not in frames:
            frames.append(frame)
    return found


def steps(packets, frames: list[int], name: str) -> list[list[str]]:
    return [packets[frame].all(name) for frame in frames]


@pytest.mark.parametrize("name", CALLS)
def test_messages_of_a_session_are_a_chain(sampled, name):
    """Every message on the control and the data connection is in it, from the first Allocate to the last Refresh.

    A link leads to another frame; a frame can hold two messages, as 29 of the first call does.
    """
    packets, found = sampled(name)
    frames = frames_of_sessions(packets)[str(only(found.sessions)["id"])]
    inside = [frame for frame, _ in messages_of(packets) if is_inside(packets[frame])]
    assert len(inside) > 18 and set(inside) <= set(frames) and frames[0] == FIRST[COLUMNS[name]]
    assert steps(packets, frames, "msturn.next_in") == [*([str(frame)] for frame in frames[1:]), []]
    assert steps(packets, frames, "msturn.previous_in") == [[], *([str(frame)] for frame in frames[:-1])]


def is_inside(packet) -> bool:
    hosts = packet.all("ip.src") + packet.all("ip.dst") + packet.all("ipv6.src") + packet.all("ipv6.dst")
    return bool({"10.48.54.229", "2001:db8:10::229"} & set(hosts))


def test_single_pass_knows_the_previous_message_only(sampled):
    packets, found = sampled(HEALTHY, ())
    frames = frames_of_sessions(packets)[str(only(found.sessions)["id"])]
    assert len(frames) > 15
    assert steps(packets, frames, "msturn.next_in") == [[]] * len(frames)
    assert steps(packets, frames, "msturn.previous_in") == [[], *([str(frame)] for frame in frames[:-1])]


def test_chains_of_two_sessions_do_not_touch(sampled):
    packets, found = sampled("broken-two-calls")
    assert len(found.sessions) == 2
    for session in found.sessions:
        frames = frames_of_sessions(packets)[str(session["id"])]
        assert frames[0] == session["first_frame"]
        assert steps(packets, frames, "msturn.next_in") == [*([str(frame)] for frame in frames[1:]), []]


# ---- pairs: what is counted ----


def test_checks_are_counted_once_on_however_many_legs(sampled, passes):
    """README: the Edge checks twice (22 and 43), CMS once (35); all are answered. Each is there outside and inside."""
    _, found = sampled(HEALTHY, passes)
    pair = only(found.pairs)
    counted = {way: [pair["checks"][way][what] for what in ("requests", "responses", "errors")] for way in pair["checks"]}
    assert counted == {"local_to_remote": [1, 1, 0], "remote_to_local": [2, 2, 0]}
    # 35 to 41 inside, 37 to 39 outside, in milliseconds.
    assert 50.3 < pair["checks"]["local_to_remote"]["rtt_ms"] < 50.6
    assert 50.3 < pair["checks"]["remote_to_local"]["rtt_ms"] < 152.0


def test_refused_checks_are_counted_as_errors(sampled, passes):
    """README: checks 26, 34 and 42 of the Edge, and their 401s."""
    _, found = sampled("broken-wrong-ice-password", passes)
    way = only(found.pairs)["checks"]["remote_to_local"]
    assert [way[what] for what in ("requests", "responses", "errors")] == [3, 0, 3]


def test_keep_alives_are_no_checks(report, capture):
    """RFC 8445 11: Binding indications, from both ends."""
    call = RelayedCall(capture).connected()
    call.nominated()
    for sender in (CLIENT, PEER):
        call.pass_on(sender, call.message(Method.BINDING, Class.INDICATION, f"alive {sender}", key=None), "alive")
    capture.time += 5_000_000
    call.hang_up()
    call.release()
    found = report(capture)
    assert verdicts(found) == [NOMINATED] and found.trouble() == []
    assert [found.pairs[0]["checks"][way]["requests"] for way in ("local_to_remote", "remote_to_local")] == [1, 2]


def test_direct_connection_without_a_relay(report, capture):
    """RFC 6544: the two ends are the pair."""
    call = RelayedCall(capture)
    connection = capture.connection(call.ends.peer, call.ends.data)
    call.pass_on = lambda sender, packet, label, **_: (connection.send(sender == PEER, stun.frame(packet)), 0)
    call.nominated()
    connection.close()
    found = report(capture)
    pair = only(found.pairs)
    assert {pair["local"], pair["remote"]} == {text(call.ends.peer), text(call.ends.data)} and not pair["via"]
    assert verdicts(found) == [NOMINATED] and found.sessions == [] and found.trouble() == []


@pytest.mark.parametrize("channel", [None, 0x4001], ids=["send-and-data", "channel"])
def test_checks_in_turn_messages_give_a_pair(report, capture, channel):
    """RFC 8656 11, 12: the relayed address and the peer in the message, or that of the channel."""
    call = WrappedCall(capture, channel=channel).connected()
    call.nominated()
    call.release()
    found = report(capture)
    pair = only(found.pairs)
    assert (pair["local"], pair["remote"], pair["via"]) == (text(call.ends.relayed), text(call.ends.peer), text(call.ends.client))
    assert verdicts(found) == [NOMINATED] and found.trouble() == []


@pytest.mark.parametrize("channel", [None, 0x4001], ids=["send-and-data", "channel"])
@pytest.mark.parametrize("silent", [CLIENT, PEER], ids=["client-silent", "peer-silent"])
def test_unanswered_checks_in_turn_messages_break_the_pair(report, capture, channel, silent):
    """One end answers and checks, the other does neither or does not answer; the connection then ends."""
    call = WrappedCall(capture, channel=channel).connected()
    call.check(not silent, "never answered")
    capture.time += 5_000_000
    call.release()
    way = "local_to_remote" if silent == PEER else "remote_to_local"
    found = report(capture)
    assert verdicts(found) == [("broken", "no-response", way)]
    assert "no_response" in found.codes(TROUBLE)


def test_send_and_channel_of_one_peer_are_one_pair(report, capture):
    """RFC 8656 12: a client may go on with Send indications, or change to the channel, at any time."""
    call = WrappedCall(capture, channel=0x4001).connected()
    call.checked(PEER, "first")
    call.channel = None
    call.checked(CLIENT, "back")
    call.release()
    found = report(capture)
    assert len(found.pairs) == 1 and found.pairs[0]["verdict"] == "valid"


# ---- what was lost, and where ----


@pytest.mark.parametrize("sender", [CLIENT, PEER], ids=["from-client", "from-peer"])
def test_check_that_the_relay_dropped(report, capture, sender):
    """It entered the relay and did not leave it: the finding is in the frame where it was last seen."""
    call = RelayedCall(capture).connected()
    call.checked(not sender, "good")
    entered, _ = call.check(sender, "dropped", lost=True)
    capture.time += 5_000_000
    call.hang_up()
    call.release()
    found = report(capture)
    lost = [problem for problem in found.problems if problem["code"] == "lost_in_relay"]
    assert [(problem["frame"], problem["severity"]) for problem in lost] == [(entered, "error")]
    assert only(found.pairs)["verdict"] == "broken"
    assert only(found.pairs)["direction"] == ("local_to_remote" if sender == CLIENT else "remote_to_local")


@pytest.mark.parametrize("sender", [CLIENT, PEER], ids=["from-client", "from-peer"])
def test_answer_that_the_relay_dropped(report, capture, sender):
    """Whoever asked got no answer, although one was given."""
    call = RelayedCall(capture).connected()
    call.check(not sender, "answered in vain")
    entered, _ = call.answer(sender, "answered in vain", lost=True)
    call.checked(sender, "good")
    capture.time += 5_000_000
    call.hang_up()
    call.release()
    found = report(capture)
    assert [problem["frame"] for problem in found.problems if problem["code"] == "lost_in_relay"] == [entered]
    way = "remote_to_local" if sender == CLIENT else "local_to_remote"
    assert verdicts(found) == [("broken", "no-response", way)]


# README: the nomination goes in with frame 43; 45 is where it comes out, 47 and 49 are its answer. The check of CMS goes in
# with 35; 37, 39 and 41 are the same.
@pytest.mark.parametrize("into, never", [(43, (45, 47, 49)), (35, (37, 39, 41))])
def test_relayed_message_that_was_never_sent_on(tshark, workspace, sample, passes, into, never):
    """The healthy call, but the server did not send the message on, so nobody answered: TCP's numbers know of nothing."""
    capture = read_pcapng(sample(HEALTHY))
    for frame in reversed(never):
        capture = never_sent(capture, frame)
    path = workspace / f"never-sent-{into}.pcapng"
    write_pcapng(path, capture)
    found = report_of(tshark, path, *passes)
    assert [problem["frame"] for problem in found.problems if problem["code"] == "lost_in_relay"] == [into]


@pytest.mark.parametrize("missed", [45, 37, 41, 32])
def test_what_the_capture_missed_is_not_blamed_on_the_relay(tshark, workspace, sample, passes, missed):
    """Bytes are missing in the capture: TCP's numbers say so. What was seen on the other leg was sent."""
    path = workspace / f"missed-{missed}.pcapng"
    write_pcapng(path, without(read_pcapng(sample(HEALTHY)), {missed}))
    found = report_of(tshark, path, *passes)
    assert "lost_in_relay" not in found.codes()
    assert only(found.pairs)["verdict"] != "broken"


# ---- one direction only ----


ONE_SIDED = {
    "from-cms": lambda packet: packet[26:30] == bytes([10, 48, 54, 230]),
    "to-cms": lambda packet: packet[30:34] == bytes([10, 48, 54, 230]),
    "from-edge": lambda packet: packet[26:30] == bytes([192, 168, 1, 252]),
    "to-edge": lambda packet: packet[30:34] == bytes([192, 168, 1, 252]),
}


@pytest.mark.parametrize("side", ONE_SIDED)
@pytest.mark.parametrize("name", [HEALTHY, "broken-edge-no-answer"])
def test_one_sided_capture_says_so_and_judges_nothing(tshark, workspace, sample, passes, name, side):
    whole = read_pcapng(sample(name))
    path = workspace / f"{side}-{name}.pcapng"
    write_pcapng(path, without(whole, {n for n, packet in enumerate(whole.packets, 1) if not ONE_SIDED[side](packet.data)}))
    found = report_of(tshark, path, *passes)
    assert "one_sided" in found.codes(("note",))
    assert found.trouble() == []
    assert {pair["verdict"] for pair in found.pairs} <= {"unknown"}
    assert found.pairs or side == "from-cms"  # CMS does not name the peer


def test_whole_capture_does_not_say_that_it_is_one_sided(sampled, passes):
    for name in (HEALTHY, "broken-edge-silent", "broken-never-checked"):
        assert "one_sided" not in sampled(name, passes)[1].codes()


@pytest.mark.parametrize("interface, host", [("outside", (192, 168, 1, 252)), ("inside", (10, 48, 54, 230))])
@pytest.mark.parametrize("field", [slice(26, 30), slice(30, 34)], ids=["sent-by", "sent-to"])
def test_one_direction_of_one_leg_is_missing(tshark, workspace, sample, interface, host, field):
    """What one leg does not show the other one does, and nothing was lost in between."""
    whole = read_pcapng(sample(HEALTHY))
    number = [one.name for one in whole.interfaces].index(interface)
    gone = {n for n, packet in enumerate(whole.packets, 1) if packet.interface == number and packet.data[field] == bytes(host)}
    assert len(gone) > 10
    path = workspace / f"half-{interface}-{field.start}.pcapng"
    write_pcapng(path, without(whole, gone))
    found = report_of(tshark, path)
    assert found.trouble() == []
    assert {pair["verdict"] for pair in found.pairs} <= {"nominated", "unknown"} and found.pairs


# ---- captures that begin late, end early, or are cut ----


@pytest.mark.parametrize("last", [5, 7, 8, 14, 17, 20, 22, 25, 27, 29, 31, 34, 35, 38, 41, 43, 46, 48, 60, 85])
def test_capture_that_ends_early_blames_nobody(tshark, workspace, sample, last):
    """design.md: "unfinished: the capture ends before the time is up"; nobody is late within milliseconds."""
    whole = read_pcapng(sample(HEALTHY))
    path = workspace / f"until-{last}.pcapng"
    write_pcapng(path, without(whole, set(range(last + 1, len(whole.packets) + 1))))
    found = report_of(tshark, path)
    assert found.trouble() == []
    seen = {pair["verdict"] for pair in found.pairs}
    # Frame 17 is a SYN: so far there is one direction only.
    assert seen <= ({"unknown"} if last == 17 else {"unfinished"} if last < 41 else {"unfinished", "valid", "nominated"})
    assert found.pairs or last < 20


@pytest.mark.parametrize("first", [2, 5, 9, 12, 18, 21, 23, 26, 28, 30, 32, 36, 38, 40, 42, 44, 46, 48, 52, 84])
def test_capture_that_begins_late_blames_nobody(tshark, workspace, sample, first):
    """What was before its beginning may have happened."""
    path = workspace / f"from-{first}.pcapng"
    write_pcapng(path, without(read_pcapng(sample(HEALTHY)), set(range(1, first))))
    found = report_of(tshark, path)
    assert found.trouble() == []
    assert "broken" not in [pair["verdict"] for pair in found.pairs]
    assert found.pairs or first > 48


@pytest.mark.parametrize("length", [60, 80, 100, 128, 160])
def test_cut_packets_are_no_fault(tshark, sample, editcap, length):
    """Headers have 66 bytes here; what is behind a message's header may be cut, or all of it."""
    found = report_of(tshark, editcap(sample(HEALTHY), "-s", str(length)))
    assert found.trouble() == []
    assert "broken" not in [pair["verdict"] for pair in found.pairs]


# ---- IPv6: what the table of broken calls has for IPv4 ----


def silent_peer(call: RelayedCall) -> None:
    call.connected().check(CLIENT, "open")


def silent_client(call: RelayedCall) -> None:
    call.connected().check(PEER, "open")


def never_checking_client(call: RelayedCall) -> None:
    call.connected().checked(PEER, "good")


def never_checked(call: RelayedCall) -> None:
    call.connected()


def refused_check(call: RelayedCall) -> None:
    call.connected()
    for label in ("first", "second", "third"):
        call.check(PEER, label, wait=500_000)
        refusal = (Attribute.ERROR_CODE, stun.error_code(401, "Unauthenticated"))
        call.pass_on(CLIENT, call.message(Method.BINDING, Class.ERROR, label, refusal, key=None), label)


BROKEN = {
    silent_peer: ("broken", "no-response", "local_to_remote"),
    silent_client: ("broken", "no-response", "remote_to_local"),
    never_checking_client: ("broken", "no-request", "local_to_remote"),
    never_checked: ("broken", "never-checked", ""),
    refused_check: ("broken", "error-response", "remote_to_local"),
}


@pytest.mark.parametrize("scenario", BROKEN, ids=lambda scenario: scenario.__name__)
def test_broken_calls_on_ipv6(report, capture, scenario):
    where = ends(6)
    call = RelayedCall(capture, where)
    scenario(call)
    capture.time += 4_000_000
    call.hang_up()
    call.release()
    found = report(capture)
    assert verdicts(found) == [BROKEN[scenario]]
    pair = found.pairs[0]
    assert (pair["local"], pair["remote"], pair["via"]) == (text(where.relayed), text(where.peer), text(where.client))
    assert found.trouble() != []


# ---- time ----


@pytest.mark.parametrize("seconds, verdict", [(2, ("unfinished", "", "")), (60, ("broken", "no-response", "local_to_remote"))])
def test_check_has_its_time_for_an_answer(report, capture, seconds, verdict):
    """RFC 8489 6.2.2: 39.5 s. The end of the capture says nothing, but time that went by does."""
    call = RelayedCall(capture).connected()
    call.check(CLIENT, "open")
    packet_later(capture, seconds)
    found = report(capture)
    assert verdicts(found) == [verdict]
    assert ("no_response" in found.codes(("error",))) == (seconds > 39.5)


@pytest.mark.parametrize("seconds", [1, 60])
def test_pair_that_nobody_checks_has_its_time(report, capture, seconds):
    """ietf.md 8.6 I3. Nothing ends, but time goes by."""
    RelayedCall(capture).connected()
    packet_later(capture, seconds)
    assert verdicts(report(capture)) == [("unfinished", "", "") if seconds == 1 else ("broken", "never-checked", "")]


@pytest.mark.parametrize("seconds", [1, 60])
def test_end_that_only_answers_has_its_time_to_check(report, capture, seconds):
    """RFC 8445 7.3.1.4: who gets a check sends one."""
    RelayedCall(capture).connected().checked(PEER, "answered")
    packet_later(capture, seconds)
    expected = ("unfinished", "", "") if seconds == 1 else ("broken", "no-request", "local_to_remote")
    assert verdicts(report(capture)) == [expected]


@pytest.mark.parametrize("seconds", [20, 40])
def test_announced_connection_has_30_seconds_to_be_bound(report, capture, seconds):
    """RFC 6062 5.2, 5.3."""
    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    call.peer_connects()
    packet_later(capture, seconds)
    found = report(capture)
    late = seconds > 30
    assert verdicts(found) == [("broken", "never-bound", "")] if late else [("unfinished", "", "")]
    assert only(found.connections)["state"] == ("never-bound" if late else "pending")
    assert ("never_bound" in found.codes(("error",))) == late


@pytest.mark.parametrize("seconds", [30, 90])
def test_allocation_lives_as_long_as_was_granted(report, capture, seconds):
    """RFC 8656 7: the lifetime counts from the last success response; here 60 s from a Refresh 50 s after the Allocate."""
    call = RelayedCall(capture)
    call.allocate(lifetime=60)
    call.refresh("once", lifetime=60, wait=50_000_000)
    packet_later(capture, seconds)
    found = report(capture)
    expired = seconds > 60
    session = only(found.sessions)
    assert session["state"] == ("expired" if expired else "allocated") and session["lifetime"] == 60
    assert ("allocation_expired" in found.codes(("error",))) == expired


# ---- other problems of a session ----


def test_request_that_is_refused_for_want_of_credentials_first_is_no_fault(report, capture):
    """RFC 8489 9.2.3: the first request has none; the call goes on."""
    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    found = report(capture)
    assert found.trouble() == [] and only(found.sessions)["state"] == "allocated"


def test_many_sessions_at_a_time(report, capture):
    """Of one host, on as many ports; none gets an answer."""
    call = RelayedCall(capture)
    clients = [(call.ends.client[0], 33000 + number) for number in range(500)]
    for number, client in enumerate(clients):
        request = call.message(Method.ALLOCATE, Class.REQUEST, f"alone {number}", (Attribute.REQUESTED_TRANSPORT, turn.TCP), key=None)
        capture.connection(client, call.ends.server, handshake=False).client(request, wait=100)
    packet_later(capture, 1)
    found = report(capture)
    assert [session["client"] for session in found.sessions] == list(map(text, clients))
    assert len({session["id"] for session in found.sessions}) == 500
    assert {session["state"] for session in found.sessions} == {"pending"}


def test_session_that_gets_no_answer_is_pending(report, capture):
    call = RelayedCall(capture)
    control = capture.connection(call.ends.client, call.ends.server)
    control.client(call.message(Method.ALLOCATE, Class.REQUEST, "alone", (Attribute.REQUESTED_TRANSPORT, turn.TCP), key=None))
    packet_later(capture, 1)
    found = report(capture)
    assert only(found.sessions)["state"] == "pending" and found.pairs == []
    assert not only(found.sessions)["relayed"]


def test_capture_without_anything_of_ours_gives_an_empty_report(tshark, sample, passes):
    found = report_of(tshark, sample("tls-only-443"), *passes)
    assert found.sessions == found.connections == found.pairs == found.problems == []


@pytest.mark.parametrize("name", ["turnutils-uclient-tcp", "turnutils-uclient-channels"])
def test_calls_without_ice_have_no_broken_pair(tshark, sample, passes, name):
    """README: uclient makes several allocations and sends data that is no check; some of its channel numbers are reserved."""
    found = report_of(tshark, sample(name), *passes)
    relayed = tshark.column(sample(name), "msturn.xor_relayed_address")
    assert [session["relayed"] for session in found.sessions] == [value for values in relayed.values() for value in values]
    assert "broken" not in [pair["verdict"] for pair in found.pairs]
    assert {code for _, code, _, _ in found.trouble()} <= {"channel_reserved"}


# ---- Microsoft's dialect ----

MS_CALLS = ["ms-turn-pseudo-tls-443", "ms-turn-tcp-3478", "ms-turn-udp-3478", "ms-turn-wlm2009"]
# README, "Steps": the peer's check with USE-CANDIDATE as the client gets it.
NOMINATION = [45, 49, 16, 9]


@pytest.mark.parametrize("column, name", list(enumerate(MS_CALLS)))
def test_sessions_of_microsofts_dialect(sampled, passes, column, name):
    """README: the relayed port is 50000; the peer nominates, and the client answers (it is the media's way then)."""
    packets, found = sampled(name, passes)
    session = only(found.sessions)
    assert session["dialect"] == "ms-turn"
    assert session["relayed"] == "192.168.1.229:50000"
    assert session["client"] == session["mapped"] and session["client"].startswith("10.48.54.230:")
    assert session["server"] == f"10.48.54.229:{443 if '443' in name else 3478}"
    assert session["state"] == ("released" if column > 0 else session["state"])
    (peer,) = packets[NOMINATION[column]].all("msturn.ms_remote_address")
    pair = only([pair for pair in found.pairs if pair["remote"] == peer])
    assert (pair["local"], pair["via"], pair["verdict"]) == (session["relayed"], session["client"], "nominated")


@pytest.mark.parametrize("column, name", list(enumerate(MS_CALLS)))
def test_checks_in_data_of_microsofts_dialect_show_their_pair(sampled, column, name):
    packets, found = sampled(name)
    check = [m for m in packets[NOMINATION[column]].messages if m.get("msturn.method") == "0x0001" and m.get("msturn.class") == "0"][-1]
    pair = found.pair(int(check.get("msturn.pair")))
    assert check.get("msturn.pair.verdict") == "nominated" == pair["verdict"]
    assert check.get("msturn.session.allocate_in") == str([11, 9, 4, 2][column])


def test_sessions_of_the_teams_capture(tshark, stock, shared_capture, passes):
    """Relayed addresses are those of the Allocate responses in the bytes (Mapped Address, [MS-TURN] 2.2.2.1)."""
    path = shared_capture("teams.pcap")
    relayed = set()
    for (data,) in stock.column(path, "udp.payload").values():
        data = bytes.fromhex(data)
        if ms.has_cookie(data) and ms.Message.decode(data).kind == Type.ALLOCATE_RESPONSE:
            relayed.add(text(stun.read_address(ms.Message.decode(data).get(ms.Attribute.MAPPED_ADDRESS))))
    assert relayed
    found = report_of(tshark, path, *passes)
    of_teams = [session for session in found.sessions if session["dialect"] == "ms-turn"]
    assert {session["relayed"] for session in of_teams if session["relayed"]} == relayed
    assert {session["realm"] for session in of_teams if session["state"] in ("allocated", "released")} == {'"rtcmedia"'}
