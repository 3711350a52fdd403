"""Asking sharkd, which does without a window what the GUI does. Standard library only.

sharkd is in the package that tshark needs (wireshark-common).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from wireshark import AS_NOBODY, BROKEN, PATIENCE, Tshark

Request = tuple[str, dict]


class Sharkd:
    """A sharkd with the plugins and the configuration of a tshark."""

    def __init__(self, tshark: Tshark):
        beside = Path(tshark.program).with_name("sharkd")
        program = os.environ.get("SHARKD") or (str(beside) if beside.exists() else shutil.which("sharkd"))
        assert program, "sharkd is not there"
        self.program = program
        self.environment = tshark.environment

    def __call__(self, *requests: Request, capture: Path | None = None) -> list[dict]:
        """Sends requests to a new sharkd; returns the results. With a capture, that is loaded first."""
        opening = [load(capture)] if capture else []
        calls = [{"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
                 for number, (method, parameters) in enumerate([*opening, *requests, ("bye", {})], start=1)]
        run = subprocess.run([*AS_NOBODY, self.program, "-"], input="\n".join(map(json.dumps, calls)) + "\n",
                             capture_output=True, text=True, env=self.environment, timeout=PATIENCE, check=False)
        assert not [word for word in BROKEN if word in run.stdout + run.stderr], run.stderr
        answers = {answer["id"]: answer for answer in map(json.loads, run.stdout.splitlines())}
        assert len(answers) == len(calls), run.stderr
        assert all("result" in answer for answer in answers.values()), answers
        return [answers[call["id"]]["result"] for call in calls[len(opening):-1]]

    def matching(self, display_filter: str, *requests: Request) -> list[list[int]]:
        """For each file that is loaded in between the other requests, the frames that the filter lets through."""
        # sharkd remembers what a filter found in the file before: each time it is another text.
        asked = [part for number, request in enumerate(requests)
                 for part in [request, ("frames", {"filter": display_filter + " " * number})][:1 + (request[0] == "load")]]
        results = zip(asked, self(*asked), strict=True)
        return [[frame["num"] for frame in result] for (method, _), result in results if method == "frames"]


def load(capture: Path) -> Request:
    return "load", {"file": str(capture)}


def preference(name: str, value: str) -> Request:
    """As in the window, it takes effect when a file is read again."""
    return "setconf", {"name": name, "value": value}


def rows(tap: dict) -> list[dict]:
    """Of a table, by the titles of its columns."""
    titles = [field["c"] for field in tap["fields"]]
    (table,) = tap["tables"]
    return [dict(zip(titles, row, strict=True)) for row in table["i"]]
