#!/usr/bin/env python3
"""Do calls go downwards only, as the includes do (layers.py)?

Usage: calls.py NM OBJECT_FILE ...

Reads with nm what each object file of the plugin defines and what it needs of the others. Fails when one needs something of a
layer above its own, or of another layer on the same floor, and when files of a layer need each other in a circle.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# Lowest first: verdict and host do not know each other.
FLOORS = (("wire",), ("message",), ("rules",), ("track",), ("verdict", "host"), ("show",), ("output",))
FLOOR = {layer: floor for floor, layers in enumerate(FLOORS) for layer in layers}
TOP = ("plugin/dissect/dissect.c", "plugin/dissect/cut.c", "plugin/dissect/datagram.c", "plugin/dissect/heard.c",
       "packet-msturn.c", "plugin/plugin.c")

Needs = dict[str, dict[str, set[str]]]  # which file needs which other one, and what of it


def source_of(object_file: str) -> str:
    """build/CMakeFiles/msturn_wire.dir/plugin/wire/wire.c.o is of plugin/wire/wire.c."""
    return re.sub(r"\.o(bj)?$", "", object_file.rsplit(".dir/", 1)[-1]).removeprefix("./")


def room(source: str) -> tuple[int, str]:
    """Its floor, and its name on that floor."""
    if source in TOP:
        return len(FLOORS) + TOP.index(source), source
    folders = Path(source).parts
    layer = folders[1] if len(folders) == 3 and folders[0] == "plugin" else ""
    if layer not in FLOOR:
        sys.exit(f"{source} is on no floor: add it to calls.py")
    return FLOOR[layer], layer


def symbols(nm: str, object_files: Iterable[str]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The file of each global symbol, and the symbols that each file needs."""
    defined: dict[str, str] = {}
    undefined: dict[str, set[str]] = {}
    for object_file in object_files:
        source = source_of(object_file)
        output = subprocess.run([nm, "-P", "-g", object_file], capture_output=True, text=True, check=True).stdout
        undefined[source] = set()
        for name, kind in (line.split()[:2] for line in output.splitlines()):
            if kind in "Uw":
                undefined[source].add(name)
            else:
                defined[name] = source
    return defined, undefined


def needs(defined: dict[str, str], undefined: dict[str, set[str]]) -> Needs:
    result: Needs = {source: {} for source in undefined}
    for source, names in undefined.items():
        for name in names & defined.keys():
            result[source].setdefault(defined[name], set()).add(name)
    return result


def climbs(source: str, other: str) -> bool:
    (floor, name), (other_floor, other_name) = room(source), room(other)
    return other_floor > floor or (other_floor == floor and other_name != name)


def circles(graph: Needs) -> list[list[str]]:
    """The groups of files of which each needs each other, directly or not (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_files: list[str] = []
    found: list[list[str]] = []

    def visit(source: str) -> None:
        index[source] = lowest[source] = len(index)
        open_files.append(source)
        for other in sorted(graph[source]):
            if other not in index:
                visit(other)
                lowest[source] = min(lowest[source], lowest[other])
            elif other in open_files:
                lowest[source] = min(lowest[source], index[other])
        if lowest[source] == index[source]:
            start = open_files.index(source)
            found.append(sorted(open_files[start:]))
            del open_files[start:]

    for source in sorted(graph):
        if source not in index:
            visit(source)
    return [group for group in found if len(group) > 1]


def arrow(graph: Needs, source: str, other: str) -> str:
    return f"{source} needs of {other}: {', '.join(sorted(graph[source][other]))}"


def main() -> int:
    nm, *object_files = sys.argv[1:]
    defined, undefined = symbols(nm, object_files)
    graph = needs(defined, undefined)
    if sum(map(len, graph.values())) < len(graph):
        sys.exit("the object files hardly know each other: are these the plugin's?")
    complaints = []
    for source, others in graph.items():
        for other in [other for other in others if climbs(source, other)]:
            complaints.append(arrow(graph, source, other))
            del others[other]
    for group in circles(graph):
        complaints.append(f"in a circle: {', '.join(group)}")
        complaints += [f"    {arrow(graph, source, other)}" for source in group for other in group if other in graph[source]]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
