"""What Wine runs: the unit tests as programs for Windows, and the DLL in a program that loads it as Wireshark does."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import COMPILER, ROOT, TOOLS, output_of

sys.path.insert(0, str(ROOT / "tests" / "support"))

from wireshark import Tshark  # noqa: E402

VERSION = re.search(r"project\(msturn VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
DISSECTOR = 1  # of plugin_describe()
CACHE = Path(os.environ.get("MSTURN_WINDOWS_CACHE", Path.home() / ".cache/msturn/windows"))
SAMPLE = ROOT / "sample-captures" / "cms-expressway-skype.pcapng"
REPORT = ("-q", "-z", "msturn,report")

# Looks up what Wireshark looks up.
LOADER = """
#include <stdint.h>
#include <stdio.h>
#include <windows.h>

int main(void)
{
    HMODULE plugin = LoadLibraryA("msturn.dll");

    if (!plugin) {
        printf("error %lu\\n", GetLastError());
        return 1;
    }
    const int *major = (const int *)(void *)GetProcAddress(plugin, "plugin_want_major");
    const int *minor = (const int *)(void *)GetProcAddress(plugin, "plugin_want_minor");
    const char *version = (const char *)(void *)GetProcAddress(plugin, "plugin_version");
    uint32_t (*describe)(void) = (uint32_t (*)(void))(void *)GetProcAddress(plugin, "plugin_describe");
    printf("%s %d.%d %u\\n", version, *major, *minor, (unsigned)describe());
    return 0;
}
"""


def common(command: str) -> str:
    """What a function of tools/common.sh prints."""
    return output_of("bash", "-c", f"root={ROOT}; . {ROOT}/tools/common.sh; {command} 2>/dev/null")[1].strip()


@pytest.fixture(scope="module")
def glib() -> Path:
    folder = CACHE / "glib"
    return folder if folder.exists() else pytest.skip("there is no GLib for Windows: see tools/windows/glib")


@pytest.fixture(scope="module")
def wine(glib, tmp_path_factory) -> tuple[str, dict[str, str]]:
    """The program, and an environment for it that has a Windows of its own."""
    program = common("wine64_program") or pytest.skip("there is no wine64")
    folder = tmp_path_factory.mktemp("wine")
    # Wine 10 ends at once where TMPDIR is set.
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    environment |= {"WINEPREFIX": str(folder / "windows"), "WINEDEBUG": "-all", "XDG_RUNTIME_DIR": str(folder),
                    "WINEPATH": "Z:" + str(glib / "bin").replace("/", "\\")}
    output_of(program, "wineboot", "--init", env=environment)
    return program, environment


def test_unit_tests_pass(wine):
    program, environment = wine
    build = Path(os.environ["MSTURN_WINDOWS_BUILD"]) / "4.4"  # what the other tests have built of it is not built again
    status, printed = output_of(TOOLS / "build", "4.4", build, "-DMSTURN_WERROR=ON", "-DBUILD_TESTING=ON",
                                f"-DCMAKE_CROSSCOMPILING_EMULATOR={program}")
    assert status == 0, printed
    status, printed = output_of("ctest", "--test-dir", build, "--output-on-failure", "--parallel", "2", env=environment)
    assert status == 0, printed
    assert int(re.search(r"0 tests failed out of (\d+)", printed)[1]) >= 28


def compile_in(folder: Path, *arguments: str | Path) -> None:
    subprocess.run([COMPILER, *arguments], cwd=folder, check=True)


def make_stand_in(name: str, definitions: Path, folder: Path) -> None:
    """A DLL with all names of Wireshark's, and nothing behind them."""
    names = [line.split()[0] for line in definitions.read_text().splitlines()[2:]]
    (folder / f"{name}.s").write_text("".join(f".globl {symbol}\n{symbol}:\n" for symbol in names) + "ret\n")
    compile_in(folder, "-shared", "-nostdlib", "-Wl,--entry=0", f"{name}.s", definitions, "-o", f"lib{name}.dll")


def test_dll_is_loaded(wine, wireshark, sdk, dll, tmp_path):
    """Wine's loader finds what it imports, and it says which Wireshark it is for; without libwsutil.dll it is not loaded."""
    program, environment = wine
    for name in ("wireshark", "wsutil"):
        make_stand_in(name, sdk / "lib" / f"{name}.def", tmp_path)
    (tmp_path / "loader.c").write_text(LOADER)
    compile_in(tmp_path, "loader.c", "-o", "loader.exe")
    (tmp_path / "msturn.dll").write_bytes(dll.read_bytes())
    loader = (program, tmp_path / "loader.exe")
    assert output_of(*loader, env=environment, cwd=tmp_path) == (0, f"{VERSION} {wireshark} {DISSECTOR}\n")
    (tmp_path / "libwsutil.dll").unlink()
    status, printed = output_of(*loader, env=environment, cwd=tmp_path)
    assert status == 1 and printed.startswith("error ")


@pytest.fixture(scope="module", params=["4.0", "4.4", "4.6"])
def tshark_exe(request, wine, tmp_path_factory):
    """Runs the tshark.exe of that Wireshark with msturn.dll, if tools/windows-test has left one; returns what it prints."""
    wireshark = request.param
    tshark = CACHE / f"tshark-{wireshark}" / "tshark.exe"
    if not tshark.exists():
        pytest.skip(f"there is no tshark.exe {wireshark}: see tools/windows-test")
    build = Path(os.environ["MSTURN_WINDOWS_BUILD"]) / wireshark
    status, printed = output_of(TOOLS / "build", wireshark, build, "-DMSTURN_WERROR=ON")
    assert status == 0, printed
    config = tmp_path_factory.mktemp("config")
    shutil.copytree(build / "plugins", config / "plugins")  # where a user of Windows has them
    program, environment = wine
    environment = environment | {"WIRESHARK_CONFIG_DIR": "Z:" + str(config).replace("/", "\\"), "TZ": "UTC"}

    def run(*arguments: str) -> str:
        result = subprocess.run([program, tshark, *arguments], env=environment, stdout=subprocess.PIPE, check=True)
        return result.stdout.decode().replace("\r\n", "\n")

    return run


@pytest.fixture(scope="module")
def linux_report() -> str:
    with tempfile.TemporaryDirectory(prefix="msturn-tests-") as name:
        workspace = Path(name)
        workspace.chmod(0o755)  # root's tshark runs as another user
        (workspace / "config").mkdir()
        shutil.copytree(os.environ["MSTURN_PLUGIN_DIR"], workspace / "plugins")
        capture = shutil.copy(SAMPLE, workspace)
        return Tshark("tshark", workspace, workspace / "plugins").run(Path(capture), *REPORT)


def without_wireshark(report: str) -> str:
    """Which Wireshark said it: that of Linux here may be another one."""
    return re.sub(r"(?m)^(msturn [0-9.]+), Wireshark [0-9.]+$", r"\1", report)


def test_tshark_exe_reports_as_on_linux(tshark_exe, linux_report):
    assert re.search(r"^msturn\.dll\s", tshark_exe("-G", "plugins"), re.MULTILINE)
    assert without_wireshark(tshark_exe("-n", "-r", str(SAMPLE), *REPORT)) == without_wireshark(linux_report)
