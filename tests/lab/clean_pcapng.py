#!/usr/bin/python3
"""Make a capture fit to publish: nothing of the recording machine, packets of both interfaces in order of time.

usage: clean_pcapng.py IN OUT

Names of hardware, operating system and application, comments, filters and statistics go; interface names, link
types, snap lengths, time resolutions, packets and decryption secrets stay.
"""

import sys
from pathlib import Path

import pcapng


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    capture = pcapng.read(source)
    # dumpcap reads its interfaces in turn, so that a packet can stand behind the one it caused.
    resolutions = {interface.resolution for interface in capture.interfaces}
    if len(resolutions) != 1:
        sys.exit(f"{source}: interfaces of different time resolution")
    capture.packets.sort(key=lambda packet: packet.time)
    pcapng.write(target, capture)


if __name__ == "__main__":
    main()
