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
from desktop import Area, Failure, wait_for
from wireshark import Window, Wireshark, find, wireshark

HEALTHY = "cms-expressway-skype.pcapng"
TWO_CALLS = "broken-two-calls.pcapng"  # one that works and one that does not
SILENT = "broken-cms-silent.pcapng"  # in which nobody answers the Edge's check
MICROSOFT = "ms-turn-pseudo-tls-443.pcapng"


@dataclass(frozen=True)
class Picture:
    """Of the window that `prepare` returns, with this packet selected: the first that matches a filter."""

    capture: str
    packet: str
    prepare: Callable[[Wireshark], Window]


@dataclass(frozen=True)
class Click:
    """Of the part of the screen that `prepare` returns, and in it what is clicked; Wireshark is started with these options."""

    options: tuple[str, ...]
    prepare: Callable[[Wireshark], tuple[Area, Area]]


pictures: dict[str, Picture | Click] = {}


def picture(name: str, capture: str, packet: str = "msturn"):
    def add(prepare: Callable[[Wireshark], Window]) -> None:
        pictures[name] = Picture(capture, packet, prepare)

    return add


def click(name: str, *options: str):
    def add(prepare: Callable[[Wireshark], tuple[Area, Area]]) -> None:
        pictures[name] = Click(options, prepare)

    return add


# ---- the main window ----


@picture("broken-pair", TWO_CALLS, 'msturn.method == 1 && msturn.pair.verdict == "broken"')
def broken_pair(shark: Wireshark) -> Window:
    shark.main_window.place(1278, 490)  # the README has room for so much
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


# ---- what the README tells to click, a third of a page wide ----

CLICK_WIDTH, CLICK_HEIGHT = 400, 150


@click("click-open")
def click_open(shark: Wireshark) -> tuple[Area, Area]:
    """The menu has the focus on its first item."""
    left, top, _, _ = shark.main.area
    desktop.keys("alt+f")
    return (left, top, CLICK_WIDTH, CLICK_HEIGHT), shark.menu_item("File", "Open").area


@click("click-profile")
def click_profile(shark: Wireshark) -> tuple[Area, Area]:
    """A menu with the profiles, as many as there are, over the end of the status bar; screen readers do not get it."""
    shark.main_window.place(desktop.WIDTH - 2, 700)
    x, y, wide, high = find(shark.main, "label", "Profile: Default").area
    before = desktop.windows()
    desktop.click(x + wide // 2, y + high // 2)
    left, top, width, height = desktop.area_of(wait_for("the menu of profiles", lambda: desktop.windows() - before).pop())
    row = height // 5  # Default, MSTURN, and Wireshark's three
    return (left + width - CLICK_WIDTH, y + high + 4 - CLICK_HEIGHT, CLICK_WIDTH, CLICK_HEIGHT), (left, top + row, width, row)


def press_broken(shark: Wireshark) -> Area:
    area = find(shark.main, "push button", "Broken").area
    left, top, width, height = area
    desktop.click(left + width // 2, top + height // 2)
    return area


BROKEN_CHECK = ("-C", "MSTURN", "-Y", "msturn", "-J", 'msturn.method == 1 && msturn.pair.verdict == "broken"')


@click("click-broken", *BROKEN_CHECK)
def click_broken(shark: Wireshark) -> tuple[Area, Area]:
    shark.main_window.place(560, 500)
    button = press_broken(shark)
    return (button[0] + button[2] + 8 - CLICK_WIDTH, button[1] - 8, CLICK_WIDTH, CLICK_HEIGHT), button


@click("click-path", *BROKEN_CHECK)
def click_path(shark: Wireshark) -> tuple[Area, Area]:
    """As wide as the page."""
    press_broken(shark)
    shark.details.expand("MS-TURN and TURN over TCP", "[Path")
    shark.details.select("[Summary")
    _, top, _, _ = shark.details.area_of("[Candidate pair")
    path, last = shark.details.area_of("[Path"), shark.details.area_of("[Summary")
    left, _, width, _ = shark.main.area
    return (left, top, width - 20, last[1] + last[3] - top), (path[0], path[1], 256, path[3])


# ---- dialogs ----


@picture("expert", TWO_CALLS)
def expert(shark: Wireshark) -> Window:
    shark.menu("Analyze", "Expert Information")
    window = shark.dialog("Expert Information")
    window.place(900, 240)
    window.tree().expand("Error")
    window.tree().select("Binding Request")
    return window


@picture("flow-graph", SILENT)
def flow_graph(shark: Wireshark) -> Window:
    """Up to who closed."""
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
    if isinstance(wanted, Click):
        with wireshark(bus, TWO_CALLS, *wanted.options) as shark:
            desktop.take_picture_of(folder / f"{name}.png", *wanted.prepare(shark))
        return
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
