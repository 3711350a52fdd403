"""Kinds of broken calls, and calls that are just not broken: the verdict on a pair, and what is found.

The rules are those of docs/architecture.md and of the specifications named at each case. A case is a behaviour as in
healthy.py; a verdict may have its reason and its direction after it, as in "broken no-response local_to_remote".
"""

import struct
from dataclasses import replace

import case_calls
import turn
from case_calls import attempt, challenge, credentials, permission, permitted, refuse_check, seconds
from healthy import (BOUND, CHANNEL, DIRECT, MILLISECOND, NOMINATED, SECOND, SEND, UDP, UDP_TURN, UNFINISHED, UNKNOWN, VALID,
                     Behaviours, both_check, check, checked, consent, media, nominated, nominating)
from healthy_turn import NEW_NONCE, STALE, UNAUTHENTICATED, renew_channel, renew_permission
from icmp import unreachable
from relayed_call import CLIENT, PEER
from stun import Attribute, Method
from tcpcap import ACK, FIN, RST, SYN
from kinds_due import SILENT, TO_LOCAL, close, early_check

kinds = Behaviours()
frames = Behaviours()  # in a capture of its own: what other dissectors make of it is not what the others are about


# ---- nomination ----


@kinds.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"no_response"})
def nomination_without_answer(scene, path):
    """RFC 8445 7.2.5.3.4: a pair is nominated when the check succeeded, not when it was sent."""
    call = path.begin(scene)
    both_check(call)
    check(call, PEER, "nomination", nominate=True)
    scene.wait(45)
    return VALID,


@kinds.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"no_response"})
def renomination_without_answer(scene, path):
    """draft-thatcher-ice-renomination-01: the same for NOMINATION."""
    call = path.begin(scene)
    both_check(call)
    check(call, PEER, "nomination", nominating(1))
    scene.wait(45)
    return VALID,


@kinds.wrong(DIRECT, BOUND, must={"nominated_early"})
def nominated_early_over_tcp(scene, path):
    """RFC 6544 8: only between TCP candidates; elsewhere healthy_ice.py has it."""
    call = path.begin(scene)
    checked(call, PEER, "first", nominate=True)
    checked(call, CLIENT, "back")
    path.end(call)
    return NOMINATED,


@kinds.wrong(DIRECT, BOUND, SEND, CHANNEL, UDP, UDP_TURN, must={"checks_one_way"})
def one_end_never_checks_and_nobody_nominates(scene, path):
    """RFC 8445 7.3.1.4: a full agent checks back. Without a nomination nothing shows that this one is lite."""
    call = path.begin(scene)
    checked(call, PEER, "first")
    scene.wait(5)
    return "broken no-request",


@kinds.on(DIRECT, BOUND, SEND, CHANNEL, UDP, UDP_TURN, may={"never_nominated"})
def same_check_again_and_again(scene, path):
    """Repetition proves nothing: keep-alive checks of healthy clients repeat for ever (RFC 8445 11, RFC 7675 5.1)."""
    call = path.begin(scene)
    checked(call, CLIENT, "back")
    for number in range(6):
        checked(call, PEER, f"check {number}", wait=300 * MILLISECOND)
    return VALID,


@kinds.wrong(DIRECT, BOUND, SEND, CHANNEL)
def check_refused_for_its_integrity(scene, path):
    """RFC 8489 9.1.3: 401 is the proof."""
    call = path.begin(scene)
    checked(call, PEER, "first")
    for number in range(4):
        check(call, CLIENT, f"wrong {number}")
        refuse_check(call, PEER, f"wrong {number}", 401)
    scene.wait(5)
    return "broken integrity local_to_remote|broken error-response local_to_remote" if path != DIRECT else "broken",


@kinds.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"role_kept"})
def role_kept_after_487(scene, path):
    """RFC 8445 7.2.5.1: after 487 the role changes."""
    call = path.begin(scene)
    checked(call, PEER, "first")
    for number in range(3):
        check(call, CLIENT, f"wrong {number}", role=Attribute.ICE_CONTROLLING)
        refuse_check(call, PEER, f"wrong {number}", 487)
    scene.wait(5)
    return "broken role-conflict",


# ---- consent: RFC 7675 5.1 ----


@kinds.wrong(DIRECT, BOUND, SEND, CHANNEL, must={"consent_lost"})
def data_without_consent(scene, path):
    """To the same peer for more than 30 s after the last answer. The verdict on the attempt is what it was."""
    call = path.begin(scene)
    nominated(call)
    for number in range(9):
        check(call, CLIENT, f"consent {number}", wait=5 * SECOND)
        call.pass_on(CLIENT, turn.rtp(number + 1), f"media {number}")
    return NOMINATED,


@kinds.on(SEND, CHANNEL, UDP_TURN, name="data_to_another_peer_without_consent_of_the_first")
def other_peer(scene, path):
    """Just kept: nothing is sent to the first peer any more."""
    call = path.begin(scene)
    second = path.make(scene)
    second.control, second.name = call.control, f"{call.name}, second"
    second.ends = replace(call.ends, peer=(call.ends.peer[0], 60001))
    if path == CHANNEL:
        second.channel = 0x4002
        second.bind_channel()
    nominated(call)
    check(call, CLIENT, "last consent", wait=SECOND)
    nominated(second)
    consent(second, 40)
    media(second)
    path.end(second)
    return NOMINATED, NOMINATED


# ---- permissions, channels, nonces ----


@kinds.wrong(SEND, UDP_TURN, must={"nonce_ignored"}, never={"permission_missing"})
def permissions_pipelined_and_both_refused(scene, path):
    """That there is no permission follows."""
    call = path.make(scene)
    call.allocate()
    for label in ("one", "two"):
        call.control.client(permission(call, label))
    for label in ("one", "two"):
        call.control.server(challenge(call, Method.CREATE_PERMISSION, label, STALE, NEW_NONCE))
    check(call, CLIENT, "first")
    scene.wait(5)
    return SILENT,


@kinds.on(SEND, UDP_TURN)
def permission_refused_and_then_granted(scene, path):
    """Just kept: granted before anything is sent."""
    call = path.make(scene)
    call.allocate()
    call.control.client(permission(call, "one"))
    call.control.server(challenge(call, Method.CREATE_PERMISSION, "one", STALE, NEW_NONCE))
    call.control.client(permission(call, "two", *credentials(nonce=NEW_NONCE)))
    call.control.server(permitted(call, "two"))
    nominated(call)
    return NOMINATED,


@kinds.wrong(SEND, CHANNEL, UDP_TURN, BOUND, must={"auth_loop"})
def permission_refused_twice_with_its_own_nonce(scene, path):
    """RFC 8489 9.2.5: 401 to credentials with a nonce that the server has just given: they are refused."""
    call = path.begin(scene)
    nominated(call)
    for label in ("one", "two"):
        call.control.client(permission(call, label), wait=SECOND)
        call.control.server(challenge(call, Method.CREATE_PERMISSION, label, UNAUTHENTICATED, turn.NONCE))
    scene.wait(10)
    return NOMINATED,


def channel_call(scene, path, rebind: bool):
    """The permission is renewed each 240 s, and the channel only if `rebind` (RFC 8656 12: ten minutes)."""
    call = path.begin(scene)
    nominated(call)
    for number in range(3):
        renew_permission(call, f"permission {number}", wait=240 * SECOND)
        if rebind:
            renew_channel(call, f"rebound {number}")
        call.refresh(f"refresh {number}")
        call.pass_on(CLIENT, turn.rtp(number + 1), f"media {number}", wait=SECOND)
    path.end(call)
    return NOMINATED,


@kinds.wrong(CHANNEL)
def channel_runs_out(scene, path):
    """RFC 8656 12: after ten minutes ChannelData goes into nothing (test_channel looks whether it is told)."""
    return channel_call(scene, path, False)


@kinds.on(CHANNEL)
def channel_is_rebound(scene, path):
    return channel_call(scene, path, True)


@kinds.wrong(BOUND)
def connect_refused_with_438_and_given_up(scene, path):
    """RFC 8489 9.2.5: just not sent again."""
    call = case_calls.prepared(scene)
    case_calls.connect(call, "connect")
    call.control.server(challenge(call, Method.CONNECT, "connect", STALE, NEW_NONCE))
    scene.wait(45)
    return "broken connect-failed",


# ---- ends ----


@kinds.wrong(SEND, CHANNEL, BOUND, must={"open_at_end"})
def refresh_open_when_the_server_resets(scene, path):
    """Not a release: the client wanted to stay."""
    call = path.begin(scene)
    nominated(call)
    call.control.client(call.request(Method.REFRESH, "refresh", seconds(600)))
    call.control.packet(False, RST | ACK)
    scene.wait(60)
    return NOMINATED,


@kinds.on(SEND, CHANNEL, BOUND, never={"not_released", "open_at_end"})
def release_and_reset(scene, path):
    """RFC 8656 7.1 (test_released looks at the session's state)."""
    call = path.begin(scene)
    nominated(call)
    if path == BOUND:
        call.hang_up()
    call.control.client(call.request(Method.REFRESH, "release", seconds(0)))
    call.control.packet(True, RST | ACK)
    scene.wait(60)
    return NOMINATED,


@kinds.on(BOUND)
def attempt_just_before_the_release(scene, path):
    """RFC 6062 5.2: the client had no time to bind; it released first, so nobody can know."""
    return attempted(scene, path, 0.2, f"{UNFINISHED}|{UNKNOWN}")


@kinds.wrong(BOUND, must={"never_bound"})
def attempt_31_seconds_before_the_release(scene, path):
    return attempted(scene, path, 31, "broken never-bound")


def attempted(scene, path, seconds_: float, verdict: str):
    call = path.begin(scene)
    nominated(call)
    call.hang_up()
    late = call.ends.peer[0], 60001
    call.connection(late, call.ends.relayed)
    attempt(call, "late", bytes([0, 0, 9, 2]), late)
    scene.wait(seconds_)
    call.refresh("release", lifetime=0)
    call.control.close()
    scene.wait(60)
    return NOMINATED, verdict


@frames.wrong(DIRECT, BOUND, must={"frame_length"})
def frame_length_too_great(scene, path):
    """RFC 4571 2: the peer's LENGTH is 4 more than what it sends, and the other end waits for the rest."""
    call = path.begin(scene)
    packet = early_check(call)
    framed = struct.pack("!H", len(packet) + 4) + packet
    for connection, side in [(call.line, True)] if path == DIRECT else [(call.outside, True), (call.data, False)]:
        connection.send(side, framed)
    scene.wait(4)
    close(call, path, PEER, FIN | ACK)
    scene.wait(60)
    return TO_LOCAL if path == BOUND else SILENT,


# ---- what the network says ----


def syn_to_relay(scene, path):
    call = path.make(scene)
    call.allocate()
    call.permit()
    outside = scene.capture.connection(call.ends.peer, call.ends.relayed, handshake=False)
    outside.packet(True, SYN)
    return call, outside, scene.capture.sent[-1][1]


def filtered(code: int, verdict: str = "broken connect-failed"):
    def build(scene, path):
        call, _, syn = syn_to_relay(scene, path)
        scene.capture.add(unreachable(syn, code))
        scene.wait(0.5)
        call.refresh("release", lifetime=0)
        call.control.close()
        scene.wait(60)
        return verdict,

    return build


for icmp_name, icmp_code in (("host-unreachable", 1), ("port-unreachable", 3), ("administratively-prohibited", 13)):
    kinds.wrong(BOUND, must={"connection_refused"}, name=f"icmp-{icmp_name}")(filtered(icmp_code))
# RFC 1191 section 4: too big for a hop, which the sender mends. That the one SYN has no answer is told, and decides nothing.
kinds.wrong(BOUND, name="icmp-fragmentation-needed")(filtered(4, "unknown"))


@kinds.on(BOUND)
def icmp_and_then_a_connection(scene, path):
    """RFC 9293 3.9.2.2: a soft error; the next SYN got through."""
    call, outside, syn = syn_to_relay(scene, path)
    scene.capture.add(unreachable(syn, 1))
    outside.packet(True, SYN, at=-1, wait=SECOND)
    outside.packet(False, SYN | ACK)
    outside.packet(True, ACK)
    call.outside = outside
    attempt(call, "attempt", call.connection_id)
    call.bind()
    nominated(call)
    path.end(call)
    return NOMINATED,


@kinds.wrong(BOUND, must={"connection_refused"})
def relayed_address_refuses(scene, path):
    """RST to the SYN: the allocation's port is not open."""
    call, outside, _ = syn_to_relay(scene, path)
    outside.packet(False, RST | ACK)
    call.refresh("release", lifetime=0)
    call.control.close()
    scene.wait(60)
    return "broken connect-failed",


@kinds.wrong(BOUND, must={"connection_refused"})
def relayed_address_is_silent(scene, path):
    """The SYN is repeated, and has no answer."""
    call, outside, _ = syn_to_relay(scene, path)
    for wait in (1, 2, 4, 8):
        outside.packet(True, SYN, at=-1, wait=wait * SECOND)
    call.refresh("release", lifetime=0, wait=16 * SECOND)
    call.control.close()
    scene.wait(60)
    return "broken connect-failed",


@kinds.wrong(SEND, BOUND, UDP_TURN, never={"not_released"})
def permission_refused_without_an_allocation(scene, path):
    """RFC 8656 5: a request that is refused makes no allocation (test_no_allocation looks at the session's state)."""
    call = path.make(scene)
    case_calls.begin(call)
    call.control.client(permission(call, "one"))
    call.control.server(challenge(call, Method.CREATE_PERMISSION, "one", UNAUTHENTICATED))
    if path != UDP_TURN:
        scene.wait(5)
        call.control.close()
    scene.wait(60)
    return "none",
