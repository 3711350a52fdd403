"""Kinds of broken calls, and such that are just not broken: a pair is of one attempt; when an answer is due; what is found,
and what is not. tests/support/kinds*.py have the cases, each as a test by its name and path.
"""

import re

import pytest
from healthy import parameters, players, without_behaviour
from kinds import frames, kinds
from kinds_attempts import attempts
from kinds_due import due
from kinds_once import once
from once import told_twice
from relayed_call import text
from verdicts import TROUBLE

GROUPS = {"attempt": attempts, "due": due, "kind": kinds, "once": once, "frame": frames}

# Cases that the plugin still gets wrong, by their ids; * stands for every path. Who mends a rule takes them away.
NOT_YET = """
""".split()


@pytest.fixture(scope="module")
def seen(tshark, write):
    return players(GROUPS, tshark, write)


@pytest.mark.parametrize("group, behaviour", [p for group in GROUPS for p in parameters(group, GROUPS[group], NOT_YET)])
def test_kind(seen, group, behaviour):
    assert seen(group).complaints(behaviour) == []


@pytest.mark.parametrize("group", GROUPS)
def test_each_finding_once(seen, group):
    assert {name: told_twice(report["problems"]) for name, report in seen(group).reports.items()} == \
        {"one pass": [], "two passes": []}


# ---- what else is known of some of them ----


def of_case(seen, group: str, name: str):
    """Of a case by its name and path, for both ways of reading: ends, pairs, problems, and sessions."""
    behaviour, = (one for one in GROUPS[group].known if str(one) == name)
    for take, pairs, problems, sessions in seen(group).each(behaviour):
        yield take.scene.ends, pairs, problems, sessions


def unless_mended(test):
    """Expected to fail while NOT_YET has its name."""
    return pytest.mark.xfail(strict=True, reason="the rule is not mended yet")(test) if test.__name__ in NOT_YET else test


@unless_mended
@pytest.mark.parametrize("path", ["send", "udp-turn"])
def test_families_of_a_dual_allocation(seen, path):
    """RFC 8656 7.2: relayed and peer address of a pair are of one family."""
    for ends, pairs, _, sessions in of_case(seen, "attempt", f"dual_allocation-{path}"):
        number = ends.client[0].split(".")[2]
        assert [(pair["local"], pair["remote"]) for pair in pairs] == [
            (text(ends.relayed), text(ends.peer)), (f"[2001:db8:{number}::2]:35000", f"[2001:db8:{number}::7]:53577")]
        assert len(sessions) == 1


@unless_mended
@pytest.mark.parametrize("path", ["bound", "send", "channel", "udp-turn"])
def test_each_allocation_is_a_session_with_a_pair(seen, path):
    """The pair of each attempt belongs to the session of that attempt, and its answers are counted there alone."""
    for _, pairs, _, sessions in of_case(seen, "attempt", f"good_and_good_again-{path}"):
        assert [session["state"] for session in sessions] == ["released", "released"]
        assert len(pairs) == 2
        assert [pair["checks"]["remote_to_local"]["responses"] for pair in pairs] == [2, 2]


@unless_mended
@pytest.mark.parametrize("path", ["send", "bound", "udp-turn"])
def test_no_allocation_without_a_success(seen, path):
    """RFC 8656 5: a CreatePermission that is refused says nothing of an allocation."""
    for _, _, _, sessions in of_case(seen, "kind", f"permission_refused_without_an_allocation-{path}"):
        assert [session["state"] in ("pending", "refused") for session in sessions] == [True]


@unless_mended
@pytest.mark.parametrize("path", ["channel"])
def test_channel_that_ran_out_is_told(seen, path):
    """RFC 8656 12: a warning or an error about the channel, at what is sent after its ten minutes."""
    for _, _, problems, _ in of_case(seen, "kind", f"channel_runs_out-{path}"):
        assert [p for p in problems if p["severity"] in TROUBLE and "channel" in p["text"].lower()] != []


@unless_mended
@pytest.mark.parametrize("path", ["direct", "bound", "send", "channel"])
def test_late_answer_is_told(seen, path):
    """An answer after 5 s is told as late; one after 2 s is not."""
    for _, _, problems, _ in of_case(seen, "due", f"late-answer-{path}"):
        assert [p for p in problems if re.search(r"\blate\b", p["text"])] != []
    for _, _, problems, _ in of_case(seen, "due", f"answer-in-time-{path}"):
        assert [p for p in problems if re.search(r"\blate\b", p["text"])] == []


def test_known_failures_exist():
    """No name of NOT_YET is misspelt or left over from a case that is gone."""
    assert [name for name in without_behaviour(NOT_YET, GROUPS) if name not in globals()] == []


@pytest.mark.parametrize("error, refuses", [("port-unreachable", True), ("fragmentation-needed", False)])
def test_icmp_error_that_refuses(seen, error, refuses):
    for _, _, problems, _ in of_case(seen, "kind", f"icmp-{error}-bound"):
        refusals = [problem["text"] for problem in problems if problem["code"] == "connection_refused"]
        assert any("ICMP" in text for text in refusals) == refuses
