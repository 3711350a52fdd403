"""Findings about TCP connections: rule F7 of ietf.md 8.1, T1 and T9 of microsoft.md 8.1.

What a case is says support/rule_cases.py.
"""

import msturn_messages as ms
import pytest
from case_calls import peer_of
from msturn_messages import noise
from rule_cases import Cases
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST, SYN

HELLO = ms.client_hello(0x5A5A1234, noise("client random", 28))
HELLO_ANSWER = ms.server_hello(0x5A5A5678, noise("server random", 28), noise("session id", 32))
cases = Cases()


# ---- connections that do not come about: F7 ----


@cases.breaks("connection_refused", pair=True)
def relayed_address_refuses(scene):
    """F7: RST instead of SYN, ACK."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    outside = scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    syn = outside.packet(True, SYN)
    outside.packet(False, RST | ACK)
    return syn


@cases.breaks("connection_refused", pair=True)
def relayed_address_does_not_answer(scene):
    """F7: SYN unanswered; sheet 8: 3 s."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    syn = scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False).packet(True, SYN)
    scene.wait(3.1)
    return syn


@cases.breaks("connection_refused", pair=True)
def relayed_address_does_not_answer_twice(scene):
    """RFC 6298 section 2: who repeats a SYN has waited for a second."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    outside = scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    syn = outside.packet(True, SYN)
    outside.packet(True, SYN, at=-1, wait=1_000_000)
    return syn


@cases.keeps("connection_refused")
def relayed_address_is_mirrored(scene):
    """The same SYN twice, as a mirrored port shows it."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    outside = scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    outside.packet(True, SYN)
    outside.packet(True, SYN, at=-1, wait=1000)
    scene.wait(1)


@cases.keeps("connection_refused")
def relayed_address_was_given_back(scene):
    """Nobody listens any more, and no answer is due."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False).packet(True, SYN)
    scene.wait(2)
    call.release()
    scene.wait(10)


@cases.breaks("connection_refused", session=False)
def server_refuses_the_data_connection(scene):
    """F7: server port."""
    call = scene.relayed()
    call.allocate()
    data = scene.capture.connection(call.ends.data, call.ends.server, handshake=False)
    syn = data.packet(True, SYN)
    data.packet(False, RST | ACK)
    return syn


@cases.breaks("connection_refused", session=False)
def server_does_not_answer_the_data_connection(scene):
    call = scene.relayed()
    call.allocate()
    syn = scene.capture.connection(call.ends.data, call.ends.server, handshake=False).packet(True, SYN)
    scene.wait(3.1)
    return syn


@cases.keeps("connection_refused")
def relayed_address_has_2_9_s(scene):
    call = scene.relayed()
    call.allocate()
    call.permit()
    scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False).packet(True, SYN)
    scene.wait(2.9)


@cases.keeps("connection_refused")
def answered_at_the_second_try(scene):
    """A SYN was lost on the way."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    outside = scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    outside.packet(True, SYN)
    outside.packet(True, SYN, at=-1, wait=1_000_000)
    outside.packet(False, SYN | ACK)
    outside.packet(True, ACK)
    attempt = (Attribute.CONNECTION_ID, call.connection_id), peer_of(call, "attempt")
    call.control.server(call.message(Method.CONNECTION_ATTEMPT, Class.INDICATION, "attempt", *attempt, key=None))
    call.bind()
    call.outside = outside
    call.nominated()
    scene.wait(10)


@cases.keeps("connection_refused")
def reset_after_it_had_worked(scene):
    call = scene.relayed().connected()
    call.nominated()
    call.outside.packet(True, RST | ACK)
    call.data.packet(False, FIN | ACK)


# ---- connections on which no message comes; test_silent.py has more ----


@cases.breaks("server_silent", session=False)
def server_accepts_and_closes(scene):
    call = scene.relayed()
    call.allocate()
    data = scene.capture.connection(call.ends.data, call.ends.server)
    data.packet(False, FIN | ACK)
    return data.capture.frames - 3


@cases.keeps("server_silent")
def client_opens_and_closes(scene):
    call = scene.relayed()
    call.allocate()
    scene.capture.connection(call.ends.data, call.ends.server).packet(True, FIN | ACK)


# ---- sessions of [MS-TURN] that end with their connection: T9 ----


@cases.breaks("reset_live")
def server_resets(scene):
    """T9: RST without a Lifetime-0 Allocate. The last message or the end shows it."""
    call = scene.microsoft()
    call.open()
    call.challenge()
    _, granted = call.allocate()
    return granted, call.line.packet(False, RST | ACK, wait=20_000_000)


@cases.breaks("reset_live")
def client_closes(scene):
    """T9: or FIN, of whichever side."""
    call = scene.microsoft()
    call.open()
    call.challenge()
    _, granted = call.allocate()
    return granted, call.line.packet(True, FIN | ACK, wait=20_000_000)


@cases.keeps("reset_live", "not_released")
def client_closes_after_release(scene):
    call = scene.microsoft().connected()
    call.release()
    call.line.close()


# ---- pseudo-TLS: T1 ----


@cases.breaks("pseudo_tls_unanswered", session=False)
def hello_unanswered_for_3_1_s(scene):
    """T1: no record within e.g. 3 s."""
    call = scene.microsoft(server_port=443)
    call.open()
    frame = call.line.client(HELLO)
    call.line.packet(False, ACK)
    scene.wait(3.1)
    return frame


@cases.breaks("pseudo_tls_unanswered", session=False)
def hello_answered_with_reset(scene):
    """T1: or FIN or RST follows."""
    call = scene.microsoft(server_port=443)
    call.open()
    frame = call.line.client(HELLO)
    call.line.packet(False, RST | ACK)
    return frame


@cases.keeps("pseudo_tls_unanswered")
def hello_unanswered_for_2_9_s(scene):
    call = scene.microsoft(server_port=443)
    call.open()
    call.line.client(HELLO)
    call.line.packet(False, ACK)
    scene.wait(2.8)


@cases.keeps("pseudo_tls_unanswered")
def hello_answered(scene):
    call = scene.microsoft(server_port=443)
    call.open()
    call.line.client(HELLO)
    call.line.server(HELLO_ANSWER)
    call.challenge()
    scene.wait(4)


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
