"""Does the report of the excerpt say what that of the capture says?"""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

from excerpts.values import Values

# Numbers of the report itself, and texts in which frames stand.
LONGEST_SHOWN = 40
OWN_NUMBERS = {"id", "session", "pair", "stream", "streams", "data_stream"}


def shown(name: bytes) -> str:
    """As sentences have it."""
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in name[:LONGEST_SHOWN])


class Mapping:
    def __init__(self, values: Values, frames: dict[int, int]):
        self.frames = frames
        self.names = {old: new for kind, old, new in values.table() if kind not in ("hardware address", "password")}
        # A name may be a word of the report as well, so inside of texts it counts in quotes only.
        spelled = {old: new for kind, old, new in values.table() if kind in ("address", "host")}
        spelled |= {f'"{old}"': f'"{new}"' for old, new in self.names.items()}
        spelled |= {f'"{shown(old)}"': f'"{shown(new)}"' for old, new in (*values.names.items(), *values.composed.items())}
        longest_first = "|".join(re.escape(old) for old in sorted(spelled, key=len, reverse=True))
        self.spelled, self.pattern = spelled, re.compile(rf"(?<![\w.])(?:{longest_first})(?![\w]|\.\d)") if spelled else None

    def text(self, text: str) -> str:
        if text in self.names:
            return self.names[text]
        text = re.sub(r"\b(frames? )(\d+(?:(?:, | and | to )\d+)*)",
                      lambda found: found[1] + re.sub(r"\d+", lambda number: self.frame(number[0]), found[2]), text)
        return self.pattern.sub(lambda found: self.spelled[found[0]], text) if self.pattern else text

    def frame(self, number: str) -> str:
        return str(self.frames.get(int(number), f"{number} of the capture"))

    def value(self, key: str, value):
        if isinstance(value, dict):
            return {name: self.value(name, member) for name, member in value.items() if name not in OWN_NUMBERS}
        if isinstance(value, list):
            return [self.value(key, member) for member in value]
        if isinstance(value, int) and not isinstance(value, bool) and key.endswith(("frame", "frames")):
            return self.frames.get(value, f"{value} of the capture")
        return self.text(value) if isinstance(value, str) else value


def lines(name: str, value) -> list[str]:
    """A line for each value that is not a list or object."""
    if isinstance(value, dict):
        return [line for key, member in value.items() for line in lines(f"{name}.{key}", member)]
    if isinstance(value, list):
        named = [(member["step"] if isinstance(member, dict) and "step" in member else index, member) for index, member in enumerate(value)]
        return [line for key, member in named for line in lines(f"{name}.{key}", member)]
    return [f"{name}: {value}"]


def of_choice(choice, ids: set) -> dict[str, list]:
    """What the report of the capture says of the frames that are in the excerpt."""
    report, frames = choice.report, choice.frames
    return {
        "session": [session for session in report["sessions"] if session["id"] in choice.sessions],
        "connection": [connection for connection in report["connections"] if connection["session"] in choice.sessions
                       or (connection["session"] is None and connection["connection_id"] in ids)],
        "pair": [pair for pair in report["pairs"] if pair["id"] in choice.pairs],
        "path": choice.paths,
        "problem": [problem for problem in report["problems"] if problem["frame"] in frames],
    }


def differences(choice, report: dict, values: Values, frames: dict[int, int]) -> list[str]:
    """Notes do not count: one may say that something is not in the capture that is in the rest of it."""
    mapping, unchanged = Mapping(values, frames), Mapping(Values(), {frame: frame for frame in frames.values()})
    wanted = of_choice(choice, {connection["connection_id"] for connection in report["connections"]})
    got = {name: report[f"{name}s"] for name in wanted}
    for lists in (wanted, got):
        lists["problem"] = [problem for problem in lists["problem"] if problem["severity"] != "note"]
    found = []
    for name in wanted:
        before = [lines(name, mapping.value("", item)) for item in wanted[name]]
        after = [lines(name, unchanged.value("", item)) for item in got[name]]
        if sorted(before) != sorted(after):
            gone = [line for item in before for line in item if line not in sum(after, [])]
            new = [line for item in after for line in item if line not in sum(before, [])]
            found += [f"- {line}" for line in gone] + [f"+ {line}" for line in new] or [f"{name}s are {len(before)} and {len(after)}"]
    return found
