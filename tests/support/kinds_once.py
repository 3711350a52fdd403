"""Each cause is told once: what follows from it is no finding of its own, and no second finding says the same of a pair.

A case is a behaviour as in healthy.py; plugin/verdict/causes.c has the table.
"""

import stun
import turn
from case_calls import attempt
from healthy import BOUND, CHANNEL, DIRECT, NOMINATED, SECOND, SEND, VALID, Behaviours, both_check, check, checked, nominated
from kinds_due import SILENT, early_check
from relayed_call import CLIENT, PEER
from tcpcap import ACK, RST

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
