"""What real, healthy implementations do is called neither broken nor wrong: support/healthy*.py say what, and by which rule.

Each behaviour is a test by its name and path, as in `-k "renomination and bound"`. All behaviours of a module are in one
capture, which is read in one pass and in two.
"""

import pytest
from healthy import parameters, players, without_behaviour
from healthy_captures import captures, losses
from healthy_ends import ends
from healthy_ice import ice
from healthy_ms import microsoft
from healthy_turn import allocations

GROUPS = {"ice": ice, "turn": allocations, "ms": microsoft, "end": ends, "captured": captures, "loss": losses}

# Behaviours that the plugin still gets wrong, by their ids; * stands for every path. Who mends a rule takes them away.
NOT_YET = """
""".split()


@pytest.fixture(scope="module")
def seen(tshark, write):
    return players(GROUPS, tshark, write)


@pytest.mark.parametrize("group, behaviour", [p for group in GROUPS for p in parameters(group, GROUPS[group], NOT_YET)])
def test_healthy(seen, group, behaviour):
    assert seen(group).complaints(behaviour) == []


def test_known_failures_exist():
    """No id of NOT_YET is misspelt or left over from a behaviour that is gone."""
    assert without_behaviour(NOT_YET, GROUPS) == []
