"""Rules about the steps of a path: the call that just breaks each, the one that just keeps it, and healthy clients that come near."""

import json

import pytest
import stun
import turn
from case_calls import UdpTurnCall, attempt, challenged
from relayed_call import CLIENT, PEER, RelayedCall, WrappedCall, ends, text
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST, SYN

SECOND = 1_000_000


def paths(tshark, path, *options: str) -> list[dict]:
    return json.loads(tshark.run(path, "-q", "-z", "msturn,json", *options))["paths"]


def told(path: dict) -> tuple:
    return path["verdict"], path["stopped_at"], path["place"]


def allocated(capture, **options) -> RelayedCall:
    call = RelayedCall(capture, **options)
    call.allocate()
    call.permit()
    return call


# ---- nobody connects to the relayed address ----


@pytest.mark.parametrize("seconds, wanted", [
    (9, ("unfinished", None, None)),
    (11, ("broken", "peer", "unknown")),
])
def test_nobody_came(tshark, write, capture, passes, seconds, wanted):
    call = allocated(capture)
    capture.time += seconds * SECOND
    call.release()
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == wanted
    assert path["peer"] is None and path["relayed"] == "192.0.2.2:35000"


def test_nobody_came_yet(tshark, write, capture):
    """A client that renews what it has is not giving up: its peer may be on another interface."""
    call = allocated(capture)
    capture.time += 200 * SECOND
    call.refresh()
    capture.time += 100 * SECOND
    call.release()
    path, = paths(tshark, write(capture))
    assert told(path) == ("unfinished", None, None)
    assert path["summary"].startswith("Nobody connected to the relayed address 192.0.2.2:35000 in 300 s")


def test_nobody_needed_to_come(tshark, write, capture):
    """The call went by another allocation of the same client."""
    call = allocated(capture)
    other = RelayedCall(capture, ends(number=1), name="other").connected()
    other.nominated()
    capture.time += 20 * SECOND
    call.release()
    other.release()
    assert {told(path)[:2] for path in paths(tshark, write(capture))} == {("unfinished", None), ("nominated", None)}


# ---- the server is not reached ----


def syn_without_answer(capture, server, times=4):
    connection = capture.connection(("10.20.0.1", 40100), server, handshake=False)
    for n in range(times):
        connection.next[True] = 1000
        connection.packet(True, SYN)
        capture.time += (1 << n) * SECOND


def test_server_does_not_answer(tshark, write, capture, passes):
    syn_without_answer(capture, ("10.20.0.2", 3478))
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == ("broken", "server", "client_server_path")
    assert path["ended"]["how"] == "timeout"
    server, = (step for step in path["steps"] if step["step"] == "server")
    assert server["delivered"] is False and "0x1 " in server["ice_warning"]


def test_other_port_of_the_server_is_reached(tshark, write, capture, passes):
    """3478 is closed on the way, and the client goes on with another port: the attempt is told, and is no broken call."""
    syn_without_answer(capture, ("10.20.0.9", 3478))
    RelayedCall(capture).healthy()
    found = {told(path)[:2] for path in paths(tshark, write(capture), *passes)}
    assert found == {("unfinished", "server"), ("nominated", None)}


# ---- the challenge ----


@pytest.mark.parametrize("seconds, wanted", [
    (0.3, ("unfinished", None, None)),
    (0.7, ("broken", "allocation", "client")),
])
def test_client_without_credentials(tshark, write, capture, passes, seconds, wanted):
    control = capture.connection(("10.20.0.1", 40100), ("10.20.0.2", 3478))
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "first", (Attribute.REQUESTED_TRANSPORT, turn.TCP)))
    control.server(turn.refused("first"))
    capture.time += int(seconds * SECOND)
    control.close()
    report = json.loads(tshark.run(write(capture), "-q", "-z", "msturn,json", *passes))
    path, = report["paths"]
    assert told(path) == wanted
    assert [problem["code"] for problem in report["problems"]] == ["auth_given_up"] * (wanted[0] == "broken")


@pytest.mark.parametrize("code, place", [(401, "client"), (403, "server"), (437, "client"), (486, "server"), (508, "server")])
def test_allocation_refused(tshark, write, capture, code, place):
    control = capture.connection(("10.20.0.1", 40100), ("10.20.0.2", 3478))
    transport = (Attribute.REQUESTED_TRANSPORT, turn.TCP)
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "first", transport))
    control.server(turn.refused("first"))
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "second", transport, (Attribute.USERNAME, b"turn"),
                                (Attribute.REALM, turn.REALM.encode()), (Attribute.NONCE, turn.NONCE), key=turn.KEY))
    control.server(turn.message(Method.ALLOCATE, Class.ERROR, "second", (Attribute.ERROR_CODE, stun.error_code(code, "Own words"))))
    control.close()
    path, = paths(tshark, write(capture))
    assert told(path) == ("broken", "allocation", place)
    assert str(code) in path["summary"] and "Own words" in path["summary"]


@pytest.mark.parametrize("udp, flag", [(False, "0x8 "), (True, "0x2 ")])
def test_allocation_refused_has_microsofts_flag_of_its_transport(tshark, write, capture, udp, flag):
    call = (UdpTurnCall if udp else RelayedCall)(capture, ends(), name="call")
    challenged(call)
    call.control.client(turn.allocate())
    call.control.server(turn.message(Method.ALLOCATE, Class.ERROR, "allocate", (Attribute.ERROR_CODE, stun.error_code(486, "No"))))
    path, = paths(tshark, write(capture))
    allocation, = (step for step in path["steps"] if step["step"] == "allocation")
    assert path["stopped_at"] == "allocation" and allocation["ice_warning"].startswith(flag)


def first_allocate(capture, port: int = 3478):
    """A connection, and the first request on it."""
    control = capture.connection(("10.20.0.1", 40100), ("10.20.0.2", port))
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "first", (Attribute.REQUESTED_TRANSPORT, turn.TCP)))
    return control


@pytest.mark.parametrize("sent, wanted, words", [
    ((RST | ACK,), ("broken", "allocation", "unknown"), "a reset (RST, frame 5)"),
    ((ACK, RST), ("broken", "allocation", "server"), "acknowledged in frame 5) got a reset (RST, frame 6)"),
    ((FIN | ACK,), ("broken", "allocation", "server"), "the end of the connection (FIN, frame 5)"),
    ((), ("unfinished", None, None), ""),
])
def test_allocate_cut_off(tshark, write, capture, passes, sent, wanted, words):
    """A reset may be that of a firewall, which acknowledges like a server; without one it is the client that closes."""
    control = first_allocate(capture)
    for flags in sent:
        control.packet(PEER, flags)
    control.packet(CLIENT, FIN | ACK)
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == wanted and words in path["summary"]


def test_allocate_cut_off_on_another_port(tshark, write, capture):
    """A client tries one port after the other: the call that works is no broken one."""
    first_allocate(capture, 443).packet(PEER, RST | ACK)
    RelayedCall(capture).healthy()
    assert {told(path)[:2] for path in paths(tshark, write(capture))} == {("unfinished", "allocation"), ("nominated", None)}


# ---- checks ----


def test_late_answer(tshark, write, capture, passes):
    """4 s are late, and no fault of the call."""
    call = RelayedCall(capture).connected()
    call.check(PEER, "slow")
    capture.time += 4 * SECOND
    call.answer(CLIENT, "slow")
    call.nominated()
    call.release()
    path, = paths(tshark, write(capture), *passes)
    statuses = {step["step"]: step["status"] for step in path["steps"]}
    assert statuses["remote_check"] == "late" and path["stopped_at"] is None


@pytest.mark.parametrize("asker, place", [(PEER, "client"), (CLIENT, "peer")])
def test_begun_after_the_bind(tshark, write, capture, passes, asker, place):
    """No message tells what the two connections are; that the check passed both, and where it was acknowledged, does."""
    call = RelayedCall(capture)
    where = call.ends
    call.control = capture.connection(where.client, where.server, handshake=False)
    call.outside = capture.connection(where.peer, where.relayed, handshake=False)
    call.data = capture.connection(where.data, where.server, handshake=False)
    asked, relayed = sorted(call.check(asker, "first"))
    last = call.data if asker == PEER else call.outside
    acknowledged = last.packet(True, ACK)
    capture.time += 5 * SECOND
    call.hang_up()
    call.release()
    (path,) = paths(tshark, write(capture), *passes)
    assert (path["verdict"], path["stopped_at"], path["place"]) == ("broken", "remote_check", place)
    assert path["peer"] == text(where.peer)
    assert f"was relayed (frame {relayed}) and acknowledged by" in path["summary"]
    assert f"(frame {asked})" in path["summary"] and f"(frame {acknowledged})" in path["summary"]


# ---- what is not decided ----


def test_why_it_is_not_decided(tshark, write, capture, sample):
    """The capture knows whether another pair won, the call ended, or the capture."""
    call = RelayedCall(capture).connected()
    call.nominated()
    nominated = capture.frames
    other = RelayedCall(capture, ends(number=1), name="other")
    other.control, other.connection_id = call.control, bytes([0, 0, 9, 3])
    other.peer_connects()
    capture.time += 31 * SECOND
    call.release()
    chosen, other = sorted(paths(tshark, write(capture)), key=lambda path: path["verdict"])
    answer, = (max(step["frames"]) for step in chosen["steps"] if step["step"] == "nomination")
    assert (chosen["verdict"], other["verdict"]) == ("nominated", "unfinished") and answer <= nominated
    assert other["summary"] == f"Not decided: another pair was nominated (frame {answer})"
    ended, = paths(tshark, sample("broken-ended-early"))
    assert ended["summary"] == "Not decided, and nothing was overdue when the capture ends"


# ---- media and upkeep ----


def send_in_a_channel(call, seconds: tuple[int, ...]) -> int:
    """The client's TCP sends the same packet at each of these times, in seconds after each other."""
    data = stun.channel_data(call.channel, turn.rtp(9))
    return [call.control.send(CLIENT, data, at=0, wait=wait * SECOND) for wait in seconds][0]


@pytest.mark.parametrize("acknowledged", [False, True])
def test_media_in_a_channel_that_is_never_acknowledged(tshark, write, capture, passes, acknowledged):
    """Between client and server it is TCP, which tells; after the last try the packet came through, or did not."""
    call = WrappedCall(capture, channel=0x4001).connected()
    call.nominated()
    call.pass_on(CLIENT, turn.rtp(1), "media")
    call.control.packet(PEER, ACK)
    first = send_in_a_channel(call, (1, 1, 2, 4, 8))
    last = capture.frames
    if acknowledged:
        call.control.skip(CLIENT, len(stun.channel_data(call.channel, turn.rtp(9))))
        call.control.packet(PEER, ACK)
    capture.time += 5 * SECOND
    call.control.packet(CLIENT, RST | ACK)
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == ("nominated", None, None) if acknowledged else ("nominated", "media", "client_server_path")
    lost = (f"What was sent to TURN server 10.20.0.2:3478 from frame {first} on was never acknowledged (sent again 4 times, "
            f"last in frame {last}) in 20.0 s, then the client reset the connection (RST, frame {capture.frames})")
    assert acknowledged or path["summary"] == lost


@pytest.mark.parametrize("times, wanted", [(7, ("broken", "upkeep", "unknown")), (6, ("unfinished", None, None))])
def test_refresh_over_udp_without_answer(tshark, write, capture, passes, times, wanted):
    """RFC 8489 6.2.1: sent seven times it has failed; before that the answer may be on its way."""
    call = UdpTurnCall(capture)
    call.allocate()
    call.permit()
    capture.time += 5 * SECOND
    for number in range(times):
        call.control.client(call.request(Method.REFRESH, "refresh", (Attribute.LIFETIME, stun.unsigned32(600))), wait=SECOND)
    first = capture.frames - times + 1
    capture.time += 5 * SECOND
    other = UdpTurnCall(capture, ends(number=1), name="other")
    other.allocate()
    path = paths(tshark, write(capture), "-o", "msturn.plain_stun_udp:TRUE", *passes)[0]
    assert told(path) == wanted
    assert times < 7 or path["summary"].startswith(
        f"The Refresh of client 10.20.0.1 (frame {first}) was sent 7 times, and TURN server 10.20.0.2:3478 did not answer in")


# ---- lost on one side of the relay ----


@pytest.mark.parametrize("acknowledged, place, finding", [
    (False, "client_server_path", False),
    (True, "server", True),
])
def test_check_that_does_not_come_out_of_the_relay(tshark, write, capture, passes, acknowledged, place, finding):
    """What was never acknowledged never went in: that is no fault of the relay's."""
    call = RelayedCall(capture).connected()
    call.checked(PEER, "first")
    call.data.packet(PEER, ACK)
    check, _ = call.check(CLIENT, "back", lost=True)
    data = capture.bytes_of(check)[54:]
    if acknowledged:
        call.data.packet(PEER, ACK)
    else:
        for seconds in (1, 2, 4):
            call.data.client(data, at=-len(data), wait=seconds * SECOND)
    capture.time += 5 * SECOND
    call.data.packet(CLIENT, RST | ACK)
    call.outside.close()
    call.release()
    report = json.loads(tshark.run(write(capture), "-q", "-z", "msturn,json", *passes))
    path, = report["paths"]
    assert told(path) == ("broken", "local_check", place)
    assert ("lost_in_relay" in {problem["code"] for problem in report["problems"]}) == finding
    assert ("relay dropped" in path["advice"]) == finding


def test_answer_that_does_not_get_to_the_relay(tshark, write, capture, passes):
    """The same of an answer: who gave it has done its part, and so has the server."""
    call = RelayedCall(capture).connected()
    call.checked(PEER, "first")
    call.check(CLIENT, "back")
    call.outside.packet(PEER, ACK)
    call.data.packet(PEER, ACK)
    answer = stun.frame(call.message(Method.BINDING, Class.SUCCESS, "back",
                                     call.address(Attribute.XOR_MAPPED_ADDRESS, call.ends.relayed, "back"), key=b"password"))
    first = call.outside.client(answer)
    for seconds in (1, 2, 4):
        call.outside.client(answer, at=-len(answer), wait=seconds * SECOND)
    call.outside.packet(CLIENT, RST | ACK, wait=8 * SECOND)
    call.data.close()
    call.release()
    report = json.loads(tshark.run(write(capture), "-q", "-z", "msturn,json", *passes))
    path, = report["paths"]
    assert told(path) == ("broken", "local_check", "server_peer_path")
    assert f"was answered (frame {first}), but the answer was never acknowledged by the TURN server" in path["summary"]
    assert "lost_in_relay" not in {problem["code"] for problem in report["problems"]}


# ---- who closed, where a relay may have passed it on ----


@pytest.mark.parametrize("closer, outside, place", [
    (PEER, True, "peer"),
    (PEER, False, "unknown"),
    (CLIENT, True, "client"),
    (CLIENT, False, "client"),
])
def test_closed_before_any_check(tshark, write, capture, closer, outside, place):
    """RFC 6062 5.5: the server closes one side when the other one is closed. Seen from the inside alone, that may be why."""
    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    where = call.ends
    call.peer_connects() if outside else announced(call)
    call.bind()
    capture.time += 300_000
    legs = [(call.data, closer == CLIENT)]
    if outside:
        legs.insert(0 if closer == PEER else 1, (call.outside, closer == PEER))
    for connection, side in legs:
        connection.packet(side, RST | ACK)
    call.release()
    path, = paths(tshark, write(capture))
    assert told(path) == ("broken", "remote_check", place) and path["peer"] == text(where.peer)
    assert "candidate pair" not in path["advice"] or closer == PEER and outside


# ---- checks without a length in front ----


@pytest.mark.parametrize("sender, wanted", [(PEER, ("broken", "remote_check", "peer")), (CLIENT, ("broken", "local_check", "client"))])
def test_check_without_its_length(tshark, write, capture, passes, sender, wanted):
    """Among RFC 4571 frames it is the fault of who sends it, wherever the answer is missing."""
    call = RelayedCall(capture).connected()
    call.checked(not sender, "to it")
    first, *_ = [call.check(sender, f"bare {n}", framed=False, wait=SECOND)[0] for n in range(5)]
    capture.time += 40 * SECOND
    call.release()
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == wanted
    assert f"(frame {first}) has no RFC 4571 length in front" in path["summary"]


@pytest.mark.parametrize("sender", [PEER, CLIENT])
def test_check_without_its_length_is_answered(tshark, write, capture, passes, sender):
    """An end that reads both: nothing is broken."""
    call = RelayedCall(capture).connected()
    call.checked(not sender, "to it")
    call.check(sender, "bare", framed=False)
    call.answer(not sender, "bare")
    call.checked(PEER, "nomination", nominate=True)
    assert told(paths(tshark, write(capture), *passes)[0])[:2] == ("nominated", None)


def announced(call: RelayedCall) -> None:
    """What comes of the peer's connection on the inside."""
    attempt(call, "attempt", call.connection_id)


# ---- the control connection in mid-call ----


@pytest.mark.parametrize("how, wanted", [
    ("reset", ("upkeep", "unknown")),
    ("acknowledged", ("upkeep", "server")),
    ("answered", (None, None)),
    ("released", (None, None)),
])
def test_refresh_that_gets_a_reset(tshark, write, capture, passes, how, wanted):
    """By the server, or by what stands in between: that tells nobody unless the server had acknowledged it. A client that
    releases its allocation does not wait for an answer (RFC 8656 7.1)."""
    call = RelayedCall(capture).connected()
    call.nominated()
    lifetime = (Attribute.LIFETIME, stun.unsigned32(0 if how == "released" else 600))
    asked = call.control.client(call.request(Method.REFRESH, "refresh", lifetime), wait=300 * SECOND)
    if how == "acknowledged":
        call.control.packet(PEER, ACK)
    elif how == "answered":
        call.control.server(call.message(Method.REFRESH, Class.SUCCESS, "refresh", lifetime))
    call.control.packet(PEER, RST)
    capture.time += 5 * SECOND
    call.hang_up()
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == ("nominated", *wanted)
    assert how != "reset" or path["summary"] == (f"The Refresh of client 10.20.0.1 (frame {asked}) got a reset (RST, frame {asked + 1})"
                                                 " from TURN server 10.20.0.2:3478 instead of an answer")


@pytest.mark.parametrize("label, wanted", [("keep-alive", ("upkeep", "client_server_path")), ("release", (None, None))])
def test_control_connection_that_died(tshark, write, capture, passes, label, wanted):
    """Keep-alives that TCP sends again and again in vain; when the client releases, it does not matter any more."""
    call = RelayedCall(capture).connected()
    call.nominated()
    message = turn.keep_alive("keep-alive") if label == "keep-alive" else \
        call.request(Method.REFRESH, label, (Attribute.LIFETIME, stun.unsigned32(0)))
    first = call.control.client(message, wait=60 * SECOND)
    for seconds in (1, 2, 4, 8):
        call.control.client(message, at=-len(message), wait=seconds * SECOND)
    call.control.packet(CLIENT, RST | ACK, wait=16 * SECOND)
    call.hang_up()
    path, = paths(tshark, write(capture), *passes)
    assert told(path) == ("nominated", *wanted)
    assert label != "keep-alive" or path["summary"].startswith(
        f"What was sent to TURN server 10.20.0.2:3478 from frame {first} on was never acknowledged (sent again 4 times, last in frame ")


@pytest.mark.parametrize("code, wanted", [(441, "client"), (403, "server"), (0, None)])
def test_refresh_refused_and_the_allocation_ran_out(tshark, write, capture, passes, code, wanted):
    """The client did send a Refresh in time."""
    call = RelayedCall(capture).connected()
    call.nominated()
    capture.time += 500 * SECOND
    if code != 0:
        call.control.client(call.request(Method.REFRESH, "refused", (Attribute.LIFETIME, stun.unsigned32(600))))
        call.control.server(call.message(Method.REFRESH, Class.ERROR, "refused", (Attribute.ERROR_CODE, stun.error_code(code, "no"))))
    else:
        call.refresh()
    for connection in (call.outside, call.data, call.control):
        connection.packet(PEER if connection is not call.outside else False, RST | ACK, wait=35 * SECOND)
    report = json.loads(tshark.run(write(capture), "-q", "-z", "msturn,json", *passes))
    path, = report["paths"]
    assert (path["stopped_at"], path["place"]) == ("upkeep" if wanted else None, wanted)
    assert wanted is None or f"refused the Refresh of client 10.20.0.1 (frame 31) with {code}" in path["summary"]
    assert "allocation_expired" not in {problem["code"] for problem in report["problems"]}
