"""The unit tests as programs for Windows, run by Wine."""

import os
import re
from pathlib import Path

import pytest
from conftest import ROOT, TOOLS, output_of


def common(command: str) -> str:
    """What a function of tools/common.sh prints."""
    return output_of("bash", "-c", f"root={ROOT}; . {ROOT}/tools/common.sh; {command} 2>/dev/null")[1].strip()


@pytest.fixture(scope="module")
def wine() -> str:
    return common("wine64_program") or pytest.skip("there is no wine64")


@pytest.fixture(scope="module")
def glib() -> Path:
    folder = Path(os.environ.get("MSTURN_WINDOWS_CACHE", Path.home() / ".cache/msturn/windows")) / "glib"
    return folder if folder.exists() else pytest.skip("there is no GLib for Windows: see tools/windows/glib")


def test_unit_tests_pass_under_wine(wine, glib, tmp_path):
    build = Path(os.environ["MSTURN_WINDOWS_BUILD"]) / "4.4"  # what the other tests have built of it is not built again
    status, printed = output_of(TOOLS / "build", "4.4", build, "-DMSTURN_WERROR=ON", "-DBUILD_TESTING=ON",
                                f"-DCMAKE_CROSSCOMPILING_EMULATOR={wine}")
    assert status == 0, printed
    environment = os.environ | {"WINEPREFIX": str(tmp_path / "wine"), "WINEDEBUG": "-all", "XDG_RUNTIME_DIR": str(tmp_path),
                                "WINEPATH": "Z:" + str(glib / "bin").replace("/", "\\")}
    output_of(wine, "wineboot", "--init", env=environment)
    status, printed = output_of("ctest", "--test-dir", build, "--output-on-failure", "--parallel", "2", env=environment)
    assert status == 0, printed
    assert int(re.search(r"0 tests failed out of (\d+)", printed)[1]) >= 28
