"""Paths: how far a call got, where it stopped, and why. tests/support/stops.py has the answers.

test_verdicts.py holds the captures of sample-captures/verdicts.csv to them, and test_packet_order.py these in other orders.
"""

import json

import pytest
from conftest import SAMPLES, SHARED_CAPTURES
from reorder import INSIDE, OUTSIDE, only, read_pcapng, write_pcapng
from stops import FAULTS, check, stopped
from stops import SAMPLES as STOPPED_SAMPLES
from verdicts import TABLE

VAGUER = {"beyond_server", "unknown"}


def paths(tshark, capture, *options, only: str = "") -> list[dict]:
    option = f"msturn,json,{only}" if only else "msturn,json"
    return json.loads(tshark.run(capture, "-q", "-z", option, *options))["paths"]


@pytest.mark.parametrize("name", sorted({path.stem for path in SAMPLES.glob("*.pcapng")} - {"ms-turn-constructed", *TABLE}))
def test_no_other_sample_stops(tshark, sample, name):
    assert stopped(paths(tshark, sample(name))) == []


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row[0])
def test_fault(tshark, shared_capture, row, passes):
    suffix = "pcap" if (SHARED_CAPTURES / f"faults/{row[0]}.pcap").is_file() else "pcapng"
    check(paths(tshark, shared_capture(f"faults/{row[0]}.{suffix}"), *passes), row)


@pytest.mark.parametrize("view", [INSIDE, OUTSIDE])
@pytest.mark.parametrize("row", STOPPED_SAMPLES, ids=lambda row: row[0])
def test_one_side_is_only_less_precise(tshark, workspace, row, view):
    """Who captures on one side of the server must not be told another place; that what is behind it is not known is right."""
    part = workspace / f"{row[0]}-{view}.pcapng"
    write_pcapng(part, only(read_pcapng(SAMPLES / f"{row[0]}.pcapng"), view))
    for path in stopped(paths(tshark, part)):
        assert path["place"] in VAGUER | {row[3]}, path["summary"]


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
