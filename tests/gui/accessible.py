"""What programs show on the screen, by the accessibility interface (AT-SPI), as a screen reader gets it.

Nothing is remembered here, and no event is listened to: every look is a question to the program.

Copyright (C) 2026 The msturn authors
SPDX-License-Identifier: GPL-2.0-or-later
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gi.repository import Gio, GLib

TIMEOUT = 20_000  # ms
SELECTED = 23  # the number of a state: AtspiStateType

ROOT = "/org/a11y/atspi/accessible/root"
PROPERTIES = "org.freedesktop.DBus.Properties"
SEPARATE = ("tree", "table", "list")  # what can have thousands of cells: all_below() stays outside


class Gone(Exception):
    """The program does not know, or no longer."""


class Bus:
    """Where programs are that can be asked. Make it when there is an X server, before they start."""

    def __init__(self) -> None:
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address = ask(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        flags = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION
        )
        # Programs of Qt find the bus by the session bus, too, but then do not always answer.
        subprocess.run(["xprop", "-root", "-format", "AT_SPI_BUS", "8s", "-set", "AT_SPI_BUS", address], check=True)

    def programs(self) -> list["Node"]:
        """Whoever is on the bus."""
        names = ask(self.connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames")
        return [Node(self, name, ROOT) for name in names if name.startswith(":")]


def ask(
    connection: Gio.DBusConnection, program: str, path: str, interface: str, method: str, *arguments: tuple[str, Any]
) -> Any:
    """Arguments are pairs of D-Bus type and value. What an answer has behind its first value is not needed here."""
    signature = "(" + "".join(kind for kind, _ in arguments) + ")"
    values = GLib.Variant(signature, tuple(value for _, value in arguments))
    try:
        reply = connection.call_sync(program, path, interface, method, values, None, Gio.DBusCallFlags.NONE, TIMEOUT)
    except GLib.Error as error:
        raise Gone(error.message) from None
    return reply.unpack()[0] if reply.n_children() else None


@dataclass(frozen=True)
class Node:
    """Something to be seen: a window, a button, a cell."""

    bus: Bus
    program: str
    path: str

    def ask(self, interface: str, method: str, *arguments: tuple[str, Any]) -> Any:
        return ask(self.bus.connection, self.program, self.path, interface, method, *arguments)

    def children(self) -> list["Node"]:
        """Empty when it has just gone."""
        try:
            return [Node(self.bus, *address) for address in self.ask("org.a11y.atspi.Accessible", "GetChildren")]
        except Gone:
            return []

    @property
    def name(self) -> str:
        try:
            return self.ask(PROPERTIES, "Get", ("s", "org.a11y.atspi.Accessible"), ("s", "Name"))
        except Gone:
            return ""

    @property
    def role(self) -> str:
        try:
            return self.ask("org.a11y.atspi.Accessible", "GetRoleName")
        except Gone:
            return ""

    @property
    def is_selected(self) -> bool:
        low, _ = self.ask("org.a11y.atspi.Accessible", "GetState")
        return bool(low & 1 << SELECTED)

    @property
    def area(self) -> tuple[int, int, int, int]:
        """Left, top, width and height on the screen."""
        return self.ask("org.a11y.atspi.Component", "GetExtents", ("u", 0))

    def press(self) -> None:
        """Does not wait: a dialog may answer only when it is closed."""
        values, flags = GLib.Variant("(i)", (0,)), Gio.DBusCallFlags.NONE
        target = (self.program, self.path, "org.a11y.atspi.Action", "DoAction")
        self.bus.connection.call(*target, values, None, flags, -1)
        self.bus.connection.flush_sync()

    def all_below(self, role: str) -> Iterator["Node"]:
        for child in self.children():
            if (found := child.role) == role:
                yield child
            elif found not in SEPARATE:
                yield from child.all_below(role)
