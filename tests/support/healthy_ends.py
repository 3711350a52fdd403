"""How healthy calls end: nothing that passes when the call is over is a fault, whoever closes first, and how.

RFC 8656 7.1 (release), RFC 6062 5.5, RFC 9293 3.6 (half-closed connections, resets with data unread), RFC 7675 5.2 (FIN
revokes no consent).
"""

from case_calls import seconds
from healthy import (BOUND, CHANNEL, DIRECT, MILLISECOND, NOMINATED, RELAYED, SECOND, SEND, UDP_TURN, UNFINISHED, UNKNOWN,
                     Behaviours, beside, check, consent, leave, media, nominated)
from relayed_call import CLIENT, PEER
from stun import Class, Method
from tcpcap import ACK, FIN, RST

ends = Behaviours()

KINDS = ("fin", "rst", "half-close", "fin-then-rst")


def close(connection, from_client: bool, kind: str) -> None:
    """One side closes; the other one answers to that."""
    if kind == "rst":
        connection.packet(from_client, RST | ACK)
        return
    connection.packet(from_client, FIN | ACK)
    connection.packet(not from_client, ACK)
    if kind == "half-close":
        connection.packet(not from_client, FIN | ACK, wait=2 * SECOND)
        connection.packet(from_client, ACK)
    elif kind == "fin-then-rst":
        connection.packet(not from_client, RST | ACK)
    else:
        connection.packet(not from_client, FIN | ACK)
        connection.packet(from_client, ACK)


def sides(call, path, who: bool) -> list[tuple]:
    """Connections that the end of a call by this end closes, in that order, with the side that closes each."""
    if path == DIRECT:
        return [(call.line, who == PEER)]  # the peer opened it
    if path == BOUND:
        inner, outer = (call.data, who == CLIENT), (call.outside, who == PEER)
        return [inner, outer] if who == CLIENT else [outer, inner]
    return [(call.control, who == CLIENT)]


def ending(who: bool, kind: str, open_check: bool):
    """A call in which the last consent check may be open when one end closes."""

    def build(scene, path):
        call = path.begin(scene)
        nominated(call)
        consent(call, 15)
        if open_check:
            check(call, not who, "last consent")
        if path in (SEND, CHANNEL):
            call.refresh("release", lifetime=0)
        for connection, side in sides(call, path, who):
            close(connection, side, kind)
        if path == BOUND:
            call.release()
        scene.wait(60)
        return NOMINATED,

    return build


for who_closes, who_name in ((CLIENT, "client"), (PEER, "peer")):
    for how in KINDS:
        for is_open in (False, True):
            name = f"{who_name}-{how}{'-check-open' if is_open else ''}"
            paths = (DIRECT, BOUND) if who_closes == PEER else (DIRECT, BOUND, SEND, CHANNEL)
            ends.on(*paths, name=name)(ending(who_closes, how, is_open))


@ends.on(DIRECT, BOUND)
def checks_of_both_ends_open(scene, path):
    """Both ends had just asked for consent when the call was hung up."""
    call = path.begin(scene)
    nominated(call)
    consent(call, 15)
    check(call, CLIENT, "last consent")
    check(call, PEER, "last consent back")
    path.end(call)
    scene.wait(60)
    return NOMINATED,


@ends.on(SEND, CHANNEL, UDP_TURN)
def checks_of_both_ends_open_at_the_release(scene, path):
    call = path.begin(scene)
    nominated(call)
    consent(call, 15)
    check(call, CLIENT, "last consent")
    check(call, PEER, "last consent back")
    path.end(call)
    scene.wait(60)
    return NOMINATED,


@ends.on(DIRECT, BOUND)
def answer_behind_the_fin(scene, path):
    """A half-closed connection still carries the answer to the last check."""
    call = path.begin(scene)
    nominated(call)
    check(call, PEER, "last consent")
    for connection, side in sides(call, path, PEER)[::-1]:
        connection.packet(side, FIN | ACK)
    call.answer(CLIENT, "last consent")
    for connection, side in sides(call, path, CLIENT):
        connection.packet(side, FIN | ACK)
        connection.packet(not side, ACK)
    if path == BOUND:
        call.release()
    scene.wait(60)
    return NOMINATED,


@ends.on(DIRECT, BOUND, SEND, CHANNEL)
def media_until_the_reset(scene, path):
    """One end stops in the middle of the media, as an application that is closed."""
    call = path.begin(scene)
    nominated(call)
    media(call, 20)
    if path in (SEND, CHANNEL):
        call.refresh("release", lifetime=0)
    for connection, side in sides(call, path, CLIENT):
        close(connection, side, "rst")
    if path == BOUND:
        call.release()
    scene.wait(60)
    return NOMINATED,


def release_request(call) -> None:
    call.control.client(call.request(Method.REFRESH, "release", seconds(0)))


def release_answer(call, wait: int = 10 * MILLISECOND) -> None:
    call.control.server(call.message(Method.REFRESH, Class.SUCCESS, "release", seconds(0)), wait=wait)


def released(scene, path, how: str):
    call = path.begin(scene)
    nominated(call)
    if path == BOUND:
        call.hang_up()
    release_request(call)
    if how == "rst":
        call.control.packet(True, RST | ACK)
    else:
        call.control.packet(True, FIN | ACK)
        if how == "answered":
            release_answer(call)
        call.control.packet(False, FIN | ACK)
        call.control.packet(True, ACK)
    scene.wait(60)
    return NOMINATED,


@ends.on(BOUND, SEND, CHANNEL)
def release_and_fin_at_once(scene, path):
    """RFC 8656 7.1: the client need not wait for the answer to a Refresh with lifetime 0; the server closes without one."""
    return released(scene, path, "fin")


@ends.on(BOUND, SEND, CHANNEL)
def release_and_reset_at_once(scene, path):
    return released(scene, path, "rst")


@ends.on(BOUND, SEND, CHANNEL)
def release_answered_behind_the_fin(scene, path):
    return released(scene, path, "answered")


@ends.on(UDP_TURN)
def release_and_socket_closed(scene, path):
    """Over UDP the client may be gone before the answer."""
    call = path.begin(scene)
    nominated(call)
    release_request(call)
    return NOMINATED,


@ends.on(*RELAYED)
def left_without_release(scene, path):
    """RFC 8656 8: an allocation may run out; a client that dies does so. Worth a note."""
    call = path.begin(scene)
    nominated(call)
    if path == BOUND:
        call.hang_up()
    if path != UDP_TURN:
        call.control.close()
    scene.wait(60)
    return NOMINATED,


@ends.on(BOUND)
def control_connection_first(scene, path):
    """RFC 6062 4.1, RFC 8656 3: with the control connection the allocation ends, and the server closes the data
    connections."""
    call = path.begin(scene)
    nominated(call)
    release_request(call)
    release_answer(call)
    call.control.close()
    close(call.data, False, "fin")
    close(call.outside, False, "fin")
    scene.wait(60)
    return NOMINATED,


@ends.on(BOUND)
def relay_resets_what_is_left(scene, path):
    """Data is still on its way to a connection that is closed (RFC 9293 3.6): the relay's host resets."""
    call = path.begin(scene)
    nominated(call)
    media(call, 5)
    call.outside.packet(True, FIN | ACK)
    call.data.packet(False, FIN | ACK)
    call.data.packet(True, FIN | ACK)
    call.outside.packet(False, RST | ACK)
    call.data.packet(False, ACK)
    call.release()
    scene.wait(60)
    return NOMINATED,


@ends.on(DIRECT, BOUND)
def losing_connections_are_closed(scene, path):
    """RFC 6544 8: when a pair is nominated, the connections of the others are closed, checked or not."""
    call = path.begin(scene)
    second = beside(call, path)
    check(second, PEER, "first")
    nominated(call)
    leave(second, path)
    consent(call, 10)
    path.end(call)
    scene.wait(60)
    return NOMINATED, f"{UNFINISHED}|{UNKNOWN}"
