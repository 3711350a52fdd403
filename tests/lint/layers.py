#!/usr/bin/env python3
"""Are the layers of the plugin layers?

Usage: layers.py ROOT

Fails when a file includes one of a layer above its own, when includes go round in a circle, when a layer includes what it
must not know of Wireshark, or when a source lies in no layer's folder. docs/architecture.md has the picture.
"""

import re
import sys
from pathlib import Path

# Lowest first; `show` stands on both `verdict` and `host`, which do not know each other.
STANDS_ON = {
    "wire": (),
    "message": ("wire",),
    "rules": ("message",),
    "track": ("rules",),
    "verdict": ("track",),
    "host": ("track",),
    "show": ("verdict", "host"),
    "output": ("show",),
}
TOP = {"plugin/compat.h", "plugin/plugin.c"}
TOP_FOLDER = "dissect"  # of what may include everything, as the files beside it
NO_WIRESHARK = {"wire", "message", "rules"}
MEMORY_AND_TIME = {"track": r"glib\.h|wsutil/.*", "verdict": r"glib\.h|wsutil/.*"}
C_LIBRARY = r"(assert|ctype|errno|inttypes|limits|math|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|time)\.h"
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def below(layer: str) -> set[str]:
    """The layer and all that it stands on."""
    return {layer}.union(*(below(lower) for lower in STANDS_ON[layer]))


def layer_of(name: str) -> str | None:
    parts = name.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "plugin" and parts[1] != TOP_FOLDER else None


def climbs(name: str, included: str) -> bool:
    layer, other = layer_of(name), layer_of(included)
    if layer is None:
        return name == "plugin/compat.h" or (name.startswith("plugin/dissect") and included == "packet-msturn.h")
    if included == "plugin/compat.h":
        return not below(layer) & {"host"}
    return other not in below(layer)


def is_foreign(name: str, header: str) -> bool:
    layer = layer_of(name)
    if layer in NO_WIRESHARK:
        return re.fullmatch(C_LIBRARY, header) is None
    return layer in MEMORY_AND_TIME and re.fullmatch(f"{C_LIBRARY}|{MEMORY_AND_TIME[layer]}", header) is None


def circle(includes: dict[str, list[str]]) -> list[str] | None:
    """One circle of includes, a header's own source file counted as the header; or nothing."""
    parts: dict[str, set[str]] = {}
    for name, included in includes.items():
        parts.setdefault(name.rsplit(".", 1)[0], set()).update(other.rsplit(".", 1)[0] for other in included)
    done: set[str] = set()

    def visit(part: str, way: list[str]) -> list[str] | None:
        if part in way:
            return [*way[way.index(part):], part]
        if part in done:
            return None
        for other in sorted(parts.get(part, ())):
            found = visit(other, [*way, part]) if other != part else None
            if found:
                return found
        done.add(part)
        return None

    return next((found for part in sorted(parts) if (found := visit(part, []))), None)


def main() -> int:
    root = Path(sys.argv[1])
    files = [file for file in sorted(root.glob("plugin/**/*")) if file.suffix in (".c", ".h")]
    files += sorted(root.glob("packet-msturn.[ch]"))
    if len(files) < 20:
        sys.exit(f"no sources in {root}")
    complaints, includes = [], {}
    for file in files:
        name = file.relative_to(root).as_posix()
        if name.startswith("plugin/") and layer_of(name) not in STANDS_ON and name not in TOP and not name.startswith(f"plugin/{TOP_FOLDER}/"):
            complaints.append(f"{name} is in no layer's folder")
            continue
        found = INCLUDE.findall(file.read_text())
        includes[name] = [own for own, _ in found if own]
        complaints += [f"{name} includes {own}" for own in includes[name] if name.startswith("plugin/") and climbs(name, own)
                       and name != "plugin/plugin.c"]
        complaints += [f"{name} includes <{other}>" for _, other in found if other and is_foreign(name, other)]
    found = circle(includes)
    if found:
        complaints.append("a circle: " + " -> ".join(found))
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
