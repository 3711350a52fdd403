"""How much memory tshark needs for a capture. Standard library only.

The most that was resident at a time, as the kernel counts it: it does not depend on how busy the machine is, and from run to
run it differs by less than a megabyte.
"""

import os
import subprocess
import sys
from pathlib import Path

DISSECT = ("-z", "io,stat,0")  # without a tap or a filter tshark -q dissects nothing
UNIT = 1024  # of ru_maxrss, in bytes


def peak(tshark, capture: Path, *options: str) -> int:
    """In bytes, for one pass of a wireshark.Tshark without output."""
    from wireshark import AS_NOBODY

    command = [*AS_NOBODY, tshark.program, "-n", "-q", "-r", str(capture), *DISSECT, *options]
    # A process counts as its own what its parent had when it was started: hence the small one in between.
    run = subprocess.run([sys.executable, __file__, *command], env=tshark.environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{' '.join(command)}: {run.stderr}"
    return int(run.stdout) * UNIT


def main() -> None:
    """Runs a command and prints its ru_maxrss."""
    with subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    print(usage.ru_maxrss)
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
