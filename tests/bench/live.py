"""Calls on a live interface: memory of several tsharks while calls come and go, and when they have ended. Standard library only.

All of it happens in a network namespace, which ends with the last process in it: a pair of virtual interfaces, a tshark for each
side of the comparison on one of them, and the frames of a capture sent into the other. listen() runs this file in there. A
user without root's rights has them for the network of a user namespace, where the system allows it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from capture import RECORD
from meter import Side
from stun_traffic import SERVER
from table import ratio

from wireshark import AS_NOBODY, Tshark

NEAR, FAR = "msturn-near", "msturn-far"
PAIR = ("ip", "link", "add", "name", NEAR, "type", "veth", "peer", "name", FAR)

# What is started ends with who started it. tshark would load no plugins for root, nor for who is root in a user namespace only.
OWN_USERS = () if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")
NAMESPACE = ("unshare", "--net", *OWN_USERS, "setpriv", "--pdeathsig", "KILL")
MAY_CAPTURE = ("setpriv", "--pdeathsig", "TERM", *AS_NOBODY[1:], "--inh-caps", "+net_raw,+net_admin",
               "--ambient-caps", "+net_raw,+net_admin")

PROTOCOL = 5  # column of a line, from 0: the others are number, time, source, arrow, destination
PROBE = bytes(12) + b"\x88\xb5" + bytes(46)  # a frame for nobody: an Ethertype for local experiments (IEEE 802, 9.2.4)
AHEAD = 2000  # frames that a tshark may be behind: dumpcap's buffer has room for more
PAUSE, PATIENCE = 0.05, 300  # seconds between two looks, and for which a tshark may be silent on a busy machine


@dataclass(frozen=True)
class Heard:
    """What a tshark made of the frames, and how many of its bytes were resident."""

    protocols: dict[str, int]  # frames by what is in the column Protocol
    begun: int  # before the first call
    ended: int  # when calls have ended
    later: int  # after the silence

    @property
    def grown(self) -> int:
        return self.ended - self.begun

    @property
    def flatness(self) -> float | None:
        """How much memory has grown by the end of the silence, by how much it had when calls ended: 1 if nothing grows then.

        What tshark needs to start is not in it. So 1.05, where that of a tshark without the plugin is 1, is a twentieth more than
        calls took, and after the last of them.
        """
        return ratio(self.later - self.begun, self.grown)


def impossible(tshark: Tshark) -> str:
    """Why this tshark cannot capture in such a namespace here; empty if it can."""
    for command in (PAIR, (*MAY_CAPTURE, tshark.program, "-i", "any", "-L")):  # -L: what could be captured
        try:
            run = subprocess.run([*NAMESPACE, *command], env=tshark.environment, capture_output=True, text=True, check=False)
        except FileNotFoundError as missing:
            return f"there is no {missing.filename}"
        if run.returncode != 0:
            return run.stderr.strip() or f"{' '.join(command)}: exit status {run.returncode}"
    return ""


def listen(sides: tuple[Side, ...], calls: float, silence: float) -> list[Heard]:
    """All sides at once hear the frames of their capture, sent evenly in so many seconds, and then silence for so many."""
    commands = [[*MAY_CAPTURE, side.tshark.program, "-n", "-l", "-i", FAR, *side.options] for side in sides]
    task = {"capture": str(sides[0].capture.path), "calls": calls, "silence": silence, "commands": commands,
            "environments": [side.tshark.environment for side in sides]}
    run = subprocess.run([*NAMESPACE, sys.executable, "-B", __file__], input=json.dumps(task), stdout=subprocess.PIPE,
                         text=True, check=False)
    if run.returncode != 0:
        sys.exit("the live interface could not be measured")
    return [Heard(**heard) for heard in json.loads(run.stdout)]


# In the namespace


class Listener:
    """A tshark on the interface; its lines are counted as they come."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.listens = False
        self.frames = 0  # of the capture
        self.protocols: Counter[str] = Counter()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self.listens = True
            if SERVER[0].encode() in line:  # neither a probe nor what the system itself sends
                self.protocols[line.split()[PROTOCOL].decode()] += 1
                self.frames += 1

    def resident(self) -> int:
        """Bytes, of tshark alone: dumpcap is another process."""
        lines = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))

    def must_run(self) -> None:
        if self._process.poll() is not None:
            self._fail()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        if self._process.wait(PATIENCE) != 0:
            self._fail()

    def _fail(self) -> None:
        complaints = self._process.stderr.read().decode(errors="replace")
        sys.exit(f"{' '.join(self._process.args)}: exit status {self._process.returncode}: {complaints}")


def wait_for(what: str, listeners: list[Listener], there: Callable[[Listener], bool],
             meanwhile: Callable[[], object] = lambda: None) -> None:
    """Until it is there for all of them; as long as it is not, something is done now and then."""
    latest = time.monotonic() + PATIENCE
    while not all(there(listener) for listener in listeners):
        for listener in listeners:
            listener.must_run()
        if time.monotonic() > latest:
            sys.exit(f"{what}, but tsharks heard {[listener.frames for listener in listeners]}")
        meanwhile()
        time.sleep(PAUSE)


def frames_of(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=1 << 20) as file:
        file.seek(24)  # the file's header
        while record := file.read(RECORD.size):
            yield file.read(RECORD.unpack(record)[2])


def send(path: Path, seconds: float, interface: socket.socket, listeners: list[Listener]) -> None:
    """Returns when all have heard everything. Nothing is lost on a busy machine: a tshark that is late is waited for."""
    count = sum(1 for _ in frames_of(path))
    begun = time.monotonic()
    for number, frame in enumerate(frames_of(path)):
        time.sleep(max(0, begun + seconds * number / count - time.monotonic()))
        wait_for(f"{number} frames sent", listeners, lambda listener, sent=number: sent - listener.frames < AHEAD)
        interface.send(frame)
    wait_for(f"all {count} frames sent", listeners, lambda listener: listener.frames == count)


def main() -> None:
    task = json.load(sys.stdin)
    for command in (PAIR, ("ip", "link", "set", NEAR, "up"), ("ip", "link", "set", FAR, "up")):
        subprocess.run(command, check=True)
    interface = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    interface.bind((NEAR, 0))
    listeners = [Listener(*start) for start in zip(task["commands"], task["environments"], strict=True)]
    wait_for("probes sent", listeners, lambda listener: listener.listens, lambda: interface.send(PROBE))

    def memory() -> list[int]:
        return [listener.resident() for listener in listeners]

    begun = memory()
    send(Path(task["capture"]), task["calls"], interface, listeners)
    ended = memory()
    time.sleep(task["silence"])
    later = memory()
    for listener in listeners:
        listener.stop()
    readings = zip(listeners, begun, ended, later, strict=True)
    print(json.dumps([{"protocols": listener.protocols, "begun": first, "ended": second, "later": third}
                      for listener, first, second, third in readings]))


if __name__ == "__main__":
    main()
