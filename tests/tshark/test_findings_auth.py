"""Findings about credentials, challenges and redirects: RFC 8489 9.2 and 10; rules A1, A2, A6, A8, A10 and M10 of ietf.md 8.

What a case is says support/rule_cases.py.
"""

import pytest
import stun
import turn
from case_calls import (allocate, allocated, begin, challenge, challenged, credentials, first_allocate, peer_of, permission, permitted,
                        refresh, refreshed, refusal)
from relayed_call import CLIENT, PEER
from rule_cases import Cases
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN

ALTERNATE_SERVER = 0x8023  # RFC 8489 14.15
NEW_NONCE = b"second nonce 456"
cases = Cases()


# ---- challenges: A1, A2 ----


@cases.breaks("auth_loop")
def wrong_password(scene):
    """A1: 401 to a request that had MESSAGE-INTEGRITY."""
    call = scene.relayed()
    challenged(call)
    call.control.client(allocate(call))
    return call.control.server(challenge(call, Method.ALLOCATE, "allocate"))


@cases.breaks("auth_loop")
def refused_later(scene):
    """Not only Allocate is refused: a time-limited user name expires."""
    call = scene.relayed()
    call.allocate()
    call.control.client(refresh(call))
    return call.control.server(challenge(call, Method.REFRESH, "refresh"))


@cases.keeps("auth_loop", "auth_given_up")
def first_challenge(scene):
    """A1: "First 401 alone is normal"."""
    call = scene.relayed()
    call.allocate()
    scene.wait(20)


@cases.breaks("auth_given_up")
def nothing_for_5_1_s_after_401(scene):
    """A2: no request with MESSAGE-INTEGRITY within 5 s."""
    call = scene.relayed()
    frame = challenged(call)
    scene.wait(5.1)
    return frame


@cases.breaks("auth_given_up")
def closed_after_401(scene):
    """The connection ended first."""
    call = scene.relayed()
    frame = challenged(call)
    scene.wait(1)
    call.control.close()
    return frame


@cases.breaks("auth_given_up")
def asks_without_credentials_again(scene):
    """A2: what follows has no MESSAGE-INTEGRITY either. The finding belongs to one of the challenges."""
    call = scene.relayed()
    first = challenged(call)
    call.control.client(first_allocate(call, "again"))
    second = call.control.server(challenge(call, Method.ALLOCATE, "again"))
    scene.wait(5.1)
    return first, second


@cases.keeps("auth_given_up")
def nothing_for_4_9_s_after_401(scene):
    call = scene.relayed()
    challenged(call)
    scene.wait(4.9)


@cases.keeps("auth_given_up")
def credentials_after_4_9_s(scene):
    """Somebody typed a password."""
    call = scene.relayed()
    challenged(call)
    scene.wait(4.9)
    call.control.client(allocate(call))
    call.control.server(allocated(call))
    scene.wait(10)


# ---- realm and user: A6, A8 ----


@cases.breaks("realm_wrong")
def realm_of_another_server(scene):
    """A6."""
    call = scene.relayed()
    call.allocate()
    return call.control.client(permission(call, "p", *credentials(realm="elsewhere.example")))


@cases.breaks("realm_wrong")
def realm_in_another_case(scene):
    """RFC 8489 14.9: it is compared as it is."""
    call = scene.relayed()
    challenged(call)
    return call.control.client(allocate(call, "allocate", *credentials(realm=turn.REALM.lower())))


@cases.keeps("realm_wrong")
def realm_that_the_server_changed(scene):
    """A6: that of the last 401 or 438."""
    call = scene.relayed()
    call.allocate()
    call.control.client(permission(call, "old"))
    call.control.server(challenge(call, Method.CREATE_PERMISSION, "old", 438, NEW_NONCE, realm="new.example"))
    call.control.client(permission(call, "new", *credentials(realm="new.example", nonce=NEW_NONCE)))
    call.control.server(permitted(call, "new"))


@cases.breaks("user_changed")
def another_user_than_in_allocate(scene):
    """A8."""
    call = scene.relayed()
    call.allocate()
    return call.control.client(permission(call, "p", *credentials(user="somebody")))


@cases.keeps("user_changed", also={"auth_loop"})
def another_user_after_the_first_was_refused(scene):
    """A8: the user of the Allocate is the one that got the allocation."""
    call = scene.relayed()
    challenged(call)
    call.control.client(allocate(call, "wrong", *credentials(user="wrong")))
    call.control.server(challenge(call, Method.ALLOCATE, "wrong"))
    call.control.client(allocate(call))
    call.control.server(allocated(call))
    call.permit()


# ---- MESSAGE-INTEGRITY: M10 ----


@cases.breaks("integrity_missing")
def request_without_integrity_after_401(scene):
    """M10."""
    call = scene.relayed()
    call.allocate()
    return call.control.client(call.message(Method.CREATE_PERMISSION, Class.REQUEST, "p", peer_of(call, "p"), key=None))


@cases.breaks("integrity_missing")
def success_without_integrity(scene):
    """M10: or the answer to an authenticated request; RFC 8489 9.2.4: the client drops it."""
    call = scene.relayed()
    call.allocate()
    call.control.client(permission(call, "p"))
    return call.control.server(call.message(Method.CREATE_PERMISSION, Class.SUCCESS, "p", key=None))


@cases.keeps("integrity_missing")
def indications_without_integrity(scene):
    """RFC 8489 9.2: indications are never authenticated this way; sheet 1.4."""
    call = scene.wrapped().connected()
    call.pass_on(CLIENT, turn.rtp(1), "up")
    call.pass_on(PEER, turn.rtp(1), "down")


@cases.keeps("integrity_missing")
def refusal_without_integrity(scene):
    """RFC 8489 9.2.4: a server that has no key cannot make one."""
    call = scene.relayed()
    call.allocate()
    call.control.client(permission(call, "p"))
    call.control.server(challenge(call, Method.CREATE_PERMISSION, "p", 438, NEW_NONCE))
    call.control.client(permission(call, "new", *credentials(nonce=NEW_NONCE)))
    call.control.server(permitted(call, "new"))


@cases.keeps("integrity_missing")
def binding_request_on_the_control_connection(scene):
    """RFC 8489 10: Binding needs no credentials where a server does not ask for them."""
    call = scene.relayed()
    call.allocate()
    call.control.client(call.message(Method.BINDING, Class.REQUEST, "reflexive", key=None))
    call.control.server(call.message(Method.BINDING, Class.SUCCESS, "reflexive",
                                     call.address(Attribute.XOR_MAPPED_ADDRESS, call.ends.client, "reflexive"), key=None))


# ---- redirects: A10 ----


def redirected(scene):
    """A call, and the frame of the 300."""
    call = scene.relayed()
    begin(call)
    call.control.client(first_allocate(call))
    alternate = ALTERNATE_SERVER, stun.address(elsewhere(scene)[0], 3478)
    return call, call.control.server(refusal(call, Method.ALLOCATE, "challenge", 300, alternate))


def elsewhere(scene) -> tuple[str, int]:
    return scene.ends.server[0].replace("10.20.", "10.24."), 3478


@cases.breaks("redirect_ignored", also={"redirected"})
def alternate_server_not_contacted_for_5_1_s(scene):
    """A10: the target is never contacted; the time is that of A2."""
    _, frame = redirected(scene)
    scene.wait(5.1)
    return frame


@cases.breaks("redirect_ignored", also={"redirected"})
def alternate_server_not_contacted_before_the_end(scene):
    call, frame = redirected(scene)
    call.control.packet(True, FIN | ACK)
    scene.wait(5.1)
    return frame


@cases.keeps("redirect_ignored", also={"redirected"})
def alternate_server_not_contacted_for_4_9_s(scene):
    redirected(scene)
    scene.wait(4.9)


@cases.keeps("redirect_ignored", also={"redirected"})
def alternate_server_contacted(scene):
    call, _ = redirected(scene)
    call.control.close()
    call.control = call.connection((call.ends.client[0], 40001), elsewhere(scene))
    call.control.client(first_allocate(call, "there"))
    call.control.server(challenge(call, Method.ALLOCATE, "there"))
    call.control.client(allocate(call))
    call.control.server(allocated(call))
    call.control.client(refresh(call))
    call.control.server(refreshed(call))
    scene.wait(20)


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
