"""Findings about MESSAGE-INTEGRITY where a password is known: RFC 8489 9.1.3, 9.2.4 and 14.5; rule M9 of ietf.md 8.

What a case is says support/rule_cases.py, which also has the passwords.
"""

import pytest
import stun
import turn
from case_calls import begin, challenge, refusal, seconds
from relayed_call import CLIENT, PEER
from rule_cases import ICE_PASSWORDS, PASSWORDS, Cases
from stun import Attribute, Class, Method

WRONG = "another password"
cases = Cases()
WRONG_PASSWORD = "The password is wrong: the request is signed with another one than the one known."


# ---- TURN ----


def allocate(call, password: str, user: str = "signer") -> int:
    """Challenge, and Allocate as this user with this password."""
    begin(call)
    names = [(Attribute.USERNAME, user.encode()), (Attribute.REALM, turn.REALM.encode()), (Attribute.NONCE, turn.NONCE)]
    key = stun.long_term_key(user, turn.REALM, password)
    wish = (Attribute.REQUESTED_TRANSPORT, call.requested_transport)
    call.control.client(call.message(Method.ALLOCATE, Class.REQUEST, "challenge", wish, key=None))
    call.control.server(challenge(call, Method.ALLOCATE, "challenge"))
    return call.control.client(call.message(Method.ALLOCATE, Class.REQUEST, "allocate", wish, *names, key=key))


def allocated(call, password: str, user: str = "signer") -> int:
    relayed = call.address(Attribute.XOR_RELAYED_ADDRESS, call.ends.relayed, "allocate")
    mapped = call.address(Attribute.XOR_MAPPED_ADDRESS, call.ends.client, "allocate")
    key = stun.long_term_key(user, turn.REALM, password)
    return call.control.server(call.message(Method.ALLOCATE, Class.SUCCESS, "allocate", relayed, mapped, seconds(600), key=key))


@cases.breaks("integrity_bad", also={"auth_loop"}, advice=WRONG_PASSWORD)
def client_with_another_password(scene):
    call = scene.relayed()
    frame = allocate(call, WRONG)
    call.control.server(challenge(call, Method.ALLOCATE, "allocate"))
    return frame


@cases.breaks("integrity_bad")
def server_with_another_password(scene):
    """RFC 8489 9.2.5: the client discards what it cannot verify."""
    call = scene.relayed()
    allocate(call, PASSWORDS["signer"])
    return allocated(call, WRONG)


@cases.breaks("password_other")
def both_with_another_password(scene):
    call = scene.relayed()
    frame = allocate(call, WRONG, "mistaken")
    allocated(call, WRONG, "mistaken")
    return frame


@cases.breaks("password_refused", also={"auth_loop"})
def right_password_and_401(scene):
    call = scene.relayed()
    frame = allocate(call, PASSWORDS["signer"])
    call.control.server(challenge(call, Method.ALLOCATE, "allocate"))
    return frame


@cases.keeps("integrity_bad", "password_other", "password_refused")
def right_password(scene):
    call = scene.relayed()
    allocate(call, PASSWORDS["signer"])
    allocated(call, PASSWORDS["signer"])


@cases.keeps("integrity_bad", "password_refused", also={"no_capacity"})
def refused_for_something_else(scene):
    """486 comes after the server has verified the request."""
    call = scene.relayed()
    allocate(call, PASSWORDS["signer"])
    call.control.server(refusal(call, Method.ALLOCATE, "allocate", 486))


# ---- checks ----


def signed_check(call, sender: bool, password: str, label: str = "signed", receiver: bytes = b"rECv") -> tuple[int, int]:
    role = (Attribute.ICE_CONTROLLED if sender == CLIENT else Attribute.ICE_CONTROLLING, bytes(8))
    names = (Attribute.USERNAME, b"sEND:" + receiver if sender == CLIENT else receiver + b":sEND")
    priority = (Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF))
    packet = call.message(Method.BINDING, Class.REQUEST, label, priority, role, names, key=password.encode())
    return call.pass_on(sender, packet, label)


def refused(call, sender: bool, label: str = "signed") -> None:
    packet = refusal(call, Method.BINDING, label, 401)
    call.pass_on(sender, packet, f"refusal of {label}")


def answered(call, sender: bool, password: str, label: str = "signed") -> tuple[int, int]:
    asker = call.ends.relayed if sender == PEER else call.ends.peer
    mapped = call.address(Attribute.XOR_MAPPED_ADDRESS, asker, label)
    packet = call.message(Method.BINDING, Class.SUCCESS, label, mapped, key=password.encode())
    return call.pass_on(sender, packet, f"answer to {label}")


@cases.breaks("integrity_bad", also={"check_refused"}, most=2, advice=WRONG_PASSWORD)
def check_with_another_password(scene):
    call = scene.relayed().connected()
    frames = signed_check(call, PEER, WRONG)
    refused(call, CLIENT)
    return frames


@cases.breaks("integrity_bad", also={"check_refused"}, most=2,
              advice="Local and remote password are swapped: the sender of the check has to use the receiver's.")
def check_with_the_password_of_its_sender(scene):
    call = scene.relayed().connected()
    frames = signed_check(call, PEER, ICE_PASSWORDS["sEND"])
    refused(call, CLIENT)
    return frames


@cases.keeps("integrity_bad", "password_other", "password_refused", also={"check_refused"})
def checks_with_the_passwords_of_their_receivers(scene):
    call = scene.relayed().connected()
    signed_check(call, PEER, ICE_PASSWORDS["rECv"])
    answered(call, CLIENT, ICE_PASSWORDS["rECv"])
    signed_check(call, CLIENT, ICE_PASSWORDS["sEND"], "back")
    answered(call, PEER, ICE_PASSWORDS["sEND"], "back")


@cases.keeps("integrity_bad")
def another_password_and_answered_all_the_same(scene):
    """Not even the check that is lost proves anything then."""
    call = scene.relayed().connected()
    signed_check(call, PEER, WRONG, receiver=b"mISt")
    answered(call, CLIENT, WRONG)
    signed_check(call, CLIENT, ICE_PASSWORDS["sEND"], "back", receiver=b"mISt")
    answered(call, PEER, ICE_PASSWORDS["sEND"], "back")
    signed_check(call, PEER, WRONG, "again", receiver=b"mISt")


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
