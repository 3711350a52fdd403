#!/usr/bin/env python3
"""Packs a folder as a zip archive, the same every time.

Usage: pack.py FOLDER ARCHIVE

Names in order, one date: that of SOURCE_DATE_EPOCH. Text for Windows gets its line ends.
"""

import os
import sys
import time
import zipfile
from pathlib import Path

TEXT = {".ps1", ".txt"}
REGULAR_FILE = 0o100644
UNIX = 3  # whose the attributes are


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__)
        return 1
    folder, date = Path(sys.argv[1]), time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))
    with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), date[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, UNIX, REGULAR_FILE << 16
            content = file.read_bytes()
            archive.writestr(entry, content.replace(b"\n", b"\r\n") if file.suffix in TEXT else content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
