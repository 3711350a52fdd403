"""Healthy clients of TURN servers: what RFC 8656, RFC 6062 and RFC 8489 let them do with an allocation."""

import copy
from dataclasses import replace

import case_calls
import turn
from case_calls import (attempt, challenge, connect, connect_succeeded, credentials, permission, permitted, refresh,
                        refreshed, seconds)
from healthy import (BOUND, CHANNEL, MILLISECOND, NOMINATED, RELAYED, SECOND, SEND, UDP_TURN, UNFINISHED, UNKNOWN,
                     Behaviours, Path, both_check, check, checked, consent, media, nominated)
from relayed_call import CLIENT, PEER, Call
from stun import Attribute, Class, Method

allocations = Behaviours()

NEW_NONCE = b"fedcba9876543210"
STALE, UNAUTHENTICATED = 438, 401


def ask(call: Call, method: int, label: str, *attributes: tuple[int, bytes], nonce: bytes = turn.NONCE,
        wait: int = 10 * MILLISECOND) -> int:
    """A request on the control connection with this nonce."""
    return call.control.client(call.message(method, Class.REQUEST, label, *attributes, *credentials(nonce=nonce)), wait=wait)


def succeed(call: Call, method: int, label: str, *attributes: tuple[int, bytes]) -> int:
    return call.control.server(call.message(method, Class.SUCCESS, label, *attributes))


def renew_permission(call: Call, label: str, nonce: bytes = turn.NONCE, wait: int = 10 * MILLISECOND) -> None:
    ask(call, Method.CREATE_PERMISSION, label, case_calls.peer_of(call, label), nonce=nonce, wait=wait)
    succeed(call, Method.CREATE_PERMISSION, label)


def renew_channel(call: Call, label: str, nonce: bytes = turn.NONCE, wait: int = 10 * MILLISECOND) -> None:
    ask(call, Method.CHANNEL_BIND, label, *channel_of(call, label), nonce=nonce, wait=wait)
    succeed(call, Method.CHANNEL_BIND, label)


def channel_of(call: Call, label: str) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    return (Attribute.CHANNEL_NUMBER, call.channel.to_bytes(2, "big") + bytes(2)), case_calls.peer_of(call, label)


def release(call: Call, path: Path, nonce: bytes = turn.NONCE) -> None:
    """In good order, with another nonce than the first one."""
    if path == BOUND:
        call.hang_up()
    ask(call, Method.REFRESH, "release", seconds(0), nonce=nonce)
    succeed(call, Method.REFRESH, "release", seconds(0))
    if path != UDP_TURN:
        call.control.close()


# ---- refresh: RFC 8656 8, 10, 12 ----


@allocations.on(*RELAYED)
def refresh_at_once(scene, path):
    """RFC 8656 8: at any time; CMS does so right after the Allocate (frame 2428 of the call that the project is made
    for)."""
    call = path.begin(scene)
    call.refresh("refresh")
    nominated(call)
    path.end(call)
    return NOMINATED,


@allocations.on(*RELAYED)
def refresh_a_minute_before_expiry(scene, path):
    """RFC 8656 8: at least a minute before is recommended; libwebrtc does exactly that. Permissions: each 4 minutes
    (RFC 8656 10)."""
    return long_call(scene, path, (240, 240, 60))


@allocations.on(*RELAYED)
def refresh_seconds_before_expiry(scene, path):
    """RFC 8656 8: in time is in time; late may be noted."""
    return long_call(scene, path, (240, 240, 118))


def long_call(scene, path, waits: tuple[float, ...]):
    """Nominated; permissions (and a channel) are renewed after each wait but the last, behind which the Refresh is."""
    call = path.begin(scene)
    nominated(call)
    media(call)
    for number, wait in enumerate(waits[:-1]):
        renew_permission(call, f"renewed {number}", wait=round(wait * SECOND))
        if path == CHANNEL:
            renew_channel(call, f"rebound {number}")
    call.refresh("refresh", wait=round(waits[-1] * SECOND))
    renew_permission(call, "renewed at last")
    media(call, label="late media")
    nominated(call, "later ")
    path.end(call)
    return NOMINATED,


@allocations.on(*RELAYED)
def refresh_gives_less_than_wished(scene, path):
    """RFC 8656 8.2: the server chooses; the client refreshes sooner."""
    call = path.begin(scene)
    nominated(call)
    for number in range(3):
        ask(call, Method.REFRESH, f"refresh {number}", seconds(3600), wait=100 * SECOND)
        succeed(call, Method.REFRESH, f"refresh {number}", seconds(120))
        renew_permission(call, f"permission {number}")
    media(call)
    path.end(call)
    return NOMINATED,


@allocations.on(CHANNEL)
def channel_rebound(scene, path):
    """RFC 8656 12: the same channel for the same peer again, before its ten minutes are over; it renews the
    permission, too (12.2)."""
    call = path.begin(scene)
    nominated(call)
    for number in range(4):
        renew_channel(call, f"rebound {number}", wait=280 * SECOND)
        call.refresh(f"refresh {number}")
        media(call, label=f"media {number}")
    path.end(call)
    return NOMINATED,


@allocations.on(SEND, CHANNEL, UDP_TURN)
def permission_renewed_after_it_ran_out(scene, path):
    """RFC 8656 9: nothing was sent meanwhile; when there is something again, it is permitted again first."""
    call = path.begin(scene)
    nominated(call)
    renew_permission(call, "again", wait=400 * SECOND)
    if path == CHANNEL:
        renew_channel(call, "rebound")
    media(call)
    nominated(call, "later ")
    path.end(call)
    return NOMINATED,


# ---- requests that do not wait for each other ----


def pipelined(scene, path, granted: str, stale: str):
    """Two requests for one address at once, of which one meets a new nonce, and is repeated later."""
    call = path.make(scene)
    call.allocate()
    for label in ("one", "two"):
        call.control.client(permission(call, label))
    for label in ("one", "two"):
        call.control.server(permitted(call, label) if label == granted
                            else challenge(call, Method.CREATE_PERMISSION, label, STALE, NEW_NONCE))
    if path == BOUND:
        call.peer_connects()
        case_calls.bind(call, begin_data(call), call.connection_id, "bind", *credentials(nonce=NEW_NONCE))
        case_calls.bound(call, call.data)
    both_check(call)
    renew_permission(call, f"{stale} again", NEW_NONCE)
    checked(call, PEER, "nomination", nominate=True)
    release(call, path, NEW_NONCE)
    return NOMINATED,


def begin_data(call: Call):
    call.data = call.connection(call.ends.data, call.ends.server)
    return call.data


@allocations.on(BOUND, SEND, UDP_TURN)
def permissions_pipelined(scene, path):
    """RFC 8489 6.2.2: several requests may be open on a connection. The first is granted: that is a permission (RFC
    8656 9)."""
    return pipelined(scene, path, "one", "two")


@allocations.on(BOUND, SEND, UDP_TURN)
def permissions_pipelined_and_the_first_refused(scene, path):
    """The same the other way round."""
    return pipelined(scene, path, "two", "one")


@allocations.on(*RELAYED)
def refresh_and_permission_pipelined(scene, path):
    """Answered in another order than asked."""
    call = path.begin(scene)
    call.control.client(refresh(call, "refresh"))
    call.control.client(permission(call, "again"))
    call.control.server(permitted(call, "again"))
    call.control.server(refreshed(call, "refresh"))
    nominated(call)
    path.end(call)
    return NOMINATED,


@allocations.on(SEND, UDP_TURN)
def permissions_for_many_peers(scene, path):
    """One request for several addresses (RFC 8656 10.1), most of which are never heard of again."""
    call = path.begin(scene)
    network = call.ends.peer[0].rsplit(".", 1)[0]
    peers = [case_calls.peer_of(call, "many", (f"{network}.{host}", 0)) for host in range(20, 26)]
    ask(call, Method.CREATE_PERMISSION, "many", *peers, case_calls.peer_of(call, "many"))
    succeed(call, Method.CREATE_PERMISSION, "many")
    nominated(call)
    path.end(call)
    return NOMINATED,


@allocations.on(SEND, UDP_TURN)
def check_right_after_the_permission_request(scene, path):
    """libwebrtc does not wait: the server does one thing after the other, and over UDP a check that is too early is
    repeated."""
    call = path.make(scene)
    call.allocate()
    call.control.client(permission(call, "one"))
    check(call, CLIENT, "early")
    call.control.server(permitted(call, "one"))
    call.answer(PEER, "early")
    checked(call, PEER, "first")
    checked(call, PEER, "nomination", nominate=True)
    path.end(call)
    return NOMINATED,


@allocations.on(CHANNEL)
def from_indications_to_a_channel(scene, path):
    """RFC 8656 12: libwebrtc checks in Send indications, and binds a channel when there is media. It stays one pair."""
    call = path.make(scene)
    call.allocate()
    call.permit()
    number, call.channel = call.channel, None
    both_check(call)
    label = "channel"
    ask(call, Method.CHANNEL_BIND, label, (Attribute.CHANNEL_NUMBER, number.to_bytes(2, "big") + bytes(2)),
        case_calls.peer_of(call, label))
    media(call)
    succeed(call, Method.CHANNEL_BIND, label)
    call.channel = number
    checked(call, PEER, "nomination", nominate=True)
    media(call, label="more media")
    consent(call, 10)
    path.end(call)
    return NOMINATED,


# ---- nonces: RFC 8489 9.2.5 ----


def new_nonce(scene, path, code: int, method: int):
    """The request after a while is challenged with a new nonce, and repeated with it."""
    call = path.begin(scene)
    nominated(call)
    attributes = {Method.REFRESH: lambda label: [seconds(600)],
                  Method.CREATE_PERMISSION: lambda label: [case_calls.peer_of(call, label)],
                  Method.CHANNEL_BIND: lambda label: channel_of(call, label)}[method]
    for round_, old, new in ((0, turn.NONCE, NEW_NONCE), (1, NEW_NONCE, b"the third nonce!")):
        ask(call, method, f"stale {round_}", *attributes(f"stale {round_}"), nonce=old, wait=120 * SECOND)
        call.control.server(challenge(call, method, f"stale {round_}", code, new))
        ask(call, method, f"again {round_}", *attributes(f"again {round_}"), nonce=new)
        succeed(call, method, f"again {round_}", *([seconds(600)] if method == Method.REFRESH else []))
        media(call, label=f"media {round_}")
    release(call, path, b"the third nonce!")
    return NOMINATED,


@allocations.on(*RELAYED)
def refresh_with_a_stale_nonce(scene, path):
    """438 in mid-session, repeated with the new nonce; twice."""
    return new_nonce(scene, path, STALE, Method.REFRESH)


@allocations.on(*RELAYED)
def refresh_challenged_again(scene, path):
    """A server that says 401 where others say 438: with a nonce that differs from the request's the client goes on
    (RFC 8489 9.2.5)."""
    return new_nonce(scene, path, UNAUTHENTICATED, Method.REFRESH)


@allocations.on(*RELAYED)
def permission_with_a_stale_nonce(scene, path):
    return new_nonce(scene, path, STALE, Method.CREATE_PERMISSION)


@allocations.on(*RELAYED)
def permission_challenged_again(scene, path):
    return new_nonce(scene, path, UNAUTHENTICATED, Method.CREATE_PERMISSION)


@allocations.on(CHANNEL)
def channel_with_a_stale_nonce(scene, path):
    return new_nonce(scene, path, STALE, Method.CHANNEL_BIND)


@allocations.on(BOUND)
def bind_with_a_stale_nonce(scene, path):
    """RFC 6062 5.4 takes the authentication of RFC 8489: 438 to the ConnectionBind, and the same on the same
    connection again."""
    call = case_calls.prepared(scene)
    call.peer_connects()
    case_calls.bind(call, begin_data(call), call.connection_id, "stale")
    call.data.server(challenge(call, Method.CONNECTION_BIND, "stale", STALE, NEW_NONCE))
    case_calls.bind(call, call.data, call.connection_id, "bind", *credentials(nonce=NEW_NONCE))
    case_calls.bound(call, call.data)
    nominated(call)
    release(call, path, NEW_NONCE)
    return NOMINATED,


@allocations.on(BOUND, SEND)
def second_allocation_with_a_known_nonce(scene, path):
    """RFC 8489 9.2.5: realm and nonce may be used for later requests to the same server; so no challenge on the
    second connection."""
    first = path.begin(scene)
    nominated(first)
    path.end(first)
    ends = replace(scene.ends, client=(scene.ends.client[0], 33999), relayed=(scene.ends.relayed[0], 35999),
                   data=(scene.ends.data[0], 44999))
    call = type(first)(scene.capture, ends, f"{scene.name}, second")
    call.connection_id = bytes([0, 0, 9, 9])
    case_calls.begin(call)
    call.control.client(case_calls.allocate(call))
    call.control.server(case_calls.allocated(call))
    call.permit()
    if path == BOUND:
        call.peer_connects()
        call.bind()
    nominated(call)
    path.end(call)
    return NOMINATED, NOMINATED


# ---- peer connections: RFC 6062 ----


def attempt_before(scene, where: str):
    """A second peer connects when the call is nearly over."""
    call = BOUND.begin(scene)
    nominated(call)
    call.hang_up()
    late = call.ends.peer[0], 60001
    outside = None
    if where != "after the request":
        outside = call.connection(late, call.ends.relayed)
        attempt(call, "late", bytes([0, 0, 9, 2]), late)
    call.control.client(call.request(Method.REFRESH, "release", seconds(0)), wait=100 * MILLISECOND)
    if outside is None:
        outside = call.connection(late, call.ends.relayed)
        attempt(call, "late", bytes([0, 0, 9, 2]), late)
    call.control.server(call.message(Method.REFRESH, Class.SUCCESS, "release", seconds(0)))
    outside.packet(False, 0x14)  # RST, ACK: the allocation is gone
    call.control.close()
    scene.wait(60)
    return NOMINATED, f"{UNFINISHED}|{UNKNOWN}"


@allocations.on(BOUND)
def attempt_shortly_before_the_release(scene, path):
    """RFC 6062 5.2: the client has 30 s to bind, and may release instead. What became of the second pair nobody can
    know: unfinished."""
    return attempt_before(scene, "before the request")


@allocations.on(BOUND)
def attempt_while_the_release_is_on_its_way(scene, path):
    """The same: the server announced it before it got the release."""
    return attempt_before(scene, "after the request")


def bind_elsewhere(scene, port: int):
    call = case_calls.prepared(scene)
    call.peer_connects()
    call.data = call.connection(call.ends.data, (call.ends.server[0], port))
    case_calls.bind(call, call.data, call.connection_id)
    case_calls.bound(call, call.data)
    nominated(call)
    BOUND.end(call)
    return NOMINATED,


@allocations.on(BOUND)
def bind_on_another_port(scene, path):
    """RFC 6062 4.3: "to the server"; a server may listen on several ports (Expressway: 3478 to 3483), and it said
    success."""
    return bind_elsewhere(scene, 3479)


@allocations.on(BOUND)
def bind_on_port_443(scene, path):
    return bind_elsewhere(scene, 443)


@allocations.on(BOUND)
def bind_after_twenty_seconds(scene, path):
    """RFC 6062 5.2: within 30 s."""
    call = case_calls.prepared(scene)
    call.peer_connects()
    scene.wait(20)
    call.bind()
    nominated(call)
    path.end(call)
    return NOMINATED,


def server_connects(call, nonce: bytes = turn.NONCE) -> None:
    """To the peer, after the request "connect"; and the client binds that connection."""
    call.outside = call.connection(call.ends.relayed, call.ends.peer)
    connect_succeeded(call, "connect", call.connection_id)
    case_calls.bind(call, begin_data(call), call.connection_id, "bind", *credentials(nonce=nonce))
    case_calls.bound(call, call.data)
    call.outside.send, ahead = (lambda sender, *a, **o: ahead(not sender, *a, **o)), call.outside.send


@allocations.on(BOUND)
def client_connects(scene, path):
    """RFC 6062 4.3: the client has the server connect to the peer."""
    call = case_calls.prepared(scene)
    connect(call, "connect")
    server_connects(call)
    nominated(call)
    path.end(call)
    return NOMINATED,


@allocations.on(BOUND, name="connect_refused_with_438_and_sent_again")
def connect_sent_again(scene, path):
    """RFC 8489 9.2.5: with the new nonce it is the same attempt, and one pair."""
    call = case_calls.prepared(scene)
    connect(call, "old nonce")
    call.control.server(challenge(call, Method.CONNECT, "old nonce", STALE, NEW_NONCE))
    ask(call, Method.CONNECT, "connect", case_calls.peer_of(call, "connect"), nonce=NEW_NONCE)
    server_connects(call, NEW_NONCE)
    nominated(call)
    call.hang_up()
    call.control.close()
    return NOMINATED,


@allocations.on(BOUND)
def peer_reconnects(scene, path):
    """RFC 6544 11.1: the active end opens the connection again, from the same port, and all is checked anew: two pairs."""
    call = path.begin(scene)
    nominated(call)
    call.hang_up()
    scene.wait(20)
    where = replace(scene.ends, data=(scene.ends.data[0], 44999))
    again = type(call)(scene.capture, where, f"{scene.name}, again", 5_000_000, bytes([0, 0, 9, 3]))
    again.control = call.control
    again.peer_connects()
    again.bind()
    nominated(again)
    consent(again, 10)
    path.end(again)
    return NOMINATED, NOMINATED


# ---- NAT and address families ----


@allocations.on(*RELAYED)
def client_behind_a_nat(scene, path):
    """RFC 8489 14.2: the reflexive address is another one; worth a note."""
    number = scene.ends.client[0].split(".")[2]
    call = path.begin(scene, mapped=(f"10.23.{number}.9", 40001))
    nominated(call)
    path.end(call)
    return NOMINATED,


@allocations.on(SEND, UDP_TURN)
def dual_allocation(scene, path):
    """RFC 8656 7.2: an IPv4 and an IPv6 relayed address; a peer of each family, and only addresses of one family make
    a pair."""
    number = scene.ends.client[0].split(".")[2]
    relayed, peer = (f"2001:db8:{number}::2", 35000), (f"2001:db8:{number}::7", 53577)
    call = path.begin(scene, second_relayed=relayed)
    other = copy.copy(call)
    other.name, other.ends = f"{call.name}, IPv6", replace(call.ends, relayed=relayed, peer=peer)
    other.permit()
    nominated(call)
    nominated(other)
    media(other)
    path.end(call)
    return NOMINATED, NOMINATED
