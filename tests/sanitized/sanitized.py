"""tshark and sharkd with the plugin that is built with AddressSanitizer and UndefinedBehaviorSanitizer."""

import subprocess
from pathlib import Path

from wireshark import AS_NOBODY, PATIENCE, Tshark

REPORTS = ("Sanitizer", "runtime error:")
OURS = "Dissector bug, protocol MSTURN"
REPORTED = 99  # exit status of a program that the sanitizers ended

# All that msturn can be asked for, in one run.
EVERYTHING = tuple(option for what in (
    "msturn,report", "msturn,json", "msturn,tree", "msturn,srt", "msturn,pairs", "msturn,sessions",
    "follow,msturn,ascii,0", "follow,msturn,yaml,0", "flow,msturn,standard") for option in ("-z", what)) + ("-V",)


class Sanitized:
    """A tshark that is not built with sanitizers, so that their runtime is loaded in front of it."""

    def __init__(self, program: str, workspace: Path, plugins: Path, libasan: str):
        self.program = program
        self.plugins = plugins
        self.environment = Tshark(program, workspace, plugins).environment
        # What other dissectors make of changed bytes is not msturn's; OURS is looked for in what is printed.
        del self.environment["WIRESHARK_ABORT_ON_DISSECTOR_BUG"]
        self.settings = {
            "LD_PRELOAD": libasan,
            # tshark has leaks of its own.
            "ASAN_OPTIONS": f"detect_leaks=0:exitcode={REPORTED}",
            "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:exitcode={REPORTED}",
            # Programs that tshark would start for a list of plugins do not come back from their preloaded runtime.
            "WIRESHARK_EXTCAP_DIR": str(plugins),
            # Every object is an allocation: else a read behind its end is mostly one of its neighbour.
            "WIRESHARK_DEBUG_WMEM_OVERRIDE": "simple",
        }

    def run(self, program: str, *arguments: str, text: str | None = None, **settings: str) -> subprocess.CompletedProcess:
        """Runs tshark or sharkd, with other settings in its environment; the caller judges the result."""
        settings = {"WIRESHARK_PLUGIN_DIR": str(self.plugins)} | self.settings | settings
        variables = [f"{name}={value}" for name, value in settings.items()]
        return subprocess.run([*AS_NOBODY, "env", *variables, program, *arguments], env=self.environment, input=text,
                              capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)

    def survives(self, capture: Path, *options: str, explain: str = "", **settings: str) -> str:
        """Asks for everything; returns what was printed."""
        ended = self.run(self.program, "-n", "-r", str(capture), *EVERYTHING, *options, **settings)
        assert_clean(ended, explain)
        return ended.stdout


def assert_clean(ended: subprocess.CompletedProcess, explain: str = "") -> None:
    found = [word for word in REPORTS if word in ended.stderr] + [OURS] * (OURS in ended.stdout)
    assert (ended.returncode, found) == (0, []), f"{ended.args}\n{ended.stderr}\n{explain}"
