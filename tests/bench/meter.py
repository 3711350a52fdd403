"""Runs tshark and says what it cost: user time, instructions, memory. Standard library only.

Times are noisy, so the runs that are compared take turns, and of several rounds the fastest counts. Instructions are not:
they are counted once, by the processor's counter where perf may read it, else by valgrind's cachegrind. As that makes a program
some thirty times slower, it gets a smaller capture of the same kind, and the rest is extrapolated: start-up, counted with an
empty capture, plus so many times the rest.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from wireshark import AS_NOBODY, Tshark

PERF = ("perf", "stat", "-x", ",", "-e", "instructions:u")
CACHEGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
COUNTED = {PERF: re.compile(r"^(\d+),,instructions:u", re.MULTILINE), CACHEGRIND: re.compile(r"I +refs: +([\d,]+)")}


@dataclass(frozen=True)
class Capture:
    path: Path
    count: int  # of what its kind counts: packets, messages ...
    sample: Path  # a smaller one of its kind, for the instructions
    sample_count: int
    empty: Path


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a tshark with its plugins, a capture and options."""

    tshark: Tshark
    capture: Capture
    options: tuple[str, ...] = ()

    def plus(self, *options: str) -> "Side":
        return replace(self, options=(*self.options, *options))

    def command(self, path: Path) -> list[str]:
        return [self.tshark.program, "-n", "-r", str(path), *self.options]


@dataclass(frozen=True)
class Cost:
    """None: there is no means to count."""

    seconds: float  # user time
    peak: int  # bytes resident at the most
    instructions: float | None


@dataclass(frozen=True)
class Costs:
    whole: Cost  # as the user sees it
    start: Cost  # of that: with an empty capture

    @property
    def net(self) -> Cost:
        counted = None if self.whole.instructions is None else self.whole.instructions - self.start.instructions
        return Cost(self.whole.seconds - self.start.seconds, self.whole.peak - self.start.peak, counted)


class Meter:
    def __init__(self, rounds: int, counter: tuple[str, ...] | None):
        """The counter is that of instruction_counter(), or None if instructions are of no interest."""
        self._rounds = rounds
        self._counter = counter

    def costs(self, *sides: Side) -> list[Costs]:
        starts = self._fastest(sides, lambda side: side.capture.empty)
        wholes = self._fastest(sides, lambda side: side.capture.path)
        return [self._with_instructions(*found) for found in zip(sides, wholes, starts, strict=True)]

    def _fastest(self, sides: tuple[Side, ...], path: Callable[[Side], Path]) -> list[Cost]:
        rounds = [[_timed(side, path(side)) for side in sides] for _ in range(self._rounds)]
        return [Cost(min(run.seconds for run in runs), min(run.peak for run in runs), None) for runs in zip(*rounds)]

    def _with_instructions(self, side: Side, whole: Cost, start: Cost) -> Costs:
        if self._counter is None:
            return Costs(whole, start)
        capture = side.capture
        to_start, sampled = (_instructions(self._counter, side, path) for path in (capture.empty, capture.sample))
        counted = to_start + (sampled - to_start) * capture.count / capture.sample_count
        return Costs(Cost(whole.seconds, whole.peak, counted), Cost(start.seconds, start.peak, to_start))


def instruction_counter() -> tuple[str, ...] | None:
    """What counts instructions here, if anything does."""
    for tool, counted in COUNTED.items():
        try:
            run = subprocess.run([*AS_NOBODY, *tool, "true"], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        if counted.search(run.stderr):
            return tool
    return None


def _instructions(counter: tuple[str, ...], side: Side, path: Path) -> int:
    command = [*AS_NOBODY, *counter, *side.command(path)]
    run = subprocess.run(command, env=side.tshark.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                         check=False)
    found = COUNTED[counter].search(run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"{' '.join(command)}: exit status {run.returncode}: {run.stderr}")
    return int(found[1].replace(",", ""))


def _timed(side: Side, path: Path) -> Cost:
    command = [*AS_NOBODY, *side.command(path)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=side.tshark.environment, **silent) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return Cost(usage.ru_utime, usage.ru_maxrss * 1024, None)
