"""Findings about data in sessions of [MS-TURN]: microsoft.md 8.1 (T) and 8.3 (A).

What a case is says support/rule_cases.py.
"""

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Attribute, Type, noise
from relayed_call import CLIENT, PEER
from rule_cases import Cases

cases = Cases()


# ---- data: A18, T8, T11 ----


@cases.breaks("data_before_active")
def frame_without_an_active_destination(scene):
    """T8: type 03 with no earlier 0x0106."""
    call = scene.microsoft().connected()
    return call.end_to_end(CLIENT, turn.rtp())


@cases.breaks("data_before_active")
def frame_before_the_answer(scene):
    """T8: the request alone sets nothing."""
    call = scene.microsoft().connected()
    call.send(CLIENT, call.set_active_request())
    frame = call.end_to_end(CLIENT, turn.rtp())
    call.send(PEER, call.message(Type.SET_ACTIVE_DESTINATION_RESPONSE, "active"))
    return frame


@cases.breaks("data_before_active", also={"active_destination_refused"})
def frame_after_a_refusal(scene):
    """T8, microsoft.md 7.3: on error the old destination stays, and there was none."""
    call = scene.microsoft().connected()
    call.send(CLIENT, call.set_active_request())
    error = Attribute.ERROR_CODE, stun.error_code(439, "no")
    call.send(PEER, call.message(Type.SET_ACTIVE_DESTINATION_ERROR, "active", error))
    return call.end_to_end(CLIENT, turn.rtp())


@cases.breaks("data_before_active")
def bare_data_over_udp(scene):
    """T8: or bare data on UDP from client to server."""
    call = scene.microsoft(udp=True).connected()
    return call.end_to_end(CLIENT, turn.rtp())


@cases.keeps("data_before_active")
def frame_behind_the_answer(scene):
    call = scene.microsoft().connected()
    call.set_active()
    call.end_to_end(CLIENT, turn.rtp())


@cases.keeps("data_before_active")
def bare_data_behind_the_answer_over_udp(scene):
    call = scene.microsoft(udp=True).connected()
    call.set_active()
    call.end_to_end(CLIENT, turn.rtp())


@cases.keeps("data_before_active")
def server_may_send_before_its_answer(scene):
    """T8: "Data from server just before the 0x0106 is legal"."""
    call = scene.microsoft().connected()
    call.send(CLIENT, call.set_active_request())
    call.end_to_end(PEER, turn.rtp())
    call.send(PEER, call.message(Type.SET_ACTIVE_DESTINATION_RESPONSE, "active"))
    call.end_to_end(CLIENT, turn.rtp())


@cases.breaks("data_never")
def ten_send_requests_and_nothing_back(scene):
    """A18. Any of them shows it."""
    call = scene.microsoft().connected()
    frames = [call.send_request(f"send {number}", turn.rtp(number), wait=500_000) for number in range(10)]
    scene.wait(5)
    return frames


@cases.keeps("data_never")
def ten_send_requests_and_a_data_indication(scene):
    call = scene.microsoft().connected()
    for number in range(10):
        call.send_request(f"send {number}", turn.rtp(number), wait=500_000)
    call.data_indication("data", turn.rtp())
    scene.wait(5)


@cases.keeps("data_never")
def one_send_request_opens_the_path(scene):
    """microsoft.md 7.3."""
    call = scene.microsoft().connected()
    call.send_request("send", turn.rtp())
    scene.wait(5)


def multiplexed(call, scene) -> int:
    """A check in a multiplexed packet; on TCP that is data for the active destination (microsoft.md 2.4)."""
    return call.end_to_end(CLIENT, ms.multiplexed(session_id(scene), turn.check(f"{call.name} inner")))


def session_id(scene) -> bytes:
    return noise(f"session of {scene.name}", 8)


def hand_out(call, scene, label: str) -> None:
    call.send(CLIENT, call.allocate_request(label))
    call.send(PEER, call.allocated(label, (Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, session_id(scene))))


@cases.breaks("multiplex_id_unknown", session=False)
def session_id_that_was_not_handed_out(scene):
    """T11."""
    call = scene.microsoft().connected()
    call.set_active()
    return multiplexed(call, scene)


@cases.breaks("multiplex_id_unknown", session=False)
def session_id_that_was_not_handed_out_over_udp(scene):
    """T11: here msturn sees all STUN over UDP (plain_stun_udp)."""
    call = scene.microsoft(udp=True).connected()
    call.set_active()
    return multiplexed(call, scene)


@cases.keeps("multiplex_id_unknown")
def session_id_from_an_allocate_response(scene):
    call = scene.microsoft()
    call.open()
    call.challenge()
    hand_out(call, scene, "allocate")
    call.set_active()
    multiplexed(call, scene)


@cases.keeps("multiplex_id_unknown")
def session_id_that_is_handed_out_later(scene):
    """T11: never seen in an 0x8095 of the capture."""
    call = scene.microsoft(udp=True).connected()
    call.set_active()
    multiplexed(call, scene)
    hand_out(call, scene, "refresh")


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
