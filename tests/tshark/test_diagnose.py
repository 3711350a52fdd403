"""tools/diagnose: the report first, packets only with -v.

It runs in a folder of its own, in which the plugin that is tested stands where it would have been built.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import TESTS
from tcpcap import write_large
from wireshark import PATIENCE

ROOT = TESTS.parent
BROKEN = "broken-cms-silent"


@pytest.fixture(scope="module")
def diagnose(tshark, workspace, sample):
    """Runs it; returns what it did."""
    root, programs = workspace / "repository", workspace / "programs"
    (root / "tools").mkdir(parents=True)
    (root / "sample-captures").symlink_to(sample(BROKEN).parent)
    for name in ("diagnose", "common.sh"):
        shutil.copy(ROOT / "tools" / name, root / "tools")
    programs.mkdir()
    (programs / "tshark").symlink_to(shutil.which(tshark.program))
    for name in ("cmake", "make"):  # all has been built
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    plugins = Path(tshark.environment["WIRESHARK_PLUGIN_DIR"])
    (version,) = (folder.name for folder in plugins.iterdir())
    shutil.copytree(plugins, root / "build" / version / "plugins")
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "CC": "cc", "Wireshark_DIR": "/nowhere", "LC_ALL": "C.UTF-8"}
    environment.pop("WIRESHARK_PLUGIN_DIR", None)

    def run(*arguments) -> subprocess.CompletedProcess:
        return subprocess.run([root / "tools" / "diagnose", *arguments], env=environment, timeout=PATIENCE, capture_output=True,
                              text=True, check=False)

    run.root, run.environment = root, environment
    return run


def test_the_report_comes_first(diagnose, sample):
    run = diagnose(sample(BROKEN))
    assert run.returncode == 0, run.stderr
    name, frame, *_, end = [line for line in run.stdout.splitlines() if line]
    assert name == str(sample(BROKEN))
    assert set(frame) == set(end) == {"="}
    assert "Stopped at: Peer's check, at the client." in run.stdout
    assert "Binding Request" not in run.stdout


def test_packets_follow_when_they_are_asked_for(diagnose, sample):
    run = diagnose("-v", sample(BROKEN))
    assert run.returncode == 0, run.stderr
    assert 0 < run.stdout.index("Stopped at:") < run.stdout.index("Allocate Request") < run.stdout.index("Binding Request")


def test_it_says_what_it_does(diagnose, sample):
    run = diagnose(sample(BROKEN))
    assert "building the plugin" in run.stderr
    assert " in tshark " in run.stderr.splitlines()[-1]


def test_without_a_capture_it_takes_the_sample_call(diagnose):
    run = diagnose()
    assert run.returncode == 0, run.stderr
    assert "cms-expressway-skype.pcapng" in run.stdout and "1 pair: nominated." in run.stdout


@pytest.mark.parametrize("arguments, status", [(("-x",), 2), (("no-such-file.pcapng",), 1)])
def test_what_it_does_not_understand(diagnose, arguments, status):
    run = diagnose(*arguments)
    assert (run.returncode, run.stdout) == (status, "")
    assert run.stderr


def test_it_says_how_far_it_is(diagnose, workspace, tshark, sample):
    """What takes more than three seconds is not silent. Here tshark waits until that was said."""
    folder, said = workspace / "slow", workspace / "said"
    folder.mkdir()
    slow = folder / "tshark"
    slow.write_text(f"""#!/bin/sh
case "$*" in *msturn,report*) for second in $(seq {PATIENCE // 2}); do test -e {said} || sleep 1; done ;; esac
exec {shutil.which(tshark.program)} "$@"
""")
    slow.chmod(0o755)
    environment = diagnose.environment | {"PATH": f"{folder}:{diagnose.environment['PATH']}"}
    with subprocess.Popen([diagnose.root / "tools/diagnose", sample(BROKEN)], env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        progress = next((line for line in process.stderr if " % read" in line), None)
        said.touch()
        report, _ = process.communicate(timeout=PATIENCE)
    assert progress == f"diagnose: {sample(BROKEN)}, 0 % read\n"
    assert process.returncode == 0 and "Stopped at: Peer's check" in report


def test_a_plugin_that_is_installed_too_is_no_news(diagnose, workspace, tshark, sample):
    """tshark warns that there are two; which one it took is what diagnose says."""
    folder = workspace / "installed"
    folder.mkdir()
    program = folder / "tshark"
    program.write_text(f"""#!/bin/sh
echo "tshark: The plugin 'msturn.so' was found in multiple directories" >&2
echo "tshark: something else" >&2
exec {shutil.which(tshark.program)} "$@"
""")
    program.chmod(0o755)
    environment = diagnose.environment | {"PATH": f"{folder}:{diagnose.environment['PATH']}"}
    run = subprocess.run([diagnose.root / "tools/diagnose", sample(BROKEN)], env=environment, timeout=PATIENCE, capture_output=True,
                         text=True, check=False)
    assert run.returncode == 0 and "Stopped at: Peer's check" in run.stdout
    assert "something else" in run.stderr and "multiple directories" not in run.stderr


def test_larger_than_memory(diagnose, workspace):
    """It is told before the file is read."""
    large = write_large(workspace / "large.pcap")
    run = diagnose(large)
    assert run.returncode != 0 and f"{large} has 4194304 MB" in run.stderr
