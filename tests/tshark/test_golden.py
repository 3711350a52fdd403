"""Every sample capture in one run each, for `tools/test --quick`: all messages are those of tests/golden, and the call is
what sample-captures/verdicts.csv says.

With MSTURN_REWRITE_GOLDEN=1 (`tools/test --rewrite-golden`) the files of tests/golden are written anew. They are compared
with the bytes of the captures in test_golden_bytes.py, the table in more ways in test_verdicts.py.
"""

import os

import golden
import pytest
from conftest import SAMPLES
from verdicts import FINDINGS, TABLE, TWO_PASSES, is_clean, trees_and_report, wrong_pairs

NAMES = sorted(path.stem for path in SAMPLES.glob("*.pcapng"))


@pytest.mark.parametrize("name", NAMES)
def test_sample(tshark, sample, name):
    packets, report = trees_and_report(tshark, sample(name), *TWO_PASSES)
    lines = golden.shown_lines(packets)
    if os.environ.get("MSTURN_REWRITE_GOLDEN"):
        golden.write(name, lines)
    assert lines == golden.read(name)
    if name in TABLE:
        assert wrong_pairs(report, TABLE[name]) == {}
        assert not is_clean(TABLE[name]) or report.trouble() == []
        for row in TABLE[name]:
            found = {one["code"] for problem in report.problems_of(row) for one in (problem, *problem["effects"])}
            assert [code for code in row.problems if not FINDINGS[code] & found] == [], f"found: {sorted(found)}"


def test_there_is_no_file_too_many():
    assert sorted(path.stem for path in golden.FOLDER.glob("*")) == NAMES
