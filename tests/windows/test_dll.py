"""Would msturn.dll load? And would we notice if it did not?"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import COMPILER, ROOT, TOOLS, output_of

CHECK = TOOLS / "check_dll.py"

# What a plugin exports, and nothing else.
PLUGIN = """
#include <glib.h>
#define EXPORT __attribute__((dllexport))
EXPORT const char plugin_version[] = "1";
EXPORT const int plugin_want_major = 4, plugin_want_minor = 4;
EXPORT void plugin_register(void);
#ifndef WITHOUT_DESCRIPTION
EXPORT unsigned plugin_describe(void) { return 1; }
#endif
"""

# The rest of the plugin, options of the compiler, and what is said of it.
BROKEN = {
    "good": ("void plugin_register(void) { g_free(g_strdup(\"\")); }", (), ""),
    "exports more": ("void plugin_register(void) {} EXPORT int more;", (), "exports more\n"),
    "exports less": ("void plugin_register(void) {}", ("-DWITHOUT_DESCRIPTION",), "does not export plugin_describe\n"),
    "imports from elsewhere": ("int __stdcall WSAGetLastError(void); void plugin_register(void) { WSAGetLastError(); }",
                               ("-lws2_32",), "imports from WS2_32.dll, which is no part of Wireshark: WSAGetLastError\n"),
    "is not in Wireshark": ("void not_there(void); void plugin_register(void) { not_there(); }", ("-L.", "-lmade_up"),
                            "libwireshark.dll has no not_there\n"),
    "is new in GLib": ("char *g_uri_escape_bytes(const unsigned char *, size_t, const char *);\n"
                       "void plugin_register(void) { g_uri_escape_bytes(NULL, 0, NULL); }", (),
                       "g_uri_escape_bytes is not in GLib 2.54\n"),
    "imports data": ("extern const int proto_checksum_vals[]; const int *volatile place;\n"
                     "void plugin_register(void) { place = proto_checksum_vals; }", ("-Wl,--enable-auto-import",),
                     "imports data without dllimport\n"),
    "is stripped": ("void plugin_register(void) {}", ("-s",), "has no symbols of the linker: was it stripped?\n"),
}


def test_dll_would_load(dll, sdk):
    assert output_of(CHECK, dll, sdk) == (0, "")


@pytest.fixture
def broken(sdk, tmp_path):
    """Builds a plugin of this source."""

    def make(source: str, *options: str) -> Path:
        (tmp_path / "made_up.def").write_text('LIBRARY "libwireshark.dll"\nEXPORTS\nnot_there\n')
        subprocess.run([COMPILER.replace("gcc", "dlltool"), "-d", "made_up.def", "-l", "libmade_up.dll.a"], cwd=tmp_path, check=True)
        (tmp_path / "plugin.c").write_text(PLUGIN + source)
        includes = ("-isystem", sdk / "include/glib-2.0", "-isystem", sdk / "lib/glib-2.0/include")
        subprocess.run([COMPILER, "-shared", "-static-libgcc", *includes, "plugin.c", "-o", "plugin.dll", *options,
                        f"-L{sdk}/lib", "-lwireshark", "-lglib-2.0"], cwd=tmp_path, check=True)
        return tmp_path / "plugin.dll"

    return make


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_broken_is_noticed(broken, sdk, how):
    source, options, said = BROKEN[how]
    assert output_of(CHECK, broken(source, *options), sdk) == (1 if said else 0, said)


def test_data_without_dllimport_is_not_linked(broken):
    """As the plugin is linked."""
    source, _, _ = BROKEN["imports data"]
    with pytest.raises(subprocess.CalledProcessError):
        broken(source, "-Wl,--disable-auto-import")


def test_exceptions_are_caught_in_one_place(build):
    """Each TRY is a jump out of what another compiler has built."""
    objects = list(build.rglob("*.obj"))
    assert len(objects) > 60
    printed = subprocess.run([COMPILER.replace("gcc", "nm"), "-A", "-u", *objects], capture_output=True, text=True, check=True).stdout
    catching = {line.split(":")[0] for line in printed.splitlines() if "setjmp" in line}
    assert {Path(name).name for name in catching} == {"payload.c.obj"}


def test_properties_in_the_explorer(dll, wireshark):
    """The version resource, read back from the DLL: what it is, which one, whose, and under which licence."""
    version, description = re.search(r'project\(msturn VERSION ([0-9.]+) .*?DESCRIPTION "([^"]*)"',
                                        (ROOT / "CMakeLists.txt").read_text(), re.DOTALL).groups()
    printed = subprocess.run([COMPILER.replace("gcc", "windres"), "--input-format=coff", "--output-format=rc", dll],
                             capture_output=True, text=True, check=True).stdout
    values = dict(re.findall(r'VALUE "(\w+)", "([^"]*)"', printed))
    assert values == {
        "CompanyName": "The msturn authors",
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": "msturn",
        "LegalCopyright": values["LegalCopyright"],
        "OriginalFilename": "msturn.dll",
        "ProductName": f"msturn for Wireshark {wireshark}",
        "ProductVersion": version,
    }
    assert re.fullmatch(r"Copyright \(C\) \d{4} The msturn authors. GPL-2.0-or-later.", values["LegalCopyright"])
    numbers = ", ".join([*version.split("."), "0"])
    assert re.findall(r"(FILEVERSION|PRODUCTVERSION) (.*)", printed) == [("FILEVERSION", numbers), ("PRODUCTVERSION", numbers)]


SOURCES = ("CMakeLists.txt", "COPYING", "packet-msturn.c", "packet-msturn.h", "plugin", "profile", "tools")


def test_the_same_sources_give_the_same_bytes(wireshark, build, dll, tmp_path):
    """In other folders, too, once they are stripped: in the DLL for users is no path of this machine."""
    if wireshark != "4.4":
        pytest.skip("once is enough")
    (tmp_path / "sources").mkdir()
    for name in SOURCES:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / "sources" / name)
    status, printed = output_of(tmp_path / "sources/tools/windows/build", wireshark, tmp_path / "build")
    assert status == 0, printed
    files = {folder: tmp_path / f"{number}.dll" for number, folder in enumerate((build, tmp_path / "build"))}
    for folder, file in files.items():
        subprocess.run([COMPILER.replace("gcc", "strip"), folder / dll.relative_to(build), "-o", file], check=True)
    first, second = (file.read_bytes() for file in files.values())
    assert first == second
    assert str(ROOT).encode() not in first
