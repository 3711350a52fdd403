#!/usr/bin/env python3
"""Does every text that a reader of a report gets say what to do, and not where to look?

Usage: advice.py ROOT

Who was silent, what arrived, and who closed is in the capture, and the steps of a path say it. So no text of findings or steps
tells the reader to look for it.
"""

import re
import sys
from pathlib import Path

FOLDERS = ("plugin/rules", "plugin/verdict")
LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')  # with those that go on in the next line
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
EVADING = re.compile(r"\b(look|looks|find (out|who|where|why)|see (whether|who|where|why))\b", re.IGNORECASE)


def texts(source: str) -> list[str]:
    return [re.sub(r'"\s*"', "", text)[1:-1] for text in LITERALS.findall(COMMENT.sub("", source))]


def main() -> int:
    root = Path(sys.argv[1])
    read, complaints = 0, []
    for file in sorted(file for folder in FOLDERS for file in (root / folder).glob("*.c")):
        sentences = [text for text in texts(file.read_text()) if " " in text]
        read += len(sentences)
        complaints += [f"{file.relative_to(root).as_posix()}: {text}" for text in sentences if EVADING.search(text)]
    if read < 500:
        sys.exit(f"only {read} sentences in {', '.join(FOLDERS)}")
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
