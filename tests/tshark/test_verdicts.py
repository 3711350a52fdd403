"""Every row of sample-captures/verdicts.csv, in one pass and in two: in the JSON report, and in the packets.

The table was written by hand from the scenarios and the RFCs; what its columns and problem codes mean is in
sample-captures/README.md, "Broken calls".
"""

import pytest
import stops
from once import told_twice
from stops import check, stopped
from verdicts import FINDINGS, TABLE, TROUBLE, TWO_PASSES, is_clean, messages_of, report_of, trees_and_report, wrong_pairs
from wireshark import SEVERITY_NOTE

STOPS = {row[0]: row for row in stops.SAMPLES}
CLEAN = [name for name, rows in TABLE.items() if is_clean(rows)]
WITH_BROKEN_PAIR = [name for name, rows in TABLE.items() if any(row.verdict == "broken" for row in rows)]

# A single pass shows what is known so far: what each of these may still become (design.md, "What a pair is").
MAY_BECOME = {
    "unfinished": {"unfinished", "valid", "nominated", "broken", "unknown"},
    "valid": {"valid", "nominated"},
    "nominated": {"nominated"},
}

# Methods whose messages name a pair: Binding; Connect, ConnectionBind and ConnectionAttempt (RFC 6062 4.3, 4.4).
OF_A_PAIR = {"0x0001", "0x000a", "0x000b", "0x000c"}


def number_of(text: str) -> int:
    return int(text, 0)


@pytest.fixture(scope="module")
def without_trees(tshark, sample):
    """Report of a single pass that builds no packet tree, as `tshark -q -z msturn,json` does it."""
    known = {}

    def report(name):
        if name not in known:
            known[name] = report_of(tshark, sample(name))
        return known[name]

    return report


@pytest.fixture(scope="module")
def dissected(tshark, sample):
    """Packet trees and report of one run; each capture is dissected once in each way."""
    known = {}

    def run(name, passes=TWO_PASSES):
        if (name, passes) not in known:
            known[name, passes] = trees_and_report(tshark, sample(name), *passes)
        return known[name, passes]

    return run


def shown(packets, *names: str) -> list[tuple]:
    """Frame, and the values of these fields, of each message that has the first one."""
    rows = [(frame, *(message.get(name) for name in names)) for frame, message in messages_of(packets)]
    return [row for row in rows if row[1] is not None]


# ---- the report ----


@pytest.mark.parametrize("name", TABLE)
def test_pairs_are_those_of_the_table(without_trees, dissected, passes, name):
    """Ends, session, verdict, reason, direction, error code; no pair more and none less."""
    _, report = dissected(name, passes)
    assert wrong_pairs(report, TABLE[name]) == {}
    if not passes:
        assert wrong_pairs(without_trees(name), TABLE[name]) == {}


@pytest.mark.parametrize("name", [name for name in TABLE if name not in CLEAN])
def test_problems_of_the_table_are_reported_of_their_pair_or_session(without_trees, dissected, passes, name):
    reports = [dissected(name, passes)[1]] + ([] if passes else [without_trees(name)])
    for report in reports:
        for row in TABLE[name]:
            told = report.problems_of(row)
            found = {one["code"] for problem in told for one in (problem, *problem["effects"])}
            missing = [code for code in row.problems if not FINDINGS[code] & found]
            assert missing == [], f"{row.local or row.via}: found {sorted(found)}; all: {report.codes()}"


@pytest.mark.parametrize("name", [name for name in TABLE if name not in CLEAN])
def test_each_finding_once(dissected, name):
    assert told_twice(dissected(name)[1].problems) == []


@pytest.mark.parametrize("name", CLEAN)
def test_captures_without_problems_have_neither_errors_nor_warnings(without_trees, dissected, passes, name):
    packets, report = dissected(name, passes)
    assert report.trouble() == without_trees(name).trouble() == []
    experts = [(frame, finding) for frame, finding, severity in expert_items(packets) if severity > SEVERITY_NOTE]
    assert experts == []


def expert_items(packets) -> list[tuple[int, str, int]]:
    """Frame, finding and severity of msturn's expert items."""
    nodes = [(number, item) for number, packet in packets.items() for protocol in packet.protocols for item in protocol.walk()
             if item.name == "_ws.expert"]
    return [(number, finding, number_of(node.get("_ws.expert.severity"))) for number, node in nodes for finding in node.findings]


@pytest.mark.parametrize("name", [name for name, rows in TABLE.items() if not all(row.is_pair for row in rows)])
def test_error_code_of_a_session_is_that_of_its_problem(dissected, name):
    """The problem is in a frame with this error response, or with a request that it answers."""
    packets, report = dissected(name)
    for row in (row for row in TABLE[name] if not row.is_pair and row.error_code):
        codes = set().union(*(FINDINGS[code] for code in row.problems))
        frames = {one["frame"] for problem in report.problems_of(row) for one in (problem, *problem["effects"]) if one["code"] in codes}
        answers = {number_of(frame) for number in frames for frame in packets[number].all("msturn.response_in")}
        assert str(row.error_code) in [code for frame in frames | answers for code in packets[frame].all("msturn.error_code")]


@pytest.mark.parametrize("name", TABLE)
def test_a_finding_is_an_expert_item_and_a_row_of_the_report(dissected, name):
    """design.md: "finding: something wrong or worth knowing, tied to a frame: an expert-info item and a row of the report"."""
    packets, report = dissected(name)
    assert packets
    experts = {(frame, finding) for frame, finding, _ in expert_items(packets)}
    problems = {(problem["frame"], problem["code"]) for problem in report.problems}
    effects = {(effect["frame"], effect["code"]) for problem in report.problems for effect in problem["effects"]}
    with_message = {frame for frame, _ in messages_of(packets)}
    assert {(frame, code) for frame, code in problems if frame in with_message} - experts == set()
    worse = {(frame, finding) for frame, finding, severity in expert_items(packets) if severity > SEVERITY_NOTE}
    assert worse - problems - effects == set()


@pytest.mark.parametrize("name", TABLE)
def test_problems_say_what_and_where(without_trees, dissected, name):
    packets, _ = dissected(name)
    for problem in without_trees(name).problems:
        assert problem["severity"] in (*TROUBLE, "note")
        assert problem["text"] and problem["advice"]
        assert problem["frame"] in packets
    # Else nothing was looked at.
    assert is_clean(TABLE[name]) or without_trees(name).trouble()


@pytest.mark.parametrize("name", TABLE)
def test_paths_stop_where_and_as_they_must(without_trees, dissected, passes, name):
    """tests/support/stops.py; paths that are not in it do not stop."""
    _, report = dissected(name, passes)
    for paths in [report.paths] + ([] if passes else [without_trees(name).paths]):
        if name in STOPS:
            check(paths, STOPS[name])
        else:
            assert stopped(paths) == []


def test_role_that_is_kept_after_487_is_an_error_and_one_that_is_changed_is_not(without_trees):
    """RFC 8445 7.2.5.1: the 487 makes the sender of the check switch."""
    assert "role_kept" in without_trees("broken-role-conflict").codes(("error",))
    assert without_trees("broken-role-conflict-solved").codes(("error",)) == []


# ---- the packets ----


@pytest.mark.parametrize("name", TABLE)
def test_messages_show_the_final_verdict_with_two_passes(dissected, name):
    packets, report = dissected(name)
    rows = shown(packets, "msturn.pair", "msturn.pair.verdict", "msturn.pair.reason", "msturn.pair.direction")
    for frame, pair, *judged in rows:
        final = report.pair(number_of(pair))
        assert [text or "" for text in judged] == [final[key] or "" for key in ("verdict", "reason", "direction")], f"frame {frame}"
    with_messages = {number_of(pair) for _, pair, *_ in rows}
    assert with_messages == {pair["id"] for pair in report.pairs if has_messages(packets, pair)}


def has_messages(packets, pair: dict) -> bool:
    """Is there a check, or a message of RFC 6062 with the peer's address? All pairs of a capture differ in their peers."""
    of_pairs = [message for _, message in messages_of(packets) if message.get("msturn.method") in OF_A_PAIR]
    checks = [message for message in of_pairs if message.get("msturn.method") == "0x0001" and message.get("msturn.class") != "1"]
    ends = {pair["local"], pair["remote"]}
    named = [message for message in of_pairs if ends & set(message.all("msturn.xor_peer_address"))]
    return bool(checks or named)


@pytest.mark.parametrize("name", TABLE)
def test_every_check_belongs_to_a_pair(dissected, passes, name):
    """Binding requests and their answers; on the control connection Binding is an indication that keeps it alive."""
    if name == "broken-one-direction" and not passes:
        pytest.skip("the request that says which connection is bound is not in the capture: a single pass cannot know")
    packets, _ = dissected(name, passes)
    checks = [(frame, message) for frame, message in messages_of(packets)
              if message.get("msturn.method") == "0x0001" and message.get("msturn.class") != "1"]
    assert [frame for frame, check in checks if check.get("msturn.pair") is None] == []
    assert [frame for frame, check in checks if check.get("msturn.pair.verdict") is None] == []


@pytest.mark.parametrize("name", TABLE)
def test_single_pass_never_shows_what_the_final_verdict_contradicts(dissected, name):
    packets, report = dissected(name, ())
    for frame, pair, verdict in shown(packets, "msturn.pair", "msturn.pair.verdict"):
        assert verdict in MAY_BECOME, f"frame {frame}"
        if number_of(pair) in {known["id"] for known in report.pairs}:
            assert report.pair(number_of(pair))["verdict"] in MAY_BECOME[verdict], f"frame {frame}: {verdict}"
        else:
            assert verdict == "unfinished", f"frame {frame}: of a pair that turned out to be another one"
    verdicts = [verdict for _, verdict in shown(packets, "msturn.pair.verdict")]
    assert verdicts or not any(has_messages(packets, pair) for pair in report.pairs)


def test_single_pass_shows_what_is_known_so_far(dissected):
    """The healthy call by the README: its fourth message, 39 and 41, may make it valid; the Edge may yet repeat its check
    because it does not accept the answer. The answer to its check with USE-CANDIDATE (47, 49) settles it."""
    packets, _ = dissected("cms-expressway-skype", ())
    so_far = dict(shown(packets, "msturn.pair.verdict"))
    assert [so_far[frame] for frame in (22, 29, 31, 32, 35, 37)] == ["unfinished"] * 6
    assert so_far[43] in ("unfinished", "valid")
    assert so_far[49] == "nominated"


@pytest.mark.parametrize("name", TABLE)
def test_broken_pairs_are_found_by_what_a_user_types(dissected, name):
    """msturn.pair.verdict == "broken": in captures with a broken pair, and in no other."""
    packets, report = dissected(name)
    found = [frame for frame, verdict in shown(packets, "msturn.pair.verdict") if verdict == "broken"]
    broken = [pair for pair in report.pairs if pair["verdict"] == "broken" and has_messages(packets, pair)]
    assert bool(found) == bool(broken)
    # A peer that is turned away without a message about it: nothing to show in a packet of msturn.
    turned_away = {"broken-no-permission", "broken-stale-nonce-ignored"}
    assert bool(found) == (name in set(WITH_BROKEN_PAIR) - turned_away)


@pytest.mark.parametrize("name", ["broken-two-calls", "cms-expressway-skype"])
def test_filter_for_broken_pairs(tshark, sample, dissected, name):
    """Only messages of the second call: 10.48.54.230 with the ports 33348 and 44343, 192.168.1.252 with 53578 (README)."""
    packets, _ = dissected(name)
    found = tshark.matching(sample(name), 'msturn.pair.verdict == "broken"', *TWO_PASSES)
    assert found == sorted({frame for frame, verdict in shown(packets, "msturn.pair.verdict") if verdict == "broken"})
    ports = tshark.matching(sample(name), "msturn && tcp.port in {33348, 44343, 53578}")
    assert set(found) <= set(ports)
    assert tshark.matching(sample(name), 'msturn.pair.verdict == "broken"') == []
    assert bool(found) == (name in WITH_BROKEN_PAIR)


def test_the_table_has_what_these_tests_rest_on():
    assert {code for rows in TABLE.values() for row in rows for code in row.problems} == set(FINDINGS)
    assert len(TABLE) >= 35 and len(CLEAN) >= 10 and len(WITH_BROKEN_PAIR) >= 15
