"""A screen without a monitor: X server, session bus and window manager; keys and pictures.

Copyright (C) 2026 The msturn authors
SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

WIDTH, HEIGHT = 1400, 820
PATIENCE = 60  # seconds: a busy machine is slow to start Wireshark
STEP = 0.1
SETTLE = 0.7  # what is there may not be drawn yet

T = TypeVar("T")
Area = tuple[int, int, int, int]  # left, top, width and height on the screen


class Failure(Exception):
    """Something is not as expected: for the user, without a trace."""


def wait_for(what: str, attempt: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """The first result of `attempt` that is true."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if result := attempt():
            return result
        time.sleep(STEP)
    raise Failure(f"waited {patience:.0f} s in vain for {what}")


@contextmanager
def running(command: list[str], **options) -> Iterator[subprocess.Popen]:
    """A process that ends with the block, whatever ends the block."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def server(name: str, *command: str) -> Iterator[str]:
    """A process that tells what it is called by, on the file descriptor whose number stands for {}."""
    reading, writing = os.pipe()
    words = [word.format(writing) for word in command]
    with running(words, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        os.close(writing)
        with os.fdopen(reading) as pipe:
            answer = pipe.readline().strip()
        if not answer:  # it has ended
            raise Failure(f"{name} does not start")
        yield answer


@contextmanager
def desktop() -> Iterator[None]:
    """Sets the environment for programs on it. The window manager gives a dialog its frame and the focus."""
    screen = ("-screen", "0", f"{WIDTH}x{HEIGHT}x24")
    bus = ("dbus-daemon", "--session", "--nofork", "--nopidfile")
    with (
        server("the X server", "Xvfb", "-displayfd", "{}", *screen, "-nolisten", "tcp") as number,
        server("the session bus", *bus, "--print-address={}") as address,
    ):
        os.environ["DISPLAY"] = f":{number}"
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
        with running(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            wait_for("the window manager", lambda: "_NET_ACTIVE_WINDOW" in output("xprop", "-root", "_NET_SUPPORTED"))
            yield


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


def keys(*names: str) -> None:
    """Pressed one after the other, in the window that has the focus."""
    xdotool("key", "--clearmodifiers", "--delay", 30, *names)
    time.sleep(STEP)


def write(text: str) -> None:
    xdotool("type", "--clearmodifiers", "--delay", 30, text)
    time.sleep(STEP)


def click(x: int, y: int) -> None:
    xdotool("mousemove", x, y, "click", 1)
    time.sleep(STEP)


def move_pointer_away() -> None:
    """It makes tool tips, and highlights what is below it."""
    xdotool("mousemove", WIDTH - 1, HEIGHT - 1)


def windows() -> set[str]:
    """The ids of those that are shown."""
    return set(output("xdotool", "search", "--onlyvisible", "--name", ".*").split())


def window_with_title(title: str) -> str:
    """Its id."""

    def search() -> str | None:
        for window in windows():
            if output("xdotool", "getwindowname", window).strip() == title:
                return window
        return None

    return wait_for(f"a window '{title}'", search)


def area_of(window: str) -> Area:
    lines = dict(line.split("=") for line in output("xdotool", "getwindowgeometry", "--shell", window).split())
    return int(lines["X"]), int(lines["Y"]), int(lines["WIDTH"]), int(lines["HEIGHT"])


def xdotool(*words: str | int) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True, timeout=PATIENCE)


def activate(window: str) -> None:
    """Gives it the focus."""
    xdotool("windowactivate", "--sync", window)


def place(window: str, width: int, height: int) -> None:
    """In the middle of the screen."""
    xdotool("windowsize", "--sync", window, width, height)
    xdotool("windowmove", window, (WIDTH - width) // 2, (HEIGHT - height) // 2)
    activate(window)


def take_picture(path: Path, window: str | None = None) -> None:
    """Of a window with its frame, or of the whole screen."""
    move_pointer_away()
    time.sleep(SETTLE)
    what = ["-window", "root"] if window is None else ["-frame", "-window", window]
    subprocess.run(["import", "-silent", *what, str(path)], check=True)


def take_picture_of(path: Path, area: Area, marked: Area) -> None:
    """Of a part of the screen, with a frame around what is clicked. The pointer stays where it is."""
    time.sleep(SETTLE)
    left, top, width, height = area
    x, y = marked[0] - left, marked[1] - top
    frame = f"roundrectangle {x - 2},{y - 2} {x + marked[2] + 1},{y + marked[3] + 1} 4,4"
    part = ["-crop", f"{width}x{height}+{left}+{top}", "+repage"]
    subprocess.run(["import", "-silent", "-window", "root", *part, str(path)], check=True)
    stroke = ["-fill", "none", "-stroke", "#d0021b", "-strokewidth", "3"]
    subprocess.run(["mogrify", *stroke, "-draw", frame, str(path)], check=True)
