"""Every finding about calls has a call that breaks its rule, and one that just keeps it: in test_findings_*.py.

What is expected there comes from ietf.md 8 and microsoft.md 8, never from what the plugin says.
"""

import importlib
from pathlib import Path

import pytest
from rule_cases import CODES, Cases

MODULES = sorted(file.stem for file in Path(__file__).parent.glob("test_findings_*.py"))


@pytest.fixture(scope="module")
def all_cases() -> list[Cases]:
    return [importlib.import_module(name).cases for name in MODULES]


@pytest.mark.parametrize("broken", [True, False], ids=["broken", "kept"])
def test_every_finding_about_calls_has_cases(all_cases, broken):
    """A new row of plugin/rules/findings.c that the tracker raises needs both."""
    assert len(CODES) > 50
    assert CODES - set.union(*(cases.covered(broken) for cases in all_cases)) == set()
