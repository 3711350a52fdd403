"""Which dissectors stay in the tshark.exe that tools/windows/tshark builds."""

import subprocess
from pathlib import Path

from conftest import TOOLS

LISTS = """set(DISSECTOR_SRC
\t${CMAKE_CURRENT_SOURCE_DIR}/file-used.c
\t${CMAKE_CURRENT_SOURCE_DIR}/packet-core.c
\t${CMAKE_CURRENT_SOURCE_DIR}/packet-deep.c
\t${CMAKE_CURRENT_SOURCE_DIR}/packet-other.c
\t${CMAKE_CURRENT_SOURCE_DIR}/packet-two+names.c
\t${CMAKE_CURRENT_SOURCE_DIR}/packet-wanted.c
\t${CMAKE_CURRENT_SOURCE_DIR}/support.c
)
set(GENERATED
\t${CMAKE_CURRENT_BINARY_DIR}/packet-generated.c
)
"""
TAPS = """set(TSHARK_TAP_SRC
\t${CMAKE_SOURCE_DIR}/ui/cli/tap-core.c
\t${CMAKE_SOURCE_DIR}/ui/cli/tap-other.c
)
"""
SOURCES = {
    "epan/core.c": '#include <epan/dissectors/packet-core.h>\n',
    "epan/dissectors/packet-core.c": '',
    "epan/dissectors/packet-deep.c": '#include "packet-wanted.h"\n',  # and round again
    "epan/dissectors/packet-two+names.c": '',
    "epan/dissectors/packet-wanted.c": '#include "packet-wanted.h"\n  #  include "file-used.h"\n/* #include "packet-other.h" */\n',
    "epan/dissectors/packet-wanted.h": '#include "packet-deep.h"\n#include "packet-two+names.h"\n',
    "tshark.c": '#include <epan/packet.h>\n',
    "ui/cli/tap-core.c": '#include <epan/dissectors/packet-core.h>\n',
    "ui/cli/tap-other.c": '#include <epan/dissectors/packet-core.h>\n#include <epan/dissectors/packet-other.h>\n',
}


def test_what_is_included_stays(tmp_path: Path):
    for name, text in {**SOURCES, "CMakeLists.txt": TAPS, "epan/dissectors/CMakeLists.txt": LISTS}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run([TOOLS / "fewer_dissectors.py", tmp_path, "wanted", "unknown"], check=True)
    gone = {"packet-other.c", "packet-generated.c", "tap-other.c"}
    for name, before in (("CMakeLists.txt", TAPS), ("epan/dissectors/CMakeLists.txt", LISTS)):
        left = [line for line in before.splitlines() if line.rpartition("/")[2] not in gone]
        assert (tmp_path / name).read_text().splitlines() == left
