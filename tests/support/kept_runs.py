"""What tshark printed of the sample captures, kept from one test to the next: many ask the same. Standard library only."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path


class KeptRuns:
    """In the build folder of a plugin, for as long as it is not built anew."""

    def __init__(self, plugin: Path, program: str, samples: Path, preferences: Path):
        """`preferences`: the folder where a test may have put some of its own; what it runs then is not kept."""
        self.samples, self.preferences = samples, preferences
        runs = plugin.parents[3] / "tshark-runs"
        self.folder = runs / f"{plugin.stat().st_mtime_ns}-{os.stat(shutil.which(program)).st_mtime_ns}"
        self.folder.mkdir(parents=True, exist_ok=True)
        for other in runs.iterdir():  # of an earlier build
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def file_of(self, capture: Path, options: tuple[str, ...]) -> Path | None:
        """Where it is, or is to be. None: it is no sample, or the options name a file, which may be another one next time."""
        if capture.parent != self.samples or any("/" in option for option in options) or any(self.preferences.iterdir()):
            return None
        question = (capture.name, capture.stat().st_mtime_ns, options)
        return self.folder / hashlib.sha256(repr(question).encode()).hexdigest()

    def write(self, file: Path, printed: bytes) -> None:
        """At once: another test may be looking for it."""
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as new:
            new.write(printed)
        os.replace(new.name, file)
