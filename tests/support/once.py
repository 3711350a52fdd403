"""Each finding once for a cause: what no report may tell twice. Standard library only.

plugin/verdict/causes.c has the table of what is told with what; it is read here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from verdicts import TROUBLE

CAUSES = Path(__file__).resolve().parents[2] / "plugin" / "verdict" / "causes.c"
OWNERS = {"SAME_PAIR": "pair", "SAME_SESSION": "session", "SAME_FRAME": "frame"}

# Findings above note that may stand in one frame of the same pair or session, with the reason.
TOGETHER = [
    # Each is about another attribute of a check, that is missing.
    {"check_incomplete", "integrity_missing", "fingerprint_missing"},
]


def folded() -> list[tuple[str, str, str]]:
    """Rows of the table that hold for all problems of an owner: what is told with what, and which key of both is the same."""
    rows = re.findall(r"\{ MSTURN_FINDING_(\w+),\s+MSTURN_FINDING_(\w+),\s+(\w+) \}", CAUSES.read_text())
    if len(rows) < 50:
        raise ValueError("the table of plugin/verdict/causes.c cannot be read")
    return [(told.lower(), cause.lower(), OWNERS[tie]) for told, cause, tie in rows if tie in OWNERS]


FOLDED = folded()


def told_twice(problems: list[dict]) -> list[str]:
    """What a report tells more than once."""
    return [*_twice_on_a_frame(problems), *_together_on_a_frame(problems), *_beside_their_cause(problems)]


def _twice_on_a_frame(problems: list[dict]) -> Iterator[str]:
    for (frame, code), count in Counter((problem["frame"], problem["code"]) for problem in problems).items():
        if count > 1:
            yield f"{code} {count} times in frame {frame}"


def _together_on_a_frame(problems: list[dict]) -> Iterator[str]:
    codes = defaultdict(set)
    for problem in problems:
        if problem["severity"] in TROUBLE:
            codes[problem["frame"], problem["pair"], problem["session"]].add(problem["code"])
    for (frame, *_), together in codes.items():
        if len(together) > 1 and not any(together <= allowed for allowed in TOGETHER):
            yield f"{sorted(together)} in frame {frame}"


def _beside_their_cause(problems: list[dict]) -> Iterator[str]:
    told = {(problem["code"], key, problem[key]) for problem in problems for key in OWNERS.values() if problem[key] is not None}
    for code, cause, key in FOLDED:
        for _, _, owner in (one for one in told if one[:2] == (code, key)):
            if (cause, key, owner) in told:
                yield f"{code} beside {cause}, {key} {owner}"
