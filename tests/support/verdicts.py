"""What `-z msturn,json` says of a capture, and what it must say by sample-captures/verdicts.csv. Standard library only.

The keys are those of shared/design.md, "Machine-readable result"; the columns those of sample-captures/README.md.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wireshark import Item, Packet, Tshark, packet_trees

JSON = ("-z", "msturn,json")
TWO_PASSES = ("-2",)
TROUBLE = ("error", "warning")  # severities above note
OTHER_WAY = {"local_to_remote": "remote_to_local", "remote_to_local": "local_to_remote", "": ""}
END_OF_PDML = "</pdml>"


@dataclass(frozen=True)
class Row:
    """A line of verdicts.csv: of a pair, or of a client and its session (no `local`, `remote` and `verdict`)."""

    local: str
    remote: str
    via: str
    verdict: str
    reason: str
    direction: str
    error_code: int | None
    problems: tuple[str, ...]

    @property
    def is_pair(self) -> bool:
        return self.verdict != ""

    def readings(self) -> list[dict]:
        """The pair as it may be reported. Which end is local is not known where no session shows it."""
        said = {"local": self.local, "remote": self.remote, "via": self.via, "verdict": self.verdict, "reason": self.reason,
                "direction": self.direction, "error_code": self.error_code}
        swapped = said | {"local": self.remote, "remote": self.local, "direction": OTHER_WAY[self.direction]}
        return [said] if self.via else [said, swapped]


def read_table(path: Path) -> dict[str, list[Row]]:
    """Rows by name of the capture without suffix."""
    table: dict[str, list[Row]] = {}
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            del line["comment"]
            capture = line.pop("capture").removesuffix(".pcapng")
            problems, code = tuple(line.pop("problems").split()), line.pop("error_code")
            table.setdefault(capture, []).append(Row(**line, error_code=int(code) if code else None, problems=problems))
    return table


TABLE = read_table(Path(__file__).resolve().parents[2] / "sample-captures" / "verdicts.csv")

# Problem codes of the table: findings (msturn.finding.<code>) that say this.
FINDINGS = {
    "A1": {"auth_loop"},
    "A4": {"nonce_ignored"},
    "F8": {"open_at_end", "bind_closed"},
    "I1": {"checks_one_way"},
    "I2": {"responses_one_way"},
    "I3": {"never_checked"},
    "I7": {"role_conflict", "role_same", "role_kept"},
    "I8": {"check_refused"},
    "L2": {"allocation_mismatch", "refresh_mismatch"},
    "L3": {"allocation_expired"},
    "L5": {"permission_missing"},
    "M1": {"no_response"},
    "R1": {"connect_failed"},
    "R3": {"never_bound"},
    "R5": {"bind_unknown"},
    "R6": {"bind_refused"},
    "R7": {"bind_misplaced"},
    "S1": {"connection_refused"},
}


def is_clean(rows: Iterable[Row]) -> bool:
    """README: "A capture without problems in all its rows has no errors and no warnings"."""
    return not any(row.problems for row in rows)


class Report:
    """The object that -z msturn,json prints."""

    def __init__(self, text: str):
        content = json.loads(text)
        self.sessions: list[dict] = content["sessions"]
        self.connections: list[dict] = content["connections"]
        self.pairs: list[dict] = content["pairs"]
        self.paths: list[dict] = content["paths"]
        self.descriptions: list[dict] = content["descriptions"]
        self.candidates: list[dict] = content["candidates"]
        self.problems: list[dict] = content["problems"]

    def pair(self, number: int) -> dict:
        (pair,) = [pair for pair in self.pairs if pair["id"] == number]
        return pair

    def session(self, number: int) -> dict:
        (session,) = [session for session in self.sessions if session["id"] == number]
        return session

    def judged(self) -> list[dict]:
        """What the table says of pairs, in its words: nothing is the empty string."""
        names = ("local", "remote", "via", "verdict", "reason", "direction")
        return [{name: pair[name] or "" for name in names} | {"error_code": pair["error_code"] or None} for pair in self.pairs]

    def trouble(self) -> list[tuple]:
        """Errors and warnings."""
        return [(p["severity"], p["code"], p["frame"], p["text"]) for p in self.problems if p["severity"] in TROUBLE]

    def codes(self, severities: tuple[str, ...] = (*TROUBLE, "note")) -> list[str]:
        return [problem["code"] for problem in self.problems if problem["severity"] in severities]

    def problems_of(self, row: Row) -> list[dict]:
        """Those that are tied to the row's pair, or to the session with the row's client; to none where it never got one."""
        ends = {row.local, row.remote}
        pairs = {pair["id"] for pair in self.pairs if row.is_pair and {pair["local"], pair["remote"]} == ends}
        sessions = {session["id"] for session in self.sessions if session["client"] == row.via} or {None}
        return [p for p in self.problems if p["pair"] in pairs or p["pair"] is None and p["session"] in sessions]


def report_of(tshark: Tshark, capture: Path, *options: str) -> Report:
    """In a single pass without a packet tree, unless the options say otherwise."""
    return Report(tshark.run(capture, "-q", *JSON, *options))


def trees_and_report(tshark: Tshark, capture: Path, *options: str) -> tuple[dict[int, Packet], Report]:
    """Packet trees and report of one run."""
    printed = tshark.pdml(capture, *JSON, *options)
    trees, end, report = printed.partition(END_OF_PDML)
    return packet_trees(trees + end), Report(report)


def wrong_pairs(report: Report, rows: Iterable[Row]) -> dict[str, list[dict]]:
    """Pairs that the table has and the report lacks, and the other way round; empty if they agree."""
    left = report.judged()
    missing = []
    for row in (row for row in rows if row.is_pair):
        found = next((reading for reading in row.readings() if reading in left), None)
        if found is None:
            missing.append(row.readings()[0])
        else:
            left.remove(found)
    return {what: pairs for what, pairs in (("missing", missing), ("not in the table", left)) if pairs}


def messages_of(packets: dict[int, Packet]) -> list[tuple[int, Item]]:
    """Frame and tree of each message that is in no other one, in the order of the capture."""
    return [(number, message) for number, packet in packets.items() for message in packet.messages]
