"""The profile MSTURN: it loads without a warning, and shows at a glance what became of a call.

Frames are those of sample-captures/README.md.
"""

import csv
import functools
import re
import shutil
import xml.etree.ElementTree as ET

import pytest
from conftest import TESTS

PROFILE = TESTS.parent / "profile" / "MSTURN"
HEALTHY = "cms-expressway-skype"
SILENT = "broken-cms-silent"
COLUMNS = ["No.", "Time", "Source", "Destination", "Protocol", "Session", "Pair", "Verdict", "Info"]

with (PROFILE / "dfilter_buttons").open() as file:
    rows = csv.reader(line for line in file if not line.startswith("#"))
    BUTTONS = {label: text.replace("\\x22", '"') for _, label, text, _ in rows}


with (PROFILE / "io_graphs").open() as file:
    GRAPHS = {name: text for _, name, text, *_ in csv.reader(line for line in file if not line.startswith("#"))}
BOOKMARKS = dict(re.fullmatch(r'"(.+)" (.+)', line).groups() for line in (PROFILE / "dfilters").read_text().splitlines())


@pytest.fixture(scope="module")
def with_profile(tshark, workspace):
    """Runs tshark on a capture with the profile; it must not say a word about it."""
    shutil.copytree(PROFILE, workspace / "config" / "profiles" / "MSTURN")

    def run(capture, *options: str) -> str:
        result = tshark.start("-C", "MSTURN", "-2", "-n", "-r", str(capture), *options)
        assert (result.returncode, result.stderr.decode()) == (0, "")
        return result.stdout.decode()

    return run


@pytest.fixture(scope="module")
def colours(with_profile, sample):
    """The colouring rule of each frame of a sample capture that has one."""

    @functools.cache
    def of(name: str) -> dict[int, str]:
        printed = with_profile(sample(name), "--color", "-T", "fields", "-e", "frame.number", "-e", "frame.coloring_rule.name")
        pairs = (line.split("\t") for line in printed.splitlines())
        return {int(number): rule for number, rule in pairs if rule}

    return of


@pytest.fixture(scope="module")
def packets(with_profile, sample):
    """The packet list of a sample capture: by frame number the values of the columns by title."""

    @functools.cache
    def of(name: str) -> dict[int, dict[str, str]]:
        psml = ET.fromstring(with_profile(sample(name), "-T", "psml"))
        titles = [section.text for section in psml.find("structure")]
        assert titles == COLUMNS
        listed = (dict(zip(titles, (section.text or "" for section in packet))) for packet in psml.iter("packet"))
        return {int(packet["No."]): packet for packet in listed}

    return of


@pytest.mark.parametrize("name, frame, session, pair, verdict", [
    (HEALTHY, 4, "0", "", "nominated"),  # the first Allocate request
    (HEALTHY, 29, "0", "0", "nominated"),  # two messages in one segment, both of the same pair
    (HEALTHY, 32, "0", "0", "nominated"),  # behind the relay
    (SILENT, 28, "0", "0", "broken: Peer's check"),
])
def test_columns(packets, name, frame, session, pair, verdict):
    packet = packets(name)[frame]
    assert [packet[title] for title in ("Session", "Pair", "Verdict")] == [session, pair, verdict]


@pytest.mark.parametrize("name, frame, rule", [
    (HEALTHY, 4, "MSTURN"),
    (HEALTHY, 6, "MSTURN challenge (401, 438)"),
    (HEALTHY, 29, "MSTURN nominated pair"),
    (SILENT, 24, "MSTURN broken path"),
    (SILENT, 26, "MSTURN error"),  # the check without an answer
    ("broken-role-conflict-solved", 30, "MSTURN error response"),  # 487
    ("turnutils-uclient-channels", 79, "MSTURN warning"),  # a reserved channel number
])
def test_colours(colours, name, frame, rule):
    assert colours(name)[frame] == rule


def test_frames_of_others_have_wiresharks_colours(colours):
    rules = colours(HEALTHY)
    assert rules[1] == "TCP SYN/FIN"
    assert 3 not in rules  # a bare acknowledgement


@pytest.mark.parametrize("label, name, frames", [
    ("Broken", HEALTHY, []),
    # Messages, and what opened and ended their connections.
    ("Broken", SILENT, sorted([4, 6, 8, 9, 11, 12, 17, 22, 24, 26, 28, 33, 34, 1, 2, 14, 15, 19, 20, 30, 31, 32, 36, 37])),
    ("Problems", SILENT, [26]),
    ("401", HEALTHY, [6]),
    ("Unanswered", HEALTHY, []),
    ("Unanswered", SILENT, [26, 28]),
    # Without a selected packet there is nothing to match: tshark can only say that it is a filter.
    ("This session", HEALTHY, []),
    ("This pair", HEALTHY, []),
])
def test_buttons(with_profile, sample, label, name, frames):
    printed = with_profile(sample(name), "-Y", BUTTONS[label], "-T", "fields", "-e", "frame.number")
    assert [int(number) for number in printed.split()] == frames


def test_button_of_the_checks(with_profile, sample):
    here = f"({BUTTONS['Checks']}) && tcp.port == 44342"
    printed = with_profile(sample(HEALTHY), "-Y", here, "-T", "fields", "-e", "frame.number")
    assert [int(number) for number in printed.split()] == [29, 31, 35, 41, 45, 47]


# ---- bookmarks, and what is drawn ----


@pytest.mark.parametrize("filters", [BOOKMARKS, GRAPHS], ids=["bookmarks", "graphs"])
def test_filters_compile(tshark, sample, filters):
    assert len(filters) > 3
    tshark.run(sample(HEALTHY), "-c", "1", "-Y", " || ".join(f"({one})" for one in filters.values()))


def test_each_graph_draws_something(tshark, sample):
    """RTP of the sample call on the bound connection: four packets of Skype, two of CMS, as the page on them has it."""
    drawn = {name: len(tshark.matching(sample(HEALTHY), text)) for name, text in GRAPHS.items()}
    assert drawn["Media to the TURN server"] == 2 and drawn["Media from the TURN server"] == 4
    assert drawn["Checks"] == 6 and tshark.matching(sample("broken-wrong-password"), GRAPHS["Errors"])
