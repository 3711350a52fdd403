"""What real, healthy implementations do: none of it may be called a fault. Standard library and pytest only.

    behaviours = Behaviours()

    @behaviours.on(*ALL)
    def consent_for_a_minute(scene, path):
        call = path.begin(scene)
        ...
        return "nominated",                 # of the pairs, by the peer's port, then in the order of their ids

    seen = behaviours.play(tshark, write)
    assert seen.complaints(behaviour) == []

A behaviour is built on each of its paths. As in rule_cases.py, all of them are laid over each other in one capture. Where
several verdicts are right, they are given as "nominated|valid"; `unknown` and `unfinished` only where a capture cannot tell,
and the docstring says why. What a behaviour may be told of besides notes is `may`; the docstring says by which rule.
"""

import copy
import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path as FilePath

import pytest
import stun
import turn
from case_calls import UdpTurnCall
from relayed_call import CLIENT, PEER, TIE_BREAKER, Call
from rule_cases import END, OPTIONS, Scene, together
from stun import Attribute, Class, Method
from tcpcap import INTERVAL, Capture
from verdicts import JSON, TROUBLE, TWO_PASSES
from wireshark import Tshark

NOMINATION = 0xC001  # draft-thatcher-ice-renomination-01 4; libwebrtc, libnice and pion use this number
MILLISECOND, SECOND = 1_000, 1_000_000
NOMINATED, VALID, UNKNOWN, UNFINISHED = "nominated", "valid", "unknown", "unfinished"
NONE = "none"  # "unknown|none": any number of pairs, each of them unknown
Verdicts = Sequence[str]


# ---- paths ----


@dataclass(frozen=True)
class Path:
    """A way from end to end. `end`: how a call is ended in good order."""

    name: str
    make: Callable[[Scene], Call]
    end: Callable[[Call], None]
    def begin(self, scene: Scene, **facts) -> Call:
        """A call up to the first check; the facts are attributes of it."""
        call = self.make(scene)
        for name, value in facts.items():
            setattr(call, name, value)
        return call.connected()

    def __str__(self) -> str:
        return self.name


def _bound_end(call: Call) -> None:
    call.hang_up()
    call.release()


DIRECT = Path("direct", lambda scene: scene.direct(), lambda call: call.line.close())
BOUND = Path("bound", lambda scene: scene.relayed(), _bound_end)
SEND = Path("send", lambda scene: scene.wrapped(), lambda call: call.release())
CHANNEL = Path("channel", lambda scene: scene.wrapped(0x4001), lambda call: call.release())
UDP = Path("udp", lambda scene: scene.direct(udp=True), lambda call: None)


class RelayedDatagrams(UdpTurnCall):
    """Packets in Send and Data indications over UDP."""

    def connected(self) -> "RelayedDatagrams":
        self.allocate()
        self.permit()
        return self

    def pass_on(self, sender: bool, packet: bytes, label: str, wait: int = INTERVAL) -> tuple[int, int]:
        method = Method.SEND if sender == CLIENT else Method.DATA
        label = f"{method.name} {label}"
        peer = self.address(Attribute.XOR_PEER_ADDRESS, self.ends.peer, label)
        message = self.message(method, Class.INDICATION, label, peer, (Attribute.DATA, packet), key=None)
        frame = self.control.send(sender, message, wait=wait)
        return (frame, 0) if sender == CLIENT else (0, frame)


class RelayedDatagramsOutside(RelayedDatagrams):
    """The same, and what passes between relay and peer."""

    def pass_on(self, sender: bool, packet: bytes, label: str, wait: int = INTERVAL) -> tuple[int, int]:
        outside = self.connection(self.ends.peer, self.ends.relayed)
        if sender == CLIENT:
            inner, _ = super().pass_on(sender, packet, label, wait)
            return inner, outside.server(packet)
        outer = outside.client(packet, wait)
        return super().pass_on(sender, packet, label)[1], outer


def _udp_turn_end(call: Call) -> None:
    call.refresh("release", lifetime=0)


UDP_TURN = Path("udp-turn", lambda scene: RelayedDatagrams(scene.capture, scene.ends, scene.name), _udp_turn_end)

UDP_BOTH = Path("udp-both", lambda scene: RelayedDatagramsOutside(scene.capture, scene.ends, scene.name), _udp_turn_end)

TCP = DIRECT, BOUND, SEND, CHANNEL
RELAYED = BOUND, SEND, CHANNEL, UDP_TURN
WRAPPED = SEND, CHANNEL, UDP_TURN
ALL = DIRECT, BOUND, SEND, CHANNEL, UDP, UDP_TURN


def beside(call: Call, path: Path, number: int = 1) -> Call:
    """Another pair of the same ICE session: the peer has another port, and so has the client on a direct path."""
    ends = call.ends
    other = copy.copy(call)
    other.name = f"{call.name}, pair {number}"
    other.ends = replace(ends, peer=(ends.peer[0], ends.peer[1] + number), data=(ends.data[0], ends.data[1] + number))
    if path in (DIRECT, UDP):
        other.connected()
    elif path == BOUND:
        other.connection_id = bytes([0, 0, 9, number])
        other.peer_connects()
        other.bind()
    elif path == CHANNEL:
        other.channel = call.channel + number
        other.bind_channel()
    return other


def leave(call: Call, path: Path) -> None:
    """Closes what only this pair has."""
    if path == DIRECT:
        call.line.close()
    elif path == BOUND:
        call.hang_up()


# ---- steps that relayed_call.py does not have ----


def check(call: Call, sender: bool, label: str, *extra: tuple[int, bytes], role: int | None = None, nominate: bool = False,
          ufrags: tuple[str, str] = ("here", "there"), **options) -> tuple[int, int]:
    """A check with any role, user fragments (client's, peer's) and further attributes."""
    attributes = [(Attribute.USE_CANDIDATE, b"")] if nominate else []
    own, other = ufrags if sender == CLIENT else reversed(ufrags)
    if role is None:
        role = Attribute.ICE_CONTROLLED if sender == CLIENT else Attribute.ICE_CONTROLLING
    attributes += [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (role, TIE_BREAKER),
                   (Attribute.USERNAME, f"{other}:{own}".encode()), *extra]
    packet = call.message(Method.BINDING, Class.REQUEST, label, *attributes, key=b"password")
    return call.pass_on(sender, packet, label, **options)


def checked(call: Call, sender: bool, label: str, *extra: tuple[int, bytes], **options) -> None:
    """A check and its answer."""
    check(call, sender, label, *extra, **options)
    call.answer(not sender, label)


def nominating(number: int) -> tuple[int, bytes]:
    return NOMINATION, stun.unsigned32(number)


def both_check(call: Call, label: str = "", **options) -> None:
    """Valid, and not nominated."""
    checked(call, PEER, f"{label}first", **options)
    checked(call, CLIENT, f"{label}back", **options)


def nominated(call: Call, label: str = "", **options) -> None:
    """Regular nomination, RFC 8445 8.1.1."""
    both_check(call, label, **options)
    checked(call, PEER, f"{label}nomination", nominate=True, **options)


def consent(call: Call, seconds: float, label: str = "consent", interval: float = 5, **options) -> None:
    """RFC 7675 5.1: both ends, a new transaction each time."""
    for number in range(int(seconds / interval)):
        checked(call, CLIENT, f"{label} {number}", wait=round(interval * SECOND), **options)
        checked(call, PEER, f"{label} back {number}", **options)


def media(call: Call, packets: int = 3, label: str = "media", wait: int = 20 * MILLISECOND) -> None:
    for number in range(packets):
        call.pass_on(PEER, turn.rtp(number + 1), f"{label} {number}", wait=wait)
        call.pass_on(CLIENT, turn.rtp(number + 100), f"{label} back {number}")


def indication(call: Call, sender: bool, label: str, **options) -> None:
    """RFC 8445 11: a keep-alive."""
    call.pass_on(sender, call.message(Method.BINDING, Class.INDICATION, label, key=None), label, **options)


# ---- behaviours ----

Build = Callable[[Scene, Path], Verdicts]


def parameters(group: str, behaviours: "Behaviours", not_yet: Iterable[str]) -> Iterator:
    """For pytest.mark.parametrize: a group and each of its behaviours; those of `not_yet` are expected to fail, and
    strictly."""
    for behaviour in behaviours.known:
        name = f"{group}-{behaviour}"
        fails = any(fnmatchcase(name, pattern) for pattern in not_yet)
        marks = [pytest.mark.xfail(strict=True, reason="the rule is not mended yet")] if fails else []
        yield pytest.param(group, behaviour, id=name, marks=marks)


def without_behaviour(not_yet: Iterable[str], groups: dict[str, "Behaviours"]) -> list[str]:
    """Patterns that no behaviour has; every name is there once."""
    names = [f"{group}-{behaviour}" for group, behaviours in groups.items() for behaviour in behaviours.known]
    assert len(set(names)) == len(names), "a name is there twice"
    return [pattern for pattern in not_yet if not any(fnmatchcase(name, pattern) for name in names)]


def players(groups: dict[str, "Behaviours"], tshark: Tshark, write: Callable[[Capture], FilePath]) -> Callable[[str], "Seen"]:
    """What is said of a group's behaviours, by its name; a group is played when it is first asked for."""
    return functools.cache(lambda group: groups[group].play(tshark, write))


@dataclass(frozen=True)
class Behaviour:
    build: Build
    path: Path
    may: frozenset[str] | None  # findings above note that the rules allow here; None: any
    must: frozenset[str]  # findings that have to be there
    never: frozenset[str]  # and those that must not, not even as a note
    rename: str = ""

    def __str__(self) -> str:
        return f"{self.rename or self.build.__name__}-{self.path}"


@dataclass
class Behaviours:
    known: list[Behaviour] = field(default_factory=list)

    def on(self, *paths: Path, may: Iterable[str] | None = (), must: Iterable[str] = (), never: Iterable[str] = (),
           name: str = ""):
        allowed = None if may is None else frozenset(may) | frozenset(must)

        def remember(build: Build) -> Build:
            self.known += [Behaviour(build, path, allowed, frozenset(must), frozenset(never), name) for path in paths]
            return build

        return remember

    def wrong(self, *paths: Path, must: Iterable[str] = (), never: Iterable[str] = (), name: str = ""):
        """Something is wrong with it: what else may be told of it is not looked at."""
        return self.on(*paths, may=None, must=must, never=never, name=name)

    def play(self, tshark: Tshark, write: Callable[[Capture], FilePath]) -> "Seen":
        takes = [_Take(behaviour, number) for number, behaviour in enumerate(self.known, 1)]
        path = write(together(takes))
        reports = {name: json.loads(tshark.run(path, "-q", *JSON, *OPTIONS, *passes))
                   for name, passes in (("one pass", ()), ("two passes", TWO_PASSES))}
        undelivered = frozenset(tshark.matching(path, "msturn.undelivered", *OPTIONS, *TWO_PASSES))
        return Seen({str(take.behaviour): take for take in takes}, reports, undelivered)


class _Take:
    """A behaviour, and where its packets are."""

    def __init__(self, behaviour: Behaviour, number: int):
        self.behaviour = behaviour
        self.scene = Scene(number, str(behaviour))
        self.verdicts = behaviour.build(self.scene, behaviour.path)
        self.sent = self.scene.capture.sent
        self.late = END - self.scene.capture.time
        self.frames: list[int] = []


class Seen:
    def __init__(self, takes: dict[str, _Take], reports: dict[str, dict], undelivered: frozenset[int]):
        self.takes = takes
        self.reports = reports
        self.undelivered = undelivered  # frames with messages that TCP is said to have sent in vain

    def complaints(self, behaviour: Behaviour) -> list[str]:
        take = self.takes[str(behaviour)]
        told = [f"{name}: {complaint}" for name, report in self.reports.items() for complaint in _complaints(take, report)]
        return told + [f"frame {frame} is called undelivered" for frame in sorted(self.undelivered.intersection(take.frames))]

    def each(self, behaviour: Behaviour) -> Iterator[tuple["_Take", list[dict], list[dict], list[dict]]]:
        """For each report: the take, its pairs, its problems, and its sessions."""
        take = self.takes[str(behaviour)]
        for report in self.reports.values():
            problems, sessions = ([one for one in report[kind] if one[frame] in take.frames]
                                  for kind, frame in (("problems", "frame"), ("sessions", "first_frame")))
            yield take, _pairs(take, report), problems, sessions


def _pairs(take: _Take, report: dict) -> list[dict]:
    pairs = [pair for pair in report["pairs"] if pair["first_frame"] in take.frames]
    return sorted(pairs, key=lambda pair: (max(_port(pair["local"]), _port(pair["remote"])), pair["id"]))


def _port(endpoint: str | None) -> int:
    return int(endpoint.rsplit(":", 1)[1]) if endpoint else 0


def are_right(found: list[dict], wanted: Verdicts) -> bool:
    """Compares pairs of a report with the verdicts, in their order."""
    if len(wanted) == 1 and NONE in wanted[0].split("|"):
        return all(_is_one_of(pair, wanted[0]) for pair in found)
    return len(found) == len(wanted) and all(_is_one_of(pair, right) for pair, right in zip(found, wanted))


def _is_one_of(pair: dict, right: str) -> bool:
    """Compares as much as is told: "broken", "broken no-response", or "broken no-response local_to_remote"."""
    told = [pair["verdict"], pair["reason"] or "", pair["direction"] or ""]
    return any(told[:len(words)] == words for words in (one.split() for one in right.split("|")))


def _complaints(take: _Take, report: dict) -> Iterator[str]:
    pairs = _pairs(take, report)
    if not are_right(pairs, take.verdicts):
        told = [f"{p['verdict']} {p['reason'] or ''} {p['direction'] or ''} {p['local']} {p['remote']}" for p in pairs]
        yield f"pairs are {told}, and should be {list(take.verdicts)}"
    behaviour = take.behaviour
    problems = [problem for problem in report["problems"] if problem["frame"] in take.frames]
    for problem in problems:
        code, trouble = problem["code"], problem["severity"] in TROUBLE
        if code in behaviour.never or (trouble and behaviour.may is not None and code not in behaviour.may):
            own = take.frames.index(problem["frame"]) + 1
            yield f"{problem['severity']} {code} in frame {own} of {len(take.frames)}: {problem['text']}"
    if not any("broken" in verdict for verdict in take.verdicts) and not any(one["severity"] in TROUBLE for one in problems):
        for path in report["paths"]:
            if path["first_frame"] in take.frames and path["stopped_at"] is not None:
                yield f"path stops at {path['stopped_at']}, {path['place']}: {path['summary']}"
    for code in sorted(behaviour.must - {problem["code"] for problem in problems}):
        yield f"{code} is not told"
