"""Fixtures for tests that run tshark on captures.

Environment: MSTURN_PLUGIN_DIR, the folder that holds X.Y/epan/msturn.so (the `plugins` folder of the build); TSHARK and
EDITCAP, when others are wanted than those in PATH; MSTURN_CAPTURES, a folder with captures that are not part of the
repository.
"""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SAMPLES = TESTS.parent / "sample-captures"
SHARED_CAPTURES = Path(os.environ.get("MSTURN_CAPTURES", TESTS.parent.parent / "shared" / "captures"))

sys.path.insert(0, str(TESTS / "support"))

from kept_runs import KeptRuns  # noqa: E402
from sharkd import Sharkd  # noqa: E402
from tcpcap import Capture  # noqa: E402
from wireshark import Tshark, limit_time  # noqa: E402

limit_time()


@pytest.fixture(scope="session")
def workspace():
    """A folder that the user as whom tshark runs can read."""
    with tempfile.TemporaryDirectory(prefix="msturn-tests-") as name:
        path = Path(name)
        path.chmod(0o755)
        (path / "config").mkdir()
        yield path


@pytest.fixture(scope="session")
def tshark(workspace) -> Tshark:
    """tshark with the plugin."""
    plugin = _the_plugin()
    # A copy: the build may be where the other user cannot go.
    plugins = workspace / "plugins"
    folder = plugins / plugin.parent.parent.name / "epan"
    folder.mkdir(parents=True)
    shutil.copy(plugin, folder)
    program = Tshark(_program("TSHARK", "tshark"), workspace, plugins)
    listing = program.start("-G", "plugins")
    names = [line.split("\t")[0].strip() for line in listing.stdout.decode().splitlines()]
    assert "msturn.so" in names, f"msturn is not loaded: {listing.stderr.decode()}"
    assert b"msturn" not in listing.stderr, listing.stderr.decode()
    program.kept = KeptRuns(plugin, program.program, workspace / "samples", workspace / "config")
    return program


@pytest.fixture(scope="session")
def stock(workspace) -> Tshark:
    """The same tshark without any plugin."""
    plugins = workspace / "no-plugins"
    plugins.mkdir()
    return Tshark(_program("TSHARK", "tshark"), workspace, plugins)


@pytest.fixture(scope="session")
def sharkd(tshark) -> Sharkd:
    return Sharkd(tshark)


@pytest.fixture(params=[(), ("-2",)], ids=["one-pass", "two-passes"])
def passes(request) -> tuple[str, ...]:
    """Options for tshark: dissection in one pass, as it is while capturing, and in two, as in Wireshark."""
    return request.param


@pytest.fixture(scope="session")
def write(workspace):
    """Writes a capture to a file of its own; returns its path."""
    numbers = itertools.count(1)

    def write_capture(capture: Capture) -> Path:
        return capture.write(workspace / f"{next(numbers)}.pcap")

    return write_capture


@pytest.fixture
def capture() -> Capture:
    return Capture()


@pytest.fixture(scope="session")
def sample(workspace):
    """Path of a sample capture by its name without suffix."""
    folder = workspace / "samples"
    shutil.copytree(SAMPLES, folder)

    def path_of(name: str) -> Path:
        path = folder / f"{name}.pcapng"
        assert path.exists(), f"{path.name} is missing in {SAMPLES}"
        return path

    return path_of


@pytest.fixture(scope="session")
def shared_capture(workspace):
    """Path of a capture that is not part of the repository; skips the test when it is absent."""

    def path_of(name: str) -> Path:
        if not (SHARED_CAPTURES / name).is_file():
            pytest.skip(f"{SHARED_CAPTURES / name} is not there")
        return Path(shutil.copy(SHARED_CAPTURES / name, workspace / Path(name).name))

    return path_of


@pytest.fixture(scope="session")
def editcap(workspace):
    """Runs editcap on a capture; returns the path of the result."""
    numbers = itertools.count(1)
    program = _program("EDITCAP", "editcap")

    def edit(path: Path, *options: str) -> Path:
        edited = workspace / f"edited-{next(numbers)}.pcapng"
        run = subprocess.run([program, *options, path, edited], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return edited

    return edit


def _the_plugin() -> Path:
    folder = os.environ.get("MSTURN_PLUGIN_DIR")
    assert folder, "MSTURN_PLUGIN_DIR is not set"
    found = list(Path(folder).glob("*/epan/msturn.so"))
    assert len(found) == 1, f"one msturn.so is expected in {folder}/*/epan, found: {found}"
    return found[0]


def _program(variable: str, name: str) -> str:
    program = shutil.which(os.environ.get(variable, name))
    assert program, f"{name} is not there"
    return program
