#!/usr/bin/env python3
"""Does docs/architecture.md name each source of the plugin, once, in its tables of files?

Usage: architecture.py ROOT

A table's rows are below a heading that is the folder, or "At the top"; in their first column is the file, and [ch] in it
stands for both of .c and .h.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = "docs/architecture.md"


def named(text: str) -> Iterator[str]:
    folder = None
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
            folder = f"{heading}/" if heading.startswith("plugin/") else "" if heading == "At the top" else None
        row = re.match(r"\| `([^`]+)` \|", line)
        if row and folder is not None:
            name = folder + row[1]
            yield from (name.replace("[ch]", letter) for letter in "ch") if "[ch]" in name else [name]


def sources(root: Path) -> set[str]:
    files = [*root.glob("plugin/**/*.*"), *root.glob("packet-msturn.[ch]")]
    return {file.relative_to(root).as_posix() for file in files if file.suffix in (".c", ".h", ".inc")}


def main() -> int:
    root = Path(sys.argv[1])
    names, there = list(named((root / PAGE).read_text())), sources(root)
    if len(there) < 20:
        sys.exit(f"no sources in {root}")
    complaints = [f"{PAGE} does not name {name}" for name in sorted(there - set(names))]
    complaints += [f"{PAGE} names {name}, which is not there" for name in sorted(set(names) - there)]
    complaints += [f"{PAGE} names {name} more than once" for name in sorted({name for name in names if names.count(name) > 1})]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
