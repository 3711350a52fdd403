"""Findings about the checks of a pair: RFC 8445 7 and 8; rules I1 to I5, I7 and M9 of ietf.md 8.

What a case is says support/rule_cases.py.
"""

import struct

import pytest
from case_calls import all_of, refuse_check, role_check
from kinds_due import early_check
from relayed_call import CLIENT, PEER
from rule_cases import Cases
from stun import Attribute

cases = Cases()


# ---- who checks: I1, I2, I3 ----


def one_way(scene, seconds: float) -> list[int]:
    frames = all_of(*scene.relayed().connected().checked(PEER, "first"))
    scene.wait(seconds)
    return frames


@cases.breaks("checks_one_way", pair=True)
def no_check_back_for_3_1_s(scene):
    """I1: none back 3 s after the first success."""
    return one_way(scene, 3.1)


@cases.keeps("checks_one_way")
def no_check_back_for_2_9_s(scene):
    one_way(scene, 2.9)


@cases.breaks("checks_one_way", pair=True)
def no_check_back_though_the_checks_go_on(scene):
    call = scene.relayed().connected()
    frames = [frame for number in range(5) for frame in all_of(*call.checked(PEER, f"check {number}", wait=1_000_000))]
    return frames


@cases.breaks("responses_one_way", pair=True, also={"response_overdue"})
def one_end_answers_and_the_other_does_not(scene):
    """I2."""
    call = scene.relayed().connected()
    call.checked(PEER, "first")
    frames = call.check(CLIENT, "back")
    scene.wait(5)
    return frames


@cases.keeps("responses_one_way")
def answer_after_2_s(scene):
    call = scene.relayed().connected()
    call.checked(PEER, "first")
    call.check(CLIENT, "back")
    call.answer(PEER, "back", wait=2_000_000)
    scene.wait(2)


@cases.keeps("responses_one_way", also={"check_refused"})
def refusal_is_an_answer(scene):
    call = scene.relayed().connected()
    call.checked(PEER, "first")
    call.check(CLIENT, "back")
    refuse_check(call, PEER, "back", 400)
    scene.wait(5)


@cases.breaks("never_checked", pair=True)
def nothing_for_3_1_s_after_the_bind(scene):
    """I3: no frame within 3 s."""
    call = scene.relayed()
    call.allocate()
    call.permit()
    call.peer_connects()
    frames = call.bind()
    scene.wait(3.1)
    return frames


@cases.keeps("never_checked")
def nothing_for_2_9_s_after_the_bind(scene):
    scene.relayed().connected()
    scene.wait(2.9)


@cases.keeps("never_checked")
def first_check_after_2_9_s(scene):
    call = scene.relayed().connected()
    scene.wait(2.9)
    call.nominated()
    scene.wait(10)


# ---- nomination: I4, I5 ----


@cases.breaks("nominated_early", pair=True)
def first_check_nominates(scene):
    """I4: USE-CANDIDATE before any success on the pair; forbidden with TCP."""
    call = scene.relayed().connected()
    frames = call.check(PEER, "first", nominate=True)
    call.answer(CLIENT, "first")
    call.checked(CLIENT, "back")
    return frames


@cases.breaks("nominated_early", session=False, pair=True)
def first_check_nominates_without_a_relay(scene):
    call = scene.direct().connected()
    frames = call.check(PEER, "first", nominate=True)
    call.answer(CLIENT, "first")
    call.checked(CLIENT, "back")
    return frames


@cases.keeps("nominated_early", "never_nominated", verdict="nominated")
def nomination_after_a_success(scene):
    scene.relayed().connected().nominated()
    scene.wait(10)


def valid_for(scene, seconds: float) -> list[int]:
    call = scene.relayed().connected()
    frames = all_of(*call.checked(PEER, "first"), *call.checked(CLIENT, "back"))
    scene.wait(seconds)
    return frames


@cases.breaks("never_nominated", pair=True, verdict="valid")
def valid_for_5_1_s_without_nomination(scene):
    """I5: both directions valid, no USE-CANDIDATE in 5 s."""
    return valid_for(scene, 5.1)


@cases.keeps("never_nominated", verdict="valid")
def valid_for_4_9_s_without_nomination(scene):
    valid_for(scene, 4.9)


# ---- roles: I7 ----


@cases.breaks("role_same", pair=True)
def both_control(scene):
    """I7: the same role from both ends."""
    call = scene.relayed().connected()
    frames = []
    for sender, label in ((PEER, "first"), (CLIENT, "back")):
        frames += [role_check(call, sender, label, Attribute.ICE_CONTROLLING), call.answer(not sender, label)]
    return all_of(*frames)


@cases.breaks("role_same", session=False, pair=True)
def both_are_controlled(scene):
    call = scene.direct().connected()
    frames = []
    for sender, label in ((PEER, "first"), (CLIENT, "back")):
        frames += [role_check(call, sender, label, Attribute.ICE_CONTROLLED), call.answer(not sender, label)]
    return all_of(*frames)


def refused_for_its_role(scene):
    """A call with a check in the wrong role, and 487."""
    call = scene.relayed().connected()
    role_check(call, PEER, "first", Attribute.ICE_CONTROLLING)
    call.answer(CLIENT, "first")
    role_check(call, CLIENT, "wrong", Attribute.ICE_CONTROLLING)
    refuse_check(call, PEER, "wrong", 487)
    return call


@cases.keeps("role_same", "role_kept", also={"role_conflict"}, verdict="nominated")
def role_changed_after_487(scene):
    """RFC 8445 7.3.1.1: so it is solved."""
    call = refused_for_its_role(scene)
    call.checked(CLIENT, "right")
    call.checked(PEER, "nomination", nominate=True)


@cases.breaks("role_kept", pair=True, also={"role_conflict", "role_same"})
def same_role_again_after_487(scene):
    """I7."""
    call = refused_for_its_role(scene)
    frames = role_check(call, CLIENT, "again", Attribute.ICE_CONTROLLING)
    refuse_check(call, PEER, "again", 487)
    return frames


@cases.keeps("role_kept", also={"role_conflict"})
def check_on_its_way_when_487_came(scene):
    """It was sent before."""
    call = scene.relayed().connected()
    role_check(call, PEER, "first", Attribute.ICE_CONTROLLING)
    call.answer(CLIENT, "first")
    for label in ("wrong", "on the way"):
        role_check(call, CLIENT, label, Attribute.ICE_CONTROLLING)
    for label in ("wrong", "on the way"):
        refuse_check(call, PEER, label, 487)
    call.checked(CLIENT, "right")
    call.checked(PEER, "nomination", nominate=True)


# ---- repeated checks ----


@cases.keeps("no_response", "never_nominated", verdict="nominated")
def nomination_is_another_check(scene):
    scene.relayed().connected().nominated()


@cases.keeps("no_response", "consent_lost", verdict="nominated")
def consent_every_5_s(scene):
    """RFC 7675 5.1: every 4 to 6 s, with a new id each."""
    call = scene.relayed().connected()
    call.nominated()
    for number in range(6):
        call.checked(CLIENT, f"consent {number}", wait=5_000_000)
        call.checked(PEER, f"consent back {number}")


# ---- framing ----


@cases.breaks("frame_length", pair=True)
def frame_that_says_4_bytes_more(scene):
    """RFC 4571 2: whoever gets it waits for the rest."""
    call = scene.relayed().connected()
    packet = early_check(call)
    framed = struct.pack("!H", len(packet) + 4) + packet
    frames = [call.outside.client(framed), call.data.server(framed)]
    scene.wait(4)
    return frames


@cases.keeps("frame_length", verdict="nominated")
def frames_that_are_as_long_as_they_say(scene):
    scene.relayed().connected().nominated()


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
