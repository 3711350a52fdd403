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
from once import told_twice
from relayed_call import text

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


@pytest.mark.parametrize("path", ["bound", "send", "channel", "udp-turn"])
def test_ends_of_a_call_captured_at_three_points(seen, path):
    """On both sides of a NAT it is one connection to the server, with one session: that tells what a channel leads to."""
    behaviour, = (one for one in captures.known if str(one) == f"three_capture_points-{path}")
    for take, pairs, _, sessions in seen("captured").each(behaviour):
        ends = text(take.scene.ends.relayed), text(take.scene.ends.peer)
        assert [(pair["local"], pair["remote"], pair["session"]) for pair in pairs] == [(*ends, one["id"]) for one in sessions]


@pytest.mark.parametrize("group", GROUPS)
def test_each_finding_once(seen, group):
    assert {name: told_twice(report["problems"]) for name, report in seen(group).reports.items()} == \
        {"one pass": [], "two passes": []}


def test_known_failures_exist():
    """No id of NOT_YET is misspelt or left over from a behaviour that is gone."""
    assert without_behaviour(NOT_YET, GROUPS) == []
