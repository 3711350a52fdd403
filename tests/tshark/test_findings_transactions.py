"""Findings about transactions: RFC 8489 6.2 and 6.3; rules M1 to M3, F8 and I16 of ietf.md 8, A2 of microsoft.md 8.3.

What a case is says support/rule_cases.py.
"""

import msturn_messages as ms
import pytest
import turn
from case_calls import begin, first_allocate, peer_of, permission, permitted, refresh, refreshed
from relayed_call import CLIENT, PEER
from rule_cases import Cases, Scene
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST, SYN

UDP_SENDS = [0, 0.5, 1, 2, 4, 8, 16]  # seconds between the sends of RFC 8489 6.2.1
cases = Cases()


# ---- requests without an answer: M1, F8 ----


def open_refresh(scene: Scene):
    """A call, and the frame of its last request, which has no answer."""
    call = scene.relayed()
    call.allocate()
    return call, call.control.client(refresh(call))


@cases.breaks("no_response")
def unanswered_for_39_6_s(scene):
    """M1: after 39.5 s on TCP."""
    _, asked = open_refresh(scene)
    scene.wait(39.6)
    return asked


@cases.keeps("no_response", also={"response_overdue"})
def unanswered_for_39_4_s(scene):
    open_refresh(scene)
    scene.wait(39.4)


@cases.breaks("no_response")
def connect_unanswered_for_39_6_s(scene):
    """M1 and sheet 5.4: 39.5 s is the client's own limit."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    asked = call.control.client(call.request(Method.CONNECT, "connect", peer_of(call, "connect")))
    scene.wait(39.6)
    return asked


@cases.breaks("no_response", pair=True)
def check_unanswered(scene):
    call = scene.relayed().connected()
    asked = call.check(PEER, "unanswered")
    scene.wait(39.6)
    return asked


@cases.breaks("no_response")
def closed_3_1_s_later(scene):
    """It had its time (3 s) before the connection ended."""
    call, asked = open_refresh(scene)
    scene.wait(3.1)
    call.control.close()
    return asked


@cases.breaks("no_response")
def sent_seven_times_over_udp(scene):
    """M1: 7 sends."""
    call = scene.over_udp()
    call.allocate()
    frames = [call.control.client(refresh(call), wait=round(wait * 1e6)) for wait in UDP_SENDS]
    return frames[0]


@cases.keeps("no_response")
def sent_six_times_over_udp(scene):
    call = scene.over_udp()
    call.allocate()
    for wait in UDP_SENDS[:-1]:
        call.control.client(refresh(call), wait=round(wait * 1e6))


@cases.keeps("no_response")
def answered_at_the_last_moment(scene):
    """A server waits 30 s and more for a peer (RFC 6062 5.2)."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    call.control.client(call.request(Method.CONNECT, "slow", peer_of(call, "slow")))
    scene.wait(30.5)
    call.control.server(call.message(Method.CONNECT, Class.SUCCESS, "slow", (Attribute.CONNECTION_ID, b"\0\0\0\7")))


@cases.breaks("response_late")
def answered_after_5_s(scene):
    call, _ = open_refresh(scene)
    scene.wait(5)
    return call.control.server(refreshed(call))


@cases.keeps("response_late")
def answered_after_2_9_s(scene):
    call, _ = open_refresh(scene)
    scene.wait(2.9)
    call.control.server(refreshed(call))


@cases.breaks("response_overdue")
def unanswered_for_3_1_s(scene):
    """M1: after 3 s on TCP."""
    _, asked = open_refresh(scene)
    scene.wait(3.1)
    return asked


@cases.keeps("response_overdue")
def unanswered_for_2_9_s(scene):
    open_refresh(scene)
    scene.wait(2.9)


def open_connect(scene: Scene) -> int:
    call = scene.relayed()
    call.allocate()
    call.permit()
    return call.control.client(call.request(Method.CONNECT, "connect", peer_of(call, "connect")))


@cases.breaks("response_overdue")
def connect_unanswered_for_31_1_s(scene):
    """M1: Connect has 31 s."""
    asked = open_connect(scene)
    scene.wait(31.1)
    return asked


@cases.keeps("response_overdue")
def connect_unanswered_for_30_9_s(scene):
    open_connect(scene)
    scene.wait(30.9)


@cases.breaks("open_at_end")
def client_closes_0_3_s_later(scene):
    """F8."""
    call, asked = open_refresh(scene)
    scene.wait(0.3)
    call.control.close()
    return asked


@cases.breaks("open_at_end", also={"reset_live"})
def server_resets_0_3_s_later(scene):
    call, asked = open_refresh(scene)
    scene.wait(0.3)
    call.control.packet(False, RST | ACK)
    return asked


@cases.keeps("open_at_end", "no_response", "response_overdue")
def closed_after_the_answer(scene):
    call, _ = open_refresh(scene)
    call.control.server(refreshed(call))
    call.control.close()


# ---- answers without a request: M2 ----


@cases.breaks("response_unexpected")
def answer_to_a_request_that_was_not_sent(scene):
    """M2."""
    call = scene.relayed()
    call.allocate()
    return call.control.server(refreshed(call, "not asked"))


@cases.breaks("response_unexpected", session=False)
def answer_on_another_connection(scene):
    """M2. RFC 8489 6.3.1.2: always on the same one."""
    call, _ = open_refresh(scene)
    other = call.connection((call.ends.client[0], 40001), call.ends.server)
    return other.server(refreshed(call))


@cases.keeps("response_unexpected")
def capture_that_begins_behind_the_request(scene):
    """M2: only where the beginning of the connection was captured."""
    call = scene.relayed()
    control = scene.capture.connection(call.ends.client, call.ends.server, handshake=False)
    control.server(refreshed(call))
    control.client(refresh(call, "next"))
    control.server(refreshed(call, "next"))


# ---- the same id again: M3, I16 ----


@cases.breaks("transaction_repeated")
def same_request_again_on_tcp(scene):
    """M3."""
    call = scene.relayed()
    call.allocate()
    call.control.client(permission(call, "p"))
    again = call.control.client(permission(call, "p"), wait=500_000)
    call.control.server(permitted(call, "p"))
    return again


@cases.breaks("transaction_repeated", "transaction_reused")
def same_request_again_and_another_answer(scene):
    """RFC 8489 6.3.1.1: a server that keeps no record of requests deals with it as with a new one. Only the request is told."""
    call = scene.relayed()
    call.allocate()
    call.control.client(permission(call, "p"))
    again = call.control.client(permission(call, "p"), wait=500_000)
    call.control.server(permitted(call, "p"))
    call.control.server(call.message(Method.CREATE_PERMISSION, Class.SUCCESS, "p", (Attribute.SOFTWARE, b"again")))
    return again


@cases.breaks("transaction_repeated")
def same_request_again_at_once(scene):
    """M3. Only checks have CRC duplicates ([MS-ICE2] 3.1.4.8.2): that the faulty table gives this request the same FINGERPRINT says nothing."""
    call = scene.relayed()
    call.allocate()
    label = next(label for label in map(str, range(100)) if both_tables_agree(permission(call, label)))
    call.control.client(permission(call, label))
    again = call.control.client(permission(call, label))
    call.control.server(permitted(call, label))
    return again


def both_tables_agree(request: bytes) -> bool:
    return request[-4:] == ms.fingerprint(request[:-8], faulty=True)


@cases.breaks("transaction_repeated", "transaction_reused", "response_unexpected")
def second_answer(scene):
    """M3: "second answer"."""
    call, _ = open_refresh(scene)
    call.control.server(refreshed(call))
    return call.control.server(refreshed(call), wait=500_000)


@cases.keeps("transaction_repeated", "transaction_reused", "check_repeated")
def same_request_again_over_udp(scene):
    """RFC 8489 6.2.1: so it must be."""
    call = scene.over_udp()
    call.allocate()
    call.control.client(permission(call, "p"))
    call.control.client(permission(call, "p"), wait=500_000)
    call.control.server(permitted(call, "p"))


@cases.breaks("transaction_reused")
def other_method_with_the_same_id(scene):
    """M3."""
    call = scene.relayed()
    call.allocate()
    call.control.client(refresh(call, "same"))
    call.control.server(refreshed(call, "same"))
    return call.control.client(permission(call, "same"))


@cases.breaks("transaction_reused")
def other_bytes_with_the_same_id_over_udp(scene):
    call = scene.over_udp()
    call.allocate()
    call.control.client(refresh(call, "same"))
    return call.control.client(refresh(call, "same", lifetime=1200), wait=500_000)


@cases.keeps("transaction_reused", "transaction_repeated")
def counter_of_transmissions(scene):
    """RFC 7982: TRANSACTION_TRANSMIT_COUNTER says how often a Binding request was sent."""
    call = scene.direct(udp=True).connected()
    for number in (1, 2):
        attributes = [(Attribute.PRIORITY, bytes(4)), (Attribute.ICE_CONTROLLING, bytes(8)), (Attribute.USERNAME, b"here:there"),
                      (0x8025, bytes([0, 0, number, 0]))]
        call.pass_on(PEER, call.message(Method.BINDING, Class.REQUEST, "counted", *attributes, key=b"password"), "counted")
    call.answer(CLIENT, "counted")


@cases.breaks("check_repeated", session=False, pair=True)
def check_again_on_tcp(scene):
    """I16."""
    call = scene.direct().connected()
    call.check(PEER, "same")
    again, _ = call.check(PEER, "same", wait=500_000)
    call.answer(CLIENT, "same")
    return again


@cases.keeps("check_repeated")
def check_again_over_udp(scene):
    call = scene.direct(udp=True).connected()
    call.check(PEER, "same")
    call.check(PEER, "same", wait=500_000)
    call.answer(CLIENT, "same")


def nominate_with_the_same_id(scene, udp: bool) -> None:
    call = scene.direct(udp).connected()
    call.checked(PEER, "first")
    call.checked(CLIENT, "back")
    call.checked(PEER, "first", nominate=True)


@cases.keeps("transaction_reused", "transaction_repeated", "never_nominated", "nominated_early", verdict="nominated")
def nomination_with_the_id_of_a_check(scene):
    """microsoft.md 7.5: so Skype nominates. It is the nomination all the same."""
    nominate_with_the_same_id(scene, udp=False)


@cases.keeps("transaction_reused", "transaction_repeated", "never_nominated", "nominated_early", verdict="nominated")
def nomination_with_the_id_of_a_check_over_udp(scene):
    nominate_with_the_same_id(scene, udp=True)


# ---- the relay, and what was captured ----


@cases.breaks("lost_in_relay", pair=True, also={"response_overdue", "responses_one_way"})
def check_that_does_not_leave_the_relay(scene):
    call = scene.relayed().connected()
    call.checked(PEER, "good")
    entered, _ = call.check(CLIENT, "dropped", lost=True)
    scene.wait(5)
    return entered


@cases.keeps("lost_in_relay")
def check_at_the_end_of_the_capture(scene):
    """What entered at last has not had the time to leave."""
    call = scene.relayed().connected()
    call.checked(PEER, "good")
    call.check(CLIENT, "last", lost=True)


@cases.breaks("one_sided")
def only_what_the_client_sent(scene):
    """microsoft.md 8.3 A2, ietf.md 8: say that one direction only was captured, not that nobody answers."""
    call = scene.relayed()
    call.control = scene.capture.connection(call.ends.client, call.ends.server, handshake=False)
    call.control.packet(True, SYN)
    call.control.packet(True, ACK)
    call.control.client(first_allocate(call))
    call.control.client(call.request(Method.ALLOCATE, "allocate", (Attribute.REQUESTED_TRANSPORT, turn.TCP)))
    call.control.client(permission(call, "permission"))
    call.control.client(refresh(call), wait=60_000_000)
    call.control.packet(True, FIN | ACK)
    scene.wait(60)


@cases.keeps("one_sided")
def server_that_does_not_answer_but_acknowledges(scene):
    call = scene.relayed()
    begin(call)
    call.control.client(first_allocate(call))
    call.control.packet(False, ACK)
    scene.wait(2)


@cases.keeps("one_sided", "no_response", "response_overdue")
def both_directions(scene):
    call = scene.relayed()
    call.allocate()
    call.release()


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
