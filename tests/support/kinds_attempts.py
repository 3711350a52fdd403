"""Several attempts between the same addresses: each is a pair of its own, with its own verdict.

The rules are those of docs/architecture.md and of the specifications named at each case. A case is a behaviour as in
healthy.py; a verdict may have its reason and its direction after it, as in "broken no-response local_to_remote".
"""

from dataclasses import replace

from case_calls import attempt
from healthy import (BOUND, CHANNEL, DIRECT, NOMINATED, SEND, UDP_BOTH, UDP_TURN, UNFINISHED, VALID, Behaviours, both_check, media,
                     nominated)
from relayed_call import CLIENT, PEER, Call
from tcpcap import ACK, RST, SYN
from kinds_due import SILENT, TO_LOCAL, TO_REMOTE, silent

attempts = Behaviours()


# ---- a pair is of one attempt ----


def again(call: Call, path, name: str = "second", **changes) -> Call:
    """The same ports once more: a later allocation, or a later direct connection."""
    other = type(call)(call.capture, replace(call.ends, **changes), f"{call.name}, {name}")
    other.sequence = 2_000_000_000
    for attribute in ("channel", "udp"):
        if hasattr(call, attribute):
            setattr(other, attribute, getattr(call, attribute))
    if path == BOUND:
        other.connection_id = bytes([0, 0, 0, 0x22])
    return other.connected()


@attempts.wrong(BOUND, SEND, CHANNEL, UDP_TURN, UDP_BOTH, DIRECT, must={"no_response"}, name="good-then-silent-client")
def good_then_broken(scene, path):
    """Two calls between the same addresses, ten minutes apart: two pairs. A good one excuses nothing that comes later."""
    call = path.begin(scene)
    nominated(call)
    path.end(call)
    scene.wait(600)
    second = again(call, path)
    silent(second, PEER)
    path.end(second)
    scene.wait(60)
    return NOMINATED, TO_LOCAL if path != DIRECT else SILENT


@attempts.wrong(BOUND, SEND, CHANNEL, UDP_TURN, UDP_BOTH, DIRECT, name="silent-peer-then-good")
def broken_then_good(scene, path):
    """The other way round, twenty seconds apart."""
    call = path.begin(scene)
    silent(call, CLIENT)
    path.end(call)
    scene.wait(20)
    second = again(call, path)
    nominated(second)
    path.end(second)
    scene.wait(60)
    return TO_REMOTE if path != DIRECT else SILENT, NOMINATED


@attempts.on(BOUND, SEND, CHANNEL, UDP_TURN, UDP_BOTH, DIRECT)
def good_and_good_again(scene, path):
    """Both are right, and both are listed."""
    call = path.begin(scene)
    nominated(call)
    path.end(call)
    scene.wait(20)
    second = again(call, path)
    nominated(second)
    path.end(second)
    return NOMINATED, NOMINATED


@attempts.wrong(BOUND, SEND, CHANNEL, UDP_TURN, UDP_BOTH)
def broken_each_time_in_another_way(scene, path):
    call = path.begin(scene)
    silent(call, CLIENT)
    path.end(call)
    scene.wait(20)
    second = again(call, path)
    silent(second, PEER)
    path.end(second)
    scene.wait(60)
    return TO_REMOTE, TO_LOCAL


def peer_again(call: Call, scene, peer_port: int) -> Call:
    """The peer connects again, from this port, within the same allocation."""
    where = replace(scene.ends, peer=(scene.ends.peer[0], peer_port), data=(scene.ends.data[0], 44999))
    other = type(call)(scene.capture, where, f"{scene.name}, again", 5_000_000, bytes([0, 0, 9, 3]))
    other.control = call.control
    other.peer_connects()
    return other


def reconnect(call: Call, scene) -> Call:
    """From its own port; and the client binds."""
    other = peer_again(call, scene, scene.ends.peer[1])
    other.bind()
    return other


@attempts.wrong(BOUND, must={"no_response"})
def reconnected_then_silent(scene, path):
    """RFC 6544 11.1: the connection is reset, the peer comes back from the same port, and the client answers no check
    any more."""
    call = path.begin(scene)
    nominated(call)
    media(call)
    call.outside.packet(True, RST | ACK)
    call.data.packet(False, RST | ACK)
    scene.wait(20)
    second = reconnect(call, scene)
    silent(second, PEER)
    path.end(second)
    scene.wait(60)
    return NOMINATED, TO_LOCAL


@attempts.wrong(BOUND)
def silent_then_reconnected(scene, path):
    call = path.begin(scene)
    silent(call, PEER)
    call.hang_up()
    scene.wait(20)
    second = reconnect(call, scene)
    nominated(second)
    path.end(second)
    return TO_LOCAL, NOMINATED


@attempts.wrong(BOUND, must={"never_bound"})
def reconnected_and_never_bound(scene, path):
    """The client does not bind the second time."""
    call = path.begin(scene)
    nominated(call)
    call.hang_up()
    scene.wait(20)
    call.connection(scene.ends.peer, scene.ends.relayed)
    attempt(call, "second attempt", bytes([0, 0, 9, 3]))
    scene.wait(31)
    call.refresh("release", lifetime=0)
    call.control.close()
    return NOMINATED, "broken never-bound"


def second_peer(call: Call, scene) -> Call:
    """The peer connects from another port, too, while the first pair is in use."""
    return peer_again(call, scene, 53999)


@attempts.on(BOUND)
def second_connection_of_the_peer_ignored(scene, path):
    """RFC 6062 5.3: whether the client binds is its choice, and it has what it needs."""
    call = path.begin(scene)
    nominated(call)
    second_peer(call, scene)
    scene.wait(31)
    media(call)
    path.end(call)
    return NOMINATED, UNFINISHED


@attempts.wrong(BOUND, must={"never_bound"})
def second_connection_of_the_peer_ignored_and_none_nominated(scene, path):
    """The same, and the first pair was never chosen."""
    call = path.begin(scene)
    both_check(call)
    second_peer(call, scene)
    scene.wait(31)
    path.end(call)
    return VALID, "broken never-bound"


@attempts.wrong(BOUND, must={"connection_refused"})
def second_data_connection_refused(scene, path):
    """The client wants the second one, too, and cannot open a connection for it: that is told, and what follows from it."""
    call = path.begin(scene)
    nominated(call)
    second_peer(call, scene)
    refused = scene.capture.connection((scene.ends.data[0], 45001), scene.ends.server, handshake=False)
    refused.packet(True, SYN)
    refused.packet(False, RST | ACK)
    scene.wait(31)
    path.end(call)
    return NOMINATED, "broken never-bound"


@attempts.on(BOUND)
def second_connection_of_the_peer_bound_and_never_checked(scene, path):
    """RFC 8445 8.1.1: when a pair has won, those that wait for their first check are taken out of the checklist."""
    call = path.begin(scene)
    second = second_peer(call, scene)
    second.bind()
    nominated(call)
    scene.wait(31)
    path.end(call)
    return NOMINATED, UNFINISHED


@attempts.wrong(BOUND, must={"never_checked"})
def second_connection_of_the_peer_never_checked_and_none_nominated(scene, path):
    call = path.begin(scene)
    second = second_peer(call, scene)
    second.bind()
    both_check(call)
    scene.wait(31)
    path.end(call)
    return VALID, "broken never-checked"


@attempts.on(SEND, UDP_TURN)
def dual_allocation(scene, path):
    """RFC 8656 7.2: the relayed address of a pair is of its peer's family (test_families looks at that)."""
    number = scene.ends.client[0].split(".")[2]
    relayed, peer = (f"2001:db8:{number}::2", 35000), (f"2001:db8:{number}::7", 53577)
    call = path.begin(scene, second_relayed=relayed)
    other = path.make(scene)
    other.control, other.name = call.control, f"{call.name}, IPv6"
    other.ends = replace(call.ends, relayed=relayed, peer=peer)
    other.permit()
    nominated(call)
    nominated(other)
    path.end(call)
    return NOMINATED, NOMINATED
