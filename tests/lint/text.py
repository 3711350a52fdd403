#!/usr/bin/env python3
"""Are all text files laid out as .editorconfig says?

Usage: text.py ROOT

Knows what .editorconfig of this repository uses: charset, end_of_line, indent_style, insert_final_newline, and
trim_trailing_whitespace; sections with *, ** and {a,b}.
"""

import configparser
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

NO_TEXT = {".pcapng", ".png"}
NOT_OURS = {".git", "__pycache__", ".pytest_cache"}  # and build folders

CHECKS: dict[tuple[str, str], tuple[str, Callable[[bytes], bool]]] = {
    ("charset", "utf-8"): ("is not UTF-8", lambda text: not is_utf8(text)),
    ("end_of_line", "lf"): ("has a carriage return", lambda text: b"\r" in text),
    ("indent_style", "space"): ("is indented with a tab", lambda text: re.search(rb"^ *\t", text, re.MULTILINE) is not None),
    ("insert_final_newline", "true"): ("does not end with one newline", lambda text: re.search(rb"([^\n]|\n\n|\A\n)\Z", text) is not None),
    ("trim_trailing_whitespace", "true"): ("has blanks at the end of a line",
                                           lambda text: re.search(rb"[ \t]$", text, re.MULTILINE) is not None),
}
LAYOUT_ONLY = {"indent_size"}  # what an editor does, not what a file has


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def pattern(section: str) -> re.Pattern:
    """Of a section's name: a name without a folder is one in any folder."""
    words = {"**": ".*", "*": "[^/]*", "{": "(?:", "}": ")", ",": "|"}
    body = "".join(words.get(word, re.escape(word)) for word in re.findall(r"\*\*|[*{},]|[^*{},]+", section))
    return re.compile(body if "/" in section else f"(?:.*/)?{body}")


def rules(file: Path) -> list[tuple[re.Pattern, dict[str, str]]]:
    parser = configparser.ConfigParser(delimiters="=", comment_prefixes="#", interpolation=None, default_section="")
    parser.read_string(f"[preamble]\n{file.read_text()}")
    sections = {name: dict(parser[name]) for name in parser.sections() if name != "preamble"}
    for name, properties in sections.items():
        for key, value in properties.items():
            if key not in LAYOUT_ONLY and value != "unset" and (key, value) not in CHECKS:
                sys.exit(f".editorconfig, [{name}]: text.py does not know {key} = {value}")
    return [(pattern(name), properties) for name, properties in sections.items()]


def files(root: Path) -> Iterator[Path]:
    for folder, names, file_names in os.walk(root):
        names[:] = [name for name in names if name not in NOT_OURS and not (Path(folder) == root and name.startswith("build"))]
        yield from (Path(folder, name) for name in file_names if Path(name).suffix not in NO_TEXT)


def main() -> int:
    root = Path(sys.argv[1])
    sections = rules(root / ".editorconfig")
    checked, complaints = 0, []
    for file in sorted(files(root)):
        name = file.relative_to(root).as_posix()
        properties: dict[str, str] = {}
        for matcher, section in sections:
            if matcher.fullmatch(name):
                properties |= section
        wanted = [CHECKS[item] for item in properties.items() if item in CHECKS]
        text = file.read_bytes() if wanted and file.is_file() else b""
        checked += bool(text)
        complaints += [f"{name} {what}" for what, is_wrong in wanted if text and is_wrong(text)]
    if checked < 100:
        sys.exit(f"only {checked} text files in {root}")
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
