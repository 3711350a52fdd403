"""Findings about permissions: RFC 8656 9; rules L5 and L6 of ietf.md 8.4.

What a case is says support/rule_cases.py.
"""

import pytest
import turn
from case_calls import peer_of, permission, permit_again, permitted, refusal
from rule_cases import Cases
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST

CHANNEL = 0x4001
cases = Cases()


# ---- permissions: L5, L6 ----


def send(call, label: str = "send", wait: float = 0.01) -> int:
    """A Send indication with a packet."""
    attributes = peer_of(call, label), (Attribute.DATA, turn.rtp())
    return call.control.client(call.message(Method.SEND, Class.INDICATION, label, *attributes, key=None), wait=round(wait * 1e6))


def connected_and_thrown_out(call, flags: int = RST | ACK) -> tuple[int, ...]:
    """L5: SYN, handshake, immediate FIN or RST, no ConnectionAttempt. Returns all frames."""
    first = call.capture.frames + 1
    outside = call.connection(call.ends.peer, call.ends.relayed)
    last = outside.packet(False, flags)
    return tuple(range(first, last + 1))


@cases.breaks("permission_missing")
def send_without_permission(scene):
    """L5."""
    call = scene.wrapped()
    call.allocate()
    return send(call)


@cases.keeps("permission_missing", also={"forbidden"})
def send_after_a_refused_permission(scene):
    """It is told with the refusal, from which it follows."""
    call = scene.wrapped()
    call.allocate()
    call.control.client(permission(call, "p"))
    call.control.server(refusal(call, Method.CREATE_PERMISSION, "p", 403))
    return send(call)


@cases.breaks("permission_missing")
def send_to_another_host_than_permitted(scene):
    call = scene.wrapped()
    call.allocate()
    call.control.client(permission(call, "p", peer=("10.23.0.1", 53577)))
    call.control.server(permitted(call, "p"))
    return send(call)


@cases.breaks("permission_missing", pair=True, also={"pair_unfinished"})
def peer_reset_without_permission(scene):
    call = scene.relayed()
    call.allocate()
    return connected_and_thrown_out(call)


@cases.breaks("permission_missing", pair=True, also={"pair_unfinished"})
def peer_closed_without_permission(scene):
    call = scene.relayed()
    call.allocate()
    return connected_and_thrown_out(call, FIN | ACK)


@cases.keeps("permission_missing", "permission_expired")
def asked_for_in_the_same_breath(scene):
    """On TCP a server does one thing after the other: CreatePermission, Send, and then the answer."""
    call = scene.wrapped()
    call.allocate()
    call.control.client(permission(call, "p"))
    send(call)
    call.control.server(permitted(call, "p"))


@cases.keeps("permission_missing")
def one_request_for_two_peers(scene):
    """RFC 8656 10.1."""
    call = scene.wrapped()
    call.allocate()
    call.exchange(Method.CREATE_PERMISSION, "p", peer_of(call, "p", ("10.23.0.1", 0)), peer_of(call, "p"))
    send(call)


@cases.keeps("permission_missing")
def other_port_of_the_same_host(scene):
    """RFC 8656 9: ports do not count."""
    call = scene.wrapped()
    call.allocate()
    call.control.client(permission(call, "p", peer=(call.ends.peer[0], 9)))
    call.control.server(permitted(call, "p"))
    send(call)


@cases.keeps("permission_missing")
def channel_instead_of_permission(scene):
    """Sheet 6: ChannelBind gives one too."""
    call = scene.wrapped(CHANNEL)
    call.allocate()
    call.bind_channel()
    send(call)


@cases.keeps("permission_missing", "permission_expired", also={"pair_unfinished"})
def peer_reset_with_permission(scene):
    """It has another reason."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    connected_and_thrown_out(call)


@cases.keeps("permission_missing", "attempt_without_permission")
def allocation_that_was_not_captured(scene):
    """Nobody knows what was permitted before."""
    call = scene.relayed()
    call.control = scene.capture.connection(call.ends.client, call.ends.server, handshake=False)
    call.refresh()
    call.peer_connects()


@cases.breaks("permission_expired")
def send_301_s_after_permission(scene):
    """L6: 300 s."""
    call = scene.wrapped()
    call.allocate(lifetime=3600)
    call.permit()
    return send(call, wait=301)


@cases.breaks("permission_expired", pair=True, also={"pair_unfinished"})
def peer_reset_301_s_after_permission(scene):
    call = scene.relayed()
    call.allocate(lifetime=3600)
    call.permit()
    scene.wait(301)
    return connected_and_thrown_out(call)


@cases.keeps("permission_expired", "permission_missing")
def send_299_s_after_permission(scene):
    call = scene.wrapped()
    call.allocate(lifetime=3600)
    call.permit()
    send(call, wait=299)


@cases.keeps("permission_expired", "permission_missing")
def renewed_permission(scene):
    call = scene.wrapped()
    call.allocate(lifetime=3600)
    call.permit()
    scene.wait(299)
    permit_again(call)
    send(call, wait=299)


@cases.keeps("permission_expired", "permission_missing", also={"request_refused"})
def renewal_that_failed(scene):
    """The permission that there was goes on until its time is up."""
    call = scene.wrapped()
    call.allocate(lifetime=3600)
    call.permit()
    call.control.client(permission(call, "again"), wait=200_000_000)
    call.control.server(refusal(call, Method.CREATE_PERMISSION, "again", 500))
    send(call, wait=90)


# ---- channels: RFC 8656 12 ----


def over_a_channel(scene):
    call = scene.wrapped(CHANNEL)
    call.allocate(lifetime=3600)
    call.bind_channel()
    return call


@cases.breaks("channel_expired")
def channel_data_601_s_after_the_binding(scene):
    """A binding lasts 600 s; that is told once."""
    call = over_a_channel(scene)
    frame, _ = call.pass_on(True, turn.rtp(), "late", wait=601_000_000)
    call.pass_on(True, turn.rtp(), "later")
    return frame


@cases.keeps("channel_expired")
def channel_data_599_s_after_the_binding(scene):
    over_a_channel(scene).pass_on(True, turn.rtp(), "just in time", wait=599_000_000)


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
