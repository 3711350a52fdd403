#!/usr/bin/python3
"""Leave packets out of a recording, as a capture at the wrong place or time does; those that stay are not touched.

usage: broken_cut.py NAME IN OUT
"""

import sys
from pathlib import Path

import pcapng

OUTSIDE, INSIDE = "outside", "inside"
SERVER_MAC = bytes.fromhex("00005e00532a")  # of the interface inside, in network.sh

# In cms-expressway-skype.pcapng; check_broken.py makes sure that these are the right ones.
ALLOCATED_FRAME = 10  # CMS acknowledges the Allocate success response
LAST_FRAME = 38  # the check of CMS has come out of the relay, and the Edge has not answered yet


def main() -> None:
    name, source, target = sys.argv[1:]
    capture = pcapng.read(Path(source))
    names = [interface.name for interface in capture.interfaces]
    keep = KEEP[name]
    capture.packets = [
        packet for frame, packet in enumerate(capture.packets, 1) if keep(frame, names[packet.interface], packet.data)
    ]
    pcapng.write(Path(target), capture)


def sent_by_server(packet: bytes) -> bool:
    return packet[6:12] == SERVER_MAC


# Frame number, interface and bytes of a packet: is it in the capture?
KEEP = {
    "broken-inside-only": lambda _, interface, __: interface == INSIDE,
    "broken-outside-only": lambda _, interface, __: interface == OUTSIDE,
    "broken-outside-only-cms-silent": lambda _, interface, __: interface == OUTSIDE,
    "broken-one-direction": lambda _, interface, packet: interface == INSIDE and sent_by_server(packet),
    "broken-begun-late": lambda frame, _, __: frame > ALLOCATED_FRAME,
    "broken-ended-early": lambda frame, _, __: frame <= LAST_FRAME,
}

if __name__ == "__main__":
    main()
