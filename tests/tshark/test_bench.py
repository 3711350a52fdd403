"""The captures of tools/bench are what they are said to be, and both sides of a comparison decode them.

What they cost is in no test: times depend on the machine.
"""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import stun
import turn
from conftest import TESTS
from verdicts import report_of
from wireshark import Tshark

BENCH = TESTS / "bench"
sys.path.insert(0, str(BENCH))

from generate import KINDS  # noqa: E402
from live import impossible, listen  # noqa: E402
from many import CALLS as KINDS_OF_CALLS  # noqa: E402
from many import many  # noqa: E402
from measures import BUILT_IN, RTP  # noqa: E402
from meter import Capture, Side  # noqa: E402
from stun_traffic import PASSWORD  # noqa: E402

CALLS = 200  # of messages() at the same time
MESSAGES = 40 * CALLS  # whole calls
FINDINGS = "msturn.finding.advice"


@pytest.fixture(scope="module")
def generated(workspace):
    """Writes about so much of a kind; returns the path and how much it is."""

    @functools.cache
    def generate(kind: str, count: int) -> tuple[Path, int]:
        path = workspace / f"bench-{kind}-{count}.pcap"
        return path, KINDS[kind](path, count)

    return generate


def payloads(tshark: Tshark, path: Path) -> list[bytes]:
    """Of every segment that has one."""
    return [bytes.fromhex(line) for line in tshark.run(path, "-T", "fields", "-e", "tcp.payload").split()]


def test_messages_are_right(tshark, generated):
    path, count = generated("messages", MESSAGES)
    messages = payloads(tshark, path)
    assert len(messages) == count == MESSAGES
    for data in messages:
        assert stun.fingerprint_is_valid(data)
        if stun.Message.decode(data).get(stun.Attribute.MESSAGE_INTEGRITY):
            assert stun.integrity_is_valid(data, turn.KEY)


def test_checks_are_right(tshark, generated):
    """Those that Send and Data carry have the agents' key."""
    path, _ = generated("messages", MESSAGES)
    carried = [stun.Message.decode(data).get(stun.Attribute.DATA) for data in payloads(tshark, path)]
    checks = [data for data in carried if data and data[0] < 0x40]
    assert len(checks) == 6 * CALLS
    assert all(stun.integrity_is_valid(data, PASSWORD) and stun.fingerprint_is_valid(data) for data in checks)


@pytest.mark.parametrize("kind", ["messages", "requests"])
def test_messages_are_decoded_by_each_side(tshark, stock, generated, kind):
    path, count = generated(kind, MESSAGES)
    assert len(tshark.matching(path, f"msturn.type && !{FINDINGS}")) == count
    assert len(tshark.matching(path, "stun && !msturn", *BUILT_IN)) == count
    assert len(stock.matching(path, "stun")) == count


def test_calls_of_messages_succeed(tshark, generated):
    path, _ = generated("messages", MESSAGES)
    report = report_of(tshark, path)
    assert len(report.sessions) == CALLS
    assert [pair["verdict"] for pair in report.pairs] == ["nominated"] * CALLS
    assert report.problems == []


def test_requests_carry_nothing(tshark, generated):
    path, count = generated("requests", MESSAGES)
    report = report_of(tshark, path)
    assert (count, len(report.sessions), report.pairs, report.problems) == (MESSAGES, CALLS, [], [])


def test_rtp_is_decoded_by_each_side(tshark, generated):
    (bound, count), (framed, same) = generated("bound", 600), generated("framed", 600)
    assert count == same == 600
    for path, options, display_filter in ((bound, (), "msturn"), (framed, RTP, "!msturn")):
        decoded = tshark.hidden_rows(path, ["rtp.ssrc"], "-Y", f"rtp && {display_filter}", *options)
        assert sum(len(row["rtp.ssrc"]) for row in decoded.values()) == count
    assert len(tshark.matching(bound, f"{FINDINGS}")) == 0


def test_sessions_are_sessions(tshark, generated):
    path, packets = generated("sessions", 2000)
    report = report_of(tshark, path)
    assert (packets, len(report.sessions)) == (2000, 200)
    assert [pair["verdict"] for pair in report.pairs] == ["valid"] * 100
    assert report.trouble() == []


@pytest.mark.parametrize("kind, state", [("unanswered", None), ("answered", "allocated")])
def test_floods_are_requests(tshark, generated, kind, state):
    path, requests = generated(kind, 500)
    assert len(tshark.matching(path, "msturn.method == 0x003 && msturn.class == 0")) == requests == 500
    allocated = [session for session in report_of(tshark, path).sessions if session["state"] == "allocated"]
    assert len(allocated) == (requests if state else 0)


def test_many_captures_have_a_call_each(tshark, workspace):
    folder = workspace / "many"
    folder.mkdir()
    stops = many(folder, len(KINDS_OF_CALLS))
    assert [report_of(tshark, path).paths[0]["stopped_at"] for path in sorted(folder.iterdir())] == stops == [None, "bind", "remote_check"]


def test_live_calls_are_decoded_by_each_side(tshark, stock, generated):
    if excuse := impossible(stock):
        pytest.skip(f"no capture in a network namespace: {excuse}")
    path, count = generated("messages", MESSAGES)
    calls = Capture(path, count, path, count, path)
    heard = listen((Side(tshark, calls), Side(tshark, calls, BUILT_IN), Side(stock, calls)), calls=0, silence=0)
    opened, media = {"TCP": 3 * CALLS}, 14 * CALLS
    decoded = {"MSTURN": count - media, "RTP": media}, {"STUN": count}, {"STUN": count}
    assert [side.protocols for side in heard] == [opened | protocols for protocols in decoded]
    assert all(side.grown > 0 for side in heard)


def test_other_traffic_is_like_without_the_plugin(tshark, stock, generated):
    path, packets = generated("other", 3000)
    assert len(stock.matching(path, "tcp && !_ws.malformed")) == packets
    for protocol in ("tls.handshake", "tls.app_data", "http.request", "http.response", "smb2.cmd == 8"):
        assert tshark.matching(path, protocol) == stock.matching(path, protocol) != []
    assert tshark.matching(path, "msturn") == []


def test_datagrams_are_like_without_the_plugin(tshark, stock, generated):
    path, packets = generated("datagrams", 2000)
    assert len(stock.matching(path, "udp")) == packets
    for protocol in ("dns", "data"):
        assert tshark.matching(path, protocol) == stock.matching(path, protocol) != []
    assert tshark.matching(path, "msturn") == []


def test_the_bench_prints_its_table():
    options = ["--quick", "--no-instructions", "--tshark", os.environ.get("TSHARK", "tshark")]
    command = [sys.executable, "-B", BENCH / "bench.py", "--plugins", os.environ["MSTURN_PLUGIN_DIR"], *options, "memory", "rtp"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    title, *rows = printed.splitlines()
    assert title.split() == ["Measure", "Compared", "User", "time", "Instructions", "Memory", "Target", "Result"]
    assert [row.split("  ")[0] for row in rows] == ["memory for a message", *["RTP in bound connections"] * 2]
    assert all(row.split()[-1] in ("met", "MISSED") for row in rows[:2])
