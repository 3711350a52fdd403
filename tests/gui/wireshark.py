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
FAILED = Path("failed.png")  # what was on the screen then
ATTEMPTS = 5  # what comes before a window is ready for it is lost
HEADER = "column header"


def find(node: Node, role: str, name: str) -> Node:
    def search() -> Node | None:
        return next((found for found in node.all_below(role) if found.name == name), None)

    return wait_for(f"a {role} '{name}' in '{node.name}'", search, 20)


class Tree:
    """A tree or a table. Its rows are those that can be seen by scrolling: not what is below a collapsed row."""

    def __init__(self, node: Node):
        self.node = node

    def cells(self) -> list[list[Node]]:
        """Row by row, without the header."""
        cells = self.node.children()
        columns = next((index for index, cell in enumerate(cells) if cell.role != HEADER), len(cells))
        return [cells[start : start + columns] for start in range(columns, len(cells), columns or 1)]

    def rows(self) -> list[list[str]]:
        """The texts in them."""
        return [[cell.name for cell in row] for row in self.cells()]

    def wait_for_row(self, beginning: str) -> int:
        """The index of the first row with a cell whose text begins like this."""

        def search() -> list[int]:
            return [i for i, row in enumerate(self.rows()) if any(text.startswith(beginning) for text in row)]

        return wait_for(f"a cell with '{beginning}'", search, 20)[0]

    def area_of(self, beginning: str) -> desktop.Area:
        """Of the row, as wide as its first cell."""
        return self.cells()[self.wait_for_row(beginning)][0].area

    def select(self, beginning: str) -> None:
        """Selects that row, and scrolls to it."""
        index = self.wait_for_row(beginning)
        for _ in range(ATTEMPTS):
            self.focus()
            desktop.keys("Home", *["Down"] * index)
            time.sleep(desktop.SETTLE)
            cell = self.cells()[index][0]
            if not cell.is_selected:  # Home is without effect on a tree that is there already
                left, top, _, height = cell.area
                desktop.click(left + 10, top + height // 2)
                time.sleep(desktop.SETTLE)
            if cell.is_selected:
                return
        raise Failure(f"'{beginning}' cannot be selected")

    def expand(self, *beginnings: str) -> None:
        for beginning in beginnings:
            before = len(self.node.children())
            self.select(beginning)
            desktop.keys("Right")
            wait_for(f"what is below '{beginning}'", lambda: len(self.node.children()) > before, 20)  # noqa: B023

    def focus(self) -> None:
        """By a click near the corner, beside scroll bars: Qt's trees do not take the focus when asked to."""
        left, top, width, height = self.node.area
        desktop.click(left + width - 25, top + height - 25)


class Window:
    def __init__(self, node: Node):
        self.node = node
        self.title = node.name
        self.id = desktop.window_with_title(self.title)

    def tree(self) -> Tree:
        """The first that is not hidden."""

        def search() -> Node | None:
            return next((node for node in self.node.all_below("tree") if node.area[2] > 0), None)

        return Tree(wait_for(f"a tree in '{self.title}'", search))

    def wait_for_text(self, role: str, text: str) -> None:
        find(self.node, role, text)

    def choose(self, choice: str) -> None:
        """In the combo box that has it, by typing it."""

        def search() -> Node | None:
            for box in self.node.all_below("combo box"):
                if any(item.name == choice for part in box.children() for item in part.children()):
                    return box
            return None

        box = wait_for(f"a combo box with '{choice}' in '{self.title}'", search, 20)
        left, top, width, height = box.area
        desktop.click(left + width // 2, top + height // 2)
        time.sleep(desktop.SETTLE)
        desktop.write(choice)
        desktop.keys("Return")
        wait_for(f"'{choice}' to be chosen", lambda: box.name == choice, 20)

    def place(self, width: int, height: int) -> None:
        desktop.place(self.id, width, height)
        time.sleep(desktop.SETTLE)


class Wireshark:
    """The program with a capture file, whose packets are all there."""

    def __init__(self, application: Node, main: Node):
        self.application = application
        self.main = main

    @property
    def main_window(self) -> Window:
        return Window(self.main)

    @property
    def details(self) -> Tree:
        return Tree(find(self.main, "tree", "Packet details"))

    def menu(self, *path: str) -> None:
        self.menu_item(*path).press()

    def menu_item(self, *path: str) -> Node:
        node = next(self.main.all_below("menu bar"))
        for name in path:
            items = node.children()
            if [item.role for item in items] == ["popup menu"]:
                items = items[0].children()
            node = next((item for item in items if item.name == name), None)
            if not node:
                raise Failure(f"no menu item '{name}' of {' > '.join(path)} among {[item.name for item in items]}")
        return node

    def dialog(self, words: str) -> Window:
        """The window other than the main one whose title has these words."""

        def search() -> Node | None:
            windows = (node for node in self.application.children() if node != self.main)
            return next((window for window in windows if words in window.name), None)

        return Window(wait_for(f"a window with '{words}' in its title", search, 20))

    def arrange_packets(self, context: int) -> None:
        """Makes columns as wide as what is in them, and scrolls until some packets are below the selected one."""
        desktop.keys("ctrl+shift+r", *["ctrl+Down"] * context, *["ctrl+Up"] * context)


@contextmanager
def wireshark(bus: Bus, capture: str, *arguments: str) -> Iterator[Wireshark]:
    """Started with this capture of the current folder, when it is in the title and was read."""
    with (
        LOG.open("w") as log,
        desktop.running(["wireshark", "-r", capture, *arguments], stdout=log, stderr=log) as process,
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
        desktop.activate(desktop.window_with_title(capture))
        try:
            yield found
        except Exception:
            desktop.take_picture(FAILED)
            raise


def was_read(main: Node) -> bool:
    """The status bar tells how many packets there are."""
    return any(label.name.startswith("Packets: ") for label in main.all_below("label"))
