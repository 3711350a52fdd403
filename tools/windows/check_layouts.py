#!/usr/bin/env python3
"""Are structures laid out as in Wireshark for Windows, which another compiler built?

Usage: check_layouts.py SDK [COMPILER OPTIONS ...]

SDK is the folder that tools/windows/sdk has made. Every structure in the headers that the plugin includes, of Wireshark and
GLib, is laid out by clang as Microsoft's compiler does it, and as GNU compilers for Windows do; the compiler that builds the
DLL has to agree. The options go to all of them, as `-include FILE` for structures that are to be looked at, too.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GCC = "x86_64-w64-mingw32ucrt-gcc"
C_LIBRARY = "/usr/share/mingw-w64/include"  # its headers take both targets of clang
GNU = ("--target=x86_64-w64-windows-gnu",)
MICROSOFT = ("--target=x86_64-pc-windows-msvc", "-fno-ms-compatibility", "-D__MINGW32__", "-D__MINGW64__")

# Of the C library, where `long double` has 16 bytes here and 8 there, and of clang; and the parts of a jmp_buf, which is itself
# aligned the same way.
OTHERS = re.compile(r"(max_align_t|struct \(unnamed at .*/(stddef|stdlib)\.h:\d+:\d+\)|struct __NSConstantString_tag|"
                    r"struct _SETJMP_FLOAT128|struct _JUMP_BUFFER)( .*)?")

# That these are among them shows that the headers were read.
WANTED = {"struct _packet_info", "struct _frame_data", "struct _header_field_info", "struct _proto_node", "struct field_info",
          "struct except_catch", "struct msturn_arrow", "struct tshark_follow"}

INCLUDE = re.compile(r"^#include (<(?:epan|wsutil|wiretap|glib)[^>]*>)", re.MULTILINE)
NOT_PACKAGED = "<epan/sequence_analysis.h>"  # private_api.c says how it does without
MEMBER = re.compile(r" +(\d+) \|   \S.* (\w+)$")  # of the record itself; none of a structure in it, and no bit-field

Layout = tuple[str, ...]  # the lines of clang


def source() -> str:
    """All headers, and those structures of Wireshark that the plugin declares itself."""
    files = [*ROOT.glob("plugin/**/*.[ch]"), *ROOT.glob("packet-msturn.[ch]")]
    headers = {header for file in files for header in INCLUDE.findall(file.read_text())} - {NOT_PACKAGED}
    lines = ["<glib.h>", "<epan/packet.h>", *sorted(headers), '"plugin/output/private_api.c"']
    return "".join(f"#include {line}\n" for line in lines)


def includes(sdk: Path) -> list[str]:
    folders = (sdk / "include/wireshark", sdk / "include/glib-2.0", sdk / "lib/glib-2.0/include")
    return [f"-I{ROOT}", *(part for folder in folders for part in ("-isystem", str(folder)))]


def run(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: {result.stderr}")
    return result.stdout


def layouts(file: Path, sdk: Path, target: tuple[str, ...], options: list[str]) -> dict[str, Layout]:
    """By name, as clang prints them."""
    printed = run("clang", *target, "-std=gnu11", "-w", "-fsyntax-only", "-nostdlibinc", "-isystem", C_LIBRARY, "-D_UCRT",
                  *includes(sdk), *options, "-Xclang", "-fdump-record-layouts-complete", str(file))
    records = (record.strip("\n").split("\n") for record in printed.split("*** Dumping AST Record Layout\n"))
    return {lines[0].split("|")[1].strip(): tuple(lines[1:]) for lines in records if len(lines) > 1}


def assertions(name: str, layout: Layout) -> Iterator[str]:
    """What the compiler of the DLL has to find true."""
    size, alignment = re.search(r"sizeof=(\d+), align=(\d+)", layout[-1]).groups()
    yield f'_Static_assert(sizeof({name}) == {size} && _Alignof({name}) == {alignment}, "{name}");'
    for line in layout:
        member = MEMBER.match(line)
        if member:
            yield f'_Static_assert(offsetof({name}, {member[2]}) == {member[1]}, "{name}, {member[2]}");'


def compiler_complaints(folder: Path, sdk: Path, options: list[str], expected: dict[str, Layout]) -> Iterator[str]:
    file = folder / "assertions.c"
    lines = [line for name, layout in expected.items() if "(" not in name for line in assertions(name, layout)]
    file.write_text("\n".join([source(), *lines, ""]))
    result = subprocess.run([GCC, "-std=gnu11", "-w", "-fsyntax-only", "-D_UCRT", *includes(sdk), *options, str(file)],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        errors = [line.partition("error: ")[2] for line in result.stderr.splitlines() if "error: " in line]
        yield from (f"{GCC}: {error}" for error in errors or [result.stderr])


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 1
    sdk, options = Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "headers.c")
        file.write_text(source())
        microsoft, gnu = (layouts(file, sdk, target, options) for target in (MICROSOFT, GNU))
        compared = {record: layout for record, layout in microsoft.items() if not OTHERS.fullmatch(record)}
        complaints = [f"{record} is not among {len(compared)} structures" for record in sorted(WANTED - compared.keys())]
        complaints += [f"{record} has another layout" for record in compared if gnu.get(record) != microsoft[record]]
        complaints += compiler_complaints(Path(name), sdk, options, compared)
    print("\n".join(complaints) if complaints else f"{len(compared)} structures have the same layout")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
