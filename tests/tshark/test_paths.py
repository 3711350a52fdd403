"""Paths: how far a call got, where it stopped, and why. tests/support/stops.py has the answers."""

import json

import pytest
from conftest import SAMPLES, SHARED_CAPTURES
from reorder import write_pcapng
from stops import FAULTS
from stops import SAMPLES as STOPPED_SAMPLES
from test_packet_order import CAPTURES, ORDERS, OUT_OF_ORDER, is_other_order

INSIDE, OUTSIDE = "ip.addr == 10.48.54.0/24", "ip.addr == 192.168.1.0/24"
VAGUER = {"beyond_server", "unknown"}


def paths(tshark, capture, *options, only: str = "") -> list[dict]:
    option = f"msturn,json,{only}" if only else "msturn,json"
    return json.loads(tshark.run(capture, "-q", "-z", option, *options))["paths"]


def stopped(found: list[dict]) -> list[dict]:
    return [path for path in found if path["stopped_at"] is not None]


def check(path: dict, row: tuple) -> None:
    _, verdict, step, place, by, how, summary = row
    assert (path["verdict"], path["stopped_at"], path["place"]) == (verdict, step, place)
    assert (path["ended"]["by"], path["ended"]["how"]) == (by, how)
    assert path["summary"] == summary
    assert path["advice"]


@pytest.mark.parametrize("row", STOPPED_SAMPLES, ids=lambda row: row[0])
def test_sample(tshark, sample, row, passes):
    path, = stopped(paths(tshark, sample(row[0]), *passes))
    check(path, row)


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.pcapng")))
def test_no_other_sample_stops(tshark, sample, name):
    known = {row[0] for row in STOPPED_SAMPLES} | {"ms-turn-constructed"}
    if name not in known:
        assert stopped(paths(tshark, sample(name))) == []


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row[0])
def test_fault(tshark, shared_capture, row, passes):
    suffix = "pcap" if (SHARED_CAPTURES / f"faults/{row[0]}.pcap").is_file() else "pcapng"
    path, = stopped(paths(tshark, shared_capture(f"faults/{row[0]}.{suffix}"), *passes))
    check(path, row)


@pytest.mark.parametrize("view", [INSIDE, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize("row", STOPPED_SAMPLES, ids=lambda row: row[0])
def test_one_side_is_only_less_precise(tshark, sample, workspace, row, view):
    """Who captures on one side of the server must not be told another place; that what is behind it is not known is right."""
    part = workspace / f"{row[0]}-{'inside' if view is INSIDE else 'outside'}.pcapng"
    part.write_bytes(tshark.start("-r", str(sample(row[0])), "-Y", view, "-w", "-").stdout)
    for path in stopped(paths(tshark, part)):
        assert path["place"] in VAGUER | {row[3]}, path["summary"]


OTHER_ORDERS = [(row, order) for row in STOPPED_SAMPLES for order in ORDERS if is_other_order(row[0], order)]


@pytest.mark.parametrize("row, order", OTHER_ORDERS, ids=lambda value: value if isinstance(value, str) else value[0])
def test_any_order(tshark, workspace, row, order):
    """Several interfaces, taps or queues record the packets in another order: the call stopped where it stopped."""
    name, verdict, step, place = row[:4]
    path = workspace / f"path-{name}-{order}.pcapng"
    write_pcapng(path, ORDERS[order](CAPTURES[name]))
    options = OUT_OF_ORDER if order == "taps-apart" else ()
    assert [(one["verdict"], one["stopped_at"], one["place"]) for one in stopped(paths(tshark, path, *options))] == [
        (verdict, step, place)]


def test_steps_of_the_healthy_call(tshark, sample, passes):
    """Frames of sample-captures/README.md."""
    path, = paths(tshark, sample("cms-expressway-skype"), *passes)
    steps = {step["step"]: step for step in path["steps"]}
    assert {name: step["status"] for name, step in steps.items() if step["status"] != "ok"} == {}
    assert steps["server"]["frames"] == [1]
    assert steps["allocation"]["frames"] == [9]
    assert steps["permission"]["frames"] == [15]
    assert steps["peer"]["frames"] == [17]
    assert steps["announcement"]["frames"][0] == 20 and steps["announcement"]["delivered"] is True
    assert steps["bind"]["frames"] == [27, 29]
    assert [frame for frame in (22, 29, 31, 32) if frame not in steps["remote_check"]["frames"]] == []
    assert [frame for frame in (35, 37, 39, 41) if frame not in steps["local_check"]["frames"]] == []
    assert path["ended"] == {"frame": 85, "by": "peer", "how": "fin"}
    media = path["media"]
    assert media["to_local"]["first_frame"] == 53 and media["to_local"]["packets"] >= 5
    assert media["to_remote"]["packets"] == 3


def test_report_lines_fit_into_a_ticket(tshark, sample):
    for name in sorted(path.stem for path in SAMPLES.glob("*.pcapng")):
        text = tshark.run(sample(name), "-q", "-z", "msturn,report")
        assert max(map(len, text.splitlines())) <= 78, name


def test_report_begins_with_the_answer(tshark, sample, passes):
    text = tshark.run(sample("broken-two-calls"), "-q", "-z", "msturn,report", *passes)
    lines = text.splitlines()
    assert lines[1].startswith("msturn ") and "Wireshark" in lines[1]
    assert lines[2] == "Captured from 2026-11-21 12:47:18 UTC on, 5.8 s"
    assert lines[3].startswith("2 pairs: 1 broken, 1 nominated.")
    assert lines[5] == " 1. BROKEN"
    answer = " ".join(text.split())
    assert "Stopped at: Peer's check, at the client." in answer
    assert answer.index("(frame 51) was relayed (frame 53)") < answer.index("Other paths") < answer.index("nominated 10.48.54.230:33347")


def test_no_response_in_the_packet_list(tshark, sample):
    """As Wireshark has it in ICMP, when all frames were seen."""
    info = tshark.column(sample("broken-edge-no-answer"), "_ws.col.Info", "-2", "-Y", "msturn.class == 0")
    assert [frame for frame, (text,) in info.items() if text.endswith(" (no response)")] == [34, 36]
