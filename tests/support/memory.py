"""How much memory tshark needs for a capture. Standard library only.

The largest size of its address space (VmPeak), which tests/tshark/peak.c says: it depends on what tshark asks for, and not on how
busy the machine is. From run to run it differs by less than a tenth of a megabyte.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

DISSECT = ("-z", "io,stat,0")  # without a tap or a filter tshark -q dissects nothing
KIB = 1024
# Blocks of 8 MB, and another heap for each thread, would be more than what is to be measured.
EXACT = {"WIRESHARK_DEBUG_WMEM_OVERRIDE": "simple", "MALLOC_ARENA_MAX": "1"}


def peak(tshark, capture: Path, *options: str) -> int:
    """In bytes, for one pass of a wireshark.Tshark without output."""
    from wireshark import AS_NOBODY

    command = [*AS_NOBODY, tshark.program, "-n", "-q", "-r", str(capture), *DISSECT, *options]
    library = shutil.copy(os.environ["PEAK_LIBRARY"], capture.parent)  # where the other user can read it
    environment = tshark.environment | EXACT | {"LD_PRELOAD": str(library)}
    run = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 0, f"{' '.join(command)}: {run.stderr}"
    (said,) = re.findall(r"^VmPeak:\s*(\d+) kB$", run.stderr, re.MULTILINE)
    return int(said) * KIB
