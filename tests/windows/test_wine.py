"""What Wine runs: the unit tests as programs for Windows, and the DLL in a program that loads it as Wireshark does."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import COMPILER, ROOT, TOOLS, output_of

VERSION = re.search(r"project\(msturn VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
DISSECTOR = 1  # of plugin_describe()

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
    folder = Path(os.environ.get("MSTURN_WINDOWS_CACHE", Path.home() / ".cache/msturn/windows")) / "glib"
    return folder if folder.exists() else pytest.skip("there is no GLib for Windows: see tools/windows/glib")


@pytest.fixture(scope="module")
def wine(glib, tmp_path_factory) -> tuple[str, dict[str, str]]:
    """The program, and an environment for it that has a Windows of its own."""
    program = common("wine64_program") or pytest.skip("there is no wine64")
    folder = tmp_path_factory.mktemp("wine")
    environment = os.environ | {"WINEPREFIX": str(folder / "windows"), "WINEDEBUG": "-all", "XDG_RUNTIME_DIR": str(folder),
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
