"""Each cause is told once: what follows from it is no finding of its own, and no second finding says the same of a pair.

A case is a behaviour as in healthy.py; plugin/verdict/causes.c has the table.
"""

import stun
import turn
from case_calls import attempt, bind, permission, refresh, refusal, refuse_check
from healthy import (BOUND, CHANNEL, DIRECT, NOMINATED, SECOND, SEND, UDP_TURN, VALID, Behaviours, both_check, check, checked,
                     nominated)
from kinds_due import SILENT, early_check
from relayed_call import CLIENT, PEER
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST, SYN

once = Behaviours()
OPEN = {"no_response", "response_overdue", "open_at_end"}


@once.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"responses_one_way"}, never=OPEN, name="one-end-answers")
def one_end_answers(scene, path):
    """That the other one does not is said of the pair, not of each check again."""
    call = path.begin(scene)
    checked(call, PEER, "first")
    for number in range(3):
        check(call, CLIENT, f"back {number}", wait=SECOND)
    scene.wait(45)
    return SILENT,


@once.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"no_response"}, never={"never_nominated"}, name="nomination-without-answer")
def nomination_without_answer(scene, path):
    call = path.begin(scene)
    both_check(call)
    check(call, PEER, "nomination", nominate=True)
    scene.wait(45)
    return VALID,


@once.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"no_response", "never_nominated"}, name="check-without-answer")
def check_without_answer(scene, path):
    """A check that does not nominate is no reason for that."""
    call = path.begin(scene)
    both_check(call)
    check(call, PEER, "again")
    scene.wait(45)
    return VALID,


@once.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"consent_lost"}, never=OPEN, name="consent-lost")
def consent_lost(scene, path):
    call = path.begin(scene)
    nominated(call)
    for number in range(9):
        check(call, CLIENT, f"consent {number}", wait=5 * SECOND)
        call.pass_on(CLIENT, turn.rtp(number + 1), f"media {number}")
    scene.wait(45)
    return NOMINATED,


@once.wrong(BOUND, must={"never_bound"}, never=OPEN, name="check-before-the-bind")
def check_before_the_bind(scene, path):
    """RFC 6062 5.3: the server keeps it until a bind that does not come."""
    call = path.make(scene)
    call.allocate()
    call.permit()
    call.peer_connects()
    attempt(call, "attempt", call.connection_id)
    call.outside.client(stun.frame(early_check(call)))
    scene.wait(45)
    call.refresh("release", lifetime=0)
    return "broken never-bound",


@once.wrong(DIRECT, must={"open_at_end"}, never={"pair_unfinished"}, name="closed-over-a-check")
def closed_over_a_check(scene, path):
    call = path.begin(scene)
    check(call, PEER, "first")
    scene.wait(0.2)
    call.line.packet(False, RST | ACK)
    return "broken reset",


@once.wrong(BOUND, must={"pair_unfinished"}, never=OPEN, name="closed-over-a-check-inside")
def closed_over_a_check_inside(scene, path):
    """The connection outside is still open, and the check on it."""
    call = path.begin(scene)
    scene.wait(2)
    check(call, PEER, "first")
    scene.wait(0.2)
    call.data.packet(False, RST | ACK)
    scene.wait(5)
    return "broken reset",


@once.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"role_kept"}, never={"role_conflict"}, name="role-kept")
def role_kept(scene, path):
    """What it is repeated against is told with it, on both legs."""
    call = path.begin(scene)
    for number in range(3):
        check(call, PEER, f"wrong {number}", role=Attribute.ICE_CONTROLLING)
        refuse_check(call, CLIENT, f"wrong {number}", 487)
    scene.wait(5)
    return "broken role-conflict",


@once.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"no_response"}, never={"response_overdue"}, name="silent-for-a-minute")
def silent_for_a_minute(scene, path):
    """The last requests are younger than the first ones: one silence."""
    call = path.begin(scene)
    for number in range(20):
        check(call, PEER, f"check {number}", wait=3 * SECOND)
    scene.wait(4)
    return "broken no-response",


def announced(scene, path):
    call = path.make(scene)
    call.allocate()
    call.permit()
    call.peer_connects()
    call.control.packet(True, ACK)
    return call


def server_gives_up(call, seconds):
    call.capture.time += seconds * SECOND
    call.outside.packet(False, RST | ACK)
    call.release()
    call.capture.time += 5 * SECOND


@once.wrong(BOUND, must={"bind_misplaced"}, never={"bind_refused"}, name="bind-on-the-control-connection")
def bind_on_the_control_connection(scene, path):
    """RFC 6062 4.3: it cannot but be refused."""
    call = announced(scene, path)
    bind(call, call.control, call.connection_id)
    call.control.server(refusal(call, Method.CONNECTION_BIND, "bind", 400))
    server_gives_up(call, 5)
    return "broken bind-failed",


@once.wrong(BOUND, must={"connection_refused"}, never={"never_bound"}, name="second-connection-refused")
def second_connection_refused(scene, path):
    call = announced(scene, path)
    for port in range(3):
        connection = scene.capture.connection((scene.ends.data[0], 45000 + port), scene.ends.server, handshake=False)
        connection.packet(True, SYN)
        connection.packet(False, RST | ACK)
    server_gives_up(call, 31)
    return "broken never-bound",


@once.wrong(BOUND, must={"no_response"}, never={"bind_closed", "open_at_end"}, name="bind-without-answer")
def bind_without_answer(scene, path):
    """Who closes is the client, which has waited long enough: the server closed nothing."""
    call = announced(scene, path)
    call.data = call.connection(scene.ends.data, scene.ends.server)
    bind(call, call.data, call.connection_id)
    call.data.packet(False, ACK)
    scene.wait(20)
    call.data.packet(True, FIN | ACK)
    server_gives_up(call, 5)
    return "broken bind-failed",


@once.wrong(BOUND, must={"frame_length"}, never=OPEN | {"checks_one_way"}, name="answer-with-a-wrong-length")
def answer_with_a_wrong_length(scene, path):
    """RFC 4571 2: its receiver waits for the rest, so for it there is no answer."""
    call = path.begin(scene)
    check(call, PEER, "first")
    mapped = call.address(Attribute.XOR_MAPPED_ADDRESS, scene.ends.peer, "first")
    answer = call.message(Method.BINDING, Class.SUCCESS, "first", mapped, key=b"password")
    framed = (len(answer) + 4).to_bytes(2, "big") + answer
    call.data.client(framed)
    call.outside.server(framed)
    scene.wait(5)
    call.outside.packet(True, RST | ACK)
    call.data.packet(False, RST | ACK)
    call.release()
    return "broken no-response remote_to_local",


@once.wrong(SEND, UDP_TURN, must={"forbidden"}, never={"permission_missing"}, name="permission-refused-and-sent-all-the-same")
def permission_refused_and_sent_all_the_same(scene, path):
    call = path.make(scene)
    call.allocate()
    call.control.client(permission(call, "permission"))
    call.control.server(refusal(call, Method.CREATE_PERMISSION, "permission", 403))
    check(call, CLIENT, "first")
    scene.wait(40)
    return "broken no-response",


@once.wrong(SEND, must={"forbidden", "permission_missing"}, name="permission-refused-for-another-peer")
def permission_refused_for_another_peer(scene, path):
    """Just not the cause: nobody asked for this one."""
    call = path.make(scene)
    call.allocate()
    call.control.client(permission(call, "permission", peer=("10.99.9.9", 0)))
    call.control.server(refusal(call, Method.CREATE_PERMISSION, "permission", 403))
    check(call, CLIENT, "first")
    scene.wait(40)
    return "broken no-response",


@once.wrong(SEND, CHANNEL, must={"no_response"}, name="two-requests-in-a-segment")
def two_requests_in_a_segment(scene, path):
    """One frame: the other message shows it, too."""
    call = path.begin(scene)
    call.control.client(permission(call, "one") + permission(call, "two"))
    scene.wait(45)
    return "none",


@once.wrong(BOUND, SEND, CHANNEL, must={"allocation_expired"}, never={"refresh_mismatch", "not_released"}, name="refresh-too-late")
def refresh_too_late(scene, path):
    call = path.make(scene)
    call.allocate(lifetime=60)
    call.permit()
    scene.wait(70)
    call.control.client(refresh(call))
    call.control.server(refusal(call, Method.REFRESH, "refresh", 437))
    call.control.close()
    return "none",
