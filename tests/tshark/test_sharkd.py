"""What the GUI would list, and what it would show: sharkd's JSON-RPC does the same without a window.

Conversation filters are the one thing that it does not list.
"""

import base64
import re

import pytest
from sharkd import load, rows
from verdicts import report_of

HEALTHY, SILENT = "cms-expressway-skype", "broken-cms-silent"
LISTED = {  # what sharkd calls it: how it lists what is registered
    "stats": {"name": "MSTURN", "tap": "stat:msturn"},
    "nstat": {"name": "MSTURN candidate pairs", "tap": "nstat:msturn,pairs"},
    "seqa": {"name": "MSTURN Flows", "tap": "seqa:msturn"},
    "srt": {"name": "Service Response Time/MSTURN", "tap": "srt:msturn"},
    "follow": {"name": "Follow/MSTURN", "tap": "follow:MSTURN"},
}
OPTIONS = {"msturn,candidates", "msturn,json", "msturn,pairs", "msturn,paths", "msturn,report", "msturn,sessions", "msturn,srt",
           "msturn,tree", "flow,msturn", "follow,msturn"}
PREFERENCES = {"turn_ports", "relay_ports", "shared_ports", "udp_ports", "plain_stun_udp", "decode_media"}


@pytest.fixture(scope="module")
def taps(sharkd, sample):
    """What each of the taps shows of the healthy call, by its name."""
    names = [entry["tap"] for kind, entry in LISTED.items() if kind != "follow"] + ["nstat:msturn,sessions"]
    (result,) = sharkd(("tap", {f"tap{number}": name for number, name in enumerate(names)}), capture=sample(HEALTHY))
    return {tap["tap"].removeprefix("stats:"): tap for tap in result["taps"]}


# ---- what is listed ----


@pytest.fixture(scope="module")
def info(sharkd):
    (result,) = sharkd(("info", {}))
    return result


@pytest.mark.parametrize("kind", LISTED)
def test_is_listed(info, kind):
    assert LISTED[kind] in info[kind]


def test_all_tables_are_listed(info):
    assert {(entry["name"], entry["tap"]) for entry in info["nstat"]} >= {
        ("MSTURN paths", "nstat:msturn,paths"), ("MSTURN sessions", "nstat:msturn,sessions"),
        ("MSTURN candidates", "nstat:msturn,candidates")}


def test_options_of_tshark(tshark):
    run = tshark.start("-z", "help")
    assert OPTIONS <= {line.strip() for line in (run.stdout + run.stderr).decode().splitlines()}


@pytest.mark.parametrize("table", ["tcp.port", "udp.port", "tls.port"])
def test_decode_as(tshark, sample, table):
    run = tshark.start("-r", str(sample(HEALTHY)), "-d", f"{table}==9,?")
    assert re.search(r"^\tmsturn \(", run.stderr.decode(), re.MULTILINE)


def test_preferences_are_described(tshark):
    described = dict(re.findall(r"# (.+)\n(?:# .*\n)*#msturn\.(\w+): ", tshark.output("-G", "currentprefs")))
    assert set(described.values()) >= PREFERENCES
    assert all(text.endswith(".") for text in described)


# ---- what is shown ----


def test_flow(taps):
    flow = taps["seqa:msturn"]
    assert flow["nodes"] == ["10.48.54.230", "10.48.54.229", "192.168.1.252"]
    assert len(flow["flows"]) == 26 + 3  # messages, and the ends of three connections
    first = flow["flows"][0]
    assert (first["n"], first["pn"], first["c"]) == ([0, 1], [33347, 3478], "Allocate Request TCP lifetime: 600")


def test_counts(taps):
    counts = {branch["name"]: {leaf["name"]: leaf["count"] for leaf in branch.get("sub", [])} for branch in taps["msturn"]["stats"]}
    assert counts["Messages by class"] == {"Request": 12, "Success Response": 11, "Indication": 2, "Error Response": 1}


def test_response_times(taps):
    (table,) = taps["srt:msturn"]["tables"]
    assert {row["n"]: row["num"] for row in table["r"]}.items() >= {"Binding": 6, "Allocate": 2, "ConnectionBind": 1}.items()


def test_tables(taps):
    (session,) = rows(taps["nstat:msturn,sessions"])
    assert session.items() >= {"id": 0, "state": "released", "client": "10.48.54.230:33347", "user": "turn", "bound": 1}.items()
    (pair,) = rows(taps["nstat:msturn,pairs"])
    assert pair.items() >= {"id": 0, "verdict": "nominated", "reason": "", "checks ->": 1, "answered <-": 2}.items()


def test_tables_know_how_it_ended(tshark, sharkd, sample):
    """A window is filled when the file was read: what did not happen is known."""
    (result,) = sharkd(("tap", {"tap0": "nstat:msturn,pairs"}), capture=sample(SILENT))
    (expected,) = report_of(tshark, sample(SILENT)).pairs
    (pair,) = rows(result["taps"][0])
    judgement = {"verdict": "broken", "reason": "no-response", "direction": "remote_to_local"}
    assert judgement.items() <= pair.items()
    assert judgement.items() <= expected.items()


def test_tables_can_be_filled_again(sharkd, sample):
    """The same window, opened twice."""
    request = ("tap", {"tap0": "nstat:msturn,sessions"})
    first, second = sharkd(request, request, capture=sample("broken-two-calls"))
    assert rows(first["taps"][0]) == rows(second["taps"][0])
    assert [row["id"] for row in rows(first["taps"][0])] == [0, 1]


def test_tables_of_the_next_file(sharkd, sample):
    """The rows of one file are not those of the next, whose sessions have the same numbers."""
    request = ("tap", {"tap0": "nstat:msturn,sessions"})
    first, _, second = sharkd(request, load(sample(HEALTHY)), request, capture=sample("broken-two-calls"))
    assert [row["first frame"] for row in rows(first["taps"][0])] == [7, 14]
    assert [row["first frame"] for row in rows(second["taps"][0])] == [4]
    assert rows(second["taps"][0])[0]["state"] == "released"


def test_follow_is_text(sharkd, sample):
    """Whoever follows here is not told how it will be shown: text."""
    (result,) = sharkd(("follow", {"follow": "MSTURN", "filter": "msturn.session == 0"}), capture=sample(HEALTHY))
    ends = (result["chost"], result["cport"], result["shost"], result["sport"])
    assert ends == ("10.48.54.230", "33347", "10.48.54.229", "3478")
    texts = [base64.b64decode(record["d"]).decode() for record in result["payloads"]]
    assert texts[0] == "[0.000000] frame 4, 10.48.54.230:33347 -> 10.48.54.229:3478\nAllocate Request TCP lifetime: 600\n"
    assert [record.get("s", 0) for record in result["payloads"][:4]] == [0, 1, 0, 1]
    # Of the client's and the server's records; which counter is whose, sharkd turns round.
    lengths = [0, 0]
    for text, record in zip(texts, result["payloads"], strict=True):
        lengths[record.get("s", 0)] += len(text)
    assert {result["sbytes"], result["cbytes"]} == set(lengths)
