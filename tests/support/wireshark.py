"""Running tshark in tests, and reading what it prints. Standard library only."""

import json
import os
import re
import resource
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import calls
from kept_runs import KeptRuns

# An endless loop is a failure, too: it has used so many seconds of a processor. By the clock a run may take as long as on a busy
# machine it has to; that limit is for what waits for ever.
LONGEST, PATIENCE = 300, 1800
NOBODY = 65534
KNOWN, REMEMBERED = 100, 1 << 20  # runs whose output is kept, and bytes that each may have printed
SEPARATOR = "\x1f"  # no value contains it
FINDING = "msturn.finding."
SEVERITY_NOTE = 0x00400000  # PI_NOTE of epan/proto.h; warnings and errors are above

# With root's rights tshark loads no plugin that is not installed.
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups") if os.geteuid() == 0 else ()

# Words that only a broken dissector makes tshark print.
BROKEN = ("Dissector bug", "DISSECTOR_ASSERT", "ASSERTION", "assertion failed", "CRITICAL", "AddressSanitizer", "runtime error")
BROKEN_BYTES = tuple(word.encode() for word in BROKEN)


@dataclass
class Item:
    """A node of the packet tree that is not hidden: names are filter names, `show` is the value of the field."""

    name: str
    show: str
    label: str
    children: list["Item"] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator["Item"]:
        left = [self]
        while left:
            item = left.pop()
            yield item
            left.extend(reversed(item.children))

    def all(self, name: str) -> list[str]:
        """Values of every field of this name in here, in order."""
        return list(self._values.get(name, ()))

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for item in self.walk():
            found.setdefault(item.name, []).append(item.show)
        return found

    def get(self, name: str) -> str | None:
        """Value of the field of this name, None if there is none. There must not be two."""
        values = self.all(name)
        assert len(values) < 2, f"{name} is there {len(values)} times: {values}"
        return values[0] if values else None

    def names(self) -> list[str]:
        return [item.name for item in self.walk()]

    @property
    def findings(self) -> list[str]:
        """What msturn's expert items in here are about: their filter names without msturn.finding."""
        experts = [child.name for item in self.walk() if item.name == "_ws.expert" for child in item.children]
        return [name.removeprefix(FINDING) for name in experts if name.startswith(FINDING)]

    @property
    def form_findings(self) -> list[str]:
        """Those of them that are not about calls."""
        return [name for name in self.findings if name not in calls.FINDINGS]


@dataclass
class Packet:
    number: int
    protocols: list[Item]

    @property
    def units(self) -> list[Item]:
        """The items at the top of the tree that are msturn's: messages, frames, ChannelData, other bytes."""
        return [item for item in self.protocols if item.name == "msturn"]

    @property
    def messages(self) -> list[Item]:
        return [unit for unit in self.units if unit.get("msturn.type") is not None]

    def all(self, name: str) -> list[str]:
        return [value for item in self.protocols for value in item.all(name)]

    @property
    def findings(self) -> list[str]:
        return [name for item in self.protocols for name in item.findings]

    @property
    def form_findings(self) -> list[str]:
        return [name for item in self.protocols for name in item.form_findings]

    @property
    def names(self) -> list[str]:
        """Names of the protocols; "data" where nobody decodes."""
        # PDML has no name for a field outside of every protocol.
        wrapped = (item.children[0] if item.name == "fake-field-wrapper" else item for item in self.protocols)
        return [item.name for item in wrapped]


class Tshark:
    """A tshark with a configuration of its own, and with the plugins of one folder only."""

    def __init__(self, program: str, workspace: Path, plugins: Path):
        self.program = program
        self.known: dict[tuple, bytes] = {}  # what runs have printed, by capture and options
        self.kept: KeptRuns | None = None  # shared with other tests
        # Reading the names of manufacturers and the like is a third of a short run of 4.0; there are none of them here.
        data = workspace / "data"
        data.mkdir(exist_ok=True)
        self.environment = os.environ | {
            "HOME": str(workspace),
            "WIRESHARK_DATA_DIR": str(data),
            "XDG_CONFIG_HOME": str(workspace / "config"),
            "WIRESHARK_CONFIG_DIR": str(workspace / "config"),
            "WIRESHARK_PLUGIN_DIR": str(plugins),
            "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        self.plain = dict(self.environment)

    def start(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs tshark; the caller judges the result."""
        command = [*AS_NOBODY, self.program, *arguments]
        with tempfile.TemporaryFile() as printed:  # a pipe would be emptied in a hundred thousand small pieces
            run = subprocess.run(command, stdout=printed, stderr=subprocess.PIPE, env=self.environment, timeout=PATIENCE,
                                 check=False)
            printed.seek(0)
            run.stdout = printed.read()
        return run

    def output(self, *arguments: str) -> str:
        """What tshark prints, when it ends well."""
        return self.output_bytes(*arguments).decode(errors="replace")

    def output_bytes(self, *arguments: str) -> bytes:
        run = self.start(*arguments)
        if run.returncode != 0:
            complaints = run.stderr.decode(errors="replace")
            raise AssertionError(f"tshark {' '.join(arguments)}: exit status {run.returncode}: {complaints}")
        _refuse_broken(run.stderr, arguments)
        return run.stdout

    def run(self, capture: Path, *options: str) -> str:
        """Reads a capture. Addresses and ports are never resolved: output must be the same everywhere."""
        return self.run_bytes(capture, *options).decode(errors="replace")

    def run_bytes(self, capture: Path, *options: str) -> bytes:
        """The same for what is too large to be looked at as text. What was asked before of a capture is not asked again."""
        question = (str(capture), capture.stat().st_mtime_ns, options)
        if question not in self.known:
            kept = self.kept.file_of(capture, options) if self.kept and self.environment == self.plain else None
            printed = kept.read_bytes() if kept and kept.exists() else self._read(capture, options)
            if len(printed) > REMEMBERED:
                return printed
            if kept and not kept.exists():
                self.kept.write(kept, printed)
            if len(self.known) == KNOWN:
                self.known.pop(next(iter(self.known)))
            self.known[question] = printed
        return self.known[question]

    def _read(self, capture: Path, options: tuple[str, ...]) -> bytes:
        arguments = ("-n", "-r", str(capture), *options)
        printed = self.output_bytes(*arguments)
        _refuse_broken(printed, arguments)
        return printed

    def rows(self, capture: Path, names: list[str], *options: str) -> list[dict[str, list[str]]]:
        """For each packet the values of each of these fields; no value: an empty list."""
        extract = [argument for name in names for argument in ("-e", name)]
        packets = json.loads(self.run(capture, "-T", "json", *extract, *options))
        # From 4.4 on the names of columns come out in lower case.
        layers = [{name.lower(): values for name, values in packet["_source"]["layers"].items()} for packet in packets]
        return [{name: [value_of(text) for text in layer.get(name.lower(), [])] for name in names} for layer in layers]

    def frames(self, capture: Path, names: list[str], *options: str) -> dict[int, dict[str, list[str]]]:
        """The same by frame number."""
        rows = self.rows(capture, ["frame.number", *names], *options)
        return {int(row.pop("frame.number")[0]): row for row in rows}

    def hidden_rows(self, capture: Path, names: list[str], *options: str) -> dict[int, dict[str, list[str]]]:
        """frames() with the values of hidden fields, too: JSON leaves them out."""
        extract = [argument for name in ("frame.number", *names) for argument in ("-e", name)]
        form = ("-T", "fields", "-E", f"aggregator={SEPARATOR}", "-E", "occurrence=a", "-E", "separator=/t")
        rows = (line.split("\t") for line in self.run(capture, *form, *extract, *options).splitlines())
        return {int(number): {name: value.split(SEPARATOR) if value else [] for name, value in zip(names, values)}
                for number, *values in rows}

    def column(self, capture: Path, name: str, *options: str) -> dict[int, list[str]]:
        """One field by frame number; frames without it are left out."""
        return {number: row[name] for number, row in self.frames(capture, [name], *options).items() if row[name]}

    def matching(self, capture: Path, display_filter: str, *options: str) -> list[int]:
        """Numbers of the frames that the display filter lets through."""
        printed = self.run(capture, "-Y", display_filter, "-T", "fields", "-e", "frame.number", *options)
        return [int(line) for line in printed.split()]

    def pdml(self, capture: Path, *options: str) -> str:
        return self.run(capture, "-T", "pdml", *options)

    def trees(self, capture: Path, *options: str) -> dict[int, Packet]:
        """The whole packet trees by frame number."""
        return packet_trees(self.pdml(capture, *options))


def packet_trees(pdml: str) -> dict[int, Packet]:
    packets = (Packet(0, _items(packet)) for packet in ET.fromstring(pdml).iter("packet"))
    return {packet.number: packet for packet in map(_numbered, packets)}


def frames_with(packets: dict[int, Packet], *names: str) -> list[int]:
    """Frames with a field, protocol or expert item of one of these names."""
    return [frame for frame, packet in packets.items() if any(packet.all(name) for name in names)]


def limit_time() -> None:
    """Of this process, and of each that it will start."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, hard))


def _refuse_broken(printed: bytes, arguments: tuple[str, ...]) -> None:
    for word in BROKEN_BYTES:
        if word in printed:
            line = next(line.strip() for line in printed.splitlines() if word in line)
            raise AssertionError(f"tshark {' '.join(arguments)}: {line.decode(errors='replace')}")


BYTES = re.compile("[0-9a-f]{2}(:[0-9a-f]{2})+")
BOOLEANS = {"True": "1", "False": "0"}


def value_of(text: str) -> str:
    """The same in every version: bytes without the colons that some write between them, booleans as 0 and 1."""
    if ":" in text and BYTES.fullmatch(text):
        return text.replace(":", "")
    return BOOLEANS.get(text, text)


def _items(parent: ET.Element) -> list[Item]:
    return [_item(node) for node in parent if node.get("hide") != "yes"]


def _item(node: ET.Element) -> Item:
    show = node.get("show", "")
    return Item(node.get("name", ""), value_of(show), node.get("showname", show), _items(node), node.attrib)


def _numbered(packet: Packet) -> Packet:
    packet.number = int(packet.all("num")[0])
    return packet
