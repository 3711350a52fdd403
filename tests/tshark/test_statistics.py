"""Statistics: -z msturn,tree, -z msturn,srt, -z msturn,sessions and -z msturn,pairs.

How the first two are laid out is tshark's own (epan/stats_tree.c, ui/cli/tap-srt.c).
"""

import re
from collections import Counter
from decimal import Decimal

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Type
from stun import Attribute, Class, Method
from verdicts import TWO_PASSES, report_of

HEALTHY = "cms-expressway-skype"
REFUSED = "broken-connect-refused"
TWO_CALLS = "broken-two-calls"
CONSTRUCTED = "ms-turn-constructed"
BRANCHES = {"Messages by method", "Messages by class", "Messages by dialect", "Error responses by code", "Attributes",
            "Payload other than STUN", "Findings"}


def tree(tshark, capture, *options: str, only: str = "") -> dict[str, Counter]:
    """The counts by branch and name."""
    printed = tshark.run(capture, "-q", "-z", "msturn,tree" + (f",{only}" if only else ""), *options)
    branches, branch = {}, ""
    for line in printed.splitlines():
        match = re.match(r"( ?)(\S.*?)  +(\d+) ", line)
        if not match:
            continue
        indent, name, count = match.groups()
        if not indent:
            branch = name
            branches[branch] = Counter()
        else:
            branches[branch][name] = int(count)
    return branches


def response_times(tshark, capture, *options: str, only: str = "") -> dict[str, list]:
    """Calls, shortest, longest, mean and sum by method."""
    printed = tshark.run(capture, "-q", "-z", "msturn,srt" + (f",{only}" if only else ""), *options)
    rows = re.findall(r"^ +\d+  (\S.*?)  +(\d+)  +([\d.]+)  +([\d.]+)  +([\d.]+)  +([\d.]+)$", printed, re.MULTILINE)
    return {name: [int(calls), *map(Decimal, times)] for name, calls, *times in rows}


def table(tshark, capture, name: str, *options: str, only: str = "") -> list[dict[str, str]]:
    """The rows by column; what has nothing in it is left out."""
    printed = tshark.run(capture, "-q", "-z", f"msturn,{name}" + (f",{only}" if only else ""), *options)
    lines = [line for line in printed.splitlines() if line.startswith("  ")]
    if not lines:
        return []
    titles, *rows = lines
    # At least two blanks are between columns, and numbers are aligned on the right: a cell overlaps its title.
    columns = {match[0]: match.span() for match in re.finditer(r"\S+(?: \S+)*", titles)}
    return [{title: cell for title, span in columns.items() for cell in _overlapping(row, span)} for row in rows]


def _overlapping(row: str, span: tuple[int, int]) -> list[str]:
    cells = re.finditer(r"\S+(?: \S+)*", row)
    return [cell[0] for cell in cells if cell.start() < span[1] and span[0] < cell.end()]


# ---- counts ----


def test_counts_of_the_healthy_call(tshark, sample, passes):
    path = sample(HEALTHY)
    counts = tree(tshark, path, *passes)
    assert set(counts) == BRANCHES
    assert counts["Messages by method"] == {"Binding": 13, "Allocate": 4, "Refresh": 4, "CreatePermission": 2,
                                            "ConnectionBind": 2, "ConnectionAttempt": 1}
    assert counts["Messages by class"] == {"Request": 12, "Success Response": 11, "Indication": 2, "Error Response": 1}
    assert counts["Messages by dialect"] == {"RFC 8489": 26}
    assert counts["Error responses by code"] == {"401 Unauthenticated": 1}
    assert counts["Payload other than STUN"] == {"RTP": 12, "RTCP": 4}
    assert counts["Findings"] == {}
    attributes = tshark.column(path, "msturn.attr.type", *passes)
    assert counts["Attributes"].total() == sum(map(len, attributes.values()))
    assert (counts["Attributes"]["USE-CANDIDATE"], counts["Attributes"]["CONNECTION-ID"]) == (2, 2)


def test_counts_of_what_matches(tshark, sample):
    assert tree(tshark, sample(HEALTHY), only="msturn.class == 3")["Messages by method"] == {"Allocate": 1}


def test_findings_are_counted(tshark, sample):
    """What did not happen is known when all frames were seen once."""
    refused = "error: The server could not connect to the peer (447)"
    counts = tree(tshark, sample(REFUSED))
    assert counts["Findings"] == {refused: 1}
    assert counts["Error responses by code"] == {"401 Unauthenticated": 1, "447 Connection Timeout or Failure": 1}
    counts = tree(tshark, sample("broken-allocation-expired"))
    assert [name for name in counts.get("Findings", {}) if "expired" in name] == []
    findings = tree(tshark, sample("broken-allocation-expired"), *TWO_PASSES)["Findings"]
    assert [name for name in findings if "Allocation expired" in name] != []


def test_counts_of_the_other_dialect(tshark, sample):
    counts = tree(tshark, sample(CONSTRUCTED))
    assert counts["Messages by dialect"].keys() == {"MS-TURN", "RFC 8489"}
    assert {"Allocate", "Send", "Data", "Set Active Destination"} <= counts["Messages by method"].keys()
    assert "Refresh" not in counts["Messages by method"]  # that is what 0x0004 would be
    assert {"RTP", "RTCP", "data"} == counts["Payload other than STUN"].keys()


def test_what_has_no_name(tshark, write, capture):
    control = capture.connection()
    control.client(turn.allocate())
    control.client(turn.message(0x0FE, Class.REQUEST, "unknown", (0x7FF1, b"")))
    counts = tree(tshark, write(capture))
    assert counts["Messages by method"] == {"Allocate": 1, "Unknown 0x00fe": 1}
    assert counts["Attributes"]["Unknown 0x7ff1"] == 1


# ---- response time ----


def test_response_time_by_method(tshark, sample, passes):
    path = sample(HEALTHY)
    times = response_times(tshark, path, *passes)
    assert {name: calls for name, (calls, *_) in times.items()} == {
        "Binding": 6, "Allocate": 2, "Refresh": 2, "CreatePermission": 1, "ConnectionBind": 1}
    measured = [Decimal(time) for (time,) in tshark.column(path, "msturn.time", "-Y", "msturn.method == 0x003").values()]
    shortest, longest, _, total = times["Allocate"][1:]
    expected = min(measured), max(measured), sum(measured)
    assert [shortest, longest, total] == [time.quantize(Decimal("0.000001")) for time in expected]


def test_only_the_first_response_counts(tshark, write, capture):
    control = capture.connection()
    control.client(turn.allocate())
    for _ in range(3):
        control.server(turn.allocated())
    control.server(turn.refreshed("never asked"))
    times = response_times(tshark, write(capture))
    assert times == {"Allocate": [1, *[Decimal("0.010000")] * 4]}


def test_response_time_of_the_other_dialect(tshark, write, capture):
    control = capture.connection()
    for kind in (Type.SET_ACTIVE_DESTINATION_REQUEST, Type.SET_ACTIVE_DESTINATION_RESPONSE):
        message = ms.start(kind, ms.transaction_id("destination")).encode()
        control.send(kind == Type.SET_ACTIVE_DESTINATION_REQUEST, ms.frame(ms.CONTROL, message))
    assert list(response_times(tshark, write(capture))) == ["Set Active Destination"]


# ---- sessions and pairs ----


@pytest.mark.parametrize("name", [HEALTHY, REFUSED, TWO_CALLS, CONSTRUCTED, "broken-cms-silent", "broken-wrong-ice-password"])
def test_tables_say_what_the_report_says(tshark, sample, name):
    report = report_of(tshark, sample(name))
    pairs = table(tshark, sample(name), "pairs")
    same = ("id", "verdict", "reason", "direction", "local", "remote", "via")
    columns = {key: key for key in same} | {"first frame": "first_frame"}
    assert [{title: row.get(title) for title in columns} for row in pairs] == [
        {title: str(pair[key]) if pair[key] is not None else None for title, key in columns.items()} for pair in report.pairs]
    for row, pair in zip(pairs, report.pairs, strict=True):
        out, back = pair["checks"]["local_to_remote"], pair["checks"]["remote_to_local"]
        counted = [out["requests"], out["responses"], back["requests"], back["responses"]]
        assert [int(row[title]) for title in ("checks ->", "answered ->", "checks <-", "answered <-")] == counted
    sessions = table(tshark, sample(name), "sessions")
    columns = {key: key for key in ("id", "state", "client", "server", "relayed")} | {"first frame": "first_frame"}
    assert [{title: row.get(title) for title in columns} for row in sessions] == [
        {title: str(session[key]) if session[key] is not None else None for title, key in columns.items()}
        for session in report.sessions]


def test_cells_of_a_session(tshark, sample, passes):
    assert table(tshark, sample(HEALTHY), "sessions", *passes) == [{
        "id": "0", "state": "released", "client": "10.48.54.230:33347", "server": "10.48.54.229:3478", "transport": "TCP",
        "relayed": "192.168.1.229:24000", "mapped": "10.48.54.230:33347", "dialect": "RFC 8489", "user": "turn", "realm": "TANDBERG",
        "lifetime": "600", "peer connections": "1", "bound": "1", "first frame": "4"}]
    assert table(tshark, sample(HEALTHY), "pairs", *passes)[0].items() >= {"ms ->": "50.488", "ms <-": "101.243"}.items()
    (refused,) = (row for row in table(tshark, sample(CONSTRUCTED), "sessions") if row["state"] == "refused")
    assert refused["error"] == "300 Try Alternate"


@pytest.mark.parametrize("name", ["sessions", "pairs"])
def test_tables_of_what_matches(tshark, sample, name):
    rows = table(tshark, sample(TWO_CALLS), name, only="msturn.session == 1")
    assert [row["id"] for row in rows] == ["1"]
    assert "none that match the filter" in tshark.run(sample(TWO_CALLS), "-q", "-z", f"msturn,{name},frame.number == 1")
    assert ": none\n" in tshark.run(sample("tls-only-443"), "-q", "-z", f"msturn,{name}")


def test_text_of_others_stays_in_its_cell(tshark, write, capture):
    control = capture.connection()
    user = (Attribute.USERNAME, b"two\nlines\t\x01\xff")
    control.client(stun.Message(Method.ALLOCATE, Class.REQUEST, stun.transaction_id("x"), [user]).encode(None, fingerprint=True))
    (row,) = table(tshark, write(capture), "sessions")
    assert row["user"].startswith(r"two\nlines\t\001")


@pytest.mark.parametrize("option", ["msturn,pairsx", "msturn,sessions;", "msturn,pairs,not a filter"])
def test_wrong_options(tshark, sample, option):
    run = tshark.start("-n", "-q", "-r", str(sample(HEALTHY)), "-z", option)
    assert run.returncode != 0
    assert f"-z {option}: ".encode() in run.stderr
