"""Findings about allocations: RFC 8656 7 and 8; rules L3, L9, L11 and F6 of ietf.md 8, T9 of microsoft.md 8.1.

What a case is says support/rule_cases.py.
"""

import pytest
import stun
import turn
from case_calls import allocate, allocated, challenged, peer_of, permit_again, refresh, refusal
from rule_cases import Cases
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST

CHANNEL = 0x4001
cases = Cases()


# ---- lifetime: L3 ----


@cases.breaks("allocation_expired")
def no_refresh_for_61_s_of_60(scene):
    """L3: now > last success + LIFETIME while the connection lives."""
    call = scene.relayed()
    granted = call.allocate(lifetime=60)
    scene.wait(61)
    return granted


@cases.breaks("allocation_expired")
def no_second_refresh(scene):
    """It counts from the last success (sheet 6)."""
    call = scene.relayed()
    call.allocate(lifetime=60)
    _, granted = call.refresh(lifetime=60, wait=50_000_000)
    scene.wait(61)
    return granted


@cases.breaks("allocation_expired", also={"refresh_mismatch"})
def refresh_after_61_s_of_60(scene):
    """The refresh that came too late shows it, or the grant that ran out."""
    call = scene.relayed()
    granted = call.allocate(lifetime=60)
    asked = call.control.client(refresh(call), wait=61_000_000)
    call.control.server(refusal(call, Method.REFRESH, "refresh", 437))
    return granted, asked


@cases.breaks("allocation_expired")
def data_after_61_s_of_60_over_udp(scene):
    """Over UDP nothing shows that the client lives, but what it sends does."""
    call = scene.over_udp()
    granted = call.allocate(lifetime=60)
    permit_again(call)
    attributes = peer_of(call, "send"), (Attribute.DATA, turn.rtp())
    return granted, call.control.client(call.message(Method.SEND, Class.INDICATION, "send", *attributes, key=None), wait=61_000_000)


@cases.keeps("allocation_expired", "refresh_late")
def refreshed_in_time(scene):
    call = scene.relayed()
    call.allocate(lifetime=60)
    call.refresh(lifetime=60, wait=50_000_000)
    scene.wait(59)


@cases.keeps("allocation_expired")
def connection_ended_before(scene):
    call = scene.relayed()
    call.allocate(lifetime=60)
    scene.wait(59)
    call.control.close()
    scene.wait(60)


@cases.keeps("allocation_expired")
def released_before(scene):
    call = scene.relayed()
    call.allocate(lifetime=60)
    call.release()
    scene.wait(120)


@cases.keeps("allocation_expired")
def silence_over_udp(scene):
    """The client may have gone."""
    call = scene.over_udp()
    call.allocate(lifetime=60)
    scene.wait(120)


@cases.breaks("refresh_late")
def refresh_after_541_s_of_600(scene):
    """L3: in the last tenth."""
    call = scene.relayed()
    call.allocate(lifetime=600)
    asked, _ = call.refresh(wait=541_000_000)
    return asked


@cases.keeps("refresh_late")
def refresh_after_539_s_of_600(scene):
    call = scene.relayed()
    call.allocate(lifetime=600)
    call.refresh(wait=539_000_000)


@cases.breaks("refresh_misplaced", also={"turn_after_bind"})
def refresh_on_a_data_connection(scene):
    """L3; RFC 6062 4.2."""
    call = scene.relayed().connected()
    return call.data.client(refresh(call))


@cases.keeps("refresh_misplaced", "turn_after_bind")
def refresh_beside_a_data_connection(scene):
    call = scene.relayed().connected()
    call.refresh()


# ---- what the server sees: L9 ----


@cases.breaks("reflexive_differs")
def client_behind_a_nat(scene):
    """L9."""
    call = scene.relayed()
    challenged(call)
    call.control.client(allocate(call))
    return call.control.server(allocated(call, mapped=("10.25.0.1", 1025)))


@cases.breaks("reflexive_differs")
def client_behind_a_nat_that_changes_ports_only(scene):
    call = scene.relayed()
    challenged(call)
    call.control.client(allocate(call))
    return call.control.server(allocated(call, mapped=(call.ends.client[0], 1025)))


@cases.keeps("reflexive_differs", "reflexive_changed")
def client_without_a_nat(scene):
    scene.relayed().allocate()


# ---- the control connection: L11, F6, T9 ----


@cases.breaks("not_released")
def client_closes_without_release(scene):
    """L11. The last message or the end of the connection shows it."""
    call = scene.relayed()
    granted = call.allocate()
    return granted, call.control.packet(True, FIN | ACK)


@cases.keeps("not_released", "reset_live")
def client_closes_after_release(scene):
    call = scene.relayed()
    call.allocate()
    call.release()


@cases.breaks("reset_live")
def server_resets_the_control_connection(scene):
    """T9; sheet 5.4: the allocation is lost with it."""
    call = scene.relayed()
    granted = call.allocate()
    return granted, call.control.packet(False, RST | ACK, wait=20_000_000)


@cases.breaks("reset_live")
def server_closes_the_control_connection(scene):
    call = scene.relayed()
    granted = call.allocate()
    return granted, call.control.packet(False, FIN | ACK, wait=20_000_000)


@cases.keeps("reset_live", "not_released")
def server_closes_after_release(scene):
    call = scene.relayed()
    call.allocate()
    call.refresh("release", lifetime=0)
    call.control.packet(False, RST | ACK)


def data_on_control(call, what: str) -> int:
    peer, packet = peer_of(call, what), (Attribute.DATA, turn.rtp())
    number = (Attribute.CHANNEL_NUMBER, CHANNEL.to_bytes(2, "big") + bytes(2))
    if what == "send":
        return call.control.client(call.message(Method.SEND, Class.INDICATION, what, peer, packet, key=None))
    if what == "data":
        return call.control.server(call.message(Method.DATA, Class.INDICATION, what, peer, packet, key=None))
    if what == "bind":
        return call.control.client(call.request(Method.CHANNEL_BIND, what, number, peer))
    return call.control.client(stun.channel_data(CHANNEL, turn.rtp()))


def on_tcp_allocation(scene, what: str) -> int:
    call = scene.relayed()
    call.allocate()
    call.permit()
    return data_on_control(call, what)


@cases.breaks("data_on_control")
def send_on_the_control_connection(scene):
    """F6."""
    return on_tcp_allocation(scene, "send")


@cases.breaks("data_on_control")
def data_on_the_control_connection(scene):
    return on_tcp_allocation(scene, "data")


@cases.breaks("data_on_control")
def channel_data_on_the_control_connection(scene):
    return on_tcp_allocation(scene, "channel")


@cases.keeps("data_on_control")
def udp_allocation_on_tcp(scene):
    """RFC 8656: there all of them belong on the only connection."""
    call = scene.wrapped(CHANNEL).connected()
    for what in ("send", "data", "channel"):
        data_on_control(call, what)


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
