#!/usr/bin/env python3
"""Does the plugin ask of the C library only what is the same everywhere?

Usage: portable.py ROOT

docs/windows.md has the list: what depends on the system, its C library or the user's language.
"""

import re
import sys
from pathlib import Path

NOT = {
    r'"[^"\n]*%[-+ #0]*[\d*]*(?:\.[\d*]+)?[aefgAEFG](?![a-z])[^"\n]*"': "a decimal by printf has the comma of the user's language: msturn_decimal_text()",
    r'"[^"\n]*%[-+ #0]*[\d*]*(?:\.[\d*]+)?[hjlLtzI][diouxXaefgcsn][^"\n]*"': "a length in a format differs between C libraries",
    r"\b(?:qsort|setlocale|strerror|strtok|strcasecmp|strncasecmp|atoi|atof|strto\w+|rand|getenv|fopen|localtime\w*|gmtime\w*|strftime|mktime|time|"
    r"toupper|tolower|is(?:alpha|digit|alnum|space|upper|lower|print|punct|xdigit))\(": "differs between C libraries, or with the user's language",
    r"(?<![\w>.])(?:unsigned |signed )?long(?: int)?\b(?! double)(?=\s+\**\w+\s*[;=,)\[])": "has 32 bits on Windows",
    r"\blong double\b": "has 64 bits on Windows",
}
LOOKED_AT = re.compile(r"g_ascii_formatd\(.*")  # has a point itself
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def without_comments(text: str) -> str:
    """Lines keep their numbers."""
    return COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)


def complaints(name: str, text: str) -> list[str]:
    code = LOOKED_AT.sub("", without_comments(text))
    return [f"{name}:{code.count(chr(10), 0, found.start()) + 1}: {found[0].strip()}: {why}"
            for pattern, why in NOT.items() for found in re.finditer(pattern, code)]


def main() -> int:
    root = Path(sys.argv[1])
    files = [file for file in root.glob("plugin/**/*.*") if file.suffix in (".c", ".h", ".inc")] + [*root.glob("packet-msturn.[ch]")]
    if len(files) < 20:
        sys.exit(f"no sources in {root}")
    # That they are seen at all.
    for wrong in ('"in %.1f s"', '"%zu"', "qsort(a)", "unsigned long size;", "isdigit(c)"):
        if not complaints("", wrong):
            sys.exit(f"not seen: {wrong}")
    found = [line for file in sorted(files) for line in complaints(file.relative_to(root).as_posix(), file.read_text())]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
