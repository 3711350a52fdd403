"""Small calls that break one rule each, or just keep it, all in one capture. Standard library only.

    cases = Cases()

    @cases.breaks("auth_loop", also={"no_response"})
    def wrong_password(scene):
        call = scene.relayed()
        ...
        return frame                        # of the finding; several: any of them; None: any of the call

    @cases.keeps("auth_loop")
    def first_challenge(scene): ...

    seen = cases.play(tshark, write)
    assert seen.complaints(case) == []

Each case has hosts, a capture and a clock of its own. The captures are then laid over each other so that all of them end at the same
moment: where a case ends its capture ends. So "nothing happened for 3 s" is a matter of scene.wait(3), and costs nothing.
"""

import csv
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import relayed_call
from case_calls import Datagrams, DirectCall, MicrosoftCall, UdpTurnCall
from once import told_twice
from relayed_call import Ends, RelayedCall, WrappedCall
from tcpcap import START, Capture
from verdicts import TROUBLE, TWO_PASSES, Report, report_of, trees_and_report
from wireshark import FINDING, Item, Packet, Tshark

PROJECT = Path(__file__).resolve().parents[2]
# Nobody else but the cases about MESSAGE-INTEGRITY has these names: of users of TURN, and of agents.
PASSWORDS = {"signer": "password of the signer", "mistaken": "not the password"}
ICE_PASSWORDS = {"rECv": "password of the receiver", "sEND": "password of the sender", "mISt": "not the password at all"}
ROWS = [*(f'uat:msturn_credentials:"{name}","","{password}"' for name, password in PASSWORDS.items()),
        *(f'uat:msturn_ice_credentials:"{name}","{password}"' for name, password in ICE_PASSWORDS.items())]
OPTIONS = tuple(word for row in ROWS for word in ("-o", row))
PLAIN_STUN_UDP = ("-o", "msturn.plain_stun_udp:TRUE")  # the rules about messages ask for trees
END = START + 10_000_000_000  # microseconds since 1970, where all cases end
EXPERT_SEVERITY = {"error": "8388608", "warning": "6291456", "note": "4194304"}  # PI_ERROR, PI_WARN, PI_NOTE of epan/proto.h
TRACKER = ("track", "verdict")  # folders of the files that raise findings about calls

Build = Callable[["Scene"], int | Collection[int] | None]


# ---- what is expected ----


@dataclass(frozen=True)
class Row:
    """Of the plugin's table of findings: only what the sheets do not know."""

    code: str
    advice: str


def read_findings() -> dict[str, Row]:
    """Rows of the table by their C names."""
    text = (PROJECT / "plugin" / "rules" / "findings.c").read_text()
    string = r'"((?:[^"\\]|\\.)*)"'
    row = rf"\[MSTURN_FINDING_(\w+)\] = \{{\s*{string},\s*\w,\s*\w+,\s*{string},\s*{string}"
    rows = {name: Row(code, advice.replace('\\"', '"')) for name, code, _, advice in re.findall(row, text)}
    if set(rows) != set(re.findall(r"(?m)^ +\[MSTURN_FINDING_(\w+)\] =", text)):
        raise ValueError("a row of plugin/rules/findings.c cannot be read")
    return rows


def call_findings() -> set[str]:
    """Codes of the findings that the tracker raises: those that no message alone shows."""
    rows = read_findings()
    sources = [file.read_text() for folder in TRACKER for file in sorted((PROJECT / "plugin" / folder).glob("*.c"))
               if file.name not in ("causes.c", "path_symptoms.c")]  # which raise none
    names = {name for text in sources for name in re.findall(r"\bMSTURN_FINDING_(\w+)", text)}
    return {rows[name].code for name in names if name in rows}


def read_severities() -> dict[str, set[str]]:
    """What the sheets say of each finding."""
    with (PROJECT / "tests" / "data" / "finding-severities.csv").open(newline="") as file:
        return {line["finding"]: set(line["severity"].split("/")) for line in csv.DictReader(file)}


CODES = call_findings()
ADVICE = {row.code: row.advice for row in read_findings().values()}
# The relay lost a check in one direction (ietf.md 8.6 I2).
SEVERITIES = {"lost_in_relay": {"error"}} | read_severities()


# ---- cases ----


class Scene:
    """The hosts, the capture and the clock of a case."""

    def __init__(self, number: int, name: str):
        self.name = name
        self.capture = _Recorder()
        inside, relay, outside = f"10.20.{number}.1", f"10.21.{number}.2", f"10.22.{number}.7"
        self.ends = Ends((inside, 33347), (f"10.20.{number}.2", 3478), (relay, 35000), (outside, 53577), (inside, 44342))

    def wait(self, seconds: float) -> None:
        """So much time passes before the next packet, or before the end of the capture."""
        self.capture.time += round(seconds * 1_000_000)

    def relayed(self) -> RelayedCall:
        """With a TCP allocation."""
        return RelayedCall(self.capture, self.ends, self.name)

    def wrapped(self, channel: int | None = None) -> WrappedCall:
        """With a UDP allocation on a TCP connection."""
        return WrappedCall(self.capture, self.ends, self.name, channel)

    def over_udp(self) -> UdpTurnCall:
        """With a UDP allocation over UDP."""
        return UdpTurnCall(self.capture, self.ends, self.name)

    def direct(self, udp: bool = False) -> DirectCall:
        """Without a relay: the peer connects to the client's data port."""
        return DirectCall(self.capture, self.ends, self.name, udp)

    def microsoft(self, udp: bool = False, server_port: int = 3478) -> MicrosoftCall:
        where = Ends(self.ends.client, (self.ends.server[0], server_port), self.ends.relayed, self.ends.peer, self.ends.data)
        return MicrosoftCall(self.capture, where, self.name, udp)

    @property
    def hosts(self) -> set[str]:
        return {end[0] for end in (self.ends.client, self.ends.server, self.ends.relayed, self.ends.peer)}


class _Recorder(Capture):
    """Remembers what it was given."""

    def __init__(self):
        super().__init__()
        self.sent: list[tuple[int, bytes]] = []  # time, packet

    def add(self, packet: bytes, snaplen: int | None = None, wait: int = 10_000) -> int:
        frame = super().add(packet, snaplen, wait)
        self.sent.append((self.time, packet))
        return frame


@dataclass(frozen=True)
class Case:
    codes: tuple[str, ...]  # one of them is raised, or none
    broken: bool
    build: Build
    session: bool  # the finding is tied to the client's session
    pair: bool  # and to the pair
    also: frozenset[str]  # other errors and warnings that the call may have
    verdict: str | None  # of the pair
    most: int = 1  # times that it may be told
    advice: str = ""  # in place of the finding's own

    def __str__(self) -> str:
        return f"{'' if self.broken else 'not-'}{self.codes[0]}-{self.build.__name__}"


@dataclass
class Cases:
    known: list[Case] = field(default_factory=list)

    def breaks(self, *codes: str, session: bool = True, pair: bool = False, also: Collection[str] = (), verdict: str | None = None,
               most: int = 1, advice: str = ""):
        """The call breaks the rule of this finding, or of one of these, and no other but `also`."""
        return self._add(codes, True, session, pair, also, verdict, most, advice)

    def keeps(self, *codes: str, also: Collection[str] = (), verdict: str | None = None):
        """The call is close to what these findings are about, and right."""
        return self._add(codes, False, False, False, also, verdict)

    def _add(self, codes, broken, session, pair, also, verdict, most=1, advice=""):
        unknown = set(codes) | set(also)
        unknown -= set(ADVICE)
        if unknown:
            raise ValueError(f"no such findings: {unknown}")

        def remember(build: Build) -> Build:
            self.known.append(Case(codes, broken, build, session, pair, frozenset(also), verdict, most, advice))
            return build

        return remember

    def covered(self, broken: bool) -> set[str]:
        return {code for case in self.known if case.broken == broken for code in case.codes}

    def play(self, tshark: Tshark, write: Callable[[Capture], Path]) -> "Seen":
        takes = [_Take(case, number) for number, case in enumerate(self.known, 1)]
        path = write(together(takes))
        packets, report = trees_and_report(tshark, path, *TWO_PASSES, *PLAIN_STUN_UDP, *OPTIONS)
        return Seen({take.case: take for take in takes}, packets, report,
                    report_of(tshark, path, *PLAIN_STUN_UDP, *OPTIONS))


class _Take:
    """A case, and where its packets are."""

    def __init__(self, case: Case, number: int):
        self.case = case
        self.scene = Scene(number, str(case))
        found = case.build(self.scene)
        self.where: Collection[int] | None = [found] if isinstance(found, int) else found
        self.sent = self.scene.capture.sent
        if not self.sent:
            raise ValueError(f"{case} sends nothing")
        self.late = END - self.scene.capture.time
        self.frames: list[int] = []  # in the capture, by frame of the case

    def frame(self, own: int) -> int:
        return self.frames[own - 1]


def together(takes: list) -> Capture:
    """The captures of takes laid over each other: each has `sent`, `late`, and `frames` to fill."""
    packets = [(time + take.late, take, packet) for take in takes for time, packet in take.sent]
    capture = Capture()
    for time, take, packet in sorted(packets, key=lambda entry: entry[0]):
        take.frames.append(capture.add(packet, wait=time - capture.time))
    capture.time = END
    Datagrams(capture, ("10.99.0.1", 40000), ("10.99.0.2", 40001)).client(b"\xff", wait=0)
    return capture


# ---- what came out ----


class Seen:
    """Packets and reports of all cases."""

    def __init__(self, takes: dict[Case, _Take], packets: dict[int, Packet], report: Report, single_pass: Report):
        self.takes = takes
        self.packets = packets
        self.report = report
        self.single_pass = single_pass

    def complaints(self, case: Case) -> list[str]:
        """What is wrong with what the plugin says of the case."""
        take = self.takes[case]
        problems = [problem for problem in self.report.problems if problem["frame"] in take.frames]
        named = [problem for problem in problems if problem["code"] in case.codes]
        others = [p for p in problems if p["severity"] in TROUBLE and p["code"] not in {*case.codes, *case.also}]
        found = [f"besides {_told(take, problem)}" for problem in others]
        if not any(self.packets[frame].units for frame in take.frames):
            found.append("nothing in it is known to msturn")
        if case.verdict:
            verdicts = [pair["verdict"] for pair in self._pairs(take)]
            found += [] if verdicts == [case.verdict] else [f"verdicts {verdicts}"]
        if not case.broken:
            return found + [f"wrongly {_told(take, problem)}" for problem in named]
        if not 1 <= len(named) <= case.most:
            found.append(f"{len(named)} times: {[_told(take, problem) for problem in named]}")
        return found + [complaint for problem in named for complaint in self._wrong_with(take, problem)]

    def disagreements(self) -> list[str]:
        """Findings about calls that are only in the report or only in the packets, and what a single pass says otherwise."""
        told = sorted((problem["frame"], problem["code"]) for problem in self.report.problems if problem["code"] in CODES)
        shown = sorted((frame, code) for frame, packet in self.packets.items() for code in packet.findings if code in CODES)
        found = [f"only in the report: {entry}" for entry in _without(told, shown)]
        found += [f"only in the packets: {entry}" for entry in _without(shown, told) if not self._is_effect(*entry)]
        found += told_twice(self.report.problems)
        if self.report.problems != self.single_pass.problems:
            found.append("a single pass reports other problems")
        return found

    def _is_effect(self, frame: int, code: str) -> bool:
        """Told with its cause, or with the same finding at another place."""
        return any(effect == {"code": code, "frame": frame} for problem in self.report.problems for effect in problem["effects"])

    def _wrong_with(self, take: _Take, problem: dict) -> list[str]:
        case, code, found = take.case, problem["code"], []
        wanted = take.frames if take.where is None else [take.frame(own) for own in take.where if own]
        if problem["frame"] not in wanted:
            found.append(f"in another frame: {_told(take, problem)}, expected {take.where}")
        if problem["severity"] not in SEVERITIES.get(code, ()):
            found.append(f"severity: {_told(take, problem)}")
        if not problem["text"] or problem["advice"] != (case.advice or ADVICE[code]):
            found.append(f"text or advice: {problem}")
        sessions = [session["id"] for session in self.report.sessions if _hosts(session["client"]) <= take.scene.hosts]
        pairs = [pair["id"] for pair in self.report.pairs if _hosts(pair["local"], pair["remote"]) <= take.scene.hosts]
        main = [pair["id"] for pair in self._pairs(take)]
        for owner, needed, known in (("session", case.session, sessions), ("pair", case.pair, main if case.pair else pairs)):
            if problem[owner] not in known and (needed or problem[owner] is not None):
                found.append(f"{owner} {problem[owner]} instead of one of {known}")
        return found + self._wrong_in_packet(problem, case.advice or ADVICE[code], _told(take, problem))

    def _wrong_in_packet(self, problem: dict, advice: str, told: str) -> list[str]:
        code = problem["code"]
        items = [item for top in self.packets[problem["frame"]].protocols for item in top.walk()]
        holders = [item for item in items if any(_is_expert(child, code) for child in item.children)]
        if len(holders) != 1:
            return [f"{len(holders)} expert items for {told}"]
        expert, = (child for child in holders[0].children if _is_expert(child, code))
        found = []
        if expert.get("_ws.expert.severity") != EXPERT_SEVERITY[problem["severity"]]:
            found.append(f"severity of the expert item {expert.get('_ws.expert.severity')}")
        if advice not in [child.show for child in holders[0].children if child.name == "msturn.finding.advice"]:
            found.append("the packet gives no advice")
        return found

    def _pairs(self, take: _Take) -> list[dict]:
        """The case's own pair; it may have others."""
        where = take.scene.ends
        ends = [{relayed_call.text(a), relayed_call.text(where.peer)} for a in (where.relayed, where.data)]
        return [pair for pair in self.report.pairs if {pair["local"], pair["remote"]} in ends]


def _told(take: _Take, problem: dict) -> str:
    own = take.frames.index(problem["frame"]) + 1
    return f"{problem['severity']} {problem['code']} in frame {own} of {len(take.frames)} ({problem['frame']} of all)"


def _hosts(*endpoints: str | None) -> set[str | None]:
    return {end and end.rsplit(":", 1)[0] for end in endpoints}


def _is_expert(item: Item, code: str) -> bool:
    return item.name == "_ws.expert" and any(child.name == FINDING + code for child in item.children)


def _without(entries: list, others: list) -> list:
    left = list(others)
    return [entry for entry in entries if entry not in left or left.remove(entry)]
