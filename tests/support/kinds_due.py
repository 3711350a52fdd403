"""Calls in which an answer is missing: when it was due, and what it is called.

The rules are those of docs/architecture.md and of the specifications named at each case. A case is a behaviour as in
healthy.py; a verdict may have its reason and its direction after it, as in "broken no-response local_to_remote".
"""


import stun
from case_calls import peer_of
from healthy import BOUND, CHANNEL, DIRECT, MILLISECOND, NOMINATED, SECOND, SEND, UNFINISHED, Behaviours, check, checked
from healthy_captures import is_between, outside_hosts, shift
from relayed_call import CLIENT, PEER, Call
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST, SYN

due = Behaviours()

TO_REMOTE, TO_LOCAL = "broken no-response local_to_remote", "broken no-response remote_to_local"
SILENT = "broken no-response"
RESET = "broken reset"


def silent(call: Call, asker: bool, seconds_: float = 5) -> None:
    """A check that has no answer."""
    if asker == CLIENT:
        checked(call, PEER, "first")
    check(call, asker, "unanswered")
    call.capture.time += round(seconds_ * SECOND)


# ---- when an answer is due: after 0.5 s and after 10 round trips ----


def close(call: Call, path, by: bool, flags: int) -> None:
    """One end closes, and what depends on it ends."""
    if path == DIRECT:
        call.line.packet(by == PEER, flags)
        if flags & FIN:
            call.line.packet(by != PEER, FIN | ACK)
    elif path == BOUND:
        legs = [(call.outside, by == PEER), (call.data, by == CLIENT)]
        for connection, side in legs if by == PEER else reversed(legs):
            connection.packet(side, flags)
            if flags & FIN:
                connection.packet(not side, FIN | ACK)
        call.release()
    else:
        call.control.packet(True, flags)


def answer_missing(scene, path, asker: bool, seconds_: float, closer: bool, flags: int):
    call = path.begin(scene)
    silent(call, asker, seconds_)
    close(call, path, closer, flags)
    scene.wait(60)


SECONDS_SILENT = (("just-over-due", 0.6), ("two-seconds", 2.0), ("over-three-seconds", 3.1))
WHO = {CLIENT: "client", PEER: "peer"}
ENDS_OF_TCP = (("rst", RST | ACK), ("fin", FIN | ACK))


def _missing(seconds_: float, asker: bool, closer: bool, flags: int, verdict: str):
    def build(scene, path):
        answer_missing(scene, path, asker, seconds_, closer, flags)
        if path == DIRECT or verdict == RESET:
            return "broken " + verdict.split()[1],
        return verdict,

    return build


for what, silence in SECONDS_SILENT:
    for kind, bits in ENDS_OF_TCP:
        for asks in (CLIENT, PEER):
            wanted = TO_REMOTE if asks == CLIENT else TO_LOCAL
            for ends in (CLIENT, PEER):
                title = f"{what}-then-{kind}-asked-by-{WHO[asks]}-closed-by-{WHO[ends]}"
                due.wrong(DIRECT, BOUND, name=title)(_missing(silence, asks, ends, bits, wanted))
            due.wrong(SEND, CHANNEL, name=f"{what}-then-{kind}-asked-by-{WHO[asks]}")(_missing(silence, asks, CLIENT, bits, wanted))

for kind, bits in ENDS_OF_TCP:
    for asks in (CLIENT, PEER):
        due.wrong(DIRECT, BOUND, name=f"not-yet-due-then-{kind}-asked-by-{WHO[asks]}")(_missing(0.3, asks, not asks, bits, RESET))


def slow_line(scene):
    """A direct connection whose round trip takes 200 ms: an answer is due after 2 s."""
    call = DIRECT.make(scene)
    call.line = scene.capture.connection(scene.ends.peer, scene.ends.data, handshake=False)
    call.line.packet(True, SYN)
    call.line.packet(False, SYN | ACK, wait=195 * MILLISECOND)
    call.line.packet(True, ACK, wait=5 * MILLISECOND)
    return call


def slow(seconds_: float, verdict: str):
    def build(scene, _path):
        call = slow_line(scene)
        check(call, PEER, "unanswered")
        scene.wait(seconds_)
        call.line.packet(True, RST | ACK)
        scene.wait(60)
        return verdict,

    return build


due.wrong(DIRECT, name="slow-line-reset-before-ten-round-trips")(slow(1.3, RESET))
due.wrong(DIRECT, name="slow-line-reset-after-ten-round-trips")(slow(2.5, SILENT))


@due.on(DIRECT, BOUND, SEND, CHANNEL)
def capture_ends_before_three_seconds(scene, path):
    """Nobody closed, and it may still come."""
    call = path.begin(scene)
    silent(call, PEER, 2.9)
    return UNFINISHED,


@due.wrong(DIRECT, BOUND, SEND, CHANNEL)
def capture_ends_after_three_seconds(scene, path):
    call = path.begin(scene)
    silent(call, PEER, 3.2)
    return SILENT,


def early_check(call: Call) -> bytes:
    """The peer's check, which the server keeps until the bind (RFC 6062 5.3)."""
    attributes = (Attribute.PRIORITY, bytes(4)), (Attribute.ICE_CONTROLLING, bytes(8)), (Attribute.USERNAME, b"here:there")
    return call.message(Method.BINDING, Class.REQUEST, "unanswered", *attributes, key=b"password")


@due.wrong(BOUND)
def never_bound_by_a_clock_that_is_behind(scene, path):
    """RFC 6062 5.2: the server closes after 30 s what was not bound; outside these are 29.98 s, by another clock."""
    call = path.make(scene)
    call.allocate()
    call.permit()
    call.peer_connects()
    call.outside.client(stun.frame(early_check(call)))
    scene.wait(30)
    call.outside.packet(False, RST | ACK, wait=0)
    scene.wait(10)
    call.refresh("release", lifetime=0)
    call.control.close()
    scene.wait(60)
    shift(scene, -25 * MILLISECOND)
    return "broken never-bound",


@due.wrong(BOUND, never={"closed_at_once"})
def peer_resets_before_its_check(scene, path):
    """The peer connected, sent nothing and reset after 0.3 s: the server only passes that on (RFC 6062 5.5)."""
    call = path.begin(scene)
    scene.wait(0.3)
    call.outside.packet(True, RST | ACK)
    call.data.packet(False, RST | ACK)
    call.release()
    scene.wait(60)
    return RESET,


@due.wrong(BOUND, must={"closed_at_once"})
def data_connection_closed_at_once_and_only_the_inside_captured(scene, path):
    """Then the server closed it, and why is not to be seen."""
    peer_resets_before_its_check(scene, path)
    hosts = outside_hosts(scene)
    scene.capture.sent[:] = [(time, packet) for time, packet in scene.capture.sent if not is_between(packet, hosts)]
    return RESET,


@due.wrong(BOUND, never={"no_response", "response_overdue", "open_at_end"})
def control_connection_dead(scene, path):
    """The ConnectionAttempt is never acknowledged: so there is no bind, and no check can be answered. Told once."""
    call = path.make(scene)
    call.allocate()
    call.permit()
    call.peer_connects()
    told = (Attribute.CONNECTION_ID, call.connection_id), peer_of(call, "attempt")
    indication = call.message(Method.CONNECTION_ATTEMPT, Class.INDICATION, "attempt", *told, key=None)
    call.outside.client(stun.frame(early_check(call)))
    for number in range(7):
        call.control.server(indication, at=-len(indication), wait=(SECOND // 4) << number)
    call.outside.packet(False, RST | ACK)
    scene.wait(10)
    return "broken never-bound",


@due.wrong(DIRECT, BOUND, SEND, CHANNEL, name="late-answer")
def answered_after_five_seconds(scene, path):
    """Late, and it was answered: the pair works (test_lateness looks whether it is told)."""
    call = path.begin(scene)
    checked(call, PEER, "first")
    check(call, CLIENT, "back")
    call.answer(PEER, "back", wait=5 * SECOND)
    checked(call, PEER, "nomination", nominate=True)
    path.end(call)
    return NOMINATED,


@due.on(DIRECT, BOUND, SEND, CHANNEL, name="answer-in-time")
def answered_after_two_seconds(scene, path):
    call = path.begin(scene)
    checked(call, PEER, "first")
    check(call, CLIENT, "back")
    call.answer(PEER, "back", wait=2 * SECOND)
    checked(call, PEER, "nomination", nominate=True)
    path.end(call)
    return NOMINATED,
