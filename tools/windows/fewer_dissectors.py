#!/usr/bin/env python3
"""Usage: fewer_dissectors.py SOURCE PROTOCOL...

Takes out of the build of Wireshark, whose source is in the folder SOURCE, the dissectors of other protocols, and the
statistics of tshark that are about those. A dissector that is kept keeps every other one whose header it includes, and so
does the rest of Wireshark. Only the lists of files change, and no file that is compiled.

Copyright (C) 2026 The msturn authors
SPDX-License-Identifier: GPL-2.0-or-later
"""

import pathlib
import re
import sys

DISSECTORS = pathlib.Path("epan/dissectors")
INCLUDED = re.compile(r'^\s*#\s*include\s+[<"](?:[\w./]*/)?((?:packet|file)-[\w+-]+)\.h[>"]', re.M)
# A file of a list, on a line of its own.
LISTED = re.compile(r"^\s*\$\{CMAKE_\w+_DIR\}/(?:ui/cli/)?((?:packet|file|tap)-[\w+-]+)\.c$")


def included(path: pathlib.Path) -> set[str]:
    """The dissectors whose headers a file includes."""
    return set(INCLUDED.findall(path.read_text("latin-1"))) if path.exists() else set()


def needed(source: pathlib.Path, protocols: list[str]) -> set[str]:
    """The dissectors of these protocols, and those without which they, or the libraries, cannot be linked."""
    files = [*source.glob("epan/*.[cl]"), *source.glob("epan/dfilter/*.c"), *source.glob("ui/*.c"), source / "tshark.c"]
    found: set[str] = set()
    wanted = {name if name.startswith("file-") else f"packet-{name}" for name in protocols}.union(*map(included, files))
    while wanted:
        name = wanted.pop()
        found.add(name)
        for suffix in (".c", ".h"):
            wanted |= included(source / DISSECTORS / f"{name}{suffix}") - found
    return found


def keep(source: pathlib.Path, kept: set[str]) -> None:
    """Takes every other dissector out of the lists, and each of tshark's statistics that includes a header of one."""

    def is_kept(name: str) -> bool:
        if name.startswith("tap-"):
            return included(source / f"ui/cli/{name}.c") <= kept
        return name in kept

    for path in (source / "CMakeLists.txt", source / DISSECTORS / "CMakeLists.txt"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not (name := LISTED.match(line.rstrip())) or is_kept(name[1])))


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__.splitlines()[0])
    source = pathlib.Path(sys.argv[1])
    keep(source, needed(source, sys.argv[2:]))


if __name__ == "__main__":
    main()
