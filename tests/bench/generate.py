#!/usr/bin/python3
"""Writes the captures that tools/bench measures with: always the same bytes for the same arguments."""

import argparse
from pathlib import Path

import other_traffic
import stun_traffic

KINDS = {
    "other": other_traffic.other,
    "datagrams": other_traffic.datagrams,
    "messages": stun_traffic.messages,
    "requests": stun_traffic.requests,
    "bound": stun_traffic.bound,
    "framed": stun_traffic.framed,
    "sessions": stun_traffic.sessions,
    "unanswered": stun_traffic.unanswered,
    "answered": stun_traffic.answered,
}


def main() -> None:
    what = "".join(f"  {kind:<12}{write.__doc__.splitlines()[0]}\n" for kind, write in KINDS.items())
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"KIND, and what COUNT counts:\n{what}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", metavar="KIND", choices=KINDS)
    parser.add_argument("path", metavar="PATH", type=Path)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    print(KINDS[arguments.kind](arguments.path, arguments.count))


if __name__ == "__main__":
    main()
