"""Findings about peer connections of TCP allocations: RFC 6062; rules R2, R9 and R11 to R13 of ietf.md 8.5.

What a case is says support/rule_cases.py.
"""

import pytest
import turn
from case_calls import OTHER_ID, attempt, connect, connect_failed, other_peer, permission, permitted, prepared
from relayed_call import PEER
from rule_cases import Cases
from tcpcap import ACK, FIN, RST

cases = Cases()


# ---- Connect: R2 ----


@cases.breaks("connect_again")
def two_open_connects_to_one_peer(scene):
    """R2."""
    call = prepared(scene)
    connect(call, "one")
    return connect(call, "two")


@cases.breaks("connect_again")
def connect_while_another_than_the_last_is_open(scene):
    """R2: two open Connects to one peer, whatever was asked for in between."""
    call = prepared(scene)
    connect(call, "one")
    connect(call, "elsewhere", other_peer(call))
    return connect(call, "two")


@cases.breaks("connect_again", also={"connect_failed"})
def connect_9_9_s_after_447(scene):
    """R2: within 10 s of a 447."""
    call = prepared(scene)
    connect(call, "one")
    connect_failed(call, "one")
    return connect(call, "two", wait=9.9)


@cases.keeps("connect_again", also={"connect_failed"})
def connect_10_1_s_after_447(scene):
    call = prepared(scene)
    connect(call, "one")
    connect_failed(call, "one")
    connect(call, "two", wait=10.1)


@cases.keeps("connect_again")
def connects_to_two_ports_of_one_peer(scene):
    """RFC 6062 5.2: the same peer is the same transport address."""
    call = prepared(scene)
    connect(call, "one")
    connect(call, "two", other_peer(call))


# ---- ConnectionAttempt: R13 ----


@cases.breaks("attempt_repeated")
def two_attempts_with_one_id(scene):
    """R13: repeated id."""
    call = prepared(scene)
    call.peer_connects()
    return attempt(call, "second", call.connection_id, other_peer(call))


@cases.breaks("attempt_repeated")
def attempt_with_the_id_of_a_bound_connection(scene):
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    call.nominated()
    return attempt(call, "second", call.connection_id, other_peer(call))


@cases.keeps("attempt_repeated")
def two_attempts_with_an_id_each(scene):
    call = prepared(scene)
    call.peer_connects()
    attempt(call, "second", OTHER_ID, other_peer(call))


@cases.keeps("attempt_repeated", also={"never_bound"})
def id_of_an_attempt_that_was_never_bound(scene):
    """RFC 6062 5.3: after 30 s the server has closed that connection."""
    call = prepared(scene)
    call.peer_connects()
    scene.wait(35)
    attempt(call, "second", call.connection_id, other_peer(call))


@cases.breaks("attempt_without_permission")
def attempt_of_a_peer_without_permission(scene):
    """R13."""
    call = scene.relayed()
    call.allocate()
    return call.peer_connects()


@cases.breaks("attempt_without_permission", "permission_expired")
def attempt_301_s_after_permission(scene):
    """R13 and L6: it had run out."""
    call = prepared(scene)
    scene.wait(301)
    return call.peer_connects()


@cases.keeps("attempt_without_permission", "permission_expired")
def attempt_299_s_after_permission(scene):
    call = prepared(scene)
    scene.wait(299)
    call.peer_connects()


@cases.keeps("attempt_without_permission")
def attempt_before_the_answer_to_create_permission(scene):
    """The server may have granted it, and the answer is behind the attempt."""
    call = scene.relayed()
    call.allocate()
    call.control.client(permission(call, "p"))
    call.peer_connects()
    call.control.server(permitted(call, "p"))


# ---- bound connections: R9, R11, R12 ----


@cases.breaks("closed_at_once", pair=True, also={"pair_unfinished"})
def server_resets_0_9_s_after_the_bind(scene):
    """R12. The bind or the end shows it."""
    call = prepared(scene)
    call.peer_connects()
    _, success = call.bind()
    return success, call.data.packet(False, RST | ACK, wait=900_000)


@cases.breaks("peer_closed", pair=True, also={"pair_unfinished"})
def peer_resets_0_3_s_after_it_connected(scene):
    """R12, and who began: the peer, the server only follows."""
    call = prepared(scene)
    call.peer_connects()
    _, success = call.bind()
    call.outside.packet(True, RST | ACK, wait=300_000)
    return success, call.data.packet(False, RST | ACK)


@cases.keeps("peer_closed", also={"pair_unfinished", "closed_at_once"})
def server_resets_first(scene):
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    call.data.packet(False, RST | ACK, wait=300_000)
    call.outside.packet(False, RST | ACK)


@cases.breaks("closed_at_once", pair=True, also={"pair_unfinished", "open_at_end"})
def server_closes_0_9_s_after_the_bind_over_a_check(scene):
    call = prepared(scene)
    call.peer_connects()
    _, success = call.bind()
    call.check(PEER, "first")
    return success, call.data.packet(False, FIN | ACK, wait=800_000)


@cases.keeps("closed_at_once", also={"pair_unfinished"})
def server_closes_1_1_s_after_the_bind(scene):
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    call.data.packet(False, FIN | ACK, wait=1_100_000)


@cases.keeps("closed_at_once", also={"pair_unfinished"})
def client_closes_0_5_s_after_the_bind(scene):
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    call.data.packet(True, FIN | ACK, wait=500_000)


def stream_for(call, duration: float, both: bool) -> list[int]:
    """Bytes without ICE, every 100 ms; returns the frames inside."""
    frames = []
    for number in range(round(duration * 10)):
        call.outside.client(turn.noise(20, number), wait=50_000)
        frames.append(call.data.server(turn.noise(20, number), wait=1000))
        if both:
            frames.append(call.data.client(turn.noise(20, number), wait=1000))
            call.outside.server(turn.noise(20, number), wait=1000)
            call.capture.time -= 2000
        call.capture.time += 49_000
    return frames


@cases.breaks("one_way_data")
def data_from_the_peer_only_for_5_2_s(scene):
    """R11: bound, bytes in one direction only for more than 5 s."""
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    stream_for(call, 5.2, both=False)


@cases.keeps("one_way_data")
def data_from_the_peer_only_for_4_8_s(scene):
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    stream_for(call, 4.8, both=False)


@cases.keeps("one_way_data", "never_checked")
def data_both_ways_for_10_s(scene):
    """RFC 6062 is not for ICE only."""
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    stream_for(call, 10, both=True)


@cases.breaks("turn_after_bind")
def request_on_a_bound_connection(scene):
    """R9."""
    call = scene.relayed().connected()
    return call.data.client(permission(call, "misplaced"))


@cases.keeps("turn_after_bind")
def checks_on_a_bound_connection(scene):
    """Those are in frames, and from peer to peer."""
    call = scene.relayed().connected()
    call.nominated()


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
