"""Wireshark's windows. Things are found by what they are called: what has moved is still found, and what is not there
is a failure.

Copyright (C) 2026 The msturn authors
SPDX-License-Identifier: GPL-2.0-or-later
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import desktop
from accessible import Bus, Node
from desktop import Failure, wait_for

LOG = Path("wireshark.log")


def find(node: Node, role: str, name: str) -> Node:
    def search() -> Node | None:
        return next((found for found in node.all_below(role) if found.name == name), None)

    return wait_for(f"a {role} '{name}' in '{node.name}'", search, 20)


class Tree:
    """A tree or a table. Its rows are those that can be seen by scrolling: not what is below a collapsed row."""

    def __init__(self, node: Node):
        self.node = node

    def rows(self) -> list[list[str]]:
        """The texts of the cells, the first row is the header."""
        cells = self.node.children()
        columns = sum(cell.role == "table column header" for cell in cells) or 1
        texts = [cell.name for cell in cells]
        return [texts[start : start + columns] for start in range(0, len(texts), columns)]

    def select(self, beginning: str) -> None:
        """Selects the row whose first cell begins like this, and scrolls to it."""
        rows = self.rows()[1:]
        index = next((index for index, row in enumerate(rows) if row[0].startswith(beginning)), None)
        if index is None:
            raise Failure(f"no row begins with '{beginning}': {[row[0] for row in rows]}")
        self.focus()
        desktop.keys("Home", *["Down"] * index)

    def expand(self, *beginnings: str) -> None:
        for beginning in beginnings:
            before = len(self.node.children())
            self.select(beginning)
            desktop.keys("Right")
            wait_for(f"what is below '{beginning}'", lambda: len(self.node.children()) > before, 20)  # noqa: B023

    def focus(self) -> None:
        """By a click in the corner: Qt's trees do not take the focus when they are asked to."""
        if not self.node.has_focus:
            left, top, width, height = self.node.area
            desktop.click(left + width - 20, top + height - 8)
            wait_for(f"the focus in '{self.node.name}'", lambda: self.node.has_focus, 20)


class Window:
    def __init__(self, node: Node):
        self.node = node
        self.title = node.name
        self.id = desktop.window_with_title(self.title)

    def press(self, role: str, name: str) -> None:
        find(self.node, role, name).press()

    def tree(self, number: int = 0) -> Tree:
        return Tree([*self.node.all_below("tree"), *self.node.all_below("table")][number])

    def place(self, width: int, height: int) -> None:
        desktop.place(self.id, width, height)
        time.sleep(desktop.SETTLE)


class Wireshark:
    """The program with a capture file, whose packets are all there."""

    def __init__(self, application: Node, main: Node):
        self.application = application
        self.main = main

    @property
    def details(self) -> Tree:
        return Tree(find(self.main, "tree", "Packet details"))

    @property
    def packets(self) -> Tree:
        return Tree(find(self.main, "tree", "Packet list"))

    def menu(self, *path: str) -> None:
        node = next(self.main.all_below("menu bar"))
        for name in path:
            items = node.children()
            if [item.role for item in items] == ["popup menu"]:
                items = items[0].children()
            node = next((item for item in items if item.name == name), None)
            if not node:
                raise Failure(f"no menu item '{name}' of {' > '.join(path)} among {[item.name for item in items]}")
        node.press()

    def dialog(self, words: str) -> Window:
        """The window other than the main one whose title has these words."""

        def search() -> Node | None:
            return next((node for node in self.application.children() if node != self.main and words in node.name), None)

        return Window(wait_for(f"a window with '{words}' in its title", search, 20))

    def scroll(self, context: int = 4) -> None:
        """So that there are some packets below the selected one."""
        desktop.keys(*["ctrl+Down"] * context, *["ctrl+Up"] * context)


@contextmanager
def wireshark(bus: Bus, capture: str, *arguments: str) -> Iterator[Wireshark]:
    """Started with this capture of the current folder, when it is in the title and was read."""
    with (
        LOG.open("w") as log,
        desktop.running(
            ["wireshark", "-r", capture, *arguments], stdout=log, stderr=log, env=bus.environment
        ) as process,
    ):

        def search() -> Wireshark | None:
            if process.poll() is not None:
                raise Failure(f"wireshark ended: {LOG.read_text()}")
            for application in bus.programs():
                for window in application.children():
                    if window.name == capture and was_read(window):
                        return Wireshark(application, window)
            return None

        found = wait_for(f"Wireshark's window with {capture} in its title", search)
        desktop.window_with_title(capture)
        yield found


def was_read(main: Node) -> bool:
    """The status bar tells how many packets there are."""
    return any(label.name.startswith("Packets: ") for label in main.all_below("label"))
