"""What the tools in this folder say on the standard error while they work."""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 3  # seconds
TIMES_SIZE = 2  # tshark takes at least so many times the size of a capture; of nothing but messages nine times


def note(text: str) -> None:
    print(f"tools/{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


@contextmanager
def unless_soon(text: str) -> Iterator[None]:
    """Says it when what is in the block takes longer than a user waits without a word."""
    timer = threading.Timer(PATIENCE, note, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def warn_of_memory(files: list[Path], at_a_time: int, advice: str) -> None:
    """If the largest files, read at the same time, take more than there is."""
    largest = sum(sorted(map(size_of, files), reverse=True)[:at_a_time])
    try:
        available = int(re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)[1]) * 1024
    except (OSError, TypeError):
        return
    if TIMES_SIZE * largest > available:
        what = f"{files[0]} has" if len(files) == 1 else "the largest captures have"
        note(f"{what} {largest / 1e9:.1f} GB, and {available / 1e9:.1f} GB of memory are free; "
             f"tshark takes {TIMES_SIZE} times a capture's size or more. {advice}")
