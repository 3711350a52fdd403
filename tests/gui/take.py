"""Takes the pictures of docs/images. Usage: take.py FOLDER [NAME ...], in a folder with the captures.

Copyright (C) 2026 The msturn authors
SPDX-License-Identifier: GPL-2.0-or-later
"""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

import desktop
from accessible import Bus, Gone
from desktop import Failure
from wireshark import Window, Wireshark, wireshark

HEALTHY = "cms-expressway-skype.pcapng"
TWO_CALLS = "broken-two-calls.pcapng"  # one that works and one that does not
MICROSOFT = "ms-turn-pseudo-tls-443.pcapng"


@dataclass(frozen=True)
class Picture:
    """Of the window that `prepare` returns, with this packet selected: the first that matches a filter."""

    capture: str
    packet: str
    prepare: Callable[[Wireshark], Window]


pictures: dict[str, Picture] = {}


def picture(name: str, capture: str, packet: str = "msturn"):
    def add(prepare: Callable[[Wireshark], Window]) -> None:
        pictures[name] = Picture(capture, packet, prepare)

    return add


# ---- the main window ----


@picture("broken-pair", TWO_CALLS, 'msturn.method == 1 && msturn.pair.verdict == "broken"')
def broken_pair(shark: Wireshark) -> Window:
    shark.arrange_packets(context=4)
    shark.details.expand("MS-TURN and TURN over TCP", "[Candidate pair", "[Path")
    shark.details.select("[Summary")
    return shark.main_window


@picture("bound-connection", HEALTHY, "msturn.method == 0x00b && msturn.class == 2")
def bound_connection(shark: Wireshark) -> Window:
    """The segment with ConnectionBind's answer and the first check behind it."""
    shark.arrange_packets(context=6)
    shark.details.expand("MS-TURN and TURN over TCP", "[TURN session", "[Peer connection", "[Candidate pair")
    shark.details.select("[Candidate pair")
    return shark.main_window


@picture("microsoft", MICROSOFT, "msturn.dialect == 1 && msturn.error_code")
def microsoft(shark: Wireshark) -> Window:
    shark.arrange_packets(context=6)
    shark.details.expand("MS-TURN and TURN over TCP", "Attributes")
    shark.details.select("Attributes")
    return shark.main_window


# ---- dialogs ----


@picture("expert", TWO_CALLS)
def expert(shark: Wireshark) -> Window:
    shark.menu("Analyze", "Expert Information")
    window = shark.dialog("Expert Information")
    window.place(900, 240)
    window.tree().expand("Error")
    window.tree().select("Binding Request")
    return window


@picture("flow-graph", TWO_CALLS)
def flow_graph(shark: Wireshark) -> Window:
    shark.menu("Statistics", "Flow Graph")
    window = shark.dialog("Flow")
    window.place(1278, 760)
    window.choose("MSTURN Flows")
    return window


@picture("statistics", TWO_CALLS)
def statistics(shark: Wireshark) -> Window:
    shark.menu("Statistics", "MSTURN")
    window = shark.dialog("MSTURN")
    window.place(960, 600)
    window.tree().wait_for_row("Messages by method")
    window.tree().focus()
    return window


@picture("paths", TWO_CALLS)
def paths(shark: Wireshark) -> Window:
    shark.menu("Statistics", "MSTURN paths")
    window = shark.dialog("MSTURN paths")
    window.place(1360, 220)
    window.tree().wait_for_row("broken")
    window.tree().focus()
    return window


@picture("pairs", TWO_CALLS)
def pairs(shark: Wireshark) -> Window:
    shark.menu("Statistics", "MSTURN candidate pairs")
    window = shark.dialog("candidate pairs")
    window.place(1360, 220)
    window.tree().wait_for_row("broken")
    window.tree().focus()
    return window


@picture("sessions", TWO_CALLS)
def sessions(shark: Wireshark) -> Window:
    shark.menu("Statistics", "MSTURN sessions")
    window = shark.dialog("MSTURN sessions")
    window.place(1360, 220)
    window.tree().wait_for_row("released")
    window.tree().focus()
    return window


@picture("response-times", TWO_CALLS)
def response_times(shark: Wireshark) -> Window:
    shark.menu("Statistics", "Service Response Time", "MSTURN")
    window = shark.dialog("Service Response Time")
    window.place(640, 280)
    window.tree().wait_for_row("ConnectionBind")
    window.tree().focus()
    return window


@picture("preferences", TWO_CALLS)
def preferences(shark: Wireshark) -> Window:
    desktop.keys("ctrl+shift+p")
    window = shark.dialog("Preferences")
    window.place(860, 460)
    pages = window.tree()
    pages.expand("Protocols")
    desktop.keys("End")  # from there it is scrolled to the same place every time
    pages.select("MSTURN")
    window.wait_for_text("label", "MS-TURN and TURN over TCP")
    return window


# ---- all of them ----


def take(bus: Bus, name: str, folder: Path) -> None:
    wanted = pictures[name]
    with wireshark(bus, wanted.capture, "-C", "MSTURN", "-Y", "msturn", "-J", wanted.packet) as shark:
        window = wanted.prepare(shark)
        desktop.take_picture(folder / f"{name}.png", window.id)


def main(folder: str, *names: str) -> None:
    if unknown := set(names) - set(pictures):
        raise Failure(f"no picture is called {', '.join(unknown)}; there are {', '.join(pictures)}")
    with desktop.desktop():
        bus = Bus()
        for name in names or pictures:
            take(bus, name, Path(folder))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what runs is ended
    try:
        main(*sys.argv[1:])
    except (Failure, Gone, CalledProcessError, TimeoutExpired) as failure:
        sys.exit(f"screenshots: {failure}")
