"""Findings about media, and about how a pair ends: RFC 8445 12, RFC 6544, RFC 7675; rules I11 to I14 of ietf.md 8.6.

What a case is says support/rule_cases.py.
"""

import pytest
import turn
from case_calls import all_of
from relayed_call import CLIENT, PEER, Ends, RelayedCall
from rule_cases import Cases
from tcpcap import ACK, FIN

UNANSWERED = {"no_response", "response_overdue"}
cases = Cases()


# ---- what is no check: I11, I13 ----


@cases.breaks("first_not_stun", session=False, pair=True)
def media_instead_of_an_answer(scene):
    """I11."""
    call = scene.direct().connected()
    call.check(PEER, "first")
    frame, _ = call.pass_on(CLIENT, turn.rtp(1), "media")
    return frame


@cases.breaks("first_not_stun", session=False, pair=True, also={"framing_lost"})
def http_instead_of_an_answer(scene):
    """I11: something else listens there."""
    call = scene.direct().connected()
    call.check(PEER, "first")
    return call.line.server(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@cases.keeps("first_not_stun", "media_early")
def media_behind_the_answers(scene):
    call = scene.direct().connected()
    call.nominated()
    call.pass_on(CLIENT, turn.rtp(1), "up")
    call.pass_on(PEER, turn.rtp(1), "down")


@cases.breaks("media_early", pair=True, most=2)
def media_before_the_first_answer(scene):
    """I13: media before the sender's own check succeeded; each leg may tell of it."""
    call = scene.relayed().connected()
    call.checked(CLIENT, "back")
    call.check(PEER, "first")
    frames = call.pass_on(PEER, turn.rtp(1), "early")
    call.answer(CLIENT, "first")
    return frames


@cases.keeps("media_early", "first_not_stun", verdict="nominated")
def media_on_a_nominated_pair(scene):
    call = scene.relayed().connected()
    call.nominated()
    call.pass_on(PEER, turn.rtp(1), "media")
    call.pass_on(CLIENT, turn.rtp(1), "media back")


# ---- how a pair ends: I12, I14 ----


@cases.breaks("open_at_end", session=False, pair=True)
def closed_over_the_first_check(scene):
    """I12: FIN before own success. A check or the end shows it."""
    call = scene.direct().connected()
    frame, _ = call.check(PEER, "first")
    scene.wait(0.3)
    return frame, call.line.packet(True, FIN | ACK)


@cases.breaks("pair_unfinished", session=False, pair=True)
def closed_before_the_check_back(scene):
    """The end that answered has no success of its own."""
    call = scene.direct().connected()
    frames = all_of(*call.checked(PEER, "first"))
    scene.wait(0.3)
    return *frames, call.line.packet(True, FIN | ACK)


@cases.keeps("pair_unfinished")
def closed_when_it_was_valid(scene):
    call = scene.direct().connected()
    call.checked(PEER, "first")
    call.checked(CLIENT, "back")
    call.line.close()


@cases.keeps("pair_unfinished", "open_at_end", "never_checked", verdict="nominated")
def loser_is_closed(scene):
    """RFC 6544 8: when a pair has won the other connections of the session are closed."""
    call = scene.relayed().connected()
    where = Ends(call.ends.client, call.ends.server, call.ends.relayed, (call.ends.peer[0], 60001), (call.ends.client[0], 44999))
    other = RelayedCall(scene.capture, where, scene.name + " other", connection_id=b"\0\0\0\7")
    other.control = call.control
    other.peer_connects()
    other.bind()
    other.check(PEER, "first")
    call.nominated()
    other.hang_up()


def consent(scene, seconds: int, checks: bool = True, data: bool = True, answered_at: int | None = None) -> list[int]:
    """A nominated pair of which the peer answers no more; the frames of the client's checks and data."""
    call = scene.relayed().connected()
    call.nominated()
    call.checked(CLIENT, "last good")
    frames = []
    for second in range(1, seconds + 1):
        scene.wait(0.9)
        if checks and second % 5 == 0:
            frames += call.check(CLIENT, f"consent {second}")
        if second == answered_at:
            call.checked(CLIENT, "good again")
        if data:
            frames += call.pass_on(CLIENT, turn.rtp(second), f"media {second}")
        scene.wait(0.02)
    return frames


@cases.breaks("consent_lost", pair=True, also=UNANSWERED)
def data_for_33_s_without_an_answer(scene):
    """I14: data sent, no success response for 30 s."""
    return consent(scene, 33)


@cases.keeps("consent_lost", also=UNANSWERED)
def data_for_29_s_without_an_answer(scene):
    consent(scene, 29)


@cases.keeps("consent_lost", also=UNANSWERED)
def answer_after_25_s(scene):
    consent(scene, 50, answered_at=25)


@cases.keeps("consent_lost")
def application_without_consent_checks(scene):
    """I14: older products send none."""
    consent(scene, 60, checks=False)


@cases.keeps("consent_lost", also=UNANSWERED)
def no_data_without_consent(scene):
    """RFC 7675: it is data that must stop."""
    consent(scene, 40, data=False)


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
