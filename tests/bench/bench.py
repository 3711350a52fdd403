#!/usr/bin/python3
"""Measures what the plugin costs, always against something else in the same run; prints ratios and their targets."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from measures import BY_REQUEST, MEASURES, Bench
from meter import Meter, instruction_counter
from table import markdown, text

from wireshark import Tshark

QUICK = 20  # times smaller captures


def main() -> None:
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="msturn-bench-", dir=arguments.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        bench = prepare(arguments, folder)
        rows = []
        for measure in arguments.measures or [name for name in MEASURES if name not in BY_REQUEST]:
            print(f"measuring: {measure}", file=sys.stderr)
            rows += MEASURES[measure](bench)
    print(markdown(rows) if arguments.markdown else text(rows))
    if arguments.strict and not all(row.met for row in rows):
        sys.exit(1)


def parse() -> argparse.Namespace:
    what = "".join(f"  {name:<10}{measure.__doc__}\n" for name, measure in MEASURES.items())
    parser = argparse.ArgumentParser(
        prog="tools/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"MEASURE, all but {', '.join(BY_REQUEST)} by default:\n{what}")
    parser.add_argument("--plugins", type=Path, required=True, help=argparse.SUPPRESS)  # of an optimised build; tools/bench has it
    parser.add_argument("measures", nargs="*", metavar="MEASURE", type=known, help="see below")
    parser.add_argument("--quick", action="store_true", help="small captures: shows that everything works, and measures little")
    parser.add_argument("--markdown", action="store_true", help="the table as it is in docs/performance.md")
    parser.add_argument("--strict", action="store_true", help="a missed target is exit status 1")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs; the fastest counts")
    parser.add_argument("--no-instructions", action="store_true", help="do not count instructions, which takes the longest")
    parser.add_argument("--tshark", default="tshark", help="another one than that in PATH, of the same version")
    parser.add_argument("--folder", help="where the captures go for a while: some gigabytes")
    return parser.parse_intermixed_args()


def known(measure: str) -> str:
    if measure not in MEASURES:
        raise argparse.ArgumentTypeError(f"there is no measure {measure}")
    return measure


def prepare(arguments: argparse.Namespace, folder: Path) -> Bench:
    copy, nothing, captures = folder / "plugins", folder / "no-plugins", folder / "captures"
    shutil.copytree(arguments.plugins, copy)
    for new in (nothing, captures, folder / "config"):
        new.mkdir()
    program = shutil.which(arguments.tshark) or arguments.tshark
    counter = None if arguments.no_instructions else instruction_counter()
    rounds = 1 if arguments.quick else arguments.rounds
    return Bench(with_plugin=Tshark(program, folder, copy), stock=Tshark(program, folder, nothing),
                 meter=Meter(rounds, counter), once=Meter(1, None), folder=captures,
                 divisor=QUICK if arguments.quick else 1)


if __name__ == "__main__":
    main()
