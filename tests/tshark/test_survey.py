"""tools/survey: many captures, one row for each path of a call."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import machines
import pytest
from tcpcap import write_large
from wireshark import AS_NOBODY, PATIENCE

SURVEY = Path(__file__).resolve().parents[2] / "tools/survey"
sys.path.insert(0, str(SURVEY.parent))

import telling  # noqa: E402

COLUMNS = ["file", "start", "client", "server", "relayed", "peer", "verdict", "stopped_at", "place", "summary", "error"]
SILENT, HEALTHY = "broken-cms-silent", "cms-expressway-skype"
STRANGE = "a 'b' \"c\" $d;e\n{}.pcapng"

LONG = 5 * PATIENCE  # many runs of tshark, of ssh and of rsync, on a machine that may be busy

pytestmark = pytest.mark.skipif(not shutil.which("parallel"), reason="GNU parallel is not there")


class Surveys:
    def __init__(self, tshark, folder: Path):
        # Who logs in may have a shell that is no sh, and options of his own for parallel.
        self.environment = tshark.environment | {"HOME": str(folder), "TSHARK": tshark.program, "SHELL": "/bin/false",
                                                 "PARALLEL": "--dry-run"}
        self.folder = folder
        self.captures = folder / "captures"
        self.captures.mkdir()
        open_to_all(folder, self.captures)

    def start(self, *arguments: str | Path) -> subprocess.Popen:
        command = [*AS_NOBODY, "env", "--default-signal=INT"]  # who runs the tests in the background of a shell has it ignored
        return subprocess.Popen([*command, SURVEY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment, cwd=self.folder)

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            printed, said = process.communicate(timeout=LONG)
        return process.returncode, printed, said

    def rows(self, *arguments: str | Path, status: int = 0) -> list[dict]:
        code, printed, said = self.run("--format", "jsonl", *arguments)
        assert code == status, said
        return [json.loads(line) for line in printed.splitlines()]

    def program(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def add(self, capture: Path, *names: str) -> None:
        for name in names:
            shutil.copyfile(capture, self.captures / name)
            (self.captures / name).chmod(0o644)


def open_to_all(*folders: Path) -> None:
    for folder in folders:
        folder.chmod(0o777)


@pytest.fixture
def surveys(tshark, workspace, request) -> Surveys:
    folder = workspace / f"survey-{abs(hash(request.node.name))}"
    folder.mkdir()
    return Surveys(tshark, folder)


def test_csv_has_a_row_for_each_path(surveys, sample):
    surveys.add(sample("broken-two-calls"), "two.pcapng")
    surveys.add(sample("tls-only-443"), "none.pcapng")
    code, printed, said = surveys.run("captures")
    assert code == 0, said
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert printed.splitlines()[0] == ",".join(COLUMNS)
    assert [row["file"] for row in rows] == ["captures/two.pcapng"] * 2
    broken, = (row for row in rows if row["stopped_at"])
    assert (broken["verdict"], broken["stopped_at"], broken["place"]) == ("broken", "remote_check", "client")
    assert broken["start"].startswith("2026-11-21T12:47:1") and broken["error"] == ""
    assert said.startswith("0 of 2 files")  # at once: the first one may take long
    assert "2 of 2 files, 2 paths, 1 stopped, 0 errors" in said
    assert "1 path   remote_check: The check of peer was relayed and acknowledged by client; no answer in ... s" in said


def test_rows_are_those_of_the_report(surveys, tshark, sample):
    surveys.add(sample(SILENT), "silent.pcapng")
    row, = surveys.rows("captures/silent.pcapng")
    path, = json.loads(tshark.run(sample(SILENT), "-q", "-z", "msturn,json"))["paths"]
    assert row == {**{column: path.get(column) for column in COLUMNS}, "file": "captures/silent.pcapng"}


def test_table(surveys, sample):
    surveys.add(sample(SILENT), "silent.pcapng")
    code, printed, _ = surveys.run("--quiet", "--format", "table", "captures")
    heading, line = printed.splitlines()
    assert code == 0 and heading.split() == ["file", "start", "verdict", "stopped_at", "place", "summary"]
    assert line.split()[:5] == ["captures/silent.pcapng", "2026-11-21T12:43:59", "broken", "remote_check", "client"]


def test_what_cannot_be_read_is_a_row(surveys, sample):
    surveys.add(sample(HEALTHY), "good.pcapng", STRANGE)
    (surveys.captures / "bad.pcap").write_bytes(b"\x00\x01 no capture")
    (surveys.captures / "cut.pcapng").write_bytes(sample(SILENT).read_bytes()[:1000])
    (surveys.captures / "notes.txt").write_text("no capture, and none of its names")
    rows = surveys.rows("captures", "captures/gone.pcap", status=1)
    errors = {row["file"]: row["error"] for row in rows if row["error"]}
    assert set(errors) == {"captures/bad.pcap", "captures/cut.pcapng", "captures/gone.pcap"}
    assert "isn't a capture file" in errors["captures/bad.pcap"]
    assert "cut short" in errors["captures/cut.pcapng"]
    assert "doesn't exist" in errors["captures/gone.pcap"]
    assert [row["file"] for row in rows if row["verdict"] == "nominated"] == [f"captures/{STRANGE}", "captures/good.pcapng"]


WAITS = """\
#!/bin/sh
# tshark, which waits at a capture until it may go on.
case $* in *5.pcapng*) while [ ! -e go ]; do sleep 0.05; done ;; esac
exec {tshark} "$@"
"""


def test_interrupted_it_goes_on(surveys, sample):
    surveys.add(sample(SILENT), *(f"{number}.pcapng" for number in range(12)))
    surveys.environment["TSHARK"] = str(surveys.program("waits", WAITS.format(tshark=surveys.environment["TSHARK"])))
    with surveys.start("--format", "jsonl", "--jobs", "1", "--resume", "state", "captures") as first:
        deadline = time.monotonic() + LONG
        while len(list((surveys.folder / "state").glob("*.json"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        first.send_signal(signal.SIGINT)
        (surveys.folder / "go").touch()
        printed, said = first.communicate(timeout=LONG)
    assert first.returncode == 130 and "the same command goes on" in said
    done = {path.name: path.stat().st_mtime_ns for path in (surveys.folder / "state").glob("*.json")}
    assert 2 <= len(done) < 12
    rows = surveys.rows("--resume", "state", "captures")
    assert len(rows) == 12 and {row["stopped_at"] for row in rows} == {"remote_check"}
    assert {path.name: path.stat().st_mtime_ns for path in (surveys.folder / "state").glob("*.json")}.items() >= done.items()
    surveys.add(sample(HEALTHY), "0.pcapng")  # another one by now
    assert [row["file"] for row in surveys.rows("--resume", "state", "captures") if row["verdict"] == "nominated"] == ["captures/0.pcapng"]


AS_SSH = """\
#!/bin/sh
# As ssh, to a machine that has a folder of its own.
while [ "${1#-}" != "$1" ]; do shift; done
host=$1
shift
[ "$1" = -- ] && shift
mkdir -p "$HOME/$host" && cd "$HOME/$host" && exec sh -c "$*"
"""


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not there")
def test_on_other_machines(surveys, sample):
    surveys.add(sample(SILENT), "one.pcapng", "two.pcapng", STRANGE.replace("\n", " "), "four.pcapng")
    (surveys.captures / "bad.pcap").write_bytes(b"\x00\x01 no capture")
    shell = surveys.program("ssh", AS_SSH)
    (surveys.folder / "hosts").write_text(f"1/{shell} east\n1/{shell} west\n1/:\n")
    rows = surveys.rows("--sshloginfile", "hosts", "captures", status=1)
    assert [row["stopped_at"] for row in rows if not row["error"]] == ["remote_check"] * 4
    assert ["isn't a capture file" in row["error"] for row in rows if row["error"]] == [True]
    assert len(list(surveys.captures.iterdir())) == 5  # what was copied was removed, and nothing else
    assert [path for host in ("east", "west") for path in (surveys.folder / host).rglob("*.pcap*")] == []


def test_by_ssh(surveys, sample):
    """Two machines, a few dozen captures, and three of them broken."""
    if lacking := machines.missing():
        pytest.skip(lacking)
    surveys.add(sample(SILENT), *(f"silent-{number}.pcapng" for number in range(10)))
    surveys.add(sample(HEALTHY), *(f"good-{number}.pcapng" for number in range(11)))
    (surveys.captures / "bad.pcap").write_bytes(b"\x00\x01 no capture")
    (surveys.captures / "cut.pcapng").write_bytes(sample(SILENT).read_bytes()[:1000])
    (surveys.captures / "locked.pcap").touch(0)
    with machines.machines(surveys.folder, surveys.environment, "east", "west") as both:
        (surveys.folder / "hosts").write_text("".join(f"1/{machine.login}\n" for machine in both))
        rows = surveys.rows("--sshloginfile", "hosts", "--resume", "state", "captures", status=1)
        calls = Counter((row["file"].split("-")[0], row["stopped_at"]) for row in rows if not row["error"])
        assert calls == {("captures/silent", "remote_check"): 10, ("captures/good", None): 11, ("captures/cut.pcapng", None): 1}
        assert [row["file"] for row in rows if row["error"]] == [f"captures/{name}" for name in ("bad.pcap", "cut.pcapng", "locked.pcap")]
        jobs = [line.split("\t") for line in (surveys.folder / "state/joblog").read_text().splitlines()[1:]]
        assert len(jobs) == 24 and {job[1] for job in jobs} == {machine.login for machine in both}
        for machine in both:
            assert [path for path in machine.home.rglob("*") if "pcap" in path.name] == []


def test_tshark_without_the_plugin(surveys, sample):
    surveys.add(sample(SILENT), "silent.pcapng")
    surveys.environment = {name: value for name, value in surveys.environment.items() if name != "WIRESHARK_PLUGIN_DIR"}
    code, printed, said = surveys.run("captures")
    assert (code, printed) == (1, "") and "does not have the plugin" in said


def test_nothing_there(surveys):
    code, printed, said = surveys.run("captures")
    assert (code, printed) == (1, "") and "no capture is there" in said


def test_larger_than_memory(surveys):
    """It is told before the file is read."""
    write_large(surveys.captures / "large.pcap")
    code, _, said = surveys.run("--quiet", "captures")
    assert code == 1 and "large.pcap has 4398.0 GB" in said and "--jobs 1" in said


def test_what_takes_long_is_told(monkeypatch):
    """In tools/excerpt as here: without waiting for it."""
    told = threading.Event()
    monkeypatch.setattr(telling, "PATIENCE", 0)
    monkeypatch.setattr(telling, "note", lambda text: text == "looking" and told.set())
    with telling.unless_soon("looking"):
        assert told.wait(PATIENCE)


def test_help(surveys):
    code, printed, _ = surveys.run("--help")
    assert code == 0 and "--sshloginfile" in printed and os.linesep in printed
