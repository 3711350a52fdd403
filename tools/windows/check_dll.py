#!/usr/bin/env python3
"""Would this msturn.dll load in Wireshark for Windows? What can be told without Windows.

Usage: check_dll.py DLL SDK

SDK is the folder that tools/windows/sdk has made for the Wireshark that the DLL is for. The DLL still has its symbols. Fails
when it imports from a DLL that is not there wherever Wireshark is; a name that the library of that Wireshark, or an old GLib,
does not have; data of another DLL where no header said so; or when it exports something else than a plugin does.
"""

import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

WIRESHARK = {"libwireshark.dll": "wireshark.def", "libwsutil.dll": "wsutil.def", "glib-2.0-0.dll": "glib-2.0.def"}
SYSTEM = ("kernel32.dll", "api-ms-win-crt-")
EXPORTS = {"plugin_describe", "plugin_register", "plugin_version", "plugin_want_major", "plugin_want_minor"}
GLIB = "glib-2.0-0.dll"
OLDEST_GLIB = 54  # 2.54, as in CMakeLists.txt
# As GLib's headers mark what came later.
SINCE = re.compile(r"\bGLIB_AVAILABLE_IN_2_(\d+)\b[^;{}()]*?\b(g_\w+)\s*\(")

# Where the linker puts what the program has to mend by itself when data is imported without dllimport.
MENDED, MENDED_END = "__RUNTIME_PSEUDO_RELOC_LIST__", "__RUNTIME_PSEUDO_RELOC_LIST_END__"


class Dll:
    """A 64 bit DLL, as in Microsoft's PE format."""

    def __init__(self, path: Path):
        self.data = path.read_bytes()
        header = self.number("<I", 0x3C)
        if self.data[:2] != b"MZ" or self.data[header:header + 4] != b"PE\0\0":
            sys.exit(f"{path} is no DLL")
        machine, count, _, self.symbols, self.symbol_count, size, _ = struct.unpack_from("<HHIIIHH", self.data, header + 4)
        optional = header + 24
        if machine != 0x8664 or self.number("<H", optional) != 0x20B:
            sys.exit(f"{path} is not for 64 bit Windows")
        self.export_table, self.import_table = self.number("<I", optional + 112), self.number("<I", optional + 120)
        # Of each section: address, size, place in the file.
        table = optional + size
        self.sections = [struct.unpack_from("<8xIIII", self.data, table + 40 * index) for index in range(count)]

    def number(self, form: str, offset: int) -> int:
        return struct.unpack_from(form, self.data, offset)[0]

    def place(self, address: int) -> int:
        """Where in the file something is that has this address in memory."""
        return next(raw + address - start for size, start, raw_size, raw in self.sections
                    if start <= address < start + max(size, raw_size))

    def text(self, offset: int) -> str:
        return self.data[offset:self.data.index(b"\0", offset)].decode()

    def imports(self) -> dict[str, list[str]]:
        """Names by DLL."""
        found: dict[str, list[str]] = {}
        entry = self.place(self.import_table)
        while self.number("<I", entry + 12):
            found[self.text(self.place(self.number("<I", entry + 12)))] = list(self._imported(self.number("<I", entry)))
            entry += 20
        return found

    def _imported(self, address: int) -> Iterator[str]:
        entry = self.place(address)
        while value := self.number("<Q", entry):
            yield f"number {value & 0xFFFF}" if value >> 63 else self.text(self.place(value) + 2)
            entry += 8

    def exports(self) -> set[str]:
        table = self.place(self.export_table)
        count, names = self.number("<I", table + 24), self.number("<I", table + 32)
        return {self.text(self.place(self.number("<I", self.place(names) + 4 * index))) for index in range(count)}

    def symbol_addresses(self) -> dict[str, int]:
        """Of the linker's own symbols, when they were not stripped."""
        found, index, strings = {}, 0, self.symbols + 18 * self.symbol_count
        while self.symbols and index < self.symbol_count:
            short, offset, value, _, _, _, more = struct.unpack_from("<II I h H B B", self.data, self.symbols + 18 * index)
            name = self.text(strings + offset) if short == 0 else ""
            if name in (MENDED, MENDED_END):
                found[name] = value
            index += 1 + more
        return found


def names_of(definitions: Path) -> set[str]:
    """What a library for Linux has, from the list that the import library was made of."""
    return {line.split()[0] for line in definitions.read_text().splitlines()[2:]}


def newer_in_glib(sdk: Path) -> set[str]:
    """The functions that old GLib does not have."""
    found = (since for header in (sdk / "include/glib-2.0").rglob("*.h") for since in SINCE.findall(header.read_text(errors="replace")))
    names = {name for version, name in found if int(version) > OLDEST_GLIB}
    if len(names) < 50:
        sys.exit(f"the headers of GLib in {sdk} do not say since when functions are there")
    return names


def import_complaints(dll: Dll, sdk: Path) -> Iterator[str]:
    new = newer_in_glib(sdk)
    for library, names in dll.imports().items():
        known = WIRESHARK.get(library.lower())
        if known:
            yield from (f"{library} has no {name}" for name in sorted(set(names) - names_of(sdk / "lib" / known)))
        elif not library.lower().startswith(SYSTEM):
            yield f"imports from {library}, which is no part of Wireshark: {', '.join(names)}"
        if library == GLIB:
            yield from (f"{name} is not in GLib 2.{OLDEST_GLIB}" for name in sorted(set(names) & new))


def export_complaints(dll: Dll) -> Iterator[str]:
    exports = dll.exports()
    yield from (f"exports {name}" for name in sorted(exports - EXPORTS))
    yield from (f"does not export {name}" for name in sorted(EXPORTS - exports))


def data_complaints(dll: Dll) -> Iterator[str]:
    addresses = dll.symbol_addresses()
    if addresses.keys() != {MENDED, MENDED_END}:
        yield "has no symbols of the linker: was it stripped?"
    elif addresses[MENDED] != addresses[MENDED_END]:
        yield "imports data without dllimport"


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__)
        return 1
    dll, sdk = Dll(Path(sys.argv[1])), Path(sys.argv[2])
    complaints = [*import_complaints(dll, sdk), *export_complaints(dll), *data_complaints(dll)]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
