#!/usr/bin/python3
"""What a flood costs: Allocate requests from as many ports, never answered, and the same with answers.

usage: flood.py [--requests N] [--tshark PROGRAM] [--folder FOLDER] PLUGINS

PLUGINS is the `plugins` folder of a build, an optimised one. Prints times and memory of tshark, and the two targets: the
tracker takes less than 1 KB for each unanswered request, and the unanswered flood takes less than 1.3 times
the user time of the answered one. The capture files (some 400 MB for a million requests) go to a temporary folder in
FOLDER. Run by hand on an idle machine: times belong in no test. Exit status 1: a target was missed.
"""

import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import stun  # noqa: E402
import tcpcap  # noqa: E402
import turn  # noqa: E402
from stun import Attribute, Class, Method, transaction_id  # noqa: E402
from wireshark import AS_NOBODY, Tshark  # noqa: E402

SERVER = ("192.0.2.1", 3478)
PORTS = range(33000, 49000)  # of each client address: hardly any other dissector has these
INTERVAL = 100  # microseconds between requests: most of a large flood is old enough to be overdue at its end
ATTRIBUTES = [(Attribute.REQUESTED_TRANSPORT, turn.TCP), (Attribute.LIFETIME, stun.unsigned32(600))]
SEGMENT = tcpcap.PSH | tcpcap.ACK

DISSECT = ("-z", "io,stat,0")  # without a tap or a filter tshark -q dissects nothing

MAX_BYTES, MAX_RATIO = 1024, 1.3  # the targets
# What a connection and its message cost without sessions and pairs: the same flood with the last commit before the tracker.
# In it is a transaction of 150 bytes, so the tracker is given that much too little.
DECODER_BYTES = 667


@dataclass
class Cost:
    seconds: float  # user time
    bytes: int  # resident at the most


class Writer:
    """A capture file that is written packet by packet: a flood should not have to fit into memory twice."""

    def __init__(self, path: Path):
        self.file = path.open("wb", buffering=1 << 20)
        self.file.write(struct.pack("<IHHiIII", tcpcap.PCAP_MAGIC, 2, 4, 0, 0, tcpcap.SNAPLEN_NONE, tcpcap.LINK_ETHERNET))

    def add(self, time: int, packet: bytes) -> None:
        self.file.write(struct.pack("<IIII", *divmod(time, 1_000_000), len(packet), len(packet)) + packet)

    def close(self) -> None:
        self.file.close()


def client(number: int) -> tcpcap.Endpoint:
    host, port = divmod(number, len(PORTS))
    return f"10.1.{host >> 8}.{host & 0xFF}", PORTS[port]


def write_floods(unanswered: Path, answered: Path, requests: int) -> None:
    without, both = Writer(unanswered), Writer(answered)
    for number in range(requests):
        time = tcpcap.START + number * INTERVAL
        end, label = client(number), str(number)
        data = turn.message(Method.ALLOCATE, Class.REQUEST, label, *ATTRIBUTES)
        request = tcpcap.ethernet(end, SERVER, 1000, 2000, SEGMENT, data)
        without.add(time, request)
        both.add(time, request)
        answer = turn.message(Method.ALLOCATE, Class.SUCCESS, label, *given(end, label))
        both.add(time + INTERVAL // 2, tcpcap.ethernet(SERVER, end, 2000, 1000 + len(data), SEGMENT, answer))
    without.close()
    both.close()


def given(end: tcpcap.Endpoint, label: str) -> list[tuple[int, bytes]]:
    """A relayed address of its own for each client, as servers give them."""
    identity = transaction_id(label)
    relayed = end[0].replace("10.1.", "198.18."), end[1]
    return [(Attribute.XOR_RELAYED_ADDRESS, stun.xor_address(*relayed, identity)),
            (Attribute.XOR_MAPPED_ADDRESS, stun.xor_address(*end, identity)), (Attribute.LIFETIME, stun.unsigned32(600))]


def cost(tshark: Tshark, capture: Path, *options: str) -> Cost:
    command = [*AS_NOBODY, tshark.program, "-n", "-q", "-r", str(capture), *DISSECT, *options]
    with subprocess.Popen(command, env=tshark.environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return Cost(usage.ru_utime, usage.ru_maxrss * 1024)


def programs(program: str, plugins: Path, workspace: Path) -> tuple[Tshark, Tshark]:
    """tshark with the plugin, and without."""
    copy, nothing = workspace / "plugins", workspace / "no-plugins"
    shutil.copytree(plugins, copy)
    nothing.mkdir()
    (workspace / "config").mkdir()
    return Tshark(program, workspace, copy), Tshark(program, workspace, nothing)


def refuse_a_flood_that_is_not_decoded(tshark: Tshark, capture: Path) -> None:
    """Else nothing would be measured."""
    if len(tshark.matching(capture, "msturn.method == 0x003", "-c", "1000")) < 990:
        sys.exit("the flood is not decoded by msturn: is the plugin in PLUGINS made for this tshark?")


def report(name: str, value: str, target: str, met: bool) -> bool:
    print(f"{name:<52} {value:>12}   {target:<14} {'met' if met else 'MISSED'}")
    return met


def measure(with_plugin: Tshark, stock: Tshark, unanswered: Path, answered: Path, requests: int) -> bool:
    # Wireshark's own STUN dissector would take the messages, and remember them too.
    plain = cost(stock, unanswered, "--disable-protocol", "stun")
    modes = {"single pass": (), "two passes": ("-2",), "report": ("-z", "msturn,json")}
    print(f"{requests} requests; tshark without msturn and STUN: {plain.seconds:.1f} s, {plain.bytes / 1e6:.0f} MB\n")
    met = True
    for mode, options in modes.items():
        silent, served = cost(with_plugin, unanswered, *options), cost(with_plugin, answered, *options)
        print(f"{mode}: unanswered {silent.seconds:.1f} s, {silent.bytes / 1e6:.0f} MB; "
              f"answered {served.seconds:.1f} s, {served.bytes / 1e6:.0f} MB")
        ratio = silent.seconds / served.seconds
        met &= report("  user time, unanswered to answered", f"{ratio:.2f}", f"below {MAX_RATIO}", ratio < MAX_RATIO)
        if mode == "single pass":
            each = (silent.bytes - plain.bytes) / requests - DECODER_BYTES
            met &= report(f"  memory of the tracker, beside {DECODER_BYTES} B for the decoder", f"{each:.0f} B", f"below {MAX_BYTES} B",
                          each < MAX_BYTES)
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plugins", type=Path)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--tshark", default="tshark")
    parser.add_argument("--folder", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="msturn-flood-", dir=arguments.folder) as name:
        workspace = Path(name)
        workspace.chmod(0o755)
        unanswered, answered = workspace / "unanswered.pcap", workspace / "answered.pcap"
        write_floods(unanswered, answered, arguments.requests)
        with_plugin, stock = programs(shutil.which(arguments.tshark) or arguments.tshark, arguments.plugins, workspace)
        refuse_a_flood_that_is_not_decoded(with_plugin, unanswered)
        if not measure(with_plugin, stock, unanswered, answered, arguments.requests):
            sys.exit(1)


if __name__ == "__main__":
    main()
