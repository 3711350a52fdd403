"""Many captures of a call each, for tools/survey. Standard library only."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from relayed_call import PEER, RelayedCall, ends, packet_later  # noqa: E402
from tcpcap import Capture  # noqa: E402

from wireshark import AS_NOBODY, Tshark  # noqa: E402

SURVEY = Path(__file__).resolve().parents[2] / "tools/survey"
ONE_AFTER_THE_OTHER = 'for file in "$1"/*; do "$0" -n -q -z msturn,json -r "$file" || exit; done'

LATER = 30  # seconds in which something could have come


def healthy(capture: Capture, number: int) -> None:
    RelayedCall(capture, ends(number=number)).healthy()


def never_bound(capture: Capture, number: int) -> None:
    call = RelayedCall(capture, ends(number=number))
    call.allocate()
    call.permit()
    call.peer_connects()
    packet_later(capture, LATER)


def never_answered(capture: Capture, number: int) -> None:
    RelayedCall(capture, ends(number=number)).connected().check(PEER, "first")
    packet_later(capture, LATER)


# Every third call of a kind, with the step at which it stops.
CALLS = ((healthy, None), (never_bound, "bind"), (never_answered, "remote_check"))


def many(folder: Path, count: int) -> list[str | None]:
    """Writes so many captures into the folder; returns the steps at which their calls stop, by the order of their names."""
    kinds = [CALLS[number % len(CALLS)] for number in range(count)]
    for number, (play, _) in enumerate(kinds):
        capture = Capture()
        play(capture, number)
        capture.write(folder / f"{number:06}.pcap")
    return [stops for _, stops in kinds]


@dataclass(frozen=True)
class Reading:
    seconds: float  # that passed
    peak: int  # bytes resident at the most, of the largest process


def by_survey(tshark: Tshark, folder: Path, jobs: int) -> Reading:
    return _read(tshark, [str(SURVEY), "--quiet", "--jobs", str(jobs), str(folder)])


def one_after_the_other(tshark: Tshark, folder: Path) -> Reading:
    return _read(tshark, ["sh", "-c", ONE_AFTER_THE_OTHER, tshark.program, str(folder)])


def _read(tshark: Tshark, command: list[str]) -> Reading:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        environment = tshark.environment | {"HOME": home, "TSHARK": tshark.program}
        begun = time.monotonic()
        with subprocess.Popen([*AS_NOBODY, *command], env=environment, stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return Reading(seconds, usage.ru_maxrss * 1024)
