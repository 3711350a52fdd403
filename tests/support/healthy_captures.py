"""Healthy calls, captured as captures are: begun late, in two files, twice, not whole, in several places, by several clocks.

What was not captured is not judged: a verdict rests on what is in the file, and only loss may leave one unknown.
"""

import random
import struct
from collections.abc import Callable

from healthy import (ALL, BOUND, CHANNEL, DIRECT, MILLISECOND, NOMINATED, RELAYED, SEND, UDP_TURN, UNFINISHED, UNKNOWN,
                     VALID, Behaviours, consent, media, nominated)
from relayed_call import CLIENT, Call
from rule_cases import Scene
from tcpcap import checksum

captures = Behaviours()
losses = Behaviours()

WHATEVER_IS_LEFT = f"{NOMINATED}|{VALID}|{UNKNOWN}|{UNFINISHED}|none"


# ---- begun late ----


def begun(scene: Scene, frame: int) -> None:
    """The capture has the packets from this one on."""
    del scene.capture.sent[:frame]


def whole_call(path, scene: Scene) -> tuple[Call, int]:
    """Nominated, media, 30 s of consent, media; returns the call and the number of packets before the media."""
    call = path.begin(scene)
    nominated(call)
    count = scene.capture.frames
    media(call)
    consent(call, 30)
    media(call, label="more media")
    return call, count


@captures.on(BOUND, SEND, CHANNEL, UDP_TURN)
def begun_after_the_allocation(scene, path):
    """The relayed address is not in the file; everything else of the pair is."""
    call = path.make(scene)
    call.allocate()
    allocated = scene.capture.frames
    call.permit()
    if path == BOUND:
        call.peer_connects()
        call.bind()
    if path == CHANNEL:
        call.bind_channel()
    nominated(call)
    consent(call, 15)
    path.end(call)
    begun(scene, allocated)
    return NOMINATED,


@captures.on(*ALL)
def begun_before_the_first_check(scene, path):
    """Behind the bind, for a bound connection: its legs carry the same transaction ids (RFC 6062 5.4), so they are of
    one pair."""
    call = path.begin(scene)
    ready = scene.capture.frames
    nominated(call)
    media(call)
    consent(call, 15)
    path.end(call)
    begun(scene, ready)
    return NOMINATED,


@captures.on(*ALL)
def begun_between_a_check_and_its_answer(scene, path):
    """The first message is an answer to what nobody saw."""
    call = path.begin(scene)
    call.check(CLIENT, "first")
    asked = scene.capture.frames
    call.answer(not CLIENT, "first")
    nominated(call, "later ")
    consent(call, 10)
    path.end(call)
    begun(scene, asked)
    return NOMINATED,


@captures.on(*ALL)
def begun_after_the_nomination(scene, path):
    """Consent shows that the pair is valid, in both directions; who nominated it is not in the file."""
    call, count = whole_call(path, scene)
    path.end(call)
    begun(scene, count)
    return VALID,


@captures.on(*ALL)
def begun_in_the_media(scene, path):
    """No check at all: there is nothing to tell a pair by but media and addresses, and nothing to judge it by."""
    call, _ = whole_call(path, scene)
    count = scene.capture.frames
    media(call, 20, "last media")
    begun(scene, count)
    return f"{UNKNOWN}|none",


@captures.on(*ALL)
def begun_in_the_last_answers(scene, path):
    """From the middle of the last consent checks on."""
    call, _ = whole_call(path, scene)
    consent(call, 5, "last")
    begun(scene, scene.capture.frames - (3 if path == BOUND else 1))
    scene.wait(1)
    return f"{UNKNOWN}|{UNFINISHED}|none",


# ---- two files of a ring buffer ----


@captures.on(*ALL)
def first_file(scene, path):
    """Ends between a consent check and its answer."""
    call, _ = whole_call(path, scene)
    call.check(CLIENT, "last")
    return NOMINATED,


@captures.on(*ALL)
def second_file(scene, path):
    """Begins with the answer, and has the end of the call; the consent in it shows both directions."""
    call, _ = whole_call(path, scene)
    call.check(CLIENT, "last")
    count = scene.capture.frames
    call.answer(not CLIENT, "last")
    consent(call, 20, "later")
    media(call, label="last media")
    path.end(call)
    begun(scene, count)
    return VALID,


@captures.on(*RELAYED)
def file_with_only_the_end(scene, path):
    """The release, and what closes: nothing to complain of."""
    call, _ = whole_call(path, scene)
    count = scene.capture.frames
    path.end(call)
    begun(scene, count)
    return f"{UNKNOWN}|none",


# ---- twice ----


def twice(scene: Scene, later: int, chosen: Callable[[int], bool] = lambda number: True) -> None:
    """The same packets again, microseconds later."""
    sent = scene.capture.sent
    copies = [(time + later, packet) for number, (time, packet) in enumerate(sent) if chosen(number)]
    sent[:] = sorted(sent + copies, key=lambda entry: entry[0])


def mirrored(later: int, chosen: Callable[[int], bool] = lambda number: True):
    def build(scene, path):
        call, _ = whole_call(path, scene)
        path.end(call)
        scene.wait(1)
        twice(scene, later, chosen)
        return NOMINATED,

    return build


# A SPAN port that mirrors both directions of a trunk sends each packet twice; the copy may come through a longer way, after the
# answer to the first one.
captures.on(*ALL, name="span_duplicates")(mirrored(3))
captures.on(*ALL, name="span_duplicates_after_the_answer")(mirrored(25 * MILLISECOND))
captures.on(*ALL, name="span_duplicates_of_some")(mirrored(40, lambda number: number % 3 == 0))


# ---- several places and clocks ----


def is_between(packet: bytes, hosts: set[bytes]) -> bool:
    return packet[26:30] in hosts and packet[30:34] in hosts


def address_of(host: str) -> bytes:
    return bytes(map(int, host.split(".")))


def outside_hosts(scene: Scene) -> set[bytes]:
    return {address_of(scene.ends.relayed[0]), address_of(scene.ends.peer[0])}


def shift(scene: Scene, by: int) -> None:
    """The clock outside is wrong by so many microseconds."""
    hosts = outside_hosts(scene)
    sent = scene.capture.sent
    moved = [(time + (by if is_between(packet, hosts) else 0), packet) for time, packet in sent]
    sent[:] = sorted(moved, key=lambda entry: entry[0])


def skewed(by: int):
    def build(scene, path):
        call = path.begin(scene)
        nominated(call)
        media(call)
        consent(call, 15)
        path.end(call)
        scene.wait(1)
        shift(scene, by)
        return NOMINATED,

    return build


for skew in (-35, -4, 4, 35, 250, -250):
    captures.on(BOUND, name=f"clock_outside_{skew}_ms")(skewed(skew * MILLISECOND))


def translated(packet: bytes, old: tuple[str, int], new: tuple[str, int]) -> bytes:
    """The packet behind a NAT that has another transport address for one of its ends; IPv4, TCP or UDP without a
    checksum."""
    packet = bytearray(packet)
    for host, port in ((26, 34), (30, 36)):
        if packet[host:host + 4] == address_of(old[0]) and packet[port:port + 2] == struct.pack("!H", old[1]):
            packet[host:host + 4] = address_of(new[0])
            packet[port:port + 2] = struct.pack("!H", new[1])
    packet[24:26] = bytes(2)
    packet[24:26] = struct.pack("!H", checksum(bytes(packet[14:34])))
    if packet[23] == 6:
        packet[50:52] = bytes(2)
        pseudo = bytes(packet[26:34]) + struct.pack("!II", len(packet) - 34, 6)
        packet[50:52] = struct.pack("!H", checksum(pseudo + bytes(packet[34:])))
    return bytes(packet)


def also_behind_nat(scene: Scene, mapping: dict[tuple[str, int], tuple[str, int]], later: int) -> None:
    """A capture point more, on the other side of the NAT; what the client sends passes there first."""
    sent = scene.capture.sent
    added = []
    for time, packet in sent:
        for old, new in mapping.items():
            changed = translated(packet, old, new)
            if changed != packet:
                from_client = packet[26:30] == address_of(old[0])
                added.append((time + (-later if from_client else later), changed))
    sent[:] = sorted(sent + added, key=lambda entry: entry[0])


@captures.on(BOUND, SEND, CHANNEL, UDP_TURN)
def three_capture_points(scene, path):
    """Before the client's NAT, inside and outside: one call, one pair, one verdict. The server sees the translated
    address."""
    number = scene.ends.client[0].split(".")[2]
    call, _ = whole_call(path, scene)
    path.end(call)
    scene.wait(1)
    host = f"10.24.{number}.5"
    also_behind_nat(scene, {call.ends.client: (host, 40000), call.ends.data: (host, 40001)}, 2 * MILLISECOND)
    return NOMINATED,


@captures.on(BOUND)
def relay_behind_a_static_nat(scene, path):
    """The server offers its public address, and has a private one: what passes outside was captured with the private one."""
    public, private = scene.ends.relayed, f"10.25.{scene.ends.client[0].split('.')[2]}.2"
    call, _ = whole_call(path, scene)
    path.end(call)
    scene.capture.sent[:] = [(time, translated(packet, public, (private, public[1]))) for time, packet in scene.capture.sent]
    return NOMINATED,


@captures.on(BOUND)
def peer_behind_a_nat_of_the_outer_firewall(scene, path):
    """The capture outside is in front of a firewall that gives the peer another address than the server sees (XOR-
    PEER-ADDRESS)."""
    number = scene.ends.client[0].split(".")[2]
    call, _ = whole_call(path, scene)
    path.end(call)
    sent = scene.capture.sent
    sent[:] = [(time, translated(packet, scene.ends.peer, (f"10.26.{number}.7", 61000))) for time, packet in sent]
    return NOMINATED,


def captured_where(inside: bool):
    def build(scene, path):
        call, _ = whole_call(path, scene)
        path.end(call)
        outside = outside_hosts(scene)
        scene.capture.sent[:] = [(time, packet) for time, packet in scene.capture.sent if is_between(packet, outside) != inside]
        return NOMINATED,

    return build


# The commonest capture, between client and server; and what the peer's side sees, a direct connection.
captures.on(*RELAYED, name="only_the_inside")(captured_where(inside=True))
captures.on(BOUND, name="only_the_outside")(captured_where(inside=False))


def one_way(sender: bool):
    def build(scene, path):
        call, _ = whole_call(path, scene)
        path.end(call)
        ends = scene.ends
        hosts = {address_of(host) for host in ((ends.client[0],) if path != DIRECT else (ends.data[0],))}
        keep = (lambda packet: packet[26:30] in hosts) if sender == CLIENT else (lambda packet: packet[26:30] not in hosts)
        inner = [(time, packet) for time, packet in scene.capture.sent if not is_between(packet, outside_hosts(scene))]
        scene.capture.sent[:] = [(time, packet) for time, packet in inner if keep(packet)]
        return f"{UNKNOWN}|none",

    return build


captures.on(*ALL, name="only_what_the_client_sends")(one_way(CLIENT))
captures.on(*ALL, name="only_what_the_client_gets")(one_way(not CLIENT))


# ---- packets that the capture missed ----


def missing(percent: int, seed: int):
    """RFC 9293 3.4: what TCP acknowledged was there. Verdicts may be less sure, and never wrong."""

    def build(scene, path):
        call, _ = whole_call(path, scene)
        if path in (SEND, CHANNEL, BOUND, UDP_TURN):
            call.refresh("refresh")
        consent(call, 15, "later")
        path.end(call)
        scene.wait(45)
        dice = random.Random(f"{percent} {seed} {path}")
        sent = scene.capture.sent
        sent[:] = [entry for entry in sent if dice.random() * 100 >= percent]
        return WHATEVER_IS_LEFT,

    return build


for share in (2, 5, 15):
    for dice_seed in range(6):
        losses.on(*ALL, name=f"{share}-percent-missing-{dice_seed}")(missing(share, dice_seed))
