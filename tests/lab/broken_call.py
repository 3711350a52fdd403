#!/usr/bin/python3
"""Play a call that breaks, over the TURN server that is already running."""

import argparse
import sys

import broken_checks
import broken_relayed
import broken_turn
import broken_two
from broken_parts import Lab
from connection import CallFailed

# Each failure is a function; it is named like the capture behind "broken-".
MODULES = (broken_turn, broken_relayed, broken_checks, broken_two)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("failure", help="such as edge-silent")
    parser.add_argument("--cms", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--edge", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--server", nargs=3, required=True, metavar=("NAMESPACE", "ADDRESS", "PORT"))
    parser.add_argument("--relay", nargs=2, required=True, metavar=("ADDRESS", "PORT"), help="first relayed address")
    parser.add_argument("--user", nargs=2, required=True, metavar=("NAME", "PASSWORD"))
    arguments = parser.parse_args()

    name = arguments.failure.replace("-", "_")
    play = next((vars(module)[name] for module in MODULES if name in vars(module)), None)
    if play is None:
        parser.error(f"no failure is called {arguments.failure}")
    namespace, *server = arguments.server
    server, relay = ((host, int(port)) for host, port in (server, arguments.relay))
    play(Lab(tuple(arguments.cms), tuple(arguments.edge), namespace, server, relay, *arguments.user))


if __name__ == "__main__":
    try:
        main()
    except (CallFailed, OSError) as error:
        sys.exit(f"call failed: {error}")
