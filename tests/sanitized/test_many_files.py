"""One process that opens many captures after each other, as Wireshark does: nothing of a capture outlives it."""

import json
import os
import shutil
from pathlib import Path

import pytest
from mutations import NAMES, RATES, mutate
from sanitized import assert_clean

TAPS = ("stat:msturn", "nstat:msturn,pairs", "nstat:msturn,sessions", "seqa:msturn", "srt:msturn")


def questions(path: Path) -> list[tuple[str, dict]]:
    """What windows would show of a capture: packets, statistics, a stream."""
    return [("load", {"file": str(path)}), ("frames", {"filter": "msturn"}),
            *(("frame", {"frame": number, "proto": True, "bytes": True}) for number in range(1, 18, 2)),
            ("tap", {f"tap{number}": name for number, name in enumerate(TAPS)}),
            ("follow", {"follow": "MSTURN", "filter": "msturn.session == 0"})]


@pytest.fixture(scope="module")
def ask(sanitized):
    """The answers of one sharkd to the questions about each of these captures."""
    beside = Path(sanitized.program).with_name("sharkd")
    program = os.environ.get("SHARKD") or (str(beside) if beside.exists() else shutil.which("sharkd"))
    assert program, "sharkd is not there"

    def ask_about(paths: list[Path]) -> list[list[dict]]:
        asked = [questions(path) for path in paths]
        calls = [{"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
                 for method, parameters in [*sum(asked, []), ("bye", {})]]
        ended = sanitized.run(program, "-", text="\n".join(map(json.dumps, calls)) + "\n")
        assert_clean(ended)
        answers = iter([json.loads(line) for line in ended.stdout.splitlines()])
        return [[next(answers) for _ in about] for about in asked]

    return ask_about


@pytest.mark.parametrize("seed", RATES)
def test_mutations_in_one_process(ask, sample, editcap, seed):
    answers = ask([mutate(editcap, sample(name), seed) for name in NAMES])
    assert [about[0]["result"] for about in answers] == [{"status": "OK"}] * len(NAMES)


def test_a_capture_is_the_same_after_others(ask, sample):
    """The second time in the process, behind captures with other calls, it is as it was the first time."""
    first, *others = map(sample, ("broken-two-calls", "cms-expressway-skype", "ms-turn-tcp-3478", "turnutils-uclient-tcp"))
    before, *between, after = ask([first, *others, first])
    assert before == after
    assert all(before != about for about in between)
