"""Fixtures for tests of what is built for Windows.

Environment: MSTURN_WINDOWS_BUILD, a folder to build in; what is there is built on. MSTURN_PLUGIN_DIR, the folder that holds
X.Y/epan/msturn.so.
"""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools" / "windows"
COMPILER = "x86_64-w64-mingw32ucrt-gcc"
NO_DOWNLOAD = 75  # as in tools/common.sh


def output_of(*command: str | Path, **options) -> tuple[int, str]:
    """Exit status, and what is printed."""
    result = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    return result.returncode, result.stdout


@pytest.fixture(scope="session", params=["4.4", "4.6"])
def wireshark(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def sdk(wireshark) -> Path:
    """What tools/windows/sdk has made of that Wireshark."""
    status, printed = output_of("bash", "-c", f"root={ROOT}; . {ROOT}/tools/common.sh; windows_sdk {wireshark} 2>/dev/null")
    if status == NO_DOWNLOAD:
        pytest.skip(f"the headers of Wireshark {wireshark} could not be downloaded")
    assert status == 0, printed
    return Path(printed.strip())


@pytest.fixture(scope="session")
def build(wireshark, sdk) -> Path:
    """The build folder of the plugin for that Wireshark."""
    folder = Path(os.environ["MSTURN_WINDOWS_BUILD"]) / wireshark
    status, printed = output_of(TOOLS / "build", wireshark, folder, "-DMSTURN_WERROR=ON")
    assert status == 0, printed
    return folder


@pytest.fixture(scope="session")
def dll(wireshark, build) -> Path:
    return build / "plugins" / wireshark / "epan" / "msturn.dll"
