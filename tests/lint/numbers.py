#!/usr/bin/env python3
"""Does each attribute's number stand in one line of the plugin, the one in the attribute table?

Usage: numbers.py ROOT

The numbers are those of the table and, lest it forget one, those of tests/data. Of code and comments alike: who searches for
0x8054 finds what the attribute is, and nothing else. Numbers of other things are written with another number of digits.
"""

import csv
import re
import sys
from pathlib import Path

TABLE = "plugin/message/attrs_table.inc"
ROW = re.compile(r"^(RFC|MS)_ATTRIBUTE\((\w+), (\w+),", re.MULTILINE)


def specified(root: Path) -> set[int]:
    """Numbers of the specifications that the table has, too; some reserved ones it does not know."""
    rows = []
    for name in ("stun-attributes.csv", "microsoft-attributes.csv"):
        with open(root / "tests/data" / name, encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    return {int(row["type"], 16) for row in rows if row.get("status") != "reserved"}


def main() -> int:
    root = Path(sys.argv[1])
    rows = ROW.findall((root / TABLE).read_text())
    numbers = {int(number, 16): symbol for _, number, symbol in rows if number.startswith("0x")}
    if len(rows) < 100 or len(numbers) < 90:
        sys.exit(f"only {len(rows)} rows and {len(numbers)} numbers in {TABLE}")
    complaints = [f"0x{number:04X} is not in {TABLE}" for number in sorted(specified(root) - numbers.keys())]
    lines: dict[int, list[str]] = {number: [] for number in numbers}
    for file in [*sorted(root.glob("plugin/**/*.[chi]*")), *sorted(root.glob("packet-msturn.[ch]"))]:
        for at, line in enumerate(file.read_text().splitlines(), 1):
            for digits in re.findall(r"0x([0-9A-F]{4})(?![0-9A-F])", line, re.IGNORECASE):
                if int(digits, 16) in lines:
                    lines[int(digits, 16)].append(f"{file.relative_to(root).as_posix()}:{at}")
    complaints += [f"0x{number:04X} ({numbers[number]}) stands in {', '.join(places)}"
                   for number, places in lines.items() if len(places) != 1]
    symbols = [symbol for _, _, symbol in rows]
    complaints += [f"{symbol} is in two rows" for symbol in sorted({s for s in symbols if symbols.count(s) > 1})]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
