#!/usr/bin/env python3
"""Does a name say which thing is meant? And is every field that is registered used?

Usage: names.py ROOT

Fails when two source files of the plugin have a static function of the same name (a breakpoint or a search would find both),
and when a field or subtree that show/fields.h declares is not registered, or nothing puts it into a tree.
"""

import re
import sys
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# From the beginning of a line to the brace of the body; a declaration ends with a semicolon.
STATIC_FUNCTION = re.compile(r"^static\b[^;{}()=]*\b(\w+)\([^;{}]*\)\s*\{", re.MULTILINE)
FIELDS = "plugin/show/fields"


def static_functions(sources: dict[str, str]) -> dict[str, list[str]]:
    """Each name's files."""
    result: dict[str, list[str]] = {}
    for file, text in sources.items():
        for name in STATIC_FUNCTION.findall(text):
            result.setdefault(name, []).append(file)
    return result


def repeated(functions: dict[str, list[str]]) -> list[str]:
    found = {name: files for name, files in functions.items() if len(files) > 1}
    complaints = [f"{name}() is in {', '.join(files)}" for name, files in sorted(found.items())]
    return complaints


def unused_fields(sources: dict[str, str]) -> list[str]:
    declared = re.findall(r"\b(?:field|ett)_\w+", sources[f"{FIELDS}.h"])
    if len(declared) < 50:
        sys.exit(f"only {len(declared)} fields in {FIELDS}.h")
    registered = set(re.findall(r"&((?:field|ett)_\w+)", sources[f"{FIELDS}.c"]))
    used = {name for file, text in sources.items() if not file.startswith(FIELDS) for name in re.findall(r"\b(?:field|ett)_\w+", text)}
    complaints = [f"{name} is not registered in {FIELDS}.c" for name in declared if name not in registered]
    complaints += [f"{name} is not used" for name in declared if name not in used]
    complaints += [f"{name} is not declared in {FIELDS}.h" for name in
                   set(re.findall(r"^FIELD\((\w+)\)", sources[f"{FIELDS}.c"], re.MULTILINE)) - set(declared)]
    return complaints


def main() -> int:
    root = Path(sys.argv[1])
    files = [*sorted(root.glob("plugin/**/*.[ch]")), *sorted(root.glob("packet-msturn.[ch]"))]
    sources = {file.relative_to(root).as_posix(): COMMENT.sub("", file.read_text()) for file in files}
    functions = static_functions(sources)
    if len(functions) < 500:
        sys.exit(f"only {len(functions)} static functions in {root}")
    complaints = repeated(functions) + unused_fields(sources)
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
