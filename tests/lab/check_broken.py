#!/usr/bin/python3
"""Check captures of calls that break: the failure that each is named for is on the wire, and nothing else is said."""

import argparse
import sys
from pathlib import Path

from broken_events import Event, events
from broken_expected import EXPECTED
from check_capture import Wrong
from stun import StunError, long_term_key

# Events that may also stand between those that are expected.
UNCOUNTED = ("SYN", "FIN", "RST", "media")
MAX_SIZE = 60_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", nargs="+", type=Path)
    parser.add_argument("--turn-user", nargs=3, required=True, metavar=("NAME", "REALM", "PASSWORD"))
    parser.add_argument("--list", action="store_true", help="print what is in the captures instead")
    arguments = parser.parse_args()
    for path in arguments.captures:
        try:
            found = list(events(path, long_term_key(*arguments.turn_user)))
            if arguments.list:
                print(path.name, *(f"{event.frame:5} {event.text}" for event in found), sep="\n")
            else:
                compare(found, EXPECTED[path.stem])
                if path.stat().st_size > MAX_SIZE:
                    raise Wrong(f"larger than {MAX_SIZE} bytes")
                print(f"{path.name}: {len(EXPECTED[path.stem])} steps found")
        except (Wrong, StunError) as error:
            sys.exit(f"{path}: {error}")


def compare(found: list[Event], expected: tuple[str | int, ...]) -> None:
    """Every step, in this order and not too early, and no message besides."""
    rest = iter(found)
    earliest = time = 0.0
    for number, step in enumerate(expected, 1):
        if isinstance(step, int):
            earliest = time + step
            continue
        for event in rest:
            if event.text == step:
                break
            if is_message(event.text):
                raise Wrong(f"frame {event.frame} is {event.text}, expected as step {number}: {step}")
        else:
            raise Wrong(f"no step {number}: {step}")
        time = event.time
        if time < earliest:
            raise Wrong(f"step {number}, {step}, is too early by {earliest - time:.3f} s")
    for event in rest:
        if is_message(event.text):
            raise Wrong(f"frame {event.frame} is {event.text}, after all steps")


def is_message(text: str) -> bool:
    return not text.endswith(UNCOUNTED)


if __name__ == "__main__":
    main()
