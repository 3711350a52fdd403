"""Findings about nonces: RFC 8489 9.2.4 and 9.2.5; rules A4, A5 and A7 of ietf.md 8.3.

What a case is says support/rule_cases.py.
"""

import pytest
import turn
from case_calls import challenge, credentials, permission, permitted
from rule_cases import Cases
from stun import Attribute, Class, Method

NONCES = [turn.NONCE, b"second nonce 456", b"third nonce 7890", b"fourth nonce 123"]
cases = Cases()


# ---- nonces: A4, A5, A7 ----


def stale(call, label: str, nonce: bytes) -> int:
    return call.control.server(challenge(call, Method.CREATE_PERMISSION, label, 438, nonce))


def ask(call, label: str, nonce: bytes, wait: float = 0.01) -> int:
    return call.control.client(permission(call, label, *credentials(nonce=nonce)), wait=round(wait * 1e6))


@cases.breaks("nonce_ignored")
def nothing_for_5_1_s_after_438(scene):
    """A4: after 438 no new request."""
    call = scene.relayed()
    call.allocate()
    ask(call, "old", NONCES[0])
    frame = stale(call, "old", NONCES[1])
    scene.wait(5.1)
    return frame


@cases.breaks("nonce_ignored")
def old_nonce_again_after_438(scene):
    """A4: or one with the old nonce. Request or answer shows it."""
    call = scene.relayed()
    call.allocate()
    ask(call, "old", NONCES[0])
    stale(call, "old", NONCES[1])
    again = ask(call, "again", NONCES[0])
    return again, stale(call, "again", NONCES[2])


@cases.keeps("nonce_ignored", "nonce_foreign", "nonce_storm")
def new_nonce_after_438(scene):
    call = scene.relayed()
    call.allocate()
    ask(call, "old", NONCES[0])
    stale(call, "old", NONCES[1])
    ask(call, "new", NONCES[1], wait=4.9)
    call.control.server(permitted(call, "new"))
    scene.wait(10)


@cases.keeps("nonce_ignored", "nonce_foreign", "nonce_storm")
def two_requests_on_the_way_when_the_nonce_goes_stale(scene):
    """Both were sent before the first 438 came."""
    call = scene.relayed()
    call.allocate()
    ask(call, "one", NONCES[0])
    ask(call, "two", NONCES[0])
    stale(call, "one", NONCES[1])
    stale(call, "two", NONCES[1])
    for label in ("three", "four"):
        ask(call, label, NONCES[1])
        call.control.server(permitted(call, label))
    scene.wait(10)


@cases.breaks("nonce_storm")
def three_stale_nonces_in_a_row(scene):
    """A5: 438 to every request, though the client takes each nonce."""
    call = scene.relayed()
    call.allocate()
    for old, new in zip(NONCES, NONCES[1:]):
        ask(call, new.decode(), old)
        frame = stale(call, new.decode(), new)
    return frame


@cases.breaks("nonce_storm")
def stale_nonce_every_30_s(scene):
    """A5: or more often than every 60 s."""
    call = scene.relayed()
    call.allocate()
    frames = []
    for old, new in zip(NONCES, NONCES[1:]):
        ask(call, new.decode(), old, wait=30)
        frames.append(stale(call, new.decode(), new))
        ask(call, "with " + new.decode(), new)
        call.control.server(permitted(call, "with " + new.decode()))
    return frames[1:]


@cases.keeps("nonce_storm")
def stale_nonce_every_61_s(scene):
    call = scene.relayed()
    call.allocate()
    for old, new in zip(NONCES, NONCES[1:]):
        ask(call, new.decode(), old, wait=61)
        stale(call, new.decode(), new)
        ask(call, "with " + new.decode(), new)
        call.control.server(permitted(call, "with " + new.decode()))


@cases.breaks("nonce_foreign")
def nonce_of_another_server(scene):
    """A7: never issued on this connection."""
    call = scene.relayed()
    call.allocate()
    return ask(call, "foreign", b"of another server")


@cases.breaks("nonce_foreign")
def bind_with_a_foreign_nonce(scene):
    """A7: nor (bind) on the control connection."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    call.peer_connects()
    data = call.connection(call.ends.data, call.ends.server)
    attributes = [(Attribute.CONNECTION_ID, call.connection_id), *credentials(nonce=b"of another server")]
    return data.client(call.message(Method.CONNECTION_BIND, Class.REQUEST, "bind", *attributes))


@cases.keeps("nonce_foreign")
def bind_with_the_nonce_of_the_control_connection(scene):
    scene.relayed().connected()


@cases.keeps("nonce_foreign", also={"nonce_ignored", "nonce_storm"})
def nonce_before_the_last(scene):
    """A7: it was issued on this connection, though it is stale."""
    call = scene.relayed()
    call.allocate()
    for old, new in zip(NONCES[:2], NONCES[1:3]):
        ask(call, new.decode(), old)
        stale(call, new.decode(), new)
    ask(call, "good", NONCES[2])
    call.control.server(permitted(call, "good"))
    ask(call, "first nonce", NONCES[0])


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
