"""Findings about the dialogue with a server of [MS-TURN]: microsoft.md 8.2 (M) and 8.3 (A).

What a case is says support/rule_cases.py.
"""

import pytest
import turn
from msturn_messages import Type, noise
from relayed_call import CLIENT, PEER
from rule_cases import Cases

cases = Cases()


# ---- Allocate: A1, A3, A4, A17 ----


@cases.breaks("no_response")
def allocate_three_times_over_udp(scene):
    """A1: the same id at least three times, and no answer from any address."""
    call = scene.microsoft(udp=True)
    frames = [call.send(CLIENT, call.message(Type.ALLOCATE_REQUEST, "first", key=None), wait=wait) for wait in (0, 500_000, 1_000_000)]
    scene.wait(5)
    return frames[0]


@cases.keeps("no_response")
def allocate_answered_the_second_time(scene):
    call = scene.microsoft(udp=True)
    for _ in range(2):
        call.send(CLIENT, call.message(Type.ALLOCATE_REQUEST, "first", key=None), wait=500_000)
    call.send(PEER, call.refused("first"))
    call.allocate()
    scene.wait(5)


@cases.breaks("no_response", "response_overdue")
def allocate_unanswered_for_3_1_s_on_tcp(scene):
    """A1: an error after 2 s; ietf.md 8.2 M1: a warning after 3 s, of whatever dialect."""
    call = scene.microsoft()
    call.open()
    frame = call.send(CLIENT, call.message(Type.ALLOCATE_REQUEST, "first", key=None))
    scene.wait(3.1)
    return frame


@cases.keeps("no_response", "response_overdue")
def send_requests_have_no_answer(scene):
    """[MS-TURN] 2.2.1."""
    call = scene.microsoft().connected()
    call.send_request("send", turn.rtp())
    call.data_indication("data", turn.rtp())
    scene.wait(50)


@cases.breaks("auth_loop")
def credentials_refused(scene):
    """A3: authenticated Allocate answered by 401 again."""
    call = scene.microsoft(udp=True)
    call.challenge()
    call.send(CLIENT, call.allocate_request("second"))
    return call.send(PEER, call.refused("second"))


@cases.breaks("auth_loop")
def third_challenge(scene):
    """A3: or more than two 401 for a client."""
    call = scene.microsoft(udp=True)
    frames = [call.challenge(label) for label in ("first", "second", "third")]
    return frames[2][1]


@cases.keeps("auth_loop", "auth_given_up")
def challenge_before_the_allocation(scene):
    scene.microsoft(udp=True).connected()
    scene.wait(10)


@cases.breaks("auth_given_up")
def nothing_for_5_1_s_after_401(scene):
    """A4."""
    call = scene.microsoft(udp=True)
    _, frame = call.challenge()
    scene.wait(5.1)
    return frame


@cases.keeps("auth_given_up")
def nothing_for_4_9_s_after_401(scene):
    scene.microsoft(udp=True).challenge()
    scene.wait(4.9)


@cases.breaks("answered_elsewhere")
def answer_from_another_server(scene):
    """A17: normal for Teams, but a firewall may drop it."""
    call = scene.microsoft(udp=True)
    call.challenge()
    call.send(CLIENT, call.allocate_request("allocate"))
    return call.send(PEER, call.allocated("allocate"), source=(call.ends.server[0].replace("10.20.", "10.24."), 3478))


@cases.keeps("answered_elsewhere")
def answer_from_the_server_that_was_asked(scene):
    """Also where it is another one than before ([MS-TURN] 2.2.2.7)."""
    call = scene.microsoft(udp=True)
    call.challenge()
    call.line.ends[PEER] = call.ends.server[0].replace("10.20.", "10.24."), 3478
    call.allocate()


# ---- Message Integrity: M3, M5 ----


@cases.breaks("integrity_missing")
def active_destination_without_integrity(scene):
    """M3: in the authenticated phase."""
    call = scene.microsoft().connected()
    return call.send(CLIENT, call.set_active_request(key=None))


@cases.breaks("integrity_missing")
def allocate_response_without_integrity(scene):
    """M3: or their success responses."""
    call = scene.microsoft()
    call.open()
    call.challenge()
    _, frame = call.allocate(key=None)
    return frame


@cases.keeps("integrity_missing")
def first_allocate_and_data_indication(scene):
    """microsoft.md 3.3: those have none."""
    call = scene.microsoft().connected()
    call.data_indication("data", turn.rtp())


@cases.breaks("integrity_length")
def response_with_another_hash(scene):
    """M5: request and response lengths differ."""
    call = scene.microsoft()
    call.open()
    call.challenge()
    call.send(CLIENT, call.allocate_request("allocate", version=3))
    return call.send(PEER, call.allocated("allocate", version=3, digest="sha256"))


@cases.keeps("integrity_length")
def sha256_both_ways(scene):
    call = scene.microsoft()
    call.open()
    call.challenge()
    call.send(CLIENT, call.allocate_request("allocate", version=3, digest="sha256"))
    call.send(PEER, call.allocated("allocate", version=3, digest="sha256"))


# ---- the allocation: A13, A14, A16 ----


@cases.breaks("allocation_expired")
def send_61_s_after_a_grant_of_60(scene):
    """A14: later Send and no refresh. What was granted or what came too late shows it."""
    call = scene.microsoft(udp=True)
    call.challenge()
    _, granted = call.allocate(lifetime=60)
    return granted, call.send_request("late", turn.rtp(), wait=61_000_000)


@cases.keeps("allocation_expired")
def refreshed_with_allocate(scene):
    """microsoft.md 7.2."""
    call = scene.microsoft(udp=True)
    call.challenge()
    call.allocate(lifetime=60)
    call.allocate("refresh", wait=50_000_000, lifetime=60)
    call.send_request("in time", turn.rtp(), wait=59_000_000)


@cases.breaks("reflexive_changed", "reflexive_differs")
def nat_binding_changed(scene):
    """A13: 8020 differs between responses."""
    call = scene.microsoft(udp=True)
    call.challenge()
    call.allocate()
    _, frame = call.allocate("refresh", wait=50_000_000, mapped=("10.25.0.1", 1025))
    return frame


@cases.breaks("reflexive_changed")
def nat_binding_changed_behind_a_nat(scene):
    call = scene.microsoft(udp=True)
    call.challenge()
    call.allocate(mapped=("10.25.0.1", 1024))
    _, frame = call.allocate("refresh", wait=50_000_000, mapped=("10.25.0.1", 1025))
    return frame


@cases.keeps("reflexive_changed")
def nat_binding_as_before(scene):
    call = scene.microsoft(udp=True)
    call.challenge()
    for label in ("allocate", "refresh"):
        call.allocate(label, wait=50_000_000, mapped=("10.25.0.1", 1025))


def in_sequence(scene, *numbers: int, connection_ids: dict[int, bytes] | None = None, udp: bool = True):
    """Send requests with these sequence numbers behind the allocation, which has number 0; their frames."""
    call = scene.microsoft(udp=udp)
    call.open()
    call.challenge()
    call.send(CLIENT, call.allocate_request("allocate"))
    call.send(PEER, call.allocated("allocate", call.sequence(0)))
    found = []
    for place, number in enumerate(numbers):
        identity = (connection_ids or {}).get(place, call.CONNECTION_ID)
        found.append(call.send_request(f"send {place}", turn.rtp(), call.sequence(number, identity)))
        call.data_indication(f"data {place}", turn.rtp())
    return found


@cases.breaks("sequence_gap")
def number_left_out(scene):
    """A16: not the previous one + 1."""
    return in_sequence(scene, 1, 2, 4)[2]


@cases.breaks("sequence_gap")
def number_again(scene):
    return in_sequence(scene, 1, 2, 2)[2]


@cases.breaks("sequence_gap")
def step_back_on_tcp(scene):
    return in_sequence(scene, 5, 6, 3, udp=False)[2]


@cases.breaks("sequence_gap")
def another_connection_id(scene):
    """A16: the Connection ID changes without a new allocation."""
    return in_sequence(scene, 1, 2, 3, connection_ids={2: noise("other connection", 20)})[2]


@cases.keeps("sequence_gap")
def numbers_in_order(scene):
    in_sequence(scene, 1, 2, 3, 4)


@cases.keeps("sequence_gap", "transaction_repeated", "transaction_reused")
def retransmission_with_its_number(scene):
    """A16: "retransmission with equal transaction id excepted"."""
    call = scene.microsoft(udp=True)
    call.challenge()
    call.send(CLIENT, call.allocate_request("allocate"))
    call.send(PEER, call.allocated("allocate", call.sequence(0)))
    for _ in range(2):
        call.send(CLIENT, call.allocate_request("refresh", call.sequence(1)), wait=500_000)
    call.send(PEER, call.allocated("refresh", call.sequence(0)))
    call.send_request("send", turn.rtp(), call.sequence(2))
    call.data_indication("data", turn.rtp())


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
